r"""How a two-step method leaves the saddle u = v = 0, and which starts have equal limits.

Near the saddle theta is quadratically small and the gradient by theta is g(0) = -X^T y/n. The
neuron that grows fastest (u_j where g_j(0) < 0, v_j where it is positive) obeys

.. math:: x_{k+1} = x_k + \mu (x_k - x_{k-1}) + s\,(x_k + \kappa (x_k - x_{k-1})),
          \qquad s = 2\eta\,|g(0)|_\infty,

so that x_k is a multiple of z_+^k, z_+ > 1 the larger root of `characteristic`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sympy as sp

from symbolic.networks import SQUARED_DIFFERENCE
from symbolic.symbols import ETA, KAPPA, MU, XI, G, U, V
from symbolic.two_step import two_step_update

#: s = 2 eta |g(0)|_inf, the share by which gradient descent grows in a step.
PUSH = sp.Symbol("s", positive=True)
#: The size of the start, u = v = c in every coordinate.
SIZE = sp.Symbol("c", positive=True)
#: The factor by which the neuron grows in a step.
FACTOR = sp.Symbol("z")
#: The linear term of a limit, see `symbolic.discrete_theorem.linear_term`.
LINEAR = sp.Symbol("R_j", real=True)


def push_residuals() -> tuple[sp.Expr, sp.Expr]:
    """Return eta times the slopes of the neurons' gradients at the saddle minus -+s |x|: zero.

    g is constant there to first order in the neurons, as theta is of second order in them.
    """
    slopes = [
        sp.diff(sensitivity * G, neuron)
        for sensitivity, neuron in zip(SQUARED_DIFFERENCE.sensitivities, (U, V), strict=True)
    ]
    # u grows where g < 0, v where g > 0
    size = sp.Symbol("|g|", positive=True)
    push = 2 * ETA * size
    return (-ETA * slopes[0].subs(G, -size) - push, -ETA * slopes[1].subs(G, size) - push)


def characteristic(factor: Any = FACTOR) -> sp.Expr:
    """Return z^2 minus the linearised step from (z, 1): zero where x_k = z^k is a solution."""
    step = two_step_update(factor, 1, lambda y: -PUSH * y / ETA, mu=MU, kappa=KAPPA, eta=ETA)
    return sp.expand(factor**2 - step)


@lru_cache(maxsize=1)
def growth() -> sp.Expr:
    """Return z_+, the larger root of `characteristic`; at s = 0 it is 1."""
    a, b, c = sp.Poly(characteristic(), FACTOR).all_coeffs()
    return (-b + sp.sqrt(sp.expand(b**2 - 4 * a * c))) / (2 * a)


def growth_rate() -> sp.Expr:
    """Return ln z_+ to first order in s, s/(1 - mu): the look-ahead does not enter."""
    slope = sp.diff(sp.log(growth()), PUSH).subs(PUSH, 0)
    # sqrt((1 + mu)^2 - 4 mu) = 1 - mu
    root = sp.sqrt(sp.expand((1 - MU) ** 2))
    return sp.cancel(slope.subs(root, 1 - MU)) * PUSH


def escape_steps() -> sp.Expr:
    """Return the steps that a start of size c needs more than one of size 1, ln(1/c)/ln z_+."""
    return sp.log(1 / SIZE) / sp.log(growth())


def escape_residual(steps: sp.Expr) -> sp.Expr:
    """Return `characteristic` at the factor that ``steps`` implies, exp(ln(1/c)/steps)."""
    exponent = sp.cancel(sp.log(1 / SIZE) / steps)
    return characteristic(sp.exp(exponent))


def matched_start() -> tuple[sp.Expr, sp.Expr]:
    """Return (u_0, v_0) from which gradient flow minimises Q_xi(theta) + R . theta.

    ``XI`` and ``LINEAR`` are those of the limit to be matched, one coordinate.
    """
    return sp.sqrt(XI) * sp.exp(-2 * LINEAR), sp.sqrt(XI) * sp.exp(2 * LINEAR)


def matching_residuals(u: sp.Expr, v: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """Return what gradient flow from (u, v) differs by from the limit of xi and R.

    Gradient flow keeps xi = |u v| and has the linear term -ln|u_0/v_0|/4.
    """
    logarithms = [sp.expand_log(sp.log(x), force=True) for x in (u, v)]
    scale = sp.expand(logarithms[0] + logarithms[1] - sp.log(XI))
    return scale, sp.expand(-(logarithms[0] - logarithms[1]) / 4 - LINEAR)

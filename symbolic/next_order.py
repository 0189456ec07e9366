r"""Theorem 3 of Lyu et al. to one order more, for every two-step method, from the recursion.

Started at rest, the logarithm of a neuron moves by w_k = ln|x_k/x_{k-1}| in step k. Under the force
h_k = 2 eta g_k (with the other sign for v) the recursion is a map (w_k, h_k) -> w_{k+1}, and forces
change slowly, h_{k+1} - h_k = O(eta^2). Expanded to third order and summed,

.. math:: \ln|x_\infty/x_0| = -\frac{H_1}{1-\mu} + c_2 H_2 + b\,h_0^2 + c_3 H_3 + O(\eta^3),
          \qquad H_p = \sum_k h_k^p.

c_p are the coefficients of the velocity w*(h) that a constant force leads to. b is what the initial
layer adds: w follows the forces with weights mu^i, and sums of products of shifted sequences are

.. math:: \sum_k h_k h_{k+m} = H_2 - \tfrac{m}{2} h_0^2 + O(\eta^3),

as (h_{k+m} - h_k)^2 sums to O(eta^3). H_1 is in the row space of X; even powers make the scale, odd
ones the linear term.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import sympy as sp

from symbolic import elementary_differentials as ed
from symbolic.discrete_theorem import NOW, PREVIOUS, next_iterate
from symbolic.implicit_bias import momentum_bias_corrected
from symbolic.modified_equation import coefficients_at, inertia_coefficient, slow_field
from symbolic.notation import tidy
from symbolic.slow_start import slow_start
from symbolic.symbols import ETA, G_0, KAPPA, MU, XI, G

#: Log-velocity, force, and the parameter that counts their order.
VELOCITY, FORCE, _SMALL = sp.symbols("w h s", real=True)
#: Integrals of g^2 and g^3 over the time t = k eta, and K of `squares_by_gradient_flow`.
SQUARES, CUBES, VARIATION = sp.symbols("J_2 J_3 K", real=True)


class StepExpansion(NamedTuple):
    """ln|x_{k+1}/x_k| by (w, h): the linear, quadratic and cubic parts."""

    linear: sp.Expr
    quadratic: sp.Expr
    cubic: sp.Expr


@lru_cache(maxsize=1)
def step_expansion() -> StepExpansion:
    """Expand the recursion of one neuron to third order in velocity and force."""
    # x_{k+1}/x_k with x_{k-1} = x_k exp(-w) and 2 eta g = h.
    ratio: Any = next_iterate(+1).subs(PREVIOUS, NOW * sp.exp(-VELOCITY)) / NOW
    ratio = sp.expand(ratio.subs(G, FORCE / (2 * ETA)))
    change: Any = _graded(sp.expand(ratio - 1))
    # ln(1 + delta) = delta - delta^2/2 + delta^3/3
    parts = sp.expand(change - change**2 / 2 + change**3 / 3)
    return StepExpansion(*(sp.expand(parts.coeff(_SMALL, n)) for n in (1, 2, 3)))


def _graded(expression: Any) -> Any:
    """Return the Taylor polynomial of degree 3 in (w, h), every power marked by ``_SMALL``."""
    exponential = sp.exp(-VELOCITY)
    powers = sum(((-_SMALL * VELOCITY) ** n / sp.factorial(n) for n in range(4)), sp.S.Zero)
    marked = expression.subs(exponential, powers).subs(FORCE, _SMALL * FORCE)
    return sum((sp.expand(marked).coeff(_SMALL, n) * _SMALL**n for n in range(4)), sp.S.Zero)


@lru_cache(maxsize=1)
def steady_velocity() -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """Return (c_1, c_2, c_3) of w*(h) = c_1 h + c_2 h^2 + c_3 h^3 under a constant force."""
    unknown = sp.symbols("c_1:4")
    ansatz = sum((c * _SMALL**n for n, c in enumerate(unknown, 1)), sp.S.Zero)
    total: Any = -ansatz
    for degree, part in enumerate(step_expansion(), 1):
        # Homogeneous parts: (w, h) = s (w/s, 1) with w/s = c_1 + c_2 s + ...
        scaled = part.subs({VELOCITY: sp.expand(ansatz / _SMALL), FORCE: 1}, simultaneous=True)
        total += _SMALL**degree * scaled
    total = sp.expand(total)
    found: dict[sp.Symbol, sp.Expr] = {}
    for n, c in enumerate(unknown, 1):
        # In the equation of its own order it is linear, times mu - 1.
        equation = sp.expand(total.coeff(_SMALL, n).subs(found))
        found[c] = tidy(-equation.coeff(c, 0) / equation.coeff(c, 1))
    first, second, third = (found[c] for c in unknown)
    return first, second, third


@lru_cache(maxsize=1)
def layer_coefficient() -> sp.Expr:
    """Return b, what the initial layer adds to ln|x_inf/x_0| for each h_0^2."""
    quadratic = sp.Poly(step_expansion().quadratic, VELOCITY, FORCE)
    squared = quadratic.coeff_monomial(VELOCITY**2)
    mixed = quadratic.coeff_monomial(VELOCITY * FORCE)
    i, m = sp.symbols("i m", integer=True, positive=True)
    # To first order w_k = c sum_i mu^(i-1) h_{k-i}, c the coefficient of h in a step.
    weight: Any = step_expansion().linear.coeff(FORCE)

    def summed(term: sp.Expr, index: sp.Symbol) -> sp.Expr:
        return _convergent(sp.summation(term, (index, 1, sp.oo)))

    # sum_{i,j} mu^(i+j-2) |i-j|, twice the part with j = i + m; and sum_i mu^(i-1) i.
    with_itself = 2 * summed(summed(m * MU ** (2 * i + m - 2), m), i)
    with_force = summed(i * MU ** (i - 1), i)
    lost: Any = squared * weight**2 * with_itself + mixed * weight * with_force
    # (1 - mu) sum w = ... + sum of the quadratic part; |i - j| counts -h_0^2/2.
    return tidy(-lost / 2 / (1 - MU))


def _convergent(expression: sp.Expr) -> sp.Expr:
    """Return the branch of a geometric sum for |mu| < 1."""
    inner = expression.replace(lambda part: part.is_Piecewise, lambda part: part.args[0][0])
    return sp.cancel(sp.together(inner))


# --- What a run ends with -------------------------------------------------------------------------


def log_scale_along_the_run() -> sp.Expr:
    """Return ln xi_inf up to O(eta^3); `SQUARES` is sum_k eta g_k^2 along the run itself."""
    return sp.log(XI) + 2 * _of_forces(2) + 2 * layer_coefficient() * (2 * ETA * G_0) ** 2


def linear_term_along_the_run() -> sp.Expr:
    """Return R up to O(eta^3); `CUBES` is sum_k eta g_k^3 along the run itself.

    R = -asinh(theta_0/(2 xi))/4 - c_3 H_3/2: the first term that is not in the row space, for heavy
    ball 2 (4 alpha^2 - eta^2/3)/(1-mu)^3 times the integral of g^3.
    """
    return momentum_bias_corrected() - _of_forces(3) / 2


def _of_forces(power: int) -> sp.Expr:
    """Return c_p H_p for u."""
    integral = {2: SQUARES, 3: CUBES}[power]
    return steady_velocity()[power - 1] * 2**power * ETA ** (power - 1) * integral


def squares_by_gradient_flow() -> sp.Expr:
    r"""Return sum_k eta g_k^2 up to O(eta^2), by integrals along gradient flow from x_0.

    It is J_2 + alpha (g_0^2 - K): `SQUARES` is J_2, the integral of g^2 in the time t of the
    rescaled flow x' = -grad L/(1-mu), and K, `VARIATION`, is method-free, see below. The parts:

    * Euler-Maclaurin: a sum with step eta is the integral plus eta/2 of the first value.
    * Looking ahead shifts time by kappa eta, which takes away kappa eta of the first value.
    * The slow path starts eta b grad L beside x_0, along the flow: that is a shift of its own time
      by -eta b, and adds (1-mu) eta b of the first value.
    * The slow flow is off by eta c H grad L. With tau = t/(1-mu) and Q' = -H Q + H grad L,
      Q(0) = 0 in this time, it moves by eta (1-mu) c Q, so J_2 by eta (1-mu)^2 c K with
      K = int 2 g Dg[Q] d tau.
    * The transient, eta mu^k, adds O(eta^2).
    """
    chain: ed.Tree = (ed.LEAF,)
    field = coefficients_at(slow_field(1), MU, KAPPA)[chain]
    start = coefficients_at(slow_start(1), MU, KAPPA)[ed.LEAF]
    beginning = sp.S.Half - KAPPA + (1 - MU) * start
    return SQUARES + ETA * (tidy(beginning) * G_0**2 + tidy((1 - MU) ** 2 * field) * VARIATION)


def squares_by_inertia() -> sp.Expr:
    """Return the same by the inertia, J_2 + alpha (g_0^2 - K): their difference is zero."""
    return SQUARES + inertia_coefficient(MU, KAPPA, ETA) * (G_0**2 - VARIATION)


def log_scale_along_gradient_flow() -> sp.Expr:
    """Return ln xi_inf up to O(eta^3), by integrals along gradient flow and its first variation."""
    return log_scale_along_the_run().subs(SQUARES, squares_by_gradient_flow())


def linear_term_along_gradient_flow() -> sp.Expr:
    """Return R up to O(eta^3): its integral is needed to leading order only."""
    return linear_term_along_the_run()

r"""Single-layer regression: momentum does not change the implicit bias, in exact algebra.

Here the predictor theta itself is trained. Every gradient is X^T times something, so every two-step
iterate stays in theta_0 + row space of X, and an interpolator in that set is the Euclidean
projection of theta_0. Source: Lyu et al., sections 1 and 4 (after Gunasekar et al., 2018).
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from symbolic.symbols import ETA, KAPPA, MU
from symbolic.two_step import two_step_update

_n = sp.Symbol("n", integer=True, positive=True)
_d = sp.Symbol("d", integer=True, positive=True)

#: Data of any size; W weighs the samples of one step (a minibatch of b rows: 1/b on its rows, 0
#: elsewhere), so it may differ from step to step.
DATA = sp.MatrixSymbol("X", _n, _d)
TARGETS = sp.MatrixSymbol("y", _n, 1)
WEIGHTS = sp.MatrixSymbol("W", _n, _n)
START = sp.MatrixSymbol("theta_0", _d, 1)
#: theta_k = theta_0 + X^T a_k, and the same one step before.
DUAL_NOW = sp.MatrixSymbol("a_k", _n, 1)
DUAL_PREVIOUS = sp.MatrixSymbol("a_(k-1)", _n, 1)
#: An interpolator theta_0 + X^T m, and any other interpolator less theta_0.
MULTIPLIER = sp.MatrixSymbol("m", _n, 1)
OTHER = sp.MatrixSymbol("z", _d, 1)


def dual_update(*, mu: Any = MU, kappa: Any = KAPPA, eta: Any = ETA) -> Any:
    """Return a_(k+1) for which theta_(k+1) = theta_0 + X^T a_(k+1).

    The recursion of the dual variables is the two-step recursion itself, with the weighted
    residuals at the look-ahead point in place of the gradient.
    """

    def weighted_residual(dual: Any) -> Any:
        return WEIGHTS * (DATA * (START + DATA.T * dual) - TARGETS)

    return two_step_update(DUAL_NOW, DUAL_PREVIOUS, weighted_residual, mu=mu, kappa=kappa, eta=eta)


def row_space_residual(*, mu: Any = MU, kappa: Any = KAPPA, eta: Any = ETA, decay: Any = 0) -> Any:
    """Return theta_(k+1) - theta_0 - X^T a_(k+1), the induction step; the zero matrix if it holds.

    Parameters
    ----------
    mu, kappa, eta
        Any expressions; they may differ from step to step.
    decay
        Weight decay, a term that does leave the row space: the residual is then -eta decay times
        the look-ahead point, and a check built on this function fails as it should.
    """

    def gradient(theta: Any) -> Any:
        return DATA.T * WEIGHTS * (DATA * theta - TARGETS) + decay * theta

    after = two_step_update(
        START + DATA.T * DUAL_NOW,
        START + DATA.T * DUAL_PREVIOUS,
        gradient,
        mu=mu,
        kappa=kappa,
        eta=eta,
    )
    induction = START + DATA.T * dual_update(mu=mu, kappa=kappa, eta=eta)
    return sp.expand((after - induction).doit()).doit()


def projection_residual(sign: int = 1) -> Any:
    """Return |z|^2 - |p|^2 - |z - p|^2 - 2 sign m^T (X z - X p) for p = X^T m; zero for sign 1.

    With X z = X p the last term vanishes, so every interpolator theta_0 + z is at least as far from
    theta_0 as theta_0 + p is, and as far only if z = p: p is the projection, and the only one.
    """
    p = DATA.T * MULTIPLIER

    def product(a: Any, b: Any) -> Any:
        return sp.expand((a.T * b).doit())

    gap = OTHER - p
    # Scalars (1 x 1): z^T p and p^T z are one number, written in one way.
    residual = (
        product(OTHER, OTHER)
        - product(p, p)
        - product(gap, gap)
        - 2 * sign * product(MULTIPLIER, DATA * gap)
    )
    one_way = sp.expand(residual.doit()).subs(
        OTHER.T * DATA.T * MULTIPLIER, MULTIPLIER.T * DATA * OTHER
    )
    return sp.expand(one_way).doit()

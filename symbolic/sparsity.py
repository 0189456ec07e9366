r"""What smaller scales do to the l1 norm of the solution, for one sample.

With one sample x and an unbiased start of one scale the minimiser is 2 xi_j sinh(4 x_j nu) in each
coordinate, with a number nu that makes x . theta = y. Momentum gradient flow takes ln xi_j down by
2 lambda int g_j^2 dT to first order in lambda, and g_j = x_j r: so xi_j = xi exp(-c x_j^2) with one
theta_j, so x_j > 0 is no restriction, nor is nu > 0.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import lru_cache

import sympy as sp

from symbolic.entropy import DUAL, HyperbolicEntropy
from symbolic.symbols import XI

#: The multiplier of the constraint, and how much momentum has taken: ln(xi/xi_j) = c x_j^2.
MULTIPLIER = sp.Symbol("nu", positive=True)
LOSS_OF_SCALE = sp.Symbol("c", nonnegative=True)


def features(dimension: int) -> tuple[sp.Symbol, ...]:
    """Return x_1, ..., x_d, positive."""
    return sp.symbols(f"x_1:{dimension + 1}", positive=True)


def curvatures(dimension: int) -> tuple[sp.Symbol, ...]:
    """Return s_1, ..., s_d: s_j is d theta_j/d(x_j nu) at c = 0, positive."""
    return sp.symbols(f"s_1:{dimension + 1}", positive=True)


def saturations(dimension: int) -> tuple[sp.Symbol, ...]:
    """Return tau_1, ..., tau_d: tau_j is tanh(4 x_j nu)."""
    return sp.symbols(f"tau_1:{dimension + 1}", positive=True)


def _minimiser(x: sp.Symbol) -> sp.Expr:
    scale = XI * sp.exp(-LOSS_OF_SCALE * x**2)
    return HyperbolicEntropy(xi=scale).inverse_gradient.subs(DUAL, x * MULTIPLIER)


@lru_cache(maxsize=4)
def l1_slope(dimension: int) -> sp.Expr:
    """Return d|theta|_1/dc at c = 0 along x . theta = y, by x, s and tau.

    Implicit differentiation: x . theta is kept, which gives d nu/dc.
    """
    xs = features(dimension)
    thetas = [_minimiser(x) for x in xs]
    kept = sp.Add(*(x * theta for x, theta in zip(xs, thetas, strict=True)))
    total = sp.Add(*thetas)
    multiplier_slope = -sp.diff(kept, LOSS_OF_SCALE) / sp.diff(kept, MULTIPLIER)
    slope = sp.diff(total, LOSS_OF_SCALE) + sp.diff(total, MULTIPLIER) * multiplier_slope
    slope = slope.subs(LOSS_OF_SCALE, 0)
    # 8 xi cosh(4 x nu) = s and sinh = tau cosh.
    for x, s, tau in zip(xs, curvatures(dimension), saturations(dimension), strict=True):
        argument = 4 * x * MULTIPLIER
        slope = slope.subs(sp.sinh(argument), tau * sp.cosh(argument))
        slope = slope.subs(sp.cosh(argument), s / (8 * XI))
    return sp.cancel(slope)


def paired_slope(dimension: int) -> sp.Expr:
    """Return the same as a sum over pairs of coordinates, each term of which is not negative.

    sum_{i<j} s_i s_j x_i x_j (x_j - x_i)(x_j tau_j - x_i tau_i) / (4 sum_j x_j^2 s_j).
    """
    rows = zip(features(dimension), curvatures(dimension), saturations(dimension), strict=True)
    pairs = itertools.combinations(rows, 2)
    top = sp.Add(*(s * z * x * y * (y - x) * (y * b - x * a) for (x, s, a), (y, z, b) in pairs))
    bottom = sp.Add(
        *(x**2 * s for x, s in zip(features(dimension), curvatures(dimension), strict=True))
    )
    return top / (4 * bottom)


def growth_of_saturation() -> tuple[sp.Expr, Sequence[sp.Expr]]:
    """Return d(x tanh(4 x nu))/dx minus its parts, and the parts, all positive.

    So x_j tau_j grows with x_j, and both factors of a pair have one sign.
    """
    (x,) = features(1)
    argument = 4 * x * MULTIPLIER
    parts = (sp.tanh(argument), argument / sp.cosh(argument) ** 2)
    slope = sp.diff(x * sp.tanh(argument), x)
    difference = (slope - sp.Add(*parts)).rewrite(sp.exp)
    return sp.cancel(sp.together(sp.expand(difference))), parts

r"""The regimes of the momentum gradient flow on h w^2/2, exactly.

:math:`\lambda\ddot w + \dot w + h w = 0` decays and oscillates as the zeros of
:math:`\lambda r^2 + r + h` say. Near a minimum h stands for each curvature of the loss in turn.
Source: Papazov et al., poster, section 2.
"""

from __future__ import annotations

from functools import lru_cache

import sympy as sp

from symbolic.surrogate import CURVATURE, INERTIA
from symbolic.symbols import TIME

#: Exponent of a solution exp(r T).
EXPONENT = sp.Symbol("r")


def exponents() -> sp.Expr:
    """Return the polynomial in r whose zeros are the exponents of the flow."""
    w = sp.exp(EXPONENT * TIME)
    return sp.expand(flow_residual(w) / w)


def flow_residual(w: sp.Expr) -> sp.Expr:
    """Return lambda w'' + w' + h w for w as an expression in `TIME`."""
    return INERTIA * sp.diff(w, TIME, 2) + sp.diff(w, TIME) + CURVATURE * w


@lru_cache(maxsize=1)
def boundary() -> sp.Expr:
    """Return the lambda at which both exponents meet, 1/(4 h): above it the flow oscillates."""
    (found,) = sp.solve(sp.discriminant(exponents(), EXPONENT), INERTIA)
    return found


@lru_cache(maxsize=1)
def oscillation() -> tuple[sp.Expr, sp.Expr]:
    """Return the decay rate and the angular frequency for lambda above `boundary`."""
    rate = -sp.Poly(exponents(), EXPONENT).all_coeffs()[1] / (-2 * INERTIA)
    frequency = sp.sqrt(-sp.discriminant(exponents(), EXPONENT)) / (2 * INERTIA)
    return rate, frequency


@lru_cache(maxsize=1)
def slow_exponent() -> sp.Expr:
    """Return the exponent that stays finite as lambda tends to 0; -h for gradient flow."""
    roots = sp.solve(exponents(), EXPONENT)
    (slow,) = (root for root in roots if sp.limit(root, INERTIA, 0).is_finite)
    return slow


def slow_exponent_series(terms: int = 3) -> sp.Expr:
    """Return the slow exponent as a polynomial in lambda with ``terms`` terms."""
    # r = -h - lambda r^2: each substitution makes one more power right.
    r: sp.Expr = -CURVATURE
    for _ in range(terms - 1):
        r = sp.expand(-CURVATURE - INERTIA * r**2)
    return sp.Add(*(r.coeff(INERTIA, n) * INERTIA**n for n in range(terms)))

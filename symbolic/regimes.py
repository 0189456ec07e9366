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
#: Distance from the limit and velocity of one coordinate, its share of the loss, and the slope.
DISTANCE, VELOCITY, SHARE, SLOPE = sp.symbols("w w' l f", real=True)


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


def decaying_energy() -> sp.Expr:
    """Return F = l + lambda w'^2/2 + w w'/2, the energy and half of w w'.

    On h w^2/2 it decays at the rate 1/lambda, twice that of the amplitude, without any oscillation
    and for every h: directions of different curvature add up to one exponential.
    """
    return SHARE + INERTIA * VELOCITY**2 / 2 + DISTANCE * VELOCITY / 2


def decay_defect(rate: sp.Expr) -> sp.Expr:
    """Return F' + 2 rate F along the flow of any loss.

    For the rate 1/(2 lambda) it is (2 l - f w)/(2 lambda): zero on h w^2/2 and of third order in w
    elsewhere.
    """
    energy = decaying_energy()
    rates = {SHARE: SLOPE * VELOCITY, DISTANCE: VELOCITY, VELOCITY: -(VELOCITY + SLOPE) / INERTIA}
    moved = sp.Add(*(sp.diff(energy, x) * dx for x, dx in rates.items()))
    return sp.expand(moved + 2 * rate * energy)


def quadratic_decay_defect(rate: sp.Expr) -> sp.Expr:
    """Return `decay_defect` on h w^2/2."""
    loss = CURVATURE * DISTANCE**2 / 2
    at = {SHARE: loss, SLOPE: sp.diff(loss, DISTANCE)}
    return sp.expand(decay_defect(rate).subs(at))


def slow_exponent_series(terms: int = 3) -> sp.Expr:
    """Return the slow exponent as a polynomial in lambda with ``terms`` terms."""
    # r = -h - lambda r^2: each substitution makes one more power right.
    r: sp.Expr = -CURVATURE
    for _ in range(terms - 1):
        r = sp.expand(-CURVATURE - INERTIA * r**2)
    return sp.Add(*(r.coeff(INERTIA, n) * INERTIA**n for n in range(terms)))

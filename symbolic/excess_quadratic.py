r"""The excess of a step to second order in the log-velocities: a quadratic form.

With a_k = (x_k - x_{k-1})/x_k every ratio of `symbolic.discrete_theorem.EXCESS` is 1 + O(a), and
r(1 + t) = t^2/2 + O(t^3). What a slow or late part of a run still adds to the sums of the exact
theorem is therefore

.. math:: e_k = c_2\,a_{k+1}^2 + c_1\,a_k a_{k+1} + c_0\,a_k^2 + O(a^3).
"""

from __future__ import annotations

from functools import lru_cache

import sympy as sp

from symbolic.discrete_theorem import NEXT, NOW, PREVIOUS, excess_terms, itakura_saito

#: Log-velocities of two consecutive steps.
VELOCITY, NEXT_VELOCITY = sp.symbols("a_k a_{k+1}", real=True)
_SMALL, _Z = sp.Symbol("epsilon", real=True), sp.Symbol("z", positive=True)


@lru_cache(maxsize=1)
def excess_coefficients() -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """Return (c_2, c_1, c_0), functions of mu and kappa, derived from `EXCESS`."""
    path = {PREVIOUS: NOW * (1 - _SMALL * VELOCITY), NEXT: NOW * (1 + _SMALL * NEXT_VELOCITY)}
    # r and r' vanish at 1: r(1 + epsilon t) = r''(1) (epsilon t)^2/2 to second order.
    curvature = sp.diff(itakura_saito(_Z), _Z, 2).subs(_Z, 1)
    total = sp.S.Zero
    for coefficient, ratio in excess_terms():
        along = sp.cancel(ratio.subs(path, simultaneous=True))
        slope = sp.diff(along, _SMALL).subs(_SMALL, 0)
        total += coefficient * curvature * slope**2 / 2
    form = sp.Poly(sp.expand(total), NEXT_VELOCITY, VELOCITY)
    return (
        sp.factor(form.coeff_monomial(NEXT_VELOCITY**2)),
        sp.factor(form.coeff_monomial(NEXT_VELOCITY * VELOCITY)),
        sp.factor(form.coeff_monomial(VELOCITY**2)),
    )

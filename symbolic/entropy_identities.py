"""The identities of the hyperbolic entropy: each function returns a residual that is exactly zero.

On the real line theta = 2 xi sinh(w) is one to one and w is the log-ratio ln|u/v| of a neuron pair;
in w every identity becomes one between exponentials, which expansion decides.
"""

from __future__ import annotations

import sympy as sp

from symbolic.entropy import (
    DELTA,
    DUAL,
    LOG_RATIO,
    VALUE,
    HyperbolicEntropy,
    psi,
    split_roots,
)
from symbolic.symbols import THETA, XI

#: Local degrees E = theta Q'/Q of one coordinate of the flattest point and of the vertex, and the
#: share of that coordinate in the smallest value; the shares sum to 1.
DEGREE, DEGREE_VERTEX = sp.symbols("E E_v", positive=True)
SHARE = sp.Symbol("p", positive=True)


def in_log_ratio(expression: sp.Expr) -> sp.Expr:
    """Return ``expression`` in theta and xi rewritten by theta = 2 xi sinh(w), in exponentials.

    There asinh(theta/(2 xi)) is w and sqrt(theta^2 + 4 xi^2) is 2 xi cosh(w): on the real line the
    map is one to one, so the result is zero exactly if ``expression`` is.
    """
    e = split_roots(expression).subs(sp.asinh(THETA / (2 * XI)), LOG_RATIO)
    e = e.subs(sp.sqrt(THETA**2 + 4 * XI**2), 2 * XI * sp.cosh(LOG_RATIO))
    e = e.subs(THETA, 2 * XI * sp.sinh(LOG_RATIO)).rewrite(sp.exp)
    return sp.expand(sp.numer(sp.together(e))) / sp.denom(sp.together(e))


def gradient_residual() -> sp.Expr:
    """Return d Q/d theta - asinh(theta/(2 xi))/4."""
    return in_log_ratio(HyperbolicEntropy().gradient - sp.asinh(THETA / (2 * XI)) / 4)


def hessian_residual() -> sp.Expr:
    """Return d^2 Q/d theta^2 - 1/(4 sqrt(theta^2 + 4 xi^2))."""
    return in_log_ratio(HyperbolicEntropy().hessian - 1 / (4 * sp.sqrt(THETA**2 + 4 * XI**2)))


def inverse_gradient_residual() -> sp.Expr:
    """Return grad Q(2 xi sinh(4 z)) - z, with asinh(sinh(x)) = x on the real line."""
    q = HyperbolicEntropy()
    there = q.gradient.subs(THETA, q.inverse_gradient)
    return (
        there.replace(
            lambda e: isinstance(e, sp.asinh) and isinstance(e.args[0], sp.sinh),
            lambda e: e.args[0].args[0],
        )
        - DUAL
    )


def conjugate_residual() -> sp.Expr:
    """Return z theta - Q(theta) - Q*(z) at the maximiser theta = 2 xi sinh(4 z)."""
    q = HyperbolicEntropy()
    legendre = THETA * LOG_RATIO / 4 - q.value - q.conjugate.subs(DUAL, LOG_RATIO / 4)
    return in_log_ratio(legendre)


def scale_derivative_residual() -> sp.Expr:
    """Return d Q/d xi - (2 - sqrt(theta^2 + 4 xi^2)/xi)/4."""
    stated = (2 - sp.sqrt(THETA**2 + 4 * XI**2) / XI) / 4
    return in_log_ratio(sp.diff(VALUE, XI) - stated)


def psi_residual() -> sp.Expr:
    """Return psi_Delta(theta) - 2 Q_{Delta/4}(theta)."""
    twice = 2 * HyperbolicEntropy(THETA, DELTA / 4).value
    return sp.expand(split_roots(psi() - twice))


def neuron_form_residual() -> sp.Expr:
    """Return exp(asinh(theta/(2 xi))) - |u/v| for theta = u^2 - v^2 and xi = |u v|."""
    u, v = sp.symbols("a b", positive=True)  # |u| and |v|: theta and xi hold no signs
    ratio = (u**2 - v**2) / (2 * u * v)
    root = sp.sqrt(sp.factor(ratio**2 + 1))  # (u^2 + v^2)^2/(2 u v)^2
    return sp.cancel(
        sp.exp(sp.asinh(ratio).rewrite(sp.log)).subs(sp.sqrt(ratio**2 + 1), root) - u / v
    )


def elasticity_residual() -> sp.Expr:
    """Return theta Q'/Q - 1/(1 - tanh(w/2)/w) at theta = 2 xi sinh(w), over one denominator.

    tanh(w/2)/w falls from 1/2 to 0 as w grows from 0, since its derivative is
    (w - sinh w)/(2 w^2 cosh(w/2)^2): so the local degree falls from 2 (square) to 1 (absolute
    value) as |theta|/xi grows. A smaller scale is closer to the l1 norm in that sense.
    """
    q = HyperbolicEntropy()
    stated = 1 / (1 - sp.tanh(LOG_RATIO / 2) / LOG_RATIO)
    slope = THETA * q.gradient
    half = sp.Symbol("h", positive=True)  # exp(w/2)
    crossed = in_log_ratio(slope) / stated - in_log_ratio(q.value)
    return sp.cancel(crossed.rewrite(sp.exp).subs(LOG_RATIO, 2 * sp.log(half)))


def tanh_slope_residual() -> sp.Expr:
    """Return d/dw [tanh(w/2)/w] - (w - sinh w)/(2 w^2 cosh(w/2)^2)."""
    w = LOG_RATIO
    stated = (w - sp.sinh(w)) / (2 * w**2 * sp.cosh(w / 2) ** 2)
    difference = sp.diff(sp.tanh(w / 2) / w, w) - stated
    half = sp.Symbol("h", positive=True)
    exponential = sp.expand_power_exp(difference.rewrite(sp.exp))
    numerator = exponential.subs(sp.exp(w / 2), half).subs(sp.exp(-w / 2), 1 / half)
    numerator = numerator.subs(sp.exp(w), half**2).subs(sp.exp(-w), half**-2)
    return sp.cancel(sp.together(numerator))


def kernel_expansion_residuals() -> tuple[sp.Expr, ...]:
    """Return what `kernel_expansion` starts from, against the value: three residuals.

    They are d^2 Q/d theta^2 - (1 + s)^(-1/2)/(8 xi) with s = theta^2/(4 xi^2), Q(0) and Q'(0).
    """
    series_of = (1 + THETA**2 / (4 * XI**2)) ** sp.Rational(-1, 2) / (8 * XI)
    hessian = in_log_ratio(HyperbolicEntropy().hessian - series_of)
    return hessian, VALUE.subs(THETA, 0), sp.diff(VALUE, THETA).subs(THETA, 0)


def rich_expansion_residuals() -> tuple[sp.Expr, ...]:
    """Return what `rich_expansion` starts from, against the value: three residuals.

    They are that of d Q/d xi, the difference of the squares of its root and of the root that is
    expanded, (theta/xi) (1 + 4 xi^2/theta^2)^(1/2) (both are positive for theta > 0), and
    Q(theta) - Q(-theta).
    """
    expanded = THETA / XI * (1 + 4 * XI**2 / THETA**2) ** sp.Rational(1, 2)
    squares = sp.cancel(expanded**2 - (THETA**2 + 4 * XI**2) / XI**2)
    return scale_derivative_residual(), squares, sp.expand(VALUE - VALUE.subs(THETA, -THETA))


def degree_slope_sign() -> tuple[sp.Expr, sp.Expr]:
    """Return a residual that is zero, and the slope of the local degree E by w > 0.

    With E = 1/(1 - T) and T = tanh(w/2)/w the slope of E is E^2 T', and T' holds w - sinh w, which
    is -2 times the integral S of sinh(t/2)^2 from 0 to w: both have the same derivative (the
    residual) and vanish at 0. The slope is returned with S as a positive symbol.
    """
    w, integral, degree = sp.symbols("w S E_m", positive=True)
    numerator = w - sp.sinh(w)
    residual = sp.expand((sp.diff(numerator, w) + 2 * sp.sinh(w / 2) ** 2).rewrite(sp.exp))
    return residual, degree**2 * -2 * integral / (2 * w**2 * sp.cosh(w / 2) ** 2)


def homogeneity_residual() -> sp.Expr:
    """Return xi dQ/dxi + theta dQ/dtheta - Q: Q_xi(theta) is xi times Q_1(theta/xi)."""
    q = HyperbolicEntropy()
    return in_log_ratio(XI * q.scale_derivative + THETA * q.gradient - q.value)


def change_of_departure(log_vertex: sp.Expr, log_coordinate: sp.Expr) -> sp.Expr:
    """Return what one coordinate of the flattest point contributes to d ln(departure).

    By homogeneity xi dQ/dxi = (1 - E) Q. The largest value of Q on the sphere changes by
    (1 - E_v) d ln xi_v of itself; the smallest, by the envelope theorem, by the sum of
    p_j (1 - E_j) d ln xi_j of itself.
    """
    return SHARE * (log_vertex * (1 - DEGREE_VERTEX) - log_coordinate * (1 - DEGREE))


#: Name of each identity above, with the function that returns its residual.
IDENTITIES = {
    "gradient": gradient_residual,
    "hessian": hessian_residual,
    "inverse gradient": inverse_gradient_residual,
    "conjugate": conjugate_residual,
    "scale derivative": scale_derivative_residual,
    "psi of Papazov et al.": psi_residual,
    "neuron form": neuron_form_residual,
    "elasticity": elasticity_residual,
    "tanh slope": tanh_slope_residual,
}

r"""Proposition 4 of Lyu et al. as a residual, in truncated power series in alpha.

Their Eq. (11) says that d/dt grad Q_{xi(t)}(theta + alpha theta') = -g/(1-mu) with
xi(t) = xi exp(-alpha phi(t)). On the slow path of the flow, where the velocities are the series

.. math:: u' = u\,(p_0 + \alpha p_1 + \dots), \qquad p_0 = -2g/(1-\mu),

that solve alpha u'' + u' + 2 u g/(1-mu) = 0 order by order, the difference of both sides is a power
series in alpha whose coefficients are rational in u, v and the jet of g.
"""

from __future__ import annotations

import itertools
from functools import lru_cache

import sympy as sp

from symbolic.entropy import HyperbolicEntropy
from symbolic.implicit_bias import scale_density
from symbolic.momentum_flow import G_JET, U_DOT, V_DOT, accelerations, time_derivative
from symbolic.networks import SQUARED_DIFFERENCE
from symbolic.symbols import ALPHA, G_0, MU, THETA, TIME, XI, G, U, V

Series = list[sp.Expr]

#: ln(xi(t)/|u v|) has the terms alpha K_1 + alpha^2 K_2 + ... in which the start is remembered.
MEMORY_1, MEMORY_2 = sp.symbols("K_1 K_2", real=True)


def times(a: Series, b: Series) -> Series:
    """Return the product of two series, truncated to the shorter one."""
    size = min(len(a), len(b))
    return [sp.expand(sp.Add(*(a[i] * b[k - i] for i in range(k + 1)))) for k in range(size)]


def to_power(series: Series, exponent: sp.Rational) -> Series:
    """Return series**exponent / series[0]**exponent by the recurrence of J. C. P. Miller.

    n a_0 b_n = sum_k (k exponent - (n - k)) a_k b_{n-k}.
    """
    first = series[0]
    out: Series = [sp.S.One]
    for n in range(1, len(series)):
        terms = ((k * exponent - (n - k)) * series[k] * out[n - k] for k in range(1, n + 1))
        out.append(sp.cancel(sp.together(sp.Add(*terms) / (n * first))))
    return out


def _derivative(series: Series, log_velocities: tuple[Series, Series]) -> Series:
    """Return the time derivative of a series in (u, v, jet of g) along the slow path."""
    p, q = log_velocities
    size = min(len(series), len(p))
    out: Series = [sp.S.Zero] * size
    for k in range(size):
        by_g = sp.Add(*(sp.diff(series[k], a) * b for a, b in itertools.pairwise(G_JET)))
        out[k] += by_g
        for i in range(k + 1):
            out[k] += sp.diff(series[i], U) * U * p[k - i] + sp.diff(series[i], V) * V * q[k - i]
    return [sp.cancel(sp.together(c)) for c in out]


@lru_cache(maxsize=4)
def slow_log_velocities(order: int) -> tuple[Series, Series]:
    """Return u'/u and v'/v on the slow path, as series in alpha up to alpha^order.

    p + alpha (p' + p^2) = p_0: with x' = x p the flow is a Riccati equation for each neuron. p_0
    is read off the flow at alpha = 0.
    """
    results: list[Series] = []
    for x, x_dot, x_ddot in zip((U, V), (U_DOT, V_DOT), accelerations(), strict=True):
        leading = sp.cancel((ALPHA * x_ddot + x_dot) / x)
        p: Series = [leading]
        for k in range(order):
            rate = sp.Add(*(sp.diff(p[k], a) * b for a, b in itertools.pairwise(G_JET)))
            p.append(sp.expand(-rate - sp.Add(*(p[i] * p[k - i] for i in range(k + 1)))))
        results.append(p)
    return results[0], results[1]


def smoothed_predictor(order: int, weight: sp.Expr | int = 1) -> Series:
    """Return theta + weight * alpha theta' on the slow path, as a series in alpha.

    ``weight`` is 1 in Prop. 4 and 0 for theta itself.
    """
    velocities = slow_log_velocities(order)
    theta: Series = [SQUARED_DIFFERENCE.predictor, *[sp.S.Zero] * order]
    rate = _derivative(theta, velocities)
    return [sp.expand(theta[k] + (weight * rate[k - 1] if k else 0)) for k in range(order + 1)]


@lru_cache(maxsize=32)
def mirror_residual(
    order: int = 2,
    weight: sp.Expr | int = 1,
    density_factor: sp.Expr | int = 1,
    force_factor: sp.Expr | int = 1,
    matched: bool = True,
) -> tuple[sp.Expr, ...]:
    r"""Return the coefficients of alpha^0 ... alpha^order of Eq. (11)'s left minus right side.

    d/dt grad Q_{xi(t)}(theta + weight alpha theta') + force_factor g/(1-mu), with
    d ln xi(t)/dt = -alpha density_factor d phi/dt. All factors are 1 in the statement; mutants
    change them. Since xi = |u v| exp(alpha (p+q) + alpha^2 K_2) with the exact scale identity, the
    start enters at alpha^2 through K_2, `MEMORY_2`; with ``matched=False`` also at alpha^1 through
    K_1 = -(omega_u + omega_v)(0), the log-velocities of the start.
    """
    p, q = slow_log_velocities(order + 1)
    velocities = (p, q)
    smooth = smoothed_predictor(order + 1, weight)[: order + 1]
    smooth_rate = _derivative(smooth, velocities)
    # xi(t)^2 = (u v)^2 exp(2 alpha (p + q) + 2 alpha K_1 + 2 alpha^2 K_2)
    exponent: Series = [sp.S.Zero] * (order + 1)
    for k in range(1, order + 1):
        exponent[k] = 2 * (p[k - 1] + q[k - 1])
    if order >= 1 and not matched:
        exponent[1] += 2 * MEMORY_1
    if order >= 2:
        exponent[2] += 2 * MEMORY_2
    scale_squared = [sp.expand((U * V) ** 2 * c) for c in _exponential(exponent)]
    scale_log_rate: Series = [sp.S.Zero] * (order + 1)
    if order >= 1:
        scale_log_rate[1] = -density_factor * scale_density()
    # d/dt grad Q = Q'' theta' + (d grad Q/d xi) xi'. Both have the root r = sqrt(theta^2 + 4 xi^2),
    # which is u^2 + v^2 at alpha = 0, to the power -1.
    entropy = HyperbolicEntropy()
    root = 1 / sp.sqrt(THETA**2 + 4 * XI**2)
    by_theta = sp.cancel(entropy.hessian / root)
    by_log_scale = sp.cancel(sp.expand(sp.diff(entropy.gradient, XI) * XI / (root * THETA)))
    square = times(smooth, smooth)
    radius = [sp.expand(square[k] + 4 * scale_squared[k]) for k in range(order + 1)]
    inverse_root = [c / (U**2 + V**2) for c in to_power(radius, sp.Rational(-1, 2))]
    moved = [
        by_theta * a + by_log_scale * b
        for a, b in zip(smooth_rate, times(smooth, scale_log_rate), strict=True)
    ]
    total = [
        sp.Add(*(moved[i] * inverse_root[k - i] for i in range(k + 1))) for k in range(order + 1)
    ]
    total[0] += force_factor * G / (1 - MU)
    return tuple(sp.factor(sp.cancel(sp.together(c))) for c in total)


def _exponential(exponent: Series) -> Series:
    """Return exp of a series that starts at alpha^1: n b_n = sum_k k a_k b_{n-k}."""
    out: Series = [sp.S.One]
    for n in range(1, len(exponent)):
        out.append(sp.expand(sp.Add(*(k * exponent[k] * out[n - k] for k in range(1, n + 1))) / n))
    return out


def memory_rate() -> sp.Expr:
    """Return dK_2/dt, the alpha^1 coefficient of p^2 + q^2 - d phi/dt; its alpha^0 is zero."""
    p, q = slow_log_velocities(1)
    squares = [times(p, p)[k] + times(q, q)[k] for k in range(2)]
    if sp.expand(squares[0] - scale_density()) != 0:
        raise ArithmeticError("phi is not the leading order of int (u'/u)^2 + (v'/v)^2")
    return sp.expand(squares[1])


def memory() -> sp.Expr:
    """Return K_2 of a start on the slow path: int (p^2 + q^2 - phi') less (p + q) at the start.

    The integrand is a multiple of g g', so K_2 is a quadratic in g and `G_0`, g at the start.
    """
    rate = memory_rate()
    quadratic = sp.expand(sp.cancel(rate / G_JET[1]) * G / 2)
    if sp.expand(sp.diff(quadratic, G) * G_JET[1] - rate) != 0:
        raise ArithmeticError("the memory is not a quadratic in g")
    p, q = slow_log_velocities(1)
    at_start = (p[1] + q[1]).subs({G: G_0, G_JET[1]: 0})
    return sp.expand(quadratic - quadratic.subs(G, G_0) - at_start)


#: theta', theta'' and xi' of one coordinate.
THETA_DOT, THETA_DDOT, XI_DOT = sp.symbols("theta' theta'' xi'", real=True)


def second_order_form_printed() -> sp.Expr:
    """Return the left side of remark (i) after Prop. 4, without the force.

    alpha Q'' theta'' + Q'' theta' + d(grad Q)/dt at fixed theta + alpha theta'.
    """
    smooth = THETA + ALPHA * THETA_DOT
    hessian = HyperbolicEntropy(smooth, XI).hessian
    explicit = sp.diff(HyperbolicEntropy().gradient, XI).subs(THETA, smooth) * XI_DOT
    return ALPHA * hessian * THETA_DDOT + hessian * THETA_DOT + explicit


def mirror_rate() -> sp.Expr:
    """Return d/dt grad Q_{xi(t)}(theta + alpha theta') for arbitrary paths, by differentiation."""
    theta, xi = sp.Function("theta")(TIME), sp.Function("xi", positive=True)(TIME)
    smooth = theta + ALPHA * theta.diff(TIME)
    rate = HyperbolicEntropy(smooth, xi).gradient.diff(TIME)
    # Highest derivatives first: a lower one would be replaced inside a higher one.
    for derivative, symbol in (
        (theta.diff(TIME, 2), THETA_DDOT),
        (theta.diff(TIME), THETA_DOT),
        (xi.diff(TIME), XI_DOT),
        (theta, THETA),
        (xi, XI),
    ):
        rate = rate.subs(derivative, symbol)
    return rate


def residual_on_jet(
    weight: sp.Expr | int = 1, density_factor: sp.Expr | int = 1, force_factor: sp.Expr | int = 1
) -> sp.Expr:
    """Return Eq. (11)'s left minus right side at one instant, without any expansion.

    A function of u, v, u', v', g, of `XI` for xi(t), and of alpha and mu; the factors are those of
    `mirror_residual`, 1 in the statement. Second derivatives come from the flow.
    """
    theta = SQUARED_DIFFERENCE.predictor
    smooth = theta + weight * ALPHA * time_derivative(theta)
    entropy = HyperbolicEntropy(smooth, XI)
    by_scale = sp.diff(HyperbolicEntropy().gradient, XI).subs(THETA, smooth)
    scale_rate = -ALPHA * density_factor * scale_density() * XI
    moved = entropy.hessian * time_derivative(smooth) + by_scale * scale_rate
    return moved + force_factor * G / (1 - MU)

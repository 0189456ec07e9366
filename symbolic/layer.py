r"""The initial velocity with which the second-order flow follows the iterates behind the layer.

Both the recursion and the flow have a slow path and a transient: mu^k for the iterates,
exp(-t/alpha) for the flow. They agree to O(eta^2) behind the transients when their slow paths start
at the same point to that order. Nothing in Lyu et al. states the initial velocity; what follows
derives it.
"""

from __future__ import annotations

import itertools
from functools import lru_cache
from typing import Any, NamedTuple

import sympy as sp

from symbolic.console import UserError
from symbolic.modified_equation import expand_recursion, inertia_coefficient
from symbolic.notation import GRADIENT, GRADIENT_START, X_DOT, exact, tidy
from symbolic.symbols import ETA, KAPPA, MU
from symbolic.two_step import two_step_update

#: Coefficient c of the initial velocity x'(0) = c grad L(x(0)).
VELOCITY = sp.Symbol("c", real=True)


class Layer(NamedTuple):
    """The transients, to leading order.

    Attributes
    ----------
    slow_velocity
        x' of both slow paths.
    discrete_rate
        The factor by which the transient of the iterates shrinks in a step.
    discrete_amplitude
        C in x_k = slow(k eta) + eta C rate^k + O(eta^2).
    flow_decay
        The exponent r in the transient exp(r t) of the flow.
    flow_amplitude
        D in x(t) = slow(t) + eta D exp(r t) + O(eta^2), with the velocity coefficient c in it.
    velocity
        The c for which the slow paths start at the same point, C = D.
    """

    slow_velocity: sp.Expr
    discrete_rate: sp.Expr
    discrete_amplitude: sp.Expr
    flow_decay: sp.Expr
    flow_amplitude: sp.Expr
    velocity: sp.Expr


@lru_cache(maxsize=1)
def initial_layer() -> Layer:
    """Derive the layers of the recursion (with x_{-1} = x_0) and of the flow, for any mu, kappa."""
    # The slow path: the leading order of the expanded recursion.
    (slow,) = sp.solve(expand_recursion().leading.subs(GRADIENT, GRADIENT_START), X_DOT)
    # Transient z^k without forces: the roots of z^2 = z + mu (z - 1) are 1 (a shift of the slow
    # path) and the rate.
    z, amplitude, r = sp.symbols("z C r")
    free = two_step_update(z, sp.Integer(1), lambda _: 0, mu=MU, kappa=KAPPA, eta=ETA)
    (rate,) = sp.solve(sp.Poly(z**2 - free, z).exquo(sp.Poly(z - 1, z)).as_expr(), z)
    # x_{-1} = x_0: 0 = x_0 - x_{-1} = eta slow' + eta C (1 - 1/rate); multiplied by the rate, so
    # that rate = 0 needs no case of its own.
    (discrete,) = sp.solve(slow * rate + amplitude * (rate - 1), amplitude)
    # Flow without forces: alpha r^2 + r = 0.
    alpha = inertia_coefficient(MU, KAPPA, ETA)
    (decay,) = (root for root in sp.solve(alpha * r**2 + r, r) if root != 0)
    # x'(0) = c grad L = slow' + eta D r.
    (flow,) = sp.solve(VELOCITY * GRADIENT_START - slow - ETA * amplitude * decay, amplitude)
    (velocity,) = sp.solve(sp.together(flow - discrete), VELOCITY)
    return Layer(*(tidy(part) for part in (slow, rate, discrete, decay, flow, velocity)))


def second_order_flow_exists(mu: Any, kappa: Any) -> bool | None:
    """Return whether alpha > 0, `None` where that depends on symbols."""
    return (inertia_coefficient(mu, kappa, ETA) / ETA).is_positive


def momenta_with_second_order_flow(mu: Any, kappa: Any) -> sp.Set:
    """Return the momenta in [0, 1) at which alpha > 0, as an exact set.

    For a number ``mu`` the answer is that number or the empty set; where ``kappa`` has symbols
    besides mu, the condition is left as it is.
    """
    ratio = exact(inertia_coefficient(mu, kappa, ETA) / ETA)
    if not exact(mu).free_symbols:
        return sp.FiniteSet(exact(mu)) if ratio.is_positive else sp.S.EmptySet
    if ratio.free_symbols - {MU}:
        return sp.ConditionSet(MU, ratio > 0, sp.Interval.Ropen(0, 1))
    top, bottom = (sp.Poly(part, MU) for part in sp.fraction(sp.cancel(ratio)))
    # The sign changes only at zeros and poles; between two of them one value decides.
    roots: list[Any] = [root for part in (top, bottom) for root in sp.real_roots(part)]
    changes = {root for root in roots if 0 <= root < 1}
    ends = sorted({sp.S.Zero, sp.S.One, *changes})
    pieces = []
    for low, high in itertools.pairwise(ends):
        between = _rational_between(low, high)
        if top.eval(between) * bottom.eval(between) > 0:
            pieces.append(sp.Interval(low, high, left_open=low in changes, right_open=True))
    return sp.Union(*pieces)


def _rational_between(low: Any, high: Any) -> Any:
    """Return a rational number strictly between two real algebraic numbers."""
    denominator = 2
    while True:
        candidate = sp.Rational(sp.floor(low * denominator) + 1, denominator)
        if candidate < high:
            return candidate
        denominator *= 2


def require_second_order_flow(mu: Any, kappa: Any) -> None:
    """Refuse (mu, kappa) at which alpha is not positive.

    Raises
    ------
    UserError
        If alpha is known to be zero or negative: the flow would be first order or anti-damped.
    """
    if (inertia_coefficient(mu, kappa, ETA) / ETA).is_nonpositive:
        (bound,) = sp.solve(inertia_coefficient(mu, KAPPA, ETA), KAPPA)
        raise UserError(
            expected=f"kappa < (1 + mu)/(2 (1 - mu)) = {bound} (a positive inertia coefficient)",
            received=f"kappa = {exact(kappa)} with mu = {exact(mu)}",
            remedy="no second-order flow exists there; use the first-order slow flow",
        )


@lru_cache(maxsize=256)
def layer_matched_velocity(mu: Any, kappa: Any) -> sp.Expr:
    """Return c for which the flow with x'(0) = c grad L(x(0)) follows the iterates to O(eta^2).

    Behind the initial layer and for iterates started with x_{-1} = x_0.

    Raises
    ------
    UserError
        If alpha <= 0 at these parameters.
    """
    require_second_order_flow(mu, kappa)
    values = {MU: exact(mu), KAPPA: exact(kappa)}
    return tidy(initial_layer().velocity.subs(values, simultaneous=True))

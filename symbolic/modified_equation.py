r"""The modified equation of the two-step family, derived from the recursion.

Two derivations, each from `two_step_update` itself:

* **Second-order form.** A path x(t) with x_k = x(k eta) is inserted and expanded; the terms of
  order eta combine into alpha x'' + x' + grad L/(1 - mu) = 0 (Lyu et al., Proposition 1).
* **Slow flow.** The first-order equation x' = V(x) that the iterates follow once the transient mu^k
  has died out, to any order, as a series in elementary differentials (any smooth loss, any
  dimension).

They meet: the slow flow of the second-order form is the slow flow of the recursion up to O(eta),
and not beyond.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import sympy as sp

from symbolic import elementary_differentials as ed
from symbolic.console import UserError
from symbolic.elementary_differentials import Series, Tree
from symbolic.notation import GRADIENT, GRADIENT_DOT, X_DDOT, X_DOT, X, exact, tidy
from symbolic.rational_functions import GENERATORS, RationalFunction
from symbolic.symbols import ETA, KAPPA, MU
from symbolic.two_step import two_step_update

#: The slow flow is offered up to O(eta^6); the next order would have 115 elementary differentials.
HIGHEST_ORDER = 6


class Expansion(NamedTuple):
    """The recursion along a path, divided by eta: ``leading + eta * correction + O(eta^2) = 0``."""

    forward: sp.Expr
    backward: sp.Expr
    gradient: sp.Expr
    leading: sp.Expr
    correction: sp.Expr
    gradient_rate: sp.Expr
    inertia: sp.Expr


@lru_cache(maxsize=1)
def expand_recursion() -> Expansion:
    """Expand the recursion along a path x(t) with x_k = x(k eta), for symbolic (mu, kappa)."""
    # x(t +- eta) = x +- eta x' + eta^2 x''/2 + O(eta^3)
    forward = X + ETA * X_DOT + ETA**2 * X_DDOT / 2
    backward = X - ETA * X_DOT + ETA**2 * X_DDOT / 2
    seen: list[sp.Expr] = []

    def gradient(place: sp.Expr) -> sp.Expr:
        # grad L(x + eta c x') = grad L(x) + eta c d/dt grad L(x) + O(eta^2): H x' = d/dt grad L
        shift: Any = sp.expand(place - X).coeff(ETA, 1)
        seen.append(GRADIENT + ETA * shift.coeff(X_DOT) * GRADIENT_DOT)
        return seen[0]

    update = two_step_update(X, backward, gradient, mu=MU, kappa=KAPPA, eta=ETA)
    defect = sp.expand(forward - update)
    leading, correction = (sp.collect(defect.coeff(ETA, n), [X_DOT, X_DDOT]) for n in (1, 2))
    # The leading order gives grad L = c x', hence d/dt grad L = c x'' + O(eta).
    (slope,) = sp.solve(leading, GRADIENT)
    gradient_rate = sp.factor(slope.subs(X_DOT, X_DDOT))
    second = sp.expand(correction.subs(GRADIENT_DOT, gradient_rate)).coeff(X_DDOT)
    inertia = sp.factor(ETA * second / sp.expand(leading).coeff(X_DOT))
    return Expansion(forward, backward, seen[0], leading, correction, gradient_rate, inertia)


@lru_cache(maxsize=256)
def inertia_coefficient(mu: Any, kappa: Any, eta: Any) -> sp.Expr:
    """Return alpha of ``alpha x'' + x' + grad L/(1 - mu) = 0``, from the expanded recursion.

    Parameters
    ----------
    mu, kappa, eta
        Momentum, look-ahead and learning rate: expressions or exact numbers.

    Source: Lyu et al., Proposition 1 (heavy ball: kappa = 0; Nesterov: kappa = mu).
    """
    return _at(expand_recursion().inertia, mu, kappa, eta)


def _at(expression: sp.Expr, mu: Any, kappa: Any, eta: Any = ETA) -> sp.Expr:
    values = {MU: exact(mu), KAPPA: exact(kappa), ETA: exact(eta)}
    return tidy(expression.subs(values, simultaneous=True))


def recursion_residual(field: Series, mu: Any, kappa: Any) -> Series:
    """Return x(t + eta) - (update from x(t) and x(t - eta)) along x' = field.

    ``mu`` and ``kappa`` are elements of the coefficient field (or of any other exact field).
    """
    here = ed.point(field.order)
    update = two_step_update(
        here, ed.flow_for_steps(field, -1), ed.gradient_at, mu=mu, kappa=kappa, eta=1
    )
    return ed.flow_for_steps(field, 1) - update


def second_order_residual(field: Series, inertia: Any, mu: Any) -> Series:
    """Return alpha x'' + x' + grad L/(1 - mu) along x' = field; ``inertia`` is alpha/eta."""
    gradient = ed.gradient_at(ed.point(field.order))
    return inertia * ed.derivative_along(field, field) + field + (1 / (1 - mu)) * gradient


def _slow_field(residual: Callable[[Series], Series], order: int) -> Series:
    """Solve residual(field) = 0 for a vector field, one order at a time."""
    # A new coefficient enters the residual of its own order linearly, times one pivot for all.
    one = RationalFunction.of(1)
    pivot = (
        residual(Series({ed.LEAF: 2 * one}, 1))[ed.LEAF]
        - residual(Series({ed.LEAF: one}, 1))[ed.LEAF]
    )
    start = residual(Series({ed.LEAF: one}, 1))[ed.LEAF]
    solved: dict[Tree, Any] = {ed.LEAF: one - start / pivot}
    for n in range(2, order + 1):
        rest = residual(Series(solved, n))
        solved |= {tree: -rest[tree] / pivot for tree in ed.trees(n)}
    return Series(solved, order)


@lru_cache(maxsize=8)
def slow_field(order: int = 1) -> Series:
    """Return the slow flow x' = V(x) of the recursion through O(eta^order), mu and kappa symbolic.

    The coefficient of a tree with n nodes multiplies eta^(n-1).
    """
    _require_order(order)
    mu, kappa = GENERATORS
    return _slow_field(lambda field: recursion_residual(field, mu, kappa), order + 1)


def slow_field_of_flow(inertia: sp.Expr, order: int = 1) -> Series:
    """Return the slow flow of alpha x'' + x' + grad L/(1 - mu) = 0; ``inertia`` is alpha/eta."""
    _require_order(order)
    coefficient, mu = RationalFunction.of(inertia), GENERATORS[0]
    return _slow_field(lambda field: second_order_residual(field, coefficient, mu), order + 1)


def flow_defect(inertia: sp.Expr, order: int) -> dict[Tree, sp.Expr]:
    """Return what the recursion leaves at O(eta^order) on the slow flow of the second-order form.

    The residual x(t + eta) - update, divided by eta, at its term eta^order, one entry for each
    elementary differential that is left; empty when the equation is right to this order.
    """
    mu, kappa = GENERATORS
    residual = recursion_residual(slow_field_of_flow(inertia, max(order, 1)), mu, kappa)
    return {tree: tidy(value.as_expr()) for tree, value in residual.at_order(order + 1).items()}


def slow_flow_coefficients(mu: Any, kappa: Any, order: int = 1) -> dict[Tree, sp.Expr]:
    """Return the coefficients of x' = sum eta^(n-1) c(tree) F(tree), trees of n <= order + 1 nodes.

    Raises
    ------
    UserError
        If the order is not offered.
    """
    return coefficients_at(slow_field(order), mu, kappa)


def coefficients_at(series: Series, mu: Any, kappa: Any) -> dict[Tree, sp.Expr]:
    """Return the coefficients of a series that are not zero, at mu and kappa, smallest trees first.

    Parameters
    ----------
    series
        With rational functions of mu and kappa for coefficients.
    mu, kappa
        Expressions or exact numbers.
    """
    mu, kappa = exact(mu), exact(kappa)
    try:
        point = tuple(RationalFunction.of(value) for value in (mu, kappa))
    except ValueError:
        found = {tree: _at(c.as_expr(), mu, kappa) for tree, c in series.coefficients.items()}
    else:
        generic = point == GENERATORS
        found = {
            tree: (c if generic else RationalFunction.of(c.at(*point))).factored()
            for tree, c in series.coefficients.items()
        }
    return {tree: found[tree] for tree in ed.all_trees(series.order) if found.get(tree)}


def slow_flow_coefficient(mu: Any, kappa: Any) -> sp.Expr:
    """Return c of the slow flow x' = -grad L/(1 - mu) + eta c H grad L + O(eta^2)."""
    return _at(slow_field(1)[(ed.LEAF,)].as_expr(), mu, kappa)


def slow_flow(mu: Any, kappa: Any, order: int = 1) -> sp.Expr:
    """Return the right-hand side of the slow flow as an expression in elementary differentials."""
    terms = slow_flow_coefficients(mu, kappa, order)
    return sp.Add(
        *(ETA ** (ed.nodes(tree) - 1) * value * ed.notation(tree) for tree, value in terms.items())
    )


def _require_order(order: int) -> None:
    if not 1 <= order <= HIGHEST_ORDER:
        raise UserError(
            expected=f"an order from 1 to {HIGHEST_ORDER}",
            received=str(order),
            remedy="the second-order equation is the order 1; higher orders give the slow flow",
        )

r"""A derivation as a value: readable steps, in order, that print themselves as text and LaTeX."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp

from symbolic import elementary_differentials as ed
from symbolic import notation as nt
from symbolic.layer import initial_layer, layer_matched_velocity, momenta_with_second_order_flow
from symbolic.modified_equation import (
    coefficients_at,
    expand_recursion,
    inertia_coefficient,
    slow_flow,
    slow_flow_coefficients,
)
from symbolic.notation import exact, tidy
from symbolic.slow_start import slow_start
from symbolic.symbols import ALPHA, ETA, KAPPA, MU, TIME
from symbolic.two_step import TwoStepMethod, look_ahead, method_named, two_step_update


@dataclass(frozen=True)
class Step:
    """One line of a derivation: what is done, and the formula that results."""

    text: str
    formula: sp.Basic

    @property
    def latex(self) -> str:
        """The formula as LaTeX, without delimiters."""
        return sp.latex(self.formula)

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {self.latex}$"


@dataclass(frozen=True)
class Derivation:
    """The modified equation of one method, with the steps that lead to it.

    Attributes
    ----------
    name, mu, kappa
        The method; the parameters are exact expressions.
    order
        The slow flow is given through O(eta^order).
    inertia
        alpha of ``alpha x'' + x' + grad L/(1 - mu) = 0``.
    momenta
        The set of momenta in [0, 1) at which alpha > 0; empty where no second-order flow exists.
    layer_velocity
        c of the matched initial velocity x'(0) = c grad L(x(0)), or `None` without such a flow.
    slow_coefficients
        Coefficients of the slow flow by rooted tree; a tree of n nodes comes with eta^(n-1).
    start_coefficients
        Coefficients of its start, by tree at x_0, through O(eta^order); n nodes come with eta^n.
    steps
        The derivation in reading order.
    """

    name: str
    mu: sp.Expr
    kappa: sp.Expr
    order: int
    inertia: sp.Expr
    momenta: sp.Set
    layer_velocity: sp.Expr | None
    slow_coefficients: dict[ed.Tree, sp.Expr]
    start_coefficients: dict[ed.Tree, sp.Expr]
    steps: tuple[Step, ...]

    @property
    def slow_flow(self) -> sp.Expr:
        """The right-hand side of the slow flow, in elementary differentials."""
        return slow_flow(self.mu, self.kappa, self.order)

    @property
    def latex(self) -> str:
        """The whole derivation as LaTeX body text (amsmath)."""
        parts = [f"{step.text}:\n\\[\n  {step.latex}\n\\]" for step in self.steps]
        return "\n".join(parts) + "\n"

    def _repr_latex_(self) -> str:
        rows = r" \\ ".join(rf"&\text{{{step.text}:}} \\ &{step.latex}" for step in self.steps)
        return rf"$\displaystyle \begin{{aligned}}{rows}\end{{aligned}}$"


def derive(method: TwoStepMethod | str, order: int = 1) -> Derivation:
    """Derive the modified equation of ``method`` step by step.

    Parameters
    ----------
    method
        A two-step method, or one of the names ``gd``, ``hb`` and ``nag``.
    order
        The slow flow is derived through O(eta^order).

    Raises
    ------
    UserError
        For an unknown name, an order that is not offered, or inexact parameters.

    Examples
    --------
    >>> derive("hb").inertia
    eta*(mu + 1)/(2*(1 - mu))
    >>> derive("hb").layer_velocity
    -1/(mu + 1)
    """
    if isinstance(method, str):
        method = method_named(method)
    mu, kappa = exact(method.mu), exact(method.kappa)
    coefficients = slow_flow_coefficients(mu, kappa, order)
    start = coefficients_at(slow_start(order), mu, kappa)
    momenta = momenta_with_second_order_flow(mu, kappa)
    exists = momenta is not sp.S.EmptySet
    velocity = layer_matched_velocity(mu, kappa) if exists else None
    inertia = inertia_coefficient(mu, kappa, ETA)
    steps = [*_recursion_steps(mu, kappa), *_second_order_steps(mu, kappa, exists)]
    steps += _slow_steps(coefficients, order) + _start_steps(start, order)
    if velocity is not None:
        steps += _layer_steps(mu, kappa, velocity)
    return Derivation(
        method.name, mu, kappa, order, inertia, momenta, velocity, coefficients, start, tuple(steps)
    )


def _equation(left: Any, right: Any) -> Any:
    return sp.Eq(left, right, evaluate=False)


def _recursion_steps(mu: sp.Expr, kappa: sp.Expr) -> list[Step]:
    def gradient(place: sp.Expr) -> sp.Expr:
        return nt.GRADIENT_NOW if place == nt.X_NOW else nt.GRADIENT_AHEAD

    ahead = look_ahead(nt.X_NOW, nt.X_PREVIOUS, kappa)
    update = two_step_update(nt.X_NOW, nt.X_PREVIOUS, gradient, mu=mu, kappa=kappa, eta=ETA)
    steps = [Step("The recursion, started with two equal iterates", _equation(nt.X_NEXT, update))]
    if ahead != nt.X_NOW:
        text = "The gradient is taken at the look-ahead point"
        steps.append(Step(text, _equation(nt.Y_NOW, ahead)))
    return steps


def _second_order_steps(mu: sp.Expr, kappa: sp.Expr, exists: bool) -> list[Step]:
    expansion = expand_recursion()

    def here(expression: sp.Expr) -> Any:
        return expression.subs({MU: mu, KAPPA: kappa}, simultaneous=True)

    def collected(expression: sp.Expr) -> sp.Expr:
        symbols = (nt.X_DOT, nt.X_DDOT, nt.GRADIENT, nt.GRADIENT_DOT)
        terms = sp.collect(sp.expand(here(expression)), symbols, evaluate=False)
        return sp.Add(*(tidy(value) * symbol for symbol, value in terms.items()))

    steps = [
        Step("Ansatz: a smooth path through the iterates", _equation(nt.X_NOW, nt.X_AT_STEP)),
        Step(
            "The next iterate, up to the third power of eta",
            _equation(nt.X_NEXT, expansion.forward),
        ),
        Step("The iterate before, likewise", _equation(nt.X_PREVIOUS, expansion.backward)),
        Step(
            "The gradient along the path, up to the second power of eta",
            _equation(nt.GRADIENT_AHEAD, here(expansion.gradient)),
        ),
        Step(
            "Inserted, the terms with the first power of eta",
            _equation(collected(expansion.leading), 0),
        ),
        Step("The terms with the second power", collected(expansion.correction)),
        Step(
            "The first of these, differentiated, eliminates the change of the gradient",
            _equation(nt.GRADIENT_DOT, here(expansion.gradient_rate)),
        ),
    ]
    inertia = _equation(ALPHA, inertia_coefficient(mu, kappa, ETA))
    if not exists:
        text = "The coefficient of the second derivative is not positive, so no second-order flow"
        return [*steps, Step(f"{text} exists", inertia)]
    flow = _equation(ALPHA * nt.X_DDOT + nt.X_DOT + tidy(1 / (1 - mu)) * nt.GRADIENT, 0)
    return [
        *steps,
        Step("Both together, divided by the coefficient of the velocity", flow),
        Step("with the inertia", inertia),
    ]


def _slow_steps(coefficients: dict[ed.Tree, sp.Expr], order: int) -> list[Step]:
    fields = [nt.slow_part(power) for power in range(order + 1)]
    total = sp.Add(*(ETA**power * field for power, field in enumerate(fields)), evaluate=False)
    steps = [Step("Behind the initial layer, the slow flow", _equation(nt.X_DOT, total))]
    for power, field in enumerate(fields):
        terms = [
            value * ed.notation(tree)
            for tree, value in coefficients.items()
            if ed.nodes(tree) == power + 1
        ]
        steps.append(Step(f"its part {power}", _equation(field, sp.Add(*terms))))
    return steps


def _start_steps(coefficients: dict[ed.Tree, sp.Expr], order: int) -> list[Step]:
    parts = [nt.start_part(power) for power in range(1, order + 1)]
    total = nt.X_NOUGHT + sp.Add(*(ETA**n * part for n, part in enumerate(parts, 1)))
    steps = [Step("It starts beside the first iterate", _equation(nt.SLOW_AT_START, total))]
    for power, part in enumerate(parts, 1):
        terms = [
            value * ed.notation(tree)
            for tree, value in coefficients.items()
            if ed.nodes(tree) == power
        ]
        text = f"by its part {power}, taken at the first iterate"
        steps.append(Step(text, _equation(part, sp.Add(*terms))))
    return steps


def _layer_steps(mu: sp.Expr, kappa: sp.Expr, velocity: sp.Expr) -> list[Step]:
    layer = initial_layer()

    def here(expression: sp.Expr) -> sp.Expr:
        return tidy(expression.subs({MU: mu, KAPPA: kappa}, simultaneous=True))

    # x[k] = slow(k eta) + eta C rate^k, the flow likewise with its own transient
    discrete = nt.SLOW_AT_STEP + ETA * here(layer.discrete_amplitude) * mu**nt.STEP
    transient = nt.SLOW_AT_TIME + ETA * nt.AMPLITUDE * sp.exp(-TIME / ALPHA)
    start = _equation(nt.VELOCITY_START, velocity * nt.GRADIENT_START)
    return [
        Step("The iterates approach their slow path geometrically", _equation(nt.X_NOW, discrete)),
        Step("The second-order flow approaches its own exponentially", _equation(nt.X, transient)),
        Step(
            "with an amplitude set by the initial velocity, c times the gradient",
            _equation(nt.AMPLITUDE, here(layer.flow_amplitude)),
        ),
        Step("Equal slow starts: the layer-matched velocity", start),
    ]

r"""Momentum gradient flows from ever smaller starts.

From a small start theta stays near 0 for long, g near its value at theta = 0, and w'/w goes to the
root p of lambda p^2 + p +- g = 0 that is near -+g. The fastest coordinate leaves at the time
T = ln(1/alpha)/p, and I_+ + I_- = lambda (p_+^2 + p_-^2) T grows with it: Delta_inf falls with a
power of alpha above 2.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from numeric.compiled import numpy_function
from numeric.momentum_gradient_flow import MomentumGradientFlowLimit, mgf_limit
from numeric.problems import Problem, Start
from proofs_check.claim import Finding, Outcome
from proofs_check.mgf_runs import WITHIN, compiled
from symbolic.mgf_limit import (
    I_MINUS,
    I_PLUS,
    NEURON,
    SIZE_MINUS,
    SIZE_PLUS,
    escape_exponent,
    perturbed_start,
)
from symbolic.momentum_gradient_flow import LAMBDA, W_MINUS, W_PLUS, balance
from symbolic.networks import product_from_squared_difference
from symbolic.symbols import G

Array = np.ndarray

#: Scales alpha of the starts.
SCALES = (0.5, 0.1, 0.02, 0.004, 0.0008)
#: lambda times the largest |g_j| at theta = 0: no neuron reaches zero below 1/4.
SHARE = 0.2
ORDER_SAMPLED = (
    "proof: every start; flows from rest: one sample x = (1, 1/2, 0) with y = 1, balanced and "
    f"biased starts, alpha from {SCALES[0]:g} down to {SCALES[-1]:g}, lambda |g_1| = {SHARE:g} at "
    "theta = 0; no neuron reaches zero"
)


def largest_constant() -> sp.Rational:
    """Return the largest Delta_0 and |theta~_0| over |a|, |b| <= 1 and factors in [0, 1].

    |a^2 - b^2| is convex in (a^2, b^2); theta~_0 is linear in the two factors and each of its terms
    convex in (a, b). A convex function on a box is largest at a corner.
    """
    a, b = sp.symbols("a b", real=True)
    neurons = {
        W_PLUS: product_from_squared_difference(a, b)[0],
        W_MINUS: product_from_squared_difference(a, b)[1],
    }
    scale = balance().subs(neurons)
    # Delta_0 in the squares A = a^2, B = b^2
    squares = sp.symbols("A B", nonnegative=True)
    delta = sp.expand(scale).subs({a**2: squares[0], b**2: squares[1]})
    largest: Any = max(
        abs(delta.subs(dict(zip(squares, corner, strict=True))))
        for corner in product((0, 1), repeat=2)
    )
    factors = sp.symbols("F_+ F_-", nonnegative=True)
    start = perturbed_start().subs(
        {sp.exp(-2 * I_PLUS): factors[0], sp.exp(-2 * I_MINUS): factors[1]}
    )
    for factor in product((0, 1), repeat=2):
        # With both factors 1 it is theta_0 = a b; with one of them 0 a convex square.
        value = start.subs(dict(zip(factors, factor, strict=True)))
        value = sp.expand(value.subs({SIZE_PLUS: neurons[W_PLUS], SIZE_MINUS: neurons[W_MINUS]}))
        corners = product((-1, 1), repeat=2)
        largest = max(largest, *(abs(value.subs({a: x, b: z})) for x, z in corners))
    return largest


def power_of_scale() -> sp.Expr:
    """Return p of Delta_0 and theta~_0 ~ alpha^p for starts of one shape, the factors given."""
    factor = sp.Symbol("s", positive=True)
    larger = {W_PLUS: factor * W_PLUS, W_MINUS: factor * W_MINUS}
    sizes = {SIZE_PLUS: factor * SIZE_PLUS, SIZE_MINUS: factor * SIZE_MINUS}
    powers = {
        sp.cancel(factor * sp.diff(scaled, factor) / scaled)
        for scaled in (balance().subs(larger), perturbed_start().subs(sizes))
    }
    (power,) = powers
    return power


class ScaledFlow(NamedTuple):
    """A flow from a start of scale alpha, with what is compared with powers of alpha."""

    scale: float
    start: Start
    limit: MomentumGradientFlowLimit
    perturbed: Array


def _problem() -> Problem:
    return Problem(np.array([[1.0, 0.5, 0.0]]), np.array([1.0]))


@lru_cache(maxsize=1)
def scaled_flows() -> tuple[tuple[ScaledFlow, ...], ...]:
    """Return flows for every scale, from balanced (a, b) = (alpha, 0) and from biased starts."""
    problem = _problem()
    inertia = SHARE / float(np.max(np.abs(problem.X.T @ problem.y)))
    perturbed = compiled(perturbed_start())
    families = []
    for share in (0.0, 0.5):
        flows = []
        for scale in SCALES:
            # a = alpha, b = share alpha: u = (a + b)/2, v = (a - b)/2
            start = Start(np.full(3, scale * (1 + share) / 2), np.full(3, scale * (1 - share) / 2))
            limit = mgf_limit(problem, start, inertia)
            sizes = (2 * np.abs(start.u), 2 * np.abs(start.v))
            value = perturbed(*sizes, limit.I_plus, limit.I_minus)
            flows.append(ScaledFlow(scale, start, limit, value))
        families.append(tuple(flows))
    return tuple(families)


def order_finding(power: Any, constant: Any) -> Finding:
    """Put |Delta_inf|, |theta~_0| <= constant alpha^power to flows, and power + 1/4 as well."""
    families = scaled_flows()
    flows = [flow for family in families for flow in family]
    if not all(flow.limit.converged and not flow.limit.crossings for flow in flows):
        return Finding(Outcome.UNCLEAR, "A flow did not converge or a neuron passed through zero.")
    sizes = np.array(
        [np.max([flow.limit.delta, np.abs(flow.perturbed)]) for flow in flows]  # keeps a NaN
    )
    scales = np.array([flow.scale for flow in flows])
    allowed = float(constant) * (1 + WITHIN)
    worst = float(np.max(sizes / scales ** float(power)))
    smallest = scales == scales.min()
    sharp = float(np.max(sizes[smallest] / scales[smallest] ** (float(power) + 0.25)))
    if not np.isfinite([worst, sharp]).all():
        return Finding(Outcome.UNCLEAR, "A flow left a number that is not finite.")
    return Finding(
        Outcome.HOLDS if worst <= allowed < sharp else Outcome.FAILS,
        rf"Largest $\Delta_\infty/\alpha^p$ and $|\tilde\theta_0|/\alpha^p$ over {len(flows)} "
        r"flows, $p$ the stated power; and the largest one at $p + 1/4$ from the smallest starts.",
        measured=[worst, sharp],
        predicted=float(constant),
        criterion="the first at most the constant, the second above it",
        rtol=1e-6,
        data={"figure": _figure(families[0]), "powers of alpha": _powers(families[0])},
    )


def _powers(family: tuple[ScaledFlow, ...]) -> dict[str, Any]:
    """Return measured and predicted powers of alpha with which Delta_inf falls, by coordinate."""
    last, before = family[-1], family[-2]
    step = np.log(last.scale / before.scale)
    measured = np.log(last.limit.delta / before.limit.delta) / step
    problem = _problem()
    gradient = np.abs(problem.X.T @ problem.y)
    fastest = float(np.max(gradient))
    exponent = numpy_function((LAMBDA, G, NEURON), escape_exponent())
    return {
        "measured": measured,
        "predicted": 2 + exponent(SHARE / fastest, gradient, fastest),
    }


def _figure(family: tuple[ScaledFlow, ...]) -> dict[str, Any]:
    scales = [flow.scale for flow in family]
    series = [
        {
            "label": rf"coordinate {j + 1}, $x_{j + 1} = {x}$",
            "x": scales,
            "y": [float(flow.limit.delta[j]) for flow in family],
            "style": "corrected",
        }
        for j, x in enumerate(("1", "1/2", "0"))
    ]
    series.append(
        {"label": r"$\alpha^2$", "x": scales, "y": [s**2 for s in scales], "style": "reference"}
    )
    return {
        "kind": "order",
        "title": "Balancedness at the end against the scale of the start",
        "xlabel": r"scale $\alpha$ of the start",
        "ylabel": r"$\Delta_\infty$",
        "caption": r"Flows from balanced starts on $x = (1, 1/2, 0)$, $y = 1$. All stay below "
        r"$\alpha^2$; the coordinates that move fall with a larger power.",
        "series": series,
    }

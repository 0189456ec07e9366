"""Papazov et al., section 3: balancedness, what conserves it, and what it says of the start."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
import sympy as sp

from numeric.compiled import numpy_function
from numeric.datasets import small_problem
from numeric.flow_paths import gradient_flow_path, momentum_flow_path
from numeric.iterates import NeuronGradient, stacked
from proofs_check.claim import (
    Check,
    Claim,
    Finding,
    Form,
    Forms,
    Outcome,
    Quotation,
    bounded,
    exact_zero,
    mutant_forms,
)
from proofs_check.potential_runs import ALLOWED, STEP_TOLERANCE
from symbolic.derivation import Step
from symbolic.momentum_gradient_flow import (
    W_MINUS,
    W_PLUS,
    balance,
    gradient_flow_derivative,
    in_pair,
    product_equation_residual,
    resting_neuron_accelerations,
    time_derivative,
)
from symbolic.mutation import mutations
from symbolic.networks import PRODUCT

PAPER = "Papazov et al. 2024"
FILE = "papazov2024-poster.txt"
Array = np.ndarray
#: Times of the integrated flows.
TIMES = np.linspace(0.0, 6.0, 13)
#: Inertia of the flow with momentum along which balancedness must move.
INERTIA = 0.5


class Conserved(NamedTuple):
    """A quantity of one coordinate of the network a*b, and whether lambda may be positive."""

    quantity: sp.Expr
    at_positive_inertia: bool = False


# --- Conservation ---------------------------------------------------------------------------------


def conserved(form: Form) -> Finding:
    """Decide whether the quantity is constant along the flow, for any loss of the predictor."""
    stated: Conserved = form.content
    pair = in_pair(stated.quantity)
    rate = time_derivative(pair) if stated.at_positive_inertia else gradient_flow_derivative(pair)
    return exact_zero(
        [sp.expand(rate), sp.expand(balance() - W_PLUS * W_MINUS)],
        r"Time derivative of the stated quantity along the flow, $g$ arbitrary, and "
        r"$u^2 - v^2 - w_+w_-$.",
    )


@cache
def _path(inertia: float) -> Array:
    """Return the neurons of the network a*b at `TIMES`, shape (k, 2, d)."""
    problem = small_problem(2, 4, seed=5)
    on_neurons = NeuronGradient(problem.X, problem.y, PRODUCT)
    x0 = stacked(np.array([1.1, 0.8, -0.9, 0.7]), np.array([0.3, -0.5, 0.2, 1.2]))

    def gradient(x: Array) -> Array:
        return on_neurons(x.reshape(x0.shape)).ravel()

    start = x0.ravel()
    if inertia == 0:
        path = gradient_flow_path(gradient, start, TIMES, rtol=STEP_TOLERANCE)
    else:
        path = momentum_flow_path(
            gradient, start, 0 * start, inertia, 0.0, TIMES, rtol=STEP_TOLERANCE
        )
    return path.reshape(len(TIMES), *x0.shape)


def along_flows(form: Form) -> Finding:
    """Measure how much the quantity moves along an integrated flow."""
    stated: Conserved = form.content
    path = _path(INERTIA if stated.at_positive_inertia else 0.0)
    function = numpy_function((PRODUCT.first, PRODUCT.second), stated.quantity)
    values = function(path[:, 0], path[:, 1])
    moved = np.abs(values - values[0]).max()
    size = np.abs(path).max() ** 2
    return bounded(
        float(moved / size),
        ALLOWED,
        "Largest change of the stated quantity along the integrated flow, relative to the largest "
        "square of a neuron.",
        rtol=1.0,
        atol=ALLOWED,
    )


def _conserved_forms() -> Forms:
    a, b = PRODUCT.first, PRODUCT.second
    right = a**2 - b**2
    # A multiple of a conserved quantity is conserved: only its terms are changed.
    wrong = [
        (name, Conserved(value))
        for name, value in mutations(right)
        if sp.cancel(value / right).has(a)
    ]
    return Forms(
        Form(
            "printed",
            r"$\Delta = |u^2 - v^2| = |w_+w_-|$ is constant along the flow with $\lambda = 0$",
            Conserved(right),
        ),
        mutants=mutant_forms(
            [
                *wrong,
                ("predictor instead", Conserved(a * b)),
                ("norm instead", Conserved(a**2 + b**2)),
                ("also with momentum", Conserved(right, True)),
            ]
        ),
    )


# --- Degrees of freedom ---------------------------------------------------------------------------

#: w_+ and w_- of two coordinates, and their velocities.
Start = tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]


class Criterion(NamedTuple):
    """When a start is said to have 2d degrees of freedom, and whether it must be at rest."""

    holds: Callable[[tuple[int, int], tuple[int, int]], bool]
    at_rest: bool = True


def _degrees(start: Start) -> int:
    """Return how many of the 2d neurons w_+, w_- move or can move: are not identically zero."""
    plus, minus, plus_dot, minus_dot = start
    neurons = zip((*plus, *minus), (*plus_dot, *minus_dot), strict=True)
    return sum(1 for w, velocity in neurons if w or velocity)


def degrees(form: Form) -> Finding:
    """Compare the criterion with the count, on every pattern of zeros of two coordinates.

    w_+ and w_- obey linear equations of second order, so each is identically zero exactly if it
    starts at zero and at rest. Whether a neuron or velocity is zero is all that matters.
    """
    still = exact_zero(
        list(resting_neuron_accelerations()), "The acceleration of a neuron at zero and at rest."
    )
    if still.outcome is not Outcome.HOLDS:
        return still
    stated: Criterion = form.content
    pairs = list(itertools.product((-1, 0, 1), repeat=2))
    velocities = [(0, 0)] if stated.at_rest else pairs
    wrong, first = 0, ""
    for plus, minus, plus_dot, minus_dot in itertools.product(pairs, pairs, velocities, velocities):
        count = _degrees((plus, minus, plus_dot, minus_dot))
        if stated.holds(plus, minus) != (count == 4):
            wrong += 1
            first = first or f"w_+ = {plus}, w_- = {minus}, velocities {plus_dot}, {minus_dot}"
    return Finding(
        Outcome.HOLDS if wrong == 0 else Outcome.FAILS,
        "Starts of two coordinates, over all signs and zeros of the neurons (and velocities), for "
        r"which the criterion and the count of neurons $w_\pm$ that are not identically zero "
        f"disagree.{f' First: {first}.' if first else ''}",
        measured=wrong,
        predicted=0,
        criterion="none",
    )


def _balance(plus: tuple[int, int], minus: tuple[int, int]) -> list[int]:
    return [a * b for a, b in zip(plus, minus, strict=True)]


def _degrees_forms() -> Forms:
    def every(plus: tuple[int, int], minus: tuple[int, int]) -> bool:
        return all(_balance(plus, minus))

    def some(plus: tuple[int, int], minus: tuple[int, int]) -> bool:
        return any(_balance(plus, minus))

    def neurons(plus: tuple[int, int], minus: tuple[int, int]) -> bool:
        pairs = list(zip(plus, minus, strict=True))
        return all(p + m and p - m for p, m in pairs)

    def predictor(plus: tuple[int, int], minus: tuple[int, int]) -> bool:
        return all(p * p - m * m for p, m in zip(plus, minus, strict=True))

    return Forms(
        Form(
            "printed",
            r"For starts at rest all $2d$ neurons $w_\pm$ take part exactly if $\Delta_0 \ne 0$ in "
            r"every coordinate; where $w_-$ (or $w_+$) starts at zero it stays there and "
            r"$\theta = \pm w^2/4$ keeps its sign",
            Criterion(every),
        ),
        mutants=(
            Form("as a vector", r"exactly if the vector $\Delta_0$ is not zero", Criterion(some)),
            Form("of starts in motion as well", "without (C2)", Criterion(every, at_rest=False)),
            Form("neurons", r"exactly if no $u_0$ or $v_0$ is zero", Criterion(neurons)),
            Form("predictor", r"exactly if no $\theta_0$ is zero", Criterion(predictor)),
        ),
    )


CLAIMS = (
    Claim(
        id="papazov.balancedness.conserved",
        title="Balancedness is conserved without momentum, and only then",
        paper=PAPER,
        equation="section 3",
        printed=Quotation(
            FILE,
            41,
            r"(Balancedness)  $\Delta_t := |u_t^2 - v_t^2| \in \mathbb{R}_{\geq 0}^d$",
        ),
        claimed_over=r"every loss of the predictor, every start, $\lambda = 0$ (used, not printed)",
        sampled_over="proof: all of it; flows: 2 samples, 4 coordinates, one start of both signs",
        forms=_conserved_forms,
        checks=(
            Check("derivative", "Is its time derivative zero?", conserved, exact=True, proves=True),
            Check("flows", "Is it constant along an integrated flow?", along_flows),
        ),
        derivation=lambda: [
            Step(r"In $w_\pm = u \pm v$ the balancedness is the size of", balance()),
            Step(
                r"With momentum it moves: $\lambda\ddot\delta + \dot\delta$, $\delta = w_+w_-$, is",
                sp.expand(2 * sp.Symbol("lambda") * sp.Symbol(r"\dot w_+") * sp.Symbol(r"\dot w_-"))
                + product_equation_residual(),
            ),
        ],
    ),
    Claim(
        id="papazov.balancedness.degrees",
        title="Positive balancedness is the same as 2d degrees of freedom",
        paper=PAPER,
        equation="section 3, (C1) and (C2)",
        printed=Quotation(
            FILE,
            32,
            r"(C1)  $\Delta_0 \neq 0 \iff 2d$  degrees of freedom",
        ),
        claimed_over=r"every start at rest (C2), $\Delta_0 \ne 0$ read as: in every coordinate",
        sampled_over="every pattern of zeros of two coordinates; coordinates do not share neurons",
        forms=_degrees_forms,
        checks=(
            Check(
                "count",
                "Does the criterion agree with the number of neurons that are not constantly zero?",
                degrees,
                exact=True,
                proves=True,
            ),
        ),
        derivation=lambda: [
            Step(
                r"The equation of a neuron is linear in it; at $w_+ = \dot w_+ = 0$ its "
                "acceleration is",
                resting_neuron_accelerations()[0],
            ),
        ],
    ),
)

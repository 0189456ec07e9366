"""Momentum gradient flow with its potentials, integrated together, and kept.

The state holds the neurons w_+ and w_-, their velocities, the gains a and their rates, and the
integral of g, d entries each; the equations are compiled from their formulas. The logarithms of
`symbolic.mgf_potentials` are taken afterwards: the integrator knows nothing of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from numeric.compiled import numpy_function
from numeric.datasets import small_problem
from numeric.flow_paths import gradient_flow_path
from numeric.problems import Problem
from symbolic.mgf_potentials import (
    GAIN_MINUS,
    GAIN_MINUS_DOT,
    GAIN_PLUS,
    GAIN_PLUS_DOT,
    LOG_MINUS,
    LOG_PLUS,
    RATE_MINUS,
    RATE_PLUS,
    gain_accelerations,
)
from symbolic.momentum_gradient_flow import (
    LAMBDA,
    W_MINUS,
    W_MINUS_DOT,
    W_PLUS,
    W_PLUS_DOT,
    pair_accelerations,
    predictor,
)
from symbolic.regression import predictor_gradient
from symbolic.symbols import G

Array = np.ndarray

#: Relative tolerance of a step of the integrator, and what ten thousand steps may add up to.
STEP_TOLERANCE = 1e-12
ALLOWED = 1e4 * STEP_TOLERANCE
INERTIA, TIMES = 0.15, np.linspace(0.0, 80.0, 5)
#: The jet, in the order of the state.
JET = (
    LOG_PLUS,
    LOG_MINUS,
    RATE_PLUS,
    RATE_MINUS,
    GAIN_PLUS,
    GAIN_MINUS,
    GAIN_PLUS_DOT,
    GAIN_MINUS_DOT,
)


@dataclass(frozen=True, eq=False)
class PotentialRun:
    """A flow on one problem: the jet at `TIMES`, shape (8, k, d), and int g there, (k, d)."""

    problem: Problem
    jet: Array
    impulse: Array


def _run(problem: Problem, w_plus: Array, w_minus: Array) -> PotentialRun:
    d = problem.d
    theta = numpy_function((W_PLUS, W_MINUS), predictor())
    pair = (W_PLUS, W_MINUS, W_PLUS_DOT, W_MINUS_DOT, G, LAMBDA)
    accelerations = [numpy_function(pair, e) for e in pair_accelerations()]
    rates = [
        numpy_function((rate, gain, LAMBDA), e)
        for rate, gain, e in zip(
            (RATE_PLUS, RATE_MINUS),
            (GAIN_PLUS_DOT, GAIN_MINUS_DOT),
            gain_accelerations(),
            strict=True,
        )
    ]

    def field(state: Array) -> Array:
        plus, minus, plus_dot, minus_dot, _, _, gain_plus, gain_minus, _ = state.reshape(9, d)
        g = predictor_gradient(problem.X, problem.y, theta(plus, minus))
        at = (plus, minus, plus_dot, minus_dot, g, INERTIA)
        rows = (
            plus_dot,
            minus_dot,
            *(acceleration(*at) for acceleration in accelerations),
            gain_plus,
            gain_minus,
            rates[0](plus_dot / plus, gain_plus, INERTIA),
            rates[1](minus_dot / minus, gain_minus, INERTIA),
            g,
        )
        return -np.concatenate(rows)  # the path solves x' = -field

    start = np.zeros((9, d))
    start[0], start[1] = w_plus, w_minus
    path = gradient_flow_path(field, start.ravel(), TIMES, rtol=STEP_TOLERANCE)
    parts = path.reshape(len(TIMES), 9, d).transpose(1, 0, 2)
    neurons, velocities = parts[:2], parts[2:4]
    if not (neurons > 0).all():
        raise ArithmeticError(f"a neuron crosses zero on {problem.name}")
    jet = np.concatenate([np.log(neurons), velocities / neurons, parts[4:8]])
    return PotentialRun(problem, jet, parts[8])


@cache
def potential_runs() -> tuple[PotentialRun, ...]:
    """Return flows from rest on three problems, no neuron of which crosses zero."""
    runs = []
    for seed, (n, d) in enumerate(((1, 3), (2, 4), (3, 6))):
        random = np.random.default_rng(40 + seed)
        w_plus, w_minus = random.uniform(1.2, 2.0, d), random.uniform(1.2, 2.0, d)
        runs.append(_run(small_problem(n, d, seed), w_plus, w_minus))
    return tuple(runs)

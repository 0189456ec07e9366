"""Gradient flow of the network on small problems, integrated on the neurons, and kept.

The integrator knows nothing of entropies: it follows u' = -grad_u L and v' = -grad_v L.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from numeric.compiled import network_functions
from numeric.datasets import small_problem
from numeric.flow_paths import gradient_flow_path
from numeric.problems import Problem, Start
from symbolic.regression import predictor_gradient, residual

Array = NDArray[np.float64]

#: Shapes (n, d) of the problems.
SHAPES = ((1, 2), (1, 4), (2, 4), (3, 6), (4, 7))
#: Relative tolerance of each step of the integrator.
STEP_TOLERANCE = 1e-12
#: Allowed for what integration should leave at zero: the errors of ten thousand steps.
ALLOWED = 1e4 * STEP_TOLERANCE
#: Residual, relative to the targets, at which a flow is called arrived.
ARRIVED = 1e-10


@dataclass(frozen=True, eq=False)
class FlowCase:
    """A problem, a start, and the predictor theta at which gradient flow arrives, shape (d,)."""

    problem: Problem
    start: Start
    theta: Array


def _start(d: int, seed: int, biased: bool) -> Start:
    random = np.random.default_rng(1000 + seed)
    u = random.uniform(0.3, 1.2, size=d)
    return Start(u, random.uniform(0.3, 1.2, size=d) if biased else u)


def _limit(problem: Problem, start: Start) -> Array:
    predictor, by_u, by_v = network_functions()
    d = problem.d

    def gradient(x: Array) -> Array:
        u, v = x[:d], x[d:]
        g = predictor_gradient(problem.X, problem.y, predictor(u, v))
        return np.concatenate([by_u(u, v) * g, by_v(u, v) * g])

    x = np.concatenate([start.u, start.v])
    for _ in range(60):
        x = gradient_flow_path(gradient, x, np.array([0.0, 10.0]), rtol=STEP_TOLERANCE)[-1]
        theta = predictor(x[:d], x[d:])
        left = np.abs(residual(problem.X, problem.y, theta)).max()
        if left <= ARRIVED * np.abs(problem.y).max():
            return theta
    raise ArithmeticError(f"gradient flow on {problem.name} has not arrived")


@lru_cache(maxsize=2)
def flow_cases(biased: bool) -> tuple[FlowCase, ...]:
    """Return where gradient flow arrives on each of the shapes, from one start each."""
    cases = []
    for seed, (n, d) in enumerate(SHAPES):
        problem, start = small_problem(n, d, seed), _start(d, seed, biased)
        cases.append(FlowCase(problem, start, _limit(problem, start)))
    return tuple(cases)


def out_of_rows(case: FlowCase, gradient: Array, linear: Array) -> float:
    """Return the part of gradient + linear outside the row space, relative to the larger one."""
    scale = max(np.abs(gradient).max(), np.abs(linear).max())
    off = np.abs(case.problem.out_of_row_space(gradient + linear)).max()
    return float(off / scale) if scale > 0 else float(off)

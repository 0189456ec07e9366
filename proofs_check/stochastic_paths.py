"""Simulated paths of stochastic gradient flow that claims about its limit share."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from numeric.compiled import numpy_function
from numeric.datasets import small_problem
from numeric.problems import Problem, Start
from numeric.stochastic_flow import StochasticPaths, brownian_increments, coarser, simulate
from symbolic.stochastic_flow import LOSS, SQUARED_COLUMN
from symbolic.symbols import ETA, SAMPLES

Array = np.ndarray

#: Strength of the noise, and steps of the scheme at dt = eta until a path has arrived.
NOISE_STRENGTH, STEPS = 0.02, 4000
#: Paths of a case.
PATHS = 8
#: dt over eta/16 at which the neurons themselves are stepped, the coarsest first.
COARSENESS = (16, 4, 1)
#: Groups of paths whose errors are averaged apart.
GROUPS, GROUP_SIZE = 8, 16


class Case(NamedTuple):
    """A problem, a start and the paths from it."""

    label: str
    problem: Problem
    start: Start
    paths: StochasticPaths


@cache
def ended_paths() -> tuple[Case, ...]:
    """Return paths in ln u and ln v that have arrived, from unbiased and biased starts."""
    found = []
    for seed, bias in ((1, 1.0), (2, 1.0), (1, 0.6), (3, 1.5)):
        problem = small_problem(3, 6, seed)
        start = Start.scaled(problem.d, 0.3, bias)
        noise = brownian_increments(problem.n, NOISE_STRENGTH, STEPS, PATHS, seed)
        paths = simulate(problem, start, NOISE_STRENGTH, NOISE_STRENGTH, noise)
        label = f"problem {seed}, start {'unbiased' if bias == 1 else 'biased'}"
        found.append(Case(label, problem, start, paths))
    return tuple(found)


@cache
def neuron_paths() -> tuple[Problem, tuple[StochasticPaths, ...]]:
    """Return paths in u and v at the time steps of `COARSENESS`, driven by the same noise."""
    problem = small_problem(3, 6, 1)
    start = Start.scaled(problem.d, 0.3)
    finest = NOISE_STRENGTH / COARSENESS[0]
    noise = brownian_increments(problem.n, finest, COARSENESS[0] * 100, GROUPS * GROUP_SIZE, 1)
    return problem, tuple(
        simulate(
            problem, start, NOISE_STRENGTH, finest * factor, coarser(noise, factor), neurons=True
        )
        for factor in COARSENESS
    )


def predicted_change(rate: object, problem: Problem, paths: StochasticPaths) -> Array:
    """Return the integral of the stated d ln xi/dt along paths, (R, d).

    The rate is a multiple of the loss, so its integral is the rate at the integral of the loss.
    """
    function = numpy_function((LOSS, SQUARED_COLUMN, ETA, SAMPLES), rate)
    columns = (problem.X * problem.X).sum(axis=0)
    return function(paths.loss_integral[:, None], columns, NOISE_STRENGTH, problem.n)

"""Momentum gradient flows that the claims about its limit are put to, each followed once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from numeric.compiled import numpy_function
from numeric.convergence import EPS
from numeric.datasets import small_problem
from numeric.mgf_series import DEGREE
from numeric.momentum_gradient_flow import MomentumGradientFlowLimit, mgf_limit
from numeric.problems import Problem, Start
from symbolic.mgf_limit import I_MINUS, I_PLUS, SIZE_MINUS, SIZE_PLUS

Array = np.ndarray

#: Inertias of the sampled flows.
INERTIAS = (0.5, 2.0)
#: Seeds of problems of 2 samples and 4 coordinates, and of their biased starts.
SEEDS = (0, 1, 4, 5)
#: Steps by series of a sampled flow, more of which count as no limit.
MOST_STEPS = 200
#: What rounding may add to the conserved logarithm of a neuron. It is conserved from any state, so
#: the steps add up and nothing magnifies them: each sums as many terms as the series has, of sizes
#: that a neuron at the end of its step is a tenth of or more.
WITHIN = 10 * MOST_STEPS * DEGREE * EPS


@dataclass(frozen=True, eq=False)
class MgfRun:
    """A flow from rest and its limit, which was reached in the neurons alone."""

    problem: Problem
    start: Start
    inertia: float
    limit: MomentumGradientFlowLimit

    def evaluate(self, function: Callable[..., Array]) -> Array:
        """Return a function of |w_+(0)|, |w_-(0)|, I_+ and I_-, shape (d,)."""
        start, limit = self.start, self.limit
        sizes = (2 * np.abs(start.u), 2 * np.abs(start.v))
        return function(*sizes, limit.I_plus, limit.I_minus)

    def out_of_rows(self, dual: Array) -> float:
        """Return the part of a dual vector outside the row space, relative to the vector."""
        size = np.maximum(1.0, np.max(np.abs(dual)))
        return float(np.max(np.abs(self.problem.out_of_row_space(dual)))) / size


def compiled(expression: object) -> Callable[..., Array]:
    """Compile an expression of the four arguments of `MgfRun.evaluate`."""
    return numpy_function((SIZE_PLUS, SIZE_MINUS, I_PLUS, I_MINUS), expression)


def biased_start(d: int, seed: int) -> Start:
    """Return neurons in [0.3, 1.2], of either sign for u."""
    random = np.random.default_rng([seed, d])
    u, v = random.uniform(0.3, 1.2, (2, d))
    return Start(u * random.choice([-1.0, 1.0], d), v)


@lru_cache(maxsize=1)
def mgf_runs() -> tuple[MgfRun, ...]:
    """Return flows from rest on drawn data, in order of seeds and inertias."""
    found = []
    for seed in SEEDS:
        problem, start = small_problem(2, 4, seed), biased_start(4, seed)
        for inertia in INERTIAS:
            limit = mgf_limit(problem, start, inertia, direct=True)
            found.append(MgfRun(problem, start, inertia, limit))
    return tuple(found)


def without_crossings() -> tuple[MgfRun, ...]:
    """Return the flows in which no neuron passes through zero."""
    return tuple(run for run in mgf_runs() if not run.limit.crossings)


def with_crossings() -> tuple[MgfRun, ...]:
    """Return the flows in which one does."""
    return tuple(run for run in mgf_runs() if run.limit.crossings)


def all_converged(runs: tuple[MgfRun, ...]) -> bool:
    """Return whether there are flows and all of them reached an interpolator in few steps."""
    return bool(runs) and all(run.limit.converged and run.limit.steps <= MOST_STEPS for run in runs)


def within(runs: tuple[MgfRun, ...]) -> float:
    """Return `WITHIN` and what two paths around zeros of neurons differ by, of both neurons."""
    return WITHIN + 2 * float(np.max([run.limit.gain_error for run in runs]))


def sampled_text() -> str:
    """Return over what the flows were sampled, with their numbers."""
    return (
        f"flows from rest: {len(SEEDS)} well conditioned problems of 2 samples and 4 coordinates, "
        f"biased starts in [0.3, 1.2], lambda in {', '.join(f'{x:g}' for x in INERTIAS)}: "
        f"{len(without_crossings())} without and {len(with_crossings())} with a neuron that passes "
        "through zero"
    )

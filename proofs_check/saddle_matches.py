"""Runs with momentum beside gradient descent from smaller starts, for claims that compare them."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from numeric.datasets import gaussian
from numeric.exact_limit import ExactLimit, exact_limit
from numeric.problems import Problem, Start
from numeric.projection import entropy_projection
from numeric.saddle_escape import closest_uniform_start
from numeric.training import train
from symbolic.two_step import METHODS, TwoStepMethod

Array = np.ndarray
MOMENTUM, SIZE = 0.9, 0.1
#: Means of the entries of X, with a learning rate that suits them.
KINDS = ((0.0, 0.0012), (1.0, 0.0003))
SEEDS = range(6)
#: Residual and moves below which a run counts as ended: its limit is then known to far less than
#: the effect of momentum (`numeric.exact_limit`).
ENDED = 1e-6


class Match(NamedTuple):
    """One run of heavy ball from u = v = c and the starts that match its limit.

    ``limit`` is what the exact theorem gives, ``theta`` the trained limit, ``still`` that of
    gradient flow from the same start; ``uniform`` is the c' whose gradient flow ends closest to the
    limit, ``distance`` how far from it.
    """

    label: str
    mean: float
    problem: Problem
    start: Start
    eta: float
    method: TwoStepMethod
    limit: ExactLimit
    theta: Array
    still: Array
    uniform: float
    distance: float
    converged: bool

    @property
    def effect(self) -> float:
        """How far momentum moves the limit, |.|_2."""
        return float(np.linalg.norm(self.theta - self.still))


def match(problem: Problem, start: Start, eta: float, label: str, mean: float) -> Match:
    """Train heavy ball and look for the uniform start with the closest limit."""
    method = METHODS["hb"].with_momentum(MOMENTUM)
    run = train(problem, start, method, eta, tol=ENDED)
    limit = exact_limit(problem, start, run.sums, MOMENTUM)
    still = entropy_projection(problem.X, problem.y, start.xi, np.zeros(problem.d)).theta
    uniform, distance = closest_uniform_start(problem, run.theta, float(start.u[0]))
    return Match(
        label,
        mean,
        problem,
        start,
        eta,
        method,
        limit,
        run.theta,
        still,
        uniform,
        distance,
        run.converged,
    )


@cache
def matches() -> tuple[Match, ...]:
    """Return heavy ball on `KINDS` of Gaussian data, n = 40, d = 100, five nonzero entries."""
    return tuple(
        match(
            gaussian(40, 100, 5, mean=mean, seed=seed),
            Start.scaled(100, SIZE),
            eta,
            f"mean {mean:g}, data {seed}",
            mean,
        )
        for mean, eta in KINDS
        for seed in SEEDS
    )

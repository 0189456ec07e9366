"""How far an entropy is from the l1 norm, and runs whose scales shrink unevenly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from numeric.datasets import small_problem
from numeric.problems import Problem, Start
from numeric.projection import entropy_projection, entropy_value
from numeric.training import train
from symbolic.two_step import METHODS

Array = NDArray[np.float64]


def departure_from_l1(xi: Array) -> float:
    """Return max Q_xi / min Q_xi over the thetas with |theta|_1 = 1; it is 1 for the l1 norm.

    Q_xi is convex and even in every coordinate: the maximum is at a unit vector, the minimum at the
    entropy projection onto theta_1 + ... + theta_d = 1. A constant factor of Q_xi plays no part.
    """
    largest = entropy_value(np.ones(xi.size), xi).max()
    flattest = entropy_projection(np.ones((1, xi.size)), np.ones(1), xi).theta
    return float(largest / entropy_value(flattest, xi).sum())


def smallest_l1(problem: Problem) -> tuple[float, Array]:
    """Return the least l1 norm of an interpolator and the interpolator, by all bases of X."""
    best = (np.inf, np.zeros(problem.d))
    for columns in combinations(range(problem.d), problem.n):
        block = problem.X[:, columns]
        if abs(np.linalg.det(block)) < 1e-9:
            continue
        theta = np.zeros(problem.d)
        theta[list(columns)] = np.linalg.solve(block, problem.y)
        norm = float(np.abs(theta).sum())
        if norm < best[0]:
            best = (norm, theta)
    return best


@dataclass(frozen=True, eq=False)
class Run:
    """A trained network: data, start, method, and the scales and predictor at the end."""

    problem: Problem
    start: Start
    method: str
    momentum: float
    learning_rate: float
    xi: Array
    theta: Array


def run(
    problem: Problem, start: Start, method: str, momentum: float, learning_rate: float
) -> Run | None:
    """Train; return None unless the run converged."""
    trained = train(problem, start, METHODS[method].with_momentum(momentum), learning_rate)
    if trained.status != "converged":
        return None
    return Run(problem, start, method, momentum, learning_rate, trained.xi, trained.theta)


@lru_cache(maxsize=1)
def momentum_runs() -> tuple[Run, ...]:
    """Return converged runs of heavy ball and Nesterov in which every scale has shrunk."""
    found = []
    for seed in range(8):
        problem = small_problem(2, 4, seed)
        for scale in (0.1, 0.5):
            for method in ("hb", "nag"):
                each = run(problem, Start.scaled(4, scale), method, 0.8, 0.01)
                if each is not None and (each.xi < each.start.xi).all():
                    found.append(each)
    return tuple(found)

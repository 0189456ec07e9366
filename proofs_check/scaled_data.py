"""Networks trained on data multiplied by a number, for claims about what that does."""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import NamedTuple

import numpy as np

from numeric.convergence import EPS
from numeric.datasets import gaussian, small_problem
from numeric.exact_limit import exact_limit
from numeric.orders import small_parameter
from numeric.problems import Problem, Start
from numeric.training import train
from symbolic.two_step import METHODS, TwoStepMethod

Array = np.ndarray
#: Momentum in the setting of Fig. 1, and where an order is measured.
MOMENTUM, MODERATE_MOMENTUM = 0.9, 0.5
#: eta/(1-mu)^2 times the largest curvature at epsilon = 1.
SMALL_PARAMETER = 0.06
#: epsilon^2, the largest first, from 1 down.
SQUARES = tuple(2.0 ** (-k / 2) for k in range(8))
#: Residual and moves below which a run of that family has ended.
ENDED = 1e-9
#: The setting of Fig. 1: two values of epsilon are printed, one stands between.
PRINTED_ETA, PRINTED_EPSILONS = 3e-2, (0.6, 0.4, 0.2)
PRINTED_SIZES, PRINTED_SEEDS = (0.1, 0.3), range(5)


def method_at(name: str, momentum: float = MOMENTUM) -> TwoStepMethod:
    """Return the method at a momentum, GD without."""
    return METHODS[name].with_momentum(0 if name == "gd" else momentum)


def scaled_data(problem: Problem, epsilon: float) -> Problem:
    """Return (epsilon X, epsilon y)."""
    return Problem(epsilon * problem.X, epsilon * problem.y, problem.theta_star)


class Distances(NamedTuple):
    """D(momentum) - D(GD) at `SQUARES`, and what rounding may add."""

    label: str
    differences: Array
    floor: float


def _run(problem: Problem, start: Start, name: str, eta: float) -> tuple[float, float]:
    """Return D of a limit and what rounding and stopping may add to it.

    The limit is that of the exact theorem where the run has ended: what is left of the run moves
    it by the square of what is left. Rounding is that of `proofs_check.limit_orders.limit_floor`.
    """
    run = train(problem, start, method_at(name, MODERATE_MOMENTUM), eta, tol=ENDED)
    if not run.converged:
        raise RuntimeError(f"{name} on {problem.name}: {run.status}")
    mu = float(method_at(name, MODERATE_MOMENTUM).mu)
    limit = exact_limit(problem, start, run.sums, mu).theta
    gap, size = np.linalg.norm(limit - problem.theta_star), np.linalg.norm(limit)
    rounding = EPS * np.sqrt(run.steps) / (1 - mu) * size
    left = np.linalg.norm(np.linalg.pinv(problem.X), 2) * np.sqrt(problem.n) * run.residual
    return float(gap**2), float(2 * gap * (rounding + left**2 / size))


@cache
def distances() -> tuple[Distances, ...]:
    """Return differences in D as the data are scaled at a fixed learning rate."""
    found = []
    for label, problem in (
        ("2 by 4", small_problem(2, 4, 1)),
        ("3 by 8, mean 1", gaussian(3, 8, 2, mean=1.0, seed=1)),
    ):
        start = Start.scaled(problem.d, 0.5)
        end = train(problem, start, method_at("gd"), 0.003, tol=ENDED)
        curvature = small_parameter(problem, end.u, end.v, 1.0, MODERATE_MOMENTUM)
        eta = SMALL_PARAMETER / curvature
        values: dict[str, list[float]] = {name: [] for name in METHODS}
        floors = []
        for square in SQUARES:
            scaled = scaled_data(problem, float(np.sqrt(square)))
            for name in METHODS:
                D, floor = _run(scaled, start, name, eta)
                values[name].append(D)
                floors.append(floor)
        gd = np.array(values.pop("gd"))
        for name, each in values.items():
            found.append(Distances(f"{label}, {name}", np.array(each) - gd, 2 * max(floors)))
    return tuple(found)


@cache
def printed_setting() -> dict[str, list[float]]:
    """Return D(GD) and D(HB) - D(GD) for every epsilon of the printed setting, by data and start.

    A run ends where the exact theorem gives its limit: residuals at a thousandth of epsilon.
    """
    rows = {}
    for seed, size in product(PRINTED_SEEDS, PRINTED_SIZES):
        row = []
        for epsilon in PRINTED_EPSILONS:
            problem = gaussian(40, 100, 5, scale=epsilon, seed=seed)
            start = Start.scaled(problem.d, size)
            D = []
            for name in ("gd", "hb"):
                run = train(problem, start, method_at(name), PRINTED_ETA, tol=1e-3 * epsilon)
                if not run.converged:
                    raise RuntimeError(f"{name}, data {seed}, epsilon {epsilon}: {run.status}")
                limit = exact_limit(problem, start, run.sums, float(method_at(name).mu)).theta
                D.append(float(((limit - problem.theta_star) ** 2).sum()))
            row.extend([D[0], D[1] - D[0]])
        rows[f"data {seed}, c = {size}"] = row
    return rows

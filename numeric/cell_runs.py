"""Run the cells of a sweep that share their data."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from numeric.cells import Cell, Outcome
from numeric.convergence import tangent_weights
from numeric.engine import stream_columns, stream_rows
from numeric.engine_ends import End, Run
from numeric.problems import Problem
from numeric.projection import entropy_curvature


def run_group(
    problem: Problem, cells: Sequence[Cell], threads: int = 1, *, alone: bool = False
) -> list[Outcome]:
    """Return the outcomes of cells of one problem, in their order.

    Runs on all rows go through the engine as columns of one matrix, runs on minibatches one by one;
    what comes of a cell does not depend on the others. With ``alone``, runs on all rows go one by
    one too: half the time where there are a dozen of them or fewer, the same to rounding.
    """
    # What is one number for all runs of a call to the engine.
    calls: dict[tuple[int | None, float | None, int], list[int]] = {}
    for place, cell in enumerate(cells):
        calls.setdefault((cell.batch, cell.accuracy, cell.max_steps), []).append(place)
    found: dict[int, Outcome] = {}
    for (batch, accuracy, max_steps), places in calls.items():
        runs = [_run_of(cells[place]) for place in places]
        limits = {"accuracy": accuracy, "max_steps": max_steps, "threads": threads}
        if batch is None and not alone:
            ends = stream_columns(problem, runs, **limits)
        else:
            ends = stream_rows(problem, runs, batch=batch, **limits)
        for end in ends:
            place = places[end.index]
            found[place] = _outcome_of(problem, cells[place], end)
    return [found[place] for place in range(len(cells))]


def _run_of(cell: Cell) -> Run:
    start = cell.start()
    return Run(start.u, start.v, cell.mu, cell.kappa, cell.eta, cell.seed)


def _outcome_of(problem: Problem, cell: Cell, end: End) -> Outcome:
    if not end.arrived:
        return Outcome.without_limit(end.status, int(end.steps), problem.d)
    star = problem.theta_star
    distance = np.nan if star is None else float(((end.theta - star) ** 2).sum())
    # At the limit the gradient is zero and the Hessian J^T J/n has the eigenvalues of X W X^T/n;
    # W = 4 (u^2 + v^2) = 1/Q'' there, which a finished run has not reached with its last iterate.
    weights = tangent_weights(end.u, end.v)
    if np.isfinite(end.log_xi).all():
        weights = 1 / entropy_curvature(end.theta, np.exp(end.log_xi))
    kernel = (problem.X * weights) @ problem.X.T / problem.n
    curvature = float(np.linalg.eigvalsh(kernel)[-1])
    return Outcome(
        end.status,
        int(end.steps),
        distance,
        end.theta,
        end.log_xi,
        end.linear,
        float(end.bound),
        float(end.residual),
        cell.eta / (1 - cell.mu) ** 2 * curvature,
    )

"""D(theta_k, theta*) along training, at chosen steps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from numeric.cells import Cell
from numeric.checks import Array
from numeric.engine_columns import LANES
from numeric.problems import Problem
from numeric.training import one_blas_thread
from symbolic.console import UserError


def distance_curves(problem: Problem, cells: Sequence[Cell], steps: Sequence[int]) -> Array:
    """Return |theta_k - theta*|_2^2 of runs on all rows at the given steps.

    Parameters
    ----------
    problem
        The data of the cells; its theta* must be known.
    cells
        The runs; when they would end plays no part.
    steps
        Increasing step numbers k >= 0.

    Returns
    -------
    Array
        (runs, steps); not finite after a run has blown up.

    Raises
    ------
    UserError
        For minibatch runs, unknown theta*, or steps that do not increase.
    """
    from numeric import sweep_kernel as kernel  # imports Numba

    star = problem.theta_star
    falling = any(b <= a for a, b in zip([-1, *steps], steps, strict=False))
    if star is None or falling or any(cell.batch is not None for cell in cells):
        raise UserError(
            expected="runs on all rows, data with theta_star, and increasing steps",
            received=f"{len(cells)} runs, steps {list(steps)}",
            remedy="leave out minibatch runs; give steps such as 0, 10, 100",
        )
    n, d = problem.X.shape
    width = -(-max(len(cells), 1) // LANES) * LANES
    state, settings = np.zeros((4, d, width)), np.zeros((4, width))
    for lane, cell in enumerate(cells):
        start = cell.start()
        state[0, :, lane], state[1, :, lane] = start.u, start.v
        settings[:3, lane] = cell.mu, cell.kappa, 2 * cell.eta / n
    data = (np.array(problem.X), np.array(problem.X.T, order="C"), np.array(problem.y))
    sums = np.zeros((n, width)), np.zeros((d, width))
    work, report = (np.empty((d, width)), np.empty((n, width))), np.empty((5, width))
    found, taken = np.empty((len(cells), len(steps))), 0
    with one_blas_thread(), np.errstate(over="ignore", invalid="ignore"):
        for place, step in enumerate(steps):
            kernel.columns(data, tuple(state), sums, tuple(settings), work, step - taken, report)
            taken = step
            theta = state[0] ** 2 - state[1] ** 2
            found[:, place] = ((theta - star[:, None]) ** 2).sum(axis=0)[: len(cells)]
    return found

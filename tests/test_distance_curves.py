"""D along training is that of the generic recursion, and its end is the limit's."""

from __future__ import annotations

import numpy as np
import pytest

from numeric.cells import Cell
from numeric.distance_curves import distance_curves
from numeric.families import Data
from numeric.sweep import outcomes
from numeric.training import trajectory
from symbolic.console import UserError
from symbolic.two_step import METHODS

DATA = Data("gaussian", "random-signs", 5, 10, 2, seed=3)
CELLS = [
    Cell.of_method(DATA, "gd", 0.02, 0.3),
    Cell.of_method(DATA, "hb", 0.01, 0.2, momentum=0.8),
    Cell.of_method(DATA, "nag", 0.01, 0.1, momentum=0.5, bias=0.7),
]


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.method)
def test_curve_is_that_of_the_generic_recursion(cell: Cell) -> None:
    problem, steps = DATA.problem(), (0, 1, 7, 60)
    (curve,) = distance_curves(problem, [cell], steps)
    method = METHODS[cell.method].with_momentum(cell.mu)
    path = trajectory(problem, cell.start(), method, cell.eta, steps[-1])
    theta = path[:, 0] ** 2 - path[:, 1] ** 2
    expected = ((theta - problem.theta_star) ** 2).sum(axis=1)[list(steps)]
    np.testing.assert_allclose(curve, expected, rtol=1e-11)


def test_it_ends_at_the_limit() -> None:
    curves = distance_curves(DATA.problem(), CELLS, (20_000,))
    limits = [found.distance for found in outcomes([*CELLS])]
    np.testing.assert_allclose(curves[:, 0], limits, rtol=1e-3)


def test_blowing_up_is_seen_and_does_not_spread() -> None:
    wild = Cell.of_method(DATA, "gd", 5.0, 0.3)
    alone = distance_curves(DATA.problem(), CELLS, (0, 200))
    beside = distance_curves(DATA.problem(), [*CELLS, wild], (0, 200))
    assert not np.isfinite(beside[-1, -1])
    np.testing.assert_array_equal(beside[:-1], alone)


@pytest.mark.parametrize("steps", [(3, 3), (5, 2), (-1, 4)])
def test_steps_must_increase(steps: tuple[int, ...]) -> None:
    with pytest.raises(UserError, match="increasing"):
        distance_curves(DATA.problem(), CELLS, steps)


def test_minibatch_runs_are_refused() -> None:
    with pytest.raises(UserError, match="all rows"):
        distance_curves(DATA.problem(), [Cell.of_method(DATA, "sgd", 0.01, 0.3)], (5,))

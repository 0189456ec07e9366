"""Momentum against gradient descent on many data sets: panels to read several statements off.

Inertia is lambda = gamma/(1-beta)^2 of Papazov et al., eta = gamma/2; momentum is chosen so that
the time step gamma/(1-beta) stays small at every lambda. Gradient flow, the method without inertia,
is the entropy projection of the start.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np

from numeric.exact_limit import exact_scale_and_term
from numeric.problems import Start
from numeric.projection import entropy_projection
from proofs_check.experiments import (
    Algorithm,
    Panel,
    Place,
    Setting,
    Table,
    settings_of,
    tables,
)

PAPER = "Papazov et al. 2024"
SIZES = (0.03, 0.1, 0.3)
#: Data sets in each setting, of all families alike.
COUNT = 10
MOMENTUM = 0.9
#: Of the comparison of heavy ball with GD: moderate, where samples with mean 1 can be trained on.
INERTIA = 0.1
FLOW = "gradient flow"


def rate(inertia: float, momentum: float) -> float:
    """Return eta = gamma/2 with gamma = lambda (1-beta)^2."""
    return inertia * (1 - momentum) ** 2 / 2


def places(sizes: tuple[float, ...]) -> tuple[Place, ...]:
    """Return unbiased starts of these sizes."""
    return tuple(Place(size, size) for size in sizes)


def by_size(sizes: tuple[float, ...]) -> dict[str, tuple[int, ...]]:
    """Return a range for every size of the start."""
    return {f"u = v = {size:g}": (place,) for place, size in enumerate(sizes)}


#: Heavy ball and GD at one learning rate, in all families of data.
METHODS = Panel(
    "methods",
    r"Heavy ball against GD, $\lambda = 0.1$",
    "Heavy ball better than GD at one learning rate.",
    r"size of the start",
    (
        Algorithm("GD", "gd", rate(INERTIA, MOMENTUM), 0.0),
        Algorithm("HB", "hb", rate(INERTIA, MOMENTUM), MOMENTUM),
    ),
    places(SIZES),
    settings_of([1.0]),
    by_size(SIZES),
    family="uncentred",
    datasets=COUNT,
    elsewhere=COUNT,
    max_steps=100_000,
)

#: Lambda and the momentum it is run at.
INERTIAS = ((0.03, 0.9), (0.1, 0.9), (0.3, 0.9), (1.0, 0.9), (3.0, 0.97), (10.0, 0.99))


def line(inertia: float) -> str:
    """Return the label of a lambda."""
    return rf"lambda {inertia:g}"


def inertia_panel(family: str) -> Panel:
    """Return heavy ball at many lambda on one family of data."""
    return Panel(
        f"inertia-{family}",
        rf"Heavy ball against gradient flow, {family} data",
        f"Many inertias on {family} data.",
        r"$\lambda = \gamma/(1-\beta)^2$",
        tuple(
            Algorithm(line(value), "hb", rate(value, momentum), momentum)
            for value, momentum in INERTIAS
        ),
        places(SIZES[:2]),
        settings_of([1.0], families=[family]),
        by_size(SIZES[:2]),
        family=family,
        datasets=COUNT,
        max_steps=100_000,
    )


def with_gradient_flow(panel: Panel, setting: Setting, table: Table) -> Table:
    """Return the table with one more line, the limit of gradient flow from the same starts."""
    count = len(next(iter(table.distances.values())))
    shape = (count, len(panel.places))
    D, norms, logs = np.empty(shape), np.empty(shape), np.empty(shape)
    for number in range(count):
        problem = setting.data(number).problem()
        star = problem.theta_star
        assert star is not None
        for k, place in enumerate(panel.places):
            start = Start.scaled(problem.d, place.init_scale, place.bias)
            log_xi, linear = exact_scale_and_term(start, np.zeros((2, problem.d)), 0.0)
            theta = entropy_projection(problem.X, problem.y, np.exp(log_xi), linear).theta
            D[number, k] = float(((theta - star) ** 2).sum())
            norms[number, k] = float(np.abs(theta).sum())
            logs[number, k] = float(log_xi.mean())
    return replace(
        table,
        distances={**table.distances, FLOW: D},
        norms={**table.norms, FLOW: norms},
        log_scales={**table.log_scales, FLOW: logs},
    )


@cache
def methods_tables() -> Mapping[Setting, Table]:
    """Return the tables of heavy ball and GD in all families."""
    return tables(METHODS)


@cache
def inertia_tables(family: str) -> Mapping[Setting, Table]:
    """Return the tables of many lambda on one family, gradient flow among them."""
    panel = inertia_panel(family)
    found = tables(panel)
    return {setting: with_gradient_flow(panel, setting, table) for setting, table in found.items()}

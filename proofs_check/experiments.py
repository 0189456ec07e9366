"""Experiments behind printed figures: settings that the print leaves open, runs, tables of D.

A *setting* is a family of data and one choice of what a paper leaves open: the law of theta*, how
the data are scaled, rows in a minibatch. A *range* is a choice of places on the axis of a figure.
Seeds are drawn afresh: axes, ranges and trends were fixed beforehand on other draws.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice, product

import numpy as np

from numeric.cells import Cell, Outcome
from numeric.checks import Array
from numeric.families import FAMILIES, Data
from numeric.sweep import outcomes
from symbolic.two_step import METHODS

#: Data sets in each setting of a claim: of the printed family, which decides, and of others. The
#: commands take as many of both as they are told.
DATASETS, ELSEWHERE = 20, 4
#: Seed of the first data set.
FIRST_SEED = 2000
#: n, d and nonzero entries; the real data have fewer independent rows and features.
SHAPE, REAL_SHAPE = (40, 100, 5), (30, 60, 5)
#: What the print names: x_i ~ N(0, I); of theta* it says only how many entries are not zero.
PRINTED_FAMILY, FIRST_TRUTH = "gaussian", "random-signs"
#: Laws of theta* that are tried where a paper states none.
TRUTH_LAWS = (FIRST_TRUTH, "equal-signs", "normal")

Runner = Callable[[Sequence[Cell]], list[Outcome]]


@dataclass(frozen=True)
class Setting:
    """One choice of what is left open.

    Parameters
    ----------
    family, truth
        Names in `numeric.families.FAMILIES` and ``TRUTHS``.
    epsilon
        Factor of X and y.
    batch
        Rows in a minibatch of stochastic methods.
    """

    family: str = PRINTED_FAMILY
    truth: str = FIRST_TRUTH
    epsilon: float = 1.0
    batch: int = 1

    def data(self, number: int) -> Data:
        """Return data set ``number`` of the setting, counted from zero."""
        n, d, s = REAL_SHAPE if self.family == "diabetes" else SHAPE
        return Data(self.family, self.truth, n, d, s, self.epsilon, FIRST_SEED + number)


@dataclass(frozen=True)
class Algorithm:
    """A line of a figure: its label, the method, learning rate and momentum."""

    label: str
    method: str
    eta: float
    momentum: float = 0.9

    @property
    def stochastic(self) -> bool:
        """Whether it runs on minibatches."""
        return self.method not in METHODS


@dataclass(frozen=True)
class Place:
    """A place on the axis of a figure, and the start there: u = bias c, v = c/bias."""

    x: float
    init_scale: float
    bias: float = 1.0


@dataclass(frozen=True)
class Panel:
    """One panel of a figure.

    Parameters
    ----------
    name
        As in ``fig1a``.
    title, words
        What it shows; the printed trend in words.
    xlabel
        Name of the axis.
    algorithms
        Its lines; the first is the reference, gradient descent.
    places
        On its axis.
    settings
        All choices of what is left open.
    ranges
        Choices of places that a trend may be read off, by name: indices of ``places``.
    family
        The family of data that is printed: what is seen in others decides nothing.
    datasets, elsewhere
        Data sets in each setting of this family, and of others.
    accuracy, max_steps
        Of the runs, see `numeric.cells.Cell`.
    """

    name: str
    title: str
    words: str
    xlabel: str
    algorithms: tuple[Algorithm, ...]
    places: tuple[Place, ...]
    settings: tuple[Setting, ...]
    ranges: dict[str, tuple[int, ...]]
    family: str = PRINTED_FAMILY
    datasets: int = DATASETS
    elsewhere: int = ELSEWHERE
    accuracy: float = 1e-4
    max_steps: int = 300_000

    @property
    def tried(self) -> int:
        """How many readings a family of data has: its settings times ranges."""
        families = {setting.family for setting in self.settings}
        return len(self.settings) * len(self.ranges) // len(families)

    def count(self, setting: Setting) -> int:
        """Return how many data sets a setting has."""
        return self.datasets if setting.family == self.family else self.elsewhere

    def cells(self, setting: Setting) -> list[Cell]:
        """Return the runs of a setting: by data set, place and algorithm."""
        return [
            Cell.of_method(
                setting.data(number),
                algorithm.method,
                algorithm.eta,
                place.init_scale,
                momentum=algorithm.momentum,
                bias=place.bias,
                batch=setting.batch if algorithm.stochastic else None,
                accuracy=self.accuracy,
                max_steps=self.max_steps,
            )
            for number in range(self.count(setting))
            for place in self.places
            for algorithm in self.algorithms
        ]


@dataclass(frozen=True, eq=False)
class Table:
    """What came of a setting.

    Parameters
    ----------
    distances
        D = |theta_inf - theta*|_2^2 of every algorithm, (N, K): data sets, places; NaN where a run
        has no limit.
    norms, log_scales
        |theta_inf|_1 and the mean of ln xi_inf over coordinates, likewise.
    statuses
        How many runs ended how.
    small_parameter
        Median of eta/(1-mu)^2 times the largest curvature at the limit.
    """

    distances: dict[str, Array]
    statuses: Counter[str]
    small_parameter: float
    norms: dict[str, Array] = field(default_factory=dict)
    log_scales: dict[str, Array] = field(default_factory=dict)

    @classmethod
    def of(cls, labels: Sequence[str], places: int, ends: Sequence[Outcome]) -> Table:
        """Return the table of outcomes in the order of `Panel.cells`."""

        def by_line(values: Sequence[float]) -> dict[str, Array]:
            block = np.array(values).reshape(-1, places, len(labels))
            return {label: block[:, :, k] for k, label in enumerate(labels)}

        small = [each.small_parameter for each in ends if each.arrived]
        return cls(
            by_line([each.distance for each in ends]),
            Counter(each.status for each in ends),
            float(np.median(small)) if small else np.nan,
            by_line([float(np.abs(each.theta).sum()) for each in ends]),
            by_line([float(each.log_xi.mean()) for each in ends]),
        )

    @cached_property
    def lost(self) -> int:
        """Runs without a limit."""
        return int(sum(np.isnan(each).sum() for each in self.distances.values()))


def run_one_by_one(cells: Sequence[Cell]) -> list[Outcome]:
    """Return the outcomes of cells, equal ones run once: the quick way where data have few runs."""
    return outcomes(cells, alone=True)


def tables(panel: Panel, run: Runner = run_one_by_one) -> dict[Setting, Table]:
    """Run a panel and return the table of each of its settings.

    Parameters
    ----------
    panel
        What to run.
    run
        Takes cells, returns their outcomes in order.
    """
    wanted = {setting: panel.cells(setting) for setting in panel.settings}
    found = iter(run([cell for cells in wanted.values() for cell in cells]))
    labels = [each.label for each in panel.algorithms]
    return {
        setting: Table.of(labels, len(panel.places), list(islice(found, len(cells))))
        for setting, cells in wanted.items()
    }


def settings_of(
    epsilons: Sequence[float],
    batches: Sequence[int] = (1,),
    families: Sequence[str] = tuple(FAMILIES),
    truths: Sequence[str] = TRUTH_LAWS,
) -> tuple[Setting, ...]:
    """Return every combination, the one as printed first."""
    return tuple(
        Setting(family, truth, epsilon, batch)
        for family, truth, epsilon, batch in product(families, truths, epsilons, batches)
    )

"""Grids of cells: every combination of families, methods, learning rates, starts and seeds.

Cells are generated one after the other, data by data, so that a grid takes no room.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from numeric.cells import STOCHASTIC, Cell
from numeric.families import Data
from symbolic.console import UserError

#: A method, its momentum and the rows of its minibatches.
Way = tuple[str, float, int]


@dataclass(frozen=True)
class Grid:
    """Every combination of the values of its fields; repeated cells count once.

    Parameters
    ----------
    methods, lr, init_scales
        Names of methods, learning rates, initial scales.
    momentum
        For the methods that have one; gd and sgd ignore it.
    families, truths, shapes, scales, seeds
        What the data are drawn from, see `Data`; a shape is (n, d, s).
    biases
        Of the start.
    batch, batch_seeds
        Rows of a minibatch and seeds that they are drawn from, for sgd, shb and snag.
    accuracy, max_steps
        One value for all cells, see `Cell`.

    Raises
    ------
    UserError
        For an empty field, or a value that no cell can have.
    """

    methods: tuple[str, ...]
    lr: tuple[float, ...]
    init_scales: tuple[float, ...]
    momentum: tuple[float, ...] = (0.9,)
    families: tuple[str, ...] = ("gaussian",)
    truths: tuple[str, ...] = ("random-signs",)
    shapes: tuple[tuple[int, int, int], ...] = ((40, 100, 5),)
    scales: tuple[float, ...] = (1.0,)
    seeds: tuple[int, ...] | range = (0,)
    biases: tuple[float, ...] = (1.0,)
    batch: tuple[int, ...] = (1,)
    batch_seeds: tuple[int, ...] | range = (0,)
    accuracy: float | None = 1e-4
    max_steps: int = 20_000_000

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if isinstance(value, (tuple, range)) and not value:
                raise UserError(
                    expected=f"at least one value of {name}",
                    received="none",
                    remedy="name one or leave the field out",
                )
            if isinstance(value, tuple):
                object.__setattr__(self, name, tuple(dict.fromkeys(value)))
        for name in ("seeds", "batch_seeds"):
            lowest = min(getattr(self, name))
            if lowest < 0:
                raise UserError(
                    expected=f"{name} >= 0", received=str(lowest), remedy="leave out the sign"
                )
        self._try_every_value()

    def _try_every_value(self) -> None:
        """Build a cell of every value of every field: a bad one is refused before any work."""
        first = next(self.data())
        for family, truth, (n, d, s), scale in product(
            self.families, self.truths, self.shapes, self.scales
        ):
            data = Data(family, truth, n, d, s, scale, first.seed)
            for way in self._ways:
                self._cell(data, way, self.lr[0], self.init_scales[0], self.biases[0], 0)
        for lr in self.lr:
            self._cell(first, self._ways[0], lr, self.init_scales[0], self.biases[0], 0)
        for scale in self.init_scales:
            self._cell(first, self._ways[0], self.lr[0], scale, self.biases[0], 0)
        for bias in self.biases:
            self._cell(first, self._ways[0], self.lr[0], self.init_scales[0], bias, 0)
        for scale in (min(self.init_scales), max(self.init_scales)):
            for bias in (min(self.biases), max(self.biases)):
                self._cell(first, self._ways[0], self.lr[0], scale, bias, 0).start()

    def draw_one_of_each(self) -> None:
        """Draw a problem of every family and shape, to see that there is one.

        Raises
        ------
        UserError
            For a family that has no data of that shape.
        """
        for family, truth, (n, d, s) in product(self.families, self.truths, self.shapes):
            Data(family, truth, n, d, s, self.scales[0], self.seeds[0]).problem()

    def data(self) -> Iterator[Data]:
        """Generate the problems."""
        for family, truth, (n, d, s), scale in product(
            self.families, self.truths, self.shapes, self.scales
        ):
            for seed in self.seeds:
                yield Data(family, truth, n, d, s, scale, seed)

    def cells(self) -> Iterator[Cell]:
        """Generate the cells, those of equal data one after the other."""
        for data in self.data():
            for way in self._ways:
                for seed in self._seeds_of(way):
                    for lr, init_scale, bias in product(self.lr, self.init_scales, self.biases):
                        yield self._cell(data, way, lr, init_scale, bias, seed)

    @cached_property
    def size(self) -> int:
        """How many cells there are."""
        problems = len(self.families) * len(self.truths) * len(self.shapes) * len(self.scales)
        runs = sum(len(self._seeds_of(way)) for way in self._ways)
        starts = len(self.init_scales) * len(self.biases)
        return problems * len(self.seeds) * runs * len(self.lr) * starts

    @cached_property
    def _ways(self) -> tuple[Way, ...]:
        # gd with momentum 0.9 is gd: what a method ignores makes no further cell.
        found: dict[tuple[float, float, int | None], Way] = {}
        smallest = min(self.shapes)
        data = Data(self.families[0], self.truths[0], *smallest)
        for way in product(self.methods, self.momentum, self.batch):
            cell = self._cell(data, way, self.lr[0], self.init_scales[0], self.biases[0], 0)
            found.setdefault((cell.mu, cell.kappa, cell.batch), way)
        return tuple(found.values())

    def _seeds_of(self, way: Way) -> Sequence[int]:
        return self.batch_seeds if way[0] in STOCHASTIC.values() else (0,)

    def _cell(
        self, data: Data, way: Way, lr: float, init_scale: float, bias: float, seed: int
    ) -> Cell:
        method, momentum, batch = way
        return Cell.of_method(
            data,
            method,
            lr,
            init_scale,
            momentum=momentum,
            bias=bias,
            batch=batch,
            seed=seed,
            accuracy=self.accuracy,
            max_steps=self.max_steps,
        )

"""A chunk of runs that share their data, a lane each; a lane whose run has ended takes the next."""

from __future__ import annotations

import numpy as np

from numeric.batch import CHECK_EVERY
from numeric.engine_ends import End, Ending, Judge, Run
from numeric.engine_stops import Stops
from numeric.finish import Finish
from numeric.problems import Array

#: Lanes come in multiples of this many: with fewer columns a matrix product adds up otherwise.
LANES = 8


class Chunk:
    """Lanes of runs on one problem.

    Empty lanes hold zeros and stay zero. The arithmetic of a lane does not depend on the others,
    nor on the number of lanes, where the matrix product's does not.

    Parameters
    ----------
    judge
        Data and rules.
    width
        Lanes, rounded up to a multiple of `LANES`.
    """

    def __init__(self, judge: Judge, width: int) -> None:
        self.judge = judge
        width = -(-max(width, 1) // LANES) * LANES
        X = judge.problem.X
        # Copies: arrays that cannot be written to are another type, to be compiled for again.
        self.data = (np.array(X), np.array(X.T, order="C"), np.array(judge.problem.y))
        self.runs: list[tuple[int, Run] | None] = [None] * width
        n, d = X.shape
        self.state = np.zeros((4, d, width))
        self.pushes, self.squares = np.zeros((n, width)), np.zeros((d, width))
        self.settings = np.zeros((4, width))
        self.stops = Stops(judge, width)
        self._resize()

    def _resize(self) -> None:
        width = len(self.runs)
        n, d = self.data[0].shape
        self.work = (np.empty((d, width)), np.empty((n, width)))
        self.report = np.empty((5, width))

    @property
    def free(self) -> list[int]:
        """Lanes without a run."""
        return [lane for lane, run in enumerate(self.runs) if run is None]

    @property
    def busy(self) -> bool:
        """Whether there is a run left."""
        return any(run is not None for run in self.runs)

    def load(self, lane: int, index: int, run: Run) -> None:
        """Put a run into a lane."""
        self.runs[lane] = index, run
        self._clear(lane)
        self.state[0, :, lane], self.state[1, :, lane] = run.u, run.v
        self.settings[:3, lane] = run.mu, run.kappa, 2 * run.eta / self.data[0].shape[0]
        self.stops.begin(lane, run)

    def _clear(self, lane: int) -> None:
        for array in (self.state, self.pushes, self.squares, self.settings):
            array[..., lane] = 0.0
        self.stops.clear(lane)

    def narrow(self) -> None:
        """Leave out free lanes, where that makes the chunk narrower by a third or more."""
        busy = [lane for lane, run in enumerate(self.runs) if run is not None]
        width = -(-max(len(busy), 1) // LANES) * LANES
        if 3 * width > 2 * len(self.runs):
            return
        kept = busy + self.free[: width - len(busy)]
        self.runs = [self.runs[lane] for lane in kept]
        self.stops.keep(kept)
        for name in ("state", "pushes", "squares", "settings"):
            setattr(self, name, np.ascontiguousarray(getattr(self, name)[..., kept]))
        self._resize()

    def advance(self) -> list[End]:
        """Take one window; return the ends of the runs that are over, whose lanes are free then."""
        from numeric import sweep_kernel as kernel  # imports Numba

        kernel.columns(
            self.data,
            tuple(self.state),
            (self.pushes, self.squares),
            tuple(self.settings),
            self.work,
            CHECK_EVERY,
            self.report,
        )
        self.stops.steps += CHECK_EVERY
        running = np.array([run is not None for run in self.runs])
        with np.errstate(invalid="ignore", over="ignore"):
            over = self.stops.over(self.report, self.settings[0], running, self._state)
            return [self._record(*each) for each in over]

    def _state(self, lane: int) -> tuple[Run, Array, Array]:
        held = self.runs[lane]
        assert held is not None
        x, moves = (np.array(half) for half in np.split(self.state[:, :, lane], 2))
        return held[1], x, moves

    def _record(self, lane: int, status: Ending, found: Finish | None) -> End:
        held = self.runs[lane]
        assert held is not None
        index, run = held
        columns: tuple[Array, ...] = tuple(
            np.array(array[..., lane]) for array in (self.state, self.pushes, self.squares)
        )
        state, pushes, squares = columns
        end = self.judge.end(
            index,
            run,
            status,
            int(self.stops.steps[lane]),
            state[:2],
            state[2:],
            pushes,
            squares,
            float(self.report[0, lane]),
            found,
        )
        self.runs[lane] = None
        self._clear(lane)
        return end

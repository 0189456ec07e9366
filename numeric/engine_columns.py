"""A chunk of runs that share their data, a lane each; a lane whose run has ended takes the next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from numeric.batch import CHECK_EVERY, PATIENCE
from numeric.convergence import EPS
from numeric.engine_ends import End, Ending, Judge, Run
from numeric.finish import Finish
from numeric.problems import Array

#: Lanes come in multiples of this many: with fewer columns a matrix product adds up otherwise.
LANES = 8
_LANE_ARRAYS = ("steps", "bound", "goal", "tol", "best", "idle", "calm", "not_before")


def _lanes(which: Any) -> list[int]:
    return [int(lane) for lane in np.flatnonzero(which)]


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
        # By lane: steps taken, size of a blow-up, where to look, tolerance, best residual, windows
        # without progress, whether the last window ended calm, steps before the next look.
        self.steps, self.bound, self.goal, self.tol = np.zeros((4, width))
        self.best, self.idle, self.calm, self.not_before = np.zeros((4, width))
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
        self.bound[lane], self.goal[lane] = self.judge.bound(run), self.judge.first_goal(run)
        self.tol[lane], self.best[lane], self.not_before[lane] = (
            np.nan,
            np.inf,
            self.judge.first_look,
        )

    def _clear(self, lane: int) -> None:
        for array in (self.state, self.pushes, self.squares, self.settings):
            array[..., lane] = 0.0
        for name in _LANE_ARRAYS:
            getattr(self, name)[lane] = 0.0

    def narrow(self) -> None:
        """Leave out free lanes, where that makes the chunk narrower by a third or more."""
        busy = [lane for lane, run in enumerate(self.runs) if run is not None]
        width = -(-max(len(busy), 1) // LANES) * LANES
        if 3 * width > 2 * len(self.runs):
            return
        kept = busy + self.free[: width - len(busy)]
        self.runs = [self.runs[lane] for lane in kept]
        for name in ("state", "pushes", "squares", "settings", *_LANE_ARRAYS):
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
        self.steps += CHECK_EVERY
        with np.errstate(invalid="ignore", over="ignore"):
            return [self._record(*over) for over in self._over()]

    def _over(self) -> Iterator[tuple[int, Ending, Finish | None]]:
        residual, squares, move, part, size = self.report
        judge = self.judge
        running = np.array([run is not None for run in self.runs])
        bad = running & ~((size <= self.bound) & np.isfinite(squares))
        running &= ~bad
        late = running & np.isnan(self.tol) & ((residual <= judge.last_phase) | (move == 0))
        if judge.accuracy is not None:
            # A look comes first; it is in vain only where too much is asked.
            late &= self.goal < 1e-16 * judge.last_phase**2
        for lane in _lanes(late):
            self.tol[lane] = judge.tolerance(self._run(lane), self.state[:2, :, lane])
        calm = (residual <= self.tol) & (move <= self.tol)
        done = running & calm & (self.calm > 0)
        # Moves of a few ulps, as many as momentum keeps going, without progress: rounding rules.
        tiny = part <= 8 * EPS / (1 - self.settings[0])
        progress = residual < 0.99 * self.best
        self.best = np.minimum(self.best, residual)
        self.idle = np.where(tiny & ~progress, self.idle + 1, 0.0)
        stalled = running & ~done & (self.idle >= PATIENCE)
        self.calm = calm.astype(float)
        spent = running & (self.steps >= judge.max_steps)
        look = (squares <= self.goal) & (self.steps >= self.not_before)
        if judge.accuracy is not None:
            # A last look at what would go no further.
            look |= stalled | spent
        look &= running & ~done
        for lane in _lanes(bad | done | look | stalled | spent):
            found = self._look(lane) if look[lane] else None
            if bad[lane]:
                yield lane, "diverged", None
            elif found is not None:
                yield lane, "finished", found
            elif done[lane] or stalled[lane]:
                yield lane, "converged" if done[lane] else "stalled", None
            elif spent[lane]:
                yield lane, "not converged", None

    def _run(self, lane: int) -> Run:
        held = self.runs[lane]
        assert held is not None
        return held[1]

    def _look(self, lane: int) -> Finish | None:
        x, moves = (np.array(half) for half in np.split(self.state[:, :, lane], 2))
        found, goal = self.judge.look(self._run(lane), x, moves, self.report[1, lane])
        self.goal[lane], self.not_before[lane] = goal, 1.1 * self.steps[lane]
        return found

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
            int(self.steps[lane]),
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

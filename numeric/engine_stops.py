"""When runs are over: the rules, for any number of runs at once, a lane each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from numeric.batch import PATIENCE
from numeric.convergence import EPS
from numeric.engine_ends import Ending, Judge, Run
from numeric.finish import Finish
from numeric.problems import Array

#: The run of a lane, its neurons and their last moves, (2, d) each.
State = Callable[[int], tuple[Run, Array, Array]]
_BY_LANE = ("steps", "bound", "goal", "tol", "best", "idle", "calm", "not_before")


def lanes_where(which: Any) -> list[int]:
    """Return the lanes at which an array of truth values is true."""
    return [int(lane) for lane in np.flatnonzero(which)]


class Stops:
    """What the rules remember of each lane; all arrays are (width,).

    Parameters
    ----------
    judge
        Data and limits.
    width
        Lanes.

    Attributes
    ----------
    steps
        Taken so far; the owner counts them.
    bound
        Size of a blow-up.
    goal, not_before
        Sum of squares below which, and steps before which not, a look is taken whether the exact
        theorem can finish the run.
    tol
        Tolerance of convergence; NaN until the run is near its end.
    """

    def __init__(self, judge: Judge, width: int) -> None:
        self.judge = judge
        self.steps, self.bound, self.goal, self.tol = np.zeros((4, width))
        # Best residual, windows without progress, whether the last window ended calm.
        self.best, self.idle, self.calm, self.not_before = np.zeros((4, width))

    def begin(self, lane: int, run: Run) -> None:
        """Put a run into a lane."""
        self.clear(lane)
        self.bound[lane], self.goal[lane] = self.judge.bound(run), self.judge.first_goal(run)
        self.tol[lane], self.best[lane] = np.nan, np.inf
        self.not_before[lane] = self.judge.first_look

    def clear(self, lane: int) -> None:
        """Empty a lane."""
        for name in _BY_LANE:
            getattr(self, name)[lane] = 0.0

    def keep(self, lanes: Sequence[int]) -> None:
        """Leave out all other lanes."""
        for name in _BY_LANE:
            setattr(self, name, np.ascontiguousarray(getattr(self, name)[lanes]))

    def over(
        self, report: Array, mu: Array, running: Any, state: State
    ) -> Iterator[tuple[int, Ending, Finish | None]]:
        """Generate lane, ending and projection of the runs that a window has ended.

        Parameters
        ----------
        report
            Of the window, (5, width): residual |.|_inf, sum of squares, largest move, the same
            relative to its neuron, size of the largest neuron.
        mu
            Momenta.
        running
            Which lanes hold a run.
        state
            Called for the lanes of which more must be known.
        """
        residual, squares, move, part, size = report
        judge = self.judge
        bad = running & ~((size <= self.bound) & np.isfinite(squares))
        running = running & ~bad
        late = running & np.isnan(self.tol) & ((residual <= judge.last_phase) | (move == 0))
        if judge.accuracy is not None:
            # A look comes first; it is in vain only where too much is asked.
            late &= self.goal < 1e-16 * judge.last_phase**2
        for lane in lanes_where(late):
            run, x, _ = state(lane)
            self.tol[lane] = judge.tolerance(run, x)
        calm = (residual <= self.tol) & (move <= self.tol)
        done = running & calm & (self.calm > 0)
        # Moves of a few ulps, as many as momentum keeps going, without progress: rounding rules.
        tiny = part <= 8 * EPS / (1 - mu)
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
        for lane in lanes_where(bad | done | look | stalled | spent):
            found = self._look(state(lane), lane, squares[lane]) if look[lane] else None
            if bad[lane]:
                yield lane, "diverged", None
            elif found is not None:
                yield lane, "finished", found
            elif done[lane] or stalled[lane]:
                yield lane, "converged" if done[lane] else "stalled", None
            elif spent[lane]:
                yield lane, "not converged", None

    def _look(self, state: tuple[Run, Array, Array], lane: int, squares: float) -> Finish | None:
        found, goal = self.judge.look(*state, squares)
        self.goal[lane], self.not_before[lane] = goal, np.floor(1.1 * self.steps[lane])
        return found

"""One run through the lean kernel: minibatches from its own seed, or all rows of its own data."""

from __future__ import annotations

from typing import Any

import numpy as np

from numeric.engine_ends import End, Ending, Judge, Run
from numeric.engine_stops import Stops
from numeric.finish import Finish
from numeric.problems import Array

#: Steps in a window, on all rows and on minibatches: the residual on all rows is looked at there.
WINDOW = {False: 100, True: 1000}
#: Windows in one call of the kernel, at most: what cannot be seen there is looked at between calls.
AT_ONCE = 32


def stream_of_seed(seed: int) -> Any:
    """Return the state of the kernel's generator for a seed, (1,): a hash of it."""
    return np.random.SeedSequence(seed).generate_state(1, np.uint64)


def rows_of_seed(n: int, batch: int, seed: int, steps: int) -> Any:
    """Return the rows that a run with this seed uses, (steps, batch)."""
    from numeric import sweep_kernel as kernel

    stream, order = stream_of_seed(seed), np.arange(n)
    found = np.empty((steps, batch), dtype=np.int64)
    for k in range(steps):
        if batch == 1:
            found[k] = kernel.draw(stream, n)
        else:
            kernel.draw_rows(stream, order, batch)
            found[k] = order[:batch]
    return found


def run_alone(judge: Judge, index: int, run: Run) -> End:
    """Train one run to its end; `Judge.batch` rows a step, all rows if that is None."""
    return _Alone(judge, index, run).to_the_end()


class _Alone:
    def __init__(self, judge: Judge, index: int, run: Run) -> None:
        problem = judge.problem
        self.judge, self.index, self.run = judge, index, run
        # Copies: arrays that cannot be written to are another type, to be compiled for again.
        self.data = (np.array(problem.X), np.array(problem.X.T, order="C"), np.array(problem.y))
        self.x, self.moves = np.stack([run.u, run.v]), np.zeros((2, problem.d))
        n, d = problem.n, problem.d
        self.sums = (np.zeros(n), np.zeros(d), np.zeros(n))
        self.stream, self.order = stream_of_seed(run.seed), np.arange(n)
        self.window = WINDOW[judge.batch is not None]
        self.report = np.zeros(5)
        self.stops = Stops(judge, 1)
        self.stops.begin(0, run)

    def _take(self, windows: int, goal: float) -> None:
        from numeric import sweep_kernel as kernel  # imports Numba

        limits = (goal, float(self.stops.tol[0]), float(self.stops.bound[0]))
        self.stops.steps += kernel.one_run(
            self.data,
            self.x,
            self.moves,
            self.sums,
            self.run.method,
            self.judge.batch or 0,
            self.stream,
            self.order,
            self.window,
            windows,
            limits,
            self.report,
        )

    def to_the_end(self) -> End:
        stops, mu = self.stops, np.array([self.run.mu])
        while True:
            steps, goal = int(stops.steps[0]), float(stops.goal[0])
            left = -(-(self.judge.max_steps - steps) // self.window)
            wait = -(-(int(stops.not_before[0]) - steps) // self.window)
            windows = min(left, AT_ONCE if wait <= 0 else min(AT_ONCE, wait))
            self._take(windows, goal if wait <= 0 else -np.inf)
            with np.errstate(invalid="ignore", over="ignore"):
                over = stops.over(self.report[:, None], mu, np.ones(1, dtype=bool), self._state)
                for _, status, found in over:
                    return self._end(status, found)

    def _state(self, _: int) -> tuple[Run, Array, Array]:
        return self.run, self.x, self.moves

    def _end(self, status: Ending, found: Finish | None = None) -> End:
        pushes, squares, row_squares = self.sums
        squares = squares + self.judge.problem.X.T**2 @ row_squares
        x, moves, residual = self.x, self.moves, float(self.report[0])
        return self.judge.end(
            self.index,
            self.run,
            status,
            int(self.stops.steps[0]),
            x,
            moves,
            pushes,
            squares,
            residual,
            found,
        )

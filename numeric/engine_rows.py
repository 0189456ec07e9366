"""One run through the lean kernel: minibatches from its own seed, or all rows of its own data."""

from __future__ import annotations

from typing import Any

import numpy as np

from numeric.batch import PATIENCE
from numeric.convergence import EPS
from numeric.engine_ends import End, Ending, Judge, Run
from numeric.finish import Finish

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
        self.steps = 0
        self.tol = np.nan

    def _take(self, windows: int, goal: float) -> None:
        from numeric import sweep_kernel as kernel  # imports Numba

        limits = (goal, self.tol, self.bound)
        self.steps += kernel.one_run(
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
        judge, run = self.judge, self.run
        self.bound, goal = judge.bound(run), judge.first_goal(run)
        not_before, best, idle, calm = judge.first_look, np.inf, 0, False
        while True:
            left = -(-(judge.max_steps - self.steps) // self.window)
            wait = -(-(not_before - self.steps) // self.window)
            looking = wait <= 0
            windows = min(left, AT_ONCE if looking else min(AT_ONCE, wait))
            self._take(windows, goal if looking else -np.inf)
            residual, squares, move, part, size = self.report
            if not (size <= self.bound and np.isfinite(squares)):
                return self._end("diverged")
            in_vain = judge.accuracy is None or goal < 1e-16 * judge.last_phase**2
            if np.isnan(self.tol) and in_vain and (residual <= judge.last_phase or move == 0):
                self.tol = judge.tolerance(run, self.x)
            was_calm, calm = calm, residual <= self.tol and move <= self.tol
            if calm and was_calm:
                return self._end("converged")
            tiny = part <= 8 * EPS / (1 - run.mu)
            idle = idle + 1 if tiny and residual >= 0.99 * best else 0
            best = min(best, residual)
            stalled, spent = idle >= PATIENCE, self.steps >= judge.max_steps
            last_chance = judge.accuracy is not None and (stalled or spent)
            if (squares <= goal and self.steps >= not_before) or last_chance:
                found, goal = judge.look(run, self.x, self.moves, squares)
                not_before = int(1.1 * self.steps)
                if found is not None:
                    return self._end("finished", found)
            if stalled or spent:
                return self._end("stalled" if stalled else "not converged")

    def _end(self, status: Ending, found: Finish | None = None) -> End:
        pushes, squares, row_squares = self.sums
        squares = squares + self.judge.problem.X.T**2 @ row_squares
        x, moves, residual = self.x, self.moves, float(self.report[0])
        return self.judge.end(
            self.index, self.run, status, self.steps, x, moves, pushes, squares, residual, found
        )

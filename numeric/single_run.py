"""One run through the compiled kernel, judged like a column of a batch."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from numeric.batch import CHECK_EVERY, Runs, minibatches
from numeric.excesses import excess_error
from numeric.problems import Array, Problem, Start
from symbolic.console import UserError

#: Row indices of some steps, one after the other, and where each step's begin and the last's end.
Rows = tuple[Any, Any]
ALL_ROWS: Rows = (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))


class SingleRun(Runs):
    """A batch of one column that steps through `numeric.kernel` and sums excesses on the way.

    Parameters
    ----------
    problem, start
        Data and x_0.
    before
        x_{-1}; x_0 by default.
    mu, kappa, eta, tol
        As in `numeric.training.train`.
    """

    def __init__(
        self,
        problem: Problem,
        start: Start,
        before: Start | None,
        mu: float,
        kappa: float,
        eta: float,
        tol: float | None,
    ) -> None:
        super().__init__(problem, start.u[None], start.v[None], mu, kappa, eta, tol)
        if before is not None:
            self.last = np.stack([before.u, before.v])[:, :, None]
        self.settings = (float(mu), float(kappa), float(eta))
        # The kernel adds up rows of X for the gradient and columns of X for the residual. Copies:
        # arrays that cannot be written to are another type, for which it would compile again.
        self.data = (np.array(problem.X), np.array(problem.X.T, order="C"), np.array(problem.y))
        shape = (2, problem.d)
        self.excess, self.lost, self.bounds = (np.zeros(shape) for _ in range(3))
        self.newest = (self.x[:, :, 0], self.last[:, :, 0])
        self.closest = 0.0

    def _window(self, steps: int, rows: Any, watch: bool) -> tuple[Any, Any]:
        from numeric import kernel  # imports Numba

        # The kernel overwrites; what the window began from may be needed again.
        x, last = (np.array(a[:, :, 0]) for a in (self.x, self.last))
        states = np.empty((2, 3))
        where = ALL_ROWS if rows is None else rows
        carried = (self.path[:, 0], self.excess, self.lost, self.bounds)
        miss = kernel.window(
            self.data, x, last, carried, where, steps, self.settings, watch, states
        )
        self.closest = max(self.closest, miss)
        self.newest = x, last
        self.x, self.last = x[:, :, None], last[:, :, None]
        return states[1][:, None], states[0][:, None]

    def _blow_up_step(self, column: int, x: Any, last: Any, rows: Any, steps: int) -> int:
        from numeric import kernel

        x, last = (np.array(a[:, :, column]) for a in (x, last))
        states = np.empty((2, 3))
        carried = (np.zeros(x.shape[1]), *(np.zeros(x.shape) for _ in range(3)))
        for k in range(steps):
            where = ALL_ROWS if rows is None else (rows[0], rows[1][k : k + 2])
            kernel.window(self.data, x, last, carried, where, 1, self.settings, False, states)
            if not (np.abs(x).max() <= self.bound):
                return k + 1
        return steps

    def sums(self) -> Array:
        """Return S_u and S_v for the run as far as it has come, (2, d); see `Trained.sums`."""
        mu = self.settings[0]
        x, last = map(np.abs, self.newest)
        with np.errstate(all="ignore"):  # zeros: the excesses are NaN there
            moved = np.log1p((x - last) / last)
        return (self.excess + self.lost + mu * moved) / (1 - mu)

    def error(self) -> float:
        """Return the bound of the rounding of ln xi + S_u + S_v so far."""
        return excess_error(self.bounds, self.step, self.settings[0])


def in_windows(
    problem: Problem, batch: int | None, seed: int, rows: Iterable[Any] | None
) -> Callable[[], Callable[[int], Rows | None]]:
    """Return what begins the run's rows: it gives a function from a number of steps to theirs.

    ``rows`` gives the indices of every step's minibatch, a number or a sequence; it is repeated
    from its beginning where it ends. Otherwise ``batch`` rows are drawn from ``seed``; None takes
    all.

    Raises
    ------
    UserError
        If ``rows`` holds none or others than the data have, as soon as they come up.
    """
    if rows is not None:
        return _Kept(rows, problem.n).reader
    offsets = np.arange(CHECK_EVERY + 1) * (batch or 0)

    def reader() -> Callable[[int], Rows | None]:
        drawn = minibatches(problem.n, batch, seed)

        def read(_: int) -> Rows | None:
            chosen = next(drawn)
            return None if chosen is None else (np.ascontiguousarray(chosen).ravel(), offsets)

        return read

    return reader


class _Kept:
    """Rows given step by step, checked and kept so that they can be read again."""

    def __init__(self, rows: Iterable[Any], n: int) -> None:
        self.n = n
        self.kept: list[Any] = []
        self.source: Iterator[Any] | None = iter(rows)

    def reader(self) -> Callable[[int], Rows]:
        place = itertools.count()

        def read(steps: int) -> Rows:
            parts = [self._at(next(place)) for _ in range(steps)]
            return np.concatenate(parts), np.cumsum([0, *(part.size for part in parts)])

        return read

    def _at(self, step: int) -> Any:
        if self.source is not None and step >= len(self.kept):
            try:
                self.kept.append(self._checked(next(self.source), step))
            except StopIteration:
                self.source = None
        if not self.kept:
            raise self._refusal("none")
        return self.kept[step % len(self.kept)]

    def _checked(self, given: Any, step: int) -> Any:
        part = np.atleast_1d(np.asarray(given))
        if part.ndim != 1 or not part.size or part.dtype.kind not in "iu":
            raise self._refusal(f"{given!r} for step {step + 1}")
        if part.min() < 0 or part.max() >= self.n:
            raise self._refusal(f"{given!r} for step {step + 1}")
        return part.astype(np.int64)

    def _refusal(self, received: str) -> UserError:
        return UserError(
            expected=f"minibatches of rows 0 to {self.n - 1} for the steps",
            received=received,
            remedy="give a sequence of row indices for every step",
        )

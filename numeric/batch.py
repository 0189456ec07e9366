"""Many runs on one problem, column by column, each watched until it has arrived or blown up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from numeric.convergence import EPS, blow_up_bound, rounding_floor
from numeric.iterates import NeuronGradient
from numeric.problems import Array, Problem, scale_of
from symbolic.two_step import two_step_update

#: Steps in one check window.
CHECK_EVERY = 100
#: Windows without progress, every move an ulp or so, after which a run counts as stalled.
PATIENCE = 10
#: The default tolerance is this many times the bound that rounding sets.
MARGIN = 4.0

Status = Literal["converged", "stalled", "not converged", "diverged"]


@dataclass(frozen=True, eq=False)
class TrainedBatch:
    """The ends of B runs; arrays have a leading B.

    ``theta``, ``u``, ``v``, ``xi`` and both integrals are (B, d), the others (B,).
    ``path_integral`` is sum_k eta g_k^2 with the theta-gradient g_k that step k used, so that
    phi = 8/(1-mu)^2 path_integral (Lyu et al., Theorem 3); ``cubic_integral`` is sum_k eta g_k^3,
    None where it was not asked for.
    ``tol`` is the tolerance that was applied, ``steps`` for a diverged run the step at which it
    blew up.
    """

    theta: Array
    u: Array
    v: Array
    xi: Array
    path_integral: Array
    cubic_integral: Array | None
    residual: Array
    tol: Array
    steps: Any
    status: tuple[Status, ...]

    @property
    def converged(self) -> Any:
        """Which runs converged, shape (B,)."""
        return np.array([status == "converged" for status in self.status])


class Runs:
    """The running columns of `train_many` and what has been recorded of the finished ones."""

    def __init__(
        self,
        problem: Problem,
        u0: Any,
        v0: Any,
        mu: Any,
        kappa: Any,
        eta: Any,
        tol: Any,
        cubes: bool = False,
    ) -> None:
        B, d = u0.shape
        self.problem = problem
        self.full = NeuronGradient(problem.X, problem.y[:, None])
        self.x = self.last = np.ascontiguousarray(np.stack([u0.T, v0.T]))
        self.path = np.zeros((d, B))
        self.cubes = np.zeros((d, B)) if cubes else None
        self.mu, self.kappa, self.eta = (_column(value, B) for value in (mu, kappa, eta))
        # NaN stands for "not chosen yet": the default depends on where the run arrives.
        self.tol = np.full(B, np.nan) if tol is None else _column(tol, B).copy()
        self.given_tol = tol is not None
        self.bound = blow_up_bound(problem, u0, v0)
        # A residual this small, relative to the data, belongs to the last phase of a run.
        theta = np.abs(self.full.predictor(*self.x)).max(axis=1, keepdims=True)
        size = np.abs(problem.y).max() + (np.abs(problem.X) @ theta).max()
        self.last_phase = 1e-4 * float(size)
        self.best = np.full(B, np.inf)
        self.idle = np.zeros(B, dtype=int)
        self.watched = np.zeros(B, dtype=bool)
        self.active = np.arange(B)
        self._coefficients = self._plain_coefficients()
        self.step = 0
        self.end_x = np.empty((2, d, B))
        self.end_path, self.end_cubes = np.empty((d, B)), np.empty((d, B))
        self.end_steps = np.zeros(B, dtype=int)
        self.end_residual = np.full(B, np.nan)
        self.end_tol = np.full(B, np.nan)
        self.end_status: list[Status] = ["not converged"] * B

    def advance(self, steps: int, rows: Any) -> None:
        """Run one check window of all active columns, then let the finished ones go."""
        begin_x, begin_last = self.x, self.last
        now, worst = self._window(steps, rows, bool(self.watched.any()))
        self.step += steps
        bad = ~(np.abs(self.x).max(axis=(0, 1)) <= self.bound)
        self._judge(now, worst, bad, steps)
        for column in np.flatnonzero(bad):
            before = self.step - steps
            step = before + self._blow_up_step(int(column), begin_x, begin_last, rows, steps)
            run = int(self.active[column])
            self._finish(int(column), "diverged", np.nan)
            self.end_steps[run] = step
        self._drop()

    def _window(self, steps: int, rows: Any, watch: bool) -> tuple[Any, Any]:
        """Take the steps; return the state at the end and, if watched, the worst of the window."""
        # Largest residual, move and move in ulps of the window, where some column needs them.
        worst = np.zeros((3, self.active.size)) if watch else None
        gradient, x, last = self.full, self.x, self.last
        for k in range(steps):
            if rows is not None:
                gradient = self._on_rows(rows[k])
            x, last = self._update(x, last, gradient), x
            g = gradient.predictor_gradient
            square = g * g
            self.path += square
            if self.cubes is not None:
                self.cubes += square * g
            if worst is not None:
                np.maximum(worst, self._state(x, last), out=worst)
        self.x, self.last = x, last
        now = self._state(x, last)
        return now, now if worst is None else worst

    def _update(self, x: Any, last: Any, gradient: NeuronGradient) -> Any:
        mu, kappa, eta = self._coefficients
        return two_step_update(x, last, gradient, mu=mu, kappa=kappa, eta=eta)

    def _plain_coefficients(self) -> list[Any]:
        """Return mu, kappa, eta; as plain numbers, which cost less, where all columns agree."""
        return [
            float(values[0]) if values.size and (values == values[0]).all() else values
            for values in (self.mu, self.kappa, self.eta)
        ]

    def _on_rows(self, rows: Any) -> NeuronGradient:
        part = self.__dict__.setdefault("_part", NeuronGradient(None, None))
        part.X, part.y = self.problem.X[rows], self.full.y[rows]
        return part

    def _state(self, x: Any, last: Any) -> tuple[Array, Array, Array]:
        """Return per column |X theta - y|_inf, |x - last|_inf and the largest move in units eps."""
        moves = np.abs(x - last)
        return (
            np.abs(self.full.residual(x)).max(axis=0),
            moves.max(axis=(0, 1)),
            (moves / np.abs(x)).max(axis=(0, 1)) / EPS,
        )

    def _judge(self, now: Any, whole: Any, bad: Any, steps: int) -> None:
        residual, move, ulps = now
        self._choose_tolerances(residual, move, bad)
        watched_whole = self.watched & (steps == CHECK_EVERY)
        done = watched_whole & (whole[0] <= self.tol) & (whole[1] <= self.tol)
        # Moves of a few ulps, as many as momentum keeps going, without progress: rounding rules.
        tiny = ulps <= 8 / (1 - self.mu)
        progress = whole[0] < 0.99 * self.best
        self.best = np.minimum(self.best, whole[0])
        self.idle = np.where(tiny & ~progress, self.idle + 1, 0)
        stalled = ~done & (self.idle >= PATIENCE)
        self.watched = ((residual <= self.tol) & (move <= self.tol)) | tiny
        for column in np.flatnonzero(done):
            self._finish(int(column), "converged", whole[0][column])
        for column in np.flatnonzero(stalled & ~bad):
            self._finish(int(column), "stalled", whole[0][column])

    def _choose_tolerances(self, residual: Any, move: Any, bad: Any) -> None:
        if self.given_tol:
            return
        late = np.isnan(self.tol) & ~bad & ((residual <= self.last_phase) | (move == 0))
        for column in np.flatnonzero(late):
            u, v = self.x[:, :, column]
            floor = rounding_floor(self.problem, u, v, self.eta[column], self.mu[column])
            self.tol[column] = MARGIN * floor

    def _finish(self, column: int, status: Status, residual: float) -> None:
        run = self.active[column]
        self.end_x[:, :, run] = self.x[:, :, column]
        self.end_path[:, run] = self.path[:, column] * self.eta[column]
        if self.cubes is not None:
            self.end_cubes[:, run] = self.cubes[:, column] * self.eta[column]
        self.end_steps[run] = self.step
        self.end_residual[run] = residual
        self.end_tol[run] = self.tol[column]
        self.end_status[run] = status
        self.active[column] = -1

    def _blow_up_step(self, column: int, x: Any, last: Any, rows: Any, steps: int) -> int:
        """Repeat the window; return which of its steps took the column out of the bound."""
        for k in range(steps):
            gradient = self.full if rows is None else self._on_rows(rows[k])
            x, last = self._update(x, last, gradient), x
            if not (np.abs(x[:, :, column]).max() <= self.bound):
                return k + 1
        return steps

    def _drop(self) -> None:
        keep = self.active >= 0
        if keep.all():
            return
        self.active = self.active[keep]
        self.x, self.last, self.path = (
            np.ascontiguousarray(a[..., keep]) for a in (self.x, self.last, self.path)
        )
        if self.cubes is not None:
            self.cubes = np.ascontiguousarray(self.cubes[:, keep])
        for name in ("mu", "kappa", "eta", "tol", "best", "idle", "watched"):
            setattr(self, name, getattr(self, name)[keep])
        self._coefficients = self._plain_coefficients()

    def result(self) -> TrainedBatch:
        """Return all runs in their order; those still active have not converged."""
        if self.active.size:
            residual = np.abs(self.full.residual(self.x)).max(axis=0)
            for column in range(self.active.size):
                self._finish(column, "not converged", residual[column])
        u, v = self.end_x
        return TrainedBatch(
            theta=self.full.predictor(u, v).T.copy(),
            u=u.T.copy(),
            v=v.T.copy(),
            xi=scale_of(u, v).T.copy(),
            path_integral=self.end_path.T.copy(),
            cubic_integral=None if self.cubes is None else self.end_cubes.T.copy(),
            residual=self.end_residual,
            tol=self.end_tol,
            steps=self.end_steps,
            status=tuple(self.end_status),
        )


def minibatches(n: int, batch: int | None, seed: int) -> Iterator[Any]:
    """Yield, for every check window, None (all rows) or the (CHECK_EVERY, batch) rows to use."""
    if batch is None:
        while True:
            yield None
    random = np.random.default_rng(seed)
    while True:
        if batch == 1:
            yield random.integers(n, size=(CHECK_EVERY, 1))
        else:
            yield random.random((CHECK_EVERY, n)).argsort(axis=1)[:, :batch]


def _column(value: Any, B: int) -> Array:
    return np.array(np.broadcast_to(np.asarray(value, dtype=np.float64), (B,)))

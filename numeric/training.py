"""Training: the recursion in float64, many runs at once, until each one has arrived.

Runs that share the data are the columns of (2, d, B) arrays; a run that has arrived leaves the
batch. The recursion itself is `symbolic.two_step.two_step_update`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from threadpoolctl import ThreadpoolController

from numeric.batch import CHECK_EVERY, Runs, Status, TrainedBatch, minibatches
from numeric.divergence import Diverged, diverged
from numeric.iterates import (
    NeuronGradient,
    generic_iterates,
    numbers_of,
    stacked,
)
from numeric.problems import Array, Problem, Start
from numeric.single_run import SingleRun, in_windows
from symbolic.console import UserError
from symbolic.two_step import TwoStepMethod

__all__ = [
    "CHECK_EVERY",
    "Diverged",
    "Status",
    "Trained",
    "TrainedBatch",
    "generic_iterates",
    "numbers_of",
    "train",
    "train_many",
    "trajectory",
]


@dataclass(frozen=True, eq=False)
class Trained:
    """The end of one run; arrays are (d,). See `TrainedBatch` for the first fields.

    Parameters
    ----------
    sums
        S_u and S_v of the exact theorem for a run that ends at step K, (2, d): (the excesses of
        its steps + mu ln|x_K/x_{K-1}|)/(1 - mu). With the last term the theorem is exact at the
        last iterate (`symbolic.discrete_theorem.summed_identity`), converged or not; without
        it, it is about the limit for K to infinity, and ln xi_K still has to move by about
        mu^K/(1 - mu): at momentum 0.99 that is above rounding when moves are below ``tol``. NaN
        for a neuron that was zero on the way, x_k or the points y_k, m_k x_k that the step makes of
        it, exactly or below 2^-1000: the sums are not defined there. Such a run goes on.
    closest
        The nearest miss of zero: the largest M of |p_k/x_k|, |x_k/x_{k+1}|, |x_k/y_k|, 1/|m_k| and
        |y_k/x_{k+1}|, at least 1.5; infinite if a sum is NaN.
    excess_error
        Bound of the rounding of ln xi_K + S_u + S_v, the largest over coordinates; see
        `numeric.excesses`. Infinite if a sum is NaN.
    """

    theta: Array
    u: Array
    v: Array
    xi: Array
    path_integral: Array
    residual: float
    tol: float
    steps: int
    status: Status
    sums: Array
    closest: float
    excess_error: float

    @property
    def converged(self) -> bool:
        """Whether residual and moves stayed below ``tol`` through one whole check window."""
        return self.status == "converged"

    @property
    def stalled(self) -> bool:
        """Whether rounding stopped the run above ``tol``."""
        return self.status == "stalled"


def train(
    problem: Problem,
    start: Start,
    method: TwoStepMethod,
    learning_rate: float,
    *,
    before: Start | None = None,
    rows: Iterable[Any] | None = None,
    tol: float | None = None,
    max_steps: int = 1_000_000,
    batch: int | None = None,
    seed: int = 0,
) -> Trained:
    """Train one network until it has arrived.

    Parameters
    ----------
    problem, start
        The data and u, v of shape (d,).
    method
        ``METHODS[name].with_momentum(mu)`` with a number mu in [0, 1).
    learning_rate
        eta for the loss |X theta - y|^2/(2n), on a minibatch the mean over its rows.
    before
        x_{-1} of a start with velocity x_0 - x_{-1}; by default x_0, as in Lyu et al.
    rows
        Row indices (from 0) of every step's minibatch, in place of ``batch`` and ``seed``: any
        numbers of rows, repeated from the beginning where the sequence ends.
    tol
        Converged means |X theta - y|_inf <= tol on all rows and |x_k - x_{k-1}|_inf <= tol through
        a whole window of `CHECK_EVERY` steps. By default four times `rounding_floor`.
    max_steps
        A run that needs more is returned with status "not converged".
    batch, seed
        Rows in a minibatch, drawn without replacement for every step from this seed; None trains
        on all rows.

    Raises
    ------
    Diverged
        If the run blew up: names the step, the linear limit and a learning rate that is bounded.
    UserError
        For values out of range.
    """
    mu, kappa = _coefficients(method)
    eta = float(learning_rate)
    start.require_dimension(problem.d)
    if before is not None:
        before.require_dimension(problem.d)
    check_settings(mu, kappa, eta, tol, max_steps, batch, problem.n)
    if rows is not None and batch is not None:
        raise UserError(
            expected="either rows or batch",
            received="both",
            remedy="leave out batch: rows says what every step uses",
        )
    windows = in_windows(problem, batch, seed, rows)

    def run(rate: float, most: int) -> tuple[SingleRun, TrainedBatch]:
        single = SingleRun(problem, start, before, mu, kappa, rate, tol)
        taken = windows()
        with one_blas_thread(), np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            while single.active.size and single.step < most:
                size = min(CHECK_EVERY, most - single.step)
                single.advance(size, taken(size))
            return single, single.result()

    single, ended = run(eta, max_steps)
    if ended.status[0] == "diverged":
        halvings = (eta / 2.0**k for k in range(1, 31))
        trial_steps = min(max_steps, 20_000)
        bounded = (h for h in halvings if run(h, trial_steps)[1].status[0] != "diverged")
        step = int(ended.steps[0])
        raise diverged(problem, start, eta, mu, kappa, step, next(bounded, None))
    return Trained(
        *(getattr(ended, name)[0] for name in ("theta", "u", "v", "xi", "path_integral")),
        residual=float(ended.residual[0]),
        tol=float(ended.tol[0]),
        steps=int(ended.steps[0]),
        status=ended.status[0],
        sums=single.sums(),
        closest=single.closest,
        excess_error=single.error(),
    )


def trajectory(
    problem: Problem,
    start: Start,
    method: TwoStepMethod,
    eta: float,
    steps: int,
    before: Start | None = None,
) -> Array:
    """Return the iterates x_0, ..., x_steps as a (steps + 1, 2, d) array, u first.

    ``before`` is x_{-1} of a start with velocity; x_0 by default.
    """
    gradient = NeuronGradient(problem.X, problem.y)
    mu, kappa = _coefficients(method)
    at = TwoStepMethod(method.name, mu, kappa)
    x0 = stacked(start.u, start.v)
    last = None if before is None else stacked(before.u, before.v)
    return np.stack(generic_iterates(gradient, x0, at, float(eta), steps, last))


def train_many(
    problem: Problem,
    u0: Any,
    v0: Any,
    *,
    mu: Any,
    kappa: Any,
    eta: Any,
    tol: Any = None,
    max_steps: int = 1_000_000,
    batch: int | None = None,
    seed: int = 0,
    cubes: bool = False,
) -> TrainedBatch:
    """Train B networks on one problem at once; see `train` for the meaning of the arguments.

    ``u0`` and ``v0`` are (B, d); ``mu``, ``kappa``, ``eta`` and ``tol`` numbers or (B,).
    Minibatches are shared by all runs. A run that diverges does not raise: its status says so.
    ``cubes`` asks for ``cubic_integral``.
    """
    u0, v0 = np.atleast_2d(np.asarray(u0, float)), np.atleast_2d(np.asarray(v0, float))
    if u0.shape != v0.shape or u0.ndim != 2 or u0.shape[1] != problem.d:
        raise UserError(
            expected=f"starts u0 and v0 of shape (B, {problem.d})",
            received=f"{u0.shape} and {v0.shape}",
            remedy="give one start a row",
        )
    check_settings(mu, kappa, eta, tol, max_steps, batch, problem.n)
    runs = Runs(problem, u0, v0, mu, kappa, eta, tol, cubes)
    rows = minibatches(problem.n, batch, seed)
    with one_blas_thread(), np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        while runs.active.size and runs.step < max_steps:
            runs.advance(min(CHECK_EVERY, max_steps - runs.step), next(rows))
    return runs.result()


def _coefficients(method: TwoStepMethod) -> tuple[float, float]:
    try:
        return float(method.mu), float(method.kappa)
    except TypeError:
        raise UserError(
            expected="a method with numbers for momentum and look-ahead",
            received=f"mu = {method.mu}, kappa = {method.kappa}",
            remedy="use method.with_momentum(0.9)",
        ) from None


def check_settings(
    mu: Any, kappa: Any, eta: Any, tol: Any, max_steps: int, batch: int | None, n: int
) -> None:
    mu, kappa, eta = (np.asarray(value, dtype=np.float64) for value in (mu, kappa, eta))
    if not ((mu >= 0) & (mu < 1)).all():
        raise UserError(
            expected="a momentum in [0, 1)", received=f"{mu}", remedy="choose for instance 0.9"
        )
    if not np.isfinite(kappa).all():
        raise UserError(
            expected="a finite look-ahead kappa",
            received=f"{kappa}",
            remedy="0 is heavy ball, the momentum itself is Nesterov's method",
        )
    if not ((eta > 0) & np.isfinite(eta)).all():
        raise UserError(
            expected="a positive finite learning rate",
            received=f"{eta}",
            remedy="choose for instance 0.01",
        )
    if tol is not None and not ((np.asarray(tol) > 0) & np.isfinite(tol)).all():
        raise UserError(
            expected="a positive finite tolerance",
            received=f"{tol}",
            remedy="leave it out for the smallest one that float64 allows here",
        )
    if max_steps < 1:
        raise UserError(
            expected="at least one step", received=f"{max_steps}", remedy="allow 1000000"
        )
    if batch is not None and not 1 <= batch <= n:
        raise UserError(
            expected=f"a minibatch of 1 to {n} rows", received=f"{batch}", remedy="choose 1"
        )


@cache
def _threadpools() -> ThreadpoolController:
    return ThreadpoolController()


def one_blas_thread() -> Any:
    # Matrices here are small: a second thread costs more in waiting than it computes.
    return _threadpools().limit(limits=1, user_api="blas")

"""Runs on their way through the engine, and what is recorded of their ends.

The exact theorem's sums follow from where a run ends: summed over its steps, the identity of a step
leaves ln|x_K|, ln|x_0| and the sum of the gradients (`symbolic.discrete_theorem.summed_identity`),
so nothing but that sum has to be carried along.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from numeric.batch import MARGIN
from numeric.compiled import numpy_function
from numeric.convergence import blow_up_bound, rounding_floor
from numeric.exact_limit import exact_scale_and_term
from numeric.finish import Finish, finish, slow_energy
from numeric.problems import Array, Problem, Start
from symbolic.discrete_theorem import (
    IMPULSE,
    SUM_U,
    SUM_V,
    U_BEFORE,
    V_BEFORE,
    effective_start,
    logarithm_at_the_end,
)
from symbolic.symbols import MU, U, V

#: "finished": the rest of the run is known to be negligible and the limit is a projection.
Ending = Literal["finished", "converged", "stalled", "not converged", "diverged"]
#: Endings of runs that have a limit.
ARRIVED: tuple[Ending, ...] = ("finished", "converged")
#: Steps before the first look: a look costs about as much as a thousand steps or more.
FIRST_LOOK = 1000
#: Residual, relative to |y|_inf, from which the tolerance of a run to the end is chosen.
LAST_PHASE = 1e-4

# ln|x_inf| without excess, and ln of the start that stands for an end with velocity; their
# difference is the sum S.
_NO_EXCESS = [
    numpy_function((x, before, IMPULSE, MU), logarithm_at_the_end(sign).subs({SUM_U: 0, SUM_V: 0}))
    for sign, x, before in ((+1, U, U_BEFORE), (-1, V, V_BEFORE))
]
_AT_THE_END = numpy_function((U, U_BEFORE, MU), lambda: effective_start(U, U_BEFORE))


@dataclass(frozen=True, eq=False)
class Run:
    """One run: start u, v of shape (d,), and mu, kappa, eta. ``seed`` matters on minibatches."""

    u: Array
    v: Array
    mu: float
    kappa: float
    eta: float
    seed: int = 0

    @property
    def method(self) -> tuple[float, float, float]:
        """The three numbers of the recursion."""
        return self.mu, self.kappa, self.eta


@dataclass(frozen=True, eq=False)
class End:
    """The end of one run.

    Parameters
    ----------
    index
        Place of the run among those given.
    status
        "finished": the limit is a projection, see `numeric.finish`; the others as in
        `numeric.batch`, but that residual and moves are looked at at the end of windows.
    steps
        Steps taken, whole windows; of a diverged run, when that was seen.
    theta
        The limit, (d,): of a finished run the projection, else that of the last iterate.
    u, v, last
        x_K, (d,) each, and x_{K-1}, (2, d).
    log_xi, linear
        ln xi_inf and the linear term R of the exact theorem, (d,); NaN if a neuron became exactly
        zero on the way, as wild runs do.
    sums
        S_u and S_v, (2, d). Of a finished run without the steps still to come, for the limit;
        otherwise as `Trained.sums`, for the last iterate.
    path
        sum_k eta g_k^2, (d,).
    residual
        |X theta_K - y|_inf on all rows.
    bound
        Bound of |theta - theta_inf|_2 that stopping early left; zero for a run to the end.
    """

    index: int
    status: Ending
    steps: int
    theta: Array
    u: Array
    v: Array
    last: Array
    log_xi: Array
    linear: Array
    sums: Array
    path: Array
    residual: float
    bound: float

    @property
    def arrived(self) -> bool:
        """Whether the run has a limit that may be compared."""
        return self.status in ARRIVED


@dataclass(frozen=True, eq=False)
class Ends:
    """The ends of B runs in their order, the fields of `End` stacked, B first.

    What is not defined is NaN: theta, log_xi, linear, sums, path, residual and bound of a diverged
    run; bound of a stalled or unconverged one.
    """

    status: tuple[Ending, ...]
    steps: Any
    theta: Array
    u: Array
    v: Array
    last: Array
    log_xi: Array
    linear: Array
    sums: Array
    path: Array
    residual: Array
    bound: Array

    @classmethod
    def of(cls, ends: Iterable[End]) -> Ends:
        """Stack ends of one dimension, by their index."""
        ordered = sorted(ends, key=lambda end: end.index)
        names = list(cls.__dataclass_fields__)[1:]
        columns = (np.array([getattr(end, name) for end in ordered]) for name in names)
        return cls(tuple(end.status for end in ordered), *columns)

    @cached_property
    def arrived(self) -> Any:
        """Which runs have a limit that may be compared, (B,)."""
        return np.array([status in ARRIVED for status in self.status])


class Judge:
    """Decides when runs on one problem are over.

    Parameters
    ----------
    problem
        The data.
    accuracy
        Error of theta, relative to |theta|_2, at which a run may be finished; None: to the end.
    max_steps
        A run that needs more has not converged.
    batch
        Rows in a minibatch, None for all.

    Attributes
    ----------
    first_look
        Steps before the first look.
    """

    first_look: int = FIRST_LOOK

    def __init__(
        self, problem: Problem, accuracy: float | None, max_steps: int, batch: int | None = None
    ) -> None:
        self.problem, self.accuracy, self.max_steps = problem, accuracy, max_steps
        self.batch = batch
        zero = np.zeros(problem.d)
        self._largest = blow_up_bound(problem, zero, zero)
        # No interpolator is shorter than the least-squares one.
        self._shortest = float(np.linalg.norm(np.linalg.lstsq(problem.X, problem.y)[0]))
        self.last_phase = LAST_PHASE * float(np.abs(problem.y).max())

    def bound(self, run: Run) -> float:
        """Return the size of a neuron that no bounded run reaches."""
        return max(self._largest, 1e6 * float(max(np.abs(run.u).max(), np.abs(run.v).max())))

    def first_goal(self, run: Run) -> float:
        """Return |X theta - y|_2^2 below which slow modes are harmless: the first look is there."""
        if self.accuracy is None:
            return -np.inf
        energy = slow_energy(*run.method) / self.problem.n
        return self.accuracy * self._shortest / (2 * energy)

    def look(self, run: Run, x: Array, moves: Array, squares: float) -> tuple[Finish | None, float]:
        """Return the limit if it is known well enough, and |X theta - y|_2^2 to look at next."""
        assert self.accuracy is not None
        found = finish(self.problem, x, moves, run.method, self.batch)
        if found is None:
            return None, squares / 4
        allowed = self.accuracy * float(np.linalg.norm(found.theta))
        if found.bound <= allowed:
            return found, squares
        share = allowed / found.bound if np.isfinite(found.bound) else 0.0
        return None, squares * min(0.5, max(0.9 * share, 1 / 16))

    def tolerance(self, run: Run, x: Array) -> float:
        """Return the tolerance of a run to the end near x, (2, d)."""
        return MARGIN * rounding_floor(self.problem, x[0], x[1], run.eta, run.mu)

    def end(
        self,
        index: int,
        run: Run,
        status: Ending,
        steps: int,
        x: Array,
        moves: Array,
        pushes: Array,
        squares: Array,
        residual: float,
        found: Finish | None = None,
    ) -> End:
        """Record the end of a run.

        ``pushes`` (n,) and ``squares`` (d,) are what the kernels sum: X^T pushes is the sum of
        2 eta g_k.
        """
        last, d = x - moves, self.problem.d
        if status == "diverged":
            none = np.full(d, np.nan)
            two = np.full((2, d), np.nan)
            return End(
                index, status, steps, none, x[0], x[1], last, none, none, two, none, np.nan, np.nan
            )
        impulse = self.problem.X.T @ pushes / 2
        before = x if found is None else last
        with np.errstate(divide="ignore", invalid="ignore"):
            sums = np.stack(
                [
                    free(x_0, x_0, impulse, run.mu) - _AT_THE_END(x_k, x_b, run.mu)
                    for free, x_0, x_k, x_b in zip(
                        _NO_EXCESS, (run.u, run.v), x, before, strict=True
                    )
                ]
            )
        if np.isfinite(sums).all():
            log_xi, linear = exact_scale_and_term(Start(run.u, run.v), sums, run.mu)
        else:  # a wild run in which a neuron became exactly zero: the theorem says nothing of it
            log_xi, linear = np.full((2, d), np.nan)
        theta = x[0] ** 2 - x[1] ** 2 if found is None else found.theta
        bound = found.bound if found else 0.0 if status == "converged" else np.nan
        path = squares / (4 * run.eta)
        return End(
            index,
            status,
            steps,
            theta,
            x[0],
            x[1],
            last,
            log_xi,
            linear,
            sums,
            path,
            residual,
            bound,
        )

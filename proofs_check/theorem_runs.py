"""Runs on which the exact theorem is put to the test, to many digits.

Every method comes in four kinds: with and without neurons that change sign, from rest and with an
initial velocity. Data, starts and coefficients are rational; which seed and step size give a run of
the wanted kind is searched, smallest seed first.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import mpmath
import numpy as np

from numeric.compiled import mpmath_function
from numeric.convergence import largest_curvature, linear_limit
from numeric.datasets import RationalProblem, rational_problem
from numeric.exact_limit import ARGUMENTS
from numeric.iterates import NeuronGradient, stacked
from numeric.precise_runs import PreciseRun, precise_run
from numeric.problems import Start
from symbolic.console import UserError
from symbolic.two_step import TwoStepMethod, two_step_update

SAMPLES, FEATURES = 2, 3
#: Minibatch sequences by name, as rows of the two samples; a sequence is repeated.
SEQUENCES: dict[str, Sequence[Sequence[int]]] = {
    "random": [(int(row),) for row in np.random.default_rng(0).integers(SAMPLES, size=997)],
    "alternating": [(0,), (1,)],
    "the same sample until late": [(0,)] * 150 + [(1,), (0,)] * 1000,
}
#: (name, mu, kappa, minibatches or None): the methods in print, stochastic ones, three others.
METHODS: tuple[tuple[str, Fraction, Fraction, str | None], ...] = (
    ("GD", Fraction(0), Fraction(0), None),
    ("SGD", Fraction(0), Fraction(0), "random"),
    ("HB", Fraction(7, 10), Fraction(0), None),
    ("NAG", Fraction(7, 10), Fraction(7, 10), None),
    ("SHB", Fraction(3, 5), Fraction(0), "random"),
    ("SNAG", Fraction(3, 5), Fraction(3, 5), "alternating"),
    ("kappa < 0", Fraction(3, 5), Fraction(-3, 10), "the same sample until late"),
    ("kappa > mu", Fraction(2, 5), Fraction(4, 5), None),
    ("mu = 0, look-ahead", Fraction(0), Fraction(1, 2), "alternating"),
)
#: Steps that a run may take.
MOST_STEPS = 1200
#: Step sizes tried, as shares of the linear limit at the start: large ones first where no sign
#: may change (short runs), small ones first where some must.
SHARES = tuple(Fraction(k, 8) for k in (6, 4, 3, 2))
SHARES_TO_CROSS = tuple(Fraction(k, 8) for k in (4, 6, 8, 10, 12))


@dataclass(frozen=True, eq=False)
class TheoremRun:
    """One run with what it is.

    Parameters
    ----------
    label
        Method and kind.
    run
        All iterates.
    problem
        Data and start.
    rows
        Rows of every step's minibatch, repeated; None for all rows.
    """

    label: str
    run: PreciseRun
    problem: RationalProblem
    rows: Sequence[Sequence[int]] | None


@lru_cache(maxsize=64)
def find_run(
    name: str, mu: Fraction, kappa: Fraction, batches: str | None, crosses: bool, moving: bool
) -> TheoremRun:
    """Return the first run of this kind.

    Raises
    ------
    UserError
        If no seed and step size that are tried give one.
    """
    method = TwoStepMethod(name, mu, kappa)
    rows = None if batches is None else SEQUENCES[batches]
    for seed, share in itertools.product(range(40), SHARES_TO_CROSS if crosses else SHARES):
        data = rational_problem(SAMPLES, FEATURES, seed=seed)
        before = before_start(data) if moving else None
        eta = _rate(data, mu, kappa, share)
        if _looks_right(data, method, eta, rows, before, crosses):
            try:
                run = precise_run(
                    data.X,
                    data.y,
                    data.u,
                    data.v,
                    method,
                    eta,
                    before=before,
                    rows=rows,
                    max_steps=MOST_STEPS,
                )
            except UserError:
                continue
            if (run.sign_changes > 0) == crosses:
                kind = "with sign changes" if crosses else "without sign changes"
                return TheoremRun(f"{name}, {kind}{', moving start' * moving}", run, data, rows)
    raise UserError(
        expected=f"a run of {name} that converges{' after sign changes' * crosses}",
        received="none among the seeds and step sizes tried",
        remedy="try more of them",
    )


def kinds() -> Iterator[tuple[Any, bool, bool]]:
    """Yield (method, crosses, moving) of every run: each method in all its kinds.

    Without momentum and look-ahead a velocity has no effect, so plain gradient descent has two.
    """
    for method, crosses, moving in itertools.product(METHODS, (False, True), (False, True)):
        if not moving or method[1] or method[2]:
            yield method, crosses, moving


def theorem_runs() -> Iterator[TheoremRun]:
    """Yield the runs of every method of `METHODS`, in all kinds."""
    for method, crosses, moving in kinds():
        yield find_run(*method, crosses, moving)


def before_start(data: RationalProblem) -> tuple[Any, Any]:
    """Return x_{-1} that differs from x_0 by eighths of it, in every direction."""
    eighths = np.array([Fraction(k, 8) for k in (1, -2, 1, 2, -1, 1)], dtype=object)
    return data.u * (1 + eighths[:FEATURES]), data.v * (1 + eighths[FEATURES:])


def _rate(data: RationalProblem, mu: Fraction, kappa: Fraction, share: Fraction) -> Fraction:
    """Return a rational learning rate near ``share`` of the linear limit at the start."""
    start = Start(data.u, data.v)
    # Where the loss curves down, at the start, the curvature of the squares stands for it.
    curvature = max(largest_curvature(data.problem, start.u, start.v), 1.0)
    limit = min(linear_limit(float(mu), float(kappa), curvature), 4.0)
    return Fraction(limit * float(share)).limit_denominator(1000)


def _looks_right(
    data: RationalProblem,
    method: TwoStepMethod,
    eta: Fraction,
    rows: Sequence[Sequence[int]] | None,
    before: tuple[Any, Any] | None,
    crosses: bool,
) -> bool:
    """Return whether a run in double precision shrinks to 1e-12 in time, with signs as wanted."""
    X, y = data.X.astype(float), data.y.astype(float)
    full, part = NeuronGradient(X, y), NeuronGradient(X, y)
    x = stacked(data.u.astype(float), data.v.astype(float))
    last = x if before is None else stacked(*(b.astype(float) for b in before))
    first, changed, most = np.abs(x).max(), False, MOST_STEPS // 3
    for k in range(most):
        if rows is not None:
            chosen = list(rows[k % len(rows)])
            part.X, part.y = X[chosen], y[chosen]
        after = two_step_update(
            x, last, part, mu=float(method.mu), kappa=float(method.kappa), eta=float(eta)
        )
        changed |= bool((np.sign(after) != np.sign(x)).any())
        last, x = x, after
        if not np.abs(x).max() < 1e3 * first or (changed and not crosses):
            return False
        if np.abs(x - last).max() < 1e-12 and np.abs(full.residual(x)).max() < 1e-12:
            return changed == crosses
    return False


# --- How far a run is from a statement ------------------------------------------------------------


@dataclass(frozen=True)
class Gaps:
    """How far a statement misses one run.

    Parameters
    ----------
    scale
        Largest |xi_inf/predicted - 1|.
    stationarity
        Largest entry of the part of grad Q_{xi_inf}(theta_inf) + R that is not in the row space of
        X, over max(1, |grad Q|).
    """

    scale: Any
    stationarity: Any


def gaps(run: PreciseRun, sums: Any, log_scale: Any, linear: Any) -> Gaps:
    """Return how far the run is from ln xi_inf = ``log_scale`` and the linear term ``linear``.

    Both are expressions in the neurons at the start and before it, the sums S_u, S_v and mu, like
    `symbolic.discrete_theorem.log_scale` and `linear_term`.
    """
    stated_scale, stated_term = (mpmath_function(ARGUMENTS, e) for e in (log_scale, linear))
    with mpmath.workdps(run.digits):
        start, before, end = run.path[1], run.path[0], run.path[-1]
        d = end.shape[1]
        given = [(*start[:, j], *before[:, j], *sums[:, j], run.mu) for j in range(d)]
        logs = [[mpmath.log(abs(a)) for a in row] for row in end]
        scale = [logs[0][j] + logs[1][j] - stated_scale(*given[j]) for j in range(d)]
        gradient = [(logs[0][j] - logs[1][j]) / 4 for j in range(d)]
        rest = [gradient[j] + stated_term(*given[j]) for j in range(d)]
        outside = _out_of_row_space(run.X, rest)
        size = max(mpmath.mpf(1), *(abs(g) for g in gradient))
        return Gaps(
            max(abs(mpmath.expm1(gap)) for gap in scale),
            max(abs(entry) for entry in outside) / size,
        )


def _out_of_row_space(X: Any, vector: Sequence[Any]) -> list[Any]:
    """Return vector - X^T (X X^T)^{-1} X vector, to the working precision."""
    rows = mpmath.matrix(X.tolist())
    column = mpmath.matrix(list(vector))
    inside = rows.T * mpmath.lu_solve(rows * rows.T, rows * column)
    return list(column - inside)

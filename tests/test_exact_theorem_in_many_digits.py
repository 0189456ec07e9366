"""Where a run converges, the exact theorem holds to 1e-40 in 60-digit arithmetic."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import mpmath
import pytest
from hypothesis import assume, given, reject
from hypothesis import strategies as st

from numeric.precise_runs import PreciseRun, precise_run
from proofs_check.strategies import rational_problems
from proofs_check.theorem_runs import METHODS, find_run, gaps, kinds
from symbolic import discrete_theorem as theorem
from symbolic.console import UserError
from symbolic.two_step import TwoStepMethod

BOUND = mpmath.mpf(10) ** -40
KINDS = list(kinds())


def largest_gap(run: PreciseRun) -> Any:
    found = gaps(run, run.sums(), theorem.log_scale(), theorem.linear_term())
    return max(found.scale, found.stationarity)


@pytest.mark.parametrize(
    ("method", "crosses", "moving"),
    KINDS,
    ids=[f"{m[0]}{', crossing' * c}{', moving' * v}" for m, c, v in KINDS],
)
def test_every_method(method: Any, crosses: bool, moving: bool) -> None:
    found = find_run(*method, crosses, moving)
    assert (found.run.sign_changes > 0) == crosses
    assert found.run.moves == moving
    assert largest_gap(found.run) <= BOUND


@st.composite
def runs(draw: st.DrawFn) -> PreciseRun:
    """Any data, start, method and minibatch sequence; runs that do not converge are dropped."""
    data = draw(rational_problems(most_extra=1))
    mu = draw(st.fractions(0, Fraction(7, 10), max_denominator=10))
    kappa = draw(st.fractions(Fraction(-1, 2), 1, max_denominator=10))
    n = data.X.shape[0]
    rows = draw(
        st.none()
        | st.lists(st.integers(0, n - 1).map(lambda row: [row]), min_size=1, max_size=6).map(
            lambda some: [*some, *[[row] for row in range(n)]]
        )
    )
    size = sum(float(x) ** 2 for x in data.X.flat)
    # Up to the step sizes at which runs on these data begin to blow up.
    eta = draw(st.fractions(Fraction(1, 100), Fraction(1, 3), max_denominator=100)) / int(size + 1)
    shift = draw(st.sampled_from([None, Fraction(1, 4), Fraction(-1, 4)]))
    before = None if shift is None else (data.u * (1 + shift), data.v * (1 - shift))
    method = TwoStepMethod("any", mu, kappa)
    try:
        run = precise_run(
            data.X, data.y, data.u, data.v, method, eta, before=before, rows=rows, max_steps=900
        )
    except UserError:
        run = None
    assume(run is not None)
    assert run is not None
    return run


@given(runs())
def test_whatever_converges(run: PreciseRun) -> None:
    try:
        gap = largest_gap(run)
    except (ValueError, ZeroDivisionError):
        # An iterate, a look-ahead point or a drift at exactly zero: outside the theorem.
        reject()
    assert gap <= BOUND


def test_a_wrong_statement_is_seen() -> None:
    run = find_run(*METHODS[3], False, False).run
    wrong = theorem.log_scale().subs(theorem.SUM_V, -theorem.SUM_V)
    found = gaps(run, run.sums(), wrong, theorem.linear_term())
    assert found.scale > mpmath.mpf(10) ** -6


def test_run_that_does_not_arrive_is_refused() -> None:
    found = find_run(*METHODS[0], False, False)
    data = found.problem
    with pytest.raises(UserError, match="smaller learning rate"):
        precise_run(
            data.X, data.y, data.u, data.v, TwoStepMethod("gd", 0, 0), Fraction(1, 100), max_steps=5
        )

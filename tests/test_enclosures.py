"""Enclosed runs and limits hold the runs that they are of, or are refused."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp
from flint import arb, ctx
from hypothesis import assume, given
from hypothesis import strategies as st

from numeric.balls import (
    bits_of,
    distance,
    overlapping,
)
from numeric.compiled import ball_function
from numeric.datasets import RationalProblem, rational_problem
from numeric.enclosed_limit import EnclosedLimit, enclosed_limit, limit_to_digits
from numeric.enclosed_predictions import exact_prediction, log_scale_of, theorem_3_prediction
from numeric.enclosed_run import EnclosedRun, enclosed_run
from numeric.polish import ball
from numeric.precise_runs import precise_run
from proofs_check.strategies import rational_problems
from symbolic.console import UserError
from symbolic.discrete_theorem import (
    NEXT,
    NOW,
    PREVIOUS,
    SUM_U,
    SUM_V,
    excess,
    linear_term,
    log_scale,
)
from symbolic.excess_bound import MOVE_AFTER, MOVE_BEFORE, SIZE, excess_slopes
from symbolic.symbols import KAPPA, MU
from symbolic.two_step import TwoStepMethod

DIGITS = 20
#: What mpmath computes with: its own error is far below every radius asked about.
REFERENCE_DIGITS = 120
HEAVY_BALL = TwoStepMethod("hb", Fraction(1, 2), Fraction(0))


def _holds(enclosure: Any, value: Any, error: Any) -> bool:
    """Whether a ball and the interval value +- error have a number in common."""
    with ctx.workprec(bits_of(2 * REFERENCE_DIGITS)):
        return bool(enclosure.overlaps(ball(value) + arb(0, ball(error))))


def _step(data: RationalProblem, share: Fraction) -> Fraction:
    """Return a step that is small beside the curvature that the data can have."""
    size = sum(float(x) ** 2 for x in data.X.flat)
    return share / (int(4 * size) + 1)


@st.composite
def runs(draw: st.DrawFn, goal: int = DIGITS) -> tuple[RationalProblem, Any, EnclosedRun]:
    """Draw data, a method with (mu, kappa), a step, perhaps a velocity; slow runs are dropped."""
    data = draw(rational_problems(most_extra=2, columns=("plain", "duplicated")))
    mu = draw(st.fractions(0, Fraction(7, 10), max_denominator=10))
    kappa = draw(st.fractions(Fraction(-1, 2), 1, max_denominator=10))
    eta = _step(data, draw(st.fractions(Fraction(1, 2), 2, max_denominator=8)))
    before = (data.u * Fraction(7, 8), data.v) if draw(st.booleans()) else None
    given_ = {"method": TwoStepMethod("any", mu, kappa), "eta": eta, "before": before}
    try:
        run = enclosed_run(data.X, data.y, data.u, data.v, **given_, goal=goal, max_steps=600)
    except UserError:
        run = None
    assume(run is not None)
    assert run is not None
    return data, given_, run


def _limit(run: EnclosedRun) -> EnclosedLimit:
    try:
        limit = enclosed_limit(run)
    except UserError:
        limit = None
    assume(limit is not None)
    assert limit is not None
    return limit


@given(runs())
def test_an_enclosed_run_holds_the_run_to_many_digits(drawn: Any) -> None:
    data, given_, run = drawn
    reference = precise_run(
        data.X, data.y, data.u, data.v, **given_, digits=REFERENCE_DIGITS, goal=DIGITS // 2
    )
    error = mpmath.mpf(10) ** -(REFERENCE_DIGITS // 2)
    for enclosed, precise in zip(run.path, reference.path, strict=False):
        assert all(_holds(b, p, error) for b, p in zip(enclosed.flat, precise.flat, strict=True))


@given(runs(goal=DIGITS // 2))
def test_the_tail_bounds_what_running_on_adds(drawn: Any) -> None:
    data, given_, run = drawn
    early = _limit(run)
    longer = enclosed_run(data.X, data.y, data.u, data.v, **given_, goal=2 * DIGITS)
    late = enclosed_limit(longer)
    assert longer.steps > run.steps
    # The later limit is so much narrower that to overlap is to lie inside.
    for field in ("neurons", "theta", "sums", "squares"):
        assert overlapping(getattr(early, field).flat, getattr(late, field).flat), field
    with ctx.workprec(longer.kept_bits):
        for x in longer.path[run.steps + 1 :]:
            moved = [abs(a - b) for a, b in zip(x.flat, run.path[-1].flat, strict=True)]
            assert all(m.abs_lower() <= early.travel for m in moved)


@given(runs())
def test_both_sides_of_the_exact_theorem_overlap(drawn: Any) -> None:
    _, _, run = drawn
    limit = _limit(run)
    right = exact_prediction(run, limit)
    assert overlapping(log_scale_of(limit, run.kept_bits), right.log_scale)
    assert overlapping(limit.theta, right.projection.theta)


@pytest.fixture(scope="module")
def run() -> EnclosedRun:
    data = rational_problem(2, 4, seed=1)
    return enclosed_run(data.X, data.y, data.u, data.v, HEAVY_BALL, Fraction(1, 40), goal=DIGITS)


@pytest.mark.parametrize(
    "changed",
    [
        {"term": linear_term().subs(SUM_U, -SUM_U)},
        {"term": -linear_term()},
        {"scale": log_scale().subs(SUM_V, -SUM_V)},
    ],
    ids=["sign of S_u in R", "sign of R", "sign of S_v in xi"],
)
def test_a_wrong_sign_makes_disjoint_balls(run: EnclosedRun, changed: Any) -> None:
    limit = enclosed_limit(run)
    assert overlapping(limit.theta, exact_prediction(run, limit).projection.theta)
    wrong = exact_prediction(run, limit, **changed)
    assert not overlapping(limit.theta, wrong.projection.theta)
    assert distance(limit.theta, wrong.projection.theta, run.kept_bits) > 0


def test_a_wrong_excess_makes_disjoint_balls(run: EnclosedRun) -> None:
    limit = enclosed_limit(run, density=excess() * sp.Rational(101, 100))
    right = exact_prediction(run, limit)
    assert not overlapping(log_scale_of(limit, run.kept_bits), right.log_scale)


def test_printed_theorem_3_is_separated_and_the_corrected_one_close(run: EnclosedRun) -> None:
    limit = enclosed_limit(run)
    printed, corrected = (
        distance(limit.theta, theorem_3_prediction(run, limit, printed=p).theta, run.kept_bits)
        for p in (True, False)
    )
    assert printed > corrected


def test_precision_is_found_by_running() -> None:
    data = rational_problem(2, 4, seed=1)
    run = enclosed_run(data.X, data.y, data.u, data.v, HEAVY_BALL, Fraction(1, 400), goal=DIGITS)
    assert run.attempts > 1
    assert enclosed_limit(run).radius_digits < -DIGITS / 2


@pytest.mark.parametrize("digits", [5, 50, 100])
def test_a_limit_is_known_to_the_digits_wanted(digits: int) -> None:
    data = rational_problem(2, 4, seed=1)
    given_ = (data.X, data.y, data.u, data.v, HEAVY_BALL, Fraction(1, 40))
    _, limit = limit_to_digits(*given_, digits=digits)
    with ctx.workprec(53):
        assert all(entry.rad() <= arb(10) ** -digits for entry in limit.theta)


def test_a_divergent_step_is_refused() -> None:
    data = rational_problem(2, 4, seed=1)
    with pytest.raises(UserError, match="smaller learning rate"):
        enclosed_run(data.X, data.y, data.u, data.v, HEAVY_BALL, Fraction(3), goal=DIGITS)


def test_too_few_steps_are_refused() -> None:
    data = rational_problem(2, 4, seed=1)
    with pytest.raises(UserError, match="more steps"):
        enclosed_run(data.X, data.y, data.u, data.v, HEAVY_BALL, Fraction(1, 100), max_steps=40)


def test_a_run_that_has_not_come_far_has_no_proved_limit() -> None:
    data = rational_problem(2, 4, seed=1)
    early = enclosed_run(data.X, data.y, data.u, data.v, HEAVY_BALL, Fraction(1, 40), goal=1)
    with pytest.raises(UserError, match="more digits"):
        enclosed_limit(early)


def test_dependent_rows_have_no_proved_limit() -> None:
    X = np.array([[Fraction(1), Fraction(1)], [Fraction(1), Fraction(1)]], dtype=object)
    start = np.array([Fraction(1), Fraction(2)], dtype=object)
    twice = enclosed_run(X, X @ start, start, start, HEAVY_BALL, Fraction(1, 40), goal=DIGITS)
    with pytest.raises(UserError, match="rows are independent"):
        enclosed_limit(twice)


@given(
    st.tuples(*(st.fractions(-1, 1, max_denominator=9),) * 2),
    st.fractions(Fraction(1, 1000), Fraction(1, 20), max_denominator=1000),
    st.fractions(0, Fraction(9, 10), max_denominator=10),
    st.fractions(Fraction(-1, 2), 1, max_denominator=10),
)
def test_the_excess_is_at_most_its_bound(
    moves: Any, size: Fraction, mu: Fraction, kappa: Fraction
) -> None:
    a, b = moves
    values = {NOW: 1, SIZE: size, MOVE_BEFORE: a, MOVE_AFTER: b, MU: mu, KAPPA: kappa}
    values = {symbol: sp.Rational(value) for symbol, value in values.items()}
    terms = [(c.subs(values), z.subs(values)) for c, z in excess_slopes()]
    assume(all(abs(size * slope) <= Fraction(1, 2) for _, slope in terms))
    bound = sum(abs(c) * (size * slope) ** 2 for c, slope in terms)
    with ctx.workprec(200):
        compiled = ball_function((PREVIOUS, NOW, NEXT, MU, KAPPA), excess())
        three = (ball(1 - size * a), ball(1), ball(1 + size * b))
        value = compiled(*three, ball(mu), ball(kappa))
        assert value.abs_lower() <= ball(Fraction(int(bound.p), int(bound.q)))

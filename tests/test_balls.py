"""Balls hold what they enclose: compiled formulas, decimal bounds, entropy projections."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import mpmath
import pytest
import sympy as sp
from flint import arb, ctx
from hypothesis import given
from hypothesis import strategies as st

from numeric.balls import (
    balls,
    bits_of,
    lower_text,
    matrix,
    overlapping,
    positive_definite,
    upper_text,
    widened,
)
from numeric.compiled import ball_function, mpmath_function
from numeric.datasets import RationalProblem
from numeric.enclosed_predictions import gradient_flow_prediction
from numeric.enclosed_projection import enclosed_projection
from numeric.iterates import numbers_of
from numeric.polish import ball, precise_number, precise_projection
from proofs_check.strategies import rational_problems
from symbolic.console import UserError
from symbolic.entropy import HyperbolicEntropy
from symbolic.symbols import THETA, XI

#: What mpmath computes with: its own error is far below every radius asked about.
REFERENCE_DIGITS = 120


def _holds(enclosure: Any, value: Any, error: Any) -> bool:
    """Whether a ball and the interval value +- error have a number in common."""
    with ctx.workprec(bits_of(2 * REFERENCE_DIGITS)):
        return bool(enclosure.overlaps(ball(value) + arb(0, ball(error))))


@given(st.fractions(), st.integers(1, 6))
def test_decimal_bounds_bound(value: Fraction, digits: int) -> None:
    with ctx.workprec(200):
        enclosure = ball(value)
    lower, upper = (Fraction(t(enclosure, digits)) for t in (lower_text, upper_text))
    assert lower <= abs(value) <= upper
    # Besides the rounding of the digits there is that of the bounds to the working precision.
    assert upper - lower <= abs(value) * (Fraction(1, 10 ** (digits - 1)) + Fraction(1, 2**20))


@given(st.fractions(), st.integers(1, 50))
def test_a_number_becomes_a_ball_and_comes_back(value: Fraction, digits: int) -> None:
    with mpmath.workdps(digits):
        number = numbers_of(value)
        with ctx.workprec(4 * digits + 40):
            assert precise_number(ball(number)) == number


ENTROPY = HyperbolicEntropy()


@given(st.fractions(-50, 50), st.fractions(Fraction(1, 1000), 50))
@pytest.mark.parametrize("formula", [ENTROPY.gradient, ENTROPY.value, ENTROPY.hessian])
def test_compiled_balls_hold_the_value(formula: Any, theta: Fraction, xi: Fraction) -> None:
    with ctx.workprec(200):
        enclosure = ball_function((THETA, XI), formula)(ball(theta), ball(xi))
    with mpmath.workdps(REFERENCE_DIGITS):
        value = mpmath_function((THETA, XI), formula)(numbers_of(theta), numbers_of(xi))
        assert _holds(enclosure, value, mpmath.mpf(10) ** (10 - REFERENCE_DIGITS))


def test_rationals_of_a_formula_stay_exact() -> None:
    with ctx.workprec(300):
        third = ball_function((), sp.Rational(1, 3))()
        assert third.contains(arb(1) / 3)
        assert third.rad() < arb(2) ** -290
        assert ball_function((THETA,), 0)(third).is_zero()


@pytest.mark.parametrize("formula", [sp.Float("0.5") * THETA, sp.erf(THETA), XI])
def test_formulas_without_balls_are_refused(formula: Any) -> None:
    with pytest.raises(ValueError, match=r"floats|no erf|free symbols"):
        ball_function((THETA,), formula)


def test_definiteness_is_proved_only_where_it_holds() -> None:
    assert positive_definite(matrix(balls([[2, 1], [1, 1]])))
    assert not positive_definite(matrix(balls([[1, 1], [1, 1]])))
    assert not positive_definite(matrix(balls([[1, 2], [2, 1]])))
    assert not positive_definite(matrix(widened(balls([[2, 1], [1, 1]]), arb(1))))


@st.composite
def projections(draw: st.DrawFn) -> tuple[RationalProblem, Any, Any]:
    """Draw data, a scale and a linear term, all rational."""
    data = draw(rational_problems(most_samples=3))
    d = data.X.shape[1]
    scales = st.fractions(Fraction(1, 1000), 10, max_denominator=1000)
    terms = st.fractions(-1, 1, max_denominator=100)
    xi, linear = (draw(st.lists(each, min_size=d, max_size=d)) for each in (scales, terms))
    return data, xi, linear


@given(projections())
def test_an_enclosed_projection_holds_the_polished_one(drawn: Any) -> None:
    data, xi, linear = drawn
    enclosed = enclosed_projection(data.X, data.y, xi, linear, digits=30)
    precise = precise_projection(data.X, data.y, xi, linear, digits=REFERENCE_DIGITS)
    error = mpmath.mpf(10) ** (-(REFERENCE_DIGITS // 2))
    pairs = zip(enclosed.theta, precise.theta, strict=True)
    assert all(_holds(t, p, error) for t, p in pairs)
    assert enclosed.radius_digits < -20


@given(projections(), st.integers(6, 20))
def test_wider_inputs_hold_the_minimisers_of_all_their_numbers(drawn: Any, digits: int) -> None:
    data, xi, linear = drawn
    width = arb(10) ** -digits
    with ctx.workprec(200):
        wide = enclosed_projection(
            data.X, data.y, widened(balls(xi), width / 10**4), widened(balls(linear), width)
        )
        corner = enclosed_projection(
            data.X,
            data.y,
            [x + width / 10**4 for x in balls(xi)],
            [r - width for r in balls(linear)],
        )
    assert overlapping(wide.theta, corner.theta)
    assert wide.radius_digits > corner.radius_digits


@given(rational_problems(), st.booleans())
def test_gradient_flow_ends_where_its_logarithms_say(data: RationalProblem, printed: bool) -> None:
    found = gradient_flow_prediction(data.X, data.y, data.u, data.v, printed=printed)
    with ctx.workprec(200):
        X, y, u, v = (balls(part) for part in (data.X, data.y, data.u, data.v))
        gradient = ball_function((THETA, XI), ENTROPY.gradient)
        # Flow moves ln|u/v| along the rows of X and keeps u v; in print the start is turned.
        sign = -1 if printed else 1
        start = [sign * (abs(a).log() - abs(b).log()) / 4 for a, b in zip(u, v, strict=True)]
        scale = abs(u * v)
        end = [gradient(t, xi) for t, xi in zip(found.theta, scale, strict=True)]
        moved = [a - b for a, b in zip(end, start, strict=True)]
        assert overlapping(moved, X.T @ found.dual)
        assert overlapping(X @ found.theta, y)


def test_scales_around_zero_and_dependent_rows_are_refused() -> None:
    with pytest.raises(UserError, match="positive"):
        enclosed_projection([[1, 1]], [1], widened(balls([1, 1]), arb(1)), [0, 0])
    with pytest.raises(UserError, match="rows"):
        enclosed_projection([[1, 1], [1, 1]], [1, 1], [1, 1], [0, 0])

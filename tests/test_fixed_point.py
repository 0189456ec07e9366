"""Training on scaled integers: the same run as on mpmath numbers, to all digits asked for."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numeric.datasets import rational_problem
from numeric.fixed_point import FixedPointTraining, fixed_point_run
from numeric.iterates import NeuronGradient, generic_iterates, numbers_of, stacked
from symbolic.console import UserError
from symbolic.two_step import TwoStepMethod

METHODS = [(Fraction(0), Fraction(0)), (Fraction(1, 2), Fraction(0)), (Fraction(1, 2),) * 2]


@given(seed=st.integers(0, 20), which=st.sampled_from(METHODS), digits=st.sampled_from([30, 50]))
def test_meets_mpmath_step_by_step(seed: int, which, digits: int) -> None:
    data, method, eta = (
        rational_problem(2, 4, seed=seed),
        TwoStepMethod("own", *which),
        Fraction(1, 97),
    )
    run = FixedPointTraining(data.X, data.y, data.u, data.v, method, eta, digits)
    run.advance(25)
    found = run.result()
    with mpmath.workdps(digits + 10):
        gradient = NeuronGradient(numbers_of(data.X), numbers_of(data.y))
        as_numbers = TwoStepMethod("own", numbers_of(method.mu), numbers_of(method.kappa))
        x0 = stacked(numbers_of(data.u), numbers_of(data.v))
        other = generic_iterates(gradient, x0, as_numbers, numbers_of(eta), 25)[-1]
        size = 1 + max(abs(each) for each in other.ravel())
        gap = max(abs(a - b) for a, b in zip(found.neurons.ravel(), other.ravel(), strict=True))
        assert gap < size * mpmath.mpf(10) ** -digits


def test_trains_to_fifty_digits() -> None:
    data = rational_problem(3, 6, seed=1)
    method = TwoStepMethod("hb", Fraction(1, 2), Fraction(0))
    found = fixed_point_run(data.X, data.y, data.u, data.v, method, Fraction(1, 60))
    with mpmath.workdps(60):
        left = data.X @ found.theta - data.y
        assert max(abs(each) for each in left) < mpmath.mpf(10) ** -49


def test_precision_does_not_leak() -> None:
    before = mpmath.mp.prec
    data = rational_problem(2, 3, seed=0)
    method = TwoStepMethod("gd", Fraction(0), Fraction(0))
    fixed_point_run(data.X, data.y, data.u, data.v, method, Fraction(1, 60), digits=80)
    assert mpmath.mp.prec == before


def test_a_run_that_blows_up_is_named() -> None:
    data = rational_problem(2, 3, seed=0)
    method = TwoStepMethod("hb", Fraction(9, 10), Fraction(0))
    with pytest.raises(UserError, match="stays bounded"):
        fixed_point_run(data.X, data.y, data.u, data.v, method, Fraction(2))


def test_a_run_that_needs_longer_says_so() -> None:
    data = rational_problem(2, 3, seed=0)
    method = TwoStepMethod("gd", Fraction(0), Fraction(0))
    with pytest.raises(UserError, match="within 100 steps"):
        fixed_point_run(data.X, data.y, data.u, data.v, method, Fraction(1, 1000), max_steps=100)

"""The dictionary between the two papers: every entry is exact, and wrong ones are not."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from numeric.compiled import inertia, numpy_function
from symbolic import concordance
from symbolic.concordance import matched_lambda, printed_lambda
from symbolic.console import UserError
from symbolic.symbols import ALPHA, ETA, KAPPA, MU


@pytest.mark.parametrize("name", concordance.RESIDUALS)
def test_entry_is_exact(name: str) -> None:
    assert concordance.RESIDUALS[name]() == 0


@pytest.mark.parametrize("factor", [-1, 0, sp.Rational(1, 2), sp.Rational(21, 20)])
@pytest.mark.parametrize("sign", [1, -1])
def test_no_other_inertia_maps_one_flow_to_the_other(factor: sp.Expr, sign: int) -> None:
    assert concordance.flow_residual(sign, factor * 2 * ALPHA / (1 - MU)) != 0


momenta = st.fractions(0, Fraction(19, 20), max_denominator=20)
rates = st.fractions(Fraction(1, 1000), 1, max_denominator=1000)


def rational(value: Fraction) -> sp.Expr:
    return sp.Rational(value.numerator, value.denominator)


@given(momenta, rates)
def test_printed_inertia_is_the_step_over_the_square(mu: Fraction, eta: Fraction) -> None:
    # independent transcription, gamma = 2 eta: gamma/(1 - beta)^2
    assert printed_lambda(rational(mu), rational(eta)) == rational(2 * eta / (1 - mu) ** 2)


@given(momenta, st.fractions(-1, 2, max_denominator=20), rates)
def test_matched_inertia_is_twice_alpha_over_the_gap(
    mu: Fraction, kappa: Fraction, eta: Fraction
) -> None:
    alpha = eta * ((1 + mu) / 2 - kappa * (1 - mu)) / (1 - mu)
    found = matched_lambda(rational(mu), rational(kappa), rational(eta))
    assert found == rational(2 * alpha / (1 - mu))


@given(momenta, rates)
def test_both_compile_to_numbers(mu: Fraction, eta: Fraction) -> None:
    printed = numpy_function((MU, ETA), printed_lambda())
    matched = numpy_function((MU, KAPPA, ETA), matched_lambda())
    at = float(mu), float(eta)
    heavy_ball = matched(at[0], 0.0, at[1])
    assert np.isclose(heavy_ball, printed(*at) * (1 + at[0]) / 2, rtol=1e-14)
    assert np.isclose(heavy_ball, 2 * inertia(at[0], 0.0, at[1]) / (1 - at[0]), rtol=1e-14)


def test_matched_inertia_vanishes_where_there_is_no_second_order_flow() -> None:
    # kappa = (1 + mu)/(2 (1 - mu)), where alpha = 0
    mu = sp.Rational(1, 3)
    assert matched_lambda(mu, (1 + mu) / (2 * (1 - mu)), ETA) == 0


def test_binary_floats_are_refused() -> None:
    with pytest.raises(UserError):
        printed_lambda(0.9)

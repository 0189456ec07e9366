"""The hyperbolic entropy: identities exactly, limits with their bounds, wrong values found out."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from numeric.compiled import mpmath_function, numpy_function
from numeric.projection import entropy_projection, entropy_value
from proofs_check.l1_departure import departure_from_l1
from symbolic.entropy import (
    DELTA,
    DUAL,
    RATIO,
    THETA_OTHER,
    VALUE,
    HyperbolicEntropy,
    kernel_expansion,
    psi,
    rich_expansion,
)
from symbolic.entropy_identities import (
    DEGREE,
    DEGREE_VERTEX,
    IDENTITIES,
    SHARE,
    change_of_departure,
    degree_slope_sign,
    homogeneity_residual,
    in_log_ratio,
    kernel_expansion_residuals,
    rich_expansion_residuals,
)
from symbolic.mutation import mutations
from symbolic.symbols import THETA, XI

Q = HyperbolicEntropy()
scales = st.fractions("1/1000000", 1000, max_denominator=10**6)
coordinates = st.fractions(-50, 50, max_denominator=1000)


def transcribed(theta: Any, xi: Any) -> Any:
    """The printed formula, typed a second time."""
    root = mpmath.sqrt(4 * xi**2 + theta**2)
    return (theta * mpmath.asinh(theta / (2 * xi)) - root + 2 * xi) / 4


def mpf(fraction: Any) -> Any:
    return mpmath.mpf(fraction.numerator) / fraction.denominator


@pytest.mark.parametrize("name", IDENTITIES)
def test_identity_is_exactly_zero(name: str) -> None:
    assert IDENTITIES[name]() == 0


def test_expansions_start_from_the_value() -> None:
    assert kernel_expansion_residuals() == (0, 0, 0)
    assert rich_expansion_residuals() == (0, 0, 0)
    assert Q.kernel_limit == THETA**2 / (16 * XI)


def test_entropy_is_homogeneous_and_its_degree_falls() -> None:
    residual, slope = degree_slope_sign()
    assert residual == 0
    assert slope.is_negative
    assert homogeneity_residual() == 0


def test_change_of_the_departure_agrees_with_differences() -> None:
    xi = np.array([0.2, 0.05, 0.4])
    flattest = entropy_projection(np.ones((1, 3)), np.ones(1), xi).theta
    values = entropy_value(flattest, xi)
    degree = numpy_function((THETA, XI), Q.elasticity)
    symbols = (SHARE, DEGREE, DEGREE_VERTEX)
    term = numpy_function(symbols, change_of_departure(sp.Integer(1), sp.Integer(1)))
    change = np.sum(term(values / values.sum(), degree(flattest, xi), degree(1.0, xi.min())))
    step = 1e-4
    logs = [np.log(departure_from_l1(xi * np.exp(sign * step))) for sign in (1, -1)]
    # Off by step^2/6 times a third derivative (60 of them are allowed) and by rounding/step, 1e-12.
    assert abs((logs[0] - logs[1]) / (2 * step) - change) < 1e-7
    assert change > 0


def test_every_wrong_value_has_another_gradient_or_start() -> None:
    # A constant cannot be seen in the gradient; Q(0) = 0 sees it.
    wrong = mutations(VALUE)
    assert len(wrong) > 10
    for name, value in wrong:
        gradient = in_log_ratio(sp.diff(value, THETA) - sp.asinh(THETA / (2 * XI)) / 4)
        assert gradient != 0 or value.subs(THETA, 0) != 0, name


@given(theta=coordinates, xi=scales)
def test_value_agrees_with_its_transcription(theta: Any, xi: Any) -> None:
    with mpmath.workdps(50):
        value = mpmath_function((THETA, XI), Q.value)(mpf(theta), mpf(xi))
        assert abs(value - transcribed(mpf(theta), mpf(xi))) <= mpmath.mpf(10) ** -44


@given(theta=coordinates, xi=scales)
def test_derivatives_agree_with_numerical_ones(theta: Any, xi: Any) -> None:
    with mpmath.workdps(50):
        t, s = mpf(theta), mpf(xi)
        gradient = mpmath_function((THETA, XI), Q.gradient)(t, s)
        by_scale = mpmath_function((THETA, XI), Q.scale_derivative)(t, s)
        # Central differences: error of the order step^2 times a third derivative, here < xi^-3.
        step = s * mpmath.mpf(10) ** -15
        bound = mpmath.mpf(10) ** -20 * (1 + abs(t / s)) ** 3
        numerical = (transcribed(t + step, s) - transcribed(t - step, s)) / (2 * step)
        assert abs(gradient - numerical) <= bound
        numerical = (transcribed(t, s + step) - transcribed(t, s - step)) / (2 * step)
        assert abs(by_scale - numerical) <= bound
        assert by_scale <= 0


@given(theta=coordinates, xi=scales)
def test_kernel_limit_is_off_by_at_most_the_next_term(theta: Any, xi: Any) -> None:
    with mpmath.workdps(80):
        t, s = mpf(theta), mpf(xi)
        limit = mpmath_function((THETA, XI), Q.kernel_limit)(t, s)
        remainder = mpmath_function((THETA, XI), Q.kernel_remainder)(t, s)
        missing = limit - transcribed(t, s)
        noise = mpmath.mpf(10) ** -70
        assert -noise <= missing <= -remainder + noise


def test_kernel_expansion_has_its_order() -> None:
    with mpmath.workdps(60):
        for terms in (1, 2, 3):
            function = mpmath_function((THETA, XI), kernel_expansion(terms))
            errors = [abs(function(1, s) - transcribed(mpmath.mpf(1), s)) for s in (100, 200)]
            order = mpmath.log(errors[0] / errors[1], 2)
            # The next power of 1/xi, off by O(1/xi^2).
            assert abs(order - (2 * terms + 1)) < 1e-3


def test_rich_expansion_has_its_order() -> None:
    with mpmath.workdps(60):
        for terms in (2, 3):
            function = mpmath_function((THETA, XI), rich_expansion(terms))
            scales = (mpmath.mpf("1e-4"), mpmath.mpf("5e-5"))
            errors = [abs(function(2, s) - transcribed(mpmath.mpf(2), s)) for s in scales]
            assert abs(mpmath.log(errors[0] / errors[1], 2) - 2 * terms) < 1e-3


def test_rich_limit_needs_its_divisor_and_is_slow() -> None:
    with mpmath.workdps(60):
        unit = mpmath_function((XI,), Q.rich_unit)
        remainder = mpmath_function((THETA,), Q.rich_remainder)
        for theta in (mpmath.mpf(-3), mpmath.mpf("0.01")):
            for exponent in (20, 40):
                xi = mpmath.mpf(10) ** -exponent
                value = transcribed(theta, xi)
                quotient = value / unit(xi)
                # After the two terms only xi/2 is left.
                assert abs(quotient - abs(theta) - remainder(theta) / unit(xi)) <= xi
        assert transcribed(mpmath.mpf(1), mpmath.mpf(10) ** -40) > 20


@given(xi=scales, theta=coordinates.filter(bool))
def test_smaller_scale_is_closer_to_the_absolute_value(xi: Any, theta: Any) -> None:
    with mpmath.workdps(60):
        normalised = mpmath_function((THETA, XI), Q.normalised)
        elasticity = mpmath_function((THETA, XI), Q.elasticity)
        t, s = mpf(theta), mpf(xi)
        distances = [abs(normalised(t, x) - abs(t)) for x in (s, s / 2)]
        assert distances[1] <= distances[0] + mpmath.mpf(10) ** -40
        assert 1 < elasticity(t, s / 2) < elasticity(t, s) <= 2


def test_neuron_ratio_form_agrees_with_the_dual_form() -> None:
    theta, slope = Q.in_ratio
    by_dual = {RATIO: sp.exp(4 * DUAL)}
    assert sp.expand((theta.subs(by_dual) - Q.inverse_gradient).rewrite(sp.exp)) == 0
    assert sp.expand((slope.subs(by_dual) - Q.inverse_gradient_slope).rewrite(sp.exp)) == 0


def test_divergence_vanishes_on_the_diagonal_only() -> None:
    assert sp.expand(Q.divergence.subs(THETA_OTHER, THETA)) == 0
    divergence = numpy_function((THETA, THETA_OTHER, XI), Q.divergence)
    assert float(divergence(1.0, 2.0, 0.1)) > 0
    assert float(divergence(1.0, -2.0, 3.0)) > 0


def test_other_symbols_and_notebook_form() -> None:
    at = HyperbolicEntropy(sp.Integer(3), sp.Integer(2))
    assert at.value == (3 * sp.asinh(sp.Rational(3, 4)) - 5 + 4) / 4
    assert at.hessian == sp.Rational(1, 20)
    assert HyperbolicEntropy()._repr_latex_().startswith("$")
    assert psi(sp.Integer(0), DELTA) == 0

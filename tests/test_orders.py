"""Orders are accepted where a series has them and refused where the data cannot tell."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numeric.orders import (
    ABSENT,
    NotAsymptotic,
    fit_error_expansion,
    geometric_steps,
    log_log_slope,
    measure_order,
    small_parameter,
)
from numeric.problems import Problem
from symbolic.console import UserError

STEPS = geometric_steps(0.02, 8)

coefficients = st.floats(0.2, 5.0).flatmap(lambda c: st.sampled_from([c, -c]))
vectors = st.lists(coefficients, min_size=3, max_size=3).map(np.array)


def series(*terms: object, steps: np.ndarray = STEPS) -> np.ndarray:
    parts = [steps[:, None] ** (q + 1) * np.atleast_1d(c) for q, c in enumerate(terms)]
    return np.sum(np.broadcast_arrays(*parts), axis=0)


@given(c1=vectors, c2=vectors, c3=vectors, c4=vectors, c5=vectors)
def test_second_order_is_recognised(c1, c2, c3, c4, c5) -> None:
    found = measure_order(
        STEPS, series(0 * c1, c2, c3, c4, c5), reference=series(c1, c2, c3), floor=1e-15
    )
    assert found.order == 2
    assert found.ratios[0] <= ABSENT
    assert found.ratios[1] > ABSENT


@given(c1=vectors, c2=vectors, c3=vectors, part=st.sampled_from([0.05, -0.05, 0.2, 1.0]))
def test_five_per_cent_of_the_null_model_is_seen(c1, c2, c3, part) -> None:
    found = measure_order(STEPS, series(part * c1, c2, c3), reference=series(c1, c2, c3))
    assert found.order == 1
    assert found.ratios[0] == pytest.approx(abs(part), rel=1e-6)


@given(c2=vectors, c3=vectors, c4=vectors)
def test_third_order_is_recognised(c2, c3, c4) -> None:
    found = measure_order(STEPS, series(0, 0, c3, c4), reference=series(1, c2, c3))
    assert found.order == 3


@given(c1=vectors, c2=vectors, c3=vectors, c4=vectors)
def test_uncertainty_covers_the_truncation(c1, c2, c3, c4) -> None:
    expansion = fit_error_expansion(STEPS, series(c1, c2, c3, c4), terms=3)
    truth = np.stack([c1, c2, c3])
    wrong = np.linalg.norm(expansion.coefficients - truth, axis=1)
    # One more term represents the series exactly: the estimate is the error itself.
    assert np.all(wrong <= expansion.uncertainties * (1 + 1e-6) + 1e-9)


@given(c1=vectors, c2=vectors, noise=st.integers(0, 2**32 - 1), floor=st.floats(1e-14, 1e-9))
def test_uncertainty_covers_rounding(c1, c2, noise, floor) -> None:
    errors = np.random.default_rng(noise).normal(size=(len(STEPS), 3))
    errors *= floor / np.linalg.norm(errors, axis=1, keepdims=True)
    expansion = fit_error_expansion(STEPS, series(c1, c2) + errors, terms=3, floor=floor)
    truth = np.stack([c1, c2, 0 * c1])
    wrong = np.linalg.norm(expansion.coefficients - truth, axis=1)
    assert np.all(wrong <= expansion.uncertainties + 1e-12 / STEPS[-1])


@given(c2=vectors, noise=st.integers(0, 2**32 - 1))
def test_data_at_the_rounding_floor_are_refused(c2, noise) -> None:
    errors = np.random.default_rng(noise).normal(size=(len(STEPS), 3)) * 1e-12
    with pytest.raises(NotAsymptotic):
        measure_order(STEPS, errors, reference=series(c2), floor=1e-11)


def test_zero_error_is_refused() -> None:
    with pytest.raises(NotAsymptotic):
        measure_order(STEPS, np.zeros((8, 2)), reference=series(np.ones(2)), floor=1e-16)


def test_steps_outside_the_asymptotic_range_are_refused() -> None:
    wide = geometric_steps(8.0, 8)
    with pytest.raises(NotAsymptotic):
        measure_order(wide, np.expm1(wide) - wide, reference=np.expm1(wide))
    with pytest.raises(NotAsymptotic, match="small parameter"):
        measure_order(STEPS, series(0, 1.0), small=0.2)


@given(threshold=st.floats(0.999999, 1.000001))
def test_coefficient_on_the_threshold_is_not_guessed(threshold: float) -> None:
    floor = 1e-12
    errors = series(threshold * ABSENT, 1.0, 1.0)
    with pytest.raises(NotAsymptotic, match="known well enough"):
        measure_order(STEPS, errors, reference=series(1.0, 1.0), floor=floor)


def test_slope_alone_would_accept_a_wrong_coefficient() -> None:
    wide = geometric_steps(0.5, 4)
    errors = series(0.05, 1.0, steps=wide)
    assert log_log_slope(wide, errors) > 1.7
    with pytest.raises(UserError, match="more step sizes"):
        measure_order(wide, errors)


def test_without_null_model_the_whole_error_is_the_reference() -> None:
    assert measure_order(STEPS, series(0, 1.0, 1.0)).order == 2
    assert measure_order(STEPS, series(0.05, 1.0, 1.0)).order == 1


@pytest.mark.parametrize("bad", ["repeated", "negative", "nan", "shape"])
def test_bad_sequences_are_refused(bad: str) -> None:
    steps, errors = STEPS.copy(), series(1.0, 1.0)
    if bad == "repeated":
        steps[0] = steps[1]
    elif bad == "negative":
        steps[0] = -1
    elif bad == "nan":
        errors[0] = np.nan
    else:
        errors = errors[1:]
    with pytest.raises(UserError):
        fit_error_expansion(steps, errors)


def test_small_parameter_is_the_largest_curvature_of_the_neurons() -> None:
    X = np.array([[1.0, 2.0, -1.0], [0.5, 0.0, 3.0]])
    u, v = np.array([0.3, 0.7, 1.1]), np.array([0.2, 0.4, 0.9])
    problem = Problem(X, X @ (u * u - v * v))
    eta, mu = 0.01, 0.9

    def gradient(x: np.ndarray) -> np.ndarray:
        g = X.T @ (X @ (x[:3] ** 2 - x[3:] ** 2) - problem.y) / 2
        return np.concatenate([2 * x[:3] * g, -2 * x[3:] * g])

    x, h = np.concatenate([u, v]), 1e-6
    hessian = np.array([(gradient(x + h * e) - gradient(x - h * e)) / (2 * h) for e in np.eye(6)])
    expected = eta / (1 - mu) ** 2 * np.linalg.eigvalsh((hessian + hessian.T) / 2)[-1]
    # central differences: h^2 times a third derivative, plus rounding eps/h
    assert small_parameter(problem, u, v, eta, mu) == pytest.approx(expected, rel=1e-8)

"""The entropy projection satisfies its optimality conditions, or says why it cannot."""

from __future__ import annotations

import math
import time
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numeric.polish import precise_projection, residuals_to_many_digits
from numeric.projection import TOLERANCE, Projection, entropy_projection
from symbolic.console import UserError

KINDS = ("gaussian", "integer", "correlated", "positive", "scaled")


def gaussian(seed: int, n: int = 40, d: int = 100) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    return X, X[:, :5].sum(axis=1)


def instance(kind: str, seed: int, n: int, d: int) -> tuple[np.ndarray, ...]:
    """X, y, xi, linear of one of the kinds that were found hard."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    if kind == "integer":
        X = rng.integers(-3, 4, size=(n, d)) + np.eye(n, d) * 7.0
    elif kind == "correlated":
        X = rng.normal(size=(n, 2)) @ rng.normal(size=(2, d)) + 10.0 ** -rng.integers(1, 7) * X
    elif kind == "positive":
        X = np.abs(X) + 1
    elif kind == "scaled":
        X = X * 10.0 ** rng.uniform(-4, 4, size=d) * 10.0 ** rng.uniform(-3, 3, size=(n, 1))
    y = X @ (rng.normal(size=d) * (rng.random(d) < 0.4))
    return X, y, 10.0 ** rng.uniform(-12, 3, size=d), rng.choice([0, 0.1, 0.5]) * rng.normal(size=d)


def worst_residual(
    X: np.ndarray, y: np.ndarray, xi: np.ndarray, linear: np.ndarray, found: Projection
) -> float:
    """Both relative residuals, evaluated afresh with 60 digits, at the better multipliers."""
    duals = (found.dual, precise_projection(X, y, xi, linear, dual=found.dual).dual)
    return min(max(residuals_to_many_digits(X, y, xi, linear, found.theta, nu)) for nu in duals)


@pytest.mark.parametrize("xi", [1e3, 1.0, 1e-3, 1e-6, 1e-9, 1e-12])
@pytest.mark.parametrize("bias", [0.0, 0.1, 0.5])
def test_gaussian_data_from_kernel_to_rich(xi: float, bias: float) -> None:
    for seed in range(5):
        X, y = gaussian(seed)
        linear = bias * np.random.default_rng(100 + seed).normal(size=100)
        found = entropy_projection(X, y, xi, linear)
        assert max(found.stationarity, found.feasibility) <= TOLERANCE
        assert not found.polished
        if seed == 0:
            # The row-space part of grad Q + R by an orthonormal basis, a second way to measure.
            basis, _ = np.linalg.qr(X.T)
            gradient = np.arcsinh(found.theta / (2 * xi)) / 4
            off = gradient + linear - basis @ (basis.T @ (gradient + linear))
            assert np.abs(off).max() <= TOLERANCE * max(np.abs(gradient).max(), 1e-300)


def test_gaussian_data_take_a_few_milliseconds() -> None:
    X, y = gaussian(0)
    entropy_projection(X, y, 1.0)
    medians = []
    for xi in (1e3, 1.0, 1e-6, 1e-12):
        times = []
        for seed in range(9):
            X, y = gaussian(seed)
            begin = time.thread_time()
            entropy_projection(X, y, xi)
            times.append(time.thread_time() - begin)
        medians.append(np.median(times))
    assert np.median(medians) <= 5e-3


@given(
    kind=st.sampled_from(KINDS),
    seed=st.integers(0, 10**6),
    n=st.integers(1, 6),
    extra=st.integers(1, 12),
)
def test_hard_data_are_solved_too(kind: str, seed: int, n: int, extra: int) -> None:
    X, y, xi, linear = instance(kind, seed, n, n + extra)
    found = entropy_projection(X, y, xi, linear)
    assert worst_residual(X, y, xi, linear, found) <= TOLERANCE


def test_correlated_rows_are_polished() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1, 12)) + 1e-9 * rng.normal(size=(4, 12))
    y = X @ np.arange(12.0)
    xi, linear = np.full(12, 1e-6), np.zeros(12)
    found = entropy_projection(X, y, xi, linear)
    assert found.polished
    assert worst_residual(X, y, xi, linear, found) <= TOLERANCE


def test_contradictory_rows_are_refused() -> None:
    X = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0]])
    with pytest.raises(UserError, match=r"depend on (each other|others)"):
        entropy_projection(X, np.array([1.0, 3.0]), 0.1)


def test_redundant_rows_are_solved_or_refused() -> None:
    X = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [1.0, 0.0, 0.1]])
    y = np.array([1.0, 2.0, 0.5])
    try:
        found = entropy_projection(X, y, 0.1)
    except UserError:
        return
    alone = entropy_projection(X[[0, 2]], y[[0, 2]], 0.1)
    np.testing.assert_allclose(found.theta, alone.theta, rtol=1e-12)


def test_one_equation_of_equal_coefficients_splits_evenly() -> None:
    found = entropy_projection([[1.0, 1.0]], [3.0], 0.01)
    np.testing.assert_allclose(found.theta, [1.5, 1.5], rtol=1e-14)


def test_one_equation_in_closed_form() -> None:
    # X = (1, 2): theta = 2 xi (sinh s, sinh 2s); with sinh s = 3/4: cosh s = 5/4, sinh 2s = 15/8.
    xi = 0.125
    found = entropy_projection([[1.0, 2.0]], [2 * xi * (0.75 + 2 * 1.875)], xi)
    np.testing.assert_allclose(found.theta, [2 * xi * 0.75, 2 * xi * 1.875], rtol=1e-14)
    assert math.isclose(4 * found.dual[0], math.log(2), rel_tol=1e-13)


def test_start_that_already_interpolates_is_kept() -> None:
    X, y = gaussian(3, 4, 9)
    theta = np.linalg.lstsq(X, y)[0]
    xi = np.linspace(0.01, 2.0, 9)
    found = entropy_projection(X, y, xi, -np.arcsinh(theta / (2 * xi)) / 4)
    np.testing.assert_allclose(found.theta, theta, rtol=1e-12, atol=1e-13)


def test_coordinate_that_must_be_zero_from_a_biased_start() -> None:
    # The second row asks for theta_2 = 0 exactly, whose relative feasibility has no scale.
    size = 5.397079350473559
    X = size * np.array([[-3.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    found = entropy_projection(X, size * np.array([0.25, 0.0]), 2.0, np.full(3, 0.17))
    assert abs(found.theta[1]) <= np.finfo(float).eps * 2.0
    assert found.feasibility <= TOLERANCE


def test_zero_target_gives_zero() -> None:
    X, _ = gaussian(1, 3, 7)
    found = entropy_projection(X, np.zeros(3), 1e-6)
    assert not found.theta.any()


@given(seed=st.integers(0, 10**6), xi=st.sampled_from([1e-9, 1e-3, 1.0, 100.0]))
def test_symmetries(seed: int, xi: float) -> None:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(4, 9))
    y = X @ rng.normal(size=9)
    scale = xi * np.exp(rng.normal(size=9))
    linear = 0.2 * rng.normal(size=9)
    theta = entropy_projection(X, y, scale, linear).theta
    # How far a relative residual of TOLERANCE can move theta: condition of X and of the Hessian.
    spread = np.sqrt(theta**2 + 4 * scale**2)
    reach = np.linalg.cond(X * spread) ** 2 * max(1.0, np.abs(np.log(scale)).max())
    close = {"rtol": 0, "atol": 1e-15 * reach * np.abs(theta).max()}
    order, rows, signs = rng.permutation(9), rng.permutation(4), rng.choice([-1.0, 1.0], 9)
    permuted = entropy_projection(X[:, order], y, scale[order], linear[order]).theta
    np.testing.assert_allclose(permuted, theta[order], **close)
    np.testing.assert_allclose(
        entropy_projection(X[rows], y[rows], scale, linear).theta, theta, **close
    )
    flipped = entropy_projection(X * signs, y, scale, linear * signs).theta
    np.testing.assert_allclose(flipped, theta * signs, **close)
    factors = np.array([1.0, -3.0, 0.1, 20.0])
    rescaled = entropy_projection(X * factors[:, None], y * factors, scale, linear).theta
    np.testing.assert_allclose(rescaled, theta, **close)
    # Q_{c xi}(c theta) = c Q_xi(theta)
    bigger = entropy_projection(X, 7 * y, 7 * scale, linear).theta
    np.testing.assert_allclose(bigger, 7 * theta, rtol=0, atol=7 * close["atol"])


def test_row_space_part_of_the_linear_term_is_immaterial() -> None:
    X, y = gaussian(5, 4, 9)
    linear = 0.3 * np.random.default_rng(6).normal(size=9)
    theta = entropy_projection(X, y, 0.01, linear).theta
    shifted = entropy_projection(X, y, 0.01, linear + X.T @ [0.1, -0.2, 0.05, 0.3]).theta
    np.testing.assert_allclose(shifted, theta, rtol=0, atol=1e-12 * np.abs(theta).max())


def test_more_digits_agree_with_fewer_and_with_double_precision() -> None:
    X, y = gaussian(7, 5, 12)
    linear = 0.1 * np.random.default_rng(8).normal(size=12)
    for xi in (100.0, 1e-3, 1e-12):
        fewer = precise_projection(X, y, xi, linear, digits=60)
        more = precise_projection(X, y, xi, linear, digits=120)
        with mpmath.workdps(120):
            distance = max(abs(a - b) for a, b in zip(fewer.theta, more.theta, strict=True))
            size = max(abs(t) for t in more.theta)
            assert distance <= mpmath.mpf(10) ** -50 * size
        double = entropy_projection(X, y, xi, linear).theta
        np.testing.assert_allclose(
            double, more.theta.astype(float), rtol=0, atol=1e-12 * float(size)
        )


def test_exact_rationals_are_taken_exactly() -> None:
    third = Fraction(1, 3)
    found = precise_projection([[third, third]], [1], Fraction(1, 7), digits=60)
    with mpmath.workdps(60):
        assert abs(found.theta[0] - mpmath.mpf(3) / 2) <= mpmath.mpf(10) ** -55


def test_huge_linear_term_is_solved_or_refused() -> None:
    # sinh(4 z) at the start z = -R overflows in double precision.
    X, y = gaussian(9, 2, 4)
    linear = np.array([0.0, 400.0, 0.0, 0.0])
    try:
        found = entropy_projection(X, y, 1.0, linear)
    except UserError:
        return
    assert found.polished
    assert worst_residual(X, y, np.ones(4), linear, found) <= TOLERANCE


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (([[1.0, math.nan]], [1.0], 0.1), "finite numbers in X"),
        (([[1.0, 2.0]], [math.inf], 0.1), "finite numbers in y"),
        (([[1.0, 2.0]], [1.0], 0.0), "positive scales"),
        (([[1.0, 2.0]], [1.0], [0.1, -1.0]), "positive scales"),
        (([[1.0, 2.0]], [1.0], [0.1, 0.1, 0.1]), "xi of shape"),
        (([[1.0, 2.0]], [1.0], 0.1, [1.0]), "linear of shape"),
        (([[1.0, 2.0]], [1.0], 0.1, [1.0, math.nan]), "finite numbers in linear"),
        (([[1.0], [2.0]], [1.0, 2.0], 0.1), "n <= d"),
        (([1.0, 2.0], [1.0], 0.1), "shape"),
        (([[0.0, 0.0]], [0.0], 0.1), "row of zeros"),
    ],
)
def test_bad_input_is_refused(arguments: tuple[Any, ...], complaint: str) -> None:
    with pytest.raises(UserError, match=complaint):
        entropy_projection(*arguments)

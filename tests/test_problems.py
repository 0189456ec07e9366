"""Problems and starts are valid from the moment they exist."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from numeric.datasets import diabetes, diabetes_arrays, gaussian, rational_problem, small_problem
from numeric.problems import Problem, Start
from symbolic.console import UserError

X = np.array([[1.0, 2.0, 3.0, 0.0], [0.0, 1.0, -1.0, 2.0]])
Y = np.array([1.0, -1.0])


def test_a_problem_keeps_its_own_read_only_copy() -> None:
    mine = X.copy()
    problem = Problem(mine, Y)
    mine[0, 0] = 99.0
    assert problem.X[0, 0] == 1.0
    assert (problem.n, problem.d) == (2, 4)
    with pytest.raises(ValueError, match="read-only"):
        problem.X[0, 0] = 0.0


def _with(array: np.ndarray, place: tuple[int, ...], value: float) -> np.ndarray:
    out = array.copy()
    out[place] = value
    return out


@pytest.mark.parametrize(
    ("X_bad", "y_bad", "says"),
    [
        (_with(X, (1, 2), np.nan), Y, r"finite numbers in X; received nan at \(2, 3\)"),
        (_with(X, (0, 0), np.inf), Y, "finite numbers in X; received inf"),
        (X, _with(Y, (1,), np.nan), r"finite numbers in y; received nan at \(2\)"),
        (X[0], Y, r"X of shape \(n, d\)"),
        (X, Y[:, None], r"y of shape \(n,\)"),
        (X, Y[:1], r"y of shape \(2,\)"),
        (X.T, np.zeros(4), "fewer independent samples"),
        (np.eye(3), np.ones(3), "fewer independent samples"),
        (np.zeros((0, 3)), np.zeros(0), "at least one row"),
        (X.astype(complex), Y, "real numbers in X"),
        (np.array([["a", "b", "c"]]), Y[:1], "real numbers in X"),
    ],
)
def test_bad_data_are_refused(X_bad: np.ndarray, y_bad: np.ndarray, says: str) -> None:
    for build in (Problem, Problem.from_data):
        with pytest.raises(UserError, match=says):
            build(X_bad, y_bad)


def test_redundant_rows_that_agree_are_dropped_with_a_notice() -> None:
    rows = np.vstack([X, X[0] - 2 * X[1], 3 * X[1], np.zeros(4)])
    targets = np.array([*Y, Y[0] - 2 * Y[1], 3 * Y[1], 0.0])
    problem = Problem.from_data(rows, targets)
    np.testing.assert_array_equal(problem.X, X)
    assert "rows 3, 4, 5" in problem.notices[0]
    with pytest.raises(UserError, match="rows 3, 4, 5 depending"):
        Problem(rows, targets)


@pytest.mark.parametrize("extra", [X[0] - 2 * X[1], np.zeros(4)])
def test_contradictory_rows_are_named(extra: np.ndarray) -> None:
    rows = np.vstack([X[:1], extra, X[1:]])
    targets = np.array([Y[0], 7.0, Y[1]])
    with pytest.raises(UserError, match=r"column space of X; received row [23],"):
        Problem.from_data(rows, targets)


@pytest.mark.parametrize("scale", [1e-150, 1e-20, 1.0, 1e20, 1e150])
def test_dependence_does_not_depend_on_scale(scale: float) -> None:
    assert Problem.from_data(scale * X, scale * Y).n == 2
    rows = scale * np.vstack([X, X[0] + X[1]])
    problem = Problem.from_data(rows, scale * np.array([*Y, Y.sum()]))
    assert problem.n == 2


def test_theta_star_must_fit() -> None:
    with pytest.raises(UserError, match=r"theta_star of shape \(4,\)"):
        Problem(X, Y, np.ones(3))


def test_out_of_row_space_splits_orthogonally() -> None:
    problem = Problem(X, Y)
    vectors = np.random.default_rng(0).standard_normal((5, 4))
    out = problem.out_of_row_space(vectors)
    # Rounding of a projection twice applied: a few eps of |x| |v|.
    bound = 16 * np.finfo(float).eps * np.linalg.norm(X) * np.linalg.norm(vectors)
    assert np.abs(out @ X.T).max() <= bound
    inside = vectors - out
    rest = inside - np.linalg.lstsq(X.T, inside.T, rcond=None)[0].T @ X
    assert np.abs(rest).max() <= bound
    assert np.abs(out).max() > 0.1


def test_starts() -> None:
    start = Start.scaled(3, 0.2, 0.5)
    np.testing.assert_allclose(start.u, 0.1)
    np.testing.assert_allclose(start.v, 0.4)
    np.testing.assert_allclose(start.xi, 0.04)
    np.testing.assert_allclose(start.theta, 0.01 - 0.16)
    assert not start.balanced
    assert Start.scaled(3, 0.2).balanced
    np.testing.assert_allclose(Start(np.array([-1.0]), np.array([2.0])).xi, 2.0)


@pytest.mark.parametrize(
    ("u", "v", "says"),
    [
        ([1.0, 0.0], [1.0, 1.0], "u with a zero at position 2"),
        ([1.0, 1.0], [-0.0, 1.0], "v with a zero at position 1"),
        ([1.0, np.nan], [1.0, 1.0], "finite numbers in u"),
        ([1.0], [1.0, 1.0], "v of shape"),
        ([[1.0]], [[1.0]], "u of shape"),
        ([1e-200], [1e-200], "ordinary float64"),
    ],
)
def test_bad_starts_are_refused(u: list[float], v: list[float], says: str) -> None:
    with pytest.raises(UserError, match=says):
        Start(np.array(u), np.array(v))


@pytest.mark.parametrize(("scale", "bias"), [(0.0, 1.0), (-1.0, 1.0), (np.nan, 1.0), (1.0, 0.0)])
def test_bad_scales_are_refused(scale: float, bias: float) -> None:
    with pytest.raises(UserError, match="positive finite initial"):
        Start.scaled(3, scale, bias)


def test_gaussian_scales_data_and_targets_alike() -> None:
    one = gaussian(4, 9, 3, mean=1.0, seed=5)
    small = gaussian(4, 9, 3, mean=1.0, scale=0.5, seed=5)
    np.testing.assert_array_equal(small.X, 0.5 * one.X)
    np.testing.assert_allclose(small.y, 0.5 * one.y, rtol=1e-15)
    assert one.theta_star is not None
    assert sorted(np.abs(one.theta_star)) == [0.0] * 6 + [1.0] * 3
    np.testing.assert_array_equal(one.y, one.X @ one.theta_star)


@pytest.mark.parametrize("shape", [(0, 5, 1), (5, 5, 1), (3, 5, 0), (3, 5, 6)])
def test_gaussian_refuses_bad_shapes(shape: tuple[int, int, int]) -> None:
    with pytest.raises(UserError, match="1 <= n < d"):
        gaussian(*shape)


@pytest.mark.parametrize("seed", range(5))
def test_small_problems_are_conditioned_as_asked(seed: int) -> None:
    values = np.linalg.svd(small_problem(3, 6, seed, conditioning=4.0).X, compute_uv=False)
    np.testing.assert_allclose(values, [4.0, 2.0, 1.0], rtol=1e-13)


@pytest.mark.parametrize("seed", range(20))
def test_rational_problems_are_exact_and_of_full_rank(seed: int) -> None:
    exact = rational_problem(2, 4, seed)
    assert all(isinstance(entry, Fraction) for entry in exact.X.ravel())
    assert (exact.X @ exact.theta_star == exact.y).all()
    np.testing.assert_array_equal(exact.problem.X, exact.X.astype(float))
    assert np.linalg.matrix_rank(exact.problem.X) == 2


def test_centred_real_data_lose_the_redundant_row() -> None:
    raw, target = diabetes_arrays(rows=12)
    assert raw.shape == (12, 65)
    np.testing.assert_allclose(raw.mean(axis=0), 0.0, atol=1e-14)
    np.testing.assert_allclose(target.std(), 1.0, rtol=1e-14)
    problem = diabetes(rows=12)
    assert (problem.n, problem.d) == (11, 65)
    assert "row 12" in problem.notices[0]
    with pytest.raises(UserError, match="rows of the diabetes data"):
        diabetes(rows=1)

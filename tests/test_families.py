"""Families of data have the laws that their descriptions state, and are drawn again to the bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numeric.cells import Cell
from numeric.families import CORRELATION, FAMILIES, FREEDOM, MEAN, TRUTHS, Data
from symbolic.console import UserError

ARTIFICIAL = sorted(FAMILIES.keys() - {"diabetes"})
DRAWS = 400, 50
#: Standard errors that a mean of many draws stays within, but for odds of 1 in 10^9.
ERRORS = 6


def features(family: str) -> np.ndarray:
    return FAMILIES[family].draw(np.random.default_rng(3), *DRAWS)


@pytest.mark.parametrize("family", ARTIFICIAL)
def test_features_have_the_stated_mean(family: str) -> None:
    # Rows are independent: each row's mean is one draw, whatever the columns share.
    means = features(family).mean(axis=1)
    error = means.std(ddof=1) / np.sqrt(len(means))
    assert FAMILIES[family].centred == (abs(means.mean()) < ERRORS * error)
    if family == "uncentred":
        assert abs(means.mean() - MEAN) < ERRORS * error


@pytest.mark.parametrize("family", ["gaussian", "uncentred", "correlated", "student"])
def test_features_have_variance_one(family: str) -> None:
    squares = ((features(family) - (MEAN if family == "uncentred" else 0)) ** 2).mean(axis=1)
    assert abs(squares.mean() - 1) < ERRORS * squares.std(ddof=1) / np.sqrt(len(squares))


@pytest.mark.parametrize("distance", [1, 2, 3])
def test_correlation_falls_with_distance(distance: int) -> None:
    X = features("correlated")
    products = (X[:, distance:] * X[:, :-distance]).mean(axis=1)
    error = products.std(ddof=1) / np.sqrt(len(products))
    assert abs(products.mean() - CORRELATION**distance) < ERRORS * error


def test_student_has_heavier_tails_than_gaussian() -> None:
    # The fourth moment of Student's law is 3 (nu-2)/(nu-4) of variance 1; of the normal law 3.
    assert 3 * (FREEDOM - 2) / (FREEDOM - 4) > 3
    assert (features("student") ** 4).mean() > (features("gaussian") ** 4).mean()


@given(
    family=st.sampled_from(ARTIFICIAL),
    truth=st.sampled_from(sorted(TRUTHS)),
    seed=st.integers(0, 10**6),
    scale=st.sampled_from([0.5, 1.0, 2.0]),
    s=st.integers(1, 6),
)
def test_problem_is_consistent_and_drawn_again_to_the_bit(
    family: str, truth: str, seed: int, scale: float, s: int
) -> None:
    data = Data(family, truth, 8, 20, s, scale, seed)
    problem, again = data.problem(), data.problem()
    assert problem.X.tobytes() == again.X.tobytes()
    star = problem.theta_star
    assert star is not None
    assert np.count_nonzero(star) == s
    assert np.array_equal(problem.X @ star, problem.y)
    # Powers of two: multiplying by them is exact.
    whole = Data(family, truth, 8, 20, s, 1.0, seed).problem()
    assert np.array_equal(problem.X, scale * whole.X)
    if truth == "equal-signs":
        assert (star >= 0).all()


def test_real_features_are_drawn() -> None:
    problem = Data("diabetes", n=20, d=40).problem()
    assert problem.d == 40
    with pytest.raises(UserError, match="features of the diabetes data"):
        Data("diabetes", n=40, d=100).problem()


@pytest.mark.parametrize(
    "fields",
    [
        {"family": "cauchy"},
        {"truth": "ones"},
        {"n": 10, "d": 10},
        {"s": 0},
        {"scale": -1.0},
        {"scale": float("nan")},
        {"seed": -1},
    ],
)
def test_impossible_data_are_refused(fields: dict[str, object]) -> None:
    with pytest.raises(UserError):
        Data(**fields)


def test_equal_cells_have_equal_keys() -> None:
    one = Cell(Data(scale=1, seed=np.int64(2)), 0, 0, np.float64(1), 1, accuracy=0.25)
    other = Cell(Data(scale=1.0, seed=2), 0.0, 0.0, 1.0, 1.0, accuracy=np.float64(0.25))
    assert one == other
    assert one.key == other.key
    assert one.key != Cell(Data(scale=1.0, seed=2), 0.0, 0.0, 1.0, 1.0, accuracy=None).key


@pytest.mark.parametrize(
    "fields",
    [
        {"mu": 1.0},
        {"eta": 0.0},
        {"eta": float("inf")},
        {"init_scale": -1.0},
        {"bias": 0.0},
        {"batch": 41},
        {"batch": 0},
        {"accuracy": 0.0},
        {"max_steps": 0},
        {"seed": -1},
    ],
)
def test_impossible_cells_are_refused(fields: dict[str, float]) -> None:
    with pytest.raises(UserError):
        Cell(**{"data": Data(), "mu": 0.0, "kappa": 0.0, "eta": 0.1, "init_scale": 1.0, **fields})

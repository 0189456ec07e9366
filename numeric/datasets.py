"""Data to run on: the setting of Lyu et al., small problems, exact problems, real data."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from numeric.iterates import mapped
from numeric.problems import Array, Problem
from symbolic.console import UserError


def gaussian(
    n: int, d: int, s: int, mean: float = 0.0, scale: float = 1.0, seed: int = 0
) -> Problem:
    """Return X = scale * N(mean, 1) of shape (n, d) and y = X theta_star, s entries of it +-1.

    ``scale`` multiplies X and y, as epsilon does in Lyu et al., section 3.2 (there n = 40,
    d = 100, s = 5; the values of the nonzero entries are not stated there).

    Raises
    ------
    UserError
        Unless 1 <= n < d and 1 <= s <= d, mean is finite and scale is positive.
    """
    if not (1 <= n < d and 1 <= s <= d):
        raise UserError(
            expected="n,d,s with 1 <= n < d and 1 <= s <= d",
            received=f"{n},{d},{s}",
            remedy="for instance 40,100,5",
        )
    if not (np.isfinite(mean) and np.isfinite(scale) and scale > 0):
        raise UserError(
            expected="a finite mean and a positive scale",
            received=f"mean {mean}, scale {scale}",
            remedy="for instance mean 0 and scale 1",
        )
    random = np.random.default_rng(_seed(seed))
    X = scale * (mean + random.standard_normal((n, d)))
    theta_star = np.zeros(d)
    theta_star[random.choice(d, size=s, replace=False)] = random.choice([-1.0, 1.0], size=s)
    return Problem(X, X @ theta_star, theta_star, name=f"Gaussian {n}x{d}, {s} nonzero")


def small_problem(n: int = 3, d: int = 5, seed: int = 0, conditioning: float = 2.0) -> Problem:
    """Return a problem whose X has singular values spread over [1, conditioning].

    X = U diag(s) V^T with random orthonormal U (n, n), V (d, n), so that it is well conditioned by
    construction; theta_star is standard normal.
    """
    random = np.random.default_rng(_seed(seed))
    left, _ = np.linalg.qr(random.standard_normal((n, n)))
    right, _ = np.linalg.qr(random.standard_normal((d, n)))
    X = (left * np.geomspace(1.0, conditioning, n)) @ right.T
    theta_star = random.standard_normal(d)
    return Problem(X, X @ theta_star, theta_star, name=f"well conditioned {n}x{d}")


@dataclass(frozen=True)
class RationalProblem:
    """A problem and a start in exact rationals: object arrays of `Fraction`.

    X (n, d), y (n,), theta_star (d,), u and v (d,). X holds integers, so its float64 copy is exact.
    """

    X: Any
    y: Any
    theta_star: Any
    u: Any
    v: Any

    @property
    def problem(self) -> Problem:
        """The float64 copy."""
        return Problem(self.X, self.y, self.theta_star, name="exact rational")


def rational_problem(n: int = 2, d: int = 3, seed: int = 0) -> RationalProblem:
    """Return a small problem over the rationals, of full row rank by construction.

    X is a unit upper triangular block beside random columns, all entries in -2..2; the start has
    entries k/4 with k in 1..8.
    """
    random = np.random.default_rng(_seed(seed))
    X = random.integers(-2, 3, size=(n, d))
    X[:, :n] = np.triu(X[:, :n], 1) + np.eye(n, dtype=int)
    X = X[:, random.permutation(d)]
    theta_star = random.integers(-2, 3, size=d)
    theta_star[0] = 1
    return RationalProblem(
        fractions(X),
        fractions(X @ theta_star),
        fractions(theta_star),
        fractions(random.integers(1, 9, size=d)) / 4,
        fractions(random.integers(1, 9, size=d)) / 4,
    )


def diabetes_arrays(rows: int = 30, degree: int = 2, seed: int = 0) -> tuple[Array, Array]:
    """Return (X, y): polynomial features of ``rows`` patients of the diabetes data, standardised.

    Features and target are centred and divided by their standard deviation over the rows drawn, so
    the rows of X sum to zero and one of them is redundant. Source: Efron, Hastie, Johnstone and
    Tibshirani, "Least angle regression", Ann. Statist. 32 (2004); shipped with scikit-learn.
    """
    from sklearn.datasets import load_diabetes
    from sklearn.preprocessing import PolynomialFeatures

    raw, target = load_diabetes(return_X_y=True)
    if not (2 <= rows <= len(raw)):
        raise UserError(
            expected=f"between 2 and {len(raw)} rows of the diabetes data",
            received=f"{rows}",
            remedy="choose for instance 30",
        )
    if not (1 <= degree <= 4):
        raise UserError(
            expected="a polynomial degree from 1 to 4",
            received=f"{degree}",
            remedy="choose for instance 2",
        )
    chosen = np.sort(np.random.default_rng(_seed(seed)).choice(len(raw), rows, replace=False))
    features = PolynomialFeatures(degree, include_bias=False).fit_transform(raw[chosen])
    features = features[:, np.ptp(features, axis=0) > 0]
    return _standardised(features), _standardised(target[chosen])


def diabetes(rows: int = 30, degree: int = 2, seed: int = 0) -> Problem:
    """Return `diabetes_arrays` as a problem (with 65 features for degree 2 of the 10 measured)."""
    X, y = diabetes_arrays(rows, degree, seed)
    return Problem.from_data(X, y, name=f"diabetes, {rows} patients, degree {degree}")


def _standardised(values: Array) -> Array:
    values = np.asarray(values, dtype=np.float64)
    return (values - values.mean(axis=0)) / values.std(axis=0)


def fractions(values: Any) -> Any:
    """Return integers as an array of `Fraction`."""
    return mapped(lambda value: Fraction(int(value)), values)


def _seed(seed: int) -> int:
    if seed < 0:
        raise UserError(
            expected="a seed that is an integer >= 0", received=f"{seed}", remedy="use 0, 1, 2, ..."
        )
    return seed

"""Families of sparse regression data: laws of the features and of the true predictor.

Every family keeps n, d and the number of nonzero entries of theta_star apart from the law of the
features, so that one experiment can be asked of all of them. y = X theta_star in each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from numeric.datasets import diabetes_arrays
from numeric.problems import Array, Problem
from symbolic.console import UserError

Draw = Callable[[np.random.Generator, int, int], Array]
#: Mean of the uncentred family; its features have variance 1.
MEAN = 1.0
#: Correlation of neighbouring columns of the correlated family.
CORRELATION = 0.8
#: Degrees of freedom of Student's law.
FREEDOM = 5
#: Share of nonzero entries of the binary family.
DENSITY = 0.1


@dataclass(frozen=True)
class Family:
    """A law of the features.

    Parameters
    ----------
    name
        What it is called in tables and on the command line.
    description
        The law in a few words.
    centred
        Whether the features have mean zero.
    draw
        Takes a random generator, n and d; returns X of shape (n, d).
    """

    name: str
    description: str
    centred: bool
    draw: Draw


def _gaussian(random: np.random.Generator, n: int, d: int) -> Array:
    return random.standard_normal((n, d))


def _uncentred(random: np.random.Generator, n: int, d: int) -> Array:
    return MEAN + random.standard_normal((n, d))


def _correlated(random: np.random.Generator, n: int, d: int) -> Array:
    # x_{j+1} = rho x_j + sqrt(1 - rho^2) z_{j+1}: variance 1, correlation rho^|i-j|.
    X = random.standard_normal((n, d))
    for j in range(1, d):
        X[:, j] = CORRELATION * X[:, j - 1] + np.sqrt(1 - CORRELATION**2) * X[:, j]
    return X


def _student(random: np.random.Generator, n: int, d: int) -> Array:
    # Variance of Student's law: freedom/(freedom - 2).
    return random.standard_t(FREEDOM, size=(n, d)) * np.sqrt((FREEDOM - 2) / FREEDOM)


def _binary(random: np.random.Generator, n: int, d: int) -> Array:
    return (random.random((n, d)) < DENSITY) / np.sqrt(DENSITY)


def _diabetes(random: np.random.Generator, n: int, d: int) -> Array:
    X, _ = diabetes_arrays(n, 2, int(random.integers(2**31)))
    if X.shape[1] < d:
        raise UserError(
            expected=f"at most {X.shape[1]} features of the diabetes data",
            received=f"{d}",
            remedy="choose --shape 30,60,5 or the like",
        )
    return X[:, np.sort(random.choice(X.shape[1], size=d, replace=False))]


FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        Family("gaussian", "independent normal features, mean 0, variance 1", True, _gaussian),
        Family("uncentred", "independent normal features, mean 1, variance 1", False, _uncentred),
        Family(
            "correlated",
            f"normal features, mean 0, variance 1, correlation {CORRELATION}^|i-j|",
            True,
            _correlated,
        ),
        Family(
            "student",
            f"independent features of Student's law with {FREEDOM} degrees of freedom, variance 1",
            True,
            _student,
        ),
        Family(
            "binary",
            f"independent entries 1/sqrt({DENSITY}) with probability {DENSITY}, else 0",
            False,
            _binary,
        ),
        Family(
            "diabetes",
            "real: standardised measurements of patients, their squares and products",
            True,
            _diabetes,
        ),
    )
}


def _random_signs(random: np.random.Generator, s: int) -> Array:
    return random.choice([-1.0, 1.0], size=s)


def _equal_signs(random: np.random.Generator, s: int) -> Array:
    return np.ones(s)


def _with_minus(count: int) -> Callable[[np.random.Generator, int], Array]:
    def draw(_: np.random.Generator, s: int) -> Array:
        signs = np.ones(s)
        signs[: min(count, s // 2)] = -1.0
        return signs

    return draw


def _normal(random: np.random.Generator, s: int) -> Array:
    return random.standard_normal(s)


#: Laws of the nonzero entries of theta_star, by name: signs at random, all plus, one or two minus
#: (at most half of them), normal numbers. Samples with mean 1 have the mean target sum(theta_star).
TRUTHS: dict[str, Callable[[np.random.Generator, int], Array]] = {
    "random-signs": _random_signs,
    "equal-signs": _equal_signs,
    "one-minus": _with_minus(1),
    "two-minus": _with_minus(2),
    "normal": _normal,
}


@dataclass(frozen=True)
class Data:
    """Everything that a problem of a family is drawn from.

    Parameters
    ----------
    family, truth
        Names in `FAMILIES` and `TRUTHS`.
    n, d, s
        Samples, features, nonzero entries of theta_star.
    scale
        Multiplies X and y (epsilon in Lyu et al., section 3.2).
    seed
        Which draw.
    """

    family: str = "gaussian"
    truth: str = "random-signs"
    n: int = 40
    d: int = 100
    s: int = 5
    scale: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        # Equal data must have equal keys, whatever kind of number they were given as.
        object.__setattr__(self, "scale", float(self.scale))
        for name in ("n", "d", "s", "seed"):
            object.__setattr__(self, name, int(getattr(self, name)))
        for name, known, value in (
            ("a family of data", FAMILIES, self.family),
            ("a law of theta_star", TRUTHS, self.truth),
        ):
            if value not in known:
                raise UserError(
                    expected=f"{name}: {', '.join(known)}",
                    received=repr(value),
                    remedy="choose one of them",
                )
        if not (1 <= self.n < self.d and 1 <= self.s <= self.d):
            raise UserError(
                expected="n,d,s with 1 <= n < d and 1 <= s <= d",
                received=f"{self.n},{self.d},{self.s}",
                remedy="for instance 40,100,5",
            )
        if not (np.isfinite(self.scale) and self.scale > 0 and self.seed >= 0):
            raise UserError(
                expected="a positive finite scale and a seed >= 0",
                received=f"scale {self.scale}, seed {self.seed}",
                remedy="for instance scale 1 and seed 0",
            )

    def problem(self) -> Problem:
        """Draw the problem; the same one every time.

        Rows that depend on others (a standardised set sums to zero) are dropped with a notice.
        """
        random = np.random.default_rng(self.seed)
        X = self.scale * FAMILIES[self.family].draw(random, self.n, self.d)
        theta_star = np.zeros(self.d)
        values = TRUTHS[self.truth](random, self.s)
        theta_star[random.choice(self.d, size=self.s, replace=False)] = values
        name = f"{self.family} {self.n}x{self.d}, {self.s} nonzero"
        return Problem.from_data(X, X @ theta_star, theta_star, name=name)

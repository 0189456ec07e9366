"""The two objects every run starts from: a regression problem and a start, checked when built."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from numeric.checks import (
    Array,
    checked_data,
    finite_numbers,
    read_only,
    require_fewer_samples,
    row_agrees,
    row_list,
    split_rows,
    wrong_shape,
)
from numeric.compiled import network_functions, numpy_function
from symbolic.console import UserError
from symbolic.networks import SQUARED_DIFFERENCE


@dataclass(frozen=True, eq=False)
class Problem:
    """Regression data with more features than samples and consistent targets.

    Parameters
    ----------
    X
        Samples in rows, shape (n, d) with n < d, full row rank.
    y
        Targets, shape (n,).
    theta_star
        The predictor that generated y, shape (d,), where it is known.
    name
        What to call the data in tables.
    notices
        What was done to the data on the way in, one sentence each.

    Raises
    ------
    UserError
        For entries that are not finite numbers, wrong shapes, n >= d, or dependent rows (build
        from such data with `Problem.from_data`).
    """

    X: Array
    y: Array
    theta_star: Array | None = None
    name: str = ""
    notices: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        X, y = checked_data(self.X, self.y)
        kept, dependent = split_rows(X)
        require_fewer_samples(len(kept), X.shape[1])
        if dependent:
            raise UserError(
                expected="rows of X that do not depend on each other",
                received=f"{row_list(dependent)} depending on the rows before",
                remedy="build it with Problem.from_data, which drops redundant rows that agree",
            )
        star = self.theta_star
        if star is not None:
            star = finite_numbers(star, "theta_star", "(d,)", 1)
            if star.shape != (X.shape[1],):
                raise wrong_shape("theta_star", f"({X.shape[1]},)", star.shape)
            star = read_only(star)
        object.__setattr__(self, "X", read_only(X))
        object.__setattr__(self, "y", read_only(y))
        object.__setattr__(self, "theta_star", star)

    @classmethod
    def from_data(
        cls, X: ArrayLike, y: ArrayLike, theta_star: ArrayLike | None = None, name: str = ""
    ) -> Problem:
        """Return the problem after dropping redundant rows that agree with the others.

        Raises
        ------
        UserError
            As for `Problem`; contradictory rows are named, counted from 1.
        """
        X, y = checked_data(X, y)
        kept, dependent = split_rows(X)
        require_fewer_samples(len(kept), X.shape[1])
        contradictory = [row for row in dependent if not row_agrees(X, y, kept, row)]
        if contradictory:
            raise UserError(
                expected="targets y in the column space of X",
                received=f"{row_list(contradictory)}, whose features depend on the rows before "
                "while the target contradicts them",
                remedy="correct or remove these rows",
            )
        notices = ()
        if dependent:
            notices = (
                f"dropped redundant {row_list(dependent)}: features and target follow from the "
                f"others; the loss is the mean over the {len(kept)} rows kept",
            )
        star = None if theta_star is None else np.asarray(theta_star)
        return cls(X[kept], y[kept], star, name, notices)

    @property
    def n(self) -> int:
        """Number of samples."""
        return self.X.shape[0]

    @property
    def d(self) -> int:
        """Number of features."""
        return self.X.shape[1]

    @cached_property
    def row_space(self) -> Array:
        """An orthonormal basis of the row space of X, shape (d, n)."""
        basis, _ = np.linalg.qr((self.X / np.linalg.norm(self.X, axis=1, keepdims=True)).T)
        return read_only(basis)

    def out_of_row_space(self, vector: ArrayLike) -> Array:
        """Return the component of a (..., d) array that is orthogonal to every row of X."""
        rest = np.asarray(vector, dtype=np.float64)
        # Twice is enough: the second pass removes what rounding left of the first.
        for _ in range(2):
            rest = rest - (rest @ self.row_space) @ self.row_space.T
        return rest


@dataclass(frozen=True, eq=False)
class Start:
    """Where training starts: the neurons u and v of the network theta = u*u - v*v, shape (d,) each.

    Raises
    ------
    UserError
        For entries that are not finite, different shapes, or a neuron at zero (it would stay
        there: the sign of its path and its scale xi = |u v| are not defined).
    """

    u: Array
    v: Array

    def __post_init__(self) -> None:
        u = finite_numbers(self.u, "u", "(d,)", 1)
        v = finite_numbers(self.v, "v", "(d,)", 1)
        if u.shape != v.shape:
            raise wrong_shape("v", str(u.shape), v.shape)
        for name, neuron in (("u", u), ("v", v)):
            if (neuron == 0).any():
                raise UserError(
                    expected="a start without zero entries",
                    received=f"{name} with a zero at position {int(np.argmin(neuron != 0)) + 1}",
                    remedy="start from small non-zero values: a neuron at zero never moves",
                )
        xi = _scale(u, v)
        if not (np.isfinite(xi).all() and (xi >= np.finfo(float).tiny).all()):
            raise UserError(
                expected="a start whose scale |u v| is an ordinary float64 number",
                received=f"|u v| between {xi.min():.3g} and {xi.max():.3g}",
                remedy="choose entries between 1e-150 and 1e150",
            )
        object.__setattr__(self, "u", read_only(u))
        object.__setattr__(self, "v", read_only(v))

    @classmethod
    def scaled(cls, d: int, scale: float, bias: float = 1.0) -> Start:
        """Return u = bias * scale and v = scale / bias in every coordinate (xi = scale^2).

        Source: Lyu et al., sections 3.2 and 3.3 (their c and varphi).
        """
        for name, value in (("scale", scale), ("bias", bias)):
            if not (np.isfinite(value) and value > 0):
                raise UserError(
                    expected=f"a positive finite initial {name}",
                    received=f"{value!r}",
                    remedy="choose for instance 0.1 for the scale and 1 for the bias",
                )
        return cls(np.full(d, scale * bias), np.full(d, scale / bias))

    @property
    def d(self) -> int:
        """Number of coordinates."""
        return self.u.shape[0]

    @property
    def theta(self) -> Array:
        """The predictor at the start, shape (d,)."""
        return network_functions()[0](self.u, self.v)

    @property
    def xi(self) -> Array:
        """The scale |u v| at the start, shape (d,)."""
        return _scale(self.u, self.v)

    @property
    def balanced(self) -> bool:
        """Whether u equals v, an unbiased start in the words of Lyu et al., Definition 2."""
        return bool(np.array_equal(self.u, self.v))

    def require_dimension(self, d: int) -> None:
        """Raise a `UserError` unless the start has ``d`` coordinates."""
        if self.d != d:
            raise wrong_shape("the start (u and v)", f"({d},), one entry a feature", (self.d,))


def scale_of(u: ArrayLike, v: ArrayLike) -> Array:
    """Return xi = |u v| elementwise."""
    return _scale(u, v)


def _scale(u: ArrayLike, v: ArrayLike) -> Array:
    network = SQUARED_DIFFERENCE
    return numpy_function((network.first, network.second), network.scale)(u, v)

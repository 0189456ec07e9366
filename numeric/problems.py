"""The two objects every run starts from: a regression problem and a start, checked when built."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from numeric.compiled import network_functions, numpy_function
from symbolic.console import UserError
from symbolic.networks import SQUARED_DIFFERENCE

Array = NDArray[np.float64]

#: A row whose part outside the earlier rows is this small, relative to itself, depends on them: far
#: above the rounding of centred double-precision data, far below the digits of any real difference.
DEPENDENT_ROW = 1e-10
#: How far, relative to the terms, the target of a dependent row may be from what the others say.
AGREEING_TARGET = 1e-8


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
        X, y = _checked_data(self.X, self.y)
        kept, dependent = split_rows(X)
        _require_fewer_samples(len(kept), X.shape[1])
        if dependent:
            raise UserError(
                expected="rows of X that do not depend on each other",
                received=f"{_rows(dependent)} depending on the rows before",
                remedy="build it with Problem.from_data, which drops redundant rows that agree",
            )
        star = self.theta_star
        if star is not None:
            star = _numbers(star, "theta_star", "(d,)", 1)
            if star.shape != (X.shape[1],):
                raise _wrong_shape("theta_star", f"({X.shape[1]},)", star.shape)
            star = _frozen(star)
        object.__setattr__(self, "X", _frozen(X))
        object.__setattr__(self, "y", _frozen(y))
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
        X, y = _checked_data(X, y)
        kept, dependent = split_rows(X)
        _require_fewer_samples(len(kept), X.shape[1])
        contradictory = [row for row in dependent if not _agrees(X, y, kept, row)]
        if contradictory:
            raise UserError(
                expected="targets y in the column space of X",
                received=f"{_rows(contradictory)}, whose features depend on the rows before "
                "while the target contradicts them",
                remedy="correct or remove these rows",
            )
        notices = ()
        if dependent:
            notices = (
                f"dropped redundant {_rows(dependent)}: features and target follow from the other "
                f"rows; the loss is the mean over the {len(kept)} rows kept",
            )
        return cls(X[kept], y[kept], theta_star, name, notices)

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
        return _frozen(basis)

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
        u = _numbers(self.u, "u", "(d,)", 1)
        v = _numbers(self.v, "v", "(d,)", 1)
        if u.shape != v.shape:
            raise _wrong_shape("v", str(u.shape), v.shape)
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
        object.__setattr__(self, "u", _frozen(u))
        object.__setattr__(self, "v", _frozen(v))

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
            raise _wrong_shape("the start (u and v)", f"({d},), one entry a feature", (self.d,))


def scale_of(u: ArrayLike, v: ArrayLike) -> Array:
    """Return xi = |u v| elementwise."""
    return _scale(u, v)


def _scale(u: ArrayLike, v: ArrayLike) -> Array:
    network = SQUARED_DIFFERENCE
    return numpy_function((network.first, network.second), network.scale)(u, v)


def split_rows(X: Array) -> tuple[list[int], list[int]]:
    """Return (rows kept, rows that depend on kept rows before them), by Gram-Schmidt in order."""
    kept: list[int] = []
    dependent: list[int] = []
    basis = np.empty((min(X.shape), X.shape[1]))
    # Scaled by the largest entry first: squares of large or tiny data must not overflow.
    size = np.abs(X).max(axis=1)
    for row, (x, scale) in enumerate(zip(X, size, strict=True)):
        rest = x / scale if scale else x
        length = np.linalg.norm(rest)
        found = basis[: len(kept)]
        for _ in range(2):
            rest = rest - (found @ rest) @ found
        left = np.linalg.norm(rest)
        if len(kept) < X.shape[1] and left > DEPENDENT_ROW * length:
            basis[len(kept) : len(kept) + 1] = rest / left
            kept.append(row)
        else:
            dependent.append(row)
    return kept, dependent


def _agrees(X: Array, y: Array, kept: list[int], row: int) -> bool:
    # x_row = sum_i c_i x_i asks for y_row = sum_i c_i y_i.
    sizes = np.linalg.norm(X[kept], axis=1)
    coefficients = np.linalg.lstsq((X[kept] / sizes[:, None]).T, X[row], rcond=None)[0] / sizes
    terms = coefficients * y[kept]
    return bool(
        abs(y[row] - terms.sum()) <= AGREEING_TARGET * max(abs(y[row]), np.abs(terms).sum())
    )


def _checked_data(X: Any, y: Any) -> tuple[Array, Array]:
    X = _numbers(X, "X", "(n, d)", 2)
    y = _numbers(y, "y", "(n,)", 1)
    if X.shape[0] == 0 or X.shape[1] == 0:
        raise _wrong_shape("X", "(n, d) with at least one row and column", X.shape)
    if y.shape != X.shape[:1]:
        raise _wrong_shape("y", f"({X.shape[0]},), one target a row of X", y.shape)
    return X, y


def _numbers(value: Any, name: str, shape: str, dimensions: int) -> Array:
    try:
        array = np.asarray(value)
        if array.dtype.kind not in "iuf" and not (array.dtype == object and array.size):
            raise TypeError(f"{array.dtype}")
        array = np.array(array, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise UserError(
            expected=f"real numbers in {name}",
            received=f"{error}",
            remedy="give an array of floats or integers",
        ) from None
    if array.ndim != dimensions:
        raise _wrong_shape(name, shape, array.shape)
    bad = np.argwhere(~np.isfinite(array))
    if len(bad):
        place = ", ".join(str(int(index) + 1) for index in bad[0])
        raise UserError(
            expected=f"finite numbers in {name}",
            received=f"{array[tuple(bad[0])]} at ({place}), {len(bad)} such in all",
            remedy="remove or fill in these entries",
        )
    return array


def _frozen(array: Array) -> Array:
    array = np.ascontiguousarray(array)
    if not array.flags.owndata:
        array = array.copy()
    array.flags.writeable = False
    return array


def _require_fewer_samples(n: int, d: int) -> None:
    if n >= d:
        raise UserError(
            expected="fewer independent samples than features, n < d",
            received=f"{n} independent samples of {d} features",
            remedy="use fewer rows: with n >= d there is only one solution to pick",
        )


def _wrong_shape(name: str, expected: str, received: tuple[int, ...]) -> UserError:
    return UserError(
        expected=f"{name} of shape {expected}",
        received=f"shape {received}",
        remedy="reshape it or check that X and y were not exchanged",
    )


def _rows(rows: list[int]) -> str:
    numbers = ", ".join(str(row + 1) for row in rows[:10])
    more = f" and {len(rows) - 10} more" if len(rows) > 10 else ""
    return f"{'row' if len(rows) == 1 else 'rows'} {numbers}{more}"

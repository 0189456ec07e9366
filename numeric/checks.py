"""What every array that comes in must satisfy, and which rows of data depend on others."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from symbolic.console import UserError

Array = NDArray[np.float64]

#: A row whose part outside the earlier rows is this small, relative to itself, depends on them: far
#: above the rounding of centred double-precision data, far below the digits of any real difference.
DEPENDENT_ROW = 1e-10
#: How far, relative to the terms, the target of a dependent row may be from what the others say.
AGREEING_TARGET = 1e-8


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


def row_agrees(X: Array, y: Array, kept: list[int], row: int) -> bool:
    """Return whether the target of a dependent row is what the kept rows say."""
    # x_row = sum_i c_i x_i asks for y_row = sum_i c_i y_i.
    sizes = np.linalg.norm(X[kept], axis=1)
    coefficients = np.linalg.lstsq((X[kept] / sizes[:, None]).T, X[row], rcond=None)[0] / sizes
    terms = coefficients * y[kept]
    return bool(
        abs(y[row] - terms.sum()) <= AGREEING_TARGET * max(abs(y[row]), np.abs(terms).sum())
    )


def checked_data(X: Any, y: Any) -> tuple[Array, Array]:
    """Return X (n, d) and y (n,) as float64 arrays, or raise a `UserError`."""
    X = finite_numbers(X, "X", "(n, d)", 2)
    y = finite_numbers(y, "y", "(n,)", 1)
    if X.shape[0] == 0 or X.shape[1] == 0:
        raise wrong_shape("X", "(n, d) with at least one row and column", X.shape)
    if y.shape != X.shape[:1]:
        raise wrong_shape("y", f"({X.shape[0]},), one target a row of X", y.shape)
    return X, y


def finite_numbers(value: Any, name: str, shape: str, dimensions: int) -> Array:
    """Return finite float64 numbers in that many dimensions, or raise a `UserError`."""
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
        raise wrong_shape(name, shape, array.shape)
    bad = np.argwhere(~np.isfinite(array))
    if len(bad):
        place = ", ".join(str(int(index) + 1) for index in bad[0])
        raise UserError(
            expected=f"finite numbers in {name}",
            received=f"{array[tuple(bad[0])]} at ({place}), {len(bad)} such in all",
            remedy="remove or fill in these entries",
        )
    return array


def read_only(array: Array) -> Array:
    """Return an array of its own that cannot be written to."""
    array = np.ascontiguousarray(array)
    if not array.flags.owndata:
        array = array.copy()
    array.flags.writeable = False
    return array


def require_fewer_samples(n: int, d: int) -> None:
    """Raise a `UserError` unless n < d."""
    if n >= d:
        raise UserError(
            expected="fewer independent samples than features, n < d",
            received=f"{n} independent samples of {d} features",
            remedy="use fewer rows: with n >= d there is only one solution to pick",
        )


def wrong_shape(name: str, expected: str, received: tuple[int, ...]) -> UserError:
    """Return the error for a wrong shape."""
    return UserError(
        expected=f"{name} of shape {expected}",
        received=f"shape {received}",
        remedy="reshape it or check that X and y were not exchanged",
    )


def row_list(rows: list[int]) -> str:
    """Return "row 3" or "rows 3, 5", counted from 1."""
    numbers = ", ".join(str(row + 1) for row in rows[:10])
    more = f" and {len(rows) - 10} more" if len(rows) > 10 else ""
    return f"{'row' if len(rows) == 1 else 'rows'} {numbers}{more}"

"""What every array that comes in must satisfy, and which rows of data depend on others."""

from __future__ import annotations

from fractions import Fraction
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


def exact_numbers(value: Any, name: str, shape: tuple[int | None, ...]) -> Any:
    """Return integers, `Fraction`, decimal text or floats as an array of `Fraction`.

    Parameters
    ----------
    value, name
        An array or nested lists, and what to call it.
    shape
        Lengths, None where any is right.

    Raises
    ------
    UserError
        If the shape is another one, or an entry is no finite number.
    """
    array = np.asarray(value, dtype=object)
    fits = array.ndim == len(shape) and all(
        wanted in (None, length) for wanted, length in zip(shape, array.shape, strict=True)
    )
    if not fits or not array.size:
        words = ", ".join("any" if wanted is None else str(wanted) for wanted in shape)
        raise wrong_shape(name, f"({words})", array.shape)
    out = np.empty(array.shape, dtype=object)
    for place, entry in np.ndenumerate(array):
        try:
            # One that is a fraction already is kept: making one anew takes long.
            out[place] = entry if type(entry) is Fraction else Fraction(entry)
        except (TypeError, ValueError, OverflowError, ZeroDivisionError):
            where = ", ".join(str(index + 1) for index in place)
            raise UserError(
                expected=f"finite numbers in {name}: integers, fractions, decimal text or floats",
                received=f"{entry!r} at ({where})",
                remedy="remove or fill in this entry",
            ) from None
    return out


def exact_data(X: Any, y: Any, u: Any, v: Any) -> tuple[Any, Any, Any, Any]:
    """Return data (n, d), (n,) and start (d,), (d,) as arrays of `Fraction`; see `exact_numbers`.

    Raises
    ------
    UserError
        If shapes do not fit together, an entry is no finite number, or all of X is zero.
    """
    X = exact_numbers(X, "X", (None, None))
    n, d = X.shape
    if not any(X.ravel()):
        raise UserError(
            expected="a number in X that is not zero",
            received="zeros",
            remedy="check how X was read: with zeros nothing moves",
        )
    y = exact_numbers(y, "y", (n,))
    u, v = (exact_numbers(part, name, (d,)) for part, name in ((u, "u"), (v, "v")))
    return X, y, u, v


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

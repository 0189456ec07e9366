"""Hypothesis strategies for data sets and starts; see `proofs_check.strategies`."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st

from numeric.datasets import RationalProblem
from numeric.problems import Array, Problem, Start

#: How entries come about: prescribed singular values, integers, or quarters (exact in float64).
ENTRIES = ("rotated", "integer", "rational")
#: What may be peculiar about columns; each needs one column beyond the samples.
COLUMNS = ("plain", "duplicated", "zero")
#: Kinds of starts; see `starts`.
STARTS = ("unbiased", "biased", "tiny", "large", "mixed")

#: Most samples; the smallest singular value of an exact X is at least `LEAST_SINGULAR_VALUE`.
MOST_SAMPLES = 3
LEAST_SINGULAR_VALUE = 1 / 3
#: Largest ratio of the singular values of a rotated X.
CONDITIONING = 3.0

Kinds = Sequence[str]


# --- Data -----------------------------------------------------------------------------------------


@st.composite
def _shapes(draw: st.DrawFn, most_samples: int, most_extra: int) -> tuple[int, int]:
    n = draw(st.integers(1, most_samples))
    return n, n + draw(st.integers(1, most_extra))


def _reflected(X: Array, vector: Sequence[int]) -> Array:
    # X (I - 2 w w^T / w^T w) with w = (vector[0] + 4, ...), which is never zero.
    w = np.array([vector[0] + 4, *vector[1:]], dtype=float)
    return X - np.outer(X @ w, w) * (2 / (w @ w))


@st.composite
def _rotated(draw: st.DrawFn, n: int, d: int, conditioning: float) -> Array:
    """Draw X with singular values in [1, conditioning]: both ends are taken if n > 1."""
    inner = draw(st.lists(st.floats(1, conditioning), min_size=n, max_size=n))
    values = np.array([conditioning, 1.0, *inner][:n]) if n > 1 else np.array(inner)
    X = np.zeros((n, d))
    X[:, :n] = np.diag(values)
    for _ in range(2):
        X = _reflected(X, draw(st.lists(st.integers(-3, 3), min_size=d, max_size=d)))
    return _reflected(X.T, draw(st.lists(st.integers(-3, 3), min_size=n, max_size=n))).T


@st.composite
def _exact(draw: st.DrawFn, n: int, d: int, entries: str) -> Any:
    """Draw a matrix of `Fraction`: a unit triangular block of 0, 1, -1 beside d - n columns.

    The inverse of the block has entries of at most 1, 1 and 2 below its unit diagonal (n <= 3), so
    its Frobenius norm is at most 3 and no singular value of X is below 1/3.
    """
    parts = 4 if entries == "rational" else 1
    X = np.full((n, d), Fraction(0), dtype=object)
    for i in range(n):
        X[i, i] = Fraction(1)
        for j in range(i):
            X[i, j] = Fraction(draw(st.integers(-parts, parts)), parts)
        for j in range(n, d):
            X[i, j] = Fraction(draw(st.integers(-2 * parts, 2 * parts)), parts)
    return X


def _with_columns(X: Any, n: int, kind: str, source: int) -> Any:
    # Only columns behind the first n change: these alone have full rank.
    X = X.copy()
    if kind == "duplicated":
        X[:, -1] = X[:, source]
    elif kind == "zero":
        X[:, -1] = 0 * X[:, -1]
    return X


def _star(draw: st.DrawFn, n: int, d: int) -> Any:
    # On the first n columns, which are independent: y = X theta_star is not zero. Nor is an entry
    # there: in a row with one feature and target 0 a residual has nothing to be relative to.
    star = np.full(d, Fraction(0), dtype=object)
    for j in range(n):
        star[j] = Fraction(draw(st.integers(1, 8)), 4) * draw(st.sampled_from([1, -1]))
    return star


@st.composite
def problems(
    draw: st.DrawFn,
    entries: Kinds = ENTRIES,
    columns: Kinds = COLUMNS,
    most_samples: int = MOST_SAMPLES,
    most_extra: int = 3,
    conditioning: float = CONDITIONING,
) -> Problem:
    """Draw a `Problem` with y not zero and 1 to ``most_extra`` more features than samples.

    A rotated X has singular values in [1, conditioning] (a duplicated column may raise the largest
    by sqrt 2), the others of at least 1/3. ``theta_star`` interpolates. ``name`` says the kinds.
    """
    n, d = draw(_shapes(most_samples, most_extra))
    entry, column = draw(st.sampled_from(entries)), draw(st.sampled_from(columns))
    star = _star(draw, n, d)
    order = draw(st.permutations(range(d)))
    source = draw(st.integers(0, d - 2))
    if entry == "rotated":
        # One column fewer where the last one is made from the others or is zero.
        free = d - 1 if column != "plain" and d > n + 1 else d
        X = np.zeros((n, d))
        if column == "plain" or free < d:
            X[:, :free] = draw(_rotated(n, free, conditioning))
        else:
            X[:, :n] = _square(draw(_rotated(n, n + 1, conditioning)), n)
        X = _with_columns(X, n, column, source)
    else:
        X = _with_columns(draw(_exact(n, d, entry)), n, column, source)
        X = X.astype(np.float64)
    theta = star.astype(np.float64)
    if entry == "rotated":
        # X has full row rank: its rows determine a star with a residual that is not zero.
        theta = X.T @ np.linalg.solve(X @ X.T, theta[:n])
    X, theta = X[:, order], theta[list(order)]
    return Problem(X, X @ theta, theta, name=f"{entry}, {column}")


def _square(X: Array, n: int) -> Array:
    # X W with an orthonormal basis W of the rows of X (n, n + 1) has the same singular values.
    return X @ np.linalg.qr(X.T)[0][:, :n]


@st.composite
def rational_problems(
    draw: st.DrawFn,
    entries: Kinds = ("integer", "rational"),
    columns: Kinds = COLUMNS,
    most_samples: int = 2,
    most_extra: int = 2,
    balanced: bool | None = None,
) -> RationalProblem:
    """Draw data and a start in exact rationals; its float64 copies are exact as well.

    Parameters
    ----------
    balanced
        True for unbiased starts (u = v), False for starts with |u| != |v| everywhere, None for both
        kinds. Entries are quarters up to 2 in size, of either sign.
    """
    n = draw(st.integers(1, most_samples))
    d = n + draw(st.integers(1, most_extra))
    X = draw(_exact(n, d, draw(st.sampled_from(entries))))
    X = _with_columns(X, n, draw(st.sampled_from(columns)), draw(st.integers(0, d - 2)))
    star = _star(draw, n, d)
    order = list(draw(st.permutations(range(d))))
    sizes = st.integers(1, 8)
    u = [draw(sizes) for _ in range(d)]
    same = draw(st.booleans()) if balanced is None else balanced
    # 1, ..., 7 steps further round the circle of eight sizes: never the same size.
    v = u if same else [(k + draw(st.integers(0, 6))) % 8 + 1 for k in u]
    signs = st.sampled_from([1, -1])
    su = [draw(signs) for _ in range(d)]
    sv = su if same else [draw(signs) for _ in range(d)]
    return RationalProblem(
        X[:, order],
        X @ star,
        star[order],
        _quarters([a * b for a, b in zip(u, su, strict=True)]),
        _quarters([a * b for a, b in zip(v, sv, strict=True)]),
    )


def _quarters(values: Sequence[int]) -> Any:
    out = np.empty(len(values), dtype=object)
    out[:] = [Fraction(value, 4) for value in values]
    return out


# --- Starts ---------------------------------------------------------------------------------------

_MODERATE = st.floats(0.4, 1.5)
_SIZES = {
    "unbiased": _MODERATE,
    "biased": _MODERATE,
    "tiny": st.integers(2, 6).map(lambda k: 10.0**-k),
    "large": st.floats(3.0, 30.0),
}
#: Ratios |u/v| of a biased start; the same range holds for |v/u|.
_RATIOS = st.floats(1.2, 3.0)


@st.composite
def starts(draw: st.DrawFn, d: int, kinds: Kinds = STARTS) -> Start:
    """Draw a `Start` of dimension d.

    ``unbiased`` (u = v), ``biased`` (|u/v| or |v/u| between 1.2 and 3 in every coordinate),
    ``tiny`` (at most 0.01), ``large`` (at least 3; these two with or without bias), and ``mixed``:
    each neuron of its own size and sign.
    """
    kind = draw(st.sampled_from(kinds))
    if kind == "mixed":
        neuron = st.one_of(*_SIZES.values()).flatmap(lambda x: st.sampled_from([x, -x]))
        vectors = st.lists(neuron, min_size=d, max_size=d)
        return Start(np.array(draw(vectors)), np.array(draw(vectors)))
    sizes = st.lists(_SIZES[kind], min_size=d, max_size=d)
    u = np.array(draw(sizes))
    if kind == "unbiased" or (kind != "biased" and draw(st.booleans())):
        return Start(u, u.copy())
    ratio = np.array(draw(st.lists(_RATIOS, min_size=d, max_size=d)))
    up = np.array(draw(st.lists(st.booleans(), min_size=d, max_size=d)))
    if kind == "biased":
        return Start(u, np.where(up, u / ratio, u * ratio))
    return Start(u, u / ratio if kind == "tiny" else u * ratio)

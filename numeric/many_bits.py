"""Floating-point numbers of any number of bits, for code that runs on every number type."""

from __future__ import annotations

from contextlib import AbstractContextManager
from fractions import Fraction
from typing import Any

import gmpy2
import numpy as np

from numeric.iterates import mapped

_FLOAT: Any = gmpy2.mpfr  # pyright: ignore[reportAttributeAccessIssue]
_CONTEXT: Any = gmpy2.context  # pyright: ignore[reportAttributeAccessIssue]
_CURRENT: Any = gmpy2.get_context  # pyright: ignore[reportAttributeAccessIssue]


def working_bits(bits: int) -> AbstractContextManager[Any]:
    """Return a context in which numbers have this many bits; it is left as it was found."""
    return _CONTEXT(_CURRENT(), precision=bits)


def quotient(top: int, bottom: int = 1) -> Any:
    """Return top/bottom, rounded to the working bits."""
    return _FLOAT(top) / bottom


def quotients(values: Any, bottom: int = 1) -> Any:
    """Return an array of integers, `Fraction` or SymPy rationals over an integer."""

    def rounded(value: Any) -> Any:
        exact = as_fraction(value)
        return quotient(exact.numerator, exact.denominator * bottom)

    return mapped(rounded, np.asarray(values, dtype=object))


def as_fraction(value: Any) -> Fraction:
    """Return an exact number, a SymPy rational among them, as a `Fraction`."""
    if hasattr(value, "p") and hasattr(value, "q"):
        return Fraction(int(value.p), int(value.q))
    return Fraction(value)

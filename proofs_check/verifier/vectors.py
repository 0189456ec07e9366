"""Vectors of one entry a feature."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import prod
from typing import TypeVar

from .intervals import Interval
from .reading import demand
from .series import Series

Number = TypeVar("Number", Fraction, Interval, Series)


def dot(left: Sequence[Fraction], right: Sequence[Fraction]) -> Fraction:
    """Return the inner product; raises ValueError if the lengths differ."""
    return sum((a * b for a, b in zip(left, right, strict=True)), Fraction(0))


def predictor(u: Sequence[Number], v: Sequence[Number]) -> list[Number]:
    """Return u*u - v*v."""
    return [a * a - b * b for a, b in zip(u, v, strict=True)]


def outside_rows(x: Sequence[Fraction], kernel: Sequence[Fraction]) -> None:
    """Demand that the kernel vector is one: x.k = 0, k not zero."""
    demand(dot(x, kernel) == 0 and any(kernel), "x.k = 0 and k is not zero")


def powers(bases: Sequence[Fraction], exponents: Sequence[Fraction]) -> Fraction:
    """Return the product of powers with integer exponents, exp(sum k_j ln b_j)."""
    demand(all(k.denominator == 1 for k in exponents), "exponents are integers")
    return prod((b ** int(k) for b, k in zip(bases, exponents, strict=True)), start=Fraction(1))


def slopes(values: Sequence[Series]) -> list[Fraction]:
    """Return the coefficients of first order."""
    return [value[1] for value in values]


def still_interpolating(
    x: Sequence[Fraction], u: Sequence[Series], v: Sequence[Series]
) -> tuple[list[Series], list[Series]]:
    """Return u e^{x s} and v e^{-x s} with the s of first order that keeps x.theta as it was.

    The gradient moves neurons in this way and in no other, whatever the residual does.
    """

    def turned(s: Fraction) -> tuple[list[Series], list[Series]]:
        return (
            [a * Series(1, s * f) for a, f in zip(u, x, strict=True)],
            [b * Series(1, -s * f) for b, f in zip(v, x, strict=True)],
        )

    drift, after = (dot(x, slopes(predictor(*turned(Fraction(s))))) for s in (0, 1))
    return turned(drift / (drift - after))

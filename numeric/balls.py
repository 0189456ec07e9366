"""Real numbers with guaranteed error bounds: arrays of Arb balls, and what is asked of them.

A ball is a midpoint with a radius; every operation returns a ball that holds the exact result for
all numbers of its operands. Arrays are NumPy arrays of dtype object, so that the code written over
plain arithmetic runs on them unchanged. Source: Johansson, "Arb: efficient arbitrary-precision
midpoint-radius interval arithmetic", IEEE Trans. Comput. 66 (2017).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, arb_mat, ctx

from numeric.iterates import mapped
from numeric.polish import ball

#: An object array of balls.
Balls = np.ndarray

#: Bits in a decimal digit, rounded up.
BITS_PER_DIGIT = 3.33


def bits_of(digits: int) -> int:
    """Return how many bits hold this many decimal digits."""
    return math.ceil(digits * BITS_PER_DIGIT)


def balls(values: Any) -> Balls:
    """Return numbers of any kind (see `numeric.polish.ball`) as an array of balls of their shape.

    Balls are rounded to the working precision, with the rounding in their radii.
    """
    return mapped(lambda entry: +ball(entry), np.asarray(values, dtype=object))


def exponent(value: Any) -> float:
    """Return e with |midpoint| < 2^e, within a factor 2; minus infinity for 0, infinity for NaN."""
    if not value.is_finite():
        return math.inf
    mantissa, power = (int(part) for part in value.mid().man_exp())
    return -math.inf if mantissa == 0 else float(mantissa.bit_length() + power)


def largest(values: Iterable[Any]) -> float:
    """Return the largest `exponent` of the balls."""
    return max(exponent(value) for value in values)


def largest_radius(values: Iterable[Any]) -> float:
    """Return the largest `exponent` of the radii of the balls."""
    return max(exponent(value.rad()) if value.is_finite() else math.inf for value in values)


def widened(values: Balls, by: Any) -> Balls:
    """Return the balls with ``by``, an exact number not negative, added to every radius."""
    extra = arb(0, by)
    return mapped(lambda entry: entry + extra, values)


def middles(values: Balls) -> Balls:
    """Return the midpoints, exact numbers."""
    return mapped(lambda entry: entry.mid(), values)


def norm_bound(values: Iterable[Any]) -> Any:
    """Return an upper bound of the Euclidean norm, exact number."""
    return sum((value.abs_upper() ** 2 for value in values), arb(0)).sqrt().abs_upper()


def overlapping(first: Iterable[Any], second: Iterable[Any]) -> bool:
    """Return whether no pair of balls is disjoint: if one is, the two vectors differ for sure."""
    return all(a.is_finite() and a.overlaps(b) for a, b in zip(first, second, strict=True))


def distance(first: Iterable[Any], second: Iterable[Any], bits: int) -> Any:
    """Return a ball that holds the Euclidean distance of any two vectors, computed with ``bits``.

    It reaches down to zero where the balls do not separate the vectors.
    """
    with ctx.workprec(bits):
        gaps = [abs(a - b) for a, b in zip(first, second, strict=True)]
        # Between the exact numbers that bound the entries; a square root of a ball around 0 is not
        # defined.
        least, most = (
            sum((bound * bound for bound in bounds), arb(0)).sqrt()
            for bounds in ([g.abs_lower() for g in gaps], [g.abs_upper() for g in gaps])
        )
        return least.union(most)


def quotient(first: Any, second: Any, bits: int) -> Any:
    """Return a ball that holds every quotient of numbers of two balls, computed with ``bits``."""
    with ctx.workprec(bits):
        return first / second


def matrix(values: Any) -> arb_mat:
    """Return a two-dimensional array of balls as an `arb_mat`."""
    return arb_mat([list(row) for row in values])


def positive_definite(symmetric: arb_mat) -> bool:
    """Return whether every symmetric matrix of the ball matrix is proved positive definite.

    Elimination without pivoting in balls: all pivots must be positive. Only the lower triangle is
    read. False means that the precision does not suffice, or that some matrix is not.
    """
    rows = symmetric.tolist()
    for k in range(len(rows)):
        pivot = rows[k][k]
        if not pivot > 0:
            return False
        column = [rows[i][k] for i in range(len(rows))]
        for i in range(k + 1, len(rows)):
            factor, row = column[i] / pivot, rows[i]
            for j in range(k + 1, i + 1):
                row[j] -= factor * column[j]
    return True


def upper_text(value: Any, digits: int = 3) -> str:
    """Return a decimal upper bound of |value|, rounded up, as text such as 1.24e-50."""
    return _rounded(value.abs_upper(), digits, up=True)


def lower_text(value: Any, digits: int = 3) -> str:
    """Return a decimal lower bound of |value|, rounded down, as text."""
    return _rounded(value.abs_lower(), digits, up=False)


def _rounded(size: Any, digits: int, *, up: bool) -> str:
    """Round an exact number >= 0 to a decimal that bounds it."""
    if not size.is_finite():
        return "inf"
    if size == 0:
        return "0"
    mantissa, exponent_of_2 = (int(part) for part in size.man_exp())
    value = Fraction(mantissa) * Fraction(2) ** exponent_of_2
    # Digits of numerator and denominator give the leading decimal place, or the one above it.
    power = len(str(value.numerator)) - len(str(value.denominator))
    power -= value < Fraction(10) ** power
    scaled = value / Fraction(10) ** (power - digits + 1)
    head = str(math.ceil(scaled) if up else math.floor(scaled))
    power += len(head) - digits
    shown = head[0] + (f".{head[1:digits]}" if digits > 1 else "")
    return shown if power == 0 else f"{shown}e{power:+03d}"

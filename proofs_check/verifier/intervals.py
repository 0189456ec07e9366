"""Numbers enclosed between two integers, in units of 2^-BITS."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from fractions import Fraction
from math import isqrt

from .reading import demand

BITS = 384
ONE = 1 << BITS


class Interval:
    """All numbers from lo/2^BITS to hi/2^BITS; every operation rounds outwards."""

    __slots__ = ("hi", "lo")

    def __init__(self, lo: int, hi: int) -> None:
        self.lo, self.hi = lo, hi

    def __add__(self, other: Interval) -> Interval:
        return Interval(self.lo + other.lo, self.hi + other.hi)

    def __neg__(self) -> Interval:
        return Interval(-self.hi, -self.lo)

    def __sub__(self, other: Interval) -> Interval:
        return self + -other

    def __mul__(self, other: Interval) -> Interval:
        a, b, c, d = self.lo, self.hi, other.lo, other.hi
        ends = (a * c, a * d, b * c, b * d)
        return Interval(min(ends) >> BITS, -(-max(ends) >> BITS))

    def __truediv__(self, other: Interval) -> Interval:
        """Divide; raises `InvalidCertificate` unless the divisor is positive."""
        demand(other.lo > 0, "a divisor is positive")
        low = [(ONE << BITS) // other.hi, -(-(ONE << BITS) // other.lo)]
        return self * Interval(low[0], low[1])

    def root(self) -> Interval:
        """Return the square root; raises `InvalidCertificate` below zero."""
        demand(self.lo >= 0, "a root is of a number that is not negative")
        return Interval(isqrt(self.lo << BITS), isqrt(self.hi << BITS) + 1)

    def log(self) -> Interval:
        """Return the logarithm; raises `InvalidCertificate` unless positive."""
        demand(self.lo > 0, "a logarithm is of a positive number")
        ends: list[int] = []
        for end, rounding in ((self.lo, ROUND_FLOOR), (self.hi, ROUND_CEILING)):
            # The quotient is rounded outwards; ln is correctly rounded: its neighbour is beyond.
            context = Context(prec=BITS // 3, rounding=rounding)
            value = context.ln(context.divide(Decimal(end), Decimal(ONE)))
            beyond = context.next_minus if rounding == ROUND_FLOOR else context.next_plus
            exact = Fraction(beyond(value)) * ONE
            down = exact.numerator // exact.denominator
            ends.append(down if rounding == ROUND_FLOOR else down + 1)
        return Interval(ends[0], ends[1])

    def size(self) -> Fraction:
        """Return an upper bound of the absolute value."""
        return Fraction(max(abs(self.lo), abs(self.hi)), ONE)


def enclose(value: Fraction | int) -> Interval:
    """Return the smallest interval that holds a fraction."""
    scaled = Fraction(value) * ONE
    down = scaled.numerator // scaled.denominator
    return Interval(down, down if scaled.denominator == 1 else down + 1)


def total(terms: Sequence[Interval]) -> Interval:
    """Return the sum."""
    return Interval(sum(term.lo for term in terms), sum(term.hi for term in terms))


def below(left: Interval, right: Interval) -> bool:
    """Return whether the left number is certainly less than the right one."""
    return left.hi < right.lo


def root_above(value: Fraction) -> Fraction:
    """Return an upper bound of a square root."""
    return Fraction(enclose(value).root().hi, ONE)

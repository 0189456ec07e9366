"""Signed integers side by side in one: a single multiplication does the work of many.

A product of integers of four machine words takes far less time than calling for it. Packed, a
number times a vector is one product of long integers, and a matrix times a vector of m entries is m
of them, whatever its number of rows (Kronecker's substitution). Places are wide enough for what is
promised of the entries; where nothing is promised, nothing is packed.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from operator import mul
from typing import Any

import gmpy2
import numpy as np

from numeric.iterates import mapped

INTEGER: Any = gmpy2.mpz  # pyright: ignore[reportAttributeAccessIssue]
_PACKED: Any = gmpy2.pack  # pyright: ignore[reportAttributeAccessIssue]
_UNPACKED: Any = gmpy2.unpack  # pyright: ignore[reportAttributeAccessIssue]


def scaled(value: Any, bits: int) -> Any:
    """Return a rational number, text or float as an integer multiple of 2^-bits, rounded down."""
    exact = _exact(value)
    return INTEGER((exact.numerator << bits) // exact.denominator)


def scaled_array(values: Any, bits: int) -> Any:
    """Return the same of every entry."""
    return mapped(lambda each: scaled(each, bits), np.asarray(values, dtype=object))


def bits_behind_point(values: Any, most: int) -> int:
    """Return how many bits hold a number, or all of an array, exactly; ``most`` if more would."""
    several = values.ravel() if isinstance(values, np.ndarray) else (values,)
    denominators = {_exact(value).denominator for value in several}
    largest = max(denominators)
    # A denominator that is no power of two is held by no number of bits.
    if largest.bit_length() > most or any(each & (each - 1) for each in denominators):
        return most
    return largest.bit_length() - 1


def _exact(value: Any) -> Fraction:
    # Making a fraction of one takes longer than all that is done with it here.
    return value if type(value) is Fraction else Fraction(value)


class Places:
    """The places of a packed vector.

    Parameters
    ----------
    count
        How many.
    bits
        No entry, and no entry times a number, reaches 2^bits in size.
    """

    def __init__(self, count: int, bits: int) -> None:
        self.count, self.width = count, bits + 1
        self._half = INTEGER(1) << bits
        self._ones = _ones(count, self.width)
        self._offset = self._half * self._ones
        self._pair_offset = self._half * _ones(2, self.width)
        self._even = _ones((count + 1) // 2, 2 * self.width)
        self._evens = ((INTEGER(1) << self.width) - 1) * self._even
        self._low: dict[int, tuple[Any, Any]] = {}
        self._within: dict[int, tuple[Any, Any]] = {}

    def packed(self, entries: Sequence[Any]) -> PackedVector:
        """Return integers as one."""
        half = self._half
        packed = _PACKED([each + half for each in entries], self.width)
        return PackedVector(self, packed - self._offset)

    def packed_pairs(self, pairs: Sequence[Any]) -> PackedVector:
        """Return pairs as one, each a + 2^width b, a number of places that is even."""
        offset = self._pair_offset
        packed = _PACKED([each + offset for each in pairs], 2 * self.width)
        return PackedVector(self, packed - self._offset)

    def unpacked(self, value: Any) -> list[Any]:
        """Return the integers again."""
        half = self._half
        return [each - half for each in _UNPACKED(value + self._offset, self.width)]

    def pairs(self, value: Any) -> list[Any]:
        """Return pairs, each a + 2^width b, of a number of places that is even."""
        offset = self._pair_offset
        return [each - offset for each in _UNPACKED(value + self._offset, 2 * self.width)]

    def shifted(self, value: Any, bits: int) -> Any:
        """Return every entry over 2^bits, rounded down."""
        if bits not in self._low:
            # What is left of a place, and where its zero has gone.
            left = (INTEGER(1) << (self.width - bits)) - 1
            self._low[bits] = left * self._ones, self._offset >> bits
        low, offset = self._low[bits]
        return ((value + self._offset) >> bits & low) - offset

    def every_other(self, value: Any) -> Any:
        """Return the first of each pair, zero for the second."""
        return (value + self._offset & self._evens) - self._half * self._even

    def within(self, value: Any, bits: int) -> bool:
        """Return whether all entries are at least -2^bits and below 2^bits."""
        if bits not in self._within:
            beyond = (INTEGER(1) << self.width) - (INTEGER(2) << bits)
            self._within[bits] = self._ones << bits, beyond * self._ones
        bound, beyond = self._within[bits]
        return not value + bound & beyond


def _ones(count: int, width: int) -> Any:
    return sum(INTEGER(1) << width * i for i in range(count))


class PackedVector:
    """Signed integers in their places; sums, differences, and products with one number."""

    __slots__ = ("places", "value")

    def __init__(self, places: Places, value: Any) -> None:
        self.places, self.value = places, value

    def __add__(self, other: PackedVector) -> PackedVector:
        return PackedVector(self.places, self.value + other.value)

    def __sub__(self, other: PackedVector) -> PackedVector:
        return PackedVector(self.places, self.value - other.value)

    def __rmul__(self, number: Any) -> PackedVector:
        return PackedVector(self.places, self.value * number)

    def __rshift__(self, bits: int) -> PackedVector:
        return PackedVector(self.places, self.places.shifted(self.value, bits))

    def tolist(self) -> list[Any]:
        """Return the entries."""
        return self.places.unpacked(self.value)

    def require_within(self, bits: int) -> None:
        """Raise `OverflowError` if an entry reaches 2^bits in size."""
        if not self.places.within(self.value, bits):
            raise OverflowError(f"an entry reaches 2^{bits}")


class Scaled:
    """A coefficient, rounded down to a multiple of 2^-bits, that multiplies packed vectors."""

    def __init__(self, value: Any, bits: int) -> None:
        self.bits = bits_behind_point(value, bits)
        self.number = scaled(value, self.bits)

    def __mul__(self, vector: PackedVector) -> PackedVector:
        return self.number * vector >> self.bits


class PackedMatrix:
    """A matrix of rational numbers, rounded down to multiples of 2^-bits, that multiplies integers.

    Parameters
    ----------
    matrix
        (k, m), of the kinds that `scaled` takes.
    bits
        Bits behind the point that its entries have at most.
    bound
        What no entry of a vector exceeds, an integer.
    """

    def __init__(self, matrix: Any, bits: int, bound: Any) -> None:
        matrix = np.asarray(matrix, dtype=object)
        self.bits = bits_behind_point(matrix, bits)
        entries = scaled_array(matrix, self.bits)
        largest, columns = max(map(abs, entries.ravel())), entries.T.tolist()
        self._bound = bound
        # A bit more, so that no sum reaches the end of its place.
        most = largest * bound * len(columns)
        self._places = Places(len(entries), int(most.bit_length()) + 1)
        self._columns = [self._places.packed(column).value for column in columns]

    def __matmul__(self, vector: Sequence[Any]) -> list[Any]:
        """Return matrix times vector, (k,), each entry rounded down.

        Raises
        ------
        OverflowError
            If an entry of the vector exceeds the bound.
        """
        if max(vector) > self._bound or -min(vector) > self._bound:
            raise OverflowError("an entry exceeds the bound")
        bits = self.bits
        found = self._places.unpacked(sum(map(mul, self._columns, vector)))
        return [each >> bits for each in found] if bits else found

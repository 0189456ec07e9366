"""Packed integers: the same numbers as one by one, and refused where they would not fit."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numeric.packed_integers import (
    INTEGER,
    PackedMatrix,
    Places,
    bits_behind_point,
    scaled,
    scaled_array,
)

BITS = 60
SIGNED = st.integers(-(2**BITS), 2**BITS)
ENTRIES = st.one_of(
    st.integers(-3, 3),
    st.floats(-9, 9),
    st.fractions(Fraction(-9), Fraction(9), max_denominator=50),
)


def integers(values: list[int]) -> list[Any]:
    return [INTEGER(value) for value in values]


@given(values=st.lists(SIGNED, min_size=1, max_size=9), factor=SIGNED, shift=st.integers(0, 80))
def test_one_number_times_all_places(values: list[int], factor: int, shift: int) -> None:
    packed = Places(len(values), 2 * BITS + 2).packed(integers(values))
    assert packed.tolist() == values
    assert (INTEGER(factor) * packed >> shift).tolist() == [factor * v >> shift for v in values]
    twice = packed + packed - packed
    assert twice.tolist() == values


@given(pairs=st.lists(st.tuples(SIGNED, SIGNED), min_size=1, max_size=5))
def test_pairs(pairs: list[tuple[int, int]]) -> None:
    places = Places(2 * len(pairs), BITS + 3)
    flat = [each for pair in pairs for each in pair]
    packed = places.packed(integers(flat))
    joined = [a + (b << places.width) for a, b in pairs]
    assert places.pairs(packed.value) == joined
    assert places.packed_pairs(integers(joined)).value == packed.value
    firsts = [each for a, _ in pairs for each in (a, 0)]
    assert places.unpacked(places.every_other(packed.value)) == firsts


@given(values=st.lists(SIGNED, min_size=1, max_size=6), bits=st.integers(0, BITS))
def test_within(values: list[int], bits: int) -> None:
    packed = Places(len(values), BITS + 3).packed(integers(values))
    inside = all(-(2**bits) <= value < 2**bits for value in values)
    assert packed.places.within(packed.value, bits) == inside
    if not inside:
        with pytest.raises(OverflowError):
            packed.require_within(bits)


@given(data=st.data(), rows=st.integers(1, 5), columns=st.integers(1, 5))
def test_matrix_times_vector(data: st.DataObject, rows: int, columns: int) -> None:
    entries = data.draw(st.lists(ENTRIES, min_size=rows * columns, max_size=rows * columns))
    matrix = np.array(entries, dtype=object).reshape(rows, columns)
    vector = data.draw(st.lists(SIGNED, min_size=columns, max_size=columns))
    packed = PackedMatrix(matrix, 120, INTEGER(2**BITS))
    rounded = scaled_array(matrix, packed.bits)
    expected = [sum(a * b for a, b in zip(row, vector, strict=True)) for row in rounded.tolist()]
    assert packed @ integers(vector) == [each >> packed.bits for each in expected]


def test_a_vector_beyond_the_bound_is_refused() -> None:
    packed = PackedMatrix(np.eye(2, dtype=int), 20, INTEGER(8))
    assert packed @ integers([8, -8]) == [8, -8]
    for beyond in ([9, 0], [0, -9]):
        with pytest.raises(OverflowError):
            packed @ integers(beyond)


def test_bits_behind_the_point() -> None:
    assert bits_behind_point(Fraction(3, 8), 50) == 3
    assert bits_behind_point(Fraction(1, 3), 50) == 50
    assert bits_behind_point(0.1, 50) == 50
    assert bits_behind_point(np.array([1, Fraction(1, 2)], dtype=object), 50) == 1
    assert scaled(Fraction(-1, 3), 2) == -2

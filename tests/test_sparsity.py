"""The l1 norm of the solution for one sample grows where scales shrink like exp(-c x^2)."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from numeric.projection import entropy_projection
from symbolic import sparsity


@pytest.mark.parametrize("dimension", [2, 3, 4, 5])
def test_slope_is_the_sum_over_pairs(dimension: int) -> None:
    difference = sparsity.l1_slope(dimension) - sparsity.paired_slope(dimension)
    assert sp.cancel(difference) == 0


def test_equal_features_leave_the_norm_alone() -> None:
    a, b = sparsity.features(2)
    s, z = sparsity.curvatures(2)
    t, w = sparsity.saturations(2)
    assert sparsity.l1_slope(2).subs({b: a, z: s, w: t}) == 0


@given(
    st.lists(st.integers(-8, 8), min_size=2, max_size=6).filter(lambda x: len({*map(abs, x)}) > 1),
    st.sampled_from([-2.0, 0.5, 3.0]),
    st.sampled_from([0.05, 0.5, 2.0]),
    st.sampled_from([1e-3, 1e-2]),
)
def test_norm_of_the_minimiser_grows(x: list[int], y: float, xi: float, c: float) -> None:
    features = np.array(x) / 4
    if len(set(np.abs(features[features != 0]))) < 2:
        return
    before = entropy_projection(features[None], [y], xi).theta
    after = entropy_projection(features[None], [y], xi * np.exp(-c * features**2)).theta
    assert np.abs(after).sum() > np.abs(before).sum()

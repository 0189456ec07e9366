"""No neuron reaches zero below the bounds on the inertia, and the search sees one that does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numeric.mgf_crossings import first_crossing
from numeric.momentum_gradient_flow import mgf_limit
from proofs_check.mgf_crossing_search import (
    Case,
    Data,
    crosses,
    crossing_multiple,
    depth_beyond_zero,
    one_dimensional,
)
from proofs_check.mgf_runs import mgf_runs
from proofs_check.strategies import problems, starts


@st.composite
def drawn_cases(draw):
    problem = draw(problems(most_samples=2, most_extra=2))
    start = draw(starts(problem.d, kinds=("unbiased", "biased", "mixed")))
    return Case(Data(problem.X, problem.y), start)


@given(drawn_cases(), st.floats(0.2, 1.0))
def test_no_neuron_reaches_zero_below_the_corrected_bound(case, share):
    if 1e-12 < case.start_loss < 1e12:
        assert not crosses(case, share * case.bound)


@given(drawn_cases(), st.floats(0.2, 1.0))
def test_no_neuron_reaches_zero_below_the_barrier_whatever_the_scale(case, share):
    # |g_j| <= |X_j| sqrt(2 L/n), and L is at most that of the start.
    X = case.data.X
    largest = np.max(np.linalg.norm(X, axis=0)) * np.sqrt(2 * case.start_loss / len(X))
    if 1e-12 < case.start_loss < 1e12:
        assert not crosses(case, share / (4 * largest))


def test_first_zero_is_that_of_the_whole_flow():
    for run in mgf_runs():
        found = first_crossing(run.problem, run.start, run.inertia)
        assert (found is None) == (not run.limit.crossings)
        if found is not None:
            assert found.time == pytest.approx(run.limit.crossings[0].time, rel=1e-9)


def test_start_of_the_notes_crosses_between_the_bounds():
    case = one_dimensional(0.525, -0.425)
    multiple = crossing_multiple(case)
    assert multiple is not None
    assert 1 < multiple < 1.1
    assert multiple * case.bound < case.printed_bound


def test_two_integrators_see_the_same_zero():
    case = one_dimensional(0.5, -1.0)
    assert depth_beyond_zero(case, case.printed_bound) > 1e-3
    assert depth_beyond_zero(case, case.bound) == 0.0


def test_velocity_at_the_start_can_take_a_neuron_through_zero_below_the_bound():
    case = one_dimensional(0.5, -1.0)
    fast = (np.array([-4.0]), np.array([0.0]))
    assert not crosses(case, 0.5 * case.bound)
    assert crosses(case, 0.5 * case.bound, fast)


def test_balancedness_can_grow_past_a_zero():
    case = one_dimensional(0.5, -1.0)
    limit = mgf_limit(case.data, case.start, 4 * case.printed_bound, direct=True)
    assert limit.converged
    assert limit.crossings

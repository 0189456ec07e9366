"""The exact theorem along float64 runs of any method, minibatch and start, to a bound of rounding.

No step size is small here: neurons change sign, runs come close to the edge of stability.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numeric.convergence import EPS, largest_curvature, linear_limit
from numeric.datasets import small_problem
from numeric.exact_limit import exact_limit, exact_scale_and_term, stationarity_gap
from numeric.precise_runs import precise_run
from numeric.problems import Array, Problem, Start
from numeric.training import Diverged, Trained, train
from proofs_check.strategies import problems, starts
from symbolic.console import UserError
from symbolic.two_step import METHODS, TwoStepMethod

COEFFICIENTS = st.one_of(
    st.sampled_from([(0.0, 0.0), (0.5, 0.0), (0.9, 0.0), (0.9, 0.9), (0.5, -0.25), (0.25, 0.75)]),
    st.tuples(st.floats(0.0, 0.99), st.floats(-0.5, 1.5)),
)
#: What the theorem is required to hold to on ordinary runs: K <= 10^4 steps, M <= 100.
REQUIRED = 1e-11


@dataclass(frozen=True)
class Case:
    """A run that need not be stable."""

    problem: Problem
    start: Start
    before: Start | None
    method: TwoStepMethod
    eta: float
    batch: int | None


def limit_at(problem: Problem, start: Start, mu: float, kappa: float) -> float:
    """Return the linear limit near an interpolator reached from this start; at most that of gd."""
    theta = np.linalg.lstsq(problem.X, problem.y, rcond=None)[0]
    least = start.xi.min()
    u, v = (np.sqrt(np.maximum(sign * theta, 0) + least) for sign in (1, -1))
    curvature = largest_curvature(problem, u, v)
    return min(linear_limit(mu, kappa, curvature), linear_limit(mu, 0.0, curvature))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    problem = draw(problems())
    start = draw(starts(problem.d))
    shares = st.lists(st.floats(0.7, 1.4), min_size=2 * problem.d, max_size=2 * problem.d)
    drawn = draw(st.one_of(st.none(), shares))
    before = None
    if drawn is not None:
        before = Start(*(np.array(drawn).reshape(2, -1) * [start.u, start.v]))
    mu, kappa = draw(COEFFICIENTS)
    share = draw(st.one_of(st.floats(0.05, 0.3), st.floats(0.3, 1.2)))
    eta = share * limit_at(problem, start, mu, kappa)
    batch = draw(st.one_of(st.none(), st.integers(1, problem.n)))
    return Case(problem, start, before, TwoStepMethod("any", mu, kappa), eta, batch)


def trained(case: Case, max_steps: int = 1500) -> Trained | None:
    """Return the run; None if it blew up or a neuron met zero."""
    settings_ = {"before": case.before, "batch": case.batch, "max_steps": max_steps}
    try:
        run = train(case.problem, case.start, case.method, case.eta, **settings_)
    except Diverged:
        return None
    return run if np.isfinite(run.sums).all() else None


def errors(case: Case, run: Trained, sums: Array | None = None) -> tuple[float, float]:
    """Return how far ln xi at the end is from the theorem, and the gap of stationarity."""
    sums = run.sums if sums is None else sums
    logarithm, linear = exact_scale_and_term(case.start, sums, case.method.mu, case.before)
    ends = np.log(np.abs(run.u)) + np.log(np.abs(run.v))
    return float(np.abs(ends - logarithm).max()), stationarity_gap(
        case.problem, run.u, run.v, linear
    )


def evaluation(case: Case, run: Trained) -> float:
    """Return a bound of the rounding of the comparison itself: sums of six logarithms."""
    neurons = [case.start.u, case.start.v, run.u, run.v]
    logs = np.abs(np.log(np.abs(neurons))).max() + np.abs(run.sums).max()
    return float(8 * EPS * (1 + logs) / (1 - case.method.mu))


def many() -> Any:
    """Settings for several hundred runs in an ordinary test."""
    return settings(max_examples=10 * settings().max_examples)


@many()
@given(cases())
def test_the_theorem_holds_to_the_bound_of_rounding(case: Case) -> None:
    # Converged or not: the sums make it exact at the last iterate.
    run = trained(case)
    if run is None:
        return
    scale, gap = errors(case, run)
    bound = run.excess_error + evaluation(case, run)
    assert scale <= bound
    assert gap <= bound
    if run.closest <= 100:
        assert max(scale, gap) <= REQUIRED


def reference_runs() -> list[Case]:
    problem, start = small_problem(3, 6, seed=2), Start.scaled(6, 0.4, 1.3)
    before = Start(1.1 * start.u, 0.95 * start.v)
    found = []
    for name, mu in (("gd", 0.0), ("hb", 0.9), ("nag", 0.9)):
        method = METHODS[name].with_momentum(mu)
        limit = limit_at(problem, start, mu, float(method.kappa))
        for batch, share in ((None, 0.1), (None, 0.25), (1, 0.05)):
            for last in (None, before):
                found.append(Case(problem, start, last, method, share * limit, batch))
    return found


@pytest.mark.parametrize("case", reference_runs())
def test_the_limit_is_the_trained_one_and_other_sums_are_not(case: Case) -> None:
    run = trained(case, 20_000)
    assert run is not None
    assert run.converged
    mu = case.method.mu
    limit = exact_limit(case.problem, case.start, run.sums, mu, case.before)
    np.testing.assert_allclose(limit.xi, run.xi, rtol=REQUIRED)
    # The trained theta misses the data by tol, its scale and term by rounding; the minimiser moves
    # by A dy + (1 - A X) H^{-1} dz for A = H^{-1} X^T (X H^{-1} X^T)^{-1}, H = Q''.
    inverse = 4 * np.sqrt(run.theta**2 + 4 * run.xi**2)
    X = case.problem.X
    by_target = (inverse[:, None] * X.T) @ np.linalg.inv((X * inverse) @ X.T)
    by_term = (np.eye(case.problem.d) - by_target @ X) * inverse
    moved = np.abs(by_target).sum(axis=1) * run.tol
    moved += np.abs(by_term).sum(axis=1) * (run.excess_error + evaluation(case, run))
    assert (np.abs(limit.theta - run.theta) <= 2 * moved + 1e-13 * np.abs(run.theta).max()).all()

    # Without excesses, with one per cent too many or with the two exchanged it is another limit.
    for sums in (0 * run.sums, 1.01 * run.sums, run.sums[::-1] + 1e-3):
        scale, gap = errors(case, run, sums)
        assert max(scale, gap) > 1000 * run.excess_error
    if case.before is not None:
        at_rest = Case(case.problem, case.start, None, case.method, case.eta, case.batch)
        if mu > 0:
            assert max(errors(at_rest, run)) > 1000 * run.excess_error


def test_neurons_change_sign_within_the_cases() -> None:
    """What the first test says of sign changes is not empty."""
    problem, start = small_problem(3, 6, seed=2), Start.scaled(6, 0.4, 1.3)
    changed = []
    for name, mu in (("gd", 0.0), ("hb", 0.9), ("nag", 0.9)):
        method = METHODS[name].with_momentum(mu)
        limit = limit_at(problem, start, mu, float(method.kappa))
        for share in np.linspace(0.5, 1.1, 13):
            case = Case(problem, start, None, method, share * limit, None)
            run = trained(case)
            if run is not None and (run.u * start.u < 0).any() | (run.v * start.v < 0).any():
                scale, gap = errors(case, run)
                assert max(scale, gap) <= run.excess_error + evaluation(case, run)
                changed.append(name)
    assert set(changed) == {"gd", "hb", "nag"}


@pytest.mark.parametrize(("mu", "kappa"), [(0.0, 0.0), (0.75, 0.0), (0.75, 0.75), (0.5, -0.25)])
def test_the_sums_are_those_of_the_run_in_many_digits(mu: float, kappa: float) -> None:
    problem, start = small_problem(2, 4, seed=1), Start.scaled(4, 0.5, 1.25)
    method = TwoStepMethod("any", mu, kappa)
    precise = precise_run(problem.X, problem.y, start.u, start.v, method, 1 / 32, goal=16)
    run = train(problem, start, method, 1 / 32)
    # Both have arrived; paths differ by rounding, which a stable recursion forgets.
    np.testing.assert_allclose(run.sums, precise.sums().astype(float), rtol=1e-11)


def test_a_neuron_at_zero_has_no_sums_and_the_run_goes_on() -> None:
    # n = 1, theta = 0: g = -y and u_1 = u_0 (1 + 2 eta y) while v_1 = v_0 (1 - 2 eta y) = 0.
    problem, start = Problem([[1.0, 0.0]], [1.0]), Start([0.25, 0.5], [0.25, 0.5])
    run = train(problem, start, METHODS["gd"], 0.5, max_steps=300)
    assert run.steps >= 100
    assert run.v[0] == 0.0
    np.testing.assert_array_equal(np.isnan(run.sums), [[False, False], [True, False]])
    assert run.closest == run.excess_error == np.inf
    with pytest.raises(UserError, match="1 neurons that were zero"):
        exact_limit(problem, start, run.sums, 0.0)


def test_sums_of_another_shape_are_refused() -> None:
    problem, start = small_problem(2, 4), Start.scaled(4, 0.5)
    with pytest.raises(UserError, match=r"shape \(2, 4\)"):
        exact_limit(problem, start, np.zeros((4, 2)), 0.5)


def test_nothing_that_moves_is_nothing_that_sums() -> None:
    problem = Problem([[1.0, 0.0], [0.0, 0.0]][:1], [1.0])
    run = train(problem, Start.scaled(2, 0.5, 1.5), METHODS["hb"].with_momentum(0.5), 0.05)
    np.testing.assert_array_equal(run.sums[:, 1], 0.0)
    assert (run.sums[:, 0] != 0).all()

"""The compiled kernel takes the steps of the generic recursion, each to a bound of its rounding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numeric.batch import Runs
from numeric.excesses import UNIT, step_excesses
from numeric.iterates import NeuronGradient, numbers_of
from numeric.problems import Problem, Start
from numeric.single_run import SingleRun
from numeric.training import train, train_many, trajectory
from proofs_check.strategies import problems, starts
from symbolic.console import UserError
from symbolic.two_step import METHODS, TwoStepMethod, two_step_update

#: Any member of the family: look-ahead below zero and above the momentum included.
COEFFICIENTS = st.one_of(
    st.sampled_from([(0.0, 0.0), (0.9, 0.0), (0.9, 0.9), (0.5, -0.25), (0.25, 0.75), (0.0, 0.5)]),
    st.tuples(st.floats(0.0, 0.95), st.floats(-0.9, 1.5)),
)
STEPS = 12


@dataclass(frozen=True)
class Case:
    """A short run: rows for every step, or None for all rows."""

    problem: Problem
    start: Start
    before: Start | None
    method: TwoStepMethod
    eta: float
    rows: list[list[int]] | None


@st.composite
def cases(draw: st.DrawFn) -> Case:
    problem = draw(problems())
    start = draw(starts(problem.d))
    shares = st.lists(st.floats(0.8, 1.25), min_size=2 * problem.d, max_size=2 * problem.d)
    before = draw(st.one_of(st.none(), shares.map(lambda s: moved(start, s))))
    mu, kappa = draw(COEFFICIENTS)
    step = st.lists(st.integers(0, problem.n - 1), min_size=1, max_size=problem.n + 1)
    rows = draw(st.one_of(st.none(), st.lists(step, min_size=STEPS, max_size=STEPS)))
    # Bounded by construction: by the curvature at the start and at theta_star, n-fold on one row.
    assert problem.theta_star is not None
    size = np.abs([start.u, start.v]).max() ** 2 + np.abs(problem.theta_star).max()
    curvature = 4 * np.linalg.norm(problem.X, 2) ** 2 * size
    eta = draw(st.floats(0.01, 0.5)) * (1 - mu) / (1 + 2 * abs(kappa)) / curvature
    return Case(problem, start, before, TwoStepMethod("any", mu, kappa), eta, rows)


def moved(start: Start, shares: list[float]) -> Start:
    return Start(*(np.array(shares).reshape(2, -1) * [start.u, start.v]))


def windows_of(case: Case, sizes: list[int], watch: bool = False) -> list[tuple[Any, Any, Any]]:
    """Return (x, last, states) after each window of the kernel, of the sizes given."""
    mu, kappa = case.method.mu, case.method.kappa
    run = SingleRun(case.problem, case.start, case.before, mu, kappa, case.eta, None)
    found, done = [], 0
    for size in sizes:
        rows = None
        if case.rows is not None:
            taken = [np.array(r) for r in case.rows[done : done + size]]
            rows = (np.concatenate(taken), np.cumsum([0, *map(len, taken)]))
        states = run._window(size, rows, watch)
        found.append((*(a.copy() for a in run.newest), states))
        done += size
    return found


def step_bound(case: Case, x: Any, last: Any, X: Any, y: Any) -> Any:
    """Return the bound of one step's rounding, like x (2, d).

    With A = |x| + 3 |kappa p| every |y| is below A and wrong by at most 3 u A, theta by
    8 u (A_u^2 + A_v^2), the b residuals, sums of d + 1 terms, by (d + 10) u of their absolute
    terms, and g_k by b + 3 units more; the step adds one rounding for each of its operations.
    """
    p = np.abs(x - last)
    size = np.abs(x) + 3 * np.abs(case.method.kappa) * p
    absolute = np.abs(X) @ (size[0] ** 2 + size[1] ** 2) + np.abs(y)
    force = 2 * case.eta * (np.abs(X).T @ absolute) / len(y) * size
    units = len(y) + X.shape[1] + 24
    return UNIT * (3 * np.abs(x) + 6 * case.method.mu * p + units * force)


@given(cases())
def test_every_step_is_that_of_the_generic_recursion(case: Case) -> None:
    mu, kappa, eta = map(mpmath.mpf, (case.method.mu, case.method.kappa, case.eta))
    start = np.stack([case.start.u, case.start.v])
    before = case.before or case.start
    path = [np.stack([before.u, before.v]), start]
    path += [x for x, _, _ in windows_of(case, [1] * STEPS)]
    for k in range(STEPS):
        chosen = slice(None) if case.rows is None else case.rows[k]
        X, y = case.problem.X[chosen], case.problem.y[chosen]
        last, now, after = path[k : k + 3]
        with mpmath.workdps(40):
            gradient = NeuronGradient(numbers_of(X), numbers_of(y))
            exact = two_step_update(
                numbers_of(now), numbers_of(last), gradient, mu=mu, kappa=kappa, eta=eta
            )
            error = np.abs(exact - numbers_of(after)).astype(float)
        assert (error <= step_bound(case, now, last, X, y)).all()


def test_the_bound_notices_other_coefficients() -> None:
    problem, start = Problem([[1.0, 2.0, -1.0]], [1.5]), Start.scaled(3, 0.5, 1.25)
    case = Case(
        problem, start, moved(start, [0.9] * 6), TwoStepMethod("any", 0.5, 0.25), 0.02, None
    )
    x = np.stack([start.u, start.v])
    bound = step_bound(case, x, 0.9 * x, problem.X, problem.y)
    ((after, _, _),) = windows_of(case, [1])
    gradient = NeuronGradient(problem.X, problem.y)
    for mu, kappa, eta, right in (
        (0.5, 0.25, 0.02, True),
        (0.5 * (1 + 1e-9), 0.25, 0.02, False),
        (0.5, 0.25 * (1 + 1e-9), 0.02, False),
        (0.5, 0.25, 0.02 * (1 + 1e-9), False),
    ):
        other = two_step_update(x, 0.9 * x, gradient, mu=mu, kappa=kappa, eta=eta)
        # Both sides are rounded here.
        assert bool((np.abs(other - after) <= 2 * bound).all()) is right


@given(cases())
def test_a_window_is_its_steps_one_by_one(case: Case) -> None:
    one_by_one = windows_of(case, [1] * STEPS)
    together = windows_of(case, [STEPS], watch=True)
    for found, expected in zip(together[0][:2], one_by_one[-1][:2], strict=True):
        np.testing.assert_array_equal(found, expected)
    now, worst = together[0][2]
    np.testing.assert_array_equal(now, one_by_one[-1][2][0])
    np.testing.assert_array_equal(worst, np.max([states[0] for *_, states in one_by_one], axis=0))


@given(cases())
def test_states_and_sums_are_those_of_the_path(case: Case) -> None:
    mu, kappa = case.method.mu, case.method.kappa
    one_by_one = windows_of(case, [1] * STEPS)
    x, last, (now, _) = one_by_one[-1]
    batch = Runs(case.problem, case.start.u[None], case.start.v[None], mu, kappa, case.eta, None)
    expected = batch._state(x[:, :, None], last[:, :, None])
    absolute = np.abs(case.problem.X) @ (x[0] ** 2 + x[1] ** 2) + np.abs(case.problem.y)
    rounding = 2 * (case.problem.d + 4) * UNIT * absolute.max()
    assert abs(now[0] - expected[0]) <= rounding
    np.testing.assert_array_equal(now[1], expected[1])
    np.testing.assert_allclose(now[2], expected[2], rtol=4 * UNIT)

    rows = case.rows
    run = train(
        case.problem,
        case.start,
        case.method,
        case.eta,
        before=case.before,
        rows=rows,
        max_steps=STEPS,
        tol=1e-300,
    )
    before = case.before or case.start
    path = np.array([[before.u, before.v], [case.start.u, case.start.v]])
    path = np.concatenate([path, [x for x, _, _ in one_by_one]])
    excesses = step_excesses(path[:-2], path[1:-1], path[2:], mu, kappa)
    total = excesses.sum(axis=0) + mu * np.log(np.abs(path[-1] / path[-2]))
    # Sums of 13 terms, and each excess evaluated in two ways.
    size = np.abs(excesses).sum(axis=0) + np.abs(np.log(np.abs(path[-1] / path[-2])))
    assert (np.abs(run.sums * (1 - mu) - total) <= 20 * UNIT * (1 + size) + run.excess_error).all()
    np.testing.assert_array_equal([run.u, run.v], path[-1])


@given(cases())
def test_without_velocity_and_given_rows_it_trains_like_the_batch(case: Case) -> None:
    settings = {"mu": case.method.mu, "kappa": case.method.kappa, "eta": case.eta}
    u, v = case.start.u, case.start.v
    for batch in (None, 1, case.problem.n):
        alone = train(
            case.problem, case.start, case.method, case.eta, batch=batch, seed=3, max_steps=30
        )
        many = train_many(
            case.problem, [u, u], [v, v], **settings, batch=batch, seed=3, max_steps=30
        )
        # The same steps up to rounding, amplified less than a million times by thirty.
        np.testing.assert_allclose(alone.u, many.u[0], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(
            alone.path_integral, many.path_integral[1], rtol=1e-9, atol=1e-12
        )


def test_a_start_with_velocity_is_the_second_point_of_a_path() -> None:
    problem, start = Problem([[1.0, 2.0, -1.0]], [1.5]), Start.scaled(3, 0.5, 1.25)
    method = METHODS["nag"].with_momentum(0.75)
    path = trajectory(problem, start, method, 0.02, 41)
    first, second = (Start(*x) for x in path[:2])
    later = trajectory(problem, second, method, 0.02, 40, before=first)
    np.testing.assert_array_equal(later, path[1:])
    run = train(problem, second, method, 0.02, before=first, max_steps=40, tol=1e-300)
    np.testing.assert_allclose([run.u, run.v], path[-1], rtol=1e-12)
    # The velocity matters.
    assert np.abs(trajectory(problem, second, method, 0.02, 40)[-1] - path[-1]).max() > 1e-3


def test_rows_are_repeated_and_replace_the_drawn_ones() -> None:
    problem = Problem([[1.0, 2.0, -1.0], [0.0, 1.0, 1.0]], [1.5, 1.0])
    start, method = Start.scaled(3, 0.5), METHODS["hb"].with_momentum(0.5)
    short = train(problem, start, method, 0.05, rows=[0, [1]], max_steps=250)
    long = train(problem, start, method, 0.05, rows=iter([0, 1] * 125), max_steps=250)
    np.testing.assert_array_equal(short.sums, long.sums)
    whole = train(problem, start, method, 0.05, rows=[[0, 1]], max_steps=250)
    full = train(problem, start, method, 0.05, max_steps=250)
    np.testing.assert_allclose(whole.theta, full.theta, rtol=1e-12)
    assert np.abs(short.theta - full.theta).max() > 1e-6
    drawn = np.random.default_rng(5).integers(2, size=(100, 1))
    seeded = train(problem, start, method, 0.05, batch=1, seed=5, max_steps=100)
    given_rows = train(problem, start, method, 0.05, rows=drawn, max_steps=100)
    np.testing.assert_array_equal(seeded.theta, given_rows.theta)


@pytest.mark.parametrize(
    "change",
    [
        {"rows": [0, 2]},
        {"rows": [[0, -1]]},
        {"rows": [[]]},
        {"rows": []},
        {"rows": [0.5]},
        {"rows": [[[0]]]},
        {"rows": [0], "batch": 1},
        {"before": Start.scaled(2, 0.5)},
    ],
)
def test_rows_and_velocities_that_do_not_fit_are_refused(change: dict[str, Any]) -> None:
    problem = Problem([[1.0, 2.0, -1.0], [0.0, 1.0, 1.0]], [1.5, 1.0])
    start, method = Start.scaled(3, 0.5), METHODS["hb"].with_momentum(0.5)
    with pytest.raises(UserError):
        train(problem, start, method, 0.05, max_steps=10, **change)
    with pytest.raises(UserError, match="zero"):
        Start([0.5, 0.0, 0.5], [0.5, 0.5, 0.5])

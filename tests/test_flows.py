"""The flows end where two unlike integrators agree, conserve what they must, and say when not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from numeric.compiled import inertia
from numeric.datasets import small_problem
from numeric.flows import (
    gradient_flow_limit,
    gradient_flow_path,
    momentum_flow_limit,
    momentum_flow_path,
    start_velocity,
)
from numeric.problems import Problem, Start
from numeric.projection import entropy_projection
from numeric.velocities import KINDS
from symbolic.console import UserError

PROBLEM = small_problem(3, 6, 1)
START = Start(np.array([0.5, 0.9, -0.4, 0.7, 0.3, 0.6]), np.array([0.6, -0.2, 0.8, 0.7, 0.5, 0.3]))
#: Integrators run at 1e-12 relative; the error constants of these problems are of order ten.
AGREE = 1e-10

seeds = st.integers(0, 10_000)


def flow(problem=PROBLEM, start=START, mu=0.6, eta=0.02, kind="matched", **options):
    return momentum_flow_limit(
        problem,
        start,
        inertia=float(inertia(mu, 0.0, eta)),
        momentum=mu,
        velocity=start_velocity(kind, problem, start, mu=mu),
        **options,
    )


def out_of_row_space_of_dual(problem: Problem, limit, start: Start) -> np.ndarray:
    # independent of the projection: ln|u/v| moves within the row space
    moved = np.log(np.abs(limit.u / limit.v)) - np.log(np.abs(start.u / start.v))
    return problem.out_of_row_space(moved)


@pytest.mark.parametrize("integrator", ["DOP853", "Radau", "LSODA"])
@pytest.mark.parametrize("eta", [0.1, 0.003])
def test_integrators_agree_on_the_second_order_flow(integrator: str, eta: float) -> None:
    a, b = flow(eta=eta), flow(eta=eta, integrator=integrator, rtol=3e-12)
    assert a.converged
    assert b.converged
    for name in ("theta", "u", "v", "xi", "path_integral"):
        assert np.allclose(getattr(a, name), getattr(b, name), rtol=0, atol=AGREE), name


@pytest.mark.parametrize("integrator", ["DOP853", "Radau", "LSODA"])
def test_integrators_agree_on_gradient_flow(integrator: str) -> None:
    a = gradient_flow_limit(PROBLEM, START)
    b = gradient_flow_limit(PROBLEM, START, integrator=integrator, rtol=3e-12)
    assert np.allclose(a.theta, b.theta, rtol=0, atol=AGREE)
    assert np.allclose(a.path_integral, b.path_integral, rtol=0, atol=AGREE)


@given(seed=seeds, scale=st.floats(0.05, 2.0), bias=st.floats(0.3, 1.0))
def test_gradient_flow_ends_on_the_entropy_projection(seed, scale, bias) -> None:
    problem, start = small_problem(2, 5, seed), Start.scaled(5, scale, bias)
    limit = gradient_flow_limit(problem, start)
    assert limit.converged
    assert np.allclose(limit.xi, start.xi, rtol=1e-12)
    projection = entropy_projection(
        problem.X, problem.y, start.xi, -np.log(np.abs(start.u / start.v)) / 4
    )
    assert np.allclose(limit.theta, projection.theta, rtol=0, atol=1e-9)
    assert np.max(np.abs(out_of_row_space_of_dual(problem, limit, start))) < 1e-9


@given(seed=seeds, mu=st.floats(0.05, 0.85))
def test_exact_identities_hold_along_an_integrated_flow(seed, mu) -> None:
    # ln xi_inf = ln xi_0 + alpha (omega_u + omega_v) - alpha int p^2 + q^2, by a path of its own
    problem, start = small_problem(2, 4, seed), Start.scaled(4, 0.8, 0.7)
    alpha = float(inertia(mu, 0.0, 0.02))
    limit = flow(problem, start, mu=mu, kind="zero")
    d = 4

    def field(x: np.ndarray) -> np.ndarray:
        g = problem.X.T @ (problem.X @ (x[:d] ** 2 - x[d:] ** 2) - problem.y) / 2
        return np.concatenate([2 * x[:d] * g, -2 * x[d:] * g])

    from scipy.integrate import solve_ivp

    def rate(_: float, s: np.ndarray) -> np.ndarray:
        x, w = s[: 2 * d], s[2 * d : 4 * d]
        return np.concatenate([w, -(w + field(x) / (1 - mu)) / alpha, (w / x) ** 2])

    x0 = np.concatenate([start.u, start.v])
    end = 2 * limit.end_time
    run = solve_ivp(
        rate, (0, end), np.concatenate([x0, 0 * x0, 0 * x0]), "DOP853", rtol=1e-11, atol=1e-13
    )
    # A neuron that reaches zero makes x'/x infinite, which stops this integrator (not the flow's
    # own): the identity is for paths on which none does.
    assume(run.success and (run.y[: 2 * d] * x0[:, None] > 0).all())
    squares = run.y[4 * d :, -1].reshape(2, d).sum(axis=0)
    assert limit.converged
    assert np.allclose(limit.xi, start.xi * np.exp(-alpha * squares), rtol=1e-7)


def test_limit_much_smaller_than_the_neurons_is_accepted() -> None:
    # theta is a difference of squares of size 140, so |theta| says nothing about its rounding.
    problem = Problem(np.array([[1.0, 1.0]]), np.array([0.25]))
    limit = gradient_flow_limit(problem, Start(np.array([1.0, 12.0]), np.array([1.0, 11.6875])))
    assert limit.converged
    assert abs(limit.theta.sum() - 0.25) <= 140 * 100 * np.finfo(float).eps


def test_flow_knows_the_method_through_one_number() -> None:
    # in t/(1-mu) only alpha/(1-mu) is left, with velocities times (1-mu)
    mu, a = 0.7, 0.05
    du, dv = np.full(6, 0.3), np.linspace(-0.2, 0.4, 6)
    slow = momentum_flow_limit(PROBLEM, START, inertia=a, momentum=0.0, velocity=(du, dv))
    fast = momentum_flow_limit(
        PROBLEM,
        START,
        inertia=a * (1 - mu),
        momentum=mu,
        velocity=(du / (1 - mu), dv / (1 - mu)),
    )
    assert np.allclose(slow.theta, fast.theta, rtol=0, atol=AGREE)
    assert np.allclose((1 - mu) * slow.path_integral, fast.path_integral, rtol=0, atol=AGREE)


@pytest.mark.parametrize("mu", [0.0, 0.5])
def test_flow_tends_to_gradient_flow(mu: float) -> None:
    limit = flow(eta=1e-5, mu=mu)
    reference = gradient_flow_limit(PROBLEM, START)
    change = np.max(np.abs(limit.theta - reference.theta))
    assert 0 < change < 1e-3
    assert np.allclose(limit.path_integral, (1 - mu) * reference.path_integral, rtol=1e-3)


@given(seed=seeds)
def test_permutations_and_signs_are_symmetries(seed: int) -> None:
    rng = np.random.default_rng(seed)
    order = rng.permutation(6)
    signs = rng.choice([-1.0, 1.0], size=6)
    base = flow(eta=0.05)
    moved = flow(
        Problem(PROBLEM.X[:, order], PROBLEM.y),
        Start(signs * START.u[order], START.v[order]),
        eta=0.05,
    )
    assert np.allclose(moved.theta, base.theta[order], rtol=0, atol=AGREE)


def test_zero_column_stays_where_it_started() -> None:
    X = PROBLEM.X.copy()
    X[:, 2] = 0.0
    problem = Problem(X, PROBLEM.y)
    limit = flow(problem)
    assert limit.converged
    assert limit.u[2] == pytest.approx(START.u[2], rel=1e-14)
    assert limit.path_integral[2] == 0


def test_unfinished_flow_is_flagged_and_not_comparable(monkeypatch) -> None:
    monkeypatch.setattr("numeric.flows.MAX_STEPS", 5)
    limit = flow(integrator="Radau")
    assert not limit.converged
    assert np.all(np.isnan(limit.theta))
    assert limit.residual > 0
    assert limit.steps == 5


def test_paths_agree_with_the_exact_oscillator() -> None:
    # alpha x'' + x' + c x/(1-mu) = 0, underdamped; roots of a quadratic, typed independently
    alpha, mu, c = 0.5, 0.5, 2.0
    roots = np.roots([alpha, 1.0, c / (1 - mu)])
    times = np.linspace(0.0, 3.0, 13)
    weights = np.linalg.solve(np.array([[1, 1], roots]), np.array([1.0, -0.3]))
    exact = (weights * np.exp(np.outer(times, roots))).sum(axis=1).real
    for integrator in ("DOP853", "LSODA"):
        path = momentum_flow_path(
            lambda x: c * x,
            np.array([1.0]),
            np.array([-0.3]),
            alpha,
            mu,
            times,
            integrator=integrator,
        )
        assert np.allclose(path[:, 0], exact, rtol=0, atol=1e-9)
    slow = gradient_flow_path(lambda x: c * x, np.array([1.0]), times, mu)
    assert np.allclose(slow[:, 0], np.exp(-c / (1 - mu) * times), rtol=0, atol=1e-10)


def test_velocities_are_the_named_multiples_of_the_gradient() -> None:
    mu = 0.6
    unit = np.concatenate(start_velocity("gradient", PROBLEM, START))
    expected = {"zero": 0.0, "matched": 1 / (1 + mu), "rescaled-gradient": 1 / (1 - mu)}
    for kind, factor in expected.items():
        velocity = np.concatenate(start_velocity(kind, PROBLEM, START, mu=mu))
        assert np.allclose(velocity, factor * unit, rtol=1e-14)
    assert set(expected) | {"gradient"} == set(KINDS)


@pytest.mark.parametrize(
    "change",
    [{"inertia": 0.0}, {"inertia": -1.0}, {"momentum": 1.0}, {"integrator": "Euler"}],
)
def test_bad_flows_are_refused(change: dict[str, object]) -> None:
    arguments = {"inertia": 0.1, "momentum": 0.5, "velocity": (0 * START.u, 0 * START.v)}
    with pytest.raises(UserError):
        momentum_flow_limit(PROBLEM, START, **{**arguments, **change})


def test_unknown_velocity_is_refused() -> None:
    with pytest.raises(UserError, match="zero, matched"):
        start_velocity("fast", PROBLEM, START)

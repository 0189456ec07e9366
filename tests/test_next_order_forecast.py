"""Theorem 3 to one order more as a forecast: its integrals, and when there is none."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from numeric import next_order
from numeric.compare import compare
from numeric.datasets import small_problem
from numeric.next_order import gradient_flow_integrals, next_order_limit
from numeric.predictions import NEXT_ORDER
from numeric.problems import Array, Start

PROBLEM = small_problem(3, 5, seed=1)
STARTS = {"biased": Start.scaled(5, 0.5, 0.8), "unbiased": Start.scaled(5, 0.5)}


def integrals_by_neurons(start: Start, end: float) -> Array:
    """The same integrals, (3, d), in neurons: u' = -2 u g, v' = 2 v g and Q' = -H Q + H grad L."""
    X, n, d = PROBLEM.X, PROBLEM.n, PROBLEM.d

    def field(_: float, state: Array) -> Array:
        u, v = state[:d], state[d : 2 * d]
        Q = state[2 * d : 4 * d]
        g = X.T @ (X @ (u * u - v * v) - PROBLEM.y) / n
        J = np.hstack([2 * X * u, -2 * X * v])
        hessian = J.T @ J / n + np.diag(np.concatenate([2 * g, -2 * g]))
        slope = np.concatenate([2 * u * g, -2 * v * g])
        varied = X.T @ (J @ Q) / n
        return np.concatenate([-slope, hessian @ (slope - Q), g**2, g**3, 2 * g * varied])

    state0 = np.concatenate([start.u, start.v, np.zeros(5 * d)])
    found = solve_ivp(field, (0, end), state0, "DOP853", rtol=1e-12, atol=1e-15)
    return found.y[4 * d :, -1].reshape(3, d)


@pytest.mark.parametrize("kind", STARTS)
def test_integrals_in_dual_variables_are_those_in_neurons(kind: str) -> None:
    start = STARTS[kind]
    found = gradient_flow_integrals(PROBLEM, start)
    expected = integrals_by_neurons(start, 400.0)
    for one, other in zip((found.squares, found.cubes, found.variation), expected, strict=True):
        # Both integrators are told 1e-12 a step.
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-11 * np.abs(other).max())


def test_jacobian_is_that_of_the_field() -> None:
    flow = next_order._VariedFlow(PROBLEM, STARTS["biased"], 1e-9)
    state = np.random.default_rng(2).normal(size=flow.start.size) / 8
    h = 2.0**-16
    units = np.eye(state.size) * h
    columns = [(flow.field(0, state + e) - flow.field(0, state - e)) / (2 * h) for e in units]
    exact = flow.jacobian(0, state)
    # Central differences: h^2 times third derivatives, which here are below 10^4 times the size.
    np.testing.assert_allclose(np.array(columns).T, exact, atol=1e4 * h**2 * np.abs(exact).max())


@pytest.mark.parametrize(("mu", "kappa"), [(0.5, 0.0), (0.3, 0.9)])
def test_forecast_and_sum_along_the_run_differ_by_the_third_order(mu: float, kappa: float) -> None:
    from numeric.training import train
    from symbolic.two_step import TwoStepMethod

    start = STARTS["biased"]
    flow = gradient_flow_integrals(PROBLEM, start)
    gaps = []
    for eta in (4e-3, 2e-3, 1e-3):
        run = train(PROBLEM, start, TwoStepMethod("own", mu, kappa), eta)
        method = {"mu": mu, "kappa": kappa, "eta": eta}
        one = next_order_limit(PROBLEM, start, flow, **method)
        other = next_order_limit(PROBLEM, start, flow, squares=run.path_integral, **method)
        gaps.append(np.linalg.norm(one - other))
    assert 6.4 < gaps[1] / gaps[2] < 9.6


def test_a_flow_that_does_not_arrive_is_the_reason_for_both(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(next_order, "plan_of", lambda *_: (("DOP853", 3),))
    result = compare(PROBLEM, STARTS["biased"], "hb", 2e-3, momentum=0.5)
    for name in NEXT_ORDER:
        assert result.distances[name] is None
        (note,) = (note for note in result.notices if note.startswith(f"{name} could not"))
        assert "gradient flow that reaches an interpolator" in note
    assert result.distances["theorem3.forecast"] is not None


def test_above_its_parameter_the_next_order_is_not_promised() -> None:
    result = compare(PROBLEM, STARTS["biased"], "hb", 2e-2, momentum=0.5)
    assert result.small_parameter is not None
    assert result.small_parameter > 0.1
    (note,) = (note for note in result.notices if "need not hold" in note)
    assert all(name in note for name in NEXT_ORDER)

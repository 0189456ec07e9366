"""Gradient flow against Proposition 2: the corrected sign meets it, the printed one cannot."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from numeric.compiled import numpy_function
from numeric.flows import FlowLimit, gradient_flow_limit
from numeric.predictions import gradient_flow_prediction
from numeric.problems import Problem, Start
from numeric.projection import entropy_gradient
from proofs_check.lyu.prop2 import quarters_of
from proofs_check.rational_flows import RationalFlow
from proofs_check.strategies import problems, starts
from symbolic.implicit_bias import gradient_flow_bias_corrected, gradient_flow_bias_printed
from symbolic.symbols import THETA_0, XI

#: Accuracy of the flow's limit, the one that its integrator is asked for.
RTOL = 1e-12


@st.composite
def biased_flows(draw: st.DrawFn, kinds: tuple[str, ...]) -> tuple[Problem, Start, FlowLimit]:
    problem = draw(problems())
    start = draw(starts(problem.d, kinds))
    limit = gradient_flow_limit(problem, start, rtol=RTOL)
    assert limit.converged
    return problem, start, limit


def off_the_rows(problem: Problem, start: Start, theta: Any, linear: Any) -> float:
    """Size of the part of grad Q_xi(theta) + R that is orthogonal to the rows of X."""
    gradient = entropy_gradient(theta, start.xi)
    return float(np.linalg.norm(problem.out_of_row_space(gradient + linear)))


def linear_term(expression: Any, start: Start) -> Any:
    return numpy_function((THETA_0, XI), expression)(start.theta, start.xi)


@given(biased_flows(("biased", "unbiased", "tiny")))
def test_corrected_condition_holds_at_the_limit(case: Any) -> None:
    problem, start, limit = case
    linear = linear_term(gradient_flow_bias_corrected(), start)
    size = 1 + np.linalg.norm(linear) + np.linalg.norm(entropy_gradient(limit.theta, start.xi))
    assert off_the_rows(problem, start, limit.theta, linear) <= 10 * RTOL * size


@given(biased_flows(("biased", "unbiased")))
def test_corrected_prediction_is_the_limit(case: Any) -> None:
    problem, start, limit = case
    predicted = gradient_flow_prediction(problem, start)
    # grad Q of both differs by 10 RTOL times its size at most, off the rows; theta follows with
    # d theta/d z = 4 sqrt(theta^2 + 4 xi^2) =: s, and along {X theta = y} with the condition of s.
    slope = 4 * np.sqrt(limit.theta**2 + 4 * start.xi**2)
    size = 1 + np.abs(entropy_gradient(limit.theta, start.xi)).max()
    condition = slope.max() / slope.min() * np.linalg.cond(problem.X) ** 2
    allowed = 10 * RTOL * slope.max() * condition * size * np.sqrt(problem.d)
    assert np.linalg.norm(predicted - limit.theta) <= allowed


@given(biased_flows(("biased",)))
def test_printed_prediction_misses_by_what_the_start_says(case: Any) -> None:
    problem, start, limit = case
    at_the_start = entropy_gradient(start.theta, start.xi)
    across = float(np.linalg.norm(problem.out_of_row_space(at_the_start)))
    assume(across > 1e-3)
    printed = linear_term(gradient_flow_bias_printed(), start)
    assert off_the_rows(problem, start, limit.theta, printed) >= 2 * across * (1 - 1e-6)
    # grad Q of the two minimisers differs by 2 grad Q(theta_0) off the rows, and the Hessian of Q
    # is at most 1/(8 xi): so far apart are the minimisers at least.
    wrong = gradient_flow_prediction(problem, start, printed=True)
    apart = 16 * start.xi.min() * across
    assert np.linalg.norm(wrong - limit.theta) >= apart * (1 - 1e-6)


@given(biased_flows(("unbiased",)))
def test_the_sign_is_invisible_from_unbiased_starts(case: Any) -> None:
    problem, start, _ = case
    assert not linear_term(gradient_flow_bias_printed(), start).any()
    right = gradient_flow_prediction(problem, start)
    assert np.array_equal(gradient_flow_prediction(problem, start, printed=True), right)


@settings(max_examples=15)
@given(biased_flows(("biased",)), st.sampled_from([0.95, 1.05, 0.0]))
def test_a_wrong_coefficient_is_seen(case: Any, factor: float) -> None:
    problem, start, limit = case
    at_the_start = entropy_gradient(start.theta, start.xi)
    across = float(np.linalg.norm(problem.out_of_row_space(at_the_start)))
    assume(across > 1e-3)
    linear = factor * linear_term(gradient_flow_bias_corrected(), start)
    missed = off_the_rows(problem, start, limit.theta, linear)
    assert missed >= abs(1 - factor) * across * (1 - 1e-6)


# --- One sample: everything rational --------------------------------------------------------------


@st.composite
def rational_flows(draw: st.DrawFn) -> RationalFlow:
    """Draw a flow with one integer sample, one entry at least not zero, and a rational end."""
    d = draw(st.integers(2, 4))
    x = [draw(st.integers(-3, 3)) for _ in range(d)]
    x[0] = draw(st.sampled_from([1, 2, -1, 3]))
    neurons = st.tuples(*[st.fractions(Fraction(1, 4), 6, max_denominator=4)] * d)
    end = draw(st.sampled_from([Fraction(2), Fraction(1, 2), Fraction(3, 2), Fraction(5, 3)]))
    return RationalFlow(tuple(x), draw(neurons), draw(neurons), end)


def start_is_in_the_rows(flow: RationalFlow) -> bool:
    """Whether ln|u_0/v_0| is a multiple of x, decided by powers of rationals."""
    ratio = [abs(u / v) for u, v in zip(flow.u, flow.v, strict=True)]
    pairs = [(i, j) for i in range(len(ratio)) for j in range(i)]
    return all(ratio[i] ** flow.x[j] == ratio[j] ** flow.x[i] for i, j in pairs)


@given(rational_flows())
def test_rational_limits_decide_exactly(flow: RationalFlow) -> None:
    corrected = quarters_of(gradient_flow_bias_corrected())
    printed = quarters_of(gradient_flow_bias_printed())
    assert corrected is not None
    assert printed is not None
    assert flow.stationary(corrected)
    # The printed sign is right exactly where the term cannot act.
    assert flow.stationary(printed) == start_is_in_the_rows(flow)


@given(rational_flows())
def test_rational_limits_are_limits_of_the_flow(flow: RationalFlow) -> None:
    # The end is reached by the integrator too: with this target it stops at theta.
    target = flow.target
    u, v = (np.array([float(entry) for entry in part]) for part in (flow.u, flow.v))
    problem = Problem(np.array([flow.x], dtype=float), np.array([float(target)]))
    limit = gradient_flow_limit(problem, Start(u, v), rtol=RTOL)
    assert limit.converged
    exact = np.array([float(entry) for entry in flow.theta])
    assert np.allclose(limit.theta, exact, rtol=10 * RTOL, atol=10 * RTOL * np.abs(exact).max())

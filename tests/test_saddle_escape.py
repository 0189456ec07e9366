"""Leaving the saddle: the law of the linearised recursion, and starts with equal limits."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from numeric.datasets import small_problem
from numeric.exact_limit import exact_limit
from numeric.flows import gradient_flow_limit
from numeric.problems import Start
from numeric.projection import entropy_projection
from numeric.saddle_escape import (
    closest_uniform_start,
    growth_factor,
    push_at_the_saddle,
    start_with_limit,
    steps_until,
)
from numeric.training import train
from proofs_check.claim import Outcome
from proofs_check.lyu import saddle, saddle_matched
from symbolic import saddle_escape as escape
from symbolic.console import UserError
from symbolic.symbols import KAPPA, MU
from symbolic.two_step import METHODS

HB = METHODS["hb"].with_momentum(0.8)


def test_growth_is_a_root_and_one_without_push() -> None:
    assert sp.expand(escape.characteristic(escape.growth())) == 0
    still = escape.growth().subs({escape.PUSH: 0, MU: sp.Rational(1, 2), KAPPA: 1})
    assert still == 1


@given(mu=st.floats(0, 0.95), push=st.floats(1e-4, 0.5))
def test_momentum_leaves_faster_and_first_order_bounds_the_rate(mu: float, push: float) -> None:
    method = METHODS["hb"].with_momentum(mu)
    factor = growth_factor(push, method)
    # z_+ > 1, and more momentum leaves the saddle faster
    assert factor > 1
    assert factor >= growth_factor(push, METHODS["gd"].with_momentum(0)) - 1e-12
    assert np.log(factor) <= push / (1 - mu) + 1e-12


@pytest.mark.parametrize("name", ["gd", "hb", "nag"])
def test_a_start_smaller_by_one_factor_costs_its_logarithm(name: str) -> None:
    problem = small_problem(2, 5, 3)
    method = METHODS[name].with_momentum(0 if name == "gd" else 0.8)
    eta = 0.01 / push_at_the_saddle(problem, 1.0)
    counts = [
        steps_until(problem, Start.scaled(5, size), method, eta, size=1e-6)
        for size in (1e-30, 1e-60)
    ]
    law = np.log(1e30) / np.log(growth_factor(0.01, method))
    assert abs(counts[1] - counts[0] - law) <= 1 + 1e-3


def test_gradient_flow_from_the_matched_start_has_the_limit() -> None:
    problem = small_problem(2, 5, 3)
    start = Start.scaled(5, 0.5, 0.9)
    run = train(problem, start, HB, 0.01)
    limit = exact_limit(problem, start, run.sums, 0.8)
    flow = gradient_flow_limit(problem, start_with_limit(limit.xi, limit.linear))
    assert flow.converged
    assert np.allclose(flow.theta, run.theta, rtol=0, atol=1e-7)


def test_closest_uniform_start_finds_one_that_exists() -> None:
    problem = small_problem(2, 5, 3)
    theta = entropy_projection(problem.X, problem.y, np.full(5, 0.04), np.zeros(5)).theta
    size, distance = closest_uniform_start(problem, theta, 0.5)
    assert size == pytest.approx(0.2, rel=1e-3)
    assert distance < 1e-4


def test_bad_input_is_refused() -> None:
    problem = small_problem(2, 5, 3)
    start = Start.scaled(5, 0.1)
    with pytest.raises(UserError):
        steps_until(problem, start, HB, 0.01)
    with pytest.raises(UserError):
        steps_until(problem, start, HB, 0.01, size=1.0, loss=1.0)
    with pytest.raises(UserError):
        steps_until(problem, start, HB, 1e-6, size=10.0, most=10)


def test_checks_reject_wrong_forms() -> None:
    for wrong in saddle.forms().mutants:
        assert saddle.linearised(wrong).outcome is Outcome.FAILS
    forms = saddle_matched.matched_forms()
    for wrong in (forms.printed, *forms.mutants):
        assert saddle_matched.same_scale_and_term(wrong).outcome is Outcome.FAILS


def test_counterexample_is_found() -> None:
    assert saddle_matched.unmatched_limit() is not None

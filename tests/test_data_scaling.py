"""Training on (eps X, eps y) is training on (X, y) at eps^2 times the learning rate."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from numeric.datasets import gaussian
from numeric.problems import Problem, Start
from numeric.training import train
from proofs_check.claim import Outcome
from proofs_check.lyu import fig1_scaling
from proofs_check.strategies import problems, starts
from symbolic import data_scaling as scaling
from symbolic.two_step import METHODS, TwoStepMethod


def test_residuals_vanish_and_can_fail() -> None:
    right = scaling.iterates_residual(scaling.EPSILON**2, sp.S.One)
    assert scaling.loss_residual() == 0
    assert not any(right)
    assert any(scaling.iterates_residual(scaling.EPSILON, sp.S.One))
    assert scaling.linear_term_residual(2) == scaling.mitigation_residual(2) == 0
    assert scaling.mitigation_residual(0) != 0


@given(data=st.data(), mu=st.floats(0, 0.9), kappa=st.floats(0, 1), power=st.integers(-3, 1))
def test_powers_of_two_change_no_bit(
    data: st.DataObject, mu: float, kappa: float, power: int
) -> None:
    problem = data.draw(problems())
    start = data.draw(starts(problem.d, ("unbiased", "biased")))
    method, factor, eta = TwoStepMethod("any", mu, kappa), 2.0**power, 2.0**-10
    scaled = Problem(factor * problem.X, factor * problem.y)
    kept = {"tol": 1e-300, "max_steps": 60}
    one = train(scaled, start, method, eta, **kept)
    other = train(problem, start, method, eta * factor**2, **kept)
    assert np.array_equal(one.theta, other.theta)


@pytest.mark.parametrize("name", ["gd", "hb", "nag"])
def test_any_factor_changes_rounding_only(name: str) -> None:
    problem, start = gaussian(5, 12, 2, seed=1), Start.scaled(12, 0.3)
    method = METHODS[name].with_momentum(0 if name == "gd" else 0.9)
    scaled = Problem(0.6 * problem.X, 0.6 * problem.y)
    one = train(scaled, start, method, 0.01, tol=1e-300, max_steps=200)
    other = train(problem, start, method, 0.01 * 0.36, tol=1e-300, max_steps=200)
    assert np.allclose(one.theta, other.theta, rtol=0, atol=1e-11)


def test_checks_reject_wrong_forms() -> None:
    forms = fig1_scaling.forms()
    assert fig1_scaling.powers(forms.printed).outcome is Outcome.FAILS
    wrong_rates = [form for form in forms.mutants if form.name.startswith(("rate", "neurons"))]
    assert len(wrong_rates) == 4
    for wrong in wrong_rates:
        assert fig1_scaling.same_bits(wrong).outcome is Outcome.FAILS


def test_counterexample_is_found() -> None:
    found = fig1_scaling.vanishing_mitigation()
    assert found is not None
    assert found.exact

"""Momentum gradient flow: every identity is exactly zero, and changed ones are not."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from numeric.compiled import numpy_function
from numeric.flow_paths import network_flow_path
from numeric.flows import start_velocity
from numeric.iterates import NeuronGradient, generic_iterates, stacked
from numeric.problems import Problem, Start
from proofs_check.claim import Form, Outcome
from proofs_check.papazov import discretisation, mirror_span, small_start
from proofs_check.potential_runs import potential_runs
from proofs_check.strategies import problems, rational_problems, starts
from symbolic import mgf_limit, momentum_flow
from symbolic import mgf_potentials as potentials
from symbolic import mgf_schemes as schemes
from symbolic import momentum_gradient_flow as flow
from symbolic.concordance import mgf_time
from symbolic.mirror_flow import slow_log_velocities
from symbolic.mutation import mutations
from symbolic.networks import PRODUCT
from symbolic.symbols import ALPHA, MU, G
from symbolic.theorem_corollaries import small_lambda_balancedness
from symbolic.two_step import TwoStepMethod

HALF, ZERO, ONE = sp.Rational(1, 2), sp.S.Zero, sp.S.One
FACTORS = (-1, 0, sp.Rational(21, 20), sp.Rational(19, 20))

RESIDUALS = {
    "w_+": lambda: flow.pair_residual(1),
    "w_-": lambda: flow.pair_residual(-1),
    "balancedness at lambda = 0": flow.balance_at_zero_inertia,
    "logarithm of w_+": lambda: flow.logarithm_residual(1),
    "logarithm of w_-": lambda: flow.logarithm_residual(-1),
    **{name: (lambda r=residual: r) for name, residual in flow.energy_argument()},
    "mirror flow": potentials.mirror_flow_residual,
    "perturbed start": potentials.perturbed_start_residual,
    "minimiser": mgf_limit.minimiser_residual,
    "three points": potentials.three_point_residual,
    "conserved dual": lambda: potentials.dual_at_the_end()[0],
}


@pytest.mark.parametrize("name", RESIDUALS)
def test_residual_is_zero(name: str) -> None:
    assert sp.expand(RESIDUALS[name]()) == 0


def test_equations_are_those_of_the_poster() -> None:
    # independent transcription: lambda a'' + a' + g b = 0, lambda b'' + b' + g a = 0
    a, b, lam, g = PRODUCT.first, PRODUCT.second, flow.LAMBDA, G
    first, second = flow.neuron_accelerations()
    assert sp.expand(lam * first + momentum_flow.U_DOT + g * b) == 0
    assert sp.expand(lam * second + momentum_flow.V_DOT + g * a) == 0


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("factor", FACTORS)
def test_changed_logarithm_is_not_conserved(sign: int, factor: Any) -> None:
    right = flow.logarithm(sign)
    for term in sp.Add.make_args(right):
        rate = flow.time_derivative(right + (factor - 1) * term)
        assert sp.cancel(sp.together(rate)) != 0, term


def test_balancedness_moves_with_momentum() -> None:
    assert sp.expand(flow.time_derivative(flow.balance())) != 0
    rate = flow.time_derivative(flow.balance())
    changed = flow.LAMBDA * flow.time_derivative(rate) + rate
    assert sp.expand(changed - flow.LAMBDA * flow.W_PLUS_DOT * flow.W_MINUS_DOT) != 0


@pytest.mark.parametrize("factor", FACTORS)
def test_energy_is_lost_at_no_other_rate(factor: Any) -> None:
    kinetic, _ = flow.energy()
    speed = 2 * kinetic / flow.LAMBDA
    rate = flow.time_derivative(kinetic) + G * flow.time_derivative(flow.predictor())
    assert sp.expand(rate + speed) == 0
    assert sp.expand(rate + factor * speed) != 0


def test_resting_neurons_stay() -> None:
    assert flow.resting_neuron_accelerations() == (0, 0)


def test_slow_paths_of_both_papers_agree() -> None:
    # p by T is (1 - mu)/2 times p by t; derivatives of g by t gain the rate of T each
    order = 2
    rate = sp.diff(mgf_time(), sp.Symbol("t", real=True))
    jet = {g: g * rate**k for k, g in enumerate(momentum_flow.G_JET)}
    for index, sign in ((0, 1), (1, -1)):
        of_lyu = sum(p * ALPHA**k for k, p in enumerate(slow_log_velocities(order)[index]))
        here = sum(p * flow.LAMBDA**k for k, p in enumerate(flow.slow_log_velocity(sign, order)))
        mapped = of_lyu.subs(jet, simultaneous=True) / rate
        inertia = here.subs(flow.LAMBDA, 2 * ALPHA / (1 - MU))
        assert sp.cancel(sp.expand(mapped - inertia)) == 0


def test_small_lambda_density() -> None:
    first, second = flow.small_lambda_density(2)
    g, g_dot = momentum_flow.G_JET[:2]
    assert (first, sp.expand(second + 4 * g * g_dot)) == (2 * g**2, 0)
    exponent = sp.log(small_lambda_balancedness()).expand(force=True)
    # the same leading term as the limit of the discrete theorem
    assert exponent.coeff(flow.LAMBDA) == -first / g**2 * sp.Symbol("J", nonnegative=True)


# --- Potentials -----------------------------------------------------------------------------------


def test_balancedness_formulas_hold_at_rest_and_in_motion() -> None:
    assert potentials.balancedness_residuals() == (0, 0, 0)
    assert potentials.balancedness_residuals(potentials.log_balancedness()) == (0, 0, 0)
    # at rest the formula with velocity is the formula without
    moving = potentials.log_balancedness(at_rest=False).subs(potentials.SIGMA_DOT, 0)
    assert sp.expand(moving - potentials.log_balancedness()) == 0


@pytest.mark.parametrize("name", [name for name, _ in mutations(potentials.shift())])
def test_no_other_linear_part_gives_the_mirror_flow(name: str) -> None:
    wrong = dict(mutations(potentials.shift()))[name]
    assert potentials.mirror_flow_residual(wrong) != 0


def test_dual_is_the_gradient_of_the_potential_on_integrated_flows() -> None:
    names = (*potentials_jet(),)
    dual = numpy_function(names, potentials.dual())
    gradient = numpy_function((potentials.THETA, potentials.DELTA), potentials.psi_gradient())
    shift = numpy_function(names, potentials.shift())
    for run in potential_runs():
        plus, minus, gain_plus, gain_minus = run.jet[[0, 1, 4, 5]]
        theta = (np.exp(2 * plus) - np.exp(2 * minus)) / 4
        delta = np.exp(run.jet[0, 0] + run.jet[1, 0] - gain_plus - gain_minus)
        difference = gradient(theta, delta) + shift(*run.jet) - dual(*run.jet)
        assert np.abs(difference).max() <= 1e-10
        # the dual has moved by -int g at the end, where its velocity is zero
        ends = dual(*run.jet)
        assert np.abs(ends[-1] - ends[0] + run.impulse[-1]).max() <= 1e-8
        assert np.abs(run.impulse[-1]).max() > 1e-2


def potentials_jet() -> tuple[sp.Symbol, ...]:
    from proofs_check.potential_runs import JET

    return JET


@settings(max_examples=6)
@given(problems(), st.data())
def test_product_equation_along_flows(problem: Problem, data: st.DataObject) -> None:
    # |delta(t) - delta_0| < 2 lambda L(theta_0), summed over coordinates, from rest
    start: Start = data.draw(starts(problem.d, ("unbiased", "biased")))
    lam = data.draw(st.sampled_from([0.05, 0.3, 1.0]))
    path = network_flow_path(
        problem,
        start,
        inertia=lam / 2,
        momentum=0.0,
        velocity=start_velocity("zero", problem, start),
        times=np.linspace(0.0, 3.0, 13),
        rtol=1e-10,
    )
    delta = 4 * path.u * path.v
    loss = np.sum((problem.X @ start.theta - problem.y) ** 2) / (2 * problem.n)
    moved = np.abs(delta - delta[0]).sum(axis=1)
    assert moved.max() < 2 * lam * loss + 1e-9


# --- Schemes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("weight", [ZERO, HALF, ONE, schemes.WEIGHT])
def test_every_weight_has_its_matching(weight: sp.Expr) -> None:
    lam, epsilon = schemes.matching(weight)
    assert schemes.scheme_residual(lam, epsilon, weight) == 0
    # epsilon = gamma/(1-beta) always; lambda = gamma (1 - w (1-beta))/(1-beta)^2
    gamma, mu = schemes.GAMMA, MU
    assert sp.cancel(epsilon - gamma / (1 - mu)) == 0
    assert sp.cancel(lam - gamma * (1 - weight * (1 - mu)) / (1 - mu) ** 2) == 0


def test_only_the_central_difference_is_of_second_order() -> None:
    assert schemes.truncation(HALF)[1] == 0
    assert schemes.truncation(HALF, 2)[2] != 0
    assert all(schemes.truncation(weight)[1] != 0 for weight in (ZERO, ONE))


fractions = st.fractions(Fraction(1, 20), Fraction(19, 20), max_denominator=20)


@settings(max_examples=10)
@given(rational_problems(), fractions, fractions)
def test_iterates_solve_the_backward_scheme(data: Any, gamma: Fraction, beta: Fraction) -> None:
    method = TwoStepMethod("hb", beta, Fraction(0))
    gradient = NeuronGradient(data.X, data.y, PRODUCT)
    x0 = stacked(data.u, data.v)
    path = generic_iterates(gradient, x0, method, gamma / 10, 3, x0 / 2)
    lam, epsilon = gamma / 10 / (1 - beta) ** 2, gamma / 10 / (1 - beta)
    for before, here, after in zip(path, path[1:], path[2:], strict=False):
        second = (after - 2 * here + before) * (1 / epsilon**2)
        first = (here - before) * (1 / epsilon)
        assert not (lam * second + first + gradient(here)).any()


@given(fractions, st.fractions(Fraction(1, 4), 4, max_denominator=8))
def test_acceleration_keeps_lambda(beta: Fraction, rho: Fraction) -> None:
    gamma = Fraction(1, 7)
    new_gamma, new_beta = rho**2 * gamma, 1 - rho * (1 - beta)
    assert new_gamma / (1 - new_beta) ** 2 == gamma / (1 - beta) ** 2
    at = {schemes.GAMMA: sp.Rational(1, 7), MU: sp.Rational(str(beta))}
    at[schemes.RHO] = sp.Rational(str(rho))
    stated = [e.subs(at) for e in schemes.accelerated()]
    assert stated == [sp.Rational(str(new_gamma)), sp.Rational(str(new_beta))]


# --- The checks can fail --------------------------------------------------------------------------


def test_scheme_check_rejects_another_scheme() -> None:
    lam, epsilon = schemes.matching(ZERO)
    right = discretisation.Discretisation(lam, epsilon)
    wrong = discretisation.Discretisation(lam, epsilon, weight=HALF)
    assert discretisation.iterates_hold(Form("right", "", right)).outcome is Outcome.HOLDS
    assert discretisation.iterates_hold(Form("wrong", "", wrong)).outcome is Outcome.FAILS


@pytest.mark.parametrize(
    ("space", "outcome"),
    [("rows", Outcome.HOLDS), ("complement", Outcome.FAILS), ("zero", Outcome.FAILS)],
)
def test_span_check_tells_the_spaces_apart(space: str, outcome: Outcome) -> None:
    assert mirror_span.in_space(Form(space, "", mirror_span.Difference(space))).outcome is outcome
    assert mirror_span.conserved(Form(space, "", mirror_span.Difference(space))).outcome is outcome


def test_weights_of_small_starts() -> None:
    # w_+ ~ alpha^k, w_- ~ alpha^m: k |theta| above zero, m |theta| below
    for plus, minus in ((1, 1), (1, 3), (2, 1)):
        for sign, weight in ((1, plus), (-1, minus)):
            ratio = small_start.divergence(plus, minus, sign) / -sp.log(small_start.ALPHA_0)
            limit = sp.limit(sp.expand(ratio), small_start.ALPHA_0, 0, "+")
            assert limit == weight * small_start.SIZE

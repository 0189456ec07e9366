"""Momentum gradient flow: its limit, its integrals past zeros of neurons, and the prediction."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad, solve_ivp
from scipy.optimize import brentq

from numeric import momentum_gradient_flow as mgf
from numeric.datasets import small_problem
from numeric.flows import gradient_flow_limit, momentum_flow_limit
from numeric.momentum_gradient_flow import mgf_limit, mgf_linear_term, mgf_prediction
from numeric.problems import Problem, Start
from proofs_check.strategies import problems, starts
from symbolic.console import UserError

#: Stated accuracy of the theorem along flows without and with zeros of neurons.
WITHIN, WITHIN_CROSSINGS = 1e-11, 1e-8
BIASED = Start(np.array([0.6, -0.9, 0.4, 1.1]), np.array([0.8, 0.5, 0.7, 0.6]))


def crossing_flow():
    """A flow in which a neuron passes through zero, with its data."""
    for seed in range(12):
        problem = small_problem(2, 4, seed)
        limit = mgf_limit(problem, BIASED, 2.0, direct=True)
        if limit.crossings:
            return problem, limit
    raise AssertionError("no flow with a zero")


def scale_gap(limit, start, inertia, velocity=None):
    xi, _ = mgf_linear_term(start, inertia, limit.I_plus, limit.I_minus, velocity)
    return np.max(np.abs(np.log(xi / limit.xi)))


@pytest.mark.parametrize("inertia", [0.2, 1.5])
def test_limit_is_that_of_the_other_integrator(inertia):
    problem, rest = small_problem(2, 4, 1), np.zeros(4)
    ours = mgf_limit(problem, BIASED, inertia, direct=True)
    # alpha = lambda/2 at momentum 0, in half the time
    other = momentum_flow_limit(
        problem, BIASED, inertia=inertia / 2, momentum=0.0, velocity=(rest, rest)
    )
    assert ours.converged
    assert ours.direct
    # A relative 1e-12 a step of the other one, over hundreds of them.
    assert ours.theta == pytest.approx(other.theta, abs=1e-9)


@given(st.data())
def test_theorem_holds_for_drawn_data(data):
    problem = data.draw(problems(most_samples=2, most_extra=2))
    start = data.draw(starts(problem.d, kinds=("unbiased", "biased")))
    inertia = data.draw(st.sampled_from([0.1, 0.4, 1.0]))
    limit = mgf_limit(problem, start, inertia)
    if limit.converged:
        within = WITHIN_CROSSINGS if limit.crossings else WITHIN
        assert scale_gap(limit, start, inertia) <= max(within, 10 * limit.gain_error)


@pytest.mark.parametrize("seed", [0, 1, 5])
def test_prediction_is_the_limit(seed):
    problem = small_problem(2, 4, seed)
    limit = mgf_limit(problem, BIASED, 0.5, direct=True)
    gap = np.linalg.norm(mgf_prediction(problem, BIASED, 0.5) - limit.theta)
    assert gap <= WITHIN_CROSSINGS


def test_start_with_velocity_enters_both_scale_and_linear_term():
    problem = small_problem(2, 4, 0)
    velocity = (np.array([0.2, -0.1, 0.3, 0.0]), np.array([-0.2, 0.1, 0.0, 0.1]))
    limit = mgf_limit(problem, BIASED, 0.5, velocity, direct=True)
    assert not limit.crossings
    assert scale_gap(limit, BIASED, 0.5, velocity) <= WITHIN
    assert scale_gap(limit, BIASED, 0.5) > 1e-3
    predicted = mgf_prediction(problem, BIASED, 0.5, velocity)
    assert np.linalg.norm(predicted - limit.theta) <= WITHIN


def test_neurons_and_their_logarithms_lead_to_one_limit():
    problem = small_problem(2, 4, 0)
    inertia = 0.01
    direct = mgf_limit(problem, BIASED, inertia, direct=True)
    logarithms = mgf_limit(problem, BIASED, inertia)
    assert direct.direct
    assert not logarithms.direct
    # The other integrator is told a relative 1e-10 a step.
    assert logarithms.I_plus == pytest.approx(direct.I_plus, abs=1e-9)
    assert logarithms.theta == pytest.approx(direct.theta, abs=1e-8)


def test_no_inertia_is_gradient_flow():
    problem = small_problem(2, 4, 2)
    slow = gradient_flow_limit(problem, BIASED)
    gaps = [
        np.linalg.norm(mgf_limit(problem, BIASED, inertia).theta - slow.theta)
        for inertia in (4e-3, 1e-3)
    ]
    # First order: a quarter of the inertia leaves a quarter, up to the next term.
    assert gaps[1] == pytest.approx(gaps[0] / 4, rel=0.05)


def _poster_flow(problem, start, inertia, until):
    """The flow on a*b as printed: lambda a'' + a' + g b = 0, lambda b'' + b' + g a = 0."""
    X, y, d = problem.X, problem.y, problem.d

    def field(_, state):
        a, b, da, db = np.split(state, 4)
        g = X.T @ (X @ (a * b) - y) / len(y)
        return np.concatenate([da, db, -(da + g * b) / inertia, -(db + g * a) / inertia])

    state = np.concatenate([start.u + start.v, start.u - start.v, np.zeros(2 * d)])
    return solve_ivp(field, (0, until), state, "DOP853", rtol=1e-12, atol=1e-14, dense_output=True)


def test_integrals_are_those_of_the_printed_flow():
    problem, inertia = small_problem(2, 4, 1), 0.5
    limit = mgf_limit(problem, BIASED, inertia, direct=True)
    assert not limit.crossings
    until = 40.0
    flow = _poster_flow(problem, BIASED, inertia, until).sol
    for sign, gain in ((1, limit.I_plus), (-1, limit.I_minus)):

        def density(time, sign=sign):
            a, b, da, db = np.split(flow(time), 4)
            return (inertia * ((da + sign * db) / (a + sign * b)) ** 2)[0]

        assert gain[0] == pytest.approx(quad(density, 0, until, limit=400)[0], abs=1e-7)


def test_integral_past_a_zero_is_the_principal_value():
    problem, limit = crossing_flow()
    inertia, crossing = 2.0, limit.crossings[0]
    sign, j = (1 if crossing.neuron == "u" else -1), crossing.coordinate
    same = [c for c in limit.crossings if c[:2] == crossing[:2]]
    until = 180.0
    flow = _poster_flow(problem, BIASED, inertia, until).sol

    def neuron(time):
        a, b, da, db = np.split(flow(time), 4)
        return (a + sign * b)[j], (da + sign * db)[j]

    def curvature(time):
        """lambda w''/w with w'' from the flow."""
        a, b, _, _ = np.split(flow(time), 4)
        w, dw = neuron(time)
        g = problem.X.T @ (problem.X @ (a * b) - problem.y) / problem.n
        return -(dw + sign * g[j] * w) / w

    half, total, start = 0.1, 0.0, 0.0
    for zero in same:
        at = brentq(lambda time: neuron(time)[0], zero.time - half, zero.time + half, xtol=1e-13)
        assert at == pytest.approx(zero.time, abs=1e-8)
        total += quad(curvature, start, at - half, limit=400)[0]
        # Symmetric about the zero, the pole cancels.
        both = quad(lambda s, at=at: curvature(at + s) + curvature(at - s), 1e-4, half, limit=200)[
            0
        ]
        total += both + 1e-4 * (curvature(at + 1e-4) + curvature(at - 1e-4))
        start = at + half
    total += quad(curvature, start, until, limit=400)[0]
    gain = (limit.I_plus if sign > 0 else limit.I_minus)[j]
    # Interpolation between the other integrator's steps is worth about 1e-8 of the neuron.
    assert gain == pytest.approx(total, abs=1e-5)


def test_zero_of_a_neuron_keeps_the_theorem():
    _, limit = crossing_flow()
    assert scale_gap(limit, BIASED, 2.0) <= WITHIN_CROSSINGS
    assert limit.gain_error <= WITHIN_CROSSINGS
    for zero in limit.crossings:
        end = {"u": limit.u, "v": limit.v}[zero.neuron][zero.coordinate]
        start = {"u": BIASED.u, "v": BIASED.v}[zero.neuron][zero.coordinate]
        count = sum(other[:2] == zero[:2] for other in limit.crossings)
        assert np.sign(end) == np.sign(start) * (-1) ** count


def test_mirror_image_exchanges_the_integrals():
    problem = small_problem(2, 4, 3)
    here = mgf_limit(problem, BIASED, 1.0, direct=True)
    there = mgf_limit(Problem(problem.X, -problem.y), Start(BIASED.v, BIASED.u), 1.0, direct=True)
    assert there.I_plus == pytest.approx(here.I_minus, rel=1e-10, abs=1e-12)
    assert there.theta == pytest.approx(-here.theta, abs=1e-11)


def test_scaling_of_neurons_targets_and_time_is_a_symmetry():
    problem, c = small_problem(2, 4, 3), 2.0
    here = mgf_limit(problem, BIASED, 1.0, direct=True)
    there = mgf_limit(
        Problem(problem.X, c**2 * problem.y),
        Start(c * BIASED.u, c * BIASED.v),
        1.0 / c**2,
        direct=True,
    )
    assert there.I_plus == pytest.approx(here.I_plus, rel=1e-10, abs=1e-12)
    assert there.theta == pytest.approx(c**2 * here.theta, rel=1e-10)


@pytest.mark.parametrize("inertia", [0.0, -1.0, np.nan, np.inf])
def test_inertia_must_be_positive(inertia):
    with pytest.raises(UserError, match="positive finite inertia"):
        mgf_limit(small_problem(), Start.scaled(5, 1.0), inertia)


def test_flow_that_is_given_up_has_no_limit():
    limit = mgf_limit(small_problem(2, 4, 0), BIASED, 1.0, direct=True, max_steps=3)
    assert not limit.converged
    for array in (limit.theta, limit.xi, limit.I_plus, limit.I_minus):
        assert np.isnan(array).all()


def test_prediction_refuses_a_flow_without_limit(monkeypatch):
    def given_up(*arguments):
        return mgf_limit(*arguments, direct=True, max_steps=2)

    monkeypatch.setattr(mgf, "mgf_limit", given_up)
    with pytest.raises(UserError, match="reaches an interpolator"):
        mgf_prediction(small_problem(2, 4, 0), BIASED, 1.0)

"""The recursion against the momentum gradient flow: parameters, orders, limits, regimes."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from numeric.compiled import numpy_function
from proofs_check.claim import Form, Outcome
from proofs_check.mgf_limits import worst_ratio
from proofs_check.mgf_paths import Surrogate, momentum_iterates, parameters, rescaled
from proofs_check.mgf_suitability import compare, edge, largest_relative_error
from proofs_check.mgf_wells import STEPS, dividing_start, ends_of_recursion
from proofs_check.papazov.error_bound import Approximation, consistent
from proofs_check.papazov.error_growth import CONSTANT, Growth, on_convergent_runs, on_the_hill
from proofs_check.papazov.regimes import Oscillation, grows_without_bound, solves
from proofs_check.papazov.regimes_between import exponents_meet
from proofs_check.papazov.surrogate import overshoot
from proofs_check.smooth_runs import Run, runs
from symbolic.regimes import (
    boundary,
    oscillation,
    quadratic_decay_defect,
    slow_exponent,
    slow_exponent_series,
)
from symbolic.surrogate import (
    CURVATURE,
    INERTIA,
    RATE,
    TIME_STEP,
    consistency_defect,
    hill_error,
    inertia_printed,
    inertia_rescaled,
    matched_gradient,
    matched_speed,
    recursion_parameters,
    scale_loss,
    scale_loss_of_flow,
    stability_edge,
    time_step,
)
from symbolic.symbols import ETA, MU, TIME

MOMENTA = st.floats(0.0, 0.95)
HILL = Run("hill", lambda w: -0.75 * w, np.ones(1))


def quadratic(h: float) -> Run:
    return Run("quadratic", lambda w: h * w, np.ones(1))


# --- Parameters and starts ------------------------------------------------------------------------


@given(mu=MOMENTA, eta=st.floats(1e-4, 2.0))
def test_inertia_and_step_determine_the_recursion(mu: float, eta: float) -> None:
    # As printed: lambda = gamma/(1-beta)^2, epsilon = gamma/(1-beta).
    found = parameters(eta / (1 - mu) ** 2, eta / (1 - mu))
    assert found == pytest.approx((mu, eta), rel=1e-9, abs=1e-12)


def test_rescaled_inertia_is_lambda_less_half_a_step() -> None:
    by_step = inertia_rescaled().subs(dict(recursion_parameters()))
    assert sp.cancel(by_step - (INERTIA - TIME_STEP / 2)) == 0
    assert sp.cancel(inertia_rescaled() - inertia_printed() * (1 + MU) / 2) == 0
    assert sp.cancel(inertia_printed() * (1 - MU) - time_step()) == 0


@given(mu=MOMENTA, speed=st.floats(-1, 1))
def test_matched_velocity_goes_as_far_as_the_iterates_without_forces(
    mu: float, speed: float
) -> None:
    eta = 0.01
    step = eta / (1 - mu)
    factor = float(numpy_function((MU,), matched_speed())(mu))
    inertia = float(numpy_function((MU, ETA), inertia_rescaled())(mu, eta))
    # w_1 - w_0 = epsilon v, then mu times as far each step.
    assert inertia * factor * speed == pytest.approx(step * speed * mu / (1 - mu), abs=1e-12)


def test_velocity_from_rest_is_downhill_and_less_than_the_gradient() -> None:
    at = [matched_gradient().subs(MU, sp.Rational(k, 10)) for k in range(10)]
    assert all(-1 <= value < 0 for value in at)
    assert at == sorted(at)


@pytest.mark.parametrize("run", runs(), ids=lambda run: run.name)
def test_iterates_are_those_of_the_poster(run: Run) -> None:
    beta, gamma = 0.7, 0.02
    w_1 = run.start + 0.1
    before, now = run.start, w_1
    w = [before, now]
    for _ in range(6):
        before, now = now, now - gamma * run.gradient(now) + beta * (now - before)
        w.append(now)
    found = momentum_iterates(run, beta, gamma, 7, w_1)
    assert found == pytest.approx(np.array(w), rel=1e-12)


# --- Orders ---------------------------------------------------------------------------------------


def sup_error(run: Run, surrogate: Surrogate, inertia: float, step: float, time: float) -> float:
    mu, eta = parameters(inertia, step)
    steps = round(time / step)
    w = momentum_iterates(run, mu, eta, steps + 1)
    flow = surrogate.path(run, w, mu, eta, steps)
    error = w[surrogate.first : surrogate.first + steps + 1] - flow
    return float(np.max(np.linalg.norm(error, axis=1)))


@pytest.mark.parametrize(("surrogate", "order"), [(Surrogate(), 1), (rescaled(), 2)])
@pytest.mark.parametrize("run", [runs()[1], quadratic(3.0)], ids=lambda run: run.name)
def test_error_falls_by_the_order(run: Run, surrogate: Surrogate, order: int) -> None:
    # 2^p, up to the next term of the expansion, which is a few steps relative to the leading one.
    coarse, fine = (sup_error(run, surrogate, 1.0, h, 2.0) for h in (1 / 100, 1 / 200))
    assert coarse / fine == pytest.approx(2**order, rel=0.05)


def test_error_on_the_hill_is_the_one_derived() -> None:
    # lambda = 1 and r = 1/2: h = 3/4, and the other exponent is r' = -1/lambda - r = -3/2. Of the
    # start at rest the share r'/(r' - r) leaves the hill. w_0 = w_1 changes it by O(epsilon), which
    # adds a constant to the error over epsilon exp(rT); the slope in T is what is derived.
    inertia, rate, share = 1.0, 0.5, 0.75
    formula = numpy_function((TIME, RATE, INERTIA), hill_error())
    step, growth = 1 / 2048, []
    for time in (8.0, 16.0):
        mu, eta = parameters(inertia, step)
        w = momentum_iterates(HILL, mu, eta, round(time / step))
        flow = Surrogate().path(HILL, w, mu, eta, len(w) - 1)
        error = (w[-1, 0] - flow[-1, 0]) / step
        growth.append(error * math.exp(-rate * time))
    slope = (growth[1] - growth[0]) / 8
    derived = float(formula(1.0, rate, inertia)) * math.exp(-rate)
    assert slope == pytest.approx(share * derived, rel=0.01)


def test_consistency_sees_the_inertia() -> None:
    assert consistency_defect(inertia_printed(), 0) == 0
    assert consistency_defect(inertia_printed(), 1) != 0
    assert consistency_defect(inertia_rescaled(), 1) == 0
    assert consistency_defect(sp.Rational(21, 20) * inertia_printed(), 0) != 0


@pytest.mark.parametrize(
    ("surrogate", "order", "outcome"),
    [
        (Surrogate(), 1, Outcome.HOLDS),
        (Surrogate(), 2, Outcome.FAILS),
        (rescaled(), 2, Outcome.HOLDS),
        (rescaled(), 1, Outcome.FAILS),
        (rescaled(), 3, Outcome.FAILS),
    ],
)
def test_consistency_check_wants_the_order_and_no_more(
    surrogate: Surrogate, order: int, outcome: Outcome
) -> None:
    assert consistent(Form("x", "x", Approximation(surrogate, order))).outcome is outcome


@pytest.mark.parametrize(
    ("exponent", "attained", "hill", "runs_that_converge"),
    [
        (CONSTANT, False, Outcome.HOLDS, Outcome.HOLDS),
        (CONSTANT, True, Outcome.FAILS, Outcome.FAILS),
        (TIME_STEP * RATE, True, Outcome.HOLDS, Outcome.HOLDS),
        (sp.S.Zero, False, Outcome.FAILS, Outcome.HOLDS),
    ],
)
def test_growth_checks_tell_bounds_from_attained_ones(
    exponent: sp.Expr, attained: bool, hill: Outcome, runs_that_converge: Outcome
) -> None:
    form = Form("x", "x", Growth(exponent, attained))
    assert on_the_hill(form).outcome is hill
    assert on_convergent_runs(form).outcome is runs_that_converge


# --- Limits ---------------------------------------------------------------------------------------


def test_the_flow_overestimates_the_loss_of_scale_by_two_over_one_plus_mu() -> None:
    printed = scale_loss_of_flow(inertia_printed())
    assert sp.cancel(printed / scale_loss() - 2 / (1 + MU)) == 0
    assert sp.cancel(scale_loss_of_flow(inertia_rescaled()) - scale_loss()) == 0


@given(g=st.floats(-1, 1))
def test_loss_of_scale_of_gradient_descent_is_known(g: float) -> None:
    # One step of gradient descent multiplies u v by (1 - 2 eta g)(1 + 2 eta g).
    eta = 1e-4
    (integral,) = scale_loss().free_symbols - {MU, ETA}
    leading = float(numpy_function((MU, ETA, integral), scale_loss())(0.0, eta, eta * g**2))
    assert leading == pytest.approx(-math.log1p(-((2 * eta * g) ** 2)), rel=1e-6, abs=1e-15)


def test_ratio_that_is_five_per_cent_off_fails() -> None:
    ratios = np.array([1.0, 0.95])
    assert worst_ratio(ratios, 1.0, 0.0, "x").outcome is Outcome.FAILS
    assert worst_ratio(ratios[:1], 1.0, 0.0, "x").outcome is Outcome.HOLDS
    assert worst_ratio(ratios[:1], 1.0, 0.1, "x").outcome is Outcome.UNCLEAR


# --- Large steps ----------------------------------------------------------------------------------


@given(mu=MOMENTA, h=st.floats(0.1, 10.0))
def test_recursion_is_stable_just_below_its_edge(mu: float, h: float) -> None:
    eta = float(numpy_function((MU, CURVATURE), stability_edge())(mu, h))
    radii = []
    for factor in (0.999, 1.001):
        step = np.array([[1 + mu - factor * eta * h, -mu], [1.0, 0.0]])
        radii.append(max(abs(np.linalg.eigvals(step))))
    assert radii[0] < 1 < radii[1]


@given(mu=MOMENTA, fraction=st.floats(0.05, 0.95))
def test_flow_from_rest_never_leaves_the_interval_it_started_in(mu: float, fraction: float) -> None:
    eta = fraction * 2 * (1 + mu)
    w = np.ones((2, 1))
    path = Surrogate().path(quadratic(1.0), w, mu, eta, 20)
    assert np.max(np.abs(path)) <= 1 + 1e-9


def test_counterexample_is_stable_and_overshoots() -> None:
    found = overshoot()
    assert found is not None
    eta, limit = sp.Rational(found.data["eta"]), sp.Rational(found.data["edge"])
    w = [sp.Rational(value) for value in found.data["w_1, w_2, ..."]]
    assert 0 < eta < limit
    mu = sp.Rational(found.data["mu"])
    for before, now, after in zip([w[0], *w[:-2]], w[:-1], w[1:], strict=True):
        assert after == now + mu * (now - before) - eta * now
    assert max(map(abs, w)) == 1 + sp.Rational(found.data["max |w_k| - 1"])


def test_blown_up_run_counts_as_infinitely_far() -> None:
    assert compare(0, 0.5, 1.5, Surrogate()).relative == math.inf
    worst, where, _ = largest_relative_error(Surrogate(), (1.5,), (0.5,), 0.1)
    assert worst == math.inf
    assert "quadratic" in where
    assert edge(0, 0.5) == pytest.approx(3.0, rel=1e-6)


def test_wells_are_divided_at_the_dividing_start() -> None:
    step = float(STEPS[0])
    start = dividing_start(step)
    near, far = ends_of_recursion(np.array([start - 1e-6, start + 1e-6]), step)
    assert (near, far) == pytest.approx((1.0, -1.0), abs=1e-3)


# --- Regimes --------------------------------------------------------------------------------------


@given(h=st.floats(0.1, 10.0), factor=st.floats(0.1, 10.0))
def test_exponents_are_complex_above_the_boundary_only(h: float, factor: float) -> None:
    inertia = factor * float(numpy_function((CURVATURE,), boundary())(h))
    roots = np.roots([inertia, 1.0, h])
    if factor > 1.001:
        rate, frequency = (
            float(numpy_function((INERTIA, CURVATURE), value)(inertia, h))
            for value in oscillation()
        )
        assert roots.real == pytest.approx([-rate, -rate])
        assert max(roots.imag) == pytest.approx(frequency)
    elif factor < 0.999:
        assert np.all(roots.imag == 0)


def test_decaying_energy_decays_at_one_rate_only() -> None:
    rate, _ = oscillation()
    assert quadratic_decay_defect(rate) == 0
    for factor in (-1, 0, sp.Rational(21, 20), sp.Rational(19, 20)):
        assert quadratic_decay_defect(factor * rate) != 0


def test_slow_exponent_has_the_series() -> None:
    series = sp.series(slow_exponent(), INERTIA, 0, 4).removeO()
    assert sp.expand(series - slow_exponent_series(4)) == 0


def test_checks_of_regimes_reject() -> None:
    rate, frequency = oscillation()
    assert solves(Form("x", "x", Oscillation(rate, frequency))).outcome is Outcome.HOLDS
    assert solves(Form("x", "x", Oscillation(2 * rate, frequency))).outcome is Outcome.FAILS
    slow = Oscillation(CURVATURE, frequency)
    assert grows_without_bound(Form("x", "x", slow)).outcome is Outcome.FAILS
    assert exponents_meet(Form("x", "x", boundary())).outcome is Outcome.HOLDS
    assert exponents_meet(Form("x", "x", sp.S.One)).outcome is Outcome.FAILS

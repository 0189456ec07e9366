"""What never leaves the row space of X, and what gradient flow conserves."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from numeric.compiled import inertia
from numeric.flow_paths import network_flow_path
from numeric.flows import gradient_flow_path
from numeric.iterates import NeuronGradient, generic_iterates, stacked
from numeric.problems import Problem
from numeric.projection import entropy_gradient, entropy_projection
from numeric.velocities import start_velocity
from proofs_check.strategies import (
    Run,
    in_floats,
    methods,
    problems,
    rational_problems,
    stable_runs,
    starts,
)
from symbolic.regression import predictor_gradient

EPS = float(np.finfo(float).eps)
ETA = Fraction(3, 200)
#: Relative tolerance of the integrator, and what its local errors may add up to over a few
#: time units: a few hundred steps, each within the tolerance.
RTOL = 1e-12
ALLOWED = 1e3 * RTOL


def kernel(X: Any) -> list[list[Fraction]]:
    """A basis of {z: X z = 0} in rationals."""
    exact = sp.Matrix(
        X.shape[0], X.shape[1], [sp.Rational(e.numerator, e.denominator) for e in X.ravel()]
    )
    return [[Fraction(int(e.p), int(e.q)) for e in vector] for vector in exact.nullspace()]


def linear_path(data: Any, method: Any, steps: int, decay: Fraction = Fraction(0)) -> list[Any]:
    """Single-layer regression: the predictor itself is trained, from theta = u."""

    def gradient(theta: Any) -> Any:
        return predictor_gradient(data.X, data.y, theta) + decay * theta

    return generic_iterates(gradient, data.u, method, ETA, steps)


@given(rational_problems(), methods())
def test_single_layer_iterates_stay_on_the_rows_exactly(data: Any, method: Any) -> None:
    across = kernel(data.X)
    assert across
    for theta in linear_path(data, method, 10):
        moved = theta - data.u
        assert all(sum(m * z for m, z in zip(moved, k, strict=True)) == 0 for k in across)


@given(rational_problems(), methods())
def test_weight_decay_is_found_to_leave_them(data: Any, method: Any) -> None:
    (moved,) = [theta - data.u for theta in linear_path(data, method, 1, Fraction(1, 10))[1:]]
    off = [sum(m * z for m, z in zip(moved, k, strict=True)) for k in kernel(data.X)]
    start = [sum(u * z for u, z in zip(data.u, k, strict=True)) for k in kernel(data.X)]
    # One step of decay moves the part of theta_0 across the rows by -eta decay.
    assert off == [-ETA / 10 * part for part in start]
    assert any(off) == any(start)


@given(problems(), methods(), st.data())
def test_single_layer_training_ends_at_the_nearest_interpolator(
    problem: Problem, method: Any, data: st.DataObject
) -> None:
    at = in_floats(method)
    theta0 = data.draw(starts(problem.d, ("biased",))).u
    values = np.linalg.svd(problem.X, compute_uv=False)
    eta = 0.1 * (1 - at.mu) ** 2 * problem.n / values[0] ** 2
    # The slowest mode falls by at least 1 - eta lambda_min/2 a step, where the flow decays with
    # eta lambda_min/(1 - mu): this many steps end at rounding.
    steps = int(80 * values[0] ** 2 / values[-1] ** 2 / (0.1 * (1 - at.mu) ** 2)) // 2
    steps = min(steps, 20_000)
    x = last = theta0
    for _ in range(steps):
        y = x + at.kappa * (x - last)
        x, last = x + at.mu * (x - last) - eta * predictor_gradient(problem.X, problem.y, y), x
    residual = np.linalg.norm(problem.X @ x - problem.y)
    nearest = theta0 + np.linalg.lstsq(problem.X, problem.y - problem.X @ theta0, rcond=None)[0]
    # Every step rounds x by an ulp or so across the rows, where nothing damps it.
    drift = steps * EPS * (2 + 4 * at.mu) * np.abs(x).max() * np.sqrt(problem.d)
    assert np.linalg.norm(x - nearest) <= residual / values[-1] + drift / (1 - at.mu)


def times_of(run: Run) -> np.ndarray:
    """Times up to ten times the fast time scale, 1/curvature."""
    curvature = run.small * (1 - run.method.mu) ** 2 / run.learning_rate
    return np.linspace(0.0, 10.0 / curvature, 7)


@settings(max_examples=15)
@given(stable_runs())
def test_gradient_flow_conserves_scale_and_row_space(run: Run) -> None:
    problem, start = run.problem, run.start
    on_neurons = NeuronGradient(problem.X, problem.y)
    x0 = stacked(start.u, start.v)

    def gradient(x: np.ndarray) -> np.ndarray:
        return on_neurons(x.reshape(x0.shape)).ravel()

    path = gradient_flow_path(gradient, x0.ravel(), times_of(run), rtol=RTOL)
    u, v = np.split(path, 2, axis=1)
    # |u v| of every coordinate, although u and v move.
    assert np.abs(np.abs(u * v) / start.xi - 1).max() <= ALLOWED
    # ln|u/v| = 4 grad Q, which is what moves in the row space alone.
    ratio = np.log(np.abs(u / v))
    moved = ratio - ratio[0]
    size = 1 + np.abs(moved).max()
    assert np.abs(problem.out_of_row_space(moved)).max() <= ALLOWED * size
    by_entropy = 4 * entropy_gradient(u**2 - v**2, start.xi)
    assert np.abs(by_entropy - ratio).max() <= ALLOWED * (1 + np.abs(ratio).max())


@settings(max_examples=10)
@given(stable_runs(method=methods(("hb", "nag", "other")), smallest=0.08))
def test_momentum_flow_shrinks_every_scale(run: Run) -> None:
    # s = (ln|u v|)' obeys alpha s' + s = -alpha ((u'/u)^2 + (v'/v)^2), so from rest s <= 0.
    problem, start, mu = run.problem, run.start, run.method.mu
    alpha = float(inertia(mu, run.method.kappa, run.learning_rate))
    path = network_flow_path(
        problem,
        start,
        inertia=alpha,
        momentum=mu,
        velocity=start_velocity("zero", problem, start),
        times=times_of(run),
        rtol=RTOL,
    )
    log_scale = np.log(np.abs(path.u * path.v))
    assert np.diff(log_scale, axis=0).max() <= ALLOWED
    # Where alpha phi is visible, so is what is lost.
    phi = 8 * alpha / (1 - mu) ** 2 * path.path_integral[-1]
    assert ((log_scale[0] - log_scale[-1])[phi > 1e-3] > 100 * ALLOWED).all()


@settings(max_examples=15)
@given(problems(), st.data())
def test_projecting_a_projection_changes_nothing(problem: Problem, data: st.DataObject) -> None:
    xi = data.draw(starts(problem.d, ("biased",))).xi
    first = entropy_projection(problem.X, problem.y, xi)
    # From there the gradient of the entropy is in the row space: the linear term -grad Q is void.
    again = entropy_projection(problem.X, problem.y, xi, -entropy_gradient(first.theta, xi))
    assert np.allclose(again.theta, first.theta, rtol=1e-11, atol=1e-11 * np.abs(first.theta).max())
    # A term across the rows is not void.
    across = problem.out_of_row_space(np.ones(problem.d) + np.arange(problem.d))
    if np.linalg.norm(across) > 1e-3:
        other = entropy_projection(problem.X, problem.y, xi, across)
        assert np.linalg.norm(other.theta - first.theta) > 1e-4


@pytest.mark.parametrize("multiplier", [-3.0, 0.5, 5.0])
@given(problem=problems())
def test_a_linear_term_in_the_row_space_is_void(problem: Problem, multiplier: float) -> None:
    xi = np.ones(problem.d)
    in_rows = multiplier * problem.X.T @ np.ones(problem.n)
    plain = entropy_projection(problem.X, problem.y, xi)
    shifted = entropy_projection(problem.X, problem.y, xi, in_rows)
    # z = X^T nu - R is known to eps times R, and d theta/d z = 4 sqrt(theta^2 + 4 xi^2).
    slope = 4 * np.sqrt(plain.theta**2 + 4 * xi**2).max()
    condition = np.linalg.cond((problem.X * slope) @ problem.X.T)
    allowed = 1e-13 * (1 + np.abs(in_rows).max()) * slope * condition
    assert np.abs(shifted.theta - plain.theta).max() <= allowed

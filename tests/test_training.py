"""Training arrives, stalls, gives up or blows up, and says which."""

from __future__ import annotations

import numpy as np
import pytest

from numeric.convergence import hessian_at, largest_curvature, linear_limit, small_parameter
from numeric.datasets import gaussian, small_problem
from numeric.problems import Problem, Start
from numeric.training import Diverged, train, train_many, trajectory
from symbolic.console import UserError
from symbolic.two_step import METHODS, TwoStepMethod

PROBLEM = small_problem(3, 5, seed=1)
START = Start.scaled(5, 0.3, 0.7)


def at(name: str, mu: float) -> TwoStepMethod:
    return METHODS[name].with_momentum(mu)


@pytest.mark.parametrize(("name", "mu"), [("gd", 0), ("hb", 0.5), ("hb", 0.9), ("nag", 0.9)])
@pytest.mark.parametrize("eta", [2e-2, 2e-3])
def test_a_converged_run_interpolates_and_stands_still(name: str, mu: float, eta: float) -> None:
    run = train(PROBLEM, START, at(name, mu), eta)
    assert (run.status, run.converged, run.stalled) == ("converged", True, False)
    assert np.abs(PROBLEM.X @ run.theta - PROBLEM.y).max() <= run.tol <= 1e-9
    path = trajectory(PROBLEM, START, at(name, mu), eta, run.steps)
    np.testing.assert_allclose(path[-1], [run.u, run.v], rtol=1e-11)
    # The contract's window: both conditions hold at each of the last hundred steps.
    window = path[-100:]
    residuals = (window[:, 0] ** 2 - window[:, 1] ** 2) @ PROBLEM.X.T - PROBLEM.y
    assert np.abs(residuals).max() <= 1.01 * run.tol
    assert np.abs(np.diff(path[-101:], axis=0)).max() <= run.tol
    np.testing.assert_array_equal(run.xi, np.abs(run.u * run.v))


@pytest.mark.parametrize(("name", "mu"), [("gd", 0), ("hb", 0.9), ("hb", 0.99), ("nag", 0.9)])
@pytest.mark.parametrize("seed", range(3))
def test_the_default_tolerance_is_above_the_floor_of_rounding(
    name: str, mu: float, seed: int
) -> None:
    problem = small_problem(3, 5, seed, conditioning=[2.0, 4.0, 1.0][seed])
    u = np.full((2, 5), 0.4)
    settings = {"mu": mu, "kappa": float(at(name, mu).kappa), "eta": [1e-2, 3e-3]}
    ours = train_many(problem, u, u, **settings)
    assert ours.status == ("converged",) * 2
    # An unreachable tolerance: the run goes on until rounding stops it.
    least = train_many(problem, u, u, **settings, tol=1e-30)
    assert least.status == ("stalled",) * 2
    assert (least.residual < ours.tol).all()


def test_a_run_out_of_steps_is_not_converged() -> None:
    run = train(PROBLEM, START, at("hb", 0.9), 2e-3, max_steps=150)
    assert (run.status, run.steps, run.converged, run.stalled) == (
        "not converged",
        150,
        False,
        False,
    )


def test_a_slow_start_at_a_saddle_is_not_taken_for_an_arrival() -> None:
    run = train(PROBLEM, Start.scaled(5, 1e-9), at("hb", 0.5), 1e-2)
    assert run.converged
    assert np.linalg.norm(run.theta) > 0.1


@pytest.mark.parametrize(("name", "mu"), [("gd", 0), ("hb", 0.9), ("nag", 0.5)])
@pytest.mark.parametrize("eta", [4.0, 32.0, 1e4, 1e300])
def test_divergence_is_located_and_mended(name: str, mu: float, eta: float) -> None:
    method = at(name, mu)
    with pytest.raises(Diverged) as caught:
        train(PROBLEM, START, method, eta)
    error = caught.value
    if eta < 1e100:
        with np.errstate(over="ignore", invalid="ignore"):
            path = trajectory(PROBLEM, START, method, eta, error.step)
        sizes = np.abs(path).max(axis=(1, 2))
        assert not sizes[-1] <= 1e6 * sizes[0]
        assert sizes[-2] < np.inf
    top = np.linalg.eigvalsh(hessian_at(PROBLEM, START.u, START.v))[-1]
    expected = 2 * (1 + mu) / ((1 + 2 * float(method.kappa)) * top)
    assert error.limit == pytest.approx(expected, rel=1e-12)
    assert f"at step {error.step}" in str(error)
    if error.bounded is None:
        # Thirty halvings do not bring 1e300 to earth.
        assert eta == 1e300
        return
    halvings = np.log2(eta / error.bounded)
    assert halvings == round(halvings) >= 1
    assert train(PROBLEM, START, method, error.bounded, max_steps=2000).status != "diverged"
    if halvings > 1:
        with pytest.raises(Diverged):
            train(PROBLEM, START, method, 2 * error.bounded)


def test_the_linear_limit_is_where_a_parabola_blows_up() -> None:
    curvature = 3.0
    for mu, kappa in ((0.0, 0.0), (0.9, 0.0), (0.9, 0.9), (0.5, 0.2)):
        limit = linear_limit(mu, kappa, curvature)
        for factor, stable in ((0.99, True), (1.01, False)):
            step = factor * limit * curvature
            roots = np.roots([1, -(1 + mu - step * (1 + kappa)), mu - step * kappa])
            assert (np.abs(roots).max() < 1) is np.bool_(stable)
    assert linear_limit(0.5, -0.5, curvature) == np.inf


def test_the_hessian_is_the_derivative_of_the_gradient() -> None:
    from numeric.iterates import NeuronGradient, stacked

    gradient = NeuronGradient(PROBLEM.X, PROBLEM.y)
    x = stacked(START.u, 1.1 * START.v)
    step = 1e-6
    columns = []
    for j in range(10):
        shift = np.zeros(10)
        shift[j] = step
        up, down = gradient(x + shift.reshape(2, 5)), gradient(x - shift.reshape(2, 5))
        columns.append((up - down).ravel() / (2 * step))
    # A central difference of a cubic: error step^2 |third derivative| plus rounding eps/step.
    np.testing.assert_allclose(np.array(columns), hessian_at(PROBLEM, *x), atol=1e-9)


def test_the_small_parameter_uses_the_hessian_at_the_limit() -> None:
    run = train(PROBLEM, START, at("hb", 0.5), 1e-2)
    jacobian = np.hstack([PROBLEM.X * 2 * run.u, -PROBLEM.X * 2 * run.v])
    top = np.linalg.eigvalsh(jacobian @ jacobian.T / 3)[-1]
    value = small_parameter(PROBLEM, run.u, run.v, 1e-2, 0.5)
    assert value == pytest.approx(1e-2 / 0.25 * top, rel=1e-8)
    assert largest_curvature(PROBLEM, run.u, run.v) == pytest.approx(top, rel=1e-8)


def test_columns_arrive_one_by_one_and_keep_their_order() -> None:
    B = 8
    etas = np.geomspace(4.0, 5e-3, B)
    u, v = np.tile(START.u, (B, 1)), np.tile(START.v, (B, 1))
    batch = train_many(PROBLEM, u, v, mu=0.5, kappa=0.0, eta=etas, max_steps=30_000)
    assert {"diverged", "converged"} == set(batch.status)
    assert len(set(batch.steps)) > 3
    for b in range(B):
        if batch.status[b] == "diverged":
            with pytest.raises(Diverged) as caught:
                train(PROBLEM, START, at("hb", 0.5), etas[b])
            assert caught.value.step == batch.steps[b]
            continue
        alone = train(PROBLEM, START, at("hb", 0.5), etas[b])
        np.testing.assert_allclose(batch.theta[b], alone.theta, rtol=1e-9)
        np.testing.assert_allclose(batch.path_integral[b], alone.path_integral, rtol=1e-9)


def test_scaled_data_are_a_scaled_step_size() -> None:
    # Training on (e X, e y) with eta gives the iterates of (X, y) with e^2 eta; e a power of two.
    one, half = gaussian(4, 9, 2, seed=3), gaussian(4, 9, 2, scale=0.5, seed=3)
    start = Start.scaled(9, 0.2, 0.6)
    for name, mu in (("gd", 0.0), ("hb", 0.9), ("nag", 0.9)):
        a = trajectory(half, start, at(name, mu), 0.04, 50)
        b = trajectory(one, start, at(name, mu), 0.01, 50)
        np.testing.assert_allclose(a, b, rtol=1e-12)


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_minibatch_runs_interpolate_and_repeat(batch: int) -> None:
    runs = [train(PROBLEM, START, at("hb", 0.5), 2e-2, batch=batch, seed=s) for s in (0, 0, 1)]
    assert all(run.converged for run in runs)
    np.testing.assert_array_equal(runs[0].theta, runs[1].theta)
    full = train(PROBLEM, START, at("hb", 0.5), 2e-2)
    if batch == 3:
        # All rows, in another order.
        np.testing.assert_allclose(runs[2].theta, full.theta, rtol=1e-9)
    else:
        assert np.abs(runs[0].theta - runs[2].theta).max() > 1e-6


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"learning_rate": 0.0}, "positive finite learning rate"),
        ({"learning_rate": -1.0}, "positive finite learning rate"),
        ({"learning_rate": np.nan}, "positive finite learning rate"),
        ({"method": TwoStepMethod("hb", 1.0, 0.0)}, r"momentum in \[0, 1\)"),
        ({"method": TwoStepMethod("hb", -0.1, 0.0)}, r"momentum in \[0, 1\)"),
        ({"method": TwoStepMethod("hb", 0.5, np.inf)}, "finite look-ahead"),
        ({"method": METHODS["hb"]}, "with numbers for momentum"),
        ({"tol": 0.0}, "positive finite tolerance"),
        ({"max_steps": 0}, "at least one step"),
        ({"batch": 4}, "minibatch of 1 to 3"),
        ({"start": Start.scaled(4, 0.1)}, r"start \(u and v\) of shape \(5,\)"),
    ],
)
def test_settings_out_of_range_are_refused(change: dict[str, object], says: str) -> None:
    settings: dict[str, object] = {
        "problem": PROBLEM,
        "start": START,
        "method": at("hb", 0.5),
        "learning_rate": 0.01,
    }
    with pytest.raises(UserError, match=says):
        train(**{**settings, **change})


def test_neurons_that_fall_to_zero_are_no_arrival() -> None:
    # Far above the linear limit this run is thrown onto the saddle u = v = 0 and stays bounded.
    run = train(PROBLEM, START, at("gd", 0), 1.0, max_steps=3000)
    assert run.status == "not converged"


def test_a_zero_column_does_not_move() -> None:
    X = PROBLEM.X.copy()
    X[:, 2] = 0.0
    run = train(Problem(X, PROBLEM.y), START, at("nag", 0.9), 1e-2)
    assert run.converged
    assert (run.u[2], run.v[2]) == (START.u[2], START.v[2])

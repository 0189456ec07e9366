"""Runs finished by the exact theorem end where they would have, within the bound they state."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest

from numeric import finish as finishing
from numeric.compiled import mpmath_function
from numeric.datasets import gaussian
from numeric.engine import Ends, train_columns, train_rows, train_small
from numeric.engine_ends import Judge
from numeric.exact_limit import ExactLimit
from numeric.finish import finish, modal_sums, remaining_energy, slow_energy
from numeric.problems import Problem
from numeric.sensitivity import rounding_bound
from symbolic.discrete_theorem import NEXT, NOW, PREVIOUS, excess
from symbolic.excess_quadratic import NEXT_VELOCITY, VELOCITY, excess_coefficients
from symbolic.symbols import KAPPA, MU


def settings_of(B: int, d: int, seed: int) -> tuple[Any, Any, dict[str, Any]]:
    """Starts over two decades, half of them biased; GD, HB, NAG and other members of the family."""
    random = np.random.default_rng(seed)
    scale = np.exp(random.uniform(np.log(0.01), 0.0, B))[:, None]
    bias = np.where(random.random(B) < 0.5, 1.0, random.uniform(0.5, 2.0, B))[:, None]
    mu = random.choice([0.0, 0.5, 0.9, 0.97], B)
    kappa = np.choose(random.integers(3, size=B), [0 * mu, mu, random.uniform(-0.5, 1.3, B)])
    ones = np.ones(d)
    return scale * bias * ones, scale / bias * ones, {"mu": mu, "kappa": np.where(mu, kappa, 0.0)}


def own_error(problem: Problem, end: Ends, k: int) -> float:
    """Return how far a run to the end may be from its limit by its own residual and rounding."""
    limit = ExactLimit(np.exp(end.log_xi[k]), end.linear[k], end.theta[k])
    return rounding_bound(problem, limit, excess_error=0.0, residual=end.residual[k])


CASES = [
    ((3, 5, 2), 2e-2, 1e-6),
    ((5, 10, 2), 1e-2, 1e-4),
    ((10, 30, 3), 1e-2, 1e-2),
    ((10, 30, 3), 3e-3, 1e-6),
]


def ratios(shape: tuple[int, int, int], eta: float, accuracy: float) -> tuple[Any, int, int]:
    """Return error over bound of the runs that finished, and the steps with and without."""
    problem, B = gaussian(*shape, seed=shape[0]), 48
    u, v, method = settings_of(B, shape[1], shape[0])
    settings: dict[str, Any] = {"eta": eta, "max_steps": 400_000, **method}
    early = train_columns(problem, u, v, accuracy=accuracy, **settings)
    whole = train_columns(problem, u, v, accuracy=None, **settings)
    both = np.array([s == "finished" for s in early.status]) & whole.arrived
    assert both.sum() >= 0.8 * B
    error = np.linalg.norm(early.theta - whole.theta, axis=1)[both]
    # The bound is the promise; what the other run leaves open is not this one's.
    allowed = [early.bound[k] + own_error(problem, whole, int(k)) for k in np.flatnonzero(both)]
    relative = early.bound[both] / np.linalg.norm(early.theta[both], axis=1)
    assert (relative <= accuracy).all()
    # The potential that it reports is the one of the limit, as far as the sums to come allow.
    assert (np.abs(early.theta - whole.theta).max(axis=1)[both] <= 10 * accuracy).all()
    return error / allowed, int(early.steps[both].sum()), int(whole.steps[both].sum())


@pytest.mark.parametrize(("shape", "eta", "accuracy"), CASES)
def test_the_bound_holds_and_steps_are_saved(
    shape: tuple[int, int, int], eta: float, accuracy: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Judge, "first_look", 100)
    found, early, whole = ratios(shape, eta, accuracy)
    assert found.max() <= 1
    assert 4 * early <= whole


def test_a_bound_that_is_too_small_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Judge, "first_look", 100)
    monkeypatch.setattr(finishing, "SAFETY", 2e-3)
    found, _, _ = ratios(*CASES[2])
    assert found.max() > 1


@pytest.mark.parametrize("batch", [1, 4])
def test_on_minibatches_the_estimate_holds(batch: int) -> None:
    problem = gaussian(10, 30, 3, seed=2)
    u = np.linspace(0.2, 0.5, 8)[:, None] * np.ones(30)
    settings: dict[str, Any] = {"mu": [0.0, 0.9] * 4, "kappa": [0.0, 0.9, 0.0, 0.0] * 2}
    settings |= {"eta": 1e-3, "batch": batch, "seeds": range(8)}
    early = train_rows(problem, 1.2 * u, u / 1.2, accuracy=1e-5, **settings)
    whole = train_rows(problem, 1.2 * u, u / 1.2, accuracy=None, **settings)
    assert set(early.status) == {"finished"}
    assert whole.arrived.all()
    error = np.linalg.norm(early.theta - whole.theta, axis=1)
    assert (error <= early.bound).all()
    assert 1.5 * early.steps.sum() <= whole.steps.sum()


def test_slow_modes_do_not_keep_a_run_from_finishing() -> None:
    problem = gaussian(10, 30, 3, seed=4)
    # Coordinates of tiny scale: their modes decay by a part in ten thousand a step.
    u = np.full(30, 1e-3)
    settings: dict[str, Any] = {"mu": 0.0, "kappa": 0.0, "eta": 1e-3, "max_steps": 600_000}
    early = train_columns(problem, u, u, accuracy=1e-4, **settings)
    whole = train_columns(problem, u, u, accuracy=None, **settings)
    assert early.status == ("finished",)
    assert 5 * early.steps[0] <= whole.steps[0]


def test_the_form_is_the_excess_to_second_order() -> None:
    form = sum(
        c * term
        for c, term in zip(
            excess_coefficients(),
            (NEXT_VELOCITY**2, NEXT_VELOCITY * VELOCITY, VELOCITY**2),
            strict=True,
        )
    )
    exact = mpmath_function((PREVIOUS, NOW, NEXT, MU, KAPPA), excess())
    quadratic = mpmath_function((VELOCITY, NEXT_VELOCITY, MU, KAPPA), form)
    with mpmath.workdps(40):
        for mu, kappa, a, b in ((0.9, 0.0, 1, 2), (0.5, 0.5, 1, -1), (0.3, 1.25, -2, 1)):
            mu, kappa = mpmath.mpf(mu), mpmath.mpf(kappa)
            off = []
            for small in (mpmath.mpf(2) ** -20, mpmath.mpf(2) ** -21):
                value = exact(1 - a * small, 1, 1 + b * small, mu, kappa)
                off.append(abs(value - quadratic(a * small, b * small, mu, kappa)))
                # Third order with an own coefficient: not a factor 2^20 from the second.
                assert off[-1] <= 2**-14 * abs(value)
            # Third order: halving the move divides what is left by eight.
            assert abs(off[0] / off[1] - 8) < 0.01


def test_modal_sums_are_those_of_the_recursion() -> None:
    random = np.random.default_rng(0)
    for mu, kappa, eta in ((0.0, 0.0, 0.1), (0.9, 0.0, 0.01), (0.9, 0.9, 0.01), (0.5, -0.3, 0.05)):
        sigma, gamma, beta = random.uniform(1.0, 4.0, 6), *random.standard_normal((2, 6))
        found = modal_sums(sigma, gamma, beta, mu, kappa, eta)
        expected = np.zeros((4, 6))
        g, b = gamma.copy(), beta.copy()
        for _ in range(6000):
            ahead = g + kappa * sigma * b / 2
            after = mu * b - 2 * eta * sigma * ahead
            expected += np.array([after**2, after * b, b**2, ahead**2])
            g, b = g + sigma * after / 2, after
        # Six thousand additions, and 3 x 3 systems whose condition is below a few thousand.
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)
    assert np.isnan(modal_sums(np.array([9.0]), gamma[:1], beta[:1], 0.0, 0.0, 0.1)).all()


@pytest.mark.parametrize(("mu", "kappa"), [(0.0, 0.0), (0.9, 0.0), (0.9, 0.9)])
def test_the_energy_is_that_of_the_sums_to_come(mu: float, kappa: float) -> None:
    problem, eta = gaussian(10, 30, 3, seed=6), 2e-3
    u, v = np.full(30, 0.3), np.full(30, 0.25)
    settings: dict[str, Any] = {"mu": mu, "kappa": kappa, "eta": eta, "accuracy": None}
    whole = train_columns(problem, u, v, **settings)
    part = train_columns(problem, u, v, max_steps=int(whole.steps[0]) // 4, **settings)
    x = np.stack([part.u[0], part.v[0]])
    moves = x - part.last[0]
    weights = 4 * (x**2).sum(axis=0)
    residual = problem.X @ (x[0] ** 2 - x[1] ** 2) - problem.y
    energy = remaining_energy(problem, weights, residual, moves / x, (mu, kappa, eta))
    # `sums` hold mu ln|x_K/x_{K-1}|/(1 - mu) as well: take it off for what is still to come.
    moved = mu * np.log(np.abs(x / part.last[0])) / (1 - mu)
    to_come = whole.sums[0] - (part.sums[0] - moved)
    actual = float(weights @ to_come.sum(axis=0)) / 2
    # The next order is that of the log-velocities and of the drift of the weights.
    drift = np.abs(np.log(np.abs(np.stack([whole.u[0], whole.v[0]]) / x))).max()
    assert abs(actual - energy) <= (4 * drift + 1e-6) * energy
    n = problem.n
    assert slow_energy(mu, kappa, eta) * residual @ residual / n >= 0.5 * energy


def test_what_is_not_understood_is_not_finished() -> None:
    problem = gaussian(3, 7, 2, seed=1)
    x = np.full((2, 7), 0.3)
    method = (0.9, 0.0, 1e-3)
    assert finish(problem, x, 0.5 * x, method) is None
    # A mode beyond the linear limit grows: eta times the largest curvature is above 2.
    weights, residual = np.full(7, 1e4), np.ones(3)
    assert 1e-3 * np.linalg.norm(problem.X, 2) ** 2 * 1e4 / 3 > 2
    assert remaining_energy(problem, weights, residual, 0 * x, (0.0, 0.0, 1e-3)) == np.inf


def test_a_run_without_steps_left_is_looked_at() -> None:
    problem, u = gaussian(5, 12, 2, seed=1), np.full(12, 0.4)
    settings: dict[str, Any] = {"mu": 0.5, "kappa": 0.5, "eta": 2e-3, "max_steps": 800}
    for ends in (
        train_columns(problem, u, u, accuracy=1e-2, **settings),
        train_small([problem], u, u, accuracy=1e-2, **settings),
    ):
        assert ends.status == ("finished",)
        assert ends.steps[0] == 800
    early = train_columns(problem, u, u, accuracy=1e-9, **settings)
    assert early.status == ("not converged",)
    assert np.isnan(early.bound).all()


def test_an_accuracy_that_rounding_does_not_allow_ends_all_the_same() -> None:
    problem, u = gaussian(3, 7, 2, seed=1), np.full(7, 0.4)
    settings: dict[str, Any] = {"mu": 0.5, "kappa": 0.0, "eta": 5e-3, "accuracy": 1e-16}
    for ends in (
        train_columns(problem, u, u, **settings),
        train_small([problem], u, u, **settings),
    ):
        assert ends.status[0] in ("converged", "stalled")

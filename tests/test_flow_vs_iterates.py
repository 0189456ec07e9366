"""Iterates against the flow: which velocity, which order, behind the layer and in it."""

from __future__ import annotations

import numpy as np
import pytest

from numeric.compiled import inertia, numeric_method
from numeric.flows import gradient_flow_path, momentum_flow_path
from numeric.orders import ABSENT, geometric_steps, measure_order
from numeric.velocities import velocity_coefficient
from symbolic.two_step import METHODS

TIME = 0.8
X0 = np.array([0.6, -0.4])


def gradient(x: np.ndarray) -> np.ndarray:
    # a loss that is not quadratic: ln(1 + e^x) + x y^2/2 + y^4/4 + y^2/2
    a, b = x
    return np.array([1 / (1 + np.exp(-a)) + b * b / 2, a * b + b**3 + b])


def iterate(method: str, mu: float, eta: float, steps: int) -> np.ndarray:
    # the printed recursion with p_0 = 0 (Lyu et al., Eqs. 2 and 3), not the project's
    x, p = X0.copy(), np.zeros(2)
    for _ in range(steps):
        p = mu * p - eta * gradient(x + (mu * p if method == "nag" else 0))
        x = x + p
    return x


def endpoint_errors(method: str, mu: float, kind: str, counts: np.ndarray, factor=1.0):
    mu_value, kappa = numeric_method(METHODS[method], mu)
    errors = []
    for steps in counts:
        eta = TIME / steps
        velocity = velocity_coefficient(kind, mu_value, kappa) * gradient(X0)
        alpha = factor * float(inertia(mu_value, kappa, eta))
        flow = momentum_flow_path(gradient, X0, velocity, alpha, mu, np.array([TIME]))
        errors.append(flow[-1] - iterate(method, mu, eta, steps))
    return TIME / counts, np.array(errors)


def counts_for(mu: float) -> np.ndarray:
    # small parameter eta/(1-mu)^2 at most about 0.05 for a curvature near 2
    largest = int(40 * TIME / (1 - mu) ** 2)
    return largest * 2 ** np.arange(7)


@pytest.mark.parametrize("mu", [0.3, 0.6])
@pytest.mark.parametrize("method", ["hb", "nag"])
def test_matched_velocity_gives_second_order_behind_the_layer(method: str, mu: float) -> None:
    counts = counts_for(mu)
    steps, errors = endpoint_errors(method, mu, "matched", counts)
    _, null = endpoint_errors(method, mu, "matched", counts, factor=0.5)
    found = measure_order(steps, errors, reference=null, floor=1e-12)
    assert found.order == 2
    assert found.ratios[0] <= ABSENT


@pytest.mark.parametrize("kind", ["zero", "gradient", "rescaled-gradient"])
def test_other_velocities_give_first_order(kind: str) -> None:
    counts = counts_for(0.6)
    steps, errors = endpoint_errors("hb", 0.6, kind, counts)
    assert measure_order(steps, errors, floor=1e-12).order == 1


@pytest.mark.parametrize("factor", [1.05, 0.95])
def test_inertia_wrong_by_five_per_cent_is_seen(factor: float) -> None:
    # the velocity is matched to the right alpha: only the flow is wrong
    counts = counts_for(0.6)
    steps, errors = endpoint_errors("hb", 0.6, "matched", counts, factor=factor)
    assert measure_order(steps, errors, floor=1e-12).order == 1


def test_gradient_flow_is_first_order() -> None:
    counts = counts_for(0.3)
    reference = gradient_flow_path(gradient, X0, np.array([TIME]), 0.3)[-1]
    errors = [reference - iterate("hb", 0.3, TIME / k, k) for k in counts]
    assert measure_order(TIME / counts, errors, floor=1e-12).order == 1


def test_geometric_steps_are_geometric() -> None:
    assert np.allclose(geometric_steps(1.0, 3, 2.0), [1.0, 0.5, 0.25])

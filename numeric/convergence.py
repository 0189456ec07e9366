"""When a run has arrived, what float64 allows it to reach, and why one blows up."""

from __future__ import annotations

from typing import Any

import numpy as np

from numeric.compiled import numpy_function
from numeric.problems import Array, Problem
from symbolic.networks import SQUARED_DIFFERENCE
from symbolic.regression import predictor_gradient

EPS = float(np.finfo(np.float64).eps)

_NEURONS = (SQUARED_DIFFERENCE.first, SQUARED_DIFFERENCE.second)
_predictor = numpy_function(_NEURONS, SQUARED_DIFFERENCE.predictor)
_sensitivities = [numpy_function(_NEURONS, s) for s in SQUARED_DIFFERENCE.sensitivities]
# [[d2 theta/du2, d2 theta/du dv], [d2 theta/dv du, d2 theta/dv2]]
_curvatures = [
    [numpy_function(_NEURONS, s.diff(neuron)) for neuron in _NEURONS]
    for s in SQUARED_DIFFERENCE.sensitivities
]


def tangent_weights(u: Any, v: Any) -> Array:
    """Return W = (d theta/du)^2 + (d theta/dv)^2, the diagonal of the tangent kernel, like u."""
    return sum(s(u, v) ** 2 for s in _sensitivities)  # pyright: ignore[reportReturnType]


def rounding_floor(problem: Problem, u: Array, v: Array, eta: float, mu: float) -> float:
    """Return a bound of the residual |X theta - y|_inf at which rounding stops a run near (u, v).

    Every step moves each neuron by up to an ulp too much or too little, theta therefore by
    |delta theta| <= eps (|u dtheta/du| + |v dtheta/dv|). Where this balances the step,

        (eta/n) X W X^T r = X delta theta,

    so the slowest mode of the tangent kernel X W X^T sets the floor. Momentum resonates with
    errors that alternate in step with a mode of curvature lambda: their response is up to
    1/(sqrt(eta lambda) (1 - sqrt(mu))) instead of 1/(eta lambda), a factor that is largest at the
    largest lambda. Added is the rounding of X theta - y itself. Shapes: u, v (d,).
    """
    X, n = problem.X, problem.n
    weights = tangent_weights(u, v)
    wobble = EPS * sum(np.abs(x * s(u, v)) for x, s in zip((u, v), _sensitivities, strict=True))
    kernel = (X * weights) @ X.T
    try:
        response = np.abs(np.linalg.solve(kernel, X * wobble))
        balance = n / eta * float(response.sum(axis=1).max())
    except np.linalg.LinAlgError:
        balance = np.inf
    evaluation = (problem.d + 2) * EPS * (np.abs(X) @ np.abs(_predictor(u, v)) + np.abs(problem.y))
    ulps = EPS * max(np.abs(u).max(), np.abs(v).max())
    top = float(np.linalg.eigvalsh(kernel)[-1]) / n
    resonance = max(1.0, np.sqrt(eta * top) / (1 - np.sqrt(mu)))
    return resonance * max(balance + float(evaluation.max()), ulps)


def hessian_at(problem: Problem, u: Array, v: Array) -> Array:
    """Return the Hessian of the loss by (u, v), shape (2d, 2d): J^T J/n + sum_j g_j theta_j''."""
    jacobian = np.hstack([problem.X * s(u, v) for s in _sensitivities])
    g = predictor_gradient(problem.X, problem.y, _predictor(u, v))
    second = np.block([[np.diag(c(u, v) * g) for c in row] for row in _curvatures])
    return jacobian.T @ jacobian / problem.n + second


def largest_curvature(problem: Problem, u: Array, v: Array) -> float:
    """Return the largest eigenvalue of the Hessian of the loss by (u, v), each of shape (d,)."""
    from scipy.linalg import eigh

    size = 2 * problem.d
    top = eigh(hessian_at(problem, u, v), eigvals_only=True, subset_by_index=[size - 1, size - 1])
    return float(top[0])


def small_parameter(problem: Problem, u: Array, v: Array, eta: float, mu: float) -> float:
    """Return eta/(1-mu)^2 times the largest Hessian eigenvalue at the limit (u, v).

    First-order predictions need it small: it, not eta, is what their error is a power of.
    """
    return eta / (1 - mu) ** 2 * largest_curvature(problem, u, v)


def linear_limit(mu: float, kappa: float, curvature: float) -> float:
    """Return the learning rate at which the recursion on a parabola of this curvature blows up.

    z = -1 solves z^2 - (1 + mu - eta lambda (1 + kappa)) z + mu - eta lambda kappa = 0 at
    eta = 2 (1 + mu) / ((1 + 2 kappa) lambda); above it, iterates grow with alternating sign. For
    kappa <= -1/2 or no positive curvature there is no such limit and the result is infinite.
    """
    if curvature <= 0 or 1 + 2 * kappa <= 0:
        return np.inf
    return 2 * (1 + mu) / ((1 + 2 * kappa) * curvature)


def blow_up_bound(problem: Problem, u: Any, v: Any) -> float:
    """Return the size of a neuron that no bounded run reaches: 10^6 times what the data ask for."""
    smallest = np.linalg.lstsq(problem.X, problem.y, rcond=None)[0]
    start = max(np.abs(u).max(), np.abs(v).max())
    return 1e6 * float(max(start, np.sqrt(np.abs(smallest).max())))

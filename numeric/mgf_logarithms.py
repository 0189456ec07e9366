r"""Momentum gradient flow in the logarithms of its neurons, where none of them reaches zero.

With l = ln|x|, m = l + lambda l' and the dual variables :math:`w = \int (X\theta - y)/n`,

.. math:: w' = (X\theta - y)/n, \quad \lambda l' = m - l, \quad A' = \lambda (l')^2, \quad
          m = m_0 - A \mp X^T w,

so that A is the integral I of a neuron. Small neurons keep their relative accuracy, and the stiff
integrators of `numeric.flows` apply.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from numeric.flows import integrate
from numeric.mgf_series import SIGNS
from numeric.network_flow import NetworkEquations
from symbolic.regression import residual

Array = np.ndarray

#: Residual, relative to that of the zero predictor or the start, at which the flow is landed.
LANDING_RESIDUAL = 1e-10
#: Largest lambda |x'/x| = lambda |l'| there; what is left of I is about the square of it.
LANDING_SPEED = 1e-8
#: The integrator and the steps that it may take.
_PLAN = (("LSODA", 40_000),)


class LogarithmicEnd(NamedTuple):
    """The limit of the neurons (2, d), A of both (2, d), and how the flow ended."""

    neurons: Array
    gain: Array
    finished: bool
    time: float
    residual: float
    steps: int


def follow_logarithms(
    equations: NetworkEquations, inertia: float, x: Array, velocity: Array, rtol: float = 1e-10
) -> LogarithmicEnd:
    """Follow the flow from x, x' of shape (2, d) without zeros to its limit, and land it there."""
    n, d = equations.n, equations.d
    X, sign = equations.X, np.sign(x)
    start = np.log(np.abs(x))
    m0 = start + inertia * velocity / x
    # dx/d ln|x| is x: the derivatives of X theta by the logarithms are J diag(x).
    signs = np.repeat(SIGNS.ravel(), d)

    def parts(state: Array) -> tuple[Array, Array]:
        w, logs, gains = state[:n], state[n : n + 2 * d], state[n + 2 * d :]
        return logs, m0.ravel() - gains - signs * np.tile(X.T @ w, 2)

    def neurons(logs: Array) -> Array:
        return sign * np.exp(logs.reshape(2, d))

    def misfit(logs: Array) -> Array:
        u, v = neurons(logs)
        return residual(X, equations.y, equations.predictor(u, v))

    # w' = r/n,  lambda l' = m - l,  A' = (m - l)^2/lambda
    def field(_: float, state: Array) -> Array:
        logs, m = parts(state)
        move = (m - logs) / inertia
        return np.concatenate([misfit(logs) / n, move, inertia * move**2])

    def jacobian(_: float, state: Array) -> Array:
        logs, m = parts(state)
        x = neurons(logs)
        J = np.zeros((n + 4 * d, n + 4 * d))
        J[:n, n : n + 2 * d] = equations.jacobian(x[0], x[1]) * x.ravel() / n
        by_w = -signs[:, None] * np.tile(X.T, (2, 1)) / inertia
        one = np.eye(2 * d) / inertia
        rows = slice(n, n + 2 * d)
        J[rows, :n], J[rows, n : n + 2 * d], J[rows, n + 2 * d :] = by_w, -one, -one
        J[n + 2 * d :] = 2 * (m - logs)[:, None] * J[rows]
        return J

    size = equations.scale(x[0], x[1])

    def finished(state: Array) -> tuple[bool, float]:
        logs, m = parts(state)
        left = max(float(np.max(np.abs(misfit(each)))) for each in (logs, m))
        slow = float(np.max(np.abs(m - logs))) <= LANDING_SPEED
        return left <= LANDING_RESIDUAL * size and slow, left

    state0 = np.concatenate([np.zeros(n), start.ravel(), np.zeros(2 * d)])
    end = integrate(field, jacobian, state0, finished, _PLAN, rtol)
    gains = end.state[n + 2 * d :].reshape(2, d)
    limit = np.full((2, d), np.nan)
    if end.finished:
        # At the limit ln|x| = m_0 - A -+ X^T w: gradient flow's form u e^{-2s}, s = X^T w/2.
        u, v = sign * np.exp(m0 - gains)
        w = equations.land_dual(u, v, end.state[:n] / 2)
        limit = np.array(equations.dual_neurons(u, v, w))
    return LogarithmicEnd(limit, gains, end.finished, end.time, end.residual, end.steps)

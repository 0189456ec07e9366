"""Theorem 3 to O(eta^3) as numbers: along a run itself, and along gradient flow alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from numeric.compiled import numpy_function
from numeric.flows import LANDING_RESIDUAL, integrate, plan_of
from numeric.network_flow import CURVATURES, NetworkEquations
from numeric.problems import Array, Problem, Start
from numeric.projection import entropy_projection
from symbolic.console import UserError
from symbolic.next_order import (
    CUBES,
    SQUARES,
    VARIATION,
    linear_term_along_gradient_flow,
    log_scale_along_gradient_flow,
    log_scale_along_the_run,
)
from symbolic.regression import predictor_gradient
from symbolic.symbols import ETA, G_0, KAPPA, MU, THETA_0, XI

#: What ln xi_inf and R are functions of.
ARGUMENTS = (XI, THETA_0, G_0, SQUARES, CUBES, VARIATION, MU, KAPPA, ETA)
_LOG_SCALE_OF_RUN = numpy_function(ARGUMENTS, log_scale_along_the_run)
_LOG_SCALE_OF_FLOW = numpy_function(ARGUMENTS, log_scale_along_gradient_flow)
_LINEAR = numpy_function(ARGUMENTS, linear_term_along_gradient_flow)


@dataclass(frozen=True)
class GradientFlowIntegrals:
    """Integrals along gradient flow x' = -grad L in its own time, each (d,).

    Parameters
    ----------
    squares, cubes
        Of g^2 and g^3.
    variation
        Of 2 g Dg[Q] with Q' = -H Q + H grad L, Q(0) = 0: what a change of the flow by H grad L does
        to the first.
    """

    squares: Array
    cubes: Array
    variation: Array


def gradient_flow_integrals(
    problem: Problem, start: Start, rtol: float = 1e-12, residual: float = LANDING_RESIDUAL
) -> GradientFlowIntegrals:
    """Integrate gradient flow with its first variation until it interpolates.

    Parameters
    ----------
    problem, start
        Data and u, v of shape (d,).
    rtol
        Of the integrator.
    residual
        |X theta - y|_inf at which the rest of the flow no longer counts, relative to the data: what
        is left of the integrals there is of the order of its square.

    Raises
    ------
    UserError
        If it does not arrive.
    """
    flow = _VariedFlow(problem, start, residual)
    plan = plan_of("auto", *flow.equations.rates(start.u, start.v))
    end = integrate(flow.field, flow.jacobian, flow.start, flow.finished, plan, rtol)
    if not end.finished:
        raise UserError(
            expected="a gradient flow that reaches an interpolator",
            received=f"a residual of {end.residual:.2g} at time {end.time:.3g}",
            remedy="start at a larger scale or use better conditioned data",
        )
    _, _, squares, cubes, variation = flow.parts(end.state)
    return GradientFlowIntegrals(squares, cubes, variation)


class _VariedFlow:
    r"""Gradient flow and its variation in n dual variables each, with the integrals.

    The variation of x' = -grad L by e H grad L is closed in logarithms. With theta the sum of
    c x^2/2 over both neurons x of a coordinate, (H grad L)_x = c^2 g^2 x + c h x, h = Dg[grad L] =
    -dg/dt, so

        d ln x = c^2 P - c b,   P = int g^2,   b = X^T omega - (g_0 - g),   omega' = X d theta/n.
    """

    def __init__(self, problem: Problem, start: Start, residual: float) -> None:
        self.equations = NetworkEquations(problem.X, problem.y)
        self._X, self._n, self._d = self.equations.X, problem.n, problem.d
        self._u, self._v = start.u, start.v
        self.start = np.zeros(2 * self._n + 3 * self._d)
        _, self._initial = self.equations.dual_residual(self._u, self._v, self.start[: self._n])
        self._small = residual * self.equations.scale(self._u, self._v)

    def parts(self, state: Array) -> tuple[Array, Array, Array, Array, Array]:
        """Return w and omega, (n,), and the integrals P, of g^3 and K, (d,)."""
        n, d = self._n, self._d
        w, omega, P, C, K = np.split(state, [n, 2 * n, 2 * n + d, 2 * n + 2 * d])
        return w, omega, P, C, K

    def _varied(self, state: Array) -> tuple[Array, Array, Array, Array, Array]:
        """Return r (n,), g (d,), the squares and d ln of the neurons (2, d), and X d theta/n."""
        w, omega, P, _, _ = self.parts(state)
        r, g = self.equations.dual_residual(self._u, self._v, w)
        squares = np.square(self.equations.dual_neurons(self._u, self._v, w))
        b = self._X.T @ omega - (self._initial - g)
        logs = CURVATURES**2 * P - CURVATURES * b
        change = self._X @ np.sum(CURVATURES * squares * logs, axis=0) / self._n
        return r, g, squares, logs, change

    def field(self, _time: float, state: Array) -> Array:
        """Return the time derivative."""
        r, g, _, _, change = self._varied(state)
        return np.concatenate([r / self._n, change, g * g, g**3, 2 * g * (self._X.T @ change)])

    def jacobian(self, _time: float, state: Array) -> Array:
        """Return its derivative; integrators need it only nearly."""
        n, d, X = self._n, self._d, self._X
        _, g, squares, logs, change = self._varied(state)
        slope = self.equations.dual_slope(self._u, self._v, state[:n]) / n
        bent = np.sum(-2 * CURVATURES**2 * squares * logs, axis=0)
        by_w = (X * bent) @ X.T / n + slope @ slope
        by_P = X * np.sum(CURVATURES**3 * squares, axis=0) / n
        of_g = X.T @ slope
        out = np.zeros((2 * n + 3 * d,) * 2)
        out[:n, :n] = out[n : 2 * n, n : 2 * n] = slope
        out[n : 2 * n, :n], out[n : 2 * n, 2 * n : 2 * n + d] = by_w, by_P
        out[2 * n : 2 * n + d, :n] = 2 * g[:, None] * of_g
        out[2 * n + d : 2 * n + 2 * d, :n] = 3 * (g * g)[:, None] * of_g
        twice = 2 * g[:, None]
        out[2 * n + 2 * d :] = twice * (X.T @ out[n : 2 * n])
        out[2 * n + 2 * d :, :n] += 2 * (X.T @ change)[:, None] * of_g
        return out

    def finished(self, state: Array) -> tuple[bool, float]:
        """Return whether the flow is at an interpolator, and its residual."""
        r, _ = self.equations.dual_residual(self._u, self._v, state[: self._n])
        size = float(np.max(np.abs(r)))
        return size <= self._small, size


def next_order_limit(
    problem: Problem,
    start: Start,
    flow: GradientFlowIntegrals,
    *,
    mu: float,
    kappa: float,
    eta: float,
    squares: Array | None = None,
) -> Array:
    """Return the limit by Theorem 3 to one order more, (d,); what it neglects is O(eta^3).

    Parameters
    ----------
    problem, start
        Data and a start at rest.
    flow
        Integrals along gradient flow. That of g^3 is needed to leading order only, so it serves for
        a run as well.
    mu, kappa, eta
        The method.
    squares
        sum_k eta g_k^2 along a run, (d,); None forecasts it from the flow.
    """
    log_scale, given = _LOG_SCALE_OF_RUN, squares
    if given is None:
        # The rescaled flow runs at 1/(1-mu) times the speed of gradient flow.
        log_scale, given = _LOG_SCALE_OF_FLOW, (1 - mu) * flow.squares
    values = (
        *(start.xi, start.theta, initial_gradient(problem, start)),
        *(given, (1 - mu) * flow.cubes, flow.variation, mu, kappa, eta),
    )
    scale, linear = np.exp(log_scale(*values)), _LINEAR(*values)
    return entropy_projection(problem.X, problem.y, scale, linear).theta


def initial_gradient(problem: Problem, start: Start) -> Array:
    """Return g_0, the gradient of the loss by theta at the start, (d,)."""
    return predictor_gradient(problem.X, problem.y, start.theta)

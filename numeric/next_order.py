"""Theorem 3 to O(eta^3) as numbers: along a run itself, and along gradient flow alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from numeric.network_flow import NetworkEquations
from numeric.problems import Array, Problem, Start
from symbolic.console import UserError
from symbolic.next_order import CUBES, SQUARES, VARIATION
from symbolic.regression import predictor_gradient
from symbolic.symbols import ETA, G_0, KAPPA, MU, THETA_0, XI

#: What ln xi_inf and R are functions of.
ARGUMENTS = (XI, THETA_0, G_0, SQUARES, CUBES, VARIATION, MU, KAPPA, ETA)
#: Gradient flow is followed until its relative residual is this, and given up at this time.
RESIDUAL, LONGEST = 1e-13, 1e7


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
    problem: Problem, start: Start, rtol: float = 1e-12, residual: float = RESIDUAL
) -> GradientFlowIntegrals:
    """Integrate gradient flow with its first variation until it interpolates.

    Parameters
    ----------
    problem, start
        Data and u, v of shape (d,).
    rtol
        Of the integrator.
    residual
        |X theta - y|_inf at which the rest of the flow no longer counts, relative to the data.

    Raises
    ------
    UserError
        If it does not arrive.
    """
    from scipy.integrate import solve_ivp  # takes most of a second

    equations = NetworkEquations(problem.X, problem.y)
    d = problem.d

    def field(_time: float, state: Array) -> Array:
        x, Q = state[: 2 * d], state[2 * d : 4 * d]
        slope, g = equations.gradient(x)
        hessian, _, by_neurons = equations.curvature(x)
        return np.concatenate(
            [-slope, hessian @ (slope - Q), g * g, g**3, 2 * g * (by_neurons @ Q)]
        )

    def arrived(_: float, state: Any) -> Any:
        return equations.residual_size(state[: 2 * d]) - residual * equations.scale(
            start.u, start.v
        )

    arrived.terminal = True  # pyright: ignore
    state0 = np.concatenate([start.u, start.v, np.zeros(5 * d)])
    solution = solve_ivp(
        field, (0.0, LONGEST), state0, "DOP853", rtol=rtol, atol=rtol / 100, events=arrived
    )
    if solution.status != 1:
        raise UserError(
            expected="gradient flow that interpolates",
            received=f"{solution.message}",
            remedy="use better conditioned data",
        )
    squares, cubes, variation = np.split(solution.y[4 * d :, -1], 3)
    return GradientFlowIntegrals(squares, cubes, variation)


def initial_gradient(problem: Problem, start: Start) -> Array:
    """Return g_0, the gradient of the loss by theta at the start, (d,)."""
    return predictor_gradient(problem.X, problem.y, start.theta)

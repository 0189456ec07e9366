"""The flows of momentum and of the gradient on any loss, sampled at given times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from numeric.network_flow import NetworkEquations
from symbolic.console import UserError

Array = np.ndarray


def check_flow(inertia: float, momentum: float) -> None:
    """Refuse a second-order flow that is anti-damped or does not exist.

    Raises
    ------
    UserError
        If alpha <= 0 or mu is outside [0, 1).
    """
    if not inertia > 0:
        raise UserError(
            expected="inertia alpha > 0",
            received=f"{inertia}",
            remedy="for alpha <= 0 (large look-ahead) the second-order flow is anti-damped or "
            "missing; use gradient flow",
        )
    if not 0 <= momentum < 1:
        raise UserError(
            expected="momentum in [0, 1)", received=f"{momentum}", remedy="choose a mu below 1"
        )


def momentum_flow_path(
    gradient: Callable[[Array], Array],
    x0: Array,
    velocity: Array,
    inertia: float,
    momentum: float,
    times: Array,
    rtol: float = 1e-12,
    integrator: str = "DOP853",
) -> Array:
    """Return alpha x'' + x' + gradient(x)/(1-mu) = 0 at ``times``, for any loss.

    Parameters
    ----------
    gradient
        From an array of shape (m,) to its gradient, the same shape.
    x0, velocity
        x and dx/dt at t = 0, shape (m,).
    inertia, momentum
        alpha > 0 and mu in [0, 1).
    times
        Increasing times t >= 0, shape (k,); t = (number of the iterate) * eta.

    Returns
    -------
    x at the times, shape (k, m).

    Raises
    ------
    UserError
        If alpha <= 0, mu is outside [0, 1), or the integration fails.
    """
    check_flow(inertia, momentum)
    x0 = np.asarray(x0, dtype=float)
    m = x0.size

    # alpha x' = z - x,  z' = -gradient(x)/(1-mu)
    def field(_: float, state: Array) -> Array:
        x, z = state[:m], state[m:]
        return np.concatenate([(z - x) / inertia, -gradient(x) / (1 - momentum)])

    state0 = np.concatenate([x0, x0 + inertia * np.asarray(velocity, dtype=float)])
    return _path(field, state0, times, rtol, integrator)[:, :m]


@dataclass(frozen=True)
class NetworkPath:
    """The second-order flow on the network u*u - v*v at given times; every array is (k, d).

    Parameters
    ----------
    u, v, u_dot, v_dot
        Neurons and their time derivatives.
    gradient
        g, the gradient of the loss by theta.
    impulse, path_integral
        int g dt and int g^2 dt from 0.
    """

    u: Array
    v: Array
    u_dot: Array
    v_dot: Array
    gradient: Array
    impulse: Array
    path_integral: Array


def network_flow_path(
    problem: Any,
    start: Any,
    *,
    inertia: float,
    momentum: float,
    velocity: tuple[Array, Array],
    times: Array,
    rtol: float = 1e-12,
    integrator: str = "DOP853",
) -> NetworkPath:
    """Return alpha x'' + x' + grad L/(1-mu) = 0 on the network, with its path integrals.

    Parameters and errors as in `momentum_flow_path`; ``velocity`` is (du/dt, dv/dt), each (d,).
    """
    check_flow(inertia, momentum)
    equations = NetworkEquations(problem.X, problem.y)
    d = equations.d

    # x' = w,  alpha w' = -w - grad L(x)/(1-mu),  with the integrals of g and g^2
    def field(_: float, state: Array) -> Array:
        w = state[2 * d : 4 * d]
        slope, g = equations.gradient(state[: 2 * d])
        return np.concatenate([w, -(w + slope / (1 - momentum)) / inertia, g, g * g])

    state0 = np.concatenate([start.u, start.v, *velocity, np.zeros(2 * d)])
    path = _path(field, state0, times, rtol, integrator)
    u, v, u_dot, v_dot, impulse, squares = np.split(path, 6, axis=1)
    g = np.array([equations.gradient(x)[1] for x in path[:, : 2 * d]])
    return NetworkPath(u, v, u_dot, v_dot, g, impulse, squares)


def gradient_flow_path(
    gradient: Callable[[Array], Array],
    x0: Array,
    times: Array,
    momentum: float = 0.0,
    rtol: float = 1e-12,
    integrator: str = "DOP853",
) -> Array:
    """Return the rescaled gradient flow x' = -gradient(x)/(1-mu) at ``times``, shape (k, m)."""

    def field(_: float, x: Array) -> Array:
        return -gradient(x) / (1 - momentum)

    return _path(field, np.asarray(x0, dtype=float), times, rtol, integrator)


def _path(
    field: Callable[[float, Array], Array], x0: Array, times: Array, rtol: float, integrator: str
) -> Array:
    from scipy.integrate import solve_ivp  # takes most of a second

    times = np.asarray(times, dtype=float)
    # A trial step may go too far; the error control takes it back.
    with np.errstate(over="ignore", invalid="ignore"):
        solution = solve_ivp(
            field, (0.0, float(times[-1])), x0, integrator, times, rtol=rtol, atol=rtol / 100
        )
    if not solution.success:
        raise UserError(
            expected="a flow that exists up to the last time",
            received=f"{solution.message} at t = {solution.t[-1] if solution.t.size else 0.0:.6g}",
            remedy="shorten the times or choose another integrator",
        )
    return solution.y.T

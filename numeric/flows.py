r"""Gradient flow and the second-order flow of momentum, on the network and on any loss.

The flow of momentum is :math:`\alpha \ddot x + \dot x + \nabla L(x)/(1-\mu) = 0` (Lyu et al.,
Eq. 4), :math:`t = k\eta` at step k. It is integrated in the time :math:`\tau = t/(1-\mu)` and in
the pair :math:`(x, z)` with :math:`z = x + \alpha \dot x`,

.. math:: a\,x' = z - x, \qquad z' = -\nabla L(x), \qquad a = \alpha/(1-\mu),

so that one number, a, is all that the flow knows of the method. Gradient flow on the network keeps
:math:`\ln|u| + 2\int g` and :math:`\ln|v| - 2\int g` (`symbolic.momentum_flow`), so it is
integrated in the n dual variables :math:`w = \int (X\theta - y)/n`, without approximation.

Near the end both flows are *landed*: what is left of z' lies, up to the square of the residual, in
the span of the rows of the Jacobian, so one Gauss-Newton step from z ends on the solution.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from numeric.flow_paths import check_flow, gradient_flow_path, momentum_flow_path
from numeric.network_flow import NetworkEquations
from numeric.velocities import start_velocity
from symbolic.console import UserError

__all__ = [
    "FlowLimit",
    "gradient_flow_limit",
    "gradient_flow_path",
    "momentum_flow_limit",
    "momentum_flow_path",
    "start_velocity",
]

Array = np.ndarray

#: Of `scipy.integrate`, by name.
INTEGRATORS = ("DOP853", "Radau", "LSODA")

#: Residual, relative to that of the zero predictor or the start, at which a flow is landed. The
#: landing is wrong by its square times a condition number: below rounding.
LANDING_RESIDUAL = 1e-9
#: Steps of one integration; a flow that needs more is reported as not converged.
MAX_STEPS = 200_000
#: Expected explicit steps above which the implicit integrator is the cheaper one.
EXPLICIT_STEPS = 500


class HasData(Protocol):
    """What a flow needs of a problem (`numeric.problems.Problem`)."""

    @property
    def X(self) -> Array: ...

    @property
    def y(self) -> Array: ...


class HasNeurons(Protocol):
    """What a flow needs of a start (`numeric.problems.Start`)."""

    @property
    def u(self) -> Array: ...

    @property
    def v(self) -> Array: ...


@dataclass(frozen=True)
class FlowLimit:
    """Where a flow ends; every array has shape (d,).

    Parameters
    ----------
    theta, u, v
        The limit; NaN throughout if the flow did not converge, so that nothing can be compared.
    xi
        ``|u v|`` at the limit.
    path_integral
        int g^2 dt along the flow, g the gradient of the loss by theta, in the flow's own time t:
        phi of Lyu et al. (Eq. 12) is 8/(1-mu)^2 times it. For gradient flow t is its unscaled time.
    converged
        Whether the flow reached an interpolator and was landed on it.
    end_time
        The time at which it was landed (or given up).
    residual
        ``|X theta - y|_inf`` there, before landing.
    steps
        Steps of the integrator.
    """

    theta: Array
    u: Array
    v: Array
    xi: Array
    path_integral: Array
    converged: bool
    end_time: float
    residual: float
    steps: int


def gradient_flow_limit(
    problem: HasData, start: HasNeurons, rtol: float = 1e-12, integrator: str = "auto"
) -> FlowLimit:
    """Return the limit of gradient flow, du/dt = -grad_u L and dv/dt = -grad_v L.

    ``path_integral`` is int g^2 dt in this unscaled time; the rescaled flow x' = -grad L/(1-mu) has
    the same limit, and its integral in its own time is (1-mu) times this one. For ``integrator``
    see `momentum_flow_limit`.

    Raises
    ------
    UserError
        If the integrator is unknown.
    """
    equations = NetworkEquations(problem.X, problem.y)
    n = equations.X.shape[0]
    u0, v0 = np.asarray(start.u, float), np.asarray(start.v, float)

    # w' = (X theta - y)/n,  P' = g^2  with  theta = theta(u0 e^{-2s}, v0 e^{2s}),  s = X^T w
    def field(_: float, state: Array) -> Array:
        r, g = equations.dual_residual(u0, v0, state[:n])
        return np.concatenate([r / n, g * g])

    def jacobian(_: float, state: Array) -> Array:
        return equations.dual_jacobian(u0, v0, state[:n])

    def finished(state: Array) -> tuple[bool, float]:
        r, _ = equations.dual_residual(u0, v0, state[:n])
        size = float(np.max(np.abs(r)))
        return size <= LANDING_RESIDUAL * equations.scale(u0, v0), size

    state0 = np.zeros(n + equations.d)
    rates = equations.rates(u0, v0)
    end = integrate(field, jacobian, state0, finished, plan_of(integrator, *rates), rtol)
    if not end.finished:
        return _no_limit(equations.d, end)
    w = equations.land_dual(u0, v0, end.state[:n])
    u, v = equations.dual_neurons(u0, v0, w)
    return _limit(equations, u, v, end.state[n:], end.time, end)


def momentum_flow_limit(
    problem: HasData,
    start: HasNeurons,
    *,
    inertia: float,
    momentum: float,
    velocity: tuple[Array, Array],
    rtol: float = 1e-12,
    integrator: str = "auto",
) -> FlowLimit:
    """Return the limit of alpha x'' + x' + grad L(x)/(1-mu) = 0 on the network u*u - v*v.

    Parameters
    ----------
    problem, start
        Data (X of shape (n, d), y of shape (n,)) and the neurons (u, v) at t = 0, each (d,).
    inertia
        alpha > 0 (`numeric.compiled.inertia`), in units of t.
    momentum
        mu in [0, 1).
    velocity
        (du/dt, dv/dt) at t = 0, each (d,); see `numeric.velocities`.
    rtol
        Relative tolerance of the integrator; the absolute one is a hundredth of it.
    integrator
        ``"DOP853"``, ``"Radau"``, ``"LSODA"``, or ``"auto"``: the implicit one where the explicit
        one would be held back by stability.

    Raises
    ------
    UserError
        If alpha <= 0 (the flow is then anti-damped) or mu is outside [0, 1).
    """
    check_flow(inertia, momentum)
    equations = NetworkEquations(problem.X, problem.y)
    d = equations.d
    a = inertia / (1 - momentum)
    x0 = np.concatenate([np.asarray(start.u, float), np.asarray(start.v, float)])
    # z = x + alpha dx/dt
    z0 = x0 + inertia * np.concatenate([np.asarray(part, float) for part in velocity])

    # a x' = z - x,  z' = -grad L(x),  P' = g^2  in tau = t/(1-mu)
    def field(_: float, state: Array) -> Array:
        x, z = state[: 2 * d], state[2 * d : 4 * d]
        slope, g = equations.gradient(x)
        return np.concatenate([(z - x) / a, -slope, g * g])

    def jacobian(_: float, state: Array) -> Array:
        hessian, g, by_neurons = equations.curvature(state[: 2 * d])
        J = np.zeros((5 * d, 5 * d))
        J[: 2 * d, : 2 * d] = -np.eye(2 * d) / a
        J[: 2 * d, 2 * d : 4 * d] = np.eye(2 * d) / a
        J[2 * d : 4 * d, : 2 * d] = -hessian
        J[4 * d :, : 2 * d] = 2 * g[:, None] * by_neurons
        return J

    def finished(state: Array) -> tuple[bool, float]:
        x, z = state[: 2 * d], state[2 * d : 4 * d]
        size = max(equations.residual_size(x), equations.residual_size(z))
        slow = float(np.max(np.abs(z - x))) <= np.sqrt(LANDING_RESIDUAL) * np.max(np.abs(x))
        return size <= LANDING_RESIDUAL * equations.scale(x0[:d], x0[d:]) and slow, size

    fastest, slowest = equations.rates(x0[:d], x0[d:])
    plan = plan_of(integrator, max(fastest, 1 / a), min(slowest, 1 / a))
    state0 = np.concatenate([x0, z0, np.zeros(d)])
    end = integrate(field, jacobian, state0, finished, plan, rtol)
    time = end.time * (1 - momentum)
    if not end.finished:
        return _no_limit(d, end)
    u, v = equations.land(end.state[2 * d : 3 * d], end.state[3 * d : 4 * d])
    return _limit(equations, u, v, (1 - momentum) * end.state[4 * d :], time, end)


@dataclass(frozen=True)
class End:
    """The last state of an integration."""

    state: Array
    time: float
    steps: int
    finished: bool
    residual: float


def integrate(
    field: Callable[[float, Array], Array],
    jacobian: Callable[[float, Array], Array],
    state0: Array,
    finished: Callable[[Array], tuple[bool, float]],
    plan: tuple[tuple[str, int], ...],
    rtol: float,
) -> End:
    """Step the planned integrators in turn until one finishes within its number of steps."""
    import scipy.integrate  # takes most of a second

    end = End(state0, 0.0, 0, *finished(state0))
    for name, most_steps in plan:
        if end.finished:
            break
        options: dict[str, Any] = {} if name == "DOP853" else {"jac": jacobian}
        # LSODA is looser than it is told by about an order of magnitude.
        tight = max(rtol / 10, 3e-14) if name == "LSODA" else rtol
        solver = getattr(scipy.integrate, name)(
            field, 0.0, state0, np.inf, rtol=tight, atol=tight / 100, **options
        )
        steps, done, size = 0, False, np.inf
        with np.errstate(all="ignore"):
            while not done and steps < most_steps and solver.status == "running":
                solver.step()
                steps += 1
                if not np.all(np.isfinite(solver.y)):
                    break
                done, size = finished(solver.y)
        end = End(solver.y, float(solver.t), steps, bool(done), size)
    return end


def plan_of(integrator: str, fastest: float, slowest: float) -> tuple[tuple[str, int], ...]:
    """Return which integrators to try, each with the steps that it may take."""
    if integrator in INTEGRATORS:
        return ((integrator, MAX_STEPS),)
    if integrator != "auto":
        raise UserError(
            expected=f"one of auto, {', '.join(INTEGRATORS)}",
            received=repr(integrator),
            remedy="leave the integrator at auto",
        )
    # An explicit step covers about 6/fastest; the residual falls like exp(-slowest t).
    expected = -np.log(LANDING_RESIDUAL) / slowest * fastest / 6
    implicit = ("LSODA", MAX_STEPS)
    return (("DOP853", 4 * EXPLICIT_STEPS), implicit) if expected < EXPLICIT_STEPS else (implicit,)


def _limit(
    equations: NetworkEquations, u: Array, v: Array, path: Array, time: float, end: End
) -> FlowLimit:
    theta = equations.predictor(u, v)
    # Landed on an interpolator to rounding, or there is no limit to speak of.
    size = float(np.max(np.abs(equations.X @ theta - equations.y)))
    if not size <= 100 * equations.rounding(u, v):
        return _no_limit(equations.d, end)
    return FlowLimit(theta, u, v, np.abs(u * v), path, True, time, end.residual, end.steps)


def _no_limit(d: int, end: End) -> FlowLimit:
    nothing = np.full(d, np.nan)
    return FlowLimit(
        nothing, nothing, nothing, nothing, nothing, False, end.time, end.residual, end.steps
    )

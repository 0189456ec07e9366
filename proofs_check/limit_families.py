"""Limits at a geometric sequence of step sizes, for statements up to a power of the step size.

A family is one problem, one start, one method and one momentum, trained (or flowed) to the end at
step sizes that fall by a constant ratio, together with all that a prediction may use. Families are
computed once in a process and shared by all forms of all claims.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from numeric.compiled import inertia, numeric_method, numpy_function, phi_factor
from numeric.datasets import small_problem
from numeric.flows import FlowLimit, gradient_flow_limit, momentum_flow_limit
from numeric.orders import small_parameter
from numeric.problems import Problem, Start
from numeric.projection import entropy_projection
from numeric.training import TrainedBatch, train_many
from numeric.velocities import start_velocity, velocity_coefficient
from proofs_check.limit_orders import rounding_of_limits
from symbolic.implicit_bias import CORRELATION, OMEGA_U, OMEGA_V
from symbolic.regression import predictor_gradient
from symbolic.symbols import ALPHA, ETA, G_0, MU, PHI, SAMPLES, THETA_0, XI
from symbolic.two_step import METHODS

Array = np.ndarray

#: Momenta at which a statement for all mu is sampled; gradient descent is mu = 0.
MOMENTA = (0.0, 0.3, 0.5, 0.8, 0.9)
#: Step sizes in a family and their ratio.
COUNT = 8
RATIO = float(np.sqrt(2.0))
#: eta/(1-mu)^2 times the largest curvature at the largest step: the expansion parameter.
LARGEST_SMALL_PARAMETER = 0.06
#: Relative tolerance of the integrator of flows.
RTOL = 1e-12
#: What the path integral of the squared gradient is taken along.
PATHS = ("run", "gradient flow")


class Prediction(NamedTuple):
    """A theory of the limit: argmin Q_scale(theta) + linear . theta over {X theta = y}.

    ``inertia`` is alpha in (MU, ETA); ``scale`` and ``linear`` are expressions in `ARGUMENTS`.
    """

    inertia: sp.Expr
    scale: sp.Expr
    linear: sp.Expr


ARGUMENTS = (XI, THETA_0, ALPHA, PHI, G_0, MU, OMEGA_U, OMEGA_V, CORRELATION, SAMPLES)


@dataclass(frozen=True, eq=False)
class LimitFamily:
    """Limits of one method at ``COUNT`` step sizes.

    Parameters
    ----------
    label
        Which method, momentum, start and problem.
    problem, start, mu
        What was run.
    steps
        Step sizes eta, shape (k,), the largest first.
    thetas
        Limits, shape (k, d).
    phi
        8/(1-mu)^2 int g^2 dt, shape (k, d).
    log_velocity
        (u'/u, v'/v) at the start of a flow, each (d,); zero for the recursion, which has none.
    small
        The expansion parameter at the largest step.
    floor
        What rounding (recursion) or the integrator (flow) may add to a limit, in the 2-norm.
    """

    label: str
    problem: Problem
    start: Start
    mu: float
    steps: Array
    thetas: Array
    phi: Array
    log_velocity: tuple[Array, Array]
    small: float
    floor: float


@cache
def problem_and_start(kind: str) -> tuple[Problem, Start]:
    """Return the sampled problem with its ``biased`` or ``unbiased`` start."""
    problem = small_problem(2, 4, seed=1)
    u = np.array([0.8, 0.5, 0.9, 0.6])
    v = np.array([0.5, 0.9, 0.7, 0.8])
    return problem, Start(u, u.copy() if kind == "unbiased" else v)


@cache
def forecast(kind: str) -> tuple[Array, Array, float]:
    """Return the limit of gradient flow, int g^2 dt along it, and the curvature at the limit."""
    problem, start = problem_and_start(kind)
    limit = gradient_flow_limit(problem, start)
    if not limit.converged:
        raise RuntimeError("gradient flow did not converge on the sampled problem")
    return limit.theta, limit.path_integral, small_parameter(problem, limit.u, limit.v, 1.0, 0.0)


def step_sizes(kind: str, mu: float) -> Array:
    """Return the step sizes of a family, the largest first, (k,)."""
    # eta/(1-mu)^2 * curvature = LARGEST_SMALL_PARAMETER at the largest step.
    largest = LARGEST_SMALL_PARAMETER * (1 - mu) ** 2 / forecast(kind)[2]
    return largest / RATIO ** np.arange(COUNT)


def _size(thetas: Array) -> float:
    return float(np.linalg.norm(thetas, axis=1).max())


def _label(name: str, mu: float, kind: str, more: str) -> str:
    return f"{name}, mu = {mu:g}, {kind} start, {more}"


@cache
def trained_family(name: str, mu: float, kind: str, path: str) -> LimitFamily:
    """Return the trained limits of a method; ``path`` says what phi is taken along (`PATHS`).

    Raises
    ------
    RuntimeError
        If a run did not converge: what did not converge is never compared.
    """
    problem, start = problem_and_start(kind)
    steps = step_sizes(kind, mu)
    runs = _trained(name, mu, kind)
    if path == "gradient flow":
        # Rescaled flow x' = -grad L/(1-mu): its own time is (1-mu) times that of gradient flow.
        integral = np.tile((1 - mu) * forecast(kind)[1], (COUNT, 1))
    else:
        integral = runs.path_integral
    zero = np.zeros(problem.d)
    return LimitFamily(
        _label(name, mu, kind, f"phi along the {path}"),
        problem,
        start,
        mu,
        steps,
        runs.theta,
        phi_factor(mu) * integral,
        (zero, zero),
        small_parameter(problem, runs.u[0], runs.v[0], steps[0], mu),
        # K steps round by eps each, independently: sqrt(K) of them, which momentum stretches.
        rounding_of_limits(runs.steps, runs.theta, mu),
    )


@cache
def _trained(name: str, mu: float, kind: str) -> TrainedBatch:
    numbers, kappa = numeric_method(METHODS[name], mu)
    label = f"{name} at mu = {mu}"
    return runs_from(
        *problem_and_start(kind), label, mu=numbers, kappa=kappa, eta=step_sizes(kind, mu)
    )


def runs_from(
    problem: Problem,
    start: Start,
    label: str,
    *,
    mu: Any,
    kappa: Any,
    eta: Any,
    cubes: bool = False,
) -> TrainedBatch:
    """Train from one start with every method and step size; numbers or (B,) each.

    Raises
    ------
    RuntimeError
        If a run did not converge: what did not converge is never compared.
    """
    rows = (np.broadcast(mu, kappa, eta).size, 1)
    u, v = np.tile(start.u, rows), np.tile(start.v, rows)
    runs = train_many(problem, u, v, mu=mu, kappa=kappa, eta=eta, max_steps=2_000_000, cubes=cubes)
    if not runs.converged.all():
        raise RuntimeError(f"{label}: {runs.status}")
    return runs


def odd_velocity(start: Start) -> tuple[Array, Array]:
    """Return an initial velocity that is no gradient: of 2d neurons two move, u_1 and v_d."""
    du, dv = np.zeros_like(start.u), np.zeros_like(start.v)
    du[0], dv[-1] = start.u[0] / 2, start.v[-1]
    return du, dv


@cache
def _flow_limit(kind: str, ratio: float, reduced_velocity: tuple[float, ...] | float) -> FlowLimit:
    """Return the limit of a x'' + x' + grad L = 0, in time t/(1-mu), with a = alpha/(1-mu).

    The velocity is a multiple of grad L at the start, or given outright.
    """
    problem, start = problem_and_start(kind)
    if isinstance(reduced_velocity, tuple):
        both = np.array(reduced_velocity)
        velocity = (both[: problem.d], both[problem.d :])
    else:
        down = start_velocity("gradient", problem, start)
        velocity = (-reduced_velocity * down[0], -reduced_velocity * down[1])
    limit = momentum_flow_limit(
        problem, start, inertia=ratio, momentum=0.0, velocity=velocity, rtol=RTOL
    )
    if not limit.converged:
        raise RuntimeError(f"the flow with inertia {ratio} did not converge")
    return limit


@cache
def flow_family(name: str, mu: float, kind: str, velocity: str) -> LimitFamily:
    """Return the limits of the second-order flow of a method for an initial velocity.

    ``velocity`` is one of `numeric.velocities.KINDS` or ``odd`` (`odd_velocity`). With time in
    units of 1/(1-mu) the flow depends on alpha/(1-mu) and on that velocity alone, so limits are
    shared between momenta where these agree; the step sizes are chosen for that.
    """
    problem, start = problem_and_start(kind)
    numbers, kappa = numeric_method(METHODS[name], mu)
    ratios = LARGEST_SMALL_PARAMETER / forecast(kind)[2] / RATIO ** np.arange(COUNT)
    per_step = float(inertia(numbers, kappa, 1.0))
    steps = ratios * (1 - mu) / per_step
    zero = np.zeros(problem.d)
    if velocity == "odd":
        du, dv = odd_velocity(start)
        reduced: tuple[float, ...] | float = tuple((1 - mu) * np.concatenate([du, dv]))
        log_velocity = (du / start.u, dv / start.v)
    else:
        reduced = round((1 - mu) * velocity_coefficient(velocity, numbers, kappa), 14)
        log_velocity = (zero, zero)
    limits = [_flow_limit(kind, float(ratio), reduced) for ratio in ratios]
    # int g^2 dt in the flow's own time t = (1-mu) tau.
    phi = phi_factor(mu) * np.array([(1 - mu) * limit.path_integral for limit in limits])
    return LimitFamily(
        _label(name, mu, kind, f"velocity {velocity}"),
        problem,
        start,
        numbers,
        steps,
        np.array([limit.theta for limit in limits]),
        phi,
        log_velocity,
        LARGEST_SMALL_PARAMETER,
        RTOL * _size(np.array([limit.theta for limit in limits])),
    )


def prediction_errors(family: LimitFamily, prediction: Prediction) -> Array:
    """Return limit minus prediction at every step size, shape (k, d)."""
    alpha = numpy_function((MU, ETA), prediction.inertia)(family.mu, family.steps)
    scale_of = numpy_function(ARGUMENTS, prediction.scale)
    linear_of = numpy_function(ARGUMENTS, prediction.linear)
    problem, start = family.problem, family.start
    errors = []
    for theta, phi, inertia_here in zip(family.thetas, family.phi, alpha, strict=True):
        at = (
            start.xi,
            start.theta,
            inertia_here,
            phi,
            predictor_gradient(problem.X, problem.y, start.theta),
            family.mu,
            *family.log_velocity,
            problem.X.T @ problem.y,
            problem.n,
        )
        predicted = entropy_projection(problem.X, problem.y, scale_of(*at), linear_of(*at))
        errors.append(theta - predicted.theta)
    return np.array(errors)

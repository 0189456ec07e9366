"""The flow on the network from lambda small to lambda large: decay, residuals, arrival."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import sympy as sp

from numeric.compiled import numpy_function
from numeric.flow_paths import gradient_flow_path, momentum_flow_path, network_flow_path
from numeric.flows import gradient_flow_limit, momentum_flow_limit
from numeric.network_flow import NetworkEquations
from numeric.problems import Problem
from proofs_check.limit_families import problem_and_start
from proofs_check.smooth_runs import runs
from symbolic.regimes import (
    DISTANCE,
    SHARE,
    SLOPE,
    VELOCITY,
    boundary,
    decay_defect,
    decaying_energy,
)
from symbolic.regression import loss
from symbolic.surrogate import CURVATURE, INERTIA

Array = np.ndarray

RTOL = 1e-10
#: A run has arrived once its residual stays below this fraction of the one at the start.
ARRIVED = 1e-3


@cache
def _problem(scaled: float) -> Problem:
    """Return the sampled problem with its loss multiplied by ``scaled``."""
    problem, _ = problem_and_start("biased")
    factor = np.sqrt(scaled)
    return Problem(factor * problem.X, factor * problem.y)


@cache
def curvatures(scaled: float = 1.0) -> Array:
    """Return the curvatures of the loss at the limit of gradient flow that are not zero."""
    _, start = problem_and_start("biased")
    problem = _problem(scaled)
    limit = gradient_flow_limit(problem, start)
    J = NetworkEquations(problem.X, problem.y).jacobian(limit.u, limit.v)
    return np.linalg.svd(J, compute_uv=False) ** 2 / problem.n


class Residuals(NamedTuple):
    """Times (k,) and residuals X theta - y (k, n) of a flow."""

    times: Array
    residuals: Array


@cache
def flow(inertia: float, last: float, scaled: float = 1.0, places: int = 1201) -> Residuals:
    """Return the flow from rest with this inertia up to the time ``last``."""
    _, start = problem_and_start("biased")
    problem = _problem(scaled)
    times = np.linspace(0, last, places)
    rest = (np.zeros(problem.d), np.zeros(problem.d))
    path = network_flow_path(
        problem, start, inertia=inertia, momentum=0.0, velocity=rest, times=times, rtol=RTOL
    )
    predictor = NetworkEquations(problem.X, problem.y).predictor(path.u, path.v)
    return Residuals(times, predictor @ problem.X.T - problem.y)


def arrival(inertia: float, scaled: float = 1.0) -> float:
    """Return the time after which the residual stays below `ARRIVED` of that at the start.

    Raises
    ------
    RuntimeError
        If that takes longer than was integrated, or the flow is not finite.
    """
    slowest = float(np.min(curvatures(scaled)))
    last = 16 * max(2 * inertia, 1 / slowest)
    run = flow(inertia, last, scaled)
    size = np.max(np.abs(run.residuals), axis=1)
    if not np.isfinite(size).all():
        raise RuntimeError(f"the flow with inertia {inertia} left a number that is not finite")
    place = int(np.flatnonzero(size > ARRIVED * size[0])[-1])
    if place + 1 >= len(run.times):
        raise RuntimeError(f"the flow with inertia {inertia} had not arrived at {last:g}")
    return float(run.times[place])


def boundary_at(stated: sp.Expr, curvature: float) -> float:
    """Return the inertia that a formula in h gives."""
    return float(numpy_function((CURVATURE,), stated)(curvature))


#: lambda over 1/(4 h), h the smallest curvature: a grid with the ratio sqrt 2.
GRID = np.sqrt(2.0) ** np.arange(-6, 9)


@cache
def arrivals(scaled: float = 1.0) -> tuple[Array, Array]:
    """Return inertias around the boundary of the slowest direction, and the times of arrival."""
    inertias = boundary_at(boundary(), float(np.min(curvatures(scaled)))) * GRID
    return inertias, np.array([arrival(float(each), scaled) for each in inertias])


#: Times over lambda between which a decay is measured, and at how many places.
_DECAY, _DECAY_PLACES = (8.0, 16.0), 2001


class Decay(NamedTuple):
    """Rate of the amplitudes of a flow, and by how much what is not quadratic can change it."""

    rate: float
    allowed: float


@cache
def decay(inertia: float) -> Decay:
    """Measure half the rate of `decaying_energy` late in the flow from rest.

    Its logarithm falls by 2 rate times the time minus the integral of defect/F, which is bounded
    along the path itself.

    Raises
    ------
    RuntimeError
        If the flow did not converge.
    """
    problem, start = problem_and_start("biased")
    equations = NetworkEquations(problem.X, problem.y)
    rest = (np.zeros(problem.d), np.zeros(problem.d))
    limit = momentum_flow_limit(problem, start, inertia=inertia, momentum=0.0, velocity=rest)
    if not limit.converged:
        raise RuntimeError(f"the flow with inertia {inertia} did not converge")
    times = inertia * np.linspace(*_DECAY, _DECAY_PLACES)
    path = network_flow_path(
        problem, start, inertia=inertia, momentum=0.0, velocity=rest, times=times
    )
    x, speed = np.hstack([path.u, path.v]), np.hstack([path.u_dot, path.v_dot])
    away = x - np.concatenate([limit.u, limit.v])
    slope = np.array([equations.gradient(each)[0] for each in x])
    losses = np.array(
        [loss(problem.X, problem.y, equations.predictor(*np.split(each, 2))) for each in x]
    )
    share = losses[:, None] / x.shape[1]
    names = (INERTIA, SHARE, SLOPE, DISTANCE, VELOCITY)
    at = (inertia, share, slope, away, speed)
    energy, defect = (
        np.sum(numpy_function(names, each)(*at), axis=1)
        for each in (decaying_energy(), decay_defect(1 / (2 * INERTIA)))
    )
    time = 2 * (times[-1] - times[0])
    next_term = np.trapezoid(np.abs(defect) / energy, times) / time
    return Decay(float(np.log(energy[0] / energy[-1]) / time), float(next_term))


#: Small inertias in units of 1/(largest curvature), and the last time T in these units.
SMALL = 0.08 / 2.0 ** np.arange(6)
_LAST = 6.0
#: The integrator's tolerance is 1e-12; errors of paths of size 1 stay within ten of it.
FLOOR = 1e-11


@cache
def departures(index: int, clock: float) -> tuple[Array, Array, Array]:
    """Return lambda (k,), flow minus gradient flow at late times (k, m), and sup norms (k,).

    Gradient flow runs ``clock`` times as fast. Late means T/2, 3T/4 and T.
    """
    run = runs()[index]
    # Curvature at the start's scale: central difference along the gradient.
    slope = run.gradient(run.start)
    unit = 1e-5 * slope / np.linalg.norm(slope)
    change = run.gradient(run.start + unit) - run.gradient(run.start - unit)
    scale = 2e-5 / float(np.linalg.norm(change))
    times = np.linspace(0, _LAST * scale, 241)
    reference = gradient_flow_path(run.gradient, run.start, clock * times)
    rest = np.zeros_like(run.start)
    late, whole = [], []
    for inertia in SMALL * scale:
        path = momentum_flow_path(run.gradient, run.start, rest, float(inertia), 0.0, times)
        error = path - reference
        late.append(error[[120, 180, 240]].ravel())
        whole.append(float(np.max(np.linalg.norm(error, axis=1))))
    return SMALL * scale, np.array(late), np.array(whole)

"""Trained limits at many step sizes, with all that Theorem 3 to O(eta^3) needs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
import sympy as sp

from numeric.compiled import numpy_function
from numeric.convergence import tangent_weights
from numeric.next_order import (
    ARGUMENTS,
    GradientFlowIntegrals,
    gradient_flow_integrals,
    initial_gradient,
)
from numeric.orders import small_parameter
from numeric.problems import Array, Problem
from numeric.projection import entropy_projection
from proofs_check.limit_families import problem_and_start, runs_from, step_sizes
from proofs_check.limit_orders import rounding_of_limits

#: (name, mu, kappa, start): gradient descent, both methods in print, two of nobody.
FAMILIES: tuple[tuple[str, float, float, str], ...] = (
    ("HB", 0.5, 0.0, "biased"),
    ("NAG", 0.5, 0.5, "biased"),
    ("own", 0.3, 0.9, "biased"),
    ("own", 0.5, -0.5, "unbiased"),
    ("GD", 0.0, 0.0, "biased"),
)
#: What the integrals run along.
RUN, FLOW = "the run", "gradient flow"


class Statement(NamedTuple):
    """ln xi_inf and R by `numeric.next_order.ARGUMENTS`, and what their integrals run along."""

    log_scale: sp.Expr
    linear: sp.Expr
    path: str


@dataclass(frozen=True, eq=False)
class Family:
    """Limits of one method.

    Parameters
    ----------
    label, mu, kappa
        Which.
    steps, thetas, squares, cubes
        Step sizes (k,), limits and sums of eta g^2 and eta g^3 along the runs, each (k, d).
    small, floor
        The expansion parameter at the largest step; what rounding may do to a limit.
    """

    label: str
    mu: float
    kappa: float
    start: str
    steps: Array
    thetas: Array
    squares: Array
    cubes: Array
    small: float
    floor: float


@cache
def integrals(start: str) -> GradientFlowIntegrals:
    """Return the integrals along gradient flow from one of the sampled starts."""
    return gradient_flow_integrals(*problem_and_start(start))


@cache
def family(name: str, mu: float, kappa: float, kind: str) -> Family:
    """Train a method at all step sizes.

    Raises
    ------
    RuntimeError
        If a run did not converge: what did not converge is never compared.
    """
    problem, start = problem_and_start(kind)
    steps = step_sizes(kind, mu)
    label = f"{name}, mu = {mu:g}, kappa = {kappa:g}, {kind} start"
    runs = runs_from(problem, start, label, mu=mu, kappa=kappa, eta=steps, cubes=True)
    thetas = np.array(
        [_landed(problem, *each) for each in zip(runs.theta, runs.u, runs.v, strict=True)]
    )
    return Family(
        label,
        mu,
        kappa,
        kind,
        steps,
        thetas,
        runs.path_integral,
        runs.cubic_integral,
        small_parameter(problem, runs.u[0], runs.v[0], steps[0], mu),
        rounding_of_limits(runs.steps, thetas, mu),
    )


def _landed(problem: Problem, theta: Array, u: Array, v: Array) -> Array:
    """Return the limit: what is left of the residual r moves theta by -W X^T (X W X^T)^-1 r.

    The last steps are multiples of W X^T nu with the weights of the tangent kernel, up to the
    square of r; without this the tolerance of the training would be the floor of the errors.
    """
    weighted = problem.X * tangent_weights(u, v)
    multipliers = np.linalg.solve(weighted @ problem.X.T, problem.X @ theta - problem.y)
    return theta - weighted.T @ multipliers


def errors(of: Family, stated: Statement) -> Array:
    """Return trained limits minus the minimisers that a statement predicts, (k, d)."""
    problem, start = problem_and_start(of.start)
    g_0 = initial_gradient(problem, start)
    log_scale = numpy_function(ARGUMENTS, stated.log_scale)
    linear = numpy_function(ARGUMENTS, stated.linear)
    flow = integrals(of.start)
    # The rescaled flow runs at 1/(1-mu) times the speed of gradient flow.
    along = ((1 - of.mu) * flow.squares, (1 - of.mu) * flow.cubes)
    found = []
    for k, eta in enumerate(of.steps):
        sums = along if stated.path == FLOW else (of.squares[k], of.cubes[k])
        given = (start.xi, start.theta, g_0, *sums, flow.variation, of.mu, of.kappa, eta)
        theta = entropy_projection(
            problem.X, problem.y, np.exp(log_scale(*given)), linear(*given)
        ).theta
        found.append(of.thetas[k] - theta)
    return np.array(found)

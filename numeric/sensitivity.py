"""How far the minimiser of an entropy moves if what determines it is a little off."""

from __future__ import annotations

import numpy as np

from numeric.exact_limit import ExactLimit
from numeric.problems import Array, Problem
from numeric.projection import TOLERANCE, entropy_curvature, entropy_gradient


def displacement_bound(
    problem: Problem, theta: Array, xi: Array, *, scale: float, linear: float, residual: float
) -> float:
    """Return a bound of |delta theta|_2, to first order in the errors.

    With theta = 2 xi sinh(4 z) and z = X^T nu - R,

        delta theta = theta delta ln xi + D (X^T delta nu - delta R),  X delta theta = delta r,

    D = d theta/d z = 1/Q''(theta). Eliminating nu leaves b = theta delta ln xi - D delta R without
    its oblique part D X^T (X D X^T)^-1 X b, and D X^T (X D X^T)^-1 delta r. Signs are taken at
    their worst.

    Parameters
    ----------
    problem, theta, xi
        The data, and the minimiser and the scale of its entropy, (d,).
    scale, linear, residual
        Largest errors of an entry of ln xi, of R and of X theta - y.
    """
    slope = 1 / entropy_curvature(theta, xi)
    weighted = slope[:, None] * problem.X.T
    kernel = problem.X @ weighted
    try:
        lift = np.linalg.solve(kernel, weighted.T).T
    except np.linalg.LinAlgError:
        return np.inf
    oblique = np.abs(np.eye(problem.d) - lift @ problem.X)
    moved = oblique @ (np.abs(theta) * scale + slope * linear) + np.abs(lift).sum(axis=1) * residual
    return float(np.linalg.norm(moved))


def rounding_bound(
    problem: Problem, limit: ExactLimit, *, excess_error: float, residual: float
) -> float:
    """Return how far rounding alone may put a trained limit from the one of the exact theorem.

    Parameters
    ----------
    problem, limit
        The data and the prediction.
    excess_error
        Bound of the error of ln xi_inf, and relative to max(1, |grad Q|) of the linear term.
    residual
        |X theta - y|_inf of the trained limit; the prediction's own is added.
    """
    dual = np.abs(entropy_gradient(limit.theta, limit.xi)).max()
    size = max(1.0, float(dual), float(np.abs(limit.linear).max()))
    # The projection meets its conditions to TOLERANCE, relative to grad Q, R and |X| |theta|.
    rows = float((np.abs(problem.X) @ np.abs(limit.theta)).max())
    return displacement_bound(
        problem,
        limit.theta,
        limit.xi,
        scale=excess_error,
        linear=size * (excess_error + TOLERANCE),
        residual=residual + TOLERANCE * rows,
    )

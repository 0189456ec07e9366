"""The limit of a run by the exact theorem, and how far a trained limit is from satisfying it.

Scale and linear term are compiled from `symbolic.discrete_theorem`; the sums come from `Trained`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from numeric.compiled import numpy_function
from numeric.problems import Array, Problem, Start
from numeric.projection import entropy_projection
from symbolic.console import UserError
from symbolic.discrete_theorem import (
    SUM_U,
    SUM_V,
    U_BEFORE,
    V_BEFORE,
    linear_term,
    log_scale,
)
from symbolic.symbols import MU, U, V

#: What ln xi_inf and R are functions of.
ARGUMENTS = (U, V, U_BEFORE, V_BEFORE, SUM_U, SUM_V, MU)
_LOG_SCALE = numpy_function(ARGUMENTS, log_scale)
_LINEAR = numpy_function(ARGUMENTS, linear_term)


@dataclass(frozen=True, eq=False)
class ExactLimit:
    """What the exact theorem says of a run.

    Parameters
    ----------
    xi
        Scale at the end, xi_0 exp(-S_u - S_v) from rest, shape (d,).
    linear
        Linear term R, shape (d,).
    theta
        The minimiser of sum_j Q_{xi_j}(theta_j) + R . theta over {X theta = y}, shape (d,).
    """

    xi: Array
    linear: Array
    theta: Array


def exact_scale_and_term(
    start: Start, sums: Array, mu: float, before: Start | None = None
) -> tuple[Array, Array]:
    """Return ln xi_inf and the linear term R, each (d,); see `exact_limit` for the arguments.

    Raises
    ------
    UserError
        If the sums are not defined, or of the wrong shape.
    """
    sums = np.asarray(sums, dtype=np.float64)
    if sums.shape != (2, start.d):
        raise UserError(
            expected=f"sums (S_u, S_v) of shape (2, {start.d})",
            received=f"shape {sums.shape}",
            remedy="take the field sums of the trained run",
        )
    if not np.isfinite(sums).all():
        raise UserError(
            expected="a run whose sums of excesses are defined",
            received=f"{int((~np.isfinite(sums)).sum())} neurons that were zero on the way",
            remedy="change learning rate or start a little: meeting zero exactly is an accident",
        )
    last = start if before is None else before
    given = (start.u, start.v, last.u, last.v, sums[0], sums[1], mu)
    return _LOG_SCALE(*given), _LINEAR(*given)


def exact_limit(
    problem: Problem, start: Start, sums: Array, mu: float, before: Start | None = None
) -> ExactLimit:
    """Return the limit of a two-step run on full batches or minibatches, by the exact theorem.

    Parameters
    ----------
    problem, start
        What was trained, from where.
    sums
        S_u and S_v of the run, (2, d): `Trained.sums`.
    mu
        Momentum.
    before
        x_{-1} of a start with velocity; x_0 by default.

    Raises
    ------
    UserError
        If the sums are not defined (a neuron was zero on the way), or the projection is refused.
    """
    logarithm, linear = exact_scale_and_term(start, sums, mu, before)
    xi = np.exp(logarithm)
    return ExactLimit(xi, linear, entropy_projection(problem.X, problem.y, xi, linear).theta)


def stationarity_gap(problem: Problem, u: Array, v: Array, linear: Array) -> float:
    """Return how far a trained limit is from satisfying the theorem's condition for the minimiser.

    It is the largest entry of the part of grad Q_{xi_inf}(theta_inf) + R that is not in the row
    space of X, over max(1, |grad Q|_inf). grad Q is -R of the limit itself with no excess, a
    quarter of ln|u/v|: no difference u^2 - v^2 is taken.
    """
    gradient = -_LINEAR(u, v, u, v, 0.0, 0.0, 0.0)
    outside = problem.out_of_row_space(gradient + linear)
    return float(np.abs(outside).max() / max(1.0, np.abs(gradient).max()))

"""Limits foretold, in balls: by the exact theorem, by Theorem 3 of Lyu et al., by gradient flow.

All formulas are compiled from `symbolic`; every limit is an `EnclosedProjection`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from flint import ctx

from numeric.balls import Balls, balls, bits_of
from numeric.compiled import ball_function
from numeric.enclosed_limit import EnclosedLimit
from numeric.enclosed_projection import DIGITS, EnclosedProjection, enclosed_projection
from numeric.enclosed_run import EnclosedRun
from numeric.exact_limit import ARGUMENTS
from numeric.iterates import NeuronGradient
from symbolic.console import UserError
from symbolic.discrete_theorem import linear_term, log_scale
from symbolic.implicit_bias import (
    effective_scale,
    gradient_flow_bias_corrected,
    gradient_flow_bias_printed,
    momentum_bias_corrected,
    momentum_bias_printed,
    scale_density,
)
from symbolic.modified_equation import inertia_coefficient
from symbolic.networks import SQUARED_DIFFERENCE
from symbolic.symbols import ALPHA, ETA, G_0, KAPPA, MU, PHI, THETA_0, XI, G


@dataclass(frozen=True, eq=False)
class ExactPrediction:
    """What the exact theorem says of a run, from its start and its sums alone.

    Parameters
    ----------
    log_scale, linear
        ln xi_inf and R, (d,) each: balls.
    projection
        The minimiser that they belong to.
    """

    log_scale: Balls
    linear: Balls
    projection: EnclosedProjection


def exact_prediction(
    run: EnclosedRun,
    limit: EnclosedLimit,
    *,
    scale: Any = None,
    term: Any = None,
    digits: int = DIGITS,
) -> ExactPrediction:
    """Return the limit by the exact theorem; from the limit only the sums are taken.

    ``scale`` and ``term`` are ln xi_inf and R by `numeric.exact_limit.ARGUMENTS`; by default those
    of the theorem.

    Raises
    ------
    UserError
        If the projection is not proved to exist.
    """
    formulas = (log_scale() if scale is None else scale, linear_term() if term is None else term)
    with ctx.workprec(run.kept_bits):
        before, start = run.path[0], run.path[1]
        given = (*start, *before, *limit.sums, run.mu)
        logarithm, linear = (_along(ARGUMENTS, formula, given) for formula in formulas)
        xi = np.array([each.exp() for each in logarithm], dtype=object)
    projection = enclosed_projection(run.X, run.y, xi, linear, digits=digits)
    return ExactPrediction(logarithm, linear, projection)


def log_scale_of(limit: EnclosedLimit, bits: int) -> Balls:
    """Return ln xi_inf = ln|u_inf v_inf| of the limit itself, (d,)."""
    with ctx.workprec(bits):
        return np.array([each.log() for each in _scales(limit.neurons)], dtype=object)


def theorem_3_prediction(
    run: EnclosedRun, limit: EnclosedLimit, *, printed: bool = False, digits: int = DIGITS
) -> EnclosedProjection:
    """Return the limit by Theorem 3 of Lyu et al. with phi summed along the run, sum eta g_k^2.

    ``printed`` takes Eq. (9) as it stands, with its sign and its gradient term.

    Raises
    ------
    UserError
        Where the second-order flow does not exist (its inertia must be positive), or the
        projection is not proved to exist.
    """
    with ctx.workprec(run.kept_bits):
        start = run.path[1]
        gradient = NeuronGradient(run.X, run.y)
        gradient(start)
        theta, xi, slope = gradient.predictor(*start), _scales(start), gradient.predictor_gradient
        alpha = _compiled((MU, KAPPA, ETA), inertia_coefficient(MU, KAPPA, ETA))(
            run.mu, run.kappa, run.eta
        )
        if not alpha > 0:
            raise UserError(
                expected="a method whose second-order flow exists, kappa < (1 + mu)/(2 (1 - mu))",
                received=f"an inertia of {float(alpha.mid()):.3g}",
                remedy="use a smaller look-ahead",
            )
        density = _compiled((MU,), scale_density() / G**2)(run.mu)
        phi = run.eta * density * limit.squares
        reached = _along((XI, ALPHA, PHI), effective_scale(), (xi, alpha, phi))
        term = momentum_bias_printed() if printed else momentum_bias_corrected()
        linear = _along((THETA_0, XI, ALPHA, MU, G_0), term, (theta, xi, alpha, run.mu, slope))
    return enclosed_projection(run.X, run.y, reached, linear, digits=digits)


def gradient_flow_prediction(
    X: Any, y: Any, u: Any, v: Any, *, printed: bool = False, digits: int = DIGITS
) -> EnclosedProjection:
    """Return the limit of gradient flow from the neurons u, v, (d,) each, by Lyu et al., Prop. 2.

    ``printed`` takes the linear term with the sign in print. Data and start are anything that
    `numeric.balls.balls` takes exactly.

    Raises
    ------
    UserError
        If the projection is not proved to exist.
    """
    with ctx.workprec(2 * bits_of(digits) + 64):
        data, targets, start = balls(X), balls(y), (balls(u), balls(v))
        theta, xi = NeuronGradient(data, targets).predictor(*start), _scales(start)
        term = gradient_flow_bias_printed() if printed else gradient_flow_bias_corrected()
        linear = _along((THETA_0, XI), term, (theta, xi))
    return enclosed_projection(data, targets, xi, linear, digits=digits)


@cache
def _compiled(arguments: tuple[Any, ...], formula: Any) -> Any:
    return ball_function(arguments, formula)


def _scales(neurons: Any) -> Balls:
    network = SQUARED_DIFFERENCE
    return _along((network.first, network.second), network.scale, tuple(neurons))


def _along(arguments: tuple[Any, ...], formula: Any, given: tuple[Any, ...]) -> Balls:
    """Evaluate a formula for every feature; arguments are (d,) or the same for all."""
    compiled = _compiled(arguments, formula)
    d = max(len(part) for part in given if np.ndim(part))
    rows = [[part[j] if np.ndim(part) else part for part in given] for j in range(d)]
    return np.array([compiled(*row) for row in rows], dtype=object)

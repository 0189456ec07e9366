"""What to tell the user whose run blew up."""

from __future__ import annotations

from numeric.convergence import largest_curvature, linear_limit
from numeric.problems import Problem, Start
from symbolic.console import UserError


class Diverged(UserError):
    """A run blew up.

    Attributes
    ----------
    step
        The first step at which a neuron passed every bound of a bounded run.
    limit
        The linear limit 2(1+mu)/((1+2 kappa) lambda_max) with the curvature at the start.
    bounded
        The first halving of the learning rate that stays bounded, None if none was found.
    """

    step: int = 0
    limit: float = float("inf")
    bounded: float | None = None


def diverged(
    problem: Problem,
    start: Start,
    eta: float,
    mu: float,
    kappa: float,
    step: int,
    bounded: float | None,
) -> Diverged:
    """Return the error that describes this blow-up."""
    limit = linear_limit(mu, kappa, largest_curvature(problem, start.u, start.v))
    advice = (
        f"use --lr {bounded:.6g}, the first halving that stays bounded"
        if bounded is not None
        else "choose a much smaller learning rate: no halving down to "
        f"{eta / 2**30:.3g} stayed bounded"
    )
    error = Diverged(
        expected="a bounded run",
        received=f"divergence at step {step} with learning rate {eta:.6g}; the linear limit at the "
        f"start, 2(1+mu)/((1+2 kappa) lambda_max), is {limit:.4g}",
        remedy=advice,
    )
    error.step, error.limit, error.bounded = step, limit, bounded
    return error

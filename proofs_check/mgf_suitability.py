"""How large a step the surrogate flow stands, in units of the edge of linear stability."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np

from numeric.compiled import numpy_function
from numeric.flow_paths import gradient_flow_path
from proofs_check.mgf_paths import Surrogate, momentum_iterates
from proofs_check.smooth_runs import Run, runs
from symbolic.surrogate import CURVATURE, stability_edge
from symbolic.symbols import MU

Array = np.ndarray

#: The most steps that a run may take; it has arrived once all later moves are below `STILL` times
#: the excursion.
MOST_STEPS, STILL = 2500, 1e-5
#: Relative tolerance of the flows, far below any error that is judged here.
RTOL = 1e-9
#: Gradient flow is followed to this time to see the curvature.
_TIME, _PLACES = 20.0, 101


@cache
def loss(index: int) -> Run:
    """Return a loss: quadratic with curvatures 1 and 1/10, then those of `smooth_runs`."""
    if index > 0:
        return runs()[index - 1]
    curvatures = np.array([1.0, 0.1])
    return Run("quadratic", lambda w: curvatures * w, np.ones(2))


#: Every index of `loss`.
LOSSES = (0, 1, 2, 3)


def _hessian(gradient: Callable[[Array], Array], x: Array) -> Array:
    # Central differences: an error of order 1e-10, where two digits are enough.
    step = 1e-5
    units = step * np.eye(x.size)
    return np.array([(gradient(x + e) - gradient(x - e)) / (2 * step) for e in units])


@cache
def largest_curvature(index: int) -> float:
    """Return the largest eigenvalue of the Hessian that gradient flow meets."""
    run = loss(index)
    times = np.linspace(0, _TIME, _PLACES)
    path = gradient_flow_path(run.gradient, run.start, times, rtol=RTOL)
    return max(float(np.linalg.eigvalsh(_hessian(run.gradient, x))[-1]) for x in path)


class Comparison(NamedTuple):
    """The largest distance from the flow and the largest from the start, over a run.

    A run that has not ``arrived`` bounds both from below only.
    """

    error: float
    excursion: float
    arrived: bool

    @property
    def relative(self) -> float:
        """Error over excursion; infinite where the recursion blew up."""
        return self.error / self.excursion if np.isfinite(self.excursion) else np.inf


@cache
def edge(index: int, mu: float) -> float:
    """Return the eta at the edge of linear stability for the largest curvature."""
    return float(numpy_function((MU, CURVATURE), stability_edge())(mu, largest_curvature(index)))


@cache
def _iterates(index: int, mu: float, fraction: float) -> tuple[Array, bool] | None:
    """Return the iterates from w_0 = w_1 and whether they have arrived; None if they blow up."""
    run, eta = loss(index), fraction * edge(index, mu)
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            w = momentum_iterates(run, mu, eta, MOST_STEPS)
    except OverflowError:
        return None
    if not np.all(np.isfinite(w)):
        return None
    moves = np.linalg.norm(np.diff(w, axis=0), axis=1)
    moving = np.flatnonzero(moves > STILL * np.max(np.linalg.norm(w - w[0], axis=1)))
    last = int(moving[-1]) + 2
    return w[: last + 1], last < MOST_STEPS


@cache
def compare(index: int, mu: float, fraction: float, surrogate: Surrogate) -> Comparison:
    """Compare iterates and flow at ``fraction`` of the edge.

    A recursion that blows up has an infinite excursion.
    """
    found = _iterates(index, mu, fraction)
    if found is None:
        return Comparison(np.inf, np.inf, True)
    w, arrived = found
    steps = len(w) - 1 - surrogate.first
    flow = surrogate.path(loss(index), w, mu, fraction * edge(index, mu), steps, RTOL)
    error = float(np.max(np.linalg.norm(w[surrogate.first :] - flow, axis=1)))
    return Comparison(error, float(np.max(np.linalg.norm(w - w[0], axis=1))), arrived)


def largest_relative_error(
    surrogate: Surrogate, fractions: tuple[float, ...], momenta: tuple[float, ...], allowed: float
) -> tuple[float, str, bool]:
    """Return the largest relative error over losses, momenta and fractions, and where it is.

    The search ends with the first error beyond ``allowed``. The last value says whether all runs
    had arrived; if not, the error is bounded from below only.
    """
    worst, where, arrived = 0.0, "", True
    for mu, index, fraction in itertools.product(momenta, LOSSES, fractions):
        found = compare(index, mu, fraction, surrogate)
        arrived = arrived and found.arrived
        if np.isnan(found.relative):
            return np.nan, f"no number for {loss(index).name}, mu = {mu:g}", arrived
        if found.relative > worst:
            worst = found.relative
            where = f"{loss(index).name}, mu = {mu:g}, {fraction:g} of the edge"
        if worst > allowed:
            break
    return worst, where, arrived

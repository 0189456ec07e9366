"""The start that divides two wells: for the recursion and for its surrogate flow."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import sympy as sp

from numeric.compiled import mpmath_function, numpy_function
from numeric.flow_paths import momentum_flow_path
from proofs_check.mgf_paths import Surrogate, momentum_iterates, parameters
from proofs_check.smooth_runs import Run
from symbolic.surrogate import PLACE, TWO_WELLS
from symbolic.symbols import ETA, MU

Array = np.ndarray

#: The inertia, the discretisation steps and a time after which every run lies in its well or has
#: left the barrier on its side.
INERTIA = 1.0
STEPS = 0.0625 / 2.0 ** np.arange(5)
_TIME = 50.0
#: Starts in this interval end in the near well at its left end and in the far one at its right end.
_BRACKET = (2.0, 2.1)
#: Places in an interval and how often it is divided: down to 1e-13.
_PLACES, _ROUNDS = 65, 7
#: The integrator's tolerance, 1e-12, and the last interval leave less than this.
FLOOR = 1e-11


@cache
def _gradient() -> Callable[[Array], Array]:
    # A polynomial with integer coefficients: plain arithmetic, entry by entry.
    return mpmath_function((PLACE,), sp.diff(TWO_WELLS, PLACE))


def ends_of_recursion(starts: Array, step: float) -> Array:
    """Return where the recursion is at the last time, from rest, shape of ``starts``."""
    mu, eta = parameters(INERTIA, step)
    return momentum_iterates(Run("two wells", _gradient(), starts), mu, eta, round(_TIME / step))[
        -1
    ]


def ends_of_flow(starts: Array, inertia: float, downhill: float) -> Array:
    """Return where the flow is at the last time; it starts with ``downhill`` times the gradient."""
    gradient = _gradient()
    velocity = downhill * gradient(starts)
    times = np.array([_TIME])
    return momentum_flow_path(gradient, starts, velocity, inertia, 0.0, times)[-1]


def _divide(ends: Callable[[Array], Array]) -> float:
    """Return the least start in the bracket from which the far well is reached."""
    low, high = _BRACKET
    for _ in range(_ROUNDS):
        starts = np.linspace(low, high, _PLACES)
        found = ends(starts)
        if not np.isfinite(found).all():
            raise RuntimeError("a run left a number that is not finite")
        far = np.flatnonzero(found < 0)
        if not far.size or far[0] == 0:
            raise RuntimeError("the bracket holds no start that divides the wells")
        low, high = starts[far[0] - 1], starts[far[0]]
    return float((low + high) / 2)


@cache
def dividing_start(step: float) -> float:
    """Return the start that divides the wells of the recursion."""
    return _divide(lambda starts: ends_of_recursion(starts, step))


@cache
def _dividing_start_of_flow(inertia: float, downhill: float) -> float:
    return _divide(lambda starts: ends_of_flow(starts, inertia, downhill))


def flow_parameters(step: float, surrogate: Surrogate) -> tuple[float, float]:
    """Return the inertia and the factor of the gradient in the initial velocity, from rest."""
    at = parameters(INERTIA, step)
    values = (surrogate.inertia, surrogate.gradient_start)
    inertia, downhill = (float(numpy_function((MU, ETA), value)(*at)) for value in values)
    # Steps that belong to one flow share it, rounding apart.
    return round(inertia, 14), downhill


def dividing_start_of_flow(step: float, surrogate: Surrogate) -> float:
    """Return the start that divides the wells of the flow that belongs to this step."""
    return _dividing_start_of_flow(*flow_parameters(step, surrogate))


def gaps(surrogate: Surrogate) -> Array:
    """Return the difference of both at every step, shape (k,)."""
    return np.array(
        [dividing_start(step) - dividing_start_of_flow(step, surrogate) for step in STEPS.tolist()]
    )

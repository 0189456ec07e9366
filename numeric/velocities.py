"""Initial velocities for the second-order flow on the network.

The theorems of Lyu et al. state none. Each is given in the flow's own time t, in which step k of
the recursion is at t = k eta.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from numeric.compiled import numpy_function
from numeric.network_flow import NetworkEquations
from symbolic.console import UserError
from symbolic.layer import layer_matched_velocity
from symbolic.symbols import KAPPA, MU

Array = np.ndarray

#: Kinds of initial velocity that are multiples of the gradient.
KINDS = ("zero", "matched", "gradient", "rescaled-gradient")


def velocity_coefficient(kind: str, mu: float, kappa: float) -> float:
    """Return c of the initial velocity dx/dt = c grad L(x(0)).

    Parameters
    ----------
    kind
        ``zero``; ``matched``, with which the flow meets the iterates behind the initial layer to
        O(eta^2) (`symbolic.layer`); ``gradient``, -grad L; ``rescaled-gradient``, -grad L/(1-mu),
        the one that the gradient term of Theorem 3 in Lyu et al. takes for granted.
    mu, kappa
        Momentum and look-ahead of the method.

    Raises
    ------
    UserError
        If there is no such kind.
    """
    if kind == "zero":
        return 0.0
    if kind == "matched":
        return float(numpy_function((MU, KAPPA), layer_matched_velocity(MU, KAPPA))(mu, kappa))
    if kind == "gradient":
        return -1.0
    if kind == "rescaled-gradient":
        return -1.0 / (1.0 - mu)
    raise UserError(
        expected=f"one of {', '.join(KINDS)}",
        received=repr(kind),
        remedy="for another velocity give the arrays (du/dt, dv/dt) themselves",
    )


def start_velocity(
    kind: str, problem: Any, start: Any, *, mu: float = 0.0, kappa: float = 0.0
) -> tuple[Array, Array]:
    """Return (du/dt, dv/dt) at t = 0, each (d,), for a kind of `velocity_coefficient`."""
    equations = NetworkEquations(problem.X, problem.y)
    slope, _ = equations.gradient(np.concatenate([start.u, start.v]).astype(float))
    velocity = velocity_coefficient(kind, mu, kappa) * slope
    return velocity[: equations.d], velocity[equations.d :]

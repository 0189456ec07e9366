r"""Whether a neuron passes through zero, decided as soon as no neuron can any more.

From any time on, with delta_j = w_+ w_- = 4 u_j v_j and the energy E that is left,

.. math:: |\delta_j(T) - \delta_j| \le \lambda|\dot\delta_j| + 2\lambda E

(`symbolic.momentum_gradient_flow.energy_argument`, with the velocity of the moment): no neuron of a
coordinate with a larger \|delta_j\| reaches zero. The barrier of `symbolic.mgf_limit` is the other
reason to stop.
"""

from __future__ import annotations

import numpy as np

from numeric.flows import HasData, HasNeurons
from numeric.mgf_gains import end_of_step, zeros
from numeric.mgf_series import series_step
from numeric.momentum_gradient_flow import Crossing, Velocity, energy, no_crossing_ahead
from numeric.network_flow import NetworkEquations
from symbolic.console import UserError

Array = np.ndarray

#: Steps after which the question is given up.
MAX_STEPS = 2_000


def first_crossing(
    problem: HasData, start: HasNeurons, inertia: float, velocity: Velocity | None = None
) -> Crossing | None:
    """Return the first zero of a neuron along momentum gradient flow, None if there is none.

    Parameters as in `numeric.momentum_gradient_flow.mgf_limit`.

    Raises
    ------
    UserError
        If many steps do not decide it.
    """
    equations = NetworkEquations(problem.X, problem.y)
    x = np.array([start.u, start.v], dtype=float)
    speed = np.zeros_like(x) if velocity is None else np.array(velocity, dtype=float)
    time = 0.0
    for _ in range(MAX_STEPS):
        if _settled(equations, inertia, x, speed):
            return None
        step = series_step(equations, inertia, x, speed)
        if not step.length > 0:
            break
        length = end_of_step(step)
        found = zeros(step, length)
        if found:
            neuron, coordinate, at = min(found, key=lambda zero: zero[2])
            return Crossing("uv"[neuron], coordinate, time + at)
        x, speed, time = step.neurons(length), step.velocity(length), time + length
    raise UserError(
        expected="a flow that loses its energy",
        received=f"no decision within {MAX_STEPS} steps",
        remedy="use a smaller inertia",
    )


def _settled(equations: NetworkEquations, inertia: float, x: Array, speed: Array) -> bool:
    if no_crossing_ahead(equations, inertia, x, speed):
        return True
    delta = 4 * x[0] * x[1]
    rate = 4 * (speed[0] * x[1] + x[0] * speed[1])
    reach = inertia * np.abs(rate) + 2 * inertia * energy(equations, inertia, x, speed)
    return bool(np.all(np.abs(delta) > reach))

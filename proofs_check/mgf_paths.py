"""The recursion beside its surrogate flow, in the indexing and the clock of Papazov et al.

The recursion starts from two iterates, w_0 and w_1 = w_0 + epsilon v, and goes on with the step eta
and the momentum mu; in print these are gamma and beta. Its surrogate is
inertia w'' + w' + grad L(w) = 0 in a time of which each step takes epsilon.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import sympy as sp

from numeric.compiled import numpy_function
from numeric.flow_paths import gradient_flow_path, momentum_flow_path
from numeric.iterates import generic_iterates
from proofs_check.limit_orders import Differences, order_of
from proofs_check.smooth_runs import Run, runs
from symbolic.surrogate import (
    INERTIA,
    TIME_STEP,
    inertia_printed,
    inertia_rescaled,
    matched_gradient,
    matched_speed,
    recursion_parameters,
    step_size,
    time_step,
)
from symbolic.symbols import ETA, MU
from symbolic.two_step import TwoStepMethod

Array = np.ndarray

#: The fixed inertias and the fixed momenta that are sampled.
INERTIAS = (0.5, 1.0)
MOMENTA = (0.3, 0.8)
#: The last time T of the comparison, for a fixed inertia and for a fixed momentum.
HORIZON = {"lambda": 2.0, "mu": 0.4}
#: The coarsest number of steps to it, for a fixed momentum in units of 1/(1 - mu): at half the time
#: both transients have then decayed to below exp(-30). How often it is multiplied, and by what.
COARSEST = {"lambda": 80, "mu": 60}
REFINEMENTS, RATIO = 5, 2
#: Initial speeds v in units of cos(j) in coordinate j: none, and one of the size of the path.
SPEEDS = (0.0, 0.5)
#: The integrator is told a relative 1e-12 a step; errors of paths of size 1 stay within ten of it.
FLOOR = 1e-11


@dataclass(frozen=True)
class Surrogate:
    """A flow that is offered for the recursion, by `MU` and `ETA`.

    Parameters
    ----------
    inertia
        The factor of the second derivative; zero for gradient flow.
    gradient_start, speed
        The initial velocity is gradient_start * grad L + speed * (w_1 - w_0)/epsilon.
    clock
        The time that one step takes.
    first
        The index of the iterate at which the flow starts: 0 for w_0, 1 for w_1.
    """

    inertia: sp.Expr = field(default_factory=inertia_printed)
    gradient_start: sp.Expr = sp.S.Zero
    speed: sp.Expr = sp.S.One
    clock: sp.Expr = field(default_factory=time_step)
    first: int = 0

    def path(
        self, run: Run, w: Array, mu: float, eta: float, steps: int, rtol: float = 1e-12
    ) -> Array:
        """Return the flow at its first ``steps`` + 1 ticks for iterates w, (steps + 1, m)."""
        values = (self.inertia, self.gradient_start, self.speed, self.clock, time_step())
        inertia, downhill, speed, clock, step = (
            float(numpy_function((MU, ETA), value)(mu, eta)) for value in values
        )
        times = clock * np.arange(steps + 1)
        start = w[self.first]
        if inertia == 0:
            return gradient_flow_path(run.gradient, start, times, rtol=rtol)
        velocity = downhill * run.gradient(start) + speed * (w[1] - w[0]) / step
        return momentum_flow_path(run.gradient, start, velocity, inertia, 0.0, times, rtol)


def rescaled() -> Surrogate:
    """Return the flow with the inertia lambda (1+mu)/2, started at w_1 with matched velocity."""
    return Surrogate(inertia_rescaled(), matched_gradient(), matched_speed(), first=1)


def parameters(inertia: float, step: float) -> tuple[float, float]:
    """Return mu and eta that belong to lambda and epsilon."""
    values = recursion_parameters()
    mu, eta = (
        float(numpy_function((INERTIA, TIME_STEP), values[symbol])(inertia, step))
        for symbol in (MU, ETA)
    )
    return mu, eta


def learning_rate(mu: float, step: float) -> float:
    """Return eta that belongs to mu and epsilon."""
    return float(numpy_function((MU, TIME_STEP), step_size())(mu, step))


def momentum_iterates(
    run: Run, mu: float, eta: float, steps: int, w_1: Array | None = None
) -> Array:
    """Return w_0, w_1, ..., w_steps, shape (steps + 1, m); w_1 is w_0 unless it is given."""
    first = run.start if w_1 is None else w_1
    method = TwoStepMethod("hb", mu, 0)
    rest = generic_iterates(run.gradient, first, method, eta, steps - 1, previous=run.start)
    return np.array([run.start, *rest])


class Setting(NamedTuple):
    """One limit: fixed lambda or fixed mu, on one loss, from one initial speed.

    ``fixed`` is "lambda" or "mu", ``value`` its value, ``loss`` a place in `smooth_runs.runs`.
    """

    fixed: str
    value: float
    loss: int
    speed: float

    @property
    def label(self) -> str:
        """The setting in words."""
        at = "at rest" if self.speed == 0 else "with speed"
        return f"{runs()[self.loss].name}, {self.fixed} = {self.value:g}, {at}"


def settings(fixed: str) -> tuple[Setting, ...]:
    """Return the settings of one limit: losses at both values, at rest and with speed in turn."""
    # Flows of small inertia take long: one loss less.
    values, losses = (INERTIAS, (0, 1, 2)) if fixed == "lambda" else (MOMENTA, (1, 2))
    chosen = [
        Setting(fixed, value, index, SPEEDS[(which + index) % 2])
        for which, value in enumerate(values)
        for index in losses
    ]
    return tuple(sorted(chosen, key=lambda setting: -setting.speed))


def step_counts(setting: Setting) -> list[int]:
    """Return the numbers of steps to the last time, multiples of 4."""
    stretch = 1.0 if setting.fixed == "lambda" else 1 - setting.value
    first = COARSEST[setting.fixed] / stretch / 4
    return [4 * int(np.ceil(first)) * RATIO**refinement for refinement in range(REFINEMENTS)]


def _parameters_at(setting: Setting, step: float) -> tuple[float, float]:
    if setting.fixed == "lambda":
        return parameters(setting.value, step)
    return setting.value, learning_rate(setting.value, step)


@lru_cache(maxsize=256)
def _iterates(setting: Setting, steps: int) -> Array:
    run, step = runs()[setting.loss], HORIZON[setting.fixed] / steps
    mu, eta = _parameters_at(setting, step)
    direction = setting.speed * np.cos(np.arange(run.start.size))
    return momentum_iterates(run, mu, eta, steps + 1, run.start + step * direction)


class Errors(NamedTuple):
    """Errors of a surrogate: epsilon (k,); at fixed times (k, 3m); sup norms over [0, T], (k,)."""

    steps: Array
    grid: Array
    whole: Array


@lru_cache(maxsize=512)
def errors(setting: Setting, surrogate: Surrogate) -> Errors:
    """Return w_(k + first) minus the flow after k ticks, for every number of steps."""
    sizes, grid, whole = [], [], []
    for steps in step_counts(setting):
        w, step = _iterates(setting, steps), HORIZON[setting.fixed] / steps
        mu, eta = _parameters_at(setting, step)
        flow = surrogate.path(runs()[setting.loss], w, mu, eta, steps)
        error = w[surrogate.first : surrogate.first + steps + 1] - flow
        sizes.append(step)
        grid.append(error[[steps // 2, 3 * steps // 4, steps]].ravel())
        whole.append(float(np.max(np.linalg.norm(error, axis=1))))
    return Errors(np.array(sizes), np.array(grid), np.array(whole))


@lru_cache(maxsize=512)
def measured_order(setting: Setting, surrogate: Surrogate, everywhere: bool) -> int:
    """Return the order in epsilon: in the sup norm over [0, T], or at T/2, 3T/4 and T alone.

    The error at any time is at most the sup norm, so the order in the sup norm is at most that at
    the fixed times; it is that one if the sup norms fall at least as fast, within a factor of 2
    from the coarsest step to the finest.

    Raises
    ------
    NotAsymptotic
        If the errors decide nothing.
    """
    found = errors(setting, surrogate)
    # Null model: gradient flow, which knows no inertia.
    null = errors(setting, Surrogate(inertia=sp.S.Zero)).grid if setting.fixed == "mu" else None
    order = order_of(Differences(setting.label, found.steps, found.grid, FLOOR, null))
    if not everywhere or order == 0:
        return order
    ratio = found.steps[-1] / found.steps[0]
    for falling in range(order, 0, -1):
        if found.whole[-1] <= 2 * found.whole[0] * ratio**falling:
            return falling
    return 0

r"""Stochastic gradient flow, simulated: in ln u and ln v, or in the neurons themselves.

Drift and diffusion are compiled from `symbolic.stochastic_flow`. In logarithms the Euler-Maruyama
scheme keeps the scale exactly: the noise cancels from ln u + ln v step by step, and the log-ratio
moves by rows of X, so a simulated path ends at the minimiser for its own integral of the loss,
whatever the time step. In the neurons themselves it holds up to O(dt^(1/2)) only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from numeric.compiled import network_functions, numpy_function
from numeric.problems import Array, Problem, Start
from symbolic.console import UserError
from symbolic.regression import predictor_gradient, residual
from symbolic.stochastic_flow import (
    LOSS,
    NOISE,
    SQUARED_COLUMN,
    TIME_STEP,
    VARIATION,
    Ito,
    isotropic_variation,
    logarithms,
    stochastic_gradient_flow,
)
from symbolic.symbols import ETA, SAMPLES, G, U, V

_PREDICTOR = network_functions()[0]
_VARIATION = numpy_function((LOSS, SQUARED_COLUMN, SAMPLES), isotropic_variation)
_ARGUMENTS = (U, V, G, VARIATION, ETA, TIME_STEP, NOISE)


def _increments(processes: tuple[Ito, Ito]) -> list[Any]:
    """Compile drift dt + diffusion dM of two processes."""
    return [
        numpy_function(_ARGUMENTS, process.drift * TIME_STEP + process.diffusion * NOISE)
        for process in processes
    ]


_LOGARITHMS = _increments(logarithms())
_PAIR = stochastic_gradient_flow()
_NEURONS = _increments(
    (Ito(_PAIR.drift[0], _PAIR.diffusion[0]), Ito(_PAIR.drift[1], _PAIR.diffusion[1]))
)


@dataclass(frozen=True, eq=False)
class StochasticPaths:
    """R simulated paths.

    Parameters
    ----------
    theta
        Predictors at the end, (R, d).
    loss_of_log_scale
        ln xi_0 - ln xi at the end, (R, d).
    loss_integral
        The integral of the loss as the scheme takes it, the sum of L dt, (R,).
    residual
        The largest |X theta - y| at the end, over samples and paths.
    finite
        Whether every path stayed in the range of float64 and kept its signs.
    """

    theta: Array
    loss_of_log_scale: Array
    loss_integral: Array
    residual: float
    finite: bool


def brownian_increments(samples: int, time_step: float, steps: int, paths: int, seed: int) -> Array:
    """Return increments of one Brownian motion a sample, (steps, n, R)."""
    random = np.random.default_rng(seed)
    return np.sqrt(time_step) * random.standard_normal((steps, samples, paths))


def coarser(increments: Array, factor: int) -> Array:
    """Return the increments of the same Brownian motions over ``factor`` steps each."""
    steps = len(increments) // factor
    return increments.reshape(steps, factor, *increments.shape[1:]).sum(axis=1)


def simulate(
    problem: Problem,
    start: Start,
    eta: float,
    time_step: float,
    increments: Array,
    *,
    neurons: bool = False,
) -> StochasticPaths:
    """Simulate stochastic gradient flow of Lyu et al., Eq. (10), by Euler-Maruyama.

    Parameters
    ----------
    problem, start
        Data and u, v > 0, (d,).
    eta
        The strength of the noise; minibatches of one row at learning rate eta correspond to it.
    time_step
        dt, in the time t = k eta.
    increments
        Brownian increments, (steps, n, R).
    neurons
        Step u and v instead of ln u and ln v.

    Raises
    ------
    UserError
        If the start has another dimension than the data, or a neuron is negative.
    """
    start.require_dimension(problem.d)
    if not ((start.u > 0) & (start.v > 0)).all():
        raise UserError(
            expected="a start with positive neurons",
            received="a negative entry",
            remedy="use |u| and |v|: the signs do not change along the flow",
        )
    X, y = problem.X, problem.y[:, None]
    columns = (X * X).sum(axis=0)[:, None]
    x0 = np.repeat(np.stack([start.u, start.v])[:, :, None], increments.shape[2], axis=2)
    state = x0.copy() if neurons else np.log(x0)
    steps = _NEURONS if neurons else _LOGARITHMS
    total = np.zeros(increments.shape[2])
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for dB in increments:
            u, v = state if neurons else np.exp(state)
            theta = _PREDICTOR(u, v)
            r = residual(X, y, theta)
            loss = (r * r).sum(axis=0) / (2 * problem.n)
            # dM = sqrt(2 L/n) X^T dB
            noise = np.sqrt(_VARIATION(loss, 1.0, problem.n)) * (X.T @ dB)
            given = (u, v, predictor_gradient(X, y, theta), _VARIATION(loss, columns, problem.n))
            moves = [step(*given, eta, time_step, noise) for step in steps]
            state = state + np.stack(moves)
            total += loss * time_step
        u, v = state if neurons else np.exp(state)
        moved = np.log(np.abs(state)) - np.log(x0) if neurons else state - np.log(x0)
        theta = _PREDICTOR(u, v)
        worst = float(np.abs(residual(X, y, theta)).max())
    kept = bool(np.isfinite(moved).all() and (u > 0).all() and (v > 0).all())
    return StochasticPaths(theta.T, -moved.sum(axis=0).T, total, worst, kept)

"""Runs of the recursion on smooth losses, the network among them, for claims about every loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from numeric.compiled import mpmath_function, numeric_method
from numeric.datasets import small_problem
from numeric.iterates import NeuronGradient, generic_iterates
from symbolic.sample_losses import SAMPLE_LOSSES, SampleLoss
from symbolic.two_step import METHODS, TwoStepMethod

Array = np.ndarray

#: Momenta at which statements for all mu in (0, 1) are sampled.
MOMENTA = (0.3, 0.5, 0.8, 0.9)


@dataclass(frozen=True)
class Run:
    """A loss to run on: its gradient on flat arrays of shape (m,) and a start of that shape."""

    name: str
    gradient: Callable[[Array], Array]
    start: Array


def _of_sample_loss(loss: SampleLoss) -> Run:
    parts = [mpmath_function(loss.variables, part) for part in loss.gradient]

    def gradient(x: Array) -> Array:
        p, q = x.tolist()
        return np.array([part(p, q) for part in parts])

    return Run(loss.name, gradient, np.array([float(value) for value in loss.start]))


def _of_network() -> Run:
    problem = small_problem(2, 3, seed=4)
    on_neurons = NeuronGradient(problem.X, problem.y)
    start = np.array([[0.9, 0.7, 0.8], [0.5, 0.6, 0.4]])

    def gradient(x: Array) -> Array:
        return on_neurons(x.reshape(start.shape)).ravel()

    return Run("diagonal network, 2 samples, 3 coordinates", gradient, start.ravel())


@lru_cache(maxsize=1)
def runs() -> tuple[Run, ...]:
    """Return the losses: two that are not quadratic, and the network."""
    return (*(_of_sample_loss(loss) for loss in SAMPLE_LOSSES), _of_network())


def method_at(name: str, mu: float) -> TwoStepMethod:
    """Return a named method with float parameters."""
    return TwoStepMethod(name, *numeric_method(METHODS[name], mu))


def iterates(run: Run, method: TwoStepMethod, eta: float, steps: int) -> Array:
    """Return x_0, ..., x_steps as an array of shape (steps + 1, m)."""
    return np.array(generic_iterates(run.gradient, run.start, method, eta, steps))


def steps_to(method: TwoStepMethod, coarsest: int, halvings: int) -> list[int]:
    """Return numbers of steps to one and the same time, from ``coarsest``/(1 - mu) by doubling.

    In units of (1 - mu), the time scale of the slow path, the time is (number of steps) times
    eta/(1 - mu); so eta/(1 - mu)^2, the small parameter, is the same at every momentum. All are
    multiples of 4.
    """
    first = 4 * int(np.ceil(coarsest / (1 - method.mu) / 4))
    return [first * 2**halving for halving in range(halvings)]

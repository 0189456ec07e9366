"""Leaving the saddle u = v = 0: after how many steps, and from which starts limits agree."""

from __future__ import annotations

import numpy as np

from numeric.compiled import numpy_function
from numeric.iterates import NeuronGradient, exact_zero, stacked
from numeric.problems import Array, Problem, Start
from numeric.projection import entropy_projection
from symbolic.console import UserError
from symbolic.regression import predictor_gradient
from symbolic.saddle_escape import LINEAR, PUSH, growth, matched_start
from symbolic.symbols import KAPPA, MU, XI
from symbolic.two_step import TwoStepMethod, two_step_update

_GROWTH = numpy_function((PUSH, MU, KAPPA), growth)
_MATCHED = [numpy_function((XI, LINEAR), neuron) for neuron in matched_start()]


def push_at_the_saddle(problem: Problem, eta: float) -> float:
    """Return s = 2 eta |X^T y/n|_inf."""
    at_zero = predictor_gradient(problem.X, problem.y, np.zeros(problem.d))
    return 2 * eta * float(np.abs(at_zero).max())


def growth_factor(push: float, method: TwoStepMethod) -> float:
    """Return z_+, by which the fastest neuron grows in a step near the saddle."""
    return float(_GROWTH(push, float(method.mu), float(method.kappa)))


def steps_until(
    problem: Problem,
    start: Start,
    method: TwoStepMethod,
    eta: float,
    *,
    size: float | None = None,
    loss: float | None = None,
    most: int = 200_000,
) -> int:
    """Return the first k at which a neuron has reached ``size``, or the loss fallen to ``loss``.

    Raises
    ------
    UserError
        Unless exactly one of both is given, or if ``most`` steps do not suffice.
    """
    if (size is None) == (loss is None):
        raise UserError(
            expected="either a size or a loss",
            received=f"size {size}, loss {loss}",
            remedy="give the one that says when the saddle counts as left",
        )
    gradient = NeuronGradient(problem.X, problem.y)
    mu, kappa = (float(exact_zero(value)) for value in (method.mu, method.kappa))
    x = last = stacked(start.u, start.v)
    for k in range(most + 1):
        if size is not None:
            left = bool(np.abs(x).max() >= size)
        else:
            r = gradient.residual(x)
            left = loss is not None and float(r @ r) / (2 * problem.n) <= loss
        if left:
            return k
        x, last = two_step_update(x, last, gradient, mu=mu, kappa=kappa, eta=eta), x
    raise UserError(
        expected=f"a run that leaves the saddle within {most} steps",
        received="one that does not",
        remedy="raise the learning rate or the number of steps",
    )


def start_with_limit(xi: Array, linear: Array) -> Start:
    """Return the start from which gradient flow minimises Q_xi(theta) + linear . theta."""
    return Start(*(neuron(xi, linear) for neuron in _MATCHED))


def closest_uniform_start(
    problem: Problem, theta: Array, size: float, factor: float = 30.0
) -> tuple[float, float]:
    """Return the c of the start u = v = c whose gradient-flow limit is closest to ``theta``.

    Parameters
    ----------
    problem, theta
        Data and the limit to be matched, (d,).
    size, factor
        c is looked for between size/factor and size * factor.

    Returns
    -------
    tuple
        c and the distance of both limits, |.|_2.
    """
    from scipy.optimize import minimize_scalar  # takes a fifth of a second

    nothing = np.zeros(problem.d)

    def distance(logarithm: float) -> float:
        xi = np.full(problem.d, np.exp(2 * logarithm))
        return float(
            np.linalg.norm(entropy_projection(problem.X, problem.y, xi, nothing).theta - theta)
        )

    # From a grid first: the distance need not have one minimum only.
    grid = np.log(size) + np.linspace(-np.log(factor), np.log(factor), 15)
    best = int(np.argmin([distance(each) for each in grid]))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    found = minimize_scalar(distance, bounds=(low, high), method="bounded")
    return float(np.exp(found.x)), float(found.fun)

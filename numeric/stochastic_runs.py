"""Many runs of SGD, each with draws of its own, and the integrals that its scale may depend on.

`numeric.training` trains one run, or many on the same draws. Here a statement about the mean over
draws is wanted, together with sums over *all* samples along each run, which no minibatch sees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import stdtrit

from numeric.iterates import NeuronGradient
from numeric.problems import Array, Problem, Start
from symbolic.console import UserError
from symbolic.two_step import two_step_update


@dataclass(frozen=True, eq=False)
class StochasticRuns:
    """R runs of equal length; all integrals are sums over steps times eta, in the time t = k eta.

    Parameters
    ----------
    theta
        Predictors at the end, (R, d).
    loss_of_log_scale
        ln xi_0 - ln xi at the end, (R, d).
    squared_residuals
        The integral of r_i^2 of every sample, (R, n); the loss has its sum over 2n.
    squared_gradients
        The integral of g_j^2 of the full gradient, (R, d).
    largest_step
        The largest |2 eta g_j| with the gradient that a step used, over all steps and runs.
    residual
        The largest |X theta - y| at the end.
    """

    theta: Array
    loss_of_log_scale: Array
    squared_residuals: Array
    squared_gradients: Array
    largest_step: float
    residual: float


class RowGradient(NeuronGradient):
    """The neuron gradient of one sample a column: (2, d, R) neurons, row ``rows[c]`` for column c.

    ``residuals`` keeps X theta - y on all rows, (n, R).
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.X, problem.y[:, None])
        self.rows: Any = None
        self.residuals: Any = None

    def __call__(self, x: Any) -> Any:
        """Return (dL_i/du, dL_i/dv), stacked, with i the row of the column."""
        self.residuals = self.residual(x)
        chosen = self.residuals[self.rows, np.arange(len(self.rows))]
        self.predictor_gradient = g = self.X[self.rows].T * chosen
        return np.stack([slope(*x) * g for slope in self._sensitivities])


def draws(samples: int, steps: int, runs: int, seed: int) -> Any:
    """Return the rows that ``runs`` runs use, one a step, (steps, runs)."""
    return np.random.default_rng(seed).integers(samples, size=(steps, runs))


def stochastic_runs(problem: Problem, start: Start, eta: float, rows: Any) -> StochasticRuns:
    """Run SGD with minibatches of one row from ``start``, once for every column of ``rows``.

    Parameters
    ----------
    problem, start
        Data and u, v, (d,).
    eta
        Learning rate.
    rows
        Row indices, (steps, R); see `draws`.

    Raises
    ------
    UserError
        If a run leaves the range of float64 or a neuron changes its sign in a step, where ln xi
        along the run is not that of a small learning rate.
    """
    start.require_dimension(problem.d)
    rows = np.asarray(rows)
    runs = rows.shape[1]
    gradient = RowGradient(problem)
    x0 = np.repeat(np.stack([start.u, start.v])[:, :, None], runs, axis=2)
    x = x0
    squares = np.zeros((problem.n, runs))
    gradients = np.zeros((problem.d, runs))
    largest = 0.0
    for step in rows:
        gradient.rows = step
        # mu = kappa = 0: the iterate before does not enter
        x = two_step_update(x, x, gradient, mu=0, kappa=0, eta=eta)
        r = gradient.residuals
        squares += r * r
        full = problem.X.T @ r / problem.n
        gradients += full * full
        largest = max(largest, float(np.abs(gradient.predictor_gradient).max()) * 2 * eta)
        if not largest < 1:
            raise UserError(
                expected="steps that change no neuron's sign, |2 eta g| < 1",
                received=f"{largest:.3g}",
                remedy="use a smaller learning rate",
            )
    logarithms = np.log(np.abs(x / x0)).sum(axis=0)
    return StochasticRuns(
        gradient.predictor(*x).T,
        -logarithms.T,
        eta * squares.T,
        eta * gradients.T,
        largest,
        float(np.abs(gradient.residual(x)).max()),
    )


def simultaneous_quantile(runs: int, comparisons: int, level: float = 1e-3) -> float:
    """Return q such that no mean of ``runs`` is out by more than q standard errors, by chance.

    Student's t with Bonferroni's correction: the probability that one of ``comparisons`` normal
    means is out is at most ``level``.
    """
    return -float(stdtrit(runs - 1, level / (2 * comparisons)))

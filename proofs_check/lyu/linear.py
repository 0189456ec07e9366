"""Lyu et al., sections 1 and 4: momentum does not change the bias of single-layer regression."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixElement

from numeric.datasets import gaussian, small_problem
from numeric.iterates import generic_iterates
from numeric.problems import Problem
from proofs_check.claim import (
    Check,
    Claim,
    Finding,
    Form,
    Forms,
    Outcome,
    Quotation,
    bounded,
    exact_zero,
    mutant_forms,
)
from proofs_check.smooth_runs import method_at
from symbolic.derivation import Step
from symbolic.linear_model import (
    DATA,
    DUAL_NOW,
    MULTIPLIER,
    START,
    dual_update,
    projection_residual,
    row_space_residual,
)
from symbolic.regression import predictor_gradient

Array = np.ndarray

#: Deterministic methods by name; ``batch`` draws that many rows for every step.
RUNS = (("gd", 0.0, None), ("hb", 0.8, None), ("nag", 0.8, None), ("gd", 0.0, 1), ("hb", 0.5, 1))
#: Training stops at this residual, relative to the largest label, looked at after every block.
RESIDUAL, BLOCK, MAX_STEPS = 1e-13, 200, 200_000


@dataclass(frozen=True)
class Bias:
    """Which interpolator single-layer training is said to pick.

    Parameters
    ----------
    sign
        Sign of the projection's correction.
    start_weight
        The fraction of the start that is projected (1), 0 for the solution of least norm.
    metric
        Exponent s of the metric diag(1, 2, ..., d)^s in which the distance is measured.
    decay
        Weight decay of the training.
    """

    sign: int = 1
    start_weight: float = 1.0
    metric: int = 0
    decay: int = 0

    def predict(self, problem: Problem, start: Array) -> Array:
        """Return the nearest interpolator, shape (d,)."""
        inverse = np.arange(1, problem.d + 1, dtype=float) ** (-self.metric)
        origin = self.start_weight * start
        # theta - origin = M^{-1} X^T m with X theta = y
        rows = problem.X * inverse
        multiplier = np.linalg.solve(rows @ problem.X.T, problem.y - problem.X @ origin)
        return origin + self.sign * rows.T @ multiplier


def _forms() -> Forms:
    mutants = [
        ("projection of zero instead of the start", Bias(start_weight=0.0)),
        ("projection of a start 5 % larger", Bias(start_weight=1.05)),
        ("projection of a start 5 % smaller", Bias(start_weight=0.95)),
        ("wrong sign", Bias(sign=-1)),
        ("distance in another metric", Bias(metric=1)),
        ("weight decay", Bias(decay=1)),
    ]
    statement = (
        r"With any momentum, look-ahead, step sizes and minibatches, $\theta_k - \theta_0$ stays "
        r"in the row space of $X$, and a limit that interpolates is the Euclidean projection of "
        r"$\theta_0$"
    )
    return Forms(Form("printed", statement, Bias()), mutants=mutant_forms(mutants))


def _entries(residual: sp.Basic) -> list[sp.Expr]:
    """Return a matrix residual written out for n = 2 and d = 3, entries symbolic.

    Zero as a matrix expression it is zero for every size; otherwise the entries show a witness.
    """
    if residual == 0 or getattr(residual, "is_ZeroMatrix", False):
        return [sp.S.Zero]
    sizes = {DATA.shape[0]: 2, DATA.shape[1]: 3}
    small = {
        symbol: sp.MatrixSymbol(symbol.name, *(sizes.get(side, side) for side in symbol.shape))
        for symbol in residual.atoms(sp.MatrixSymbol)
    }
    entries = list(residual.xreplace(small).as_explicit())
    names = {e: sp.Symbol(str(e)) for entry in entries for e in entry.atoms(MatrixElement)}
    return [entry.xreplace(names) for entry in entries]


def _induction(form: Form) -> Finding:
    bias = form.content
    if bias.start_weight != 1 or bias.metric != 0:
        # The exact check speaks of the Euclidean projection of theta_0 only.
        return Finding(Outcome.UNCLEAR, "Not the statement that the induction is about.")
    return exact_zero(
        [
            *_entries(row_space_residual(decay=sp.Integer(bias.decay))),
            *_entries(projection_residual(bias.sign)),
        ],
        "Induction step of $\\theta_k - \\theta_0 = X^T a_k$, and Pythagoras for the limit.",
    )


def _gradients(problem: Problem, batch: int | None) -> Callable[[Array], Array]:
    if batch is None:
        return lambda theta: predictor_gradient(problem.X, problem.y, theta)
    random = np.random.default_rng(7)

    def gradient(theta: Array) -> Array:
        rows = random.choice(problem.n, size=batch, replace=False)
        return predictor_gradient(problem.X[rows], problem.y[rows], theta)

    return gradient


def _trained(
    problem: Problem, start: Array, name: str, mu: float, batch: int | None
) -> tuple[Array, int]:
    """Return the limit of training, shape (d,), NaN if it did not get there, and the steps."""
    gradient = _gradients(problem, batch)
    curvature = np.linalg.norm(problem.X, 2) ** 2 / (problem.n if batch is None else 1)
    method = method_at(name, mu)
    path = [start, start]
    for steps in range(BLOCK, MAX_STEPS + 1, BLOCK):
        block = generic_iterates(
            gradient, path[-1], method, 0.2 * (1 - mu) / curvature, BLOCK, path[-2]
        )
        path = block[-2:]
        left = np.max(np.abs(problem.X @ path[-1] - problem.y))
        if left <= RESIDUAL * np.max(np.abs(problem.y)):
            return path[-1], steps
    return np.full(problem.d, np.nan), MAX_STEPS


def _allowed(problem: Problem, limit: Array, predicted: Array, steps: int, mu: float) -> float:
    """Return how far a limit that the statement is right about can be from the prediction.

    In the row space the distance is what the residual of the limit leaves, |X theta - y|/sigma_min.
    Out of it only rounding leads: at most n + d + 6 operations a step, each off by half a unit in
    the last place of theta, summed over the steps and repeated by the momentum 1/(1 - mu) times.
    The prediction solves X X^T m = r, whose condition is that of X squared.
    """
    singular = np.linalg.svd(problem.X, compute_uv=False)
    size = max(float(np.linalg.norm(limit)), float(np.linalg.norm(predicted)))
    rounding = float(np.finfo(float).eps) / 2 * (problem.n + problem.d + 6) * size
    residual = float(np.linalg.norm(problem.X @ limit - problem.y)) / singular[-1]
    return float(residual + rounding * (steps / (1 - mu) + (singular[0] / singular[-1]) ** 2))


def _training(form: Form) -> Finding | None:
    if form.content.decay:
        return None
    worst = 0.0
    for problem in (small_problem(2, 4, seed=1), gaussian(4, 9, 2, seed=3)):
        start = np.random.default_rng(11).standard_normal(problem.d)
        predicted = form.content.predict(problem, start)
        for name, mu, batch in RUNS:
            limit, steps = _trained(problem, start, name, mu, batch)
            bound = _allowed(problem, limit, predicted, steps, mu)
            share = float(np.linalg.norm(limit - predicted)) / bound
            worst = share if share != share else max(worst, share)
    return bounded(
        worst,
        1.0,
        "Largest distance of a trained limit from the prediction, in units of what its residual "
        "and the rounding of its steps allow.",
        # Rounding differs from machine to machine, and may move the stop by a block of steps.
        rtol=0.1,
        atol=1.0,
    )


def _derivation() -> list[Step]:
    return [
        Step(
            "Induction hypothesis, for step k and the one before: the displacement is",
            sp.MatMul(DATA.T, DUAL_NOW),
        ),
        Step(
            "Every gradient is a combination of the rows, so the next displacement is X transposed "
            "times",
            dual_update(),
        ),
        Step(
            "A limit that interpolates is the start plus a combination of rows, hence the nearest "
            "interpolator",
            START + DATA.T * MULTIPLIER,
        ),
    ]


CLAIMS = (
    Claim(
        id="lyu.linear",
        title="Single-layer regression: momentum does not change the bias",
        paper="Lyu et al. 2025",
        equation="sections 1 and 4",
        printed=Quotation(
            "lyu2025.txt",
            43,
            "For the least squares problem (single layer linear network), Gunasekar et al. (2018) "
            "argued that momentum does not change the implicit bias of GD",
        ),
        claimed_over="every data set, start and momentum for which training converges",
        sampled_over=(
            "induction: every size, method and minibatch sequence; training: "
            + ", ".join(
                f"{name} at mu = {mu}{' on single rows' if b else ''}" for name, mu, b in RUNS
            )
            + " on two problems from random starts"
        ),
        forms=_forms,
        checks=(
            Check(
                "induction",
                "Does every step stay in the row space, and is the limit then the projection?",
                _induction,
                exact=True,
                proves=True,
            ),
            Check("training", "Does training arrive at the projection?", _training),
        ),
        derivation=_derivation,
    ),
)

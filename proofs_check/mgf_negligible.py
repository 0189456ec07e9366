r"""How far the minimiser without theta~_0 is from the limit of momentum gradient flow."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from numeric.datasets import small_problem
from numeric.momentum_gradient_flow import mgf_limit, mgf_linear_term
from numeric.orders import geometric_steps
from numeric.problems import Problem, Start
from numeric.projection import entropy_projection
from proofs_check.limit_orders import Differences

Array = np.ndarray

#: Scales alpha of balanced starts (a, b) = (alpha, 0) and lambda times the largest |g_j| at
#: theta = 0: no neuron reaches zero below 1/4.
SCALES = (0.3, 0.1, 0.03, 0.01, 0.003, 0.001)
SHARE = 0.24
#: Problem of 2 samples and 4 coordinates, and those of the order in lambda.
SEED, ORDER_SEEDS = 0, (0, 2)
ORDER_SCALE = 0.5
INERTIAS = geometric_steps(0.04, 7)
#: What the integrators and the projection may add to a distance.
FLOOR = 1e-11


class Neglect(NamedTuple):
    """Distances of one flow, relative to |theta^MGF|, and the sizes of theta~_0 in question."""

    scale: float
    crossings: int
    without_start: float
    with_start: float
    gradient_flow: float
    perturbed: float
    balancedness_ratio: float


def neglect(problem: Problem, start: Start, inertia: float) -> Neglect | None:
    """Return how much the minimiser of psi at Delta_inf misses; None without a limit."""
    limit = mgf_limit(problem, start, inertia)
    if not limit.converged:
        return None
    xi, linear = mgf_linear_term(start, inertia, limit.I_plus, limit.I_minus)
    size = float(np.linalg.norm(limit.theta))

    def distance(scale: Array, term: Array | None) -> float:
        theta = entropy_projection(problem.X, problem.y, scale, term).theta
        return float(np.linalg.norm(theta - limit.theta)) / size

    # theta~_0 = 2 xi sinh of its log-ratio, -4 times the linear term
    perturbed = float(np.max(np.abs(2 * xi * np.sinh(-4 * linear))))
    alpha = float(np.max(np.abs(start.u) + np.abs(start.v)))
    return Neglect(
        alpha,
        len(limit.crossings),
        distance(xi, None),
        distance(xi, linear),
        distance(start.xi, None),
        perturbed / alpha**2,
        float(np.max(xi / start.xi)),
    )


@lru_cache(maxsize=1)
def small_starts() -> tuple[Neglect, ...]:
    """Return what is neglected from ever smaller balanced starts, no neuron reaching zero."""
    problem = small_problem(2, 4, SEED)
    largest = float(np.max(np.abs(problem.X.T @ problem.y))) / problem.n
    found = [neglect(problem, Start.scaled(4, alpha / 2), SHARE / largest) for alpha in SCALES]
    return tuple(each for each in found if each is not None)


@lru_cache(maxsize=1)
def inertia_family() -> tuple[Differences, ...] | None:
    """Return (minimiser without theta~_0) - (limit) for falling lambda, from balanced starts.

    The null model takes the balancedness of the start in place of that of the end.
    """
    families = []
    for seed in ORDER_SEEDS:
        problem = small_problem(2, 4, seed)
        start = Start.scaled(4, ORDER_SCALE)
        errors, null = [], []
        for inertia in INERTIAS:
            limit = mgf_limit(problem, start, inertia)
            if not limit.converged or limit.crossings:
                return None
            xi, _ = mgf_linear_term(start, inertia, limit.I_plus, limit.I_minus)
            for scale, rows in ((xi, errors), (start.xi, null)):
                theta = entropy_projection(problem.X, problem.y, scale).theta
                rows.append(theta - limit.theta)
        families.append(
            Differences(f"seed {seed}", INERTIAS, np.array(errors), FLOOR, np.array(null))
        )
    return tuple(families)


def neglect_figure() -> dict[str, Any]:
    """Return the distances against the scale of the start."""
    runs = small_starts()
    scales = [run.scale for run in runs]
    series = [
        {
            "label": r"$\arg\min\psi_{\Delta_\infty}$",
            "x": scales,
            "y": [run.without_start for run in runs],
            "style": "printed",
        },
        {
            "label": r"gradient flow, $\arg\min\psi_{\Delta_0}$",
            "x": scales,
            "y": [run.gradient_flow for run in runs],
            "style": "reference",
        },
    ]
    return {
        "kind": "order",
        "title": "What is left out with the perturbed start",
        "xlabel": r"scale $\alpha$ of the start",
        "ylabel": r"distance to $\theta^{MGF}$, relative",
        "caption": rf"Balanced starts, $\lambda\max|g_j| = {SHARE:g}$ at $\theta = 0$, no zero of "
        r"a neuron. $\tilde\theta_0$ is below $\alpha^2$ throughout.",
        "series": series,
    }

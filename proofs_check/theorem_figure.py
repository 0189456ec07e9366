"""What each approximation of the exact theorem costs, as the step size falls."""

from __future__ import annotations

from typing import Any

import numpy as np

from numeric.compare import compare
from numeric.datasets import small_problem
from numeric.problems import Start
from symbolic.console import UserError

_MOMENTUM, _LARGEST, _COUNT = 0.8, 0.004, 5
#: Prediction, words for the legend, style.
_SHOWN = (
    ("gradient-flow", "infinitely small steps", "reference"),
    ("mgf.lambda-printed", r"momentum gradient flow, $\lambda$ as printed", "printed"),
    ("mgf", r"momentum gradient flow, $\lambda = 2\alpha/(1-\mu)$", "corrected"),
    ("theorem3", "Theorem 3, sign mended", "corrected"),
    ("exact", "the exact theorem", "corrected"),
)


def approximations() -> tuple[dict[str, Any], float]:
    """Return the figure, distances of heavy ball's limit from five predictions by step size.

    With it comes how much rounding alone can change its numbers.

    Raises
    ------
    UserError
        If a run does not converge: it has no limit to compare with.
    """
    problem = small_problem(3, 6, seed=2)
    start = Start.scaled(problem.d, 0.5, 0.8)
    rates = _LARGEST / 2.0 ** np.arange(_COUNT)
    distances: dict[str, list[float | None]] = {name: [] for name, _, _ in _SHOWN}
    rounding = 0.0
    for rate in rates:
        found = compare(problem, start, "hb", float(rate), momentum=_MOMENTUM)
        if not found.trained.converged:
            raise UserError(
                expected="a run that converges",
                received=f"status {found.trained.status} at learning rate {rate:g}",
                remedy="use other step sizes",
            )
        for name, values in distances.items():
            values.append(found.distances[name])
        rounding = max(rounding, found.predictions["exact"].rounding or 0.0)
    figure = {
        "kind": "order",
        "title": "What each approximation costs",
        "xlabel": r"learning rate $\eta$",
        "ylabel": r"$|\theta_\infty - \mathrm{prediction}|_2$",
        "caption": rf"Heavy ball at $\mu = {_MOMENTUM}$ on a {problem.n} x {problem.d} problem "
        "from a biased start: distance of the trained limit from each prediction.",
        "series": [
            {"label": label, "x": rates, "y": distances[name], "style": style}
            for name, label, style in _SHOWN
        ],
    }
    return figure, rounding

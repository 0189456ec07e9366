"""Comparisons and attributions as text: tables on a terminal, plain aligned columns elsewhere."""

from __future__ import annotations

import sys

import numpy as np

from numeric.attributed_run import AttributedRun
from numeric.attribution_tables import ASCII, UNICODE, part_table, setting_and_ends
from numeric.compare import Comparison
from numeric.predictions import NEXT_ORDER
from symbolic.regression import loss

#: Coordinates shown; of more, the ones with the largest trained entries.
MOST_COORDINATES = 12


def show(comparison: Comparison) -> None:
    """Print the comparison on standard output."""
    print("\n".join(summary(comparison)))
    print()
    show_table(*prediction_table(comparison))
    if comparison.trained.converged:
        print("\ncost of each approximation, as distance from the trained limit")
        print("\n".join(costs(comparison)))
    print()
    chosen, title = _coordinates(comparison)
    print(title)
    show_table(*coordinate_table(comparison, chosen))
    for notice in comparison.notices:
        print(f"\nnote: {notice}")


def show_attribution(result: AttributedRun) -> None:
    """Print the attribution on standard output; no parts of a run that did not arrive."""
    print("\n".join(setting_and_ends(result)))
    if result.attribution is not None and result.norm is not None:
        print()
        ink = UNICODE if sys.stdout.isatty() else ASCII
        show_table(*part_table(result.attribution, result.norm, ink))
    for notice in result.notices:
        print(f"\nnote: {notice}")


def summary(comparison: Comparison) -> list[str]:
    """Return the lines that say what was run and where it ended."""
    problem, trained, start = comparison.problem, comparison.trained, comparison.start
    batch = "" if comparison.batch is None else f", minibatches of {comparison.batch}"
    theta = trained.theta
    lines = [
        f"data       {problem.name or 'given'}: n = {problem.n} samples, d = {problem.d} features",
        f"method     {comparison.method}, learning rate {comparison.learning_rate:g}, "
        f"mu = {comparison.mu:g}, kappa = {comparison.kappa:g}{batch}",
        *([f"torch      {comparison.mapping}"] if comparison.torch is not None else []),
        f"run        {trained.status} after {trained.steps} steps, max |X theta - y| = "
        f"{trained.residual:.2g} (tolerance {trained.tol:.2g}), loss {comparison.loss:.2g}; "
        f"at the start {float(loss(problem.X, problem.y, start.theta)):.3g}",
        f"solution   |theta|_1 = {np.abs(theta).sum():.6g}, |theta|_2 = "
        f"{np.linalg.norm(theta):.6g}",
        f"scale      xi = |u v| at the start {_range(start.xi)}, at the end {_range(trained.xi)}",
    ]
    if problem.theta_star is not None:
        gap = np.linalg.norm(theta - problem.theta_star)
        lines.append(f"truth      |theta - theta_star|_2 = {gap:.4g}")
    if comparison.small_parameter is not None:
        lines.append(
            f"small      eta/(1-mu)^2 lambda_max = {comparison.small_parameter:.3g} "
            "(first-order predictions need it below 0.1)"
        )
    return lines


def prediction_table(comparison: Comparison) -> tuple[list[str], list[list[str]]]:
    """Return (head, rows): name, distance, whether it takes sums along the run, assumption."""
    rows = [
        [
            name,
            _short(comparison.distances[name]),
            "yes" if prediction.uses_path else "no",
            prediction.assumes,
        ]
        for name, prediction in comparison.predictions.items()
    ]
    return ["prediction", "distance", "uses path", "assumes"], rows


def coordinate_table(
    comparison: Comparison, chosen: list[int]
) -> tuple[list[str], list[list[str]]]:
    """Return (head, rows) with the trained and predicted values of the chosen coordinates."""
    columns = {"trained": comparison.trained.theta}
    if comparison.problem.theta_star is not None:
        columns["theta_star"] = comparison.problem.theta_star
    # A line has no room for the printed forms and the next order; their distances stand above.
    for name, prediction in comparison.predictions.items():
        if prediction.theta is not None and not ("printed" in name or name in NEXT_ORDER):
            columns[name] = prediction.theta
    rows = [[str(j + 1), *(f"{values[j]: .6f}" for values in columns.values())] for j in chosen]
    return ["j", *columns], rows


def costs(comparison: Comparison) -> list[str]:
    """Return one line for each assumption: its distance from the trained limit, and what it is."""
    approximations = {
        "gradient-flow": "steps taken as infinitely small",
        "theorem3.forecast": "step size to first order, known before the run",
        "theorem3": "step size to first order, with phi along the run",
        "theorem3.next-order.forecast": "step size to second order, known before the run",
        "theorem3.next-order": "step size to second order, with phi along the run",
        "mgf": "steps taken as a flow with the inertia of the method",
        "mgf.lambda-printed": "the same with the inertia as printed",
        "gradient-flow.printed": "the sign printed in Prop. 2",
        "theorem3.printed": "the linear term printed in Eq. (9)",
        "exact": "nothing neglected",
    }
    lines = []
    for name, text in approximations.items():
        distance = comparison.distances.get(name)
        if distance is not None:
            rounding = comparison.predictions[name].rounding
            bound = "" if rounding is None else f"; rounding may make up to {rounding:.1e}"
            lines.append(f"  {_short(distance)}  {text} ({name}){bound}")
    return lines


def _coordinates(comparison: Comparison) -> tuple[list[int], str]:
    theta = comparison.trained.theta
    if len(theta) <= MOST_COORDINATES:
        return list(range(len(theta))), f"all {len(theta)} coordinates of theta"
    order = np.argsort(-np.abs(theta), kind="stable")[:MOST_COORDINATES]
    title = f"the {MOST_COORDINATES} largest of {len(theta)} coordinates of theta"
    return sorted(int(j) for j in order), title


def show_table(head: list[str], rows: list[list[str]]) -> None:
    """Print a table: with lines on a terminal, as plain aligned columns elsewhere."""
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table

        table = Table(*head)
        for row in rows:
            table.add_row(*row)
        Console().print(table)
        return
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        print("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip())


def _range(values: np.ndarray) -> str:
    low, high = float(values.min()), float(values.max())
    return f"{low:.4g}" if np.isclose(low, high, rtol=1e-12) else f"{low:.4g} to {high:.4g}"


def _short(value: float | None) -> str:
    return "-" if value is None else f"{value:.3e}"

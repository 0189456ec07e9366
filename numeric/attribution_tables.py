"""An attribution as text: what was run, its parts, and a bar for each in Unicode or in ASCII."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from numeric.attributed_run import AttributedRun
from numeric.attribution import Attribution

#: Cells of a bar.
WIDTH = 41
#: What the parts are called here.
NAMES = {"scale": "scale of xi", "shape": "shape of xi", "start": "start theta~_0"}


@dataclass(frozen=True)
class Ink:
    """The characters of a bar: the value, the range over orders, the axis at zero."""

    value: str
    range: str
    axis: str


ASCII = Ink("#", ".", "|")
UNICODE = Ink("\u2588", "\u00b7", "\u2502")


def setting_and_ends(result: AttributedRun) -> list[str]:
    """Return the lines that say what was run and where both ended."""
    problem, run, trained, parts = result.problem, result.run, result.trained, result.attribution
    batch = "" if result.batch is None else f", minibatches of {result.batch}"
    lines = [
        f"data       {problem.name or 'given'}: n = {problem.n} samples, d = {problem.d} features",
        f"method     {result.method}, learning rate {run.eta:g}, mu = {run.mu:g}, "
        f"kappa = {run.kappa:g}{batch}",
        f"run        {trained.status} after {trained.steps} steps",
        f"against    {result.against}"
        + (f", {result.other.status} after {result.other.steps} steps" if result.other else ""),
    ]
    if parts is None:
        return lines
    distances = result.distances
    return [
        *lines,
        f"error      D = |theta - theta_star|_2^2: reference {parts.reference:.6g}, "
        f"run {parts.final:.6g}, difference {parts.total:+.4g}",
        f"scale      s = {np.exp(parts.log_scale):.4g}, the geometric mean of xi/xi_ref",
        f"check      last minimiser {distances['run']:.1e} from the trained theta"
        + (f", the reference {distances['reference']:.1e}" if "reference" in distances else ""),
    ]


def part_table(
    parts: Attribution, norm: Attribution, ink: Ink
) -> tuple[list[str], list[list[str]]]:
    """Return (head, rows): one row a part and the total, the bar last."""
    ends = [0.0, parts.total, *(end for spread in parts.spread.values() for end in spread)]
    low, high = min(ends), max(ends)
    rows = [
        [
            NAMES[part],
            *(f"{x:+.4g}" for x in (value, *parts.spread[part], norm.parts[part])),
            bar(value, parts.spread[part], low, high, ink),
        ]
        for part, value in parts.parts.items()
    ]
    total = bar(parts.total, (parts.total, parts.total), low, high, ink)
    rows.append(["total", f"{parts.total:+.4g}", "", "", f"{norm.total:+.4g}", total])
    return ["part", "D", "least", "most", "|theta|_1", "bar"], rows


def bar(value: float, spread: tuple[float, float], low: float, high: float, ink: Ink) -> str:
    """Return a line of `WIDTH` cells over [low, high], which holds 0: value, range and axis."""

    def cell(x: float) -> int:
        return round((x - low) / (high - low) * (WIDTH - 1)) if high > low else 0

    zero = cell(0.0)
    cells = [" "] * WIDTH
    for ends, character in ((spread, ink.range), ((0.0, value), ink.value)):
        first, last = sorted(cell(end) for end in ends)
        cells[first : last + 1] = character * (last + 1 - first)
    cells[zero] = ink.axis
    return "".join(cells)

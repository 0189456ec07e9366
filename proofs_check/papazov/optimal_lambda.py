"""Papazov et al., summary: an inertia that is best for generalisation, between none and large."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from numeric.checks import Array
from proofs_check.claim import Check, Claim, Finding, Form, Forms, Quotation
from proofs_check.experiment_claims import clearest, sampled, share
from proofs_check.experiment_figures import QUARTILES
from proofs_check.experiment_trends import Reading, Result, Trend, gain, held, outcome_of, readings
from proofs_check.experiments import Panel, Table
from proofs_check.generalisation import (
    COUNT,
    FLOW,
    INERTIAS,
    PAPER,
    inertia_panel,
    inertia_tables,
    line,
)

PRINTED = Quotation(
    "papazov2024-summary.txt",
    89,
    "The continuous-time analysis suggests existence of an optimal momentum parameter value "
    "$\\lambda^*$ for best generalization.",
)
LAMBDAS = tuple(value for value, _ in INERTIAS)
#: What counts as large is not stated.
LARGE = (1.0, 3.0, 10.0)


def _panel(family: str) -> Panel:
    """Return the panel with a range for every size of the start, inner and large inertia.

    A range is the place of the size on the axis and the numbers of both inertias.
    """
    base = inertia_panel(family)
    ranges = {
        f"{name}, lambda {value:g} against {large:g}": (*chosen, k, LAMBDAS.index(large))
        for name, chosen in base.ranges.items()
        for k, value in enumerate(LAMBDAS)
        for large in LARGE
        if value < large
    }
    return replace(base, ranges=ranges)


def _below_flow(factor: float = 1.0) -> Trend:
    """ln(D of gradient flow/D at the inner inertia)."""

    def of(table: Table, chosen: Sequence[int]) -> Array:
        return gain(line(LAMBDAS[chosen[1]]), FLOW).of(table, chosen[:1])

    return Trend(f"D({FLOW})/D", of, threshold=float(np.log(factor)))


def _below_large(factor: float = 1.0) -> Trend:
    """ln(D at the large inertia/D at the inner one)."""

    def of(table: Table, chosen: Sequence[int]) -> Array:
        inner, large = (line(LAMBDAS[k]) for k in chosen[1:])
        return gain(inner, large).of(table, chosen[:1])

    return Trend("D(large lambda)/D", of, threshold=float(np.log(factor)))


def optimum(family: str, form: Form) -> Finding:
    """Look for an inertia with a smaller D than none and than the largest, on every data set."""
    panel, found = _panel(family), inertia_tables(family)
    read = readings(panel, found, form.content)
    holding = held(read)
    settings = {(each.setting, each.range.partition(", lambda")[0]) for each in holding}
    return Finding(
        outcome_of(read),
        f"{COUNT} data sets in each of {len(panel.settings)} settings at "
        f"{len(inertia_panel(family).ranges)} sizes of the start, lambda from {LAMBDAS[0]:g} to "
        f"{LAMBDAS[-1]:g}. {clearest(read)} {_beyond(family)}",
        measured=f"{len(settings)} of {len(panel.settings) * len(inertia_panel(family).ranges)} "
        f"settings and sizes; {share(read, ' readings')}",
        predicted="at least one",
        criterion="D at an inner lambda below that of gradient flow and below that at a large "
        f"lambda, {', '.join(f'{value:g}' for value in LARGE)}: Student's intervals for all "
        f"{panel.tried} readings at once",
        rtol=2e-2,
        atol=2e-2,
        data=_data(family, read) if form.name == "printed" else {},
    )


def _beyond(family: str) -> str:
    """Return at how many settings and sizes the largest inertia is the best of all, in words."""
    best = total = 0
    for table in inertia_tables(family).values():
        rows = np.stack([table.distances[line(value)] for value in LAMBDAS])
        middle = np.median(np.log(rows), axis=1)
        for column in middle.T:
            total += 1
            best += bool(np.isfinite(column).all() and column.argmin() == len(LAMBDAS) - 1)
    return (
        f"The largest lambda of all has the smallest median D in {best} of {total} settings and "
        "sizes."
    )


def _data(family: str, read: list[Reading]) -> dict[str, Any]:
    series, numbers = [], {}
    for setting, table in inertia_tables(family).items():
        place = 1
        rows = np.stack(
            [
                np.log(table.distances[line(value)][:, place] / table.distances[FLOW][:, place])
                for value in LAMBDAS
            ]
        )
        known = np.isfinite(rows).all(axis=1)
        if not known.any():
            continue
        low, middle, high = np.percentile(rows[known], QUARTILES, axis=1)
        series.append(
            {
                "label": setting.truth.replace("-", " "),
                "x": list(np.array(LAMBDAS)[known]),
                "y": middle.tolist(),
                "low": low.tolist(),
                "high": high.tolist(),
                "style": "",
            }
        )
        numbers[setting.truth] = [
            list(pair)
            for pair in zip(np.array(LAMBDAS)[known].tolist(), middle.tolist(), strict=True)
        ]
    figure = {
        "kind": "curves",
        "title": f"Error against inertia, {family} data",
        "xlabel": r"$\lambda = \gamma/(1-\beta)^2$",
        "ylabel": r"$\ln(D/D_{GF})$",
        "xscale": "log",
        "caption": f"Heavy ball from u = v = {inertia_panel(family).places[1].init_scale:g} on "
        f"{family} data, relative to gradient flow: medians and quartiles over {COUNT} data "
        "sets. Below zero momentum is better. A lambda at which a run has no limit is left out.",
        "series": series,
    }
    return {
        "curves": numbers,
        "held": [
            each.range + ", " + each.setting.truth for each in read if each.result is Result.HOLDS
        ],
        "figure": figure,
    }


def forms() -> Forms:
    """Return the printed statement and wrong ones."""
    return Forms(
        Form(
            "printed",
            r"There is an optimal $\lambda > 0$ for generalisation: $D$ falls below that of "
            r"gradient flow, and rises again for larger $\lambda$",
            (_below_flow(), _below_large()),
        ),
        mutants=(
            Form(
                "a hundred times better",
                "the best inertia divides D by a hundred",
                (_below_flow(100.0), _below_large()),
            ),
            Form(
                "best and a thousandfold rise",
                "D at the largest inertia is a thousand times that at the best",
                (_below_flow(), _below_large(1000.0)),
            ),
        ),
    )


def _claim(name: str, family: str) -> Claim:
    return Claim(
        id=f"papazov.optimal-lambda.{name}",
        title=f"An optimal inertia, {name} data",
        paper=PAPER,
        equation="summary",
        printed=PRINTED,
        claimed_over="not stated",
        sampled_over=lambda: (
            sampled(inertia_panel(family))
            + f"; lambda {', '.join(f'{value:g}' for value in LAMBDAS)}"
        ),
        forms=forms,
        checks=(
            Check(
                "optimum",
                "Is there an inertia that is better than none and than a large one?",
                lambda form: optimum(family, form),
            ),
        ),
        empirical=True,
    )


CLAIMS = (_claim("uncentred", "uncentred"), _claim("centred", "gaussian"))

"""Papazov et al., summary: smaller balancedness, sparser and better solutions, over data sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from numeric.checks import Array
from proofs_check.claim import Check, Claim, Finding, Form, Forms, Quotation
from proofs_check.experiment_claims import clearest, sampled, share
from proofs_check.experiment_trends import Trend, held, outcome_of, readings
from proofs_check.experiments import Table
from proofs_check.generalisation import COUNT, FLOW, PAPER, inertia_panel, inertia_tables, line

#: Momentum is compared with gradient flow at these inertias.
LAMBDAS = (0.1, 0.3, 1.0)


def _change(value: float, what: str, sign: int = 1, factor: float = 1.0) -> Trend:
    """Fall (rise) of ln Delta, ln |theta|_1 or ln D from gradient flow to an inertia."""

    def of(table: Table, chosen: Sequence[int]) -> Array:
        columns = {
            "Delta": table.log_scales,
            "|theta|_1": {name: np.log(each) for name, each in table.norms.items()},
            "D": {name: np.log(each) for name, each in table.distances.items()},
        }[what]
        return sign * (columns[FLOW] - columns[line(value)])[:, list(chosen)].mean(axis=1)

    word = "fall" if sign > 0 else "rise"
    return Trend(f"{word} of {what}", of, threshold=float(np.log(factor)))


def sparser(family: str, form: Form) -> Finding:
    """Compare heavy ball with gradient flow from the same start: Delta, |theta|_1 and D."""
    panel = inertia_panel(family)
    panel = replace(
        panel,
        ranges={
            f"{name}, lambda {value:g}": chosen
            for value in LAMBDAS
            for name, chosen in panel.ranges.items()
        },
    )
    found = inertia_tables(family)
    read = []
    for value in LAMBDAS:
        of_value = [name for name in panel.ranges if name.endswith(f"lambda {value:g}")]
        each = readings(panel, found, [_change(value, *change) for change in form.content])
        read += [reading for reading in each if reading.range in of_value]
    data: dict[str, Any] = {}
    if form.name == "printed":
        data["held"] = [f"{each.setting.truth}, {each.range}" for each in held(read)]
    return Finding(
        outcome_of(read),
        f"Falls of ln Delta (mean over coordinates), ln |theta|_1 and ln D from gradient flow to "
        f"heavy ball from the same start, {COUNT} data sets in each setting. "
        f"{clearest(read)}",
        measured=share(read, " readings"),
        predicted="at least one",
        criterion="all of the stated changes in one reading: Student's intervals for the "
        f"{panel.tried} readings at once",
        rtol=2e-2,
        atol=2e-2,
        data=data,
    )


def forms() -> Forms:
    """Return the printed statement and wrong ones."""
    return Forms(
        Form(
            "printed",
            r"Where $\Delta_\infty$ is smaller, $|\theta|_1$ and $D$ are smaller",
            (("Delta", 1), ("|theta|_1", 1), ("D", 1)),
        ),
        mutants=(
            Form("a thousandfold", r"$\Delta_\infty$ is a thousandth", (("Delta", 1, 1000.0),)),
            Form(
                "denser and better",
                r"$|\theta|_1$ grows where $D$ falls",
                (("|theta|_1", -1), ("D", 1)),
            ),
        ),
    )


def _claim(name: str, family: str) -> Claim:
    return Claim(
        id=f"papazov.sparser.statistics.{name}",
        title=f"Smaller balancedness, sparser and better: {name} data",
        paper=PAPER,
        equation="summary",
        printed=Quotation(
            "papazov2024-summary.txt",
            20,
            "Empirically, decreasing $\\Delta_\\infty$ leads to solutions with improved sparsity "
            "and generalization.",
        ),
        claimed_over="not stated",
        sampled_over=lambda: (
            sampled(inertia_panel(family))
            + f"; lambda {', '.join(f'{value:g}' for value in LAMBDAS)} against gradient flow"
        ),
        forms=forms,
        checks=(
            Check(
                "falls",
                "Do balancedness, norm and error fall together?",
                lambda form: sparser(family, form),
            ),
        ),
        empirical=True,
    )


CLAIMS = (_claim("uncentred", "uncentred"), _claim("centred", "gaussian"))

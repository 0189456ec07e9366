"""Papazov et al., summary: momentum generalises better on uncentred data, not on centred."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np

from numeric.checks import Array
from numeric.paired_statistics import paired_effect
from proofs_check.claim import Check, Claim, Finding, Form, Forms, Outcome, Quotation
from proofs_check.experiment_claims import ratio, sampled
from proofs_check.experiment_figures import effects_figure
from proofs_check.experiment_trends import UNSEEN, gain, readings
from proofs_check.experiments import TRUTH_LAWS, Setting
from proofs_check.generalisation import COUNT, METHODS, PAPER, methods_tables

CENTRED, UNCENTRED = "gaussian", "uncentred"
GAIN = gain("HB", "GD")
PRINTED = Quotation(
    "papazov2024-summary.txt",
    81,
    "The experiments demonstrate improved generalization performance of MGD over GD for uncentered "
    "but not centered data.",
)


def gains(family: str, truth: str, place: int) -> Array:
    """Return ln(D_GD/D_HB) of every data set, (N,)."""
    return GAIN.of(methods_tables()[Setting(family, truth)], [place])


def where_better(form: Form) -> Finding:
    """Read the gain off uncentred and centred data, same law of theta* and same start."""
    sign, threshold = form.content
    names = list(METHODS.ranges)
    tried = len(TRUTH_LAWS) * len(names)
    lines, held, read = [], 0, {}
    for truth, place in product(TRUTH_LAWS, range(len(names))):
        effects = [
            paired_effect(sign * gains(family, truth, place), tried)
            for family in (UNCENTRED, CENTRED)
        ]
        read[f"{truth}, {names[place]}"] = [ratio(each) for each in effects]
        if None in effects:
            continue
        there, here = effects
        assert there is not None
        assert here is not None
        if there.low > threshold and here.high < UNSEEN:
            held += 1
            lines.append(f"{truth.replace('-', ' ')}, {names[place]}: {ratio(there)}")
    return Finding(
        Outcome.HOLDS if held else Outcome.FAILS,
        "ln(D(GD)/D(HB)) on samples with mean 1 above zero, on centred ones at most ln 1.1, the "
        f"same law of theta* and the same start; {COUNT} data sets each. It holds with "
        + ("; ".join(lines) or "none")
        + ".",
        measured=f"{held} of {tried} readings",
        predicted="at least one",
        criterion=f"Student's intervals of paired logarithms, for {tried} readings at once",
        rtol=2e-2,
        atol=2e-2,
        data=_data(read) if form.name == "printed" else {},
    )


def _data(read: Mapping[str, Any]) -> dict[str, Any]:
    figures, numbers = [], {}
    # The intervals are those that hold for all readings of a family.
    several = readings(METHODS, methods_tables(), [GAIN])
    for name in METHODS.ranges:
        rows = [each for each in several if each.range == name]
        figures.append(effects_figure(METHODS, rows))
        numbers[name] = {
            f"{each.setting.family}, {each.setting.truth}": None
            if (effect := each.effects[GAIN.label]) is None
            else [effect.mean, effect.low, effect.high]
            for each in rows
        }
    small = {
        setting.family: table.small_parameter
        for setting, table in methods_tables().items()
        if setting.truth == TRUTH_LAWS[0]
    }
    return {"uncentred, centred": dict(read), "gains": numbers, "small": small, "figure": figures}


def forms() -> Forms:
    """Return the printed statement and wrong ones."""
    return Forms(
        Form(
            "printed",
            "Heavy ball is better than GD on uncentred data and not on centred data",
            (+1, 0.0),
        ),
        mutants=(
            Form(
                "the other way round",
                "GD is better, by a fifth, on uncentred data only",
                (-1, float(np.log(1.2))),
            ),
            Form("ten times better", "heavy ball divides D by ten there", (+1, float(np.log(10)))),
        ),
    )


CLAIMS = (
    Claim(
        id="papazov.centring",
        title="Momentum on centred and uncentred data",
        paper=PAPER,
        equation="summary",
        printed=PRINTED,
        claimed_over="all uncentred data, all centred data; which is not stated",
        sampled_over=lambda: (
            sampled(METHODS) + "; heavy ball with beta = 0.9 and GD at one "
            "learning rate, lambda = 0.1; samples with mean 1 against mean 0, both N(., 1)"
        ),
        forms=forms,
        checks=(Check("where", "Where is heavy ball better than GD?", where_better),),
        empirical=True,
        remark="Which laws of theta* it is seen for, `papazov.centring.mean-target` explains.",
    ),
)

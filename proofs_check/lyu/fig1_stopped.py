"""Lyu et al., Fig. 1(b) when training stops early: the same number of steps for every method."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np

from numeric.distance_curves import distance_curves
from proofs_check.claim import Claim, Form, Forms
from proofs_check.experiment_claims import sampled, trend_check
from proofs_check.experiment_trends import gain
from proofs_check.experiments import Place, Setting, Table
from proofs_check.lyu.fig1 import PANEL_B, SMALLER_EPSILON

PAPER = "Lyu et al. 2025"
#: When training stops; GD takes 1/(1 - mu) = 10 times the steps of momentum to come as far.
STOPS = (300, 1000, 3000)
PANEL = replace(
    PANEL_B,
    name="fig1b-stopped",
    title=r"Fig. 1(b), $\varepsilon = 0.2$, training stopped early, mean of $\ln D$ over scales",
    words="Every method stopped after the same number of steps, before it has converged.",
    xlabel="steps at which training stops",
    places=tuple(Place(float(stop), 0.0) for stop in STOPS),
    ranges={f"stopped after {stop} steps": (place,) for place, stop in enumerate(STOPS)},
)


def stopped_table(setting: Setting) -> Table:
    """Return D after each number of steps, the geometric mean over the scales of the panel."""
    datasets = PANEL.count(setting)
    found = {each.label: np.empty((datasets, len(STOPS))) for each in PANEL.algorithms}
    for number in range(datasets):
        cells = [cell for cell in PANEL_B.cells(setting) if cell.data == setting.data(number)]
        curves = distance_curves(setting.data(number).problem(), cells, STOPS)
        shape = (len(PANEL_B.places), len(PANEL.algorithms), len(STOPS))
        logs = np.log(np.where(np.isfinite(curves), curves, np.nan)).reshape(shape).mean(axis=0)
        for place, algorithm in enumerate(PANEL.algorithms):
            found[algorithm.label][number] = np.exp(logs[place])
    lost = int(sum(np.isnan(each).sum() for each in found.values()))
    total = datasets * len(STOPS) * len(PANEL.algorithms)
    return Table(found, Counter({"stopped": total - lost, "diverged": lost}), np.nan)


@cache
def stopped() -> Mapping[Setting, Table]:
    """Return the table of every setting."""
    return {setting: stopped_table(setting) for setting in PANEL.settings}


def forms() -> Forms:
    """Return what Fig. 1(b) is said to show, of runs that are stopped, and wrong trends."""
    large = tuple(replace(gain(name, "GD"), threshold=float(np.log(100))) for name in ("HB", "NAG"))
    return Forms(
        Form(
            "printed",
            r"At $\varepsilon = 0.2$, after the same number of steps, HB and NAG are better than "
            "GD",
            (gain("HB", "GD"), gain("NAG", "GD")),
        ),
        mutants=(
            Form("a hundred times better", "momentum divides D by a hundred or more", large),
            Form(
                "GD better",
                "GD is twice as good",
                (replace(gain("GD", "HB"), threshold=float(np.log(2))),),
            ),
        ),
    )


CLAIMS = (
    Claim(
        id="lyu.fig1b.stopped",
        title=r"Fig. 1(b) when training stops early",
        paper=PAPER,
        equation="Fig. 1(b)",
        printed=SMALLER_EPSILON,
        claimed_over="limits of training; when training was stopped is not stated",
        sampled_over=lambda: sampled(PANEL),
        forms=forms,
        checks=(trend_check(PANEL, stopped),),
        empirical=True,
        remark="GD needs 1/(1 - mu) times the steps of momentum. Where it is stopped with it, it "
        "is still near the saddle or on its way: what is seen is speed, not a property of the "
        "limit. A smaller epsilon makes training slower and this difference larger, the trend in "
        "print.",
    ),
)

"""Lyu et al., Fig. 3: smaller learning rates and smaller momenta come closer to GD."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np

from numeric.distance_curves import distance_curves
from proofs_check.claim import Claim, Form, Forms, Quotation
from proofs_check.experiment_claims import Picture, sampled, trend_check
from proofs_check.experiment_figures import QUARTILES, small_parameter_words
from proofs_check.experiment_trends import approaches
from proofs_check.experiments import (
    Algorithm,
    Panel,
    Place,
    Setting,
    Table,
    settings_of,
    tables,
)

PAPER = "Lyu et al. 2025"
#: Learning rates and momenta, from the one furthest from GD to the nearest.
RATES, MOMENTA = (0.03, 0.01, 0.003), (0.9, 0.6, 0.3)
ETA, DIMENSION = 0.01, 100
SCALE = float(np.sqrt(0.1240 / DIMENSION))
GD = Algorithm("GD", "gd", ETA, 0.0)
#: The data of section 3.2 before they are scaled: training on the scaled ones is slow.
EPSILONS = (1.0,)
#: Steps at which the figure shows D.
STEPS = tuple(dict.fromkeys(int(k) for k in np.geomspace(1, 10_000, 40)))


def _panel(letter: str, title: str, words: str, algorithms: tuple[Algorithm, ...]) -> Panel:
    return Panel(
        f"fig3{letter}",
        title,
        words,
        "steps",
        (GD, *algorithms),
        (Place(1.0, SCALE),),
        settings_of(EPSILONS, truths=("random-signs", "normal")),
        {"at the limit": (0,)},
        accuracy=1e-6,
        max_steps=100_000,
    )


PANEL_A = _panel(
    "a",
    r"Fig. 3(a), $\mu = 0.9$, learning rates in brackets",
    "A smaller learning rate brings momentum closer to GD.",
    tuple(
        Algorithm(f"{method.upper()} ({rate:g})", method, rate)
        for method in ("hb", "nag")
        for rate in RATES
    ),
)
PANEL_B = _panel(
    "b",
    r"Fig. 3(b), $\eta = 0.01$, momenta in brackets",
    "A smaller momentum brings momentum methods closer to GD.",
    tuple(
        Algorithm(f"{method.upper()} ({mu:g})", method, ETA, mu)
        for method in ("hb", "nag")
        for mu in MOMENTA
    ),
)


@cache
def tables_a() -> Mapping[Setting, Table]:
    """Return the tables of Fig. 3(a)."""
    return tables(PANEL_A)


@cache
def tables_b() -> Mapping[Setting, Table]:
    """Return the tables of Fig. 3(b)."""
    return tables(PANEL_B)


def curves(panel: Panel, setting: Setting) -> dict[str, Any]:
    """Return D along training as a figure: median and quartiles over data sets."""
    datasets, cells = panel.count(setting), panel.cells(setting)
    found = np.stack(
        [
            distance_curves(
                setting.data(number).problem(),
                [each for each in cells if each.data == setting.data(number)],
                STEPS,
            )
            for number in range(datasets)
        ]
    )
    low, middle, high = (np.percentile(found, q, axis=0) for q in QUARTILES)
    series = [
        {
            "label": algorithm.label,
            "x": list(STEPS),
            "y": middle[k].tolist(),
            "low": low[k].tolist(),
            "high": high[k].tolist(),
            "style": "",
        }
        for k, algorithm in enumerate(panel.algorithms)
    ]
    return {
        "kind": "curves",
        "title": panel.title,
        "xlabel": "steps",
        "ylabel": r"$D(\theta_k, \theta^*)$",
        "xscale": "log",
        "yscale": "log",
        "caption": f"{panel.title}, {setting.family} data, epsilon {setting.epsilon:g}: median and "
        f"quartiles over {datasets} data sets.",
        "series": series,
    }


def _forms(panel: Panel, statement: str, near: str, wrong: str) -> Forms:
    lines = {
        name: [each.label for each in panel.algorithms if each.label.startswith(name)]
        for name in ("HB", "NAG")
    }

    def printed(form: str, *, reverse: bool) -> Form:
        ends = {
            name: (line[-1], line[0]) if reverse else (line[0], line[-1])
            for name, line in lines.items()
        }
        trends = tuple(approaches(*pair, "GD") for pair in ends.values())
        return Form(form, wrong if reverse else statement, trends)

    first = {name: (line[0], line[1]) for name, line in lines.items()}
    return Forms(
        printed("printed", reverse=False),
        mutants=(
            printed(near, reverse=True),
            Form(
                "a hundredfold",
                "one step of the axis divides the difference by a hundred",
                tuple(
                    approaches(*pair, "GD", threshold=float(np.log(100))) for pair in first.values()
                ),
            ),
        ),
    )


def forms_a() -> Forms:
    """Return what Fig. 3(a) is said to show, and wrong trends."""
    return _forms(
        PANEL_A,
        r"The difference in $D$ between momentum and GD is smaller for smaller $\eta$",
        "larger with a smaller rate",
        r"The difference is larger for smaller $\eta$",
    )


def forms_b() -> Forms:
    """Return what Fig. 3(b) is said to show, and wrong trends."""
    return _forms(
        PANEL_B,
        r"The difference in $D$ between momentum and GD is smaller for smaller $\mu$",
        "larger with a smaller momentum",
        r"The difference is larger for smaller $\mu$",
    )


def _with_curves(panel: Panel, found: Callable[[], Mapping[Setting, Table]]) -> Picture:
    def picture() -> dict[str, Any]:
        figure = curves(panel, panel.settings[0])
        small = found()[panel.settings[0]].small_parameter
        return {**figure, "caption": f"{figure['caption']} {small_parameter_words(small)}"}

    return picture


PRINTED = Quotation(
    "lyu2025.txt",
    238,
    "both decreasing the learning rate and the momentum factor make the difference between the "
    "implicit bias of momentum-based methods and that of GD not significant",
)

CLAIMS = (
    Claim(
        id="lyu.fig3a",
        title="Fig. 3(a): smaller learning rates",
        paper=PAPER,
        equation="Fig. 3(a)",
        printed=PRINTED,
        claimed_over="one data set; law of theta* and epsilon are not stated",
        sampled_over=lambda: sampled(PANEL_A),
        forms=forms_a,
        checks=(trend_check(PANEL_A, tables_a, _with_curves(PANEL_A, tables_a)),),
        empirical=True,
        remark="What is left at a small learning rate is GD's own distance from gradient flow, "
        "which its fixed learning rate keeps.",
    ),
    Claim(
        id="lyu.fig3b",
        title="Fig. 3(b): smaller momenta",
        paper=PAPER,
        equation="Fig. 3(b)",
        printed=PRINTED,
        claimed_over="one data set; law of theta* and epsilon are not stated",
        sampled_over=lambda: sampled(PANEL_B),
        forms=forms_b,
        checks=(trend_check(PANEL_B, tables_b, _with_curves(PANEL_B, tables_b)),),
        empirical=True,
    ),
)

"""Lyu et al., section 3.2: when momentum is said to be better than GD, from unbiased starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np

from numeric.cells import Cell
from numeric.compiled import inertia
from numeric.saddle_escape import push_at_the_saddle
from proofs_check.claim import Claim, Form, Forms, Quotation
from proofs_check.experiment_claims import sampled, trend_check
from proofs_check.experiment_trends import Trend, gain
from proofs_check.experiments import (
    Algorithm,
    Panel,
    Place,
    Setting,
    Table,
    run_one_by_one,
    settings_of,
)
from symbolic.two_step import HEAVY_BALL

PAPER = "Lyu et al. 2025"
MOMENTUM = 0.9
#: alpha |X^T y|_inf/(n (1 - mu)) of heavy ball: from much smaller than one to about one.
CRITERIA = (0.05, 3.0)
SIZES = (0.03, 0.1)
ALGORITHMS = (
    Algorithm("GD", "gd", 0.0, 0.0),
    Algorithm("HB", "hb", 0.0, MOMENTUM),
    Algorithm("NAG", "nag", 0.0, MOMENTUM),
)
PANEL = Panel(
    "sec32",
    r"Section 3.2, unbiased starts",
    r"Momentum better than GD where $\alpha|X^Ty|_\infty/(n(1-\mu))$ is small, worse where it is "
    "not.",
    r"$\alpha\,|X^Ty|_\infty/(n(1-\mu))$",
    ALGORITHMS,
    tuple(Place(criterion, size) for size in SIZES for criterion in CRITERIA),
    settings_of([1.0]),
    {
        f"u = v = {size:g}": tuple(range(k * len(CRITERIA), (k + 1) * len(CRITERIA)))
        for k, size in enumerate(SIZES)
    },
    max_steps=100_000,
)


def _cells(setting: Setting) -> list[Cell]:
    cells = []
    for number in range(PANEL.count(setting)):
        data = setting.data(number)
        # alpha = a eta, and |X^T y|_inf/n = push/(2 eta).
        unit = float(inertia(MOMENTUM, HEAVY_BALL.with_momentum(MOMENTUM).kappa, 1.0))
        gradient = push_at_the_saddle(data.problem(), 0.5)
        cells += [
            Cell.of_method(
                data,
                algorithm.method,
                place.x * (1 - MOMENTUM) / (unit * gradient),
                place.init_scale,
                momentum=algorithm.momentum,
                max_steps=PANEL.max_steps,
            )
            for place in PANEL.places
            for algorithm in ALGORITHMS
        ]
    return cells


@cache
def found() -> Mapping[Setting, Table]:
    """Return the table of every setting; the learning rate is set by the criterion."""
    made = {}
    for setting in PANEL.settings:
        ends = run_one_by_one(_cells(setting))
        made[setting] = Table.of([each.label for each in ALGORITHMS], len(PANEL.places), ends)
    return made


def _at(label: str, over: str, place: int) -> Trend:
    """Return the gain at one place of the range."""
    trend = gain(label, over)
    where = f"criterion {CRITERIA[place]:g}"
    return replace(
        trend,
        label=f"{trend.label} at {where}",
        of=lambda table, places: trend.of(table, [places[place]]),
    )


def forms() -> Forms:
    """Return the printed criterion, and wrong ones."""
    names = ("HB", "NAG")
    return Forms(
        Form(
            "printed",
            r"HB and NAG are better than GD where $\alpha X^Ty \ll n(1-\mu)$, and worse otherwise",
            (*(_at(name, "GD", 0) for name in names), *(_at("GD", name, 1) for name in names)),
        ),
        mutants=(
            Form(
                "ten times better where it is small",
                "momentum divides D by ten where the criterion is small",
                tuple(replace(_at(name, "GD", 0), threshold=float(np.log(10))) for name in names),
            ),
            Form(
                "better everywhere",
                "momentum is better whatever the criterion says",
                tuple(_at(name, "GD", place) for name in names for place in (0, 1)),
            ),
        ),
    )


CLAIMS = (
    Claim(
        id="lyu.sec32.criterion",
        title="When momentum is better than GD, from unbiased starts",
        paper=PAPER,
        equation="section 3.2",
        printed=Quotation(
            "lyu2025.txt",
            169,
            "HB and NAG outperform GD regarding the generalization when $\\alpha X^T y$ is much "
            "smaller than $n(1-\\mu)$ and they would have worse generalization performance than GD "
            "otherwise",
        ),
        claimed_over="all data of section 3.2, every method with momentum",
        sampled_over=lambda: sampled(PANEL),
        forms=forms,
        checks=(trend_check(PANEL, found),),
        depends=("lyu.unbiased.r",),
        empirical=True,
        remark="The linear term that the criterion speaks of is constant on the interpolators to "
        "first order (`lyu.thm3.gradient-init`). What the criterion measures is the size of "
        "momentum's whole effect, not its sign.",
    ),
)

"""Lyu et al., Fig. 1: the error of the limit against the scale of an unbiased start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np

from proofs_check.claim import Claim, Form, Forms, Quotation
from proofs_check.experiment_claims import sampled, trend_check
from proofs_check.experiment_trends import Trend, falls, gain, no_gain
from proofs_check.experiments import Algorithm, Panel, Place, Setting, Table, settings_of, tables

PAPER = "Lyu et al. 2025"
SMALLER_EPSILON = Quotation(
    "lyu2025.txt",
    172,
    "As shown in Fig. 1, as we decrease the value of ε which decreases the magnitude of "
    "\\mathcal{R}^M , the generalization benefit of HB and NAG becomes more significant",
)
ETA, DIMENSION = 0.03, 100
#: c of u = v = c.
SCALES = tuple(float(c) for c in np.geomspace(0.02, 1.0, 4))
ALGORITHMS = (
    Algorithm("GD", "gd", ETA, 0.0),
    Algorithm("HB", "hb", ETA),
    Algorithm("NAG", "nag", ETA),
)
RANGES = {"all scales": (0, 1, 2, 3), "small scales": (0, 1), "large scales": (2, 3)}


def panel(letter: str, epsilon: float, words: str) -> Panel:
    """Return one panel of Fig. 1."""
    return Panel(
        f"fig1{letter}",
        rf"Fig. 1({letter}), $\varepsilon = {epsilon:g}$",
        words,
        r"$\|\xi\|_1$",
        ALGORITHMS,
        tuple(Place(DIMENSION * c**2, c) for c in SCALES),
        settings_of([epsilon]),
        RANGES,
        elsewhere=8,
    )


PANEL_A = panel("a", 0.6, "No advantage of heavy ball and Nesterov's method over GD.")
PANEL_B = panel("b", 0.2, "Heavy ball and Nesterov's method better than GD.")


@cache
def tables_a() -> Mapping[Setting, Table]:
    """Return the tables of Fig. 1(a)."""
    return tables(PANEL_A)


@cache
def tables_b() -> Mapping[Setting, Table]:
    """Return the tables of Fig. 1(b)."""
    return tables(PANEL_B)


RICH = falls("GD")


def _mutants(*others: Form) -> tuple[Form, ...]:
    larger = tuple(replace(gain(name, "GD"), threshold=float(np.log(5))) for name in ("HB", "NAG"))
    return (
        *others,
        Form("five times better", "momentum divides D by five or more", larger),
        Form(
            "kernel regime is better",
            "D grows as the scale of the start falls",
            (
                Trend(
                    "D(GD) at the smallest over the largest scale",
                    lambda table, places: -RICH.of(table, places),
                ),
            ),
        ),
    )


def forms_a() -> Forms:
    """Return what Fig. 1(a) is said to show, and wrong trends."""
    return Forms(
        Form(
            "printed",
            r"At $\varepsilon = 0.6$ HB and NAG have no advantage over GD, and $D$ falls with the "
            "scale of the start",
            (no_gain("HB", "GD"), no_gain("NAG", "GD"), RICH),
        ),
        mutants=_mutants(
            Form(
                "an advantage",
                "HB and NAG are better than GD",
                (gain("HB", "GD"), gain("NAG", "GD")),
            )
        ),
    )


def forms_b() -> Forms:
    """Return what Fig. 1(b) is said to show, and wrong trends."""
    return Forms(
        Form(
            "printed",
            r"At $\varepsilon = 0.2$ HB and NAG are better than GD, and $D$ falls with the scale "
            "of the start",
            (gain("HB", "GD"), gain("NAG", "GD"), RICH),
        ),
        mutants=_mutants(),
    )


CLAIMS = (
    Claim(
        id="lyu.fig1a",
        title=r"Fig. 1(a): unbiased starts, $\varepsilon = 0.6$",
        paper=PAPER,
        equation="Fig. 1(a)",
        printed=Quotation(
            "lyu2025.txt",
            54,
            "HB and NAG will have better generalization performances than GD, e.g., when the "
            "initialization is highly biased (Fig. 2(a)), otherwise, they will not show such "
            "advantages over GD (Fig. 1(a))",
        ),
        claimed_over="one data set; law of theta*, axis and stopping are not stated",
        sampled_over=lambda: sampled(PANEL_A),
        forms=forms_a,
        checks=(trend_check(PANEL_A, tables_a),),
        empirical=True,
    ),
    Claim(
        id="lyu.fig1b",
        title=r"Fig. 1(b): unbiased starts, $\varepsilon = 0.2$",
        paper=PAPER,
        equation="Fig. 1(b)",
        printed=SMALLER_EPSILON,
        claimed_over="one data set; law of theta*, axis and stopping are not stated",
        sampled_over=lambda: sampled(PANEL_B),
        forms=forms_b,
        checks=(trend_check(PANEL_B, tables_b),),
        depends=("lyu.fig1.scaling",),
        empirical=True,
        remark="By the exact symmetry of `lyu.fig1.scaling` this panel is the other one with a "
        "ninth of the learning rate: the difference between momentum and GD is smaller here, "
        "whichever sign it has.",
    ),
)

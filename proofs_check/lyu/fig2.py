"""Lyu et al., Fig. 2: biased starts, the error against the scale and against the bias."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np

from proofs_check.claim import Claim, Form, Forms, Quotation
from proofs_check.experiment_claims import sampled, trend_check
from proofs_check.experiment_trends import Trend, gain, no_gain
from proofs_check.experiments import Algorithm, Panel, Place, Setting, Table, settings_of, tables

PAPER = "Lyu et al. 2025"
ETA, DIMENSION = 0.1, 100
METHODS = (
    Algorithm("GD", "gd", ETA, 0.0),
    Algorithm("HB", "hb", ETA),
    Algorithm("NAG", "nag", ETA),
)
#: Section 3.3 has "the same dataset" as section 3.2, which has two.
EPSILONS = (0.2, 0.6)
BIAS = 0.03
SCALES = tuple(float(c) for c in np.geomspace(0.01, 0.1, 3))
#: From u(0) much smaller than v(0) to the unbiased start, at the printed scale of 2(b).
BIASES = (0.03, 0.3, 1.0)
SCALE = float(np.sqrt(0.0046 / DIMENSION))

PANEL_A = Panel(
    "fig2a",
    rf"Fig. 2(a), $\varphi = {BIAS}$",
    "Heavy ball, Nesterov's method and SGD better than GD from a biased start.",
    r"$\|\xi\|_1$",
    (*METHODS, Algorithm("SGD", "sgd", ETA, 0.0)),
    tuple(Place(DIMENSION * c**2, c, BIAS) for c in SCALES),
    settings_of(EPSILONS, (1, 10)),
    {"all scales": (0, 1, 2), "smallest scale": (0,), "largest scale": (2,)},
    max_steps=30_000,
)
PANEL_B = Panel(
    "fig2b",
    r"Fig. 2(b), $\|\xi\|_1 = 0.0046$",
    "An advantage of momentum at a biased start that disappears towards the unbiased one.",
    r"$\varphi$",
    METHODS,
    tuple(Place(bias, SCALE, bias) for bias in BIASES),
    settings_of(EPSILONS),
    {f"biased is phi = {bias:g}": (place,) for place, bias in enumerate(BIASES[:-1])},
    max_steps=30_000,
)
UNBIASED = (len(BIASES) - 1,)


@cache
def tables_a() -> Mapping[Setting, Table]:
    """Return the tables of Fig. 2(a)."""
    return tables(PANEL_A)


@cache
def tables_b() -> Mapping[Setting, Table]:
    """Return the tables of Fig. 2(b)."""
    return tables(PANEL_B)


def _at_least(trend: Trend, factor: float) -> Trend:
    return replace(trend, threshold=float(np.log(factor)))


def forms_a() -> Forms:
    """Return what Fig. 2(a) is said to show, and wrong trends."""
    others = ("HB", "NAG", "SGD")
    return Forms(
        Form(
            "printed",
            r"From $\varphi = 0.03$ HB, NAG and SGD are better than GD",
            tuple(gain(name, "GD") for name in others),
        ),
        mutants=(
            Form(
                "ten times better",
                "each divides D by ten or more",
                tuple(_at_least(gain(name, "GD"), 10) for name in others),
            ),
            Form(
                "GD ten times better",
                "GD has a tenth of the D of each",
                tuple(_at_least(gain("GD", name), 10) for name in others),
            ),
        ),
    )


def forms_b() -> Forms:
    """Return what Fig. 2(b) is said to show, and wrong trends."""
    return Forms(
        Form(
            "printed",
            r"HB and NAG are better than GD at small $\varphi$; at $\varphi = 1$ they are not",
            (
                gain("HB", "GD"),
                gain("NAG", "GD"),
                no_gain("HB", "GD", UNBIASED),
                no_gain("NAG", "GD", UNBIASED),
            ),
        ),
        mutants=(
            Form(
                "ten times better",
                "each divides D by ten or more at small bias",
                (_at_least(gain("HB", "GD"), 10), _at_least(gain("NAG", "GD"), 10)),
            ),
            Form(
                "grows to the unbiased start",
                "the advantage at the unbiased start is tenfold",
                tuple(_at_least(gain(name, "GD", UNBIASED), 10) for name in ("HB", "NAG")),
            ),
        ),
    )


CLAIMS = (
    Claim(
        id="lyu.fig2a",
        title=r"Fig. 2(a): biased starts, error against scale",
        paper=PAPER,
        equation="Fig. 2(a)",
        printed=Quotation(
            "lyu2025.txt",
            204,
            "As shown in Fig. 2(a), as a result of the initialization mitigation effects, HB, NAG, "
            "and SGD exhibit better generalization performance than GD for sparse regression.",
        ),
        claimed_over="one data set; law of theta*, epsilon, minibatch, axis and stopping are not "
        "stated",
        sampled_over=lambda: sampled(PANEL_A),
        forms=forms_a,
        checks=(trend_check(PANEL_A, tables_a),),
        empirical=True,
    ),
    Claim(
        id="lyu.fig2b",
        title="Fig. 2(b): error against the bias of the start",
        paper=PAPER,
        equation="Fig. 2(b)",
        printed=Quotation(
            "lyu2025.txt",
            204,
            "as we increasing φ , the initialization becomes less biased and the extra dependence "
            "on the initialization of gradient of HB and NAG outperforms their initialization "
            "mitigation effects, and, as a result, the generalization benefits of momentum-based "
            "methods disappear",
        ),
        claimed_over="one data set; law of theta*, epsilon and stopping are not stated",
        sampled_over=lambda: sampled(PANEL_B),
        forms=forms_b,
        checks=(trend_check(PANEL_B, tables_b),),
        empirical=True,
    ),
)

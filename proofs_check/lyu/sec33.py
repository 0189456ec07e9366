"""Lyu et al., section 3.3: biased starts, when R^M is close to R^GF, and what follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np
import sympy as sp

from proofs_check.claim import Check, Claim, Finding, Form, Forms, Quotation, exact_zero
from proofs_check.experiment_claims import sampled, trend_check
from proofs_check.experiment_trends import gain, no_gain
from proofs_check.experiments import Algorithm, Panel, Place, Setting, Table, settings_of, tables
from symbolic.derivation import Step
from symbolic.implicit_bias import (
    gradient_flow_bias_printed,
    gradient_term_first_order,
    momentum_bias_printed,
)
from symbolic.symbols import ALPHA, G_0, MU

PAPER = "Lyu et al. 2025"


# --- R^M against R^GF -----------------------------------------------------------------------------


def difference_of_terms(form: Form) -> Finding:
    """Decide that R^M - R^GF vanishes with alpha dL/d theta, and its first coefficient."""
    difference = momentum_bias_printed() - gradient_flow_bias_printed()
    at_zero = difference.subs(ALPHA, 0)
    slope = sp.radsimp(sp.diff(difference, ALPHA).subs(ALPHA, 0))
    return exact_zero(
        [at_zero, slope - form.content],
        r"$R^M - R^{GF}$ at $\alpha = 0$; and its derivative by $\alpha$ there minus the stated "
        r"one, for every $\theta(0)$, $\xi$ and $\mu$.",
    )


def term_forms() -> Forms:
    """Return the first-order difference and wrong ones."""
    slope = G_0 / (1 - MU)
    return Forms(
        Form(
            "printed",
            r"$R^M - R^{GF} = \alpha\,\partial L(\theta(0))/(1-\mu) + O(\alpha^2)$: the terms are "
            "close where the gradient at the start is small",
            slope,
        ),
        mutants=(
            Form("four times as large", r"$4\alpha\,\partial L/(1-\mu)$", 4 * slope),
            Form("opposite sign", r"$-\alpha\,\partial L/(1-\mu)$", -slope),
            Form("without 1/(1-mu)", r"$\alpha\,\partial L$", G_0),
        ),
    )


def derivation() -> tuple[Step, ...]:
    """Return the two terms and the first order of their difference."""
    return (
        Step("As printed, the linear term of momentum flow is", momentum_bias_printed()),
        Step("and that of gradient flow", gradient_flow_bias_printed()),
        Step(
            r"Their difference at first order, $\alpha$ times this, is the same for every start:",
            gradient_term_first_order(),
        ),
    )


# --- What follows for generalisation --------------------------------------------------------------

ETA = 0.03
SLIGHT = (0.9,)
HIGH = 0.1
PANEL = Panel(
    "sec33",
    "Section 3.3, biased starts",
    "Momentum better than GD from a biased start, not from a slightly biased one.",
    r"$\varphi$",
    (
        Algorithm("GD", "gd", ETA, 0.0),
        Algorithm("HB", "hb", ETA),
        Algorithm("NAG", "nag", ETA),
    ),
    tuple(Place(bias, 0.03, bias) for bias in (HIGH, *SLIGHT)),
    settings_of([0.2]),
    {f"slightly biased is phi = {bias:g}": (0, place) for place, bias in enumerate(SLIGHT, 1)},
    max_steps=30_000,
)


@cache
def found() -> Mapping[Setting, Table]:
    """Return the table of every setting."""
    return tables(PANEL)


def benefit_forms() -> Forms:
    """Return the printed trend and wrong ones."""
    names = ("HB", "NAG")

    def biased(name: str, factor: float = 1.0):
        trend = gain(name, "GD")
        return replace(
            trend,
            label=f"{trend.label} at phi = {HIGH:g}",
            of=lambda table, places: trend.of(table, places[:1]),
            threshold=float(np.log(factor)),
        )

    def slight(name: str):
        trend = no_gain(name, "GD")
        return replace(
            trend,
            label=f"{trend.label} slightly biased",
            of=lambda table, places: trend.of(table, places[1:]),
        )

    return Forms(
        Form(
            "printed",
            "From a biased start HB and NAG are better than GD, from a slightly biased one not",
            (*map(biased, names), *map(slight, names)),
        ),
        mutants=(
            Form(
                "ten times better",
                "momentum divides D by ten from a biased start",
                tuple(biased(name, 10.0) for name in names),
            ),
            Form(
                "GD ten times better",
                "GD has a tenth of the D from a slightly biased start",
                tuple(replace(gain("GD", name), threshold=float(np.log(10))) for name in names),
            ),
        ),
    )


CLAIMS = (
    Claim(
        id="lyu.sec33.close.terms",
        title="The linear terms of momentum and gradient flow are close",
        paper=PAPER,
        equation="section 3.3",
        printed=Quotation(
            "lyu2025.txt",
            198,
            "then \\mathcal{R}^{GF} is close to \\mathcal{R}^{M}",
        ),
        claimed_over="every start with a small gradient",
        sampled_over="the same, symbolically",
        forms=term_forms,
        checks=(
            Check(
                "difference",
                "What is the difference to first order?",
                difference_of_terms,
                exact=True,
                proves=True,
            ),
        ),
        derivation=derivation,
        remark="That the shift be small against theta(0) is not needed. And the first-order "
        "difference is a multiple of the gradient, which is constant on the interpolators: by "
        "`lyu.thm3.gradient-init` it cannot act, however large it is. Both terms are taken as "
        "printed, with the sign that `lyu.prop2` corrects.",
    ),
    Claim(
        id="lyu.sec33.close.benefit",
        title="The benefit at biased starts, and none at slightly biased ones",
        paper=PAPER,
        equation="section 3.3",
        printed=Quotation(
            "lyu2025.txt",
            198,
            "However, when the initialization is only slightly biased, i.e., $u(0) \\neq v(0)$ and "
            "$u(0)$ is close to $v(0)$, the dependence on $\\nabla L(\\theta(0))$ of the solutions "
            "of HB and NAG is important and the generalization benefit of HB and NAG for sparse "
            "regression may disappear.",
        ),
        claimed_over="all data of section 3.2; how biased is not stated",
        sampled_over=lambda: sampled(PANEL),
        forms=benefit_forms,
        checks=(trend_check(PANEL, found),),
        depends=("lyu.sec33.close.terms",),
        empirical=True,
        remark="A bias of the start pulls every solution away from sparse ones through the linear "
        "term, which a smaller scale weakens: momentum's smaller scale can help there for a reason "
        "that has nothing to do with the gradient at the start.",
    ),
)

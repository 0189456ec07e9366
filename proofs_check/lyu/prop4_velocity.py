"""Lyu et al., remark (ii) after Prop. 4: the mirror flow is that of theta + alpha theta'."""

from __future__ import annotations

import sympy as sp

from proofs_check.claim import Claim, Form, Forms, Quotation, mutant_forms
from proofs_check.lyu.prop4 import FLOW, PAPER, SERIES
from proofs_check.mirror_flow_runs import MOMENTA, Statement
from symbolic.derivation import Step
from symbolic.mirror_flow import mirror_residual, smoothed_predictor
from symbolic.symbols import ALPHA


def forms() -> Forms:
    """Return the remark and the same with other multiples of the velocity, theta alone first."""
    weights = [
        ("theta alone", sp.S.Zero),
        ("theta - alpha theta'", sp.S.NegativeOne),
        ("alpha 5 % larger in theta + alpha theta'", sp.Rational(21, 20)),
        ("alpha 5 % smaller in theta + alpha theta'", sp.Rational(19, 20)),
        ("theta + 2 alpha theta'", sp.Integer(2)),
    ]
    return Forms(
        Form(
            "printed",
            r"With $\theta + \alpha\dot\theta$ in the potential (11) holds up to $O(\alpha^2)$, "
            r"with $\theta$ or any other multiple of $\dot\theta$ it does not",
            Statement(),
        ),
        mutants=mutant_forms([(name, Statement(weight=weight)) for name, weight in weights]),
    )


def derivation() -> tuple[Step, ...]:
    """Return what theta + alpha theta' is on the slow path and what theta alone leaves."""
    smooth = smoothed_predictor(1)
    return (
        Step(
            r"On the slow path $\theta + \alpha\dot\theta$ is, up to $O(\alpha^2)$,",
            smooth[0] + ALPHA * smooth[1],
        ),
        Step(
            r"With $\theta$ alone in the potential the residual of (11) starts with $\alpha$ times "
            r"$\dot g/(1-\mu)$:",
            ALPHA * mirror_residual(1, weight=sp.S.Zero)[1],
        ),
    )


CLAIMS = (
    Claim(
        id="lyu.prop4.velocity",
        title="It is theta + alpha theta', not theta",
        paper=PAPER,
        equation="Remark (ii) after Proposition 4",
        printed=Quotation(
            "lyu2025.txt",
            224,
            r"It is $\bar{\theta}_\alpha$, not θ , appears in the mirror flow potential for "
            r"diagonal linear networks under HB and NAG flow",
        ),
        claimed_over="as Proposition 4",
        sampled_over=(
            "series: any loss, any start u = v, symbolic mu; flows: one well conditioned problem, "
            f"mu in {', '.join(map(str, MOMENTA))}, gradient-like initial velocities"
        ),
        forms=forms,
        checks=(SERIES, FLOW),
        depends=("lyu.prop4",),
        derivation=derivation,
        remark=(
            "Under the hypothesis of the corrected Proposition 4 on the initial velocity. The "
            "extra term that the same remark mentions has a claim of its own."
        ),
    ),
)

"""Lyu et al., remark (ii) after Prop. 4: the mirror flow is that of theta + alpha theta'."""

from __future__ import annotations

import sympy as sp

from proofs_check.claim import (
    Check,
    Claim,
    Finding,
    Form,
    Forms,
    Outcome,
    Quotation,
    exact_zero,
    mutant_forms,
)
from proofs_check.lyu.prop4 import FLOW, PAPER, SERIES
from proofs_check.mirror_flow_runs import FACTORS, MOMENTA, Statement, leading_coefficients
from symbolic.derivation import Step
from symbolic.exact import decide_zero
from symbolic.mirror_flow import mirror_residual, smoothed_predictor
from symbolic.symbols import ALPHA


def only_multiple(form: Form) -> Finding:
    """Decide for which multiples w of alpha theta' the coefficient of alpha^1 vanishes.

    It is c (w - w_0) with a factor c that is not zero if, and only if, w_0 is the only one.
    """
    weight = FACTORS[0]
    first = leading_coefficients(form.content._replace(weight=weight))[1]
    slope = sp.cancel(sp.diff(first, weight))
    statement = (
        r"Coefficient of $\alpha$ of the residual of (11) with $\theta + w\alpha\dot\theta$, $w$ "
        r"any number, minus its derivative by $w$ times $w - w_0$, $w_0$ the stated multiple; the "
        "derivative is not zero and free of $w$."
    )
    if decide_zero(slope).zero is not False or slope.has(weight):
        return Finding(Outcome.FAILS, statement, measured=str(slope), predicted="other than 0")
    return exact_zero(first - slope * (weight - form.content.weight), statement, slope=str(slope))


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
            r"As a formal series behind the initial layer, (11) holds with $\theta + "
            r"\alpha\dot\theta$ in the potential up to $O(\alpha^2)$, and no further; with "
            r"$\theta$ or any other multiple of $\alpha\dot\theta$ it holds up to $O(\alpha)$ only",
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
            r"With $\theta + w\alpha\dot\theta$ in the potential, $w$ any number, the residual of "
            "(11) starts with this, which vanishes for one $w$ only:",
            ALPHA * mirror_residual(1, weight=FACTORS[0])[1],
        ),
        Step(
            r"With $\theta$ alone, $w = 0$, it starts with $\alpha$ times $\dot g/(1-\mu)$:",
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
            f"mu in {', '.join(map(str, MOMENTA))}, gradient-like initial velocities; other "
            "multiples: a free symbol"
        ),
        forms=forms,
        checks=(
            SERIES,
            Check(
                "only multiple",
                "Does the coefficient of alpha vanish for this multiple of alpha theta' only?",
                only_multiple,
                exact=True,
            ),
            FLOW,
        ),
        depends=("lyu.prop4",),
        derivation=derivation,
        remark=(
            "Under the hypothesis of the corrected Proposition 4 on the initial velocity. The "
            "extra term that the same remark mentions has a claim of its own."
        ),
    ),
)

"""Lyu et al., Eq. (11): the linear term R^M inside the mirror flow."""

from __future__ import annotations

import sympy as sp

from proofs_check.claim import Check, Claim, Finding, Form, Forms, Quotation, exact_zero
from proofs_check.lyu.prop4 import PAPER
from proofs_check.mirror_flow_runs import MOMENTA, Statement, mirror_flow_finding
from symbolic.derivation import Step
from symbolic.implicit_bias import momentum_bias_printed
from symbolic.momentum_flow import time_derivative
from symbolic.networks import SQUARED_DIFFERENCE
from symbolic.symbols import ALPHA, G_0, THETA_0, G


def rate_of_bias(form: Form) -> Finding:
    """Decide whether the term changes with time: only then could it act in (11)."""
    return exact_zero(
        time_derivative(sp.sympify(form.content)),
        r"Time derivative of $\nabla(\bar\theta_\alpha \cdot R) = R$ along the flow.",
    )


def forms() -> Forms:
    """Return R^M, variants of it that are as constant, and versions that move with the flow."""
    printed = momentum_bias_printed()
    running = {G_0: G}
    moving = {THETA_0: SQUARED_DIFFERENCE.predictor}
    return Forms(
        Form("printed", rf"(11) with $R = {sp.latex(printed)}$ up to $O(\alpha^2)$", printed),
        mutants=(
            Form("g instead of g_0", "R with the running gradient", printed.subs(running)),
            Form("theta instead of theta_0", "R with the running predictor", printed.subs(moving)),
            Form("both running", "R with both running", printed.subs({**running, **moving})),
            Form(
                "gradient term alone, running",
                r"$R = \alpha g/(1-\mu)$, its first order at the running gradient",
                ALPHA * sp.diff(printed, ALPHA).subs({ALPHA: 0, THETA_0: 0}).subs(running),
            ),
        ),
        inert=(
            Form("no term", "$R = 0$", sp.S.Zero),
            Form("wrong sign", "$-R$", -printed),
            Form("twice", "$2R$", 2 * printed),
            Form("without the gradient", "R at $g_0 = 0$", printed.subs(G_0, 0)),
            Form("gradient of the wrong sign", "R at $-g_0$", printed.subs(G_0, -G_0)),
        ),
    )


def derivation() -> tuple[Step, ...]:
    """Return the one line that it takes."""
    return (
        Step(
            r"$R^M$ is made of $\theta(0)$, $\partial_\theta L(\theta(0))$, $\xi$, $\alpha$ and "
            r"$\mu$,",
            momentum_bias_printed(),
        ),
        Step(
            "so its time derivative, all that (11) contains of it, is",
            time_derivative(momentum_bias_printed()),
        ),
    )


CLAIMS = (
    Claim(
        id="lyu.prop4.rm-term",
        title="R^M inside the mirror flow",
        paper=PAPER,
        equation="Eq. (11) and remark (ii) after Proposition 4",
        printed=Quotation(
            "lyu2025.txt",
            224,
            "an extra term depending on the initialization of gradients is included",
        ),
        claimed_over="as Proposition 4; R^M as in Theorem 3",
        sampled_over=(
            "time derivative: every flow, exactly; integrated flows: one well conditioned problem, "
            f"mu in {', '.join(map(str, MOMENTA))}"
        ),
        forms=forms,
        checks=(
            Check(
                "time derivative",
                "Does the term contribute to (11)?",
                rate_of_bias,
                exact=True,
                proves=True,
            ),
            Check(
                "integrated flows",
                "Is the residual of (11) with this term of second order in alpha?",
                lambda form: mirror_flow_finding(Statement(), form.content),
            ),
        ),
        depends=("lyu.prop4",),
        derivation=derivation,
    ),
)

"""Papazov et al., section 4: what momentum gradient flow minimises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from numeric.projection import entropy_gradient, entropy_projection
from proofs_check.claim import (
    Check,
    Claim,
    Finding,
    Form,
    Forms,
    Outcome,
    Quotation,
    bounded,
    exact_zero,
    mutant_forms,
)
from proofs_check.mgf_checks import (
    AT_REST,
    derivation,
    exact_scale,
    identities,
    proving,
    scale_along,
)
from proofs_check.mgf_counterexamples import AS_PRINTED, mirrored_pair, start_case
from proofs_check.mgf_runs import (
    WITHIN,
    all_converged,
    compiled,
    mgf_runs,
    sampled_text,
    with_crossings,
    within,
    without_crossings,
)
from symbolic import mgf_limit as theorem
from symbolic.entropy import DELTA, HyperbolicEntropy
from symbolic.mgf_limit import I_MINUS, I_PLUS, SIZE_MINUS, SIZE_PLUS
from symbolic.mutation import mutations

PAPER = "Papazov et al. 2024"
SOURCE = "papazov2024-poster.txt"
BALANCEDNESS_PRINTED = Quotation(
    SOURCE,
    90,
    r"**Asymptotic Balancedness:**  $\Delta_\infty = \Delta_0 \odot \exp(-I_+ + I_-)$",
)
SQUARES = r"$I_\pm = \lambda\int_0^\infty(\dot w_\pm/w_\pm)^2dt$"
NO_ZERO = "no neuron being zero at any time or in the limit"
PRINTED_SQUARES = r"$I_\pm = -\lambda\int_0^\infty(\dot w_\pm/w_\pm)^2dt$"


def scale_forms() -> Forms:
    """Return Delta_inf with I as printed and as derived."""
    right = theorem.balancedness()
    return Forms(
        Form(
            "printed",
            rf"$\Delta_\infty = \Delta_0 \odot \exp(-I_+ + I_-)$ with {PRINTED_SQUARES}",
            theorem.balancedness_printed().subs(AS_PRINTED, simultaneous=True),
        ),
        Form(
            "both integrals shrink it",
            rf"$\Delta_\infty = \Delta_0 \odot \exp(-(I_+ + I_-))$ with {SQUARES}, for flows from "
            f"rest that converge, {NO_ZERO}",
            right,
        ),
        mutant_forms(
            [
                ("printed, with positive integrals", theorem.balancedness_printed()),
                *(
                    (name, wrong)
                    for name, wrong in mutations(right)
                    if wrong != theorem.balancedness_printed()
                ),
            ]
        ),
    )


# --- The perturbed start --------------------------------------------------------------------------


def exact_start(form: Form) -> Finding:
    """Compare a stated theta~_0 with the predictor of the neurons that the gains leave."""
    plus, minus = (sp.exp(each.subs(AT_REST)) for each in theorem.effective_logarithms())
    derived = sp.expand((plus**2 - minus**2) / 4)
    return exact_zero(
        [
            sp.expand(sp.powsimp(sp.expand(form.content - derived))),
            *identities(),
        ],
        r"Stated minus derived $\tilde\theta_0$, a quarter of $w_+^2 - w_-^2$ at the start with "
        r"each $|w_\pm|$ shrunk by $e^{-I_\pm}$; and the identities along the flow.",
    )


def start_along_flows(form: Form) -> Finding:
    """Return how far grad psi(theta_inf) - grad psi(theta~_0) is from the row space."""
    runs = without_crossings()
    if not all_converged(runs):
        return Finding(Outcome.UNCLEAR, "A flow did not converge.")
    start, scale = compiled(form.content), compiled(_scale_by_sizes() / 4)
    parts = []
    for run in runs:
        xi = run.evaluate(scale)
        dual = entropy_gradient(run.limit.theta, xi) - entropy_gradient(run.evaluate(start), xi)
        parts.append(run.out_of_rows(dual))
    return bounded(
        float(np.max(parts)),  # keeps a NaN
        WITHIN,
        r"Largest part of $\nabla\psi_{\Delta_\infty}(\theta_\infty) - "
        r"\nabla\psi_{\Delta_\infty}(\tilde\theta_0)$ outside the row space of $X$, relative, at "
        f"the end of {len(runs)} integrated flows.",
        rtol=1e-4,
        atol=WITHIN,
    )


def _scale_by_sizes() -> sp.Expr:
    scale: Any = theorem.balancedness().subs(DELTA, SIZE_PLUS * SIZE_MINUS)
    return scale


def start_forms() -> Forms:
    """Return theta~_0 with I as printed and as derived."""
    right = theorem.perturbed_start()
    formula = (
        r"$\tilde\theta_0 = \frac14(w_{+,0}^2\odot e^{-2I_+} - w_{-,0}^2\odot e^{-2I_-})$ with "
    )
    return Forms(
        Form("printed", formula + PRINTED_SQUARES, right.subs(AS_PRINTED, simultaneous=True)),
        Form(
            "with positive integrals",
            f"{formula}{SQUARES}, for flows from rest that converge, {NO_ZERO}",
            right,
        ),
        mutant_forms(mutations(right)),
    )


# --- The minimiser --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Minimiser:
    """A potential by the logarithm of its scale xi and its linear term, both of one coordinate."""

    log_scale: sp.Expr
    linear: sp.Expr


def exact_minimiser(form: Form) -> Finding:
    """Decide that -grad Q at the limit is the linear term, up to a vector of the row space."""
    stated: Minimiser = form.content
    log_scale, linear = (e.subs(AT_REST) for e in (theorem.log_scale(), theorem.linear_term()))
    return exact_zero(
        [
            stated.log_scale - log_scale,
            stated.linear - linear,
            *identities(),
        ],
        r"Stated minus derived logarithm of the scale $|w_+w_-|/4$ at the limit, and linear term: "
        r"$\nabla Q = \frac14\ln|w_+/w_-|$ there is minus that term minus $\frac12\int g\,dt$, a "
        r"vector of the row space; and the identities along the flow.",
    )


def minimiser_of_flows(form: Form) -> Finding:
    """Return the largest distance between the stated minimiser and the limit of a flow."""
    runs = mgf_runs()
    if not all_converged(runs):
        return Finding(Outcome.UNCLEAR, "A flow did not converge.")
    log_scale, linear = compiled(form.content.log_scale), compiled(form.content.linear)
    gaps = []
    for run in runs:
        xi, term = np.exp(run.evaluate(log_scale)), run.evaluate(linear)
        theta = entropy_projection(run.problem.X, run.problem.y, xi, term).theta
        gaps.append(np.linalg.norm(theta - run.limit.theta))
    return bounded(
        float(np.max(gaps)),  # keeps a NaN
        within(runs),
        r"Largest distance $|\theta - \theta^{MGF}|_2$ between the stated minimiser and the limit "
        f"of {len(runs)} integrated flows, {len(with_crossings())} of them with zeros of neurons.",
        rtol=1e-4,
        atol=within(runs),
    )


def minimiser_forms() -> Forms:
    """Return the minimiser with Delta_inf and theta~_0 as derived, and what others would take."""
    log_scale, linear = (e.subs(AT_REST) for e in (theorem.log_scale(), theorem.linear_term()))
    start = (SIZE_PLUS**2 - SIZE_MINUS**2) / 4
    at_start = {I_PLUS: 0, I_MINUS: 0}
    wrong = [
        ("balancedness of the start", Minimiser(log_scale.subs(at_start), linear)),
        ("the start itself", Minimiser(log_scale, linear.subs(at_start))),
        (
            "the start, at the scale of the end",
            Minimiser(log_scale, -HyperbolicEntropy(start, _scale_by_sizes() / 4).gradient),
        ),
        ("no start", Minimiser(log_scale, sp.S.Zero)),
        ("divergence from the other side", Minimiser(log_scale, -linear)),
        *(
            (f"scale: {name}", Minimiser(value, linear))
            for name, value in mutations(log_scale)[1:3]
        ),
        *((f"start: {name}", Minimiser(log_scale, value)) for name, value in mutations(linear)[1:]),
    ]
    return Forms(
        Form(
            "printed",
            r"$\theta^{MGF} = \arg\min D_{\psi_{\Delta_\infty}}(\theta^*, \tilde\theta_0)$ over "
            r"the interpolators $\theta^*$, with $\Delta_\infty = \Delta_0 e^{-(I_+ + I_-)}$ and "
            rf"$\tilde\theta_0$ by {SQUARES} (finite parts where a neuron passes through zero), "
            "for flows from rest that converge to an interpolator at which no neuron is zero",
            Minimiser(log_scale, linear),
        ),
        mutants=mutant_forms(wrong),
    )


CLAIMS = (
    Claim(
        id="papazov.mgf.scale",
        title="Asymptotic balancedness: both integrals shrink it",
        paper=PAPER,
        equation="section 4",
        printed=BALANCEDNESS_PRINTED,
        claimed_over="every data set, start at rest with $\\Delta_0 \\ne 0$ and lambda > 0 for "
        "which the flow converges to neurons that are not zero (unstated); $\\Delta_t > 0$",
        sampled_over=lambda: f"proof: all of it; {sampled_text()}",
        forms=scale_forms,
        checks=(
            proving("logarithms", "Is it what the conserved logarithms leave?", exact_scale),
            Check(
                "flows",
                "Is it the balancedness at the end of integrated flows?",
                lambda form: scale_along(without_crossings(), "without zeros of neurons", form),
            ),
        ),
        derivation=derivation,
        counterexample=mirrored_pair,
    ),
    Claim(
        id="papazov.mgf.start",
        title="Perturbed initialisation",
        paper=PAPER,
        equation="section 4",
        printed=Quotation(
            SOURCE,
            92,
            r"**Perturbed Initialization:**  $\tilde{\theta}_0 = \frac{1}{4} (w_{+,0}^2 \odot "
            r"\exp(-2I_+) - w_{-,0}^2 \odot \exp(-2I_-))$",
        ),
        claimed_over="every data set, start at rest with $\\Delta_0 \\ne 0$ and lambda > 0 for "
        "which the flow converges to neurons that are not zero; $I_\\pm$ as printed beside it",
        sampled_over=lambda: f"proof: all of it; {sampled_text()}",
        forms=start_forms,
        checks=(
            proving("pair", "Is it the predictor of the shrunk neurons?", exact_start),
            Check(
                "flows", "Is the dual at the limit that of it, up to rows of X?", start_along_flows
            ),
        ),
        derivation=derivation,
        counterexample=start_case,
        remark="The formula is right with positive integrals; the minus sign in the printed "
        "definition of $I_\\pm$ is not.",
    ),
    Claim(
        id="papazov.mgf.limit",
        title="What momentum gradient flow minimises",
        paper=PAPER,
        equation="section 4",
        printed=Quotation(
            SOURCE,
            88,
            r"**Implicit Bias of MGF( $\lambda$ ):**  $\theta^{\text{MGF}} = \arg\min_{\theta^* "
            r"\in \mathcal{S}} D_{\psi_{\Delta_\infty}}(\theta^*, \tilde{\theta}_0)$",
        ),
        claimed_over="every data set, start at rest with $\\Delta_0 \\ne 0$ and lambda > 0 for "
        "which the flow converges to neurons that are not zero (unstated)",
        sampled_over=lambda: f"proof: all of it; {sampled_text()}",
        forms=minimiser_forms,
        checks=(
            proving("optimality", "Is the dual at the limit the stated one?", exact_minimiser),
            Check("flows", "Is it where integrated flows arrive?", minimiser_of_flows),
        ),
        depends=("papazov.mgf.scale", "papazov.mgf.start"),
        derivation=derivation,
    ),
)

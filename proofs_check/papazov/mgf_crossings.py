"""Papazov et al., section 4: the balancedness of flows in which a neuron passes through zero."""

from __future__ import annotations

import sympy as sp

from proofs_check.claim import Check, Claim, Form, Forms, mutant_forms
from proofs_check.mgf_checks import derivation, exact_scale, proving, scale_along
from proofs_check.mgf_counterexamples import crossing_case
from proofs_check.mgf_runs import sampled_text, with_crossings
from proofs_check.papazov.mgf import BALANCEDNESS_PRINTED, PAPER
from symbolic import mgf_limit as theorem
from symbolic.entropy import DELTA
from symbolic.mgf_limit import I_PLUS
from symbolic.mutation import mutations


def scale_with_crossings_forms() -> Forms:
    """Return Delta_inf with I as a finite part."""
    right = theorem.balancedness()
    finite = (
        r"$I_\pm$ the finite part of $\lambda\int(\dot w_\pm/w_\pm)^2dt$, which is the principal "
        r"value of $\lambda\int\ddot w_\pm/w_\pm\,dt$"
    )
    count = sp.Symbol("N", positive=True)
    return Forms(
        Form(
            "printed",
            rf"$\Delta_\infty = \Delta_0 \odot \exp(-I_+ + I_-)$, {finite}",
            theorem.balancedness_printed(),
        ),
        Form(
            "with finite parts",
            rf"$\Delta_\infty = \Delta_0 \odot \exp(-(I_+ + I_-))$, {finite}: the real part of the "
            "integral along any path through complex times that leaves the zeros aside; for flows "
            "from rest that converge to neurons that are not zero",
            right,
        ),
        mutant_forms(
            [
                ("integrals that diverge to +infinity", 0 * DELTA),
                ("residue of a zero added", right.subs(I_PLUS, I_PLUS + count).subs(count, 1)),
                ("residue of a zero subtracted", right.subs(I_PLUS, I_PLUS - count).subs(count, 1)),
                *(
                    (name, wrong)
                    for name, wrong in mutations(right)
                    if wrong != theorem.balancedness_printed()
                ),
            ]
        ),
    )


CLAIMS = (
    Claim(
        id="papazov.mgf.crossings",
        title="Balancedness of flows in which a neuron passes through zero",
        paper=PAPER,
        equation="section 4",
        printed=BALANCEDNESS_PRINTED,
        claimed_over="flows from rest with zeros of neurons; what $I_\\pm$ is there our copy does "
        "not say: the integral of the square diverges",
        sampled_over=lambda: f"proof: simple zeros, which all are; {sampled_text()}",
        forms=scale_with_crossings_forms,
        checks=(
            proving("logarithms", "Is it what the conserved logarithms leave?", exact_scale),
            Check(
                "flows",
                "Is it the balancedness at the end of integrated flows?",
                lambda form: scale_along(with_crossings(), "with zeros of neurons", form),
            ),
        ),
        depends=("papazov.mgf.scale",),
        derivation=derivation,
        counterexample=crossing_case,
    ),
)

"""Papazov et al., section 3: the hyperbolic entropy psi is a mirror map."""

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
from symbolic.derivation import Step
from symbolic.entropy import (
    DELTA,
    DUAL,
    LOG_RATIO,
    HyperbolicEntropy,
    psi,
)
from symbolic.entropy_identities import (
    in_log_ratio,
    psi_residual,
)
from symbolic.mgf_potentials import psi_gradient
from symbolic.mutation import mutations
from symbolic.symbols import THETA, XI

PAPER = "Papazov et al. 2024"
FILE = "papazov2024-poster.txt"


def mirror_map(form: Form) -> Finding:
    """Decide smoothness, strict convexity and a gradient onto the line, by closed forms.

    The second derivative is (4 theta^2 + Delta^2)^(-1/2), positive and smooth; the gradient has the
    inverse (Delta/2) sinh(2 z), defined for every z, so it takes every value, tends to infinity
    with theta and is odd.
    """
    at_scale = form.content.subs(DELTA, 4 * XI)
    if any(not at_scale.subs({THETA: theta, XI: 1}).is_real for theta in (0, 1, 3)):
        return Finding(Outcome.FAILS, r"The potential is not real for every $\theta$.")
    gradient = sp.diff(at_scale, THETA)
    stated = 1 / sp.sqrt(4 * THETA**2 + 16 * XI**2)
    # theta = 2 xi sinh(w) is (Delta/2) sinh(2 z) at w = 2 z
    return exact_zero(
        [
            in_log_ratio(sp.diff(gradient, THETA) - stated),
            in_log_ratio(gradient) - LOG_RATIO / 2,
            sp.expand(at_scale.subs(THETA, 0)),
            psi_residual(),
        ],
        r"$\psi'' - (4\theta^2+\Delta^2)^{-1/2}$; $\psi'(\frac{\Delta}{2}\sinh 2z) - z$; "
        r"$\psi(0)$; $\psi_\Delta - 2Q_{\Delta/4}$.",
    )


def _mirror_forms() -> Forms:
    printed = psi()
    return Forms(
        Form(
            "printed",
            rf"$\psi_\Delta(\theta) = {sp.latex(printed)}$ in every coordinate, $\Delta > 0$, is "
            r"smooth and strictly convex, with a gradient that takes every value and tends to "
            "infinity in every direction (like a logarithm)",
            printed,
        ),
        mutants=mutant_forms(
            [*mutations(printed), ("scale doubled", psi(THETA, 2 * DELTA)), ("a square", THETA**2)]
        ),
    )


CLAIMS = (
    Claim(
        id="papazov.psi.mirror-map",
        title="The hyperbolic entropy psi is a mirror map",
        paper=PAPER,
        equation="section 3",
        printed=Quotation(
            FILE,
            50,
            r"**Hyperbolic Entropy:** For  $\Delta \in \mathbb{R}_{>0}^d$ ,  $\psi_\Delta(\theta) "
            r"= \frac{1}{4} \sum_{i=1}^d \left( 2\theta_i \text{arcsinh} \left( "
            r"\frac{2\theta_i}{\Delta_i} \right) - \sqrt{4\theta_i^2 + \Delta_i^2} + \Delta_i "
            r"\right)$",
        ),
        claimed_over=r"every $\Delta$ with positive entries, every $\theta$",
        sampled_over="the same, symbolically; a sum of functions of one coordinate each",
        forms=_mirror_forms,
        checks=(
            Check(
                "mirror map",
                "Is it smooth and strictly convex, with a gradient onto the line?",
                mirror_map,
                exact=True,
                proves=True,
            ),
        ),
        derivation=lambda: [
            Step("Gradient", psi_gradient()),
            Step(
                "Its inverse",
                HyperbolicEntropy(THETA, DELTA / 4).inverse_gradient.subs(DUAL, DUAL / 2),
            ),
            Step("Second derivative", 2 * HyperbolicEntropy(THETA, DELTA / 4).hessian),
        ],
    ),
)

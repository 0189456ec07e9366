"""Papazov et al., section 4: whether the limit minimises the potential without the start."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import sympy as sp

from proofs_check.claim import (
    Check,
    Claim,
    Counterexample,
    Finding,
    Form,
    Forms,
    Outcome,
    mutant_forms,
)
from proofs_check.limit_orders import order_finding
from proofs_check.mgf_negligible import (
    INERTIAS,
    ORDER_SCALE,
    ORDER_SEEDS,
    SCALES,
    SHARE,
    inertia_family,
    neglect_figure,
    small_starts,
)
from proofs_check.papazov.negligible import PAPER, PRINTED, TENTH
from symbolic import mgf_limit as theorem
from symbolic.derivation import Step


class Approximation(NamedTuple):
    """What is claimed of |argmin psi_{Delta_inf} - theta^MGF|.

    ``vanishes``: it tends to 0 as the start shrinks, lambda fixed. ``order``: it is
    O(lambda^order), and not better, at fixed balanced starts.
    """

    vanishes: bool | None = None
    order: int | None = None


def for_small_starts(form: Form) -> Finding | None:
    """Follow the distance as the start shrinks, lambda fixed, no zero of a neuron."""
    stated: Approximation = form.content
    if stated.vanishes is None:
        return None
    runs = small_starts()
    if len(runs) < len(SCALES) or any(run.crossings for run in runs):
        return Finding(Outcome.UNCLEAR, "A flow did not converge or a neuron reached zero.")
    distances = [run.without_start for run in runs]
    if not np.isfinite(distances).all():
        return Finding(Outcome.UNCLEAR, "A distance is not a number.")
    falls = distances[-1] < distances[0] / 2
    large = distances[-1] > TENTH
    return Finding(
        Outcome.HOLDS if stated.vanishes == (falls and not large) else Outcome.FAILS,
        r"$|\arg\min\psi_{\Delta_\infty} - \theta^{MGF}|/|\theta^{MGF}|$ at the largest and at "
        rf"the smallest start, from $\alpha = {SCALES[0]:g}$ to ${SCALES[-1]:g}$.",
        measured=[distances[0], distances[-1]],
        predicted="falls below half and below a tenth" if stated.vanishes else "does not fall",
        criterion="the last below half of the first and below a tenth, or not",
        rtol=1e-5,
        data={
            "largest |theta~_0|/alpha^2": max(run.perturbed for run in runs),
            "largest distance of the minimiser with theta~_0": f"below "
            f"{max(1e-8, *(run.with_start for run in runs)):.0e}",
            "figure": neglect_figure(),
        },
    )


def for_small_inertia(form: Form) -> Finding | None:
    """Measure the order in lambda of the difference at fixed balanced starts."""
    stated: Approximation = form.content
    if stated.order is None:
        return None
    families = inertia_family()
    if families is None:
        return Finding(Outcome.UNCLEAR, "A flow did not converge or a neuron reached zero.")
    return order_finding(
        families,
        stated.order,
        r"Order in $\lambda$ of $\arg\min\psi_{\Delta_\infty} - \theta^{MGF}$ from balanced "
        r"starts; the null model minimises $\psi_{\Delta_0}$.",
    )


def approximation_forms() -> Forms:
    """Return the approximation as claimed, what holds of it, and wrong orders."""
    return Forms(
        Form(
            "printed",
            r"$\theta^{MGF} \approx \arg\min\psi_{\Delta_\infty}$ for small starts, whatever "
            r"$\lambda$, read as a relative distance that vanishes with the scale $\alpha$",
            Approximation(vanishes=True),
        ),
        Form(
            "for small inertia",
            r"From balanced starts ($u_0v_0 = 0$ for the poster's neurons) "
            r"$\theta^{MGF} - \arg\min\psi_{\Delta_\infty} = O(\lambda^2)$, and not better, at "
            r"fixed $\alpha$. At fixed $\lambda$ it need not vanish with $\alpha$, though "
            r"$|\tilde\theta_0| \le \alpha^2$: $\nabla\psi_{\Delta_\infty}(\tilde\theta_0)$ grows "
            r"like $\ln(1/\alpha)$, as $\nabla\psi_{\Delta_\infty}(\theta^*)$ does",
            Approximation(vanishes=False, order=2),
        ),
        mutant_forms(
            [
                ("order 1", Approximation(order=1)),
                ("order 3", Approximation(order=3)),
                ("order 2, and it vanishes", Approximation(vanishes=True, order=2)),
            ]
        ),
    )


def small_start_case() -> Counterexample | None:
    """Return the flow from the smallest start."""
    runs = small_starts()
    if len(runs) < len(SCALES):
        return None
    first, last = runs[0], runs[-1]
    if not (last.without_start > first.without_start and last.without_start > TENTH):
        return None
    return Counterexample(
        r"No neuron passes through zero and $\tilde\theta_0$ is below $\alpha^2$, yet the "
        r"minimiser of $\psi_{\Delta_\infty}$ moves away from the limit as the start shrinks.",
        {
            "scales alpha": [first.scale, last.scale],
            "relative distance": [first.without_start, last.without_start],
            "relative distance of gradient flow": [first.gradient_flow, last.gradient_flow],
            "|theta~_0|/alpha^2": [first.perturbed, last.perturbed],
            "lambda times the largest gradient at theta = 0": SHARE,
        },
        exact=False,
        found_by="balanced starts on a problem of 2 samples and 4 coordinates",
        rtol=1e-5,
    )


def derivation() -> list[Step]:
    """Return why theta~_0 acts however small it is."""
    growing, shrinking = theorem.slow_rates(sp.Symbol("g", positive=True))
    return [
        Step(
            "The linear term that theta~_0 makes: its logarithms count, not its size",
            theorem.linear_term(),
        ),
        Step("From a small start a growing neuron has the log-velocity", growing),
        Step("and a shrinking one", shrinking),
        Step(
            "The power of alpha by which the balancedness falls beyond 2, for a coordinate with "
            "gradient g while the largest is w; I_- - I_+ grows with ln(1/alpha) alike",
            theorem.escape_exponent(),
        ),
        Step(
            "The logarithm of this is what the potential's own gradient at the limit is made of, "
            "half of it with a minus sign: it grows with ln(1/alpha) as well",
            theorem.balancedness(),
        ),
    ]


CLAIMS = (
    Claim(
        id="papazov.negligible.argmin",
        title="The minimiser without the perturbed start: small inertia, not small starts",
        paper=PAPER,
        equation="section 4",
        printed=PRINTED,
        claimed_over="small starts (an experimental statement of the poster; how close is not "
        "said); the poster goes on to say that the divergence from the start tends to the "
        "potential as the start shrinks",
        sampled_over=(
            "small starts: one well conditioned problem of 2 samples and 4 coordinates, balanced, "
            f"lambda max|g_j| = {SHARE:g} at theta = 0, alpha from {SCALES[0]:g} to "
            f"{SCALES[-1]:g}; order: {len(ORDER_SEEDS)} such problems, u = v = {ORDER_SCALE:g}, "
            f"lambda from {INERTIAS[0]:g} down to {INERTIAS[-1]:.2g}"
        ),
        forms=approximation_forms,
        checks=(
            Check("small starts", "Does the distance vanish with the start?", for_small_starts),
            Check("small inertia", "Is it of the stated order in lambda?", for_small_inertia),
        ),
        depends=("papazov.negligible.size", "papazov.mgf.limit"),
        derivation=derivation,
        counterexample=small_start_case,
    ),
)

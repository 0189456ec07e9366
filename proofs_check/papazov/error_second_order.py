"""Papazov et al., poster section 1, sharpened: the flow that is one order better in both limits."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from proofs_check.claim import (
    Check,
    Claim,
    Finding,
    Form,
    Forms,
    Outcome,
    exact_zero,
)
from proofs_check.mgf_paths import INERTIAS, MOMENTA, rescaled, settings
from proofs_check.papazov.error_bound import (
    LESS,
    LOSSES,
    MORE,
    PAPER,
    PRINTED,
    Approximation,
    orders_hold,
)
from proofs_check.papazov.error_bound import derivation as expansion_steps
from symbolic.derivation import Step
from symbolic.modified_equation import flow_defect
from symbolic.surrogate import (
    EXPANDED,
    consistency_defect,
    inertia_printed,
    inertia_rescaled,
    matched_gradient,
    matched_speed,
)
from symbolic.symbols import ETA, KAPPA, MU


def second_order_forms() -> Forms:
    """Return the rescaled flow with order 2 in both limits, and wrong versions."""
    right = rescaled()
    gradient = matched_gradient()
    inertias = (
        ("printed inertia", inertia_printed()),
        ("inertia 5 % larger", MORE * right.inertia),
        ("inertia 5 % smaller", LESS * right.inertia),
        ("no inertia", sp.S.Zero),
    )
    starts = (
        ("velocity without the gradient", {"gradient_start": sp.S.Zero}),
        ("velocity uphill", {"gradient_start": -gradient}),
        ("gradient in the velocity 5 % larger", {"gradient_start": MORE * gradient}),
        ("speed as printed", {"speed": sp.S.One}),
        ("started at w_0", {"first": 0}),
    )
    return Forms(
        Form(
            "rescaled",
            r"With the inertia $\lambda(1+\mu)/2$, started at $w_1$ with $\dot w(0) = "
            r"\frac{2\mu}{1+\mu}\frac{w_1-w_0}{\varepsilon} - \frac{1-\mu}{1+\mu}\nabla L(w_1)$, "
            r"the error is of order $\varepsilon^2$ and no better: on $[0,T]$ for fixed "
            r"$\lambda$, behind the initial layer for fixed $\mu$",
            Approximation(right, 2),
        ),
        mutants=(
            *(
                Form(name, name, Approximation(replace(right, inertia=inertia), 2))
                for name, inertia in inertias
            ),
            *(
                Form(name, name, Approximation(replace(right, **change), 2))
                for name, change in starts
            ),
            Form("order 1", "order 1 and no better", Approximation(right, 1)),
            Form("order 3", "order 3", Approximation(right, 3)),
        ),
    )


def second_order_defect(form: Form) -> Finding:
    """Decide the inertia in both limits: by the recursion along the flow, each expanded."""
    inertia, claimed = form.content.surrogate.inertia, form.content.order
    # In the time t = k eta of the modified equation the inertia is (1-mu) times that in T.
    ratio = sp.cancel(inertia * (1 - MU) / ETA)
    left = [consistency_defect(inertia, n) for n in range(min(claimed, EXPANDED))]
    for n in range(min(claimed, EXPANDED)):
        left += [value.subs(KAPPA, 0) for value in flow_defect(ratio, n).values()]
    found = exact_zero(
        left,
        r"What the recursion leaves along the flow below the claimed order: $\lambda$ fixed, and "
        r"$\mu$ fixed for any smooth loss; the claimed order itself is left in both.",
    )
    sharp = consistency_defect(inertia, claimed) != 0 and flow_defect(ratio, claimed)
    if found.outcome is Outcome.HOLDS and not sharp:
        return replace(found, outcome=Outcome.FAILS, measured="the claimed power is absent as well")
    return found


def derivation() -> tuple[Step, ...]:
    """Return the corrected inertia and the initial velocity that goes with it."""
    return (
        *expansion_steps(),
        Step(
            r"The term in $\varepsilon$ changes the inertia to $\lambda - \varepsilon/2$, which is",
            inertia_rescaled(),
        ),
        Step(
            r"Its initial velocity for $w_0 = w_1$ is this times $\nabla L(w_1)$:",
            matched_gradient(),
        ),
        Step(r"and for $w_0 \ne w_1$ also this times $(w_1 - w_0)/\varepsilon$:", matched_speed()),
    )


CLAIMS = (
    Claim(
        id="papazov.error-bound.second-order",
        title="One order better in both limits",
        paper=PAPER,
        equation="section 1, Error Bounds",
        printed=PRINTED,
        claimed_over="the print states order 1 and no inertia but lambda; this sharpens it",
        sampled_over=f"expansion: any smooth loss; trajectories: {LOSSES}; lambda in "
        f"{', '.join(map(str, INERTIAS))}, in turn at rest and with speed, sup norm over [0, 2]; "
        f"the double well and the network, mu in {', '.join(map(str, MOMENTA))}, in turn at "
        "rest and with speed, T = 0.4, behind the layer",
        forms=second_order_forms,
        checks=(
            Check(
                "expansion",
                "Is this the inertia of the next order, in both limits?",
                second_order_defect,
                exact=True,
            ),
            Check(
                "fixed inertia",
                "Which order do the trajectories show at fixed lambda?",
                lambda form: orders_hold(form, settings("lambda"), everywhere=True, figure=True),
            ),
            Check(
                "fixed momentum",
                "Which order do the trajectories show at fixed momentum?",
                lambda form: orders_hold(form, settings("mu"), everywhere=False),
            ),
        ),
        depends=("papazov.error-bound.fixed-lambda", "papazov.error-bound.fixed-beta"),
        derivation=derivation,
        remark=r"This project's: the factor $(1+\mu)/2$ and the initial velocity are not in print. "
        r"$\lambda(1+\mu)/2 = \lambda - \varepsilon/2$, so that at fixed $\lambda$ the correction "
        r"vanishes with $\varepsilon$, and at fixed $\mu$ it does not.",
    ),
)

"""Papazov et al., summary: the flow as a surrogate for the limit of the recursion."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from proofs_check.claim import (
    Check,
    Claim,
    Counterexample,
    Finding,
    Form,
    Forms,
    Quotation,
    exact_zero,
    mutant_forms,
)
from proofs_check.mgf_limits import (
    LARGEST,
    MOMENTA,
    at,
    inertias,
    leading,
    losses_of_flow,
    losses_of_recursion,
    relative_uncertainty,
    worst_ratio,
)
from symbolic.derivation import Step
from symbolic.mutation import mutations
from symbolic.surrogate import (
    inertia_printed,
    inertia_rescaled,
    scale_loss,
    scale_loss_of_flow,
)
from symbolic.symbols import ETA, MU

Array = np.ndarray
PAPER = "Papazov et al. 2024"


def leading_order(form: Form) -> Finding:
    """Compare what the exact theorem of the recursion and the flow lose of the scale."""
    return exact_zero(
        sp.cancel(scale_loss() - scale_loss_of_flow(form.content)),
        r"$\ln(\Delta_0/\Delta_\infty)$ of the recursion, from its exact theorem, less that of the "
        r"flow with the stated inertia, both at leading order, any $\mu$ and $\int g^2$.",
    )


def _figure(form: Form) -> dict[str, Any]:
    series = []
    flow = leading(losses_of_flow())
    for mu in MOMENTA[:2]:
        factor = at(form.content, mu, 1.0) / at(inertia_printed(), mu, 1.0)
        # The flow at the stated inertia, by its series in the inertia.
        powers = (factor * inertias())[:, None] ** np.arange(1, len(flow.coefficients) + 1)
        error = losses_of_recursion(mu) - powers @ flow.coefficients
        label = rf"{form.name}, $\mu = {mu:g}$"
        series.append({"label": label, "x": inertias(), "y": np.linalg.norm(error, axis=1)})
    return {
        "kind": "order",
        "title": "Balancedness of the limit: recursion against flow",
        "xlabel": r"$\lambda$",
        "ylabel": r"error of $\ln(\Delta_0/\Delta_\infty)$",
        "series": series,
    }


def trained_limits(form: Form) -> Finding:
    """Compare the leading coefficients in lambda of integrated flows and of trained limits.

    The difference of both is (f c' - c) lambda + O(lambda^2), f the stated inertia over lambda: of
    second order if and only if f c' = c.
    """
    flow, unsure = leading(losses_of_flow()), []
    ratios: dict[str, Array] = {}
    for mu in MOMENTA:
        run = leading(losses_of_recursion(mu))
        stated = at(form.content, mu, 1.0) / at(inertia_printed(), mu, 1.0)
        unsure.append(relative_uncertainty(run, flow))
        ratios[f"mu = {mu:g}"] = stated * flow.coefficients[0] / run.coefficients[0]
    data: dict[str, Any] = {"ratios": ratios}
    if form.name in ("printed", "rescaled"):
        data["figure"] = _figure(form)
    return worst_ratio(
        np.concatenate(list(ratios.values())),
        1.0,
        float(np.max(unsure)),  # keeps a NaN
        r"Leading coefficient in $\lambda$ of $\ln(\Delta_0/\Delta_\infty)$: flow with the stated "
        "inertia over trained limit; the worst over coordinates and momenta.",
        data=data,
    )


def forms() -> Forms:
    """Return the printed inertia, the rescaled one, and wrong versions of that."""
    rescaled = inertia_rescaled()
    # Wrong versions must exist at every sampled momentum, 0 among them.
    finite = [pair for pair in mutations(rescaled) if pair[1].subs(MU, 0).is_finite is not False]
    return Forms(
        Form(
            "printed",
            r"The flow with $\lambda = \eta/(1-\mu)^2$ gives $\ln(\Delta_0/\Delta_\infty)$ of the "
            r"recursion up to $O(\lambda^2)$",
            inertia_printed(),
        ),
        Form(
            "rescaled",
            r"The flow with inertia $\lambda(1+\mu)/2$ gives it up to $O(\lambda^2)$; with "
            r"$\lambda$ itself the leading term is $2/(1+\mu)$ times that of the recursion",
            rescaled,
        ),
        (
            *mutant_forms(finite),
            Form("half at every momentum", r"inertia $\lambda/2$", inertia_printed() / 2),
        ),
    )


def smallest() -> Counterexample:
    """Return gradient descent, where both leading coefficients are whole numbers."""
    values = {MU: 0, ETA: 1}
    recursion, flow = scale_loss().subs(values), scale_loss_of_flow(inertia_printed()).subs(values)
    return Counterexample(
        r"Gradient descent ($\mu = 0$): per step the recursion loses half of what the flow with "
        r"the printed $\lambda$ does, in every coordinate, however small the step.",
        {
            "mu": 0,
            "lambda / eta": "1",
            "recursion: ln(Delta_0/Delta_inf)/eta, eta to 0": str(recursion),
            "flow: ln(Delta_0/Delta_inf)/eta, eta to 0": str(flow),
            "J": "int g^2 dT along gradient flow",
        },
        exact=True,
        found_by="the two leading coefficients at the smallest momentum",
    )


def derivation() -> tuple[Step, ...]:
    """Return both leading orders and their ratio."""
    printed = scale_loss_of_flow(inertia_printed())
    return (
        Step(
            r"Expanding the excesses of the exact discrete theorem, with $J = \int g^2\,dT$, "
            r"$\ln(\Delta_0/\Delta_\infty)$ of the recursion is",
            scale_loss(),
        ),
        Step(r"The flow with $\lambda = \eta/(1-\mu)^2$ has", printed),
        Step("Recursion over flow:", sp.factor(sp.cancel(scale_loss() / printed))),
        Step(r"so the inertia that is met is", inertia_rescaled()),
    )


CLAIMS = (
    Claim(
        id="papazov.surrogate.limit",
        title="The balancedness of the limit",
        paper=PAPER,
        equation="summary, question 2",
        printed=Quotation(
            "papazov2024-summary.txt",
            73,
            "momentum gradient flow (MGF) serves as a suitable continuous surrogate for MGD",
        ),
        claimed_over="all data, starts, mu in [0, 1); read at leading order in the step, for the "
        "quantity that decides the limit",
        sampled_over="leading order: every mu, symbolically; trained limits: one problem, a biased "
        f"start, mu in {', '.join(map(str, MOMENTA))}, lambda times curvature at most {LARGEST}",
        forms=forms,
        checks=(
            Check(
                "leading order",
                "Do recursion and flow lose the same of the scale at leading order?",
                leading_order,
                exact=True,
            ),
            Check("trained limits", "Do trained limits and flows agree so?", trained_limits),
        ),
        derivation=derivation,
        counterexample=smallest,
        remark=r"The limits themselves differ by $O(\lambda)$ in either case, so a surrogate for "
        r"the path may be good while what it says about $\Delta_\infty$ is off by a factor: up to "
        r"2, at small momenta.",
    ),
)

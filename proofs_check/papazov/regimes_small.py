"""Papazov et al., poster section 2: gradient flow at small lambda."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import sympy as sp

from numeric.orders import NotAsymptotic
from proofs_check.claim import (
    Check,
    Claim,
    Finding,
    Form,
    Forms,
    Outcome,
    Quotation,
    exact_zero,
)
from proofs_check.limit_orders import Differences, order_of
from proofs_check.mgf_paths import MOMENTA, Surrogate, measured_order, settings
from proofs_check.mgf_regimes import FLOOR, SMALL, departures
from proofs_check.papazov.error_bound import LOSSES
from proofs_check.papazov.regimes import FILE, LESS, MORE, PAPER, derivation
from proofs_check.smooth_runs import runs
from symbolic.regimes import slow_exponent_series
from symbolic.surrogate import CURVATURE, INERTIA, time_step


class Departure(NamedTuple):
    """The order, in lambda, of the distance from gradient flow run ``clock`` times as fast."""

    order: int
    clock: sp.Expr = sp.S.One


def slow_exponent_is_that_of_gradient_flow(form: Form) -> Finding:
    """Expand the slow exponent in lambda: -h, with a departure of the stated order."""
    order, clock = form.content
    series = sp.expand(slow_exponent_series() + clock * CURVATURE)
    statement = (
        r"Slow exponent of the flow on $h w^2/2$, as a series in $\lambda$, less that of gradient "
        "flow: the powers below the stated order; that one itself is left."
    )
    found = exact_zero([series.coeff(INERTIA, n) for n in range(order)] or [sp.S.Zero], statement)
    if found.outcome is Outcome.HOLDS and series.coeff(INERTIA, order) == 0:
        return Finding(Outcome.FAILS, statement, "the stated power is absent", "present")
    return found


def _orders(form: Form, found: list[int]) -> Finding:
    return Finding(
        Outcome.HOLDS if all(each == form.content.order for each in found) else Outcome.FAILS,
        r"Order in $\lambda$ of the largest distance from gradient flow on [0, T], for every loss.",
        measured=sorted(set(found)),
        predicted=form.content.order,
        criterion="every measured order is the order claimed",
        rtol=1e-3,
    )


def _figure() -> dict[str, Any]:
    series = []
    for index, run in enumerate(runs()):
        inertias, _, whole = departures(index, 1.0)
        series.append({"label": run.name, "x": inertias, "y": whole, "style": ""})
    return {
        "kind": "order",
        "title": "Distance of the flow from gradient flow",
        "xlabel": r"$\lambda$",
        "ylabel": "largest distance on [0, T]",
        "series": series,
    }


def flows_depart(form: Form) -> Finding:
    """Measure the order in lambda of the distance from gradient flow, in the sup norm."""
    found = []
    for index in range(len(runs())):
        inertias, late, whole = departures(index, float(form.content.clock))
        try:
            order = order_of(Differences(runs()[index].name, inertias, late, FLOOR))
        except NotAsymptotic as refusal:
            return Finding(Outcome.UNCLEAR, f"{runs()[index].name}: {refusal}")
        # The sup norm falls at least like lambda if it does from the largest to the smallest.
        if order >= 1 and not whole[-1] * inertias[0] <= 2 * whole[0] * inertias[-1]:
            order = 0
        found.append(order)
    data = {"figure": _figure()} if form.name == "printed" else {}
    return replace(_orders(form, found), data=data)


def iterates_depart(form: Form) -> Finding:
    """Measure the same for the iterates at fixed momentum, where lambda is epsilon/(1-mu)."""
    still = Surrogate(inertia=sp.S.Zero, clock=form.content.clock * time_step())
    try:
        found = [measured_order(each, still, True) for each in settings("mu")]
    except NotAsymptotic as refusal:
        return Finding(Outcome.UNCLEAR, str(refusal))
    return _orders(form, found)


def small_forms() -> Forms:
    """Return the statement with its rate, and wrong ones."""
    wrong = (
        ("order 2", Departure(2)),
        ("a distance that stays", Departure(0)),
        ("gradient flow 5 % faster", Departure(1, MORE)),
        ("gradient flow 5 % slower", Departure(1, LESS)),
    )
    return Forms(
        Form(
            "printed",
            r"As $\lambda \to 0$ flow and iterates follow gradient flow; measured with its rate, "
            r"$O(\lambda)$ on [0, T] and no better",
            Departure(1),
        ),
        mutants=tuple(Form(name, name, content) for name, content in wrong),
    )


CLAIMS = (
    Claim(
        id="papazov.regimes.small",
        title="Small inertia: gradient flow",
        paper=PAPER,
        equation="section 2",
        printed=Quotation(
            FILE, 80, r"**Small  $\gamma$ :**  $\lambda \ll 1$ : Gradient flow trajectory"
        ),
        claimed_over="every loss and start, every fixed momentum; no rate is stated",
        sampled_over=f"exact: h w^2/2; flows from rest: {LOSSES}, lambda times curvature at the "
        f"start from {SMALL[0]:g} down; iterates: the double well and the network, mu in "
        f"{', '.join(map(str, MOMENTA))}",
        forms=small_forms,
        checks=(
            Check(
                "quadratic",
                "Is the slow exponent that of gradient flow, up to the stated order?",
                slow_exponent_is_that_of_gradient_flow,
                exact=True,
            ),
            Check("flows", "How far is the flow from gradient flow?", flows_depart),
            Check("iterates", "How far are the iterates from it?", iterates_depart),
        ),
        derivation=derivation,
    ),
)

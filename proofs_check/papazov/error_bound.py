"""Papazov et al., poster section 1: how far the iterates stray from the flow on [0, T]."""

from __future__ import annotations

from collections.abc import Sequence
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
from proofs_check.mgf_paths import (
    INERTIAS,
    MOMENTA,
    Setting,
    Surrogate,
    errors,
    measured_order,
    settings,
)
from symbolic.derivation import Step
from symbolic.surrogate import (
    EXPANDED,
    TIME_STEP,
    consistency,
    consistency_defect,
    recursion_parameters,
    time_step,
)
from symbolic.symbols import ETA, MU

PAPER = "Papazov et al. 2024"
PRINTED = Quotation(
    "papazov2024-poster.txt",
    16,
    r"**Error Bounds:** Unnecessarily pessimistic  $\max_{k \in [K]} |w_k - w(k\varepsilon)| \leq "
    r"\exp(CK) \cdot \varepsilon$",
)
CLAIMED = (
    "every smooth loss, every start $(w_0, w_1)$, every $K$; neither C nor the limit that is "
    "taken is stated"
)
LOSSES = "two losses that are not quadratic and the network"


class Approximation(NamedTuple):
    """A flow, and the order in epsilon that is claimed for it: this one and no higher."""

    surrogate: Surrogate
    order: int


# --- Checks ---------------------------------------------------------------------------------------


def _figure(where: Setting, surrogate: Surrogate, name: str, fixed: str) -> dict[str, Any]:
    series: list[dict[str, Any]] = []
    for label, each in {"printed": Surrogate(), name: surrogate}.items():
        found = errors(where, each)
        style = "printed" if label == "printed" else "corrected"
        series.append({"label": label, "x": found.steps, "y": found.whole, "style": style})
    title = r"$\lambda$ fixed" if fixed == "lambda" else r"$\mu$ fixed"
    return {
        "kind": "order",
        "title": rf"Iterates against the flow, {title}",
        "xlabel": r"$\varepsilon$",
        "ylabel": r"$\max_k |w_k - w(k\varepsilon)|$",
        "caption": f"Largest distance of the iterates from the flow on [0, T] ({where.label}).",
        "series": series,
    }


def orders_hold(
    form: Form, sampled: Sequence[Setting], everywhere: bool, figure: bool = False
) -> Finding:
    """Measure the order in epsilon on every setting and compare it with the one claimed."""
    surrogate, claimed = form.content
    measured: list[int] = []
    for setting in sampled:
        try:
            found = measured_order(setting, surrogate, everywhere)
        except NotAsymptotic as refusal:
            return Finding(Outcome.UNCLEAR, f"{setting.label}: {refusal}", predicted=claimed)
        measured.append(found)
        if found != claimed:
            return Finding(
                Outcome.FAILS,
                f"The order was measured as {found} ({setting.label}).",
                measured=found,
                predicted=claimed,
                criterion="measured order is the order claimed",
                rtol=0.0,
            )
    where = "in the sup norm over [0, T]" if everywhere else "at T/2, 3T/4 and T"
    last = sampled[-1]
    data = {"figure": _figure(last, surrogate, form.name, last.fixed)} if figure else {}
    return Finding(
        Outcome.HOLDS,
        rf"Order in $\varepsilon$ of $w_k - w(k\varepsilon)$ {where}, for every loss and start.",
        measured=sorted(set(measured)),
        predicted=claimed,
        criterion="every measured order is the order claimed: lower coefficients absent, its own "
        "present",
        # The curves fall to 1e-7, where the tolerance of the integrator is a millionth.
        rtol=1e-3,
        data=data,
    )


def consistent(form: Form) -> Finding:
    """Expand the recursion along the flow with lambda fixed, through the order before the claimed.

    The coefficient at the claimed order must be there: it is what makes the order sharp.
    """
    surrogate, claimed = form.content
    left = [consistency_defect(surrogate.inertia, n) for n in range(min(claimed, EXPANDED))]
    found = exact_zero(
        left,
        r"What the recursion, divided by $\eta$, leaves along the flow at the powers of "
        r"$\varepsilon$ below the claimed one, $\lambda$ fixed; the claimed one is left.",
    )
    sharp = consistency_defect(surrogate.inertia, claimed) != 0
    if found.outcome is Outcome.HOLDS and not sharp:
        return replace(found, outcome=Outcome.FAILS, measured="the claimed power is absent as well")
    return found


# --- Forms ----------------------------------------------------------------------------------------

MORE, LESS = sp.Rational(21, 20), sp.Rational(19, 20)


def fixed_inertia_forms() -> Forms:
    """Return the printed flow with order 1 at fixed lambda, and wrong versions."""
    right = Surrogate()
    wrong = (
        ("order 2", Approximation(right, 2)),
        ("gradient flow instead", Approximation(replace(right, inertia=sp.S.Zero), 1)),
        ("inertia 5 % larger", Approximation(replace(right, inertia=MORE * right.inertia), 1)),
        ("inertia 5 % smaller", Approximation(replace(right, inertia=LESS * right.inertia), 1)),
        ("inertia without the square", Approximation(replace(right, inertia=time_step()), 1)),
        ("clock 5 % faster", Approximation(replace(right, clock=MORE * right.clock), 1)),
        ("initial velocity dropped", Approximation(replace(right, speed=sp.S.Zero), 1)),
        ("initial velocity reversed", Approximation(replace(right, speed=-sp.S.One), 1)),
        ("initial velocity 5 % larger", Approximation(replace(right, speed=MORE), 1)),
    )
    return Forms(
        Form(
            "printed",
            r"With $\lambda$ fixed, $\mu = 1 - \varepsilon/\lambda$ and $\eta = "
            r"\varepsilon^2/\lambda$: $\max_{k\varepsilon\le T}|w_k - w(k\varepsilon)| = "
            r"O(\varepsilon)$ for $\dot w(0) = (w_1 - w_0)/\varepsilon$, and no better",
            Approximation(right, 1),
        ),
        mutants=tuple(Form(name, name, content) for name, content in wrong),
    )


def fixed_momentum_forms() -> Forms:
    """Return the printed flow with order 1 at fixed momentum, with other inertias beside it."""
    right = Surrogate()
    other = (
        ("no inertia", sp.S.Zero, r"gradient flow, $\lambda$ replaced by 0"),
        ("half the inertia", right.inertia / 2, r"$\lambda$ replaced by $\lambda/2$"),
    )
    wrong = (
        ("order 2", Approximation(right, 2)),
        ("clock 5 % faster", Approximation(replace(right, clock=MORE * right.clock), 1)),
        ("clock of the step size", Approximation(replace(right, clock=ETA), 1)),
        ("error that stays", Approximation(right, 0)),
    )
    return Forms(
        Form(
            "printed",
            r"With $\mu$ fixed and $\eta \to 0$: $\max_{k\varepsilon\le T}|w_k - w(k\varepsilon)| "
            r"= O(\varepsilon)$ for the inertia $\lambda = \eta/(1-\mu)^2$, and no better",
            Approximation(right, 1),
        ),
        mutants=tuple(Form(name, name, content) for name, content in wrong),
        inert=tuple(
            Form(name, words, Approximation(replace(right, inertia=inertia), 1))
            for name, inertia, words in other
        ),
    )


def derivation() -> tuple[Step, ...]:
    """Return the expansion of the recursion along a path at fixed lambda."""
    values = recursion_parameters()
    return (
        Step(
            r"From $\lambda = \eta/(1-\mu)^2$ and $\varepsilon = \eta/(1-\mu)$: $\mu$ is",
            values[MU],
        ),
        Step(r"and $\eta$ is", values[ETA]),
        Step(
            r"Along a path $x(T)$ with $w_k = x(k\varepsilon)$ the recursion, divided by $\eta$, "
            r"leaves, up to $O(\varepsilon^3)$,",
            sp.collect(consistency(), TIME_STEP),
        ),
    )


CLAIMS = (
    Claim(
        id="papazov.error-bound.fixed-lambda",
        title="Order of the error at fixed inertia",
        paper=PAPER,
        equation="section 1, Error Bounds",
        printed=PRINTED,
        claimed_over=f"{CLAIMED}; here lambda and T are fixed, epsilon to 0",
        sampled_over=f"expansion: any smooth path; trajectories: {LOSSES}, lambda in "
        f"{', '.join(map(str, INERTIAS))}, w_1 = w_0 and w_1 = w_0 + epsilon v, T = 2",
        forms=fixed_inertia_forms,
        checks=(
            Check(
                "consistency",
                "Does the recursion leave nothing below the claimed order along the flow?",
                consistent,
                exact=True,
            ),
            Check(
                "trajectories",
                "Which order in epsilon do the trajectories show?",
                lambda form: orders_hold(form, settings("lambda"), everywhere=True, figure=True),
            ),
        ),
        derivation=derivation,
    ),
    Claim(
        id="papazov.error-bound.fixed-beta",
        title="Order of the error at fixed momentum",
        paper=PAPER,
        equation="section 1, Error Bounds",
        printed=PRINTED,
        claimed_over=f"{CLAIMED}; here mu (beta in print) and T are fixed, gamma to 0",
        sampled_over="trajectories: the double well and the network, mu in "
        f"{', '.join(map(str, MOMENTA))}, at rest and "
        "with speed in turn, T = 0.4",
        forms=fixed_momentum_forms,
        checks=(
            Check(
                "trajectories",
                "Which order in epsilon do the trajectories show?",
                lambda form: orders_hold(form, settings("mu"), everywhere=True),
            ),
        ),
        remark=r"At fixed momentum $\lambda$ is itself $O(\varepsilon)$, so an error of "
        r"$O(\varepsilon)$ does not tell $\lambda\ddot w$ from nothing at all; what does is the "
        "next order, judged under papazov.error-bound.second-order.",
    ),
)

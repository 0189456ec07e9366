"""Papazov et al., poster section 2: oscillations and slow convergence at large lambda."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from numeric.compiled import numpy_function
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
)
from proofs_check.mgf_regimes import boundary_at, curvatures, decay, flow
from symbolic.derivation import Step
from symbolic.regimes import (
    boundary,
    exponents,
    flow_residual,
    oscillation,
    quadratic_decay_defect,
    slow_exponent_series,
)
from symbolic.surrogate import CURVATURE, INERTIA
from symbolic.symbols import TIME

PAPER = "Papazov et al. 2024"
FILE = "papazov2024-poster.txt"
MORE, LESS = sp.Rational(21, 20), sp.Rational(19, 20)


class Oscillation(NamedTuple):
    """Decay rate and angular frequency of the flow on h w^2/2, by lambda and h."""

    rate: sp.Expr
    frequency: sp.Expr


def solves(form: Form) -> Finding:
    """Insert the oscillation with both phases in the flow."""
    rate, frequency = form.content
    waves = [sp.exp(-rate * TIME) * wave(frequency * TIME) for wave in (sp.cos, sp.sin)]
    return exact_zero(
        [
            *(sp.expand(flow_residual(each) * sp.exp(rate * TIME)) for each in waves),
            quadratic_decay_defect(rate),
        ],
        r"$\lambda\ddot w + \dot w + h w$ at $w = e^{-\rho T}\cos\omega T$ and "
        r"$e^{-\rho T}\sin\omega T$, any $\lambda$ and $h$; $\dot F + 2\rho F$ for $F = "
        r"\frac12(h w^2 + \lambda\dot w^2 + w\dot w)$.",
    )


def grows_without_bound(form: Form) -> Finding:
    """Decide both limits as lambda tends to infinity: the rate, and oscillations per decay."""
    rate, frequency = form.content
    slow = sp.limit(rate, INERTIA, sp.oo)
    many = sp.limit(frequency / (sp.pi * rate), INERTIA, sp.oo)
    return Finding(
        Outcome.HOLDS if slow == 0 and many == sp.oo else Outcome.FAILS,
        r"Limits as $\lambda \to \infty$, h fixed: the decay rate, and the sign changes during the "
        r"time in which the amplitude falls by the factor e.",
        measured=[str(slow), str(many)],
        predicted=["0", "oo"],
        criterion="both limits",
    )


#: Large inertias on the network.
LARGE = (4.0, 16.0, 64.0)


def _oscillation_figure() -> dict[str, Any]:
    series = []
    slowest = float(np.min(curvatures()))
    for inertia in (0.02, boundary_at(boundary(), slowest), 2.0):
        run = flow(inertia, 16.0, places=161)
        label = rf"$4\lambda h = {4 * inertia * slowest:.2g}$"
        series.append({"label": label, "x": run.times, "y": run.residuals[:, 0], "style": ""})
    return {
        "kind": "curves",
        "title": "Three regimes of the flow",
        "xlabel": "T",
        "ylabel": r"$(X\theta - y)_1$",
        "caption": "One residual of the network along the flow from rest, for an inertia below, at "
        "and above the boundary of the direction with the smallest curvature h at the limit.",
        "series": series,
    }


def on_the_network(form: Form) -> Finding:
    """Compare the rate with that of amplitudes on the network, late in the flow."""
    formula = numpy_function((INERTIA, CURVATURE), form.content.rate)
    slowest = float(np.min(curvatures()))
    measured = [decay(each) for each in LARGE]
    stated = [float(formula(each, slowest)) for each in LARGE]
    apart = [
        abs(rate - found.rate) / found.allowed for rate, found in zip(stated, measured, strict=True)
    ]
    return bounded(
        float(np.max(apart)),  # keeps a NaN
        1.0,
        r"Largest difference of the stated decay rate and that of the network, in units of what "
        r"the terms of the loss beyond the second order in $w$ can change it by along the path; "
        rf"$\lambda$ = {', '.join(f'{each:g}' for each in LARGE)}.",
        rtol=0.05,
        atol=1e-2,
        data={
            "ratios": [rate / found.rate for rate, found in zip(stated, measured, strict=True)],
            "allowed, relative": [found.allowed / found.rate for found in measured],
            "figure": _oscillation_figure(),
        },
    )


def large_forms() -> Forms:
    """Return the exact oscillation and wrong ones."""
    rate, frequency = oscillation()
    wrong = (
        ("rate without the 2", Oscillation(2 * rate, frequency)),
        ("rate of gradient flow", Oscillation(CURVATURE, frequency)),
        ("rate 5 % larger", Oscillation(MORE * rate, frequency)),
        ("rate 5 % smaller", Oscillation(LESS * rate, frequency)),
        ("frequency without damping", Oscillation(rate, sp.sqrt(CURVATURE / INERTIA))),
        ("frequency 5 % larger", Oscillation(rate, MORE * frequency)),
        ("frequency of the decay", Oscillation(rate, rate)),
    )
    return Forms(
        Form(
            "printed",
            r"As $\lambda \to \infty$ the flow oscillates ever more often, $\omega = "
            rf"{sp.latex(frequency)}$, before it has decayed, at the rate ${sp.latex(rate)}$, "
            "which tends to 0",
            Oscillation(rate, frequency),
        ),
        mutants=tuple(Form(name, name, content) for name, content in wrong),
    )


def derivation() -> tuple[Step, ...]:
    """Return the exponents and what follows from them."""
    rate, frequency = oscillation()
    return (
        Step(r"On $h w^2/2$ the exponents of the flow are the zeros of", exponents()),
        Step(r"They meet at $\lambda$ =", boundary()),
        Step(r"Above it both decay at the rate", rate),
        Step("and oscillate with the angular frequency", frequency),
        Step(r"Below it the slower one is, up to $O(\lambda^3)$,", slow_exponent_series()),
    )


CLAIMS = (
    Claim(
        id="papazov.regimes.large",
        title="Large inertia: oscillations and slow convergence",
        paper=PAPER,
        equation="section 2",
        printed=Quotation(
            FILE,
            78,
            r"**Large  $\beta$ :**  $\lambda \gg 1$ : Heavy oscillations + arbitrary slow "
            "convergence",
        ),
        claimed_over="every loss; read as lambda to infinity on a given loss, near a minimum",
        sampled_over="exact: h w^2/2, any h > 0 and lambda > 1/(4 h); network: one problem from "
        f"rest, lambda in {', '.join(f'{each:g}' for each in LARGE)}",
        forms=large_forms,
        checks=(
            Check("solution", "Does it solve the flow?", solves, exact=True),
            Check(
                "limits",
                "Do oscillations grow and the rate fall without bound?",
                grows_without_bound,
                exact=True,
            ),
            Check("network", "Is this the rate on the network?", on_the_network),
        ),
        derivation=derivation,
    ),
)

"""Papazov et al., section 4: the integrals I are positive and the limit keeps the scale."""

from __future__ import annotations

import itertools
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import sympy as sp

from numeric.momentum_gradient_flow import mgf_limit
from numeric.problems import Problem, Start
from proofs_check.claim import (
    Check,
    Claim,
    Counterexample,
    Finding,
    Form,
    Forms,
    Outcome,
    Quotation,
    exact_zero,
    mutant_forms,
)
from proofs_check.mgf_runs import MgfRun, all_converged, sampled_text, without_crossings
from symbolic.derivation import Step
from symbolic.mgf_limit import NEURON, NEURON_DOT, square_density
from symbolic.momentum_gradient_flow import (
    GAIN_MINUS,
    GAIN_PLUS,
    LAMBDA,
    W_MINUS,
    W_MINUS_DOT,
    W_PLUS,
    W_PLUS_DOT,
    logarithm,
    time_derivative,
)

PAPER = "Papazov et al. 2024"
SOURCE = "papazov2024-poster.txt"
ALWAYS, MOVING = "> 0", "> 0 where the neuron moves, = 0 elsewhere"


class Sign(NamedTuple):
    """The integrand of I, by lambda, w and w', and the sign that I is said to have."""

    density: sp.Expr
    relation: str


@lru_cache(maxsize=1)
def still_run() -> MgfRun:
    """Return a flow in which one coordinate has no gradient: its column is zero."""
    problem, start = Problem(np.array([[1.0, 0.0]]), np.array([1.0])), Start.scaled(2, 1.0)
    return MgfRun(problem, start, 1.0, mgf_limit(problem, start, 1.0, direct=True))


def balance_law(form: Form) -> Finding:
    """Put the integrand into the conserved logarithms, from which Delta_inf comes."""
    residuals = []
    for sign, gain, w, speed in (
        (1, GAIN_PLUS, W_PLUS, W_PLUS_DOT),
        (-1, GAIN_MINUS, W_MINUS, W_MINUS_DOT),
    ):
        stated = form.content.density.subs({NEURON: w, NEURON_DOT: speed})
        actual = square_density().subs({NEURON: w, NEURON_DOT: speed})
        # The rate at which I enters is the integrand that `time_derivative` knows.
        kept = time_derivative(logarithm(sign)) + sp.diff(logarithm(sign), gain) * (stated - actual)
        residuals.append(sp.cancel(sp.together(kept)))
    return exact_zero(
        residuals,
        r"Time derivative of $\ln|w_\pm| + \lambda\dot w_\pm/w_\pm + I_\pm(t) \pm \int g$, with "
        r"the stated integrand of $I_\pm$: only then is $\Delta_\infty = \Delta_0e^{-(I_++I_-)}$.",
    )


def positivity(form: Form) -> Finding:
    """Decide the sign of the integrand for real neurons that are not zero, and that at rest."""
    w = sp.Symbol("w", real=True, nonzero=True)
    moving = sp.Symbol("w'", real=True, nonzero=True)
    density = form.content.density
    positive = density.subs({NEURON: w, NEURON_DOT: moving}).is_positive
    at_rest = density.subs({NEURON: w, NEURON_DOT: 0})
    strict_at_rest = bool(at_rest > 0)
    stated = form.content.relation == ALWAYS
    if positive is None:
        sample = density.subs({NEURON: 1, NEURON_DOT: -1, LAMBDA: 1})
        positive = bool(sample > 0)
    holds = bool(positive) and strict_at_rest == stated
    return Finding(
        Outcome.HOLDS if holds else Outcome.FAILS,
        r"Sign of the integrand for $w \ne 0$, $\dot w \ne 0$, and its value at $\dot w = 0$, "
        "where a neuron stays that has no gradient.",
        measured=f"{'positive' if positive else 'not positive'}, at rest {at_rest}",
        predicted=f"I {form.content.relation}",
        criterion="the integrand is positive where the neuron moves; at rest it is positive "
        "exactly if strictness is claimed there",
    )


def along_flows(form: Form) -> Finding:
    """Return the smallest I along flows, those of neurons that never move apart."""
    runs = (*without_crossings(), still_run())
    if not all_converged(runs):
        return Finding(Outcome.UNCLEAR, "A flow did not converge.")
    # Measured I have the true sign; a stated one differs by a constant factor or not at all.
    factor = (form.content.density / square_density()).subs({LAMBDA: 1, NEURON: 1, NEURON_DOT: 1})
    values, moved = [], []
    for run in runs:
        for gain, start, end in (
            (run.limit.I_plus, run.start.u, run.limit.u),
            (run.limit.I_minus, run.start.v, run.limit.v),
        ):
            values.extend(float(factor) * gain)
            moved.extend(start != end)
    found, moves = np.array(values), np.array(moved)
    if not np.isfinite(found).all():
        return Finding(Outcome.UNCLEAR, "A flow left an integral that is not finite.")
    holds = bool(np.all(found[moves] > 0))
    if form.content.relation == ALWAYS:
        holds = holds and bool(np.all(found > 0))
    else:
        holds = holds and bool(np.all(found[~moves] == 0))
    return Finding(
        Outcome.HOLDS if holds else Outcome.FAILS,
        f"Smallest $I_\\pm$ of a neuron that moves, over {int(moves.sum())} of them, and largest "
        f"size of $I_\\pm$ of the {int((~moves).sum())} that do not, without zeros of neurons.",
        measured=[float(found[moves].min()), float(np.abs(found[~moves]).max())],
        predicted=f"I {form.content.relation}",
        criterion="for every flow, neuron and coordinate",
        rtol=1e-6,
    )


def sign_forms() -> Forms:
    """Return I as printed, as it is, and wrong versions."""
    right = square_density()
    mutants = [
        ("5 % larger", Sign(sp.Rational(21, 20) * right, MOVING)),
        ("5 % smaller", Sign(sp.Rational(19, 20) * right, MOVING)),
        ("without the square", Sign(LAMBDA * sp.Abs(NEURON_DOT / NEURON), MOVING)),
        ("not divided by the neuron", Sign(LAMBDA * NEURON_DOT**2, MOVING)),
        ("inertia dropped", Sign(right / LAMBDA, MOVING)),
        ("minus sign alone", Sign(-right, MOVING)),
        ("strict alone", Sign(right, ALWAYS)),
    ]
    return Forms(
        Form(
            "printed",
            r"$I_\pm = -\lambda\int_0^\infty(\dot w_\pm/w_\pm)^2dt > 0$",
            Sign(-right, ALWAYS),
        ),
        Form(
            "positive",
            r"$I_\pm = \lambda\int_0^\infty(\dot w_\pm/w_\pm)^2dt \ge 0$ in every coordinate, with "
            "equality exactly where the neuron stays at its start; for flows from rest without a "
            "zero of the neuron",
            Sign(right, MOVING),
        ),
        mutant_forms(mutants),
    )


def negative_integrand() -> Counterexample | None:
    """Return small integers at which the printed integrand is negative."""
    printed = sign_forms().printed.content.density
    for inertia, w, speed in itertools.product((1, 2), (1, -1), (1, -1)):
        value = printed.subs({LAMBDA: inertia, NEURON: w, NEURON_DOT: speed})
        if value < 0:
            return Counterexample(
                "The printed integrand is negative wherever the neuron moves, so the integral "
                "cannot be positive.",
                {
                    "lambda": str(inertia),
                    "w": str(w),
                    "w'": str(speed),
                    "integrand": str(value),
                },
                exact=True,
                found_by="integers by size",
            )
    return None


CLAIMS = (
    Claim(
        id="papazov.positive",
        title="The integrals are positive, the printed ones negative",
        paper=PAPER,
        equation="section 4",
        printed=Quotation(
            SOURCE,
            98,
            r"**Theoretically:** If $\forall t \in [0, +\infty], \Delta_t > 0$ , then  $I_\pm = "
            r"-\lambda \int_0^\infty \left( \frac{\dot{w}_{\pm,t}}{w_{\pm,t}} \right)^2 dt > 0$ .",
        ),
        claimed_over="every data set, coordinate, lambda > 0 and start at rest; no neuron at zero",
        sampled_over=lambda: (
            f"proof: all of it; {sampled_text()}; and one flow with a column of zeros"
        ),
        forms=sign_forms,
        checks=(
            Check(
                "balance law",
                "Is it the integral that the conserved logarithms contain?",
                balance_law,
                exact=True,
            ),
            Check(
                "sign", "Has the integrand the stated sign?", positivity, exact=True, proves=True
            ),
            Check("flows", "Have the integrals along flows the stated sign?", along_flows),
        ),
        depends=("papazov.mgf.scale",),
        derivation=lambda: (
            Step("The integrand of I, a square times lambda", square_density()),
            Step("Conserved with it along the flow", logarithm(+1)),
        ),
        counterexample=negative_integrand,
    ),
)

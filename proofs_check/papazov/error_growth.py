"""Papazov et al., poster section 1: how the error grows with the number of steps."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from proofs_check.claim import Check, Claim, Finding, Form, Forms, Outcome
from proofs_check.mgf_paths import INERTIAS, Surrogate, momentum_iterates, parameters
from proofs_check.papazov.error_bound import LOSSES, PAPER, PRINTED
from proofs_check.smooth_runs import runs
from symbolic.derivation import Step
from symbolic.surrogate import RATE, TIME_STEP, hill_error, hill_shift

Array = np.ndarray

#: The constant C of the print: positive, and the same for every K and epsilon.
CONSTANT = sp.Symbol("C", positive=True)
#: epsilon of the runs, the time to which the error is first followed, and how much further then.
STEP, FIRST, FURTHER = 1 / 32, 5.0, 8
#: An exponent per step below this is none: the tolerance of the integrator, 1e-12, moves errors of
#: 1e-3 and more by less.
ROUNDING = 1e-9


class Growth(NamedTuple):
    """A bound A epsilon exp(exponent K), and whether some loss attains its exponent.

    ``exponent`` is by C, epsilon and the rate r of the steepest hill -h w^2/2 of the loss.
    """

    exponent: sp.Expr
    attained: bool


def on_the_hill(form: Form) -> Finding:
    """Compare the exponent with that of the error on a hill, per unit of time, epsilon to 0.

    There the error is epsilon q T exp(r T) to leading order, so its exponent is r, and a bound
    needs at least that; it is attained if it is just that.
    """
    exponent, attained = form.content
    leading = sp.log(hill_error() / hill_shift())
    # ln(error/(epsilon q)) = r T + ln T: the exponent per unit of time for T to infinity.
    (time,) = hill_error().free_symbols - hill_shift().free_symbols
    rate = sp.limit(sp.expand_log(leading, force=True) / time, time, sp.oo)
    margin = sp.limit(exponent / TIME_STEP - rate, TIME_STEP, 0, "+")
    bound = bool(margin.is_nonnegative or margin == sp.oo)
    holds = bound and attained == (margin == 0)
    return Finding(
        Outcome.HOLDS if holds else Outcome.FAILS,
        r"Exponent of the bound per unit of time, less the rate of the error on a hill "
        r"$-h w^2/2$, $h = \lambda r^2 + r$, as $\varepsilon \to 0$.",
        measured=str(margin),
        predicted="0" if attained else "positive",
        criterion="not negative (a bound), and zero exactly if it is said to be attained",
    )


@cache
def _errors(inertia: float, index: int) -> Array:
    """Return |w_k - w(k epsilon)| up to the last time."""
    run = runs()[index]
    mu, eta = parameters(inertia, STEP)
    steps = int(FURTHER * FIRST / STEP)
    w = momentum_iterates(run, mu, eta, steps)
    return np.linalg.norm(w - Surrogate().path(run, w, mu, eta, steps), axis=1)


def _figure() -> dict[str, Any]:
    every = 4
    series = []
    for index, run in enumerate(runs()):
        error = _errors(INERTIAS[0], index)[1 : int(2 * FIRST / STEP) : every] / STEP
        times = STEP * (1 + every * np.arange(len(error)))
        series.append({"label": run.name, "x": times, "y": error, "style": ""})
    return {
        "kind": "curves",
        "title": "The error of the flow over time",
        "xlabel": r"$k\varepsilon$",
        "ylabel": r"$|w_k - w(k\varepsilon)|\,/\,\varepsilon$",
        "caption": rf"Distance of the iterates from the flow, $\lambda = {INERTIAS[0]}$, "
        rf"$\varepsilon = 1/{round(1 / STEP)}$. It is largest early and never grows again.",
        "series": series,
    }


def on_convergent_runs(form: Form) -> Finding:
    """Measure by which exponent the largest error grows when K is multiplied."""
    first = int(FIRST / STEP)
    growths = [
        np.log(np.max(error) / np.max(error[: first + 1])) / (len(error) - 1 - first)
        for inertia in INERTIAS
        for error in (_errors(inertia, index) for index in range(len(runs())))
    ]
    growth = float(np.max(growths))  # keeps a NaN
    if not np.isfinite(growth):
        return Finding(Outcome.UNCLEAR, "A run or its flow left a number that is not finite.")
    # A positive constant per step that is attained shows as growth; other bounds leave room.
    claimed = form.content.attained and form.content.exponent.has(CONSTANT)
    return Finding(
        Outcome.FAILS if claimed and growth <= ROUNDING else Outcome.HOLDS,
        rf"Exponent per step by which $\max_{{k\le K}}|w_k - w(k\varepsilon)|$ grows as K goes "
        rf"from {first} to {FURTHER * first} on runs that converge; the largest over losses and "
        r"$\lambda$.",
        measured=growth,
        predicted="C > 0" if claimed else "0 or more",
        criterion="an attained exponent shows; a bound must not be below it",
        rtol=1e-3,
        atol=ROUNDING,
        data={"figure": _figure()},
    )


def forms() -> Forms:
    """Return the printed bound, said to be pessimistic, and wrong judgements of it."""
    step_rate = TIME_STEP * RATE
    wrong = (
        ("attained per step", "some loss attains the exponent CK", Growth(CONSTANT, True)),
        ("no growth on any loss", r"$A\varepsilon$ bounds the error", Growth(sp.S.Zero, False)),
        (
            "rate 5 % smaller",
            r"$A\varepsilon\exp(\frac{19}{20} r K\varepsilon)$ bounds the error",
            Growth(sp.Rational(19, 20) * step_rate, False),
        ),
        (
            "rate of the hill, pessimistic",
            r"even $A\varepsilon\exp(r K\varepsilon)$ is attained by no loss",
            Growth(step_rate, False),
        ),
        (
            "rate 5 % larger, attained",
            r"some loss attains $\exp(\frac{21}{20} r K\varepsilon)$",
            Growth(sp.Rational(21, 20) * step_rate, True),
        ),
    )
    return Forms(
        Form(
            "printed",
            r"At fixed $\lambda$ the bound $\exp(CK)\cdot\varepsilon$ with a constant $C > 0$ is "
            r"pessimistic: as $\varepsilon \to 0$ the error on no loss grows with an exponent "
            r"proportional to the number $K$ of steps",
            Growth(CONSTANT, False),
        ),
        mutants=tuple(Form(name, words, content) for name, words, content in wrong),
    )


def derivation() -> tuple[Step, ...]:
    """Return the error on the hill."""
    return (
        Step(
            r"On $-h w^2/2$ the flow leaves the top like $\exp(rT)$, $h = \lambda r^2 + r$, and "
            r"the iterates like $\exp((r + \varepsilon q)T)$ with q",
            hill_shift(),
        ),
        Step(r"so the error, divided by $\varepsilon$, is to leading order", hill_error()),
        Step(
            r"It grows by the time $T = K\varepsilon$; per step its exponent is", RATE * TIME_STEP
        ),
    )


CLAIMS = (
    Claim(
        id="papazov.error-bound.pessimistic",
        title="The bound is pessimistic",
        paper=PAPER,
        equation="section 1, Error Bounds",
        printed=PRINTED,
        claimed_over="every smooth loss, every start and K; C is not stated; lambda is fixed",
        sampled_over=f"hill: any h and lambda, symbolically; runs that converge: {LOSSES}, lambda "
        f"in {', '.join(map(str, INERTIAS))}, epsilon = 1/{round(1 / STEP)}, times up to "
        f"{FURTHER * FIRST:g}",
        forms=forms,
        checks=(
            Check(
                "hill",
                "Is the exponent a bound on a hill, and is it attained there?",
                on_the_hill,
                exact=True,
            ),
            Check("convergent runs", "Does the error grow with K?", on_convergent_runs),
        ),
        depends=("papazov.error-bound.fixed-lambda",),
        derivation=derivation,
        remark=r"Two gaps: the exponent belongs to the time $K\varepsilon$, not to K; and where "
        "the run converges there is no growth at all. An exponent in time cannot be avoided in "
        "general: the hill has it.",
    ),
)

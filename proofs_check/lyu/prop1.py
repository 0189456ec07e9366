"""Lyu et al., Proposition 1: the coefficient of the second derivative."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import lru_cache

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
    mutant_forms,
)
from proofs_check.many_digit_orders import MOMENTUM, second_order_in_many_digits
from proofs_check.smooth_runs import MOMENTA, Run, iterates, method_at, runs, steps_to
from symbolic.derivation import Step, derive
from symbolic.modified_equation import flow_defect, inertia_coefficient
from symbolic.mutation import mutations
from symbolic.symbols import ETA, KAPPA, MU
from symbolic.two_step import METHODS, TwoStepMethod

PAPER = "Lyu et al. 2025"
PRINTED = Quotation(
    "lyu2025.txt",
    90,
    r"where $\alpha = \frac{\eta(1+\mu)}{2(1-\mu)}$ for HB, and "
    r"$\alpha = \frac{\eta(1-\mu+2\mu^2)}{2(1-\mu)}$ for NAG.",
)
CLAIMED = (
    "every smooth loss in every dimension, every mu in (0, 1), eta to 0; the start of the flow is "
    "not stated"
)
SAMPLED = (
    "derivation: any smooth loss, any dimension, symbolic mu; trajectories: two losses that are "
    f"not quadratic and the network, mu in {', '.join(map(str, MOMENTA))}; in many digits: the "
    f"network, mu = {MOMENTUM}"
)
REMARK = (
    "An error of O(eta) does not determine the inertia (without any, the error is O(eta) as well): "
    "what does is that the recursion leaves nothing at O(eta) along the flow. The error itself is "
    "judged under Definition 1."
)
#: Relative deviation allowed between the coefficient recovered from trajectories and the formula.
ALLOWED = 1e-3


def defect_on_the_flow(form: Form, kappa: sp.Expr) -> Finding:
    """Return what the recursion leaves, up to O(eta), on the slow flow of the form's equation."""
    ratio = sp.cancel(form.content / ETA)
    left = [value for order in (0, 1) for value in flow_defect(ratio, order).values()]
    return exact_zero(
        [sp.cancel(value.subs(KAPPA, kappa)) for value in left] or [sp.S.Zero],
        r"Along the slow flow of $\alpha\ddot x + \dot x + \nabla L/(1-\mu) = 0$ the recursion, "
        r"divided by $\eta$, leaves nothing at $O(1)$ and $O(\eta)$.",
    )


def against_expansion(form: Form, kappa: sp.Expr) -> Finding:
    """Compare the form with the coefficient that the expansion along a path gives."""
    return exact_zero(
        sp.cancel(form.content.subs(KAPPA, kappa) - inertia_coefficient(MU, kappa, ETA)),
        r"The recursion along a path $x(k\eta)$, expanded to the second power of $\eta$, has this "
        r"coefficient of $\ddot x$ relative to that of $\dot x$.",
    )


def inertia_at_step(run: Run, method: TwoStepMethod, eta: float, steps: int) -> float:
    """Return the alpha/eta that the last iterates show, up to O(eta).

    Equation: alpha x'' = -(x' + grad L/(1-mu)), by central differences, projected on x''.
    """
    path = iterates(run, method, eta, steps + 1)
    before, here, after = path[-3], path[-2], path[-1]
    velocity = (after - before) / (2 * eta)
    acceleration = (after - 2 * here + before) / eta**2
    left = velocity + run.gradient(here) / (1 - method.mu)
    return float(-(left @ acceleration) / (acceleration @ acceleration) / eta)


#: The look-ahead of a method that is neither of the two printed ones, but between them.
OTHER_KAPPA = MU / 2 + sp.Rational(1, 10)


def other_method(mu: float) -> TwoStepMethod:
    """Return that method with float parameters."""
    return TwoStepMethod("own", mu, float(OTHER_KAPPA.subs(MU, sp.Rational(str(mu)))))


@lru_cache(maxsize=64)
def recovered_inertia(run_index: int, name: str, mu: float) -> tuple[float, float]:
    """Return alpha/eta from trajectories alone, extrapolated to eta = 0, and its uncertainty.

    No flow is integrated. The values at eta, eta/2, ... at one time are a polynomial in eta;
    Neville's scheme takes it to eta = 0, and the change in its last stage is the uncertainty.
    """
    run = runs()[run_index]
    method = other_method(mu) if name == "own" else method_at(name, mu)
    time = 0.125 * (1 - mu)
    table = [inertia_at_step(run, method, time / steps, steps) for steps in steps_to(method, 25, 5)]
    previous = table[-1]
    for stage in range(1, len(table)):
        previous = table[-1]
        table = [
            fine + (fine - coarse) / (2**stage - 1) for coarse, fine in itertools.pairwise(table)
        ]
    return table[0], abs(table[0] - previous)


def against_trajectories(form: Form, name: str, kappa: sp.Expr) -> Finding:
    """Compare the form's alpha with what trajectories show, over losses and momenta."""
    formula = numpy_function((MU, ETA), form.content.subs(KAPPA, kappa))
    worst = unsure = 0.0
    for mu in MOMENTA:
        for index in range(len(runs())):
            found, uncertainty = recovered_inertia(index, name, mu)
            deviation = abs(float(formula(mu, 1.0)) / found - 1)
            unsure = max(unsure, uncertainty / abs(found))
            worst = max(worst, deviation)
    if not unsure <= ALLOWED / 10:
        return Finding(
            Outcome.UNCLEAR,
            "The coefficient could not be extrapolated from the trajectories.",
            measured=unsure,
            predicted=ALLOWED / 10,
        )
    return bounded(
        worst,
        ALLOWED,
        "Largest relative deviation of the formula from the coefficient recovered from iterates "
        "alone, extrapolated to eta = 0.",
        rtol=1e-2,
        atol=ALLOWED / 10,
        data={"relative_uncertainty": unsure},
    )


#: The mutant that the flow in many digits is tried on: the smallest change that there is.
CLOSE = "5 % larger"


def in_many_digits(form: Form, kappa: sp.Expr) -> Finding | None:
    """Measure the order of the flow with the form's inertia; of the mutants only the closest."""
    if form.name not in ("printed", CLOSE):
        return None
    return second_order_in_many_digits(form.content, kappa)


def _checks(name: str, kappa: sp.Expr, sampled_kappa: sp.Expr) -> tuple[Check, ...]:
    return (
        Check(
            "derivation",
            "Does the recursion vanish on the flow through O(eta), for any loss?",
            lambda form: defect_on_the_flow(form, kappa),
            exact=True,
            proves=True,
        ),
        Check(
            "expansion",
            "Is it the coefficient that the expansion along a path gives?",
            lambda form: against_expansion(form, kappa),
            exact=True,
        ),
        Check(
            "trajectories",
            "Do iterates alone show this coefficient?",
            lambda form: against_trajectories(form, name, sampled_kappa),
        ),
        Check(
            "many digits",
            "Does the flow with it follow the iterates to second order?",
            lambda form: in_many_digits(form, sampled_kappa),
        ),
    )


def _forms(printed: sp.Expr, statement: str) -> Callable[[], Forms]:
    def forms() -> Forms:
        return Forms(Form("printed", statement, printed), mutants=mutant_forms(mutations(printed)))

    return forms


def _claim(name: str, printed: sp.Expr, title: str) -> Claim:
    return Claim(
        id=f"lyu.prop1.{name}",
        title=title,
        paper=PAPER,
        equation="Proposition 1, Eq. (4)",
        printed=PRINTED,
        claimed_over=CLAIMED,
        sampled_over=SAMPLED,
        forms=_forms(printed, rf"$\alpha = {sp.latex(printed)}$"),
        checks=_checks(name, METHODS[name].kappa, METHODS[name].kappa),
        derivation=lambda: derive(name).steps,
        remark=REMARK,
    )


def _family_steps() -> tuple[Step, ...]:
    return derive(TwoStepMethod("own", MU, KAPPA)).steps


#: As printed, transcribed.
HEAVY_BALL_PRINTED = ETA * (1 + MU) / (2 * (1 - MU))
NESTEROV_PRINTED = ETA * (1 - MU + 2 * MU**2) / (2 * (1 - MU))
#: One formula for both, which the proposition does not print.
FAMILY = ETA * ((1 + MU) / 2 - KAPPA * (1 - MU)) / (1 - MU)

CLAIMS = (
    _claim("hb", HEAVY_BALL_PRINTED, "Inertia of the heavy-ball flow"),
    _claim("nag", NESTEROV_PRINTED, "Inertia of the Nesterov flow"),
    Claim(
        id="lyu.prop1.family",
        title="Inertia for every momentum and look-ahead",
        paper=PAPER,
        equation="Proposition 1, Eq. (4)",
        printed=PRINTED,
        claimed_over="every (mu, kappa); the two printed cases are kappa = 0 and kappa = mu",
        sampled_over=f"{SAMPLED}; derivation for symbolic kappa, "
        "trajectories at kappa = mu/2 + 1/10",
        forms=_forms(
            FAMILY, rf"$\alpha = {sp.latex(FAMILY)}$, of which the two printed cases are members"
        ),
        checks=_checks("own", KAPPA, OTHER_KAPPA),
        derivation=_family_steps,
        remark=f"The general formula is this project's; the paper prints its two members. {REMARK}",
    ),
)

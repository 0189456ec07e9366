"""Lyu et al., remark after Theorem 3: the scale |u v| with which the flow itself ends.

The printed xi_bar leaves out what the initial velocity does to the scale.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import sympy as sp

from numeric.datasets import small_problem
from numeric.flows import start_velocity
from numeric.problems import Start
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
)
from proofs_check.lyu.thm3_mitigation import INERTIA, MOMENTUM, PAPER, heavy_ball_flow
from symbolic.derivation import Step
from symbolic.momentum_flow import (
    SQUARES_U_TO_T,
    SQUARES_V_TO_T,
    scale_logarithm,
    time_derivative,
)

_SQUARES = (SQUARES_U_TO_T, SQUARES_V_TO_T)


def scale_identity(form: Form) -> Finding:
    """Decide the stated conserved quantity: it gives ln xi_inf with nothing neglected."""
    stated = form.content[0]
    return exact_zero(
        sp.cancel(sp.together(time_derivative(stated))),
        r"Time derivative along the flow of the stated $\ln|uv| + \dots$; at the end velocities "
        r"are zero, so it gives $\ln(\xi_\infty/\xi)$ exactly.",
    )


@cache
def _scale_ratio(kind: str) -> float:
    """Return the largest |u v|(inf)/|u v|(0) over the coordinates of one flow."""
    problem = small_problem(2, 5, 1)
    start = Start.scaled(5, 0.7)
    if kind == "growing":
        velocity = (start.u / (1 - MOMENTUM), start.v / (1 - MOMENTUM))
    else:
        velocity = start_velocity(kind, problem, start, mu=MOMENTUM)
    limit = heavy_ball_flow(problem, start, velocity)
    return float(np.max(limit.xi / start.xi))


def final_scales(form: Form) -> Finding:
    """Compare |u v| at the end of flows with its initial value, for the velocities covered."""
    kinds = ("zero", "matched", "rescaled-gradient", *(("growing",) if form.content[1] else ()))
    ratios = {kind: _scale_ratio(kind) for kind in kinds}
    largest = max(ratios.values())
    holds = (largest < 1) == form.content[2]
    return Finding(
        Outcome.HOLDS if holds and np.isfinite(largest) else Outcome.FAILS,
        r"Largest $|u_j v_j|(\infty)/|u_j v_j|(0)$ over coordinates, by initial velocity.",
        measured=largest,
        predicted="< 1" if form.content[2] else ">= 1",
        criterion="for every velocity covered",
        data=ratios,
    )


def scale_forms() -> Forms:
    """Return the mitigation for any velocity, for those that cannot raise the scale, mutants."""
    right = scale_logarithm()
    mutants = []
    for term in sp.Add.make_args(right):
        for name, factor in (
            ("dropped", 0),
            ("with the wrong sign", -1),
            ("5 % larger", sp.Rational(21, 20)),
            ("5 % smaller", sp.Rational(19, 20)),
        ):
            mutants.append(
                Form(
                    f"{term} {name}",
                    f"the term {term} {name}",
                    (sp.expand(right + (factor - 1) * term), False, True),
                )
            )
    return Forms(
        Form(
            "printed",
            r"The flow ends with a smaller scale $|uv|$ than it started with, for any initial "
            "velocity (none is stated)",
            (right, True, True),
        ),
        Form(
            "with the velocity",
            r"$\ln(\xi_\infty/\xi) = \alpha(\omega_u + \omega_v) - \alpha\int(\dot u/u)^2 + "
            r"(\dot v/v)^2\,dt$ exactly, $\omega = \dot x/x$ at the start, as long as no neuron "
            r"crosses zero: smaller for $\omega_u + \omega_v \le 0$, possibly larger otherwise",
            (right, False, True),
        ),
        (*mutants, Form("never smaller", "the scale never shrinks", (right, False, False))),
    )


def growing_scale() -> Counterexample | None:
    """Return the flow with an outward initial velocity if its scale grew."""
    ratio = _scale_ratio("growing")
    if not ratio > 1:
        return None
    return Counterexample(
        "Started with u'/u = v'/v = 1/(1-mu), a coordinate ends with a larger |u v|.",
        {"largest |uv|(inf)/|uv|(0)": ratio, "alpha": INERTIA, "mu": MOMENTUM},
        exact=False,
        found_by="integration; the sign of omega_u + omega_v in the exact identity shows the way",
    )


def scale_derivation() -> tuple[Step, ...]:
    """Return the conserved quantity and its derivative."""
    return (
        Step("Along the flow this is constant, nothing neglected:", scale_logarithm()),
        Step(
            "Without its integrals the time derivative is a negative sum of squares:",
            sp.factor(
                sp.cancel(time_derivative(scale_logarithm().subs(dict.fromkeys(_SQUARES, 0))))
            ),
        ),
    )


CLAIMS = (
    Claim(
        id="lyu.thm3.mitigation.scale",
        title="The scale of the flow itself",
        paper=PAPER,
        equation="Remark after Theorem 3",
        printed=Quotation(
            "lyu2025.txt",
            142,
            "HB and NAG flow induce an extra initialization mitigation effect: given ξ",
        ),
        claimed_over="all data, starts and initial velocities (none is stated)",
        sampled_over=(
            "identity: every flow whose neurons do not cross zero; integration: one problem, "
            "velocities zero, matched, -grad L/(1-mu) and one that is no gradient"
        ),
        forms=scale_forms,
        checks=(
            Check("identity", "Is the stated quantity conserved?", scale_identity, exact=True),
            Check("final scales", "Does |u v| end below its start?", final_scales),
        ),
        derivation=scale_derivation,
        counterexample=growing_scale,
        remark=(
            "Where a neuron crosses zero, as can happen at large step sizes, the integral is "
            "singular and the identity does not apply."
        ),
    ),
)

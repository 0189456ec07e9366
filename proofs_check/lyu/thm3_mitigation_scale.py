"""Lyu et al., remark after Theorem 3: the scale |u v| with which the flow itself ends.

The printed xi_bar leaves out what the initial velocity does to the scale.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import sympy as sp

from numeric.datasets import small_problem
from numeric.flows import FlowLimit, start_velocity
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
#: The kind of initial velocity that may raise the scale.
OUTWARD = "outward"


def scale_identity(form: Form) -> Finding:
    """Decide the stated conserved quantity: it gives ln xi_inf with nothing neglected."""
    stated = form.content[0]
    return exact_zero(
        sp.cancel(sp.together(time_derivative(stated))),
        r"Time derivative along the flow of the stated $\ln|uv| + \dots$; at the end velocities "
        r"are zero, so it gives $\ln(\xi_\infty/\xi)$ exactly.",
    )


def _outward_flow(problem: Problem, start: Start) -> FlowLimit:
    """Return the flow that starts with u'/u = v'/v = 1/(1-mu), of the size of a gradient."""
    return heavy_ball_flow(problem, start, (start.u / (1 - MOMENTUM), start.v / (1 - MOMENTUM)))


@cache
def _scale_ratios(kind: str) -> tuple[float, float] | None:
    """Return the smallest and largest |u v|(inf)/|u v|(0) over the coordinates of one flow."""
    problem = small_problem(2, 5, 1)
    start = Start.scaled(5, 0.7)
    if kind == OUTWARD:
        limit = _outward_flow(problem, start)
    else:
        velocity = start_velocity(kind, problem, start, mu=MOMENTUM)
        limit = heavy_ball_flow(problem, start, velocity)
    if not limit.converged:
        return None
    ratios = limit.xi / start.xi
    return float(np.min(ratios)), float(np.max(ratios))


def final_scales(form: Form) -> Finding:
    """Compare |u v| at the end of flows with its initial value, for the velocities covered."""
    kinds = ("zero", "matched", "rescaled-gradient", *((OUTWARD,) if form.content[1] else ()))
    ratios = {kind: pair for kind in kinds if (pair := _scale_ratios(kind)) is not None}
    if len(ratios) < len(kinds):
        return Finding(Outcome.UNCLEAR, "A flow did not converge.")
    smallest, largest = min(r[0] for r in ratios.values()), max(r[1] for r in ratios.values())
    holds = largest < 1 if form.content[2] else smallest >= 1
    return Finding(
        Outcome.HOLDS if holds else Outcome.FAILS,
        r"Smallest and largest $|u_j v_j|(\infty)/|u_j v_j|(0)$ over coordinates and initial "
        "velocities.",
        measured=[smallest, largest],
        predicted="< 1" if form.content[2] else ">= 1",
        criterion="for every coordinate and velocity covered",
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
            r"Read as a statement about the neurons: the flow ends with a smaller scale $|uv|$ "
            "than it started with, for any initial velocity (none is stated)",
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
    """Search small integer data for a flow with an outward initial velocity that gains scale."""
    for size in range(1, 4):
        for x, y in ((x, y) for x in range(1, size + 1) for y in (1, -1)):
            problem = Problem(np.array([[1.0, float(x)]]), np.array([float(y)]))
            start = Start(np.ones(2), np.ones(2))
            limit = _outward_flow(problem, start)
            if not (limit.converged and np.max(limit.xi / start.xi) > 1):
                continue
            rate = sp.Rational(1) / (1 - sp.Rational(str(MOMENTUM)))
            return Counterexample(
                "Started with u'/u = v'/v = 1/(1-mu), the flow ends with a larger |u v|.",
                {
                    "X": [[1, x]],
                    "y": [y],
                    "u(0)": [1, 1],
                    "v(0)": [1, 1],
                    "u'(0)": [str(rate)] * 2,
                    "v'(0)": [str(rate)] * 2,
                    "alpha": INERTIA,
                    "mu": MOMENTUM,
                    "|u v|(inf)/|u v|(0)": (limit.xi / start.xi).tolist(),
                },
                exact=False,
                found_by="search over integer data of one sample and two coordinates, by size; "
                "the sign of omega_u + omega_v in the exact identity shows the way",
            )
    return None


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
            r"HB and NAG flow induce an extra initialization mitigation effect: given ξ , "
            r"$Q_{\bar{\xi}(\infty)}^{\text{M}}$ for HB and NAG flow is equivalent to the "
            r"hyperbolic entropy of GF with a smaller initialization scale since "
            r"$\bar{\xi}(\infty)$ is strictly smaller than ξ due to the fact that $\phi(\infty)$ "
            r"is a positive integral and finite",
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
            "The printed sentence is about xi_bar of Theorem 3. That the scale |u v| of the "
            "neurons shrinks is how it is read here; the paper does not say so in these words. "
            "Where a neuron crosses zero, as can happen at large step sizes, the integral is "
            "singular and the identity does not apply."
        ),
    ),
)

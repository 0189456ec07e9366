"""Lyu et al., Theorem 3: the hypothesis on the initial velocity that the flow needs.

The theorem speaks of the solution of a second-order equation and gives no initial velocity. For a
velocity that is no gradient the scale and the linear term both change at O(eta).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial

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
from proofs_check.limit_families import (
    COUNT,
    MOMENTA,
    LimitFamily,
    Prediction,
    flow_family,
    odd_velocity,
    prediction_errors,
)
from proofs_check.lyu.prop1 import FAMILY, HEAVY_BALL_PRINTED
from proofs_check.lyu.theorem3_measurement import second_order
from symbolic.derivation import Step
from symbolic.implicit_bias import (
    OMEGA_U,
    OMEGA_V,
    effective_scale,
    effective_scale_with_velocity,
    exact_linear_term,
    exact_log_scale,
    momentum_bias_corrected,
    momentum_bias_with_velocity,
    theorem_residuals,
)
from symbolic.mutation import mutations
from symbolic.symbols import ALPHA, KAPPA, XI

#: Without the initial velocity, as printed, the sign of the linear term mended.
SILENT = Prediction(HEAVY_BALL_PRINTED, effective_scale(), momentum_bias_corrected())
#: With it.
WITH_VELOCITY = Prediction(
    FAMILY.subs(KAPPA, 0), effective_scale_with_velocity(), momentum_bias_with_velocity()
)


def _families() -> list[Callable[[], LimitFamily]]:
    return [
        partial(flow_family, "hb", mu, kind, "odd")
        for mu, kind in itertools.product(sorted(MOMENTA, reverse=True), ("biased", "unbiased"))
    ]


def _forms() -> Forms:
    gain = ALPHA * (OMEGA_U + OMEGA_V)
    turn = ALPHA * (OMEGA_U - OMEGA_V) / 4
    named = [
        (f"gain of the scale: {name}", WITH_VELOCITY._replace(scale=SILENT.scale * sp.exp(wrong)))
        for name, wrong in (("dropped", sp.S.Zero), *mutations(gain))
    ]
    named += [
        (f"turn of the linear term: {name}", WITH_VELOCITY._replace(linear=SILENT.linear - wrong))
        for name, wrong in (("dropped", sp.S.Zero), *mutations(turn))
    ]
    return Forms(
        Form(
            "printed",
            "Equation (8) with the sign of its linear term mended and without its gradient term, "
            "whatever the initial velocity",
            SILENT,
        ),
        Form(
            "corrected",
            r"For a start with log-velocities $\omega_u = \dot u/u$ and $\omega_v = \dot v/v$, "
            rf"$\bar\xi = {sp.latex(WITH_VELOCITY.scale)}$ and "
            rf"$R = {sp.latex(WITH_VELOCITY.linear)}$; equation (8) keeps its form if "
            r"$\omega_u + \omega_v = O(\eta)$ and $\omega_u - \omega_v$ is in the row space of $X$",
            WITH_VELOCITY,
        ),
        mutants=mutant_forms(named),
    )


def identity(form: Form) -> Finding:
    """Compare the form with the exact integrals of the logarithms, for every velocity."""
    scale = sp.expand_log(sp.log(form.content.scale), force=True)
    right = sp.expand_log(sp.log(effective_scale_with_velocity()), force=True)
    return exact_zero(
        [
            *theorem_residuals(),
            scale - right,
            form.content.linear - momentum_bias_with_velocity(),
        ],
        "The exact integrals of the logarithms of the neurons give this scale and this linear "
        "term for every initial velocity, up to the second power of the inertia.",
    )


def _derivation() -> tuple[Step, ...]:
    return (
        Step(
            r"Exactly, with $\omega$ the log-velocities at the start and $P = \int p^2 dt$,",
            exact_log_scale(),
        ),
        Step("and for the linear term, up to the row space,", exact_linear_term()),
        Step(r"The terms in $\omega$ are of first order in $\eta$: the scale is", _scale()),
        Step("and the linear term", momentum_bias_with_velocity()),
    )


def _scale() -> sp.Expr:
    return sp.powsimp(effective_scale_with_velocity() / XI) * XI


def _counterexample() -> Counterexample:
    family = flow_family("hb", 0.5, "biased", "odd")
    silent, full = (
        np.linalg.norm(prediction_errors(family, prediction), axis=1)
        for prediction in (SILENT, WITH_VELOCITY)
    )
    du, dv = odd_velocity(family.start)
    return Counterexample(
        f"At step size {family.steps[-1]:.3g} the flow's limit is {silent[-1]:.3g} away from the "
        f"prediction without the velocity and {full[-1]:.3g} from the one with it.",
        {
            "X": family.problem.X,
            "y": family.problem.y,
            "u(0)": family.start.u,
            "v(0)": family.start.v,
            "u'(0)": du,
            "v'(0)": dv,
            "momentum": family.mu,
            "step sizes": family.steps,
            "distance without the velocity": silent,
            "distance with the velocity": full,
        },
        exact=False,
        found_by="the first velocity tried: two neurons move, the others rest",
        rtol=1e-3,
    )


CLAIMS = (
    Claim(
        id="lyu.thm3.velocity",
        title="The initial velocity that Theorem 3 does not state",
        paper="Lyu et al. 2025",
        equation="Theorem 3",
        printed=Quotation(
            "lyu2025.txt",
            132,
            r"if $u(t)$ and $v(t)$ follow the $\mathcal{O}(\eta)$ approximate continuous version "
            r"of HB and NAG Eq. (4) for $t \geq 0$",
        ),
        claimed_over="every solution of Eq. (4), whatever its initial velocity",
        sampled_over=(
            "a well-conditioned problem with n = 2, d = 4; a biased and an unbiased start; mu in "
            f"{{{', '.join(f'{mu:g}' for mu in MOMENTA)}}}; a velocity that is no gradient, in "
            f"which u of the first and v of the last coordinate move; {COUNT} step sizes"
        ),
        forms=_forms,
        checks=(
            Check(
                "integrated logarithms",
                "Do the exact integrals of the neurons give this scale and linear term?",
                identity,
                exact=True,
            ),
            Check(
                "flow from another velocity",
                "Does the flow end there up to O(eta^2)?",
                lambda form: second_order(form, _families()),
            ),
        ),
        derivation=_derivation,
        counterexample=_counterexample,
        remark="With time in units of 1/(1-mu) the flow knows of the method only alpha/(1-mu), so "
        "what is measured here for heavy ball holds for Nesterov's method as well.",
    ),
)

"""Papazov et al., section 5: the time-varying mirror flow behind momentum gradient flow."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import sympy as sp

from numeric.compiled import numpy_function
from proofs_check.claim import (
    Check,
    Claim,
    Finding,
    Form,
    Forms,
    Quotation,
    bounded,
    exact_zero,
    mutant_forms,
)
from proofs_check.potential_runs import ALLOWED, INERTIA, JET, potential_runs
from symbolic.derivation import Step
from symbolic.mgf_potentials import (
    GAIN_MINUS,
    GAIN_PLUS,
    LOG_DELTA_0,
    LOG_MINUS,
    LOG_PLUS,
    balancedness_residuals,
    dual,
    gain_accelerations,
    log_accelerations,
    log_balancedness,
    mirror_flow_residual,
    momentum_operator,
    psi_gradient_residuals,
    shift,
)
from symbolic.mutation import mutations

PAPER = "Papazov et al. 2024"
FILE = "papazov2024-poster.txt"
WHERE = "three well-conditioned random problems, starts at rest"


class Potential(NamedTuple):
    """ln Delta_t and the linear part of grad Phi_t, by the gains a_+ and a_-."""

    log_scale: sp.Expr
    linear: sp.Expr


def follows(form: Form) -> Finding:
    """Decide the balancedness and the momentum mirror flow, exactly."""
    stated: Potential = form.content
    return exact_zero(
        [
            *balancedness_residuals(stated.log_scale),
            mirror_flow_residual(stated.linear),
            *psi_gradient_residuals(),
        ],
        r"$\lambda\ddot f + \dot f$, $f(0)$ and $\dot f(0)$ of $f = \ln\Delta_t - \ln|w_+w_-|$; "
        r"$\lambda\ddot h + \dot h + g$ of $h = \nabla\Phi_t(\theta_t)$; $\nabla\psi_\Delta = "
        r"\frac12\ln|w_+/w_-|$ on the network.",
    )


def along_runs(form: Form) -> Finding:
    """Compare ln Delta_t, and grad Phi_t up to the row space, along integrated flows."""
    stated: Potential = form.content
    names = (*JET, LOG_DELTA_0)
    log_scale = numpy_function(names, stated.log_scale)
    gradient = numpy_function(JET, dual(stated.linear))
    sizes = []
    for run in potential_runs():
        start = run.jet[0, 0] + run.jet[1, 0]
        scale = log_scale(*run.jet, start) - run.jet[0] - run.jet[1]
        moved = gradient(*run.jet)[-1] - gradient(*run.jet)[0]
        sizes += [np.abs(scale).max(), np.abs(run.problem.out_of_row_space(moved)).max()]
    worst = float(np.max(sizes))  # keeps a NaN
    return bounded(
        worst,
        ALLOWED,
        r"Largest of $|\ln\Delta_t - \ln|w_+w_-||$ and of the part of $\nabla\Phi_\infty(\theta_"
        r"\infty) - \nabla\Phi_0(\theta_0)$ outside the row space, on integrated flows.",
        rtol=1.0 if worst <= ALLOWED else 1e-5,
        atol=ALLOWED,
    )


def _flow_forms() -> Forms:
    right = Potential(log_balancedness(), shift())
    wrong = [
        *(
            (rf"$\ln\Delta_t$: {name}", right._replace(log_scale=value))
            for name, value in mutations(right.log_scale)
        ),
        *(
            (rf"linear part: {name}", right._replace(linear=value))
            for name, value in mutations(right.linear)
        ),
        ("without the linear part", right._replace(linear=sp.S.Zero)),
        (r"$\Delta_0$ for $\Delta_t$", right._replace(log_scale=LOG_DELTA_0)),
        ("linear part with a sum", right._replace(linear=(GAIN_PLUS + GAIN_MINUS) / 2)),
    ]
    return Forms(
        Form(
            "printed, with its potentials",
            r"With $\lambda\ddot a_\pm + \dot a_\pm = \lambda(\dot w_\pm/w_\pm)^2$ from rest, "
            r"$\Delta_t = \Delta_0 e^{-a_+-a_-}$ and $\Phi_t(\theta) = \psi_{\Delta_t}(\theta) + "
            r"\frac12\langle a_+ - a_-, \theta\rangle$: $\lambda\,\frac{d^2}{dt^2}\nabla\Phi_t("
            r"\theta_t) + \frac{d}{dt}\nabla\Phi_t(\theta_t) + \nabla L(\theta_t) = 0$ at every "
            "time before a neuron is zero",
            right,
        ),
        mutants=mutant_forms(wrong),
    )


CLAIMS = (
    Claim(
        id="papazov.mirror.flow",
        title="Momentum mirror flow with explicit time-varying potentials",
        paper=PAPER,
        equation="section 5",
        printed=Quotation(
            FILE,
            64,
            r"$\lambda \frac{d^2 \nabla \Phi_t(\theta_t)}{dt^2} + \frac{d \nabla \Phi_t(\theta_t)}"
            r"{dt} + \nabla \mathcal{L}(\theta_t) = 0$",
        ),
        claimed_over=r"every data set, every start at rest with $\Delta_0 > 0$, after some time T; "
        r"the potentials are not printed",
        sampled_over="proof: every loss and start at rest, from t = 0, while no neuron is zero; "
        rf"flows: {WHERE}, $\lambda = {INERTIA}$",
        forms=_flow_forms,
        checks=(
            Check("flow", "Do both identities hold exactly?", follows, exact=True, proves=True),
            Check("runs", "Do they along integrated flows?", along_runs),
        ),
        depends=("papazov.psi.mirror-map",),
        derivation=lambda: [
            Step(r"$\ddot l_+$ of $l_+ = \ln|w_+|$, $p_+ = \dot l_+$", log_accelerations()[0]),
            Step(r"$\ddot a_+$", gain_accelerations()[0]),
            Step(
                r"So $\lambda\ddot f + \dot f$ is, for $f = l_+ + a_+$,",
                momentum_operator(LOG_PLUS + GAIN_PLUS),
            ),
            Step(r"and for $f = l_- + a_-$,", momentum_operator(LOG_MINUS + GAIN_MINUS)),
            Step(r"Half the difference is $\nabla\Phi_t(\theta_t)$", dual()),
            Step(
                r"With a velocity at the start $\ln\Delta_t$ is, $\sigma = \ln|w_+w_-|$,",
                log_balancedness(at_rest=False),
            ),
        ],
    ),
)

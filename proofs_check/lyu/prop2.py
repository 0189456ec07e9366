"""Lyu et al., Proposition 2: the linear term that a biased start adds to gradient flow."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp

from numeric.compiled import numpy_function
from numeric.projection import entropy_gradient, entropy_projection
from proofs_check.claim import (
    Check,
    Claim,
    Counterexample,
    Finding,
    Form,
    Forms,
    Outcome,
    Quotation,
    bounded,
    exact_zero,
    mutant_forms,
)
from proofs_check.gradient_flows import ALLOWED, SHAPES, flow_cases, out_of_rows
from proofs_check.rational_flows import sampled_flows, smallest_flow_with_bias
from symbolic.derivation import Step
from symbolic.entropy import HyperbolicEntropy
from symbolic.entropy_identities import neuron_form_residual
from symbolic.implicit_bias import (
    IMPULSE,
    gradient_flow_bias_corrected,
    gradient_flow_bias_printed,
    gradient_flow_residuals,
    row_space_residual,
)
from symbolic.mutation import mutations
from symbolic.symbols import THETA_0, XI

PRINTED = Quotation(
    "lyu2025.txt",
    122,
    r"where $\mathcal{R}^{\text{GF}} = (\mathcal{R}_1^{\text{GF}}, \dots, "
    r"\mathcal{R}_d^{\text{GF}})^T \in \mathbb{R}^d$, $\forall j \in \{1, \dots, d\} : "
    r"\mathcal{R}_j^{\text{GF}} = \operatorname{arcsinh}(\theta_j(0) / 2\xi_j) / 4$.",
)


def exact_stationarity(form: Form) -> Finding:
    """Return whether grad Q(theta_inf) + R is in the row space for every problem and start.

    grad Q(theta_inf) - grad Q(theta_0) is in the row space. R is a function of the start alone, so
    R + grad Q(theta_0) would have to be in the row space of every X: it has to vanish.
    """
    at_the_start = HyperbolicEntropy(THETA_0, XI).gradient
    return exact_zero(
        [
            form.content + at_the_start,
            neuron_form_residual(),
            *gradient_flow_residuals(),
            row_space_residual(),
        ],
        r"$\mathcal R + \nabla Q_\xi(\theta(0)) = 0$, while $\nabla Q_\xi(\theta(\infty)) - "
        r"\nabla Q_\xi(\theta(0)) = -\int g\,dt$ lies in the row space.",
    )


def quarters_of(content: sp.Expr) -> Fraction | None:
    """Return c if the linear term is c asinh(theta_0/(2 xi))/4 with rational c."""
    ratio = sp.cancel(content / gradient_flow_bias_printed())
    return Fraction(int(ratio.p), int(ratio.q)) if ratio.is_Rational else None


def in_rational_numbers(form: Form) -> Finding | None:
    """Return whether limits that are rational are stationary, decided in rational arithmetic."""
    quarters = quarters_of(form.content)
    if quarters is None:
        return None
    flows = sampled_flows()
    stationary = sum(flow.stationary(quarters) for flow in flows)
    return Finding(
        Outcome.HOLDS if stationary == len(flows) else Outcome.FAILS,
        "Gradient flows with one sample and rational limits that satisfy the optimality condition, "
        "decided by powers of rational numbers.",
        measured=stationary,
        predicted=len(flows),
        criterion="all of them",
    )


def on_integrated_flows(form: Form) -> Finding:
    """Return how far grad Q + R is from the row space where integrated flows arrive."""
    linear = numpy_function((THETA_0, XI), form.content)
    worst = distance = 0.0
    for case in flow_cases(biased=True):
        xi, start = case.start.xi, case.start.theta
        R = linear(start, xi)
        worst = max(worst, out_of_rows(case, entropy_gradient(case.theta, xi), R))
        chosen = entropy_projection(case.problem.X, case.problem.y, xi, R).theta
        away = np.linalg.norm(chosen - case.theta) / np.linalg.norm(case.theta)
        distance = max(distance, float(away))
    return bounded(
        worst,
        ALLOWED,
        r"Largest part of $\nabla Q(\theta(\infty)) + \mathcal R$ outside the row space, relative, "
        "on integrated gradient flows from biased starts.",
        rtol=1.0 if worst <= ALLOWED else 1e-5,
        atol=ALLOWED,
        data={"largest_relative_distance_of_argmin_from_limit": distance},
    )


def _forms() -> Forms:
    printed, corrected = gradient_flow_bias_printed(), gradient_flow_bias_corrected()
    wrong = [(name, value) for name, value in mutations(corrected) if value != printed]
    half = [("half of it", corrected / 2), ("term dropped", sp.S.Zero)]
    return Forms(
        printed=Form("printed", rf"$\mathcal R^{{GF}} = {sp.latex(printed)}$", printed),
        corrected=Form(
            "corrected sign", rf"$\mathcal R^{{GF}} = {sp.latex(corrected)}$", corrected
        ),
        mutants=mutant_forms([*wrong, *half]),
    )


def _counterexample() -> Counterexample:
    printed = quarters_of(gradient_flow_bias_printed())
    corrected = quarters_of(gradient_flow_bias_corrected())
    assert printed is not None
    assert corrected is not None
    flow = smallest_flow_with_bias(printed)
    if not flow.stationary(corrected):
        raise ArithmeticError("the corrected sign fails on the counterexample too")
    return Counterexample(
        "Gradient flow with one sample: the limit satisfies the optimality condition with the "
        "minus sign exactly, and not with the printed plus sign.",
        flow.as_text(),
        exact=True,
        found_by="search over integer samples and starts and rational limits, shrunk",
    )


def _derivation() -> list[Step]:
    start, end = sp.symbols("Q'(theta_0) Q'(theta_inf)")
    R = sp.Symbol("R")
    return [
        Step("The gradient of the entropy is a quarter of ln|u/v|", HyperbolicEntropy().gradient),
        Step(
            "Along gradient flow it changes by the impulse I = int g dt, which is in the row space",
            sp.Eq(end, start - IMPULSE),
        ),
        Step("The minimiser needs this in the row space", end + R),
        Step("Hence the linear term", sp.Eq(R, gradient_flow_bias_corrected())),
    ]


CLAIMS = (
    Claim(
        id="lyu.prop2",
        title="Gradient flow from a biased start: the additional linear term",
        paper="Lyu et al. 2025",
        equation="Proposition 2, Eq. (7)",
        printed=PRINTED,
        claimed_over="every X, every y that can be interpolated, every start without zeros from "
        "which gradient flow converges to an interpolator",
        sampled_over="proof: all of it; exact limits: one sample, two and three coordinates; "
        f"flows: random problems of shapes {', '.join(f'{n}x{d}' for n, d in SHAPES)}, starts "
        "drawn from [0.3, 1.2]",
        forms=_forms,
        checks=(
            Check(
                "stationarity",
                "Is grad Q + R in the row space for every problem and start?",
                exact_stationarity,
                exact=True,
                proves=True,
            ),
            Check(
                "rational limits",
                "Is it so at limits that are rational?",
                in_rational_numbers,
                exact=True,
            ),
            Check("flows", "Is it so where integrated flows arrive?", on_integrated_flows),
        ),
        depends=("lyu.gf.unbiased",),
        derivation=_derivation,
        counterexample=_counterexample,
        remark="From an unbiased start the term is zero, and the sign cannot be seen.",
    ),
)

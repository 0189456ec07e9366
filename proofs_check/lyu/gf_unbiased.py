"""Lyu et al., section 3: gradient flow from an unbiased start minimises the hyperbolic entropy."""

from __future__ import annotations

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
    mutant_forms,
)
from proofs_check.gradient_flows import ALLOWED, SHAPES, flow_cases, out_of_rows
from symbolic.derivation import Step
from symbolic.entropy import DUAL, LOG_RATIO, HyperbolicEntropy
from symbolic.entropy_identities import in_log_ratio, neuron_form_residual
from symbolic.implicit_bias import gradient_flow_residuals, row_space_residual
from symbolic.mutation import mutations
from symbolic.symbols import THETA, XI, G

PRINTED = Quotation(
    "lyu2025.txt",
    116,
    r"under GF $\theta^{\text{GF}}(\infty)$ implicitly solves the constrained optimization "
    r"problem: $\theta^{\text{GF}}(\infty) = \arg \min_{\theta} Q_{\xi}^{\text{GF}}(\theta)$, s.t. "
    r"$X\theta = y$, where $Q_{\xi}^{\text{GF}}(\theta) = \sum_{j=1}^d \left[\theta_j "
    r"\operatorname{arcsinh}(\theta_j / (2\xi_j)) - \sqrt{4\xi_j^2 + \theta_j^2} + 2\xi_j "
    r"\right] / 4$.",
)


def same_minimiser(potential: sp.Expr) -> bool:
    """Return whether a potential is a positive multiple of the printed one plus a constant."""
    printed = HyperbolicEntropy().value
    ratio = sp.cancel(
        in_log_ratio(sp.diff(potential, THETA)) / in_log_ratio(sp.diff(printed, THETA))
    )
    return bool(ratio.is_Rational and ratio > 0)


def exact_optimality(form: Form) -> Finding:
    """Return whether grad Q at the limit is in the row space, for every path of the flow."""
    if any(not form.content.subs({THETA: theta, XI: 1}).is_real for theta in (1, 3)):
        return Finding(Outcome.FAILS, r"The potential is not real for every $\theta$.")
    gradient = in_log_ratio(sp.diff(form.content, THETA))
    # Along the flow the log-ratio w moves with -4 g; at an unbiased start it is zero.
    rate = sp.diff(gradient, LOG_RATIO)
    residuals = [
        sp.diff(rate, LOG_RATIO),  # grad Q moves with a constant times g
        sp.diff(rate, XI),  # and the constant is the same in all coordinates
        gradient.subs(LOG_RATIO, 0),
        neuron_form_residual(),
        *gradient_flow_residuals(),
        row_space_residual(),
    ]
    found = exact_zero(
        residuals,
        r"Along gradient flow $\nabla Q$ moves by a constant times $\int g\,dt$, a vector of the "
        r"row space, and starts from zero.",
    )
    if found.outcome is Outcome.HOLDS and (rate.subs(LOG_RATIO, 0) > 0) != sp.true:
        return Finding(Outcome.FAILS, "The potential is not convex: the limit is no minimiser.")
    return found


def on_trained_flows(form: Form) -> Finding:
    """Return how far grad Q at integrated limits is from the row space."""
    gradient = numpy_function((THETA, XI), sp.diff(form.content, THETA))
    with np.errstate(invalid="ignore", divide="ignore"):  # of mutants that are not real
        worst = max(
            out_of_rows(case, gradient(case.theta, case.start.xi), np.zeros(case.problem.d))
            for case in flow_cases(biased=False)
        )
    return bounded(
        worst,
        ALLOWED,
        r"Largest part of $\nabla Q(\theta(\infty))$ outside the row space of $X$, relative, on "
        "integrated gradient flows.",
        rtol=1.0,
        atol=ALLOWED,
    )


def _forms() -> Forms:
    potential = HyperbolicEntropy().value
    wrong = [(name, value) for name, value in mutations(potential) if not same_minimiser(value)]
    return Forms(
        printed=Form(
            "printed",
            r"$\theta(\infty) = \arg\min Q_\xi$ over $X\theta = y$, "
            rf"$Q_\xi = {sp.latex(potential)}$",
            potential,
        ),
        mutants=mutant_forms(wrong),
    )


def _derivation() -> list[Step]:
    q = HyperbolicEntropy()
    u, v = sp.symbols("u v", positive=True)
    return [
        Step("The gradient of the potential", sp.Eq(sp.Symbol("Q'"), q.gradient)),
        Step(
            "It is a quarter of the log-ratio of the neurons, which starts from zero",
            sp.Eq(q.gradient, sp.log(u / v) / 4, evaluate=False),
        ),
        Step(
            "The rate of the log-ratio along gradient flow, a vector of the row space",
            sp.Eq(sp.Derivative(4 * DUAL, sp.Symbol("t")), -4 * G, evaluate=False),
        ),
        Step("Convexity makes the stationary interpolator the minimiser", q.hessian),
    ]


CLAIMS = (
    Claim(
        id="lyu.gf.unbiased",
        title="Gradient flow from an unbiased start minimises the hyperbolic entropy",
        paper="Lyu et al. 2025",
        equation="section 3",
        printed=PRINTED,
        claimed_over="every X, every y that can be interpolated, every start u = v without zeros "
        "from which gradient flow converges to an interpolator",
        sampled_over="proof: all of it; flows: well-conditioned random problems of shapes "
        f"{', '.join(f'{n}x{d}' for n, d in SHAPES)}, starts drawn from [0.3, 1.2]",
        forms=_forms,
        checks=(
            Check(
                "optimality",
                "Is the gradient of the potential in the row space at every time, exactly?",
                exact_optimality,
                exact=True,
                proves=True,
            ),
            Check("flows", "Is it so at the end of integrated flows?", on_trained_flows),
        ),
        derivation=_derivation,
    ),
)

"""Lyu et al., Eq. (10): stochastic gradient flow minimises the entropy of a smaller scale."""

from __future__ import annotations

import numpy as np
import sympy as sp

from numeric.compiled import numpy_function
from numeric.projection import entropy_projection
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
from proofs_check.limit_orders import CONSTANT
from proofs_check.stochastic_paths import (
    COARSENESS,
    GROUP_SIZE,
    GROUPS,
    ended_paths,
    neuron_paths,
    predicted_change,
)
from symbolic.derivation import Step
from symbolic.entropy_identities import neuron_form_residual
from symbolic.implicit_bias import gradient_flow_bias_corrected
from symbolic.mutation import mutations
from symbolic.stochastic_flow import (
    SQUARED_COLUMN,
    isotropic_variation,
    log_ratio,
    log_scale,
    logarithms,
    scale_rate,
    without_ratio,
)
from symbolic.symbols import THETA_0, XI

PAPER = "Lyu et al. 2025"
#: The order of Euler-Maruyama in the neurons is 1/2; no order at all is 0. Between them:
LEAST_SLOPE = 0.25

_LINEAR = numpy_function((THETA_0, XI), gradient_flow_bias_corrected())


def path_identity(form: Form) -> Finding:
    """Decide by Ito's formula that the stated rate is that of ln xi and that Q_xi~ is minimised."""
    return exact_zero(
        [*without_ratio(form.content), neuron_form_residual()],
        r"By Ito's formula: $d\ln|uv|/dt$ minus the stated rate; its diffusion; what of "
        r"$d\ln|u/v|$ is no common multiple of $g$ and $X^T dB$, both in the row space of $X$; "
        r"$\nabla Q_{\tilde\xi}(\theta) - \ln|u/v|/4$.",
    )


def simulated_limits(form: Form) -> Finding:
    """Compare simulated limits with the minimiser for the stated scale, path by path."""
    worst, effects = 0.0, []
    for case in ended_paths():
        if not case.paths.finite or case.paths.residual > 1e-6:
            return Finding(Outcome.UNCLEAR, f"{case.label}: a path did not arrive.")
        linear = _LINEAR(case.start.theta, case.start.xi)
        X, y, xi = case.problem.X, case.problem.y, case.start.xi
        still = entropy_projection(X, y, xi, linear).theta
        changes = predicted_change(form.content, case.problem, case.paths)
        for theta, change in zip(case.paths.theta, changes, strict=True):
            predicted = entropy_projection(X, y, xi * np.exp(change), linear).theta
            effect = float(np.linalg.norm(theta - still))
            worst = max(worst, float(np.linalg.norm(theta - predicted)) / effect)
            effects.append(effect)
    return bounded(
        worst,
        CONSTANT,
        r"Largest distance of simulated limits (Euler-Maruyama in $\ln u$, $\ln v$, biased and "
        r"unbiased starts) from the minimiser for the stated $\tilde\xi$, over their distance from "
        r"the minimiser for $\xi$ itself.",
        rtol=0.0,
        atol=CONSTANT,
        data={"largest effect of the noise on theta": max(effects)},
    )


def neurons_themselves(form: Form) -> Finding:
    """Measure how the error of the identity falls with dt where u and v themselves are stepped."""
    problem, ladder = neuron_paths()
    if not all(paths.finite for paths in ladder):
        return Finding(Outcome.UNCLEAR, "A path left the range of float64 or changed a sign.")
    errors = []
    for paths in ladder:
        gap = -paths.loss_of_log_scale - predicted_change(form.content, problem, paths)
        squares = (gap**2).mean(axis=1).reshape(GROUPS, GROUP_SIZE)
        errors.append(np.sqrt(squares.mean(axis=1)))
    steps = np.log(np.asarray(COARSENESS, float))
    slopes = np.polyfit(steps, np.log(np.stack(errors)), 1)[0]
    return bounded(
        float(slopes.mean()),
        LEAST_SLOPE,
        r"Euler-Maruyama in $u$ and $v$ themselves, which knows nothing of Ito's term: order in "
        r"$dt$ of the root mean square of $\ln(\tilde\xi/\xi)$ minus the stated integral. A right "
        r"rate gives the strong order 1/2 of the scheme, a wrong one 0; between them lies 1/4.",
        at_least=True,
        rtol=0.0,
        atol=0.1,
        data={
            "standard error": float(slopes.std(ddof=1) / np.sqrt(GROUPS)),
            "root mean squares": [float(e.mean()) for e in errors],
            "dt over the finest": list(COARSENESS),
        },
    )


def identity_forms() -> Forms:
    """Return the identity with its constant, and wrong rates."""
    rate = scale_rate()
    return Forms(
        Form(
            "printed",
            r"$\theta(\infty)$ minimises $Q_{\tilde\xi}$ over the interpolators, with "
            r"$\tilde\xi_j = \xi_j\exp(-\frac{8\eta}{n}(X^TX)_{jj}\int_0^\infty L\,dt)$: set by "
            "the integral of the loss; the print gives no constant",
            rate,
        ),
        mutants=(
            *mutant_forms(mutations(rate)),
            Form("no correction by Ito's formula", r"$\tilde\xi = \xi$", sp.S.Zero),
            Form("correction of one neuron only", r"half the rate", rate / 2),
            Form(
                "without the features",
                r"the same factor for every coordinate, $(X^TX)_{jj}$ left out",
                rate.subs(SQUARED_COLUMN, 1),
            ),
        ),
    )


def identity_derivation() -> tuple[Step, ...]:
    """Return the processes of the logarithms, of the scale and of the ratio."""
    first, second = logarithms()
    return (
        Step(r"Drift of $\ln|u|$ by Ito's formula, with $d[M] = C\,dt$:", first.drift),
        Step(r"and its factor of $dM$:", first.diffusion),
        Step(r"Drift of $\ln|v|$:", second.drift),
        Step(r"and its factor of $dM$, the opposite:", second.diffusion),
        Step(r"So the noise cancels from $\ln|uv|$, whose drift is", log_scale().drift),
        Step(r"and $\ln|u/v|$ has the drift", log_ratio().drift),
        Step(
            r"with the noise of stochastic gradient flow, $dM = \sqrt{2L/n}\,X^TdB$, $C$ is",
            isotropic_variation(),
        ),
        Step(r"so that $d\ln\tilde\xi_j/dt$ is", scale_rate()),
    )


QUOTED = Quotation(
    "lyu2025.txt",
    154,
    r"the existence of sampling noise changes the implicit bias of GF in the sense that "
    r"$\theta^{\text{SGF}}(\infty) = \arg \min_{\theta} Q_{\xi(\infty)}^{\text{SGF}}(\theta)$ "
    r"under the constraint $X\theta = y$",
)

CLAIMS = (
    Claim(
        id="lyu.sgf.identity",
        title="What stochastic gradient flow minimises",
        paper=PAPER,
        equation="Eq. (10)",
        printed=QUOTED,
        claimed_over="all data, unbiased starts, every path that converges to an interpolator",
        sampled_over="proof: every path, biased starts too; simulation: three problems, unbiased "
        "and biased starts, paths in the logarithms and in the neurons",
        forms=identity_forms,
        checks=(
            Check(
                "path identity",
                "Are the scale and the row space kept as stated, path by path?",
                path_identity,
                exact=True,
                proves=True,
            ),
            Check("simulated limits", "Do simulated paths end at the minimiser?", simulated_limits),
            Check("neurons", "Does it hold for the neurons' own equation?", neurons_themselves),
        ),
        derivation=identity_derivation,
        remark="The noise of this flow is the model of Pesme et al. (2021), with the same loss for "
        "every sample. What of it is left for SGD itself is the question of lyu.sgf.loss-integral.",
    ),
)

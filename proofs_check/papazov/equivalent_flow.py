"""Papazov et al., section 4: a gradient flow that ends where momentum's potential says."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import sympy as sp

from numeric.compiled import numpy_function
from numeric.datasets import small_problem
from numeric.flow_paths import gradient_flow_path
from numeric.flows import momentum_flow_limit, start_velocity
from numeric.iterates import NeuronGradient, stacked
from numeric.problems import Problem, Start
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
from proofs_check.potential_runs import ALLOWED, STEP_TOLERANCE
from symbolic.concordance import scale_of_balancedness
from symbolic.derivation import Step
from symbolic.entropy import DELTA
from symbolic.mgf_potentials import psi_gradient, psi_gradient_residuals
from symbolic.momentum_gradient_flow import W_MINUS, W_PLUS, gradient_flow_derivative
from symbolic.networks import PRODUCT
from symbolic.symbols import THETA, G

PAPER = "Papazov et al. 2024"
FILE = "papazov2024-poster.txt"
Array = np.ndarray
#: lambda of the flows whose asymptotic balancedness is used.
INERTIA = 0.4
#: The residual, relative to the targets, at which a flow has arrived.
ARRIVED = 1e-10


class From(NamedTuple):
    """The start of gradient flow on the network a*b, as functions of Delta_inf."""

    first: sp.Expr
    second: sp.Expr


def unbiased(form: Form) -> Finding:
    """Decide that the start has balancedness Delta_inf and that grad psi vanishes there."""
    start: From = form.content
    at = {PRODUCT.first: start.first, PRODUCT.second: start.second}
    balance = start.first**2 - start.second**2
    log_ratio = sp.log(W_PLUS**2) / 4 - sp.log(W_MINUS**2) / 4
    return exact_zero(
        [
            sp.expand(balance**2 - DELTA**2),
            psi_gradient().subs(THETA, PRODUCT.predictor.subs(at, simultaneous=True)),
            sp.cancel(gradient_flow_derivative(log_ratio) + G),
            *psi_gradient_residuals(),
        ],
        r"$(u_0^2 - v_0^2)^2 - \Delta_\infty^2$; $\nabla\psi_{\Delta_\infty}(\theta_0)$; the rate "
        r"of $\nabla\psi_{\Delta_\infty}(\theta_t)$ along gradient flow plus $g$: so at the end "
        r"$\nabla\psi_{\Delta_\infty} = -\int g\,dt$, in the row space.",
    )


@cache
def _cases() -> tuple[tuple[Problem, Array, Array], ...]:
    """Return problems, the balancedness at the end of MGF, (d,), and argmin psi there, (d,)."""
    cases = []
    for seed, (n, d) in enumerate(((1, 3), (2, 4), (3, 6))):
        problem = small_problem(n, d, seed)
        random = np.random.default_rng(seed)
        start = Start(random.uniform(0.4, 1.0, d), random.uniform(0.4, 1.0, d))
        # MGF(lambda) is the second-order flow with alpha = lambda/2 at mu = 0.
        limit = momentum_flow_limit(
            problem,
            start,
            inertia=INERTIA / 2,
            momentum=0.0,
            velocity=start_velocity("zero", problem, start),
        )
        if not limit.converged:
            raise ArithmeticError(f"momentum gradient flow on {problem.name} has not converged")
        delta = 4 * limit.xi
        scale = numpy_function((DELTA,), scale_of_balancedness())(delta)
        cases.append((problem, delta, entropy_projection(problem.X, problem.y, scale).theta))
    return tuple(cases)


def _limit(problem: Problem, first: Array, second: Array) -> Array | None:
    """Return where gradient flow on a*b arrives, or None if it does not in a long time."""
    on_neurons = NeuronGradient(problem.X, problem.y, PRODUCT)
    x0 = stacked(first, second)

    def gradient(x: Array) -> Array:
        return on_neurons(x.reshape(x0.shape)).ravel()

    x = x0.ravel()
    for _ in range(40):
        x = gradient_flow_path(gradient, x, np.array([0.0, 10.0]), rtol=STEP_TOLERANCE)[-1]
        left = np.abs(on_neurons.residual(x.reshape(x0.shape))).max()
        if left <= ARRIVED * np.abs(problem.y).max():
            return on_neurons.predictor(*x.reshape(x0.shape))
    return None


def flows_arrive(form: Form) -> Finding:
    """Compare the end of gradient flow on a*b with the minimiser of psi at Delta_inf."""
    start: From = form.content
    first, second = (numpy_function((DELTA,), e) for e in start)
    gaps = []
    for problem, delta, chosen in _cases():
        theta = _limit(problem, first(delta), second(delta))
        if theta is None:
            return Finding(
                Outcome.UNCLEAR,
                f"Gradient flow on {problem.name} has not arrived at an interpolator.",
            )
        gaps.append(np.linalg.norm(theta - chosen) / np.linalg.norm(chosen))
    worst = float(np.max(gaps))  # keeps a NaN
    return bounded(
        worst,
        ALLOWED,
        r"Largest distance of the end of gradient flow on $u \odot v$ from $\arg\min "
        r"\psi_{\Delta_\infty}$, relative, $\Delta_\infty$ of momentum gradient flows with "
        rf"$\lambda = {INERTIA}$.",
        rtol=1.0 if worst <= ALLOWED else 1e-5,
        atol=ALLOWED,
    )


def _forms() -> Forms:
    root, zero = sp.sqrt(DELTA), sp.S.Zero
    wrong = [
        (r"$u_0 = \Delta_\infty$", From(DELTA, zero)),
        (r"$u_0 = 2\sqrt{\Delta_\infty}$", From(2 * root, zero)),
        (r"$u_0 = \sqrt{\Delta_\infty/2}$", From(root / sp.sqrt(2), zero)),
        (r"$u_0$ 5 % larger", From(sp.Rational(21, 20) * root, zero)),
        (r"$u_0$ 5 % smaller", From(sp.Rational(19, 20) * root, zero)),
        (r"$v_0 = u_0$", From(root, root)),
        (r"$v_0 = u_0/2$", From(root, root / 2)),
        (
            "right balancedness, predictor not zero",
            From(sp.Rational(5, 3) * root, sp.Rational(4, 3) * root),
        ),
    ]
    return Forms(
        Form(
            "printed",
            r"Gradient flow from $u_0 = \sqrt{\Delta_\infty}$, $v_0 = 0$ converges to $\arg\min "
            r"\psi_{\Delta_\infty}$ over the interpolators",
            From(root, zero),
        ),
        mutants=mutant_forms(wrong),
    )


CLAIMS = (
    Claim(
        id="papazov.gf-equivalent",
        title="Gradient flow from a balanced start of the same scale",
        paper=PAPER,
        equation="section 4",
        printed=Quotation(
            FILE,
            96,
            r"Gradient flow initialized at  $(u_0 = \sqrt{\Delta_\infty}, v_0 = 0)$  and  "
            r"$(\dot{u}_0 = 0, \dot{v}_0 = 0)$  converges to  $\theta^{\text{GF}} = \arg\min",
        ),
        claimed_over=r"every data set that can be interpolated, every $\Delta_\infty > 0$, where "
        "gradient flow converges to an interpolator; gradient flow has no initial speed to choose",
        sampled_over="proof: all of it; flows: three well-conditioned random problems, "
        r"$\Delta_\infty$ from momentum gradient flow",
        forms=_forms,
        checks=(
            Check(
                "start",
                "Has the start this balancedness and a vanishing gradient of the potential?",
                unbiased,
                exact=True,
                proves=True,
            ),
            Check("flows", "Does the integrated flow arrive at the minimiser?", flows_arrive),
        ),
        depends=("papazov.gf.limit", "papazov.balancedness.conserved"),
        derivation=lambda: [
            Step(
                r"$\theta_0 = 0$, and there $\nabla\psi_\Delta$ is", psi_gradient().subs(THETA, 0)
            ),
            Step(
                r"Along gradient flow $\ln|w_+/w_-|/2$ moves with",
                sp.cancel(gradient_flow_derivative(sp.log(W_PLUS**2) / 4 - sp.log(W_MINUS**2) / 4)),
            ),
        ],
    ),
)

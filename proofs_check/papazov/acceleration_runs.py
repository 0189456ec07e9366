"""Papazov et al., section 2: accelerated runs follow the same path."""

from __future__ import annotations

from functools import cache

import numpy as np
import sympy as sp

from numeric.compiled import numpy_function
from numeric.convergence import EPS
from numeric.datasets import small_problem
from numeric.iterates import NeuronGradient, generic_iterates, stacked
from numeric.orders import geometric_steps
from proofs_check.claim import (
    Check,
    Claim,
    Finding,
    Form,
    Forms,
    Quotation,
    mutant_forms,
)
from proofs_check.limit_orders import Differences, order_finding
from proofs_check.papazov.acceleration import FILE, PAPER, Rule, wrong_rules
from symbolic.mgf_schemes import (
    EPSILON,
    GAMMA,
    RHO,
    accelerated,
    momentum_and_step,
)
from symbolic.networks import PRODUCT
from symbolic.symbols import MU
from symbolic.theorem_corollaries import MGF_INERTIA as LAMBDA
from symbolic.two_step import TwoStepMethod

#: lambda, the speed-ups and the common times of the runs, and their steps epsilon.
INERTIA, SPEED_UPS = 0.5, (2, 3)
TIMES, STEPS = (1.5, 3.0), geometric_steps(1 / 16, 6)
#: What rounding leaves in an iterate: an ulp a step, stretched by 1/(1-beta) = lambda/epsilon.
FLOOR = EPS * (TIMES[-1] / STEPS[-1]) * (INERTIA / STEPS[-1])
Array = np.ndarray


@cache
def _path(gamma: float, beta: float, steps: int) -> Array:
    """Return w_0, w_1 = w_0, w_2, ... of MGD on the network u*v, shape (steps + 1, 2 d)."""
    problem = small_problem(2, 4, seed=3)
    gradient = NeuronGradient(problem.X, problem.y, PRODUCT)
    start = stacked(np.array([0.9, 0.7, 1.1, 0.8]), np.array([0.2, -0.4, 0.5, 0.3]))
    method = TwoStepMethod("hb", beta, 0)
    path = generic_iterates(gradient, start, method, gamma, steps - 1)
    return np.array([start, *path]).reshape(steps + 1, -1)


def _parameters(rule: Rule, epsilon: float, rho: int) -> tuple[float, float]:
    """Return the accelerated (gamma, beta) of the pair with inertia `INERTIA` and step epsilon."""
    mu, gamma = (
        float(numpy_function((LAMBDA, EPSILON), e)(INERTIA, epsilon))
        for e in momentum_and_step(sp.S.Zero)
    )
    changed = [numpy_function((GAMMA, MU, RHO), e)(gamma, mu, rho) for e in (rule.gamma, rule.mu)]
    return float(changed[0]), float(changed[1])


def _at_times(rule: Rule, epsilon: float, rho: int) -> Array:
    # One step of the accelerated run takes the time of rho steps.
    step = rho * epsilon
    indices = [round(time / step) for time in TIMES]
    return _path(*_parameters(rule, epsilon, rho), max(indices))[indices].ravel()


def trajectories(form: Form) -> Finding:
    """Measure the order in epsilon of the difference of both runs at common times."""
    rule: Rule = form.content
    plain = Rule(GAMMA, MU)
    families = []
    for rho in SPEED_UPS:
        differences = [_at_times(plain, e, 1) - _at_times(rule, e, rho) for e in STEPS]
        families.append(Differences(f"rho = {rho}", STEPS, np.array(differences), FLOOR))
    found = order_finding(
        families,
        1,
        r"Order in $\varepsilon$, at fixed $\lambda$, of the difference of the run and the "
        r"accelerated run at common times; 0 if it does not vanish.",
    )
    if form.name != "printed":
        return found
    return Finding(
        found.outcome,
        found.statement,
        found.measured,
        found.predicted,
        found.criterion,
        found.rtol,
        data={**found.data, "figure": _figure(rule)},
    )


def _figure(rule: Rule) -> dict[str, object]:
    epsilon, series = float(STEPS[1]), []
    for rho, style in ((1, "reference"), (2, "corrected"), (4, "printed")):
        step = rho * epsilon
        count = round(TIMES[-1] / step)
        path = _path(*_parameters(rule, epsilon, rho), count)
        gamma, beta = _parameters(rule, epsilon, rho)
        label = rf"$\rho = {rho}$: $\gamma = {gamma:.3g}$, $\beta = {beta:.4g}$"
        predictor = path[:, 0] * path[:, path.shape[1] // 2]
        series.append(
            {"label": label, "x": step * np.arange(count + 1), "y": predictor, "style": style}
        )
    return {
        "kind": "trajectory",
        "title": "One flow, three speeds",
        "xlabel": r"time $k\,\varepsilon$ of the flow",
        "ylabel": r"$\theta_1$",
        "caption": rf"Momentum gradient descent on the network $u \odot v$ with $\lambda = "
        rf"{INERTIA}$, and the runs that the acceleration rule makes of it: they take a half and a "
        "quarter of the steps along the same path.",
        "series": series,
    }


def _trajectory_forms() -> Forms:
    gamma, mu = accelerated()
    return Forms(
        Form(
            "printed",
            r"The run with $(\rho^2\gamma, 1-\rho(1-\beta))$ follows that with $(\gamma,\beta)$ at "
            r"common times up to $O(\varepsilon)$ at fixed $\lambda$, in $\rho$ times fewer steps; "
            "the order is sharp",
            Rule(gamma, mu),
        ),
        mutants=mutant_forms(wrong_rules()),
    )


CLAIMS = (
    Claim(
        id="papazov.acceleration.trajectories",
        title="Accelerated runs follow the same path in fewer steps",
        paper=PAPER,
        equation="section 2",
        printed=Quotation(
            FILE,
            71,
            r"**Acceleration Rule:**  $\gamma \rightarrow \rho^2 \cdot \gamma$      $\beta "
            r"\rightarrow 1 - \rho(1 - \beta)$      $\rho$  speed-up",
        ),
        claimed_over="every loss and start, as long as the flow is smooth; the accuracy is not "
        "printed",
        sampled_over=r"the network $u \odot v$, 2 samples and 4 coordinates, "
        rf"$\lambda = {INERTIA}$, $\rho$ in {', '.join(map(str, SPEED_UPS))}, "
        f"times {', '.join(map(str, TIMES))}, "
        r"$\varepsilon$ from 1/16 down by halving",
        forms=_trajectory_forms,
        checks=(Check("order", "Do both runs agree to first order in the step?", trajectories),),
        depends=("papazov.acceleration.rule",),
    ),
)

"""Papazov et al., section 4: the balancedness at the end for small lambda."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp

from numeric.datasets import small_problem
from numeric.flows import gradient_flow_limit
from numeric.momentum_gradient_flow import mgf_limit
from numeric.orders import geometric_steps
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
    mutant_forms,
)
from proofs_check.limit_orders import Differences, order_finding
from proofs_check.mgf_runs import biased_start
from symbolic.derivation import Step
from symbolic.momentum_gradient_flow import (
    LAMBDA,
    W_MINUS,
    W_PLUS,
    balance_at_zero_inertia,
    small_lambda_density,
)
from symbolic.symbols import G

Array = np.ndarray
PAPER = "Papazov et al. 2024"
#: Problems of 2 samples and 4 coordinates with biased starts.
SEEDS = (0, 1, 5)
#: Inertias: lambda |g| stays well below 1/4 from the first one on.
INERTIAS = geometric_steps(0.04, 7)
#: What the integrators may add to ln Delta_inf (a relative 1e-10 a step, on numbers below 0.1).
FLOOR = 1e-11


@dataclass(frozen=True)
class SmallLambda:
    """ln Delta_inf = power ln Delta_0 + lambda times the integral of ``density``, and the error.

    Parameters
    ----------
    density
        By `G`.
    order
        The error is O(lambda^order).
    power
        Of Delta_0.
    """

    density: sp.Expr
    order: int = 2
    power: int = 1


@dataclass(frozen=True, eq=False)
class _Family:
    """ln Delta_0 (d,) and ln Delta_inf (k, d); int g and int g^2 of gradient flow, (d,)."""

    start: Array
    ends: Array
    impulse: Array
    squares: Array


@lru_cache(maxsize=1)
def _families() -> tuple[_Family, ...] | None:
    found = []
    for seed in SEEDS:
        problem, start = small_problem(2, 4, seed), biased_start(4, seed)
        slow = gradient_flow_limit(problem, start)
        limits = [mgf_limit(problem, start, inertia) for inertia in INERTIAS]
        if not (slow.converged and all(limit.converged for limit in limits)):
            return None
        # Along gradient flow ln|u| falls by 2 int g in its own time; that of MGF is twice as long.
        impulse = np.log(np.abs(start.u / slow.u))
        ends = np.array([np.log(limit.delta) for limit in limits])
        found.append(_Family(np.log(4 * start.xi), ends, impulse, 2 * slow.path_integral))
    return tuple(found)


def leading_term(form: Form) -> Finding:
    """Compare the stated density with that of -(I_+ + I_-) on the slow flow, to first order."""
    stated: SmallLambda = form.content
    first, second = small_lambda_density(2)
    statement = (
        r"Stated density minus that of $-(I_+ + I_-)/\lambda$ at $\lambda = 0$; and the rate at "
        r"which $\Delta$ changes there, zero, so that $\Delta_0$ enters with the power 1."
    )
    finding = exact_zero(
        [stated.density + first, balance_at_zero_inertia(), sp.Integer(stated.power - 1)], statement
    )
    if finding.outcome is Outcome.HOLDS and (second == 0 or stated.order != 2):
        return Finding(Outcome.FAILS, statement + " The next coefficient is not zero.")
    return finding


def measured_order(form: Form) -> Finding:
    """Measure the order in lambda of the error of ln Delta_inf."""
    families = _families()
    if families is None:
        return Finding(Outcome.UNCLEAR, "A flow did not converge.")
    stated: SmallLambda = form.content
    squares, impulse = (stated.density.coeff(G, k) for k in (2, 1))
    differences = []
    for seed, family in zip(SEEDS, families, strict=True):
        integral = float(squares) * family.squares + float(impulse) * family.impulse
        predicted = stated.power * family.start + INERTIAS[:, None] * integral
        differences.append(
            Differences(
                f"seed {seed}",
                INERTIAS,
                family.ends - predicted,
                FLOOR,
                family.ends - family.start,
            )
        )
    found = order_finding(
        differences,
        stated.order,
        r"Order in $\lambda$ of the error of $\ln\Delta_\infty$, the integral taken along gradient "
        "flow; the null model leaves the integral out.",
    )
    return Finding(
        found.outcome,
        found.statement,
        found.measured,
        found.predicted,
        found.criterion,
        found.rtol,
        data={**found.data, "figure": _figure(families[0])},
    )


def _figure(family: _Family) -> dict[str, Any]:
    terms = {
        "corrected": family.start - 2 * INERTIAS[:, None] * family.squares,
        "printed": 2 * family.start - 2 * INERTIAS[:, None] * family.impulse,
    }
    series = [
        {
            "label": name,
            "x": INERTIAS,
            "y": np.linalg.norm(family.ends - value, axis=1),
            "style": name,
        }
        for name, value in terms.items()
    ]
    return {
        "kind": "order",
        "title": "Error of the balancedness for small inertia",
        "xlabel": r"$\lambda$",
        "ylabel": r"error of $\ln\Delta_\infty$",
        "caption": r"Norm of the difference of $\ln\Delta_\infty$ and its stated value, on a "
        "problem of 2 samples and 4 coordinates.",
        "series": series,
    }


def forms() -> Forms:
    """Return the printed limit, the corrected one and wrong ones."""
    right = -2 * G**2
    five = sp.Rational(1, 20)
    return Forms(
        Form(
            "printed",
            r"$\Delta_\infty \sim \Delta_0^2\exp(-2\lambda\int_0^\infty\nabla L(\theta_t)dt)$ for "
            r"$\lambda \to 0$, read as an error of $O(\lambda^2)$ of the logarithm",
            SmallLambda(-2 * G, power=2),
        ),
        Form(
            "square of the gradient",
            r"$\Delta_\infty = \Delta_0\exp(-2\lambda\int_0^\infty(\nabla L(\theta_t))^2dt + "
            r"O(\lambda^2))$ for starts at rest, the square taken in each coordinate, the integral "
            "along gradient flow; the order of the error is sharp",
            SmallLambda(right),
        ),
        mutant_forms(
            [
                ("Delta_0 squared", SmallLambda(right, power=2)),
                ("gradient not squared", SmallLambda(-2 * G)),
                ("wrong sign", SmallLambda(-right)),
                ("factor 2 dropped", SmallLambda(right / 2)),
                ("no integral", SmallLambda(0 * G)),
                ("5 % larger", SmallLambda((1 + five) * right)),
                ("5 % smaller", SmallLambda((1 - five) * right)),
                ("error O(lambda^3)", SmallLambda(right, order=3)),
                ("error O(lambda) only", SmallLambda(right, order=1)),
            ]
        ),
    )


def counterexample() -> Counterexample | None:
    """Return a start of small rationals at which the two sides tend to different numbers."""
    if balance_at_zero_inertia() != 0:
        return None
    for plus, minus in ((1, 1), (1, Fraction(1, 2))):
        delta = Fraction(plus) * Fraction(minus)
        if delta**2 != delta:
            return Counterexample(
                r"For $\lambda \to 0$ the flow tends to gradient flow, which conserves $\Delta$; "
                r"the printed expression tends to $\Delta_0^2$.",
                {
                    str(W_PLUS) + "(0)": str(plus),
                    str(W_MINUS) + "(0)": str(minus),
                    "limit of Delta_inf": str(delta),
                    "limit of the printed expression": str(delta**2),
                },
                exact=True,
                found_by="starts by size; data and target are arbitrary",
            )
    return None


CLAIMS = (
    Claim(
        id="papazov.small-lambda.limit",
        title="Balancedness at the end for small inertia",
        paper=PAPER,
        equation="section 4, small lambda regime",
        printed=Quotation(
            "papazov2024-poster.txt",
            111,
            r"Also,  $\Delta_\infty \sim_{\lambda \rightarrow 0} \Delta_0^2 \exp\left(-2\lambda "
            r"\int_0^\infty \nabla \mathcal{L}(\theta_t) dt\right)$ .",
        ),
        claimed_over="every data set and start at rest; along which flow the integral runs is not "
        "said: to first order MGF and gradient flow give the same",
        sampled_over=(
            "leading term: every loss, on the slow flow; order: "
            f"{len(SEEDS)} well conditioned problems of 2 samples and 4 coordinates, biased "
            f"starts, lambda from {INERTIAS[0]:g} down to {INERTIAS[-1]:.2g}"
        ),
        forms=forms,
        checks=(
            Check("leading term", "Is it what the slow flow gives?", leading_term, exact=True),
            Check("order", "Is the error of the stated order, and of no higher?", measured_order),
        ),
        depends=("papazov.mgf.scale",),
        derivation=lambda: (
            Step(
                "Density of I_+ + I_- on the slow flow, by powers of lambda",
                sp.Matrix(
                    [LAMBDA * small_lambda_density(2)[0], LAMBDA**2 * small_lambda_density(2)[1]]
                ),
            ),
            Step("At lambda = 0 the balancedness does not move", balance_at_zero_inertia()),
        ),
        counterexample=counterexample,
    ),
)

"""Lyu et al., section 4: the start acts through parameters only for GD, and on momentum otherwise.

Tested order by order: at O(eta) the limit of a momentum method is the limit of gradient descent at
another learning rate, so nothing of the start can act on one and not on the other.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from numeric.compiled import numeric_method, numpy_function
from numeric.orders import NotAsymptotic, geometric_steps, small_parameter
from numeric.problems import Problem, Start
from proofs_check.claim import (
    Check,
    Claim,
    Counterexample,
    Finding,
    Form,
    Forms,
    Quotation,
    exact_zero,
)
from proofs_check.limit_families import forecast, problem_and_start, runs_from
from proofs_check.limit_orders import Differences, limit_floor, order_finding, order_of
from symbolic.derivation import Step
from symbolic.implicit_bias import gradient_term_first_order
from symbolic.modified_equation import inertia_coefficient
from symbolic.symbols import ETA, KAPPA, MU
from symbolic.two_step import METHODS

Array = np.ndarray
PAPER = "Lyu et al. 2025"
#: The small parameter, eta/(1-mu)^2 times the curvature, from this value down.
SMALL = geometric_steps(0.06, 8, float(np.sqrt(2.0)))
SAMPLES = (
    ("hb", 0.3, "unbiased"),
    ("hb", 0.8, "biased"),
    ("nag", 0.3, "biased"),
    ("nag", 0.8, "unbiased"),
)


def equivalent_rate() -> sp.Expr:
    """Return (learning rate of GD)/eta with the same inertia in rescaled time as (mu, kappa).

    Limits know a method through alpha/(1-mu), at O(eta); for gradient descent at rate e it is e/2.
    """
    reduced = inertia_coefficient(MU, KAPPA, ETA) / (1 - MU)
    of_descent = inertia_coefficient(0 * MU, 0 * MU, ETA)
    ratio: Any = sp.factor(sp.cancel(reduced / of_descent))
    return ratio


class Comparison(NamedTuple):
    """(Momentum at eta) - (GD at ratio * eta) is of this order in eta."""

    ratio: sp.Expr
    order: int


@cache
def _limits(kind: str, method: str, mu: float, factor: float) -> tuple[Array, float]:
    """Return trained limits at the steps ``factor * SMALL / curvature``, and their floor."""
    problem, start = problem_and_start(kind)
    return _train(problem, start, method, mu, factor * SMALL / forecast(kind)[2])


def _train(
    problem: Problem, start: Start, method: str, mu: float, eta: Array
) -> tuple[Array, float]:
    at, kappa = numeric_method(METHODS[method], mu)
    runs = runs_from(problem, start, f"{method} at mu = {mu}", mu=at, kappa=kappa, eta=eta)
    return runs.theta, limit_floor(problem, runs, mu)


def differences(ratio: sp.Expr, method: str, mu: float, kind: str) -> Differences:
    """Return (momentum at eta) - (GD at ratio * eta); the null model is GD at the same eta."""
    at, kappa = numeric_method(METHODS[method], mu)
    factor = float(numpy_function((MU, KAPPA), ratio)(at, kappa))
    unit = (1 - mu) ** 2
    momentum, floor = _limits(kind, method, mu, unit)
    descent, other_floor = _limits(kind, "gd", 0.0, factor * unit)
    null = momentum - forecast(kind)[0]
    label = f"{method}, mu = {mu:g}, {kind} start"
    return Differences(label, SMALL, momentum - descent, floor + other_floor, null)


def trained_limits(form: Form) -> Finding:
    """Measure the order of the difference between momentum and gradient descent."""
    families = [differences(form.content.ratio, *sample) for sample in SAMPLES]
    return order_finding(
        families,
        form.content.order,
        rf"Order in $\eta$ of (momentum at $\eta$) - (gradient descent at "
        rf"${sp.latex(form.content.ratio)}\,\eta$).",
    )


def same_inertia(form: Form) -> Finding | None:
    """Decide that both flows have the same inertia in rescaled time."""
    if form.content.order < 2:
        return None
    reduced = inertia_coefficient(MU, KAPPA, ETA) / (1 - MU)
    descent = inertia_coefficient(0 * MU, 0 * MU, form.content.ratio * ETA)
    return exact_zero(
        sp.cancel(reduced - descent),
        r"$\alpha/(1-\mu)$ of the method minus that of gradient descent at the other rate, any "
        r"$(\mu, \kappa)$.",
    )


def forms() -> Forms:
    """Return the printed distinction, the order at which there is none, and mutants."""
    ratio = equivalent_rate()
    wrong = (
        ("rate 5 % larger", sp.Rational(21, 20) * ratio),
        ("rate 5 % smaller", sp.Rational(19, 20) * ratio),
        ("effective rate 1/(1-mu)", 1 / (1 - MU)),
        ("1/(1-mu)^2", 1 / (1 - MU) ** 2),
        ("look-ahead dropped", ratio.subs(KAPPA, 0)),
        ("look-ahead of the wrong sign", ratio.subs(KAPPA, -KAPPA)),
    )
    return Forms(
        Form(
            "printed",
            "Read as, at the order of Theorem 3: "
            "the limits of momentum methods depend on the start in a way in which those of "
            "gradient descent do not, so no learning rate of gradient descent gives the same "
            "limit up to a higher order",
            Comparison(ratio, 1),
        ),
        Form(
            "order by order",
            rf"up to $O(\eta^2)$ momentum at $\eta$ and gradient descent at ${sp.latex(ratio)}\,"
            r"\eta$ have the same limit, for every start: both depend on it alike. At $O(\eta^2)$ "
            "they differ",
            Comparison(ratio, 2),
        ),
        tuple(Form(name, name, Comparison(wrong_ratio, 2)) for name, wrong_ratio in wrong),
    )


def counterexample() -> Counterexample | None:
    """Search small integer data for a case in which the O(eta) difference is absent."""
    ratio = equivalent_rate()
    mu = 0.5
    factor = float(numpy_function((MU, KAPPA), ratio)(mu, 0.0))
    for x, y in ((x, y) for size in range(1, 4) for x in range(1, size + 1) for y in (1, -1)):
        problem = Problem(np.array([[1.0, float(x)]]), np.array([float(y)]))
        start = Start(np.ones(2), np.ones(2))
        size = small_parameter(problem, start.u, start.v, 1.0, 0.0)
        eta = SMALL * (1 - mu) ** 2 / size
        momentum, floor = _train(problem, start, "hb", mu, eta)
        descent, other_floor = _train(problem, start, "gd", 0.0, factor * eta)
        equal, equal_floor = _train(problem, start, "gd", 0.0, eta)
        null, null_floor = momentum - equal, floor + equal_floor
        floor += other_floor
        try:
            order = order_of(Differences("", SMALL, momentum - descent, floor, null))
            apart = order_of(Differences("", SMALL, null, null_floor))
        except NotAsymptotic:
            continue
        if order == 2 and apart == 1:
            return Counterexample(
                "Heavy ball and gradient descent at the other rate have limits that differ by "
                "O(eta^2) only, while at equal rates they differ by O(eta).",
                {
                    "X": [[1, x]],
                    "y": [y],
                    "u": [1, 1],
                    "v": [1, 1],
                    "mu": "1/2",
                    "rate of gradient descent over eta": str(ratio.subs({MU: "1/2", KAPPA: 0})),
                    "order": order,
                    "order at equal rates": apart,
                },
                exact=False,
                found_by="search over integer data of one sample and two coordinates, by size",
            )
    return None


CLAIMS = (
    Claim(
        id="lyu.gd-start",
        title="GD depends on the start like momentum does",
        paper=PAPER,
        equation="section 4",
        printed=Quotation(
            "lyu2025.txt",
            242,
            "the implicit bias of HB and NAG flow also depends on the initialization of both "
            "parameters and gradients explicitly, which may also hinder the generalization, while "
            "GD and SGD only depend on the initialization of parameters",
        ),
        claimed_over="all data and starts, mu in (0, 1), to the order of Theorem 3",
        sampled_over="inertia: any (mu, kappa); training (full batch, SGD is not sampled): one "
        "problem, " + ", ".join(f"{m} mu = {mu:g} {s}" for m, mu, s in SAMPLES),
        forms=forms,
        checks=(
            Check(
                "same inertia",
                "Do both flows have the same inertia in rescaled time?",
                same_inertia,
                exact=True,
            ),
            Check("trained limits", "At which order do the limits differ?", trained_limits),
        ),
        derivation=lambda: (
            Step(
                r"At $O(\eta)$ a limit knows its method through $\alpha/(1-\mu)$ alone,",
                inertia_coefficient(MU, KAPPA, ETA) / (1 - MU),
            ),
            Step("which gradient descent has at this multiple of eta:", equivalent_rate()),
            Step(
                "The gradient term of Theorem 3 is, per alpha, a vector of the row space:",
                gradient_term_first_order(),
            ),
        ),
        counterexample=counterexample,
        remark=(
            "That no learning rate of gradient descent gives the same limit is how the sentence is "
            "read here, at Theorem 3's order; it is not printed in these words."
        ),
    ),
)

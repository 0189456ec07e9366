"""Lyu et al., section 3.5: small learning rates give back the implicit bias of gradient flow."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import sympy as sp

from numeric.compiled import numpy_function
from numeric.projection import entropy_projection
from proofs_check.claim import Check, Claim, Finding, Form, Forms, Quotation, exact_zero
from proofs_check.limit_families import problem_and_start, trained_family
from proofs_check.limit_orders import Differences, order_finding
from symbolic.derivation import Step
from symbolic.implicit_bias import effective_scale, gradient_flow_bias_corrected
from symbolic.modified_equation import inertia_coefficient
from symbolic.symbols import ALPHA, ETA, MU, THETA_0, XI
from symbolic.two_step import METHODS

Array = np.ndarray
PAPER = "Lyu et al. 2025"
SAMPLES = tuple(
    (method, mu, start)
    for method, mu in (("hb", 0.5), ("hb", 0.8), ("nag", 0.5), ("nag", 0.8))
    for start in ("unbiased", "biased")
)


class Limit(NamedTuple):
    """What the trained limit tends to, Q at ``factor`` times the initial scale, and how fast."""

    factor: sp.Expr = sp.S.One
    order: int = 1


@cache
def _reference(start_kind: str, factor: float) -> Array:
    problem, start = problem_and_start(start_kind)
    linear = numpy_function((THETA_0, XI), gradient_flow_bias_corrected())(start.theta, start.xi)
    return entropy_projection(problem.X, problem.y, factor * start.xi, linear).theta


def trained_limits(form: Form) -> Finding:
    """Measure the order in eta of trained limit minus the limit for eta to 0."""
    families = []
    for method, mu, start in SAMPLES:
        family = trained_family(method, mu, start, "run")
        reference = _reference(start, float(form.content.factor))
        # In units of (1-mu)^2, so that steps compare between momenta.
        steps = family.steps / (1 - mu) ** 2
        errors = family.thetas - reference
        families.append(Differences(family.label, steps, errors, family.floor))
    return order_finding(
        families,
        form.content.order,
        "Order in eta of (trained limit) - (minimiser for the limiting scale), for heavy ball and "
        "Nesterov's method.",
    )


def scale_limit(form: Form) -> Finding:
    """Decide that xi_bar tends to the stated scale as eta tends to 0."""
    limits = []
    for name in ("hb", "nag"):
        alpha = inertia_coefficient(MU, METHODS[name].kappa, ETA)
        # alpha is a multiple of eta: its limit is its value at eta = 0.
        limits.append(effective_scale().subs(ALPHA, alpha.subs(ETA, 0)) - form.content.factor * XI)
    return exact_zero(
        limits, r"$\lim_{\eta\to 0}\bar\xi(\infty)$ minus the stated scale, HB and NAG, any $\mu$."
    )


def forms() -> Forms:
    """Return the statement with its rate, and wrong limits and rates."""
    wrong = (
        ("scale 5 % larger", Limit(sp.Rational(21, 20))),
        ("scale 5 % smaller", Limit(sp.Rational(19, 20))),
        ("difference of order eta^2", Limit(order=2)),
        ("difference that stays", Limit(order=0)),
    )
    return Forms(
        Form(
            "printed",
            r"$\bar\xi(\infty) \to \xi$ and the trained limit tends to that of gradient flow as "
            r"$\eta \to 0$; measured with its rate, exactly of order 1",
            Limit(),
        ),
        mutants=tuple(Form(name, name, content) for name, content in wrong),
    )


def derivation() -> tuple[Step, ...]:
    """Return the first order of xi_bar."""
    scale = effective_scale()
    return (
        Step(
            r"$\bar\xi(\infty)$ up to $O(\eta^2)$, with $\alpha$ a multiple of $\eta$:",
            scale.subs(ALPHA, 0) + ALPHA * sp.diff(scale, ALPHA).subs(ALPHA, 0),
        ),
        Step(r"for heavy ball $\alpha$ is", inertia_coefficient(MU, 0 * MU, ETA)),
        Step(r"and for Nesterov's method", inertia_coefficient(MU, MU, ETA)),
    )


CLAIMS = (
    Claim(
        id="lyu.eta-limit",
        title="Small learning rates give back gradient flow",
        paper=PAPER,
        equation="section 3.5",
        printed=Quotation(
            "lyu2025.txt",
            228,
            r"the limit $\eta \rightarrow 0$ leads to $\bar{\xi}(\infty) \rightarrow \xi$ and, as "
            r"a consequence, $Q_{\bar{\xi}(\infty)}^M \rightarrow Q_\xi^{\text{GF}}$. Therefore, "
            "for small learning rate, the implicit bias of momentum-based methods and that of GD "
            "are almost the same.",
        ),
        claimed_over="all data and starts, mu in (0, 1), eta to 0; no rate is stated",
        sampled_over="scale: symbolic mu; training: one problem, "
        + ", ".join(f"{m} mu = {mu:g} {s}" for m, mu, s in SAMPLES)
        + ", small parameter from 0.06 down",
        forms=forms,
        checks=(
            Check("scale", "What does xi_bar tend to?", scale_limit, exact=True),
            Check(
                "trained limits", "What do the trained limits tend to, how fast?", trained_limits
            ),
        ),
        derivation=derivation,
    ),
)

"""Lyu et al., section 3.5: smaller momentum removes the difference to gradient descent."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from numeric.compiled import numeric_method
from numeric.orders import geometric_steps
from proofs_check.claim import Check, Claim, Finding, Form, Forms, Quotation, exact_zero
from proofs_check.limit_families import RTOL, forecast, problem_and_start, runs_from
from proofs_check.limit_orders import Differences, limit_floor, order_finding
from symbolic.derivation import Step
from symbolic.modified_equation import inertia_coefficient
from symbolic.symbols import ETA, MU
from symbolic.two_step import METHODS, TwoStepMethod

Array = np.ndarray
PAPER = "Lyu et al. 2025"
MOMENTA = geometric_steps(0.1, 8)
#: eta times the largest curvature at the limit: moderate, so that what stays at mu = 0 is seen.
SMALL_PARAMETER = 0.05
SAMPLES = tuple((method, start) for method in ("hb", "nag") for start in ("unbiased", "biased"))


class Approach(NamedTuple):
    """What the limit tends to as mu tends to 0 at fixed eta, and how fast."""

    target: str = "gradient descent"
    rate_factor: float = 1.0
    order: int = 1


@cache
def _trained(kind: str, method: str, rate_factor: float) -> tuple[Array, float]:
    """Return limits, shape (k, d), and their floor."""
    problem, start = problem_and_start(kind)
    eta = rate_factor * SMALL_PARAMETER / forecast(kind)[2]
    momenta = np.zeros(1) if method == "gd" else MOMENTA
    at = [numeric_method(METHODS[method], mu) for mu in momenta]
    mu, kappa = np.array(at).T
    runs = runs_from(problem, start, method, mu=mu, kappa=kappa, eta=eta)
    return runs.theta, limit_floor(problem, runs, float(np.max(momenta)))


def trained_limits(form: Form) -> Finding:
    """Measure the order in mu of the difference between the limits."""
    families = []
    for method, kind in SAMPLES:
        if form.content.target == "gradient flow":
            target = forecast(kind)[0]
            floor = RTOL * float(np.linalg.norm(target))
        else:
            descent, floor = _trained(kind, "gd", form.content.rate_factor)
            target = descent[0]
        momentum, own_floor = _trained(kind, method, 1.0)
        errors = momentum - target
        families.append(Differences(f"{method}, {kind} start", MOMENTA, errors, floor + own_floor))
    return order_finding(
        families,
        form.content.order,
        f"Order in mu, at fixed eta, of (trained limit) - (limit of {form.content.target}); "
        "order 0 means that the difference stays.",
    )


def recursion(form: Form) -> Finding | None:
    """Decide that at mu = 0 the methods are gradient descent with the stated learning rate."""
    if form.content.target != "gradient descent":
        return None
    import sympy as sp

    from symbolic.two_step import two_step_update

    x, previous = sp.symbols("x x_prev")
    loss_slope = sp.Function("L'")
    factor = sp.Rational(str(form.content.rate_factor))
    own = two_step_update(x, x, loss_slope, mu=0, kappa=0, eta=factor * ETA)
    left = []
    for name in ("hb", "nag"):
        method: TwoStepMethod = METHODS[name].with_momentum(sp.S.Zero)
        moved = two_step_update(x, previous, loss_slope, mu=method.mu, kappa=method.kappa, eta=ETA)
        left.append((moved - own).subs(loss_slope(x), sp.Symbol("slope")))
    return exact_zero(left, "Update of HB and NAG at mu = 0 minus that of gradient descent.")


def forms() -> Forms:
    """Return the statement with its rate, and wrong targets and rates."""
    wrong = (
        ("tends to gradient flow", Approach("gradient flow")),
        ("gradient descent at a 5 % larger rate", Approach(rate_factor=1.05)),
        ("gradient descent at a 5 % smaller rate", Approach(rate_factor=0.95)),
        ("difference of order mu^2", Approach(order=2)),
        ("difference that stays", Approach(order=0)),
    )
    return Forms(
        Form(
            "printed",
            r"At fixed $\eta$ the limits of HB and NAG tend to that of gradient descent as "
            r"$\mu \to 0$; measured with its rate, exactly of order 1",
            Approach(),
        ),
        mutants=tuple(Form(name, name, content) for name, content in wrong),
    )


def derivation() -> tuple[Step, ...]:
    """Return the inertia at mu = 0."""
    return (
        Step(
            "As mu tends to 0, the inertia of both methods tends to that of gradient descent, "
            "which is not zero: at fixed eta nothing tends to gradient flow.",
            inertia_coefficient(MU, 0 * MU, ETA).subs(MU, 0),
        ),
    )


CLAIMS = (
    Claim(
        id="lyu.mu-limit",
        title="Small momentum gives back gradient descent",
        paper=PAPER,
        equation="section 3.5",
        printed=Quotation(
            "lyu2025.txt",
            238,
            "both decreasing the learning rate and the momentum factor make the difference between "
            "the implicit bias of momentum-based methods and that of GD not significant",
        ),
        claimed_over="all data and starts, mu to 0 at fixed eta; no rate is stated",
        sampled_over="one problem, HB and NAG, biased and unbiased start, mu from 0.1 down, eta "
        "times the largest curvature 0.05",
        forms=forms,
        checks=(
            Check(
                "recursion", "Are the methods gradient descent at mu = 0?", recursion, exact=True
            ),
            Check("trained limits", "What do the limits tend to, how fast?", trained_limits),
        ),
        derivation=derivation,
        remark=(
            "The difference to gradient flow does not vanish with mu: gradient descent itself is "
            "O(eta) away from it (lyu.gd-start, lyu.gf-order)."
        ),
    ),
)

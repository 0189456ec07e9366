"""Lyu et al., abstract and remark: the explicit dependence on the initial gradient.

The gradient term of R^M is, to first order in the inertia, a multiple of the gradient of the loss
at the start. That is a combination of the rows of X, so its product with theta is a constant on
{X theta = y}: it cannot act at the order to which the theorem is stated.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial

import sympy as sp

from proofs_check.claim import Check, Claim, Finding, Form, Forms, Quotation, exact_zero
from proofs_check.limit_families import MOMENTA, LimitFamily, Prediction, trained_family
from proofs_check.lyu.prop1 import HEAVY_BALL_PRINTED, NESTEROV_PRINTED
from proofs_check.lyu.theorem3_measurement import second_order
from symbolic.derivation import Step
from symbolic.implicit_bias import (
    effective_scale,
    gradient_term_first_order,
    momentum_bias_printed,
    row_space_residual,
)
from symbolic.symbols import ALPHA, G_0, MU, THETA_0, XI


def _linear(strength: int) -> sp.Expr:
    """Return R^M with the sign at theta_0 mended and the gradient term times ``strength``."""
    return momentum_bias_printed().subs({THETA_0: -THETA_0, G_0: strength * G_0})


def _is_root(expression: sp.Expr) -> bool:
    return isinstance(expression, sp.Pow) and expression.exp == sp.Rational(1, 2)


def _form(name: str, statement: str, linear: sp.Expr) -> Form:
    # The inertia is chosen by the check, which knows the method.
    return Form(name, statement, Prediction(sp.S.Zero, effective_scale(), linear))


def _forms() -> Forms:
    without_root = _linear(1).replace(_is_root, lambda _: sp.S.One)
    squared = momentum_bias_printed().subs({THETA_0: -THETA_0, G_0: G_0**2})
    by_coordinate = _linear(0) + ALPHA * G_0 * THETA_0 / (1 - MU)
    return Forms(
        _form(
            "printed",
            "The theorem with the gradient term as printed (and the sign at theta_0 mended): "
            rf"$R = {sp.latex(_linear(1))}$",
            _linear(1),
        ),
        mutants=(
            _form("square root dropped", "leaves the row space for biased starts", without_root),
            _form("gradient squared", "leaves the row space", squared),
            _form("gradient times the start", "leaves the row space", by_coordinate),
        ),
        inert=(
            _form("gradient term dropped", "no gradient term", _linear(0)),
            _form("gradient term with the other sign", "sign reversed", _linear(-1)),
            _form("gradient term doubled", "twice the printed one", _linear(2)),
        ),
    )


def _families(method: str) -> list[Callable[[], LimitFamily]]:
    return [
        partial(trained_family, method, mu, kind, "run")
        for mu, kind in itertools.product(sorted(MOMENTA, reverse=True), ("biased", "unbiased"))
    ]


def _order_check(method: str, inertia: sp.Expr, name: str) -> Check:
    def run(form: Form) -> Finding:
        content: Prediction = form.content
        here = Form(form.name, form.statement, content._replace(inertia=inertia))
        return second_order(here, _families(method))

    return Check(f"limits of {name}", "Is the predicted limit right up to O(eta^2)?", run)


def in_the_row_space(form: Form) -> Finding:
    """Decide whether the part of R that is linear in the inertia is a multiple of grad L."""
    linear = form.content.linear
    slope = sp.radsimp(sp.diff(linear, ALPHA).subs(ALPHA, 0))
    multiple = sp.cancel(slope / G_0)
    return exact_zero(
        [row_space_residual(), *(sp.diff(multiple, each) for each in (G_0, THETA_0, XI))],
        r"The first-order part of $R$ in $\alpha$ is the same multiple of $\nabla L(\theta(0)) = "
        r"X^T(X\theta(0) - y)/n$ in every coordinate, hence in the row space of $X$.",
    )


def _derivation() -> tuple[Step, ...]:
    return (
        Step("The linear term as printed,", momentum_bias_printed()),
        Step(
            r"has as its coefficient of $\alpha$, whatever $\theta_0$ and $\xi$ are,",
            gradient_term_first_order(),
        ),
        Step(
            r"which is $X^T$ times a vector: on $\{X\theta = y\}$ its product with $\theta$ is a "
            r"constant. For $k$ with $Xk = 0$, symbolically, $\nabla L \cdot k$ is",
            row_space_residual(),
        ),
    )


CLAIMS = (
    Claim(
        id="lyu.thm3.gradient-init",
        title="Explicit dependence on the initial gradient",
        paper="Lyu et al. 2025",
        equation="Abstract (b); remark after Theorem 3",
        printed=Quotation(
            "lyu2025.txt",
            20,
            "(b) the implicit regularization effects of HB and NAG also depend on the "
            "initialization of gradients explicitly",
        ),
        claimed_over="every start; the theorem neglects O(eta^2)",
        sampled_over=(
            "a well-conditioned problem with n = 2, d = 4; a biased and an unbiased start; mu in "
            f"{{{', '.join(f'{mu:g}' for mu in MOMENTA)}}}; both methods; eight step sizes"
        ),
        forms=_forms,
        checks=(
            Check(
                "row space",
                "Is the gradient term, to first order, in the row space of X?",
                in_the_row_space,
                exact=True,
            ),
            _order_check("hb", HEAVY_BALL_PRINTED, "heavy ball"),
            _order_check("nag", NESTEROV_PRINTED, "Nesterov's method"),
        ),
        depends=("lyu.prop1.hb", "lyu.prop1.nag"),
        derivation=_derivation,
        remark="With the printed gradient term, without it, with the other sign or twice as large, "
        "the theorem is right to the same order.",
    ),
)

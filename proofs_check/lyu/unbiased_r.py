"""Lyu et al., after Eq. (10): the linear term of momentum for unbiased starts."""

from __future__ import annotations

import sympy as sp
from hypothesis import find, settings
from hypothesis import strategies as st

from proofs_check.claim import (
    Check,
    Claim,
    Counterexample,
    Finding,
    Form,
    Forms,
    Quotation,
    exact_zero,
    mutant_forms,
)
from symbolic.derivation import Step
from symbolic.implicit_bias import (
    CORRELATION,
    first_order_in_inertia,
    momentum_bias_printed,
    momentum_bias_unbiased_corrected,
    momentum_bias_unbiased_from_theorem,
    momentum_bias_unbiased_printed,
)
from symbolic.mutation import mutations
from symbolic.regression import loss, predictor_gradient
from symbolic.symbols import ALPHA, G_0, MU, SAMPLES, THETA_0

PRINTED = Quotation(
    "lyu2025.txt",
    164,
    r"\mathcal{R}_j^M = \operatorname{arcsinh} \left(\frac{4\alpha(X^T y)_j}{n(1-\mu)} \right),",
)


def gradient_at_zero(samples: int = 2, dimension: int = 3) -> tuple[sp.Expr, ...]:
    """Return d_theta L(0) + X^T y/n and d_theta L - its formula, entry by entry, symbolically."""
    X = sp.Matrix(samples, dimension, sp.symbols(f"X:{samples * dimension}"))
    y = sp.Matrix(sp.symbols(f"y:{samples}"))
    theta = sp.Matrix(sp.symbols(f"t:{dimension}"))
    value = loss(X, y, theta)[0]
    by_hand = predictor_gradient(X, y, theta)
    entries = [sp.expand(sp.diff(value, t) - g) for t, g in zip(theta, by_hand, strict=True)]
    at_zero = by_hand.subs(dict.fromkeys(theta, 0)) + X.T * y / samples
    return (*entries, *(sp.expand(entry) for entry in at_zero))


def against_the_theorem(form: Form) -> Finding:
    """Compare the form with Eq. (9) at theta(0) = 0."""
    return exact_zero(
        [form.content - momentum_bias_unbiased_from_theorem(), *gradient_at_zero()],
        r"The formula minus Eq. (9) at $\theta(0) = 0$, where "
        r"$\partial_\theta L = -X^{\mathsf T} y/n$.",
    )


def first_order(form: Form) -> Finding:
    """Compare the coefficient of alpha with that of the velocity -grad L/(1-mu)."""
    slope = sp.diff(form.content, ALPHA).subs(ALPHA, 0)
    wanted = sp.diff(first_order_in_inertia(momentum_bias_printed()), ALPHA)
    wanted = wanted.subs({THETA_0: 0, G_0: -CORRELATION / SAMPLES})
    return exact_zero(
        sp.cancel(slope - wanted),
        r"The coefficient of $\alpha$ minus that of Eq. (9), $\partial_\theta L(0)/(1-\mu)$.",
    )


def _forms() -> Forms:
    printed, corrected = momentum_bias_unbiased_printed(), momentum_bias_unbiased_corrected()
    sign_only, quarter_only = 4 * corrected, -corrected
    wrong = [(name, value) for name, value in mutations(corrected) if value != printed]
    (function,) = corrected.atoms(sp.Function)
    inner = [
        (f"argument {name}", corrected.xreplace({function: function.func(value)}))
        for name, value in mutations(function.args[0])
    ]
    inner = [(name, value) for name, value in inner if sp.expand(value - corrected) != 0]
    partly = [("sign mended only", sign_only), ("quarter mended only", quarter_only)]
    distinct = {value: name for name, value in [*partly, *inner, *wrong]}
    return Forms(
        printed=Form("printed", rf"$\mathcal R^M = {sp.latex(printed)}$", printed),
        corrected=Form(
            "Eq. (9) at an unbiased start",
            rf"Eq. (9) at an unbiased start is $\mathcal R^M = {sp.latex(corrected)}$",
            corrected,
        ),
        mutants=mutant_forms([(name, value) for value, name in distinct.items()]),
    )


def _counterexample() -> Counterexample:
    difference = momentum_bias_unbiased_printed() - momentum_bias_unbiased_from_theorem()
    fractions = st.fractions(0, 2, max_denominator=4)
    found = find(
        st.tuples(fractions.filter(bool), fractions, st.integers(1, 3), st.sampled_from([1, 2, 3])),
        lambda point: difference.subs(_point(*point)).is_zero is False,
        settings=settings(derandomize=True, database=None, deadline=None),
    )
    at = _point(*found)
    return Counterexample(
        "The display after Eq. (10) and Eq. (9) differ at an unbiased start: by the sign and by a "
        "factor of 4.",
        {
            **{symbol.name: str(value) for symbol, value in at.items()},
            "printed": str(momentum_bias_unbiased_printed().subs(at)),
            "Eq. (9)": str(momentum_bias_unbiased_from_theorem().subs(at)),
        },
        exact=True,
        found_by="search over small rational numbers, shrunk",
    )


def _point(alpha: object, correlation: object, n: int, quarters: int) -> dict[sp.Symbol, sp.Expr]:
    return {
        ALPHA: sp.Rational(alpha),
        CORRELATION: sp.Rational(correlation),
        SAMPLES: sp.Integer(n),
        MU: sp.Rational(quarters, 4),
    }


def _derivation() -> list[Step]:
    gradient = sp.Symbol("g_0")
    return [
        Step("Eq. (9)", momentum_bias_printed()),
        Step("The gradient at theta = 0, by coordinate", sp.Eq(gradient, -CORRELATION / SAMPLES)),
        Step("Both inserted", momentum_bias_unbiased_from_theorem()),
        Step(
            "To first order in alpha", first_order_in_inertia(momentum_bias_unbiased_from_theorem())
        ),
    ]


CLAIMS = (
    Claim(
        id="lyu.unbiased.r",
        title="The linear term of momentum for unbiased starts",
        paper="Lyu et al. 2025",
        equation="after Eq. (10)",
        printed=PRINTED,
        claimed_over="every dataset, alpha and mu; said to be Eq. (9) at an unbiased start",
        sampled_over="proof: all of it; gradient at zero: n = 2, d = 3, symbolic entries",
        forms=_forms,
        checks=(
            Check(
                "Eq. (9)",
                "Is this Eq. (9) at an unbiased start?",
                against_the_theorem,
                exact=True,
                proves=True,
            ),
            Check(
                "first order",
                "Has it the coefficient of alpha that Eq. (9) has?",
                first_order,
                exact=True,
            ),
        ),
        derivation=_derivation,
        counterexample=_counterexample,
        remark="The question here is only whether the display follows from Eq. (9). To first order "
        "in alpha either is a multiple of X^T y, in the row space, and moves no minimiser: "
        "whether the term acts at all is the question of lyu.thm3.gradient-init.",
    ),
)

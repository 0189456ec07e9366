"""Lyu et al., section 3: the hyperbolic entropy between the l2 norm and the l1 norm."""

from __future__ import annotations

from typing import Any

import mpmath
import sympy as sp

from numeric.compiled import mpmath_function
from proofs_check.claim import (
    Check,
    Claim,
    Counterexample,
    Finding,
    Form,
    Forms,
    Outcome,
    Quotation,
    bounded,
    exact_zero,
    mutant_forms,
)
from symbolic.derivation import Step
from symbolic.entropy import HyperbolicEntropy, kernel_expansion, rich_expansion
from symbolic.entropy_identities import kernel_expansion_residuals, rich_expansion_residuals
from symbolic.mutation import mutations
from symbolic.symbols import THETA, XI

PAPER = "Lyu et al. 2025"
KERNEL_PRINTED = Quotation(
    "lyu2025.txt",
    116,
    r"the initialization $\xi \rightarrow \infty$ corresponds to the *kernel regime* or *lazy "
    r"regime* where $Q_{\xi}^{\text{GF}}(\theta) \propto \|\theta\|_2^2$",
)
RICH_PRINTED = Quotation(
    "lyu2025.txt",
    116,
    r"$\xi \rightarrow 0$ corresponds to the *rich regime* where $Q_{\xi}^{\text{GF}}(\theta) "
    r"\rightarrow \|\theta\|_1$",
)
DIGITS = 700
SAMPLES = ("1/100", "1/2", "1", "7", "-3")
LARGE_SCALES = ("100", "10000", "1000000")
#: Exponents of the small scales, 10^-k: the relative rate is only 1/ln(1/xi).
SMALL_EXPONENTS = (20, 80, 320)
_POSITIVE = sp.Symbol("theta", positive=True)


def _value(theta: Any, xi: Any) -> Any:
    return mpmath_function((THETA, XI), HyperbolicEntropy().value)(theta, xi)


def _number(text: str) -> Any:
    top, _, bottom = text.partition("/")
    return mpmath.mpf(top) / mpmath.mpf(bottom or "1")


def kernel_series(form: Form) -> Finding:
    """Compare the form with the first term of the expansion in 1/xi, derived from the value."""
    return exact_zero(
        [sp.expand(kernel_expansion(1) - form.content), *kernel_expansion_residuals()],
        r"The leading term of $Q_\xi(\theta)$ in powers of $1/\xi$, minus the stated one; "
        r"$Q_\xi''$ minus the power that is expanded, $Q_\xi(0)$ and $Q_\xi'(0)$.",
    )


def kernel_rate(form: Form) -> Finding:
    """Compare the distance to the form with the next term, which bounds it."""
    stated = mpmath_function((THETA, XI), form.content)
    bound = mpmath_function((THETA, XI), HyperbolicEntropy().kernel_remainder)
    with mpmath.workdps(100):
        worst = max(
            abs(_value(_number(t), _number(s)) - stated(_number(t), _number(s)))
            / abs(bound(_number(t), _number(s)))
            for t in SAMPLES
            for s in LARGE_SCALES
        )
        return bounded(
            float(worst),
            1.0,
            r"Largest distance from the stated term in units of $\theta^4/(768\,\xi^3)$, which "
            "bounds it.",
        )


def rich_series(form: Form) -> Finding:
    """Compare lim Q/divisor with the form, on the derived expansion in xi."""
    target, divisor = form.content
    expansion = rich_expansion(2).subs(THETA, _POSITIVE)
    limit = sp.limit(sp.expand(expansion / divisor.subs(THETA, _POSITIVE)), XI, 0, "+")
    difference = limit - target.subs(THETA, _POSITIVE)
    if difference.is_infinite:
        return Finding(
            Outcome.FAILS,
            r"The limit of $Q_\xi(\theta)$ over its divisor for $\xi \to 0$.",
            measured=str(limit),
            predicted=str(target),
            criterion="equal",
        )
    return exact_zero(
        [sp.expand(difference), *rich_expansion_residuals()],
        r"The limit of $Q_\xi(\theta)$ over its divisor for $\xi \to 0$, minus the stated one; "
        r"$\partial Q_\xi / \partial \xi$ minus the root that is expanded, "
        r"$Q_\xi(\theta) - Q_\xi(-\theta)$.",
    )


def rich_rate(form: Form) -> Finding:
    """Compare the distance to the form with the next term over ln(1/xi)/4."""
    target, divisor = form.content
    entropy = HyperbolicEntropy()
    stated, unit = mpmath_function((THETA,), target), mpmath_function((XI,), entropy.rich_unit)
    divide = mpmath_function((THETA, XI), divisor)
    next_term = mpmath_function((THETA,), entropy.rich_remainder)
    with mpmath.workdps(DIGITS):
        worst = mpmath.mpf(0)
        for text in SAMPLES:
            theta = _number(text)
            for exponent in SMALL_EXPONENTS:
                xi = mpmath.mpf(10) ** -exponent
                away = _value(theta, xi) / divide(theta, xi) - stated(theta)
                # |theta| (ln|theta| - 1)/4 over the unit; behind it only xi/2 is left.
                worst = max(worst, abs(away) * unit(xi) / (abs(next_term(theta)) + xi))
        return bounded(
            float(worst),
            1.0,
            r"Largest distance from the stated limit in units of "
            r"$|\theta|\,|\ln|\theta| - 1| / \ln(1/\xi)$, which bounds it.",
        )


def _kernel_forms() -> Forms:
    stated = THETA**2 / (16 * XI)
    others = [("l1 instead", sp.Abs(THETA) / (16 * XI)), ("wrong power of xi", THETA**2 / 16)]
    return Forms(
        printed=Form("printed, with its constant", rf"$Q_\xi \simeq {sp.latex(stated)}$", stated),
        mutants=mutant_forms([*mutations(stated), *others]),
    )


def _rich_forms() -> Forms:
    unit, size = HyperbolicEntropy().rich_unit, sp.Abs(THETA)
    wrong = [(name, (size, value)) for name, value in mutations(unit)]
    return Forms(
        printed=Form("printed", r"$Q_\xi(\theta) \to |\theta|$", (size, sp.S.One)),
        corrected=Form(
            "divided", r"$Q_\xi(\theta) / (\tfrac14\ln(1/\xi)) \to |\theta|$", (size, unit)
        ),
        mutants=mutant_forms(
            [*wrong, ("without the quarter", (size, 4 * unit)), ("l2 instead", (THETA**2, unit))]
        ),
    )


def _rich_counterexample() -> Counterexample:
    """Return a theta and the first power of 1/10 as scale at which Q exceeds 2 |theta|."""
    with mpmath.workdps(50):
        theta = mpmath.mpf(1)
        exponent = next(k for k in range(1, 100) if _value(theta, mpmath.mpf(10) ** -k) > 2)
        value = _value(theta, mpmath.mpf(10) ** -exponent)
    return Counterexample(
        r"$Q_\xi(\theta)$ exceeds $2|\theta|$ and, as $\xi$ falls, every other bound: its "
        r"derivative by $\xi$ is negative and $Q_\xi - \frac14|\theta|\ln(1/\xi)$ converges.",
        {"theta": "1", "xi": f"1/10^{exponent}", "Q": float(value)},
        exact=False,
        found_by="smallest power of 1/10",
    )


def _kernel_derivation() -> list[Step]:
    q = HyperbolicEntropy()
    return [
        Step("The second derivative", q.hessian),
        Step("Its series in powers of 1/xi, integrated twice from 0", kernel_expansion(3)),
        Step("The leading term", q.kernel_limit),
        Step(
            "The next term bounds the remainder, since 1 - s/2 <= (1+s)^(-1/2) <= 1",
            q.kernel_remainder,
        ),
    ]


def _rich_derivation() -> list[Step]:
    q = HyperbolicEntropy()
    return [
        Step("The derivative by the scale is never positive", q.scale_derivative),
        Step("Its series, integrated, for theta > 0", rich_expansion(3)),
        Step("The leading term grows without bound", q.rich_limit),
        Step(
            "The next term; relative to the leading one it falls only like 1/ln(1/xi)",
            q.rich_remainder,
        ),
    ]


CLAIMS = (
    Claim(
        id="lyu.q.kernel",
        title="Kernel regime: the entropy becomes the squared l2 norm",
        paper=PAPER,
        equation="section 3",
        printed=KERNEL_PRINTED,
        claimed_over="every theta, xi to infinity",
        sampled_over="proof: every theta; rate: "
        f"theta in {', '.join(SAMPLES)}, xi in {', '.join(LARGE_SCALES)}",
        forms=_kernel_forms,
        checks=(
            Check(
                "expansion",
                "Is this the first term in powers of 1/xi?",
                kernel_series,
                exact=True,
                proves=True,
            ),
            Check("rate", "Is the distance within the bound of the next term?", kernel_rate),
        ),
        derivation=_kernel_derivation,
    ),
    Claim(
        id="lyu.q.rich",
        title="Rich regime: the entropy, divided by ln(1/xi)/4, becomes the l1 norm",
        paper=PAPER,
        equation="section 3",
        printed=RICH_PRINTED,
        claimed_over="every theta, xi to 0",
        sampled_over="proof: every theta (Q is even); rate: "
        f"theta in {', '.join(SAMPLES)}, xi = 10^-k, k in {', '.join(map(str, SMALL_EXPONENTS))}",
        forms=_rich_forms,
        checks=(
            Check("limit", "Is this the limit for xi to 0?", rich_series, exact=True, proves=True),
            Check("rate", "Is the distance within the bound of the next term?", rich_rate),
        ),
        derivation=_rich_derivation,
        counterexample=_rich_counterexample,
        remark="As a statement about minimisers the printed limit is right: a factor does not "
        "move them. As a limit of values it is not.",
    ),
)

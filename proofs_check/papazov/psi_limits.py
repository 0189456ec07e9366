"""Papazov et al., section 3: psi between the l1 norm and the squared l2 norm."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
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
from symbolic.entropy import (
    DELTA,
    HyperbolicEntropy,
    kernel_expansion,
    psi,
    rich_expansion,
)
from symbolic.entropy_identities import (
    kernel_expansion_residuals,
    rich_expansion_residuals,
)
from symbolic.mutation import mutations
from symbolic.symbols import THETA, XI

PAPER = "Papazov et al. 2024"
FILE = "papazov2024-poster.txt"
SAMPLES = ("1/100", "1/2", "1", "7", "-3")
LARGE, SMALL_EXPONENTS, DIGITS = ("100", "10000", "1000000"), (20, 80, 320), 700
_SIZE = sp.Symbol("theta", positive=True)


def _number(text: str) -> Any:
    top, _, bottom = text.partition("/")
    return mpmath.mpf(top) / mpmath.mpf(bottom or "1")


def _by_scale(expression: sp.Expr) -> sp.Expr:
    """Return an expansion of Q by xi as one of psi by Delta: psi_Delta = 2 Q_{Delta/4}."""
    result: Any = sp.expand_log(sp.expand(2 * expression.subs(XI, DELTA / 4)))
    return result


# --- Small Delta ----------------------------------------------------------------------------------


def small_series(form: Form) -> Finding:
    """Decide that psi over the form tends to 1 and their difference to |theta|(ln|theta| - 1)/2."""
    expansion = _by_scale(rich_expansion(2)).subs(THETA, _SIZE)
    stated = form.content.subs(THETA, _SIZE)
    ratio = sp.limit(sp.expand(expansion) / stated, DELTA, 0, "+")
    rest = sp.limit(sp.expand(expansion - sp.expand_log(stated)), DELTA, 0, "+")
    expected = 2 * HyperbolicEntropy().rich_remainder.subs(THETA, _SIZE)
    statement = (
        r"The limit for $\Delta \to 0$ of $\psi_\Delta$ over the stated term, minus 1; that of "
        r"their difference minus $\frac12|\theta|(\ln|\theta| - 1)$; the residuals of the "
        "expansion."
    )
    if rest.is_infinite or ratio.is_infinite:
        return Finding(Outcome.FAILS, statement, f"{ratio}, {rest}", "0", "equal")
    return exact_zero(
        [sp.expand(ratio - 1), sp.expand(rest - expected), *rich_expansion_residuals()], statement
    )


def small_rate(form: Form) -> Finding:
    """Compare the distance from the form with the next term and Delta/4 behind it."""
    value = mpmath_function((THETA, DELTA), psi())
    stated = mpmath_function((THETA, DELTA), form.content)
    rest = mpmath_function((THETA,), 2 * HyperbolicEntropy().rich_remainder)
    ratios = []
    with mpmath.workdps(DIGITS):
        for text in SAMPLES:
            for exponent in SMALL_EXPONENTS:
                theta, delta = _number(text), mpmath.mpf(10) ** -exponent
                away = abs(value(theta, delta) - stated(theta, delta) - rest(theta))
                ratios.append(float(away / (delta / 4)))
        return bounded(
            float(np.max(ratios)),  # keeps a NaN
            1.0,
            r"Largest distance of $\psi_\Delta$ from the stated term and "
            r"$\frac12|\theta|(\ln|\theta|-1)$ in units of $\Delta/4$, which bounds it.",
        )


def _small_forms() -> Forms:
    stated = sp.log(4 / DELTA) / 2 * sp.Abs(THETA)
    wrong = [
        ("without the 4", sp.log(1 / DELTA) / 2 * sp.Abs(THETA)),
        ("2 for the 4", sp.log(2 / DELTA) / 2 * sp.Abs(THETA)),
        ("without the half", sp.log(4 / DELTA) * sp.Abs(THETA)),
        ("a quarter for the half", sp.log(4 / DELTA) / 4 * sp.Abs(THETA)),
        ("the square of theta", sp.log(4 / DELTA) / 2 * THETA**2),
        *((name, value) for name, value in mutations(stated)),
    ]
    return Forms(
        Form(
            "printed, with its next term",
            r"$\psi_\Delta(\theta) = \frac12\ln(4/\Delta)|\theta| + \frac12|\theta|(\ln|\theta|-1) "
            r"+ O(\Delta)$ in every coordinate with $\theta \ne 0$: the ratio to the printed term "
            r"tends to 1, at the rate $1/\ln(1/\Delta)$; the 4 is what leaves this next term and "
            r"does not act on the ratio",
            stated,
        ),
        mutants=mutant_forms(wrong),
    )


# --- Large Delta ----------------------------------------------------------------------------------


def large_series(form: Form) -> Finding:
    """Compare the form with the first term of the expansion in 1/Delta."""
    return exact_zero(
        [sp.expand(_by_scale(kernel_expansion(1)) - form.content), *kernel_expansion_residuals()],
        r"The leading term of $\psi_\Delta(\theta)$ in powers of $1/\Delta$, minus the stated one; "
        "the residuals of the expansion.",
    )


def large_rate(form: Form) -> Finding:
    """Compare the distance from the form with the next term, which bounds it."""
    value = mpmath_function((THETA, DELTA), psi())
    stated = mpmath_function((THETA, DELTA), form.content)
    rest = mpmath_function((THETA, DELTA), _by_scale(HyperbolicEntropy().kernel_remainder))
    with mpmath.workdps(100):
        points = [(_number(t), _number(s)) for t in SAMPLES for s in LARGE]
        ratios = [float(abs(value(*at) - stated(*at)) / abs(rest(*at))) for at in points]
        return bounded(
            float(np.max(ratios)),  # keeps a NaN
            1.0,
            r"Largest distance from the stated term in units of $\theta^4/(6\Delta^3)$, which "
            "bounds it.",
        )


def _large_forms() -> Forms:
    corrected = THETA**2 / (2 * DELTA)
    return Forms(
        Form("printed", r"$\psi_\Delta \sim \|\theta\|_2/(2\Delta)$", sp.Abs(THETA) / (2 * DELTA)),
        Form(
            "squared",
            r"$\psi_\Delta \sim \|\theta\|_2^2/(2\Delta)$ for a common $\Delta$, in each "
            r"coordinate $\theta^2/(2\Delta)$, up to at most $\theta^4/(6\Delta^3)$",
            corrected,
        ),
        mutant_forms(
            [
                *mutations(corrected),
                ("without the half", THETA**2 / DELTA),
                ("a quarter for the half", THETA**2 / (4 * DELTA)),
                ("wrong power of Delta", THETA**2 / (2 * DELTA**2)),
            ]
        ),
    )


def large_counterexample() -> Counterexample | None:
    """Return the smallest positive integer at which psi over the printed term has another limit."""
    leading = _by_scale(kernel_expansion(1))
    for theta in range(1, 10):
        ratio = sp.cancel((leading / (sp.Abs(THETA) / (2 * DELTA))).subs(THETA, theta))
        if ratio != 1:
            return Counterexample(
                r"One coordinate: $\psi_\Delta(\theta)$ over $|\theta|/(2\Delta)$ tends to this "
                r"number for $\Delta \to \infty$, not to 1.",
                {"theta": str(theta), "limit": str(ratio)},
                exact=True,
                found_by="smallest positive integer",
            )
    return None


CLAIMS = (
    Claim(
        id="papazov.psi.small",
        title="Small Delta: psi becomes the l1 norm, times ln(4/Delta)/2",
        paper=PAPER,
        equation="section 3",
        printed=Quotation(
            FILE,
            52,
            r"Importantly,  $\psi_\Delta \sim_{\Delta \rightarrow 0} \frac{\log(4/\Delta)}{2} "
            r"\|\cdot\|_1$",
        ),
        claimed_over=r"every $\theta \ne 0$, a common $\Delta \to 0$ in all coordinates",
        sampled_over=r"proof: every $\theta \ne 0$; numbers: $\theta$ in "
        rf"{', '.join(SAMPLES)}, $\Delta = 10^{{-k}}$, k in {', '.join(map(str, SMALL_EXPONENTS))}",
        forms=_small_forms,
        checks=(
            Check(
                "limit",
                "Is it the leading term, with the right constant behind it?",
                small_series,
                exact=True,
                proves=True,
            ),
            Check("rate", "Is what is left within its bound?", small_rate),
        ),
        derivation=lambda: [
            Step(r"The expansion for $\Delta \to 0$, $\theta > 0$", _by_scale(rich_expansion(2))),
        ],
        remark="With scales that fall at different rates the limit is a weighted l1 norm.",
    ),
    Claim(
        id="papazov.psi.large",
        title="Large Delta: psi becomes the squared l2 norm over 2 Delta",
        paper=PAPER,
        equation="section 3",
        printed=Quotation(
            FILE,
            52,
            r"$\psi_\Delta \sim_{\Delta \rightarrow +\infty} \frac{1}{2\Delta} \|\cdot\|_2$",
        ),
        claimed_over=r"every $\theta$, a common $\Delta \to \infty$ in all coordinates",
        sampled_over=r"proof: every $\theta$; numbers: $\theta$ in "
        rf"{', '.join(SAMPLES)}, $\Delta$ in {', '.join(LARGE)}",
        forms=_large_forms,
        checks=(
            Check(
                "expansion",
                "Is it the first term in powers of 1/Delta?",
                large_series,
                exact=True,
                proves=True,
            ),
            Check("rate", "Is the distance within the bound of the next term?", large_rate),
        ),
        derivation=lambda: [
            Step(r"The expansion in $1/\Delta$", _by_scale(kernel_expansion(3))),
            Step("Its second term bounds the rest", _by_scale(kernel_expansion(2))),
        ],
        counterexample=large_counterexample,
    ),
)

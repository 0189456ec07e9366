"""Papazov et al., section 2: the acceleration rule keeps the flow and lengthens the steps."""

from __future__ import annotations

from typing import NamedTuple

import sympy as sp

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
from symbolic.derivation import Step
from symbolic.mgf_schemes import (
    GAMMA,
    GAP,
    RHO,
    accelerated,
    acceleration_residuals,
    matching,
)
from symbolic.mutation import mutations
from symbolic.symbols import MU

PAPER = "Papazov et al. 2024"
FILE = "papazov2024-poster.txt"


class Rule(NamedTuple):
    """gamma and beta after the change, and w_1 - w_0 in units that the corollary lets be zero."""

    gamma: sp.Expr
    mu: sp.Expr
    moved: sp.Expr = sp.S.Zero


# --- The rule, exactly ----------------------------------------------------------------------------


def keeps_flow(form: Form) -> Finding:
    """Decide whether lambda is kept, epsilon multiplied by rho, and the velocity the same."""
    rule: Rule = form.content
    _, epsilon = matching(sp.S.Zero)
    return exact_zero(
        [
            *acceleration_residuals(rule.gamma, rule.mu),
            sp.cancel(rule.moved / epsilon - rule.moved / (RHO * epsilon)),
        ],
        r"$\hat\gamma/(1-\hat\beta)^2 - \lambda$, $\hat\gamma/(1-\hat\beta) - \rho\,\varepsilon$, "
        r"and the difference of the velocities $(w_1-w_0)/\varepsilon$ and "
        r"$(w_1-w_0)/\hat\varepsilon$.",
    )


def wrong_rules() -> list[tuple[str, Rule]]:
    """Return rules with another power of rho or a changed coefficient."""
    gamma, mu = accelerated()
    return [
        (r"$\hat\gamma = \rho\gamma$", Rule(RHO * GAMMA, mu)),
        (r"$\hat\gamma = \rho^3\gamma$", Rule(RHO**3 * GAMMA, mu)),
        (r"$\hat\beta = \beta$", Rule(gamma, MU)),
        (r"$\hat\beta = 1 - (1-\beta)/\rho$", Rule(gamma, 1 - (1 - MU) / RHO)),
        (r"$\hat\gamma = \gamma/\rho^2$", Rule(GAMMA / RHO**2, mu)),
        (r"$\hat\gamma$ 5 % larger", Rule(sp.Rational(21, 20) * gamma, mu)),
        (r"$\hat\gamma$ 5 % smaller", Rule(sp.Rational(19, 20) * gamma, mu)),
        (
            r"$1 - \hat\beta$ 5 % larger",
            Rule(gamma, sp.expand(1 - sp.Rational(21, 20) * (1 - mu))),
        ),
    ]


def _rule_forms() -> Forms:
    gamma, mu = accelerated()
    moved = sp.Symbol("m", positive=True)
    return Forms(
        Form(
            "printed",
            r"With $\hat\gamma = \rho^2\gamma$, $\hat\beta = 1 - \rho(1-\beta)$ and $w_0 = w_1$, "
            r"MGD$(\hat\gamma,\hat\beta)$ is the discretisation of the same flow from rest with "
            r"step $\rho\,\varepsilon$",
            Rule(gamma, mu),
        ),
        mutants=mutant_forms(
            [
                *wrong_rules(),
                (r"$\hat\beta = \beta^\rho$", Rule(gamma, MU**RHO)),
                (r"also for $w_0 \ne w_1$", Rule(gamma, mu, moved)),
            ]
        ),
    )


# --- Its range ------------------------------------------------------------------------------------


def range_finding(form: Form) -> Finding:
    """Decide whether every rho of the stated interval gives a momentum in [0, 1), and no other.

    The momentum of the rule falls in rho with the slope beta - 1 < 0 from 1 at rho = 0, so it is in
    [0, 1) exactly up to its zero.
    """
    largest: sp.Expr = form.content
    _, momentum = accelerated()
    gap = sp.expand(momentum.subs(MU, 1 - GAP))
    slope, at_zero = sp.diff(gap, RHO), gap.subs(RHO, 0)
    if largest is sp.oo:
        return Finding(
            Outcome.FAILS,
            r"The limit of $\hat\beta$ for $\rho \to \infty$.",
            measured=str(sp.limit(gap, RHO, sp.oo)),
            predicted="at least 0",
            criterion="a momentum",
        )
    return exact_zero(
        [gap.subs(RHO, largest.subs(MU, 1 - GAP)), slope + GAP, at_zero - 1],
        r"$\hat\beta$ at the largest $\rho$, its slope in $\rho$ plus $1-\beta$, and its value at "
        r"$\rho = 0$ minus 1: so $0 \le \hat\beta < 1$ exactly for $0 < \rho \le$ that one.",
    )


def out_of_range() -> Counterexample | None:
    """Return the first integer speed-up at which beta = 1/2 becomes a negative momentum."""
    _, momentum = accelerated()
    half = sp.Rational(1, 2)
    for rho in range(1, 10):
        value = momentum.subs({RHO: rho, MU: half})
        if value < 0:
            return Counterexample(
                "The rule gives a negative momentum; from the next integer on its size is 1 or "
                "more, and the recursion diverges at every step size.",
                {"beta": "1/2", "rho": str(rho), "new beta": str(value)},
                exact=True,
                found_by="smallest integer rho at beta = 1/2",
            )
    return None


def _range_forms() -> Forms:
    largest = 1 / (1 - MU)
    return Forms(
        Form("printed", r"The rule applies for every $\rho > 0$", sp.oo),
        Form(
            "up to gradient descent",
            r"The rule applies for $0 < \rho \le 1/(1-\beta)$; at the upper end $\hat\beta = 0$, "
            r"gradient descent with step $\lambda$",
            largest,
        ),
        mutant_forms([*mutations(largest), (r"up to $1/(1-\beta)^2$", largest**2)]),
    )


CLAIMS = (
    Claim(
        id="papazov.acceleration.rule",
        title="The acceleration rule keeps lambda and multiplies the step by rho",
        paper=PAPER,
        equation="section 2, Corollary",
        printed=Quotation(
            FILE,
            74,
            r"Then, MGD( $\hat{\gamma}, \hat{\beta}$ ) initialized at  $(w_0, w_1)$  again becomes "
            r"the discretization of MGF( $\lambda$ ) but with discretization step  "
            r"$\hat{\varepsilon} = \rho \cdot \varepsilon$ .",
        ),
        claimed_over=r"every loss, every $w_0 = w_1$, $\gamma > 0$, $\beta$ and $\rho > 0$ "
        "(for which of these the new pair is a method: see papazov.acceleration.range)",
        sampled_over="all of it, symbolically",
        forms=_rule_forms,
        checks=(
            Check(
                "flow",
                "Are inertia and initial velocity kept, and is the step rho times as long?",
                keeps_flow,
                exact=True,
                proves=True,
            ),
        ),
        depends=("papazov.discretisation",),
        derivation=lambda: [
            Step(r"$\hat\gamma$", accelerated()[0]),
            Step(r"$\hat\beta$, with $\mu$ for $\beta$", accelerated()[1]),
            Step(r"$\lambda$ by $\gamma$ and $\beta$", matching(sp.S.Zero)[0]),
            Step(r"$\varepsilon$", matching(sp.S.Zero)[1]),
        ],
    ),
    Claim(
        id="papazov.acceleration.range",
        title="The speed-up is at most 1/(1-beta)",
        paper=PAPER,
        equation="section 2, Corollary",
        printed=Quotation(
            FILE, 74, r"For  $\rho > 0$ , consider the parameter couple  $\hat{\gamma}"
        ),
        claimed_over=r"every $\rho > 0$, as printed; a momentum is a number in $[0, 1)$",
        sampled_over=r"every $\beta$ in $[0, 1)$ and every $\rho$, symbolically",
        forms=_range_forms,
        checks=(
            Check(
                "range",
                "Does exactly this interval give a momentum in [0, 1)?",
                range_finding,
                exact=True,
                proves=True,
            ),
        ),
        counterexample=out_of_range,
    ),
)

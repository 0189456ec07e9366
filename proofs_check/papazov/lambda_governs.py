"""Papazov et al., summary: lambda alone governs what the recursion finds."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import sympy as sp

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
from proofs_check.mgf_limits import (
    LARGEST,
    MOMENTA,
    at,
    inertias,
    leading,
    losses_of_recursion,
    relative_uncertainty,
    worst_ratio,
)
from symbolic.derivation import Step
from symbolic.surrogate import (
    INERTIA,
    inertia_printed,
    inertia_rescaled,
    scale_loss,
    time_step,
)
from symbolic.symbols import ETA, MU

PAPER = "Papazov et al. 2024"
#: Two momenta that share lambda, as symbols.
OTHER_MU = sp.Symbol("mu'", nonnegative=True)


def _at_momentum(expression: sp.Expr, mu: sp.Symbol) -> sp.Expr:
    """Return the expression by mu and the printed lambda, eta = lambda (1-mu)^2."""
    (eta,) = sp.solve(inertia_printed() - INERTIA, ETA)
    return sp.cancel(expression.subs(ETA, eta).subs(MU, mu))


def governs(form: Form) -> Finding:
    """Decide that the leading ln(Delta_0/Delta_inf) is a function of the stated quantity.

    It is, if both change in proportion to one another: d(f, G)/d(mu, eta) = 0.
    """
    f, stated = sp.log(scale_loss()), sp.log(form.content)
    jacobian = sp.diff(f, MU) * sp.diff(stated, ETA) - sp.diff(f, ETA) * sp.diff(stated, MU)
    return exact_zero(
        sp.cancel(sp.together(jacobian)),
        r"Functional determinant, by $(\mu, \eta)$, of the stated quantity and the leading "
        r"$\ln(\Delta_0/\Delta_\infty)$ of the recursion: zero if one is a function of the other.",
    )


def _figure(form: Form) -> dict[str, Any]:
    """Show what trained limits lose of the scale against the stated quantity."""
    series = []
    for mu in MOMENTA:
        stated = at(form.content, mu, 1 / at(inertia_printed(), mu, 1.0)) * inertias()
        lost = np.mean(losses_of_recursion(mu), axis=1)
        series.append({"label": rf"$\mu = {mu:g}$", "x": stated, "y": lost, "style": ""})
    axis = {"printed": r"$\lambda$", "rescaled": r"$\lambda\,(1+\mu)/2$"}[form.name]
    return {
        "kind": "curves",
        "title": f"Balancedness lost against {axis}",
        "xlabel": axis,
        "ylabel": r"$\ln(\Delta_0/\Delta_\infty)$, mean over coordinates",
        "caption": "What trained limits lose of the balancedness, for three momenta, against "
        f"{axis}. If this quantity alone governs it, the curves are one.",
        "series": series,
    }


def pairs(form: Form) -> Finding:
    """Train pairs (mu, eta) of one and the same printed lambda and compare their limits.

    Where the stated quantity differs by a factor within a pair, so must the leading coefficients.
    """
    findings = []
    for mu, other in itertools.combinations(MOMENTA, 2):
        first, second = (leading(losses_of_recursion(each)) for each in (mu, other))
        # At lambda = 1: eta = (1-mu)^2.
        stated = [
            at(form.content, each, 1 / at(inertia_printed(), each, 1.0)) for each in (mu, other)
        ]
        finding = worst_ratio(
            first.coefficients[0] / second.coefficients[0],
            stated[0] / stated[1],
            relative_uncertainty(first, second),
            r"Ratio of the leading coefficients in $\lambda$ of $\ln(\Delta_0/\Delta_\infty)$ "
            rf"between $\mu = {mu:g}$ and $\mu = {other:g}$, trained at the same printed "
            r"$\lambda$, against that of the stated quantity.",
        )
        findings.append(finding)
    wrong = [finding for finding in findings if finding.outcome != "holds"]
    chosen = (wrong or findings)[0]
    if form.name in ("printed", "rescaled"):
        return replace(chosen, data={"figure": _figure(form)})
    return chosen


def forms() -> Forms:
    """Return the printed quantity, the rescaled one and others."""
    lam = inertia_printed()
    wrong = (
        ("the step size", r"$\eta$", ETA),
        ("the discretisation step", r"$\eta/(1-\mu)$", time_step()),
        ("a third power", r"$\eta/(1-\mu)^3$", lam / (1 - MU)),
        ("wrong sign of mu", r"$\lambda(1-\mu)/2$", lam * (1 - MU) / 2),
        ("factor squared", r"$\lambda(1+\mu)^2/4$", lam * (1 + MU) ** 2 / 4),
        (
            "mu 5 % larger in the factor",
            r"$\lambda(1+\frac{21}{20}\mu)/2$",
            lam * (1 + sp.Rational(21, 20) * MU) / 2,
        ),
        (
            "mu 5 % smaller in the factor",
            r"$\lambda(1+\frac{19}{20}\mu)/2$",
            lam * (1 + sp.Rational(19, 20) * MU) / 2,
        ),
        (
            "exponent 5 % larger",
            r"$\eta\,(1+\mu)/(1-\mu)^{21/10}$",
            ETA * (1 + MU) / (1 - MU) ** sp.Rational(21, 10),
        ),
    )
    return Forms(
        Form(
            "printed",
            r"$\lambda = \eta/(1-\mu)^2$ alone decides $\ln(\Delta_0/\Delta_\infty)$ to leading "
            "order in the step",
            lam,
        ),
        Form(
            "rescaled",
            r"$\lambda(1+\mu)/2$ alone decides it; for two momenta $\mu$ and $\mu'$ at the same "
            r"$\lambda$ the values of $\ln(\Delta_0/\Delta_\infty)$ have the ratio "
            r"$(1+\mu)/(1+\mu')$ to leading order",
            inertia_rescaled(),
        ),
        tuple(Form(name, words, content) for name, words, content in wrong),
    )


def smallest() -> Counterexample:
    """Return gradient descent beside heavy ball at mu = 1/2, both with lambda = 1."""
    half = sp.Rational(1, 2)
    values = recursion_values(half)
    found = [scale_loss().subs(each) for each in (recursion_values(sp.S.Zero), values)]
    return Counterexample(
        r"Two pairs with the same $\lambda$ lose different parts of the scale, in every coordinate "
        "and however small the step.",
        {
            "(mu, eta/lambda)": [["0", "1"], [str(half), str(values[ETA])]],
            "ln(Delta_0/Delta_inf)/lambda, lambda to 0": [str(value) for value in found],
            "ratio": str(found[0] / found[1]),
            "J": "int g^2 dT along gradient flow",
        },
        exact=True,
        found_by="the exact leading coefficients at the two smallest momenta of the form k/2",
    )


def recursion_values(mu: sp.Expr) -> dict[sp.Symbol, sp.Expr]:
    """Return mu and the eta for which lambda is 1."""
    (eta,) = sp.solve(inertia_printed().subs(MU, mu) - 1, ETA)
    return {MU: mu, ETA: eta}


def derivation() -> tuple[Step, ...]:
    """Return the leading order at a given printed lambda."""
    here, there = (_at_momentum(scale_loss(), mu) for mu in (MU, OTHER_MU))
    return (
        Step(
            r"With $J = \int g^2\,dT$ along gradient flow, $\ln(\Delta_0/\Delta_\infty)$ is, to "
            r"leading order and by the exact discrete theorem,",
            scale_loss(),
        ),
        Step(r"At a given $\lambda = \eta/(1-\mu)^2$ this is", here),
        Step(r"so two momenta at the same $\lambda$ have the ratio", sp.cancel(here / there)),
    )


CLAIMS = (
    Claim(
        id="papazov.lambda-governs.theory",
        title="Lambda alone governs the limit: to leading order",
        paper=PAPER,
        equation="summary, contribution 1",
        printed=Quotation(
            "papazov2024-summary.txt",
            36,
            r"the key quantity governing the trajectory being $\lambda = \gamma/(1-\beta)^2$",
        ),
        claimed_over="all data and starts, every (mu, eta), gamma and beta in print; read for the "
        "limit, at leading order in lambda",
        sampled_over="leading order: every (mu, eta), symbolically; trained limits: one problem, a "
        f"biased start, pairs of mu in {', '.join(map(str, MOMENTA))} at the same lambda, lambda "
        f"times curvature at most {LARGEST}",
        forms=forms,
        checks=(
            Check(
                "leading order",
                "Is the leading loss of scale a function of the stated quantity?",
                governs,
                exact=True,
            ),
            Check("pairs", "Do trained pairs differ as the stated quantity does?", pairs),
        ),
        depends=("papazov.surrogate.limit",),
        derivation=derivation,
        counterexample=smallest,
        remark=r"At fixed $\lambda$ and $\mu \to 1$ the factor tends to 1: the printed statement "
        "is about small steps at large momenta.",
    ),
)

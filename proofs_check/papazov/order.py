"""Papazov et al., section 4: balancedness and perturbed start are of second order in the scale."""

from __future__ import annotations

from typing import NamedTuple

import sympy as sp

from proofs_check.claim import (
    Check,
    Claim,
    Finding,
    Form,
    Forms,
    Outcome,
    Quotation,
    mutant_forms,
)
from proofs_check.mgf_scales import (
    ORDER_SAMPLED,
    largest_constant,
    order_finding,
    power_of_scale,
)
from symbolic import mgf_limit as theorem
from symbolic.derivation import Step

PAPER = "Papazov et al. 2024"
SOURCE = "papazov2024-poster.txt"


class Bound(NamedTuple):
    """Delta_inf and |theta~_0| are at most constant * alpha^power, and no larger power will do."""

    power: sp.Rational
    constant: sp.Rational = sp.S.One


def exact_constant(form: Form) -> Finding:
    """Compare the stated constant with the largest Delta_0 and |theta~_0| over alpha^2."""
    largest, power = largest_constant(), power_of_scale()
    stated: Bound = form.content
    holds = stated.power == power and stated.constant >= largest
    return Finding(
        Outcome.HOLDS if holds else Outcome.FAILS,
        r"Largest $\Delta_0/\alpha^2$ and $|\tilde\theta_0|/\alpha^2$ over $|a|, |b| \le \alpha$ "
        r"and factors $e^{-2I_\pm}$ in $[0, 1]$: both are convex in $(a, b)$, or linear in the "
        r"squares and in the factors, hence largest at corners. And the power of $\alpha$ of both "
        "for starts of one shape: a coordinate without a gradient keeps them, so that no larger "
        "power is a bound.",
        measured=f"{largest}, at power {power}",
        predicted=f"at most {stated.constant}, at power {stated.power}",
        criterion="the powers agree and the constant is at least the largest value",
    )


def order_forms() -> Forms:
    """Return the bound as printed and wrong powers and constants."""
    half, quarter = sp.Rational(1, 2), sp.Rational(1, 4)
    wrong = [
        ("one power less", Bound(sp.Integer(1))),
        ("one power more", Bound(sp.Integer(3))),
        ("a quarter power more", Bound(2 + quarter)),
        ("half of the constant", Bound(sp.Integer(2), half)),
        ("constant 5 % smaller", Bound(sp.Integer(2), sp.Rational(19, 20))),
    ]
    return Forms(
        Form(
            "printed",
            r"$\Delta_\infty \le \Delta_0 \le \alpha^2$ and $|\tilde\theta_0| \le \alpha^2$, with "
            r"$\alpha = \max(|u_0|_\infty, |v_0|_\infty)$ of the poster's neurons, for flows from "
            "rest without a zero of a neuron; as a bound for all data the power 2 cannot be raised",
            Bound(sp.Integer(2)),
        ),
        mutants=mutant_forms(wrong),
    )


CLAIMS = (
    Claim(
        id="papazov.order",
        title="Balancedness and perturbed start are of second order in the scale",
        paper=PAPER,
        equation="section 4",
        printed=Quotation(
            SOURCE,
            100,
            r"$\Delta_\infty, \tilde{\theta}_0 = O(\alpha^2)$ . Hence, for small initializations, "
            r"$\Delta_\infty, \tilde{\theta}_0 \ll \theta^*, \forall \theta^* \in \mathcal{S}$ .",
        ),
        claimed_over="flows from rest without a zero of a neuron, uniformly in data and lambda",
        sampled_over=ORDER_SAMPLED,
        forms=order_forms,
        checks=(
            Check(
                "corners",
                "Is the constant the largest value over all starts?",
                exact_constant,
                exact=True,
                proves=True,
            ),
            Check(
                "scaled starts",
                "Do flows from ever smaller starts stay below it, and not below a larger power?",
                lambda form: order_finding(form.content.power, form.content.constant),
            ),
        ),
        depends=("papazov.positive",),
        derivation=lambda: (
            Step(
                "The balancedness, at most that of the start as both integrals are positive",
                theorem.balancedness(),
            ),
            Step(
                "The perturbed start, a difference of two terms between 0 and alpha^2",
                theorem.perturbed_start(),
            ),
        ),
        remark=r"In a coordinate that moves, $\Delta_\infty$ falls with a larger power of $\alpha$ "
        r"than 2, which depends on $\lambda$ times the gradient there: a small start takes a time "
        r"of order $\ln(1/\alpha)$ to leave the saddle, and $I_\pm$ grow with it.",
    ),
)

"""Lyu et al., remark (i) after Prop. 4: Eq. (11) as a second-order equation for theta."""

from __future__ import annotations

import sympy as sp

from proofs_check.claim import (
    Check,
    Claim,
    Finding,
    Form,
    Forms,
    Outcome,
    Quotation,
    exact_zero,
)
from proofs_check.lyu.prop4 import PAPER
from symbolic.derivation import Step
from symbolic.entropy import HyperbolicEntropy
from symbolic.mirror_flow import (
    THETA_DDOT,
    THETA_DOT,
    mirror_rate,
    second_order_form_printed,
)
from symbolic.symbols import ALPHA, THETA, XI


def identity(form: Form) -> Finding:
    """Compare the form with the time derivative of grad Q, for arbitrary paths."""
    return exact_zero(
        form.content - mirror_rate(),
        r"Printed left side, without the force, minus $\frac{d}{dt}\nabla Q_{\bar\xi(t)}(\theta + "
        r"\alpha\dot\theta)$, for arbitrary paths $\theta(t)$ and $\bar\xi(t) > 0$.",
    )


def forms() -> Forms:
    """Return the printed left side and, term by term, wrong versions of it."""
    printed = second_order_form_printed()
    terms = sp.Add.make_args(printed)
    mutants = []
    for index, term in enumerate(terms, start=1):
        for name, factor in (
            ("dropped", 0),
            ("with the wrong sign", -1),
            ("5 % larger", sp.Rational(21, 20)),
            ("5 % smaller", sp.Rational(19, 20)),
        ):
            mutants.append(
                Form(
                    f"term {index} {name}",
                    rf"${sp.latex(term)}$ {name}",
                    printed + (factor - 1) * term,
                )
            )
    # The Hessian taken at theta instead of theta + alpha theta'.
    mutants.append(
        Form(
            "Hessian at theta",
            r"$\nabla^2 Q$ at $\theta$ in the term with $\ddot\theta$",
            printed
            + ALPHA
            * THETA_DDOT
            * (sp.diff(printed, THETA_DDOT).subs(ALPHA, 0) - sp.diff(printed, THETA_DDOT) / ALPHA),
        )
    )
    return Forms(
        Form(
            "printed",
            r"$\alpha\nabla^2 Q\,\ddot\theta + \nabla^2 Q\,\dot\theta + \partial_t\nabla Q$ is "
            r"$\frac{d}{dt}\nabla Q_{\bar\xi(t)}(\theta+\alpha\dot\theta)$, an equation of second "
            "order",
            printed,
        ),
        mutants=tuple(mutants),
    )


def order_two(form: Form) -> Finding:
    """Decide that the coefficient of theta'' is alpha times the Hessian, which is positive.

    Positivity is decided at an arbitrary real place of the potential: there the square root has a
    sum of a square and a positive number under it.
    """
    hessian = HyperbolicEntropy(THETA, XI).hessian
    statement = (
        r"Coefficient of $\ddot\theta$ minus $\alpha\nabla^2 Q_{\bar\xi}(\bar\theta_\alpha)$; the "
        r"Hessian is positive for all real $\bar\theta_\alpha$ and $\bar\xi > 0$."
    )
    if not (ALPHA * hessian).is_positive:
        return Finding(Outcome.UNCLEAR, statement, measured=str(hessian), predicted="> 0")
    at = hessian.subs(THETA, THETA + ALPHA * THETA_DOT)
    return exact_zero(sp.diff(form.content, THETA_DDOT) - ALPHA * at, statement)


def derivation() -> tuple[Step, ...]:
    """Return the chain rule."""
    return (
        Step(
            r"Differentiating $\nabla Q_{\bar\xi(t)}(\theta+\alpha\dot\theta)$ by time gives",
            mirror_rate(),
        ),
        Step("which is the printed left side without the force,", second_order_form_printed()),
    )


CLAIMS = (
    Claim(
        id="lyu.prop4.second-order",
        title="A second-order equation",
        paper=PAPER,
        equation="Remark (i) after Proposition 4",
        printed=Quotation(
            "lyu2025.txt",
            224,
            r"It is a second-order ODE since Eq. (11) can be written as $\alpha \nabla^2 "
            r"Q_{\xi;j}^M(\bar{\theta}_\alpha, t) \ddot{\theta}_j + \nabla^2 "
            r"Q_{\xi;j}^M(\bar{\theta}_\alpha, t) \dot{\theta}_j + \frac{\partial \nabla "
            r"Q_{\xi;j}^M(\bar{\theta}_\alpha, t)}{\partial t} + "
            r"\frac{\partial_{\theta_j} L(\theta)}{1-\mu} = 0$, while the dynamics of GF is a "
            "first-order ODE",
        ),
        claimed_over="every path theta(t) and scale xi(t) > 0, every alpha > 0",
        sampled_over="all: theta, its derivatives, xi and its derivative are free symbols",
        forms=forms,
        checks=(
            Check(
                "chain rule",
                "Is it the same equation?",
                identity,
                exact=True,
                proves=True,
            ),
            Check(
                "order",
                "Is the coefficient of theta'' alpha times a positive Hessian?",
                order_two,
                exact=True,
            ),
        ),
        depends=("lyu.prop4",),
        derivation=derivation,
        remark="(11) itself holds up to O(alpha^2); the rewriting is exact.",
    ),
)

"""Lyu et al., section 2: gradient flow as the O(eta) version of gradient descent."""

from __future__ import annotations

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
    mutant_forms,
)
from proofs_check.flow_orders import DRIVE, Flow, Order, orders_hold
from symbolic.derivation import derive
from symbolic.modified_equation import flow_defect, inertia_coefficient
from symbolic.mutation import mutations
from symbolic.symbols import ETA, KAPPA, MU
from symbolic.two_step import two_step_update

PAPER = "Lyu et al. 2025"
FILE = "lyu2025.txt"
LOSSES = "two losses that are not quadratic and the network; gradient descent (mu = kappa = 0)"


def _definition_forms() -> Forms:
    def first_order(drive: sp.Expr) -> tuple[Order, ...]:
        return (Order(Flow(inertia=sp.S.Zero, drive=drive), 1, everywhere=True),)

    mutants = [
        ("wrong sign", first_order(-DRIVE)),
        ("5 % larger gradient", first_order(sp.Rational(21, 20) * DRIVE)),
        ("5 % smaller gradient", first_order(sp.Rational(19, 20) * DRIVE)),
        ("order 2", (Order(Flow(inertia=sp.S.Zero), 2, everywhere=True),)),
    ]
    statement = r"$\sup_{0\leq k\eta\leq T}|x(k\eta) - x_k| = O(\eta)$ for $\dot x = -\nabla L(x)$"
    return Forms(Form("printed", statement, first_order(DRIVE)), mutants=mutant_forms(mutants))


def _fair_forms() -> Forms:
    # The inertia with which gradient descent is represented.
    own = inertia_coefficient(0, 0, ETA)
    return Forms(
        Form(
            "printed",
            r"Read as: gradient flow $\dot x = -\nabla L$, for gradient descent, represents it "
            r"as accurately as the flow with inertia $\alpha$ represents heavy ball and Nesterov's "
            r"method: what it leaves out is of higher order than $\alpha$, "
            r"$\alpha_{\mathrm{GD}} = 0$",
            sp.S.Zero,
        ),
        Form(
            "corrected",
            rf"Gradient descent has an inertia $\alpha_{{\mathrm{{GD}}}} = {sp.latex(own)}$ of "
            r"its own, the value of $\alpha$ at $\mu = \kappa = 0$; a comparison at $O(\eta)$ is "
            r"between $\alpha$ and $\eta/2$, not between $\alpha$ and 0",
            own,
        ),
        mutants=mutant_forms(mutations(own)),
    )


def _defect(form: Form) -> Finding:
    """Return what gradient descent leaves at O(eta) on the flow with the form's inertia."""
    left = flow_defect(sp.cancel(form.content / ETA), 1).values()
    at_gd = [value.subs({MU: 0, KAPPA: 0}) for value in left]
    return exact_zero(
        at_gd or [sp.S.Zero],
        "Along the flow the recursion of gradient descent, divided by $\\eta$, leaves nothing at "
        "$O(\\eta)$, as that of heavy ball and Nesterov's method does on theirs.",
    )


def _accuracy(form: Form) -> Finding:
    """Measure the order behind the layer, which is 2 for heavy ball and Nesterov's method."""
    flow = Flow(inertia=form.content, velocity="matched")
    return orders_hold(
        (Order(flow, 2, everywhere=False, sharp=True),), methods=("gd",), momenta=(0.0,)
    )


def _smallest_counterexample() -> Counterexample | None:
    """Search small rational cases for one where the inertia eta/2 explains most of the error.

    On L = x^2/2 the step is x_1 = (1 - eta) x_0, and gradient flow ends at exp(-eta) x_0; the
    Taylor polynomials of degree 2 and 3 of exp enclose it, so the comparison is exact.
    """
    for denominator in range(2, 12):
        eta = sp.Rational(1, denominator)
        start = sp.S.One
        step = two_step_update(start, start, lambda x: x, mu=0, kappa=0, eta=eta)
        # exp(-eta) > 1 - eta + eta^2/2 - eta^3/6
        least_gap = (1 - eta + eta**2 / 2 - eta**3 / 6) * start - step
        # With inertia the slow flow of order 1 is x' = -(1 + eta/2) x, and e^{-s} lies between
        # 1 - s + s^2/2 - s^3/6 and 1 - s + s^2/2.
        s = eta * (1 + inertia_coefficient(0, 0, eta))
        low, high = 1 - s + s**2 / 2 - s**3 / 6, 1 - s + s**2 / 2
        largest_gap = max(abs(low - step), abs(high - step))
        if 2 * largest_gap < least_gap:
            return Counterexample(
                "Loss x^2/2: after one step gradient flow is farther from gradient descent by more "
                "than a factor of two than the slow flow of the equation with inertia eta/2.",
                {
                    "eta": str(eta),
                    "x_0": "1",
                    "x_1 of gradient descent": str(step),
                    "error of gradient flow at least": str(least_gap),
                    "error with inertia eta/2 at most": str(largest_gap),
                },
                exact=True,
                found_by="search over eta = 1/2, 1/3, ..., first hit",
            )
    return None


CLAIMS = (
    Claim(
        id="lyu.gf-order.definition",
        title="Gradient flow is the first-order version of gradient descent",
        paper=PAPER,
        equation="Section 2",
        printed=Quotation(
            FILE,
            104,
            r"the widely-studied GF, which is the $\mathcal{O}(\eta)$ approximate continuous "
            "version of GD, for diagonal linear networks.",
        ),
        claimed_over="every loss, every T, eta to 0 (Definition 1)",
        sampled_over=LOSSES,
        forms=_definition_forms,
        checks=(
            Check(
                "order",
                "Does the sup-norm error vanish with the claimed order?",
                lambda form: orders_hold(form.content, methods=("gd",), momenta=(0.0,)),
            ),
        ),
    ),
    Claim(
        id="lyu.gf-order.fair",
        title="Gradient descent has an O(eta) effect of its own",
        paper=PAPER,
        equation="Section 2",
        printed=Quotation(
            FILE,
            104,
            r"The same order of approximations ($\mathcal{O}(\eta)$ in our case) for both "
            "momentum-based methods and GD should be used to make a “fair” comparison on their "
            "implicit bias.",
        ),
        claimed_over="every loss; gradient descent against heavy ball and Nesterov's method",
        sampled_over=f"defect: any smooth loss; order: {LOSSES}",
        forms=_fair_forms,
        checks=(
            Check(
                "defect",
                "Is the O(eta) term of gradient descent accounted for?",
                _defect,
                exact=True,
                proves=True,
            ),
            Check(
                "accuracy",
                "Is gradient descent met to second order behind the layer, as the others are?",
                _accuracy,
            ),
        ),
        depends=("lyu.prop1.family",),
        derivation=lambda: derive("gd").steps,
        counterexample=_smallest_counterexample,
        remark="The print asks for the same order and states no inertia of gradient descent; that "
        "it is zero is how the comparison with gradient flow is read here. By the letter of "
        "Definition 1 all these flows have order 1. But the flow of momentum keeps its term of "
        "order eta, and gradient flow drops the one that gradient descent has.",
    ),
)

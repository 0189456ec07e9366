"""Lyu et al., Definition 1 and Proposition 1: the flow is an O(eta) approximation."""

from __future__ import annotations

import sympy as sp

from proofs_check.claim import (
    Check,
    Claim,
    Finding,
    Form,
    Forms,
    Quotation,
    exact_zero,
    mutant_forms,
)
from proofs_check.flow_orders import DRIVE, METHODS_WITH_MOMENTUM, MOMENTA, Flow, Order, orders_hold
from symbolic.derivation import derive
from symbolic.layer import VELOCITY, initial_layer, layer_matched_velocity
from symbolic.modified_equation import inertia_coefficient
from symbolic.mutation import mutations
from symbolic.symbols import ETA, KAPPA, MU

PAPER = "Lyu et al. 2025"
FILE = "lyu2025.txt"
SAMPLED = (
    "two losses that are not quadratic and the network; "
    f"{' and '.join(METHODS_WITH_MOMENTUM)}; mu in {', '.join(map(str, MOMENTA))}; initial "
    "velocities 0, -grad L, -grad L/(1-mu) and the layer-matched one; T = (1 - mu)/4; five step "
    "sizes, each half the one before"
)
KINDS = {
    "zero": r"$\dot x(0) = 0$",
    "gradient": r"$\dot x(0) = -\nabla L(x_0)$",
    "rescaled-gradient": r"$\dot x(0) = -\nabla L(x_0)/(1-\mu)$",
    "matched": r"the layer-matched $\dot x(0)$",
}
FIVE_PER_CENT = {"larger": sp.Rational(21, 20), "smaller": sp.Rational(19, 20)}


def _sup_norm_forms() -> Forms:
    def order_one(**changes: sp.Expr) -> tuple[Order, ...]:
        return tuple(Order(Flow(velocity=kind, **changes), 1, everywhere=True) for kind in KINDS)

    wrong_drives = [
        ("wrong sign of the gradient", -DRIVE),
        ("gradient not divided by 1 - mu", sp.S.One),
        *((f"gradient 5 % {name}", factor * DRIVE) for name, factor in FIVE_PER_CENT.items()),
    ]
    mutants = [
        *(
            (f"order 2 with {text}", (Order(Flow(velocity=kind), 2, everywhere=True),))
            for kind, text in KINDS.items()
        ),
        *((name, order_one(drive=drive)) for name, drive in wrong_drives),
    ]
    statement = (
        r"$\sup_{0 \leq k\eta \leq T} |x(k\eta) - x_k| = O(\eta)$, whatever the initial velocity "
        "among those tried"
    )
    return Forms(Form("printed", statement, order_one()), mutants=mutant_forms(mutants))


def _velocity_forms() -> Forms:
    """Return orders at a fixed time by initial velocity, and wrong ones."""
    matched = layer_matched_velocity(MU, KAPPA)
    inertia = inertia_coefficient(MU, KAPPA, ETA)

    def second(**changes: sp.Expr) -> tuple[Order, ...]:
        return (Order(Flow(**changes), 2, everywhere=False, sharp=True),)

    printed = (
        *second(velocity=matched),
        *(
            Order(Flow(velocity=kind), 1, everywhere=False, sharp=True)
            for kind in KINDS
            if kind != "matched"
        ),
    )
    mutants = [
        *(
            (f"order 2 with {text}", (Order(Flow(velocity=kind), 2, everywhere=False),))
            for kind, text in KINDS.items()
            if kind != "matched"
        ),
        ("order 3 with the matched velocity", (Order(Flow(), 3, everywhere=False),)),
        *((f"velocity: {name}", second(velocity=wrong)) for name, wrong in mutations(matched)),
        *(
            (f"inertia 5 % {name}, velocity matched", second(inertia=factor * inertia))
            for name, factor in FIVE_PER_CENT.items()
        ),
        ("no inertia", second(inertia=sp.S.Zero)),
    ]
    statement = (
        r"At a fixed time $T > 0$ the error is $O(\eta^2)$ and no better for "
        rf"$\dot x(0) = {sp.latex(matched)}\,\nabla L(x_0)$, and of order 1 and no better for the "
        "other initial velocities tried"
    )
    return Forms(Form("sharpened", statement, printed), mutants=mutant_forms(mutants))


def _amplitudes_agree(form: Form) -> Finding | None:
    """Compare the transients of the iterates and of the flow for the form's own velocity."""
    velocities = [
        order.flow.velocity
        for order in form.content
        if order.order == 2 and isinstance(order.flow.velocity, sp.Expr)
    ]
    if not velocities:
        return None
    layer = initial_layer()
    gap = layer.flow_amplitude.subs(VELOCITY, velocities[0]) - layer.discrete_amplitude
    return exact_zero(
        sp.cancel(gap.subs(dict.fromkeys(gap.free_symbols - {MU, KAPPA}, 1))),
        "The slow path of the flow and that of the iterates start at the same point to $O(\\eta)$.",
    )


def _orders_check(question: str) -> Check:
    return Check("order", question, lambda form: orders_hold(form.content))


CLAIMS = (
    Claim(
        id="lyu.def1.order.sup",
        title="The flow follows the iterates to first order in the sup norm",
        paper=PAPER,
        equation="Definition 1, Proposition 1",
        printed=Quotation(
            FILE,
            82,
            r"for any $T \geq 0$, there exists a constant $C > 0$ such that $\sup_{0 \leq k\eta "
            r"\leq T} |\beta_k - \bar{\beta}_k| \leq C\eta^\gamma$.",
        ),
        claimed_over="every loss, every T, eta to 0; the flow's initial velocity is not stated",
        sampled_over=SAMPLED,
        forms=_sup_norm_forms,
        checks=(_orders_check("Does the sup-norm error vanish with the claimed order?"),),
        depends=("lyu.prop1.hb", "lyu.prop1.nag"),
        remark="The forms that claim second order in the sup norm are among the wrong versions, at "
        "the sampled momenta, the layer-matched velocity included: the transient of the iterates "
        "is mu^k, that of the flow exp(-k (1-mu)/a) with a = alpha (1-mu)/eta. They are one and "
        "the same only where a = (1-mu)/ln(1/mu), a curve in the plane of momentum and look-ahead "
        "on which nothing is sampled.",
    ),
    Claim(
        id="lyu.def1.order.endpoint",
        title="Behind the initial layer: which initial velocity gives second order",
        paper=PAPER,
        equation="Definition 1, Proposition 1",
        printed=Quotation(
            FILE,
            86,
            r"the $\mathcal{O}(\eta)$ continuous approximate versions of the discrete HB (Eq. (2)) "
            "and NAG (Eq. (3)) are of the form",
        ),
        claimed_over="the print states order 1 and no initial velocity; this sharpens it",
        sampled_over=f"amplitudes: symbolic mu and kappa; orders: {SAMPLED}",
        forms=_velocity_forms,
        checks=(
            _orders_check("Is the error at a fixed time of the claimed order, and no higher?"),
            Check(
                "amplitude",
                "Do both transients carry the same displacement of the slow path?",
                _amplitudes_agree,
                exact=True,
            ),
        ),
        depends=("lyu.prop1.hb", "lyu.prop1.nag"),
        derivation=lambda: derive("hb").steps,
        remark="The sharpened statement is this project's; the layer-matched velocity is not in "
        "print.",
    ),
)

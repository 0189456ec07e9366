"""Lyu et al., Definition 1 and Proposition 1: the flow is an O(eta) approximation."""

from __future__ import annotations

from dataclasses import dataclass, replace

import mpmath
import sympy as sp

from numeric.compiled import mpmath_function
from proofs_check.claim import (
    Check,
    Claim,
    Finding,
    Form,
    Forms,
    Outcome,
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
from symbolic.two_step import METHODS

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


@dataclass(frozen=True)
class Coincidence:
    """Orders in the sup norm with the layer-matched velocity.

    Parameters
    ----------
    condition
        Expression in mu and kappa that vanishes where the two transients decay alike.
    apart, together
        The order, no better, at the sampled momenta, and at the zeros of ``condition``.
    """

    condition: sp.Expr
    apart: int = 1
    together: int = 2

    def momenta(self, method: str) -> list[float]:
        """Return the momenta of ``method`` in (0, 1) at which the condition changes sign."""
        condition = mpmath_function((MU,), self.condition.subs(KAPPA, METHODS[method].kappa))
        grid = [mpmath.mpf(k) / 100 for k in range(1, 100)]
        values = [condition(mu) for mu in grid]
        return [
            float(mpmath.findroot(condition, (grid[k], grid[k + 1]), solver="anderson"))
            for k in range(len(grid) - 1)
            if values[k] * values[k + 1] < 0
        ]


def _coincidence_forms() -> Forms:
    layer = initial_layer()

    def condition(factor: sp.Expr = sp.S.One) -> sp.Expr:
        # rate^k against exp(decay k eta): the logarithms of one step
        return sp.log(layer.discrete_rate) - factor * layer.flow_decay * ETA

    right = Coincidence(condition())
    mutants = [
        ("order 2 at the sampled momenta as well", replace(right, apart=2)),
        ("order 1 where the transients decay alike", replace(right, together=1)),
        ("order 3 where the transients decay alike", replace(right, together=3)),
        *(
            (f"transient of the flow 5 % {name} in its exponent", Coincidence(condition(factor)))
            for name, factor in FIVE_PER_CENT.items()
        ),
    ]
    statement = (
        r"With the layer-matched $\dot x(0)$ the sup-norm error is of order 1 and no better at the "
        r"sampled momenta, and of order 2 where the transients decay alike, "
        rf"$\mu = \exp\left({sp.latex(layer.flow_decay * ETA)}\right)$"
    )
    return Forms(Form("sharpened", statement, right), mutants=mutant_forms(mutants))


def _apart(form: Form) -> Finding:
    order = Order(Flow(), form.content.apart, everywhere=True, sharp=True)
    return orders_hold((order,))


def _together(form: Form) -> Finding:
    """Measure the order at the momenta that solve the form's own condition."""
    found = {name: form.content.momenta(name) for name in METHODS_WITH_MOMENTUM}
    told = {name: ", ".join(f"{mu:.6f}" for mu in found[name]) or "none" for name in found}
    if not any(found.values()):
        return Finding(Outcome.FAILS, "No momentum solves the condition.", measured=told)
    order = Order(Flow(), form.content.together, everywhere=True, sharp=True)
    findings = [orders_hold((order,), (name,), found[name]) for name in found if found[name]]
    worst = next((f for f in findings if f.outcome is not Outcome.HOLDS), findings[0])
    listed = "; ".join(f"{name}: {mu}" for name, mu in told.items())
    return replace(
        worst, statement=f"{worst.statement} Momenta that solve the condition: {listed}."
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
        "the same only where a = (1-mu)/ln(1/mu), a curve in the plane of momentum and look-ahead; "
        "what happens there is lyu.def1.order.sharp.",
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
    Claim(
        id="lyu.def1.order.sharp",
        title="Second order in the sup norm: where the two transients decay alike",
        paper=PAPER,
        equation="Definition 1, Proposition 1",
        printed=Quotation(
            FILE,
            86,
            r"the $\mathcal{O}(\eta)$ continuous approximate versions of the discrete HB (Eq. (2)) "
            "and NAG (Eq. (3)) are of the form",
        ),
        claimed_over="the print states order 1 and no initial velocity; this sharpens it",
        sampled_over="the layer-matched velocity; losses, methods, momenta, times and steps of "
        "lyu.def1.order.sup, and the momenta in (0.01, 0.99) that solve the condition",
        forms=_coincidence_forms,
        checks=(
            Check("apart", "Is first order sharp at the sampled momenta?", _apart),
            Check("together", "Is the order higher where the transients decay alike?", _together),
        ),
        depends=("lyu.def1.order.sup", "lyu.def1.order.endpoint"),
        remark="This project's; the print has neither the initial velocity nor the condition.",
    ),
)

"""Lyu et al., after Proposition 1: momentum perturbs a rescaled gradient flow."""

from __future__ import annotations

import sympy as sp
from hypothesis import find, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

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
from proofs_check.flow_orders import METHODS_WITH_MOMENTUM, MOMENTA, Flow, Order, orders_hold
from symbolic.derivation import derive
from symbolic.modified_equation import expand_recursion
from symbolic.mutation import mutations
from symbolic.notation import GRADIENT, X_DOT
from symbolic.symbols import MU
from symbolic.two_step import two_step_update

#: The factor of grad L in the velocity, as printed; corrected, it has the other sign.
PRINTED = 1 / (1 - MU)


def _forms() -> Forms:
    corrected = -PRINTED
    return Forms(
        Form("printed", r"$\dot\beta = \nabla L(\beta)/(1-\mu)$", PRINTED),
        Form("corrected", r"$\dot\beta = -\nabla L(\beta)/(1-\mu)$", corrected),
        mutants=mutant_forms(
            [(name, wrong) for name, wrong in mutations(corrected) if wrong != PRINTED]
        ),
    )


def _leading_order(form: Form) -> Finding:
    leading = expand_recursion().leading
    return exact_zero(
        sp.cancel(leading.subs(X_DOT, form.content * GRADIENT) / GRADIENT),
        "The terms of the recursion with the first power of $\\eta$ vanish on the flow.",
    )


def _order(form: Form) -> Finding:
    # x' + drive grad L = 0
    flow = Flow(inertia=sp.S.Zero, drive=-form.content)
    return orders_hold((Order(flow, 1, everywhere=True, sharp=True),))


def _steps_down(start: sp.Rational, mu: sp.Rational, eta: sp.Rational) -> bool:
    """Return whether heavy ball on x^2/2 comes closer to 0 in two steps, exactly."""
    last = here = start
    for _ in range(2):
        here, last = two_step_update(here, last, lambda x: x, mu=mu, kappa=0, eta=eta), here
    # The printed flow x' = +x/(1-mu) moves away from 0 at all times.
    return abs(here) < abs(start)


def _counterexample() -> Counterexample | None:
    fractions = st.fractions(min_value=0, max_value=1, max_denominator=10)
    case = st.tuples(st.integers(-5, 5), fractions, fractions)

    def fails(values: tuple[int, sp.Rational, sp.Rational]) -> bool:
        start, mu, eta = (sp.Rational(value.numerator, value.denominator) for value in values)
        return 0 < mu < 1 and eta > 0 and start != 0 and _steps_down(start, mu, eta)

    try:
        start, mu, eta = find(
            case, fails, settings=settings(derandomize=True, database=None, max_examples=500)
        )
    except NoSuchExample:
        return None
    return Counterexample(
        "Loss x^2/2: two heavy-ball steps come closer to the minimum, the printed flow moves away "
        "from it at every time.",
        {"x_0": str(start), "mu": str(mu), "eta": str(eta)},
        exact=True,
        found_by="derandomised search over rational starts, momenta and step sizes, shrunk",
    )


CLAIMS = (
    Claim(
        id="lyu.rescaled-gf",
        title="Momentum is a rescaled gradient flow and a term of order eta",
        paper="Lyu et al. 2025",
        equation="after Proposition 1",
        printed=Quotation(
            "lyu2025.txt",
            92,
            r"modifying GD with fixed momentum is equivalent to perturb the re-scaled gradient "
            r"flow equation $d\beta/dt = \nabla L(\beta)/(1 - \mu)$ by a small term proportional "
            r"to η .",
        ),
        claimed_over="every loss, every mu in (0, 1), eta to 0",
        sampled_over=(
            "leading order: any smooth loss, symbolic mu and kappa; order in the sup norm: two "
            "losses that are not quadratic and the network, "
            f"{' and '.join(METHODS_WITH_MOMENTUM)}, mu in {', '.join(map(str, MOMENTA))}"
        ),
        forms=_forms,
        checks=(
            Check(
                "leading order",
                "Does the flow solve the recursion to leading order?",
                _leading_order,
                exact=True,
                proves=True,
            ),
            Check(
                "order",
                "Is the flow off by a term of order eta, no more and no less?",
                _order,
            ),
        ),
        depends=("lyu.prop1.family",),
        derivation=lambda: derive("hb").steps,
        counterexample=_counterexample,
    ),
)

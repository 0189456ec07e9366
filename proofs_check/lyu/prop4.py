"""Lyu et al., Proposition 4: theta + alpha theta' follows a mirror flow with moving potential."""

from __future__ import annotations

import itertools

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
from proofs_check.mirror_flow_runs import (
    MOMENTA,
    OFFSET,
    RESCALED_INERTIAS,
    Statement,
    factor_mutants,
    leading_coefficients,
    mirror_flow_finding,
    second_coefficient,
)
from symbolic.derivation import Step
from symbolic.exact import decide_zero
from symbolic.mirror_flow import (
    MEMORY_1,
    MEMORY_2,
    memory,
    mirror_residual,
    slow_log_velocities,
)
from symbolic.momentum_flow import ratio_logarithm, scale_logarithm, time_derivative
from symbolic.symbols import ALPHA, MU, G, U, V

PAPER = "Lyu et al. 2025"
PRINTED = Quotation(
    "lyu2025.txt",
    212,
    r"let $\bar{\theta}_\alpha := \theta + \alpha \dot{\theta} \in \mathbb{R}^d$ and its j -th "
    r"component be $\bar{\theta}_{\alpha;j}$, then $\bar{\theta}_\alpha$ follows a mirror flow "
    r"form with time-varying potential",
)


def series_finding(statement: Statement) -> Finding:
    """Decide the coefficients of (11)'s residual on the slow path, below the stated order."""
    coefficients = leading_coefficients(statement)
    if statement.order > len(coefficients):
        coefficients = (*coefficients, second_coefficient())
    absent = coefficients[: statement.order]
    return exact_zero(
        list(absent),
        rf"Coefficients of $\alpha^0$ to $\alpha^{len(absent) - 1}$ of the residual of (11) on the "
        r"slow path of the flow, as a formal series, for any loss, with $g$, $\dot g$ and the "
        "neurons as free symbols.",
    )


def present_finding(statement: Statement) -> Finding | None:
    """Decide that the coefficient of the stated order is not zero, whatever the start.

    The coefficient of alpha^2 is known for the factors in print and K_1 = 0 only. It is a
    polynomial in g in which the start has its say through a constant, at g^1: that of g^3 decides.
    """
    if statement.order == 1:
        coefficient = leading_coefficients(statement)[1]
    elif statement == Statement():
        coefficient = sp.cancel(sp.diff(second_coefficient(), G, 3))
        if coefficient.has(OFFSET):
            return Finding(Outcome.UNCLEAR, "The start enters at the third power of g.")
    else:
        return None
    decision = decide_zero(coefficient)
    outcomes = {True: Outcome.FAILS, False: Outcome.HOLDS, None: Outcome.UNCLEAR}
    return Finding(
        outcomes[decision.zero],
        rf"Coefficient of $\alpha^{statement.order}$ of the same residual; at order 2 its third "
        "derivative by g, in which no start appears.",
        measured=str(coefficient),
        predicted="not 0",
        criterion="certainly other than zero",
    )


def derivation() -> tuple[Step, ...]:
    """Return the steps from the exact identities to the residual."""
    p, q = slow_log_velocities(1)
    second = mirror_residual(2)[2].subs(MEMORY_2, memory())
    return (
        Step(
            r"The product of the neurons: with $p = \dot u/u$, $q = \dot v/v$ this is constant "
            "along the flow, exactly.",
            scale_logarithm(),
        ),
        Step("So is this, for their ratio.", ratio_logarithm()),
        Step("Both have time derivative", sp.expand(sp.cancel(time_derivative(ratio_logarithm())))),
        Step(r"On the slow path $p$ is, up to $O(\alpha^2)$,", p[0] + ALPHA * p[1]),
        Step(r"and $q$ is", q[0] + ALPHA * q[1]),
        Step(
            r"Neurons and velocities enter (11) through $\bar\theta_\alpha = u^2(1+2\alpha p) - "
            r"v^2(1+2\alpha q)$ and $\bar\xi = |uv|\,e^{\alpha(p+q) + \alpha K_1 + \alpha^2 K_2}$, "
            r"$K_1 = -(p+q)(0)$. The coefficients of $\alpha^0$ and $\alpha^1$ of the residual are "
            r"zero and, with $K_1$, proportional to it:",
            mirror_residual(1, matched=False)[1],
        ),
        Step(
            r"If $K_1 = 0$ the residual starts with $\alpha^2$ times this, which is not zero: (11) "
            "is an equality up to $O(\\alpha^2)$ only.",
            second,
        ),
    )


def counterexample() -> Counterexample | None:
    """Search integer log-velocities of the start, small ones first, for a residual of O(alpha)."""
    first = mirror_residual(1, matched=False)[1]
    point = {U: 1, V: 1, G: 1, MU: sp.Rational(1, 2)}
    for size in range(4):
        for omega in itertools.product(range(size, -size - 1, -1), repeat=2):
            value = sp.cancel(first.subs(MEMORY_1, -sum(omega)).subs(point))
            if value != 0:
                return Counterexample(
                    "With these velocities the residual of (11) behind the initial layer starts "
                    "with a non-zero multiple of alpha where the neurons pass u = v = g = 1.",
                    {
                        "u'(0)/u(0)": str(omega[0]),
                        "v'(0)/v(0)": str(omega[1]),
                        "mu": "1/2",
                        "coefficient of alpha": str(value),
                    },
                    exact=True,
                    found_by="search over integer log-velocities by size",
                )
    return None


def forms() -> Forms:
    """Return the proposition for any initial velocity, with its hypothesis, and mutants."""
    return Forms(
        Form(
            "printed",
            r"$\frac{d}{dt}\nabla Q_{\bar\xi(t)}(\theta + \alpha\dot\theta) = -\frac{g}{1-\mu}$ up "
            r"to $O(\alpha^2)$, for every initial velocity (none is stated)",
            Statement(matched=False),
        ),
        Form(
            "with a hypothesis on the velocity",
            r"As a formal series in $\alpha$ behind the initial layer (the remainder is measured, "
            r"not bounded), (11) holds up to $O(\alpha^2)$ for initial velocities "
            r"with $\dot u_j/u_j + \dot v_j/v_j = O(\alpha)$ at $t = 0$: zero and every "
            r"multiple of the gradient satisfy it at $u(0) = v(0)$. The term of order "
            r"$\alpha^2$ is not zero, whatever the start.",
            Statement(),
        ),
        mutant_forms(
            [
                *factor_mutants(),
                ("up to O(alpha^3)", Statement(order=3)),
                ("up to O(alpha) only", Statement(order=1)),
            ]
        ),
    )


SERIES = Check(
    "series",
    "Do the coefficients of the residual vanish below the stated order?",
    lambda form: series_finding(form.content),
    exact=True,
    proves=True,
)
PRESENT = Check(
    "next term",
    "Is the coefficient of the stated order other than zero?",
    lambda form: present_finding(form.content),
    exact=True,
)
FLOW = Check(
    "integrated flows",
    "Is the residual along integrated flows of the stated order in alpha, and of no higher one?",
    lambda form: mirror_flow_finding(form.content),
)

CLAIMS = (
    Claim(
        id="lyu.prop4",
        title="Mirror flow with moving potential",
        paper=PAPER,
        equation="Proposition 4, Eqs. (11) and (12)",
        printed=PRINTED,
        claimed_over=(
            "all data, unbiased starts, mu in (0, 1); no term is said to be neglected (the proof "
            "of Theorem 3 neglects O(eta^2)); the initial velocity is not stated"
        ),
        sampled_over=(
            "series: any loss, any start u = v, symbolic mu; flows: one well conditioned problem, "
            f"alpha/(1-mu) from {RESCALED_INERTIAS[0]:g} down to {RESCALED_INERTIAS[-1]:.2g}, "
            f"mu in {', '.join(map(str, MOMENTA))}, velocities zero, matched, -grad L, "
            "-grad L/(1-mu) and one that is no gradient"
        ),
        forms=forms,
        checks=(SERIES, PRESENT, FLOW),
        derivation=derivation,
        counterexample=counterexample,
    ),
)

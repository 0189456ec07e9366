"""Papazov et al., section 1: momentum gradient descent is a discretisation of the flow, exactly."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import sympy as sp

from numeric.compiled import mpmath_function
from numeric.datasets import rational_problem
from numeric.iterates import NeuronGradient, generic_iterates, stacked
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
from symbolic.concordance import discretisation_step, printed_lambda
from symbolic.derivation import Step
from symbolic.mgf_schemes import (
    AFTER,
    BEFORE,
    EPSILON,
    GAMMA,
    HERE,
    LAMBDA,
    SLOPE,
    WEIGHT,
    matching,
    momentum_and_step,
    momentum_step,
    scheme,
    scheme_residual,
    truncation,
)
from symbolic.mutation import mutations
from symbolic.networks import PRODUCT
from symbolic.symbols import MU
from symbolic.two_step import TwoStepMethod

PAPER = "Papazov et al. 2024"
PRINTED = Quotation(
    "papazov2024-poster.txt",
    13,
    r"Then, the above discretization scheme with d.s.  $\varepsilon$  leads to "
    r"MGD( $\gamma, \beta$ ) initialized at  $(w_0, w_1)$ .",
)
#: The schemes by name: the weight of the forward difference in the first derivative.
SCHEMES = {"backward": sp.S.Zero, "central": sp.Rational(1, 2), "forward": sp.S.One}
#: (gamma, beta) of the runs that are inserted in the scheme, and their number of steps.
RUNS = ((Fraction(1, 50), Fraction(3, 5)), (Fraction(1, 100), Fraction(9, 10)))
STEPS = 5


@dataclass(frozen=True)
class Discretisation:
    """lambda and epsilon by gamma and beta, the scheme, and the velocity by w_1 - w_0.

    ``weight`` is that of the forward difference; ``velocity`` multiplies (w_1 - w_0)/epsilon.
    """

    lam: sp.Expr
    epsilon: sp.Expr
    weight: sp.Expr = sp.S.Zero
    velocity: sp.Expr = sp.S.One


def scheme_holds(form: Form) -> Finding:
    """Insert a step of MGD in the scheme, and w_1 in the explicit first step."""
    stated: Discretisation = form.content
    first, second = sp.symbols("w_0 w_1", real=True)
    velocity = stated.velocity * (second - first) / stated.epsilon
    return exact_zero(
        [
            scheme_residual(stated.lam, stated.epsilon, stated.weight),
            sp.cancel(first + stated.epsilon * velocity - second),
        ],
        r"What a step of MGD$(\gamma,\beta)$ leaves in the difference equation, for any loss; what "
        r"$w_1$ leaves in $w_1 = w_0 + \varepsilon\,\dot w_0$.",
    )


def _rational(value: Fraction) -> sp.Expr:
    return sp.Rational(value.numerator, value.denominator)


def _fraction(value: Any) -> Fraction:
    return Fraction(int(value.p), int(value.q))


def iterates_hold(form: Form) -> Finding:
    """Insert iterates on the network u*v, in rational numbers, in the scheme."""
    stated: Discretisation = form.content
    names = (BEFORE, HERE, AFTER, SLOPE, LAMBDA, EPSILON, WEIGHT)
    left = mpmath_function(names, scheme())
    data = rational_problem(seed=1)
    gradient = NeuronGradient(data.X, data.y, PRODUCT)
    worst = Fraction(0)
    for gamma, beta in RUNS:
        at = {GAMMA: _rational(gamma), MU: _rational(beta)}
        lam, epsilon = (_fraction(e.subs(at)) for e in (stated.lam, stated.epsilon))
        method = TwoStepMethod("hb", beta, Fraction(0))
        path = generic_iterates(
            gradient, stacked(data.u, data.v / 2), method, gamma, STEPS, stacked(data.u, data.v)
        )
        for k in range(1, STEPS):
            before, here, after = path[k - 1 : k + 2]
            gap = left(before, here, after, gradient(here), lam, epsilon, _fraction(stated.weight))
            worst = max(worst, *(abs(entry) for entry in gap.ravel()))
    return Finding(
        Outcome.HOLDS if worst == 0 else Outcome.FAILS,
        "Largest residual of the difference equation at iterates on the network $u \\odot v$ that "
        f"start with a velocity, in rational numbers, {STEPS} steps at "
        + ", ".join(rf"$(\gamma,\beta) = ({g}, {b})$" for g, b in RUNS)
        + ".",
        measured="0" if worst == 0 else float(worst),
        predicted="0",
        criterion="exactly zero",
    )


def _forms() -> Forms:
    # The concordance has eta = gamma/2 of the other network.
    lam, epsilon = printed_lambda(MU, GAMMA / 2), discretisation_step(MU, GAMMA / 2)
    right = Discretisation(lam, epsilon)
    wrong = [
        *((rf"$\lambda$: {name}", replace(right, lam=value)) for name, value in mutations(lam)),
        *(
            (rf"$\varepsilon$: {name}", replace(right, epsilon=value))
            for name, value in mutations(epsilon)
        ),
        (r"$\lambda = \gamma/(1-\beta)$", replace(right, lam=epsilon)),
        (r"$\varepsilon = \gamma$", replace(right, epsilon=GAMMA)),
        *(
            (f"{name} difference, the printed inertia", replace(right, weight=weight))
            for name, weight in SCHEMES.items()
            if name != "backward"
        ),
        ("initial velocity halved", replace(right, velocity=sp.Rational(1, 2))),
        ("initial velocity of the wrong sign", replace(right, velocity=sp.S.NegativeOne)),
        ("initial velocity zero", replace(right, velocity=sp.S.Zero)),
    ]
    statement = (
        r"With $\lambda = \gamma/(1-\beta)^2$, $\varepsilon = \gamma/(1-\beta)$ and "
        r"$\dot w_0 = (w_1 - w_0)/\varepsilon$, MGD$(\gamma,\beta)$ is $\lambda\ddot w + \dot w + "
        r"\nabla F = 0$ with step $\varepsilon$, the second derivative as a central and the first "
        r"as a backward difference"
    )
    return Forms(Form("printed", statement, right), mutants=mutant_forms(wrong))


def _derivation() -> list[Step]:
    beta, gamma = momentum_and_step()
    steps = [
        Step(
            r"The scheme, its first derivative a mean of the forward difference (weight $\omega$) "
            "and the backward one",
            sp.Eq(scheme(), 0, evaluate=False),
        ),
        Step("A step of MGD, $\\mu$ for its momentum", sp.Eq(AFTER, momentum_step())),
        Step(r"Solved for $w_{k+1}$, the scheme has the momentum", beta),
        Step("and the step size", gamma),
        Step(r"Hence $\varepsilon$, for every $\omega$,", matching()[1]),
        Step(r"and $\lambda$", matching()[0]),
    ]
    for name, weight in SCHEMES.items():
        steps.append(Step(rf"The {name} difference: $\lambda$ is", matching(weight)[0]))
    steps.append(
        Step(
            r"On a solution of the flow the scheme leaves, at order $\varepsilon$, this multiple "
            r"of $\ddot w$ ($w_2$): only the central difference is of second order, and it belongs "
            r"to the inertia with the factor $(1+\beta)/2$",
            truncation()[1],
        )
    )
    return steps


CLAIMS = (
    Claim(
        id="papazov.discretisation",
        title="Momentum gradient descent is the backward-difference scheme of the flow",
        paper=PAPER,
        equation="section 1, Proposition",
        printed=PRINTED,
        claimed_over=r"every loss, every $\gamma > 0$, $\beta$ in $[0, 1)$, $w_0$ and $w_1$; the "
        "scheme itself is a picture that our copy lacks",
        sampled_over="proof: all of it, symbolically, for the scheme with the backward difference "
        "(the semi-implicit Euler scheme); iterates: the network on a rational problem, "
        f"{len(RUNS)} pairs of parameters",
        forms=_forms,
        checks=(
            Check(
                "scheme",
                "Does a step of the method solve the difference equation?",
                scheme_holds,
                exact=True,
                proves=True,
            ),
            Check("iterates", "Do iterates of a real run solve it?", iterates_hold, exact=True),
        ),
        derivation=_derivation,
        remark="The proposition holds for the backward difference. The same iterates are also the "
        r"scheme with the central difference, exactly, of the flow with $(1+\beta)/2$ times the "
        "printed inertia; that scheme is of second order.",
    ),
)

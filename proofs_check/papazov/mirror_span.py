"""Papazov et al., section 5: where the gradients of the moving potentials differ."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

import numpy as np
import sympy as sp

from numeric.compiled import numpy_function
from proofs_check.claim import (
    Check,
    Claim,
    Counterexample,
    Finding,
    Form,
    Forms,
    Quotation,
    bounded,
    exact_zero,
    mutant_forms,
)
from proofs_check.potential_runs import ALLOWED, INERTIA, JET, potential_runs
from proofs_check.rational_flows import RationalFlow
from symbolic.derivation import Step
from symbolic.implicit_bias import row_space_residual
from symbolic.mgf_potentials import (
    dual,
    dual_at_the_end,
)
from symbolic.symbols import G

PAPER = "Papazov et al. 2024"
FILE = "papazov2024-poster.txt"
WHERE = "three well-conditioned random problems, starts at rest"


class Difference(NamedTuple):
    """The space that grad Phi_inf(theta_inf) - grad Phi_0(theta_0) is said to lie in.

    "rows", "complement" or "zero"; in the first it is said to be -factor int g.
    """

    space: str
    factor: sp.Expr = sp.S.One


def conserved(form: Form) -> Finding:
    """Decide whether the difference of the gradients is in the stated space, for every X.

    lambda h' + h + int g is constant, so h_inf - h_0 = -int g for a start at rest: X^T c. It is
    orthogonal to the rows only if it is zero.
    """
    rate, velocity = dual_at_the_end()
    at_rest = velocity.subs(dict.fromkeys(velocity.free_symbols, 0))
    stated: Difference = form.content
    # d/dt of lambda h' + h + factor int g
    residuals = [rate + (stated.factor - 1) * G, at_rest, row_space_residual()]
    if stated.space == "complement":
        row, multiplier = sp.symbols("x c", real=True)
        residuals.append(row * multiplier * row)  # <x_i, X^T c> for one sample
    elif stated.space == "zero":
        residuals.append(sp.Symbol("c", real=True))
    return exact_zero(
        residuals,
        r"$\frac{d}{dt}[\lambda\dot h + h + \int g]$, $h = \nabla\Phi_t(\theta_t)$; $\dot h(0)$ at "
        r"rest; $\int g\,dt$ against a vector with $Xk = 0$; and what the stated space demands.",
    )


def in_space(form: Form) -> Finding:
    """Measure the part of the difference that the stated space forbids, along flows."""
    stated: Difference = form.content
    gradient, factor = numpy_function(JET, dual()), float(stated.factor)
    sizes = []
    for run in potential_runs():
        values = gradient(*run.jet)
        moved = values[-1] - values[0]
        across = run.problem.out_of_row_space(moved)
        forbidden = {"rows": across, "complement": moved - across, "zero": moved}[stated.space]
        off = [forbidden]
        if stated.space == "rows":
            off.append(moved + factor * run.impulse[-1])
        sizes += [np.linalg.norm(each) / np.linalg.norm(moved) for each in off]
    worst = float(np.max(sizes))  # keeps a NaN
    return bounded(
        worst,
        ALLOWED,
        r"Largest part of $\nabla\Phi_\infty(\theta_\infty) - \nabla\Phi_0(\theta_0)$ outside the "
        r"stated space, and largest difference to the stated multiple of $\int g\,dt$, relative, "
        "on integrated flows.",
        rtol=1.0 if worst <= ALLOWED else 1e-5,
        atol=ALLOWED,
    )


def _space_forms() -> Forms:
    return Forms(
        Form(
            "printed",
            r"$\nabla\Phi_\infty(\theta_\infty) - \nabla\Phi_0(\theta_0) \in "
            r"\mathrm{span}(x_1, \dots, x_n)^\perp$",
            Difference("complement"),
        ),
        Form(
            "in the row space",
            r"$\nabla\Phi_\infty(\theta_\infty) - \nabla\Phi_0(\theta_0) = -\int_0^\infty \nabla "
            r"L(\theta_t)\,dt \in \mathrm{span}(x_1, \dots, x_n)$ for flows from rest that "
            "converge, no neuron being zero at any time or in the limit",
            Difference("rows"),
        ),
        mutant_forms(
            [
                ("no change at all", Difference("zero")),
                ("wrong sign of the integral", Difference("rows", sp.S.NegativeOne)),
                ("half the integral", Difference("rows", sp.Rational(1, 2))),
                ("integral 5 % larger", Difference("rows", sp.Rational(21, 20))),
                ("integral 5 % smaller", Difference("rows", sp.Rational(19, 20))),
            ]
        ),
    )


def space_counterexample() -> Counterexample | None:
    """Return a rational gradient flow (lambda = 0) whose dual moves along its sample."""
    one = Fraction(1)
    flow = RationalFlow((1, 1), (one, one), (one, one), Fraction(2))
    u, v = flow.limit
    ratios = [abs(a / b) for a, b in zip(u, v, strict=True)]
    # <x, grad psi(theta_inf) - grad psi(theta_0)> = ln(product of ratios^x)/2, zero only at 1
    product = Fraction(1)
    for ratio, entry in zip(ratios, flow.x, strict=True):
        product *= ratio**entry
    if product == 1:
        return None
    return Counterexample(
        r"$\lambda = 0$, where $\Phi_t = \psi_{\Delta_0}$ throughout: the inner product of the "
        r"sample with $\nabla\psi(\theta_\infty) - \nabla\psi(\theta_0)$ is half the logarithm of "
        "this number, which is not 1.",
        {**flow.as_text(), "number": str(product)},
        exact=True,
        found_by="one-sample flow from u = v = 1 with the end value 2",
    )


CLAIMS = (
    Claim(
        id="papazov.mirror.span",
        title="The gradients of the potentials differ by a vector of the row space",
        paper=PAPER,
        equation="section 5",
        printed=Quotation(
            FILE,
            64,
            r"so  $\nabla \Phi_\infty(\theta_\infty) - \nabla \Phi_0(\theta_0) \in \text{span}"
            r"(x_1, \dots, x_n)^\perp$",
        ),
        claimed_over="every data set and start at rest",
        sampled_over=rf"proof: all of it, while no neuron is zero; flows: {WHERE}, "
        rf"$\lambda = {INERTIA}$",
        forms=_space_forms,
        checks=(
            Check(
                "conserved",
                "Does what is conserved put the difference into the stated space?",
                conserved,
                exact=True,
                proves=True,
            ),
            Check("flows", "Is it there on integrated flows?", in_space),
        ),
        depends=("papazov.mirror.flow",),
        derivation=lambda: [
            Step(r"Conserved is $\lambda\dot h + h + \int g$ with $h$", dual()),
            Step(r"and $\dot h(0)$, zero at rest, is", dual_at_the_end()[1]),
        ],
        counterexample=space_counterexample,
    ),
)

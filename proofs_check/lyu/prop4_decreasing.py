"""Lyu et al., remark (iii) after Prop. 4: the moving scale never exceeds the initial one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import sympy as sp

from numeric.compiled import numpy_function, phi_factor
from proofs_check.claim import Check, Claim, Finding, Form, Forms, Outcome, Quotation
from proofs_check.lyu.prop4 import PAPER, series_finding
from proofs_check.mirror_flow_runs import (
    GRADIENT_LIKE,
    RESCALED_INERTIAS,
    Statement,
    path,
    unbiased_case,
)
from symbolic.derivation import Step
from symbolic.implicit_bias import effective_scale, scale_density
from symbolic.symbols import ALPHA, MU, PHI, XI, G


class Monotone(NamedTuple):
    """xi(t) = xi exp(-alpha density phi(t)) and how it compares with xi: <=, < or >=."""

    density: sp.Expr = sp.S.One
    relation: str = "<="


_COMPARE = {"<=": np.less_equal, "<": np.less, ">=": np.greater_equal}


def rate_finding(form: Form) -> Finding:
    """Decide the sign of d ln xi(t)/dt for g = 0 and for g other than 0."""
    rate = -ALPHA * form.content.density * scale_density()
    # A multiple of the square alpha g^2/(1-mu)^2: the sign is that of the factor.
    moving = sp.cancel(rate / (ALPHA * G**2 / (1 - MU) ** 2))
    # A coordinate with g = 0 throughout, such as a zero column of X.
    resting = sp.cancel(rate.subs(G, 0))
    statement = (
        r"$\frac{d}{dt}\ln\bar\xi(t)$ in units of $\alpha g^2/(1-\mu)^2$ for $g$ other than 0, and "
        "its value for $g = 0$."
    )
    if not (moving.is_Rational and resting.is_Rational):
        return Finding(Outcome.UNCLEAR, statement, measured=[str(moving), str(resting)])
    signs = np.sign([float(moving), float(resting)])
    return Finding(
        Outcome.HOLDS if _COMPARE[form.content.relation](signs, 0.0).all() else Outcome.FAILS,
        statement,
        measured=[str(moving), str(resting)],
        predicted=f"{form.content.relation} 0",
        criterion="the relation holds for both, exactly",
    )


def along_flows(form: Form) -> Finding:
    """Compare xi(t) with xi along integrated flows, t = 0 included."""
    function = numpy_function((XI, ALPHA, PHI), effective_scale())
    xi = unbiased_case()[1].xi
    ratios = []
    for mu, kind in GRADIENT_LIKE:
        for a in RESCALED_INERTIAS:
            phi = phi_factor(mu) * path(kind, mu, float(a)).path_integral
            scale = function(xi, a * (1 - mu), float(form.content.density) * phi)
            ratios.append(scale / xi)
    compared = _COMPARE[form.content.relation](np.array(ratios), 1.0)
    return Finding(
        Outcome.HOLDS if compared.all() else Outcome.FAILS,
        r"Largest and smallest $\bar\xi_j(t)/\xi_j$ over flows, coordinates and times $t \ge 0$.",
        measured=[float(np.max(ratios)), float(np.min(ratios))],
        predicted=f"{form.content.relation} 1",
        criterion="for every flow, coordinate and time",
    )


def forms() -> Forms:
    """Return the remark, its opposite, its strict version, and other densities."""
    densities = (
        ("dropped", sp.S.Zero),
        ("with the wrong sign", sp.S.NegativeOne),
        ("5 % larger", sp.Rational(21, 20)),
        ("5 % smaller", sp.Rational(19, 20)),
    )
    return Forms(
        Form(
            "printed",
            r"$\bar\xi(t) = \xi e^{-\alpha\phi(t)} \le \xi$ for all $t \ge 0$",
            Monotone(),
        ),
        mutants=(
            Form("larger", r"$\bar\xi(t) \ge \xi$", Monotone(relation=">=")),
            Form("strictly smaller", r"$\bar\xi(t) < \xi$", Monotone(relation="<")),
            *(
                Form(f"phi {name}", f"the density of phi {name}", Monotone(factor))
                for name, factor in densities
            ),
        ),
    )


CLAIMS = (
    Claim(
        id="lyu.prop4.decreasing",
        title="The moving scale only shrinks",
        paper=PAPER,
        equation="Remark (iii) after Proposition 4",
        printed=Quotation(
            "lyu2025.txt",
            224,
            r"the time-varying part mainly mitigates the influence of the initialization ξ "
            r"($\bar{\xi}_j(t) \leq \xi$ for any $t \geq 0$)",
        ),
        claimed_over="all data, unbiased starts, every t >= 0",
        sampled_over=(
            "sign: all flows, exactly; that this is the scale of the mirror flow: its residual; "
            "values: integrated flows on one well conditioned problem"
        ),
        forms=forms,
        checks=(
            Check(
                "sign of the rate",
                "Is the scale non-increasing?",
                rate_finding,
                exact=True,
                proves=True,
            ),
            Check(
                "scale of the mirror flow",
                "Is this scale the one with which (11) holds up to O(alpha^2)?",
                lambda form: series_finding(Statement(density=form.content.density)),
                exact=True,
            ),
            Check("values", "Does the inequality hold along flows?", along_flows),
        ),
        depends=("lyu.prop4",),
        derivation=lambda: (
            Step(
                r"$\frac{d}{dt}\ln\bar\xi(t) = -\alpha\dot\phi$ is never positive:",
                -ALPHA * scale_density(),
            ),
        ),
        remark=(
            "Equality is possible: a coordinate whose column of X is zero keeps its scale. The "
            "scale |u v| of the flow itself is another matter; see lyu.thm3.mitigation."
        ),
    ),
)

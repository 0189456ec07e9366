"""Papazov et al., summary: the flow as a surrogate of the path at large steps."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

import sympy as sp

from numeric.iterates import generic_iterates
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
)
from proofs_check.mgf_paths import Surrogate, rescaled
from proofs_check.mgf_suitability import LOSSES, compare, largest_relative_error, loss
from symbolic.derivation import Step
from symbolic.surrogate import CURVATURE, characteristic, stability_edge
from symbolic.symbols import ETA, MU
from symbolic.two_step import TwoStepMethod

PAPER = "Papazov et al. 2024"
PRINTED = Quotation(
    "papazov2024-summary.txt",
    73,
    "momentum gradient flow (MGF) serves as a suitable continuous surrogate for MGD, even for "
    "non-convex losses and large step sizes",
)
#: What "suitable" means here: a requirement, not a measurement.
TOLERANCE = sp.Rational(1, 10)
MOMENTA = (0.0, 0.5, 0.9)


class Suitable(NamedTuple):
    """The statement that a flow stays within `TOLERANCE` of the iterates.

    Parameters
    ----------
    surrogate
        The flow.
    fraction
        Up to this fraction of the edge of linear stability.
    edge
        The eta that is said to be the edge, by mu and the curvature h.
    momenta
        The momenta that it is said for.
    """

    surrogate: Surrogate
    fraction: sp.Expr
    edge: sp.Expr
    momenta: tuple[float, ...] = MOMENTA


def edge_of_stability(form: Form) -> Finding:
    """Decide that a factor per step is -1 at the stated edge."""
    return exact_zero(
        sp.cancel(characteristic(-sp.S.One).subs(ETA, form.content.edge)),
        r"Characteristic polynomial of the recursion on $h w^2/2$ at $z = -1$ and the stated edge.",
    )


_FRACTIONS = (0.01, 0.03, 0.1, 0.3, 0.6)


@cache
def _figure(name: str, surrogate: Surrogate) -> dict[str, Any]:
    series = [
        {
            "label": rf"{name}, $\mu = {mu:g}$",
            "x": _FRACTIONS,
            "y": [compare(LOSSES[-1], mu, at, surrogate).relative for at in _FRACTIONS],
        }
        for mu in MOMENTA[1:]
    ]
    return {
        "kind": "curves",
        "title": "How large a step the flow stands",
        "xscale": "log",
        "yscale": "log",
        "caption": "Largest distance of the iterates of the network from the flow, relative to "
        "their largest distance from the start, over whole runs.",
        "xlabel": "step, as a fraction of the edge of stability",
        "ylabel": "largest error over excursion",
        "series": series,
    }


def stays_close(form: Form) -> Finding:
    """Measure the largest distance from the flow, relative to the largest from the start."""
    claim = form.content
    fractions = tuple(float(claim.fraction / part) for part in (1, 2, 4))
    worst, where, arrived = largest_relative_error(
        claim.surrogate, fractions, claim.momenta, float(TOLERANCE)
    )
    # What a run that is not over has shown already cannot be taken back.
    worst = worst if arrived or worst > TOLERANCE else math.nan
    shown = form.name in ("printed", "rescaled")
    return bounded(
        worst,
        float(TOLERANCE),
        rf"$\max_k|w_k - w(k\varepsilon)| / \max_k|w_k - w_0|$, the largest over losses, momenta "
        f"and steps up to the stated fraction of the edge, or the first beyond a tenth: {where}.",
        rtol=1e-3,
        data={"figure": _figure(form.name, claim.surrogate)} if shown else {},
    )


def forms() -> Forms:
    """Return the printed flow up to the edge, the rescaled one up to a tenth, wrong versions."""
    edge, tenth = stability_edge(), sp.Rational(1, 10)
    right = Suitable(rescaled(), tenth, edge)
    more, less = sp.Rational(21, 20), sp.Rational(19, 20)
    wrong = (
        ("printed flow up to a tenth", right._replace(surrogate=Surrogate())),
        (
            "gradient flow up to a tenth",
            right._replace(surrogate=Surrogate(inertia=sp.S.Zero, first=1)),
        ),
        (
            "rescaled flow from rest",
            right._replace(surrogate=replace(rescaled(), gradient_start=sp.S.Zero, first=0)),
        ),
        ("up to three tenths", right._replace(fraction=3 * tenth)),
        ("at momentum 0.99", right._replace(momenta=(0.99,))),
        ("edge of gradient descent", right._replace(edge=2 / CURVATURE)),
        ("edge with the wrong sign of mu", right._replace(edge=2 * (1 - MU) / CURVATURE)),
        ("edge 5 % larger", right._replace(edge=more * edge)),
        ("edge 5 % smaller", right._replace(edge=less * edge)),
    )
    return Forms(
        Form(
            "printed",
            r"At every step $\eta$ at which the recursion is stable, the flow with inertia "
            r"$\lambda$, from rest at $w_0 = w_1$, stays closer to the iterates than "
            rf"${sp.latex(TOLERANCE)}\max_k|w_k - w_0|$",
            Suitable(Surrogate(), sp.Rational(19, 20), edge),
        ),
        Form(
            "rescaled",
            r"The flow with inertia $\lambda(1+\mu)/2$ and $\dot w(0) = "
            r"-\frac{1-\mu}{1+\mu}\nabla L(w_1)$, from $w_1$ on, stays that close at steps up to a "
            r"tenth of the edge of stability $2(1+\mu)/h$, $h$ the largest curvature, for "
            r"$\mu \le 9/10$; not at steps up to three tenths of it, and not for all $\mu < 1$",
            right,
        ),
        tuple(Form(name, name, content) for name, content in wrong),
    )


def overshoot() -> Counterexample | None:
    """Search stable rational (mu, eta) on w^2/2 for iterates that leave the reach of any flow.

    From rest the energy keeps |w(T)| <= |w_0| = 1, whatever the inertia; the iterates are exact.
    """
    for denominator in range(1, 9):
        for mu in (Fraction(k, denominator) for k in range(denominator)):
            for numerator in range(1, 4 * denominator):
                eta = Fraction(numerator, denominator)
                if not eta < 2 * (1 + mu):
                    continue
                w = generic_iterates(
                    lambda x: x, Fraction(1), TwoStepMethod("hb", mu, 0), eta, 8, Fraction(1)
                )
                excess = max(abs(x) for x in w) - 1
                excursion = max(abs(x - 1) for x in w)
                if excess * TOLERANCE.q > TOLERANCE.p * excursion:
                    return Counterexample(
                        r"On $w^2/2$ from rest the recursion, which is stable, overshoots to "
                        r"$|w_k| > 1$; the flow keeps $|w(T)| \le |w_0| = 1$ whatever its inertia.",
                        {
                            "mu": str(mu),
                            "eta": str(eta),
                            "edge": str(2 * (1 + mu)),
                            "w_1, w_2, ...": [str(x) for x in w],
                            "max |w_k| - 1": str(excess),
                            "max |w_k - w_0|": str(excursion),
                        },
                        exact=True,
                        found_by="search over rational momenta and stable steps by denominator, "
                        "eight steps of the recursion in exact arithmetic",
                    )
    return None


def derivation() -> tuple[Step, ...]:
    """Return the polynomial and the edge."""
    z = sp.Symbol("z")
    return (
        Step(r"On $h w^2/2$ a factor z per step is a zero of", sp.collect(characteristic(z), z)),
        Step(r"One of them is $-1$ at", stability_edge()),
        Step(
            "while every root of this, the flow, has a negative real part at any step:",
            sp.Symbol("lambda", positive=True) * z**2 + z + CURVATURE,
        ),
    )


CLAIMS = (
    Claim(
        id="papazov.surrogate.large-steps",
        title="A surrogate of the path at large steps",
        paper=PAPER,
        equation="summary, question 2",
        printed=PRINTED,
        claimed_over="non-convex losses as well, large step sizes; neither 'suitable' nor 'large' "
        "is defined: read as an error of at most a tenth of the largest distance from the start, "
        "and as every stable step",
        sampled_over=f"{', '.join(loss(index).name for index in LOSSES)}; from rest; mu in "
        f"{', '.join(map(str, MOMENTA))}; a quarter, half and all of the stated fraction of the "
        "edge, for the largest curvature that gradient flow meets; whole runs",
        forms=forms,
        checks=(
            Check("edge", "Is this the edge of stability?", edge_of_stability, exact=True),
            Check("whole runs", "Does the flow stay within a tenth?", stays_close),
        ),
        depends=("papazov.error-bound.second-order",),
        derivation=derivation,
        counterexample=overshoot,
        remark=r"Beyond the edge the recursion diverges and the flow never does. Near "
        r"$\mu = 1$ the oscillations last for about $1/(1-\mu)$ steps, over which their phases "
        "part, so that no fraction of the edge serves all momenta.",
    ),
)

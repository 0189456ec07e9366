"""Papazov et al., poster section 2: where the regimes part."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import sympy as sp

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
from proofs_check.mgf_regimes import ARRIVED, GRID, arrivals, boundary_at, curvatures
from proofs_check.papazov.regimes import FILE, LESS, MORE, PAPER, derivation
from symbolic.regimes import EXPONENT, boundary, exponents
from symbolic.surrogate import CURVATURE, INERTIA


def exponents_meet(form: Form) -> Finding:
    """Decide that both exponents meet at the stated boundary, at twice that of gradient flow."""
    at = exponents().subs(INERTIA, form.content)
    twice = -2 * CURVATURE
    return exact_zero(
        [at.subs(EXPONENT, twice), sp.diff(at, EXPONENT).subs(EXPONENT, twice)],
        r"$\lambda r^2 + r + h$ and its derivative by r, at $r = -2h$ and the stated $\lambda$: "
        "both exponents are one there, and the decay is twice as fast as that of gradient flow.",
    )


#: Factors on the loss at which arrivals are measured.
SCALED = (1.0, 1 / 16)
#: The best inertia may be one place of its grid off.
ONE_PLACE = float(GRID[1] / GRID[0])


def _arrival_figure() -> dict[str, Any]:
    series = []
    for scaled in SCALED:
        inertias, times = arrivals(scaled)
        label = "L" if scaled == 1 else rf"L/{round(1 / scaled)}"
        series.append({"label": f"loss {label}", "x": inertias, "y": times, "style": ""})
    return {
        "kind": "curves",
        "title": "Time to converge against inertia",
        "xlabel": r"$\lambda$",
        "ylabel": "time of arrival",
        "xscale": "log",
        "yscale": "log",
        "caption": "Time after which the residual of the network stays below a thousandth, for "
        "two multiples of one loss: the regimes move with the curvature.",
        "series": series,
    }


def fastest(form: Form) -> Finding:
    """Compare the boundary with the inertia of the earliest arrival, for a loss and part of it."""
    ratios = []
    for scaled in SCALED:
        inertias, times = arrivals(scaled)
        stated = boundary_at(form.content, float(np.min(curvatures(scaled))))
        ratios.append(float(inertias[np.argmin(times)] / stated))
    worst = max(ratios, key=lambda ratio: abs(np.log(ratio)))
    return bounded(
        float(np.exp(abs(np.log(worst)))),
        ONE_PLACE * (1 + 1e-9),
        r"Factor between the stated boundary, h the smallest curvature at the limit, and the "
        rf"inertia with which the residual falls to {ARRIVED:g} the soonest; the larger for a "
        f"loss and 1/{round(1 / SCALED[1])} of it.",
        rtol=1e-3,
        data={"ratios": ratios, "figure": _arrival_figure()},
    )


def between_forms() -> Forms:
    """Return the boundary read from the print, the derived one, and wrong ones."""
    right = boundary()
    wrong = (
        ("without the 4", 1 / CURVATURE),
        ("half", right / 2),
        ("proportional to the curvature", CURVATURE / 4),
        ("with its square", right / CURVATURE),
        ("5 % larger", MORE * right),
        ("5 % smaller", LESS * right),
    )
    return Forms(
        Form(
            "printed",
            r"The regimes part at a $\lambda$ of order 1, whatever the loss: $\lambda \gg 1$ "
            r"oscillates, $\lambda \ll 1$ follows gradient flow",
            sp.S.One,
        ),
        Form(
            "curvature",
            rf"The regimes part at $\lambda = {sp.latex(right)}$, in each direction with its own "
            "curvature $h$: there the flow converges fastest in that direction, twice as fast as "
            "gradient flow",
            right,
        ),
        tuple(Form(name, rf"$\lambda = {sp.latex(content)}$", content) for name, content in wrong),
    )


def against_one() -> Counterexample | None:
    """Search curvatures 10^-k and lambda = 10^j > 1 for a flow that does not oscillate."""
    discriminant = sp.discriminant(exponents(), EXPONENT)
    for k, j in itertools.product(range(1, 5), repeat=2):
        values = {CURVATURE: sp.Rational(1, 10**k), INERTIA: sp.Integer(10) ** j}
        found = discriminant.subs(values)
        if found > 0:
            opposite = {CURVATURE: 1 / values[CURVATURE], INERTIA: 1 / values[INERTIA]}
            return Counterexample(
                r"With $\lambda > 1$ the flow on $h w^2/2$ does not oscillate at all; with both "
                r"inverted, $\lambda < 1$, it does.",
                {
                    "h": str(values[CURVATURE]),
                    "lambda": str(values[INERTIA]),
                    "discriminant 1 - 4 lambda h": str(found),
                    "inverted": str(discriminant.subs(opposite)),
                },
                exact=True,
                found_by="search over powers of ten",
            )
    return None


CLAIMS = (
    Claim(
        id="papazov.regimes.between",
        title="Where the regimes part",
        paper=PAPER,
        equation="section 2",
        printed=Quotation(FILE, 82, r"**Non-Degenerate  $\lambda$ :** The momentum regime"),
        claimed_over=r"every loss; lambda is compared with 1 in print ($\gg 1$, $\ll 1$)",
        sampled_over="exact: h w^2/2, any h; network: one problem and a sixteenth of its loss, "
        "from rest, lambda from 1/8 to 16 times 1/(4 h) by factors of sqrt 2",
        forms=between_forms,
        checks=(
            Check("exponents", "Do the exponents meet there?", exponents_meet, exact=True),
            Check("arrival", "Does the network converge soonest there?", fastest),
        ),
        derivation=derivation,
        counterexample=against_one,
        remark=r"$\lambda$ has the dimension of a time and 1 has none: multiplying the loss by c "
        r"divides every such $\lambda$ by c. With several curvatures the regimes overlap: the "
        r"directions with $4\lambda h > 1$ oscillate, the others do not. Momentum beats gradient "
        r"flow in a direction as long as $\lambda h < 1/2$.",
    ),
)

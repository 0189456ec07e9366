"""Papazov et al., summary: the flow as a surrogate on losses with several minima."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from numeric.orders import NotAsymptotic, measure_order
from proofs_check.claim import (
    Check,
    Claim,
    Counterexample,
    Finding,
    Form,
    Forms,
    Outcome,
)
from proofs_check.limit_orders import Differences, order_of
from proofs_check.mgf_paths import Surrogate, rescaled
from proofs_check.mgf_wells import (
    FLOOR,
    INERTIA,
    STEPS,
    dividing_start,
    dividing_start_of_flow,
    ends_of_flow,
    ends_of_recursion,
    flow_parameters,
    gaps,
)
from proofs_check.papazov.surrogate import PAPER, PRINTED
from symbolic.surrogate import TWO_WELLS


class Wells(NamedTuple):
    """Flows, each with the order of the gap between the starts that divide the wells.

    An order of None says that there is no gap: at small steps both reach the same well from every
    start.
    """

    flows: tuple[tuple[Surrogate, int | None], ...]


def _figure() -> dict[str, Any]:
    return {
        "kind": "order",
        "title": "Starts from which flow and iterates reach different wells",
        "xlabel": r"$\varepsilon$",
        "ylabel": "width of the interval of such starts",
        "series": [
            {"label": "flow as printed", "x": STEPS, "y": np.abs(gaps(Surrogate()))},
            {"label": "rescaled flow", "x": STEPS, "y": np.abs(gaps(rescaled()))},
        ],
    }


def dividing_starts(form: Form) -> Finding:
    """Measure the order in epsilon of the gap between the dividing starts."""
    statement = (
        r"Order in $\varepsilon$ of the gap between the starts that divide the wells, for "
        r"iterates and flow; no gap if it is below rounding at every step."
    )
    measured: list[int | str] = []
    predicted: list[int | str] = []
    for surrogate, order in form.content.flows:
        gap = gaps(surrogate)
        predicted.append("no gap" if order is None else order)
        if np.max(np.abs(gap)) <= FLOOR:
            measured.append("no gap")
            continue
        try:
            found = order_of(Differences(form.name, STEPS, gap[:, None], FLOOR))
            if found > 0:
                found = measure_order(STEPS, gap, floor=FLOOR).order
        except NotAsymptotic as refusal:
            return Finding(Outcome.UNCLEAR, f"{statement} {refusal}", predicted=predicted)
        measured.append(found)
    return Finding(
        Outcome.HOLDS if measured == predicted else Outcome.FAILS,
        statement,
        measured=measured,
        predicted=predicted,
        criterion="measured order is the order claimed",
        rtol=1e-4,
        data={"figure": _figure()} if form.name == "narrow gap" else {},
    )


def forms() -> Forms:
    """Return the statement for every start, the one with the gap, and wrong gaps."""
    printed, better = Surrogate(), rescaled()
    lighter = Surrogate(inertia=sp.Rational(19, 20) * printed.inertia)
    wrong = (
        ("gap of order 2", ((printed, 2), (better, 2))),
        ("gap that stays", ((printed, 0), (better, 2))),
        ("rescaled flow no better", ((printed, 1), (better, 1))),
        ("rescaled flow without a gap", ((printed, 1), (better, None))),
        ("inertia 5 % smaller", ((lighter, 1), (better, 2))),
    )
    return Forms(
        Form(
            "printed",
            "On a non-convex loss, too, the flow reaches the minimum that the iterates reach, from "
            r"every start, below some $\varepsilon$ that serves all of them",
            Wells(((printed, None),)),
        ),
        Form(
            "narrow gap",
            r"On a loss with two wells the flow reaches the well of the iterates except from an "
            r"interval of starts, whose width is of order $\varepsilon$ and no smaller; for the "
            r"flow with inertia $\lambda(1+\mu)/2$ and matched start it is of order "
            r"$\varepsilon^2$",
            Wells(((printed, 1), (better, 2))),
        ),
        tuple(Form(name, name, Wells(content)) for name, content in wrong),
    )


def between() -> Counterexample:
    """Return a start between both dividing starts at the smallest step, and where it leads."""
    step, surrogate = float(STEPS[-1]), Surrogate()
    ends = (dividing_start(step), dividing_start_of_flow(step, surrogate))
    # The rational number with the least denominator between them.
    low, high = sorted(ends)
    denominator = 1
    while (np.floor(low * denominator) + 1) / denominator >= high:
        denominator += 1
    start = sp.Rational(int(np.floor(low * denominator)) + 1, denominator)
    place = np.array([float(start)])
    return Counterexample(
        "From this start at rest the iterates and the flow end in different wells.",
        {
            "loss": str(TWO_WELLS),
            "w_0 = w_1": str(start),
            "lambda": INERTIA,
            "epsilon": step,
            "end of the iterates": float(ends_of_recursion(place, step)[0]),
            "end of the flow": float(ends_of_flow(place, *flow_parameters(step, surrogate))[0]),
        },
        exact=False,
        found_by="bisection for the starts that divide the wells, then the simplest rational "
        "between them",
    )


CLAIMS = (
    Claim(
        id="papazov.surrogate.wells",
        title="Which minimum is reached",
        paper=PAPER,
        equation="summary, question 2",
        printed=PRINTED,
        claimed_over="non-convex losses, every start; read for small steps at fixed lambda",
        sampled_over=f"two wells in one dimension, from rest, lambda = {INERTIA:g}, the first "
        f"dividing start outside the wells; epsilon from 1/{round(1 / STEPS[0])} to "
        f"1/{round(1 / STEPS[-1])}",
        forms=forms,
        checks=(Check("dividing starts", "How do the dividing starts differ?", dividing_starts),),
        depends=("papazov.error-bound.fixed-lambda",),
        counterexample=between,
        remark="From a given start that does not lie on the boundary between the wells the error "
        r"is $O(\varepsilon)$ on a non-convex loss as well: see papazov.error-bound.fixed-lambda, "
        "whose losses are non-convex along the paths. The constant grows without bound towards "
        "the boundary.",
    ),
)

"""Lyu et al., after Eq. (10): the scale of stochastic gradient flow is strictly smaller."""

from __future__ import annotations

from itertools import product

import numpy as np
import sympy as sp

from numeric.problems import Problem, Start
from numeric.stochastic_flow import brownian_increments, simulate
from numeric.stochastic_runs import draws, stochastic_runs
from proofs_check.claim import (
    Check,
    Claim,
    Counterexample,
    Finding,
    Form,
    Forms,
    Outcome,
    Quotation,
)
from symbolic.stochastic_flow import LOSS, SQUARED_COLUMN, scale_rate
from symbolic.symbols import ETA, SAMPLES

PAPER = "Lyu et al. 2025"
#: Where the scale shrinks, in three readings.
EVERYWHERE, WHERE_A_FEATURE, WHERE_A_GRADIENT = "everywhere", "D_j > 0", "g_j(0) not 0"


def _shrinks(reading: str, problem: Problem) -> np.ndarray:
    """Return in which coordinates the reading has the scale shrink, (d,)."""
    if reading == EVERYWHERE:
        return np.ones(problem.d, dtype=bool)
    if reading == WHERE_A_FEATURE:
        return np.any(problem.X != 0, axis=0)
    return problem.X.T @ problem.y != 0


def sign_of_the_rate(form: Form) -> Finding:
    """Decide in which coordinates the exact rate is negative: at D_j > 0 and at D_j = 0."""
    direction, reading = form.content
    loss, column = sp.symbols("L D", positive=True)
    moving = scale_rate().subs({LOSS: loss, SQUARED_COLUMN: column})
    still = scale_rate().subs({LOSS: loss, SQUARED_COLUMN: 0})
    # What the form says of a feature (with g_j(0) = 0, as can be) and of a column of zeros.
    says_moving = {EVERYWHERE: True, WHERE_A_FEATURE: True, WHERE_A_GRADIENT: False}[reading]
    says_still = reading == EVERYWHERE
    decided = [bool((direction * rate).is_negative) for rate in (moving, still)]
    return Finding(
        Outcome.HOLDS if decided == [says_moving, says_still] else Outcome.FAILS,
        r"Has $d\ln\tilde\xi_j/dt = -8\eta L(X^TX)_{jj}/n$ the stated sign while $L > 0$: for a "
        r"feature that is not zero throughout, with $g_j(0) = 0$ even, and for one that is?",
        measured=decided,
        predicted=[says_moving, says_still],
        criterion="agreement in both cases",
        rtol=0.0,
    )


def shrinking_scales(form: Form) -> Finding:
    """Look at the scales of simulated flows and of SGD on data with a zero and a silent feature."""
    direction, reading = form.content
    agree, losses = [], []
    # The second feature has g_2(0) = 0, the third is zero throughout.
    problem = Problem(np.array([[1.0, 1.0, 0.0, 2.0], [1.0, -1.0, 0.0, 1.0]]), np.ones(2))
    start = Start.scaled(4, 0.4)
    shrinks = _shrinks(reading, problem)
    flows = simulate(problem, start, 0.02, 0.02, brownian_increments(2, 0.02, 500, 8, 0))
    trained = stochastic_runs(problem, start, 0.02, draws(2, 500, 8, 0))
    for lost in (flows.loss_of_log_scale, trained.loss_of_log_scale):
        signed = direction * lost
        agree.append(bool((signed[:, shrinks] > 0).all() and (signed[:, ~shrinks] == 0).all()))
        losses.extend([float(lost.min()) + 0.0, float(lost.max())])
    return Finding(
        Outcome.HOLDS if all(agree) else Outcome.FAILS,
        r"Smallest and largest $\ln(\xi_j/\tilde\xi_j)$ of simulated flows, then of SGD; data with "
        "a feature that is zero throughout and one whose gradient is zero at the start.",
        measured=losses,
        predicted=[int(flag) * direction for flag in shrinks],
        criterion="in every coordinate, every path and every run the predicted sign",
        rtol=1e-4,
    )


def smaller_forms() -> Forms:
    """Return the printed relation, where it holds, and wrong ones."""
    return Forms(
        Form("printed", r"$\tilde\xi_j(\infty) < \xi_j$ for every $j$", (1, EVERYWHERE)),
        Form(
            "where there is a feature",
            r"$\tilde\xi_j(\infty) < \xi_j$ if some $x_{ij} \ne 0$ and the start does not "
            r"interpolate, $\tilde\xi_j = \xi_j$ otherwise",
            (1, WHERE_A_FEATURE),
        ),
        (
            Form(
                "larger", r"$\tilde\xi_j > \xi_j$ where there is a feature", (-1, WHERE_A_FEATURE)
            ),
            Form(
                "only where there is a gradient",
                r"$\tilde\xi_j < \xi_j$ only where $g_j(0) \ne 0$",
                (1, WHERE_A_GRADIENT),
            ),
        ),
    )


def unchanged_scale() -> Counterexample | None:
    """Search small integer data for a coordinate whose scale stays."""
    for entries in product((1, 0), repeat=2):
        columns = [entry**2 for entry in entries]
        rates = [scale_rate().subs({SQUARED_COLUMN: D, SAMPLES: 1, ETA: 1}) for D in columns]
        # The loss of theta = 0 and y = 1 is 1/2, and positive until the path has arrived.
        if any(rates) and not all(rates):
            return Counterexample(
                "A feature that is zero in every sample keeps its scale: no noise reaches it.",
                {"X": [list(entries)], "y": [1], "d ln xi~/dt at eta = 1": [str(r) for r in rates]},
                exact=True,
                found_by="search over data of one sample and two coordinates, entries 1 and 0",
            )
    return None


CLAIMS = (
    Claim(
        id="lyu.sgf.smaller",
        title="The scale of stochastic gradient flow is strictly smaller",
        paper=PAPER,
        equation="after Eq. (10)",
        printed=Quotation(
            "lyu2025.txt", 158, r"with $\tilde{\xi}(\infty)$ being strictly smaller than ξ"
        ),
        claimed_over="all data and starts, every coordinate",
        sampled_over="sign of the rate: all; simulated flows and SGD: one problem",
        forms=smaller_forms,
        checks=(
            Check(
                "sign", "Has the rate the stated sign?", sign_of_the_rate, exact=True, proves=True
            ),
            Check("paths and runs", "Do scales of flows and of SGD shrink?", shrinking_scales),
        ),
        depends=("lyu.sgf.identity",),
        counterexample=unchanged_scale,
        remark="The only exceptions are features that are zero throughout, which no method ever "
        "uses. For momentum a gradient that stays zero is an exception as well.",
    ),
)

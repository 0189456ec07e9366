"""Flows of small rational data that the printed formulas for the limit do not describe."""

from __future__ import annotations

import itertools

import numpy as np
import sympy as sp

from numeric.momentum_gradient_flow import mgf_limit
from numeric.problems import Problem, Start
from numeric.projection import entropy_gradient
from proofs_check.claim import Counterexample
from proofs_check.mgf_runs import MgfRun, compiled
from symbolic import mgf_limit as theorem
from symbolic.entropy import DELTA
from symbolic.mgf_limit import I_MINUS, I_PLUS, SIZE_MINUS, SIZE_PLUS

#: A relative difference that no rounding makes.
CERTAIN = 1e-3
#: I_+ and I_- as in print: minus what they are.
AS_PRINTED = {I_PLUS: -I_PLUS, I_MINUS: -I_MINUS}


def _run(
    rows: list[list[float]], y: float, u: list[float], v: list[float], inertia: float
) -> MgfRun:
    problem = Problem(np.array(rows), np.array([y]))
    start = Start(np.array(u), np.array(v))
    return MgfRun(problem, start, inertia, mgf_limit(problem, start, inertia, direct=True))


def mirrored_pair() -> Counterexample | None:
    """Return one sample and its mirror image: the printed ratio cannot be right for both.

    y -> -y swaps w_+ and w_-. Delta stays as it is, while the printed exponent changes sign; the
    true ratio is below 1 as soon as a neuron moves, so the two printed ratios, r and 1/r, cannot
    both be equal to it.
    """
    stated = theorem.balancedness_printed().subs(AS_PRINTED, simultaneous=True)
    exchanged = stated.subs({I_PLUS: I_MINUS, I_MINUS: I_PLUS}, simultaneous=True)
    if sp.powsimp(stated * exchanged / DELTA**2) != 1:
        return None
    printed = compiled(stated.subs(DELTA, SIZE_PLUS * SIZE_MINUS))
    values = []
    for sign in (1.0, -1.0):
        run = _run([[1.0, 1.0]], sign, [1.0, 1.0], [1.0, 1.0], 1.0)
        if not run.limit.converged:
            return None
        start = run.limit.delta_start
        values.append((run.evaluate(printed)[0] / start[0], run.limit.delta[0] / start[0]))
    (here, true), (mirrored, same) = values
    if not all(ratio < 1 - CERTAIN for ratio in (true, same)):
        return None
    return Counterexample(
        r"The flow to y and its mirror image, the flow to -y with $w_+$ and $w_-$ exchanged, end "
        r"with the same $\Delta_\infty$, smaller than $\Delta_0$ because both integrals shrink it. "
        "The printed exponents of the two are opposite, so the printed ratios are r and 1/r, and "
        "not both are below 1.",
        {
            "x": "1, 1",
            "y": "1 and -1",
            "w_+(0) = w_-(0)": "2, 2",
            "lambda": "1",
            "Delta_inf/Delta_0": true,
            "printed, y = 1": here,
            "printed, y = -1": mirrored,
        },
        exact=True,
        found_by="the symmetry that exchanges the neurons, on the smallest data",
    )


def start_case() -> Counterexample | None:
    """Search integer data by size for a printed theta~_0 whose dual leaves the row space."""
    printed = compiled(theorem.perturbed_start().subs(AS_PRINTED, simultaneous=True))
    right = compiled(theorem.perturbed_start())
    for first, second in itertools.product((1.0, 2.0), repeat=2):
        run = _run([[first, second]], 1.0, [1.0, 1.0], [1.0, 1.0], 1.0)
        if not run.limit.converged or run.limit.crossings:
            continue
        gaps = [
            run.out_of_rows(
                entropy_gradient(run.limit.theta, run.limit.xi)
                - entropy_gradient(run.evaluate(start), run.limit.xi)
            )
            for start in (printed, right)
        ]
        if gaps[0] > CERTAIN:
            return Counterexample(
                r"With the printed $\tilde\theta_0$ the difference of the duals at the limit and "
                "at the start is not in the row space, so the limit is not the minimiser.",
                {
                    "x": f"{first:g}, {second:g}",
                    "y": "1",
                    "w_+(0) = w_-(0)": "2, 2",
                    "lambda": "1",
                    "part outside the row space": gaps[0],
                    "the same with positive integrals": f"below {max(gaps[1], 1e-12):.0e}",
                },
                exact=False,
                found_by="enumeration of one sample with two integer features, smallest first",
            )
    return None


def crossing_case() -> Counterexample | None:
    """Search integer data by size for a flow past a zero of a neuron."""
    printed = compiled(theorem.balancedness_printed().subs(DELTA, SIZE_PLUS * SIZE_MINUS))
    for y, inertia in itertools.product((1.0, 2.0, 4.0), (1.0, 2.0)):
        run = _run([[1.0, 1.0]], y, [1.0, 1.0], [1.0, 1.0], inertia)
        if not (run.limit.converged and run.limit.crossings):
            continue
        stated, true = run.evaluate(printed)[0], run.limit.delta[0]
        if abs(stated / true - 1) > CERTAIN:
            crossing = run.limit.crossings[0]
            return Counterexample(
                "A neuron passes through zero; with finite parts the printed formula differs from "
                "the balancedness at the end.",
                {
                    "x": "1, 1",
                    "y": f"{y:g}",
                    "w_+(0) = w_-(0)": "2, 2",
                    "lambda": f"{inertia:g}",
                    "neuron": {"u": "w_+", "v": "w_-"}[crossing.neuron],
                    "time of its zero": crossing.time,
                    "I_+": run.limit.I_plus[0],
                    "I_-": run.limit.I_minus[0],
                    "Delta_inf/Delta_0": true / run.limit.delta_start[0],
                    "printed": stated / run.limit.delta_start[0],
                },
                exact=False,
                found_by="enumeration of one sample, two equal features, small integers",
            )
    return None

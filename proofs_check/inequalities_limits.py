"""Theorem 3 and Proposition 2 of Lyu et al., as printed and as corrected, against proved limits.

The printed predictions miss by a proved amount at every step size; the corrected ones have a proved
bound that falls with the square of the step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, partial
from itertools import pairwise
from typing import Any

from numeric.balls import distance, lower_text, quotient, upper_text
from numeric.datasets import RationalProblem, fractions, rational_problem
from numeric.enclosed_limit import EnclosedLimit
from numeric.enclosed_predictions import gradient_flow_prediction, theorem_3_prediction
from numeric.enclosed_run import EnclosedRun
from proofs_check.inequality import (
    Inequality,
    Proof,
    data_of,
    enclosed_run,
    largest_radius_text,
)
from symbolic.two_step import TwoStepMethod

#: Momentum and step sizes; each step is half of the one before.
MOMENTUM = Fraction(1, 2)
STEPS = (Fraction(1, 100), Fraction(1, 200), Fraction(1, 400))
LOOK_AHEAD = {"hb": Fraction(0), "nag": MOMENTUM}
#: By how much at least the corrected error has to fall as the step is halved: order 2 gives 4 in
#: the limit, order 1 gives 2; 3 lies between.
FALL = 3
#: Bits in which predictions without a run are compared.
BITS = 256


def tiny_problem() -> RationalProblem:
    """Return one sample, two features and a biased start: entries 1 and one 2."""
    return RationalProblem(*(fractions(p) for p in ([[1, 1]], [1], [1, 0], [1, 1], [1, 2])))


#: Data and start by name.
PROBLEMS: Mapping[str, Callable[[], RationalProblem]] = {
    "n=1,d=2": tiny_problem,
    "n=3,d=6": lambda: rational_problem(3, 6, seed=2),
}


def inequalities() -> Iterator[Inequality]:
    """Yield the inequalities; nothing is computed."""
    for where in PROBLEMS:
        yield Inequality("lyu.prop2", where, partial(_proposition_2, where))
        for name in LOOK_AHEAD:
            claim = f"lyu.thm3.{name}.discrete"
            for eta in STEPS:
                case = f"{where},eta={eta}"
                yield Inequality(claim, case, partial(_theorem_3, name, where, eta))
            for eta, half in pairwise(STEPS):
                case = f"{where},eta={eta}..{half}"
                yield Inequality(claim, case, partial(_fall, name, where, eta, half))


@dataclass(frozen=True, eq=False)
class _Errors:
    """How far Theorem 3 is from a limit: balls of both distances, the run and its data."""

    printed: Any
    corrected: Any
    run: EnclosedRun
    limit: EnclosedLimit
    data: dict[str, Any]


@lru_cache(maxsize=32)
def _errors(name: str, where: str, eta: Fraction) -> _Errors:
    data, method = PROBLEMS[where](), TwoStepMethod(name, MOMENTUM, LOOK_AHEAD[name])
    run, limit = enclosed_run(data, method, eta)
    printed, corrected = (
        distance(limit.theta, theorem_3_prediction(run, limit, printed=p).theta, run.kept_bits)
        for p in (True, False)
    )
    return _Errors(printed, corrected, run, limit, data_of(data, method, eta))


def _theorem_3(name: str, where: str, eta: Fraction) -> Proof:
    found = _errors(name, where, eta)
    proved = bool(found.printed.abs_lower() > found.corrected.abs_upper())
    statement = (
        f"|theta_inf - printed| >= {lower_text(found.printed, 6)} > "
        f"{upper_text(found.corrected, 6)} >= |theta_inf - corrected|"
    )
    numbers = {
        "distance to the printed prediction, at least": lower_text(found.printed, 12),
        "distance to the corrected prediction, at most": upper_text(found.corrected, 12),
        "radius of the first distance": upper_text(found.printed.rad()),
        "radius of the second distance": upper_text(found.corrected.rad()),
        "radius of the limit": largest_radius_text(found.limit.theta),
        "steps": found.run.steps,
        "bits": found.run.bits,
    }
    return statement, proved, found.data, numbers


def _fall(name: str, where: str, eta: Fraction, half: Fraction) -> Proof:
    first, second = _errors(name, where, eta), _errors(name, where, half)
    bits = second.run.kept_bits
    corrected = quotient(first.corrected, second.corrected, bits)
    printed = quotient(first.printed, second.printed, bits)
    # Order 1 or more needs at least half of the error to go.
    stays, falls = bool(printed < 2), bool(corrected > FALL)
    statement = (
        f"from eta {eta} to {half} the corrected error falls by a factor >= "
        f"{lower_text(corrected, 4)}, the printed one by a factor <= {upper_text(printed, 4)}"
    )
    numbers = {
        "factor of the corrected error, at least": lower_text(corrected, 8),
        "factor of the printed error, at most": upper_text(printed, 8),
        "radius of the first factor": upper_text(corrected.rad()),
        "radius of the second factor": upper_text(printed.rad()),
    }
    return statement, stays and falls, {**first.data, "eta": [str(eta), str(half)]}, numbers


def _proposition_2(where: str) -> Proof:
    data = PROBLEMS[where]()
    given = (data.X, data.y, data.u, data.v)
    printed, corrected = (gradient_flow_prediction(*given, printed=p).theta for p in (True, False))
    gap = distance(printed, corrected, BITS)
    statement = f"|limit of gradient flow - printed| >= {lower_text(gap, 6)}"
    numbers = {
        "distance, at least": lower_text(gap, 12),
        "radius": upper_text(gap.rad()),
        "radius of the projection": largest_radius_text(corrected),
    }
    shown = data_of(data, TwoStepMethod("flow", 0, 0), Fraction(0))
    return statement, bool(gap > 0), {k: shown[k] for k in ("X", "y", "u(0)", "v(0)")}, numbers

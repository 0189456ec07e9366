"""An inequality about one rational data set, and its proof by ball arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from numeric.balls import upper_text
from numeric.datasets import RationalProblem
from numeric.enclosed_limit import EnclosedLimit, limit_to_digits
from numeric.enclosed_run import EnclosedRun
from symbolic.console import UserError
from symbolic.two_step import TwoStepMethod

#: Id, claim, statement, proved, data, numbers; JSON throughout.
Record = dict[str, Any]
#: Statement, whether it is proved, data, numbers as text.
Proof = tuple[str, bool, dict[str, Any], dict[str, Any]]

#: Digits to which the limits of runs are known.
DIGITS = 50


@dataclass(frozen=True)
class Inequality:
    """One inequality, proved or not when it is asked.

    Parameters
    ----------
    claim
        Id of the claim that it is about.
    case
        What tells it from the claim's other inequalities.
    prove
        Returns the `Proof`.
    """

    claim: str
    case: str
    prove: Callable[[], Proof]

    @property
    def id(self) -> str:
        """The claim's id and the case."""
        return f"{self.claim}:{self.case}"

    def record(self) -> Record:
        """Try the proof; one that is refused on the way counts as not proved."""
        try:
            statement, proved, data, numbers = self.prove()
        except UserError as error:
            statement, proved, data, numbers = f"not proved: {error}", False, {}, {}
        return {
            "id": self.id,
            "claim": self.claim,
            "statement": statement,
            "proved": proved,
            "data": data,
            "numbers": numbers,
        }


def data_of(data: RationalProblem, method: TwoStepMethod, eta: Fraction) -> dict[str, Any]:
    """Return everything that a run is determined by, as text."""
    return {
        "X": [[str(entry) for entry in row] for row in data.X],
        "y": [str(entry) for entry in data.y],
        "u(0)": [str(entry) for entry in data.u],
        "v(0)": [str(entry) for entry in data.v],
        "mu": str(method.mu),
        "kappa": str(method.kappa),
        "eta": str(eta),
    }


def enclosed_run(
    data: RationalProblem, method: TwoStepMethod, eta: Fraction, before: Any = None
) -> tuple[EnclosedRun, EnclosedLimit]:
    """Return a run, and its limit to `DIGITS` digits; ``before`` is x_{-1}.

    Raises
    ------
    UserError
        If the run or the proof of its limit is refused.
    """
    given = (data.X, data.y, data.u, data.v, method, eta)
    return limit_to_digits(*given, before=before, digits=DIGITS)


def at_most(value: Any, bound: Fraction) -> bool:
    """Return whether every number of a ball is at most ``bound``."""
    return bool(value.abs_upper() * bound.denominator <= bound.numerator)


def largest_radius_text(values: Any) -> str:
    """Return an upper bound of the radii of balls."""
    return upper_text(max((entry.rad() for entry in values), key=float))

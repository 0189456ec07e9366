"""Inequalities that ball arithmetic proves: limits of runs against what the theorems say of them.

Data, starts and coefficients are rational, every number of a run is enclosed, its limit is proved
to exist, and the predictions are proved minimisers. What is proved here is therefore a theorem
about its data, not a measurement. Each belongs to a claim and runs alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from proofs_check import inequalities_exact, inequalities_limits
from proofs_check.inequality import Inequality, Record
from proofs_check.registry import select
from symbolic.console import UserError

#: The name of the record of all.
NAME = "inequalities"


def inequalities() -> Iterator[Inequality]:
    """Yield every inequality; nothing is computed."""
    yield from inequalities_exact.inequalities()
    yield from inequalities_limits.inequalities()


def tried(patterns: Sequence[str] = ()) -> Iterator[Record]:
    """Yield the records of the claims that the patterns select, as each is done.

    Parameters
    ----------
    patterns
        Ids of claims or globs, as `proofs_check.registry.select` takes them; none selects all.

    Raises
    ------
    UserError
        If a pattern matches no claim, or no claim that it matches has an inequality.
    """
    chosen = {claim.id for claim in select(patterns)}
    found = [each for each in inequalities() if each.claim in chosen]
    if not found:
        having = sorted({each.claim for each in inequalities()})
        raise UserError(
            expected=f"a claim with inequalities to prove, one of {', '.join(having)}",
            received=", ".join(patterns),
            remedy="leave the id out to prove all",
        )
    return (each.record() for each in found)


def compute() -> Record:
    """Return the record of all, without the data that each is about."""
    shown = ("id", "claim", "statement", "proved", "numbers")
    return {"id": NAME, "inequalities": [{key: each[key] for key in shown} for each in tried()]}

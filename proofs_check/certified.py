"""Inequalities that ball arithmetic proves: limits of runs against what the theorems say of them.

Data, starts and coefficients are rational, every number of a run is enclosed, its limit is proved
to exist, and the predictions are proved minimisers. What a certificate says is therefore a theorem
about its data, not a measurement. Each belongs to a claim and runs alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from proofs_check import certified_exact, certified_limits
from proofs_check.certificate import Certificate, Record
from proofs_check.registry import select
from symbolic.console import UserError


def certificates() -> Iterator[Certificate]:
    """Yield every certificate; nothing is computed."""
    yield from certified_exact.certificates()
    yield from certified_limits.certificates()


def certified(patterns: Sequence[str] = ()) -> Iterator[Record]:
    """Yield the records of the claims that the patterns select, as each is done.

    Parameters
    ----------
    patterns
        Ids of claims or globs, as `proofs_check.registry.select` takes them; none selects all.

    Raises
    ------
    UserError
        If a pattern matches no claim, or no claim that it matches has a certificate.
    """
    chosen = {claim.id for claim in select(patterns)}
    found = [each for each in certificates() if each.claim in chosen]
    if not found:
        having = sorted({each.claim for each in certificates()})
        raise UserError(
            expected=f"a claim with certified inequalities, one of {', '.join(having)}",
            received=", ".join(patterns),
            remedy="leave the id out to certify all",
        )
    return (each.record() for each in found)

"""Find the claims: every module of every paper's sub-package that exports ``CLAIMS``.

A new paper is a new sub-package of claim files and nothing else.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache

import proofs_check
from proofs_check.claim import Claim
from symbolic.console import UserError


@lru_cache(maxsize=1)
def all_claims() -> Mapping[str, Claim]:
    """Return every claim by id, in the order of the papers' statements.

    Raises
    ------
    ValueError
        If two claims share an id or a claim depends on one that does not exist.
    """
    claims: dict[str, Claim] = {}
    for paper in sorted(pkgutil.iter_modules(proofs_check.__path__), key=lambda info: info.name):
        if not paper.ispkg:
            continue
        package = importlib.import_module(f"proofs_check.{paper.name}")
        for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda info: info.name):
            module = importlib.import_module(f"proofs_check.{paper.name}.{info.name}")
            for claim in getattr(module, "CLAIMS", ()):
                if claim.id in claims:
                    raise ValueError(f"two claims are called {claim.id}")
                claims[claim.id] = claim
    for claim in claims.values():
        for needed in claim.depends:
            if needed not in claims:
                raise ValueError(f"claim {claim.id} depends on {needed}, which does not exist")
    return dict(sorted(claims.items(), key=lambda item: (item[1].printed.file, _place(item[1]))))


def _place(claim: Claim) -> tuple[int, str]:
    return claim.printed.line, claim.id


def select(patterns: Sequence[str]) -> list[Claim]:
    """Return the claims that the patterns select, in the order of the papers.

    A pattern is an id, a glob, or the id of a statement that was split, which selects its parts.
    No pattern selects all.

    Raises
    ------
    UserError
        If a pattern matches nothing.
    """
    claims = all_claims()
    if not patterns:
        return list(claims.values())
    chosen: set[str] = set()
    for pattern in patterns:
        if pattern in claims:
            matches = {pattern}
        else:
            matches = {
                name
                for name in claims
                if fnmatchcase(name, pattern) or name.startswith(f"{pattern}.")
            }
        if not matches:
            raise UserError(
                expected="a claim id or a glob that matches one",
                received=repr(pattern),
                remedy="list the ids with `python -m proofs_check --list`",
            )
        chosen |= matches
    return [claim for name, claim in claims.items() if name in chosen]


def with_dependencies(claims: Sequence[Claim]) -> list[Claim]:
    """Return the claims together with all that they rest on, in the order of the papers."""
    everything = all_claims()
    needed: set[str] = set()
    waiting = [claim.id for claim in claims]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting.extend(everything[name].depends)
    return [claim for name, claim in everything.items() if name in needed]

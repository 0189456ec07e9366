"""From findings to a verdict, by rule.

The rules, in order:

1. a check that raised, an unclear finding on a form that matters, a surviving mutant, or a check
   that rejects no mutant at all: ``undecided``;
2. the printed form holds: ``vacuous`` if inert variants exist and all hold, else ``proved`` if a
   proving check holds, else ``supported`` (experiments: ``reproduced``);
3. the printed form fails and the corrected one holds: ``corrected``, with the corrected form's own
   verdict - provided that a counterexample was found;
4. the printed form fails and nothing replaces it: ``refuted`` (experiments: ``not reproduced``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from proofs_check.claim import Check, Counterexample, Finding, Form, Outcome, Role


class Verdict(StrEnum):
    """What the evidence says about a statement."""

    PROVED = "proved"
    SUPPORTED = "supported"
    CORRECTED = "corrected"
    VACUOUS = "vacuous"
    REPRODUCED = "reproduced"
    NOT_REPRODUCED = "not reproduced"
    REFUTED = "refuted"
    UNDECIDED = "undecided"


#: One line on each verdict, for --help and for the report.
MEANINGS: dict[Verdict, str] = {
    Verdict.PROVED: "the residual is exactly zero, or the statement is decided in exact arithmetic",
    Verdict.SUPPORTED: "order or bound measured over the sampled range, every mutant rejected",
    Verdict.CORRECTED: "the printed form has a counterexample; the corrected form holds",
    Verdict.VACUOUS: "the term cannot act at the stated order: variants of it hold alike",
    Verdict.REPRODUCED: "the experiment shows what is printed, with the statistics given",
    Verdict.NOT_REPRODUCED: "the experiment does not show what is printed",
    Verdict.REFUTED: "a counterexample exists and no corrected form is established",
    Verdict.UNDECIDED: "the evidence is insufficient, a mutant survived or a check raised",
}


@dataclass(frozen=True)
class Entry:
    """One finding with the check and the form that it belongs to."""

    check: Check
    role: Role
    form: Form
    finding: Finding


@dataclass(frozen=True)
class Judgement:
    """A verdict, its reason, and the verdict of the corrected form if there is one."""

    verdict: Verdict
    reason: str
    corrected: Verdict | None
    tried: tuple[str, ...]
    rejected: tuple[str, ...]


def _outcome(entries: Iterable[Entry]) -> Outcome:
    outcomes = [entry.finding.outcome for entry in entries]
    if Outcome.FAILS in outcomes:
        return Outcome.FAILS
    if not outcomes or Outcome.UNCLEAR in outcomes:
        return Outcome.UNCLEAR
    return Outcome.HOLDS


def _positive(entries: Iterable[Entry]) -> Verdict:
    proved = any(entry.check.proves for entry in entries)
    return Verdict.PROVED if proved else Verdict.SUPPORTED


def _mutants(entries: Sequence[Entry]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    tried = dict.fromkeys(entry.form.name for entry in entries if entry.role is Role.MUTANT)
    rejected = {
        entry.form.name
        for entry in entries
        if entry.role is Role.MUTANT and entry.finding.outcome is Outcome.FAILS
    }
    return tuple(tried), tuple(name for name in tried if name in rejected)


def _idle_check(entries: Sequence[Entry]) -> str | None:
    """Return the name of a check that was never seen to reject a wrong form."""
    used = {entry.check.name for entry in entries}
    able = {
        entry.check.name
        for entry in entries
        if entry.finding.outcome is Outcome.FAILS and entry.role in (Role.MUTANT, Role.PRINTED)
    }
    return next(iter(sorted(used - able)), None)


def judge(
    entries: Sequence[Entry], counterexample: Counterexample | None, *, empirical: bool = False
) -> Judgement:
    """Return the verdict that the findings support."""
    tried, rejected = _mutants(entries)
    by_role = {role: [entry for entry in entries if entry.role is role] for role in Role}

    def judgement(verdict: Verdict, reason: str, corrected: Verdict | None = None) -> Judgement:
        return Judgement(verdict, reason, corrected, tried, rejected)

    def undecided(reason: str) -> Judgement:
        return judgement(Verdict.UNDECIDED, reason)

    printed = _outcome(by_role[Role.PRINTED])
    if printed is Outcome.UNCLEAR:
        return undecided("no clear finding on the printed form")
    survivors = [name for name in tried if name not in rejected]
    if survivors:
        return undecided(f"mutant not rejected: {survivors[0]}")
    if not tried:
        return undecided("no mutant was tried")
    idle = _idle_check(entries)
    if idle is not None:
        return undecided(f"check {idle!r} rejects no wrong form")
    if printed is Outcome.HOLDS:
        inert = by_role[Role.INERT]
        if inert:
            if _outcome(inert) is Outcome.HOLDS:
                return judgement(
                    Verdict.VACUOUS, "the printed form and all variants of the term hold alike"
                )
            if _outcome(inert) is Outcome.UNCLEAR:
                return undecided("no clear finding on the variants of the term")
        if empirical:
            return judgement(Verdict.REPRODUCED, "the experiment shows what is printed")
        return judgement(_positive(by_role[Role.PRINTED]), "the printed form holds")
    if empirical:
        return judgement(Verdict.NOT_REPRODUCED, "the experiment does not show what is printed")
    if counterexample is None:
        return undecided("the printed form fails, but no counterexample was found")
    corrected = by_role[Role.CORRECTED]
    if not corrected:
        return judgement(Verdict.REFUTED, "the printed form has a counterexample")
    if _outcome(corrected) is Outcome.HOLDS:
        return judgement(
            Verdict.CORRECTED,
            "the printed form has a counterexample; the corrected form holds",
            _positive(corrected),
        )
    if _outcome(corrected) is Outcome.UNCLEAR:
        return undecided("no clear finding on the corrected form")
    return judgement(Verdict.REFUTED, "the printed form and the offered correction both fail")

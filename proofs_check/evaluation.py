"""Put every form of one claim to every check and write down what was found."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from proofs_check.claim import (
    Check,
    Claim,
    Counterexample,
    DerivationStep,
    Finding,
    Form,
    Forms,
    Outcome,
    Role,
)
from proofs_check.committed_certificate import certificate_of
from proofs_check.verdict import Entry, Verdict, judge
from symbolic.console import plain_numbers

#: The record of a claim, as in ``--json`` and in the report.
Record = dict[str, Any]


def _roles(forms: Forms) -> Iterator[tuple[Role, Form]]:
    yield Role.PRINTED, forms.printed
    if forms.corrected is not None:
        yield Role.CORRECTED, forms.corrected
    for form in forms.mutants:
        yield Role.MUTANT, form
    for form in forms.inert:
        yield Role.INERT, form


def _run(check: Check, form: Form) -> Finding | None:
    if isinstance(form.content, Exception):
        return Finding(Outcome.UNCLEAR, f"The forms could not be stated: {form.content}")
    try:
        return check.run(form)
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        return Finding(
            Outcome.UNCLEAR,
            f"The check raised {type(error).__name__} in {place.name}: {error}",
        )


def _entry_record(entry: Entry) -> Record:
    finding = entry.finding
    return {
        "check": entry.check.name,
        "question": entry.check.question,
        "exact": entry.check.exact,
        "proves": entry.check.proves,
        "role": entry.role.value,
        "form": entry.form.name,
        "form_statement": entry.form.statement,
        "outcome": finding.outcome.value,
        "statement": finding.statement,
        "measured": finding.measured,
        "predicted": finding.predicted,
        "criterion": finding.criterion,
        "rtol": finding.rtol,
        "atol": finding.atol,
        "data": finding.data,
    }


def _counterexample_record(found: Counterexample | None) -> Record | None:
    if found is None:
        return None
    return {
        "statement": found.statement,
        "data": found.data,
        "exact": found.exact,
        "found_by": found.found_by,
        "rtol": found.rtol,
        "atol": found.atol,
    }


def _unstated(error: Exception) -> Forms:
    return Forms(Form("printed", f"not stated: {type(error).__name__}: {error}", error))


def _derivation(claim: Claim) -> tuple[Sequence[DerivationStep], str]:
    """Return the steps of the derivation, and what went wrong in making them."""
    if claim.derivation is None:
        return (), ""
    try:
        return claim.derivation(), ""
    except Exception as error:
        return (), f"the derivation raised {type(error).__name__}: {error}"


def _search(claim: Claim) -> tuple[Counterexample | None, str]:
    if claim.counterexample is None:
        return None, ""
    try:
        return claim.counterexample(), ""
    except Exception as error:
        return None, f"; the search raised {type(error).__name__}: {error}"


def evaluate(claim: Claim) -> Record:
    """Return the record of ``claim``: findings, mutants, counterexample and computed verdict.

    An exception, in a check or in stating the forms, becomes an unclear finding, hence the verdict
    ``undecided``; it never passes for evidence.
    """
    try:
        forms = claim.forms()
    except Exception as error:
        forms = _unstated(error)
    entries: list[Entry] = []
    for role, form in _roles(forms):
        for check in claim.checks:
            finding = _run(check, form)
            if finding is not None:
                entries.append(Entry(check, role, form, finding))
    fails = any(
        entry.role is Role.PRINTED and entry.finding.outcome is Outcome.FAILS for entry in entries
    )
    counterexample, trouble = _search(claim) if fails else (None, "")
    judgement = judge(entries, counterexample, empirical=claim.empirical)
    corrected = None
    if judgement.corrected is not None and forms.corrected is not None:
        corrected = {
            "statement": forms.corrected.statement,
            "verdict": judgement.corrected.value,
        }
    sampled = claim.sampled_over if isinstance(claim.sampled_over, str) else claim.sampled_over()
    derivation, broken = _derivation(claim)
    if broken:
        judgement = replace(judgement, verdict=Verdict.UNDECIDED, reason=broken)
        corrected = None
    record = {
        "id": claim.id,
        "title": claim.title,
        "paper": claim.paper,
        "equation": claim.equation,
        "printed": {
            "text": claim.printed.text,
            "file": claim.printed.file,
            "line": claim.printed.line,
        },
        "statement": forms.printed.statement,
        "verdict": judgement.verdict.value,
        "reason": judgement.reason + trouble,
        "corrected": corrected,
        "quantifiers": {"claimed": claim.claimed_over, "sampled": sampled},
        "evidence": [_entry_record(entry) for entry in entries],
        "mutants": {"tried": judgement.tried, "rejected": judgement.rejected},
        "depends": claim.depends,
        "counterexample": _counterexample_record(counterexample),
        "derivation": [{"text": step.text, "latex": step.latex} for step in derivation],
        "remark": claim.remark,
        "certificate": certificate_of(claim.id),
    }
    return plain_numbers(record)

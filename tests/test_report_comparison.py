"""The comparison of two reports: verdicts exactly, numbers within their stated tolerance."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from report_records import records

from reports.comparison import report_differences, settled


def _report() -> dict[str, Any]:
    return {"claims": records(), "exhibits": []}


def test_equal_reports_do_not_differ() -> None:
    assert report_differences(_report(), _report()) == []


def test_a_changed_verdict_is_found_first() -> None:
    changed = _report()
    changed["claims"][1]["verdict"] = "refuted"
    changed["claims"][1]["reason"] = "other"
    found = report_differences(_report(), changed)
    assert found[0] == "lyu.thm3.hb.verdict: 'refuted', was 'corrected'"
    assert len(found) == 2


@pytest.mark.parametrize(("factor", "differs"), [(1 + 0.9e-4, False), (1 + 1.2e-4, True)])
def test_numbers_differ_beyond_their_own_tolerance(factor: float, differs: bool) -> None:
    changed = _report()
    changed["claims"][1]["evidence"][1]["measured"] *= factor
    assert bool(report_differences(_report(), changed)) is differs


@pytest.mark.parametrize(("factor", "differs"), [(1 + 0.9e-4, False), (1 + 1.2e-4, True)])
def test_the_tolerance_holds_inside_the_data(factor: float, differs: bool) -> None:
    changed = _report()
    figure = changed["claims"][1]["evidence"][1]["data"]["figure"]
    figure["series"][0]["y"][0] *= factor
    assert bool(report_differences(_report(), changed)) is differs


def test_numbers_in_sentences_have_the_tolerance_too() -> None:
    old, near, far = (_report() for _ in range(3))
    for report, number in ((old, "2.00012"), (near, "2.00013"), (far, "2.10012")):
        report["claims"][1]["evidence"][0]["statement"] = f"order {number} over 40 cases"
    assert report_differences(old, near) == []
    assert len(report_differences(old, far)) == 1


def test_counts_in_sentences_are_exact() -> None:
    changed = _report()
    changed["claims"][0]["quantifiers"]["sampled"] = "41 problems"
    assert len(report_differences(_report(), changed)) == 1


@pytest.mark.parametrize("missing", [0, 2])
def test_missing_and_new_claims_are_named(missing: int) -> None:
    fewer = _report()
    name = fewer["claims"].pop(missing)["id"]
    assert report_differences(_report(), fewer) == [f"{name}: missing, was in the report"]
    assert report_differences(fewer, _report()) == [f"{name}: new, not in the report"]


def test_a_missing_field_is_named() -> None:
    changed = _report()
    del changed["claims"][1]["evidence"][0]["measured"]
    assert "measured: missing" in report_differences(_report(), changed)[0]


def test_none_is_not_a_number() -> None:
    changed = _report()
    changed["claims"][1]["evidence"][1]["measured"] = None
    assert len(report_differences(_report(), changed)) == 1


def test_settled_keeps_what_agrees_and_takes_what_does_not() -> None:
    old, new = _report(), deepcopy(_report())
    new["claims"][0]["evidence"][0]["measured"] = "1"
    new["claims"][1]["evidence"][1]["measured"] *= 1 + 1e-9
    result = settled(old, new)
    assert result["claims"][0] is new["claims"][0]
    assert result["claims"][1] is old["claims"][1]
    assert settled(None, new) == new

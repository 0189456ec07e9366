"""The chapter shows what is proved as it is found: bounds stay bounds, refusals are seen."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from report_records import records

from proofs_check import evaluation, evidence, with_proof
from proofs_check.committed_certificate import FOLDER, certificate_of
from proofs_check.registry import all_claims
from proofs_check.with_proof import certificate_sections, inequality_sections
from reports.page import html_page, markdown_page
from reports.view import build

THEOREM_3 = {
    "distance to the printed prediction, at least": "2.36399",
    "distance to the corrected prediction, at most": "6.15101e-02",
    "steps": 3,
}


def inequality(method: str, case: str, **changes: Any) -> dict[str, Any]:
    claim = f"lyu.thm3.{method}.discrete"
    base = {"id": f"{claim}:{case}", "claim": claim, "proved": True, "numbers": THEOREM_3}
    return base | {"statement": "so much is more than that"} | changes


def sections(*found: dict[str, Any]) -> list[dict[str, Any]]:
    return inequality_sections({"id": "inequalities", "inequalities": list(found)})


def test_bounds_are_rounded_to_the_side_on_which_they_are_bounds() -> None:
    (section,) = sections(inequality("hb", "n=1,d=2,eta=1/100"), inequality("nag", "n=1,d=2"))
    first, second = section["table"]["rows"]
    assert first == ["hb, $n = 1$, $d = 2$, $\\eta = 1/100$", "$2.36$", "$0.0616$", "yes"]
    assert second[0].startswith("nag, ")
    assert "All are proved." in section["text"]


@pytest.mark.parametrize("name", ["x, at least", "x, at most"])
@pytest.mark.parametrize("text", ["2.36399", "4.09e-03", "4.0911e-56", "9.9999", "1234567"])
def test_a_bound_with_fewer_digits_is_a_bound(name: str, text: str) -> None:
    shown = with_proof._bound(name, text).strip("$").replace(r" \cdot 10^{", "e").replace("}", "")
    least = name.endswith("least")
    low, high = (Fraction(shown), Fraction(text)) if least else (Fraction(text), Fraction(shown))
    assert low <= high <= low * Fraction(102, 100)


def test_what_is_not_proved_is_seen() -> None:
    refused = inequality("hb", "n=1", proved=False, numbers={}, statement="not proved: too long")
    first, others = sections(inequality("hb", "n=2", proved=False), refused)
    assert "Only 0 of 1" in first["text"]
    assert first["table"]["rows"][0][-1] == "not proved"
    assert others["table"]["rows"] == [[f"`{refused['id']}`", "not proved: too long", "not proved"]]


def certified(**changes: Any) -> list[dict[str, Any]]:
    found = {"kind": "rational", "statement": "$x$ is not $y$", "valid": True, "reason": "valid"}
    shown = records()
    shown[1]["certificate"] = found | changes
    return shown


def test_pages_say_whether_a_certificate_is_accepted() -> None:
    (section,) = certificate_sections(certified())
    assert "accepts all 1" in section["text"]
    assert section["table"]["rows"] == [["$x$ is not $y$ (`lyu.thm3.hb`)", "fractions", "yes"]]
    view = build(certified())
    for page in (html_page(view), markdown_page(view)):
        assert page.count("With certificate:") == 1


def test_pages_show_a_certificate_that_is_refused() -> None:
    wrong = certified(valid=False, reason="invalid: not so: plus fails")
    (section,) = certificate_sections(wrong)
    assert "does not accept `lyu.thm3.hb`" in section["text"]
    assert section["table"]["rows"][0][-1] == "invalid: not so: plus fails"
    view = build(wrong)
    for page in (html_page(view), markdown_page(view)):
        assert "is not accepted" in page
        assert "plus fails" in page
        assert "With certificate:" not in page


def test_without_certificates_there_is_no_section() -> None:
    assert certificate_sections(records()) == []


def test_a_record_carries_the_verifier_s_answer() -> None:
    record = evaluation.evaluate(all_claims()["lyu.q.rich"])
    assert record["certificate"] == certificate_of("lyu.q.rich")
    assert record["certificate"]["valid"] is True
    assert evaluation.evaluate(all_claims()["lyu.q.kernel"])["certificate"] is None


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"data": {"theta": 1, "xi": "1/10000", "bound": 3}}, "invalid"),
        ({"claim": "lyu.prop2"}, "cannot be read"),
        ({"data": {}}, "cannot be read"),
    ],
)
def test_a_changed_certificate_is_refused(
    tmp_path: Path, change: dict[str, Any], word: str
) -> None:
    certificate = json.loads((FOLDER / "lyu.q.rich.json").read_text(encoding="utf-8"))
    (tmp_path / "lyu.q.rich.json").write_text(json.dumps(certificate | change), encoding="utf-8")
    found = certificate_of("lyu.q.rich", tmp_path)
    assert found is not None
    assert not found["valid"]
    assert found["reason"].startswith(word)


def test_a_certificate_of_another_claim_shows_nothing(tmp_path: Path) -> None:
    path = tmp_path / "lyu.gd-start.json"
    path.write_bytes((FOLDER / "lyu.q.rich.json").read_bytes())
    found = certificate_of("lyu.gd-start", tmp_path)
    assert found is not None
    assert not found["valid"]


def test_evidence_belongs_to_the_certificates_too(tmp_path: Path) -> None:
    folder = tmp_path / "proofs_check" / "certificates"
    folder.mkdir(parents=True)
    (folder / "x.json").write_text("{}")
    before = evidence.sources_key.__wrapped__(tmp_path)
    (folder / "x.json").write_text("[]")
    assert evidence.sources_key.__wrapped__(tmp_path) != before

"""Evidence is kept by the hash of its sources, resumed, ignored on demand, never half-written."""

import json
import shutil
from pathlib import Path

import pytest

from proofs_check import evidence, runner
from proofs_check.claim import Check, Claim, Finding, Form, Forms, Outcome, Quotation
from proofs_check.verdict import Verdict


@pytest.fixture
def suite(monkeypatch, tmp_path):
    """Replace the claims by two small ones, the second resting on the first, and count the runs."""
    runs = []
    outcome = {"first": Outcome.HOLDS, "second": Outcome.HOLDS}

    def claim_called(name, depends=()):
        def run(form):
            if form.content is None:
                return Finding(Outcome.FAILS, "a mutant")
            runs.append(name)
            return Finding(outcome[name], "seen", measured=1.0)

        forms = Forms(Form("printed", "p", name), mutants=(Form("mutant", "m"),))
        return Claim(
            id=name,
            title="t",
            paper="p",
            equation="(1)",
            printed=Quotation("f", 1, "text"),
            claimed_over="all",
            sampled_over="some",
            forms=lambda: forms,
            checks=(Check("check", "is it?", run),),
            depends=depends,
        )

    claims = {"first": claim_called("first"), "second": claim_called("second", ("first",))}
    for module in ("proofs_check.registry", "proofs_check.runner"):
        monkeypatch.setattr(f"{module}.all_claims", lambda: claims)
    monkeypatch.setattr(evidence, "CACHE", tmp_path / "cache")
    return claims, runs, outcome


def test_stored_evidence_is_used_and_can_be_ignored(suite):
    claims, runs, _ = suite
    first = runner.run_claims(list(claims.values()), jobs=1)
    assert runs == ["first", "second"]
    assert runner.run_claims(list(claims.values()), jobs=1) == first
    assert runs == ["first", "second"]
    assert runner.run_claims(list(claims.values()), jobs=1, fresh=True) == first
    assert runs == ["first", "second"] * 2


def test_what_is_shown_besides_is_kept_like_claims(suite, monkeypatch):
    claims, runs, _ = suite

    def compute():
        runs.append("exhibit")
        return {"id": "exhibit", "rows": [1]}

    monkeypatch.setattr("proofs_check.shown.SHOWN", {"exhibit": compute})
    told = []
    for fresh in (False, False, True):
        found = runner.run_evidence(
            [claims["second"]],
            ["exhibit"],
            fresh=fresh,
            jobs=1,
            progress=lambda done, total, record, _: told.append((done, total, record["id"])),
        )
        assert found["exhibit"] == {"id": "exhibit", "rows": [1]}
        assert set(found) == {"first", "second", "exhibit"}
    assert sorted(runs) == sorted(["exhibit", "first", "second"] * 2)
    assert told[2][:2] == told[-1][:2] == (3, 3)


def test_an_interrupted_run_keeps_what_was_finished(suite):
    claims, runs, _ = suite

    def stop_after_one(done, total, record, seconds):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        runner.run_claims(list(claims.values()), jobs=1, progress=stop_after_one)
    runner.run_claims(list(claims.values()), jobs=1)
    assert runs == ["first", "second"]


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"key": "other", "record": {}}'])
def test_damaged_or_foreign_evidence_is_recomputed(suite, damage):
    claims, runs, _ = suite
    runner.run_claims([claims["first"]], jobs=1)
    (evidence.CACHE / "first.json").write_text(damage)
    runner.run_claims([claims["first"]], jobs=1)
    assert runs == ["first", "first"]
    assert json.loads((evidence.CACHE / "first.json").read_text())["record"]["id"] == "first"


def test_a_claim_that_rests_on_an_undecided_one_is_undecided(suite):
    claims, _, outcome = suite
    outcome["first"] = Outcome.UNCLEAR
    (record,) = runner.run_claims([claims["second"]], jobs=1)
    assert record["verdict"] == Verdict.UNDECIDED
    assert "first" in record["reason"]


@pytest.mark.parametrize("room", ["symbolic", "numeric", "proofs_check"])
def test_any_edit_of_a_source_changes_the_key(tmp_path, room):
    root = Path(evidence.ROOT)
    for name in ("symbolic", "numeric", "proofs_check", "requirements"):
        shutil.copytree(root / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    before = evidence.sources_key.__wrapped__(tmp_path)
    assert evidence.sources_key.__wrapped__(tmp_path) == before
    source = next((tmp_path / room).rglob("*.py"))
    source.write_text(source.read_text() + "\n# edited\n")
    assert evidence.sources_key.__wrapped__(tmp_path) != before

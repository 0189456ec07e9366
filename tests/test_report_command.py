"""``python -m reports``: what it prints, its exit codes, and that --check can fail."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from report_records import records

import reports.__main__ as command
from reports import writing


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Three made-up claims in place of the real ones, and a folder of their own."""
    made_up = {"claims": records()[:2], "exhibits": []}
    monkeypatch.setattr(command, "_evaluate", lambda *, fresh: json.loads(json.dumps(made_up)))
    for function in (writing.read_report, writing.write_report):
        defaults = tuple(tmp_path if d is writing.PAGES else d for d in function.__defaults__ or ())
        monkeypatch.setattr(function, "__defaults__", defaults)
    return made_up


def test_prints_the_path_of_the_page_last(
    report: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main([]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == str(tmp_path / "mirrorcheck.html")
    assert (tmp_path / "mirrorcheck.md").is_file()


def test_undecided_claims_are_named(
    report: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    report["claims"].append(records()[2])
    assert command.main([]) == 1
    assert "undecided: lyu.prop4" in capsys.readouterr().err


def test_check_agrees_then_differs(
    report: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command.main([])
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert command.main(["--check"]) == 0
    report["claims"][0]["verdict"] = "refuted"
    capsys.readouterr()
    assert command.main(["--check"]) == 1
    assert "lyu.q.rich.verdict: 'refuted', was 'proved'" in capsys.readouterr().out
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_rerun_within_tolerance_changes_nothing(report: dict[str, Any], tmp_path: Path) -> None:
    command.main([])
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    report["claims"][1]["evidence"][1]["measured"] *= 1 + 1e-9
    command.main([])
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_check_without_a_report_is_bad_input(
    report: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        command.main(["--check"])
    assert stopped.value.code == 2
    assert "received none" in capsys.readouterr().err


def test_json_on_standard_output_is_json_alone(
    report: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    command.main(["--json", "-"])
    assert [claim["id"] for claim in json.loads(capsys.readouterr().out)["claims"]] == [
        "lyu.q.rich",
        "lyu.thm3.hb",
    ]


def test_json_file_has_the_contract_s_fields(report: dict[str, Any], tmp_path: Path) -> None:
    command.main(["--json", str(tmp_path / "out.json")])
    for claim in json.loads((tmp_path / "out.json").read_text())["claims"]:
        assert {"id", "paper", "equation", "printed", "verdict", "corrected", "quantifiers"} <= set(
            claim
        )
        assert {"evidence", "mutants", "depends", "counterexample"} <= set(claim)


def test_unknown_option_is_bad_input() -> None:
    with pytest.raises(SystemExit) as stopped:
        command.main(["--nonsense"])
    assert stopped.value.code == 2

"""Every inequality is proved; the command says so, and fails where one is not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from proofs_check import inequalities
from proofs_check.inequality import Inequality
from proofs_check.with_proof import inequality_sections
from symbolic.console import UserError

ROOT = Path(__file__).resolve().parent.parent


def _command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "proofs_check", "--certify", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_inequality_is_proved_and_has_a_table() -> None:
    records = inequalities.compute()["inequalities"]
    assert [record["id"] for record in records if not record["proved"]] == []
    assert len({record["id"] for record in records}) == len(records)
    sections = inequality_sections({"inequalities": records})
    assert sum(len(section["table"]["rows"]) for section in sections) == len(records)
    assert all("others" not in section["title"] for section in sections)


def test_the_command_prints_a_line_each_and_writes_them(tmp_path: Path) -> None:
    target = tmp_path / "inequalities.json"
    done = _command("lyu.prop2", "--json", str(target))
    assert done.returncode == 0, done.stderr
    records = json.loads(target.read_text())["certificates"]
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines] == [record["id"] for record in records]
    assert all(record["statement"] in line for record, line in zip(records, lines, strict=True))
    assert all("radius" in line for line in lines)


@pytest.mark.parametrize("pattern", ["lyu.thm4", "lyu.fig1a"])
def test_what_has_no_inequality_is_bad_input(pattern: str) -> None:
    with pytest.raises(UserError, match=pattern):
        inequalities.tried([pattern])


def test_what_is_not_proved_ends_with_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from proofs_check.__main__ import main

    def refused() -> Any:
        raise UserError(expected="a proof", received="none", remedy="run longer")

    cases = [Inequality("lyu.prop2", "refused", refused)]
    monkeypatch.setattr(inequalities, "inequalities", lambda: iter(cases))
    assert main(["--certify", "lyu.prop2"]) == 1
    printed = capsys.readouterr().out
    assert "NOT PROVED" in printed
    assert "run longer" in printed

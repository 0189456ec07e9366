"""The linters are part of the suite: what they find is a failure like any other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = Path(sys.executable).parent

COMMANDS = {
    "ruff check": ("ruff", "check", "--no-cache", "--output-format=concise"),
    "ruff format": ("ruff", "format", "--no-cache", "--check"),
    "basedpyright": ("basedpyright", "--level", "error"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_linter_finds_nothing(name: str) -> None:
    program, *arguments = COMMANDS[name]
    result = subprocess.run(
        [SCRIPTS / program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout[-6000:] + result.stderr[-2000:]


def test_linters_can_fail(tmp_path: Path) -> None:
    bad = tmp_path / "bad.py"
    bad.write_text("import os\nx: int = 'one'\n")
    for program, *arguments in (COMMANDS["ruff check"], COMMANDS["basedpyright"]):
        result = subprocess.run(
            [SCRIPTS / program, *arguments, bad], cwd=tmp_path, capture_output=True, check=False
        )
        assert result.returncode == 1, program

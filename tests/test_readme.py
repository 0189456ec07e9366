"""The README's commands run, print what it shows, and name what the evidence says."""

from __future__ import annotations

import doctest
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
#: Numbers that depend on where rounding stops a run stand in lines that begin with these words.
ROUNDING = ("run", "check")
#: The shown digits are settled by the step size, not by rounding: they repeat to this.
RELATIVE = 2e-3


def console_blocks() -> list[tuple[str, str]]:
    """The (command, output) pairs of the README."""
    blocks = re.findall(r"```console\n\$ (.*?)\n(.*?)```", README, re.DOTALL)
    assert blocks
    return blocks


def number(token: str) -> float | None:
    """The token as a number, punctuation removed, or None."""
    try:
        return float(token.strip(",;()"))
    except ValueError:
        return None


def same(shown: str, printed: str) -> bool:
    """Whether two tokens agree: numbers to `RELATIVE` and the last digit shown, words exactly."""
    a, b = number(shown), number(printed)
    if a is None or b is None:
        return shown == printed
    return abs(a - b) <= max(RELATIVE * abs(a), 2e-6)


@pytest.mark.parametrize(("command", "shown"), console_blocks(), ids=lambda text: text[:40])
def test_console_example(command: str, shown: str) -> None:
    words = shlex.split(command)
    assert words[0] == "python"
    done = subprocess.run(
        [sys.executable, *words[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    lines = [line for line in shown.splitlines() if line.strip()]
    printed = [line for line in done.stdout.splitlines() if line.strip()]
    assert len(lines) == len(printed)
    for line, found in zip(lines, printed, strict=True):
        if line.startswith(ROUNDING):
            assert found.startswith(" ".join(line.split()[:1]))
            continue
        pairs = zip(line.split(), found.split(), strict=True)
        assert all(same(a, b) for a, b in pairs), (line, found)


@pytest.mark.parametrize("block", re.findall(r"```pycon\n(.*?)```", README, re.DOTALL))
def test_python_example(block: str) -> None:
    test = doctest.DocTestParser().get_doctest(block, {}, "README", "README.md", 0)
    assert doctest.DocTestRunner().run(test).failed == 0


def test_what_is_said_to_be_wrong_is_what_the_evidence_says() -> None:
    report = json.loads((ROOT / "reports/pages/mirrorcheck.json").read_text(encoding="utf-8"))
    verdicts = {claim["id"]: claim["verdict"] for claim in report["claims"]}
    part = README.split("## What is wrong in print")[1].split("\n## ")[0]
    named = re.findall(r"`((?:lyu|papazov)\.[a-z0-9.-]+)`: (not\s+reproduced|\w+)", part)
    assert len(named) >= 16
    for name, words in named:
        verdict = " ".join(words.split())
        parts = [v for key, v in verdicts.items() if key == name or key.startswith(f"{name}.")]
        assert verdict in parts, (name, verdict, parts)


def test_pictures_and_pages_exist() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_readme_is_true_about_the_commands() -> None:
    shown = set(re.findall(r"python -m (symbolic|numeric|proofs_check|reports)", README))
    assert shown == {"symbolic", "numeric", "proofs_check", "reports"}

"""Who edits a formula sees the verdict change: in a copy of the sources one sign is flipped."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("symbolic", "numeric", "proofs_check", "requirements")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of everything that a verdict is computed from."""
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def verdicts(folder: Path, *patterns: str) -> dict[str, str]:
    """Verdicts by claim, computed by the command in ``folder`` from the sources there."""
    # A finished process and no bytecode: an edit within the same second is seen as well.
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "proofs_check", *patterns, "--jobs", "1", "--json", "-"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    assert (folder / ".cache").is_dir(), "evidence belongs beside the sources that gave it"
    return {claim["id"]: claim["verdict"] for claim in json.loads(done.stdout)["claims"]}


def edit(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_sign_of_the_linear_term(copy: Path) -> None:
    before = verdicts(copy, "lyu.prop2")
    assert before["lyu.prop2"] == "corrected"
    edit(
        copy,
        "symbolic/implicit_bias.py",
        "return -HyperbolicEntropy(THETA_0, XI).gradient",
        "return +HyperbolicEntropy(THETA_0, XI).gradient",
    )
    # The correction now fails as the print does. Stored evidence does not hide it.
    assert verdicts(copy, "lyu.prop2") != before


def test_sign_in_the_recursion(copy: Path) -> None:
    before = verdicts(copy, "lyu.prop1.hb")
    assert before["lyu.prop1.hb"] in ("proved", "supported")
    edit(
        copy,
        "symbolic/two_step.py",
        "return x + mu * (x - previous) - eta * gradient(look_ahead(x, previous, kappa))",
        "return x - mu * (x - previous) - eta * gradient(look_ahead(x, previous, kappa))",
    )
    assert verdicts(copy, "lyu.prop1.hb") != before

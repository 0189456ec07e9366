"""What the documentation shows works as shown."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from proofs_check.evaluation import evaluate
from proofs_check.verdict import Verdict

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")


def module(name: str, source: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module made from a snippet, importable under its name until the test ends."""
    made = ModuleType(name)
    monkeypatch.setitem(sys.modules, name, made)
    exec(compile(source, name, "exec"), made.__dict__)
    return made


def snippets() -> list[str]:
    """Python snippets of CONTRIBUTING: the formula, then the claim."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


def test_claim_of_contributing_is_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    formula, claim = snippets()
    module("symbolic.steady_step", formula, monkeypatch)
    (example,) = module("example_claim", claim, monkeypatch).CLAIMS
    record = evaluate(example)
    assert record["verdict"] == Verdict.PROVED
    assert record["mutants"]["tried"] == record["mutants"]["rejected"] != 0


def test_claim_of_contributing_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    formula, claim = snippets()
    module("symbolic.steady_step", formula.replace("1 - MU", "1 + MU"), monkeypatch)
    (example,) = module("example_claim", claim, monkeypatch).CLAIMS
    assert evaluate(example)["verdict"] == Verdict.UNDECIDED


def test_every_verdict_is_explained() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert not [verdict for verdict in Verdict if f"`{verdict.value}`" not in text]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_targets_that_are_named_exist(document: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    text = (ROOT / document).read_text(encoding="utf-8")
    named = set(re.findall(r"(?:`|^    )make ([a-z-]+)", text, re.MULTILINE))
    assert named <= targets


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_into_the_repository_lead_somewhere(document: str) -> None:
    links = re.findall(r"\]\((?!\w+:|#)([^)#]+)", (ROOT / document).read_text(encoding="utf-8"))
    assert not [link for link in links if not (ROOT / link).exists()]

"""Formulas on the page of the exact theorem have residuals that vanish, or it says otherwise."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import sympy as sp
from report_records import records

from proofs_check.one_theorem import blocks, parts
from reports.mathml import mathml
from reports.writing import write_report
from symbolic.discrete_theorem import EXCESS
from symbolic.displays import Display, Part, equation, residuals_of
from symbolic.exact import decide_zero
from symbolic.one_theorem import (
    EXCESS_NOW,
    _end_residuals,
    _signs,
    at_the_end,
    recursion,
    step_identity,
)

PARTS = parts()
DISPLAYS = [
    (f"{part.title}: {name}", display) for part in PARTS for name, display in part.displays.items()
]


@pytest.mark.parametrize(("name", "display"), DISPLAYS, ids=[name for name, _ in DISPLAYS])
def test_displayed_formula_is_checked_and_can_be_drawn(name: str, display: Display) -> None:
    assert all(decide_zero(residual).zero for residual in display.residual)
    assert "<math" in mathml(display.latex, display=True)
    assert "evaluate" not in display.latex


def test_only_definitions_go_unchecked() -> None:
    bare = {name for name, display in DISPLAYS if not display.residual}
    assert bare == {"Setting: excess", "Setting: sums"}


def test_every_place_is_filled() -> None:
    for part in PARTS:
        shown = [block for block in blocks(part) if "latex" in block]
        assert [block["name"] for block in shown] == list(part.displays) or len(shown) == len(
            part.displays
        )
        assert not any("[[" in block.get("text", "") for block in blocks(part))


def test_wrong_sign_leaves_a_residual() -> None:
    right = step_identity().subs(EXCESS_NOW, EXCESS)
    wrong = equation(right.lhs, -right.rhs)
    assert all(decide_zero(residual).zero is False for residual in _signs(wrong))
    assert all(residual == 0 for residual in _signs(right))
    moved = equation(recursion().lhs, 2 * recursion().rhs)
    assert all(decide_zero(residual).zero is False for residual in _signs(moved))
    end = at_the_end()
    assert any(_end_residuals(equation(end.lhs, 2 * end.rhs)))


def test_a_wrong_formula_is_reported() -> None:
    x = sp.Symbol("x", positive=True)
    part = Part("proof", "p", "[[one]]", {"one": Display(equation(x, 2 * x), (x,))})
    (block,) = blocks(part)
    assert block["outcome"] == "not zero"
    assert residuals_of([part]) == {"p: one": (x,)}


def test_display_without_a_place_is_refused() -> None:
    with pytest.raises(ValueError, match="without a place"):
        Part("proof", "p", "words", {"one": Display(equation(1, 1))})


def _record(**changes: Any) -> dict[str, Any]:
    passages = [
        {"kind": part.kind, "title": part.title, "number": None, "blocks": list(blocks(part))}
        for part in PARTS[:3]
    ]
    passages.append({**passages[0], "kind": "corollary", "number": 1, "title": "What follows"})
    record = {
        "id": "one-theorem",
        "title": "One theorem",
        "parts": passages,
        "formulas": 20,
        "residuals": 31,
        "open": [],
        "evidence": [],
    }
    return record | changes


def _pages(folder: Path, **changes: Any) -> tuple[str, str]:
    runs = [{"run": "GD", "mu": 0.0, "kappa": 0.0, "eta": 0.1, "steps": 7, "sign changes": 0}]
    runs[0] |= {"scale": 3e-59, "out of the row space": 0.0}
    claims = records()
    claims[0]["evidence"][0]["data"] = {"runs": runs}
    write_report({"claims": claims, "theorems": [_record(**changes)]}, folder)
    return (folder / "one-theorem.html").read_text(), (folder / "one-theorem.md").read_text()


def test_page_shows_theorem_corollaries_and_runs(tmp_path: Path) -> None:
    page, text = _pages(tmp_path)
    assert "all 31 residuals behind them are zero" in " ".join(page.split())
    for words in ("Theorem", "Proof", "Corollary 1", "What follows"):
        assert words in page
        assert words in text
    assert "10^{-58}" in text
    assert "tex-source" not in page.partition("</style>")[2]
    assert "$" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    assert 'href="one-theorem.html"' in (tmp_path / "mirrorcheck.html").read_text()


def test_page_says_what_is_open(tmp_path: Path) -> None:
    page, _ = _pages(tmp_path, open=["identity"])
    assert "not all of the 31 residuals" in " ".join(page.split())
    assert "identity" in page

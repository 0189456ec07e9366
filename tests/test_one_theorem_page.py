"""Formulas on the page of the exact theorem have residuals that vanish, or it says otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sympy as sp
from report_records import records

from proofs_check.one_theorem import blocks, parts
from reports.mathml import mathml
from reports.writing import write_report
from symbolic.discrete_theorem import theorem_residuals
from symbolic.displays import Display, Part, equation, minus, product, without_orders
from symbolic.exact import decide_zero

PARTS = parts()
DISPLAYS = [
    (f"{part.title}: {name}", display) for part in PARTS for name, display in part.displays.items()
]


@pytest.mark.parametrize(("name", "display"), DISPLAYS, ids=[name for name, _ in DISPLAYS])
def test_displayed_formula_is_checked_and_can_be_drawn(name: str, display: Display) -> None:
    assert all(decide_zero(residual).zero for residual in display.residual)
    assert "<math" in mathml(display.latex, display=True)
    assert "evaluate" not in display.latex


def wrong_versions(formula: Any) -> Iterator[tuple[str, Any]]:
    """The formula with its right side changed as a whole, by symbol, and in its ranges."""
    # What is neglected is left out: its size is not what a residual decides.
    left, right = formula.lhs, without_orders(formula.rhs)
    yield "twice the right side", equation(left, product(sp.Integer(2), right))
    yield "sign of the right side", equation(left, minus(right))
    ranged = right.atoms(sp.Sum, sp.Integral, sp.Product)
    bound = {name for one in ranged for name in one.variables}
    for symbol in sorted(right.free_symbols - bound, key=str):
        twice = {symbol: product(sp.Integer(2), symbol)}
        yield f"2 {symbol}", equation(left, right.xreplace(twice))
    for one in ranged:
        ((name, _, high),) = one.limits
        later = one.func(one.function, (name, 1, high))
        yield "range", equation(left, right.xreplace({one: later}))
        yield "term", equation(left, right.xreplace({one: one.func(2 * one.function, *one.limits)}))


def shown_as_right(display: Display, formula: Any) -> bool:
    """Whether every residual of a formula, in place of the displayed one, is found to be zero."""
    try:
        residuals = Display(formula, display.prove).residual
    except ValueError:
        return False
    return all(decide_zero(sp.sympify(residual)).zero is True for residual in residuals)


@pytest.mark.parametrize(("name", "display"), DISPLAYS, ids=[name for name, _ in DISPLAYS])
def test_no_wrong_version_of_a_formula_would_be_shown_as_right(name: str, display: Display) -> None:
    if name == "Theorem: limit":
        # A minimiser is not a formula: its residuals are those of the whole proof.
        assert len(display.residual) == len(theorem_residuals())
        return
    assert shown_as_right(display, display.formula)
    survivors = [
        what
        for what, formula in wrong_versions(display.formula)
        if shown_as_right(display, formula)
    ]
    assert not survivors


def test_every_place_is_filled() -> None:
    for part in PARTS:
        shown = [block["name"] for block in blocks(part) if "latex" in block]
        assert sorted(shown) == sorted(part.displays)
        assert not any("[[" in block.get("text", "") for block in blocks(part))


def test_a_wrong_formula_is_reported() -> None:
    x = sp.Symbol("x", positive=True)
    wrong = Display(equation(x, 2 * x), lambda formula: [formula.lhs - formula.rhs])
    (block,) = blocks(Part("proof", "p", "[[one]]", {"one": wrong}))
    assert block["outcome"] == "not zero"


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
    assert "31 residuals" in page
    assert "all of them are zero in exact arithmetic" in " ".join(page.split())
    for words in ("Theorem", "Proof", "Corollary 1", "What follows"):
        assert words in page
        assert words in text
    assert "10^{-58}" in text
    assert "tex-source" not in page.partition("</style>")[2]
    assert "$" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    assert 'href="one-theorem.html"' in (tmp_path / "mirrorcheck.html").read_text()


def test_page_says_what_is_open(tmp_path: Path) -> None:
    page, _ = _pages(tmp_path, open=["identity"])
    assert "not all of them vanish: identity" in " ".join(page.split())
    assert "identity" in page

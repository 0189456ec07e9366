"""The page "One theorem" as a record: its words, its formulas, and what was decided of each.

A displayed formula is shown with the number of residuals that were found to be zero; one that is
not zero, or not decided, is named, and the page then says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from proofs_check.exhibits import Exhibit, evidence_with_figure
from proofs_check.theorem_figure import approximations
from symbolic.displays import Display, Part
from symbolic.exact import decide_zero
from symbolic.one_theorem import proof, setting, statement
from symbolic.one_theorem_limits import COROLLARIES

#: The record's name, in `.cache` and in the report.
NAME = "one-theorem"
_PLACE = re.compile(r"^\[\[([\w-]+)\]\]$")


def parts() -> list[Part]:
    """Return the passages in order."""
    return [setting(), statement(), proof(), *(corollary() for corollary in COROLLARIES)]


def _decided(display: Display) -> str:
    """Return ``definition``, ``zero``, ``not zero`` or ``undecided`` for one display."""
    if not display.residual:
        return "definition"
    found = [decide_zero(residual).zero for residual in display.residual]
    if all(found):
        return "zero"
    return "not zero" if False in found else "undecided"


def blocks(part: Part) -> Iterator[dict[str, Any]]:
    """Yield the paragraphs and formulas of a passage in order."""
    for paragraph in part.text.strip().split("\n\n"):
        place = _PLACE.match(paragraph.strip())
        if place is None:
            yield {"text": paragraph.strip()}
            continue
        display = part.displays[place[1]]
        yield {
            "name": place[1],
            "latex": display.latex,
            "residuals": len(display.residual),
            "outcome": _decided(display),
        }


def compute() -> Exhibit:
    """Return the record of the page."""
    passages, number = [], 0
    for part in parts():
        number += part.kind == "corollary"
        shown = list(blocks(part))
        passages.append(
            {
                "kind": part.kind,
                "title": part.title,
                "number": number if part.kind == "corollary" else None,
                "blocks": shown,
            }
        )
    formulas = [block for passage in passages for block in passage["blocks"] if "latex" in block]
    checked = [block for block in formulas if block["residuals"]]
    figure, rounding = approximations()
    return {
        "id": NAME,
        "title": "One theorem",
        "parts": passages,
        "formulas": len(formulas),
        "residuals": sum(block["residuals"] for block in checked),
        "open": [
            f"{passage['title']}, {block['name']}"
            for passage in passages
            for block in passage["blocks"]
            if block.get("residuals") and block["outcome"] != "zero"
        ],
        "evidence": [evidence_with_figure("approximations", figure, rtol=1e-6, atol=rounding)],
    }

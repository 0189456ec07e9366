"""The chapter says what the evidence says: other numbers make other sentences."""

from __future__ import annotations

import copy
from typing import Any

from proofs_check.past_the_papers import NEXT, ORDERS, past_the_papers
from reports.page import chapter_html, chapter_markdown
from reports.view import build

FIGURE: dict[str, Any] = {
    "kind": "order",
    "title": "Errors",
    "xlabel": "step",
    "ylabel": "error",
    "series": [{"label": "one", "x": [1.0, 0.5], "y": [1.0, 0.25]}],
}


def _finding(check: str, **more: Any) -> dict[str, Any]:
    return {"check": check, "role": "printed", "outcome": "holds", "data": {}, **more}


def made_up() -> list[dict[str, Any]]:
    table = [[0, r"\nabla L", "-1", "-1"], [1, "H", "a", "b"]]
    coefficients = {
        "coefficients": {"flow": table, "start": table},
        "general": {"flow": [["g", "c"]], "start": [["g", "d"]]},
    }
    orders = _finding("orders", measured={"well, HB": [2.0, 3.0]}, data={"figure": FIGURE})
    limits = _finding("limits, integrals along the run", data={"figure": FIGURE})
    return [
        {
            "id": ORDERS,
            "verdict": "supported",
            "statement": "It is so",
            "reason": "",
            "certificate": None,
            "evidence": [orders, _finding("residual", data=coefficients)],
        },
        {
            "id": NEXT,
            "verdict": "supported",
            "statement": "It is so",
            "reason": "",
            "certificate": None,
            "evidence": [limits],
        },
    ]


def effects(*pairs: tuple[float, float, float]) -> dict[str, Any]:
    rows = [["gaussian", 0.01, small, 1.0, a, b, 0.1, -0.01, 0.2, 3] for small, a, b in pairs]
    return {"id": "next-order-effects", "rows": rows}


GOOD = effects((0.05, 1e-3, 1e-5), (0.5, 1e-2, 2e-2))
NONE: dict[str, Any] = {"id": "inequalities", "inequalities": []}


def test_page_has_orders_tables_theorem_and_sizes() -> None:
    chapter = past_the_papers(made_up(), GOOD, NONE)
    assert chapter is not None
    view = build([], chapters=[chapter])
    html = chapter_html(view["chapters"][0], "mirrorcheck")
    text = chapter_markdown(view["chapters"][0], "mirrorcheck")
    for page in (html, text):
        assert "100 times closer" in page
        assert "1 of 2 rows" in page
    assert html.count("<svg") == 2
    assert html.count("<table") == 5


def test_sentences_follow_the_evidence() -> None:
    records = copy.deepcopy(made_up())
    records[1] |= {"verdict": "undecided", "reason": "no clear finding"}
    records[0]["evidence"][0]["outcome"] = "fails"
    chapter = past_the_papers(records, effects((0.05, 1e-3, 2e-3)), NONE)
    assert chapter is not None
    assert "not established" in chapter["summary"]
    assert "does act" not in chapter["sections"][-2]["text"]
    assert "times closer" not in chapter["sections"][-1]["text"]


def test_without_its_claims_there_is_no_chapter() -> None:
    assert past_the_papers(made_up()[:1], GOOD, NONE) is None

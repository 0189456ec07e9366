"""The pages: everything that a record holds is shown, nothing comes from outside."""

from __future__ import annotations

import html.parser
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from report_records import record, records

import reports.view
from reports.drawing import Order
from reports.figures import Drawing, caption_of
from reports.page import chapter_html, html_page, markdown_page, theorem_html
from reports.view import build, quantity_name, wrong_in_print
from reports.writing import NAME, PAGES, read_report, write_report
from symbolic.console import UserError

VOID = {"meta", "link", "br", "img", "use", "path", "hr", "wbr"}


@pytest.fixture(scope="module")
def view() -> dict[str, Any]:
    return build(records())


@pytest.fixture(scope="module")
def page(view: dict[str, Any]) -> str:
    return html_page(view)


class _Balance(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.stack.append(tag)
        found = dict(attrs)
        if "id" in found:
            self.ids.append(found["id"] or "")
        if (found.get("href") or "").startswith("#"):
            self.links.append((found["href"] or "")[1:])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.stack.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.stack.pop() == tag


def _parsed(text: str) -> _Balance:
    parser = _Balance()
    parser.feed(text)
    return parser


def test_tags_are_balanced_ids_unique_and_links_lead_somewhere(page: str) -> None:
    parser = _parsed(page)
    assert parser.stack == []
    assert len(parser.ids) == len(set(parser.ids))
    assert set(parser.links) <= set(parser.ids)


def test_page_has_no_script_and_nothing_from_outside(page: str) -> None:
    assert "<script" not in page
    assert not re.findall(r'(?:src|href)="(?!#|data:)[^"]*"', page)
    assert not re.findall(r"url\((?!\"data:|#)[^)]*\)", page)
    assert "@import" not in page


@pytest.mark.parametrize(
    "words",
    [
        'id="lyu.thm3.hb"',
        "neglecting all terms of the order",
        "as in our copy, line 132",
        "the printed form has a counterexample",
        "Expand the recursion at",
        "1 of 1 rejected",
        "Found by search over rationals",
        "40 problems",
        'href="#lyu.q.rich"',
        "What is wrong in print",
    ],
)
def test_what_a_record_holds_is_shown(page: str, words: str) -> None:
    assert words in page


def test_no_formula_is_left_as_source(page: str) -> None:
    assert "tex-source" not in page.partition("</style>")[2]
    assert "$" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)


def test_claims_stand_in_the_paper_s_sections(view: dict[str, Any]) -> None:
    assert [group["number"] for group in view["groups"]] == ["3", "3.1", "3.4"]


def test_wrong_in_print_joins_parts_and_leaves_out_what_holds() -> None:
    both = [record(), record(id="lyu.thm3.nag"), record(id="lyu.x", verdict="proved")]
    (line,) = wrong_in_print(build(both)["claims"])
    assert [claim["id"] for claim in line["claims"]] == ["lyu.thm3.hb", "lyu.thm3.nag"]


def test_nothing_wrong_no_section() -> None:
    page = html_page(build([records()[0]]))
    assert "What is wrong in print" not in page


def test_markdown_says_the_same(view: dict[str, Any]) -> None:
    text = markdown_page(view)
    assert (
        "| The bias of heavy ball | [`lyu.thm3.hb`](#lyuthm3hb) | **corrected** | supported |"
        in text
    )
    assert "![" in text
    assert "figures/lyu.thm3.hb-1.png" in text
    closed = sum(line.strip("> ") == "```" for line in text.splitlines())
    assert text.count("```math") == closed
    for line in text.splitlines():
        if line.startswith("|"):
            assert line.endswith("|")


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("eta", r"$\eta$"),
        ("u_0", "$u_{0}$"),
        ("xi_end", r"$\xi_{\text{end}}$"),
        ("X", "$X$"),
        ("step_size", "step size"),
        ("a longer name", "a longer name"),
    ],
)
def test_names_of_quantities(key: str, name: str) -> None:
    assert quantity_name(key) == name


def test_writing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    report = {"claims": records(), "exhibits": []}
    write_report(report, tmp_path)
    first = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    (tmp_path / "figures" / "gone-1.svg").write_text("old")
    write_report(report, tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == first
    assert read_report(tmp_path) == report


def test_a_broken_report_is_refused(tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.json").write_text("{")
    with pytest.raises(UserError, match="delete it"):
        read_report(tmp_path)
    assert read_report(tmp_path / "missing") is None


def _without_pictures(text: str) -> str:
    return re.sub(r"<svg.*?</svg>", "", text, flags=re.DOTALL)


def _words_of(orders: Sequence[Order]) -> list[Drawing]:
    """Return figures that are not drawn: their words only."""
    return [
        Drawing(o.stem, str(o.spec.get("title", "")), caption_of(o.spec), "<svg></svg>", b"")
        for o in orders
    ]


def test_committed_pages_belong_to_the_committed_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    report = read_report()
    if report is None:
        pytest.skip("no report is written yet")
    # Pictures are left out of the comparison: drawing them all takes longer than the rest.
    monkeypatch.setattr(reports.view, "_DRAWN", {})
    monkeypatch.setattr(reports.view, "draw_all", _words_of)
    view = build(
        report["claims"], *(report.get(part, ()) for part in ("exhibits", "theorems", "chapters"))
    )
    committed = (PAGES / f"{NAME}.html").read_text(encoding="utf-8")
    assert _without_pictures(html_page(view)) == _without_pictures(committed)
    assert markdown_page(view) == (PAGES / f"{NAME}.md").read_text(encoding="utf-8")
    for theorem in view["theorems"]:
        page = (PAGES / f"{theorem['id']}.html").read_text(encoding="utf-8")
        assert _without_pictures(theorem_html(theorem, NAME)) == _without_pictures(page)
        assert _parsed(page).stack == []
    for chapter in view["chapters"]:
        page = (PAGES / f"{chapter['id']}.html").read_text(encoding="utf-8")
        assert _without_pictures(chapter_html(chapter, NAME)) == _without_pictures(page)
        assert _parsed(page).stack == []
    parser = _parsed(committed)
    assert set(parser.links) <= set(parser.ids)
    assert "tex-source" not in committed.partition("</style>")[2]

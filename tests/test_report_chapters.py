"""A chapter is a page of its own: all of its sections, tables and figures, and links both ways."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from report_records import chapter, records

from reports.page import chapter_html, chapter_markdown, html_page, markdown_page
from reports.view import build, drawings_of
from reports.writing import NAME, write_report


@pytest.fixture(scope="module")
def view() -> dict[str, Any]:
    return build(records(), chapters=[chapter()])


def test_every_section_is_shown(view: dict[str, Any]) -> None:
    (shown,) = view["chapters"]
    for page in (chapter_html(shown, NAME), chapter_markdown(shown, NAME)):
        for words in ("A first paragraph.", "With a table", "0.12", "With a figure", "A picture."):
            assert words in page
        assert "a-chapter-2-1" in page
        assert f"{NAME}." in page
        assert "lyu.q.rich" in page


def test_the_main_page_leads_to_it(view: dict[str, Any]) -> None:
    assert 'href="a-chapter.html"' in html_page(view)
    assert "](a-chapter.md)" in markdown_page(view)


def test_text_is_escaped(view: dict[str, Any]) -> None:
    page = chapter_html(view["chapters"][0], NAME)
    assert "Short &amp; plain" in page
    assert "Short & plain" not in page


def test_its_figures_are_among_the_drawings(view: dict[str, Any]) -> None:
    assert [each.stem for each in drawings_of(view)].count("a-chapter-2-1") == 1


def test_it_is_written_beside_the_report(tmp_path: Path) -> None:
    write_report({"claims": records(), "chapters": [chapter()]}, tmp_path)
    for name in ("a-chapter.html", "a-chapter.md", "figures/a-chapter-2-1.svg"):
        assert (tmp_path / name).is_file()
    assert json.loads((tmp_path / f"{NAME}.json").read_text())["chapters"] == [chapter()]

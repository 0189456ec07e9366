"""Write the report: every file at one stroke, figures that are gone removed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reports.page import (
    chapter_html,
    chapter_markdown,
    html_page,
    markdown_page,
    theorem_html,
    theorem_markdown,
)
from reports.view import build, drawings_of
from symbolic.console import UserError, json_text, write_bytes, write_text

PAGES = Path(__file__).resolve().parent / "pages"
NAME = "mirrorcheck"
#: What is a page of its own, and who writes it.
_WRITERS = {
    "theorems": {".html": theorem_html, ".md": theorem_markdown},
    "chapters": {".html": chapter_html, ".md": chapter_markdown},
}


def read_report(folder: Path = PAGES) -> dict[str, Any] | None:
    """Return the JSON of the report in ``folder``, None if there is none.

    Raises
    ------
    UserError
        If the file is there but holds no report.
    """
    path = folder / f"{NAME}.json"
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError:
        report = None
    if not isinstance(report, dict) or not isinstance(report.get("claims"), list):
        raise UserError(
            expected=f"a report in {path.name}",
            received="a file that holds none",
            remedy="restore it from version control, or delete it",
        )
    return report


def write_report(report: Mapping[str, Any], folder: Path = PAGES) -> Path:
    """Write HTML, Markdown, JSON and figures to ``folder``; return the path of the HTML page.

    Parameters
    ----------
    report
        ``claims``, ``exhibits``, ``theorems`` and ``chapters``, lists of records; each theorem and
        each chapter is a page of its own.
    folder
        Created if missing.
    """
    others = (report.get(part, ()) for part in ("exhibits", "theorems", "chapters"))
    view = build(report["claims"], *others)
    drawings = drawings_of(view)
    # Composed before anything is written, so that a fault leaves the old report whole.
    html, markdown = html_page(view), markdown_page(view)
    pages = {
        f"{each['id']}{ending}": write(each, NAME)
        for part, writers in _WRITERS.items()
        for each in view[part]
        for ending, write in writers.items()
    }
    figures = folder / "figures"
    figures.mkdir(parents=True, exist_ok=True)
    wanted = {f"{drawing.stem}.{kind}" for drawing in drawings for kind in ("svg", "png")}
    for drawing in drawings:
        write_text(figures / f"{drawing.stem}.svg", drawing.svg)
        write_bytes(figures / f"{drawing.stem}.png", drawing.png)
    for path in figures.iterdir():
        if path.suffix in {".svg", ".png"} and path.name not in wanted:
            path.unlink()
    write_text(folder / f"{NAME}.json", json_text(report))
    write_text(folder / f"{NAME}.md", markdown)
    for name, text in pages.items():
        write_text(folder / name, text)
    page = folder / f"{NAME}.html"
    write_text(page, html)
    return page

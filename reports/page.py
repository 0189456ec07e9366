"""The report as one self-contained HTML page and as Markdown."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.filters import do_mark_safe

from reports import prose
from reports.figures import inline_svg
from reports.symbol_table import SYMBOLS, WORDS

HERE = Path(__file__).resolve().parent
_FACES = (
    ("STIX Two Math", "stix-two-math.woff2", "normal", 400),
    ("STIX Two Text", "stix-two-text-regular.woff2", "normal", 400),
    ("STIX Two Text", "stix-two-text-italic.woff2", "italic", 400),
    ("STIX Two Text", "stix-two-text-semibold.woff2", "normal", 600),
)


def font_faces() -> str:
    """Return the style sheet rules that carry the fonts inside themselves."""
    rules = []
    for family, file, style, weight in _FACES:
        data = base64.b64encode((HERE / "fonts" / file).read_bytes()).decode("ascii")
        rules.append(
            f'@font-face {{ font-family: "{family}"; font-style: {style}; font-weight: {weight}; '
            f'src: url("data:font/woff2;base64,{data}") format("woff2"); }}'
        )
    return "\n".join(rules)


def _environment(*, html: bool) -> Environment:
    return Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _safe(function: Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda value: do_mark_safe(function(value))


def slug(text: str) -> str:
    """Return the anchor that web viewers of Markdown give to the heading ``text``."""
    return re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")


def _html_environment() -> Environment:
    environment = _environment(html=True)
    environment.filters.update(
        prose=_safe(prose.inline_html),
        paragraphs=_safe(prose.block_html),
        quotation=_safe(prose.quotation_html),
        formula=_safe(prose.display_html),
        picture=_safe(inline_svg),
        plain=prose.plain,
    )
    return environment


def _markdown_environment() -> Environment:
    environment = _environment(html=False)
    environment.filters.update(
        line=prose.markdown,
        cell=prose.cell_markdown,
        quotation=prose.quotation_markdown,
        plain=prose.plain,
        slug=slug,
    )
    return environment


def _html(template: str, **values: Any) -> str:
    style = (HERE / "templates" / "style.css").read_text(encoding="utf-8")
    looks = {"fonts": do_mark_safe(font_faces()), "style": do_mark_safe(style)}
    page = _html_environment().get_template(template).render(**values, **looks)
    return re.sub(r"\n(?:[ \t]*\n)+", "\n", page)


def _markdown(template: str, **values: Any) -> str:
    text = _markdown_environment().get_template(template).render(**values)
    text = "\n".join(line.rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def html_page(view: Mapping[str, Any]) -> str:
    """Return the HTML page of a view (see `reports.view.build`)."""
    return _html("page.html.jinja", **view, symbols=SYMBOLS, words=WORDS)


def markdown_page(view: Mapping[str, Any]) -> str:
    """Return the Markdown of a view, formulas as fenced or protected LaTeX."""
    return _markdown("page.md.jinja", **view, symbols=SYMBOLS, words=WORDS)


def theorem_html(theorem: Mapping[str, Any], report: str) -> str:
    """Return the page of a theorem (see `reports.view.build`); ``report`` names the main page."""
    return _html("theorem.html.jinja", theorem=theorem, report=report)


def theorem_markdown(theorem: Mapping[str, Any], report: str) -> str:
    """Return the same as Markdown."""
    return _markdown("theorem.md.jinja", theorem=theorem, report=report)


def chapter_html(chapter: Mapping[str, Any], report: str) -> str:
    """Return the page of a chapter (see `reports.view.build`); ``report`` names the main page."""
    return _html("chapter.html.jinja", chapter=chapter, report=report)


def chapter_markdown(chapter: Mapping[str, Any], report: str) -> str:
    """Return the same as Markdown."""
    return _markdown("chapter.md.jinja", chapter=chapter, report=report)


def panel_html(panel: Mapping[str, Any]) -> str:
    """Return the page of a panel (see `proofs_check.panels.evaluate_panel`), drawings included."""
    return _html("panel.html.jinja", panel=panel)

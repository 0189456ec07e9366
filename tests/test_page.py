"""The report's page in a real browser, wide and narrow: drawn, contained, silent, alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium_pipe import Chromium, chromium_program
from report_records import records

from reports.writing import NAME, PAGES, write_report

pytestmark = [
    pytest.mark.page,
    pytest.mark.skipif(chromium_program() is None, reason="Chromium is not installed"),
]
WIDTHS = (1400, 390)
COMMITTED = {
    "report": PAGES / f"{NAME}.html",
    "one theorem": PAGES / "one-theorem.html",
    "generalisation": PAGES / "generalisation.html",
    "past the papers": PAGES / "past-the-papers.html",
}
NAMES = ("made up", *COMMITTED)

# Formulas inside closed <details> have no box until they are opened.
OPEN_ALL = "document.querySelectorAll('details').forEach(d => { d.open = true })"
UNDRAWN = """
Array.from(document.querySelectorAll('math')).filter(m => {
  const box = m.getBoundingClientRect();
  return !(box.width > 0 && box.height > 0);
}).map(m => m.outerHTML.slice(0, 200))
"""
COUNT = "document.querySelectorAll('math').length"
OVERFLOW = "document.documentElement.scrollWidth - window.innerWidth"
# MathML that a browser does not know is text in a row: a fraction is then as flat as its numerator.
FLAT_FRACTIONS = """
Array.from(document.querySelectorAll('mfrac')).filter(f => {
  const whole = f.getBoundingClientRect().height;
  const [top, bottom] = Array.from(f.children, part => part.getBoundingClientRect().height);
  return whole > 0 && whole < 0.9 * (top + bottom);
}).length
"""
CLIPPED = """
Array.from(document.querySelectorAll('main *')).filter(e => {
  const box = e.getBoundingClientRect();
  if (box.width === 0 || box.right <= window.innerWidth + 1) return false;
  for (let p = e.parentElement; p; p = p.parentElement) {
    if (['auto', 'scroll', 'hidden'].includes(getComputedStyle(p).overflowX)) return false;
  }
  return !e.closest('svg');
}).map(e => e.tagName + ' ' + e.textContent.slice(0, 60))
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    with Chromium() as chromium:
        yield chromium


@pytest.fixture(scope="module")
def made_up_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report({"claims": records()}, tmp_path_factory.mktemp("pages"))


def _page(name: str, made_up: Path) -> Path:
    if name == "made up":
        return made_up
    if not COMMITTED[name].is_file():
        pytest.skip("no report is written yet")
    return COMMITTED[name]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", NAMES)
def test_formulas_are_drawn(browser: Chromium, made_up_page: Path, name: str, width: int) -> None:
    browser.open(_page(name, made_up_page), width)
    browser.evaluate(OPEN_ALL)
    assert browser.evaluate(COUNT) > 20
    assert browser.evaluate(UNDRAWN) == []
    assert browser.evaluate(FLAT_FRACTIONS) == 0
    assert browser.evaluate("document.fonts.check('20px \"STIX Two Math\"')")
    assert browser.evaluate("document.querySelectorAll('.tex-source').length") == 0


@pytest.mark.parametrize(("width", "dark"), [(1400, False), (390, False), (390, True)])
@pytest.mark.parametrize("name", NAMES)
def test_page_is_contained_silent_and_alone(
    browser: Chromium, made_up_page: Path, name: str, width: int, dark: bool
) -> None:
    page = _page(name, made_up_page)
    browser.open(page, width, dark=dark)
    browser.evaluate(OPEN_ALL)
    assert browser.evaluate(OVERFLOW) <= 0
    assert browser.evaluate(CLIPPED) == []
    assert browser.complaints() == []
    outside = [url for url in browser.requests() if not url.startswith(("data:", page.as_uri()))]
    assert outside == []


def test_the_tests_see_a_bad_page(browser: Chromium, tmp_path: Path) -> None:
    page = tmp_path / "bad.html"
    page.write_text(
        "<!DOCTYPE html><main><div style='width:3000px'>wide</div><math style='display:none'>"
        "<mi>x</mi></math><img src='missing.png'></main><script>console.error('no')</script>"
    )
    browser.open(page, 390)
    assert browser.evaluate(OVERFLOW) > 0 or browser.evaluate(CLIPPED)
    assert len(browser.evaluate(UNDRAWN)) == 1
    assert browser.complaints()
    assert any(url.endswith("missing.png") for url in browser.requests())

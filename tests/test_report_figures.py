"""Figures: merged from findings, deterministic, without dates, fit to stand inside a page."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from report_records import finding, record, records

from reports.figures import _figure as drawn_figure
from reports.figures import caption_of, draw, gather, inline_svg, slope


def _spec(kind: str, **changes: Any) -> dict[str, Any]:
    series = [
        {"label": r"$\xi = 1$", "x": [0.01, 0.02, 0.04], "y": [1e-4, 4e-4, 16e-4], "style": style}
        for style in ("printed", "corrected", "mutant", "reference")
    ]
    spec = {"kind": kind, "title": "A title", "xlabel": "x", "ylabel": "y", "series": series}
    return spec | changes


def test_forms_of_one_check_share_a_figure() -> None:
    (figure,) = gather(record())
    assert [series["label"] for series in figure["series"]][:2] == ["printed", "corrected"]
    assert [series["style"] for series in figure["series"]] == ["printed", "corrected", "mutant"]


def test_a_finding_may_bring_several_figures() -> None:
    both = [_spec("order"), _spec("curves", title="Another")]
    claim = record(evidence=[finding(data={"figure": both})])
    assert [figure["kind"] for figure in gather(claim)] == ["order", "curves"]


def test_gathering_leaves_the_record_alone() -> None:
    claim = records()[0]
    before = repr(claim)
    gather(claim)
    assert repr(claim) == before


@pytest.mark.parametrize("power", [0, 1, 2, 3])
def test_slope_of_a_power(power: int) -> None:
    steps = [0.1 / 2**k for k in range(5)]
    assert slope(steps, [7.0 * step**power for step in steps]) == pytest.approx(power, abs=1e-12)


def test_slope_needs_two_positive_values() -> None:
    assert slope([0.1, 0.2], [0.0, 1.0]) is None


@pytest.mark.parametrize("kind", ["order", "trajectory", "curves", "scatter"])
def test_same_data_same_bytes(kind: str) -> None:
    first, second = draw("a-1", _spec(kind)), draw("a-1", _spec(kind))
    assert first.svg == second.svg
    assert first.png == second.png
    assert "dc:date" not in first.svg
    assert b"Software" not in first.png


@pytest.mark.parametrize("kind", ["order", "trajectory", "curves", "scatter"])
def test_missing_values_are_gaps(kind: str) -> None:
    spec = _spec(kind)
    spec["series"][0]["y"] = [None, 1.0, 2.0]
    assert draw("a-1", spec).svg


def _effects(**changes: Any) -> dict[str, Any]:
    rows = {"labels": ["first", "second", "third"], "x": [0.1, None, -0.2]}
    ends = {"low": [0.0, None, -0.3], "high": [0.2, None, 0.1]}
    series = [{"label": name, "style": "", **rows, **ends} for name in ("one", "other")]
    return _spec("effects", series=series, **changes)


def test_effects_stand_in_rows_with_their_whiskers() -> None:
    figure = drawn_figure(_effects())
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.get_yticklabels()] == ["first", "second", "third"]
    bars = [box for container in axes.containers for box in container[2]]
    spans = [segment for bar in bars for segment in bar.get_segments() if len(segment)]
    first = [segment for segment in spans if round(float(segment[0][1])) == 0]
    assert {(float(a[0]), float(b[0])) for a, b in first} == {(0.0, 0.2)}
    # The first row is on top.
    low, high = axes.get_ylim()
    assert low > high
    assert draw("a-1", _effects()).svg == draw("a-1", _effects()).svg


def test_a_band_lies_between_its_edges() -> None:
    spec = _spec("curves", xscale="log")
    spec["series"][0] |= {"low": [0.0, 1e-4, None], "high": [1e-3, 2e-3, 3e-3]}
    figure = drawn_figure(spec)
    (axes,) = figure.axes
    (band,) = axes.collections
    heights = band.get_paths()[0].vertices[:, 1]
    assert heights.min() == 0.0
    assert heights.max() == 2e-3
    assert axes.get_xscale() == "log"


def test_a_label_that_cannot_be_typeset_is_shown_plain() -> None:
    assert draw("a-1", _spec("curves", xlabel=r"$\nosuchcommand{x}$")).svg


def test_captions_of_order_plots_name_the_slopes() -> None:
    assert caption_of(_spec("order")).count("2.00") == 4
    assert caption_of(_spec("curves")) == "A title."


def test_inline_pictures_have_their_own_ids_and_the_page_s_ink() -> None:
    one, two = (inline_svg(draw(stem, _spec("order"))) for stem in ("a.b-1", "a.b-2"))
    ids = [set(re.findall(r'\bid="([^"]+)"', svg)) for svg in (one, two)]
    assert ids[0]
    assert not ids[0] & ids[1]
    for svg, own in zip((one, two), ids, strict=True):
        used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg))
        assert used <= own
    assert "currentColor" in one
    assert 'role="img"' in one
    assert "<script" not in one
    assert one.startswith("<svg")


@pytest.mark.parametrize("apart", [0.2, 1.0, 5.0])
def test_names_of_guides_stand_on_no_line(apart: float) -> None:
    steps = [0.04 / 2**k for k in range(6)]
    series = [
        {"label": f"order {power}", "x": steps, "y": [size * step**power for step in steps]}
        for power, size in ((1, 1e-2), (2, apart))
    ]
    figure = drawn_figure(_spec("order", series=series))
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    (axes,) = figure.axes
    names = [text.get_window_extent(canvas.get_renderer()) for text in axes.texts]
    assert len(names) == 2
    assert not names[0].overlaps(names[1])
    for line in axes.lines:
        path = axes.transData.transform(np.asarray(line.get_xydata()))
        knots = np.linspace(0, 1, len(path))
        fine = np.linspace(0, 1, 2000)
        points = np.stack([np.interp(fine, knots, path[:, k]) for k in (0, 1)], axis=1)
        assert not any(name.contains(*point) for name in names for point in points)

"""Small panels in one figure: alike in all of them, and the same bytes every time."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from proofs_check.experiment_figures import as_printed
from proofs_check.experiments import Place, Setting, Table
from proofs_check.lyu import fig1
from reports.bands import draw_grid


def series(label: str, y: list[float | None], partial: list[bool] | None = None) -> dict[str, Any]:
    spread = [(None, None) if value is None else (value / 2, value * 2) for value in y]
    return {
        "label": label,
        "x": [0.1, 1.0, 10.0],
        "y": y,
        "low": [low for low, _ in spread],
        "high": [high for _, high in spread],
        "partial": partial or [False] * 3,
        "style": "",
    }


def spec(count: int, **changes: Any) -> dict[str, Any]:
    panels = [
        {"title": f"family {k}", "note": "", "series": [series("GD", [1.0, 2.0, 3.0])]}
        for k in range(count)
    ]
    base = {"title": "A panel", "caption": "Its caption.", "xlabel": "x", "ylabel": "$D$"}
    return {**base, "xscale": "log", "panels": panels, **changes}


@pytest.mark.parametrize("count", [1, 2, 5])
def test_any_number_of_panels_is_drawn(count: int) -> None:
    drawn = draw_grid("one", spec(count))
    assert drawn.png.startswith(b"\x89PNG")
    assert drawn.caption == "Its caption."


def test_the_same_data_give_the_same_bytes() -> None:
    assert draw_grid("one", spec(2)) == draw_grid("one", spec(2))


def test_a_line_keeps_its_colour_where_another_is_missing() -> None:
    both = [series("GD", [1.0, 2.0, 3.0]), series("HB", [2.0, 3.0, 4.0])]
    alone = draw_grid("one", spec(1, panels=[{"title": "", "note": "", "series": both[1:]}]))
    beside = draw_grid(
        "one",
        spec(
            1,
            panels=[
                {"title": "", "note": "", "series": both},
                {"title": "", "note": "", "series": both[1:]},
            ],
        ),
    )
    orange, blue = "#d55e00", "#2f7fc1"
    assert blue in alone.svg
    assert orange not in alone.svg
    assert beside.svg.count(orange) > beside.svg.count(blue)


def test_points_without_a_limit_are_left_out_and_partial_ones_open() -> None:
    whole = draw_grid("one", spec(1)).svg
    gap = [series("GD", [1.0, None, 3.0], [False, True, True])]
    drawn = draw_grid("one", spec(1, panels=[{"title": "", "note": "2 lost", "series": gap}])).svg
    assert drawn != whole
    assert drawn.count("fill: #ffffff; stroke: #2f7fc1") == 1
    assert "fill: #ffffff; stroke: #2f7fc1" not in whole


def test_starts_at_one_place_of_the_axis_are_not_joined() -> None:
    places = (Place(1.0, 0.1), Place(2.0, 0.1), Place(1.0, 0.3), Place(2.0, 0.3))
    panel = replace(
        fig1.PANEL_B,
        places=places,
        settings=(Setting(),),
        ranges={"small": (0, 1), "large": (2, 3)},
    )
    D = np.arange(1.0, 9.0).reshape(2, 4)
    figure = as_printed(panel, {Setting(): Table({"GD": D}, Counter(), 0.1)})
    (line,) = figure["series"]
    assert line["x"] == [1.0, 2.0]
    assert line["y"] == [3.0, 4.0]
    assert "small" in figure["caption"]

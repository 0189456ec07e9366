"""Dots with whiskers: one row a setting, its effect and the interval that holds for it.

A figure of kind "effects" has, in each series, "labels" (one a row, equal in all series), "x" and
the ends of the intervals "low" and "high"; a row without a number stays empty.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

#: Height of a row of the figure, in inches.
ROW_HEIGHT = 0.27
_SPREAD = 0.5


def rows_of(spec: Mapping[str, Any]) -> int:
    """Return how many rows a figure has."""
    return max(len(one["labels"]) for one in spec["series"])


def draw_effects(
    axes: Axes, series: Sequence[dict[str, Any]], ink: str, label: Callable[[str], str]
) -> None:
    """Draw the series beside one another in each row, the first row on top, and a line at zero."""
    rows = [label(text) for text in series[0]["labels"]]
    places = np.arange(len(rows), dtype=float)
    offsets = _SPREAD * (np.arange(len(series)) / max(len(series) - 1, 1) - 0.5)
    axes.axvline(0.0, color=ink, linewidth=0.9, zorder=1)
    for one, offset in zip(series, offsets if len(series) > 1 else [0.0], strict=True):
        x, low, high = (
            np.array([np.nan if value is None else value for value in one[key]], dtype=float)
            for key in ("x", "low", "high")
        )
        axes.errorbar(
            x,
            places + offset,
            xerr=np.clip([x - low, high - x], 0.0, None),
            linestyle="none",
            marker=one["look"]["marker"] if one["look"]["marker"] != "." else "o",
            markersize=4,
            elinewidth=1.2,
            color=one["look"]["color"],
            label=label(one["label"]),
        )
    axes.set_yticks(places, rows)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")

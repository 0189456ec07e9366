"""A figure of several small panels with one legend: lines with bands, laid out alike."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.figures import Drawing, draw_lines, label_decades, rendered, typeset_label
from reports.looks import MUTED, RULE, with_looks

_COLUMNS = 3
_PANEL_WIDTH, _PANEL_HEIGHT, _AROUND = 2.7, 2.15, 0.75
_NARROWEST = 4.2
#: Inches that a line's mark and a character of its label take in the legend.
_LEGEND_MARK, _LEGEND_CHARACTER = 0.75, 0.075


def draw_grid(stem: str, spec: Mapping[str, Any]) -> Drawing:
    """Return a figure of small panels drawn; the same data give the same bytes.

    Parameters
    ----------
    stem
        File name without its ending.
    spec
        ``title``, ``caption``, ``xlabel``, ``ylabel``, ``xscale`` and ``yscale`` for all panels,
        and ``panels``: each a ``title``, a ``note`` below it and ``series`` as those of curves in
        `reports.figures`. A label is drawn alike in all of them; ``partial`` points are open.
    """
    svg, png = rendered(lambda: _grid(spec))
    return Drawing(stem, str(spec["title"]), str(spec["caption"]), svg, png)


def _grid(spec: Mapping[str, Any]) -> Figure:
    panels: Sequence[Mapping[str, Any]] = spec["panels"]
    # Looks by label: a panel in which an algorithm has no limit must not shift the colours.
    labels = dict.fromkeys(one["label"] for panel in panels for one in panel["series"])
    looks = {
        one["label"]: one["look"]
        for one in with_looks([{"label": label, "style": ""} for label in labels])
    }
    columns = min(_COLUMNS, len(panels))
    rows = math.ceil(len(panels) / columns)
    width = max(_PANEL_WIDTH * columns + 0.4, _NARROWEST)
    entry = _LEGEND_MARK + _LEGEND_CHARACTER * max(map(len, labels))
    figure = Figure(figsize=(width, _PANEL_HEIGHT * rows + _AROUND), layout="constrained")
    handles: dict[str, Any] = {}
    noted = any(panel["note"] for panel in panels)
    first: Axes | None = None
    for place, panel in enumerate(panels, 1):
        axes = figure.add_subplot(rows, columns, place, sharex=first)
        first = axes if first is None else first
        axes.grid(color=RULE, linewidth=0.6)
        axes.set_axisbelow(True)
        draw_lines(
            axes, [{**one, "look": looks[one["label"]]} for one in panel["series"]], dots=False
        )
        axes.set(xscale=spec.get("xscale", "linear"), yscale=spec.get("yscale", "linear"))
        axes.set_title(typeset_label(panel["title"]), pad=14 if noted else 6)
        if panel["note"]:
            axes.text(
                0.5,
                1.02,
                panel["note"],
                transform=axes.transAxes,
                ha="center",
                va="bottom",
                fontsize=8.5,
                color=MUTED,
            )
        for axis in ("x", "y"):
            if spec.get(f"{axis}scale") == "log":
                label_decades(getattr(axes, f"{axis}axis"))
        # The lowest panel of its column, and the first of its row, have the name of the axis.
        if place + columns > len(panels):
            axes.set_xlabel(typeset_label(spec["xlabel"]))
        if place % columns == 1 or columns == 1:
            axes.set_ylabel(typeset_label(spec["ylabel"]))
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            handles.setdefault(label, handle)
    figure.legend(
        handles.values(),
        handles.keys(),
        loc="outside lower center",
        ncols=max(1, min(len(handles), int(width / entry))),
        frameon=False,
        handlelength=2.4,
    )
    return figure

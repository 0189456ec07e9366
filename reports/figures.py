"""Figures from evidence: order plots, trajectories, curves and scatter plots.

A finding contributes a figure by carrying, in its data,

    "figure": {"kind": "order" | "trajectory" | "curves" | "scatter" | "effects", "title": ...,
               "xlabel": ..., "ylabel": ..., "series": [{"label", "x", "y", "style"}, ...]}

with style one of printed, corrected, mutant, reference. Series of curves may have "low" and "high",
the edges of a band, and "partial", which points are open; "xscale" and "yscale" may be "log". Kind
"effects": see `reports.effects`.
Nothing is computed here except the slopes that order plots show in their legends.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.mathtext import MathTextParser
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from reports.effects import ROW_HEIGHT, draw_effects, rows_of
from reports.guides import label_guides
from reports.looks import INK, MUTED, PAPER, RULE, SETTINGS, with_looks
from reports.prose import plain

_WIDTH, _HEIGHT, _LEGEND_ROW = 5.0, 3.3, 0.19
#: What the horizontal axis and its label take of a figure whose height follows its rows.
_AXIS_HEIGHT = 0.7
_DOTS_PER_INCH = 160


@dataclass(frozen=True)
class Drawing:
    """A drawn figure: file stem, words about it, and its two renderings."""

    stem: str
    title: str
    caption: str
    svg: str
    png: bytes


def gather(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the figures of a claim's record, those of one kind, check and title merged.

    Each form of a claim is judged by itself, so the curves of one picture arrive in several
    findings; a series without a style takes that of the form's role.
    """
    merged: dict[tuple[str, str, str], dict[str, Any]] = {}
    for finding in record["evidence"]:
        found = finding.get("data", {}).get("figure")
        for figure in found if isinstance(found, list) else [found] if found else []:
            key = (figure["kind"], finding["check"], figure.get("title", ""))
            target = merged.setdefault(key, {**figure, "series": []})
            known = {series["label"] for series in target["series"]}
            for series in figure["series"]:
                if series["label"] not in known:
                    series = {"style": finding.get("role", ""), "x": figure.get("x"), **series}
                    target["series"].append(series)
                    known.add(series["label"])
    return list(merged.values())


def slope(x: Sequence[float], y: Sequence[float]) -> float | None:
    """Return the slope of log y against log x over the three smallest x, or None."""
    pairs = sorted((a, b) for a, b in zip(x, y, strict=True) if _positive(a) and _positive(b))[:3]
    if len(pairs) < 2:
        return None
    logs = np.log(np.array(pairs))
    return float(np.polyfit(logs[:, 0], logs[:, 1], 1)[0])


def _positive(value: Any) -> bool:
    return value is not None and math.isfinite(value) and value > 0


def _numbers(values: Sequence[Any]) -> np.ndarray:
    return np.array([math.nan if value is None else float(value) for value in values])


def typeset_label(text: str) -> str:
    """Return ``text`` if matplotlib can typeset its formulas, else without them."""
    text = text.replace(r"\operatorname", r"\mathrm").replace(r"\tfrac", r"\frac")
    text = text.replace(r"\text{", r"\mathrm{").replace(r"\lvert", "|").replace(r"\rvert", "|")
    try:
        MathTextParser("path").parse(text)
    except ValueError:
        return plain(text)
    return text


def _draw_order(axes: Axes, series: Sequence[dict[str, Any]]) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    guided: set[int] = set()
    guides: list[tuple[str, np.ndarray, np.ndarray]] = []
    for one in series:
        x, y = _numbers(one["x"]), _numbers(one["y"])
        fitted = one.get("order", slope(one["x"], one["y"]))
        text = one["label"] if fitted is None else f"{one['label']} (slope {_signed(fitted)})"
        axes.plot(x, y, markersize=4, linewidth=1.3, label=typeset_label(text), **one["look"])
        near = None if fitted is None else round(fitted)
        if near is None or near < 1 or abs(fitted - near) > 0.25 or near in guided:
            continue
        guided.add(near)
        keep = np.isfinite(x) & np.isfinite(y) & (x > 0) & (y > 0)
        ends = np.array([x[keep].min(), x[keep].max()])
        top = y[keep][np.argmax(x[keep])] * 0.45
        axes.plot(ends, top * (ends / ends[1]) ** near, color=MUTED, linewidth=0.7, zorder=1)
        guides.append((f"order {near}", ends, top * (ends / ends[1]) ** near))
    label_guides(axes, guides, MUTED)
    for axis in (axes.xaxis, axes.yaxis):
        label_decades(axis)


def label_decades(axis: Axis) -> None:
    """Label decades, and 2 and 5 between them where fewer than two decades are seen."""
    low, high = axis.get_view_interval()
    axis.set_minor_formatter(NullFormatter())
    if math.log10(high / low) < 2.0:
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value)))


def _tick(value: float) -> str:
    if 1e-3 <= value < 1e4:
        return f"{value:g}"
    mantissa, _, exponent = f"{value:.0e}".partition("e")
    power = f"10^{{{int(exponent)}}}"
    return f"${power}$" if mantissa == "1" else rf"${mantissa}\cdot {power}$"


def _signed(value: float) -> str:
    """Return two decimals with a real minus sign, and no minus before zero."""
    text = f"{value:.2f}"
    return "0.00" if text == "-0.00" else text.replace("-", "\N{MINUS SIGN}")


def draw_lines(axes: Axes, series: Sequence[dict[str, Any]], *, dots: bool) -> None:
    """Draw curves, their bands and open markers; ``dots``: a reference as dots."""
    for one in series:
        look = dict(one["look"])
        marker = look.pop("marker")
        x, y = _numbers(one["x"]), _numbers(one["y"])
        if "low" in one:
            low, high = _numbers(one["low"]), _numbers(one["high"])
            axes.fill_between(x, low, high, color=look["color"], alpha=0.16, linewidth=0)
        if dots and one.get("style") == "reference" and len(series) > 1:
            look["linestyle"] = "none"
            axes.plot(x, y, marker="o", markersize=2.6, label=typeset_label(one["label"]), **look)
        else:
            marker = marker if len(x) <= 12 and not dots else ""
            label = typeset_label(one["label"])
            axes.plot(x, y, marker=marker, markersize=4, linewidth=1.4, label=label, **look)
        _draw_open_markers(axes, one, x, y)


def _draw_open_markers(axes: Axes, one: Mapping[str, Any], x: np.ndarray, y: np.ndarray) -> None:
    partial = np.array(one.get("partial", ()), dtype=bool)
    if not partial.any():
        return
    axes.plot(
        x[partial],
        y[partial],
        linestyle="none",
        marker=one["look"]["marker"],
        markersize=4,
        markerfacecolor=PAPER,
        markeredgecolor=one["look"]["color"],
        zorder=3,
    )


def _draw_scatter(axes: Axes, series: Sequence[dict[str, Any]]) -> None:
    everything = np.concatenate([_numbers(one[axis]) for one in series for axis in ("x", "y")])
    everything = everything[np.isfinite(everything)]
    low, high = float(everything.min()), float(everything.max())
    margin = 0.04 * (high - low or 1.0)
    axes.plot([low, high], [low, high], color=MUTED, linewidth=0.7, zorder=1)
    for one in series:
        look = {key: one["look"][key] for key in ("color", "marker")}
        marker = "o" if look["marker"] == "." else look["marker"]
        axes.plot(
            _numbers(one["x"]),
            _numbers(one["y"]),
            linestyle="none",
            marker=marker,
            markersize=4,
            markerfacecolor="none",
            markeredgewidth=1.0,
            color=look["color"],
            label=typeset_label(one["label"]),
        )
    axes.set_xlim(low - margin, high + margin)
    axes.set_ylim(low - margin, high + margin)


def _figure(spec: Mapping[str, Any]) -> Figure:
    series = with_looks(spec["series"])
    longest = max(len(plain(one["label"])) for one in series) + (
        13 if spec["kind"] == "order" else 0
    )
    columns = 1 if longest > 30 else 2 if longest > 16 else 3
    rows = math.ceil(len(series) / columns)
    height = _HEIGHT
    if spec["kind"] == "effects":
        height = _AXIS_HEIGHT + ROW_HEIGHT * rows_of(spec)
    figure = Figure(figsize=(_WIDTH, height + _LEGEND_ROW * rows), layout="constrained")
    axes = figure.add_subplot()
    axes.grid(color=RULE, linewidth=0.6)
    axes.set_axisbelow(True)
    if spec["kind"] == "order":
        _draw_order(axes, series)
    elif spec["kind"] == "scatter":
        _draw_scatter(axes, series)
    elif spec["kind"] == "effects":
        draw_effects(axes, series, MUTED, typeset_label)
    else:
        draw_lines(axes, series, dots=spec["kind"] == "trajectory")
    for axis in ("x", "y"):
        axes.set(**{f"{axis}label": typeset_label(spec.get(f"{axis}label", ""))})
        if spec.get(f"{axis}scale"):
            axes.set(**{f"{axis}scale": spec[f"{axis}scale"]})
    figure.legend(loc="outside lower center", ncols=columns, frameon=False, handlelength=2.4)
    return figure


def caption_of(spec: Mapping[str, Any]) -> str:
    """Return the caption: the finding's own, or the title, with fitted orders for order plots."""
    title = str(spec.get("caption") or spec.get("title", "")).strip()
    sentence = title + ("" if title.endswith((".", "?", "!")) else ".")
    if spec["kind"] != "order":
        return sentence
    fits = [(one["label"], one.get("order", slope(one["x"], one["y"]))) for one in spec["series"]]
    told = "; ".join(f"{label} {_signed(value)}" for label, value in fits if value is not None)
    return (
        f"{sentence} Slopes of the logarithms at the three smallest steps: {told}."
        if told
        else sentence
    )


def draw(stem: str, spec: Mapping[str, Any]) -> Drawing:
    """Return ``spec`` drawn; the same data give the same bytes.

    Parameters
    ----------
    stem
        File name without its ending.
    spec
        As described at the head of this module.
    """
    svg, png = rendered(lambda: _figure(spec))
    return Drawing(stem, str(spec.get("title", "")), caption_of(spec), svg, png)


def rendered(make: Callable[[], Figure]) -> tuple[str, bytes]:
    """Return a figure as SVG and PNG, drawn with our settings; equal figures give equal bytes."""
    with matplotlib.rc_context(SETTINGS):
        figure = make()
        vector, raster = io.BytesIO(), io.BytesIO()
        figure.savefig(vector, format="svg", metadata={"Date": None, "Creator": None})
        # Where things stand is settled: the second rendering need not work it out again.
        figure.set_layout_engine("none")
        figure.savefig(raster, format="png", dpi=_DOTS_PER_INCH, metadata={"Software": None})
    # Matplotlib leaves blanks at line ends, which editors and diffs complain about.
    return re.sub(r"[ \t]+\n", "\n", vector.getvalue().decode()), raster.getvalue()


def inline_svg(drawing: Drawing) -> str:
    """Return the SVG for use inside a page: own ids, the page's ink, no background."""
    svg = drawing.svg[drawing.svg.index("<svg") :]
    prefix = re.sub(r"\W", "-", drawing.stem)
    svg = re.sub(r'\bid="', f'id="{prefix}-', svg)
    svg = re.sub(r'(href="#|url\(#)', rf"\g<1>{prefix}-", svg)
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", svg, flags=re.DOTALL)
    for colour, ink in ((INK, "currentColor"), (MUTED, "var(--muted)"), (RULE, "var(--rule)")):
        svg = svg.replace(colour, ink)
    svg = svg.replace(f"fill: {PAPER}", "fill: none")
    name = plain(drawing.title).replace('"', "'").replace("<", "&lt;")
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    return svg.replace("<svg", f'<svg role="img" aria-label="{name}"', 1)

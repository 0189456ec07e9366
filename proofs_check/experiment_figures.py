"""Figures of a panel: the printed one with bands, and the effect in every setting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from numeric.families import FAMILIES
from proofs_check.experiment_trends import Reading, Trend
from proofs_check.experiments import Panel, Setting, Table

QUARTILES = (25, 50, 75)
#: Medians that span more than this many powers of ten are drawn on a logarithmic axis.
LINEAR_DECADES = 2


def bands(panel: Panel, table: Table) -> list[dict[str, Any]]:
    """Return a series for every algorithm: median over data sets, and quartiles as its band.

    Where some data sets have no limit they are those of the others, and ``partial`` says so.
    """
    x = [place.x for place in panel.places]
    series = []
    for label, D in table.distances.items():
        if np.isnan(D).all():
            continue
        with np.errstate(invalid="ignore"):
            low, middle, high = (
                [
                    float(np.nanpercentile(column, q)) if np.isfinite(column).any() else None
                    for column in D.T
                ]
                for q in QUARTILES
            )
        band = {"y": middle, "low": low, "high": high}
        partial = np.isnan(D).any(axis=0).tolist()
        series.append({"label": label, "x": x, **band, "partial": partial, "style": ""})
    return series


def small_parameter_words(value: float) -> str:
    """Return how small the expansion parameter was."""
    if np.isnan(value):
        return "No run had a limit."
    return (
        rf"The expansion parameter $\eta\lambda_{{\max}}/(1-\mu)^2$ was {value:.2g} at the limit "
        f"(median), {'not small' if value > 0.1 else 'small'}."
    )


def as_printed(
    panel: Panel, found: Mapping[Setting, Table], words: str = "as printed"
) -> dict[str, Any]:
    """Return the printed panel: the first setting with the family that the print names."""
    setting = next(each for each in found if each.family == panel.family)
    table = found[setting]
    datasets = len(next(iter(table.distances.values())))
    if len({place.x for place in panel.places}) < len(panel.places):
        # Several starts at one place of the axis: those of the first range are drawn.
        name, chosen = next(iter(panel.ranges.items()))
        words = f"{words}, {name}"
        panel = replace(panel, places=tuple(panel.places[k] for k in chosen))
        lines = {label: D[:, list(chosen)] for label, D in table.distances.items()}
        table = replace(table, distances=lines)
    series = bands(panel, table)
    partial = any(any(one["partial"]) for one in series)
    return {
        "kind": "curves",
        "title": panel.title,
        "xlabel": panel.xlabel,
        "ylabel": r"$D(\theta(\infty), \theta^*)$",
        "xscale": "log",
        "yscale": "log" if _decades(series) > LINEAR_DECADES else "linear",
        "caption": f"{panel.title}, {words}: median and quartiles over {datasets} data sets. "
        + ("Open: over those that have a limit, not all. " if partial else "")
        + small_parameter_words(table.small_parameter),
        "series": series,
    }


def _decades(series: Sequence[dict[str, Any]]) -> float:
    """Return how many powers of ten the medians span."""
    medians = [value for one in series for value in one["y"] if value is not None and value > 0]
    return float(np.log10(max(medians) / min(medians))) if medians else 0.0


def row_name(reading: Reading) -> str:
    """Return the name of a reading's row."""
    setting = reading.setting
    return f"{setting.family}, {setting.truth.replace('-', ' ')}"


def effects_figure(
    panel: Panel, read: Sequence[Reading], trends: Sequence[Trend] = ()
) -> dict[str, Any]:
    """Return the effects by family and law of theta*, the rest as in the printed reading.

    Those of ``trends`` that are not to be drawn are left out.
    """
    hidden = {trend.label for trend in trends if not trend.drawn}
    first = read[0]
    rest = (first.range, first.setting.epsilon, first.setting.batch)
    rows = [each for each in read if (each.range, each.setting.epsilon, each.setting.batch) == rest]
    rows.sort(key=lambda each: list(FAMILIES).index(each.setting.family))
    series = []
    for label in first.effects:
        if label in hidden:
            continue
        effects = [each.effects[label] for each in rows]
        series.append(
            {
                "label": rf"$\ln$ {label}",
                "labels": [row_name(each) for each in rows],
                **{
                    key: [None if one is None else getattr(one, name) for one in effects]
                    for key, name in (("x", "mean"), ("low", "low"), ("high", "high"))
                },
                "style": "",
            }
        )
    return {
        "kind": "effects",
        "title": f"{panel.title}, {first.range}: effects by family of data and law of theta*",
        "xlabel": "logarithm of the ratio",
        "caption": f"{panel.title}, {first.range}: means of the paired logarithms with intervals "
        f"that hold for the {panel.tried} readings of a family at once. A row without a dot had a "
        "run without a limit.",
        "series": series,
    }

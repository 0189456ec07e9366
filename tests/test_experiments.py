"""Panels run the printed settings, count what is lost, and give the same table by every way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from numeric.sweep import outcomes
from proofs_check.experiments import Algorithm, Panel, Place, Setting, settings_of, tables
from proofs_check.panels import PANELS, evaluate_panel

SMALL = Panel(
    "small",
    "Small",
    "Words.",
    "x",
    (Algorithm("GD", "gd", 0.03, 0.0), Algorithm("SGD", "sgd", 0.03, 0.0)),
    (Place(0.1, 0.3), Place(1.0, 1.0)),
    settings_of([1.0], (2,), ["gaussian"], ["normal"]),
    {"all": (0, 1)},
    max_steps=20_000,
)


@pytest.fixture(autouse=True)
def _small_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proofs_check.experiments.SHAPE", (5, 10, 2))


def test_cells_follow_data_places_and_lines() -> None:
    cells = replace(SMALL, datasets=3).cells(SMALL.settings[0])
    assert len(cells) == 3 * 2 * 2
    assert [cell.method for cell in cells[:2]] == ["gd", "sgd"]
    assert [cell.init_scale for cell in cells[:4]] == [0.3, 0.3, 1.0, 1.0]
    assert cells[1].batch == 2
    assert cells[0].batch is None
    assert len({cell.data for cell in cells}) == 3


def test_table_is_that_of_the_outcomes() -> None:
    (table,) = tables(replace(SMALL, datasets=3)).values()
    cells = replace(SMALL, datasets=3).cells(SMALL.settings[0])
    limits = outcomes(cells)
    D = np.array([each.distance for each in limits]).reshape(3, 2, 2)
    np.testing.assert_allclose(table.distances["GD"], D[:, :, 0], rtol=1e-9)
    np.testing.assert_array_equal(table.distances["SGD"], D[:, :, 1])
    norms = np.array([np.abs(each.theta).sum() for each in limits]).reshape(3, 2, 2)
    np.testing.assert_allclose(table.norms["GD"], norms[:, :, 0], rtol=1e-9)


def test_one_by_one_is_together_but_for_rounding(tmp_path: Path) -> None:
    cells = replace(SMALL, datasets=2).cells(SMALL.settings[0])
    for a, b in zip(outcomes(cells), outcomes(cells, alone=True), strict=True):
        assert a.status == b.status
        np.testing.assert_allclose(a.theta, b.theta, rtol=1e-9, atol=1e-12)
    store = tmp_path / "runs.sqlite"
    kept = outcomes(cells, store=store, alone=True)
    again = outcomes(cells, store=store, alone=True)
    assert all(np.array_equal(a.theta, b.theta) for a, b in zip(kept, again, strict=True))


def test_runs_without_a_limit_are_counted() -> None:
    wild = replace(SMALL, algorithms=(Algorithm("GD", "gd", 30.0, 0.0),))
    (table,) = tables(replace(wild, datasets=2)).values()
    assert table.lost == 4
    assert table.statuses["diverged"] == 4
    assert np.isnan(table.small_parameter)


def test_readings_are_counted_by_family() -> None:
    panel = replace(SMALL, settings=settings_of([0.2, 0.6]), ranges={"a": (0,), "b": (1,)})
    # Three laws of theta*, two scalings of the data, two ranges.
    assert panel.tried == 12


def test_every_panel_begins_with_what_is_printed() -> None:
    for printed in PANELS.values():
        first = printed.panel.settings[0]
        assert (first.family, first.truth) == ("gaussian", "random-signs")
        assert printed.panel.algorithms[0].method == "gd"
        assert {place for places in printed.panel.ranges.values() for place in places} <= set(
            range(len(printed.panel.places))
        )


def test_a_panel_is_judged_family_by_family() -> None:
    record = evaluate_panel("fig3b", ["gaussian", "student"], 2, outcomes)
    assert [each["family"] for each in record["families"]] == ["gaussian", "student"]
    for each in record["families"]:
        assert each["verdict"] in {"reproduced", "not reproduced", "no limit"}
        assert {reading["result"] for reading in each["readings"]} <= {"holds", "fails", "no limit"}
        assert sum(each["runs"].values()) == 2 * 2 * 7


def test_settings_are_drawn_again_alike() -> None:
    assert Setting().data(3) == Setting().data(3)
    assert Setting().data(3) != Setting().data(4)

"""Readers of trends judge made-up tables rightly: what holds, what fails, what has no limit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from proofs_check.claim import Form, Outcome
from proofs_check.experiment_claims import panel_finding
from proofs_check.experiment_trends import (
    Result,
    Trend,
    approaches,
    falls,
    gain,
    no_gain,
    readings,
)
from proofs_check.experiments import Algorithm, Panel, Place, Setting, Table

COUNT = 8
PANEL = Panel(
    "made-up",
    "Made up",
    "Words.",
    "x",
    (Algorithm("GD", "gd", 0.1, 0.0), Algorithm("HB", "hb", 0.1)),
    (Place(1.0, 0.1), Place(2.0, 0.2), Place(3.0, 0.3)),
    (Setting(), Setting("uncentred")),
    {"all": (0, 1, 2), "first": (0,)},
)


def table(gd: float, hb: float, growth: float = 1.0, noise: float = 0.05) -> Table:
    """D of GD and HB at the first place, times growth at each next one, with noise."""
    random = np.random.default_rng(7)
    factors = growth ** np.arange(3)
    D = {
        name: value * factors * np.exp(noise * random.normal(size=(COUNT, 3)))
        for name, value in (("GD", gd), ("HB", hb))
    }
    return Table(D, Counter({"finished": 6 * COUNT}), 0.01)


def results(trends: list[Trend], gaussian: Table, uncentred: Table) -> list[Result]:
    found = dict(zip(PANEL.settings, (gaussian, uncentred), strict=True))
    return [each.result for each in readings(PANEL, found, trends)]


HOLDS, FAILS, NO_LIMIT = Result.HOLDS, Result.FAILS, Result.NO_LIMIT


@pytest.mark.parametrize(
    ("trend", "gaussian", "expected"),
    [
        (gain("HB", "GD"), table(1.0, 0.5), HOLDS),
        (gain("HB", "GD"), table(1.0, 1.0), FAILS),
        (gain("HB", "GD"), table(0.5, 1.0), FAILS),
        (no_gain("HB", "GD"), table(0.5, 1.0), HOLDS),
        (no_gain("HB", "GD"), table(1.0, 0.5), FAILS),
        # A clear gain of a twentieth could not be seen in a figure; one of a fifth could.
        (no_gain("HB", "GD"), table(1.05, 1.0, noise=0.001), HOLDS),
        (no_gain("HB", "GD"), table(1.2, 1.0, noise=0.001), FAILS),
        (replace(gain("HB", "GD"), threshold=float(np.log(3))), table(1.0, 0.5), FAILS),
    ],
)
def test_gains(trend: Trend, gaussian: Table, expected: Result) -> None:
    assert results([trend], gaussian, gaussian) == [expected] * 4


def test_noise_is_no_trend() -> None:
    assert results([gain("HB", "GD")], table(1.0, 0.9, noise=1.0), table(1.0, 0.1))[:2] == [
        FAILS,
        FAILS,
    ]


@pytest.mark.parametrize(("growth", "expected"), [(2.0, HOLDS), (1.0, FAILS), (0.5, FAILS)])
def test_falls(growth: float, expected: Result) -> None:
    found = results([falls("GD")], table(1.0, 1.0, growth), table(1.0, 1.0, growth))
    assert found[0] == expected


def test_coming_closer() -> None:
    D = {
        "GD": np.ones((COUNT, 3)),
        "far": np.full((COUNT, 3), 1.5),
        "near": np.full((COUNT, 3), 1.1),
    }
    random = np.random.default_rng(3)
    D["far"] *= np.exp(0.01 * random.normal(size=(COUNT, 3)))
    found = Table(D, Counter(), 0.1)
    assert results([approaches("far", "near", "GD")], found, found) == [HOLDS] * 4
    assert results([approaches("near", "far", "GD")], found, found) == [FAILS] * 4


def test_a_run_without_a_limit_says_nothing_where_it_is_needed() -> None:
    lost = table(1.0, 0.5)
    lost.distances["HB"][2, 1] = np.nan
    found = results([gain("HB", "GD")], lost, table(1.0, 0.5))
    assert found == [NO_LIMIT, HOLDS, HOLDS, HOLDS]
    assert lost.lost == 1


def test_all_trends_must_hold() -> None:
    both = [gain("HB", "GD"), falls("GD")]
    assert results(both, table(1.0, 0.5, 1.0), table(1.0, 0.5, 2.0))[0] == FAILS


def _finding(gaussian: Table, uncentred: Table, *, panel: Panel = PANEL):
    found = dict(zip(PANEL.settings, (gaussian, uncentred), strict=True))
    form = Form("other", "it is so", (gain("HB", "GD"),))
    return panel_finding(panel, found, form)


def test_printed_data_decide_and_others_are_told() -> None:
    finding = _finding(table(0.5, 1.0), table(1.0, 0.5))
    assert finding.outcome is Outcome.FAILS
    assert "Seen on other data" in finding.statement
    assert finding.measured == "gaussian 0 of 2; uncentred 2 of 2"
    assert _finding(table(1.0, 0.5), table(0.5, 1.0)).outcome is Outcome.HOLDS


def test_nothing_but_lost_runs_is_unclear() -> None:
    lost = table(1.0, 0.5)
    lost.distances["HB"][:] = np.nan
    finding = _finding(lost, table(1.0, 0.5))
    assert finding.outcome is Outcome.UNCLEAR
    assert "gaussian 0 of 2 (2 without a limit)" in finding.measured


@pytest.mark.parametrize("change", [gain, no_gain])
def test_a_trend_over_given_places_ignores_the_range(change: Callable[..., Trend]) -> None:
    trend = change("HB", "GD", (2,))
    found = table(1.0, 0.5)
    np.testing.assert_array_equal(trend.of(found, (0,)), trend.of(found, (0, 1)))

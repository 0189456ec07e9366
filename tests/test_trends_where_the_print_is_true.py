"""Trends read off made-up tables: what holds, what fails, and what has no limit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from numeric.checks import Array
from proofs_check.claim import Claim, Outcome
from proofs_check.experiment_claims import panel_finding
from proofs_check.experiment_trends import (
    Relation,
    Result,
    Trend,
    approaches,
    falls,
    gain,
    no_gain,
    readings,
)
from proofs_check.experiments import Panel, Setting, Table
from proofs_check.lyu import fig1, fig1_stopped, fig2, fig3, sec32, sec33

DATASETS, PLACES = 8, (0, 1)
SETTING = Setting()
PANEL = replace(fig1.PANEL_B, settings=(SETTING,), ranges={"both": PLACES})


def table(panel: Panel = PANEL, spread: float = 0.02, **logs: float | Sequence[float]) -> Table:
    """A table in which ln D of each line is the given number, or one a place, and a little noise.

    The noise is of its own for each line; data sets differ by much more, as they do.
    """
    random, shape = np.random.default_rng(1), (DATASETS, len(panel.places))
    level = random.normal(0, 2, (DATASETS, 1))
    distances = {
        line.label: np.exp(level + logs.get(line.label, 0.0) + random.normal(0, spread, shape))
        for line in panel.algorithms
    }
    return Table(distances, Counter({"finished": distances["GD"].size}), 0.01)


def result(found: Table, *trends: Trend, panel: Panel = PANEL) -> Result:
    (read,) = readings(panel, {SETTING: found}, trends)
    return read.result


def lost(found: Table, label: str) -> Table:
    distances = {name: D.copy() for name, D in found.distances.items()}
    distances[label][3, 0] = np.nan
    return replace(found, distances=distances)


GAIN = (gain("HB", "GD"), gain("NAG", "GD"))
NONE = (no_gain("HB", "GD"), no_gain("NAG", "GD"))


def test_a_gain_of_both_methods_is_one() -> None:
    better = table(HB=-0.3, NAG=-0.3)
    assert result(better, *GAIN) is Result.HOLDS
    assert result(better, *NONE) is Result.FAILS


def test_of_one_method_it_is_not() -> None:
    assert result(table(HB=-0.3, NAG=0.1), *GAIN) is Result.FAILS


@pytest.mark.parametrize("change", [0.0, 0.3, -0.01])
def test_what_could_not_be_seen_is_no_advantage(change: float) -> None:
    found = table(HB=change, NAG=change)
    assert result(found, *NONE) is Result.HOLDS
    assert result(found, *(replace(each, threshold=0.05) for each in GAIN)) is Result.FAILS


def test_an_uncertain_effect_is_neither() -> None:
    uncertain = table(spread=3.0)
    assert result(uncertain, *GAIN) is Result.FAILS
    assert result(uncertain, *NONE) is Result.FAILS


def test_a_lost_run_of_a_line_that_is_read_leaves_no_result() -> None:
    found = lost(table(HB=-0.3, NAG=-0.3), "NAG")
    assert result(found, *GAIN) is Result.NO_LIMIT
    assert result(found, GAIN[0]) is Result.HOLDS
    assert result(found, GAIN[0], falls("NAG")) is Result.NO_LIMIT


def test_transition_needs_a_fall_with_the_scale() -> None:
    slope = np.linspace(0, 3, len(PANEL.places))
    assert result(table(GD=slope), falls("GD")) is Result.HOLDS
    assert result(table(GD=-slope), falls("GD")) is Result.FAILS


def test_approaching_is_a_difference_that_shrinks() -> None:
    assert result(table(HB=0.5, NAG=0.1, spread=0.001), approaches("HB", "NAG", "GD")) is (
        Result.HOLDS
    )
    assert result(table(HB=0.1, NAG=0.5, spread=0.001), approaches("HB", "NAG", "GD")) is (
        Result.FAILS
    )


def test_more_readings_widen_the_intervals() -> None:
    effects = []
    for count in (1, 20):
        ranges = {f"range {k}": PLACES for k in range(count)}
        read = readings(replace(PANEL, ranges=ranges), {SETTING: table(HB=-0.3)}, GAIN)
        effects.append(read[0].effects[GAIN[0].label])
    one, many = effects
    assert one is not None
    assert many is not None
    assert many.mean == one.mean
    assert many.high - many.low > 1.5 * (one.high - one.low)


def test_a_relation_can_be_wrong() -> None:
    (read,) = readings(PANEL, {SETTING: table(HB=-0.3)}, GAIN)
    effect = read.effects[GAIN[0].label]
    assert effect is not None
    assert Relation.ABOVE.holds(effect, 0.0)
    assert not Relation.UNSEEN.holds(effect, 0.0)


# --- The claims' own forms, judged by tables that show them ---------------------------------------


SLOPE = np.linspace(0.0, 2.0, 4)
#: Claim, its panel, and ln D of the lines (a number a place) in a world in which it is true.
TRUE_WORLDS: dict[str, tuple[Claim, Panel, dict[str, Array]]] = {
    "fig1a": (fig1.CLAIMS[0], fig1.PANEL_A, dict.fromkeys(("GD", "HB", "NAG"), SLOPE)),
    "fig1b": (
        fig1.CLAIMS[1],
        fig1.PANEL_B,
        {"GD": SLOPE, "HB": SLOPE - 0.3, "NAG": SLOPE - 0.3},
    ),
    "fig1b.stopped": (
        fig1_stopped.CLAIMS[0],
        fig1_stopped.PANEL,
        dict.fromkeys(("HB", "NAG"), np.full(len(fig1_stopped.STOPS), -0.3)),
    ),
    "fig2a": (
        fig2.CLAIMS[0],
        fig2.PANEL_A,
        dict.fromkeys(("HB", "NAG", "SGD"), np.full(len(fig2.SCALES), -0.3)),
    ),
    "fig2b": (
        fig2.CLAIMS[1],
        fig2.PANEL_B,
        dict.fromkeys(("HB", "NAG"), np.linspace(-0.4, 0.0, len(fig2.BIASES))),
    ),
    "fig3a": (
        fig3.CLAIMS[0],
        fig3.PANEL_A,
        {
            each.label: np.array([10 * each.eta])
            for each in fig3.PANEL_A.algorithms
            if each.label != "GD"
        },
    ),
    "fig3b": (
        fig3.CLAIMS[1],
        fig3.PANEL_B,
        {
            each.label: np.array([each.momentum])
            for each in fig3.PANEL_B.algorithms
            if each.label != "GD"
        },
    ),
    "sec32": (
        sec32.CLAIMS[0],
        sec32.PANEL,
        {name: np.array([-0.3, 0.5] * 2) for name in ("HB", "NAG")},
    ),
    "sec33": (
        sec33.CLAIMS[1],
        sec33.PANEL,
        {name: np.array([-0.4, *[0.0] * len(sec33.SLIGHT)]) for name in ("HB", "NAG")},
    ),
}


@pytest.mark.parametrize("name", TRUE_WORLDS)
def test_where_the_print_is_true_it_holds_and_wrong_forms_do_not(name: str) -> None:
    claim, panel, logs = TRUE_WORLDS[name]
    found = {setting: table(panel, 0.01, **logs) for setting in panel.settings}
    forms = claim.forms()
    picture = {"kind": "curves", "series": []}
    judged = {
        form.name: panel_finding(panel, found, form, lambda: picture).outcome
        for form in (forms.printed, *forms.mutants)
    }
    assert judged.pop("printed") is Outcome.HOLDS
    assert set(judged.values()) == {Outcome.FAILS}


@pytest.mark.parametrize("name", TRUE_WORLDS)
def test_where_everything_is_alike_nothing_of_the_print_is_seen(name: str) -> None:
    # Fig. 1(a) claims no benefit, but also a transition with the scale.
    claim, panel, _ = TRUE_WORLDS[name]
    found = {setting: table(panel, 0.05) for setting in panel.settings}
    finding = panel_finding(panel, found, claim.forms().printed, lambda: {"series": []})
    assert finding.outcome is Outcome.FAILS


def test_where_nothing_has_a_limit_nothing_is_decided() -> None:
    claim, panel, _ = TRUE_WORLDS["fig1b"]
    none = table(panel)
    none = replace(none, distances={name: D * np.nan for name, D in none.distances.items()})
    found = dict.fromkeys(panel.settings, none)
    finding = panel_finding(panel, found, claim.forms().printed, lambda: {"series": []})
    assert finding.outcome is Outcome.UNCLEAR

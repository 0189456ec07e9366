"""The chapter says what the evidence says: other numbers make other sentences."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from proofs_check import generalisation_chapter as chapter
from proofs_check.claim import Outcome
from proofs_check.papazov import centring, centring_mean_target, centring_parts
from reports.page import chapter_html, chapter_markdown
from reports.view import build

FIGURE: dict[str, Any] = {
    "kind": "curves",
    "title": "A curve",
    "xlabel": "x",
    "ylabel": "y",
    "caption": "A curve.",
    "series": [{"label": "one", "x": [1.0, 2.0], "y": [1.0, 2.0], "style": ""}],
}
LAWS = ("random-signs", "equal-signs", "normal")


def _record(name: str, **data: Any) -> dict[str, Any]:
    evidence = {"role": "printed", "check": "c", "data": {"figure": FIGURE, **data}}
    return {"id": name, "verdict": "reproduced", "evidence": [evidence]}


def made_up() -> list[dict[str, Any]]:
    """Evidence in which momentum helps on uncentred data with equal signs only."""
    gains = {
        f"{family}, {law}": [0.5, 0.3, 0.7]
        if (family, law) == ("uncentred", "equal-signs")
        else [-0.1, -0.2, -0.01]
        for family in ("gaussian", "uncentred")
        for law in LAWS
    }
    rows = [
        [
            family,
            law,
            0.5,
            [-0.3, -0.4, -0.2],
            [0.2, 0.1, 0.3],
            [0.0, -0.1, 0.1],
            -0.1,
            [0, 0, 0],
            0.4,
        ]
        for family in ("uncentred", "gaussian")
        for law in LAWS
    ]
    target = [[1, -0.1, -0.2, 0.0, 0, 12], [3, 0.1, 0.05, 0.2, 12, 12], [5, 0.5, 0.4, 0.6, 12, 12]]
    inertia = {law: [[0.1, 0.1], [1.0, 0.2]] for law in LAWS}
    return [
        _record(
            chapter.CENTRING,
            gains={"u = v = 0.1": gains},
            small={"gaussian": 0.1},
            figure=[FIGURE, {**FIGURE, "title": "Another"}],
        ),
        _record(chapter.PARTS, parts=rows),
        _record(chapter.TARGET, gains={"0.1": target}),
        *(_record(name, held=[], curves=inertia) for name in chapter.OPTIMAL.values()),
    ]


def text_of(records: list[dict[str, Any]]) -> str:
    made = chapter.generalisation_chapter(records)
    assert made is not None
    return "\n".join([made["summary"], *(section["text"] for section in made["sections"])])


def test_it_renders_as_both_pages() -> None:
    made = chapter.generalisation_chapter(made_up())
    assert made is not None
    (shown,) = build([], chapters=[made])["chapters"]
    for page in (chapter_html(shown, "mirrorcheck"), chapter_markdown(shown, "mirrorcheck")):
        assert "When does momentum generalise better?" in page
        for section in made["sections"]:
            assert section["title"] in page
        assert "tex-source" not in page.partition("</style>")[2]


def test_without_a_claim_there_is_no_chapter() -> None:
    assert chapter.generalisation_chapter(made_up()[1:]) is None
    assert chapter.generalisation_chapter([]) is None


def test_sentences_follow_the_numbers() -> None:
    records = made_up()
    text = text_of(records)
    assert "above zero in 1 of 6 and below zero in 5" in text
    assert "All of the former have uncentred data: equal signs" in text
    assert "features and targets both have means far from zero" in text
    assert "The gain grows with the sum" in text
    assert "never better beyond the intervals" in text
    assert "in all settings" in text

    other = copy.deepcopy(records)
    gains = other[0]["evidence"][0]["data"]["gains"]["u = v = 0.1"]
    for key in gains:
        gains[key] = [-0.1, -0.2, -0.01]
    gains["gaussian, normal"] = [0.4, 0.3, 0.5]
    other[2]["evidence"][0]["data"]["gains"]["0.1"][2] = [5, -0.1, -0.2, 0.0, 0, 12]
    other[1]["evidence"][0]["data"]["parts"][0][-1] = -0.1
    text = text_of(other)
    assert "All of the former have gaussian data: normal" in text
    assert "does not grow clearly" in text
    assert "far from zero" not in text
    assert "helped in some settings" in text
    assert "in all settings" not in text


def test_a_setting_without_a_limit_is_shown_as_one() -> None:
    records = made_up()
    records[0]["evidence"][0]["data"]["gains"]["u = v = 0.1"]["gaussian, normal"] = None
    made = chapter.generalisation_chapter(records)
    assert made is not None
    assert ["gaussian", "normal", "no limit"] in made["sections"][0]["table"]["rows"]
    assert "1 had a run without a limit" in made["sections"][0]["text"]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Small data and few of them: what the checks compute, not what they find."""
    monkeypatch.setattr("proofs_check.experiments.SHAPE", (8, 20, 5))
    few = replace(centring_parts.METHODS, datasets=3, elsewhere=3)
    monkeypatch.setattr(centring_parts, "METHODS", few)
    centring_parts.parts.cache_clear()
    yield
    centring_parts.parts.cache_clear()


@pytest.mark.usefixtures("few")
def test_parts_sum_to_the_change() -> None:
    found = centring_parts.parts("gaussian", "equal-signs")
    assert found.shares.shape == (3, 3)
    assert abs(found.shares.sum(axis=1) - found.total).max() < 1e-9


def test_the_reading_of_the_mean_target_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    forms = centring_mean_target.forms()
    values = {1: -0.1, 3: 0.1, 5: 0.5}

    def gains(total: int, place: int) -> Any:
        return values[total] + 0.001 * (1 + place) * np.arange(6)

    monkeypatch.setattr(centring_mean_target, "gains", gains)
    assert forms.corrected is not None
    assert centring_mean_target.follows(forms.corrected).outcome is Outcome.HOLDS
    values.update({1: 0.5, 5: 0.6})
    assert centring_mean_target.follows(forms.corrected).outcome is Outcome.FAILS


def test_the_reading_of_centring_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    (printed, *mutants) = (centring.forms().printed, *centring.forms().mutants)
    monkeypatch.setattr(centring, "_data", lambda _: {})

    def gains(family: str, truth: str, place: int) -> Any:
        return level[family] + 0.01 * np.arange(6)

    monkeypatch.setattr(centring, "gains", gains)
    level = {"uncentred": 0.5, "gaussian": -0.2}
    assert centring.where_better(printed).outcome is Outcome.HOLDS
    assert all(centring.where_better(each).outcome is Outcome.FAILS for each in mutants)
    level = {"uncentred": 0.5, "gaussian": 0.5}
    assert centring.where_better(printed).outcome is Outcome.FAILS
    level = {"uncentred": -0.5, "gaussian": -0.5}
    assert centring.where_better(printed).outcome is Outcome.FAILS

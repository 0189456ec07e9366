"""Reading a trend off a table: paired over data sets, with intervals for many readings at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

import numpy as np

from numeric.checks import Array
from numeric.paired_statistics import Effect, paired_effect
from proofs_check.claim import Outcome
from proofs_check.experiments import Panel, Setting, Table

#: ln of a ratio that could not be seen in a figure: a tenth.
UNSEEN = float(np.log(1.1))


class Relation(StrEnum):
    """What a trend says of the interval of its effect."""

    ABOVE = "above the threshold"
    UNSEEN = "at most a tenth"

    def holds(self, effect: Effect, threshold: float) -> bool:
        """Decide it."""
        return effect.low > threshold if self is Relation.ABOVE else effect.high < UNSEEN


@dataclass(frozen=True)
class Trend:
    """One thing that a figure is said to show.

    Parameters
    ----------
    label
        What the effect is the logarithm of.
    of
        Takes a table and the places of a range; returns the effect of every data set, (N,).
    relation, threshold
        What is said of it.
    drawn
        Whether the figure of effects has it.
    """

    label: str
    of: Callable[[Table, Sequence[int]], Array]
    relation: Relation = Relation.ABOVE
    threshold: float = 0.0
    drawn: bool = True


class Result(StrEnum):
    """What a reading says."""

    HOLDS = "holds"
    FAILS = "fails"
    NO_LIMIT = "no limit"


@dataclass(frozen=True)
class Reading:
    """All trends of a form in one setting and range; they must hold together."""

    setting: Setting
    range: str
    effects: Mapping[str, Effect | None]
    result: Result


def gain(label: str, reference: str, over: Sequence[int] | None = None) -> Trend:
    """ln(D_reference/D_label), averaged over the places of the range, or over those given."""
    return Trend(
        f"D({reference})/D({label})",
        lambda table, places: _log_ratio(table, reference, label, places if over is None else over),
    )


def no_gain(label: str, reference: str, over: Sequence[int] | None = None) -> Trend:
    """The same effect, said to be less than could be seen."""
    trend = gain(label, reference, over)
    name = trend.label if over is None else f"{trend.label} there"
    return Trend(name, trend.of, Relation.UNSEEN)


def falls(label: str) -> Trend:
    """ln(D at the last place of the range/D at its first)."""

    def of(table: Table, places: Sequence[int]) -> Array:
        D = table.distances[label]
        return np.log(D[:, places[-1]] / D[:, places[0]])

    return Trend(f"D({label}) at the largest over the smallest scale", of, drawn=False)


def approaches(far: str, near: str, reference: str, threshold: float = 0.0) -> Trend:
    """ln(|D_far - D_ref|/|D_near - D_ref|): the difference shrinks from one line to the other."""

    def of(table: Table, places: Sequence[int]) -> Array:
        D = {name: table.distances[name][:, list(places)] for name in (far, near, reference)}
        return np.log(np.abs((D[far] - D[reference]) / (D[near] - D[reference]))).mean(axis=1)

    return Trend(f"difference of {far} over that of {near}", of, threshold=threshold)


def _log_ratio(table: Table, above: str, below: str, places: Sequence[int]) -> Array:
    D = table.distances
    return np.log(D[above][:, list(places)] / D[below][:, list(places)]).mean(axis=1)


def readings(
    panel: Panel, found: Mapping[Setting, Table], trends: Sequence[Trend]
) -> list[Reading]:
    """Read the trends in every setting and range.

    Every trend must hold, so no correction is made for their number; one reading of a family of
    data is enough, so the intervals are those that hold for all readings of a family at once. A
    setting in which a run that a trend needs has no limit says nothing.
    """
    read = []
    for setting, (name, places) in product(found, panel.ranges.items()):
        with np.errstate(divide="ignore", invalid="ignore"):
            effects = {
                trend.label: paired_effect(trend.of(found[setting], places), panel.tried)
                for trend in trends
            }
        read.append(Reading(setting, name, effects, _result(trends, effects)))
    return read


def _result(trends: Sequence[Trend], effects: Mapping[str, Effect | None]) -> Result:
    known = [effects[trend.label] for trend in trends]
    if any(effect is None for effect in known):
        return Result.NO_LIMIT
    holds = all(
        effect is not None and trend.relation.holds(effect, trend.threshold)
        for trend, effect in zip(trends, known, strict=True)
    )
    return Result.HOLDS if holds else Result.FAILS


def held(read: Sequence[Reading]) -> list[Reading]:
    """Return the readings that hold."""
    return [each for each in read if each.result is Result.HOLDS]


def outcome_of(read: Sequence[Reading]) -> Outcome:
    """Return whether one reading holds; unclear if all of them lack a limit."""
    if held(read):
        return Outcome.HOLDS
    lost = all(each.result is Result.NO_LIMIT for each in read)
    return Outcome.UNCLEAR if lost else Outcome.FAILS

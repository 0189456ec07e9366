"""From readings to a finding: where a trend holds, as printed and elsewhere, with its figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from numeric.paired_statistics import CONFIDENCE, Effect
from proofs_check.claim import Check, Finding, Form
from proofs_check.experiment_figures import as_printed, effects_figure
from proofs_check.experiment_trends import Reading, Result, Trend, held, outcome_of, readings
from proofs_check.experiments import Panel, Setting, Table

#: Tables of a panel, in its settings.
Tables = Callable[[], Mapping[Setting, Table]]
Picture = Callable[[], dict[str, Any]]


def ratio(effect: Effect | None) -> str:
    """Return the logarithm of a ratio with its interval, in words."""
    if effect is None:
        return "not compared, a run has no limit"
    return f"{effect.mean:+.2f} [{effect.low:.2f}, {effect.high:.2f}]"


def shown(reading: Reading) -> str:
    """Return the effects of a reading in words."""
    return "; ".join(f"ln {label} = {ratio(effect)}" for label, effect in reading.effects.items())


def best_reading(read: Sequence[Reading]) -> Reading:
    """Return the reading that is clearest, those that hold first: by the lowest end of a trend."""

    def place(each: Reading) -> tuple[bool, float]:
        lows = [effect.low for effect in each.effects.values() if effect is not None]
        return each.result is Result.HOLDS, min(lows, default=-1e300)

    return max(read, key=place)


def clearest(read: Sequence[Reading]) -> str:
    """Return the best reading in words: one in which the trend is seen, or the closest to that."""
    best = best_reading(read)
    word = "Seen" if best.result is Result.HOLDS else "Closest"
    return f"{word} with {named(best)}: {shown(best)}."


def share(read: Sequence[Reading], what: str = "") -> str:
    """Return in how many readings a trend holds, and how many say nothing, in words."""
    lost = sum(each.result is Result.NO_LIMIT for each in read)
    return f"{len(held(read))} of {len(read)}{what}" + (
        f" ({lost} without a limit)" if lost else ""
    )


def named(reading: Reading) -> str:
    """Return what a reading was made of, in words."""
    setting = reading.setting
    parts = [f"{setting.family} data", f"theta* with {setting.truth.replace('-', ' ')}"]
    if setting.epsilon != 1:
        parts.append(f"epsilon {setting.epsilon:g}")
    if setting.batch != 1:
        parts.append(f"minibatches of {setting.batch}")
    return ", ".join([*parts, reading.range])


def panel_finding(
    panel: Panel, found: Mapping[Setting, Table], form: Form, picture: Picture | None = None
) -> Finding:
    """Judge a form, a sequence of trends that must hold together in one reading of printed data."""
    trends: Sequence[Trend] = form.content
    read = readings(panel, found, trends)
    printed = [each for each in read if each.setting.family == panel.family]
    families = {
        family: share([each for each in read if each.setting.family == family])
        for family in dict.fromkeys(each.setting.family for each in read)
    }
    data: dict[str, Any] = {
        "readings that hold, by family": families,
        "endings of runs": dict(sum((table.statuses for table in found.values()), Counter())),
    }
    if form.name == "printed":
        data["figure"] = [
            as_printed(panel, found) if picture is None else picture(),
            effects_figure(panel, read, trends),
        ]
    return Finding(
        outcome_of(printed),
        f"{panel.words} {_counts(panel, found)} {_seen(panel, read, trends)}",
        measured="; ".join(f"{family} {share}" for family, share in families.items()),
        predicted=f"at least one with {panel.family} data",
        criterion="in one reading all of "
        + "; ".join(f"ln {each.label} {_said(each)}" for each in trends)
        + f": Student's intervals of paired logarithms that hold for the {panel.tried} readings of "
        f"a family at once with {CONFIDENCE:.0%}",
        rtol=2e-2,
        atol=2e-2,
        data=data,
    )


def _seen(panel: Panel, read: Sequence[Reading], trends: Sequence[Trend]) -> str:
    """Return what is seen as printed, in the best reading of such data, and elsewhere."""
    printed = [each for each in read if each.setting.family == panel.family]
    first, same = printed[0], best_reading(printed)
    said = [f"As printed ({named(first)}): {shown(first)}."]
    if same is not first and first.result is not Result.HOLDS:
        said.append(clearest(printed))
    if same.result is not Result.HOLDS and len(read) > len(printed):
        other = best_reading(read)
        if other.result is Result.HOLDS:
            said.append(
                f"Seen on other data, with intervals for their family alone: {named(other)}: "
                f"{shown(other)}."
            )
        else:
            said.append("Not seen on any other data.")
    return " ".join([*said, *_alone(printed, trends)])


def _alone(printed: Sequence[Reading], trends: Sequence[Trend]) -> list[str]:
    """Return in how many readings of printed data each of several trends holds by itself."""
    if len(trends) == 1:
        return []
    counts = []
    for trend in trends:
        effects = [reading.effects[trend.label] for reading in printed]
        holding = sum(e is not None and trend.relation.holds(e, trend.threshold) for e in effects)
        counts.append(f"{trend.label} in {holding} of {len(printed)}")
    return [f"Each by itself, with printed data: {'; '.join(counts)}."]


def _said(trend: Trend) -> str:
    return trend.relation.value.replace("the threshold", f"{trend.threshold:.2g}")


def _counts(panel: Panel, found: Mapping[Setting, Table]) -> str:
    lost = sum(table.lost for table in found.values())
    runs = sum(sum(table.statuses.values()) for table in found.values())
    return (
        f"{data_sets(panel)[:1].upper()}{data_sets(panel)[1:]}, {len(panel.ranges)} choices of "
        f"places on the axis; {lost} of {runs} runs without a limit."
    )


def data_sets(panel: Panel) -> str:
    """Return how many data sets a panel has, in words."""
    here = sum(each.family == panel.family for each in panel.settings)
    there = len(panel.settings) - here
    text = f"{panel.datasets} data sets in each of {here} settings of {panel.family} data"
    return text + (f" and {panel.elsewhere} in each of {there} of others" if there else "")


def sampled(panel: Panel) -> str:
    """Return over what a panel samples, in words."""
    truths = dict.fromkeys(each.truth.replace("-", " ") for each in panel.settings)
    parts = [
        data_sets(panel),
        f"families: {', '.join(dict.fromkeys(each.family for each in panel.settings))}",
        f"nonzero entries of theta*: {', '.join(truths)}",
        f"epsilon: {', '.join(dict.fromkeys(f'{each.epsilon:g}' for each in panel.settings))}",
    ]
    if any(each.stochastic for each in panel.algorithms):
        batches = dict.fromkeys(str(each.batch) for each in panel.settings)
        parts.append(f"rows in a minibatch: {', '.join(batches)}")
    return "; ".join([*parts, f"read off {', '.join(panel.ranges)}"])


def trend_check(panel: Panel, found: Tables, picture: Picture | None = None) -> Check:
    """Return the check that reads trends off a panel.

    Parameters
    ----------
    panel, found
        The panel, and the function that returns its tables.
    picture
        Returns its figure, where it is not D of the limits over the places of the panel.
    """
    return Check(
        "trend",
        "Is the trend seen, in the printed setting and in others?",
        lambda form: panel_finding(panel, found(), form, picture),
    )

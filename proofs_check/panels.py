"""The panels of Lyu et al.'s figures over many data sets: a picture and a verdict for each family.

What decides is what decides the claims (`proofs_check.experiment_claims`), with more data sets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from numeric.cells import Cell
from numeric.cells import Outcome as RunOutcome
from numeric.families import FAMILIES
from numeric.sweep import outcomes
from proofs_check.claim import Forms, Outcome
from proofs_check.evidence import load, store
from proofs_check.experiment_claims import panel_finding, ratio
from proofs_check.experiment_figures import as_printed, effects_figure
from proofs_check.experiment_trends import readings
from proofs_check.experiments import Panel, Runner, Setting, Table, tables
from proofs_check.lyu import fig1, fig2, fig3
from proofs_check.tables import counter
from proofs_check.verdict import Verdict
from symbolic.console import UserError, plain_numbers

#: Takes a panel and a setting; returns a figure.
Picture = Callable[[Panel, Setting], dict[str, Any]]
#: Families of data, as on the command line.
FAMILY_NAMES = tuple(FAMILIES)
#: Data sets of a panel by default.
DATASETS = 20
_VERDICTS = {
    Outcome.HOLDS: Verdict.REPRODUCED.value,
    Outcome.FAILS: Verdict.NOT_REPRODUCED.value,
    Outcome.UNCLEAR: "no limit",
}


@dataclass(frozen=True)
class Printed:
    """A printed panel: what to run, what it is said to show, and its claim.

    ``picture`` draws it where it does not show D of the limits.
    """

    panel: Panel
    forms: Callable[[], Forms]
    claim: str
    picture: Picture | None = None


PANELS: Mapping[str, Printed] = {
    "fig1a": Printed(fig1.PANEL_A, fig1.forms_a, "lyu.fig1a"),
    "fig1b": Printed(fig1.PANEL_B, fig1.forms_b, "lyu.fig1b"),
    "fig2a": Printed(fig2.PANEL_A, fig2.forms_a, "lyu.fig2a"),
    "fig2b": Printed(fig2.PANEL_B, fig2.forms_b, "lyu.fig2b"),
    "fig3a": Printed(fig3.PANEL_A, fig3.forms_a, "lyu.fig3a", fig3.curves),
    "fig3b": Printed(fig3.PANEL_B, fig3.forms_b, "lyu.fig3b", fig3.curves),
}


def chosen_families(text: str) -> list[str]:
    """Return the families of data that ``all``, or names separated by commas, stand for.

    Raises
    ------
    UserError
        For a name that is none.
    """
    names = list(FAMILIES) if text == "all" else [name.strip() for name in text.split(",")]
    unknown = [name for name in names if name not in FAMILIES]
    if unknown:
        raise UserError(
            expected=f"families of data: all, or some of {', '.join(FAMILIES)}",
            received=", ".join(map(repr, unknown)),
            remedy="separate names by commas",
        )
    return [name for name in FAMILIES if name in names]


def stored_runner(file: Path, workers: int, what: str) -> Runner:
    """Return what runs cells, those alone that a results file does not hold, and shows progress."""

    def run(cells: Sequence[Cell]) -> list[RunOutcome]:
        with counter(what) as progress:
            return outcomes(cells, store=file, workers=workers, progress=progress, alone=True)

    return run


def evaluate_panel(
    name: str, families: Sequence[str], datasets: int, run: Runner
) -> dict[str, Any]:
    """Run a panel and judge it family by family.

    Parameters
    ----------
    name
        A key of `PANELS`.
    families
        Names in `numeric.families.FAMILIES`.
    datasets
        In each setting.
    run
        Takes cells, returns their outcomes in order.

    Returns
    -------
    dict
        ``panel``, ``title``, ``words``, ``statement``, ``datasets``, ``claim`` and ``families``, a
        list with ``family``, ``verdict``, ``seen``, ``runs``, ``readings`` and ``figures``.
    """
    printed = PANELS[name]
    chosen = tuple(each for each in printed.panel.settings if each.family in families)
    panel = replace(printed.panel, settings=chosen, datasets=datasets, elsewhere=datasets)
    found, form = tables(panel, run), printed.forms().printed
    return {
        "panel": name,
        "title": panel.title,
        "words": panel.words,
        "statement": form.statement,
        "datasets": datasets,
        "claim": printed.claim,
        "families": [_family(printed, panel, found, form, each) for each in families],
    }


def _lost(table: Table) -> str:
    runs = sum(table.statuses.values())
    return f"{table.lost} of {runs} runs without a limit" if table.lost else ""


def _kept(picture: Picture, panel: Panel, setting: Setting) -> dict[str, Any]:
    """Return a picture that takes runs of its own: kept as evidence is, drawn up again if stale."""
    name = f"{panel.name}-{setting.family}-{panel.count(setting)}"
    kept = load(name)
    if kept is None:
        kept = plain_numbers(picture(panel, setting))
        store(name, kept)
    return kept


def _family(
    printed: Printed, whole: Panel, found: Mapping[Setting, Any], form: Any, name: str
) -> dict[str, Any]:
    own = {setting: table for setting, table in found.items() if setting.family == name}
    panel = replace(whole, settings=tuple(own), family=name)
    finding, read = panel_finding(panel, own, form), readings(panel, own, form.content)
    first = next(iter(own))
    picture = printed.picture
    if picture is None:
        words = "as printed" if name == whole.family else f"{name} data"
        drawn = as_printed(panel, own, words)
    else:
        drawn = _kept(picture, panel, first)
    runs = sum((table.statuses for table in own.values()), Counter())
    return {
        "family": name,
        "verdict": _VERDICTS[finding.outcome],
        "seen": str(finding.measured).removeprefix(f"{name} "),
        "runs": dict(runs),
        "readings": [
            {
                "theta_star": each.setting.truth,
                "epsilon": each.setting.epsilon,
                "batch": each.setting.batch,
                "range": each.range,
                "result": each.result.value,
                "effects": {
                    label: None if one is None else [one.mean, one.low, one.high, one.positive]
                    for label, one in each.effects.items()
                },
                "words": {f"ln {label}": ratio(one) for label, one in each.effects.items()},
            }
            for each in read
        ],
        "lost": _lost(own[first]),
        "figures": [drawn, effects_figure(panel, read, form.content)],
    }

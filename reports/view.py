"""What the templates show, arranged from the records; nothing is decided here."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from proofs_check.verdict import MEANINGS, Verdict
from reports.drawing import Order, draw_all
from reports.figures import Drawing, gather
from reports.numbers import value_prose
from reports.papers import paper_of
from reports.speed import speed
from symbolic.console import plain_numbers

Record = Mapping[str, Any]

#: Verdicts that say: as printed, this does not hold, or says nothing.
NOT_AS_PRINTED = (Verdict.CORRECTED, Verdict.VACUOUS, Verdict.REFUTED, Verdict.NOT_REPRODUCED)
_GREEK = "alpha beta gamma delta epsilon eta theta kappa lambda mu nu xi rho phi varphi omega"
_GREEK_NAME = re.compile(rf"^({'|'.join(_GREEK.split())})(?=$|_|\d)", re.IGNORECASE)


def css_name(verdict: str) -> str:
    """Return a verdict as a class name."""
    return verdict.replace(" ", "-")


def quantity_name(key: str) -> str:
    """Return the name of a number as prose: Greek names and subscripts as formulas."""
    if "$" in key or " " in key or len(key) > 24:
        return key
    base, _, subscript = key.partition("_")
    if not (len(base) == 1 or _GREEK_NAME.match(base)):
        return key.replace("_", " ")
    latex = _GREEK_NAME.sub(r"\\\1", base)
    if subscript:
        latex += rf"_{{{subscript}}}" if len(subscript) == 1 else rf"_{{\text{{{subscript}}}}}"
    return f"${latex}$"


def _rows(record: Record, roles: Sequence[str]) -> list[dict[str, Any]]:
    rows = []
    for finding in record["evidence"]:
        if finding["role"] not in roles:
            continue
        within = {"rtol": finding["rtol"], "atol": finding["atol"]}
        rows.append(
            {
                **finding,
                "measured_text": value_prose(finding["measured"], **within),
                "predicted_text": value_prose(finding["predicted"], **within),
            }
        )
    return rows


def _mutants(record: Record) -> list[dict[str, Any]]:
    """Return each mutant with the finding that rejected it, or the last one if none did."""
    shown: dict[str, dict[str, Any]] = {}
    for row in _rows(record, ["mutant"]):
        known = shown.get(row["form"])
        if known is None or known["outcome"] != "fails":
            shown[row["form"]] = row
    return list(shown.values())


def _counterexample(record: Record) -> dict[str, Any] | None:
    found = record["counterexample"]
    if found is None:
        return None
    within = {"rtol": found.get("rtol", 1e-6), "atol": found.get("atol", 0.0)}
    items = [
        (quantity_name(key), value_prose(value, **within))
        for key, value in found["data"].items()
        if key != "figure"
    ]
    return {**found, "items": items}


def _apart_from_method(claim_id: str) -> str:
    """Return the id without the name of the method: heavy ball and Nesterov share a line."""
    return ".".join(part for part in claim_id.split(".") if part not in {"hb", "nag"})


def _sentence(text: str) -> str:
    text = text.strip()
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "?", "!")) else f"{text}."


#: Figures by stem and specification as JSON: drawing is slow, so equal ones are drawn once.
_DRAWN: dict[tuple[str, str], Drawing] = {}


def _wanted(record: Record) -> list[tuple[str, str]]:
    specs = (json.dumps(plain_numbers(spec)) for spec in gather(record))
    return [(f"{record['id']}-{number}", spec) for number, spec in enumerate(specs, 1)]


def _draw_together(records: Iterable[Record]) -> None:
    """Draw all figures of records that are not drawn yet."""
    wanted = [key for record in records for key in _wanted(record)]
    missing = [key for key in dict.fromkeys(wanted) if key not in _DRAWN]
    drawings = draw_all([Order(stem, json.loads(spec)) for stem, spec in missing])
    _DRAWN.update(zip(missing, drawings, strict=True))


def _drawings(record: Record) -> list[Drawing]:
    """Return the figures of a record."""
    _draw_together([record])
    return [_DRAWN[key] for key in _wanted(record)]


def claim_view(record: Record) -> dict[str, Any]:
    """Return one claim as its section shows it."""
    paper = paper_of(record["printed"]["file"])
    section = paper.section_at(record["printed"]["line"])
    return {
        **record,
        "css": css_name(record["verdict"]),
        "meaning": MEANINGS[Verdict(record["verdict"])],
        "paper_short": paper.short,
        "section": section,
        "rows": _rows(record, ["printed", "corrected", "inert"]),
        "mutant_rows": _mutants(record),
        "example": _counterexample(record),
        "drawings": _drawings(record),
    }


def _grouped(claims: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    groups: dict[tuple[str, str], dict[str, Any]] = {}
    for claim in claims:
        section = claim["section"]
        number = section.number if section else ""
        heading = section.title if section else claim["paper_short"]
        group = {"number": number, "heading": heading, "claims": []}
        groups.setdefault((claim["paper_short"], heading), group)["claims"].append(claim)
    return list(groups.values())


def wrong_in_print(claims: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one line for every statement that is not right as printed, in the papers' order.

    The same statement for two methods with the same verdict takes one line.
    """
    lines: dict[tuple[str, str], dict[str, Any]] = {}
    for claim in claims:
        if claim["verdict"] not in NOT_AS_PRINTED:
            continue
        if claim["corrected"]:
            words = claim["corrected"]["statement"]
        elif claim["verdict"] == Verdict.VACUOUS:
            words = claim["meaning"]
        else:
            words = (claim["counterexample"] or {}).get("statement") or claim["reason"]
        key = (_apart_from_method(claim["id"]), claim["verdict"])
        line = lines.setdefault(
            key,
            {
                "verdict": claim["verdict"],
                "css": claim["css"],
                "text": _sentence(words),
                "claims": [],
            },
        )
        line["claims"].append(claim)
    return list(lines.values())


def _exhibit_view(exhibit: Record) -> dict[str, Any]:
    table = exhibit.get("table")
    if table is not None:
        within = {"rtol": table.get("rtol", 1e-6), "atol": table.get("atol", 0.0)}
        rows = [[value_prose(cell, **within) for cell in row] for row in table["rows"]]
        table = {**table, "cells": rows}
    return {"after": "", **exhibit, "drawings": _drawings(exhibit), "table": table}


#: Columns of the table of runs: key in the evidence, heading, and how the number is shown.
_RUN_COLUMNS = (
    ("run", "run", "{}"),
    ("mu", r"$\mu$", "${:g}$"),
    ("kappa", r"$\kappa$", "${:g}$"),
    ("eta", r"$\eta$", "${:.4f}$"),
    ("steps", "steps", "{}"),
    ("sign changes", "sign changes", "{}"),
    ("scale", "scale", "$< {}$"),
    ("out of the row space", "out of the row space", "$< {}$"),
)


def _next_decade(value: float) -> str:
    """Return the power of ten above a positive number, as LaTeX."""
    return f"10^{{{math.floor(math.log10(value)) + 1}}}" if value > 0 else "10^{-60}"


def runs_table(records: Sequence[Record]) -> dict[str, Any] | None:
    """Return the runs on which the exact theorem was tested, from the claims' evidence."""
    found = [
        finding["data"]["runs"]
        for record in records
        for finding in record["evidence"]
        if finding["data"].get("runs")
    ]
    if not found:
        return None
    cells = [
        [
            form.format(_next_decade(run[key]) if form.startswith("$<") else run[key])
            for key, _, form in _RUN_COLUMNS
        ]
        for run in found[0]
    ]
    return {"columns": [heading for _, heading, _ in _RUN_COLUMNS], "cells": cells}


def theorem_view(theorem: Record, records: Sequence[Record]) -> dict[str, Any]:
    """Return a theorem as its page shows it."""
    return {**theorem, "drawings": _drawings(theorem), "runs": runs_table(records)}


def chapter_view(chapter: Record) -> dict[str, Any]:
    """Return a chapter as its page shows it: sections like exhibits, figures named after it."""
    return {**chapter, "sections": [_exhibit_view(each) for each in _sections(chapter)]}


def _sections(chapter: Record) -> list[Record]:
    return [
        {**section, "id": f"{chapter['id']}-{number}"}
        for number, section in enumerate(chapter["sections"], 1)
    ]


def _in_papers(claims: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the claims by paper and section number; a poster's columns are not in that order."""
    papers = list(dict.fromkeys(claim["printed"]["file"] for claim in claims))

    def place(claim: dict[str, Any]) -> tuple[int, str]:
        section = claim["section"]
        return papers.index(claim["printed"]["file"]), section.number if section else ""

    return sorted(claims, key=place)


def build(
    records: Sequence[Record],
    exhibits: Sequence[Record] = (),
    theorems: Sequence[Record] = (),
    chapters: Sequence[Record] = (),
) -> dict[str, Any]:
    """Return everything that the page templates use."""
    sections = [section for chapter in chapters for section in _sections(chapter)]
    _draw_together([*records, *exhibits, *theorems, *sections])
    claims = _in_papers([claim_view(record) for record in records])
    counts = Counter(record["verdict"] for record in records)
    papers = dict.fromkeys(paper_of(record["printed"]["file"]) for record in records)
    return {
        "claims": claims,
        "groups": _grouped(claims),
        "wrong": wrong_in_print(claims),
        "exhibits": [_exhibit_view(exhibit) for exhibit in exhibits],
        "closing": [each for each in [speed()] if each],
        "counts": [
            (v.value, css_name(v.value), counts[v.value]) for v in Verdict if counts[v.value]
        ],
        "meanings": [(v.value, css_name(v.value), meaning) for v, meaning in MEANINGS.items()],
        "papers": list(papers),
        "theorems": [theorem_view(theorem, records) for theorem in theorems],
        "chapters": [chapter_view(chapter) for chapter in chapters],
    }


def drawings_of(view: Mapping[str, Any]) -> list[Drawing]:
    """Return all figures of a view in reading order."""
    sections = [section for chapter in view["chapters"] for section in chapter["sections"]]
    parts = [*view["claims"], *view["exhibits"], *view["theorems"], *sections]
    return [drawing for part in parts for drawing in part["drawings"]]

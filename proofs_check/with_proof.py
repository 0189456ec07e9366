"""Sections on what is proved and not only measured: inequalities in balls, and certificates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from itertools import compress, zip_longest
from typing import Any

from proofs_check.inequalities_exact import METHODS
from proofs_check.inequalities_limits import MOMENTUM

Record = Mapping[str, Any]
Section = dict[str, Any]

#: Digits of a bound that are shown, rounded to the side on which it stays one.
_DIGITS = 3
#: Bounds on the size of rounding differ by machine, bounds of what they are about hardly do.
_WITHIN = {"rtol": 5e-2, "atol": 0.0}
#: What each kind of certificate is shown by, in words.
_ARITHMETIC = {
    "rational": "fractions",
    "entropy": "roots, logarithms",
    "run": "a training run",
    "flow": "a flow",
}


@dataclass(frozen=True)
class _Table:
    """Inequalities of one form: those whose numbers have all the names."""

    title: str
    text: str
    columns: Mapping[str, str]


_MU_KAPPA = r"\mu = {}, \kappa = {}".format(*METHODS["other"])
_TABLES = (
    _Table(
        "With proof: both sides of the exact theorem",
        "A run is enclosed step by step, its limit $\\theta_\\infty$ is proved to exist, and the "
        "minimiser $\\theta^*$ that the exact theorem names by the run's sums is enclosed too. "
        "Beside it the distance to the same minimiser with the sign of $S_u$ turned in the linear "
        "term. "
        f"Other: ${_MU_KAPPA}$; moving: a start with velocity.",
        {
            "distance, at most": r"$|\theta_\infty - \theta^*| \le$",
            "distance of ln xi, at most": r"$|\Delta\ln\xi| \le$",
            "distance with a wrong sign, at least": r"sign turned $\ge$",
        },
    ),
    _Table(
        "With proof: Theorem 3",
        "Distances of the limit from the minimisers that Theorem 3 names, with the sign of its "
        f"linear term as printed and as corrected, at $\\mu = {MOMENTUM}$.",
        {
            "distance to the printed prediction, at least": r"printed $\ge$",
            "distance to the corrected prediction, at most": r"corrected $\le$",
        },
    ),
    _Table(
        "With proof: what half the step does",
        "Factors by which both distances fall as the step size is halved: an error of second order "
        "falls by a factor near four, one that stays does not fall.",
        {
            "factor of the corrected error, at least": r"corrected $\ge$",
            "factor of the printed error, at most": r"printed $\le$",
        },
    ),
    _Table(
        "With proof: Proposition 2",
        "Distance of the limit of gradient flow from the minimiser that Proposition 2 names.",
        {"distance, at least": r"distance $\ge$"},
    ),
)


def _bound(name: str, text: str) -> str:
    """Return a bound with fewer digits as a formula: one from below is rounded down."""
    rounding = ROUND_FLOOR if name.endswith("at least") else ROUND_CEILING
    value = Context(prec=_DIGITS, rounding=rounding).create_decimal(Decimal(text))
    exponent = value.adjusted()
    if -3 < exponent < _DIGITS:
        return f"${value:f}$"
    return rf"${value.scaleb(-exponent):f} \cdot 10^{{{exponent}}}$"


def _apart(claims: Sequence[str]) -> dict[str, list[str]]:
    """Return by claim the parts of its id that others do not share: the method, mostly."""
    parts = {claim: claim.split(".") for claim in claims}
    differ = [len(set(column)) > 1 for column in zip_longest(*parts.values())]
    return {claim: list(compress(names, differ)) for claim, names in parts.items()}


def _case(inequality: Record, method: Sequence[str]) -> str:
    """Return the case of an inequality: words as they are, numbers as formulas."""
    parts = list(method)
    for part in inequality["id"].partition(":")[2].split(","):
        name, equals, value = part.partition("=")
        latex = rf"\{name}" if len(name) > 1 else name
        value = value.replace("..", r" \to ")
        parts.append(f"${latex} = {value}$" if equals else part)
    return ", ".join(parts)


def _form(inequality: Record) -> _Table | None:
    named = set(inequality["numbers"])
    return next((form for form in _TABLES if set(form.columns) <= named), None)


def _said(inequalities: Sequence[Record]) -> str:
    proved = sum(each["proved"] for each in inequalities)
    if proved == len(inequalities):
        return "All are proved." if proved > 1 else "It is proved."
    return f"Only {proved} of {len(inequalities)} are proved."


def _section(title: str, text: str, columns: Sequence[str], rows: list[list[str]]) -> Section:
    table = {"columns": list(columns), "rows": rows, **_WITHIN}
    return {"title": title, "text": text, "table": table, "evidence": []}


def inequality_sections(record: Record) -> list[Section]:
    """Return a section for each form of inequality; what fits none is shown by its statement.

    Parameters
    ----------
    record
        As `proofs_check.inequalities.compute` returns it.
    """
    sections: list[Section] = []
    every = record["inequalities"]
    for form in _TABLES:
        fitting = [each for each in every if _form(each) is form]
        if not fitting:
            continue
        methods = _apart([each["claim"] for each in fitting])
        rows = [
            [
                _case(each, methods[each["claim"]]),
                *(_bound(name, each["numbers"][name]) for name in form.columns),
                "yes" if each["proved"] else "not proved",
            ]
            for each in fitting
        ]
        columns = ["case", *form.columns.values(), "proved"]
        sections.append(_section(form.title, f"{form.text} {_said(fitting)}", columns, rows))
    others = [each for each in every if _form(each) is None]
    if others:
        rows = [
            [f"`{each['id']}`", each["statement"], "yes" if each["proved"] else "not proved"]
            for each in others
        ]
        columns = ["case", "statement", "proved"]
        sections.append(_section("With proof: others", _said(others), columns, rows))
    if sections:
        sections[0]["text"] = (
            "Data, starts and coefficients are rational and every number of a run is enclosed in a "
            "ball that holds it, so that what follows are theorems about these data. "
            f"{sections[0]['text']}"
        )
        sections[-1]["after"] = (
            "`python -m proofs_check --certify` proves them again and prints the radii."
        )
    return sections


def certificate_sections(records: Sequence[Record]) -> list[Section]:
    """Return the section on certificates, none if no claim has one.

    Parameters
    ----------
    records
        Of claims, as `proofs_check.runner.run_claims` returns them.
    """
    having = [(each["id"], each["certificate"]) for each in records if each["certificate"]]
    if not having:
        return []
    refused = [name for name, certificate in having if not certificate["valid"]]
    claims: dict[tuple[str, ...], list[str]] = {}
    for name, certificate in having:
        arithmetic = _ARITHMETIC.get(certificate["kind"], certificate["kind"])
        found = "yes" if certificate["valid"] else certificate["reason"]
        claims.setdefault((certificate["statement"], arithmetic, found), []).append(f"`{name}`")
    # Ids stand with the statement, without commas, which would not let them break: a phone's
    # width has no room for a column of their own.
    rows = [
        [f"{statement} ({' '.join(names)})", *others]
        for (statement, *others), names in claims.items()
    ]
    verdict = (
        f"It does not accept {', '.join(f'`{name}`' for name in refused)}."
        if refused
        else f"It accepts all {len(having)}."
    )
    section = _section(
        "With proof: certificates",
        "Where the verdict on a printed statement does not rest on exact arithmetic by itself, a "
        "certificate proves what it rests on: a few rational numbers, for which a verifier decides "
        "every inequality with integers alone. It is a folder of short files that import nothing "
        f"but the standard library. {verdict}",
        ["what is shown (claim)", "by", "accepted"],
        rows,
    )
    section["after"] = (
        "`python -I proofs_check/verifier proofs_check/certificates/*.json` asks it again."
    )
    return [section]

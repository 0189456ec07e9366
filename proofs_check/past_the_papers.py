"""The chapter on what neither paper has: from the evidence of claims to sentences and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from proofs_check.exhibits import evidence_with_figure
from proofs_check.next_order_effects import MOMENTUM, SEEDS, SHAPE
from proofs_check.with_proof import certificate_sections, inequality_sections

Record = Mapping[str, Any]
NAME = "past-the-papers"
ORDERS, NEXT = "lyu.prop1.every-order", "lyu.thm3.next-order"
OTHERS = ("papazov.smgd.every-method", "lyu.thm3.gradient-init", "lyu.gd-start")


def past_the_papers(
    records: Sequence[Record], effects: Record, inequalities: Record
) -> dict[str, Any] | None:
    """Return the chapter, None if a claim that it rests on has no evidence among the records.

    Parameters
    ----------
    records
        Of claims, as `proofs_check.runner.run_claims` returns them.
    effects
        As `proofs_check.next_order_effects.compute` returns it.
    inequalities
        As `proofs_check.inequalities.compute` returns it.
    """
    found = {record["id"]: record for record in records}
    proved = [each["claim"] for each in inequalities["inequalities"]]
    if not {ORDERS, NEXT} <= set(found):
        return None
    return {
        "id": NAME,
        "title": "Past the papers",
        "summary": _summary(found, effects),
        "text": (
            "Both papers stop at the first power of the step size, and treat two methods. Every "
            "two-step method with momentum $\\mu$ and look-ahead $\\kappa$ is treated here at "
            "once: $x_{k+1} = x_k + \\mu(x_k - x_{k-1}) - \\eta\\nabla L(y_k)$, "
            "$y_k = x_k + \\kappa(x_k - x_{k-1})$, started at rest."
        ),
        "sections": [
            _flow(found[ORDERS]),
            *_coefficients(found[ORDERS]),
            _theorem(found[NEXT]),
            _effects(effects),
            *inequality_sections(inequalities),
            *certificate_sections(records),
        ],
        "claims": [
            name for name in dict.fromkeys((ORDERS, NEXT, *OTHERS, *proved)) if name in found
        ],
    }


def _findings(record: Record, check: str) -> Mapping[str, Any] | None:
    """Return the finding of a check on the printed form."""
    for finding in record["evidence"]:
        if finding["check"].startswith(check) and finding["role"] == "printed":
            return finding
    return None


def _holds(record: Record, check: str) -> bool:
    finding = _findings(record, check)
    return finding is not None and finding["outcome"] == "holds"


def _summary(found: Mapping[str, Record], effects: Record) -> str:
    parts = []
    if _holds(found[ORDERS], "orders"):
        parts.append("the flow that the iterates follow, to any power of the step size")
    if found[NEXT]["verdict"] in ("proved", "supported"):
        parts.append("Theorem 3 to one order more, and with it what the initial gradient does")
    if not parts:
        return "What was tried beyond the papers is not established by the evidence."
    return f"Of every method with momentum and look-ahead: {'; '.join(parts)}."


def _flow(record: Record) -> dict[str, Any]:
    measured = _findings(record, "orders") or {}
    orders = measured.get("measured")
    text = (
        "Behind the first $1/(1-\\mu)$ steps the iterates lie on the path of a first-order "
        "equation, $\\dot x = V(x)$, whose right-hand side is a series in $\\eta$. Its terms are "
        "elementary differentials: the gradient, the Hessian times the gradient, the third "
        "derivative with two gradients in it, and so on, one for each rooted tree. The path starts "
        "not at $x_0$ but beside it, at a point that is such a series as well: what the layer has "
        "done to the start. Truncated at $\\eta^p$, flow and start leave an error of order "
        "$p + 1$."
    )
    if isinstance(orders, Mapping):
        shown = "; ".join(
            f"{name}: {', '.join(f'${q:.2f}$' for q in values)}" for name, values in orders.items()
        )
        text += (
            f" Measured orders for $p = 1, 2, \\dots$ at a fixed time, in high precision: {shown}."
        )
    text += (
        " A second-order equation $\\alpha\\ddot x + \\dot x + \\nabla L/(1-\\mu) = 0$ goes no "
        "further than the first power: beyond it the equation itself exchanges its terms for one "
        "another, and no number in the place of $\\alpha/\\eta$ meets the recursion."
    )
    figure = measured.get("data", {}).get("figure")
    return {
        "title": "The flow to any order",
        "text": text,
        "evidence": [] if figure is None else [evidence_with_figure("orders", figure, 1e-6)],
    }


#: Methods whose coefficients are listed, by name in the evidence.
_METHODS = {"HB": r"heavy ball ($\kappa = 0$)", "NAG": r"Nesterov's method ($\kappa = \mu$)"}
_SERIES = {
    "flow": (
        "Coefficients of the flow",
        "$V(x)$ is the sum of $\\eta^p$ times coefficient times differential.",
    ),
    "start": (
        "Coefficients of its start",
        "The start is $x_0$ plus the sum of $\\eta^p$ times coefficient times differential, "
        "taken at $x_0$.",
    ),
}


def _coefficients(record: Record) -> list[dict[str, Any]]:
    """Return a table for each series and method: side by side they would be too wide."""
    data = (_findings(record, "residual") or {}).get("data", {})
    if "coefficients" not in data:
        return []
    sections = []
    for name, (title, words) in _SERIES.items():
        general = "; ".join(f"of ${tree}$: ${value}$" for tree, value in data["general"][name])
        for place, (method, full) in enumerate(_METHODS.items()):
            first = f"{words} For every $\\kappa$, the first two, {general}. "
            sections.append(
                {
                    "title": f"{title}, {full.partition(' (')[0]}",
                    "text": f"{first if method == 'HB' else ''}For {full}:",
                    "table": {
                        "columns": ["$p$", "differential", "coefficient"],
                        "rows": [
                            [f"${power}$", f"${tree}$", f"${values[place]}$"]
                            for power, tree, *values in data["coefficients"][name]
                        ],
                    },
                    "evidence": [],
                }
            )
    sections[-1]["after"] = (
        "`python -m symbolic hb --order 6` prints them to the sixth power, and for any "
        "$\\mu$ and $\\kappa$."
    )
    return sections


def _theorem(record: Record) -> dict[str, Any]:
    figures = [
        finding["data"]["figure"]
        for finding in record["evidence"]
        if "figure" in finding["data"] and finding["check"].endswith("the run")
    ]
    merged = None
    if figures:
        merged = {**figures[0], "series": [line for each in figures for line in each["series"]]}
    held = record["verdict"] in ("proved", "supported")
    return {
        "title": "Theorem 3 to one order more",
        "text": (
            f"{record['statement']}.\n\n"
            + (
                "So the gradient at the start does act, though not where the print has it: as "
                "$g_0^2$, at the second power of the step, on the *scale* of every coordinate. "
                "The first term of the linear part that is not in the row space of $X$ is the "
                "integral of the *cube* of the gradient along the path; the gradient itself "
                "never leaves the row space."
                if held
                else f"The evidence does not establish it: {record['reason']}."
            )
        ),
        "evidence": [] if merged is None else [evidence_with_figure("next-order", merged, 1e-3)],
    }


def _effects(effects: Record) -> dict[str, Any]:
    rows = [row for row in effects["rows"] if row[-1]]
    shown = [[row[0].partition(",")[0], f"${row[1]:g}$", *row[2:9]] for row in rows]
    families = ", ".join(dict.fromkeys(row[0].replace(", ", " data with ", 1) for row in rows))
    gains = [row[4] / row[5] for row in rows if row[2] < 0.1]
    every = bool(gains) and min(gains) > 1
    worse = [row for row in rows if row[5] >= row[4]]
    return {
        "title": "Size against the first order",
        "text": (
            f"Forecasts without a run: integrals along gradient flow alone. {len(SEEDS)} data sets "
            f"of {SHAPE[0]} samples and {SHAPE[1]} features in each family ({families}), heavy "
            f"ball at $\\mu = {MOMENTUM:g}$ from an unbiased start; medians. "
            + (
                "Where the expansion parameter is below a tenth the next order is "
                f"{_span(gains)} times closer to the trained limit than the first. "
                if every
                else ""
            )
            + (
                f"At larger ones ({len(worse)} of {len(rows)} rows) it is no better: there no "
                "truncation helps, and the exact theorem is the one to use."
                if worse
                else "It is closer in every row."
            )
        ),
        "table": {
            "columns": [
                "data",
                r"$\frac{\eta}{(1-\mu)^2}$",
                "small",
                "flow",
                "first",
                "next",
                r"$|\Delta\ln\xi|$",
                r"of $g_0^2$",
                r"$|\Delta R|$",
            ],
            "rows": shown,
            "rtol": 5e-2,
            "atol": 1e-6,
        },
        "after": "Small: the expansion parameter. Flow, first, next: distance of the trained limit "
        "from the forecasts of gradient flow and of both orders. Then the mean change of "
        "$\\ln\\xi$ to first order, the mean of what $g_0^2$ adds to it, and the largest change of "
        "$R$.",
        "evidence": [],
    }


def _span(values: Sequence[float]) -> str:
    low, high = f"{min(values):.0f}", f"{max(values):.0f}"
    return low if low == high else f"{low} to {high}"

"""The chapter on generalisation: from the evidence of the claims to sentences, tables, figures.

Nothing is run here. Every sentence about a result is chosen, and every number in it taken, by the
evidence of the claims that the chapter rests on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from numeric.families import FAMILIES
from proofs_check.exhibits import evidence_with_figure
from proofs_check.generalisation import COUNT

Record = Mapping[str, Any]
NAME = "generalisation"
CENTRING, PARTS, TARGET = (
    "papazov.centring",
    "papazov.centring.parts",
    "papazov.centring.mean-target",
)
OPTIMAL = {
    "uncentred": "papazov.optimal-lambda.uncentred",
    "gaussian": "papazov.optimal-lambda.centred",
}
OTHERS = (
    "papazov.sparser.statistics.uncentred",
    "papazov.sparser.statistics.centred",
    "papazov.lambda-governs.statistics",
    "lyu.sec32.criterion",
)
#: The numbers of the claims reproduce to this.
WITHIN = 2e-2


def generalisation_chapter(records: Sequence[Record]) -> dict[str, Any] | None:
    """Return the chapter, None if a claim that it rests on has no evidence among the records.

    Parameters
    ----------
    records
        Of claims, as `proofs_check.runner.run_claims` returns them.
    """
    found = {record["id"]: record for record in records}
    needed = (CENTRING, PARTS, TARGET, *OPTIMAL.values())
    try:
        data = {name: _data(found[name]) for name in needed}
        figures = {name: data[name]["figure"] for name in needed}
    except KeyError:
        return None
    verdicts = {name: found[name]["verdict"] for name in (*needed, *OTHERS) if name in found}
    return {
        "id": NAME,
        "title": "When does momentum generalise better?",
        "summary": _short_answer(data),
        "text": _introduction(),
        "sections": [
            _where(data[CENTRING], figures[CENTRING]),
            _target(data[TARGET], figures[TARGET]),
            _why(data[PARTS], figures[PARTS]),
            _inertia(data, figures),
            _practice(data, verdicts),
        ],
        "claims": list(verdicts),
    }


def _data(record: Record) -> Mapping[str, Any]:
    return next(
        finding["data"]
        for finding in record["evidence"]
        if finding["role"] == "printed" and "figure" in finding["data"]
    )


def _interval(effect: Sequence[float]) -> str:
    mean, low, high = effect[:3]
    return f"${mean:+.2f}$ $[{low:+.2f}, {high:+.2f}]$"


def _introduction() -> str:
    families = "; ".join(f"*{each.name}*, {each.description}" for each in FAMILIES.values())
    return (
        "Both papers ask whether momentum finds better solutions, and each answers from one data "
        r"set. Here the same question is asked of many: sparse regression, $y = X\theta^*$ with 5 "
        r"entries of $\theta^*$ that are not zero, networks $\theta = u \odot u - v \odot v$ "
        "trained to their limit by gradient descent (GD) and by heavy ball (HB) at the same "
        r"learning rate from the same start, and $D = |\theta_\infty - \theta^*|_2^2$ compared "
        r"pair by pair. The gain is $\ln(D_{GD}/D_{HB})$: above zero heavy ball is better. Whole "
        "families of data are compared, never single sets; intervals hold for all settings of a "
        f"family at once.\n\nThe families: {families}."
    )


def _where(data: Record, figures: Sequence[Any]) -> dict[str, Any]:
    sizes = list(data["gains"])
    rows = []
    for key in next(iter(data["gains"].values())):
        cells = [data["gains"][size][key] for size in sizes]
        rows.append([*key.split(", "), *["no limit" if c is None else _interval(c) for c in cells]])
    effects = [(k, size, e) for size in sizes for k, e in data["gains"][size].items() if e]
    better = [(k, size) for k, size, e in effects if e[1] > 0]
    worse = [(k, size) for k, size, e in effects if e[2] < 0]
    families = sorted({k.split(", ")[0] for k, _ in better})
    lost = sum(e is None for size in sizes for e in data["gains"][size].values())
    text = (
        f"{COUNT} data sets in each of {len(rows)} settings and {len(sizes)} sizes of the "
        r"start, $\lambda = 0.1$. With its whole interval the gain is above zero in "
        f"{len(better)} of {len(effects)} and below zero in {len(worse)}"
        + (f"; {lost} had a run without a limit" if lost else "")
        + ". "
        + (
            f"All of the former have {' or '.join(families)} data: "
            + "; ".join(f"{k.partition(', ')[2].replace('-', ' ')} with {s}" for k, s in better)
            + "."
            if better
            else "Momentum helped nowhere."
        )
        + " The expansion parameter was "
        + ", ".join(f"{value:.2g} ({family})" for family, value in data["small"].items())
        + " in the median: not small on uncentred data."
    )
    return {
        "title": "Where momentum helps",
        "text": text,
        "table": {
            "columns": ["data", r"$\theta^*$", *[f"${size}$" for size in sizes]],
            "rows": [[row[0], row[1].replace("-", " "), *row[2:]] for row in rows],
            "rtol": WITHIN,
            "atol": WITHIN,
        },
        "evidence": [
            evidence_with_figure(f"gains-{k}", figure, WITHIN, WITHIN)
            for k, figure in enumerate(figures[:2])
        ],
    }


def _target(data: Record, figure: Any) -> dict[str, Any]:
    rows = [
        [f"${size}$", f"${total}$", _interval([mean, low, high]), f"{positive} of {count}"]
        for size, each in data["gains"].items()
        for total, mean, low, high, positive, count in each
    ]
    ends = [(each[0], each[-1]) for each in data["gains"].values()]
    grows = all(last[2] > first[3] for first, last in ends)
    none = all(first[2] <= 0 for first, _ in ends)
    text = (
        "All features have mean 1 here; only the signs of the five entries of $\\theta^*$ differ, "
        "and so the mean of the targets, $\\sum_j \\theta^*_j$. "
        + (
            "The gain grows with the sum, beyond its intervals at every size of the start"
            if grows
            else "The gain does not grow clearly with the sum"
        )
        + (
            ", and where the entries nearly cancel there is none, though the features are as "
            "uncentred as before. What helps is a mean of the targets, not of the features alone."
            if none
            else "; even where the entries nearly cancel there is some."
        )
    )
    return {
        "title": "What of uncentred data decides",
        "text": text,
        "table": {
            "columns": ["$u = v$", r"$\sum_j \theta^*_j$", "gain", "sets on which HB is better"],
            "rows": rows,
            "rtol": WITHIN,
            "atol": WITHIN,
        },
        "evidence": [evidence_with_figure("mean-target", figure, WITHIN, WITHIN)],
    }


def _why(data: Record, figure: Any) -> dict[str, Any]:
    rows = []
    clear: dict[str, list[str]] = {"scale": [], "shape": []}
    for family, truth, factor, scale, shape, start, total, _, uneven in data["parts"]:
        law = truth.replace("-", " ")
        cells = ["no limit" if c is None else _interval(c) for c in (scale, shape, start)]
        numbers = [f"${factor:.2f}$", f"${uneven:+.2f}$"]
        rows.append([family, law, *numbers, *cells, f"${total:+.2f}$"])
        if scale is not None and scale[2] < 0:
            clear["scale"].append(f"{family} data with {law}")
        if shape is not None and shape[1] > 0:
            clear["shape"].append(f"{family} data with {law}")
    support = all(row[-1] > 0 for row in data["parts"])
    factors = {(f, t): factor for f, t, factor, *_ in data["parts"]}
    helped, hurt = factors["uncentred", "equal-signs"], factors["gaussian", "equal-signs"]
    text = (
        "By the exact theorem a limit is decided by three things that a run ends with: the common "
        r"*scale* of $\xi_\infty$ (its geometric mean), its *shape* across coordinates, and the "
        r"*start* $\tilde\theta_0$. Putting those of heavy ball one after the other in the place "
        "of those of GD, in all orders, and taking means gives each its part of the change of $D$; "
        "the last of these minimisers is the trained limit. With equal signs heavy ball leaves "
        rf"${helped:.2f}$ of GD's common scale on uncentred data and ${hurt:.2f}$ on centred data. "
        "A smaller scale makes the potential more like the $\\ell_1$ norm, and its part lowers $D$ "
        f"with its whole interval on {_list(clear['scale'])}. An uneven shape weighs that norm"
        + (
            r": in all settings $\ln\xi$ falls by more on the support of $\theta^*$ than off "
            "it (second column of numbers), and a smaller scale is a heavier penalty"
            if support
            else ""
        )
        + f". Its part raises $D$ with its whole interval on {_list(clear['shape'])}."
    )
    return {
        "title": "Why: scale against shape",
        "text": text,
        "table": {
            "columns": [
                "data",
                r"$\theta^*$",
                "common scale",
                "more on the support",
                "scale",
                "shape",
                r"start $\tilde\theta_0$",
                "mean total",
            ],
            "rows": rows,
            "rtol": 5e-2,
            "atol": WITHIN,
        },
        "evidence": [evidence_with_figure("parts", figure, 5e-2, WITHIN)],
    }


def _list(names: Sequence[str]) -> str:
    if not names:
        return "none of them"
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def _inertia(data: Mapping[str, Record], figures: Mapping[str, Any]) -> dict[str, Any]:
    sentences = []
    for family, name in OPTIMAL.items():
        held = data[name]["held"]
        curves = data[name]["curves"]
        rising = [
            truth for truth, pairs in curves.items() if np.all(np.diff([y for _, y in pairs]) > 0)
        ]
        best = {
            truth: min(pairs, key=lambda pair: pair[1])[0]
            for truth, pairs in curves.items()
            if min(y for _, y in pairs) < 0
        }
        sentences.append(
            f"On {family} data "
            + (
                "an inner inertia is better than none and than a large one with its whole interval "
                f"in {len(held)} readings"
                if held
                else "no inner inertia is better than both none and a large one, beyond intervals"
            )
            + (
                f"; the medians rise with every $\\lambda$ for {_list([_plain(t) for t in rising])}"
                if rising
                else ""
            )
            + (
                "; the smallest median is at "
                + _list([rf"$\lambda = {v:g}$ for {_plain(t)}" for t, v in best.items()])
                if best
                else ""
            )
            + "."
        )
    return {
        "title": "How much inertia",
        "text": r"Heavy ball at many $\lambda = \gamma/(1-\beta)^2$ against gradient flow from the "
        "same start. " + " ".join(sentences),
        "evidence": [
            evidence_with_figure(f"inertia-{family}", figures[name], WITHIN, WITHIN)
            for family, name in OPTIMAL.items()
        ],
    }


def _plain(truth: str) -> str:
    return truth.replace("-", " ")


def _short_answer(data: Mapping[str, Record]) -> str:
    target = data[TARGET]["gains"]
    follows = all(each[-1][2] > each[0][3] and each[0][2] <= 0 for each in target.values())
    effects = [
        (key.split(", ")[0], effect)
        for each in data[CENTRING]["gains"].values()
        for key, effect in each.items()
        if effect is not None
    ]
    better = {family for family, effect in effects if effect[1] > 0}
    if better == {"uncentred"} and follows:
        return (
            "On data whose features and targets both have means far from zero, from small starts, "
            "at moderate inertia: there momentum shrinks the common scale of the potential. Not on "
            "centred data, where what it does is mostly uneven."
        )
    if not better:
        return "In none of the settings tried did it, beyond the intervals."
    return f"In some settings on {_list(sorted(better))} data; the sections say which and why."


def _practice(data: Mapping[str, Record], verdicts: Mapping[str, str]) -> dict[str, Any]:
    centred = [
        effect
        for each in data[CENTRING]["gains"].values()
        for key, effect in each.items()
        if key.startswith("gaussian") and effect is not None
    ]
    largest = max(abs(effect[0]) for effect in centred)
    helped = any(effect[1] > 0 for effect in centred)
    others = "; ".join(f"`{name}`: {verdict}" for name, verdict in verdicts.items())
    return {
        "title": "What to take from it",
        "text": (
            "On centred normal data momentum helped in some settings, beyond the intervals: see "
            "the table above. "
            if helped
            else "On centred normal data momentum was never better beyond the intervals: there its "
            "choice is a matter of speed. "
        )
        + rf"The limits differ there by at most ${largest:.2f}$ in $\ln D$ on average, at "
        r"$\lambda = 0.1$. Whoever wants a sparser solution can also start smaller: that shrinks "
        "the scale evenly, at the price of some steps near the saddle (`lyu.saddle.escape`)."
        f"\n\nThe verdicts behind this page: {others}.",
        "evidence": [],
    }

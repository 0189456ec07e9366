"""The flow behind the initial layer as formal series: exact, for symbolic mu, kappa and k."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import sympy as sp

from proofs_check.claim import Finding, Form, Outcome
from symbolic import elementary_differentials as ed
from symbolic.elementary_differentials import Series, Tree
from symbolic.modified_equation import (
    HIGHEST_ORDER,
    coefficients_at,
    recursion_residual,
    slow_field,
)
from symbolic.rational_functions import GENERATORS
from symbolic.slow_start import (
    StepFunction,
    iterates_by_tree,
    left_by_recursion,
    path_of_flow,
    slow_start,
)
from symbolic.symbols import KAPPA, MU


class Pair(NamedTuple):
    """A slow flow and its start as series, and their order."""

    field: Series
    start: Series
    order: int


@dataclass(frozen=True)
class Statement:
    """For each order p the flow and the start through O(eta^p), right or changed."""

    orders: tuple[int, ...]
    change: Callable[[Pair], Pair] | None = None

    def at(self, order: int) -> Pair:
        """Return flow and start of an order."""
        right = Pair(slow_field(order), slow_start(order), order)
        return right if self.change is None else self.change(right)


@lru_cache(maxsize=4)
def _iterates(order: int) -> tuple[dict[Tree, StepFunction], int]:
    """Return the iterates from rest, and for how many trees they are not what they should be."""
    found = iterates_by_tree(order)
    moving = [tree for tree, a in found.items() if a.at(0) or a.at(-1)]
    return found, len(left_by_recursion(found, order)) + len(moving)


def residual(form: Form) -> Finding:
    """Decide that iterate minus flow has only terms with a factor mu^k, tree by tree.

    Three things, none of which uses how flow, start or iterates were found: the recursion vanishes
    along the flow, wherever that starts; the iterates, as functions of k, solve the recursion and
    begin at rest; what of them does not decay is the flow from the start, for all k.
    """
    stated: Statement = form.content
    order = HIGHEST_ORDER if stated.change is None else max(stated.orders)
    field, start, _ = stated.at(order)
    along = recursion_residual(Series(field.coefficients, order + 1), *GENERATORS).coefficients
    iterates, wrong = _iterates(order)
    path = path_of_flow(field, Series(start.coefficients, order, 1))
    apart = [tree for tree, a in iterates.items() if a.lasting + (-1) * path[tree]]
    left = len(along) + wrong + len(apart)
    return Finding(
        Outcome.FAILS if left else Outcome.HOLDS,
        r"For symbolic $\mu$, $\kappa$ and $k$ the recursion along the flow through "
        f"$O(\\eta^{order})$; the recursion on the iterates from rest; and their part that does "
        r"not decay against the flow at the time $k\eta$ from the start: elementary differentials "
        "that do not vanish.",
        measured=left,
        predicted=0,
        criterion="none is left",
        rtol=0.0,
        data=coefficient_tables() if form.name == "printed" else {},
    )


#: Methods whose coefficients are listed, and to which power of the step size.
LISTED = {"HB": (MU, sp.S.Zero), "NAG": (MU, MU)}
LISTED_ORDER = 4


def coefficient_tables() -> dict[str, Any]:
    """Return the coefficients of flow and start, as LaTeX, by method and tree; exact."""
    series = {"flow": slow_field(LISTED_ORDER), "start": slow_start(LISTED_ORDER)}
    found: dict[str, Any] = {}
    for name, which in series.items():
        of = {method: coefficients_at(which, mu, kappa) for method, (mu, kappa) in LISTED.items()}
        found[name] = [
            [
                ed.nodes(tree) - (name == "flow"),
                sp.latex(ed.notation(tree)),
                *(sp.latex(each.get(tree, sp.S.Zero)) for each in of.values()),
            ]
            for tree in ed.all_trees(which.order)
        ]
    general = {
        name: [
            [sp.latex(ed.notation(tree)), sp.latex(value)]
            for tree, value in coefficients_at(which, MU, KAPPA).items()
            if ed.nodes(tree) <= 2
        ]
        for name, which in series.items()
    }
    return {"coefficients": found, "general": general}

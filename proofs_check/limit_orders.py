"""Orders of differences between limits, those that do not vanish at all included."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from numeric.orders import NotAsymptotic, fit_error_expansion, measure_order
from proofs_check.claim import Finding, Outcome

Array = np.ndarray

#: Bound on the error of a trained limit: residuals stop at some 1e-14, and some 10^4 steps of
#: rounding 1e-16 each add up to 1e-12 at the most.
FLOOR = 1e-12
#: Fraction of the largest difference above which a constant counts.
CONSTANT = 1e-3


class Differences(NamedTuple):
    """Differences of limits, shape (k, d), at k values of what tends to zero."""

    label: str
    steps: Array
    errors: Array
    reference: Array | None = None


def order_of(differences: Differences) -> int:
    """Return p of differences = O(h^p), p = 0 included.

    A constant is fitted as the first coefficient of h times the differences and is there if it
    makes up more than a thousandth of the difference at the largest step.

    Raises
    ------
    NotAsymptotic
        If the data do not decide it.
    """
    h, errors = differences.steps, differences.errors
    largest = float(np.linalg.norm(errors[np.argmax(h)]))
    fitted = fit_error_expansion(h, errors * h[:, None], floor=FLOOR * float(np.max(h)))
    constant, doubt = float(fitted.sizes[0]), float(fitted.uncertainties[0])
    if constant - doubt > CONSTANT * largest:
        return 0
    if not constant + doubt <= CONSTANT * largest:
        raise NotAsymptotic(
            expected=f"a constant known to {CONSTANT * largest:.3g}",
            received=f"{constant:.3g} with an uncertainty of {doubt:.3g}",
            remedy="use larger steps if rounding shows, smaller ones otherwise",
        )
    return measure_order(h, errors, differences.reference, floor=FLOOR).order


def order_finding(families: Sequence[Differences], claimed: int, statement: str) -> Finding:
    """Compare measured orders with the claimed one; a higher or a lower order fails alike."""
    orders: dict[str, int] = {}
    for family in families:
        try:
            orders[family.label] = order_of(family)
        except NotAsymptotic as refusal:
            return Finding(Outcome.UNCLEAR, f"{family.label}: {refusal}", predicted=claimed)
    agree = all(order == claimed for order in orders.values())
    return Finding(
        Outcome.HOLDS if agree else Outcome.FAILS,
        statement,
        measured=sorted(set(orders.values())),
        predicted=claimed,
        criterion="every measured order is the predicted one: lower coefficients absent, its own "
        "present",
        rtol=0.0,
        data={"orders": orders},
    )

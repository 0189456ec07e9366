"""Orders of differences between limits, those that do not vanish at all included."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from numeric.convergence import EPS
from numeric.orders import NotAsymptotic, fit_error_expansion, measure_order
from numeric.problems import Problem
from numeric.training import TrainedBatch
from proofs_check.claim import Finding, Outcome

Array = np.ndarray

#: Fraction of the largest difference above which a constant counts.
CONSTANT = 1e-3


class Differences(NamedTuple):
    """Differences of limits, shape (k, d), at k values of what tends to zero.

    ``floor`` is what rounding and stopping may add to each difference, in the 2-norm
    (`limit_floor`).
    """

    label: str
    steps: Array
    errors: Array
    floor: float
    reference: Array | None = None


def limit_floor(problem: Problem, runs: TrainedBatch, mu: float) -> float:
    """Return what rounding and stopping may add to a trained limit, in the 2-norm.

    A residual r that is left moves theta by X^+ r.
    """
    left = np.linalg.norm(np.linalg.pinv(problem.X), 2) * np.sqrt(problem.n)
    return rounding_of_limits(runs.steps, runs.theta, mu) + float(left * np.max(runs.residual))


def rounding_of_limits(steps: Array, thetas: Array, mu: float) -> float:
    """Return what rounding may add to limits, (k, d), of runs of so many steps, in the 2-norm.

    K steps round by eps each, independently: sqrt(K) of them, which momentum stretches by
    1/(1-mu).
    """
    size = np.linalg.norm(thetas, axis=1).max()
    return float(EPS * np.sqrt(np.max(steps)) / (1 - mu) * size)


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
    fitted = fit_error_expansion(h, errors * h[:, None], floor=differences.floor * float(np.max(h)))
    constant, doubt = float(fitted.sizes[0]), float(fitted.uncertainties[0])
    if constant - doubt > CONSTANT * largest:
        return 0
    if not constant + doubt <= CONSTANT * largest:
        raise NotAsymptotic(
            expected=f"a constant known to {CONSTANT * largest:.3g}",
            received=f"{constant:.3g} with an uncertainty of {doubt:.3g}",
            remedy="use larger steps if rounding shows, smaller ones otherwise",
        )
    return measure_order(h, errors, differences.reference, floor=differences.floor).order


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

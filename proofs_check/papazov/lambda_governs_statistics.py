"""Papazov et al., summary: lambda governs the test error, whatever step size and momentum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import combinations

import numpy as np

from numeric.checks import Array
from proofs_check.claim import Check, Claim, Finding, Form, Forms, Quotation
from proofs_check.experiment_claims import clearest, sampled, share
from proofs_check.experiment_trends import Trend, outcome_of, readings
from proofs_check.experiments import (
    Algorithm,
    Setting,
    Table,
    settings_of,
    tables,
)
from proofs_check.generalisation import COUNT, METHODS, PAPER, SIZES, by_size, places, rate

LAMBDAS, MOMENTA = (0.03, 0.3), (0.8, 0.9, 0.97)


def _label(value: float, momentum: float) -> str:
    return f"lambda {value:g}, beta {momentum:g}"


PANEL = replace(
    METHODS,
    name="lambda-governs",
    title="Heavy ball, two inertias, three momenta each",
    algorithms=tuple(
        Algorithm(_label(value, momentum), "hb", rate(value, momentum), momentum)
        for value in LAMBDAS
        for momentum in MOMENTA
    ),
    places=places(SIZES[1:2]),
    ranges=by_size(SIZES[1:2]),
    settings=settings_of([1.0], families=["gaussian", "uncentred"]),
    family="gaussian",
)


@cache
def found() -> Mapping[Setting, Table]:
    """Return the table of every setting."""
    return tables(PANEL)


def between_over_within(threshold: float) -> Trend:
    """ln(smallest difference of ln D across lambda over the largest within one lambda)."""

    def of(table: Table, chosen: Sequence[int]) -> Array:
        logs = {
            (value, momentum): np.log(table.distances[_label(value, momentum)][:, list(chosen)])
            for value in LAMBDAS
            for momentum in MOMENTA
        }
        within = np.max(
            [
                np.abs(logs[value, a] - logs[value, b])
                for value in LAMBDAS
                for a, b in combinations(MOMENTA, 2)
            ],
            axis=0,
        )
        low, high = LAMBDAS
        across = np.min(
            [np.abs(logs[high, a] - logs[low, b]) for a in MOMENTA for b in MOMENTA], axis=0
        )
        return np.log(across / within).mean(axis=1)

    return Trend("change of ln D across lambda over that within", of, threshold=threshold)


def governs(form: Form) -> Finding:
    """Compare how much the error changes across lambda with how much it does within."""
    read = readings(PANEL, found(), [between_over_within(float(np.log(form.content)))])
    return Finding(
        outcome_of(read),
        f"ln of the smallest |change of ln D| between lambda = {LAMBDAS[0]:g} and {LAMBDAS[1]:g} "
        f"over the largest among beta = {', '.join(f'{mu:g}' for mu in MOMENTA)} at one lambda, "
        f"{COUNT} data sets in each setting. {clearest(read)}",
        measured=share(read, " readings"),
        predicted=f"above ln {form.content:g} in at least one",
        criterion=f"Student's intervals for the {PANEL.tried} readings of a family at once",
        rtol=2e-2,
        atol=5e-2,
    )


def forms() -> Forms:
    """Return the printed statement and wrong ones."""
    return Forms(
        Form(
            "printed",
            r"$\lambda$ governs the test error: it changes it twice as much as momentum does at "
            r"one $\lambda$",
            2.0,
        ),
        mutants=(
            Form("lambda alone", "momentum changes it a thousandth as much", 1000.0),
            Form("ten thousand times", "momentum hardly changes it", 10_000.0),
        ),
    )


CLAIMS = (
    Claim(
        id="papazov.lambda-governs.statistics",
        title="Lambda and the test error",
        paper=PAPER,
        equation="summary",
        printed=Quotation(
            "papazov2024-summary.txt",
            29,
            "shows experiments where lambda governs test error",
        ),
        claimed_over="not stated",
        sampled_over=lambda: (
            sampled(PANEL)
            + f"; lambda {' and '.join(f'{value:g}' for value in LAMBDAS)}, beta "
            + ", ".join(f"{mu:g}" for mu in MOMENTA)
        ),
        forms=forms,
        checks=(Check("governs", "What changes the error more?", governs),),
        depends=("papazov.lambda-governs.theory",),
        empirical=True,
        remark="What lambda leaves to beta is the factor (1+beta)/2, see "
        "`papazov.lambda-governs.theory`: little for momenta near one.",
    ),
)

"""How Theorem 3 of Lyu et al. is measured: the order in eta of limit minus prediction.

The printed statement neglects O(eta^2), so its error must be of order 2: the coefficient of eta,
fitted over a geometric sequence of step sizes, must be absent compared with that of the theory
without inertia, and the coefficient of eta^2 must be present.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from numeric.orders import ABSENT, NotAsymptotic, OrderMeasurement, measure_order
from proofs_check.claim import Finding, Form, Outcome
from proofs_check.limit_families import COUNT, RATIO, LimitFamily, Prediction, prediction_errors
from symbolic.implicit_bias import momentum_bias_corrected
from symbolic.symbols import XI

#: The theory without inertia, which the coefficients are compared with.
NULL = Prediction(0 * XI, XI, momentum_bias_corrected())
#: Names of the forms whose error is drawn, mutants among them.
DRAWN = (
    "printed",
    "corrected",
    "inertia: 5 % larger",
    "inertia of the other method",
    "gradient term dropped",
    "gradient term with the other sign",
    "square root dropped",
)
#: An error of order 2 falls by RATIO^(2 (COUNT - 1)) over a family, one of order 1 by
#: RATIO^(COUNT - 1). One that falls by less than half of even that does not vanish with eta.
_NOT_VANISHING = RATIO ** -(COUNT - 1) * 2


def order_of(family: LimitFamily, prediction: Prediction) -> OrderMeasurement | None:
    """Return the measured order of a prediction's error; None if the error does not vanish.

    Raises
    ------
    NotAsymptotic
        If the order cannot be told.
    """
    errors = prediction_errors(family, prediction)
    sizes = np.linalg.norm(errors, axis=1)
    if sizes[-1] > _NOT_VANISHING * sizes[0]:
        return None
    return measure_order(
        family.steps,
        errors,
        prediction_errors(family, NULL),
        floor=family.floor,
        small=family.small,
    )


def second_order(form: Form, families: Sequence[Callable[[], LimitFamily]]) -> Finding:
    """Return whether the error of ``form`` is of order 2, and not of order 3, on every family.

    The first family in which the order is lower decides that the form fails. The first family of
    the sequence is the one that is drawn.
    """
    prediction: Prediction = form.content
    worst_ratio, least_second = 0.0, np.inf
    shown = families[0]()
    for family_of in families:
        family = family_of()
        try:
            measured = order_of(family, prediction)
        except NotAsymptotic as refused:
            return Finding(Outcome.UNCLEAR, f"{family.label}: {refused}.")
        if measured is None or measured.order < 2:
            return _fails(form, family, shown, measured)
        if measured.order > 2:
            return Finding(
                Outcome.UNCLEAR,
                f"{family.label}: order {measured.order}, so order 2 is not sharp here.",
            )
        worst_ratio = max(worst_ratio, float(measured.ratios[0]))
        least_second = min(least_second, float(measured.ratios[1]))
    return Finding(
        Outcome.HOLDS,
        f"Limit minus prediction on {len(families)} families: the coefficient of $\\eta$ is absent "
        "(largest ratio to the one without inertia), that of $\\eta^2$ is present in all "
        f"(smallest ratio {least_second:.2g}), so the order is 2 and not 3.",
        measured=worst_ratio,
        predicted=ABSENT,
        criterion="measured <= predicted",
        rtol=0.5,
        atol=ABSENT / 10,
        data=_figure(form, shown),
    )


def _fails(
    form: Form, family: LimitFamily, shown: LimitFamily, measured: OrderMeasurement | None
) -> Finding:
    if measured is None:
        errors = np.linalg.norm(prediction_errors(family, form.content), axis=1)
        return Finding(
            Outcome.FAILS,
            f"{family.label}: the error does not vanish with the step size.",
            measured=float(errors[-1] / errors[0]),
            predicted=float(RATIO ** (-2 * (COUNT - 1))),
            criterion="error at the smallest step over that at the largest, against order 2",
            rtol=1e-3,
            data=_figure(form, shown),
        )
    return Finding(
        Outcome.FAILS,
        f"{family.label}: the coefficient of $\\eta$ is present, so the order is 1.",
        measured=float(measured.ratios[0]),
        predicted=ABSENT,
        criterion="measured <= predicted",
        rtol=1e-2,
        data=_figure(form, shown),
    )


def _figure(form: Form, family: LimitFamily) -> dict[str, object]:
    """Return the error curve of a form, for the forms that a picture can hold."""
    if form.name not in DRAWN:
        return {}
    errors = np.linalg.norm(prediction_errors(family, form.content), axis=1)
    return {
        "figure": {
            "kind": "order",
            "title": f"Error of the predicted limit ({family.label})",
            "xlabel": r"step size $\eta$",
            "ylabel": r"$|\theta_\infty - \mathrm{prediction}|_2$",
            "series": [{"label": form.name, "x": list(family.steps), "y": list(errors)}],
        }
    }

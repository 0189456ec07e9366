"""First-order flows on any number type, to as many digits as it has: extrapolated midpoint steps.

Gragg's modified midpoint rule has an error in even powers of the step, so columns of Richardson
extrapolation gain two orders each (Hairer, Norsett, Wanner, "Solving Ordinary Differential
Equations I", II.9). Steps are the whole time divided by powers of two, exact in every type.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from symbolic.console import UserError

#: Columns of an extrapolation, and how often the step may be halved.
COLUMNS, HALVINGS = 12, 16


def extrapolated_flow(
    field: Callable[[Any], Any], x0: Any, time: Any, tolerance: Any, columns: int = COLUMNS
) -> Any:
    """Return x(time) for x' = field(x), x(0) = x0.

    Parameters
    ----------
    field, x0, time
        Arrays (m,) and a number of one type: floats, mpf, mpfr.
    tolerance
        Bound on the last correction of a step, in the maximum norm.
    columns
        Columns of each extrapolation.

    Raises
    ------
    UserError
        If the tolerance is not reached with the smallest step.
    """
    correction: Any = np.inf
    for halvings in range(HALVINGS + 1):
        x, step = x0, time / 2**halvings
        for _ in range(2**halvings):
            x, correction = _extrapolated_step(field, x, step, tolerance, columns)
            if not correction <= tolerance:
                break
        else:
            return x
    raise UserError(
        expected=f"a flow that {HALVINGS} halvings of the step resolve to {tolerance}",
        received=f"a correction of {float(correction):.3g}",
        remedy="use a shorter time, or more digits than the tolerance asks for",
    )


def _extrapolated_step(
    field: Callable[[Any], Any], x: Any, step: Any, tolerance: Any, columns: int
) -> tuple[Any, Any]:
    """Return the end of one step and the size of the last correction."""
    slope = field(x)
    row: list[Any] = []
    correction: Any = np.inf
    for k in range(1, columns + 1):
        new = [_midpoint(field, x, slope, step, 2 * k)]
        for j, before in enumerate(row, 1):
            # T_{k,j+1} = T_{k,j} + (T_{k,j} - T_{k-1,j})/((n_k/n_{k-j})^2 - 1)
            change = (new[-1] - before) * (k - j) ** 2 / (k**2 - (k - j) ** 2)
            new.append(new[-1] + change)
        if row:
            correction = max(abs(entry) for entry in new[-1] - row[-1])
            if correction <= tolerance:
                return new[-1], correction
        row = new
    return row[-1], correction


def _midpoint(field: Callable[[Any], Any], x: Any, slope: Any, step: Any, parts: int) -> Any:
    """Return Gragg's rule over ``step`` in an even number of parts."""
    h = step / parts
    last, now = x, x + h * slope
    for _ in range(parts - 1):
        last, now = now, last + 2 * h * field(now)
    return now

"""The runs of `proofs_check.theorem_runs` in double precision, with their own rounding bounds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from numeric.compiled import numpy_function
from numeric.exact_limit import ARGUMENTS, stationarity_gap
from numeric.problems import Start
from numeric.training import Trained, train
from proofs_check.theorem_runs import TheoremRun, before_start
from symbolic.two_step import TwoStepMethod

#: A run counts as a reference run if it takes at most so many steps and stays so clear of zero
#: (`Trained.closest`); then it must meet this requirement. All three are stated requirements.
MOST_STEPS, CLEAREST, REFERENCE_BOUND = 10_000, 100.0, 1e-11


@dataclass(frozen=True)
class FloatGaps:
    """How far one run in float64 is from the statement.

    Parameters
    ----------
    largest
        The larger of |ln(xi_inf/stated)| and the part of grad Q + R out of the row space.
    allowed
        The rounding bound that the run computed.
    reference
        Whether it is a reference run.
    """

    largest: float
    allowed: float
    reference: bool

    @property
    def finite(self) -> bool:
        """Whether there is anything to compare: the sums of a run that met zero are not defined."""
        return bool(np.isfinite([self.largest, self.allowed]).all())


@lru_cache(maxsize=64)
def float_run(found: TheoremRun) -> tuple[Trained, Start, Start]:
    """Train the run in double precision; return it with x_0 and x_{-1}."""
    data, run = found.problem, found.run
    start = Start(data.u, data.v)
    before = Start(*before_start(data)) if run.moves else start
    rows = None if found.rows is None else [np.array(batch) for batch in found.rows]
    method = TwoStepMethod(found.label, float(run.mu), float(run.kappa))
    trained = train(data.problem, start, method, float(run.eta), before=before, rows=rows)
    return trained, start, before


def float_gaps(found: TheoremRun, log_scale: Any, linear: Any) -> FloatGaps | None:
    """Return how far the run is from ln xi_inf and R as stated; None if it did not converge."""
    trained, start, before = float_run(found)
    if not (trained.converged or trained.stalled):
        return None
    given = (start.u, start.v, before.u, before.v, *trained.sums, float(found.run.mu))
    stated = numpy_function(ARGUMENTS, log_scale)(*given)
    scale = float(np.abs(np.log(trained.xi) - stated).max())
    term = numpy_function(ARGUMENTS, linear)(*given)
    outside = stationarity_gap(found.problem.problem, trained.u, trained.v, term)
    return FloatGaps(
        float(np.max([scale, outside])),  # keeps NaN
        trained.excess_error,
        trained.steps <= MOST_STEPS and trained.closest <= CLEAREST,
    )

r"""The excesses of the exact theorem along runs: arrays, sums, and what rounding can make of them.

`symbolic.discrete_theorem` has the identity of a step; `numeric.kernel` evaluates its ratios from
differences of iterates, so that ratios near 1 do not cancel. Why the sums can be trusted: for any
three floats x_{k-1}, x_k, x_{k+1} and any y_k, exactly,

.. math:: \ln\frac{|x_{k+1}|}{|x_k|} - \mu \ln\frac{|x_k|}{|x_{k-1}|} + e_k
          = \frac{x_{k+1} - m_k x_k}{y_k} = \mp 2\eta\,g_k + \rho_k,

where \rho_k is the rounding of the step over y_k. u and v take the same float 2 \eta g_k, which
cancels in ln|u v|; each step leaves \rho_k and the rounding of e_k, and their sum over (1 - mu)
is the error of ln xi. A step whose ratios are all within 1/8 of 1 makes at most four units of
2^-53, for each neuron; a neuron that nearly meets zero magnifies rounding by the ratios there,
|m_k x_k/y_k|, |\mu p_k/y_k| = |p_k/x_k| |x_k/y_k| and so on: products of two of the ratios that
`Trained.closest` is the largest of. Altogether, of the order eps (K + M^2)/(1 - mu) for K steps;
the kernel adds up the bounds of such steps as they come. In the stationarity of the limit a
quarter of both neurons' rounding appears, and that of g_k, which is small where |2 eta g_k| is.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from numeric.convergence import EPS
from numeric.problems import Array

#: Half an ulp of 1, the unit of the bounds.
UNIT = EPS / 2
#: Units that a step with all ratios within 1/8 of 1 adds to the bound of a neuron. The step itself:
#: |m x/y| + |x_{k+1}/y| <= 9/4, 2 |mu p/y| <= 2 * 9/7 * 1/8, |2 eta g| <= 1/4; rounding of the
#: ratios 1/2, of y 1/4, of sums 1/8: 3.7 in all.
UNITS_A_STEP = 4.0


def excess_error(bounds: Array, steps: int, mu: float) -> float:
    """Return the bound of the rounding of ln xi_K + S_u + S_v, the largest over coordinates.

    Parameters
    ----------
    bounds
        Units from steps with ratios away from 1, (2, d), as the kernel adds them up.
    steps
        Length of the run.
    mu
        Momentum.
    """
    return float((bounds.sum(axis=0) + 2 * UNITS_A_STEP * steps).max() * UNIT / (1 - mu))


def step_excesses(before: Any, now: Any, after: Any, mu: float, kappa: float) -> Array:
    """Return e_k in float64 for arrays of x_{k-1}, x_k and x_{k+1} of one shape, as arrays of it.

    NaN where x_k, x_{k+1}, y_k or m_k is zero, as `numeric.kernel.excess` has it. In mpmath
    numbers: `numeric.precise_runs.default_excess`.
    """
    from numeric import kernel

    three = (np.asarray(x, dtype=np.float64) for x in (before, now, after))
    before, now, after = np.broadcast_arrays(*three)
    found = np.empty(now.shape)
    for place in np.ndindex(now.shape):
        x = float(now[place])
        ahead = x + kappa * (x - float(before[place]))
        value, _, _ = kernel.excess(float(before[place]), x, ahead, float(after[place]), mu, kappa)
        found[place] = value
    return found

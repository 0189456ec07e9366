"""One window of one run, compiled: the second writing of the recursion that speed asks for.

The first is `symbolic.two_step.two_step_update`, with which `tests/` compares this one. Beside the
neurons it carries what is needed along a run: sums of squared gradients, the excesses of the exact
theorem (`symbolic.discrete_theorem`), and what their rounding can amount to. Numba compiles when
a function is first called; everything compiled is in this one file, because Numba's cache follows
the edits of one file only. Importing this module imports Numba: do so where a run begins.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from numeric.convergence import EPS

#: Ratios that differ from 1 by no more than this need no logarithm and are no near miss of zero.
NEAR = 0.125
#: A neuron below this counts as zero: products with it lose digits to underflow.
SMALLEST = 2.0**-1000
#: What `Trained.closest` starts from: no ratio of a step near 1 exceeds 9/7 * 8/7.
NO_NEAR_MISS = 1.5


def compiled(function: Callable[..., Any]) -> Any:
    """Compile for float64; a multiplication and an addition may be fused, nothing reordered."""
    options: dict[str, Any] = {"fastmath": {"contract"}, "nogil": True, "error_model": "numpy"}
    try:
        return numba.njit(function, cache=True, **options)
    except RuntimeError:  # no folder to write to: compile in every process instead
        return numba.njit(function, **options)


@compiled
def near_divergence(difference: float, base: float) -> float:
    """Return r(z) = z - 1 - ln|z| for z = 1 + difference/base and |z - 1| <= `NEAR`.

    With t = z - 1 and s = t/(2 + t), t - ln(1 + t) = t s - 2 (s^3/3 + s^5/5 + ...): nothing
    cancels. As |s| <= 1/15 what is left out is below s^13/15 < 2^-54 of t s. Rounding makes 2 units
    of s, 4 of t s and less than 2 of the rest: 6 units, 2^-53 each, of the result.
    """
    s = difference / (2.0 * base + difference)
    w = s * s
    odd = 1 / 11 + w * (1 / 13)
    odd = 1 / 3 + w * (1 / 5 + w * (1 / 7 + w * (1 / 9 + w * odd)))
    return difference / base * s - 2.0 * s * w * odd


@compiled
def divergence(t: float) -> float:
    """Return r(z) = z - 1 - ln|z| for z = 1 + t."""
    if abs(t) <= NEAR:
        return near_divergence(t, 1.0)
    if t > -1.0:
        return t - math.log1p(t)
    return t - math.log(-(1.0 + t))


@compiled
def doubt(t: float) -> float:
    """Return a bound of what rounding makes of r(1 + t), in units of 2^-53.

    t has a relative error of up to four units, which makes 4 |t| |r'| = 4 t^2/|1 + t|; logarithm
    and differences add up to |t| + 3 |ln| + 1 where t is not small, and the sum of four such terms
    3 |r|. |ln| is below |t| + t^2/|1 + t|.
    """
    return 10.0 * t * t / abs(1.0 + t) + 11.0 * abs(t)


@compiled
def excess(
    before: float, now: float, ahead: float, after: float, mu: float, kappa: float
) -> tuple[float, float, float]:
    """Return e_k of one neuron, a bound of its rounding and its nearest miss of zero.

    Parameters
    ----------
    before, now, after
        x_{k-1}, x_k and x_{k+1}.
    ahead
        y_k as the step used it. The identity of a step holds whatever y_k is, so a rounded y_k
        costs no more than the rounding of the ratios.
    mu, kappa
        The method.

    Returns
    -------
    tuple
        e_k = r(x_{k+1}/y_k) - r(m_k/rho_k) + r(m_k) + mu r(q_k), NaN where m_k is zero or one of
        x_k, y_k, x_{k+1} is below `SMALLEST`; the bound in units of 2^-53, with the rounding of the
        step itself, (|m_k x_k| + 2 |mu p_k| + |x_{k+1}|)/|y_k| + |2 eta g_k|; and the largest of
        |p_k/x_k|, |x_k/x_{k+1}|, |x_k/y_k|, 1/|m_k|, |y_k/x_{k+1}|.
    """
    p = now - before
    drift = now + mu * p
    t_step = (after - ahead) / ahead
    t_free = (mu - kappa) * p / ahead
    t_drift = mu * p / now
    t_back = -p / now
    value = divergence(t_step)
    # Without look-ahead the two terms between are equal, with that of Nesterov one is zero.
    if kappa != 0.0:
        value += divergence(t_drift) - divergence(t_free)
    value += mu * divergence(t_back)
    bound = (abs(drift) + 2.0 * abs(mu * p) + abs(after)) / abs(ahead) + abs(t_step - t_free)
    bound += doubt(t_step) + mu * doubt(t_back)
    if kappa != 0.0:
        # y_k is x_k + kappa p_k up to (1 + 2 |kappa p_k/y_k|) units.
        slope = abs(t_free / (1.0 + t_free))
        bound += doubt(t_drift) + doubt(t_free) + (1.0 + 2.0 * abs(kappa * p / ahead)) * slope
    miss = max(abs(p / now), abs(now / after), abs(now / ahead), abs(now / drift))
    miss = max(miss, abs(ahead / after))
    smallest = min(abs(now), abs(ahead), abs(after))
    if not math.isfinite(value + bound) or smallest < SMALLEST or drift == 0.0:
        return math.nan, math.inf, math.inf
    return value, bound, miss


@compiled
def step_forward(
    before: Any, now: Any, ahead: Any, g: Any, rate: float, mu: float, kappa: float, after: Any
) -> bool:
    """Put x_{k+1} into ``after``; all arrays are (d,), ``rate`` is +2 eta for u and -2 eta for v.

    Returns whether all ratios of the step are within `NEAR` of 1.
    """
    far = 0
    for j in range(now.size):
        p = now[j] - before[j]
        # d theta/du = 2 u, d theta/dv = -2 v. One force for both: its rounding cancels in u v.
        after[j] = now[j] + mu * p - rate * g[j] * ahead[j]
        limit = NEAR * abs(ahead[j])
        near = (
            (abs(after[j] - ahead[j]) <= limit)
            & (abs((mu - kappa) * p) <= limit)
            & (abs(p) <= NEAR * abs(now[j]))
            & (abs(now[j]) >= 2.0 * SMALLEST)
        )
        far += 0 if near else 1
    return far == 0


@compiled
def near_excesses(
    before: Any, now: Any, ahead: Any, after: Any, mu: float, kappa: float, out: Any
) -> None:
    """Put e_k of neurons all ratios of which are near 1 into ``out``; all arrays are (d,)."""
    for j in range(out.size):
        out[j] = near_divergence(after[j] - ahead[j], ahead[j])
    if kappa != 0.0:
        for j in range(out.size):
            p = now[j] - before[j]
            free = near_divergence((mu - kappa) * p, ahead[j])
            out[j] += near_divergence(mu * p, now[j]) - free
    if mu != 0.0:
        for j in range(out.size):
            out[j] += mu * near_divergence(before[j] - now[j], now[j])


@compiled
def add_compensated(terms: Any, sums: Any, lost: Any) -> None:
    """Add ``terms`` to ``sums`` and what rounding takes away to ``lost``; all are (d,)."""
    for j in range(terms.size):
        total = sums[j] + terms[j]
        shift = total - sums[j]
        lost[j] += (sums[j] - (total - shift)) + (terms[j] - shift)
        sums[j] = total


@compiled
def combine_rows(weights: Any, rows: Any, out: Any) -> None:
    """Add sum_i weights_i rows_i to ``out``, four rows at a time; rows are (m, k), out (k,)."""
    whole = weights.size - weights.size % 4
    for i in range(0, whole, 4):
        a, b, c, e = weights[i], weights[i + 1], weights[i + 2], weights[i + 3]
        for j in range(out.size):
            two = a * rows[i, j] + b * rows[i + 1, j]
            out[j] += two + (c * rows[i + 2, j] + e * rows[i + 3, j])
    for i in range(whole, weights.size):
        a = weights[i]
        for j in range(out.size):
            out[j] += a * rows[i, j]


@compiled
def measure(XT: Any, y: Any, x: Any, last: Any, theta: Any, residual: Any, worst: Any) -> None:
    """Raise ``worst`` (3,) to |X theta - y|_inf, |x - last|_inf and the largest move in eps |x|.

    NaN stays. ``theta`` (d,) and ``residual`` (n,) are work space.
    """
    for j in range(theta.size):
        theta[j] = x[0, j] * x[0, j] - x[1, j] * x[1, j]
    for i in range(residual.size):
        residual[i] = -y[i]
    combine_rows(theta, XT, residual)
    for i in range(residual.size):
        size = abs(residual[i])
        if size > worst[0] or size != size:
            worst[0] = size
    for s in range(2):
        for j in range(theta.size):
            move = abs(x[s, j] - last[s, j])
            part = move / abs(x[s, j]) / EPS
            if move > worst[1] or move != move:
                worst[1] = move
            if part > worst[2] or part != part:
                worst[2] = part


@compiled
def window(
    data: tuple[Any, Any, Any],
    x: Any,
    last: Any,
    carried: tuple[Any, Any, Any, Any],
    minibatches: tuple[Any, Any],
    steps: int,
    method: tuple[float, float, float],
    watch: bool,
    states: Any,
) -> float:
    """Take ``steps`` steps of one run in place and return the nearest miss of zero among them.

    Parameters
    ----------
    data
        X (n, d), its transpose (d, n), and y (n,).
    x, last
        Neurons x_k and x_{k-1}, (2, d), u first; overwritten.
    carried
        Added to: sum of g_k^2, (d,); of the excesses e_k and what rounding lost of it, (2, d); of
        the bounds of steps away from 1 (others are worth `numeric.excesses.UNITS_A_STEP`), (2, d).
    minibatches
        Row indices and offsets: step k uses ``rows[offsets[k]:offsets[k + 1]]``; all rows if
        ``offsets`` is empty.
    steps, method
        How many steps of which (mu, kappa, eta).
    watch, states
        ``states[1]`` gets residual, move and move in eps |x| at the end, (2, 3), and ``states[0]``
        the largest of all steps with ``watch``, otherwise the same.
    """
    (X, XT, y), (path, sums, lost, bounds) = data, carried
    (rows, offsets), (mu, kappa, eta) = minibatches, method
    n, d = X.shape
    ahead, residual = np.empty((2, d)), np.empty(n)
    theta, g, after, e = np.empty(d), np.empty(d), np.empty(d), np.empty(d)
    miss = NO_NEAR_MISS
    for i in range(3):
        states[0, i] = states[1, i] = 0.0
    for k in range(steps):
        for s in range(2):
            for j in range(d):
                ahead[s, j] = x[s, j] + kappa * (x[s, j] - last[s, j])
        for j in range(d):
            theta[j] = ahead[0, j] * ahead[0, j] - ahead[1, j] * ahead[1, j]
            g[j] = 0.0
        if offsets.size == 0:
            for i in range(n):
                residual[i] = -y[i]
            combine_rows(theta, XT, residual)
            combine_rows(residual, X, g)
            size = float(n)
        else:
            size = float(offsets[k + 1] - offsets[k])
            for place in range(offsets[k], offsets[k + 1]):
                i = rows[place]
                r = -y[i]
                for j in range(d):
                    r += X[i, j] * theta[j]
                for j in range(d):
                    g[j] += r * X[i, j]
        for j in range(d):
            g[j] /= size
            path[j] += g[j] * g[j]
        for s in range(2):
            rate = 2.0 * eta if s == 0 else -2.0 * eta
            if step_forward(last[s], x[s], ahead[s], g, rate, mu, kappa, after):
                near_excesses(last[s], x[s], ahead[s], after, mu, kappa, e)
            else:
                for j in range(d):
                    e[j], bound, found = excess(
                        last[s, j], x[s, j], ahead[s, j], after[j], mu, kappa
                    )
                    bounds[s, j] += bound
                    miss = max(miss, found)
            add_compensated(e, sums[s], lost[s])
            for j in range(d):
                last[s, j], x[s, j] = x[s, j], after[j]
        if watch:
            measure(XT, y, x, last, theta, residual, states[0])
    measure(XT, y, x, last, theta, residual, states[1])
    if not watch:
        for i in range(3):
            states[0, i] = states[1, i]
    return miss

"""Entropy projections to any number of digits, for hard data and as a reference.

Newton's method on the dual with python-flint matrices. The radii of the balls are dropped after
each step (Newton corrects itself), so the result is not an enclosure: what vouches for it is the
residual of the optimality conditions, evaluated afresh at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import mpmath
import numpy as np
from flint import arb, arb_mat, ctx, fmpq, fmpz

from numeric.compiled import mpmath_function
from symbolic.console import UserError
from symbolic.entropy import RATIO, HyperbolicEntropy
from symbolic.symbols import THETA, XI

#: Decimal digits unless told otherwise.
DIGITS = 60
#: Digits beyond which data are called intractable.
MOST_DIGITS = 480
#: Newton steps allowed; each moves no log-ratio by more than `LONGEST_MOVE`.
MOST_STEPS = 500
LONGEST_MOVE = 2.0
#: A rounding of double precision.
EPSILON = 2.0**-52


@cache
def _in_ratio() -> tuple[Any, Any]:
    """Return theta and its slope by the log-ratio; compiled when first asked for, as it is slow."""
    theta, slope = (mpmath_function((RATIO, XI), e) for e in HyperbolicEntropy().in_ratio)
    return theta, slope


@cache
def _gradient() -> Any:
    return mpmath_function((THETA, XI), HyperbolicEntropy().gradient)


@dataclass(frozen=True)
class PreciseProjection:
    """An entropy projection to many digits.

    Parameters
    ----------
    theta, dual
        The minimiser, shape (d,), and the multipliers nu, shape (n,): object arrays of `mpmath.mpf`
        that carry the full precision.
    feasibility
        Largest |X theta - y| of a row relative to that row's |X| |theta|.
    digits
        Working precision.
    iterations
        Newton steps.
    """

    theta: np.ndarray
    dual: np.ndarray
    feasibility: float
    digits: int
    iterations: int


def ball(number: Any) -> Any:
    """Return ``number`` (float, int, Fraction, mpf, NumPy scalar or decimal text) as a ball."""
    if isinstance(number, (arb, fmpq, fmpz)):
        return arb(number)
    if isinstance(number, (int, np.integer)):
        return arb(int(number))
    if isinstance(number, (float, np.floating)):
        return arb(float(number))
    if isinstance(number, mpmath.mpf):
        # `man_exp` of an mpf has no sign.
        mantissa, exponent = number.man_exp
        size = arb((fmpz(int(mantissa)), fmpz(int(exponent))))
        return -size if number < 0 else size
    if isinstance(number, Fraction):
        return arb(fmpq(number.numerator, number.denominator))
    return arb(str(number))


def precise_number(value: Any) -> Any:
    """Return the midpoint of a ball as an mpf, exactly."""
    mantissa, exponent = (int(part) for part in value.mid().man_exp())
    # At as many bits as the mantissa has, the conversion is exact.
    with mpmath.workprec(max(1, mantissa.bit_length())):
        return mpmath.ldexp(mpmath.mpf(mantissa), exponent)


def precise_projection(
    X: Any, y: Any, xi: Any, linear: Any = None, *, digits: int = DIGITS, dual: Any = None
) -> PreciseProjection:
    """Minimise sum_j Q_{xi_j}(theta_j) + linear . theta over {X theta = y}, to many digits.

    Parameters
    ----------
    X, y
        Shapes (n, d) and (n,); entries are floats, fractions, mpf or decimal text, taken exactly.
    xi
        Positive scale, a number or shape (d,).
    linear
        Linear term, shape (d,); zero by default.
    digits
        Working precision; doubled while the residual does not reach half of the digits.
    dual
        Where to start, shape (n,); zero by default.

    Raises
    ------
    UserError
        If the rows of X depend on each other to `MOST_DIGITS` digits or Newton does not converge.
    """
    rows = [list(row) for row in X]
    count = len(rows[0])
    scales = [xi] * count if np.ndim(xi) == 0 else list(xi)
    shift = [0] * count if linear is None else list(linear)
    start = [0] * len(rows) if dual is None else list(dual)
    reason = ""
    while digits <= MOST_DIGITS:
        # The doubling happens outside, the context outside of that: precision never leaks.
        with ctx.workdps(digits):
            found, reason = _newton(rows, list(y), scales, shift, start, digits)
        if found is not None:
            return found
        digits *= 2
    raise UserError(
        expected="data whose entropy projection can be computed",
        received=f"{reason} at {MOST_DIGITS} digits or fewer",
        remedy="remove rows of X that nearly depend on others, or rescale columns and xi",
    )


def _newton(
    rows: list[list[Any]],
    targets: list[Any],
    scales: list[Any],
    shift: list[Any],
    start: Sequence[Any],
    digits: int,
) -> tuple[PreciseProjection | None, str]:
    n, d = len(rows), len(rows[0])
    X = arb_mat([[ball(entry) for entry in row] for row in rows])
    sizes = arb_mat([[abs(ball(entry)) for entry in row] for row in rows])
    XT = X.transpose()
    y = arb_mat(n, 1, [ball(entry) for entry in targets])
    xi = [ball(entry) for entry in scales]
    R = arb_mat(d, 1, [ball(entry) for entry in shift])
    nu = arb_mat(n, 1, [ball(entry) for entry in start])
    enough = arb(10) ** (-(digits // 2))
    previous = None
    for step in range(MOST_STEPS):
        # grad Q(theta) + R = X^T nu, that is theta_j = xi_j (rho_j - 1/rho_j), rho = exp(4 z).
        z = (XT * nu - R).mid()
        rho = [(4 * each).exp().mid() for each in z.entries()]
        theta = arb_mat(d, 1, [_in_ratio()[0](*pair) for pair in zip(rho, xi, strict=True)]).mid()
        residual = (X * theta - y).mid()
        magnitude = arb_mat(
            d, 1, [abs(t) + EPSILON * s for t, s in zip(theta.entries(), xi, strict=True)]
        )
        feasibility = _largest_ratio(residual, sizes * magnitude)
        # Beyond half of the digits Newton doubles them: stop when they no longer improve.
        if previous is not None and feasibility <= enough and feasibility >= previous / 2:
            return PreciseProjection(
                np.array([precise_number(t) for t in theta.entries()], dtype=object),
                np.array([precise_number(each) for each in nu.entries()], dtype=object),
                float(feasibility),
                digits,
                step,
            ), ""
        previous = feasibility
        slope = [_in_ratio()[1](*pair).mid() for pair in zip(rho, xi, strict=True)]
        weighted = arb_mat([[w * XT[j, i] for i in range(n)] for j, w in enumerate(slope)])
        try:
            move = (X * weighted).mid().solve(residual, algorithm="approx").mid()
        except ZeroDivisionError:
            return None, "rows of X that depend on each other"
        longest = max(abs(4 * each) for each in (XT * move).entries())
        if not longest.is_finite():
            return None, "rows of X that depend on each other"
        if longest > LONGEST_MOVE:
            move *= (LONGEST_MOVE / longest).mid()
        nu = (nu - move).mid()
    return None, f"no convergence in {MOST_STEPS} Newton steps"


def _largest_ratio(residual: arb_mat, size: arb_mat) -> arb:
    pairs = zip(residual.entries(), size.entries(), strict=True)
    return max((abs(r) / s if s > 0 else abs(r)).mid() for r, s in pairs)


def residuals_to_many_digits(
    X: Any, y: Any, xi: Any, linear: Any, theta: Any, dual: Any, digits: int = DIGITS
) -> tuple[float, float]:
    """Return the relative stationarity and feasibility of ``theta``, evaluated with many digits.

    Parameters
    ----------
    X, y, xi, linear, theta, dual
        Arrays of floats or mpf of shapes (n, d), (n,), (d,), (d,), (d,) and (n,).

    Returns
    -------
    tuple of float
        max |grad Q(theta) + linear - X^T dual| over max(|grad Q(theta)|, |linear|), and the largest
        |X theta - y| of a row over that row's |X| (|theta| + 2^-52 xi).
    """
    with mpmath.workdps(digits):
        point = [mpmath.mpf(each) for each in theta]
        multipliers = [mpmath.mpf(each) for each in dual]
        gradient = [_gradient()(t, mpmath.mpf(s)) for t, s in zip(point, xi, strict=True)]
        scale = max(max(abs(g), abs(r)) for g, r in zip(gradient, linear, strict=True))
        off = max(
            abs(g + r - mpmath.fdot(column, multipliers))
            for g, r, column in zip(gradient, linear, np.transpose(X).tolist(), strict=True)
        )
        # theta = u^2 - v^2 with |u v| = xi is not known better than to a rounding of xi.
        sizes = [abs(t) + EPSILON * mpmath.mpf(s) for t, s in zip(point, xi, strict=True)]
        rows = [
            (abs(mpmath.fdot(row, point) - target), mpmath.fdot([abs(e) for e in row], sizes))
            for row, target in zip(np.asarray(X).tolist(), y, strict=True)
        ]
        feasibility = max(off_row / size if size > 0 else off_row for off_row, size in rows)
        return float(off / scale if scale > 0 else off), float(feasibility)

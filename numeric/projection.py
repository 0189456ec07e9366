"""The solution that a potential selects: argmin Q_xi(theta) + R . theta over {X theta = y}.

Damped Newton on the dual. With z = X^T nu - R the minimiser is theta = 2 xi sinh(4 z), and nu
minimises the smooth convex function sum_j Q*_j(z_j) - y . nu.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import get_lapack_funcs

from numeric.compiled import numpy_function
from numeric.polish import DIGITS, precise_projection, residuals_to_many_digits
from symbolic.console import UserError
from symbolic.entropy import DUAL, HyperbolicEntropy
from symbolic.symbols import THETA, XI

Array = NDArray[np.float64]

#: Relative residual of the optimality conditions that every result satisfies.
TOLERANCE = 1e-13
#: No Newton step moves a log-ratio ln|u/v| = 4 z by more than this: sinh stays in reach.
LONGEST_MOVE = 2.0
#: Newton steps in double precision before the higher one takes over.
MOST_STEPS = 300
#: Relative infeasibility from which one linear step reaches rounding, as its square is below that.
NEARLY = 1e-8
#: Sufficient decrease of the dual (Armijo).
DECREASE = 1e-4
_EPSILON = float(np.finfo(np.float64).eps)

#: Solves with a positive definite matrix, by Cholesky.
_SOLVE: Any = get_lapack_funcs("posv", dtype=np.float64)
_ENTROPY = HyperbolicEntropy()
_THETA = numpy_function((DUAL, XI), lambda: _ENTROPY.inverse_gradient)
_SLOPE = numpy_function((DUAL, XI), lambda: _ENTROPY.inverse_gradient_slope)
_CONJUGATE = numpy_function((DUAL, XI), lambda: _ENTROPY.conjugate)
#: grad Q_xi(theta), elementwise over arrays of theta and xi.
entropy_gradient = numpy_function((THETA, XI), lambda: _ENTROPY.gradient)
#: Q_xi''(theta), elementwise over arrays of theta and xi.
entropy_curvature = numpy_function((THETA, XI), lambda: _ENTROPY.hessian)
#: Q_xi(theta), elementwise over arrays of theta and xi.
entropy_value = numpy_function((THETA, XI), lambda: _ENTROPY.value)


@dataclass(frozen=True, eq=False)
class Projection:
    """The minimiser of an entropy over the interpolators.

    Parameters
    ----------
    theta
        The minimiser, shape (d,).
    dual
        Multipliers nu with grad Q(theta) + R = X^T nu, shape (n,).
    stationarity
        Largest entry of grad Q(theta) + R - X^T nu relative to the largest of grad Q(theta) and R.
    feasibility
        Largest |X theta - y| of a row relative to that row's |X| |theta|.
    iterations
        Newton steps.
    polished
        Whether double precision was not enough and the result was computed with more digits.
    """

    theta: Array
    dual: Array
    stationarity: float
    feasibility: float
    iterations: int
    polished: bool


def entropy_projection(
    X: ArrayLike, y: ArrayLike, xi: ArrayLike, linear: ArrayLike | None = None
) -> Projection:
    """Minimise sum_j Q_{xi_j}(theta_j) + linear . theta over {X theta = y}.

    Parameters
    ----------
    X, y
        Samples in rows, shape (n, d), of full row rank, and targets, shape (n,).
    xi
        Positive scale, a number or shape (d,).
    linear
        Linear term R, shape (d,); zero by default.

    Returns
    -------
    Projection
        With both relative residuals at most `TOLERANCE`; there is no other kind of result.

    Raises
    ------
    UserError
        For malformed input, contradictory rows, or data that many digits do not master. (Redundant
        rows that agree leave a unique theta: they are solved, or refused where Newton stops.)

    Source: Lyu et al., Prop. 2 and Theorem 3.
    """
    X, y, xi, linear = _checked(X, y, xi, linear)
    # Powers of two: the rows come to similar size without a rounding error.
    factors = np.exp2(-np.round(np.log2(np.abs(X).max(axis=1))))
    rows, targets = X * factors[:, None], y * factors
    with np.errstate(over="ignore", invalid="ignore"):
        dual, iterations = _dual_newton(rows, targets, xi, linear)
        theta, settled = _settled(rows, targets, xi, linear, dual)
        stationarity, feasibility, doubt = _residuals(rows, targets, xi, linear, theta, settled)
    if max(stationarity, feasibility, doubt) <= TOLERANCE:
        return Projection(theta, factors * settled, stationarity, feasibility, iterations, False)
    return _polished(X, y, xi, linear, factors * dual, iterations)


def _checked(
    X: ArrayLike, y: ArrayLike, xi: ArrayLike, linear: ArrayLike | None
) -> tuple[Array, Array, Array, Array]:
    X, y = np.asarray(X, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if X.ndim != 2 or y.shape != X.shape[:1] or 0 in X.shape or X.shape[0] > X.shape[1]:
        raise UserError(
            expected="X of shape (n, d) with n <= d and y of shape (n,)",
            received=f"shapes {X.shape} and {y.shape}",
            remedy="give samples in rows and one target for each",
        )
    scales = _vector("xi", xi, X.shape[1])
    shift = _vector("linear", 0.0 if linear is None else linear, X.shape[1])
    for name, value in (("X", X), ("y", y), ("xi", scales), ("linear", shift)):
        if not np.isfinite(value).all():
            raise UserError(
                expected=f"finite numbers in {name}",
                received="NaN or infinity",
                remedy="remove or replace these entries",
            )
    if not (scales > 0).all():
        raise UserError(
            expected="positive scales xi",
            received=f"a smallest entry of {scales.min()}",
            remedy="start from neurons without zeros: xi = |u v|",
        )
    if not np.abs(X).max(axis=1).all():
        raise UserError(
            expected="rows of X that do not depend on each other",
            received="a row of zeros",
            remedy="remove it",
        )
    return X, y, scales, shift


def _vector(name: str, value: ArrayLike, length: int) -> Array:
    vector = np.asarray(value, dtype=np.float64)
    if vector.shape not in ((), (length,)):
        raise UserError(
            expected=f"{name} of shape ({length},) or a number",
            received=f"shape {vector.shape}",
            remedy="give one entry for each column of X",
        )
    return np.broadcast_to(vector, length)


def _dual_newton(X: Array, y: Array, xi: Array, linear: Array) -> tuple[Array, int]:
    """Return the best multipliers found and the number of steps; the caller checks residuals."""
    sizes = np.abs(X)
    nu = np.zeros(len(y))
    z = -linear
    value = _CONJUGATE(z, xi).sum()
    best, best_nu, idle = np.inf, nu, 0
    for step in range(MOST_STEPS):
        theta = _THETA(z, xi)
        residual = X @ theta - y
        feasibility = _relative(residual, sizes @ np.abs(theta))
        if feasibility <= 0.5 * best:
            best, best_nu, idle = feasibility, nu, 0
        else:
            idle += 1
        # At the rounding floor a step no longer halves the residual.
        if best <= _EPSILON or (idle >= 2 and best <= TOLERANCE) or idle >= 30:
            return best_nu, step
        # [X diag(d theta/d z) X^T] move = -(X theta - y)
        _, move, failed = _SOLVE((X * _SLOPE(z, xi)) @ X.T, -residual)
        if failed or not np.isfinite(move).all():
            return best_nu, step
        dz = X.T @ move
        longest = np.abs(4.0 * dz).max()
        length = min(1.0, LONGEST_MOVE / longest) if longest > 0 else 1.0
        slope = float(residual @ move)
        # Below this the dual cannot tell two points apart in double precision.
        noise = 8.0 * _EPSILON * (abs(value) + np.abs(y) @ np.abs(nu))
        while True:
            trial = nu + length * move
            value_trial = _CONJUGATE(z + length * dz, xi).sum() - y @ trial
            if value_trial <= value + DECREASE * length * slope + noise or length < _EPSILON:
                break
            length /= 2.0
        nu, z, value = trial, X.T @ trial - linear, value_trial
    return best_nu, MOST_STEPS


def _settled(X: Array, y: Array, xi: Array, linear: Array, dual: Array) -> tuple[Array, Array]:
    """Return theta and nu after one Newton step that is taken on theta itself.

    Rounding nu moves theta by 4 X^T |nu| roundings, which can be too much for feasibility. A step
    (d theta/d z) X^T move of theta keeps grad Q + R in the row space and is not rounded like nu.
    """
    z = X.T @ dual - linear
    theta, slope = _THETA(z, xi), _SLOPE(z, xi)
    residual, sizes = X @ theta - y, np.abs(X)
    _, move, failed = _SOLVE((X * slope) @ X.T, -residual)
    moved = theta + slope * (X.T @ move)
    before = _relative(residual, sizes @ np.abs(theta))
    # The step is linear: it settles what is nearly there, and nothing else.
    if failed or before > NEARLY or not _relative(X @ moved - y, sizes @ np.abs(moved)) < before:
        return theta, dual
    return moved, dual + move


def _relative(residual: Array, sizes: Array) -> float:
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.abs(residual) / np.where(sizes > 0, sizes, 1.0)
    return float(ratios.max()) if np.isfinite(ratios).all() else np.inf


def _residuals(
    X: Array, y: Array, xi: Array, linear: Array, theta: Array, dual: Array
) -> tuple[float, float, float]:
    """Return stationarity, feasibility, and a bound on the rounding error of the former."""
    gradient = entropy_gradient(theta, xi)
    scale = max(np.abs(gradient).max(), np.abs(linear).max()) or 1.0
    off = np.abs(gradient + linear - X.T @ dual).max()
    # Nearly dependent rows have large multipliers whose combination cancels: n roundings a sum.
    terms = np.abs(X).T @ np.abs(dual)
    doubt = len(y) * _EPSILON / 2 * terms.max() / scale
    if not np.isfinite([off, doubt]).all():
        return np.inf, np.inf, np.inf
    feasibility = _relative(X @ theta - y, np.abs(X) @ np.abs(theta))
    return float(off / scale), feasibility, float(doubt)


def _polished(
    X: Array, y: Array, xi: Array, linear: Array, dual: Array, iterations: int
) -> Projection:
    start = dual if np.isfinite(dual).all() else np.zeros_like(dual)
    precise = precise_projection(X, y, xi, linear, digits=DIGITS, dual=start)
    theta = precise.theta.astype(np.float64)
    stationarity, feasibility = residuals_to_many_digits(X, y, xi, linear, theta, precise.dual)
    if not (stationarity <= TOLERANCE and feasibility <= TOLERANCE):
        raise UserError(
            expected=f"data whose projection satisfies its conditions to {TOLERANCE}",
            received=f"residuals {stationarity:.1e} and {feasibility:.1e} once rounded to doubles",
            remedy="rescale the columns of X and xi, or use numeric.polish.precise_projection",
        )
    steps = iterations + precise.iterations
    return Projection(
        theta, precise.dual.astype(np.float64), stationarity, feasibility, steps, True
    )

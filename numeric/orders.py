r"""Measure the order of an error honestly.

An error :math:`r(h) = c_1 h + c_2 h^2 + \dots` is of order p if :math:`c_1, \dots, c_{p-1}` vanish
and sharply so if :math:`c_p` does not. A log-log slope cannot tell: a coefficient that is wrong by
a fifth still shows a slope of 1.8. So the coefficients themselves are fitted, each with an estimate
of its own error, and compared with the same coefficients of a null model (the error of a theory
without the term under test).

The small parameter of momentum methods is eta/(1-mu)^2 times the curvature (`small_parameter`),
never eta alone. Outside the asymptotic range, or at the rounding floor, nothing is measured:
`NotAsymptotic` says which.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from numeric.network_flow import NetworkEquations
from symbolic.console import UserError

Array = np.ndarray

#: A coefficient is absent if it is below this fraction of the null model's (1.05 times a right
#: coefficient leaves 0.05).
ABSENT = 1e-4
#: Largest small parameter at which an expansion to first order is trusted.
SMALL_PARAMETER_LIMIT = 0.1
#: At the largest step the last fitted term may be this fraction of the largest one.
LAST_TERM_LIMIT = 0.5


class NotAsymptotic(UserError):
    """The data do not decide an order: steps too large, too small, or too few."""


@dataclass(frozen=True)
class Expansion:
    """Fitted coefficients of r(h) = sum_q c_q h^q, q = 1 ... terms.

    Parameters
    ----------
    coefficients
        Shape (terms, m) for errors of shape (k, m); m = 1 for scalar errors.
    sizes
        Euclidean norms of the coefficients, shape (terms,).
    uncertainties
        Estimated errors of the sizes: what one more term changes, plus what rounding can do.
    """

    coefficients: Array
    sizes: Array
    uncertainties: Array

    def at(self, step: float) -> Array:
        """Return the sizes of the terms at ``step``, shape (terms,)."""
        return self.sizes * step ** np.arange(1, len(self.sizes) + 1)


@dataclass(frozen=True)
class OrderMeasurement:
    """A measured order with its evidence.

    Parameters
    ----------
    order
        p: coefficients 1 ... p-1 are absent and coefficient p is present: order p + 1 fails.
    expansion
        The fitted coefficients.
    references
        Sizes that the coefficients are compared with, shape (terms,).
    ratios
        ``expansion.sizes / references``: below ``tolerance`` up to p - 1, above it at p.
    tolerance
        The threshold of the ratios.
    slope
        Plain log-log slope of the norms, for plots only.
    """

    order: int
    expansion: Expansion
    references: Array
    ratios: Array
    tolerance: float
    slope: float


def geometric_steps(largest: float, count: int = 7, ratio: float = 2.0) -> Array:
    """Return ``count`` step sizes, the largest first, each ``ratio`` times the next."""
    return largest / ratio ** np.arange(count)


def log_log_slope(steps: ArrayLike, errors: ArrayLike) -> float:
    """Return the least-squares slope of ln|r| against ln h: for plots, it establishes nothing."""
    h, r = _checked(steps, errors, 2)
    return float(np.polyfit(np.log(h), np.log(np.linalg.norm(r, axis=1)), 1)[0])


def fit_error_expansion(
    steps: ArrayLike, errors: ArrayLike, terms: int = 4, floor: float = 0.0
) -> Expansion:
    """Fit r(h) = c_1 h + ... + c_terms h^terms by least squares.

    Parameters
    ----------
    steps
        Positive step sizes, shape (k,), k >= terms + 1, best a geometric sequence.
    errors
        Signed errors, shape (k,) or (k, m); no norms of vectors, which have no such expansion.
    terms
        Number of terms.
    floor
        Bound on the rounding error of each error vector (2-norm).

    Raises
    ------
    UserError
        If there are too few steps, they are not positive and distinct, or an error is not finite.
    """
    h, r = _checked(steps, errors, terms + 1)
    fitted, rows = _least_squares(h, r, terms)
    richer, _ = _least_squares(h, r, terms + 1)
    truncation = np.linalg.norm(richer[:terms] - fitted, axis=1)
    # A rounding error of size `floor` in every r moves c_q by at most the 1-norm of its row.
    return Expansion(fitted, np.linalg.norm(fitted, axis=1), truncation + rows * floor)


def measure_order(
    steps: ArrayLike,
    errors: ArrayLike,
    reference: ArrayLike | None = None,
    *,
    terms: int = 4,
    tolerance: float = ABSENT,
    floor: float = 0.0,
    small: float | None = None,
) -> OrderMeasurement:
    """Return the order of ``errors``, shown to be sharp, or refuse.

    Parameters
    ----------
    steps, errors, terms, floor
        As in `fit_error_expansion`.
    reference
        Errors of a null model at the same steps: coefficient q is absent if it is at most
        ``tolerance`` times the null model's. Where the null model has no term q of its own, and
        without a null model, the reference is what the term would be if it made up the whole
        error at the largest step, |r(h)|/h^q.
    tolerance
        See `ABSENT`.
    small
        The small parameter at the largest step (`small_parameter`), if it is known.

    Raises
    ------
    NotAsymptotic
        If the small parameter is above `SMALL_PARAMETER_LIMIT`, the fitted terms do not decrease,
        a coefficient is within its own uncertainty of the threshold, or all are absent (the data
        are at the rounding floor, or the error is zero).
    """
    if small is not None and not small <= SMALL_PARAMETER_LIMIT:
        raise NotAsymptotic(
            expected=f"a small parameter of at most {SMALL_PARAMETER_LIMIT} at the largest step",
            received=f"{small:.3g}",
            remedy="use smaller steps",
        )
    h, r = _checked(steps, errors, terms + 1)
    expansion = fit_error_expansion(h, r, terms, floor)
    largest = float(np.max(h))
    whole = float(np.linalg.norm(r[np.argmax(h)]))
    references = whole / largest ** np.arange(1, terms + 1)
    if reference is not None:
        null = fit_error_expansion(h, reference, terms, floor)
        own = null.sizes > 10 * null.uncertainties
        references = np.where(own, null.sizes, references)
    order = _first_present(expansion, tolerance * references)
    at_largest = expansion.at(largest)
    if not at_largest[-1] <= LAST_TERM_LIMIT * np.max(at_largest) and order < terms:
        raise NotAsymptotic(
            expected=f"terms that decrease: the last at most {LAST_TERM_LIMIT} of the largest one",
            received=f"{at_largest[-1]:.3g} against {np.max(at_largest):.3g} at the largest step",
            remedy="use smaller steps",
        )
    ratios = expansion.sizes / references
    return OrderMeasurement(order, expansion, references, ratios, tolerance, log_log_slope(h, r))


def _first_present(expansion: Expansion, thresholds: Array) -> int:
    """Return the first q whose coefficient is certainly above its threshold."""
    for i, (size, error, threshold) in enumerate(
        zip(expansion.sizes, expansion.uncertainties, thresholds, strict=True)
    ):
        if size - error > threshold:
            return i + 1
        if not size + error <= threshold:
            raise NotAsymptotic(
                expected=f"a coefficient {i + 1} known well enough to compare with {threshold:.3g}",
                received=f"{size:.3g} with an uncertainty of {error:.3g}",
                remedy="use more steps, smaller ones if they are too large for the expansion, "
                "larger ones if rounding shows",
            )
    raise NotAsymptotic(
        expected="an error with a leading term",
        received="coefficients that are all absent",
        remedy="the error is zero, at the rounding floor or of higher order: use larger steps",
    )


def _least_squares(h: Array, r: Array, terms: int) -> tuple[Array, Array]:
    """Return the coefficients (terms, m) and the 1-norms of the rows that make them from r.

    The system is divided by h, so that every step has its say in c_1, and by column norms.
    """
    matrix = (h / np.max(h))[:, None] ** np.arange(terms)
    inverse = np.linalg.pinv(matrix / np.linalg.norm(matrix, axis=0), rcond=1e-15)
    scale = np.linalg.norm(matrix, axis=0) * np.max(h) ** np.arange(terms)
    rows = inverse / h / scale[:, None]
    return rows @ r, np.sum(np.abs(rows), axis=1)


def _checked(steps: ArrayLike, errors: ArrayLike, least: int) -> tuple[Array, Array]:
    h = np.asarray(steps, dtype=float)
    r = np.asarray(errors, dtype=float)
    r = r[:, None] if r.ndim == 1 else r
    if h.ndim != 1 or r.ndim != 2 or len(h) != len(r) or len(h) < least:
        raise UserError(
            expected=f"at least {least} steps, shape (k,), with errors (k,) or (k, m)",
            received=f"shapes {h.shape} and {np.shape(errors)}",
            remedy="measure at more step sizes or fit fewer terms",
        )
    if not (np.all(h > 0) and len(np.unique(h)) == len(h) and np.all(np.isfinite(r))):
        raise UserError(
            expected="positive distinct steps and finite errors",
            received=f"steps {h}, {int(np.sum(~np.isfinite(r)))} errors that are not finite",
            remedy="leave out runs that did not converge",
        )
    return h, r


def small_parameter(problem: Any, u: Array, v: Array, eta: float, mu: float) -> float:
    """Return eta/(1-mu)^2 times the largest Hessian eigenvalue at an interpolator (u, v).

    There the Hessian in the neurons is J^T J/n with J = d(X theta)/d(u, v), shape (n, 2d).
    """
    J = NetworkEquations(problem.X, problem.y).jacobian(np.asarray(u), np.asarray(v))
    curvature = np.linalg.norm(J, 2) ** 2 / J.shape[0]
    return float(eta / (1 - mu) ** 2 * curvature)


def order_by_halving(sizes: ArrayLike) -> float:
    """Return q of sizes = O(h^q) at steps that are halved, with its first correction taken away.

    For numbers of many digits, whose errors are far above rounding however often the step is
    halved; `measure_order` is for the others.

    Parameters
    ----------
    sizes
        Errors at h, h/2, h/4, ..., three or more.
    """
    errors = np.asarray(sizes, dtype=float)
    local = np.log2(errors[:-1] / errors[1:])
    return float(2 * local[-1] - local[-2])

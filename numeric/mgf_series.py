r"""Momentum gradient flow as a power series in time, one step of it.

On u*u - v*v the neurons obey lambda x'' + x' + s g x = 0, s = +1 for u and -1 for v. The right side
is a polynomial, so every coefficient of x(T) follows from those before it. A step is then a
polynomial in time that is right to rounding within the step, at complex times as well: what the
integrals past a zero of a neuron need (`numeric.mgf_gains`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from numeric.network_flow import NetworkEquations
from symbolic.networks import SQUARED_DIFFERENCE
from symbolic.symbols import U, V

Array = np.ndarray

#: Degree of the series.
DEGREE = 28
#: What is cut off, relative to the neuron: below the rounding of a double.
CUT = 1e-18


def _slopes() -> tuple[float, float]:
    """Return (d theta/du)/u and (d theta/dv)/v, numbers for this network."""
    by_u, by_v = SQUARED_DIFFERENCE.sensitivities
    return float(by_u / U), float(by_v / V)


_BY_SQUARE_U, _BY_SQUARE_V = _slopes()
#: theta is half of this combination of the squares of the neurons, shape (2, 1).
_WEIGHTS = np.array([[_BY_SQUARE_U], [_BY_SQUARE_V]]) / 2
#: s of both neurons, shape (2, 1): grad L by a neuron is 2 s g x.
SIGNS = _WEIGHTS


@dataclass(frozen=True)
class SeriesStep:
    """One step of the flow as a polynomial in the time since its start.

    Parameters
    ----------
    inertia
        lambda.
    coefficients
        Of x(T), shape (degree + 1, 2, d); x[0] is u and x[1] is v.
    length
        The time within which the series is right to rounding; zero if it is not finite.
    """

    inertia: float
    coefficients: Array
    length: float

    @cached_property
    def slope(self) -> Array:
        """The coefficients of x'(T), shape (degree, 2, d)."""
        return self.coefficients[1:] * np.arange(1.0, len(self.coefficients))[:, None, None]

    def neurons(self, time: float) -> Array:
        """Return x at a time since the start of the step, shape (2, d)."""
        return polynomial(self.coefficients, time)

    def velocity(self, time: float) -> Array:
        """Return x' there, shape (2, d)."""
        return polynomial(self.slope, time)


def polynomials(coefficients: Array, times: Array) -> Array:
    """Return sum_k coefficients[k] time^k at several times, shape (times, ...)."""
    return np.tensordot(np.vander(times, len(coefficients), increasing=True), coefficients, 1)


def polynomial(coefficients: Array, time: complex) -> Array:
    """Return the same at one time, shape (...)."""
    return polynomials(coefficients, np.array([time]))[0]


def series_step(
    equations: NetworkEquations, inertia: float, x: Array, velocity: Array
) -> SeriesStep:
    """Return the series of the flow from x with the given velocity, shapes (2, d)."""
    X, y, n = equations.X, equations.y, equations.n
    c = np.zeros((DEGREE + 1, 2, equations.d))
    g = np.zeros((DEGREE - 1, 1, equations.d))
    c[0], c[1] = x, velocity
    for k in range(DEGREE - 1):
        # theta_k, then g_k = X^T (X theta - y)_k / n
        theta = (_WEIGHTS * np.sum(c[: k + 1] * c[k::-1], axis=0)).sum(axis=0)
        r = X @ theta - y if k == 0 else X @ theta
        g[k] = r @ X / n
        # lambda (k+2)(k+1) x_{k+2} = -(k+1) x_{k+1} - s sum_i g_i x_{k-i}
        force = SIGNS * np.sum(g[: k + 1] * c[k::-1], axis=0)
        c[k + 2] = -((k + 1) * c[k + 1] + force) / (inertia * (k + 2) * (k + 1))
    return SeriesStep(inertia, c, _length(c, inertia))


def _length(c: Array, inertia: float) -> float:
    # A neuron at zero moves: its size is what it covers within lambda.
    size = np.abs(c[0]) + inertia * np.abs(c[1])
    lengths = []
    for k in (DEGREE - 1, DEGREE):
        ratio = float(np.max(np.abs(c[k]) / size))
        if not np.isfinite(ratio):
            return 0.0
        lengths.append(np.inf if ratio == 0 else (CUT / ratio) ** (1 / k))
    return float(min(lengths))

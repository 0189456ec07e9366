r"""The integrals I of momentum gradient flow over one step, past zeros of a neuron as well.

I is the integral of lambda (x'/x)^2. Where a neuron stays away from zero it is taken over real
times. Elsewhere it is the real part of the integral over a path through complex times that leaves
the zeros aside (`symbolic.mgf_limit`): its finite part, whatever the path. Two paths are taken.
Where they differ by more than rounding, three are taken with more points, and the two that agree
best are believed; their difference estimates the error.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from numeric.compiled import mpmath_function
from numeric.mgf_series import SeriesStep, polynomial, polynomials
from symbolic.mgf_limit import NEURON, NEURON_DOT, square_density
from symbolic.momentum_gradient_flow import LAMBDA

Array = np.ndarray

# Plain arithmetic: it runs on complex arrays.
_DENSITY = mpmath_function((LAMBDA, NEURON, NEURON_DOT), square_density())

#: A neuron without a zero within this many steps of the start of its step is integrated over real
#: times: the ellipse of Gauss' rule then has the half-axes 2 + sqrt 3: 16 points reach rounding.
_CLEAR = 1.5
_REAL_NODES, _REAL_WEIGHTS = np.polynomial.legendre.leggauss(16)
#: Points on each leg of a path through complex times, first and if these do not suffice.
_POINTS = (40, 100)
#: Heights of the paths, in half steps; two first, all of them if these do not agree.
_HEIGHTS = (1.0, 0.6, 0.35)
#: Differences of two paths up to this are rounding: some hundred terms of size one.
_AGREED = 1e-14
#: Shares of a step at which it may be ended, so that no neuron is close to zero there.
_SHARES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)
#: Close is below this share of what the neuron would cover in a step at its speed.
_CLOSE = 0.15
#: Points within a step at which signs are compared, and halvings that then find the zero.
_SAMPLES, _HALVINGS = 24, 60


@cache
def _gauss(points: int) -> tuple[Array, Array]:
    return np.polynomial.legendre.leggauss(points)


@dataclass(frozen=True)
class Gain:
    """I of both neurons over one step, shape (2, d), and an estimate of its largest error."""

    value: Array
    error: float


def end_of_step(step: SeriesStep) -> float:
    """Return a time within the step at which every neuron is away from zero, as far as possible."""
    best, least = step.length, -1.0
    for share in _SHARES:
        time = share * step.length
        x, speed = np.abs(step.neurons(time)), np.abs(step.velocity(time))
        with np.errstate(divide="ignore", invalid="ignore"):
            away = float(np.nanmin(np.where(speed > 0, x / (speed * step.length), np.inf)))
        if away >= _CLOSE:
            return time
        if away > least:
            best, least = time, away
    return best


def gain(step: SeriesStep, time: float) -> Gain:
    """Return I over the first ``time`` of the step."""
    c = step.coefficients
    powers = (_CLEAR * time) ** np.arange(1, len(c))
    clear = np.abs(c[0]) > np.tensordot(powers, np.abs(c[1:]), 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = _over_real_times(step, time)
    error = 0.0
    if not clear.all():
        unclear = ~clear
        found, doubt = _by_paths(step, time, unclear, _HEIGHTS[:2], _POINTS[0])
        again = doubt > _AGREED * np.maximum(1.0, np.abs(found))
        if again.any():
            harder = np.zeros_like(unclear)
            harder[unclear] = again
            found[again], doubt[again] = _by_paths(step, time, harder, _HEIGHTS, _POINTS[1])
        value[unclear] = found
        error = float(np.max(doubt))
    return Gain(value, error)


def _by_paths(
    step: SeriesStep, time: float, which: Array, heights: tuple[float, ...], points: int
) -> tuple[Array, Array]:
    """Return I of some neurons and the smallest difference of two paths, each (number,)."""
    paths = np.array([_over_complex_times(step, time, height, which, points) for height in heights])
    gaps = np.abs(paths - np.roll(paths, 1, axis=0))
    best = np.argmin(gaps, axis=0)
    entries = np.arange(paths.shape[1])
    return paths[best, entries], gaps[best, entries]


def _over_real_times(step: SeriesStep, time: float) -> Array:
    times = time / 2 * (1 + _REAL_NODES)
    x, speed = polynomials(step.coefficients, times), polynomials(step.slope, times)
    return time / 2 * np.tensordot(_REAL_WEIGHTS, _DENSITY(step.inertia, x, speed), 1)


def _over_complex_times(
    step: SeriesStep, time: float, height: float, which: Array, points: int
) -> Array:
    nodes, weights = _gauss(points)
    corner = time / 2 * (1 + 1j * height)
    total = np.zeros(int(which.sum()), dtype=complex)
    c, slope = step.coefficients[:, which], step.slope[:, which]
    for start, end in ((0.0, corner), (corner, time)):
        times = (start + end) / 2 + (end - start) / 2 * nodes
        density = _DENSITY(step.inertia, polynomials(c, times), polynomials(slope, times))
        total += (end - start) / 2 * (weights @ density)
    return total.real


def zeros(step: SeriesStep, time: float) -> list[tuple[int, int, float]]:
    """Return (neuron, coordinate, time since the start) of each zero within the step.

    Neuron 0 is u and 1 is v. Two zeros between neighbouring samples would be missed; a step is a
    fraction of the radius of convergence.
    """
    times = np.linspace(0.0, time, _SAMPLES)
    values = polynomials(step.coefficients, times)
    changes = np.argwhere(np.sign(values[1:]) * np.sign(values[:-1]) < 0)
    found = []
    for k, neuron, j in changes:
        c = step.coefficients[:, neuron, j]
        low, high = times[k], times[k + 1]
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            same = np.sign(polynomial(c, middle)) == np.sign(values[k, neuron, j])
            low, high = (middle, high) if same else (low, middle)
        found.append((int(neuron), int(j), float((low + high) / 2)))
    return found

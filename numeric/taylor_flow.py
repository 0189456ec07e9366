r"""Flows on the network to 50 digits and more, by power series in time on integers.

One equation, :math:`a\ddot x + \dot x + c\,\nabla L(x) = 0`: gradient flow is a = 0, the flow of
momentum a = alpha and c = 1/(1-mu) (Lyu et al., Eq. 4), momentum gradient flow a = lambda and c = 1
(Papazov et al., Eq. 2). On the network grad L is a polynomial in the neurons, so each coefficient
of x(t) follows from those before it. Coefficients are integers, multiples of 2^-b, in the time of
the step, t = unit s: there they fall from one to the next, whatever the inertia, and no digit is
spent on their size. Steps are multiples of a power of two, the last one a fraction: time is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor, log2
from operator import mul
from typing import Any

import mpmath
import numpy as np

from numeric.balls import bits_of
from numeric.checks import exact_data, exact_numbers
from numeric.fixed_point import GUARD_BITS, LARGEST_BITS
from numeric.iterates import NeuronGradient
from numeric.packed_integers import (
    INTEGER,
    PackedMatrix,
    PackedVector,
    Places,
    Scaled,
    scaled,
    scaled_array,
)
from symbolic.console import UserError
from symbolic.networks import SQUARED_DIFFERENCE

#: Terms of the series for each bit: a step of n terms is radius * 2^(-bits/n) long and costs about
#: n^2, least at n = bits ln(2)/2; what a term costs besides moves that down.
TERMS_PER_BIT = 0.36
#: Bits beyond those of the digits asked for, below which one step may cut the series off.
CUT_BITS = 16
#: The most by which the unit grows from one step to the next, as a power of two.
GROWTH_BITS = 2
#: Room in the packed places for the coefficients of the equation in the unit of time.
ROOM = 64
#: Significant bits of a step.
STEP_BITS = 8
#: A unit of time shorter than this is no unit of a flow that stays bounded.
SHORTEST = Fraction(1, 2**200)
#: Steps after which a flow is given up.
MAX_STEPS = 10_000

Row = list[Any]
Rows = list[Row]


@dataclass(frozen=True, eq=False)
class FlowPoint:
    """Where a flow stands; arrays hold mpmath numbers.

    Parameters
    ----------
    neurons, velocity
        (u, v) and its derivative by time, stacked, (2, d).
    theta
        Predictor, (d,).
    time
        Exact.
    steps
        How many it took.
    """

    neurons: Any
    velocity: Any
    theta: Any
    time: Fraction
    steps: int


def flow_to(
    X: Any,
    y: Any,
    u: Any,
    v: Any,
    times: Sequence[Fraction | int],
    *,
    inertia: Fraction | int = 0,
    drive: Fraction | int = 1,
    velocity: Any = None,
    digits: int = 50,
) -> list[FlowPoint]:
    """Return the flow at several times, to ``digits`` digits behind the point.

    Parameters
    ----------
    X, y, u, v
        Data (n, d), (n,) and start (d,): integers, `Fraction`, decimal text or floats.
    times
        Increasing, positive, exact.
    inertia, drive
        a >= 0 and c > 0 of a x'' + x' + c grad L = 0, exact.
    velocity
        x'(0), stacked, (2, d), of the kinds of u; by default zero. Not for a = 0.
    digits
        Digits behind the point that the state is to have.

    Raises
    ------
    UserError
        If the data are refused by `numeric.checks.exact_data`, inertia or times are not as said, a
        velocity is given to a first-order flow, or the flow needs more than `MAX_STEPS` steps.
    """
    exact = [Fraction(time) for time in times]
    if inertia < 0 or not drive > 0:
        raise UserError(
            expected="an inertia that is not negative and a positive drive",
            received=f"inertia {inertia}, drive {drive}",
            remedy="with negative inertia the flow is anti-damped and does not follow the method",
        )
    if not exact or exact[0] <= 0 or any(b <= a for a, b in pairwise(exact)):
        raise UserError(
            expected="positive, increasing times",
            received=", ".join(map(str, times)) or "none",
            remedy="for instance 1/4, 1/2, 1",
        )
    if velocity is not None and inertia == 0:
        raise UserError(
            expected="no initial velocity for a first-order flow",
            received="inertia 0 and a velocity",
            remedy="leave the velocity out, or give an inertia",
        )
    X, y, u, v = exact_data(X, y, u, v)
    if velocity is not None:
        velocity = exact_numbers(velocity, "the velocity", (2, X.shape[1]))
    flow = _TaylorFlow(X, y, u, v, Fraction(inertia), Fraction(drive), velocity, digits)
    return [flow.advance(time) for time in exact]


class _TaylorFlow:
    """The state of a flow, and its steps; numbers are integers, multiples of 2^-bits.

    The neurons of a coordinate are one integer, u + 2^width v, a pair of places: one product with a
    coefficient of the gradient makes both.
    """

    def __init__(
        self,
        X: Any,
        y: Any,
        u: Any,
        v: Any,
        inertia: Fraction,
        drive: Fraction,
        velocity: Any,
        digits: int,
    ) -> None:
        self.digits, wanted = digits, bits_of(digits) + CUT_BITS
        self.bits = bits_of(digits) + GUARD_BITS
        self.order = ceil(TERMS_PER_BIT * wanted)
        self._cut = self.bits - wanted
        self.inertia, self.drive = inertia, drive
        (by_u, _), (_, by_v) = SQUARED_DIFFERENCE.slopes
        self._slopes = by_u, by_v
        self._y = scaled_array(y, self.bits).tolist()
        self._largest = self.bits + LARGEST_BITS
        predictor = INTEGER(1) << self.bits + 2 * LARGEST_BITS + 2
        share = max(map(abs, X.ravel()))
        residual = predictor * ceil(X.shape[1] * share) + max(map(abs, self._y))
        slope = residual * ceil(len(X) * share)
        self._forward = PackedMatrix(X, self.bits, predictor)
        self._backward = PackedMatrix(X.T, self.bits, residual)
        # A sum of products of neurons and slopes, or of neurons.
        most = self._largest + int((self.order * max(slope, predictor)).bit_length()) + ROOM
        self._places = Places(2 * X.shape[1], most)
        at_rest = np.zeros((2, X.shape[1]), dtype=int)
        self.x = self._packed([u, v])
        self.p = self._packed(at_rest if velocity is None else velocity)
        self.time, self.steps = Fraction(0), 0
        self._unit = Fraction(1)
        self._known: dict[Fraction, tuple[list[Scaled], list[Scaled]]] = {}

    def _packed(self, neurons: Any) -> PackedVector:
        of_u, of_v = (scaled_array(part, self.bits) for part in neurons)
        packed = self._places.packed(np.ravel([of_u, of_v], order="F").tolist())
        if not self._places.within(packed.value, self._largest):
            raise UserError(
                expected=f"neurons and velocities below 2^{LARGEST_BITS}",
                received=", ".join(map(str, np.ravel(neurons))),
                remedy="use other units of X and y",
            )
        return packed

    def advance(self, until: Fraction) -> FlowPoint:
        """Go on to a time, exactly."""
        while self.time < until:
            if self.steps == MAX_STEPS:
                raise UserError(
                    expected=f"a flow that {MAX_STEPS} steps carry to t = {until}",
                    received=f"t = {float(self.time):.6g} after them",
                    remedy="ask for an earlier time",
                )
            series = self._series()
            longest = self._step(series)
            # Beyond the unit the rounding of the coefficients would be multiplied.
            step = min(min(longest, 1) * self._unit, until - self.time)
            self._move(series, step / self._unit)
            self.time += step
            self.steps += 1
            # The least power of two that is not shorter than the step that the series allows.
            self._unit *= Fraction(2) ** ceil(log2(longest))
        return self._point()

    def _series(self) -> list[PackedVector]:
        """Return the coefficients of the neurons in s, t = unit s, in a unit that suits."""
        while self._unit > SHORTEST:
            try:
                return self._series_in_unit()
            except OverflowError:
                self._unit /= 16
        raise UserError(
            expected=f"a flow whose neurons stay below 2^{LARGEST_BITS}",
            received=f"more at t = {float(self.time):.6g}",
            remedy="use other units of X and y",
        )

    def _series_in_unit(self) -> list[PackedVector]:
        """Return them in the unit that there is; raises OverflowError if they rise too much."""
        places, bits, pushes, drags = self._places, self.bits, *self._shares()
        second = self.inertia > 0
        series = [self.x, *([Scaled(self._unit, bits) * self.p] if second else [])]
        pairs: list[list[Any]] = [[] for _ in range(places.count // 2)]
        slopes: list[list[Any]] = [[] for _ in pairs]
        for k in range(self.order - second):
            series[k].require_within(self._largest)
            for row, pair in zip(pairs, places.pairs(series[k].value), strict=True):
                row.append(pair)
            r = self._forward @ self._predictor(pairs, k)
            if k == 0:
                r = [each - target for each, target in zip(r, self._y, strict=True)]
            for row, g in zip(slopes, self._backward @ r, strict=True):
                row.append(g)
            moved = places.packed_pairs(
                [sum(map(mul, pair, g[::-1])) for pair, g in zip(pairs, slopes, strict=True)]
            )
            after = pushes[k] * self._by_slopes(moved >> bits)
            if second:
                after = after + drags[k] * series[k + 1]
            series.append(after)
        return series

    def _shares(self) -> tuple[list[Scaled], list[Scaled]]:
        """Return what each coefficient takes of gradient and velocity, in the unit that there is.

        a/unit^2 (k+1)(k+2) x_{k+2} + (k+1)/unit x_{k+1} + c G_k = 0, times unit^2/a; without
        inertia (k+1) x_{k+1} + unit c G_k = 0.
        """
        if self._unit not in self._known:
            unit, orders, second = self._unit, range(self.order), self.inertia > 0
            drag = unit / self.inertia if second else Fraction(0)
            push = self.drive * unit * (drag if second else 1) / len(self._y)
            if max(drag, push) >= 1 << ROOM:
                raise OverflowError("the unit is too long")
            among = [(k + 1) * (k + 2 if second else 1) for k in orders]
            self._known = {
                unit: (
                    [Scaled(-push / each, self.bits) for each in among],
                    [Scaled(-drag / (k + 2), self.bits) for k in orders],
                )
            }
        return self._known[self._unit]

    def _predictor(self, pairs: Rows, k: int) -> Row:
        """Return the k-th coefficient of theta."""
        by_u, by_v = self._slopes
        width, shift, half = self._places.width, self.bits + 1, (k + 1) // 2
        # The square of a pair has the places u u, 2 u v and v v; each sum is the same from both
        # ends.
        low, zero, top = (INTEGER(1) << width) - 1, INTEGER(1) << width - 1, 2 * width
        above = zero << width
        theta = []
        for pair in pairs:
            square = sum(map(mul, pair, pair[k : k - half : -1])) << 1
            if k % 2 == 0:
                square += pair[half] * pair[half]
            of_u, of_v = (square + zero & low) - zero, square + above >> top
            # 2 theta = d theta/dx . x
            theta.append(by_u * of_u + by_v * of_v >> shift)
        return theta

    def _by_slopes(self, vector: PackedVector) -> PackedVector:
        """Return d^2 theta/dx^2 times a vector of pairs."""
        by_u, by_v = self._slopes
        of_u = PackedVector(self._places, self._places.every_other(vector.value))
        return by_v * vector + (by_u - by_v) * of_u

    def _step(self, series: list[PackedVector]) -> Fraction:
        """Return the step, in the unit, at whose end the last terms are below the cut."""
        exponent = float(GROWTH_BITS)
        for k in (self.order, self.order - 1):
            largest = max(map(abs, series[k].tolist()))
            exponent = min(exponent, (self._cut - int(largest.bit_length())) / k)
        whole = floor(exponent)
        short = Fraction(floor(2 ** (exponent - whole + STEP_BITS)), 2**STEP_BITS)
        return short * Fraction(2) ** whole

    def _move(self, series: list[PackedVector], s: Fraction) -> None:
        """Take the state to the end of a step of length s in the unit."""
        powers = [scaled(s**k, self.bits) for k in range(self.order + 1)]
        x = sum(map(mul, powers, (each.value for each in series)))
        # d/dt = (1/unit) d/ds
        slopes = (k * power for k, power in enumerate(powers[:-1], 1))
        p = sum(map(mul, slopes, (each.value for each in series[1:])))
        self.x = PackedVector(self._places, x) >> self.bits
        self.p = Scaled(1 / self._unit, self.bits) * (PackedVector(self._places, p) >> self.bits)

    def _point(self) -> FlowPoint:
        with mpmath.workdps(self.digits + 15):
            x, p = (
                np.reshape([mpmath.mpf(int(e)) / 2**self.bits for e in part.tolist()], (-1, 2)).T
                for part in (self.x, self.p)
            )
            theta = NeuronGradient(None, None).predictor(*x)
        return FlowPoint(x, p, theta, self.time, self.steps)

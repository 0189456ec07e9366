"""Whole runs to 50 digits and more, quickly: the recursion on integers, multiples of 2^-b.

Arrays hold gmpy2 integers; a product of two is shifted back by b bits once, so that a scalar
product costs one rounding. The recursion is `symbolic.two_step.two_step_update`: its coefficients
are `Scaled` numbers, and the gradient is made of the network's own slopes, integers. Each step
rounds by a few 2^-b, downwards; guard bits keep what that adds up to out of the digits asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from operator import add, mul, sub
from typing import Any

import mpmath
import numpy as np

from numeric.balls import bits_of
from numeric.checks import exact_data
from numeric.iterates import exact_zero, mapped
from numeric.many_bits import quotient
from numeric.packed_integers import (
    INTEGER,
    PackedMatrix,
    PackedVector,
    Places,
    Scaled,
    scaled_array,
)
from symbolic.console import UserError
from symbolic.networks import SQUARED_DIFFERENCE
from symbolic.two_step import TwoStepMethod, two_step_update

#: Bits beyond those of the digits asked for.
GUARD_BITS = 64
#: Steps between two looks.
CHECK_EVERY = 50
#: Size of a residual, against the data, at which a run has blown up.
BLOW_UP = 10**12
#: Bits before the point that no neuron of a run that stays bounded has.
LARGEST_BITS = 32


@dataclass(frozen=True, eq=False)
class FixedPointRun:
    """Where a run stands; arrays hold mpmath numbers.

    Parameters
    ----------
    neurons
        (u, v), stacked, (2, d).
    theta
        Predictor, (d,).
    steps
        How many were taken.
    move, residual
        Largest entry of the last move and of X theta - y.
    bits
        Of the fractional part.
    """

    neurons: Any
    theta: Any
    steps: int
    move: float
    residual: float
    bits: int


class _Gradient:
    """dL/d(u, v) on packed neurons, u first; keeps the residual of its last call."""

    def __init__(self, X: Any, y: Any, bits: int, coefficient: int) -> None:
        (self._by_u, _), (_, self._by_v) = SQUARED_DIFFERENCE.slopes
        self._bits = bits
        self.y, self.n = scaled_array(y, bits).tolist(), len(y)
        one = INTEGER(1) << bits
        self._bound = BLOW_UP * (max(map(abs, self.y)) + one)
        self._largest = bits + LARGEST_BITS
        self._forward = PackedMatrix(X, bits, one << 2 * LARGEST_BITS + 2)
        self._backward = PackedMatrix(X.T, bits, self._bound)
        # Neuron times gradient, slope at most 4 in size, or a coefficient times that over 2^bits.
        push = 4 * self._bound * len(y) * ceil(max(map(abs, X.ravel())))
        most = self._largest + int((push * coefficient).bit_length()) + 1
        self.places = Places(2 * X.shape[1], most)
        self.residual: Any = None

    def predictor(self, x: list[Any]) -> list[Any]:
        """Return theta, scaled."""
        return self._predictor(x, self._sensitivity(x))

    def _sensitivity(self, x: list[Any]) -> list[Any]:
        d, by_u, by_v = len(x) // 2, self._by_u, self._by_v
        return [by_u * each for each in x[:d]] + [by_v * each for each in x[d:]]

    def _predictor(self, x: list[Any], sensitivity: list[Any]) -> list[Any]:
        # d theta/dx is linear in x, theta quadratic: 2 theta = d theta/dx . x (Euler).
        d, shift = len(x) // 2, self._bits + 1
        moved = list(map(mul, sensitivity, x))
        return [each >> shift for each in map(add, moved[:d], moved[d:])]

    def __call__(self, packed: PackedVector) -> PackedVector:
        """Return both parts of the gradient, packed."""
        x, n = packed.tolist(), self.n
        sensitivity = self._sensitivity(x)
        try:
            packed.require_within(self._largest)
            r = self._forward @ self._predictor(x, sensitivity)
            self.residual = r = list(map(sub, r, self.y))
            g = self._backward @ [each // n for each in r]
        except OverflowError:
            # Sooner than later: the digits of numbers that are cubed in each step triple.
            raise UserError(
                expected="a run that stays bounded",
                received=f"residuals beyond {float(BLOW_UP):.0e} times the data",
                remedy="use a smaller learning rate",
            ) from None
        return self.places.packed(list(map(mul, sensitivity, g + g))) >> self._bits


class FixedPointTraining:
    """A run in progress, started at rest.

    Parameters
    ----------
    X, y, u, v
        Data (n, d), (n,) and start (d,): integers, `Fraction`, decimal text or floats.
    method, eta
        A member of the family at numbers of these kinds, and the learning rate.
    digits
        Digits behind the point that the state is to have.

    Raises
    ------
    UserError
        If the data are refused by `numeric.checks.exact_data`, or neurons are too large.
    """

    def __init__(
        self, X: Any, y: Any, u: Any, v: Any, method: TwoStepMethod, eta: Any, digits: int = 50
    ) -> None:
        self.digits, self.bits = digits, bits_of(digits) + GUARD_BITS
        X, y, u, v = exact_data(X, y, u, v)
        plain = [exact_zero(c) for c in (method.mu, method.kappa, eta)]
        self._gradient = _Gradient(X, y, self.bits, 1 + max(ceil(Fraction(c)) for c in plain))
        self._mu, self._kappa, self._eta = (Scaled(c, self.bits) if c else 0 for c in plain)
        start = np.ravel([scaled_array(each, self.bits) for each in (u, v)]).tolist()
        if max(map(abs, start)) >> self.bits + LARGEST_BITS:
            raise UserError(
                expected=f"neurons below 2^{LARGEST_BITS}",
                received=f"{self._size(start):.3g}",
                remedy="use other units of X and y",
            )
        self.x = self.last = self._gradient.places.packed(start)
        self.steps = 0

    def advance(self, steps: int) -> None:
        """Take steps."""
        x, last = self.x, self.last
        for _ in range(steps):
            after = two_step_update(
                x, last, self._gradient, mu=self._mu, kappa=self._kappa, eta=self._eta
            )
            x, last = after, x
        self.x, self.last = x, last
        self.steps += steps

    @property
    def move(self) -> float:
        """Largest entry of the last move."""
        return self._size((self.x - self.last).tolist())

    @property
    def residual(self) -> float:
        """Largest entry of X theta - y where the last step took its gradient."""
        return self._size(self._gradient.residual)

    def _size(self, entries: list[Any]) -> float:
        return float(quotient(max(map(abs, entries)), INTEGER(1) << self.bits))

    def result(self) -> FixedPointRun:
        """Return where the run stands."""
        with mpmath.workdps(self.digits + 15):
            x = self.x.tolist()
            neurons, theta = (
                mapped(lambda each: mpmath.mpf(int(each)) / 2**self.bits, part)
                for part in (x, self._gradient.predictor(x))
            )
        shape = (2, len(theta))
        return FixedPointRun(
            neurons.reshape(shape), theta, self.steps, self.move, self.residual, self.bits
        )


def fixed_point_run(
    X: Any,
    y: Any,
    u: Any,
    v: Any,
    method: TwoStepMethod,
    eta: Any,
    *,
    digits: int = 50,
    goal: int | None = None,
    max_steps: int = 200_000,
) -> FixedPointRun:
    """Train from rest until move and residual are below 10^-goal, to ``digits`` digits.

    Parameters
    ----------
    X, y, u, v, method, eta, digits
        As of `FixedPointTraining`.
    goal
        Digits to which it is trained, by default all of them.
    max_steps
        Give up after.

    Raises
    ------
    UserError
        If the run blew up or has not arrived by then.
    """
    run = FixedPointTraining(X, y, u, v, method, eta, digits)
    small = 10.0 ** -(digits if goal is None else goal)
    while run.steps < max_steps:
        run.advance(min(CHECK_EVERY, max_steps - run.steps))
        if run.move <= small and run.residual <= small:
            return run.result()
    raise UserError(
        expected=f"a run that arrives within {max_steps} steps",
        received=f"a move of {run.move:.3g}, a residual of {run.residual:.3g}",
        remedy="use a larger learning rate, or allow more steps",
    )

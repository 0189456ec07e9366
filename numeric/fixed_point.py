"""Whole runs to 50 digits and more, quickly: the recursion on integers, multiples of 2^-b.

Arrays hold gmpy2 integers; a product of two is shifted back by b bits once, so that a scalar
product costs one rounding. The recursion is `symbolic.two_step.two_step_update`: its coefficients
are `Scaled` numbers, and the gradient is made of the network's own formulas, which are homogeneous
in the neurons and therefore compile to integer arithmetic. Each step rounds by a few 2^-b,
downwards; guard bits keep what that adds up to out of the digits asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from operator import mul
from typing import Any

import gmpy2
import mpmath
import numpy as np

from numeric.balls import bits_of
from numeric.iterates import exact_zero, mapped
from numeric.many_bits import quotient
from symbolic.console import UserError
from symbolic.networks import SQUARED_DIFFERENCE
from symbolic.two_step import TwoStepMethod, two_step_update

INTEGER: Any = gmpy2.mpz  # pyright: ignore[reportAttributeAccessIssue]
#: Bits beyond those of the digits asked for.
GUARD_BITS = 64
#: Steps between two looks.
CHECK_EVERY = 50
#: Size of a residual, against the data, at which a run has blown up.
BLOW_UP = 10**12


class Scaled:
    """A coefficient of the recursion: multiplies arrays of scaled integers."""

    # NumPy leaves the product to this class, not to the elements of the array.
    __array_ufunc__ = None

    def __init__(self, value: Any, bits: int) -> None:
        self.number, self.bits = _boxed(scaled(value, bits)), _boxed(bits)

    def __mul__(self, array: Any) -> Any:
        return (array * self.number) >> self.bits


def _boxed(value: Any) -> Any:
    """Return a number as an array without axes: NumPy need not ask it every time what it is."""
    box = np.empty((), dtype=object)
    box[()] = value
    return box


def scaled(value: Any, bits: int) -> Any:
    """Return a rational number, text or float as an integer multiple of 2^-bits, rounded down."""
    exact = Fraction(value)
    return INTEGER((exact.numerator << bits) // exact.denominator)


def _scaled_array(values: Any, bits: int) -> Any:
    return mapped(lambda each: scaled(each, bits), np.asarray(values, dtype=object))


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
    """dL/d(u, v) on stacked scaled neurons; keeps the residual of its last call."""

    def __init__(self, X: Any, y: Any, bits: int) -> None:
        # s(x) = d theta/dx is linear in x, theta quadratic: 2 theta = s(x) . x (Euler).
        rows = [[INTEGER(c) for c in row] for row in SQUARED_DIFFERENCE.slopes]
        self._slopes = np.array(rows, dtype=object)
        self.bits, self._shift, self._half_shift = bits, _boxed(bits), _boxed(bits + 1)
        self.rows = [list(row) for row in X]
        self.columns = [list(column) for column in X.T]
        self.y, self.n = y, len(y)
        self.residual: Any = None
        self._bound = BLOW_UP * (max(map(abs, self.y)) + (INTEGER(1) << bits))

    def predictor(self, x: Any) -> Any:
        """Return theta, scaled."""
        return self._predictor(x, self._slopes @ x)

    def _predictor(self, x: Any, sensitivity: Any) -> Any:
        moved = sensitivity * x
        return (moved[0] + moved[1]) >> self._half_shift

    def __call__(self, x: Any) -> Any:
        """Return both parts of the gradient, stacked and scaled."""
        sensitivity = self._slopes @ x
        theta = self._predictor(x, sensitivity).tolist()
        bits, n = self.bits, self.n
        r = [sum(map(mul, row, theta)) >> bits for row in self.rows]
        self.residual = r = [each - target for each, target in zip(r, self.y, strict=True)]
        if max(map(abs, r)) > self._bound:
            # Sooner than later: the digits of numbers that are cubed in each step triple.
            raise UserError(
                expected="a run that stays bounded",
                received=f"residuals beyond {float(BLOW_UP):.0e} times the data",
                remedy="use a smaller learning rate",
            )
        pushes = (sum(map(mul, column, r)) // n >> bits for column in self.columns)
        g = np.fromiter(pushes, dtype=object, count=len(self.columns))
        return sensitivity * g >> self._shift


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
    """

    def __init__(
        self, X: Any, y: Any, u: Any, v: Any, method: TwoStepMethod, eta: Any, digits: int = 50
    ) -> None:
        self.digits, self.bits = digits, bits_of(digits) + GUARD_BITS
        self._gradient = _Gradient(
            _scaled_array(X, self.bits), list(_scaled_array(y, self.bits)), self.bits
        )
        coefficients = (_coefficient(c, self.bits) for c in (method.mu, method.kappa, eta))
        self._mu, self._kappa, self._eta = coefficients
        self.x = np.stack([_scaled_array(u, self.bits), _scaled_array(v, self.bits)])
        self.last = self.x
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
        return self._size(self.x - self.last)

    @property
    def residual(self) -> float:
        """Largest entry of X theta - y where the last step took its gradient."""
        return self._size(self._gradient.residual)

    def _size(self, array: Any) -> float:
        return float(quotient(_largest(array), INTEGER(1) << self.bits))

    def result(self) -> FixedPointRun:
        """Return where the run stands."""
        with mpmath.workdps(self.digits + 15):
            neurons, theta = (
                mapped(lambda each: mpmath.mpf(int(each)) / 2**self.bits, part)
                for part in (self.x, self._gradient.predictor(self.x))
            )
        return FixedPointRun(neurons, theta, self.steps, self.move, self.residual, self.bits)


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


def _coefficient(value: Any, bits: int) -> Any:
    plain = exact_zero(value)
    return 0 if plain == 0 else Scaled(plain, bits)


def _largest(array: Any) -> Any:
    return max(abs(entry) for entry in (array.ravel() if isinstance(array, np.ndarray) else array))

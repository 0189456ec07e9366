"""Power series in one small parameter, cut off, with exact coefficients."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from operator import add, sub

from .reading import demand


class Series:
    """c_0 + c_1 eps + ... and unknown terms from the first power that is not given.

    A result knows as many terms as the operand that knows fewest.
    """

    __slots__ = ("terms",)

    def __init__(self, *terms: Fraction | int) -> None:
        self.terms = [Fraction(term) for term in terms]

    def __getitem__(self, power: int) -> Fraction:
        return self.terms[power]

    def __add__(self, other: Series) -> Series:
        return Series(*map(add, self.terms, other.terms))

    def __sub__(self, other: Series) -> Series:
        return Series(*map(sub, self.terms, other.terms))

    def __mul__(self, other: Series) -> Series:
        known = min(len(self.terms), len(other.terms))
        return Series(
            *(sum(self[i] * other[k - i] for i in range(k + 1)) for k in range(known)),
        )

    def __truediv__(self, other: Series) -> Series:
        """Divide, term by term of quotient times divisor."""
        quotient: list[Fraction] = []
        for k in range(min(len(self.terms), len(other.terms))):
            before = sum(quotient[i] * other[k - i] for i in range(k))
            quotient.append((self[k] - before) / other[0])
        return Series(*quotient)

    def log(self) -> Series:
        """Return the logarithm, -sum (1 - s)^k/k; raises `InvalidCertificate` unless c_0 = 1."""
        demand(self[0] == 1, "a logarithm is of a series that begins with 1")
        rest = power = Series(1, *(0 for _ in self.terms[1:])) - self
        result = Series(*(0 for _ in self.terms))
        for k in range(1, len(self.terms)):
            result, power = result - power * constant(Fraction(1, k)), power * rest
        return result


def constant(value: Fraction | int) -> Series:
    """Return a number as a series, to second order."""
    return Series(value, 0, 0)


#: The small parameter, and one.
EPS, UNIT = Series(0, 1, 0), Series(1, 0, 0)


def root(polynomial: Sequence[Series], start: Fraction | int) -> Series:
    """Return the root that begins with `start`; coefficients from the lowest power on.

    Newton's iteration finds it; that the polynomial vanishes is what makes it the root, and only
    one begins so, as the root is simple: a slope of zero is a division by zero.
    """
    z = Series(start, 0, 0)
    for _ in range(3):
        value, slope = _at(polynomial, z)
        z = z - value / slope
    demand(z[0] == start and not any(_at(polynomial, z)[0].terms), f"a root begins with {start}")
    return z


def _at(polynomial: Sequence[Series], z: Series) -> tuple[Series, Series]:
    """Return value and derivative, by Horner's rule."""
    value = slope = constant(0)
    for coefficient in reversed(polynomial):
        value, slope = value * z + coefficient, slope * z + value
    return value, slope


def asinh_slope(argument: Series, start: Fraction) -> Fraction:
    """Return the first-order coefficient of asinh b, `start` being its exponential at order zero.

    W = e^{asinh b} is the positive root of W^2 - 2 b W - 1 = 0.
    """
    demand(start > 0, "an exponential is positive")
    W = root([constant(-1), constant(-2) * argument, UNIT], start)
    return W[1] / W[0]

"""Rational functions of mu and kappa: exact, reduced, and quick enough for expansions to order 6.

Numerator and denominator are python-flint polynomials with integer coefficients; SymPy's own
fields give the same and take fifty times as long.
"""

from __future__ import annotations

from typing import Any

import sympy as sp
from flint import Ordering, fmpz_mpoly_ctx
from sympy.polys.polyerrors import CoercionFailed

from symbolic.symbols import KAPPA, MU

_VARIABLES = (MU, KAPPA)
_RING = fmpz_mpoly_ctx.get([symbol.name for symbol in _VARIABLES], Ordering.lex)
_ONE = _RING.constant(1)


class RationalFunction:
    """A quotient of two polynomials in (mu, kappa), in lowest terms.

    Parameters
    ----------
    numerator, denominator
        Polynomials of `flint.fmpz_mpoly`.
    """

    __slots__ = ("denominator", "numerator")

    def __init__(self, numerator: Any, denominator: Any = _ONE) -> None:
        if not denominator.is_one():
            common = numerator.gcd(denominator)
            if denominator.leading_coefficient() < 0:
                common = -common
            if not common.is_one():
                numerator, denominator = numerator / common, denominator / common
        self.numerator = numerator
        self.denominator = denominator

    @classmethod
    def of(cls, value: Any) -> RationalFunction:
        """Return an integer, or a SymPy expression in mu and kappa, as a rational function.

        Raises
        ------
        ValueError
            If the expression is not a rational function of mu and kappa with rational coefficients.
        """
        if isinstance(value, cls):
            return value
        if isinstance(value, int):
            return cls(_RING.constant(value))
        parts = sp.fraction(sp.cancel(sp.together(sp.sympify(value))))
        try:
            top, bottom = (sp.Poly(part, *_VARIABLES, domain=sp.QQ) for part in parts)
        except (sp.PolynomialError, CoercionFailed) as error:
            raise ValueError(f"not a rational function of mu and kappa: {value}") from error
        (of_top, top), (of_bottom, bottom) = (
            part.clear_denoms(convert=True) for part in (top, bottom)
        )
        return cls(_polynomial(top) * int(of_bottom), _polynomial(bottom) * int(of_top))

    def as_expr(self) -> sp.Expr:
        """Return it as a SymPy expression."""
        return _expression(self.numerator) / _expression(self.denominator)

    def factored(self) -> sp.Expr:
        """Return it as a SymPy expression in factors, with 1 - mu rather than mu - 1 in them."""
        sign, factors = 1, []
        for part, power in ((self.numerator, 1), (self.denominator, -1)):
            if part.is_zero():
                return sp.S.Zero
            content, irreducible = part.factor()
            factors.append(sp.Integer(int(content)) ** power)
            for factor, times in irreducible:
                expression = _expression(factor)
                if expression == MU - 1:
                    sign, expression = sign * (-1) ** int(times), 1 - MU
                factors.append(expression ** (power * int(times)))
        return sp.Mul(sign, *factors)

    def at(self, mu: Any, kappa: Any) -> Any:
        """Return its value where mu and kappa are `Fraction`, other fields, or such functions.

        Raises
        ------
        ZeroDivisionError
            At a pole.
        """
        top, bottom = (_value(part, mu, kappa) for part in (self.numerator, self.denominator))
        return top / bottom

    def __bool__(self) -> bool:
        return not self.numerator.is_zero()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (RationalFunction, int)):
            return NotImplemented
        other = RationalFunction.of(other)
        return self.numerator == other.numerator and self.denominator == other.denominator

    def __hash__(self) -> int:
        return hash((str(self.numerator), str(self.denominator)))

    def __repr__(self) -> str:
        return f"RationalFunction({self.as_expr()})"

    def __neg__(self) -> RationalFunction:
        return _reduced(-self.numerator, self.denominator)

    def __add__(self, other: Any) -> RationalFunction:
        if not isinstance(other, (RationalFunction, int)):
            return NotImplemented
        other = RationalFunction.of(other)
        if self.denominator == other.denominator:
            return RationalFunction(self.numerator + other.numerator, self.denominator)
        top = self.numerator * other.denominator + other.numerator * self.denominator
        return RationalFunction(top, self.denominator * other.denominator)

    __radd__ = __add__

    def __sub__(self, other: Any) -> RationalFunction:
        return self + (-other) if isinstance(other, (RationalFunction, int)) else NotImplemented

    def __rsub__(self, other: Any) -> RationalFunction:
        return -self + other

    def __mul__(self, other: Any) -> RationalFunction:
        if not isinstance(other, (RationalFunction, int)):
            return NotImplemented
        other = RationalFunction.of(other)
        top, bottom = self.numerator * other.numerator, self.denominator * other.denominator
        return RationalFunction(top, bottom)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> RationalFunction:
        if not isinstance(other, (RationalFunction, int)):
            return NotImplemented
        return self * RationalFunction.of(other)._inverse()

    def __rtruediv__(self, other: Any) -> RationalFunction:
        return self._inverse() * other

    def __pow__(self, power: int) -> RationalFunction:
        base = self if power >= 0 else self._inverse()
        return _reduced(base.numerator ** abs(power), base.denominator ** abs(power))

    def _inverse(self) -> RationalFunction:
        if not self:
            raise ZeroDivisionError("division by the rational function 0")
        return RationalFunction(self.denominator, self.numerator)


def _reduced(numerator: Any, denominator: Any) -> RationalFunction:
    """Return a quotient that is in lowest terms already."""
    made = object.__new__(RationalFunction)
    made.numerator, made.denominator = numerator, denominator
    return made


def _polynomial(polynomial: sp.Poly) -> Any:
    return _RING.from_dict({powers: int(c) for powers, c in polynomial.terms()})


def _expression(polynomial: Any) -> sp.Expr:
    terms = (
        sp.Integer(int(c)) * sp.Mul(*(x ** int(p) for x, p in zip(_VARIABLES, powers, strict=True)))
        for powers, c in polynomial.to_dict().items()
    )
    return sp.Add(*terms)


def _value(polynomial: Any, *point: Any) -> Any:
    total: Any = 0
    for powers, c in polynomial.to_dict().items():
        term: Any = int(c)
        for x, p in zip(point, powers, strict=True):
            term = term * x ** int(p)
        total = total + term
    return total


#: The generators, momentum and look-ahead.
GENERATORS = tuple(RationalFunction(generator) for generator in _RING.gens())

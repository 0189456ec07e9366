"""Decide whether an exact expression is zero, and say how that is known.

An expression is *zero* when a chain of rewriting steps, each an identity, takes it to 0, and
*non-zero* when it is evaluated at an explicit point to a number whose error bound excludes 0. An
expression for which neither succeeds is reported as undecided, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import sympy as sp

#: Digits to which a candidate is evaluated before it may be called non-zero.
_DIGITS = 60


@dataclass(frozen=True)
class ZeroDecision:
    """What is known about an expression.

    Parameters
    ----------
    zero
        True (proved), False (a witness excludes it) or None (undecided).
    witness
        For False: the point, symbol name to exact value.
    value
        For False: the value there, to 15 digits, as text.
    expression
        What was left after rewriting.
    """

    zero: bool | None
    expression: sp.Expr
    witness: Mapping[str, str] = field(default_factory=dict)
    value: str = "0"


def _rewritings(expression: sp.Expr) -> Iterator[sp.Expr]:
    """Yield equal expressions, cheap ones first; any that is 0 settles the matter."""
    yield sp.expand(expression)
    yield sp.cancel(sp.together(expression))
    yield sp.expand(sp.radsimp(sp.together(expression)))
    as_exponentials = expression.rewrite(sp.exp)
    yield sp.cancel(sp.together(sp.expand(as_exponentials, power_exp=True)))
    as_logarithms = sp.expand_log(expression.rewrite(sp.log), force=False)
    yield sp.expand(as_logarithms)
    yield sp.logcombine(as_logarithms)
    if expression.has(sp.log, sp.asinh, sp.acosh, sp.atanh):
        # exp(E) = 1 puts E into 2 pi i Z. Where E is real, as at the points at which it was just
        # evaluated, only 0 is left, and by continuity E = 0 on the connected real domain.
        exponential = sp.exp(sp.expand(as_logarithms))
        yield sp.radsimp(sp.together(sp.powsimp(exponential) - 1))
        yield sp.expand(sp.numer(sp.together(sp.expand(exponential, power_exp=True) - 1)))


def _points(expression: sp.Expr, count: int = 6) -> Iterator[dict[sp.Symbol, sp.Rational]]:
    """Yield rational points with small distinct coordinates that respect the assumptions."""
    symbols = sorted(expression.free_symbols, key=lambda symbol: symbol.name)
    primes = [sp.Integer(sp.prime(i + 2)) for i in range(len(symbols) + count)]
    for shift in range(count):
        point = {}
        for i, symbol in enumerate(symbols):
            value = primes[i + shift] / (primes[i + shift] + 2 * i + 5)
            if symbol.is_integer:
                value = primes[i + shift]
            elif not symbol.is_nonnegative and (i + shift) % 2:
                value = -value
            point[symbol] = value
        yield point


def _certainly_not_zero(number: sp.Expr) -> bool:
    # N lowers the precision of its result to the digits that it can vouch for.
    return (
        isinstance(number, sp.Float)
        and number._prec > 60
        and abs(number) > sp.Rational(1, 10 ** (_DIGITS // 2))
    )


def decide_zero(expression: sp.Expr) -> ZeroDecision:
    """Decide whether ``expression`` vanishes identically.

    Raises
    ------
    ValueError
        If the expression holds binary floats, which are not exact.
    """
    expression = sp.sympify(expression)
    if expression.atoms(sp.Float):
        raise ValueError(f"not exact: {expression} holds binary floats")
    if expression == 0:
        return ZeroDecision(True, sp.S.Zero)
    for point in _points(expression):
        value = expression.subs(point)
        if value.has(sp.nan, sp.zoo, sp.oo):
            continue
        number = sp.N(value, _DIGITS)
        if _certainly_not_zero(number):
            witness = {symbol.name: str(at) for symbol, at in point.items()}
            return ZeroDecision(False, expression, witness, str(sp.N(number, 15)))
    for rewritten in _rewritings(expression):
        if rewritten == 0:
            return ZeroDecision(True, sp.S.Zero)
    return ZeroDecision(None, expression)

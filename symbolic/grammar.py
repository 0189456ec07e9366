r"""Expressions typed by a user, read by a small grammar and never evaluated as Python.

::

    sum     = term { ("+" | "-") term }
    term    = factor { ("*" | "/") factor }
    factor  = ("+" | "-") factor | atom [ ("**" | "^") exponent ]
    exponent = ["-"] digits | "(" ["-"] digits ")"
    atom    = number | name | "(" sum ")"

Numbers are exact: ``0.9`` is 9/10. Length, depth, exponents and the total degree are bounded, so no
input takes long.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, NoReturn

import sympy as sp

from symbolic import symbols
from symbolic.console import UserError

LONGEST_TEXT = 200
LONGEST_NUMBER = 30
DEEPEST_NESTING = 20
LARGEST_EXPONENT = 9
LARGEST_DEGREE = 40

#: What may be named; a caller allows some of them.
NAMES: dict[str, sp.Symbol] = {
    "mu": symbols.MU,
    "kappa": symbols.KAPPA,
    "eta": symbols.ETA,
    "xi": symbols.XI,
    "theta": symbols.THETA,
}

_TOKEN = re.compile(
    r"\s*(?:(?P<number>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)|(?P<name>[A-Za-z_][A-Za-z_0-9]*)"
    r"|(?P<sign>\*\*|[-+*/^()]))"
)


class _Value(NamedTuple):
    """An expression with a bound on the degree of what it was multiplied together from."""

    expression: sp.Expr
    degree: int


def parse_expression(text: str, names: Sequence[str] = ("mu",)) -> sp.Expr:
    """Return the exact expression that ``text`` spells in the grammar above.

    Parameters
    ----------
    text
        For example ``"mu/2"`` or ``"0.9*(1 - mu)**2"``.
    names
        The names that may occur, among ``mu``, ``kappa``, ``eta``, ``xi`` and ``theta``.

    Raises
    ------
    UserError
        If the text is not in the grammar, names something else, divides by zero or is too large.

    Examples
    --------
    >>> parse_expression("0.9 + mu/2")
    mu/2 + 9/10
    >>> parse_expression("mu**2 - 3*mu*(mu - .5)").expand()
    -2*mu**2 + 3*mu/2
    """
    return _Reader(text, names).read()


class _Reader:
    def __init__(self, text: str, names: Sequence[str]) -> None:
        self.text = text
        self.names = names
        self.depth = 0
        self.position = 0
        if len(text) > LONGEST_TEXT:
            self.refuse(f"{len(text)} characters", f"write it in at most {LONGEST_TEXT}")
        self.tokens = self.split()

    def refuse(self, received: str, remedy: str) -> NoReturn:
        raise UserError(
            expected=f"an expression in {', '.join(self.names) or 'numbers'}, + - * / ( ) and "
            "small integer powers",
            received=received,
            remedy=remedy,
        )

    def split(self) -> list[str]:
        tokens: list[str] = []
        text, at = self.text.rstrip(), 0
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                rest = text[at:].lstrip()
                self.refuse(f"{rest[0]!r} in {self.text!r}", "remove that character")
            tokens.append(match.group().strip())
            at = match.end()
        return tokens

    @property
    def next(self) -> str:
        return self.tokens[self.position] if self.position < len(self.tokens) else ""

    def take(self) -> str:
        token = self.next
        self.position += 1
        return token

    def read(self) -> sp.Expr:
        value = self.sum()
        if self.next:
            where = f"{self.next!r} after a complete expression in {self.text!r}"
            self.refuse(where, "put an operator between the two parts (2*mu, not 2mu)")
        return value.expression

    def sum(self) -> _Value:
        left = self.term()
        while self.next in ("+", "-"):
            sign = 1 if self.take() == "+" else -1
            right = self.term()
            # Over a common denominator the degrees may add up.
            left = self.bounded(left.expression + sign * right.expression, left, right)
        return left

    def term(self) -> _Value:
        left = self.factor()
        while self.next in ("*", "/"):
            operator = self.take()
            right = self.factor()
            if operator == "*":
                left = self.bounded(left.expression * right.expression, left, right)
            else:
                self.require_divisor(right)
                left = self.bounded(left.expression / right.expression, left, right)
        return left

    def factor(self) -> _Value:
        sign = 1
        while self.next in ("+", "-"):
            sign = -sign if self.take() == "-" else sign
        base = self.atom()
        if self.next in ("**", "^"):
            self.take()
            exponent = self.exponent()
            if exponent < 0:
                self.require_divisor(base)
            degree = base.degree * abs(exponent)
            self.require_degree(degree)
            base = _Value(base.expression**exponent, degree)
        return _Value(sign * base.expression, base.degree)

    def exponent(self) -> int:
        closing = self.next == "("
        if closing:
            self.take()
        negative = self.next == "-"
        if negative:
            self.take()
        token = self.take()
        small = token.isdigit() and len(token) <= 2 and int(token) <= LARGEST_EXPONENT
        if not small or (closing and self.take() != ")") or self.next in ("**", "^"):
            self.refuse(
                f"the power in {self.text!r}",
                f"use one integer exponent from -{LARGEST_EXPONENT} to {LARGEST_EXPONENT}",
            )
        return -int(token) if negative else int(token)

    def atom(self) -> _Value:
        token = self.take()
        if token == "(":
            self.depth += 1
            if self.depth > DEEPEST_NESTING:
                self.refuse(f"more than {DEEPEST_NESTING} nested parentheses", "simplify it")
            inside = self.sum()
            if self.take() != ")":
                self.refuse(f"a parenthesis that is not closed in {self.text!r}", "add )")
            self.depth -= 1
            return inside
        if token[:1].isdigit() or token[:1] == ".":
            if len(token) > LONGEST_NUMBER:
                self.refuse(f"a number of {len(token)} digits", f"use at most {LONGEST_NUMBER}")
            return _Value(sp.Rational(token), 1)
        if token in self.names and token in NAMES:
            return _Value(NAMES[token], 1)
        if token[:1].isalpha() or token[:1] == "_":
            self.refuse(f"the name {token!r} in {self.text!r}", "use only the names allowed here")
        what = f"{token!r}" if token else "the end of the expression"
        self.refuse(f"{what} in {self.text!r}", "put a number, a name or ( there")

    def require_divisor(self, divisor: _Value) -> None:
        if sp.cancel(divisor.expression) == 0:
            self.refuse(f"a division by zero in {self.text!r}", "mend the denominator")

    def require_degree(self, degree: int) -> None:
        if degree > LARGEST_DEGREE:
            self.refuse(
                f"powers and products of total degree {degree} in {self.text!r}",
                f"stay at or below {LARGEST_DEGREE}",
            )

    def bounded(self, expression: sp.Expr, left: _Value, right: _Value) -> _Value:
        degree = left.degree + right.degree
        self.require_degree(degree)
        return _Value(expression, degree)

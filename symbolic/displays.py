"""Displayed formulas: SymPy objects that read as a mathematician writes them, and their residuals.

A display is an equation in named symbols. What it asserts is decided by its *residual*, computed
from the very same object by inserting what the symbols stand for; `latex` prints that object.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy as sp

from symbolic.discrete_theorem import DIVERGENCE, itakura_saito
from symbolic.logarithms import logarithms_apart


class LogSize(sp.Function):
    """ln|z|, printed like that."""

    def _latex(self, printer: Any, exp: Any = None) -> str:
        inside = rf"\ln\left|{printer.doprint(self.args[0])}\right|"
        return inside if exp is None else rf"\left({inside}\right)^{{{exp}}}"


class Scaled(sp.Function):
    """A coefficient times an expression, printed with the coefficient in front."""

    def _latex(self, printer: Any, exp: Any = None) -> str:
        parts = []
        for part in self.args:
            inside = printer.doprint(part)
            parts.append(rf"\left({inside}\right)" if part.is_Add else inside)
        whole = rf"{parts[0]}\,{parts[1]}"
        return whole if exp is None else rf"\left({whole}\right)^{{{exp}}}"


#: Takes a displayed formula and returns what must vanish for it to be true.
Proof = Callable[[Any], Sequence[sp.Expr]]


@dataclass(frozen=True)
class Display:
    """One displayed formula, with what decides it.

    Parameters
    ----------
    formula
        What is shown.
    prove
        Computes from the formula, and from nothing that stands beside it, what must vanish for
        it to be true. None for a definition.
    """

    formula: Any
    prove: Proof | None = None

    @cached_property
    def residual(self) -> tuple[sp.Expr, ...]:
        """What must vanish; empty for a definition."""
        return () if self.prove is None else tuple(self.prove(self.formula))

    @property
    def latex(self) -> str:
        """The formula as LaTeX, terms in the order in which they were written."""
        text = sp.latex(self.formula, ln_notation=True, order="none")
        # A factor in front of a function stands apart from its name.
        return re.sub(r"(?<=[\w})]) (?=\\ln|r\{)", r"\\,", text)


def equation(left: Any, right: Any) -> Any:
    """Return left = right without evaluating it."""
    return sp.Eq(left, right, evaluate=False)


def total(*terms: Any) -> sp.Expr:
    """Return the sum of ``terms``, kept in this order."""
    return sp.Add(*terms, evaluate=False)


def product(*factors: Any) -> sp.Expr:
    """Return the product of ``factors``, kept in this order."""
    return sp.Mul(*factors, evaluate=False)


def minus(expression: Any) -> sp.Expr:
    """Return -expression, kept as it stands."""
    return product(sp.S.NegativeOne, expression)


def without_orders(expression: Any) -> Any:
    """Return an expression with every O(...) left out."""
    return expression.xreplace(dict.fromkeys(expression.atoms(sp.Order), sp.S.Zero))


def evaluated(expression: Any) -> Any:
    """Return an expression with its sums and products in SymPy's order; sums over k stay."""
    if not expression.args or isinstance(expression, sp.Sum):
        return expression
    parts = [evaluated(part) for part in expression.args]
    return sp.Mul(*parts) if isinstance(expression, Scaled) else expression.func(*parts)


def opened(expression: Any) -> sp.Expr:
    """Return an expression with r(z) and ln|z| replaced by what they are."""
    plain = evaluated(sp.sympify(expression)).replace(DIVERGENCE, itakura_saito)
    return plain.replace(LogSize, lambda z: sp.log(sp.Abs(z)))


def difference(formula: Any, values: Mapping[Any, Any] | None = None) -> sp.Expr:
    """Return left minus right of an equation, ``values`` inserted and logarithms taken apart."""
    whole = opened(formula.lhs - formula.rhs)
    return logarithms_apart(whole.subs(dict(values or {}), simultaneous=True))


def linear_in(expression: Any, kind: type[sp.Basic]) -> tuple[Any, sp.Expr, sp.Expr]:
    """Return (X, c, rest) of c X + rest with the one sum, product or integral X in an expression.

    Raises
    ------
    ValueError
        If there is not exactly one of this kind, or it does not enter linearly.
    """
    plain = evaluated(expression)
    (found,) = plain.atoms(kind)
    place = sp.Dummy()
    there = sp.expand(plain.xreplace({found: place}))
    coefficient, rest = sp.diff(there, place), there.subs(place, 0)
    if coefficient.has(place):
        raise ValueError(f"{kind.__name__} does not enter linearly")
    return found, coefficient, rest


def range_residuals(found: Any, index: sp.Symbol, last: Any = sp.oo) -> tuple[sp.Expr, ...]:
    """Return what a range differs by from 0 to ``last``, over ``index``."""
    ((name, low, high),) = found.limits
    end = sp.S.Zero if high == last else sp.S.One
    return sp.sympify(low), end, sp.S.Zero if name == index else sp.S.One


def rational(expression: sp.Expr) -> sp.Expr:
    """Return an expression without logarithms over one denominator, zero if it vanishes."""
    return sp.cancel(sp.together(expression))


@dataclass(frozen=True)
class Part:
    """A passage of the page.

    Parameters
    ----------
    kind
        ``text``, ``theorem``, ``corollary``, ``proof`` or ``remark``.
    title
        Heading, empty for running text.
    text
        Paragraphs of the little language of the claims; ``[[name]]`` on a line of its own is where
        the display of that name stands.
    displays
        The displays by name.

    Raises
    ------
    ValueError
        If a display has no place in the text.
    """

    kind: str
    title: str
    text: str
    displays: Mapping[str, Display]

    def __post_init__(self) -> None:
        missing = [name for name in self.displays if f"[[{name}]]" not in self.text]
        if missing:
            raise ValueError(f"displays without a place in {self.title!r}: {missing}")

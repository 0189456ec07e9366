"""Displayed formulas: SymPy objects that read as a mathematician writes them, and their residuals.

A display is an equation in named symbols. What it asserts is decided by its *residual*, made from
the very same object by inserting what the symbols stand for; `latex` prints that object.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from symbolic.discrete_theorem import DIVERGENCE, itakura_saito, logarithms_apart


class LogSize(sp.Function):
    """ln|z|, printed like that."""

    def _latex(self, printer: Any, exp: Any = None) -> str:
        inside = rf"\ln\left|{printer.doprint(self.args[0])}\right|"
        return inside if exp is None else rf"\left({inside}\right)^{{{exp}}}"


class Scaled(sp.Function):
    """A coefficient times an expression, printed with the coefficient in front."""

    def _latex(self, printer: Any, exp: Any = None) -> str:
        coefficient, rest = self.args
        inside = printer.doprint(rest)
        if rest.is_Add:
            inside = rf"\left({inside}\right)"
        return rf"{printer.doprint(coefficient)}\,{inside}"


@dataclass(frozen=True)
class Display:
    """One displayed formula.

    Parameters
    ----------
    formula
        What is shown.
    residual
        What must vanish for it to be true, computed from ``formula``; several are all required. A
        definition has none.
    """

    formula: sp.Basic
    residual: tuple[sp.Expr, ...] = ()

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
    """

    kind: str
    title: str
    text: str
    displays: Mapping[str, Display]

    def __post_init__(self) -> None:
        missing = [name for name in self.displays if f"[[{name}]]" not in self.text]
        if missing:
            raise ValueError(f"displays without a place in {self.title!r}: {missing}")


def residuals_of(parts: Sequence[Part]) -> dict[str, tuple[sp.Expr, ...]]:
    """Return the residuals of all displays that assert something, by title and name."""
    return {
        f"{part.title or part.kind}: {name}": display.residual
        for part in parts
        for name, display in part.displays.items()
        if display.residual
    }

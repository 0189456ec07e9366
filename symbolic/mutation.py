"""Named wrong versions of a formula, made by machine from the formula itself.

A check that accepts a formula must reject these. For every sum inside the expression each term in
turn has its sign flipped, is dropped, and is changed by five per cent; so is the whole, and so is
the argument of every hyperbolic function and exponential. (A factor inside a logarithm only adds a
constant, which need not act.)
"""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

_FIVE_PER_CENT = (
    ("5 % larger", sp.Rational(21, 20)),
    ("5 % smaller", sp.Rational(19, 20)),
)
#: Functions whose argument is changed as well.
_FUNCTIONS = (sp.asinh, sp.sinh, sp.cosh, sp.tanh, sp.exp)


def _sums(expression: sp.Expr) -> Iterator[sp.Add]:
    seen: set[sp.Basic] = set()
    for node in sp.preorder_traversal(expression):
        if isinstance(node, sp.Add) and node not in seen:
            seen.add(node)
            yield node


def _formula(expression: sp.Expr) -> str:
    return f"${sp.latex(expression)}$"


def _changes(term: sp.Expr, node: sp.Add) -> Iterator[tuple[str, sp.Expr]]:
    part, whole = _formula(term), _formula(node)
    yield f"sign of {part} flipped in {whole}", -term
    yield f"{part} dropped from {whole}", sp.S.Zero
    for name, factor in _FIVE_PER_CENT:
        yield f"{part} {name} in {whole}", factor * term


def _changes_of_argument(argument: sp.Expr) -> Iterator[tuple[str, sp.Expr]]:
    yield "sign of the argument flipped", -argument
    for name, factor in _FIVE_PER_CENT:
        yield f"argument {name}", factor * argument


def mutations(expression: sp.Expr) -> tuple[tuple[str, sp.Expr], ...]:
    """Return (name, wrong expression) pairs; none equals the original or another.

    Formulas in the names are LaTeX between ``$`` signs.

    Parameters
    ----------
    expression
        A non-zero expression.
    """
    expression = sp.sympify(expression)
    found: dict[sp.Expr, str] = {}

    def keep(name: str, wrong: sp.Expr) -> None:
        if wrong not in found and wrong != expression and sp.expand(wrong - expression) != 0:
            found[wrong] = name

    keep("wrong sign", -expression)
    for name, factor in _FIVE_PER_CENT:
        keep(name, factor * expression)
    for node in _sums(expression):
        for term in sp.Add.make_args(node):
            for name, changed in _changes(term, node):
                # Substitute this very node: xreplace keeps everything else as it stands.
                wrong = expression.xreplace({node: node - term + changed})
                if not wrong.has(sp.nan, sp.zoo, sp.oo):
                    keep(name, wrong)
    for function in sorted(expression.atoms(*_FUNCTIONS), key=sp.default_sort_key):
        (argument,) = function.args
        for name, changed in _changes_of_argument(argument):
            wrong = expression.xreplace({function: function.func(changed)})
            keep(f"{name} in {_formula(function)}", wrong)
    return tuple((name, wrong) for wrong, name in found.items())

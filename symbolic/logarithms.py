"""Expressions that are linear in logarithms of absolute values, brought to one form."""

from __future__ import annotations

from typing import Any

import sympy as sp


def logarithms_apart(expression: sp.Expr) -> sp.Expr:
    """Return ``expression`` with ln|a b/c| as ln|a| + ln|b| - ln|c| for each irreducible factor.

    Every logarithm must be of an absolute value. Two expressions of this kind are equal if
    their difference, expanded, is zero: ln|f| of different factors are independent.
    """

    def apart(logarithm: Any) -> sp.Expr:
        (absolute,) = logarithm.args
        top, bottom = sp.fraction(sp.together(absolute.args[0]))
        total: sp.Expr = sp.S.Zero
        for part, sign in ((top, 1), (bottom, -1)):
            factored: Any = sp.factor_list(part)
            number, factors = factored
            total += sign * sp.log(sp.Abs(number))
            total += sp.Add(*(sign * n * sp.log(sp.Abs(_monic(f))) for f, n in factors))
        return total

    def outer(e: sp.Basic) -> bool:
        return isinstance(e, sp.log) and isinstance(e.args[0], sp.Abs)

    return sp.expand(expression.replace(outer, apart))


def _monic(factor: sp.Expr) -> sp.Expr:
    # f and -f have one absolute value: the sign of the leading term is made positive.
    leading = sp.Poly(factor, *sorted(factor.free_symbols, key=str)).LC()
    return -factor if leading.could_extract_minus_sign() else factor


def collected(expression: sp.Expr) -> sp.Expr:
    """Return a sum of rational multiples of logarithms, zero if it vanishes identically."""
    names = {logarithm: sp.Dummy() for logarithm in expression.atoms(sp.log)}
    found = sp.collect(sp.expand(expression.xreplace(names)), list(names.values()), evaluate=False)
    back = {name: logarithm for logarithm, name in names.items()}
    return sp.Add(
        *(sp.cancel(sp.together(value)) * back.get(key, key) for key, value in found.items())
    )

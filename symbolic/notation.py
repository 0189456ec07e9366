"""Vector symbols that read well in a terminal, in LaTeX and in plain ASCII."""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.printing.pretty.stringpict import prettyForm

from symbolic.console import UserError
from symbolic.symbols import MU


class Notation(sp.Symbol):
    r"""A symbol with a name of its own for each kind of output.

    Derivations speak of vectors such as x', grad L(x) and H grad L. Every formula here is linear in
    them, so a commutative symbol carries the algebra and this class carries the notation.

    Parameters
    ----------
    name
        ASCII name; two notations are equal when their names are.
    latex
        LaTeX form.
    pretty
        Unicode form for a terminal.
    """

    latex_form: str
    pretty_form: str

    def __new__(cls, name: str, latex: str = "", pretty: str = "") -> Notation:
        """Return the notation called ``name``."""
        symbol = super().__new__(cls, name, commutative=True)
        symbol.latex_form = latex or name
        symbol.pretty_form = pretty or name
        return symbol

    @classmethod
    def class_key(cls) -> Any:
        """Sort behind every scalar, so that a vector is printed after its coefficient."""
        return 9, 0, cls.__name__

    def __getnewargs_ex__(self) -> Any:
        return (self.name, self.latex_form, self.pretty_form), {}

    def _latex(self, printer: Any) -> str:
        return self.latex_form

    def _pretty(self, printer: Any) -> prettyForm:
        return prettyForm(self.pretty_form if printer._use_unicode else self.name)


#: The path x(t) that interpolates the iterates, and its time derivatives.
X = Notation("x", "x", "x")
X_DOT = Notation("x'", r"\dot{x}", "x'")
X_DDOT = Notation("x''", r"\ddot{x}", "x''")
#: The gradient along the path and its time derivative, H x'.
GRADIENT = Notation("grad L(x)", r"\nabla L(x)", "∇L(x)")
GRADIENT_DOT = Notation("d/dt grad L(x)", r"\tfrac{\mathrm d}{\mathrm dt}\nabla L(x)", "d/dt ∇L(x)")
#: The iterates.
X_NEXT = Notation("x_(k+1)", "x_{k+1}", "x[k+1]")
X_NOW = Notation("x_k", "x_k", "x[k]")
X_PREVIOUS = Notation("x_(k-1)", "x_{k-1}", "x[k-1]")
X_AT_STEP = Notation("x(k eta)", r"x(k\eta)", "x(kη)")
Y_NOW = Notation("y_k", "y_k", "y[k]")
GRADIENT_NOW = Notation("grad L(x_k)", r"\nabla L(x_k)", "∇L(x[k])")
GRADIENT_AHEAD = Notation("grad L(y_k)", r"\nabla L(y_k)", "∇L(y[k])")
STEP = Notation("k", "k", "k")
#: The slow paths and the amplitude of a transient.
SLOW_AT_STEP = Notation("s(k eta)", r"s(k\eta)", "s(kη)")
SLOW_AT_TIME = Notation("s(t)", "s(t)", "s(t)")
SLOW_AT_START = Notation("s(0)", "s(0)", "s(0)")
AMPLITUDE = Notation("D", "D", "D")
#: The start.
X_NOUGHT = Notation("x_0", "x_0", "x[0]")
X_START = Notation("x(0)", "x(0)", "x(0)")
VELOCITY_START = Notation("x'(0)", r"\dot{x}(0)", "x'(0)")
GRADIENT_START = Notation("grad L(x(0))", r"\nabla L(x(0))", "∇L(x(0))")


def slow_part(power: int) -> Notation:
    """Return the symbol for the part of the slow flow that comes with eta^power."""
    return Notation(f"V{power}", f"V_{{{power}}}", f"V{power}")


def start_part(power: int) -> Notation:
    """Return the symbol for the part of the start of the slow flow that comes with eta^power."""
    return Notation(f"S{power}", f"S_{{{power}}}", f"S{power}")


def tidy(expression: sp.Expr) -> sp.Expr:
    """Return the same expression factored, with 1 - mu in denominators where SymPy puts mu - 1."""
    with_one_minus_mu: Any = sp.factor(expression).replace(
        lambda part: part.is_Pow and part.base == MU - 1 and part.exp.is_integer,
        lambda part: (-1) ** part.exp * (1 - MU) ** part.exp,
    )
    return with_one_minus_mu


def exact(value: Any) -> sp.Expr:
    """Return ``value`` as an exact SymPy expression.

    Raises
    ------
    UserError
        For floating-point numbers, which would make every later result inexact.
    """
    expression = value if isinstance(value, sp.Expr) else sp.sympify(value)
    if expression.has(sp.Float):
        raise UserError(
            expected="an exact number or expression",
            received=f"the floating-point number in {value}",
            remedy="give sympy.Rational('0.9') or parse_expression('0.9')",
        )
    return expression

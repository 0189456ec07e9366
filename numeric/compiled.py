"""The one place where formulas become programs.

Everything numeric that is a formula of the papers or of a derivation is compiled here from its
SymPy object in `symbolic`; nothing is typed a second time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from operator import methodcaller
from typing import Any

import numpy as np
import sympy as sp
from flint import arb
from sympy.printing.pycode import MpmathPrinter

from symbolic.implicit_bias import scale_density
from symbolic.modified_equation import inertia_coefficient
from symbolic.networks import SQUARED_DIFFERENCE, DiagonalNetwork
from symbolic.symbols import ETA, KAPPA, MU, G
from symbolic.two_step import TwoStepMethod

#: An expression, or a function that derives it when it is first needed: deriving and compiling all
#: that a room holds would take longer than most of what it is asked to do.
Formula = sp.Expr | int | Callable[[], sp.Expr]


#: Functions of formulas that balls have as methods of the same name.
_BALL_METHODS = ("log", "exp", "asinh", "sinh", "cosh", "sqrt")


@cache
def _compiled(arguments: tuple[sp.Symbol, ...], expression: sp.Expr) -> Callable[..., Any]:
    return sp.lambdify(arguments, expression, modules="numpy", cse=True)


def _broadcasting(compiled: Callable[[], Callable[..., Any]]) -> Callable[..., np.ndarray]:
    function: Callable[..., Any] | None = None

    def broadcasting(*values: Any) -> np.ndarray:
        nonlocal function
        if function is None:
            function = compiled()
        arrays = [np.asarray(value, dtype=np.float64) for value in values]
        # A constant expression compiles to a scalar: give it the shape of its arguments.
        shape = np.broadcast_shapes(*(array.shape for array in arrays))
        result = np.asarray(function(*arrays), dtype=np.float64)
        return result if result.shape == shape else np.broadcast_to(result, shape).copy()

    return broadcasting


def numpy_function(arguments: Sequence[sp.Symbol], formula: Formula) -> Callable[..., np.ndarray]:
    """Return ``formula`` as a float64 function that broadcasts; it is compiled when first called.

    Parameters
    ----------
    arguments
        Symbols, in the order of the arguments.
    formula
        An expression, or a function that returns it, called when the first value is asked for.

    Raises
    ------
    ValueError
        If the expression has symbols that are not among ``arguments``.
    """
    symbols = tuple(arguments)
    if callable(formula):
        return _broadcasting(lambda: _compiled(symbols, _closed(symbols, formula())))
    expression = _closed(symbols, formula)
    return _broadcasting(lambda: _compiled(symbols, expression))


@cache
def _mpmath_function(arguments: tuple[sp.Symbol, ...], expression: sp.Expr) -> Callable[..., Any]:
    return sp.lambdify(arguments, expression, modules="mpmath", cse=True)


def mpmath_function(
    arguments: Sequence[sp.Symbol], expression: sp.Expr | int
) -> Callable[..., Any]:
    """Compile ``expression`` to a function of mpmath numbers, evaluated at the working precision.

    Raises
    ------
    ValueError
        If the expression has symbols that are not among ``arguments`` or holds binary floats,
        which would cap the precision.
    """
    expression = _closed(arguments, expression)
    if expression.atoms(sp.Float):
        raise ValueError(f"binary floats in {expression} would cap the precision")
    return _mpmath_function(tuple(arguments), expression)


@cache
def _ball_function(arguments: tuple[sp.Symbol, ...], expression: sp.Expr) -> Callable[..., Any]:
    # The printer for mpmath keeps rationals as quotients of its numbers: here these are balls.
    printer = MpmathPrinter(
        {"fully_qualified_modules": False, "inline": True, "allow_unknown_functions": True}
    )
    methods = {name: methodcaller(name) for name in _BALL_METHODS}
    namespace = {**methods, "mpf": arb, "abs": abs, "Abs": abs}
    return sp.lambdify(arguments, expression, modules=[namespace], printer=printer, cse=True)


def ball_function(arguments: Sequence[sp.Symbol], expression: sp.Expr | int) -> Callable[..., Any]:
    """Compile ``expression`` to a function of balls that encloses its values.

    Raises
    ------
    ValueError
        If the expression has symbols that are not among ``arguments``, binary floats, or functions
        that balls are not known to have.
    """
    expression = _closed(arguments, expression)
    if expression.atoms(sp.Float):
        raise ValueError(f"binary floats in {expression} would cap the precision")
    unknown = {f.func.__name__ for f in expression.atoms(sp.Function)} - {"Abs", *_BALL_METHODS}
    if unknown:
        raise ValueError(f"balls have no {', '.join(sorted(unknown))}")
    if expression.is_Integer:
        # It would compile to a Python integer, which is no ball.
        constant = int(expression)
        return lambda *_: arb(constant)
    return _ball_function(tuple(arguments), expression)


@cache
def derivative_function(
    variables: tuple[sp.Symbol, ...], value: sp.Expr, places: tuple[tuple[int, ...], ...]
) -> Callable[..., list[Any]]:
    """Compile partial derivatives of ``value`` to one function of numbers of any type.

    Parameters
    ----------
    variables, value
        The function that is differentiated.
    places
        Each derivative as the numbers of its variables, sorted; those of lower degree first.
    """
    known: dict[tuple[int, ...], Any] = {(): value}
    for place in places:
        known[place] = sp.diff(known[place[:-1]], variables[place[-1]])
    parts = [mpmath_function(variables, known[place]) for place in places]
    return lambda *point: [part(*point) for part in parts]


def _closed(arguments: Sequence[sp.Symbol], formula: sp.Expr | int) -> sp.Expr:
    """Return a formula as an expression that has no symbols besides the arguments."""
    expression = sp.sympify(formula)
    free = expression.free_symbols - set(arguments)
    if free:
        raise ValueError(f"{expression} has free symbols {sorted(map(str, free))}")
    return expression


def inertia(mu: Any, kappa: Any, eta: Any) -> Any:
    """Return the inertia coefficient alpha of the second-order flow (Lyu et al., Prop. 1)."""
    return numpy_function((MU, KAPPA, ETA), inertia_coefficient(MU, KAPPA, ETA))(mu, kappa, eta)[()]


def phi_factor(mu: Any) -> Any:
    """Return c with phi = c int g^2 dt, 8/(1-mu)^2 of Lyu et al., Eq. (9)."""
    return numpy_function((MU,), scale_density() / G**2)(mu)[()]


def numeric_method(method: TwoStepMethod, momentum: float) -> tuple[float, float]:
    """Return (mu, kappa) of a named method as floats at the given momentum."""
    at = method.with_momentum(momentum)
    return float(at.mu), float(at.kappa)


def network_functions(
    network: DiagonalNetwork = SQUARED_DIFFERENCE,
) -> tuple[Callable[..., np.ndarray], Callable[..., np.ndarray], Callable[..., np.ndarray]]:
    """Return the predictor and its two sensitivities as elementwise functions of (u, v)."""
    arguments = (network.first, network.second)
    du, dv = network.sensitivities
    return (
        numpy_function(arguments, network.predictor),
        numpy_function(arguments, du),
        numpy_function(arguments, dv),
    )

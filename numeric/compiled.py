"""The one place where formulas become programs.

Everything numeric that is a formula of the papers or of a derivation is compiled here from its
SymPy object in `symbolic`; nothing is typed a second time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import sympy as sp

from symbolic.implicit_bias import scale_density
from symbolic.modified_equation import inertia_coefficient
from symbolic.networks import SQUARED_DIFFERENCE, DiagonalNetwork
from symbolic.symbols import ETA, KAPPA, MU, G
from symbolic.two_step import TwoStepMethod


@cache
def _numpy_function(arguments: tuple[sp.Symbol, ...], expression: sp.Expr) -> Callable[..., Any]:
    function = sp.lambdify(arguments, expression, modules="numpy", cse=True)

    def broadcasting(*values: Any) -> np.ndarray:
        arrays = [np.asarray(value, dtype=np.float64) for value in values]
        # A constant expression compiles to a scalar: give it the shape of its arguments.
        shape = np.broadcast_shapes(*(array.shape for array in arrays))
        result = np.asarray(function(*arrays), dtype=np.float64)
        return result if result.shape == shape else np.broadcast_to(result, shape).copy()

    return broadcasting


def numpy_function(
    arguments: Sequence[sp.Symbol], expression: sp.Expr | int
) -> Callable[..., np.ndarray]:
    """Compile ``expression`` to a float64 function that broadcasts over its arguments.

    Raises
    ------
    ValueError
        If the expression has symbols that are not among ``arguments``.
    """
    expression = sp.sympify(expression)
    _require_closed(arguments, expression)
    return _numpy_function(tuple(arguments), expression)


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
    expression = sp.sympify(expression)
    _require_closed(arguments, expression)
    if expression.atoms(sp.Float):
        raise ValueError(f"binary floats in {expression} would cap the precision")
    return _mpmath_function(tuple(arguments), expression)


def _require_closed(arguments: Sequence[sp.Symbol], expression: sp.Expr) -> None:
    free = expression.free_symbols - set(arguments)
    if free:
        raise ValueError(f"{expression} has free symbols {sorted(map(str, free))}")


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

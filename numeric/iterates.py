"""The recursion on any number type: float64 arrays, rationals, mpmath numbers, balls, symbols.

Neurons are stacked: x[0] is u and x[1] is v, each of shape (d,) or, for a batch of runs that share
the data, (d, B).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np

from numeric.compiled import mpmath_function
from symbolic.networks import SQUARED_DIFFERENCE, DiagonalNetwork
from symbolic.regression import predictor_gradient, residual
from symbolic.two_step import TwoStepMethod, two_step_update


class NeuronGradient:
    """The gradient of L(theta(u, v)) by the neurons, as a function of stacked neurons.

    Calling it returns an array of the shape of its argument. ``predictor_gradient`` keeps the
    gradient by theta of the last call, shape (d,) or (d, B).

    Parameters
    ----------
    X, y
        Data, (n, d) and (n,) or (n, 1); of any number type.
    network
        Which diagonal linear network.
    """

    def __init__(self, X: Any, y: Any, network: DiagonalNetwork = SQUARED_DIFFERENCE) -> None:
        neurons = (network.first, network.second)
        # Polynomials with integer coefficients compile to plain arithmetic, good for every type.
        self.predictor = mpmath_function(neurons, network.predictor)
        self._sensitivities = [mpmath_function(neurons, s) for s in network.sensitivities]
        self.X, self.y = X, y
        self.predictor_gradient: Any = None

    def __call__(self, x: Any) -> Any:
        """Return (dL/du, dL/dv), stacked."""
        u, v = x
        # grad_u L = (d theta / d u) g, grad_v L = (d theta / d v) g
        self.predictor_gradient = g = predictor_gradient(self.X, self.y, self.predictor(u, v))
        out = np.empty_like(x)
        for part, sensitivity in zip(out, self._sensitivities, strict=True):
            np.multiply(sensitivity(u, v), g, out=part)
        return out

    def residual(self, x: Any) -> Any:
        """Return X theta - y at the stacked neurons x."""
        return residual(self.X, self.y, self.predictor(*x))


def stacked(u: Any, v: Any) -> Any:
    """Return the neurons as one array, u first, of their number type."""
    u, v = np.asarray(u), np.asarray(v)
    return np.stack([u, v])


def generic_iterates(
    gradient: Callable[[Any], Any],
    x0: Any,
    method: TwoStepMethod,
    eta: Any,
    steps: int,
    previous: Any = None,
) -> list[Any]:
    """Return [x_0, ..., x_steps] of the recursion on any gradient function and number type.

    Parameters
    ----------
    gradient
        Function of one point; its values add to points.
    x0
        The start; ``previous`` is x_{-1}, by default x0 (no velocity, as in Lyu et al.).
    method
        A member of the family at a momentum of the wanted number type.
    eta
        The learning rate, of the wanted number type.
    steps
        How many updates.
    """
    mu, kappa = exact_zero(method.mu), exact_zero(method.kappa)
    path = [x0]
    last = x0 if previous is None else previous
    for _ in range(steps):
        x = two_step_update(path[-1], last, gradient, mu=mu, kappa=kappa, eta=eta)
        last = path[-1]
        path.append(x)
    return path


def exact_zero(coefficient: Any) -> Any:
    """Return a SymPy integer (the 0 of a method without look-ahead) as a Python one.

    A SymPy number times a float array is an object array; a Python integer suits every type.
    """
    if getattr(coefficient, "is_Integer", False):
        return int(coefficient)
    return coefficient


def mapped(function: Callable[[Any], Any], values: Any) -> Any:
    """Return the function of every entry, an object array of the shape of ``values``."""
    array = np.asarray(values)
    out = np.empty(array.shape, dtype=object)
    for index, entry in np.ndenumerate(array):
        out[index] = function(entry)
    return out


def numbers_of(value: Any) -> Any:
    """Return an array (or number) of mpmath numbers; text, integers and `Fraction` are exact."""
    if np.ndim(value):
        return mapped(numbers_of, value)
    if isinstance(value, str):
        return mpmath.mpf(value)
    if hasattr(value, "numerator") and hasattr(value, "denominator"):
        return mpmath.mpf(int(value.numerator)) / int(value.denominator)
    return mpmath.mpf(value if isinstance(value, mpmath.mpf) else float(value))

r"""Data multiplied by a number: training on (eps X, eps y) is training on (X, y) at another rate.

The loss is homogeneous of degree two in (X, y), so every gradient is multiplied by eps^2, and with
it the learning rate of every method that moves by multiples of gradients. Source of the data sets:
Lyu et al., section 3.2.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from symbolic.implicit_bias import CORRELATION, momentum_bias_unbiased_printed, scale_density
from symbolic.networks import SQUARED_DIFFERENCE
from symbolic.regression import loss, predictor_gradient
from symbolic.symbols import ALPHA, ETA, KAPPA, MU, G, U, V
from symbolic.two_step import two_step_update

#: What data are multiplied by.
EPSILON = sp.Symbol("epsilon", positive=True)
#: An increment of the time of gradient flow.
INCREMENT = sp.Symbol("dt", positive=True)


def _data(samples: int, dimension: int) -> tuple[sp.Matrix, sp.Matrix]:
    X = sp.Matrix(samples, dimension, lambda i, j: sp.Symbol(f"x_{i}{j}", real=True))
    return X, sp.Matrix(samples, 1, lambda i, _: sp.Symbol(f"y_{i}", real=True))


def loss_residual(samples: int = 2, dimension: int = 3) -> sp.Expr:
    """Return L on (eps X, eps y) minus eps^2 L on (X, y), symbolic data and theta: zero."""
    X, y = _data(samples, dimension)
    theta = sp.Matrix(dimension, 1, lambda j, _: sp.Symbol(f"theta_{j}", real=True))
    scaled = loss(EPSILON * X, EPSILON * y, theta)
    return sp.expand((scaled - EPSILON**2 * loss(X, y, theta))[0])


def _neurons(name: str, dimension: int) -> tuple[sp.Matrix, sp.Matrix]:
    made = [
        sp.Matrix(dimension, 1, lambda j, _, part=part: sp.Symbol(f"{name}{part}_{j}", real=True))
        for part in "uv"
    ]
    return made[0], made[1]


def _step(
    X: sp.Matrix, y: sp.Matrix, neurons: Any, before: Any, eta: sp.Expr
) -> tuple[sp.Matrix, sp.Matrix]:
    """Return (u, v) after one step of any two-step method."""

    def gradient(point: sp.Matrix) -> sp.Matrix:
        d = X.shape[1]
        pairs = [{U: point[j], V: point[d + j]} for j in range(d)]
        predictor = SQUARED_DIFFERENCE.predictor
        theta = sp.Matrix([predictor.subs(at, simultaneous=True) for at in pairs])
        g = predictor_gradient(X, y, theta)
        return sp.Matrix(
            [
                slope.subs(at, simultaneous=True) * g[j]
                for slope in SQUARED_DIFFERENCE.sensitivities
                for j, at in enumerate(pairs)
            ]
        )

    x, last = sp.Matrix.vstack(*neurons), sp.Matrix.vstack(*before)
    after = two_step_update(x, last, gradient, mu=MU, kappa=KAPPA, eta=eta)
    d = X.shape[1]
    return after[:d, :], after[d:, :]


def iterates_residual(rate: sp.Expr, iterates: sp.Expr) -> tuple[sp.Expr, ...]:
    """Return how far a step on scaled data is from one on the data themselves; two by two.

    Parameters
    ----------
    rate
        The learning rate on (X, y) over that on (eps X, eps y).
    iterates
        The iterates on (eps X, eps y) over those on (X, y).
    """
    X, y = _data(2, 2)
    now, before = _neurons("", 2), _neurons("p", 2)
    scaled = _step(
        EPSILON * X,
        EPSILON * y,
        [iterates * part for part in now],
        [iterates * part for part in before],
        ETA,
    )
    plain = _step(X, y, now, before, rate * ETA)
    return tuple(
        sp.expand(a - iterates * b)
        for one, other in zip(scaled, plain, strict=True)
        for a, b in zip(one, other, strict=True)
    )


def linear_term_residual(power: Any) -> sp.Expr:
    """Return the argument of R^M on scaled data minus eps^power times that on the data.

    At an unbiased start it is 4 alpha X^T y/(n (1-mu)), the display after Eq. (10).
    """
    (argument,) = momentum_bias_unbiased_printed().args
    scaled = argument.subs(CORRELATION, EPSILON**2 * CORRELATION)
    return sp.expand(scaled - EPSILON**power * argument)


def mitigation_residual(power: Any) -> sp.Expr:
    """Return the integrand of alpha phi on scaled data minus eps^power times that on the data.

    Both along the points of gradient flow: it passes them eps^2 times as fast on scaled data.
    """
    density = ALPHA * scale_density()
    scaled = density.subs(G, EPSILON**2 * G) * INCREMENT / EPSILON**2
    return sp.expand(scaled - EPSILON**power * density * INCREMENT)

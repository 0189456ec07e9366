r"""The two-layer diagonal linear networks and the map between their two parametrisations.

A network is one predictor formula per coordinate, theta = f(first, second), together with what
follows from it: the sensitivities d theta / d neuron, by differentiation, and the scale xi, which
gradient flow conserves. Sources: Lyu et al., Eq. (6) and footnote 1; Papazov et al., section 3.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from symbolic.symbols import U, V


@dataclass(frozen=True)
class DiagonalNetwork:
    """One coordinate of a two-layer diagonal linear network.

    Parameters
    ----------
    name
        What to call it in tables.
    first, second
        The symbols of the two neurons of a coordinate.
    predictor
        theta as an expression in the two neurons.
    scale
        xi as an expression in the two neurons; gradient flow conserves it.
    """

    name: str
    first: sp.Symbol
    second: sp.Symbol
    predictor: sp.Expr
    scale: sp.Expr

    @property
    def sensitivities(self) -> tuple[sp.Expr, sp.Expr]:
        """(d theta / d first, d theta / d second)."""
        return sp.diff(self.predictor, self.first), sp.diff(self.predictor, self.second)

    @property
    def slopes(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """The sensitivities' derivatives by (first, second): integers, as they are linear.

        Raises
        ------
        ValueError
            If the predictor is not quadratic with integer coefficients.
        """
        found = sp.Matrix(self.sensitivities).jacobian((self.first, self.second))
        if not all(entry.is_Integer for entry in found):
            raise ValueError(f"the predictor of {self.name} is not quadratic with integers")
        (a, b), (c, d) = ((int(left), int(right)) for left, right in found.tolist())
        return (a, b), (c, d)


#: theta = u^2 - v^2 with xi = |u v| (Lyu et al., Eq. 6).
SQUARED_DIFFERENCE = DiagonalNetwork("u*u - v*v", U, V, U**2 - V**2, sp.Abs(U * V))

#: theta = u v with Delta = |u^2 - v^2| = 4 xi (Papazov et al., section 3).
PRODUCT = DiagonalNetwork("u*v", U, V, U * V, sp.Abs(U**2 - V**2) / 4)


def product_from_squared_difference(u: sp.Expr, v: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """Return the neurons of the network ``u*v`` that carry the same predictor and scale.

    With a = u + v and b = u - v: a b = u^2 - v^2 and |a^2 - b^2| = 4 |u v|.
    """
    return u + v, u - v


def squared_difference_from_product(a: sp.Expr, b: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """Return the inverse map, u = (a + b)/2 and v = (a - b)/2."""
    return (a + b) / 2, (a - b) / 2

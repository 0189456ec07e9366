"""Smooth losses that are not quadratic, to test statements made for every loss."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

_P, _Q = sp.symbols("p q", real=True)


@dataclass(frozen=True)
class SampleLoss:
    """A smooth loss of two variables with a start in which its gradient is not zero.

    Parameters
    ----------
    name
        What to call it in tables.
    variables
        The two variables.
    value
        The loss.
    start
        An exact starting point.
    """

    name: str
    variables: tuple[sp.Symbol, sp.Symbol]
    value: sp.Expr
    start: tuple[sp.Rational, sp.Rational]

    @property
    def gradient(self) -> tuple[sp.Expr, sp.Expr]:
        """The two partial derivatives."""
        p, q = self.variables
        return sp.diff(self.value, p), sp.diff(self.value, q)


#: Convex and not quadratic: log-cosh terms of two samples with a ridge.
LOG_COSH = SampleLoss(
    "log-cosh with ridge",
    (_P, _Q),
    sp.log(sp.cosh(_P / 2 + _Q)) + sp.log(sp.cosh(_Q - _P)) + (_P**2 + _Q**2) / 4,
    (sp.Rational(1), sp.Rational(1, 2)),
)

#: Not convex: two wells, the variables coupled.
DOUBLE_WELL = SampleLoss(
    "double well",
    (_P, _Q),
    (_P**2 - 1) ** 2 / 4 + _P**2 * _Q**2 / 2 + _Q**2 / 2 - _P * _Q / 3,
    (sp.Rational(1, 2), sp.Rational(-4, 5)),
)

SAMPLE_LOSSES = (LOG_COSH, DOUBLE_WELL)

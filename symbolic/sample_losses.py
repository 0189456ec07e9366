"""Smooth losses that are not quadratic, to test statements made for every loss.

Their gradients are rational functions with integer coefficients, so they compile to plain
arithmetic that runs on every number type.
"""

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


_A, _B = _P + 2 * _Q, _Q - _P

#: Bounded losses of two samples (Geman and McClure) with a ridge.
ROBUST = SampleLoss(
    "robust with ridge",
    (_P, _Q),
    _A**2 / (1 + _A**2) + _B**2 / (1 + _B**2) + _P**2 + _Q**2,
    (sp.Rational(1), sp.Rational(1, 2)),
)

#: Two wells, the variables coupled.
DOUBLE_WELL = SampleLoss(
    "double well",
    (_P, _Q),
    (_P**2 - 1) ** 2 + 2 * _P**2 * _Q**2 + 2 * _Q**2 - _P * _Q,
    (sp.Rational(1, 2), sp.Rational(-4, 5)),
)

SAMPLE_LOSSES = (ROBUST, DOUBLE_WELL)

"""Many digits: training in fixed point against mpmath at its best."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np

from numeric.bench_ratios import ratio, require_agreement
from numeric.datasets import rational_problem
from numeric.fixed_point import FixedPointTraining
from numeric.iterates import numbers_of
from symbolic.two_step import TwoStepMethod

_DIGITS, _STEPS = 50, 200


def _mpmath_loop(problem: Any, mu: Fraction, eta: Fraction, steps: int) -> Any:
    """Return theta after steps of heavy ball written out with mpmath's dot products."""
    X, y = (numbers_of(each).tolist() for each in (problem.X, problem.y))
    u, v = (numbers_of(each).tolist() for each in (problem.u, problem.v))
    columns, n, dot = [list(column) for column in zip(*X, strict=True)], len(y), mpmath.fdot
    m, rate = numbers_of(mu), 2 * numbers_of(eta) / n
    p, q = [mpmath.mpf(0)] * len(u), [mpmath.mpf(0)] * len(u)
    for _ in range(steps):
        theta = [a * a - b * b for a, b in zip(u, v, strict=True)]
        r = [dot(row, theta) - target for row, target in zip(X, y, strict=True)]
        g = [rate * dot(column, r) for column in columns]
        p = [m * a - b * c for a, b, c in zip(p, u, g, strict=True)]
        q = [m * a + b * c for a, b, c in zip(q, v, g, strict=True)]
        u = [a + b for a, b in zip(u, p, strict=True)]
        v = [a + b for a, b in zip(v, q, strict=True)]
    return np.array([a * a - b * b for a, b in zip(u, v, strict=True)])


def fixed_point_against_mpmath() -> dict[str, Any]:
    """Heavy ball to 50 digits, mpmath's dot products against fixed point, 10 x 30."""
    problem = rational_problem(10, 30, seed=1)
    mu, eta = Fraction(9, 10), Fraction(1, 600)
    method = TwoStepMethod("hb", mu, Fraction(0))

    def ours() -> Any:
        run = FixedPointTraining(problem.X, problem.y, problem.u, problem.v, method, eta, _DIGITS)
        run.advance(_STEPS)
        return run.result().theta

    def rival() -> Any:
        with mpmath.workdps(_DIGITS):
            return _mpmath_loop(problem, mu, eta, _STEPS)

    with mpmath.workdps(_DIGITS):
        gap = max(abs(a - b) for a, b in zip(ours(), rival(), strict=True))
        # Agreement to `AGREEMENT` of what is left behind ten digits less.
        require_agreement("many digits", 1.0 + float(gap * 10 ** (_DIGITS - 10)), 1.0)
    return {"mpmath / fixed point": ratio(rival, ours)}


DIGIT_BENCHMARKS: tuple[Callable[[], dict[str, Any]], ...] = (fixed_point_against_mpmath,)

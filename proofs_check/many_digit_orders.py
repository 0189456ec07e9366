"""The order of the second-order flow on the network, measured in 50 digits.

In double precision rounding ends a sequence of halved steps after a few; with 50 digits in the
iterates and in the flow each halving is clean, and the order shows to several decimals.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from numeric.datasets import RationalProblem, rational_problem
from numeric.fixed_point import FixedPointTraining
from numeric.iterates import NeuronGradient
from numeric.many_bits import as_fraction
from numeric.orders import order_by_halving
from numeric.taylor_flow import flow_to
from proofs_check.claim import Finding, Outcome
from symbolic.layer import layer_matched_velocity
from symbolic.symbols import ETA, KAPPA, MU
from symbolic.two_step import TwoStepMethod

#: Momentum, the time of comparison in units of 1 - mu, the coarsest number of steps to it in units
#: of 1/(1 - mu), at which mu^k is below 1e-27, and how often that is doubled.
MOMENTUM = Fraction(3, 4)
TIME, COARSEST, DOUBLINGS = Fraction(1, 4), 64, 3
DIGITS = 50
ORDER, WITHIN = 2, 0.02


def _data() -> RationalProblem:
    return rational_problem(2, 3, seed=1)


@lru_cache(maxsize=64)
def _iterates_end(mu: Fraction, kappa: Fraction, time: Fraction, steps: int) -> Any:
    data = _data()
    method = TwoStepMethod("own", mu, kappa)
    run = FixedPointTraining(data.X, data.y, data.u, data.v, method, time / steps, DIGITS)
    run.advance(steps)
    return run.result().neurons


@lru_cache(maxsize=8)
def _start_gradient() -> Any:
    data = _data()
    return NeuronGradient(data.X, data.y)(np.stack([data.u, data.v]))


def _exact(expression: sp.Expr, values: dict[sp.Symbol, Any]) -> Fraction:
    return as_fraction(sp.sympify(expression).subs(values))


def flow_errors(inertia: sp.Expr, mu: Fraction, kappa: Fraction) -> list[float]:
    """Return |x_k - x(k eta)| at one time, for every number of steps.

    Parameters
    ----------
    inertia
        alpha as an expression in mu, kappa and eta; the velocity is matched to the layer.
    mu, kappa
        The method.
    """
    data, time = _data(), TIME * (1 - mu)
    symbols: dict[sp.Symbol, Any] = {
        s: sp.Rational(q.numerator, q.denominator) for s, q in ((MU, mu), (KAPPA, kappa))
    }
    velocity = _exact(layer_matched_velocity(MU, KAPPA), symbols) * _start_gradient()
    found = []
    for doubling in range(DOUBLINGS + 1):
        steps = int(COARSEST / (1 - mu)) * 2**doubling
        eta = sp.Rational(time.numerator, time.denominator * steps)
        alpha = _exact(inertia, {**symbols, ETA: eta})
        drive = 1 / (1 - mu)
        (flow,) = flow_to(
            *(data.X, data.y, data.u, data.v, [time]),
            inertia=alpha,
            drive=drive,
            velocity=velocity,
            digits=DIGITS,
        )
        with mpmath.workdps(DIGITS):
            gap = _iterates_end(mu, kappa, time, steps) - flow.neurons
            found.append(float(max(abs(each) for each in gap.ravel())))
    return found


def second_order_in_many_digits(inertia: sp.Expr, kappa: sp.Expr) -> Finding:
    """Decide whether the flow with this inertia follows the iterates to second order."""
    look_ahead = _exact(kappa, {MU: sp.Rational(MOMENTUM.numerator, MOMENTUM.denominator)})
    measured = order_by_halving(flow_errors(inertia, MOMENTUM, look_ahead))
    return Finding(
        Outcome.HOLDS if abs(measured - ORDER) <= WITHIN else Outcome.FAILS,
        "Order of $|x_k - x(k\\eta)|$ at a fixed time behind the layer, on the network with 2 "
        f"samples and 3 features, $\\mu = {MOMENTUM}$, in {DIGITS} digits, {DOUBLINGS} halvings of "
        "the step.",
        measured=measured,
        predicted=ORDER,
        criterion=f"within {WITHIN}",
        rtol=0.0,
        atol=1e-3,
    )

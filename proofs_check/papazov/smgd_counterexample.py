"""A run of one step, in rational numbers, that the printed balancedness does not describe.

With one sample x = (1, 1) gradient descent can arrive in a single step. Then
Delta_inf/Delta_0 is rational, while the printed exp(-S_+ + S_-) is a rational multiple of e^q with
a rational q other than 0, hence irrational.
"""

from __future__ import annotations

import itertools
from fractions import Fraction

import sympy as sp

from proofs_check.claim import Counterexample
from symbolic import discrete_theorem as theorem
from symbolic.discrete_theorem import NEXT, NOW, PREVIOUS

_SIZES = (Fraction(1), Fraction(2), Fraction(1, 2))
_RATIOS = (Fraction(-1, 2), Fraction(1, 2), Fraction(-1, 3))


def one_step_counterexample() -> Counterexample | None:
    """Search starts and first steps by size for a run that arrives in one step."""
    for a, u, v in itertools.product(_RATIOS, _SIZES, _SIZES):
        # u_1 = u (1 - a), v_1 = v (1 + a) with a = 2 eta g_0; x = (1, 1) and equal coordinates.
        after = u * (1 - a), v * (1 + a)
        start_value, end_value = 2 * (u**2 - v**2), 2 * (after[0] ** 2 - after[1] ** 2)
        # g_0 = x . theta_0 - y with y = x . theta_1: the step arrives.
        gradient = start_value - end_value
        if gradient == 0 or not a / (2 * gradient) > 0:
            continue
        eta = a / (2 * gradient)
        ratio = abs(after[0] * after[1]) / (u * v)
        sums = [_one_sum(x, y) for x, y in ((u, after[0]), (v, after[1]))]
        exponent = sp.expand(-sums[0] + sums[1])
        rational = sp.Add(*(t for t in sp.Add.make_args(exponent) if not t.has(sp.log)))
        printed = sp.logcombine(exponent - rational, force=True)
        return Counterexample(
            r"Gradient descent ($\beta = 0$) arrives in one step. $\Delta_\infty/\Delta_0$ is "
            r"rational; the printed $\exp(-S_+ + S_-)$ is a rational number times $e^q$ with "
            r"rational $q \ne 0$, so it is irrational.",
            {
                "x": "1, 1",
                "y": str(end_value),
                "u(0)": f"{u}, {u}",
                "v(0)": f"{v}, {v}",
                "eta": str(eta),
                "u(inf)": f"{after[0]}, {after[0]}",
                "v(inf)": f"{after[1]}, {after[1]}",
                "Delta_inf/Delta_0": str(ratio),
                "q": str(rational),
                "printed value": float(sp.exp(rational + printed)),
            },
            exact=True,
            found_by="starts and first steps by size",
        )
    return None


def _one_sum(start: Fraction, end: Fraction) -> sp.Expr:
    """Return S of a neuron that moves once, by gradient descent."""
    at = {PREVIOUS: start, NOW: start, NEXT: end}
    return theorem.excess(0, 0).subs({k: sp.Rational(v) for k, v in at.items()})

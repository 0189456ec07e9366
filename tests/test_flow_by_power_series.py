"""Slow flow and start derived a second time: one dimension, power series, every loss at once.

No trees here. The derivatives of the gradient f = L' are indeterminates f_0, f_1, ..., so a
polynomial in them is a value on every loss; d/dx is the derivation f_j -> f_{j+1}, and a series in
the step size is the list of its polynomials. The recursion is written out once more.
"""

from __future__ import annotations

import itertools
from fractions import Fraction
from math import factorial, prod
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import QQ, ring

from symbolic import elementary_differentials as ed
from symbolic.modified_equation import slow_field
from symbolic.slow_start import slow_start

#: Orders of the flow and of the start that take a few seconds.
FLOW_ORDER, START_ORDER = 6, 4
RING, *F = ring([f"f_{j}" for j in range(FLOW_ORDER + 2)], QQ)
ZERO, ONE = RING.zero, RING.one

#: A polynomial in the f_j, and a series in the step size: its coefficients.
Polynomial = Any
Series = list[Polynomial]

METHODS = st.tuples(
    st.fractions(min_value=-1, max_value=2, max_denominator=9).filter(lambda mu: mu not in (0, 1)),
    st.fractions(min_value=-2, max_value=2, max_denominator=9),
)


def slope(p: Polynomial) -> Polynomial:
    """dp/dx."""
    return sum((F[j + 1] * p.diff(F[j]) for j in range(len(F) - 1)), ZERO)


def times(a: Series, b: Series) -> Series:
    """The product, as far as both are known."""
    size = min(len(a), len(b))
    return [sum((a[i] * b[n - i] for i in range(n + 1)), ZERO) for n in range(size)]


def plus(a: Series, b: Series) -> Series:
    return [x + y for x, y in zip(a, b, strict=True)]


def scaled(factor: Any, a: Series) -> Series:
    return [QQ(factor.numerator, factor.denominator) * x for x in a]


def at_shifted(p: Series, shift: Series) -> Series:
    """P(x + shift), by Taylor expansion; the shift begins at the first power of the step."""
    total, power, derivative = [ZERO] * len(p), [ONE] + [ZERO] * (len(p) - 1), p
    for j in range(len(p)):
        total = plus(total, scaled(Fraction(1, factorial(j)), times(derivative, power)))
        derivative, power = [slope(each) for each in derivative], times(power, shift)
    return total


def derivatives_in_time(field: Series, number: int) -> list[Series]:
    """x', x'', ... along x' = field."""
    found = [field]
    for _ in range(number - 1):
        found.append(times(field, [slope(each) for each in found[-1]]))
    return found


def later(in_time: list[Series], steps: int) -> Series:
    """x(t + steps eta) - x(t)."""
    total = [ZERO] * len(in_time[0])
    for n, derivative in enumerate(in_time, 1):
        moved = [ZERO] * n + derivative
        total = plus(total, scaled(Fraction(steps**n, factorial(n)), moved[: len(total)]))
    return total


def step(now: Series, before: Series, mu: Fraction, kappa: Fraction) -> Series:
    """The recursion, x_{k+1} by x_k and x_{k-1}, all as differences from x."""
    velocity = plus(now, scaled(Fraction(-1), before))
    place = plus(now, scaled(kappa, velocity))
    gradient = at_shifted([F[0]] + [ZERO] * (len(now) - 1), place)
    kick = [ZERO, *gradient[:-1]]
    return plus(plus(now, scaled(mu, velocity)), scaled(Fraction(-1), kick))


def flow(mu: Fraction, kappa: Fraction, order: int) -> Series:
    """V_0, ..., V_order with x(t + eta) = recursion(x(t), x(t - eta)) along x' = V."""
    size = order + 2
    field = [ZERO] * size
    for n in range(order + 1):
        in_time = derivatives_in_time(field[: n + 2], n + 1)
        forward, backward = later(in_time, 1), later(in_time, -1)
        defect = plus(forward, scaled(Fraction(-1), step([ZERO] * (n + 2), backward, mu, kappa)))
        # V_n enters with 1 - mu at eta^(n+1).
        field[n] = scaled(-1 / (1 - mu), defect)[n + 1]
    return field[: order + 1]


def iterates(mu: Fraction, kappa: Fraction, order: int, number: int) -> list[Series]:
    """x_0, x_1, ... minus x_0, from rest."""
    found = [[ZERO] * (order + 1)] * 2
    for _ in range(number - 1):
        found.append(step(found[-1], found[-2], mu, kappa))
    return found[1:]


def start(mu: Fraction, kappa: Fraction, field: Series, order: int) -> Series:
    """S_0 = 0, S_1, ..., S_order: the flow from x_0 + S leaves out only terms that decay.

    The difference of iterate and flow is a sum of k^p mu^(jk), p + j <= order; the product of
    (E - mu^j)^(order + 1 - j) over j >= 1, E the shift of k, takes away all with j >= 1. A part of
    S that is missing is a constant, which it multiplies by a number; and then as many differences
    in a row vanish as a polynomial in k of that degree has coefficients.
    """
    roots = [mu**j for j in range(1, order + 1) for _ in range(order + 1 - j)]
    run = iterates(mu, kappa, order, len(roots) + order + 1)
    in_time = derivatives_in_time([*field, ZERO][: order + 1], order)
    found, gaps = [ZERO] * (order + 1), [[ONE]]
    for n in range(1, order + 2):
        moved = [at_shifted(each, found) for each in in_time]
        gaps = []
        for k, now in enumerate(run):
            slow = plus(found, later(moved, k))
            gaps.append(plus(now, scaled(Fraction(-1), slow)))
        for root in roots:
            gaps = [plus(b, scaled(-root, a)) for a, b in itertools.pairwise(gaps)]
        if n <= order:
            constant = prod(1 - root for root in roots)
            found[n] = scaled(1 / constant, gaps[0])[n]
    assert all(not any(gap) for gap in gaps)
    return found


def on_line(series: ed.Series, mu: Fraction, kappa: Fraction, first: int) -> Series:
    """A series in trees in one dimension; trees with n nodes count for the power n - first."""

    def value(tree: ed.Tree) -> Polynomial:
        return prod((value(branch) for branch in tree), start=F[len(tree)])

    found = [ZERO] * (series.order + 1 - first)
    for tree, coefficient in series.coefficients.items():
        c = coefficient.at(mu, kappa)
        found[ed.nodes(tree) - first] += QQ(c.numerator, c.denominator) * value(tree)
    return found


@given(METHODS)
def test_flow_of_trees_is_the_flow_by_power_series(method: tuple[Fraction, Fraction]) -> None:
    assert on_line(slow_field(FLOW_ORDER), *method, 1) == flow(*method, FLOW_ORDER)


@given(METHODS.filter(lambda method: method[0] != -1))
def test_start_of_trees_is_the_start_by_power_series(method: tuple[Fraction, Fraction]) -> None:
    field = flow(*method, START_ORDER - 1)
    assert on_line(slow_start(START_ORDER), *method, 0) == start(*method, field, START_ORDER)


@pytest.mark.parametrize("tree", list(ed.all_trees(4)), ids=ed.notation)
def test_a_wrong_coefficient_is_seen(tree: ed.Tree) -> None:
    method = Fraction(1, 3), Fraction(2, 5)
    right = slow_field(3)
    wrong = ed.Series({**right.coefficients, tree: right[tree] * 2}, right.order)
    assert on_line(right, *method, 1) == flow(*method, 3)
    assert on_line(wrong, *method, 1) != flow(*method, 3)


def test_polynomials_are_values_on_every_loss() -> None:
    # f = x^2 at x: f_0 = x^2, f_1 = 2 x, f_2 = 2. One step of gradient descent, exactly.
    x, eta = Fraction(3, 2), Fraction(1, 7)
    at_x = [QQ(9, 4), QQ(3), QQ(2)] + [QQ(0)] * (len(F) - 3)
    one = step([ZERO] * 4, [ZERO] * 4, Fraction(0), Fraction(0))
    moved = sum(
        (
            Fraction(str(p.evaluate(list(zip(F, at_x, strict=True))))) * eta**n
            for n, p in enumerate(one)
        ),
        Fraction(0),
    )
    assert x + moved == x - eta * x**2

"""The modified equation against the recursion: exact in any dimension, and wrong ones rejected."""

from __future__ import annotations

import math
import time

import pytest
import sympy as sp

from symbolic import elementary_differentials as ed
from symbolic.console import UserError
from symbolic.derivation import derive
from symbolic.modified_equation import (
    HIGHEST_ORDER,
    expand_recursion,
    flow_defect,
    inertia_coefficient,
    recursion_residual,
    slow_field,
    slow_flow_coefficient,
    slow_flow_coefficients,
)
from symbolic.rational_functions import GENERATORS
from symbolic.symbols import ETA, KAPPA, MU
from symbolic.two_step import METHODS, TwoStepMethod

RATIO = inertia_coefficient(MU, KAPPA, ETA) / ETA
HALF = sp.Rational(1, 2)


def test_printed_inertia_of_heavy_ball_and_nesterov() -> None:
    # Lyu et al., Proposition 1, transcribed.
    heavy_ball = ETA * (1 + MU) / (2 * (1 - MU))
    nesterov = ETA * (1 - MU + 2 * MU**2) / (2 * (1 - MU))
    assert sp.cancel(inertia_coefficient(MU, 0, ETA) - heavy_ball) == 0
    assert sp.cancel(inertia_coefficient(MU, MU, ETA) - nesterov) == 0
    assert sp.cancel(inertia_coefficient(MU, MU, ETA) - heavy_ball) != 0
    assert inertia_coefficient(0, 0, ETA) == ETA / 2


def test_flow_solves_the_recursion_up_to_first_order_and_no_further() -> None:
    assert flow_defect(RATIO, 0) == {}
    assert flow_defect(RATIO, 1) == {}
    left = flow_defect(RATIO, 2)
    assert set(left) == set(ed.trees(3))
    for kappa in (sp.S.Zero, MU):
        assert any(sp.cancel(value.subs(KAPPA, kappa)) != 0 for value in left.values())


@pytest.mark.parametrize(
    "wrong",
    [
        RATIO * sp.Rational(21, 20),
        RATIO * sp.Rational(19, 20),
        -RATIO,
        ((1 + MU) / 2 + KAPPA * (1 - MU)) / (1 - MU),
        ((1 - MU) / 2 - KAPPA * (1 - MU)) / (1 - MU),
        (1 + MU) / 2 / (1 - MU),
        -KAPPA,
        (1 + MU) / 2 - KAPPA * (1 - MU),
    ],
)
def test_wrong_inertia_leaves_a_first_order_defect(wrong: sp.Expr) -> None:
    defect = flow_defect(wrong, 1)
    assert set(defect) == {(ed.LEAF,)}
    # The defect is what the inertia is wrong by, times H grad L/(1 - mu).
    (value,) = defect.values()
    assert sp.cancel(value * (1 - MU) + (wrong - RATIO)) == 0


def test_slow_flow_agrees_with_the_second_order_form() -> None:
    # alpha x'' + x' + g/(1-mu) = 0 on x' = -g/(1-mu) + eta c H g needs eta c (1-mu)^2 = -alpha.
    c = slow_flow_coefficient(MU, KAPPA)
    assert sp.cancel(ETA * c * (1 - MU) ** 2 + inertia_coefficient(MU, KAPPA, ETA)) == 0


def test_slow_flow_annihilates_the_recursion_to_its_order() -> None:
    field = slow_field(3)
    mu, kappa = GENERATORS
    residual = recursion_residual(field, mu, kappa)
    assert residual.coefficients == {}
    longer = ed.Series(field.coefficients, 5)
    assert recursion_residual(longer, mu, kappa).at_order(5)


def test_gradient_descent_slow_flow_is_the_known_one() -> None:
    # Hairer, Lubich, Wanner, IX.1: explicit Euler for x' = f has f - h/2 f'f + h^2 (f''ff/12 + ...)
    found = slow_flow_coefficients(0, 0, 2)
    leaf, chain = ed.LEAF, (ed.LEAF,)
    assert found[leaf] == -1
    assert found[chain] == -HALF
    assert found[(chain,)] == -sp.Rational(1, 3)
    assert found[(leaf, leaf)] == -sp.Rational(1, 12)


@pytest.mark.parametrize("name", ["gd", "hb", "nag"])
def test_slow_flow_of_a_quadratic_loss_is_the_characteristic_root(name: str) -> None:
    # L = h x^2/2: x_k = z^k with z^2 = z + mu (z - 1) - eta h (z + kappa (z - 1)), slow root
    # near 1; the slow flow is x' = (ln z/eta) x. Independent of the series: 60 digits.
    mu, kappa = sp.Rational(3, 10), METHODS[name].kappa.subs(MU, sp.Rational(3, 10))
    if name == "gd":
        mu = sp.S.Zero
    order = HIGHEST_ORDER
    values = slow_flow_coefficients(mu, kappa, order)
    chains = [ed.LEAF]
    for _ in range(order):
        chains.append((chains[-1],))
    s = sp.Rational(1, 10**6)
    b, c = -(1 + mu - s * (1 + kappa)), mu - s * kappa
    root = (-b + sp.sqrt(b**2 - 4 * c)) / 2
    series = sum((values[chain] * s ** (n + 1) for n, chain in enumerate(chains)), sp.S.Zero)
    error = abs(sp.N(sp.log(root) - series, 60))
    short = abs(sp.N(sp.log(root) - series + values[chains[-1]] * s ** (order + 1), 60))
    assert error < s ** (order + 1)
    assert short > s ** (order + 1) / 10


def test_rooted_trees_are_counted_right() -> None:
    # OEIS A000081
    assert [len(ed.trees(n)) for n in range(1, 8)] == [1, 1, 2, 4, 9, 20, 48]


def test_taylor_expansion_of_a_flow_satisfies_the_group_law() -> None:
    field = slow_field(2)
    there = ed.flow_for_steps(field, 1)
    # (x(t+1) - x(t-1))/2 has no even derivative: compare with two exact symmetric expansions.
    odd = there - ed.flow_for_steps(field, -1)
    twice = ed.derivative_along(field, field)
    even = there + ed.flow_for_steps(field, -1) - 2 * ed.point(field.order)
    assert odd[ed.LEAF] == 2 * field[ed.LEAF]
    assert all(even.at_order(2)[tree] == twice[tree] for tree in ed.trees(2))


def test_expansion_is_read_from_the_recursion_and_is_fast() -> None:
    begin = time.process_time()
    expansion = expand_recursion.__wrapped__()
    assert time.process_time() - begin < 1
    assert sp.cancel(expansion.inertia - inertia_coefficient(MU, KAPPA, ETA)) == 0


@pytest.mark.parametrize("order", [0, -1, HIGHEST_ORDER + 1])
def test_orders_that_are_not_offered_are_refused(order: int) -> None:
    with pytest.raises(UserError, match="order from 1 to"):
        derive("hb", order)


def test_inexact_parameters_are_refused() -> None:
    with pytest.raises(UserError, match="exact"):
        inertia_coefficient(0.5, 0, ETA)
    with pytest.raises(UserError, match="exact"):
        derive(TwoStepMethod("own", 0.5, 0))


def test_derivation_steps_follow_the_method() -> None:
    derivation = derive(TwoStepMethod("own", MU, MU / 2), order=2)
    formulas = [step.formula for step in derivation.steps]
    assert any(isinstance(f, sp.Eq) and f.rhs == derivation.inertia for f in formulas)
    assert sp.cancel(derivation.inertia - ETA * (1 + MU**2) / (2 * (1 - MU))) == 0
    assert math.isclose(len(derivation.slow_coefficients), 4)
    assert derivation.latex.count(r"\[") == len(derivation.steps)
    assert all(step._repr_latex_().startswith("$") for step in derivation.steps)
    assert derivation._repr_latex_().count(r"\begin") == derivation._repr_latex_().count(r"\end")

r"""Coefficients of the slow flow that are in the literature, each in the notation of its source.

Steps and times: the step is eta here and h in all these papers, time is t = (number of the step)
times the step in both, and the loss, E, Phi or L, is not rescaled. What is known here by its
definition alone is derived again from that, and the test says so.
"""

from __future__ import annotations

from typing import Any

import pytest
import sympy as sp

from symbolic import elementary_differentials as ed
from symbolic.modified_equation import (
    HIGHEST_ORDER,
    inertia_coefficient,
    slow_field,
    slow_flow_coefficients,
)
from symbolic.rational_functions import GENERATORS
from symbolic.slow_start import iterates_by_tree
from symbolic.symbols import ETA, KAPPA, MU

LEAF, CHAIN = ed.LEAF, (ed.LEAF,)
GRADIENT, HESSIAN = sp.symbols("g H")


def modified_loss(mu: Any, kappa: Any) -> tuple[sp.Expr, sp.Expr]:
    """(a, b) of x' = -grad(a L + eta b |grad L|^2): the gradient of |grad L|^2 is 2 H grad L."""
    field = slow_flow_coefficients(mu, kappa, 1)
    return -field[LEAF], -field[CHAIN] / 2


def assert_same(found: Any, expected: Any) -> None:
    assert sp.cancel(sp.together(found - expected)) == 0


def test_gradient_descent_regularises_by_a_quarter_of_the_step() -> None:
    # Barrett and Dherin (2021), arXiv 2009.11162: E + (h/4) |grad E|^2.
    assert modified_loss(0, 0) == (1, sp.Rational(1, 4))


def test_explicit_euler_on_a_quadratic_field() -> None:
    # Hairer, Lubich and Wanner, chapter IX, example 1.1: for y' = y^2 the modified equation is
    # y' = y^2 - h y^3 + h^2 3/2 y^4 - h^3 8/3 y^5 + h^4 31/6 y^6 - h^5 157/15 y^7 + ...
    # Here y' = -f, so f = -y^2, f' = -2 y, f'' = -2 and no more: trees by their powers of y.
    derivatives = [sp.Integer(-1), sp.Integer(-2), sp.Integer(-2)]

    def value(tree: ed.Tree) -> sp.Expr:
        if len(tree) >= len(derivatives):
            return sp.S.Zero
        return sp.Mul(derivatives[len(tree)], *(value(branch) for branch in tree))

    totals = [sp.S.Zero] * (HIGHEST_ORDER + 1)
    for tree, c in slow_flow_coefficients(0, 0, HIGHEST_ORDER).items():
        totals[ed.nodes(tree) - 1] += c * value(tree)
    printed = [1, -1, sp.Rational(3, 2), sp.Rational(-8, 3)]
    printed += [sp.Rational(31, 6), sp.Rational(-157, 15)]
    assert totals[: len(printed)] == printed


def test_heavy_ball_regularises_by_ghosh_and_others() -> None:
    # Ghosh, Lyu, Zhang and Wang (2023), arXiv 2302.00849, momentum beta = mu: the modified loss is
    # E/(1 - beta) + h (1 + beta)/(4 (1 - beta)^3) |grad E|^2.
    of_loss, of_norm = modified_loss(MU, 0)
    assert_same(of_loss, 1 / (1 - MU))
    assert_same(of_norm, (1 + MU) / (4 * (1 - MU) ** 3))
    # In their abstract: stronger than that of gradient descent by (1 + beta)/(1 - beta). That is so
    # at the same speed, with the step of gradient descent h/(1 - beta).
    step_at_same_speed = 1 / (1 - MU)
    assert_same(of_norm / of_loss / (step_at_same_speed / 4), (1 + MU) / (1 - MU))


def test_nesterov_regularises_by_the_same_rule() -> None:
    assert_same(modified_loss(MU, MU)[1], (1 - MU + 2 * MU**2) / (4 * (1 - MU) ** 3))


def test_second_order_equation_of_kovachki_and_stuart() -> None:
    # Kovachki and Stuart (2021), arXiv 1906.04285: u_{n+1} = u_n + lambda (u_n - u_{n-1})
    # + h f(u_n + a (u_n - u_{n-1})), f = -grad Phi, a = 0 for heavy ball and a = lambda for
    # Nesterov's method: (lambda, a) are (mu, kappa). Expanded by hand along u(t),
    # h u' (1 - lambda) + h^2 u'' (1 + lambda)/2 = h f + h^2 a (d/dt) f, and f = (1 - lambda) u':
    expected = ETA * ((1 + MU) / 2 - KAPPA * (1 - MU)) / (1 - MU)
    assert_same(inertia_coefficient(MU, KAPPA, ETA), expected)


def test_invariant_manifold_of_kovachki_and_stuart() -> None:
    # Their velocity v_n = (u_n - u_{n-1})/h obeys v_{n+1} = lambda v_n + f(u_n + h a v_n),
    # u_{n+1} = u_n + h v_{n+1}. By its definition the attracting manifold is v = phi(u) with
    # phi(u_{n+1}) = v_{n+1}. Here phi = p f + h q f' f, solved to O(h); -g for f and -H for f'.
    p, q = sp.symbols("p q")
    velocity = -p * GRADIENT + ETA * q * HESSIAN * GRADIENT
    pushed = MU * velocity - GRADIENT - ETA * KAPPA * HESSIAN * velocity
    # phi at u + h v: grad L moves by h H v.
    there = velocity.subs(GRADIENT, GRADIENT + ETA * HESSIAN * pushed)
    left = sp.expand(there - pushed)
    (of_f,) = sp.solve(left.coeff(ETA, 0), p)
    (of_product,) = sp.solve(left.coeff(ETA, 1).subs(p, of_f), q)
    bar = 1 / (1 - MU)
    assert_same(of_f, bar)
    assert_same(of_product, -(bar**2) * (bar - KAPPA))
    # On the slow flow the same velocity is (x(t) - x(t - eta))/eta.
    field = slow_field(1)
    back = (ed.point(2) - ed.flow_for_steps(field, -1)).coefficients
    assert_same(back[LEAF].as_expr(), -of_f)
    assert_same(back[CHAIN].as_expr(), of_product)
    # And in these terms the flow descends bar L + eta/2 bar^2 (bar - kappa - 1/2) |grad L|^2.
    _, of_norm = modified_loss(MU, KAPPA)
    assert_same(of_norm, bar**2 * (bar - KAPPA - sp.S.Half) / 2)


def test_one_step_on_the_manifold_descends_a_modified_loss() -> None:
    # Cattaneo and Shigida (2025), arXiv 2509.08483: on the manifold heavy ball is gradient descent
    # with a modified loss. By that definition x(t + eta) - x(t) = -eta grad(a L + eta b |grad L|^2)
    # with a = 1/(1 - beta) and b = beta/(2 (1 - beta)^3), from which looking ahead takes
    # kappa/(2 (1 - beta)^2).
    forward = ed.flow_for_steps(slow_field(1), 1).coefficients
    assert_same(-forward[LEAF].as_expr(), 1 / (1 - MU))
    expected = MU / (2 * (1 - MU) ** 3) - KAPPA / (2 * (1 - MU) ** 2)
    assert_same(-forward[CHAIN].as_expr() / 2, expected)


@pytest.mark.parametrize("kappa", [0, MU, KAPPA])
def test_flows_that_are_exact_on_every_step_tend_to_the_slow_flow(kappa: Any) -> None:
    # Lyu et al. (2025), arXiv 2506.14806, take for heavy ball one flow for each step, with counter
    # terms to any order. By that definition the flow of step k, x' = -c_k grad L + eta d_k H grad L
    # from x_k, ends in x_{k+1}; c_k is the sum of the weights of past gradients. What of it does
    # not decay with mu^k is the slow flow, which needs no steps.
    a = iterates_by_tree(2)
    c = -1 * a[LEAF].shifted(1) + a[LEAF]
    bar = 1 / (1 - GENERATORS[0])
    assert c.terms == {(0, 0): bar, (1, 0): -GENERATORS[0] * bar}
    # x_{k+1} - x_k = -eta c grad L(x_k) + eta^2 (d + c^2/2) H grad L, about x_0.
    d = a[CHAIN].shifted(1) + -1 * a[CHAIN] + c * a[LEAF] + c * c * -1 / 2
    lasting = d.lasting.terms
    assert set(lasting) == {(0, 0)}
    found = lasting[0, 0].as_expr().subs(KAPPA, kappa)
    assert_same(found, slow_flow_coefficients(MU, kappa, 1)[CHAIN])

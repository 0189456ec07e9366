"""The exact identities of the second-order flow, and what series algebra makes of Proposition 4."""

from __future__ import annotations

import pytest
import sympy as sp

from symbolic import mirror_flow as mirror
from symbolic import momentum_flow as flow
from symbolic.exact import decide_zero
from symbolic.implicit_bias import scale_density
from symbolic.mutation import mutations
from symbolic.symbols import ALPHA, G_0, MU, G, U, V

IDENTITIES = {
    "first neuron": flow.neuron_logarithms()[0],
    "second neuron": flow.neuron_logarithms()[1],
    "product": flow.scale_logarithm(),
    "ratio": flow.ratio_logarithm(),
}


@pytest.mark.parametrize("name", IDENTITIES)
def test_logarithms_are_conserved_exactly(name: str) -> None:
    assert sp.cancel(sp.together(flow.time_derivative(IDENTITIES[name]))) == 0


@pytest.mark.parametrize("name", IDENTITIES)
def test_wrong_logarithms_are_not_conserved(name: str) -> None:
    terms = sp.Add.make_args(sp.expand(IDENTITIES[name]))
    for term in terms:
        for factor in (-1, 0, sp.Rational(21, 20), sp.Rational(19, 20)):
            wrong = IDENTITIES[name] + (factor - 1) * term
            assert sp.cancel(sp.together(flow.time_derivative(wrong))) != 0, (term, factor)


def test_energy_is_lost_at_the_rate_of_the_squared_speed() -> None:
    kinetic, rate = flow.energy()
    assert sp.expand(rate + flow.U_DOT**2 + flow.V_DOT**2) == 0
    assert kinetic.subs({flow.U_DOT: 1, flow.V_DOT: 1, ALPHA: 1}) == 1


def test_gradient_flow_neurons_solve_gradient_flow() -> None:
    s, u, v = flow.gradient_flow_neurons()
    # independent transcription: du/dt = -2 u g, dv/dt = 2 v g with ds/dt = g
    assert sp.expand(sp.diff(u, s) + 2 * u) == 0
    assert sp.expand(sp.diff(v, s) - 2 * v) == 0
    assert (u.subs(s, 0), v.subs(s, 0)) == (U, V)


def test_slow_velocities_solve_the_riccati_equation_to_their_order() -> None:
    order = 3
    for x_index, sign in ((0, 1), (1, -1)):
        p = mirror.slow_log_velocities(order)[x_index]
        series = sum(c * ALPHA**k for k, c in enumerate(p))
        rate = sum(sp.diff(series, a) * b for a, b in zip(flow.G_JET, flow.G_JET[1:], strict=False))
        defect = sp.expand(ALPHA * (rate + series**2) + series + sign * 2 * G / (1 - MU))
        coefficients = sp.Poly(defect, ALPHA).all_coeffs()[::-1]
        assert all(sp.cancel(c) == 0 for c in coefficients[: order + 1])
        assert sp.cancel(coefficients[order + 1]) != 0


def test_mirror_residual_vanishes_up_to_second_order_only() -> None:
    zeroth, first, second = mirror.mirror_residual()
    assert (zeroth, first) == (0, 0)
    on_slow_start = second.subs(mirror.MEMORY_2, mirror.memory())
    rescaled = G / (1 - MU)
    # independent form of the coefficient, derived with p and q by hand
    by_hand = (
        -8 * rescaled**3 + 64 * rescaled * (G_0 / (1 - MU)) ** 2 * (U * V) ** 2 / (U**2 + V**2) ** 2
    )
    assert sp.cancel(sp.together(on_slow_start - by_hand)) == 0


@pytest.mark.parametrize("factor", [-1, 0, sp.Rational(21, 20), sp.Rational(19, 20)])
@pytest.mark.parametrize("name", ["weight", "density_factor", "force_factor"])
def test_every_factor_of_the_mirror_flow_matters(name: str, factor: sp.Expr) -> None:
    lower = mirror.mirror_residual(1, **{name: factor})
    assert any(c != 0 for c in lower)


def test_second_order_term_stays_for_every_start() -> None:
    # K_2 of another start differs by a constant, which cannot undo the cube of g
    offset = sp.Symbol("C", real=True)
    second = mirror.mirror_residual()[2].subs(mirror.MEMORY_2, mirror.memory() + offset)
    cubic = sp.cancel(sp.diff(second, G, 3)) / 6
    assert sp.cancel(cubic + 8 / (1 - MU) ** 3) == 0


def test_no_other_multiple_of_the_velocity_removes_the_first_order() -> None:
    weight = sp.Symbol("w", real=True)
    zeroth, first = mirror.mirror_residual(1, weight=weight)
    assert zeroth == 0
    assert sp.cancel(first - flow.G_JET[1] * (1 - weight) / (1 - MU)) == 0


def test_predictor_alone_leaves_a_residual_of_first_order() -> None:
    zeroth, first = mirror.mirror_residual(1, weight=0)
    assert zeroth == 0
    assert sp.cancel(first - flow.G_JET[1] / (1 - MU)) == 0


def test_start_that_is_no_gradient_leaves_a_residual_of_first_order() -> None:
    zeroth, first = mirror.mirror_residual(1, matched=False)
    assert zeroth == 0
    assert first.has(mirror.MEMORY_1)
    assert first.subs(mirror.MEMORY_1, 0) == 0


def test_memory_is_an_integral_of_its_rate() -> None:
    rate = sp.diff(mirror.memory(), G) * flow.G_JET[1]
    assert sp.expand(rate - mirror.memory_rate()) == 0
    # at the start it is -(p + q) there: -8 g_0^2/(1-mu)^2 with the opposite sign
    assert sp.expand(mirror.memory().subs(G, G_0) - scale_density().subs(G, G_0)) == 0


def test_second_order_form_is_the_chain_rule() -> None:
    difference = mirror.second_order_form_printed() - mirror.mirror_rate()
    assert decide_zero(difference).zero is True


@pytest.mark.parametrize("exponent", [sp.Rational(-1, 2), sp.Rational(1, 2), sp.Integer(-1)])
def test_powers_of_series_agree_with_taylor(exponent: sp.Rational) -> None:
    x = sp.Symbol("x")
    series = [sp.Integer(c) for c in (2, -3, 5, 7)]
    power = mirror.to_power(series, exponent)
    taylor = (sum(c * x**k for k, c in enumerate(series)) / 2) ** exponent
    expected = [sp.diff(taylor, x, k).subs(x, 0) / sp.factorial(k) for k in range(4)]
    assert [sp.expand(a - b) for a, b in zip(power, expected, strict=True)] == [0] * 4


def test_mutants_of_the_density_are_rejected() -> None:
    for name, wrong in mutations(scale_density()):
        factor = sp.cancel(wrong / scale_density())
        assert mirror.mirror_residual(1, density_factor=factor)[1] != 0, name

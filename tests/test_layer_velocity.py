"""The layer-matched velocity: exact, and the flow that has it is the one behind the layer."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp

from symbolic.console import UserError
from symbolic.layer import (
    VELOCITY,
    initial_layer,
    layer_matched_velocity,
    momenta_with_second_order_flow,
)
from symbolic.modified_equation import inertia_coefficient
from symbolic.symbols import ETA, KAPPA, MU


def transcribed(mu: sp.Expr, kappa: sp.Expr) -> sp.Expr:
    a = (1 + mu) / 2 - kappa * (1 - mu)
    return (mu - a) / (a * (1 - mu))


def test_velocity_of_every_method() -> None:
    assert sp.cancel(layer_matched_velocity(MU, KAPPA) - transcribed(MU, KAPPA)) == 0
    assert sp.cancel(layer_matched_velocity(MU, 0) + 1 / (1 + MU)) == 0
    nesterov = -(1 - 2 * MU) / (1 - MU + 2 * MU**2)
    assert sp.cancel(layer_matched_velocity(MU, MU) - nesterov) == 0
    assert layer_matched_velocity(sp.Rational(1, 2), sp.Rational(1, 2)) == 0
    assert layer_matched_velocity(0, 0) == -1


def slow_start_on_a_quadratic(mu: Fraction, kappa: Fraction, s: Fraction) -> sp.Expr:
    """Coefficient of the slow mode of x_k for L = h x^2/2, x_{-1} = x_0 = 1, s = eta h."""
    m, k, e = (sp.Rational(v.numerator, v.denominator) for v in (mu, kappa, s))
    b, c = -(1 + m - e * (1 + k)), m - e * k
    root = sp.sqrt(b**2 - 4 * c)
    slow, fast = (-b + root) / 2, (-b - root) / 2
    # A + B = 1, A/slow + B/fast = 1
    return sp.N((1 - 1 / fast) / (1 / slow - 1 / fast), 60)


def slow_start_of_the_flow(mu: Fraction, kappa: Fraction, s: Fraction, c: sp.Expr) -> sp.Expr:
    """The same for alpha x'' + x' + h x/(1-mu) = 0, x(0) = 1, x'(0) = c h, time in units of eta."""
    m, k, e = (sp.Rational(v.numerator, v.denominator) for v in (mu, kappa, s))
    alpha = inertia_coefficient(m, k, 1)
    root = sp.sqrt(1 - 4 * alpha * e / (1 - m))
    slow, fast = (-1 + root) / (2 * alpha), (-1 - root) / (2 * alpha)
    return sp.N((c * e - fast) / (slow - fast), 60)


@pytest.mark.parametrize(
    ("mu", "kappa"),
    [("1/3", "0"), ("9/10", "0"), ("1/3", "1/3"), ("4/5", "4/5"), ("1/4", "1/8"), ("1/2", "-1/3")],
)
def test_only_the_matched_velocity_meets_the_slow_start_to_second_order(
    mu: str, kappa: str
) -> None:
    # An independent calculation: both problems solved in closed form for a quadratic loss.
    m, k = Fraction(mu), Fraction(kappa)
    matched = layer_matched_velocity(sp.Rational(mu), sp.Rational(kappa))

    def ratio(c: sp.Expr) -> float:
        errors = [
            slow_start_on_a_quadratic(m, k, s) - slow_start_of_the_flow(m, k, s, c)
            for s in (Fraction(1, 10**6), Fraction(1, 2 * 10**6))
        ]
        return float(errors[0] / errors[1])

    # Error c1 s + c2 s^2: halving s divides it by 4 (c1 = 0) or by 2, up to a relative O(s).
    assert ratio(matched) == pytest.approx(4, rel=1e-3)
    for wrong in (sp.S.Zero, -matched, sp.S.NegativeOne, -1 / (1 - sp.Rational(mu))):
        if wrong != matched:
            assert ratio(wrong) == pytest.approx(2, rel=1e-3)
    assert ratio(sp.Rational(21, 20) * matched) == pytest.approx(2, rel=1e-3)


def test_amplitudes_agree_exactly_at_the_matched_velocity_only() -> None:
    layer = initial_layer()
    assert (
        sp.cancel(layer.flow_amplitude.subs(VELOCITY, layer.velocity) - layer.discrete_amplitude)
        == 0
    )
    for wrong in (0, -1, -layer.velocity, 1 / (MU - 1)):
        assert sp.cancel(layer.flow_amplitude.subs(VELOCITY, wrong) - layer.discrete_amplitude) != 0


@pytest.mark.parametrize(
    ("mu", "kappa"), [("1/2", "2"), ("1/2", "3/2"), ("0", "1/2"), ("1/3", "1")]
)
def test_no_second_order_flow_is_refused(mu: str, kappa: str) -> None:
    with pytest.raises(UserError, match="slow flow"):
        layer_matched_velocity(sp.Rational(mu), sp.Rational(kappa))


def test_momenta_at_which_the_flow_exists() -> None:
    assert momenta_with_second_order_flow(MU, MU) == sp.Interval.Ropen(0, 1)
    assert momenta_with_second_order_flow(MU, 2) == sp.Interval.open(sp.Rational(3, 5), 1)
    assert momenta_with_second_order_flow(MU, sp.Integer(2) - 4 * MU) != sp.Interval.Ropen(0, 1)
    assert momenta_with_second_order_flow(MU, 1 / MU) != sp.Interval.Ropen(0, 1)
    assert momenta_with_second_order_flow(sp.Rational(1, 2), 2) == sp.S.EmptySet
    assert momenta_with_second_order_flow(MU, 10 / (1 - MU)) == sp.S.EmptySet
    assert sp.cancel(inertia_coefficient(sp.Rational(1, 2), 2, ETA) + ETA / 2) == 0

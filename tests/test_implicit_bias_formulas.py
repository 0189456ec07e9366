"""Linear terms and scales: transcriptions, derivations, and what separates print from proof."""

from __future__ import annotations

import pytest
import sympy as sp

from symbolic import implicit_bias as bias
from symbolic.symbols import ALPHA, G_0, MU, PHI, SAMPLES, THETA_0, XI, G


def test_printed_forms_agree_with_their_transcriptions() -> None:
    t, x, a, m, g, c, n = THETA_0, XI, ALPHA, MU, G_0, bias.CORRELATION, SAMPLES
    assert bias.gradient_flow_bias_printed() == sp.asinh(t / (2 * x)) / 4
    inside = t / (2 * x) + 4 * a * g / (1 - m) * sp.sqrt(1 + t**2 / (4 * x**2))
    assert sp.expand(bias.momentum_bias_printed() - sp.asinh(inside) / 4) == 0
    assert bias.momentum_bias_unbiased_printed() == sp.asinh(4 * a * c / (n * (1 - m)))
    assert bias.effective_scale() == x * sp.exp(-a * PHI)
    assert bias.scale_density() == 8 * G**2 / (1 - m) ** 2


@pytest.mark.parametrize("sign", [1, -1])
def test_neuron_identity_follows_from_the_flow(sign: int) -> None:
    assert bias.logarithm_residual(sign) == 0


def test_gradient_flow_moves_the_log_ratio_only() -> None:
    assert bias.gradient_flow_residuals() == (0, 0)


def test_gradient_is_in_the_row_space() -> None:
    assert bias.row_space_residual() == 0
    assert bias.row_space_residual(3, 5) == 0


def test_stated_scale_and_linear_term_follow_from_the_identities() -> None:
    assert bias.theorem_residuals() == (0, 0)


def test_impulse_cancels_in_the_scale() -> None:
    assert not bias.exact_log_scale().has(bias.IMPULSE)


def test_corrected_sign_is_opposite_and_invisible_without_bias() -> None:
    printed, corrected = bias.gradient_flow_bias_printed(), bias.gradient_flow_bias_corrected()
    assert sp.expand(printed + corrected) == 0
    assert printed.subs(THETA_0, 0) == 0
    assert sp.expand(printed - corrected).subs({THETA_0: 2, XI: 1}) != 0


def test_gradient_term_is_a_multiple_of_the_gradient_at_first_order() -> None:
    slope = bias.gradient_term_first_order()
    assert sp.cancel(slope - G_0 / (1 - MU)) == 0
    assert not slope.has(THETA_0, XI)
    linear = bias.first_order_in_inertia(bias.momentum_bias_printed())
    assert linear.subs(ALPHA, 0) == bias.gradient_flow_bias_printed()


def test_gradient_term_belongs_to_the_velocity_of_the_slow_flow() -> None:
    # omega = x'/x = -+ 2 g_0/(1-mu) at the velocity -grad L/(1-mu).
    slow = {bias.OMEGA_U: -2 * G_0 / (1 - MU), bias.OMEGA_V: 2 * G_0 / (1 - MU)}
    gain = bias.momentum_bias_with_velocity().subs(slow) - bias.momentum_bias_corrected()
    assert sp.cancel(gain - ALPHA * bias.gradient_term_first_order()) == 0
    assert bias.effective_scale_with_velocity().subs(slow) == bias.effective_scale()


def test_unbiased_formula_of_print_lacks_a_quarter_and_the_sign() -> None:
    quotient = bias.momentum_bias_unbiased_printed() / bias.momentum_bias_unbiased_from_theorem()
    assert sp.cancel(quotient) == -4


def test_unbiased_formula_written_out_is_that_of_the_theorem() -> None:
    written, inserted = (
        bias.momentum_bias_unbiased_corrected(),
        bias.momentum_bias_unbiased_from_theorem(),
    )
    assert sp.expand(written - inserted) == 0

"""The checks of the claims about momentum gradient flow reject what is wrong, each alone."""

from __future__ import annotations

import pytest
import sympy as sp

from proofs_check import mgf_checks
from proofs_check.claim import Form, Outcome
from proofs_check.mgf_runs import with_crossings, without_crossings
from proofs_check.mgf_scales import order_finding, scaled_flows
from proofs_check.papazov import mgf, negligible, positive, small_lambda_bound, small_lambda_limit
from symbolic import mgf_limit as theorem
from symbolic.mgf_limit import I_PLUS


def form(content: object) -> Form:
    return Form("tried", "tried", content)


FIVE = sp.Rational(21, 20)


def test_families_have_flows_of_both_kinds():
    assert len(without_crossings()) >= 4
    assert len(with_crossings()) >= 2


def test_balancedness_five_per_cent_off_is_seen_along_flows():
    right = theorem.balancedness()
    for runs in (without_crossings(), with_crossings()):
        found = mgf_checks.scale_along(runs, "", form(right.subs(I_PLUS, FIVE * I_PLUS)))
        assert found.outcome is Outcome.FAILS
        assert mgf_checks.scale_along(runs, "", form(right)).outcome is Outcome.HOLDS


def test_perturbed_start_off_by_a_factor_is_seen():
    assert mgf.start_along_flows(form(FIVE * theorem.perturbed_start())).outcome is Outcome.FAILS
    assert mgf.exact_start(form(FIVE * theorem.perturbed_start())).outcome is Outcome.FAILS


def test_numbers_that_are_none_are_no_evidence():
    nothing = form(sp.nan * theorem.perturbed_start())
    assert mgf.start_along_flows(nothing).outcome is Outcome.UNCLEAR
    runs = without_crossings()
    found = mgf_checks.scale_along(runs, "", form(sp.nan * theorem.balancedness()))
    assert found.outcome is Outcome.UNCLEAR


def test_no_flows_are_no_evidence():
    found = mgf_checks.scale_along((), "", form(theorem.balancedness()))
    assert found.outcome is Outcome.UNCLEAR


@pytest.mark.parametrize("density", [0, 1])
def test_wrong_integrand_breaks_the_balance_law(density):
    wrong = positive.Sign(sp.Integer(density), positive.MOVING)
    assert positive.balance_law(form(wrong)).outcome is Outcome.FAILS


@pytest.mark.parametrize("power", [1, 3, sp.Rational(9, 4)])
def test_wrong_power_of_the_scale_is_seen(power):
    assert order_finding(power, 1).outcome is Outcome.FAILS


def test_moving_coordinates_fall_with_the_predicted_power():
    powers = order_finding(2, 1).data["powers of alpha"]
    # The next term is a power of alpha; the smallest starts are at 4e-3 and 8e-4.
    assert powers["measured"] == pytest.approx(powers["predicted"], abs=4e-3)
    assert not any(flow.limit.crossings for family in scaled_flows() for flow in family)


def test_bound_on_the_inertia_off_by_a_factor_is_seen():
    wrong = small_lambda_bound.Bound(FIVE * theorem.bound())
    assert small_lambda_bound.energy_decides(form(wrong)).outcome is Outcome.FAILS


def test_leading_term_off_by_five_per_cent_is_seen():
    right = small_lambda_limit.forms().corrected
    assert right is not None
    wrong = small_lambda_limit.SmallLambda(FIVE * right.content.density)
    assert small_lambda_limit.measured_order(form(wrong)).outcome is Outcome.FAILS


def test_sizes_past_zeros_are_not_bounded():
    everywhere = negligible.Size(True)
    assert negligible.size_of_flows(form(everywhere)).outcome is Outcome.FAILS

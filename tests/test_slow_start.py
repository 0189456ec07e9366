"""Slow flow and its start to order 6: against quadratic losses in closed form, and on iterates."""

from __future__ import annotations

import itertools
import time
from fractions import Fraction

import mpmath
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from proofs_check.claim import Outcome
from proofs_check.lyu.prop1_orders import forms
from proofs_check.lyu.prop1_series import residual
from symbolic import elementary_differentials as ed
from symbolic.__main__ import main
from symbolic.layer import initial_layer
from symbolic.modified_equation import (
    HIGHEST_ORDER,
    coefficients_at,
    flow_defect,
    inertia_coefficient,
    slow_field,
    slow_flow_coefficients,
)
from symbolic.rational_functions import RationalFunction
from symbolic.slow_start import StepFunction, iterates_by_tree, left_by_recursion, slow_start
from symbolic.symbols import ETA, KAPPA, MU
from symbolic.two_step import two_step_update


def chains(order: int) -> list[ed.Tree]:
    found: list[ed.Tree] = [ed.LEAF]
    for _ in range(order - 1):
        found.append((found[-1],))
    return found


PARAMETERS = st.tuples(
    st.fractions(min_value=0, max_value=sp.Rational(9, 10), max_denominator=10),
    st.fractions(min_value=-1, max_value=1, max_denominator=10),
).filter(any)


@given(PARAMETERS)
def test_start_on_a_quadratic_loss_is_the_amplitude_of_the_slow_root(pair) -> None:
    # L = h x^2/2: x_k = A z^k + B w^k with both roots of the characteristic equation, and
    # A (1 - 1/z) + B (1 - 1/w) = 0 from rest; A = x_0 + sum over chains. Independent: 80 digits.
    mu, kappa = (sp.Rational(each.numerator, each.denominator) for each in pair)
    order = HIGHEST_ORDER
    values = coefficients_at(slow_start(order), mu, kappa)
    with mpmath.workdps(80):
        m, k, s = mpmath.mpf(mu.p) / mu.q, mpmath.mpf(kappa.p) / kappa.q, mpmath.mpf(10) ** -8
        b, c = -(1 + m - s * (1 + k)), m - s * k
        root = mpmath.sqrt(b * b - 4 * c)
        z, w = (-b + root) / 2, (-b - root) / 2
        amplitude = (1 - 1 / w) / (1 / z - 1 / w)
        exact = [mpmath.mpf(v.p) / v.q for v in (values.get(t, sp.S.Zero) for t in chains(order))]
        series = 1 + sum(v * s**n for n, v in enumerate(exact, 1))
        size = max(abs(v) for v in exact) + 1
        assert abs(amplitude - series) < 10**4 * size * s ** (order + 1) / (1 - m) ** 2


def test_start_meets_the_initial_layer_derived_apart() -> None:
    # x_k = slow(k eta) + eta C mu^k: at k = 0 the slow path is x_0 - eta C.
    amplitude = initial_layer().discrete_amplitude
    (gradient,) = amplitude.free_symbols - {MU, KAPPA}
    leaf = slow_start(1)[ed.LEAF].as_expr()
    assert sp.cancel(leaf + amplitude.coeff(gradient)) == 0


def test_gradient_descent_starts_on_its_slow_path() -> None:
    assert coefficients_at(slow_start(4), 0, 0) == {}


def test_iterates_solve_the_recursion_tree_by_tree() -> None:
    # For k = 0, 1, 2 in exact arithmetic, from x_{-1} = x_0: no use is made of how they were found.
    order = 4
    found = iterates_by_tree(order)
    mu, kappa = (RationalFunction.of(each) for each in (MU, KAPPA))

    def at(k: int) -> ed.Series:
        return ed.Series({tree: a.at(k) for tree, a in found.items()}, order, 1)

    assert at(0).coefficients == {}
    assert at(-1).coefficients == {}
    for k in range(3):
        update = two_step_update(
            at(k), at(k - 1), ed.gradient_at, mu=mu, kappa=kappa, eta=RationalFunction.of(1)
        )
        assert (at(k + 1) - update).coefficients == {}


def at_fractions(series: ed.Series, mu: Fraction, kappa: Fraction) -> ed.Series:
    values = {tree: c.at(mu, kappa) for tree, c in series.coefficients.items()}
    return ed.Series(values, series.order, series.identity)


def composition(after: ed.Series, start: ed.Series) -> ed.Series:
    """after(start), both points."""
    moved = ed.differentials_at(start)
    total = ed.Series(start.coefficients, start.order, start.identity)
    for tree, weight in after.coefficients.items():
        total = total + weight * moved[tree]
    return total


@given(PARAMETERS)
def test_flows_compose_by_the_group_law(pair) -> None:
    # Three steps after two are five: the differentials at another point are none of the expansion
    # in time, which is made of derivatives along the field.
    field = at_fractions(slow_field(4), *pair)
    two, three, five = (ed.flow_for_steps(field, steps) for steps in (2, 3, 5))
    assert (composition(three, two) - five).coefficients == {}


@given(PARAMETERS.filter(lambda pair: pair[0] != 0), st.sampled_from(["right", "start", "field"]))
def test_iterates_leave_the_slow_path_by_decaying_terms_alone(pair, which: str) -> None:
    # Plain recursion in fractions. Differences are sums of k^p mu^(jk) with p + j <= order, j >= 0;
    # the product of (E - mu^j)^(order + 1 - j) over j >= 1, E the shift, leaves a polynomial of k
    # of degree <= order if terms with j = 0 are there, and nothing if there are none.
    mu, kappa = pair
    order = 3
    field, start = (
        at_fractions(each, mu, kappa) for each in (slow_field(order), slow_start(order))
    )
    if which == "start":
        start.coefficients[(ed.LEAF,)] = start[(ed.LEAF,)] + 1
    if which == "field":
        field.coefficients[(ed.LEAF, ed.LEAF)] = field[(ed.LEAF, ed.LEAF)] + 1
    field = ed.Series(field.coefficients, order)
    annihilators = [mu**j for j in range(1, order + 1) for _ in range(order + 1 - j)]
    now = before = ed.point(order)
    gaps = []
    for k in range(len(annihilators) + order + 1):
        slow = start if k == 0 else composition(ed.flow_for_steps(field, k), start)
        gaps.append(now - slow)
        update = two_step_update(now, before, ed.gradient_at, mu=mu, kappa=kappa, eta=Fraction(1))
        now, before = update, now
    for root in annihilators:
        gaps = [after - root * gap for gap, after in itertools.pairwise(gaps)]
    assert len(gaps) == order + 1
    assert any(gap.coefficients for gap in gaps) == (which != "right")


@pytest.mark.parametrize("place", [(0, 1), (0, 2), (1, 1), (2, 0)])
def test_wrong_iterates_leave_something(place: tuple[int, int]) -> None:
    # (1, 0) and (0, 0) solve the recursion; rest rules those out.
    order = 3
    found = dict(iterates_by_tree(order))
    assert left_by_recursion(found, order) == {}
    chain = (ed.LEAF,)
    found[chain] = found[chain] + StepFunction({place: RationalFunction.of(1)})
    assert left_by_recursion(found, order)


def test_exact_check_alone_rejects_every_wrong_flow_and_start() -> None:
    versions = forms()
    found = {form.name: residual(form).outcome for form in (versions.printed, *versions.mutants)}
    assert found.pop("printed") == Outcome.HOLDS
    assert set(found.values()) == {Outcome.FAILS}


def test_heavy_ball_run_backwards_is_heavy_ball() -> None:
    # x_{k-1} = x_k + (x_k - x_{k+1})/mu - (eta/mu) grad L(x_k): momentum 1/mu, step eta/mu, and the
    # opposite velocity. Known of no other look-ahead; the series was made without it.
    found = slow_flow_coefficients(MU, 0, HIGHEST_ORDER)
    for tree, value in found.items():
        n = ed.nodes(tree)
        assert sp.cancel(value.subs(MU, 1 / MU) / MU**n + value) == 0


def test_no_inertia_takes_the_second_order_form_beyond_its_order() -> None:
    ratio = inertia_coefficient(MU, KAPPA, ETA) / ETA
    assert flow_defect(ratio, 1) == {}
    assert set(flow_defect(ratio, 2)) == set(ed.trees(3))


def test_order_six_is_quick() -> None:
    for cached in (slow_field, slow_start, iterates_by_tree):
        cached.cache_clear()
    begin = time.process_time()
    field, start = slow_field(HIGHEST_ORDER), slow_start(HIGHEST_ORDER)
    values = coefficients_at(field, MU, KAPPA) | coefficients_at(start, MU, KAPPA)
    assert len(values) == 85
    assert time.process_time() - begin < 6


def test_help_names_the_highest_order(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    assert f"P from 1 to {HIGHEST_ORDER}" in " ".join(capsys.readouterr().out.split())


@given(PARAMETERS)
def test_coefficients_of_an_own_method_are_the_general_ones_there(pair) -> None:
    mu, kappa = (sp.Rational(each.numerator, each.denominator) for each in pair)
    general = slow_flow_coefficients(MU, KAPPA, 3)
    own = slow_flow_coefficients(mu, kappa, 3)
    for tree, value in general.items():
        assert sp.cancel(value.subs({MU: mu, KAPPA: kappa}) - own.get(tree, 0)) == 0

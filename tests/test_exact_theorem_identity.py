"""The exact theorem is an identity, and nothing near it is one."""

from __future__ import annotations

import pytest
import sympy as sp

from symbolic import discrete_theorem as theorem
from symbolic import theorem_corollaries as corollaries
from symbolic.concordance import heavy_ball_residual
from symbolic.discrete_theorem import NEXT, NOW, PREVIOUS
from symbolic.exact import decide_zero
from symbolic.mutation import mutations
from symbolic.symbols import ETA, KAPPA, MU, G


@pytest.mark.parametrize("number", range(8))
def test_residual_of_the_proof_is_zero(number: int) -> None:
    assert theorem.theorem_residuals()[number] == 0


def _excess(expression: sp.Expr) -> sp.Expr:
    plain = expression.subs(theorem.ratios(), simultaneous=True)
    return plain.replace(theorem.DIVERGENCE, theorem.itakura_saito)


@pytest.mark.parametrize(
    ("name", "wrong"), mutations(theorem.EXCESS.doit()), ids=lambda x: str(x)[:40]
)
def test_changed_excess_leaves_a_residual(name: str, wrong: sp.Expr) -> None:
    assert decide_zero(theorem.step_residual(+1, _excess(wrong))).zero is False, name


def test_excess_has_no_gradient_and_no_step_size() -> None:
    assert theorem.excess().free_symbols == {NEXT, NOW, PREVIOUS, MU, KAPPA}


def test_excess_at_numbers() -> None:
    # By hand: mu = 1/2, kappa = 1, x = 1, 2, 2: y = 3, m = 5/4, rho = 3/2, q = 1/2.
    at = {PREVIOUS: 1, NOW: 2, NEXT: 2, MU: sp.Rational(1, 2), KAPPA: 1}
    z = [sp.Rational(2, 3), sp.Rational(5, 6), sp.Rational(5, 4), sp.Rational(1, 2)]
    r = [value - 1 - sp.log(value) for value in z]
    expected = r[0] - r[1] + r[2] + r[3] / 2
    assert abs(sp.N(theorem.excess().subs(at) - expected, 40)) < sp.Rational(1, 10**35)


def test_divergence_is_convex_with_minimum_at_one() -> None:
    z = sp.Symbol("z", positive=True)
    r = theorem.itakura_saito(z)
    assert r.subs(z, 1) == 0
    assert sp.diff(r, z).subs(z, 1) == 0
    assert sp.diff(r, z, 2) == z**-2


@pytest.mark.parametrize(
    "residual",
    [
        corollaries.gradient_descent_residual,
        lambda: corollaries.telescoped_residual(corollaries.smgd_summand()),
        corollaries.inertia_residual,
        heavy_ball_residual,
    ],
)
def test_corollary_follows(residual: object) -> None:
    assert decide_zero(residual()).zero is True


def test_theorem_3_follows() -> None:
    assert corollaries.theorem3_residuals() == (0, 0)


def test_gradient_descent_loses_the_known_factor() -> None:
    gain = corollaries.pair_gain(0, 0).subs({ETA: sp.Rational(1, 8), G: 2})
    assert sp.expand_log(gain - sp.log(sp.Rational(4, 3)), force=True).equals(0)


def test_excess_of_a_smooth_path_starts_at_second_order() -> None:
    zeroth, first, second = corollaries.path_excess()
    assert (zeroth, first) == (0, 0)
    assert second != 0


@pytest.mark.parametrize("kappa", [sp.S.Zero, MU, sp.Rational(-1, 3), MU / 2])
def test_inertia_of_every_member(kappa: sp.Expr) -> None:
    from symbolic.modified_equation import inertia_coefficient

    found = corollaries.inertia_from_theorem().subs(KAPPA, kappa)
    assert sp.cancel(found - inertia_coefficient(MU, kappa, ETA)) == 0
    assert sp.cancel(found - inertia_coefficient(MU, kappa + 1, ETA)) != 0


def test_momentum_gradient_flow_does_not_depend_on_the_look_ahead() -> None:
    assert not corollaries.mgf_density().has(KAPPA)

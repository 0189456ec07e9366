"""The decision whether an exact expression vanishes, and the mutants of a formula."""

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from symbolic.exact import decide_zero
from symbolic.mutation import mutations

X = sp.Symbol("x", positive=True)
Y = sp.Symbol("y", real=True)

IDENTITIES = [
    (X + Y) ** 3 - sp.expand((X + Y) ** 3),
    1 / (X + 1) - 1 / (X + 2) - 1 / ((X + 1) * (X + 2)),
    sp.asinh(Y / (2 * X)) - sp.log((Y + sp.sqrt(Y**2 + 4 * X**2)) / (2 * X)),
    sp.cosh(Y) ** 2 - sp.sinh(Y) ** 2 - 1,
    sp.exp(X) * sp.exp(-X) - 1,
]


@pytest.mark.parametrize("identity", IDENTITIES, ids=str)
def test_identities_are_zero(identity):
    assert decide_zero(identity).zero is True


@pytest.mark.parametrize("identity", IDENTITIES, ids=str)
def test_identities_with_a_tiny_defect_are_not_zero(identity):
    decision = decide_zero(identity + X / 10**9)
    assert decision.zero is False
    point = {
        symbol: sp.Rational(decision.witness[symbol.name])
        for symbol in (X, Y)
        if symbol.name in decision.witness
    }
    assert sp.N((identity + X / 10**9).subs(point), 30) != 0


def test_floats_are_refused():
    with pytest.raises(ValueError, match="not exact"):
        decide_zero(sp.Float("0.1") * X + Y)


def test_what_cannot_be_decided_is_not_guessed():
    f = sp.Function("f")
    assert decide_zero(f(X) - f(X + 1)).zero is None


@given(st.lists(st.integers(-5, 5).filter(bool), min_size=2, max_size=5))
def test_every_mutant_differs_and_has_a_name_of_its_own(coefficients):
    expression = sum(c * X**k for k, c in enumerate(coefficients)) / (1 + Y**2)
    found = mutations(expression)
    names = [name for name, _ in found]
    assert len(set(names)) == len(names)
    assert len({wrong for _, wrong in found}) == len(found)
    for _, wrong in found:
        assert decide_zero(wrong - expression).zero is False


def test_mutants_reach_into_functions():
    expression = sp.asinh(Y / (2 * X)) / 4
    wrong = [each for _, each in mutations(expression)]
    assert sp.asinh(sp.Rational(21, 40) * Y / X) / 4 in wrong
    assert -expression in wrong
    # A factor inside a logarithm adds a constant, which need not act.
    assert all(each.atoms(sp.log) == {sp.log(X)} for _, each in mutations(Y * sp.log(X)))


def test_mutants_change_every_sign_and_drop_every_term():
    found = dict(mutations(3 * X - 2 * Y))
    assert set(found.values()) >= {-3 * X - 2 * Y, 3 * X + 2 * Y, 3 * X, -2 * Y, 2 * Y - 3 * X}

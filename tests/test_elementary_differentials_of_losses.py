"""Elementary differentials as numbers: the network's closed form against plain differentiation."""

from __future__ import annotations

from fractions import Fraction

import gmpy2
import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from numeric.elementary import LossDifferentials, NetworkDifferentials, SlowFlow
from numeric.extrapolation import extrapolated_flow
from symbolic import elementary_differentials as ed
from symbolic.console import UserError
from symbolic.networks import PRODUCT, SQUARED_DIFFERENCE
from symbolic.regression import loss

ENTRIES = st.integers(-3, 3)
X = np.array([[1, -2], [2, 1]])
Y = np.array([1, 2])


def as_expression(network) -> tuple[tuple[sp.Symbol, ...], sp.Expr]:
    neurons = sp.symbols("a:4", real=True)
    theta = sp.Matrix(
        [
            network.predictor.subs(
                {network.first: neurons[j], network.second: neurons[2 + j]}, simultaneous=True
            )
            for j in range(2)
        ]
    )
    (value,) = loss(sp.Matrix(X), sp.Matrix(Y), theta)
    return neurons, value


@pytest.mark.parametrize("network", [SQUARED_DIFFERENCE, PRODUCT], ids=lambda n: n.name)
def test_network_meets_differentiation_of_its_loss(network) -> None:
    # Exact: fractions, every tree to six nodes; absent trees are those whose value is zero.
    plain = LossDifferentials(*as_expression(network))
    closed = NetworkDifferentials(X, Y, network)

    @given(st.lists(ENTRIES, min_size=4, max_size=4))
    def check(values: list[int]) -> None:
        x = np.array([Fraction(value, 2) for value in values], dtype=object)
        expected, found = plain(x, 5), closed(x, 5)
        for tree, value in expected.items():
            assert list(found.get(tree, 0 * x)) == list(value)

    check()


def test_slow_flow_in_floats_meets_the_one_in_many_digits() -> None:
    x = np.array([0.9, 0.7, 0.5, 0.6])
    mu, kappa = Fraction(4, 5), Fraction(-1, 4)
    differentials = NetworkDifferentials(X, Y)
    floats = SlowFlow(differentials, mu, kappa, 2.0**-7, 6)
    with gmpy2.context(gmpy2.get_context(), precision=150):
        many = SlowFlow(
            differentials, mu, kappa, gmpy2.mpfr(2) ** -7, 6, lambda a, b: gmpy2.mpfr(a) / b
        )
        precise = np.array([gmpy2.mpfr(each) for each in x])
        for one, other in ((floats(x), many(precise)), (floats.start(x), many.start(precise))):
            np.testing.assert_allclose(one, other.astype(float), rtol=1e-12)


def test_trees_that_the_network_lacks_have_no_weight() -> None:
    values = NetworkDifferentials(X, Y)(np.ones(4), 5)
    assert (ed.LEAF,) * 4 not in values
    assert len(values) < sum(1 for _ in ed.all_trees(5))


def test_extrapolated_flow_has_all_digits() -> None:
    with gmpy2.context(gmpy2.get_context(), precision=220):
        start = np.array([gmpy2.mpfr(1), gmpy2.mpfr(0)])
        # x' = (x_2, -x_1): a rotation.
        end = extrapolated_flow(
            lambda x: np.array([x[1], -x[0]]), start, gmpy2.mpfr(3), gmpy2.mpfr(10) ** -55
        )
        assert abs(end[0] - gmpy2.cos(gmpy2.mpfr(3))) < gmpy2.mpfr(10) ** -50
        assert abs(end[1] + gmpy2.sin(gmpy2.mpfr(3))) < gmpy2.mpfr(10) ** -50


def test_a_tolerance_below_rounding_is_refused() -> None:
    with pytest.raises(UserError, match="halvings of the step resolve"):
        extrapolated_flow(lambda x: -x * x, np.array([1.0]), 1.0, 1e-40, columns=4)

"""The verifier's series are those of the equations, its intervals hold what they enclose."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofs_check.verifier import InvalidCertificate
from proofs_check.verifier.intervals import BITS, ONE, Interval, enclose
from proofs_check.verifier.rational import inertial_change, scale_loss
from proofs_check.verifier.series import EPS, UNIT, Series, asinh_slope, constant, root
from proofs_check.verifier.taylor import advance

FRACTIONS = st.fractions(0, 1, max_denominator=9).filter(lambda f: f < 1)


@given(mu=FRACTIONS, kappa=FRACTIONS, rate=st.fractions(1, 9, max_denominator=9))
def test_losses_of_scale_are_those_of_the_modified_equation(
    mu: Fraction, kappa: Fraction, rate: Fraction
) -> None:
    # 4 a eta/(1-mu)^2 with a = (1+mu)/2 - kappa (1-mu), as expanded by hand.
    loss = 4 * ((1 + mu) / 2 - kappa * (1 - mu)) / (1 - mu) ** 2
    assert scale_loss(mu, kappa, rate) == rate * loss


@given(st.fractions(-9, 9, max_denominator=9))
def test_inertia_takes_the_square_of_the_gradient(gradient: Fraction) -> None:
    assert inertial_change(gradient) == -2 * gradient**2


@given(st.fractions("1/9", 9, max_denominator=9), st.fractions(-9, 9, max_denominator=9))
def test_the_slope_of_asinh(start: Fraction, change: Fraction) -> None:
    offset, side = (start - 1 / start) / 2, (start + 1 / start) / 2
    assert asinh_slope(Series(offset, change), start) == change / side


def test_series_multiply_back_and_know_their_order() -> None:
    one, two = Series(2, 3, 5), Series(7, -1, 4)
    assert (one / two * two).terms == one.terms
    assert (one * Series(1, 1)).terms == [2, 5]
    assert (constant(1) + EPS).log().terms == [0, 1, Fraction(-1, 2)]
    with pytest.raises(InvalidCertificate):
        one.log()


def test_a_root_is_one_and_simple() -> None:
    # (z - 1)(z - 2 - eps)
    polynomial = [constant(2) + EPS, constant(-3) - EPS, UNIT]
    assert root(polynomial, 2).terms == [2, 1, 0]
    assert root(polynomial, 1).terms == [1, 0, 0]
    with pytest.raises(InvalidCertificate):
        root(polynomial, 3)
    with pytest.raises(ZeroDivisionError):
        root([UNIT, constant(-2), UNIT], 1)


def test_intervals_hold_what_they_enclose() -> None:
    third = enclose(Fraction(1, 3))
    assert third.lo < third.hi
    ninth = third * third
    assert ninth.lo * 9 <= ONE <= ninth.hi * 9
    two = enclose(2).root()
    assert two.lo**2 <= 2 * ONE**2 <= two.hi**2
    assert two.hi - two.lo <= 1
    # ln 2 + ln 3 and ln 6 enclose the same number.
    both = enclose(2).log() + enclose(3).log()
    other = enclose(6).log()
    assert both.lo <= other.hi
    assert other.lo <= both.hi
    # Digits at https://oeis.org/A002162 (natural logarithm of 2).
    ln_2 = Fraction("0.693147180559945309417232121458176568")
    found = enclose(2).log()
    gap = Fraction(found.lo, ONE) - ln_2
    assert 0 < gap < Fraction(1, 10**35)


def test_flow_encloses_a_solution_in_closed_form() -> None:
    # lambda w'' + w' + w = 0 at lambda = 1/4 from rest: w = (1 + 2t) e^{-2t}.
    def linear(w: list[list[Interval]], k: int) -> list[Interval]:
        return [w[0][k]]

    inertia = enclose(Fraction(1, 4))
    w, p = [enclose(1)], [enclose(0)]
    for _ in range(16):
        w, p = advance(w, p, linear, inertia, Fraction(1, 16), 16)
    # ln(w/3) at t = 1 is -2.
    log = (w[0] / enclose(3)).log()
    assert log.lo <= -2 * ONE <= log.hi
    assert (log.hi - log.lo) >> (BITS - 40) == 0

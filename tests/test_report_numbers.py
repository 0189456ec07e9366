"""Numbers are shown with the digits that their tolerance supports."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.numbers import number_latex, significant_digits, value_prose


@pytest.mark.parametrize(
    ("value", "rtol", "atol", "shown"),
    [
        (1.0, 1e-6, 0.0, "1"),
        (1.0534218, 1e-4, 0.0, "1.053"),
        (1.998, 0.02, 0.0, "2"),
        (123456.789, 0.02, 0.0, "100000"),
        (0.000012345, 1e-3, 0.0, r"1.23 \cdot 10^{-5}"),
        (-3e-15, 1e-6, 1e-12, "> -10^{-12}"),
        (3e-15, 1e-6, 1e-12, "< 10^{-12}"),
        (float("inf"), 1e-6, 0.0, r"\infty"),
        (0.5, 1e-6, 0.0, "0.5"),
    ],
)
def test_digits(value: float, rtol: float, atol: float, shown: str) -> None:
    assert number_latex(value, rtol=rtol, atol=atol) == shown


@given(
    st.floats(min_value=1e-12, max_value=1e12, allow_subnormal=False),
    st.sampled_from([1e-2, 1e-3, 1e-4, 1e-6]),
)
def test_what_is_shown_is_near_what_was_measured(value: float, rtol: float) -> None:
    text = number_latex(value, rtol=rtol)
    shown = float(text.replace(r" \cdot 10^{", "e").replace("10^{", "1e").replace("}", ""))
    digits = significant_digits(value, rtol, 0.0)
    # Half a unit of the last digit shown, at the worst mantissa 1.
    assert abs(shown - value) <= 0.5001 * 10.0 ** (1 - digits) * value


@pytest.mark.parametrize(
    ("value", "prose"),
    [
        ("3/2", r"$\frac{3}{2}$"),
        ("-1/4", r"$-\frac{1}{4}$"),
        (["3/2", "-1"], r"$\left(\frac{3}{2},\; -1\right)$"),
        ([["1", "2"], ["0", "1/2"]], r"$\begin{pmatrix} 1 & 2 \\ 0 & \frac{1}{2} \end{pmatrix}$"),
        (None, "–"),
        (True, "yes"),
        ("order 2", "order 2"),
        ({"hb": 0.5}, "hb: $0.5$"),
        ("alpha**2 + 1", "`alpha**2 + 1`"),
    ],
)
def test_values(value: Any, prose: str) -> None:
    assert value_prose(value) == prose

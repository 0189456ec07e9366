"""LaTeX to MathML: structure kept, known gaps of the converter mended, nothing printed raw."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
import sympy as sp

from reports.mathml import mathml
from symbolic.entropy import HyperbolicEntropy
from symbolic.implicit_bias import gradient_flow_bias_corrected


def _tree(latex: str, **options: bool) -> ElementTree.Element:
    return ElementTree.fromstring(mathml(latex, **options))


def _words(latex: str, **options: bool) -> str:
    return "".join(_tree(latex, **options).itertext())


def test_bars_are_kept() -> None:
    tree = _tree(sp.latex(sp.Abs(sp.Symbol("u") * sp.Symbol("v"))))
    assert [mo.text for mo in tree.iter("mo") if mo.text == "|"] == ["|", "|"]


def test_derivatives_are_fractions_of_differentials() -> None:
    t = sp.Symbol("t")
    tree = _tree(sp.latex(sp.Derivative(sp.Function("x")(t), (t, 2))))
    (fraction,) = tree.iter("mfrac")
    top, bottom = fraction
    assert ("".join(top.itertext()), "".join(bottom.itertext())) == ("d2", "dt2")


@pytest.mark.parametrize(
    ("latex", "mark"),
    [
        (r"\dot{x}", "\u02d9"),
        (r"\ddot{\beta}", "\u00a8"),
        (r"\hat g", "\u02c6"),
        (r"\bar{\xi}", "\u00af"),
        (r"\overline{\xi}", "\u00af"),
        (r"\tilde\theta", "\u02dc"),
    ],
)
def test_accents_are_accents(latex: str, mark: str) -> None:
    (over,) = _tree(latex).iter("mover")
    assert over.get("accent") == "true"
    assert over[1].text == mark


def test_bold_letters_are_letters_of_their_own() -> None:
    assert _words(r"\boldsymbol{\theta}") == "\U0001d73d"
    assert _words(r"\boldsymbol{R}") == "\U0001d479"


@pytest.mark.parametrize(
    "latex",
    [
        r"\arg \min_{\theta} Q",
        r"\operatorname{arg\,min}_{\theta} Q",
        r"\operatorname{argmin}_\theta Q",
    ],
)
def test_limits_stand_below_in_displays(latex: str) -> None:
    assert len(list(_tree(latex, display=True).iter("munder"))) == 1
    assert len(list(_tree(latex).iter("msub"))) == 1
    assert "arg\u2009min" in _words(latex)


def test_named_functions_are_identifiers_applied() -> None:
    tree = _tree(r"\operatorname{asinh}{\left(x \right)}")
    assert "arcsinh" in [mi.text for mi in tree.iter("mi")]
    assert "\u2061" in _words(r"\operatorname{asinh}{\left(x \right)}")


def test_alignment_is_a_table() -> None:
    rows = list(_tree(r"\begin{aligned} a &= b \\ c &= d \end{aligned}").iter("mtr"))
    assert [len(list(row.iter("mtd"))) for row in rows] == [2, 2]


def test_cases_are_a_table() -> None:
    assert (
        len(list(_tree(sp.latex(sp.Piecewise((1, sp.Symbol("x") > 0), (0, True)))).iter("mtr")))
        == 2
    )


@pytest.mark.parametrize("latex", [r"50\%", "50%"])
def test_per_cent_signs_survive(latex: str) -> None:
    assert _words(latex) == "50%"


def test_unary_minus_is_a_prefix() -> None:
    for latex in (r"\exp(-x)", r"-x", r"a = -x", r"\left(-x\right)"):
        signs = [mo for mo in _tree(latex).iter("mo") if mo.text == "\u2212"]
        assert [sign.get("form") for sign in signs] == ["prefix"]
    (minus,) = (mo for mo in _tree("a - x").iter("mo") if mo.text == "\u2212")
    assert minus.get("form") is None


def test_no_namespace_and_no_unsupported_variant() -> None:
    text = mathml(r"\mathbf{e}_d + \mathtt{\text{ab}} + \mathit{c} + \mathrm{d}")
    assert "xmlns" not in text
    assert set(_variants(text)) <= {"normal"}


def _variants(text: str) -> list[str]:
    found = (element.get("mathvariant") for element in ElementTree.fromstring(text).iter())
    return [variant for variant in found if variant]


@pytest.mark.parametrize("latex", [r"\nosuchcommand{x}", r"\frac{1}{", r"a \qqq b"])
def test_what_cannot_be_drawn_is_refused(latex: str) -> None:
    with pytest.raises(ValueError, match="formula"):
        mathml(latex)


@pytest.mark.parametrize("expression", [HyperbolicEntropy().value, HyperbolicEntropy().divergence])
def test_formulas_of_the_project_are_drawn(expression: sp.Expr) -> None:
    assert len(list(_tree(sp.latex(expression)).iter("msqrt"))) >= 1


def test_bias_of_gradient_flow_is_drawn() -> None:
    assert "arcsinh" in _words(sp.latex(gradient_flow_bias_corrected()))

"""Words with formulas between dollar signs, as HTML and as Markdown."""

from __future__ import annotations

import pytest

from reports.prose import (
    block_html,
    cell_markdown,
    inline_html,
    markdown,
    plain,
    quotation_html,
    quotation_markdown,
)


def test_formulas_become_mathml() -> None:
    html = inline_html("the scale $\\xi$ of <u, v>")
    assert html.count("<math") == 1
    assert "&lt;u, v&gt;" in html
    assert "$" not in html


def test_displays_are_marked() -> None:
    assert 'display="block"' in inline_html("so $$x = 1$$ holds")


def test_stress_spans_formulas_and_spares_products() -> None:
    assert inline_html("*neglecting $\\mathcal{O}(\\eta^2)$ terms*").startswith(
        "<em>neglecting <math"
    )
    assert inline_html("u*u - v*v") == "u*u - v*v"
    assert inline_html("**all** of it") == "<strong>all</strong> of it"


def test_code_is_left_alone() -> None:
    assert inline_html("`a*b*c $x$`") == "<code>a*b*c $x$</code>"


def test_paragraphs() -> None:
    assert block_html("one\n\ntwo").count("<p>") == 2


def test_a_formula_that_cannot_be_drawn_is_shown_and_marked() -> None:
    assert 'class="tex-source"' in inline_html(r"$\nosuchcommand$")


@pytest.mark.parametrize("text", ["besides Q_{ξ}^{GF},", "an ℓ_1 norm", "let ξ_j be", "e^{a_1}"])
def test_bare_subscripts_of_the_transcription_are_typeset(text: str) -> None:
    assert "<math" in quotation_html(text)


@pytest.mark.parametrize("text", ["a_file_name", "plain words", "snake_case", "$\\xi$"])
def test_other_words_are_not(text: str) -> None:
    assert quotation_html(text).count("<math") == text.count("$") / 2


def test_markdown_protects_formulas() -> None:
    assert markdown("so $a_b$ and\n *c*") == "so $`a_b`$ and *c*"
    assert "```math\nx\n```" in markdown("thus $$x$$")


def test_cells_hold_no_bare_bar() -> None:
    assert "|" not in cell_markdown("$|x|$").replace("\\|", "")


def test_quotations_are_quoted_line_by_line() -> None:
    assert all(line.startswith(">") for line in quotation_markdown("a $$x$$ b").splitlines())


def test_plain_has_no_markup() -> None:
    assert plain(r"the *limit* $\theta_{\text{end}}$") == "the limit theta_end"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("eta to 0 at mu = 0.3", "η to 0 at μ = 0.3"),
        ("-grad L/(1-mu)", "-∇L/(1\N{MINUS SIGN}μ)"),
        ("see lyu.eta-limit and lyu.mu-limit", "see lyu.eta-limit and lyu.mu-limit"),
        ("`eta`", "`eta`"),
        ("xi_bar_j falls", r"$`\bar{ξ}_{j}`$ falls"),
        ("O(eta^2) at theta_0", "O($`η^{2}`$) at $`θ_{0}`$"),
        ("meta, muon, etas", "meta, muon, etas"),
    ],
)
def test_letters_written_out_become_letters(text: str, shown: str) -> None:
    assert markdown(text) == shown


def test_long_formulas_may_break_and_short_ones_do_not() -> None:
    long = r"\alpha \ddot{x} + \dot{x} + \frac{\nabla L(x)}{1 - \mu} + \beta x = 0"
    assert inline_html(f"${long}$").count("<wbr>") == 4
    assert "<wbr>" not in inline_html("$a + b = c$")
    assert "<wbr>" not in inline_html(f"$${long}$$")


def test_no_line_begins_with_a_comma() -> None:
    assert "</math>,</span> so" in inline_html("at $x$, so")
    long = inline_html("$a + b + c + d + e + f + g + h + i + j + k = 0$. So")
    assert long.count('<span class="nb">') == 1
    assert long.count("<wbr>") > 3


@pytest.mark.parametrize(
    ("text", "formulas"),
    [(r"\theta(\infty) = \arg \min_{\theta} Q", 1), (r"\xi$ is strictly smaller than $\xi$", 2)],
)
def test_quotations_cut_from_a_formula_are_made_whole(text: str, formulas: int) -> None:
    html = quotation_html(text)
    assert html.count("<math") == formulas
    assert "tex-source" not in html
    assert "$" not in html

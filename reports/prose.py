"""Words with mathematics between dollar signs, as HTML and as Markdown.

The little language of the claims: ``$formula$``, ``$$formula$$`` on a line of its own, ``*stress*``
and ``**strong**``, code between backquotes; a blank line parts paragraphs. Quotations may hold bare
subscripts such as ``Q_{ξ}^{GF}``, which the transcriptions contain.
"""

from __future__ import annotations

import re
from html import escape

from reports.mathml import breakable_mathml, mathml

_PARTS = re.compile(r"(\$\$.+?\$\$|(?<!\\)\$.+?(?<!\\)\$|`[^`]+`)", re.DOTALL)
_BARE = re.compile(
    r"(?<![\w$\\])(?P<base>[A-Za-zℓα-ωΑ-Ω∇])"
    r"(?P<scripts>(?:[_^](?:\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}|[\w*](?!\w)))+)(?P<tail>\s?-norm)?"
)
_STRONG = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*", re.DOTALL)
_STRESS = re.compile(r"(?<![\w*])\*(?=[^\s*])(.+?)(?<=[^\s*])\*(?![\w*])", re.DOTALL)
_GREEK = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "eta": "η",
    "theta": "θ",
    "kappa": "κ",
    "lambda": "λ",
    "mu": "μ",
    "xi": "ξ",
    "phi": "φ",
    "omega": "ω",
}
#: Letters written out, as in "mu = 1/2" or "-grad L", outside words and names.
_WRITTEN_OUT = re.compile(
    rf"(?<![\w.'`\\])(?<![A-Za-z]-)(?P<letter>{'|'.join(_GREEK)})"
    r"(?P<scripts>(?:[_^](?:\{[^{}]*\}|[A-Za-z0-9]+))*)(?![\w.'`]\w)(?!\w)"
)
_LETTERS = {"ℓ": r"\ell", "∇": r"\nabla"}


def _formula(latex: str, *, display: bool) -> str:
    """Return MathML; a formula that cannot be drawn is shown as its source, marked as such."""
    try:
        drawn = mathml(latex, display=True) if display else breakable_mathml(latex)
    except ValueError:
        return f'<code class="tex-source">{escape(latex)}</code>'
    return f'<span class="formula">{drawn}</span>' if display else drawn


def _words(text: str) -> str:
    text = escape(text, quote=False)
    text = _STRONG.sub(r"<strong>\1</strong>", text)
    text = _STRESS.sub(r"<em>\1</em>", text)
    text = text.replace("&lt;=", "≤").replace("&gt;=", "≥")
    return text.replace("---", "—").replace(" -- ", " – ")


def _unparted(formula: str, punctuation: str) -> str:
    """Return a formula with what follows it, so that no line begins with a comma."""
    head, parted, last = formula.rpartition("<wbr>")
    return f'{head}{parted}<span class="nb">{last}{punctuation}</span>'


def _bare_subscripts(text: str) -> str:
    def typeset(match: re.Match[str]) -> str:
        latex = _LETTERS.get(match["base"], match["base"]) + match["scripts"]
        return f"${latex}${(match['tail'] or '').strip()}"

    parts = _PARTS.split(text)
    parts[::2] = [_BARE.sub(typeset, part) for part in parts[::2]]
    return "".join(parts)


def _greek(match: re.Match[str]) -> str:
    """Return a written-out letter with its scripts, ``xi_bar_j`` among them, as a formula."""
    letter = _GREEK[match["letter"]]
    scripts: dict[str, list[str]] = {"_": [], "^": []}
    for kind, text in re.findall(r"([_^])(\{[^{}]*\}|[A-Za-z0-9]+)", match["scripts"]):
        text = text.strip("{}")
        if text == "bar":
            letter = rf"\bar{{{letter}}}"
        else:
            scripts[kind].append(
                rf"\text{{{text}}}" if re.fullmatch("[A-Za-z]{2,}", text) else text
            )
    joined = (f"{kind}{{{','.join(texts)}}}" for kind, texts in scripts.items() if texts)
    return f"${letter}{''.join(joined)}$"


def _symbols(text: str) -> str:
    """Return ``text`` with bare subscripts and written-out Greek letters as formulas."""
    parts = _PARTS.split(_bare_subscripts(text))
    for index in range(0, len(parts), 2):
        part = re.sub(r"\bgrad (?=[A-Z]\b)", "∇", parts[index])
        part = re.sub(r"(?<=[\s(=,\d])-(?=[∇\d]|mu\b)", "\N{MINUS SIGN}", part)
        parts[index] = _WRITTEN_OUT.sub(_greek, part)
    return "".join(parts)


def inline_html(text: str) -> str:
    """Return ``text`` as HTML without paragraphs."""
    pieces: list[str] = []
    held: list[str] = []

    def hold(html: str) -> str:
        held.append(html)
        return f"\ue000{len(held) - 1}\ue001"

    for part in _PARTS.split(_symbols(text)):
        if part.startswith("$$") and len(part) > 4:
            pieces.append(hold(_formula(part[2:-2], display=True)))
        elif part.startswith("$") and len(part) > 2:
            pieces.append(hold(_formula(part[1:-1], display=False)))
        elif part.startswith("`") and len(part) > 2:
            pieces.append(hold(f"<code>{escape(part[1:-1])}</code>"))
        else:
            pieces.append(part)
    # Stress may span a formula, so it is looked for with the formulas taken out.
    html = _words("".join(pieces))
    html = re.sub(
        "\ue000(\\d+)\ue001([,.;:!?)\\]]+)",
        lambda m: (
            held[int(m[1])] + m[2]
            if held[int(m[1])].startswith("<span")
            else _unparted(held[int(m[1])], m[2])
        ),
        html,
    )
    return re.sub("\ue000(\\d+)\ue001", lambda m: held[int(m[1])], html)


def block_html(text: str) -> str:
    """Return ``text`` as HTML paragraphs."""
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", text.strip()) if part.strip()]
    return "".join(f"<p>{inline_html(part)}</p>" for part in paragraphs)


def _whole_formulas(text: str) -> str:
    """Return quoted text with its formulas whole: a quotation may be, or be cut from, a formula."""
    if "$" not in text:
        return f"$${text}$$" if "\\" in text else text
    if text.replace("$$", "").count("$") % 2:
        return f"${text}" if "\\" in text.partition("$")[0] else f"{text}$"
    return text


def quotation_html(text: str) -> str:
    """Return printed text as HTML."""
    return block_html(_whole_formulas(text))


def display_html(latex: str) -> str:
    """Return a formula on a line of its own; ``$`` signs around it are optional."""
    return _formula(latex.strip().strip("$"), display=True)


def markdown(text: str) -> str:
    """Return ``text`` as Markdown in which formulas survive.

    A backslash before punctuation would be eaten by a Markdown reader before the mathematics is
    typeset, so ``$`...`$`` protects inline formulas.
    """
    parts = _PARTS.split(_symbols(" ".join(text.split())))
    for index in range(1, len(parts), 2):
        part = parts[index]
        if part.startswith("$$"):
            parts[index] = f"\n\n```math\n{part[2:-2].strip()}\n```\n\n"
        elif part.startswith("$"):
            letter = part[1:-1]
            parts[index] = letter if letter in _GREEK.values() else f"$`{letter}`$"
    return "".join(parts)


def quotation_markdown(text: str) -> str:
    """Return printed text as a Markdown block quotation."""
    lines = markdown(_whole_formulas(text)).splitlines()
    return "\n".join(f"> {line}".rstrip() for line in lines)


def cell_markdown(text: str) -> str:
    """Return ``text`` for one cell of a Markdown table."""
    return markdown(text.replace("$$", "$")).replace("|", "\\|").replace("\n", " ")


def plain(text: str) -> str:
    """Return ``text`` with its mark-up taken off, for titles and alternative texts."""
    text = re.sub(r"\\(?:text|operatorname|mathrm|mathcal|boldsymbol)\{([^}]*)\}", r"\1", text)
    return re.sub(r"[$`{}\\]", "", text).replace("*", "")

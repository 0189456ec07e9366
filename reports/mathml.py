"""LaTeX formulas as MathML that browsers draw.

`latex2mathml` does the parsing. What it leaves out for MathML Core - accents marked as such, bold
letters as letters of their own, limits below operators, named operators as identifiers - is mended
here, and a command that it does not know raises instead of being printed with its backslash.
"""

from __future__ import annotations

import re
from functools import lru_cache
from xml.etree import ElementTree

from latex2mathml.converter import convert

_NAMESPACE = "{http://www.w3.org/1998/Math/MathML}"
_APPLY = "\N{FUNCTION APPLICATION}"
_THIN = "\N{THIN SPACE}"

#: Written before parsing: commands that the parser lacks, by ones that it has.
_REWRITES: tuple[tuple[str, str], ...] = (
    (r"\\begin\{(aligned|align|gathered)\}", r"\\begin{align*}"),
    (r"\\end\{(aligned|align|gathered)\}", r"\\end{align*}"),
    (r"\\operatorname\*", r"\\operatorname"),
    (r"\\mathop\{\\(?:rm|mathrm)\s*(\w+)\}", r"\\operatorname{\1}"),
    (r"\\operatorname\{arg(?:\\[,;: ]|~|\s)*min\}", r"\\operatorname{argmin}"),
    (r"\\operatorname\{arg(?:\\[,;: ]|~|\s)*max\}", r"\\operatorname{argmax}"),
    (r"\\arg\s*\\(min|max)", r"\\operatorname{arg\1}"),
    (r"\\mathrm(?:\{([A-Za-z]+)\}|\s+([A-Za-z]))", r"\\text{\1\2}"),
    (r"\\tfrac", r"\\frac"),
    (r"\\(?:mathbf|boldsymbol|bm)(?=\\)", r"\\boldsymbol "),
    (r"\\not\s*=", r"\\ne "),
    (r"\\(?:Bigl?|biggl?|Biggl?|bigl|Bigr|bigr|biggr|Biggr)(?=[\[\]()|\\])", r""),
    (r"\\(?:displaystyle|textstyle|nonumber|limits|nolimits)(?![a-zA-Z])", r""),
    (r"\\colon(?![a-zA-Z])", r": "),
    (r"\\hspace\{[^}]*\}", r"\\;"),
    (r"(?<!\\)%", r"\\%"),
    (r":=", r"\\coloneqq "),
    # Symbols whose LaTeX name was not given: theta_{inf}.
    (r"(?<![\\A-Za-z{])(alpha|eta|kappa|mu|phi|theta|xi)(?![A-Za-z])", r"\\\1"),
    (r"_\{inf\}", r"_{\\infty}"),
)

_LIMITS = frozenset({"min", "max", "sup", "inf", "lim", "argmin", "argmax", "limsup", "liminf"})
_SHOWN = {"argmin": f"arg{_THIN}min", "argmax": f"arg{_THIN}max", "asinh": "arcsinh"}
_ACCENTS = frozenset("\u00a8\u02d9\u00af\u203e\u2015^~\u02c6\u02dc\u2192\u02d8\u20db")
_TALL = frozenset({"mfrac", "mtable", "munder", "mover", "munderover", "msqrt", "mroot"})
_BARS = frozenset("|\u2016")
_OPENING = frozenset("([{=,<>\u2264\u2265\u2208\u2026") | {"\u221d", "\u2192"}
#: Inline formulas up to this many characters are never broken across lines.
_UNBROKEN = 18
_BREAK_AFTER = frozenset("=<>,;+\u2212\u2264\u2265\u2208\u2248\u2192\u27f9\u27fa\u226a\u00b1\u2213")
_RELATIONS = frozenset({":", "\u27f9", "\u27fa", "\u21d2", "\u21d4", "\u21a6"})


def _bold(letter: str) -> str:
    """Return the bold italic (for digits: bold) mathematical letter, which MathML Core needs."""
    if "A" <= letter <= "Z":
        return chr(0x1D468 + ord(letter) - ord("A"))
    if "a" <= letter <= "z":
        return chr(0x1D482 + ord(letter) - ord("a"))
    if "\u03b1" <= letter <= "\u03c9":
        return chr(0x1D736 + ord(letter) - 0x3B1)
    if "\u0391" <= letter <= "\u03a9":
        return chr(0x1D71C + ord(letter) - 0x391)
    if "0" <= letter <= "9":
        return chr(0x1D7CE + ord(letter) - ord("0"))
    return letter


def _name(element: ElementTree.Element) -> str:
    return element.tag.removeprefix(_NAMESPACE)


def _mend_operator_names(parent: ElementTree.Element, displayed: bool) -> None:
    """Named operators are identifiers followed by an invisible application, or carry limits."""
    for index, child in enumerate(list(parent)):
        text = child.text or ""
        tag = _name(child)
        scripted = _name(parent) in {"msub", "msup", "msubsup", "munder", "mover", "munderover"}
        if tag in {"mo", "mi"} and len(text) > 1 and text.isalpha():
            limits = text in _LIMITS
            child.tag = "mo" if limits else "mi"
            child.text = _SHOWN.get(text, text)
            if limits:
                previous = parent[index - 1] if index else None
                spaced = previous is not None and _name(previous) not in {"mo", "mspace"}
                child.attrib.update(lspace="0.167em" if spaced else "0", rspace="0.167em")
                child.set("movablelimits", "false" if displayed else "true")
            elif not scripted:
                child.tail = _APPLY  # turned into an element of its own below
        if tag == "msub" and displayed and len(child) and (child[0].text or "") in _LIMITS:
            child.tag = "munder"
            child[0].set("movablelimits", "false")
        if tag == "mi" and text in _RELATIONS:
            child.tag = "mo"
        after = (parent[index - 1].text or "") if index else "("
        if tag == "mo" and text in {"\u2212", "+", "\u2213", "\u00b1"} and after in _OPENING:
            child.set("form", "prefix")


def _is_accent(mark: ElementTree.Element) -> bool:
    return _name(mark) == "mo" and (mark.text or "") in _ACCENTS


def _mend_accents(element: ElementTree.Element) -> None:
    if _name(element) != "mover" or len(element) != 2:
        return
    mark = element[1]
    if _is_accent(mark):
        element.set("accent", "true")
        if mark.text in {"\u2015", "\u203e", "\u00af"}:
            mark.text = "\u00af"
            mark.set("stretchy", "true")
        mark.text = {"^": "\u02c6", "~": "\u02dc"}.get(mark.text or "", mark.text)


def _mend_fences(element: ElementTree.Element) -> None:
    """Delimiters grow only around what is tall, and bars take no space of their own."""
    fences = [child for child in element if child.get("fence") == "true" and child.text]
    tall = any(
        _name(inner) in _TALL and not (_name(inner) == "mover" and _is_accent(inner[1]))
        for child in element
        for inner in child.iter()
    )
    for fence in fences:
        if not tall:
            fence.set("stretchy", "false")
    for child in element:
        if _name(child) == "mo" and child.text in _BARS and "form" not in child.attrib:
            child.attrib.update(lspace="0", rspace="0", stretchy="false")
    if _name(element) == "mtable" and "columnspacing" in element.attrib:
        element.set("class", "aligned")


def _mend_letters(element: ElementTree.Element) -> None:
    variant = element.get("mathvariant")
    if variant in {"bold-italic", "bold"} and _name(element) in {"mi", "mn"}:
        element.text = "".join(_bold(letter) for letter in element.text or "")
        del element.attrib["mathvariant"]
    elif variant not in {None, "normal"}:
        del element.attrib["mathvariant"]
    if element.get("width", "").startswith("negative"):
        element.set("width", "-0.167em")
    if _name(element) == "mi" and element.text == "\u2032":
        element.tag = "mo"
    if _name(element) == "mo" and element.text == "\u221e":
        element.tag = "mi"  # infinity is a value
    if _name(element) == "mo" and element.text in {"/", "\u2202"}:
        element.attrib.update(lspace="0", rspace="0")


def _applications_as_elements(element: ElementTree.Element) -> None:
    for index in range(len(element) - 1, -1, -1):
        if element[index].tail == _APPLY:
            element[index].tail = None
            if index + 1 < len(element):
                follower = element[index + 1]
                apply = ElementTree.Element("mo")
                apply.text = _APPLY
                # log u needs a space that log(u) does not.
                bracketed = "".join(follower.itertext()).startswith(("(", "[", "{"))
                apply.set("lspace", "0")
                apply.set("rspace", "0" if bracketed else "0.167em")
                element.insert(index + 1, apply)


def _parsed(latex: str, *, display: bool) -> ElementTree.Element:
    source = latex.strip()
    for pattern, replacement in _REWRITES:
        source = re.sub(pattern, replacement, source)
    try:
        text = convert(source, display="block" if display else "inline")
        root = ElementTree.fromstring(text.replace("<mi>&</mi>", "<mi>&amp;</mi>"))
    except Exception as error:
        raise ValueError(f"formula {latex!r}: {type(error).__name__} {error}") from error
    for element in root.iter():
        if (element.text or "").startswith("\\") or element.text == "&":
            raise ValueError(f"formula {latex!r}: {element.text!r} is unknown to the converter")
        _mend_letters(element)
        _mend_accents(element)
        _mend_fences(element)
        _mend_operator_names(element, display)
    for element in list(root.iter()):
        _applications_as_elements(element)
        element.tag = _name(element)
    return root


@lru_cache(maxsize=4096)
def mathml(latex: str, *, display: bool = False) -> str:
    """Return ``latex`` as one ``<math>`` element.

    Parameters
    ----------
    latex
        A formula without its dollar signs.
    display
        On a line of its own, with limits above and below.

    Raises
    ------
    ValueError
        If the formula cannot be parsed, or holds a command that would be printed literally.
    """
    return ElementTree.tostring(_parsed(latex, display=display), encoding="unicode")


@lru_cache(maxsize=4096)
def breakable_mathml(latex: str) -> str:
    """Return an inline formula that a line may break: browsers do not break inside ``<math>``.

    A long formula becomes several elements, parted after the relations, commas and signs of its
    outermost level; a short one stays whole. Raises as `mathml` does.
    """
    root = _parsed(latex, display=False)
    row = root[0] if len(root) == 1 and root[0].tag == "mrow" else root
    if len("".join(root.itertext())) <= _UNBROKEN:
        return ElementTree.tostring(root, encoding="unicode")
    pieces: list[list[ElementTree.Element]] = [[]]
    for child in row:
        pieces[-1].append(child)
        infix = child.tag == "mo" and child.get("form") is None
        if infix and (child.text or "") in _BREAK_AFTER:
            pieces.append([])
    return "<wbr>".join(_math_of(piece) for piece in pieces if piece)


def _math_of(children: list[ElementTree.Element]) -> str:
    root = ElementTree.Element("math", {"display": "inline"})
    row = ElementTree.SubElement(root, "mrow")
    row.extend(children)
    return ElementTree.tostring(root, encoding="unicode")

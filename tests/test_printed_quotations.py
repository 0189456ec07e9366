"""Every quotation stands in its transcription, near the line that it names.

The papers are not part of the repository: `MIRRORCHECK_PAPERS` names the folder that holds them.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from proofs_check.claim import Quotation
from proofs_check.registry import all_claims

#: A quotation may begin this many lines from where it is said to.
NEAR = 3
VARIABLE = "MIRRORCHECK_PAPERS"


def folded(text: str) -> str:
    """The text with every run of white space as one space."""
    return " ".join(text.split())


def lines_of(needle: str, text: str) -> list[int]:
    """Lines, counted from 1, on which the needle begins, white space folded in both."""
    words = [
        (word, number) for number, line in enumerate(text.splitlines(), 1) for word in line.split()
    ]
    whole = " ".join(word for word, _ in words)
    starts, position = {}, 0
    for word, number in words:
        starts[position] = number
        position += len(word) + 1
    found, at = [], whole.find(folded(needle))
    while at >= 0:
        # The needle may begin inside a word: take the word that holds it.
        found.append(starts[max(start for start in starts if start <= at)])
        at = whole.find(folded(needle), at + 1)
    return found


def fault(quotation: Quotation, text: str) -> str | None:
    """What is wrong with a quotation, None if nothing is."""
    lines = lines_of(quotation.text, text)
    if not lines:
        return "not in the text"
    if min(abs(line - quotation.line) for line in lines) > NEAR:
        return f"said to be at line {quotation.line}, found at {', '.join(map(str, lines))}"
    return None


def _papers() -> Path | None:
    folder = os.environ.get(VARIABLE)
    return Path(folder) if folder and Path(folder).is_dir() else None


@pytest.mark.skipif(_papers() is None, reason=f"{VARIABLE} names no folder with the transcriptions")
def test_quotations_stand_in_the_papers() -> None:
    folder = _papers()
    assert folder is not None
    faults = {}
    for claim in all_claims().values():
        path = folder / claim.printed.file
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        wrong = fault(claim.printed, text)
        if wrong:
            faults[claim.id] = wrong
    assert not faults


def test_quotations_say_something() -> None:
    short = {c.id for c in all_claims().values() if len(folded(c.printed.text)) < 15}
    assert not short


TEXT = "one\n\ntwo  three\nfour\n" + "\n" * 20 + "five (six)\n"


@pytest.mark.parametrize(
    ("line", "words"), [(3, "two three four"), (1, "one two"), (25, "five\n(six)"), (26, "six")]
)
def test_rule_accepts(line: int, words: str) -> None:
    assert fault(Quotation("x.txt", line, words), TEXT) is None


@pytest.mark.parametrize(("line", "words"), [(3, "two four"), (1, "five (six)"), (3, "threefour")])
def test_rule_finds(line: int, words: str) -> None:
    assert fault(Quotation("x.txt", line, words), TEXT)

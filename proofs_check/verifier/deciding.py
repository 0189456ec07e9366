"""The recipe of each certificate, and the command that follows it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from .entropies import ENTROPIES
from .flows import FLOWS
from .rational import RATIONAL
from .reading import Data, InvalidCertificate
from .runs import RUNS

#: By kind of argument and claim.
RECIPES: Mapping[str, Mapping[str, Callable[[Data], None]]] = {
    "rational": RATIONAL,
    "entropy": ENTROPIES,
    "run": RUNS,
    "flow": FLOWS,
}


def verify(certificate: Data) -> None:
    """Raise `InvalidCertificate` if the data do not show that the printed statement fails.

    LookupError, TypeError and ValueError mean that it cannot be read.
    """
    recipe = RECIPES[certificate["kind"]][certificate["claim"]]
    try:
        recipe(certificate["data"])
    except ZeroDivisionError as error:
        raise InvalidCertificate("a division by zero") from error


def judged(path: Path) -> tuple[str, int]:
    """Return what is found of a file, and the exit code that goes with it."""
    try:
        verify(json.loads(path.read_text(encoding="utf-8")))
    except InvalidCertificate as error:
        return f"invalid: {error}", 1
    except (OSError, LookupError, TypeError, ValueError) as error:
        return f"cannot be read: {type(error).__name__}: {error}", 2
    return "valid", 0


def main(paths: Sequence[str]) -> int:
    """Check the files; return the exit code."""
    code = 0 if paths else 2
    for path in paths:
        found, worst = judged(Path(path))
        sys.stdout.write(f"{path}: {found}\n")
        code = max(code, worst)
    return code

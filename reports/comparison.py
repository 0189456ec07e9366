"""Compare recomputed evidence with the committed one, number by number.

Verdicts and words must be equal; a number may differ by the tolerance that its own finding states.
Decimal numbers inside sentences count as numbers, integers and rationals as words.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeGuard

Record = Mapping[str, Any]

#: The lists of records that a report consists of.
PARTS = ("claims", "exhibits", "theorems", "chapters")

_DECIMAL = re.compile(r"[-+]?\d+\.\d+(?:[eE][-+]?\d+)?|[-+]?\d+[eE][-+]?\d+")
_SHOWN = 70


def _close(old: float, new: float, rtol: float, atol: float) -> bool:
    if math.isnan(old) or math.isnan(new):
        return math.isnan(old) and math.isnan(new)
    return old == new or abs(old - new) <= atol + rtol * max(abs(old), abs(new))


def _same_words(old: str, new: str, rtol: float, atol: float) -> bool:
    if old == new:
        return True
    if _DECIMAL.split(old) != _DECIMAL.split(new):
        return False
    # A printed number carries the rounding of its last digit besides the tolerance.
    pairs = zip(_DECIMAL.findall(old), _DECIMAL.findall(new), strict=True)
    return all(_close(float(a), float(b), rtol, atol + _last_digit(a)) for a, b in pairs)


def _last_digit(text: str) -> float:
    mantissa, _, exponent = text.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    return 10.0 ** (int(exponent or 0) - decimals)


def _show(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def differences(
    old: Any, new: Any, where: str = "", *, rtol: float = 1e-6, atol: float = 0.0
) -> Iterator[str]:
    """Yield one line for every difference between two JSON values.

    Parameters
    ----------
    old, new
        Committed and recomputed value.
    where
        Path to it, for the messages.
    rtol, atol
        In force until a value brings its own fields ``rtol`` and ``atol``.
    """
    if isinstance(old, dict) and isinstance(new, dict):
        own: dict[str, Any] = old
        if "rtol" in own and "atol" in own:
            rtol, atol = own["rtol"], own["atol"]
        for key in dict.fromkeys([*old, *new]):
            if key not in old:
                yield f"{where}.{key}: new, {_show(new[key])}"
            elif key not in new:
                yield f"{where}.{key}: missing, was {_show(old[key])}"
            else:
                yield from differences(old[key], new[key], f"{where}.{key}", rtol=rtol, atol=atol)
    elif _is_number(old) and _is_number(new):
        if not _close(old, new, rtol, atol):
            yield f"{where}: {new!r}, was {old!r} (rtol {rtol:g}, atol {atol:g})"
    elif isinstance(old, str) and isinstance(new, str):
        if not _same_words(old, new, rtol, atol):
            yield f"{where}: {_show(new)}, was {_show(old)}"
    elif isinstance(old, Sequence) and isinstance(new, Sequence):
        if len(old) != len(new):
            yield f"{where}: {len(new)} entries, were {len(old)}"
        for index, (a, b) in enumerate(zip(old, new, strict=False)):
            yield from differences(a, b, f"{where}[{index}]", rtol=rtol, atol=atol)
    elif old != new:
        yield f"{where}: {_show(new)}, was {_show(old)}"


def record_differences(old: Record, new: Record) -> list[str]:
    """Return the differences between two records of one claim, the verdict's first."""
    found = list(differences(dict(old), dict(new), str(new["id"])))
    return sorted(found, key=lambda line: ".verdict:" not in line)


def report_differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return the differences between two reports, claim by claim."""
    lines: list[str] = []
    for part in PARTS:
        before = {record["id"]: record for record in old.get(part, [])}
        after = {record["id"]: record for record in new.get(part, [])}
        lines += [f"{name}: missing, was in the report" for name in before if name not in after]
        for name, record in after.items():
            if name in before:
                lines += record_differences(before[name], record)
            else:
                lines.append(f"{name}: new, not in the report")
    return lines


def settled(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``new`` with every record that agrees with the committed one replaced by the latter.

    Where numbers agree within their tolerances the pages then stay as they are, to the last digit.
    """
    if not old:
        return dict(new)
    result = dict(new)
    for part in (part for part in PARTS if part in new):
        before = {record["id"]: record for record in old.get(part, [])}
        result[part] = [
            before[record["id"]]
            if record["id"] in before and not record_differences(before[record["id"]], record)
            else record
            for record in new[part]
        ]
    return result

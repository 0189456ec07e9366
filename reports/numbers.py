"""Numbers for readers: no more digits than their stated tolerance supports.

Two machines that agree within the tolerance print the same digits almost always, and a reader is
not shown noise.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

_MOST_DIGITS = 6
_RATIONAL = re.compile(r"^-?\d+/\d+$")


def significant_digits(value: float, rtol: float, atol: float) -> int:
    """Return how many digits of ``value`` its tolerance supports, one to six."""
    if value == 0.0:
        return 1
    relative = max(rtol, atol / abs(value))
    if relative <= 0.0:
        return _MOST_DIGITS
    return min(max(math.floor(-math.log10(relative)), 1), _MOST_DIGITS)


def number_latex(value: float, *, rtol: float = 1e-6, atol: float = 0.0) -> str:
    """Return ``value`` as LaTeX, rounded to what its tolerance supports.

    A value below its absolute tolerance is shown as that bound.
    """
    if math.isnan(value):
        return r"\text{none}"
    if math.isinf(value):
        return r"\infty" if value > 0 else r"-\infty"
    if value == int(value) and abs(value) < 1e6:
        return str(int(value))
    if 0.0 < abs(value) < atol:
        bound = number_latex(_power_above(atol))
        return f"< {bound}" if value > 0 else rf"> -{bound}"
    digits = significant_digits(value, rtol, atol)
    rounded = Decimal(repr(value))
    exponent = rounded.adjusted()
    rounded = rounded.quantize(Decimal(1).scaleb(exponent - digits + 1), ROUND_HALF_EVEN)
    exponent = rounded.adjusted()
    if -4 < exponent < 6:
        text = f"{rounded:f}"
        return text.rstrip("0").rstrip(".") if "." in text and digits == _MOST_DIGITS else text
    mantissa = f"{rounded.scaleb(-exponent):f}"
    if digits == _MOST_DIGITS and "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    if mantissa == "1":
        return f"10^{{{exponent}}}"
    return rf"{mantissa} \cdot 10^{{{exponent}}}"


def _power_above(value: float) -> float:
    return 10.0 ** math.ceil(math.log10(value) - 1e-9)


def value_prose(value: Any, *, rtol: float = 1e-6, atol: float = 0.0) -> str:
    """Return any measured or predicted value as prose with ``$`` formulas."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return f"${number_latex(float(value), rtol=rtol, atol=atol)}$"
    if isinstance(value, str):
        return _text_prose(value)
    if isinstance(value, Mapping):
        return "; ".join(
            f"{key}: {value_prose(item, rtol=rtol, atol=atol)}" for key, item in value.items()
        )
    if isinstance(value, Sequence):
        return _sequence_prose(value, rtol, atol)
    return str(value)


def _text_prose(text: str) -> str:
    if _RATIONAL.match(text):
        sign = "-" if text.startswith("-") else ""
        top, bottom = text.lstrip("-").split("/")
        return rf"${sign}\frac{{{top}}}{{{bottom}}}$"
    if re.fullmatch(r"-?\d+", text):
        return f"${text}$"
    if text in {"oo", "-oo"}:
        return rf"${text.replace('oo', chr(92) + 'infty')}$"
    if "$" in text:
        return text
    if re.search(r"\*\*|\w\*\w|[a-z]\(", text):
        return f"`{text}`"
    return text


def _sequence_prose(values: Sequence[Any], rtol: float, atol: float) -> str:
    if not values:
        return "–"
    if len(values) == 1 and not isinstance(values[0], (list, tuple)):
        return value_prose(values[0], rtol=rtol, atol=atol)
    if all(isinstance(row, (list, tuple)) for row in values):
        rows = [[_bare(item, rtol, atol) for item in row] for row in values]
        if all(item is not None for row in rows for item in row):
            body = r" \\ ".join(" & ".join(str(item) for item in row) for row in rows)
            return rf"$\begin{{pmatrix}} {body} \end{{pmatrix}}$"
    items = [_bare(item, rtol, atol) for item in values]
    if all(item is not None for item in items):
        listed = r",\; ".join(str(item) for item in items)
        return rf"$\left({listed}\right)$"
    return ", ".join(value_prose(item, rtol=rtol, atol=atol) for item in values)


def _bare(item: Any, rtol: float, atol: float) -> str | None:
    """Return the LaTeX of a number or rational, None for anything else."""
    prose = value_prose(item, rtol=rtol, atol=atol)
    if isinstance(item, (int, float, str)) and prose.startswith("$") and prose.count("$") == 2:
        return prose[1:-1]
    return None

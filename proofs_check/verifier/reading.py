"""Reading data, and refusing what they do not show."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

Data = dict[str, Any]


class InvalidCertificate(Exception):
    """The data do not show what the certificate is for."""


def demand(condition: bool, what: str) -> None:
    """Raise `InvalidCertificate` unless the condition holds."""
    if not condition:
        raise InvalidCertificate(f"not so: {what}")


def number(value: Any) -> Fraction:
    """Read an integer or a text such as "3/2"; raises TypeError for a float."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError(f"expected an integer or a fraction as text, received {value!r}")
    return Fraction(value)


def vector(values: Sequence[Any]) -> list[Fraction]:
    """Read a list of fractions."""
    return [number(value) for value in values]

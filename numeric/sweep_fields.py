"""Grids as they are written: options of the command, and JSON or TOML files."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import numpy as np

from numeric.sweep_grid import Grid
from symbolic.console import UserError

#: Digits of the values of a range, so that they are the same on every machine.
RANGE_DIGITS = 12


def _refuse(expected: str, received: object, remedy: str) -> UserError:
    return UserError(expected=expected, received=repr(received), remedy=remedy)


def _real(value: Any, name: str) -> float:
    try:
        if isinstance(value, bool):
            raise TypeError
        return float(value)
    except (TypeError, ValueError):
        raise _refuse(f"numbers for {name}", value, "write them as 0.01 or 1e-2") from None


def _whole(value: Any, name: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    number = _real(value, name)
    if not number.is_integer():
        raise _refuse(f"whole numbers for {name}", value, "write them in digits")
    return int(value) if isinstance(value, str) and value.isdigit() else int(number)


def _parts(value: Any) -> Sequence[Any]:
    """A text separated by commas, a list, or one value, as a sequence."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value if isinstance(value, (list, tuple)) else [value]


def names(value: Any, name: str) -> tuple[str, ...]:
    """Read names: ``gd,hb`` or a list."""
    for part in _parts(value):
        if not isinstance(part, str):
            raise _refuse(f"names for {name}", part, "write them between quotation marks")
    return tuple(_parts(value))


def reals(value: Any, name: str) -> tuple[float, ...]:
    """Read numbers: ``0.1,1``, a list, or ``low:high:count`` for numbers at equal ratios."""
    found: list[float] = []
    for part in _parts(value):
        if not (isinstance(part, str) and ":" in part):
            found.append(_real(part, name))
            continue
        ends = part.split(":")
        if len(ends) != 3:
            raise _refuse(f"low:high:count for {name}", part, "for instance 0.01:1:9")
        low, high, count = _real(ends[0], name), _real(ends[1], name), _whole(ends[2], name)
        if not (0 < low < np.inf and 0 < high < np.inf and count >= 2):
            raise _refuse(
                f"positive finite ends and at least 2 values for {name}",
                part,
                "for instance 0.01:1:9",
            )
        ratio = np.log(high / low)
        between = [low * np.exp(ratio * k / (count - 1)) for k in range(1, count - 1)]
        found += [low, *(float(f"{x:.{RANGE_DIGITS}g}") for x in between), high]
    return tuple(found)


def wholes(value: Any, name: str) -> tuple[int, ...]:
    """Read whole numbers: ``1,5`` or a list."""
    return tuple(_whole(part, name) for part in _parts(value))


def seeds(value: Any, name: str) -> tuple[int, ...] | range:
    """Read seeds: one number says how many (from 0), several are the seeds themselves."""
    alone = isinstance(value, int) or (isinstance(value, str) and "," not in value)
    if not alone:
        return wholes(value, name)
    count = _whole(value, name)
    if not 1 <= count <= 10**7:
        raise _refuse(f"between 1 and 10^7 {name}", value, "say how many, or list them: 3,4")
    return range(count)


def shapes(value: Any, name: str) -> tuple[tuple[int, int, int], ...]:
    """Read shapes: texts ``n,d,s`` or lists of three."""
    alone = isinstance(value, str) or (
        isinstance(value, (list, tuple)) and value and not isinstance(value[0], (str, list, tuple))
    )
    found = []
    for one in [value] if alone else value if isinstance(value, (list, tuple)) else [value]:
        parts = wholes(one, name)
        if len(parts) != 3:
            raise _refuse(f"n,d,s for {name}", one, "for instance 40,100,5")
        found.append((parts[0], parts[1], parts[2]))
    return tuple(found)


def accuracy(value: Any, name: str) -> float | None:
    """Read a number, or ``none`` for runs to the end."""
    return None if value is None or value == "none" else _real(value, name)


#: How each field of a grid is read.
READERS: dict[str, Callable[[Any, str], Any]] = {
    "families": names,
    "truths": names,
    "shapes": shapes,
    "scales": reals,
    "seeds": seeds,
    "methods": names,
    "lr": reals,
    "momentum": reals,
    "init_scales": reals,
    "biases": reals,
    "batch": wholes,
    "batch_seeds": seeds,
    "accuracy": accuracy,
    "max_steps": _whole,
}
REQUIRED = tuple(field.name for field in fields(Grid) if field.default is MISSING)


def grid_of(written: Mapping[str, Any]) -> Grid:
    """Return the grid of the fields as they are written.

    Raises
    ------
    UserError
        For a field that is unknown, missing or wrong.
    """
    for name in written:
        if name not in READERS:
            raise _refuse(f"fields of a grid: {', '.join(READERS)}", name, "correct the name")
    missing = [name for name in REQUIRED if name not in written]
    if missing:
        raise UserError(
            expected=f"a grid with {', '.join(REQUIRED)}",
            received=f"none of its {' and '.join(missing)}",
            remedy="add them to the file or the command",
        )
    return Grid(**{name: READERS[name](value, name) for name, value in written.items()})


def read_grids(path: Path | None, options: Mapping[str, Any]) -> list[Grid]:
    """Return the grids of a file, of options, or of a file whose fields options replace.

    Parameters
    ----------
    path
        ``.json`` or ``.toml``: the fields of one grid, or ``grids``, a list of such.
    options
        Fields given on the command line, as texts.

    Raises
    ------
    UserError
        For a file that cannot be read, or a grid that is refused.
    """
    written = [{}] if path is None else _written(path)
    return [grid_of({**one, **options}) for one in written]


def _written(path: Path) -> list[dict[str, Any]]:
    kind = path.suffix.lower()
    if kind not in (".json", ".toml"):
        raise _refuse("a grid in a .json or .toml file", str(path), "rename or convert it")
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text) if kind == ".json" else tomllib.loads(text)
    except OSError as error:
        raise UserError(
            expected="a grid file that can be read",
            received=f"{str(path)!r} ({error.strerror})",
            remedy="check the name",
        ) from None
    except ValueError as error:
        problem = f"{str(path)!r}: {error}".replace("\n", " ")
        raise UserError(
            expected=f"{kind[1:].upper()}", received=problem, remedy="correct the file"
        ) from None
    grids = content.get("grids", [content]) if isinstance(content, dict) else content
    if isinstance(content, dict) and "grids" in content and len(content) > 1:
        others = ", ".join(name for name in content if name != "grids")
        raise _refuse("grids alone at the top", others, "move the other fields into the grids")
    if not (isinstance(grids, list) and grids and all(isinstance(one, dict) for one in grids)):
        raise _refuse("a grid or a list of grids", type(content).__name__, "see --help")
    return grids

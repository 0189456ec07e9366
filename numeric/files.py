"""Data and starts from files, read with suspicion: .npz without pickles and .csv."""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from numeric.problems import Problem, Start
from symbolic.console import UserError, write_bytes


def read_problem(path: str | Path) -> Problem:
    """Read X, y and, where it is there, theta_star; redundant rows that agree are dropped.

    A ``.npz`` file holds arrays ``X`` (n, d), ``y`` (n,) and optionally ``theta_star`` (d,). A
    ``.csv`` file holds one sample a line, the target last, with or without a line of names.

    Raises
    ------
    UserError
        If the file cannot be read, lacks something, or the data are not such a problem.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix == ".npz":
        arrays = _read_npz(path, required=("X", "y"), optional=("theta_star",))
        return Problem.from_data(arrays["X"], arrays["y"], arrays.get("theta_star"), name=path.name)
    if suffix == ".csv":
        table = _read_csv(path)
        return Problem.from_data(table[:, :-1], table[:, -1], name=path.name)
    raise UserError(
        expected="a data file named .npz or .csv",
        received=repr(str(path)),
        remedy="save it with numpy.savez(file, X=X, y=y) or as comma-separated values",
    )


def read_start(path: str | Path) -> Start:
    """Read the start ``u`` and ``v``, each of shape (d,), from a ``.npz`` file.

    Raises
    ------
    UserError
        If the file cannot be read, lacks an array, or has a zero entry.
    """
    path = Path(path)
    if path.suffix.lower() != ".npz":
        raise UserError(
            expected="a start file named .npz",
            received=repr(str(path)),
            remedy="save it with numpy.savez(file, u=u, v=v)",
        )
    arrays = _read_npz(path, required=("u", "v"))
    return Start(arrays["u"], arrays["v"])


def write_npz(path: str | Path, **arrays: Any) -> None:
    """Write arrays to ``path`` at one stroke, in the format that `read_problem` reads.

    Raises
    ------
    UserError
        If the name does not end in .npz or the folder cannot be written to.
    """
    path = Path(path)
    if path.suffix.lower() != ".npz":
        raise UserError(
            expected="a file name ending in .npz",
            received=repr(str(path)),
            remedy="name it for instance data.npz",
        )
    content = io.BytesIO()
    np.savez(content, **arrays)
    write_bytes(path, content.getvalue())


def _read_npz(
    path: Path, required: tuple[str, ...], optional: tuple[str, ...] = ()
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    keys: list[str] = []
    try:
        with path.open("rb") as stream:
            # Never unpickle: a data file is data.
            archive = np.load(stream, allow_pickle=False)
            if not hasattr(archive, "files"):
                raise ValueError("a single array, not an archive of named ones")
            keys = list(archive.files)
            for key in (*required, *optional):
                if key in keys:
                    found[key] = archive[key]
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from None
    except (
        ValueError,
        EOFError,
        KeyError,
        MemoryError,
        RuntimeError,
        SyntaxError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise _unreadable(path, reason) from None
    missing = [key for key in required if key not in found]
    if missing:
        raise UserError(
            expected=f"arrays {' and '.join(required)} in {path.name}",
            received=f"no {' and no '.join(missing)} among {', '.join(keys) or 'no arrays at all'}",
            remedy=f"save it with numpy.savez(file, {', '.join(f'{k}={k}' for k in required)})",
        )
    return found


def _read_csv(path: Path) -> np.ndarray:
    rows: list[list[float]] = []
    width = 0
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.reader(stream)
            first = True
            for cells in reader:
                if not any(cell.strip() for cell in cells):
                    continue
                values = [_number(cell) for cell in cells]
                header = first and all(value is None for value in values)
                if first:
                    width = len(cells)
                first = False
                _check_row(path, reader.line_num, cells, values, width, header)
                if not header:
                    rows.append([value for value in values if value is not None])
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from None
    except UnicodeDecodeError:
        raise _unreadable(path, "not a text in UTF-8") from None
    except csv.Error as error:
        raise _unreadable(path, str(error)) from None
    if not rows or width < 2:
        raise UserError(
            expected=f"lines of at least two comma-separated numbers in {path.name}",
            received=f"{len(rows)} lines of numbers in {width} columns",
            remedy="separate by commas, the target in the last column",
        )
    return np.array(rows)


def _check_row(
    path: Path, line: int, cells: list[str], values: list[Any], width: int, header: bool
) -> None:
    if len(cells) != width:
        raise UserError(
            expected=f"{width} columns in every line of {path.name}, as in the first",
            received=f"{len(cells)} in row {line}",
            remedy="complete the line or remove it",
        )
    if header:
        return
    for column, value in enumerate(values, start=1):
        if value is None:
            raise UserError(
                expected=f"numbers in {path.name} (below one optional line of names)",
                received=f"{cells[column - 1][:40]!r} in row {line}, column {column}",
                remedy="encode or remove text and fill in empty cells",
            )


def _number(cell: str) -> float | None:
    try:
        # Python alone reads 1_000 as a number.
        return None if "_" in cell else float(cell)
    except ValueError:
        return None


def _unreadable(path: Path, reason: str) -> UserError:
    return UserError(
        expected="a file that can be read",
        received=f"{str(path)!r} ({reason})",
        remedy="check the name and the contents",
    )

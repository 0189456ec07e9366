"""The file of a sweep's results: made at one stroke, and refused unless it is one of ours.

One SQLite file in write-ahead mode: a reader sees whole transactions while a sweep goes on, and
what was committed survives the end of the process at any moment. The folder must be on a local
disk.
"""

from __future__ import annotations

import contextlib
import platform
import sqlite3
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from symbolic.console import UserError, replacing

#: "Mirr" in the header of the file says whose it is, the format how its tables are made.
APPLICATION = 0x4D697272
FORMAT = 1
_MAGIC = b"SQLite format 3\x00"
_HEADER = 100

#: Columns of the table ``cells``: what a cell is determined by, what came of it, and by what.
CELL = {
    "key": "TEXT PRIMARY KEY NOT NULL",
    "family": "TEXT NOT NULL",
    "truth": "TEXT NOT NULL",
    "n": "INTEGER NOT NULL",
    "d": "INTEGER NOT NULL",
    "s": "INTEGER NOT NULL",
    "scale": "REAL NOT NULL",
    "data_seed": "INTEGER NOT NULL",
    "method": "TEXT NOT NULL",
    "mu": "REAL NOT NULL",
    "kappa": "REAL NOT NULL",
    "eta": "REAL NOT NULL",
    "init_scale": "REAL NOT NULL",
    "bias": "REAL NOT NULL",
    "batch": "INTEGER",
    "seed": "INTEGER NOT NULL",
    "accuracy": "REAL",
    "max_steps": "INTEGER NOT NULL",
}
OUTCOME = {
    "status": "TEXT NOT NULL",
    "steps": "INTEGER NOT NULL",
    "distance": "REAL",
    "bound": "REAL",
    "residual": "REAL",
    "small_parameter": "REAL",
}
ARRAYS = {"theta": "BLOB NOT NULL", "log_xi": "BLOB NOT NULL", "linear": "BLOB NOT NULL"}
SOURCES = {"sources": "TEXT NOT NULL"}
COLUMNS = {**CELL, **OUTCOME, **SOURCES, **ARRAYS}


def open_results(path: Path) -> sqlite3.Connection:
    """Open a results file to read and write; one that is not there, or empty, is made.

    Raises
    ------
    UserError
        If the file is not SQLite, not ours, of another format or damaged; it is left as it is.
    """
    try:
        if not path.exists() or path.stat().st_size == 0:
            _make(path)
        return _open_ours(path)
    except (OSError, sqlite3.Error) as error:
        raise _refused(path, str(error), "restore a copy, or name another file") from None


def open_present(path: Path) -> sqlite3.Connection:
    """Open a results file that must be there; raises as `open_results`."""
    if not path.is_file():
        raise _refused(path, "no such file", "check the name")
    return open_results(path)


def _refused(path: Path, why: str, remedy: str) -> UserError:
    return UserError(
        expected="a results file of a sweep", received=f"{str(path)!r} ({why})", remedy=remedy
    )


def _open_ours(path: Path) -> sqlite3.Connection:
    # The header is read before SQLite sees the file: opening a foreign one could already change it.
    with path.open("rb") as stream:
        header = stream.read(_HEADER)
    if header[:16] != _MAGIC or len(header) < _HEADER:
        raise _refused(path, "not an SQLite file", "name another file; this one is left alone")
    if int.from_bytes(header[68:72]) != APPLICATION:
        raise _refused(
            path, "an SQLite file of something else", "name another file; this one is left alone"
        )
    found = int.from_bytes(header[60:64])
    if found != FORMAT:
        raise _refused(
            path,
            f"format {found}; this version reads format {FORMAT}",
            "use the version that wrote it, or name another file",
        )
    with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as ro:
        damage = [row[0] for row in ro.execute("PRAGMA quick_check(1)")]
        if damage != ["ok"]:
            what = str(damage[0]).replace("\n", " ")
            raise _refused(path, f"damaged: {what}", "restore a copy, or name another file")
        names = [row[1] for row in ro.execute("PRAGMA table_info(cells)")]
    if names != list(COLUMNS):
        raise _refused(path, "its columns were changed", "restore a copy, or name another file")
    connection = sqlite3.connect(path, timeout=60)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    # The end of the process loses nothing; of the machine, the last cells at most.
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def _make(path: Path) -> None:
    """Make an empty results file beside its place and move it there."""
    with replacing(path) as part:
        connection = sqlite3.connect(part)
        with contextlib.closing(connection), connection:
            columns = ", ".join(f"{column} {kind}" for column, kind in COLUMNS.items())
            connection.execute(f"CREATE TABLE cells ({columns})")
            connection.execute("CREATE TABLE meta (name TEXT PRIMARY KEY NOT NULL, value TEXT)")
            connection.executemany("INSERT INTO meta VALUES (?, ?)", _software().items())
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            connection.execute(f"PRAGMA user_version = {FORMAT}")


def _software() -> dict[str, str]:
    try:
        own = version("mirrorcheck")
    except PackageNotFoundError:
        own = "from a checkout"
    return {
        "format": str(FORMAT),
        "mirrorcheck": own,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "arrays": "float64, little endian",
        "missing": "NULL is a number that is not defined, no minibatch, or no accuracy asked",
    }

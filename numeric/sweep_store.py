"""The cells that a results file holds: rows in, rows out, and what a grid asks of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from numeric.cells import Cell, Outcome
from numeric.families import Data
from numeric.sweep_file import ARRAYS, CELL, COLUMNS, OUTCOME, open_present, open_results
from numeric.sweep_tasks import Done, sources_key
from symbolic.console import UserError

#: Fields of `Data` by the name of their column.
DATA = {
    "family": "family",
    "truth": "truth",
    "n": "n",
    "d": "d",
    "s": "s",
    "scale": "scale",
    "data_seed": "seed",
}
RUN = [name for name in CELL if name not in DATA and name not in ("key", "method")]
#: Columns that a table of text can hold.
PLAIN = [name for name in COLUMNS if name not in ARRAYS]
_ADD = f"INSERT OR REPLACE INTO cells VALUES ({', '.join('?' * len(COLUMNS))})"
_BLOCK = 96


class Standing(NamedTuple):
    """Of the cells that were asked for: those there already, and those of other sources."""

    cells: list[Cell]
    present: int
    outdated: int


def row_of(cell: Cell, outcome: Outcome, sources: str) -> tuple[Any, ...]:
    """Return the row of a cell, in the order of `COLUMNS`."""
    return (
        cell.key,
        *(getattr(cell.data, field) for field in DATA.values()),
        cell.method,
        *(getattr(cell, name) for name in RUN),
        *(getattr(outcome, name) for name in OUTCOME),
        sources,
        *(np.ascontiguousarray(getattr(outcome, name), "<f8").tobytes() for name in ARRAYS),
    )


def cell_of(row: sqlite3.Row) -> Cell:
    """Return the cell of a row; raises a `UserError` if its fields are not those of its key."""
    data = Data(**{field: row[column] for column, field in DATA.items()})
    cell = Cell(data, **{name: row[name] for name in RUN})
    if cell.key != row["key"]:
        raise UserError(
            expected="rows as a sweep wrote them",
            received=f"fields of the cell {row['key']} that give the key {cell.key}",
            remedy="restore a copy of the file",
        )
    return cell


def outcome_of(row: sqlite3.Row) -> Outcome:
    """Return the outcome of a row, to the bit."""
    # SQLite keeps NaN as NULL.
    numbers: dict[str, Any] = {name: np.nan if row[name] is None else row[name] for name in OUTCOME}
    arrays: dict[str, Any] = {
        name: np.frombuffer(row[name], "<f8").astype(np.float64) for name in ARRAYS
    }
    return Outcome(**numbers, **arrays)


class Store:
    """A results file, open.

    The cells that are asked for are listed in a temporary table of the connection, so that neither
    a large grid nor a large file has to fit into memory.

    Parameters
    ----------
    path
        The file; made if it is not there.
    present
        Whether it must be there.

    Raises
    ------
    UserError
        For a file that is not ours, see `numeric.sweep_file.open_results`.
    """

    def __init__(self, path: Path, *, present: bool = False) -> None:
        self.path = path
        self.connection = (open_present if present else open_results)(path)
        self.connection.execute(
            "CREATE TEMP TABLE asked (place INTEGER PRIMARY KEY, key TEXT UNIQUE NOT NULL)"
        )

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def ask(self, cells: Iterable[Cell]) -> Iterator[Standing]:
        """Ask for cells, block by block; generates the ones to run, each once."""
        remaining = iter(cells)
        while block := list(islice(remaining, _BLOCK)):
            new = []
            for cell in block:
                added = self.connection.execute(
                    "INSERT OR IGNORE INTO asked (key) VALUES (?)", (cell.key,)
                )
                if added.rowcount:
                    new.append(cell)
            self.connection.commit()
            known = self._sources([cell.key for cell in new])
            missing = [cell for cell in new if known.get(cell.key) != sources_key()]
            outdated = sum(1 for cell in missing if cell.key in known)
            yield Standing(missing, len(block) - len(missing), outdated)

    def ask_for_everything(self) -> None:
        """Ask for every cell of the file."""
        self.connection.execute(
            "INSERT INTO asked (key) SELECT key FROM cells "
            "ORDER BY family, truth, n, d, s, scale, data_seed, method, mu, kappa, eta, init_scale,"
            " bias, batch, seed, key"
        )
        self.connection.commit()

    def _sources(self, keys: Sequence[str]) -> dict[str, str]:
        marks = ", ".join("?" * len(keys))
        found = self.connection.execute(
            f"SELECT key, sources FROM cells WHERE key IN ({marks})", tuple(keys)
        )
        return dict(found.fetchall())

    def add(self, done: Done) -> None:
        """Write the outcomes of a task: all of them or, if the process ends, none."""
        with self.connection:
            self.connection.executemany(
                _ADD, [row_of(cell, outcome, sources_key()) for cell, outcome in done]
            )

    def outcomes(self, cells: Iterable[Cell]) -> list[Outcome]:
        """Return the outcomes of cells that are there, in their order."""
        found = []
        for cell in cells:
            row = self.connection.execute(
                "SELECT * FROM cells WHERE key = ?", (cell.key,)
            ).fetchone()
            found.append(outcome_of(row))
        return found

    def find(self, key: str) -> tuple[Cell, Outcome, str]:
        """Return cell, outcome and sources of the one cell whose key begins so.

        Raises
        ------
        UserError
            If there is none, or more than one.
        """
        rows = self.connection.execute(
            "SELECT * FROM cells WHERE substr(key, 1, ?) = ? LIMIT 2", (len(key), key)
        ).fetchall()
        if len(rows) != 1:
            raise UserError(
                expected="the key of a cell in the file, or its beginning",
                received=f"{key!r}, which {'several cells have' if rows else 'no cell has'}",
                remedy="take it from the column key",
            )
        return cell_of(rows[0]), outcome_of(rows[0]), rows[0]["sources"]

    def rows(self) -> Iterator[sqlite3.Row]:
        """Generate the rows of the cells asked for that are there, in the order they were asked."""
        return self.connection.execute(
            f"SELECT {', '.join(f'cells.{name}' for name in PLAIN)} "
            "FROM asked JOIN cells USING (key) ORDER BY place"
        )

    def count(self) -> int:
        """Return how many cells the file holds."""
        (found,) = self.connection.execute("SELECT count(*) FROM cells").fetchone()
        return found

    def statuses(self) -> dict[str, int]:
        """Return how many of the cells asked for ended how."""
        found = self.connection.execute(
            "SELECT status, count(*) FROM asked JOIN cells USING (key) GROUP BY status "
            "ORDER BY status"
        )
        return dict(found.fetchall())

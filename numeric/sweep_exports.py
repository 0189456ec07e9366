"""The cells of a results file as CSV, as JSON, and as the few lines of a summary."""

from __future__ import annotations

import contextlib
import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, TextIO, get_args

import numpy as np

from numeric.engine_ends import Ending
from numeric.sweep_store import PLAIN, Store
from symbolic.console import plain_numbers, replacing

#: How runs end, in the order in which it is told.
STATUSES: tuple[Ending, ...] = get_args(Ending)


class Group(NamedTuple):
    """A family and a method: how many runs ended how, the median of D, the steps of all."""

    family: str
    method: str
    statuses: dict[str, int]
    median_distance: float
    steps: int


def groups(store: Store) -> list[Group]:
    """Return the summary of the cells that a store was asked for.

    D is |theta_inf - theta_star|_2^2 of the runs that have a limit; medians are taken by SQLite, so
    that no list of all distances has to fit into memory.
    """
    found = store.connection.execute(
        "SELECT family, method, sum(steps) FROM asked JOIN cells USING (key) "
        "GROUP BY family, method ORDER BY min(place)"
    ).fetchall()
    return [
        Group(
            family, method, _statuses(store, family, method), _median(store, family, method), sum_
        )
        for family, method, sum_ in found
    ]


def _statuses(store: Store, family: str, method: str) -> dict[str, int]:
    counts = dict(
        store.connection.execute(
            "SELECT status, count(*) FROM asked JOIN cells USING (key) "
            "WHERE family = ? AND method = ? GROUP BY status",
            (family, method),
        ).fetchall()
    )
    return {status: counts[status] for status in STATUSES if status in counts}


def _median(store: Store, family: str, method: str) -> float:
    defined = (
        "FROM asked JOIN cells USING (key) WHERE family = ? AND method = ? AND distance IS NOT NULL"
    )
    (count,) = store.connection.execute(f"SELECT count(*) {defined}", (family, method)).fetchone()
    middle = store.connection.execute(
        f"SELECT distance {defined} ORDER BY distance LIMIT ? OFFSET ?",
        (family, method, 2 - count % 2, max(0, (count - 1) // 2)),
    ).fetchall()
    return float(np.mean(middle)) if middle else np.nan


def write_csv(store: Store, target: str) -> None:
    """Write the cells asked for as CSV (RFC 4180), one row each, to a file or ``-``.

    Numbers are written so that they read back to the bit; a number that is not defined is an empty
    field. Arrays are in the results file alone.
    """
    with _replacing(target) as stream:
        writer = csv.writer(stream)
        writer.writerow(PLAIN)
        writer.writerows(map(tuple, store.rows()))


def write_records(store: Store, target: str, head: dict[str, Any]) -> None:
    """Write ``head`` and the cells asked for as JSON, cell by cell, to a file or ``-``."""
    with _replacing(target) as stream:
        opened = json.dumps(plain_numbers(head), indent=1, ensure_ascii=False, allow_nan=False)
        stream.write(opened.removesuffix("\n}") + ',\n "cells": [')
        for place, row in enumerate(store.rows()):
            values = plain_numbers(dict(zip(PLAIN, row, strict=True)))
            stream.write(",\n  " if place else "\n  ")
            stream.write(json.dumps(values, ensure_ascii=False, allow_nan=False))
        stream.write("\n ]\n}\n")


@contextlib.contextmanager
def _replacing(target: str) -> Iterator[TextIO]:
    """Open a text stream whose content takes the place of a file when all of it is written."""
    if target == "-":
        yield sys.stdout
        return
    # newline="": the rows of CSV bring their own.
    with replacing(Path(target)) as part, part.open("w", encoding="utf-8", newline="") as stream:
        yield stream

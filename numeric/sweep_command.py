"""``python -m numeric sweep``: what it does, without how a terminal shows it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from numeric.cells import Cell, Outcome
from numeric.sweep import Tally, fill
from numeric.sweep_arguments import grid_options, require_consistent, sweep_parser
from numeric.sweep_exports import Group, groups, write_csv, write_records
from numeric.sweep_fields import read_grids
from numeric.sweep_progress import PlainProgress
from numeric.sweep_store import Store
from numeric.sweep_tasks import Task, run_task, sources_key
from symbolic.console import DONE, NOT_ESTABLISHED, check_writable, write_json


class Progress(Protocol):
    """Shows how far a sweep is."""

    def __enter__(self) -> Progress:
        """Begin."""
        ...

    def __exit__(self, *_: object) -> None:
        """End, whatever came."""
        ...

    def __call__(self, tally: Tally) -> None:
        """Show what was done so far."""
        ...


def sweep(arguments: Sequence[str], bar: Callable[[int], Progress] | None = None) -> int:
    """Run ``sweep``; ``bar`` shows progress where there is a terminal. Returns the exit code."""
    options = sweep_parser().parse_args(arguments)
    require_consistent(options)
    check_writable(options.json)
    check_writable(options.csv)
    path = Path(options.out)
    if options.rerun is not None:
        return _rerun(path, options.rerun, options.json)
    written = grid_options(options)
    if options.grid is None and not written:
        with Store(path, present=True) as store:
            store.ask_for_everything()
            return _deliver(store, options, {"file": str(path)})
    grids = read_grids(None if options.grid is None else Path(options.grid), written)
    for grid in grids:
        grid.draw_one_of_each()
    total = sum(grid.size for grid in grids)
    cells: Iterator[Cell] = chain.from_iterable(grid.cells() for grid in grids)
    with Store(path) as store:
        try:
            with (bar or PlainProgress)(total) as progress:
                tally = fill(
                    store, cells, workers=options.workers, dask=options.dask, progress=progress
                )
        except KeyboardInterrupt:
            kept = store.count()
            print(f"\n{path} holds {kept} cells; the same command goes on", file=sys.stderr)
            raise
        head = {
            "file": str(path),
            "present": tally.present,
            "run": tally.run,
            "other_sources": tally.outdated,
            "steps": tally.steps,
        }
        if "-" not in (options.csv, options.json):
            print(_said(tally))
        return _deliver(store, options, head)


def _said(tally: Tally) -> str:
    text = f"{tally.run} cells run, {tally.present} were there"
    if tally.outdated:
        text += f"; {tally.outdated} of those run were there from other sources, and replaced"
    return text


def _deliver(store: Store, options: argparse.Namespace, head: dict[str, Any]) -> int:
    statuses, found = store.statuses(), groups(store)
    if options.csv is not None:
        write_csv(store, options.csv)
    if options.json is not None:
        summary = [group._asdict() for group in found]
        write_records(store, options.json, {**head, "statuses": statuses, "groups": summary})
    if "-" not in (options.csv, options.json):
        print("\n".join(table(found)))
        if options.csv is not None:
            print(f"cells as CSV: {options.csv}")
    open_ended = statuses.get("not converged", 0) + statuses.get("stalled", 0)
    return NOT_ESTABLISHED if open_ended else DONE


def table(found: list[Group]) -> list[str]:
    """Return the lines of the summary: a row for each family and method."""
    head = ["family", "method", "cells", "ended", "median D", "steps"]
    rows = [
        [
            group.family,
            group.method,
            str(sum(group.statuses.values())),
            ", ".join(f"{count} {status}" for status, count in group.statuses.items()),
            "-" if np.isnan(group.median_distance) else f"{group.median_distance:.4g}",
            str(group.steps),
        ]
        for group in found
    ]
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in (head, *rows)
    ]


def _rerun(path: Path, key: str, json: str | None) -> int:
    """Run one cell again, write nothing, and say whether it agrees bit for bit."""
    with Store(path, present=True) as store:
        cell, kept, sources = store.find(key)
    ((_, again),) = run_task(Task((cell,), sources_key()))
    differing = [name for name in vars(kept) if not _same(kept, again, name)]
    same_sources = sources == sources_key()
    result = {
        "key": cell.key,
        "agrees": not differing,
        "differing": differing,
        "same_sources": same_sources,
        "status": again.status,
        "steps": again.steps,
        "distance": again.distance,
    }
    if json is not None:
        write_json(json, result)
    if json != "-":
        what = f"{cell.method} on {cell.data.family}"
        print(f"{cell.key}: {what}, {again.status} after {again.steps} steps")
        print(
            "agrees bit for bit"
            if not differing
            else f"differs in {', '.join(differing)}"
            + ("" if same_sources else "; it was computed by other sources")
        )
    return NOT_ESTABLISHED if differing else DONE


def _same(one: Outcome, other: Outcome, name: str) -> bool:
    a, b = getattr(one, name), getattr(other, name)
    return a.tobytes() == b.tobytes() if isinstance(a, np.ndarray) else repr(a) == repr(b)

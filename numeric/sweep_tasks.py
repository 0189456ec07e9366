"""Tasks of a sweep: a bounded number of cells that one worker runs at a time.

What is lost when a worker is killed is the tasks that were running; what a sweep needs of memory is
a few tasks, however many cells it has.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from numeric.cell_runs import run_group
from numeric.cells import Cell, Outcome
from numeric.families import Data
from numeric.training import one_blas_thread
from symbolic.console import UserError

ROOT = Path(__file__).resolve().parent.parent
#: Most cells of a task: one chunk of columns of the engine.
MOST_CELLS = 96
#: Cells after which a task ends with the data that it holds, rather than begin with others.
ENOUGH_CELLS = 32

Done = list[tuple[Cell, Outcome]]


@cache
def sources_key() -> str:
    """Return the hash of the sources that outcomes are computed by: all of symbolic and numeric."""
    digest = hashlib.sha256()
    for room in ("symbolic", "numeric"):
        for path in sorted((ROOT / room).glob("*.py")):
            digest.update(path.name.encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:32]


@dataclass(frozen=True)
class Task:
    """Cells to run, and the hash of the sources that are to run them.

    ``alone``: see `numeric.cell_runs.run_group`.
    """

    cells: tuple[Cell, ...]
    sources: str
    alone: bool = False


def tasks_of(cells: Iterable[Cell], *, alone: bool = False) -> Iterator[Task]:
    """Generate the tasks of cells, whose data should come one after the other."""
    held: list[Cell] = []
    for cell in cells:
        new_data = bool(held) and cell.data != held[-1].data
        if len(held) == MOST_CELLS or (new_data and len(held) >= ENOUGH_CELLS):
            yield Task(tuple(held), sources_key(), alone)
            held = []
        held.append(cell)
    if held:
        yield Task(tuple(held), sources_key(), alone)


def run_task(task: Task) -> Done:
    """Run the cells of a task; their outcomes do not depend on what else is in it.

    Raises
    ------
    UserError
        If the sources here are not those that the task was made with, or a problem is refused.
    """
    if sources_key() != task.sources:
        raise UserError(
            expected="workers with the sources that the sweep was begun with",
            received=f"{sources_key()[:8]} on a worker, {task.sources[:8]} where it was begun",
            remedy="bring the checkouts to the same state, then give the same command again",
        )
    groups: dict[Data, list[Cell]] = {}
    for cell in task.cells:
        groups.setdefault(cell.data, []).append(cell)
    done: Done = []
    # One thread for each linear-algebra call: sums of other lengths have other last bits.
    with one_blas_thread():
        for data, cells in groups.items():
            done += zip(cells, run_group(data.problem(), cells, alone=task.alone), strict=True)
    return done

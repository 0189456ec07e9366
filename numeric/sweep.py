"""Run the cells of a sweep, group by group of equal data, from the store where it has them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from numeric.cells import Cell, Outcome
from numeric.families import Data
from numeric.sweep_pool import run_tasks
from numeric.sweep_store import Store
from numeric.sweep_tasks import tasks_of


@dataclass
class Tally:
    """What a sweep has done so far.

    Parameters
    ----------
    present
        Cells that were in the file.
    outdated
        Cells that were there, computed by other sources, and are run again.
    run
        Cells that were run, and ``steps``, the steps that they took together.
    statuses
        How the runs ended.
    """

    present: int = 0
    outdated: int = 0
    run: int = 0
    steps: int = 0
    statuses: Counter[str] = field(default_factory=Counter)

    @property
    def finished(self) -> int:
        """Cells that are in the file now."""
        return self.present + self.run


def fill(
    store: Store,
    cells: Iterable[Cell],
    *,
    workers: int = 1,
    dask: str | None = None,
    progress: Callable[[Tally], None] | None = None,
    alone: bool = False,
) -> Tally:
    """Bring the outcomes of cells into a store; those that it holds are not run again.

    Cells are drawn and written as the work goes on: however this ends, what was finished is in the
    file, and the same call goes on from there.

    Parameters
    ----------
    store
        Where outcomes go; this process alone writes to it.
    cells
        What is wanted, those of equal data one after the other.
    workers, dask
        See `numeric.sweep_pool.run_tasks`.
    progress
        Called whenever cells were finished.
    alone
        Run those on all rows one by one: quicker where data have a dozen cells or fewer.
    """
    tally = Tally()

    def missing() -> Iterator[Cell]:
        for standing in store.ask(cells):
            tally.present += standing.present
            tally.outdated += standing.outdated
            if progress is not None and standing.present:
                progress(tally)
            yield from standing.cells

    for done in run_tasks(tasks_of(missing(), alone=alone), workers, dask):
        store.add(done)
        tally.run += len(done)
        for _, outcome in done:
            tally.steps += outcome.steps
            tally.statuses[outcome.status] += 1
        if progress is not None:
            progress(tally)
    return tally


def outcomes(
    cells: Sequence[Cell],
    *,
    store: Path | None = None,
    workers: int = 1,
    dask: str | None = None,
    progress: Callable[[int, int], None] | None = None,
    alone: bool = False,
) -> list[Outcome]:
    """Return the outcomes of cells, in their order.

    Parameters
    ----------
    cells
        What to run; cells that share their data are run together, equal ones once.
    store
        Results file: cells that it holds are not run again, others are added.
    workers
        Processes on this machine.
    dask
        Address of a Dask scheduler to run on instead.
    progress
        Called with the numbers of finished cells and of all.
    alone
        See `fill`.
    """
    groups: dict[Data, dict[Cell, None]] = {}
    for cell in cells:
        groups.setdefault(cell.data, {})[cell] = None
    wanted = [cell for group in groups.values() for cell in group]
    if store is not None:
        with Store(store) as opened:
            fill(
                opened,
                wanted,
                workers=workers,
                dask=dask,
                progress=None if progress is None else lambda t: progress(t.finished, len(wanted)),
                alone=alone,
            )
            return opened.outcomes(cells)
    found: dict[Cell, Outcome] = {}
    for done in run_tasks(tasks_of(wanted, alone=alone), workers, dask):
        found.update(done)
        if progress is not None:
            progress(len(found), len(wanted))
    return [found[cell] for cell in cells]

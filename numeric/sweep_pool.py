"""Run the tasks of a sweep: here, in processes of this machine, or on a Dask cluster.

Tasks are drawn one by one as workers become free, and come back as they are done, in any order.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from numeric.sweep_tasks import Done, Task, run_task
from symbolic.console import UserError

#: How often a task is begun before a worker that ends over it is taken for its fault.
ATTEMPTS = 3


def run_tasks(tasks: Iterator[Task], workers: int = 1, dask: str | None = None) -> Iterator[Done]:
    """Generate the outcomes of tasks as they are done.

    Parameters
    ----------
    tasks
        Drawn when there is room for them.
    workers
        Processes on this machine; 1 is this process.
    dask
        Address of a Dask scheduler to use instead.

    Raises
    ------
    UserError
        If a task is refused, or has ended its worker as often as `ATTEMPTS` says.
    """
    if dask is not None:
        from numeric.sweep_dask import run_on_dask

        return run_on_dask(tasks, dask)
    if workers == 1:
        return map(run_task, tasks)
    return run_in_processes(tasks, workers)


def given_up(task: Task) -> UserError:
    """Return what is said of a task whose workers keep ending."""
    return UserError(
        expected="workers that finish their cells",
        received=f"{ATTEMPTS} that ended over the task with the cell {task.cells[0].key}",
        remedy="use fewer workers if memory is short; the same command goes on with what is left",
    )


class _Pool:
    """Processes that end when the other end of their pipe is closed, if only by our own end."""

    def __init__(self, workers: int) -> None:
        context = get_context("spawn")
        self._reader, self._held = context.Pipe(duplex=False)
        # What waits on the other side is a pipe or, on Windows, its like.
        given: tuple[Any, ...] = (self._reader,)
        self.executor = ProcessPoolExecutor(
            workers, mp_context=context, initializer=_begin, initargs=given
        )

    def close(self) -> None:
        """End the processes, whatever they are doing."""
        self._held.close()
        self.executor.shutdown(wait=True, cancel_futures=True)
        self._reader.close()


def _begin(reader: Connection) -> None:
    # Ctrl-C reaches every process of the terminal: the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with, args=(reader,), daemon=True).start()


def _leave_with(reader: Connection) -> None:
    # Nothing is ever sent: the pipe becomes readable when its other end is gone.
    reader.poll(None)
    os._exit(0)


def run_in_processes(tasks: Iterator[Task], workers: int) -> Iterator[Done]:
    """Generate the outcomes of tasks run by processes of this machine; see `run_tasks`.

    A worker that ends takes the others of its pool with it: a new pool takes over their tasks.
    """
    pending: dict[Future[Done], tuple[Task, int]] = {}
    again: list[tuple[Task, int]] = []
    pool = _Pool(workers)
    try:
        while True:
            # One task more than workers each: none waits, and little is lost.
            while len(pending) < 2 * workers:
                task, attempt = again.pop() if again else (next(tasks, None), 1)
                if task is None:
                    break
                try:
                    pending[pool.executor.submit(run_task, task)] = (task, attempt)
                except BrokenProcessPool:
                    again.append((task, attempt))
                    break
            if not pending and not again:
                return
            broken = not pending
            for future in wait(pending, return_when=FIRST_COMPLETED).done:
                task, attempt = pending.pop(future)
                try:
                    done = future.result()
                except BrokenProcessPool:
                    if attempt == ATTEMPTS:
                        raise given_up(task) from None
                    again.append((task, attempt + 1))
                    broken = True
                else:
                    yield done
            if broken:
                again += pending.values()
                pending.clear()
                pool.close()
                pool = _Pool(workers)
    finally:
        pool.close()

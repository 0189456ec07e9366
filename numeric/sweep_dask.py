"""Run the tasks of a sweep on a Dask cluster."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from threadpoolctl import threadpool_limits

from numeric.sweep_pool import ATTEMPTS, given_up
from numeric.sweep_tasks import Done, Task, run_task
from symbolic.console import UserError

#: Seconds to wait for the scheduler to answer.
TIMEOUT = 15


@cache
def _one_blas_thread() -> None:
    threadpool_limits(limits=1, user_api="blas")


def run_on_worker(task: Task) -> Done:
    """Run a task on a worker, which may run others in its other threads.

    The number of threads of BLAS belongs to the process: the worker is left with one, because a
    task that ends would give the number back while another still counts on it.
    """
    _one_blas_thread()
    return run_task(task)


def run_on_dask(tasks: Iterator[Task], address: str) -> Iterator[Done]:
    """Generate the outcomes of tasks as the workers of the scheduler at ``address`` finish them.

    Two tasks for each thread of the workers are with the scheduler at a time. When a worker ends,
    the scheduler gives its tasks to others; when it gives one up, the task is handed in again, up
    to `ATTEMPTS` times. Every outcome comes once.

    Raises
    ------
    UserError
        Without the package ``distributed`` or an answer from the scheduler, if the scheduler goes
        away, if a worker cannot import the project, and as `numeric.sweep_pool.run_tasks`.
    """
    try:
        from distributed import Client, Future, as_completed
        from distributed.client import FutureCancelledError
        from distributed.scheduler import KilledWorker
    except ModuleNotFoundError as error:
        raise UserError(
            expected="the package distributed for --dask",
            received=f"a Python without {error.name!r}",
            remedy='pip install "mirrorcheck[dask]", or `make env`, which includes it',
        ) from None

    try:
        client = Client(address, timeout=TIMEOUT, set_as_default=False, name="sweep")
    except (OSError, ValueError) as error:
        raise UserError(
            expected="the address of a Dask scheduler",
            received=f"{address!r} ({str(error).splitlines()[0]})",
            remedy="start one with `dask scheduler` and take the address that it prints",
        ) from None

    pending: dict[Future[Any], tuple[Task, int]] = {}
    completed = as_completed(loop=client.loop)

    def hand_in(task: Task, attempt: int) -> None:
        future = client.submit(run_on_worker, task, pure=False)
        pending[future] = (task, attempt)
        completed.add(future)

    def fill() -> None:
        threads: Any = client.nthreads()
        room = 2 * max(1, sum(threads.values()))
        while len(pending) < room and (task := next(tasks, None)) is not None:
            hand_in(task, 1)

    try:
        fill()
        for future in completed:
            task, attempt = pending.pop(future)
            try:
                done = future.result()
            except (KilledWorker, FutureCancelledError):
                if client.status != "running":
                    raise _gone(address) from None
                if attempt == ATTEMPTS:
                    raise given_up(task) from None
                hand_in(task, attempt + 1)
            except (ModuleNotFoundError, RuntimeError) as error:
                raise _foreign(error) from error
            else:
                yield done
                fill()
    except OSError:
        raise _gone(address) from None
    finally:
        if client.status == "running":
            client.cancel(list(pending), force=True)
        client.close()


def _gone(address: str) -> UserError:
    return UserError(
        expected=f"the scheduler at {address} until the end",
        received="a closed connection",
        remedy="start it again and give the same command: what was finished is kept",
    )


def _foreign(error: Exception) -> UserError:
    cause = error.__cause__ or error
    return UserError(
        expected="a scheduler and workers that can import this project",
        received=str(cause).splitlines()[0] if str(cause) else type(cause).__name__,
        remedy="start them in the same environment, with PYTHONPATH naming the checkout",
    )

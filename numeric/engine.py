"""Sweeps: many runs, each to its limit and no further, on several threads.

Runs that share their data on all rows are columns of one matrix product; minibatch runs and small
data sets run one by one through the lean kernel. Both kernels release the interpreter, so a thread
takes a chunk. A run ends when the exact theorem gives its limit to the wanted accuracy
(`numeric.finish`), or as in `numeric.training`. What a run returns depends on the run alone: not on
its neighbours, the order, the width of a chunk or the number of threads.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence, Sized
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

import numpy as np

from numeric.engine_columns import LANES, Chunk
from numeric.engine_ends import End, Ending, Ends, Judge, Run
from numeric.engine_rows import run_alone
from numeric.problems import Problem
from numeric.training import check_settings, one_blas_thread
from symbolic.console import UserError

__all__ = [
    "ACCURACY",
    "CHUNK",
    "End",
    "Ending",
    "Ends",
    "Run",
    "stream_columns",
    "stream_rows",
    "train_columns",
    "train_rows",
    "train_small",
]

#: Relative error of theta at which a run may be finished.
ACCURACY = 1e-6
#: Columns in a chunk: its state fits into the second-level cache, and 96 is no power of two.
CHUNK = 96
MAX_STEPS = 20_000_000


def stream_columns(
    problem: Problem,
    runs: Iterable[Run],
    *,
    accuracy: float | None = ACCURACY,
    max_steps: int = MAX_STEPS,
    threads: int = 1,
    chunk: int = CHUNK,
) -> Iterator[End]:
    """Train runs on all rows of one problem; yield their ends as they come.

    Only the runs in the chunks are held: ``runs`` may be a generator without end. See
    `train_columns` for the arguments.
    """
    judge = Judge(problem, _checked_accuracy(accuracy), max_steps)
    source = ((i, _checked(problem, run, max_steps)) for i, run in enumerate(runs))
    with one_blas_thread():
        first = list(itertools.islice(source, threads * chunk))
        # As many for every chunk of every round, where it is known how many there are.
        count = len(runs) if isinstance(runs, Sized) else len(first)
        rounds = max(1, -(-count // (threads * chunk)))
        width = min(chunk, max(LANES, -(-count // (threads * rounds))))
        queue = itertools.chain(first, source)
        chunks = [Chunk(judge, width) for _ in range(min(threads, -(-len(first) // width)))]
        if len(chunks) == 1:
            yield from _one_chunk(chunks[0], queue)
        elif chunks:
            yield from _many_chunks(chunks, queue)


def _refill(chunk: Chunk, queue: Iterator[tuple[int, Run]]) -> None:
    free = chunk.free
    for lane, (index, run) in zip(free, queue, strict=False):
        chunk.load(lane, index, run)
    if len(chunk.free) > 0:
        chunk.narrow()


def _one_chunk(chunk: Chunk, queue: Iterator[tuple[int, Run]]) -> Iterator[End]:
    _refill(chunk, queue)
    while chunk.busy:
        ended = chunk.advance()
        yield from ended
        if ended:
            _refill(chunk, queue)


def _many_chunks(chunks: list[Chunk], queue: Iterator[tuple[int, Run]]) -> Iterator[End]:
    with ThreadPoolExecutor(len(chunks)) as pool:
        going: dict[Future[list[End]], Chunk] = {}
        for chunk in chunks:
            _refill(chunk, queue)
            if chunk.busy:
                going[pool.submit(chunk.advance)] = chunk
        while going:
            for future in wait(going, return_when=FIRST_COMPLETED).done:
                chunk = going.pop(future)
                ended = future.result()
                if ended:
                    _refill(chunk, queue)
                if chunk.busy:
                    going[pool.submit(chunk.advance)] = chunk
                yield from ended


def train_columns(
    problem: Problem,
    u0: Any,
    v0: Any,
    *,
    mu: Any,
    kappa: Any,
    eta: Any,
    accuracy: float | None = ACCURACY,
    max_steps: int = MAX_STEPS,
    threads: int = 1,
    chunk: int = CHUNK,
) -> Ends:
    """Train B runs on all rows of one problem.

    One run alone pays for the eight lanes that a chunk has at least, so that it ends on the same
    bits as among others; `train_small` with one problem does not.

    Parameters
    ----------
    problem
        The data.
    u0, v0
        Starts, (B, d) or (d,); runs start without velocity.
    mu, kappa, eta
        Numbers or (B,).
    accuracy
        A run is finished by the exact theorem as soon as the bound of the error of theta is below
        ``accuracy`` |theta|_2; None runs to the end, as `numeric.training.train` does.
    max_steps
        A run that needs more has not converged; rounded up to whole windows of 100 steps.
    threads, chunk
        How many threads, and columns in a chunk.

    Raises
    ------
    UserError
        For values out of range.
    """
    runs = _runs(problem, u0, v0, mu, kappa, eta)
    _checked_accuracy(accuracy)
    settings: dict[str, Any] = {"accuracy": accuracy, "max_steps": max_steps}
    return Ends.of(stream_columns(problem, runs, threads=threads, chunk=chunk, **settings))


def stream_rows(
    problem: Problem,
    runs: Iterable[Run],
    *,
    batch: int | None,
    accuracy: float | None = ACCURACY,
    max_steps: int = MAX_STEPS,
    threads: int = 1,
) -> Iterator[End]:
    """Train runs on minibatches of one problem; yield their ends in order. See `train_rows`."""
    judge = Judge(problem, _checked_accuracy(accuracy), max_steps, batch)
    source = ((i, _checked(problem, run, max_steps, batch)) for i, run in enumerate(runs))
    yield from _alone(((judge, index, run) for index, run in source), threads)


def train_rows(
    problem: Problem,
    u0: Any,
    v0: Any,
    *,
    mu: Any,
    kappa: Any,
    eta: Any,
    batch: int,
    seeds: Any,
    accuracy: float | None = ACCURACY,
    max_steps: int = MAX_STEPS,
    threads: int = 1,
) -> Ends:
    """Train B runs on minibatches of ``batch`` rows, each drawn from its own seed.

    See `train_columns` for the other arguments; windows have 1000 steps. ``seeds`` is a number or
    (B,); `numeric.engine_rows.rows_of_seed` tells which rows a seed draws. The bound of a finished
    run is an estimate: it holds in expectation over the rows still to be drawn.
    """
    runs = _runs(problem, u0, v0, mu, kappa, eta, seeds)
    settings: dict[str, Any] = {"accuracy": accuracy, "max_steps": max_steps, "threads": threads}
    return Ends.of(stream_rows(problem, runs, batch=batch, **settings))


def train_small(
    problems: Sequence[Problem],
    u0: Any,
    v0: Any,
    *,
    mu: Any,
    kappa: Any,
    eta: Any,
    accuracy: float | None = ACCURACY,
    max_steps: int = MAX_STEPS,
    threads: int = 1,
) -> Ends:
    """Train one run on all rows of each of B problems of one dimension d.

    ``u0`` and ``v0`` are (B, d) or (d,); see `train_columns` for the other arguments.
    """
    problems = list(problems)
    if not problems or len({problem.d for problem in problems}) > 1:
        raise UserError(
            expected="problems with as many features as each other",
            received=f"{sorted({problem.d for problem in problems})}",
            remedy="train one group for each number of features",
        )
    runs = _runs(problems[0], u0, v0, mu, kappa, eta, size=len(problems))
    accuracy = _checked_accuracy(accuracy)
    work = (
        (Judge(problem, accuracy, max_steps), index, _checked(problem, run, max_steps))
        for index, (problem, run) in enumerate(zip(problems, runs, strict=True))
    )
    return Ends.of(_alone(work, threads))


def _alone(work: Iterator[tuple[Judge, int, Run]], threads: int) -> Iterator[End]:
    with one_blas_thread():
        if threads == 1:
            yield from (run_alone(*item) for item in work)
            return
        with ThreadPoolExecutor(threads) as pool:
            # A few ahead of what is yielded: the source may be long.
            ahead: list[Future[End]] = []
            for item in work:
                ahead.append(pool.submit(run_alone, *item))
                if len(ahead) >= 8 * threads:
                    yield ahead.pop(0).result()
            for future in ahead:
                yield future.result()


def _runs(
    problem: Problem,
    u0: Any,
    v0: Any,
    mu: Any,
    kappa: Any,
    eta: Any,
    seeds: Any = 0,
    size: int | None = None,
) -> list[Run]:
    u0, v0 = (np.atleast_2d(np.asarray(x, dtype=np.float64)) for x in (u0, v0))
    try:
        numbers = [np.asarray(x) for x in (mu, kappa, eta, seeds)]
        (B,) = np.broadcast_shapes(
            u0.shape[:1], v0.shape[:1], (size or 1,), *map(np.shape, numbers)
        )
        u0, v0 = (np.broadcast_to(x, (B, problem.d)) for x in (u0, v0))
        mu, kappa, eta, seeds = (np.broadcast_to(x, (B,)) for x in numbers)
    except ValueError:
        raise UserError(
            expected=f"starts of shape (B, {problem.d}) and numbers or (B,) for the rest",
            received=f"{u0.shape}, {v0.shape} and {[np.shape(x) for x in (mu, kappa, eta, seeds)]}",
            remedy="give one start a row, and one value each",
        ) from None
    return [
        Run(u0[i], v0[i], float(mu[i]), float(kappa[i]), float(eta[i]), int(seeds[i]))
        for i in range(B)
    ]


def _checked(problem: Problem, run: Run, max_steps: int, batch: int | None = None) -> Run:
    for x in (run.u, run.v):
        if np.shape(x) != (problem.d,) or not (np.isfinite(x) & (x != 0)).all():
            raise UserError(
                expected=f"starts of {problem.d} finite numbers that are not zero",
                received=f"shape {np.shape(x)}" if np.shape(x) != (problem.d,) else f"{x}",
                remedy="a neuron that is zero stays zero: start a little beside it",
            )
    check_settings(run.mu, run.kappa, run.eta, None, max_steps, batch, problem.n)
    return run


def _checked_accuracy(accuracy: float | None) -> float | None:
    if accuracy is not None and not 0 < accuracy < 1:
        raise UserError(
            expected="an accuracy between 0 and 1, or None",
            received=f"{accuracy}",
            remedy=f"leave it out for {ACCURACY}",
        )
    return accuracy

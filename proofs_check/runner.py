"""Evaluate claims, and what is shown besides, on several processes.

Evidence is kept and progress reported. What is finished is stored at once, so an interrupted run
goes on where it stopped.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass

from proofs_check.claim import Claim
from proofs_check.evaluation import Record, evaluate
from proofs_check.evidence import load, store
from proofs_check.registry import all_claims, with_dependencies
from proofs_check.verdict import Verdict
from symbolic.console import plain_numbers

#: Told after every record: how many are done, how many there are, the record, the seconds it took
#: (None where the stored evidence was still valid).
Progress = Callable[[int, int, Record, float | None], None]

#: Started first because others wait for the cores that they would hold at the end.
_LONG_FIRST = (
    "lyu.fig2",
    "real-data",
    "lyu.thm3",
    "lyu.def1",
    "lyu.prop1",
    "lyu.fig",
    "papazov.smgd",
    "inequalities",
    "next-order-effects",
    "one-theorem",
)


@dataclass(frozen=True)
class _Evaluated:
    name: str
    record: Record
    seconds: float


def _start_worker() -> None:
    # An interruption is the parent's business: it stops the workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _evaluate_by_name(name: str) -> _Evaluated:
    begin = time.perf_counter()
    claim = all_claims().get(name)
    record = _computed(name) if claim is None else evaluate(claim)
    store(name, record)
    return _Evaluated(name, record, time.perf_counter() - begin)


def _computed(name: str) -> Record:
    # Imported where it is needed: most commands evaluate claims alone.
    from proofs_check.shown import SHOWN

    return plain_numbers(SHOWN[name]())


def available_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _stop(pool: ProcessPoolExecutor) -> None:
    processes = list((getattr(pool, "_processes", None) or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.terminate()


def _evaluated(names: Sequence[str], jobs: int) -> Iterator[_Evaluated]:
    if jobs <= 1 or len(names) <= 1:
        for name in names:
            yield _evaluate_by_name(name)
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(jobs, len(names)), context, _start_worker)
    try:
        futures: list[Future[_Evaluated]] = [pool.submit(_evaluate_by_name, name) for name in names]
        for future in as_completed(futures):
            yield future.result()
    except BaseException:
        _stop(pool)
        raise
    pool.shutdown()


def _expected_length(name: str) -> tuple[int, str]:
    rank = next((i for i, prefix in enumerate(_LONG_FIRST) if name.startswith(prefix)), 99)
    return rank, name


def run_evidence(
    claims: Sequence[Claim],
    shown: Sequence[str] = (),
    *,
    fresh: bool = False,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> dict[str, Record]:
    """Return records by name, computing what is not stored.

    Parameters
    ----------
    claims
        The claims; what they depend on is evaluated too.
    shown
        Names of what else is to be computed, see `proofs_check.shown`.
    fresh
        Ignore stored evidence.
    jobs
        Number of processes; by default one for every core.
    progress
        Called after every record.
    """
    needed = [claim.id for claim in with_dependencies(claims)]
    names = [*needed, *shown]
    records: dict[str, Record] = {}

    def done(name: str, record: Record, seconds: float | None) -> None:
        records[name] = record
        if progress is not None:
            progress(len(records), len(names), record, seconds)

    for name in names:
        stored = None if fresh else load(name)
        if stored is not None:
            done(name, stored, None)
    missing = sorted((name for name in names if name not in records), key=_expected_length)
    for evaluated in _evaluated(missing, available_cores() if jobs is None else jobs):
        done(evaluated.name, evaluated.record, evaluated.seconds)
    for name in needed:
        records[name] = _resting_on(records[name], records)
    return records


def run_claims(
    claims: Sequence[Claim],
    *,
    fresh: bool = False,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> list[Record]:
    """Return the records of ``claims`` in their order; see `run_evidence`."""
    records = run_evidence(claims, fresh=fresh, jobs=jobs, progress=progress)
    return [records[claim.id] for claim in claims]


def _resting_on(record: Record, records: Mapping[str, Record]) -> Record:
    """Return the record, undecided if anything that it rests on is refuted or undecided."""
    for name in record["depends"]:
        if records[name]["verdict"] in (Verdict.UNDECIDED, Verdict.REFUTED):
            return record | {
                "verdict": Verdict.UNDECIDED.value,
                "reason": f"rests on {name}, which is {records[name]['verdict']}",
                "corrected": None,
            }
    return record

"""Evaluate claims on several processes, with evidence kept and progress reported.

Finished claims are stored at once, so an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass

from proofs_check.claim import Claim
from proofs_check.evaluation import Record, evaluate
from proofs_check.evidence import load, store
from proofs_check.registry import all_claims, with_dependencies
from proofs_check.verdict import Verdict

#: Told after every claim: how many are done, how many there are, the record, the seconds it took
#: (None where the stored evidence was still valid).
Progress = Callable[[int, int, Record, float | None], None]

#: Claims started first because others wait for the cores that they would hold at the end.
_LONG_FIRST = ("lyu.fig2", "lyu.thm3", "lyu.def1", "lyu.prop1", "lyu.fig", "papazov.smgd")


@dataclass(frozen=True)
class _Evaluated:
    record: Record
    seconds: float


def _start_worker() -> None:
    # An interruption is the parent's business: it stops the workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _evaluate_by_id(claim_id: str) -> _Evaluated:
    begin = time.perf_counter()
    record = evaluate(all_claims()[claim_id])
    store(claim_id, record)
    return _Evaluated(record, time.perf_counter() - begin)


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
            yield _evaluate_by_id(name)
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(jobs, len(names)), context, _start_worker)
    try:
        futures: list[Future[_Evaluated]] = [pool.submit(_evaluate_by_id, name) for name in names]
        for future in as_completed(futures):
            yield future.result()
    except BaseException:
        _stop(pool)
        raise
    pool.shutdown()


def _expected_length(name: str) -> tuple[int, str]:
    rank = next((i for i, prefix in enumerate(_LONG_FIRST) if name.startswith(prefix)), 99)
    return rank, name


def run_claims(
    claims: Sequence[Claim],
    *,
    fresh: bool = False,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> list[Record]:
    """Return the records of ``claims`` in their order, computing what is not stored.

    Parameters
    ----------
    claims
        The claims; what they depend on is evaluated too.
    fresh
        Ignore stored evidence.
    jobs
        Number of processes; by default one for every core.
    progress
        Called after every claim.
    """
    needed = with_dependencies(claims)
    total = len(needed)
    records: dict[str, Record] = {}

    def done(record: Record, seconds: float | None) -> None:
        records[record["id"]] = record
        if progress is not None:
            progress(len(records), total, record, seconds)

    for claim in needed:
        stored = None if fresh else load(claim.id)
        if stored is not None:
            done(stored, None)
    missing = sorted((c.id for c in needed if c.id not in records), key=_expected_length)
    for evaluated in _evaluated(missing, available_cores() if jobs is None else jobs):
        done(evaluated.record, evaluated.seconds)
    for claim in needed:
        records[claim.id] = _resting_on(records[claim.id], records)
    return [records[claim.id] for claim in claims]


def _resting_on(record: Record, records: dict[str, Record]) -> Record:
    """Return the record, undecided if anything that it rests on is refuted or undecided."""
    for name in record["depends"]:
        if records[name]["verdict"] in (Verdict.UNDECIDED, Verdict.REFUTED):
            return record | {
                "verdict": Verdict.UNDECIDED.value,
                "reason": f"rests on {name}, which is {records[name]['verdict']}",
                "corrected": None,
            }
    return record

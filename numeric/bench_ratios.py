"""Ratios of running times: both sides in turns, in one process, on data on which they agree."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

ROUNDS = 5
#: Largest relative difference at which two ways of computing the same thing agree.
AGREEMENT = 1e-6


def seconds(work: Callable[[], Any], clock: Callable[[], float] = time.perf_counter) -> float:
    """Return how long one call takes."""
    begin = clock()
    work()
    return clock() - begin


def ratio(
    slow: Callable[[], Any],
    fast: Callable[[], Any],
    rounds: int = ROUNDS,
    clock: Callable[[], float] = time.perf_counter,
) -> float:
    """Return time(slow)/time(fast), measured in turns, the median over rounds.

    ``clock`` may be `time.process_time` where both use one thread: then others who use the machine
    count less.
    """
    fast()
    return statistics.median(seconds(slow, clock) / seconds(fast, clock) for _ in range(rounds))


def require_agreement(name: str, one: Any, other: Any) -> None:
    """Raise if two results that should be the same are not."""
    one, other = np.asarray(one, float), np.asarray(other, float)
    if not np.max(np.abs(one - other)) <= AGREEMENT * np.max(np.abs(one)):
        raise RuntimeError(f"{name}: the two sides disagree, so their times mean nothing")

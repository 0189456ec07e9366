"""Many figures at once: drawing is the slow part of a report, so the cores share it."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, NamedTuple

from proofs_check.runner import available_cores
from reports.figures import Drawing, draw

#: Below this many figures, starting processes takes longer than drawing.
_WORTH_SHARING = 6


class Order(NamedTuple):
    """A figure to draw: file name without its ending, what is drawn, and by which function."""

    stem: str
    spec: Mapping[str, Any]
    by: Callable[[str, Mapping[str, Any]], Drawing] = draw


def _drawn(order: Order) -> Drawing:
    return order.by(order.stem, order.spec)


def draw_all(orders: Sequence[Order], workers: int | None = None) -> list[Drawing]:
    """Return the figures in order, the same bytes whatever the number of processes.

    Parameters
    ----------
    orders
        What to draw.
    workers
        Processes; by default one for each core.
    """
    workers = min(available_cores() if workers is None else workers, len(orders))
    if workers <= 1 or len(orders) < _WORTH_SHARING:
        return [_drawn(order) for order in orders]
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        return list(pool.map(_drawn, orders))

"""A sweep on a Dask cluster: the same bits, and a worker that dies costs nothing but time."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from distributed import LocalCluster

from numeric.sweep import outcomes
from numeric.sweep_fields import grid_of
from numeric.sweep_store import Store
from symbolic.console import UserError

SLOW = {
    "methods": "sgd",
    "lr": "1e-6",
    "init_scales": "0.1:1:40",
    "shapes": "5,10,2",
    "seeds": "10",
    "accuracy": "none",
    "max_steps": "100000",
}
CELLS = list(grid_of(SLOW).cells())


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two worker processes, each watched by a nanny that starts a new one when it dies."""
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as made:
        yield made


def test_limits_are_the_same_bits_on_a_cluster(cluster: LocalCluster) -> None:
    grid = grid_of(
        {
            "methods": "gd,hb,nag,shb",
            "momentum": 0.5,
            "lr": 0.02,
            "init_scales": "0.1:1:3",
            "shapes": "5,10,2",
            "seeds": 4,
        }
    )
    cells = list(grid.cells())
    there, here = outcomes(cells, dask=cluster.scheduler_address), outcomes(cells)
    assert any(one.arrived for one in here)
    for one, other in zip(there, here, strict=True):
        for a, b in zip(vars(one).values(), vars(other).values(), strict=True):
            assert (a.tobytes() == b.tobytes()) if hasattr(a, "tobytes") else repr(a) == repr(b)


def test_killed_worker_loses_nothing_and_repeats_nothing(
    cluster: LocalCluster, tmp_path: Path
) -> None:
    out = tmp_path / "r.sqlite"
    victims = [nanny.pid for nanny in cluster.workers.values()]
    assert len(set(victims)) == 2
    assert os.getpid() not in victims
    counts: list[int] = []

    def kill_one_in_the_middle(finished: int, total: int) -> None:
        assert total == len(CELLS)
        if not counts:
            assert finished < total
            os.kill(victims[0], signal.SIGKILL)
        counts.append(finished)

    found = outcomes(
        CELLS, store=out, dask=cluster.scheduler_address, progress=kill_one_in_the_middle
    )
    # Every task was counted once, and the cells add up.
    assert counts == sorted(set(counts))
    assert counts[-1] == len(CELLS)
    with Store(out) as store:
        assert store.count() == len(CELLS)
    with closing(sqlite3.connect(out)) as connection:
        assert connection.execute("SELECT count(DISTINCT key) FROM cells").fetchone() == (400,)
    here = outcomes(CELLS)
    assert [one.theta.tobytes() for one in found] == [one.theta.tobytes() for one in here]
    assert [one.steps for one in found] == [one.steps for one in here]
    assert {one.status for one in found} == {"not converged"}


def test_absent_scheduler_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("numeric.sweep_dask.TIMEOUT", 1)
    with pytest.raises(UserError, match="the address of a Dask scheduler"):
        outcomes(CELLS[:1], dask="tcp://127.0.0.1:9")

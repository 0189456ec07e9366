"""A sweep that was killed or interrupted goes on where it was, and ends as if nothing had been."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest

from numeric.__main__ import main
from numeric.cells import Cell, Outcome
from numeric.families import Data
from numeric.sweep import fill, outcomes
from numeric.sweep_fields import grid_of
from numeric.sweep_pool import ATTEMPTS, run_in_processes
from numeric.sweep_store import Store
from numeric.sweep_tasks import MOST_CELLS, tasks_of
from symbolic.console import INTERRUPTED, NOT_ESTABLISHED, UserError

ROOT = Path(__file__).resolve().parent.parent
# Minibatch runs that cannot arrive: of known length, in tasks of 40 cells each.
SLOW = {
    "methods": "sgd",
    "lr": "1e-6",
    "init_scales": "0.1:1:40",
    "shapes": "5,10,2",
    "seeds": "8",
    "accuracy": "none",
    "max_steps": "100000",
}
TASK = 40
LONGEST_WAIT = 60


def command(out: Path, *more: str) -> list[str]:
    fields = {"shape" if name == "shapes" else name: text for name, text in SLOW.items()}
    options = [f"--{name.replace('_', '-')}={text}" for name, text in fields.items()]
    return [sys.executable, "-m", "numeric", "sweep", "--out", str(out), *options, *more]


def rows(path: Path, columns: str = "*") -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(f"SELECT {columns} FROM cells ORDER BY key").fetchall()


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + LONGEST_WAIT
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def listening() -> None:
    # A suite started in the background ignores interruptions, and so would what it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def begun(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A sweep on two processes that has finished a task and has others to do."""
    out = tmp_path / "r.sqlite"
    started = subprocess.Popen(
        command(out, "--workers", "2"),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=listening,  # noqa: PLW1509 - before any thread of ours
        start_new_session=True,
    )
    wait_until(lambda: out.exists() and len(rows(out, "key")) >= TASK)
    assert started.poll() is None
    yield started, out
    started.kill()
    started.communicate()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[object, ...]]:
    path = tmp_path_factory.mktemp("undisturbed") / "r.sqlite"
    cells = list(grid_of(SLOW).cells())
    assert {len(task.cells) for task in tasks_of(cells)} == {TASK}
    outcomes(cells, store=path)
    return rows(path)


def go_on(out: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, int]:
    """Give the command again, in this process, and return what it says of itself."""
    capsys.readouterr()
    assert main([*command(out)[3:], "--json", "-"]) == NOT_ESTABLISHED
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("ended_by", [signal.SIGKILL, signal.SIGINT])
def test_ended_sweep_goes_on(
    ended_by: signal.Signals,
    begun: tuple[subprocess.Popen[str], Path],
    undisturbed: list[tuple[object, ...]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    running, out = begun
    workers = psutil.Process(running.pid).children(recursive=True)
    running.send_signal(ended_by)
    _, said = running.communicate(timeout=LONGEST_WAIT)
    if ended_by is signal.SIGINT:
        assert running.returncode == INTERRUPTED
        assert "the same command goes on" in said
        assert "Traceback" not in said
    wait_until(lambda: not any(worker.is_running() for worker in workers))
    kept = rows(out, "key")
    # Whole tasks, and not yet all of them.
    assert len(kept) % TASK == 0
    assert TASK <= len(kept) < len(undisturbed)
    after = go_on(out, capsys)
    assert after["present"] == len(kept)
    assert after["run"] == len(undisturbed) - len(kept)
    assert rows(out) == undisturbed


def test_interruption_without_workers_keeps_what_is_finished(
    tmp_path: Path, undisturbed: list[tuple[object, ...]]
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    out = tmp_path / "r.sqlite"
    with Store(out) as store, pytest.raises(KeyboardInterrupt):
        fill(store, grid_of(SLOW).cells(), progress=interrupt)
    kept = rows(out)
    assert len(kept) == TASK
    assert set(kept) < set(undisturbed)


def test_changed_grid_reuses_what_it_can(
    tmp_path: Path, undisturbed: list[tuple[object, ...]]
) -> None:
    out = tmp_path / "r.sqlite"
    first = grid_of({**SLOW, "seeds": "3", "init_scales": "0.1:1:40,2"})
    with Store(out) as store:
        assert fill(store, first.cells()).run == 3 * 41
    with Store(out) as store:
        tally = fill(store, grid_of(SLOW).cells())
    assert (tally.present, tally.run) == (3 * 40, 5 * 40)
    assert set(undisturbed) < set(rows(out))


def test_killed_worker_is_replaced_and_the_bits_are_those_of_one_process(
    tmp_path: Path, undisturbed: list[tuple[object, ...]]
) -> None:
    killed: list[int] = []

    def kill_one(*_: object) -> None:
        if not killed:
            worker = next(
                child
                for child in psutil.Process().children()
                if "spawn_main" in " ".join(child.cmdline())
            )
            killed.append(worker.pid)
            os.kill(worker.pid, signal.SIGKILL)

    out = tmp_path / "r.sqlite"
    with Store(out) as store:
        tally = fill(store, grid_of(SLOW).cells(), workers=2, progress=kill_one)
    assert killed
    assert tally.run == len(undisturbed)
    assert rows(out) == undisturbed


def test_task_that_ends_every_worker_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("numeric.sweep_pool.run_task", _end_of_process)
    with pytest.raises(UserError, match=f"{ATTEMPTS} that ended over the task"):
        list(run_in_processes(tasks_of(grid_of({**SLOW, "seeds": "1"}).cells()), 1))


def _end_of_process(_: object) -> None:
    os._exit(9)


def test_refusal_on_a_worker_reaches_the_user() -> None:
    cell = Cell.of_method(Data("diabetes", n=40, d=100), "gd", 0.01, 0.1)
    with pytest.raises(UserError, match="features of the diabetes data"):
        list(run_in_processes(tasks_of([cell]), 1))


def peak(seeds: int, folder: Path, monkeypatch: pytest.MonkeyPatch, *, listed: bool) -> int:
    """Bytes of Python's memory that a sweep of 40 cells for each seed needs at most."""
    grid = grid_of({**SLOW, "seeds": seeds})
    outcome = Outcome.without_limit("not converged", 1, 10)

    def run_group(_: Any, cells: Sequence[Cell], **_options: Any) -> list[Outcome]:
        return [outcome] * len(cells)

    monkeypatch.setattr("numeric.sweep_tasks.run_group", run_group)
    tracemalloc.start()
    try:
        with Store(folder / f"{seeds}-{listed}.sqlite") as store:
            fill(store, list(grid.cells()) if listed else grid.cells())
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def check_memory(small: int, large: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert small * TASK > 4 * MOST_CELLS
    peak(1, folder, monkeypatch, listed=False)  # what is loaded once
    one = peak(small, folder, monkeypatch, listed=False)
    assert peak(large, folder, monkeypatch, listed=False) < 2 * one
    assert peak(large, folder, monkeypatch, listed=True) > 2 * one


def test_memory_does_not_grow_with_the_grid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_memory(10, 60, tmp_path, monkeypatch)


@pytest.mark.thorough
def test_memory_does_not_grow_with_a_large_grid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_memory(25, 2500, tmp_path, monkeypatch)

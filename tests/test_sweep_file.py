"""A results file gives back what was put in, to the bit; what is not ours is refused untouched."""

from __future__ import annotations

import csv
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from numeric.__main__ import main
from numeric.cells import Cell, Outcome
from numeric.families import Data
from numeric.sweep import outcomes
from numeric.sweep_file import APPLICATION, FORMAT
from numeric.sweep_store import Store, cell_of
from numeric.sweep_tasks import run_task, tasks_of
from symbolic.console import DONE, NOT_ESTABLISHED, UserError

DATA = [Data(n=5, d=10, s=2, seed=seed) for seed in range(2)]
CELLS = [
    *(Cell.of_method(data, "hb", 0.02, 0.3, momentum=0.5) for data in DATA),
    Cell.of_method(DATA[0], "shb", 0.02, 0.3, momentum=0.5, seed=4),
    Cell.of_method(DATA[0], "gd", 5.0, 1.0),
    Cell.of_method(DATA[1], "gd", 1e-6, 0.3, accuracy=None, max_steps=1000),
]
ENDED = ["finished", "finished", "finished", "diverged", "not converged"]
GRID = ["--lr", "0.02", "--init-scales", "0.3", "--shape", "5,10,2", "--momentum", "0.5"]


def same(one: Outcome, other: Outcome) -> bool:
    return all(
        a.tobytes() == b.tobytes() if isinstance(a, np.ndarray) else repr(a) == repr(b)
        for a, b in zip(vars(one).values(), vars(other).values(), strict=True)
    )


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sweep") / "results.sqlite"
    outcomes(CELLS, store=path)
    return path


def test_store_gives_back_every_bit(filled: Path) -> None:
    fresh = outcomes(CELLS)
    assert [outcome.status for outcome in fresh] == ENDED
    with Store(filled) as store:
        kept = store.outcomes(CELLS)
    assert all(map(same, fresh, kept))


def test_bits_do_not_depend_on_order_or_company() -> None:
    together = outcomes(CELLS)
    assert all(map(same, together, outcomes(CELLS[::-1])[::-1]))
    assert all(same(one, outcomes([cell])[0]) for cell, one in zip(CELLS, together, strict=True))


def test_comparison_of_bits_can_fail() -> None:
    one, other = outcomes([CELLS[0], CELLS[1]])
    assert not same(one, other)


def test_present_cells_are_not_run_again(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("numeric.sweep_tasks.run_group", lambda *_: pytest.fail("run again"))
    seen: list[tuple[int, int]] = []
    outcomes([*CELLS, CELLS[0]], store=filled, progress=lambda a, b: seen.append((a, b)))
    assert seen[-1] == (len(CELLS), len(CELLS))


def test_row_holds_the_whole_cell(filled: Path) -> None:
    with Store(filled) as store:
        rows = store.connection.execute("SELECT * FROM cells").fetchall()
        assert {cell_of(row) for row in rows} == set(CELLS)
        with store.connection:
            store.connection.execute("UPDATE cells SET eta = 0.5 WHERE key = ?", (CELLS[0].key,))
        with pytest.raises(UserError, match="rows as a sweep wrote them"):
            store.find(CELLS[0].key)
        with store.connection:
            store.connection.execute("UPDATE cells SET eta = 0.02 WHERE key = ?", (CELLS[0].key,))


def test_cells_of_other_sources_are_replaced(tmp_path: Path) -> None:
    path = tmp_path / "r.sqlite"
    outcomes(CELLS[:2], store=path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "UPDATE cells SET sources = 'older', distance = -1 WHERE key = ?", (CELLS[0].key,)
        )
    again = outcomes(CELLS[:2], store=path)
    assert all(map(same, again, outcomes(CELLS[:2])))


def test_worker_with_other_sources_is_refused() -> None:
    (task,) = tasks_of(CELLS[:1])
    with pytest.raises(UserError, match="workers with the sources"):
        run_task(type(task)(task.cells, "other"))


def test_standard_tools_read_the_file(filled: Path) -> None:
    with closing(sqlite3.connect(filled)) as connection:
        theta, distance = connection.execute(
            "SELECT theta, distance FROM cells WHERE key = ?", (CELLS[0].key,)
        ).fetchone()
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION,)
        assert connection.execute("PRAGMA user_version").fetchone() == (FORMAT,)
    star = DATA[0].problem().theta_star
    assert star is not None
    assert ((np.frombuffer(theta, "<f8") - star) ** 2).sum() == distance


def test_csv_and_json_read_back_to_the_bit(
    filled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain, records = filled.with_suffix(".csv"), filled.with_suffix(".json")
    asked = ["sweep", "--out", str(filled), "--csv", str(plain), "--json", str(records)]
    assert main(asked) == NOT_ESTABLISHED  # one cell has not converged
    assert "3 finished" not in capsys.readouterr().err
    assert b"\r\n" in plain.read_bytes()
    with plain.open(newline="", encoding="utf-8") as stream:
        rows = {row["key"]: row for row in csv.DictReader(stream)}
    written = {row["key"]: row for row in json.loads(records.read_text())["cells"]}
    assert rows.keys() == written.keys() == {cell.key for cell in CELLS}
    for cell, outcome in zip(CELLS, outcomes(CELLS), strict=True):
        row, record = rows[cell.key], written[cell.key]
        assert float(row["eta"]) == record["eta"] == cell.eta
        assert row["batch"] == ("" if cell.batch is None else str(cell.batch))
        if np.isnan(outcome.distance):
            assert (row["distance"], record["distance"]) == ("", None)
        else:
            assert float(row["distance"]) == record["distance"] == outcome.distance
        assert row["status"] == record["status"] == outcome.status


def test_rerun_agrees_and_notices_a_changed_bit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "r.sqlite"
    outcomes(CELLS[:1], store=path)
    asked = ["sweep", "--out", str(path), "--rerun", CELLS[0].key[:10]]
    before = path.read_bytes()
    assert main(asked) == DONE
    assert "agrees bit for bit" in capsys.readouterr().out
    assert path.read_bytes() == before
    with Store(path) as store:
        _, outcome, _ = store.find(CELLS[0].key)
        changed = outcome.theta.copy()
        changed[0] = np.nextafter(changed[0], np.inf)
        with store.connection:
            store.connection.execute("UPDATE cells SET theta = ?", (changed.tobytes(),))
    assert main(asked) == NOT_ESTABLISHED
    assert "differs in theta" in capsys.readouterr().out
    with pytest.raises(UserError, match="which no cell has"):
        main(["sweep", "--out", str(path), "--rerun", "zz"])


def foreign(path: Path, application: int, version: int) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE cells (key TEXT)")
        connection.execute(f"PRAGMA application_id = {application}")
        connection.execute(f"PRAGMA user_version = {version}")


def damaged(path: Path, filled: Path) -> None:
    content = bytearray(filled.read_bytes())
    content[4096 : 2 * 4096] = b"\xff" * 4096
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("text", "not an SQLite file"),
        ("short", "not an SQLite file"),
        ("other", "an SQLite file of something else"),
        ("newer", "reads format"),
        ("columns", "its columns were changed"),
        ("damaged", "damaged|malformed"),
        ("truncated", "damaged|malformed"),
        ("folder", "directory"),
        ("nowhere", "writable folder"),
    ],
)
def test_what_is_not_ours_is_refused_untouched(
    kind: str, says: str, filled: Path, tmp_path: Path
) -> None:
    path = tmp_path / "r.sqlite"
    if kind == "text":
        path.write_text("key,distance\n" * 100)
    elif kind == "short":
        path.write_bytes(b"SQLite format 3\0")
    elif kind == "other":
        foreign(path, 0, 0)
    elif kind == "newer":
        foreign(path, APPLICATION, FORMAT + 1)
    elif kind == "columns":
        foreign(path, APPLICATION, FORMAT)
    elif kind == "damaged":
        damaged(path, filled)
    elif kind == "truncated":
        path.write_bytes(filled.read_bytes()[:-4096])
    elif kind == "folder":
        path.mkdir()
    else:
        path = tmp_path / "absent" / "r.sqlite"
    before = path.read_bytes() if path.is_file() else None
    files = sorted(tmp_path.iterdir())
    with pytest.raises(UserError, match=says):
        main(["sweep", "--out", str(path), "--methods", "gd", *GRID])
    assert (path.read_bytes() if path.is_file() else None) == before
    # SQLite may leave the empty side files of a reader; nothing else is made.
    assert {p for p in tmp_path.iterdir() if p.suffix not in (".sqlite-shm", ".sqlite-wal")} == set(
        files
    )


def test_empty_file_is_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "r.sqlite"
    path.touch()
    assert main(["sweep", "--out", str(path), "--methods", "gd", *GRID]) == DONE
    with Store(path) as store:
        assert store.count() == 1


def test_absent_file_is_not_made_to_be_shown(tmp_path: Path) -> None:
    path = tmp_path / "r.sqlite"
    with pytest.raises(UserError, match="no such file"):
        main(["sweep", "--out", str(path)])
    assert not path.exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "--out FILE"),
        (["--out", "r.sqlite", "--workers", "0"], "--workers of 1 or more"),
        (["--out", "r.sqlite", "--workers", "2", "--dask", "tcp://x:1"], "--workers and --dask"),
        (["--out", "r.sqlite", "--rerun", "a", "--csv", "x"], "--rerun KEY with --out FILE alone"),
        (["--out", "r.sqlite", "--csv", "-", "--json", "-"], "at most one of"),
        (["--out", "r.sqlite", "--csv", "absent/x.csv"], "in a writable folder"),
        (["--out", "r.sqlite", "--methods", "gd"], "none of its lr and init_scales"),
    ],
)
def test_contradictory_options_are_refused(
    arguments: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError) as caught:
        main(["sweep", *arguments])
    assert says in str(caught.value)
    assert not list(tmp_path.iterdir())

"""Bad input to `python -m numeric`: one message, exit code 2, nothing half-written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from numeric.__main__ import PROG, main
from numeric.files import write_npz
from symbolic.console import BAD_INPUT, run_command

X = np.array([[1.0, 2.0, 3.0], [0.0, 1.0, -1.5]])
Y = np.array([1.0, -1.0])
RUN = ["--method", "hb", "--lr", "0.01", "--momentum", "0.5"]
GAUSSIAN = ["--gaussian", "2,3,1"]
START = ["--init-scale", "0.3"]


def refused(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> str:
    """Run the command, require one message and exit code 2, and return the message."""
    monkeypatch.setattr(sys, "argv", [PROG, *arguments])
    with pytest.raises(SystemExit) as left:
        run_command(main, PROG)
    out, err = capsys.readouterr()
    assert left.value.code == BAD_INPUT, err
    assert out == ""
    assert len(err.splitlines()) == 1
    assert ": error: " in err
    return err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "expected a command"),
        (["train"], "or dataset; received 'train'"),
        (["compare"], "one of --data and --gaussian; received neither"),
        (["compare", *GAUSSIAN, *START], "--method and --lr, or --torch SETTINGS; received none"),
        (["compare", *GAUSSIAN, *START, "--lr", "1"], "--torch SETTINGS; received --lr only"),
        (["compare", *RUN, *GAUSSIAN, *START, "--torch", "lr=1"], "--torch and --method, --lr"),
        (["compare", *RUN, *START], "one of --data and --gaussian; received neither"),
        (["compare", *RUN, *GAUSSIAN], "one of --init-scale and --init; received neither"),
        (["compare", *RUN, *GAUSSIAN, "--data", "x.npz", *START], "--data and --gaussian;"),
        (["compare", *RUN, *GAUSSIAN, *START, "--init", "x.npz"], "--init-scale and --init;"),
        (["compare", *RUN, "--data", "x.npz", "--mean", "1", *START], "--mean only with"),
        (["compare", *RUN, *GAUSSIAN, "--init", "x.npz", "--init-bias", "2"], "--init-bias only"),
        (["compare", *RUN, *GAUSSIAN, *START, "--method", "adam"], "received 'adam'"),
        (["compare", *RUN, *GAUSSIAN, *START, "--method", "gd"], "momentum 0 for gd"),
        (["compare", *RUN, *GAUSSIAN, *START, "--method", "sgd"], "momentum 0 for sgd"),
        (["compare", *RUN, *GAUSSIAN, *START, "--momentum", "1"], "momentum in [0, 1)"),
        (["compare", *RUN, *GAUSSIAN, *START, "--momentum", "-0.1"], "momentum in [0, 1)"),
        (["compare", *RUN, *GAUSSIAN, *START, "--momentum", "nan"], "momentum in [0, 1)"),
        (["compare", *RUN, *GAUSSIAN, *START, "--lr", "0"], "positive finite learning rate"),
        (["compare", *RUN, *GAUSSIAN, *START, "--lr", "-1"], "positive finite learning rate"),
        (["compare", *RUN, *GAUSSIAN, *START, "--lr", "inf"], "positive finite learning rate"),
        (["compare", *RUN, *GAUSSIAN, *START, "--lr", "fast"], "a number; received 'fast'"),
        (["compare", *RUN, *GAUSSIAN, *START, "--tol", "0"], "positive finite tolerance"),
        (["compare", *RUN, *GAUSSIAN, *START, "--max-steps", "0"], "at least one step"),
        (["compare", *RUN, *GAUSSIAN, *START, "--max-steps", "1e6"], "a whole number"),
        (["compare", *RUN, *GAUSSIAN, *START, "--seed", "-1"], "a whole number >= 0"),
        (["compare", *RUN, *GAUSSIAN, *START, "--batch", "1"], "--batch only with sgd"),
        (
            ["compare", *RUN, *GAUSSIAN, *START, "--method", "shb", "--batch", "3"],
            "a minibatch of 1 to 2 rows",
        ),
        (["compare", *RUN, "--gaussian", "3,3,1", *START], "1 <= n < d"),
        (["compare", *RUN, "--gaussian", "3,5", *START], "--gaussian n,d,s"),
        (["compare", *RUN, "--gaussian", "a,b,c", *START], "a whole number"),
        (["compare", *RUN, *GAUSSIAN, *START, "--scale", "0"], "a positive scale"),
        (["compare", *RUN, *GAUSSIAN, *START, "--mean", "nan"], "a finite mean"),
        (["compare", *RUN, *GAUSSIAN, "--init-scale", "0"], "positive finite initial scale"),
        (["compare", *RUN, *GAUSSIAN, *START, "--init-bias", "0"], "positive finite initial bias"),
        (["compare", *RUN, *GAUSSIAN, *START, "--json", "no/where.json"], "writable folder"),
        (["compare", *RUN, *GAUSSIAN, *START, "--kappa", "1"], "unrecognized arguments"),
        (["compare", *RUN, "--data", "absent.npz", *START], "No such file"),
        (["compare", *RUN, "--data", "absent.csv", *START], "No such file"),
        (["compare", *RUN, "--data", ".", *START], "named .npz or .csv"),
        (["dataset", "boston", "--out", "x.npz"], "received 'boston'"),
        (["dataset", "diabetes"], "--out FILE.npz"),
        (["dataset", "diabetes", "--out", "x.txt"], "ending in .npz"),
        (["dataset", "diabetes", "--rows", "1000", "--out", "x.npz"], "between 2 and 442"),
    ],
)
def test_arguments(
    arguments: list[str],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert says in refused(arguments, monkeypatch, capsys)
    assert list(tmp_path.iterdir()) == []


def _changed(array: np.ndarray, place: tuple[int, ...], value: float) -> np.ndarray:
    out = array.copy()
    out[place] = value
    return out


@pytest.mark.parametrize(
    ("arrays", "says"),
    [
        ({"X": _changed(X, (0, 1), np.nan), "y": Y}, "finite numbers in X; received nan at (1, 2)"),
        ({"X": X, "y": _changed(Y, (0,), -np.inf)}, "finite numbers in y; received -inf at (1)"),
        ({"X": X.T, "y": np.zeros(3)}, "fewer independent samples than features"),
        ({"X": X, "y": np.zeros(3)}, "y of shape (2,)"),
        ({"X": np.vstack([X[0], 2 * X[0]]), "y": Y}, "column space of X; received row 2"),
        ({"X": X}, "no y among X"),
        ({"X": np.array([[None, 1, 2]]), "y": Y[:1]}, "file that can be read"),
    ],
)
@pytest.mark.parametrize("old", [None, "an older result\n"])
def test_data_files(
    arrays: dict[str, np.ndarray],
    says: str,
    old: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    data, result = tmp_path / "data.npz", tmp_path / "result.json"
    np.savez(data, **arrays)
    if old is not None:
        result.write_text(old)
    command = ["compare", *RUN, *START, "--data", str(data), "--json", str(result)]
    assert says in refused(command, monkeypatch, capsys)
    assert (result.read_text() if result.exists() else None) == old
    assert len(list(tmp_path.iterdir())) == 1 + (old is not None)


@pytest.mark.parametrize(
    ("arrays", "says"),
    [
        ({"u": np.ones(3), "v": np.array([1.0, 0.0, 1.0])}, "v with a zero at position 2"),
        ({"u": np.ones(2), "v": np.ones(2)}, "the start (u and v) of shape (3,)"),
        ({"u": np.ones(3)}, "no v among u"),
        ({"u": np.ones(3), "v": np.full(3, np.nan)}, "finite numbers in v"),
    ],
)
def test_start_files(
    arrays: dict[str, np.ndarray],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "start.npz"
    write_npz(path, **arrays)
    command = ["compare", *RUN, *GAUSSIAN, "--init", str(path)]
    assert says in refused(command, monkeypatch, capsys)


def test_divergence_names_step_limit_and_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    result = tmp_path / "result.json"
    command = ["compare", *GAUSSIAN, *START, *RUN, "--lr", "50", "--json", str(result)]
    message = refused(command, monkeypatch, capsys)
    assert "divergence at step " in message
    assert "2(1+mu)/((1+2 kappa) lambda_max), is " in message
    assert "the first halving that stays bounded" in message
    assert list(tmp_path.iterdir()) == []


def test_no_traceback_from_a_real_process(tmp_path: Path) -> None:
    data = tmp_path / "data.csv"
    data.write_text("a,b,c\n1,2,3\n4,oops,6\n")
    done = subprocess.run(
        [sys.executable, "-m", "numeric", "compare", "--data", str(data), *RUN, *START],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
    )
    assert (done.returncode, done.stdout) == (BAD_INPUT, "")
    assert done.stderr.startswith(f"{PROG}: error: expected numbers in data.csv")
    assert "received 'oops' in row 3, column 2" in done.stderr
    assert len(done.stderr.splitlines()) == 1

"""Data files are read with suspicion and written at one stroke."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from numeric.files import read_problem, read_start, write_npz
from symbolic.console import UserError

X = np.array([[1.0, 2.0, 3.0], [0.0, 1.0, -1.5]])
Y = np.array([1.0, -1.0])


def test_npz_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    write_npz(path, X=X, y=Y, theta_star=np.ones(3))
    problem = read_problem(path)
    np.testing.assert_array_equal(problem.X, X)
    np.testing.assert_array_equal(problem.y, Y)
    np.testing.assert_array_equal(problem.theta_star, np.ones(3))
    assert problem.name == "data.npz"
    assert [entry.name for entry in tmp_path.iterdir()] == ["data.npz"]


def test_integers_are_numbers(tmp_path: Path) -> None:
    np.savez(tmp_path / "data.npz", X=X.astype(int), y=Y.astype(int))
    np.testing.assert_array_equal(read_problem(tmp_path / "data.npz").X, X.astype(int))


@pytest.mark.parametrize("header", ["", "age,weight,sex,target\n", '"a b", c ,d_1,\n'])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_csv_with_and_without_names(tmp_path: Path, header: str, ending: str, mark: str) -> None:
    path = tmp_path / "data.csv"
    body = "1,2,3.0,1\n\n0, 1 ,-1.5,-1e0\n"
    path.write_bytes((mark + header + body).replace("\n", ending).encode())
    problem = read_problem(path)
    np.testing.assert_array_equal(problem.X, X)
    np.testing.assert_array_equal(problem.y, Y)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a,b,c\n1,2,3\n4,five,6\n", "'five' in row 3, column 2"),
        ("1,2,x\n4,5,6\n", "'x' in row 1, column 3"),
        ("1,2,3\n\n4,,6\n", "'' in row 3, column 2"),
        ("1,2,3\n4,1_000,6\n", "'1_000' in row 2, column 2"),
        ("1,2,3\na,b,c\n", "'a' in row 2, column 1"),
        ("1,2,3\n4,5\n", "received 2 in row 2"),
        ("a,b,c\n", "0 lines of numbers in 3 columns"),
        ("", "0 lines of numbers"),
        ("1\n2\n", "at least two comma-separated"),
        ("1;2;3\n4;5;6\n", "0 lines of numbers in 1 columns|in row 2"),
        ("1,nan,3\n", r"received nan at \(1, 2\)"),
        ("1,2,inf\n", "finite numbers in y; received inf"),
        ("1,2,3\n4,5,6\n", "fewer independent samples"),
        ("1,2,3,1\n2,4,6,3\n", "received row 2, whose features"),
    ],
)
def test_bad_csv(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "data.csv"
    path.write_text(text)
    with pytest.raises(UserError, match=says):
        read_problem(path)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(b"\xff\xfe1,2\n")
    with pytest.raises(UserError, match="not a text in UTF-8"):
        read_problem(path)


class Explosive:
    """Unpickled, it would leave a trace."""

    def __init__(self, trace: str) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, ...]:
        return (open, (self.trace, "w"))


@pytest.mark.parametrize("plain", [True, False])
def test_data_are_never_unpickled(tmp_path: Path, plain: bool) -> None:
    trace = tmp_path / "trace"
    path = tmp_path / "data.npz"
    if plain:
        path.write_bytes(pickle.dumps(Explosive(str(trace))))
    else:
        box = np.empty(1, dtype=object)
        box[0] = Explosive(str(trace))
        np.savez(path, X=box, y=Y)
    with pytest.raises(UserError, match="expected a file that can be read"):
        read_problem(path)
    assert not trace.exists()


def test_unreadable_npz(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    with pytest.raises(UserError, match="No such file"):
        read_problem(path)
    write_npz(path, X=X, y=Y)
    whole = path.read_bytes()
    for broken in (b"", b"PK\x03\x04", whole[: len(whole) // 2], whole[:-30], b"1,2,3\n"):
        path.write_bytes(broken)
        with pytest.raises(UserError, match="expected a file that can be read"):
            read_problem(path)
    # One flipped byte inside the first array: the archive's checksum notices.
    flipped = bytearray(whole)
    flipped[whole.index(X.tobytes())] ^= 1
    path.write_bytes(bytes(flipped))
    with pytest.raises(UserError, match="expected a file that can be read"):
        read_problem(path)
    np.save(tmp_path / "one.npy", X)
    (tmp_path / "one.npy").rename(path)
    with pytest.raises(UserError, match="a single array"):
        read_problem(path)


@pytest.mark.parametrize(
    ("arrays", "says"),
    [
        ({"X": X}, "no y among X"),
        ({"y": Y, "x": X}, "no X among y, x"),
        ({"X": X, "y": Y, "theta_star": np.ones(2)}, r"theta_star of shape \(3,\)"),
        ({"X": np.array([["a", "b"]]), "y": Y[:1]}, "real numbers in X"),
    ],
)
def test_missing_or_bad_arrays(tmp_path: Path, arrays: dict[str, np.ndarray], says: str) -> None:
    path = tmp_path / "data.npz"
    write_npz(path, **arrays)
    with pytest.raises(UserError, match=says):
        read_problem(path)


def test_other_names_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"a data file named .npz or .csv"):
        read_problem(tmp_path / "data.txt")
    with pytest.raises(UserError, match=r"a start file named .npz"):
        read_start(tmp_path / "start.csv")
    with pytest.raises(UserError, match=r"ending in .npz"):
        write_npz(tmp_path / "data.csv", X=X)
    with pytest.raises(UserError, match="writable folder"):
        write_npz(tmp_path / "nowhere" / "data.npz", X=X)
    assert list(tmp_path.iterdir()) == []


def test_starts(tmp_path: Path) -> None:
    path = tmp_path / "start.npz"
    write_npz(path, u=np.array([1.0, -2.0]), v=np.array([0.5, 0.25]))
    np.testing.assert_array_equal(read_start(path).xi, [0.5, 0.5])
    write_npz(path, u=np.array([1.0, 0.0]), v=np.array([0.5, 0.25]))
    with pytest.raises(UserError, match="u with a zero at position 2"):
        read_start(path)
    write_npz(path, u=np.array([1.0]))
    with pytest.raises(UserError, match="no v among u"):
        read_start(path)

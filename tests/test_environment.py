"""The environment is ready only when its stamp says so, and says in one line what it lacks."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import find_python
import make_env
import pytest
from find_python import Interpreter, Refused

ROOT = Path(__file__).resolve().parent.parent
PYTHON = Interpreter(sys.executable, (3, 11, 7), True)
LINE = re.compile(r"error: expected .+, received .+; remedy: .+")


class Checkout:
    """A made-up checkout whose steps are recorded instead of run."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.steps: list[str] = []
        self.failing = ""
        self.python = PYTHON
        (root / "requirements").mkdir(parents=True)
        (root / make_env.LOCK).write_text("numpy==2.0 \\\n    --hash=sha256:0\n")
        (root / make_env.ORACLES).write_text("cvxpy==1.0 \\\n    --hash=sha256:0\n")
        (root / "pyproject.toml").write_text("[project]\n")
        environment = make_env.Environment
        monkeypatch.setattr(environment, "create", lambda env, _: self.create(env))
        for name in ("install_lock", "install_project", "install_oracles"):
            monkeypatch.setattr(environment, name, lambda _, step=name: self.step(step))
        monkeypatch.setattr(environment, "answers", lambda _: self.python)
        monkeypatch.setattr(make_env, "choose", lambda *_, **__: self.python)

    def step(self, name: str) -> None:
        self.steps.append(name)
        if name == self.failing:
            raise KeyboardInterrupt

    def create(self, env: make_env.Environment) -> None:
        shutil.rmtree(env.path, ignore_errors=True)
        env.path.mkdir()
        self.step("create")

    def make(self, *, named: bool = False, oracles: bool = False) -> list[str]:
        """Steps that one call takes."""
        self.steps.clear()
        make_env.Environment(self.root).make("python3", only_this=named, oracles=oracles)
        return list(self.steps)


WHOLE = ["create", "install_lock", "install_project"]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    return Checkout(tmp_path / "checkout", monkeypatch)


def test_made_once_then_left_alone(checkout: Checkout) -> None:
    assert checkout.make() == WHOLE
    assert checkout.make() == []


@pytest.mark.parametrize("step", WHOLE)
def test_interrupted_is_made_anew(checkout: Checkout, step: str) -> None:
    checkout.failing = step
    with pytest.raises(KeyboardInterrupt):
        checkout.make()
    checkout.failing = ""
    assert checkout.make() == WHOLE
    assert checkout.make() == []


def test_changed_lock_makes_it_anew(checkout: Checkout) -> None:
    checkout.make()
    (checkout.root / make_env.LOCK).write_text("numpy==2.1 \\\n    --hash=sha256:0\n")
    assert checkout.make() == WHOLE


def test_changed_project_file_reinstalls_only_the_project(checkout: Checkout) -> None:
    checkout.make()
    (checkout.root / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert checkout.make() == ["install_project"]
    assert checkout.make() == []


def test_moved_checkout_is_made_anew(checkout: Checkout, tmp_path: Path) -> None:
    checkout.make()
    checkout.root = checkout.root.rename(tmp_path / "elsewhere")
    assert checkout.make() == WHOLE


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"base": "another"}'])
def test_damaged_stamp_is_no_stamp(checkout: Checkout, content: str) -> None:
    checkout.make()
    (checkout.root / make_env.ENV / make_env.STAMP).write_text(content)
    assert checkout.make() == WHOLE


def test_python_that_went_away_makes_it_anew(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout.make()
    monkeypatch.setattr(make_env.Environment, "answers", lambda _: None)
    assert checkout.make() == WHOLE


def test_only_a_named_python_replaces_another(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout.make()
    newer = PYTHON._replace(version=(3, 13, 0))
    monkeypatch.setattr(make_env, "choose", lambda *_, **__: newer)
    assert checkout.make() == []
    assert checkout.make(named=True) == WHOLE


def test_failed_oracles_leave_the_rest_ready(checkout: Checkout) -> None:
    checkout.make()
    checkout.failing = "install_oracles"
    with pytest.raises(KeyboardInterrupt):
        checkout.make(oracles=True)
    checkout.failing = ""
    assert checkout.make() == []
    assert checkout.make(oracles=True) == ["install_oracles"]
    assert checkout.make(oracles=True) == []


def launcher(folder: Path, name: str, script: str) -> None:
    """A program on the path that stands for a Python."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def pythons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An otherwise empty folder that is the whole path."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_another_python_is_found_when_the_default_is_too_old(pythons: Path) -> None:
    launcher(pythons, "python3", "echo 3 9 18 1 old")
    launcher(pythons, "python3.14", "echo not selected >&2; exit 127")  # a dead launcher
    launcher(pythons, "python3.13", "echo 3 13 1 0 no-venv")
    launcher(pythons, "python3.12", "echo 3 12 4 1 a folder/python3.12")
    found = find_python.choose("python3", only_this=False)
    assert found == Interpreter("a folder/python3.12", (3, 12, 4), True)
    assert found.number == "3.12.4"


def test_default_python_is_kept_when_it_is_fit(pythons: Path) -> None:
    launcher(pythons, "python3", "echo 3 11 2 1 default")
    launcher(pythons, "python3.13", "echo 3 13 1 1 newer")
    assert find_python.choose("python3", only_this=False).path == "default"


@pytest.mark.parametrize("answer", ["3 9 18", "3 10 13", "3 15 0"])
@pytest.mark.parametrize("only_this", [True, False])
def test_python_out_of_range_is_refused(pythons: Path, answer: str, only_this: bool) -> None:
    launcher(pythons, "python3", f"echo {answer} 1 somewhere")
    if only_this:
        launcher(pythons, "python3.12", "echo 3 12 4 1 fit")
    with pytest.raises(Refused, match=LINE) as refusal:
        find_python.choose("python3", only_this=only_this)
    assert "Python 3.11 to 3.14" in str(refusal.value)
    assert answer.replace(" ", ".") in str(refusal.value)


def test_missing_venv_module_is_refused(pythons: Path) -> None:
    launcher(pythons, "python3", "echo 3 11 2 0 bare")
    with pytest.raises(Refused, match=LINE) as refusal:
        find_python.choose("python3", only_this=False)
    assert "python3-venv" in str(refusal.value)


def test_no_python_is_refused(pythons: Path) -> None:
    assert not list(pythons.iterdir())
    with pytest.raises(Refused, match=LINE):
        find_python.choose("python3", only_this=False)


def test_this_python_answers() -> None:
    answer = find_python.probe(sys.executable)
    assert answer is not None
    assert answer.version == sys.version_info[:3]
    assert answer.in_range


def test_command_says_in_one_line_what_is_wrong(pythons: Path) -> None:
    launcher(pythons, "old", "echo 3 9 18 1 somewhere")
    result = subprocess.run(
        [sys.executable, ROOT / "requirements" / "make_env.py", "--python", "old"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 2
    assert LINE.fullmatch(result.stderr.strip())
    assert not result.stdout


def test_failing_pip_is_refused_with_its_last_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    launcher(tmp_path / ".venv" / "bin", "python", "echo no such hash; exit 1")
    with pytest.raises(Refused, match=LINE):
        make_env.run_pip(tmp_path, ["-r", "x"])
    assert "no such hash" in capsys.readouterr().err


LOCKS = [make_env.LOCK, make_env.ORACLES]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_a_hash_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)
    assert len(entries) > 10
    assert not [entry for entry in entries[1:] if "--hash=sha256:" not in entry]
    assert not re.search(r"://|--(?:extra-)?index|--find-links|^-e|^-i", text, re.MULTILINE)


def test_both_locks_agree() -> None:
    first, second = (dict(pins(lock)) for lock in LOCKS)
    assert not {name for name in first.keys() & second.keys() if first[name] != second[name]}


def pins(lock: str) -> list[tuple[str, str]]:
    """Name and version of what is locked for every platform."""
    lines = make_env.locked_versions(ROOT / lock)
    return [(name, pin) for name, _, pin in (line.partition("==") for line in lines) if pin]


def test_what_is_installed_is_what_is_locked() -> None:
    unconditional = [(name, pin) for name, pin in pins(make_env.LOCK) if ";" not in pin]
    different = [
        f"{name}: {version(name)}, not {p}" for name, p in unconditional if version(name) != p
    ]
    assert not different, "run `make env`"


def test_make_lists_its_targets() -> None:
    assert shutil.which("make")
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = re.findall(r"^  make (\S+)", listed, re.MULTILINE)
    wanted = "env report test test-thorough test-oracles test-page lint lock bench clean"
    assert set(wanted.split()) <= set(targets)


COMMANDS = [
    ["symbolic", "nag"],
    [
        "numeric",
        "compare",
        "--gaussian",
        "2,5,1",
        "--method",
        "gd",
        "--lr",
        "0.01",
        "--init-scale",
        "1",
    ],
    ["proofs_check", "--list"],
    ["reports"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_room_without_the_environment_says_so_in_one_line(command: list[str]) -> None:
    result = subprocess.run(
        [sys.executable, "-S", "-m", *command],  # -S: no installed packages
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 2, result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert "make env" in result.stderr

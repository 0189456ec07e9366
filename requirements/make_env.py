"""Make `.venv` from the hash-locked requirements; do nothing when it is already right.

The environment counts as ready only when a stamp file inside it says so. The stamp is removed
before anything is changed and written last, so an interrupted build is never taken for a finished
one. It holds what the environment was made from; where that differs, it is made anew.

Standard library only, and nothing newer than Python 3.8 (annotations are never evaluated): a Python
that is too old must get as far as saying so.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from find_python import Interpreter, Refused, choose, probe

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
TORCH = "torch==2.13.0"  # beside the lock: its builds differ by machine, so no one hash fits

ENV = ".venv"
STAMP = "mirrorcheck-ready.json"
LOCK = "requirements/lock.txt"
ORACLES = "requirements/oracles.txt"


def fingerprint(*paths: Path) -> str:
    """SHA-256 over the contents of files, in order."""
    digest = hashlib.sha256()
    for path in paths:
        content = path.read_bytes()
        digest.update(b"%d\n" % len(content) + content)
    return digest.hexdigest()


def read_stamp(env: Path) -> dict[str, str]:
    """What the environment says it was made from; empty when it never got ready."""
    try:
        stamp = json.loads((env / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def write_stamp(env: Path, stamp: dict[str, str]) -> None:
    """Say that the environment is ready; atomic, so a stamp is whole or absent."""
    part = env / (STAMP + ".part")
    part.write_text(json.dumps(stamp, indent=1) + "\n", encoding="utf-8")
    os.replace(str(part), str(env / STAMP))


@contextlib.contextmanager
def one_at_a_time(root: Path) -> Iterator[None]:
    """Hold a lock on the requirements folder: two `make` in one checkout must not build at once."""
    handle = os.open(str(root / "requirements"), os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("another make is building the environment; waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def say(line: str) -> None:
    """Print a line at once, also into a pipe."""
    print(line, flush=True)


def locked_versions(lock: Path) -> list[str]:
    """The `name==version ; marker` lines of a hash-locked file, without their hashes."""
    lines = lock.read_text(encoding="utf-8").splitlines()
    return [line.rstrip("\\ ") for line in lines if re.match(r"[A-Za-z0-9]", line)]


def run_pip(root: Path, arguments: list[str], *, expected: int = 0) -> None:
    """Run the environment's pip from the checkout, quiet but for a count of packages.

    Raises
    ------
    Refused
        If pip fails; what it said is printed before.
    """
    python = str(root / ENV / "bin" / "python")
    command = [python, "-m", "pip", "install", "--progress-bar=off", *arguments]
    settings = dict(os.environ, PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_USER="0", PIP_NO_INPUT="1")
    settings.pop("PIP_REQUIRE_VIRTUALENV", None)
    said: list[str] = []
    fetched = 0
    with subprocess.Popen(
        command,
        cwd=str(root),
        env=settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as pip:
        assert pip.stdout is not None
        for line in pip.stdout:
            said.append(line.rstrip())
            if line.startswith(("Collecting ", "Processing ")):
                fetched += 1
                if expected and fetched % 10 == 0:
                    say(f"  {fetched} of {expected} fetched")
            elif line.startswith("Installing collected packages") and expected:
                say(f"  {fetched} fetched, unpacking")
    if pip.returncode:
        print("\n".join(said[-15:]), file=sys.stderr)
        raise Refused(
            "pip to install the locked packages",
            f"exit code {pip.returncode} (its last words are above)",
            "check network and disk space, then run make again (it starts afresh)",
        )


class Environment:
    """The virtual environment of one checkout, and the steps that make it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.path = root / ENV

    def base_key(self) -> str:
        """What the locked packages depend on: the lock, and where the environment lies."""
        return fingerprint(self.root / LOCK) + " " + str(self.path)

    def project_key(self) -> str:
        """What the editable installation depends on."""
        return fingerprint(self.root / "pyproject.toml")

    def oracles_key(self) -> str:
        """What the packages for the oracle tests depend on."""
        return fingerprint(self.root / ORACLES) + " " + TORCH

    def create(self, python: Interpreter) -> None:
        """An empty environment, whatever was there before."""
        say(f"making {ENV} with Python {python.number}")
        if self.path.is_symlink() or self.path.is_file():
            raise Refused(f"a folder at {ENV}", "a file or link", f"move {ENV} away")
        made = subprocess.run(
            [python.path, "-m", "venv", "--clear", str(self.path)],
            check=False,
            capture_output=True,
            text=True,
        )
        if made.returncode:
            print(made.stdout + made.stderr, file=sys.stderr)
            raise Refused(
                "python -m venv to work",
                f"exit code {made.returncode} (its words are above)",
                "install the venv module whole (Debian and Ubuntu: apt install python3-venv)",
            )

    def install_lock(self) -> None:
        """Every locked package, each file checked against its hash."""
        count = len([line for line in locked_versions(self.root / LOCK) if "win32" not in line])
        say(f"installing {count} packages from {LOCK}, hashes checked")
        run_pip(self.root, ["--require-hashes", "-r", LOCK], expected=count)

    def install_project(self) -> None:
        """The five rooms, editable: pip refuses an editable line inside a hash-locked file."""
        say("installing mirrorcheck, editable")
        run_pip(self.root, ["--no-deps", "--no-build-isolation", "-e", "."])

    def install_oracles(self) -> None:
        """Independent implementations for the oracle tests, beside the lock and held to it."""
        count = len(locked_versions(self.root / ORACLES))
        say(f"installing {count} packages from {ORACLES}, hashes checked")
        run_pip(self.root, ["--require-hashes", "-r", ORACLES])
        say(f"installing {TORCH} (large; for this machine's own build no hash is kept)")
        # A file of constraints with hashes would ask for a hash of PyTorch too.
        with tempfile.TemporaryDirectory() as folder:
            constraints = Path(folder) / "constraints.txt"
            constraints.write_text(
                "\n".join(locked_versions(self.root / LOCK)) + "\n", encoding="utf-8"
            )
            run_pip(self.root, ["-c", str(constraints), TORCH])

    def answers(self) -> Interpreter | None:
        """The environment's own Python if it still runs; the one under it may be gone."""
        return probe(str(self.path / "bin" / "python"))

    def make(self, wanted: str, *, only_this: bool, oracles: bool) -> bool:
        """Bring the environment to what the files say; return whether anything was done.

        Raises
        ------
        Refused
            If no fit Python is found, or an installation fails.
        """
        stamp = read_stamp(self.path)
        current = self.answers() if stamp else None
        fresh = current is not None and stamp.get("base") == self.base_key() and current.in_range
        if fresh and only_this:
            asked = choose(wanted, only_this=True)
            fresh = current is not None and asked.version[:2] == current.version[:2]
        done = False
        if not fresh:
            python = choose(wanted, only_this=only_this, before=stamp.get("python"))
            (self.path / STAMP).unlink(missing_ok=True)
            self.create(python)
            self.install_lock()
            stamp = {"base": self.base_key(), "python": python.path}
            done = True
        if stamp.get("project") != self.project_key():
            (self.path / STAMP).unlink(missing_ok=True)
            self.install_project()
            stamp["project"] = self.project_key()
            write_stamp(self.path, stamp)
            done = True
        if oracles and stamp.get("oracles") != self.oracles_key():
            # Held to the lock, this changes no locked package: the rest of the stamp stays true.
            stamp.pop("oracles", None)
            write_stamp(self.path, stamp)
            self.install_oracles()
            stamp["oracles"] = self.oracles_key()
            write_stamp(self.path, stamp)
            done = True
        return done


def main(arguments: list[str] | None = None) -> int:
    """Command line; 0 when the environment is ready, 2 when it cannot be made."""
    parser = argparse.ArgumentParser(description="Make .venv from the hash-locked requirements.")
    parser.add_argument("--python", metavar="NAME", help="build with this Python and no other")
    parser.add_argument(
        "--oracles", action="store_true", help="also PyTorch, cvxpy and heyoka, for test-oracles"
    )
    parser.add_argument(
        "--quiet", action="store_true", help="say nothing when there is nothing to do"
    )
    options = parser.parse_args(arguments)
    try:
        with one_at_a_time(ROOT):
            done = Environment(ROOT).make(
                options.python or sys.executable,
                only_this=options.python is not None,
                oracles=options.oracles,
            )
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted: the next make builds the environment anew", file=sys.stderr)
        return 130
    if done or not options.quiet:
        say(f"the environment is ready; to work in it: source {ENV}/bin/activate")
    return 0


if __name__ == "__main__":
    sys.exit(main())

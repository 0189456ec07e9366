"""Find a Python that the lock was resolved for and that can make virtual environments.

Standard library only, and nothing newer than Python 3.8 (annotations are never evaluated): a Python
that is too old must get as far as saying so.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from typing import NamedTuple

OLDEST, NEWEST = (3, 11), (3, 14)
RANGE = "Python 3.11 to 3.14"
NEWEST_FIRST = ["python3.14", "python3.13", "python3.12", "python3.11"]

# Printed on one line: the version, whether it can make environments, and where it lies, outside of
# any virtual environment that it was started from (that one may be about to be replaced).
PROBE = (
    "import sys, importlib.util as f; print('%d %d %d' % sys.version_info[:3], "
    "int(bool(f.find_spec('venv') and f.find_spec('ensurepip'))), "
    "getattr(sys, '_base_executable', None) or sys.executable)"
)


class Refused(Exception):
    """The environment cannot be made: one line, with what was expected, received, the remedy."""

    def __init__(self, expected: str, received: str, remedy: str) -> None:
        super().__init__(f"error: expected {expected}, received {received}; remedy: {remedy}")


class Interpreter(NamedTuple):
    """A Python that answered: where it lies (outside any virtual environment) and what it is."""

    path: str
    version: tuple[int, int, int]
    has_venv: bool

    @property
    def number(self) -> str:
        """Version as a person writes it, such as 3.12.4."""
        return ".".join(map(str, self.version))

    @property
    def in_range(self) -> bool:
        """Whether the lock was resolved for this version."""
        return OLDEST <= self.version[:2] <= NEWEST


def probe(name: str) -> Interpreter | None:
    """Ask a Python what it is; None when there is none or it does not run.

    It is run and not only looked up: version managers leave launchers on the path for versions that
    are not selected, and those only fail.
    """
    found = shutil.which(name)
    if found is None:
        return None
    with contextlib.suppress(OSError, subprocess.SubprocessError, ValueError):
        answer = subprocess.run(
            [found, "-c", PROBE], capture_output=True, text=True, check=True, timeout=60
        )
        major, minor, micro, has_venv, path = answer.stdout.strip().split(" ", 4)
        return Interpreter(path, (int(major), int(minor), int(micro)), has_venv == "1")
    return None


def choose(wanted: str, *, only_this: bool, before: str | None = None) -> Interpreter:
    """Pick the Python to build with.

    Parameters
    ----------
    wanted
        Name or path of the Python asked for.
    only_this
        The user named it, so nothing else will do.
    before
        The Python of the environment that is being replaced; tried first unless `only_this`.

    Raises
    ------
    Refused
        If none is fit; the message is about `wanted`.
    """
    names = [wanted] if only_this else [*([before] if before else []), wanted, *NEWEST_FIRST]
    for name in names:
        candidate = probe(name)
        if candidate is not None and candidate.in_range and candidate.has_venv:
            return candidate
    first = probe(wanted)
    if first is None:
        raise Refused(
            RANGE, f"no working {wanted}", "install Python, or make PYTHON=/path/to/python3.13"
        )
    if not first.in_range:
        raise Refused(
            RANGE,
            f"{first.number} ({wanted})",
            "install a Python in that range, or name one: make PYTHON=/path/to/python3.13",
        )
    raise Refused(
        f"Python {first.number} with the modules venv and ensurepip",
        "one without them",
        "install them (Debian and Ubuntu: apt install python3-venv)",
    )

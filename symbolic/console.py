"""What every command of the project shares: errors, exit codes, JSON output.

This module sits at the bottom of the house and imports the standard library only, so that a room
started without the environment can still say in one line what is missing.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

DONE = 0
NOT_ESTABLISHED = 1
BAD_INPUT = 2
INTERRUPTED = 130


class UserError(Exception):
    """A mistake that the user can mend: what was expected, what came, what to do.

    Parameters
    ----------
    expected, received, remedy
        One phrase each, without a full stop at the end.
    """

    def __init__(self, *, expected: str, received: str, remedy: str) -> None:
        self.expected = expected
        self.received = received
        self.remedy = remedy
        super().__init__(f"expected {expected}; received {received}; {remedy}")

    def __reduce__(self) -> tuple[Any, ...]:
        # Keyword-only arguments do not survive the default pickling between processes.
        return (_rebuild_user_error, (type(self), self.expected, self.received, self.remedy))


def _rebuild_user_error(
    kind: type[UserError], expected: str, received: str, remedy: str
) -> UserError:
    return kind(expected=expected, received=received, remedy=remedy)


class _Parser(argparse.ArgumentParser):
    """An argument parser whose complaints have the same shape as every other error."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{self.prog}: error: {message}; see {self.prog} --help\n")


def command_parser(prog: str, description: str, epilog: str = "") -> argparse.ArgumentParser:
    """Return a parser with the options that every command has (``--help`` and ``--json``)."""
    parser = _Parser(
        prog=prog,
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--json", metavar="FILE", help="write the result as JSON to FILE (- is standard output)"
    )
    return parser


def run_command(main: Callable[[Sequence[str]], int], prog: str) -> NoReturn:
    """Run ``main`` on the command line and leave with its exit code.

    A `UserError` becomes one message on standard error and exit code 2; a missing dependency says
    how to get the environment; an interruption leaves with 130.
    """
    try:
        code = main(sys.argv[1:])
        sys.stdout.flush()
    except UserError as error:
        print(f"{prog}: error: {error}", file=sys.stderr)
        code = BAD_INPUT
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] in _ROOMS:
            raise
        print(
            f"{prog}: error: expected the project's environment; received a Python without "
            f"{error.name!r}; run `make env`, then `. .venv/bin/activate`",
            file=sys.stderr,
        )
        code = BAD_INPUT
    except KeyboardInterrupt:
        print(f"{prog}: interrupted; what was finished is kept", file=sys.stderr)
        code = INTERRUPTED
    except BrokenPipeError:
        # The reader (head, less) left early: that is no error of ours.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = DONE
    sys.exit(code)


_ROOMS = frozenset({"symbolic", "numeric", "proofs_check", "reports"})


def plain_numbers(value: Any) -> Any:
    """Return ``value`` with everything that JSON lacks replaced.

    Arrays and tuples become lists, NumPy scalars Python numbers, NaN and infinities null, and
    anything else (exact rationals, expressions) its text.
    """
    if hasattr(value, "tolist"):
        value = value.tolist()
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): plain_numbers(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain_numbers(item) for item in value]
    return str(value)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield an empty file beside ``path`` that takes its place when the block ends.

    A reader sees the old file or the new one, never a part; whatever ends the block otherwise
    leaves the old one.

    Raises
    ------
    UserError
        If the folder does not exist, or either file cannot be written.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    except OSError as error:
        raise UserError(
            expected="a file name in a writable folder",
            received=f"{str(path)!r} ({error.strerror})",
            remedy="create the folder or choose another",
        ) from None
    os.close(handle)
    try:
        yield Path(name)
        # mkstemp makes private files; results are ordinary ones.
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(name, 0o666 & ~umask)
        os.replace(name, path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.unlink(name)
        if isinstance(error, OSError):
            raise UserError(
                expected="the name of a file that can be written",
                received=f"{str(path)!r} ({error.strerror})",
                remedy="choose another name",
            ) from None
        raise


def write_text(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` at one stroke; see `replacing`."""
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8")


def write_bytes(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path`` at one stroke; see `replacing`."""
    with replacing(path) as part:
        part.write_bytes(content)


def json_text(value: Any) -> str:
    """Return ``value`` as stable, readable JSON."""
    return json.dumps(plain_numbers(value), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def write_json(target: str | Path, value: Any) -> None:
    """Write ``value`` as JSON to the file ``target`` at one stroke (``-`` is standard output)."""
    if str(target) == "-":
        sys.stdout.write(json_text(value))
    else:
        write_text(Path(target), json_text(value))


def check_writable(target: str | None) -> None:
    """Refuse a ``--json`` target that could not be written, before any long work is begun."""
    if target is None or target == "-":
        return
    path = Path(target)
    if not path.parent.is_dir() or path.is_dir() or not os.access(path.parent, os.W_OK):
        raise UserError(
            expected="--json FILE in a writable folder",
            received=repr(target),
            remedy="create the folder or choose another name",
        )

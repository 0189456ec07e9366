"""How far a sweep is, as lines of text for logs."""

from __future__ import annotations

import sys
import time

from numeric.sweep import Tally

#: Seconds between lines.
EVERY = 10.0


def described(tally: Tally, seconds: float) -> str:
    """Return speed and statuses of a sweep that has been running for some seconds."""
    parts = [f"{count} {status}" for status, count in sorted(tally.statuses.items())]
    if tally.present:
        parts.insert(0, f"{tally.present} were there")
    if seconds > 0 and tally.steps:
        parts.append(f"{tally.steps / seconds:.3g} run-iterations/s")
    return ", ".join(parts)


class PlainProgress:
    """Writes a line to standard error when the first cells are done, and then now and again."""

    def __init__(self, total: int) -> None:
        self.total = total
        self._began = time.monotonic()
        self._next = self._began
        self._latest: Tally | None = None
        self._told = -1

    def __enter__(self) -> PlainProgress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._latest is not None and self._latest.finished != self._told:
            self._tell(self._latest)

    def __call__(self, tally: Tally) -> None:
        """Show what was done so far."""
        self._latest = tally
        if time.monotonic() >= self._next:
            self._tell(tally)
            self._next = time.monotonic() + EVERY

    def _tell(self, tally: Tally) -> None:
        self._told = tally.finished
        more = described(tally, time.monotonic() - self._began)
        print(f"{tally.finished}/{self.total} cells: {more}", file=sys.stderr, flush=True)

"""Verdicts on the terminal; plain text when the output is not one."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from proofs_check.claim import Claim
from proofs_check.evaluation import Record

#: Seconds between lines of progress.
_EVERY = 10.0
_STYLES = {
    "proved": "bold green",
    "supported": "green",
    "corrected": "yellow",
    "vacuous": "magenta",
    "reproduced": "green",
    "not reproduced": "red",
    "refuted": "red",
    "undecided": "bold red",
}


def _mutants(record: Record) -> str:
    mutants = record["mutants"]
    return f"{len(mutants['rejected'])}/{len(mutants['tried'])}"


def _becomes(record: Record) -> str:
    corrected = record["corrected"]
    return f"correction {corrected['verdict']}" if corrected else ""


def print_list(claims: Sequence[Claim]) -> None:
    """Print one line a claim: the full id first, never cut or wrapped."""
    width = max(len(claim.id) for claim in claims)
    for claim in claims:
        print(f"{claim.id:{width}}  {claim.equation}: {claim.title}")


def print_inequality(record: Record) -> None:
    """Print one inequality as a line: id, whether it is proved, statement, radii."""
    radii = [f"{name} {value}" for name, value in record["numbers"].items() if "radius" in name]
    ends = f" ({', '.join(radii)})" if radii else ""
    print(
        f"{record['id']}  {'proved' if record['proved'] else 'NOT PROVED'}  "
        f"{record['statement']}{ends}"
    )


def print_table(records: Sequence[Record]) -> None:
    """Print the verdicts, one row a claim."""
    if not sys.stdout.isatty():
        width = max(len(record["id"]) for record in records)
        for record in records:
            row = (
                f"{record['id']:{width}}  {record['verdict']:14}  "
                f"mutants {_mutants(record):>6}  {_becomes(record)}"
            )
            print(row.rstrip())
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("claim", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("mutants\nrejected", justify="right")
    table.add_column("why")
    for record in records:
        style = _STYLES[record["verdict"]]
        why = "; ".join(part for part in (record["reason"], _becomes(record)) if part)
        table.add_row(
            record["id"], f"[{style}]{record['verdict']}[/]", _mutants(record), why, style=""
        )
    Console().print(table)


def _short(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def print_details(records: Sequence[Record]) -> None:
    """Print every finding of the given records."""
    for record in records:
        print(f"\n{record['id']}: {record['verdict']} ({record['reason']})")
        for found in record["evidence"]:
            print(f"  {found['outcome']:8} {found['role']:9} {found['form']} [{found['check']}]")
            if found["measured"] is not None:
                print(
                    f"           measured {_short(found['measured'])}; "
                    f"predicted {_short(found['predicted'])}; {found['criterion']}"
                )
            print(f"           {found['statement']}")
        if record["certificate"]:
            print(f"  certificate {record['certificate']['reason']}")
            print(f"           {record['certificate']['statement']}")
        if record["counterexample"]:
            print(f"  counterexample: {record['counterexample']['statement']}")
            print(f"                  {record['counterexample']['data']}")


@contextmanager
def counter(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show progress on standard error: a bar on a terminal, a line now and again otherwise."""
    console = Console(stderr=True)
    if console.is_terminal:
        with Progress(console=console, transient=True) as bar:
            task = bar.add_task(what, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)
        return
    told = time.monotonic()

    def line(done: int, total: int) -> None:
        nonlocal told
        if time.monotonic() - told >= _EVERY:
            told = time.monotonic()
            print(f"{done}/{total} {what}", file=sys.stderr, flush=True)

    yield line


class Ticker:
    """Progress on standard error: a bar on a terminal, a line a claim otherwise."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._status = None

    def __enter__(self) -> Ticker:
        if self._console.is_terminal:
            self._status = self._console.status("checking claims")
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status is not None:
            self._status.stop()

    def evidence_done(self, done: int, total: int, record: Record, seconds: float | None) -> None:
        """Tell that a claim, or what is shown besides, is finished."""
        took = "stored evidence" if seconds is None else f"{seconds:.1f} s"
        line = f"[{done}/{total}] {record['id']}: {record.get('verdict', 'shown')} ({took})"
        if self._status is None:
            print(line, file=sys.stderr, flush=True)
            return
        self._console.print(line, style="dim", highlight=False, markup=False)
        self._status.update(f"checking claims: {done} of {total} done")

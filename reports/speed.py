"""The benchmark table: what ``make bench`` wrote last, with the processor it was measured on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from symbolic.console import UserError

RATIOS = Path(__file__).resolve().parent / "bench" / "ratios.json"
WORDS = """\
Ratios of running times, both sides measured in turns in one process on data on which they were
first seen to agree; medians over rounds, one thread for each linear-algebra call. They were
measured with `make bench` on {processor}; making this report does not measure them again. The row
against `dgemm` is the share of the machine's own peak, that of a large matrix product in the same
process, which the matrix products of training reach."""


def speed(path: Path = RATIOS) -> dict[str, Any] | None:
    """Return the table as an exhibit (see `reports.view.build`); None where nothing was measured.

    Raises
    ------
    UserError
        If the file is there but holds no ratios.
    """
    try:
        measured = json.loads(path.read_text(encoding="utf-8"))
        rows = [
            [each["what"], name, f"{value:.3g}"]
            for each in measured["benchmarks"].values()
            for name, value in each["ratios"].items()
        ]
        words = WORDS.format(processor=measured["processor"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UserError(
            expected=f"ratios in {path.name}",
            received="a file that holds none",
            remedy="write it again with make bench",
        ) from None
    table = {"columns": ["what", "ratio", "measured"], "cells": rows}
    return {
        "id": "speed",
        "title": "Speed",
        "text": words.replace("\n", " "),
        "table": table,
        "drawings": [],
        "after": "",
    }

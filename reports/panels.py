"""``python -m reports fig1a ...``: panels of printed figures over many data sets, as pages."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from proofs_check.panels import (
    DATASETS,
    FAMILY_NAMES,
    PANELS,
    chosen_families,
    evaluate_panel,
    stored_runner,
)
from proofs_check.runner import available_cores
from reports.bands import draw_grid
from reports.drawing import Order, draw_all
from reports.page import panel_html
from symbolic.console import (
    DONE,
    UserError,
    check_writable,
    command_parser,
    plain_numbers,
    write_bytes,
    write_json,
    write_text,
)

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / ".cache" / "panels"
#: Outcomes of runs: a second call, or one of another panel with runs in common, takes them.
STORE = ROOT / ".cache" / "sweeps" / "experiments.sqlite"


def main(panels: Sequence[str], arguments: Sequence[str]) -> int:
    """Run the command on panels of these names; returns 0."""
    names = list(dict.fromkeys(panels))
    words = " ".join(f"Fig. {name[3:]}: {PANELS[name].panel.words}" for name in names)
    parser = command_parser(
        f"python -m reports {' '.join(names)}",
        f"Panels of Lyu et al.'s figures over many data sets, a verdict for each family of data, "
        f"beside the trend in words. {words}",
        "verdicts:\n  reproduced      the trend is seen in one choice of what is left open\n"
        "  not reproduced  it is not, in any\n  no limit        in all of them a run that it needs "
        "diverged or did not converge\n\nexit codes: 0 done, 2 bad input",
    )
    parser.add_argument(
        "--datasets", type=int, default=DATASETS, metavar="N", help=f"data sets ({DATASETS})"
    )
    parser.add_argument(
        "--families", default="all", help=f"all, or some of {','.join(FAMILY_NAMES)} (all)"
    )
    parser.add_argument(
        "--workers", type=int, default=None, metavar="N", help="processes (one for each core)"
    )
    parser.add_argument(
        "--out", default=str(OUT), metavar="DIR", help="folder of the page (.cache/panels)"
    )
    options = parser.parse_args(arguments)
    families = chosen_families(options.families)
    _require(options)
    check_writable(options.json)
    records = []
    for name in names:
        found = _evaluated(name, families, options.datasets, options.workers)
        records.append(plain_numbers(found))
    pages = _write(records, Path(options.out), options.workers)
    if options.json:
        write_json(options.json, records[0] if len(records) == 1 else {"panels": records})
    say = sys.stderr if options.json == "-" else sys.stdout
    for record, page in zip(records, pages, strict=True):
        print(f"{record['words']} {record['datasets']} data sets in each setting.", file=say)
        for each in record["families"]:
            print(f"{each['family']:12}{each['verdict']:16}{each['seen']}", file=say)
        print(page, file=say)
    return DONE


def _require(options: Any) -> None:
    for flag, value in (("--datasets", options.datasets), ("--workers", options.workers)):
        least = 2 if flag == "--datasets" else 1
        if value is not None and value < least:
            raise UserError(
                expected=f"{flag} of {least} or more", received=str(value), remedy="give more"
            )
    if Path(options.out).exists() and not Path(options.out).is_dir():
        raise UserError(
            expected="a folder for the page",
            received=f"{options.out}, which is a file",
            remedy="choose another --out",
        )


def _evaluated(
    name: str, families: Sequence[str], datasets: int, workers: int | None
) -> dict[str, Any]:
    STORE.parent.mkdir(parents=True, exist_ok=True)
    run = stored_runner(STORE, workers or available_cores(), f"runs of {name}")
    return evaluate_panel(name, families, datasets, run)


def _together(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figure that has a small panel for each family."""
    first = record["families"][0]["figures"][0]
    axes = {key: first[key] for key in ("xlabel", "ylabel", "xscale", "yscale") if key in first}
    return {
        **axes,
        "title": record["title"],
        "caption": f"{record['title']} by family of data: median (line) and quartiles (band) over "
        f"{record['datasets']} data sets; an open marker stands for those alone that have a limit.",
        "panels": [
            {
                "title": each["family"],
                "note": each["lost"],
                "series": each["figures"][0]["series"],
            }
            for each in record["families"]
        ],
    }


def _orders(record: Mapping[str, Any]) -> list[Order]:
    """Return the figures of a panel: that of all families first, then those of each."""
    name = record["panel"]
    return [
        Order(name, _together(record), draw_grid),
        *(
            Order(f"{name}-{each['family']}-{k}", spec)
            for each in record["families"]
            for k, spec in enumerate(each["figures"], 1)
        ),
    ]


def _write(records: Sequence[Mapping[str, Any]], folder: Path, workers: int | None) -> list[Path]:
    """Write pages and figures; return the paths of the pages."""
    folder.mkdir(parents=True, exist_ok=True)
    orders = [_orders(record) for record in records]
    drawn = iter(draw_all([order for each in orders for order in each], workers))
    pages = []
    for record, ordered in zip(records, orders, strict=True):
        drawings = list(islice(drawn, len(ordered)))
        for drawing in drawings:
            write_text(folder / f"{drawing.stem}.svg", drawing.svg)
            write_bytes(folder / f"{drawing.stem}.png", drawing.png)
        together, rest = drawings[0], iter(drawings[1:])
        families = [
            {**each, "drawings": list(islice(rest, len(each["figures"])))}
            for each in record["families"]
        ]
        page = folder / f"{record['panel']}.html"
        write_text(page, panel_html({**record, "families": families, "together": together}))
        pages.append(page)
    return pages

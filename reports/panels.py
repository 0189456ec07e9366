"""``python -m reports fig1a``: a panel of a printed figure over many data sets, as a page."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
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
from reports.figures import draw
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


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns 0."""
    name = arguments[0]
    printed = PANELS[name]
    parser = command_parser(
        f"python -m reports {name}",
        f"{printed.panel.words} Fig. {name[3:]} of Lyu et al. over many data sets, a verdict for "
        "each family of data, beside the trend in words.",
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
    options = parser.parse_args(arguments[1:])
    families = chosen_families(options.families)
    _require(options)
    check_writable(options.json)
    record = plain_numbers(_evaluated(name, families, options.datasets, options.workers))
    page = _write(record, Path(options.out))
    if options.json:
        write_json(options.json, record)
    say = sys.stderr if options.json == "-" else sys.stdout
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


def _write(record: Mapping[str, Any], folder: Path) -> Path:
    """Write page and figures; return the path of the page."""
    folder.mkdir(parents=True, exist_ok=True)
    families = []
    for each in record["families"]:
        stems = [
            f"{record['panel']}-{each['family']}-{k}" for k, _ in enumerate(each["figures"], 1)
        ]
        drawings = [draw(stem, spec) for stem, spec in zip(stems, each["figures"], strict=True)]
        for drawing in drawings:
            write_text(folder / f"{drawing.stem}.svg", drawing.svg)
            write_bytes(folder / f"{drawing.stem}.png", drawing.png)
        families.append({**each, "drawings": drawings})
    together = draw_grid(record["panel"], _together(record))
    write_text(folder / f"{together.stem}.svg", together.svg)
    write_bytes(folder / f"{together.stem}.png", together.png)
    page = folder / f"{record['panel']}.html"
    write_text(page, panel_html({**record, "families": families, "together": together}))
    return page

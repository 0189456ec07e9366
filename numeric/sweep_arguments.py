"""The arguments of ``python -m numeric sweep``, and its help."""

from __future__ import annotations

import argparse
from typing import Any

from numeric.arguments import PROG, whole
from numeric.families import FAMILIES, TRUTHS
from numeric.sweep_fields import READERS
from symbolic.console import UserError, command_parser

SWEEP = """\
Run every combination of a grid and keep the limits in one SQLite file. Cells that the file holds
are not run again: after an interruption, or with a grid that was changed, give the command again.
Without a grid: show what the file holds, or write it as --csv or --json."""

TERMS = f"""\
Grid files hold the grid options by name, with _ for -, as numbers, texts or lists; or "grids", a
list of such grids. Options given beside a file replace its fields. In TOML:
  methods = ["gd", "hb"]
  lr = [0.03]
  init_scales = "0.01:1:9"
Families of data
{chr(10).join(f"  {name:<12} {family.description}" for name, family in FAMILIES.items())}
Terms
  cell              one run: data, method, learning rate, start, seeds; its key is their hash
  D                 |theta_inf - theta_star|_2^2, the column distance
  finished          the exact theorem bounds what the rest of the run could change by --accuracy
  converged         run to the end
  stalled           rounding keeps the run from its tolerance
  diverged          a result, kept like any other; it has no limit
  sources           hash of the code that computed a cell; cells of other sources are run again
  bound             of |theta - theta_inf|_2 that finishing early left
The file: tables cells and meta; theta, log_xi and linear are little-endian float64. With pandas:
  pandas.read_sql("select * from cells", sqlite3.connect("results.sqlite"))
Exit codes: 0 done; 1 a cell did not converge, or a cell run again came out otherwise; 2 bad input;
130 interrupted, what was finished is kept."""

_HELP = {
    "families": f"laws of the features: {', '.join(FAMILIES)} (gaussian)",
    "truths": f"laws of theta_star: {', '.join(TRUTHS)} (random-signs)",
    "scales": "multiply X and y (1)",
    "seeds": "draws of the data: how many, or several seeds: 3,5 (1)",
    "methods": "gd,hb,nag on all rows, sgd,shb,snag on minibatches",
    "lr": "learning rates for |X theta - y|^2/(2n)",
    "momentum": "of the methods that have it (0.9)",
    "init_scales": "of u and v: numbers, or low:high:count for equal ratios",
    "biases": "phi of u = phi c, v = c/phi (1)",
    "batch": "rows of a minibatch (1)",
    "batch_seeds": "draws of minibatches: how many, or several seeds (1)",
    "accuracy": "of theta, relative, at which a run is finished; none: to the end (1e-4)",
    "max_steps": "more have not converged (20000000)",
}


def sweep_parser() -> argparse.ArgumentParser:
    """Return the parser of ``sweep``."""
    parser = command_parser(f"{PROG} sweep", SWEEP, TERMS)
    parser.add_argument("grid", nargs="?", metavar="GRID", help="a .json or .toml file")
    parser.add_argument("--out", metavar="FILE", help="the results file")
    parser.add_argument("--csv", metavar="FILE", help="write the cells as CSV (- is stdout)")
    parser.add_argument(
        "--workers", type=whole, default=1, metavar="N", help="processes on this machine (1)"
    )
    parser.add_argument(
        "--dask", metavar="ADDRESS", help="of a Dask scheduler, for instance tcp://host:8786"
    )
    parser.add_argument(
        "--rerun", metavar="KEY", help="run one cell of the file again: do all bits agree?"
    )
    grid = parser.add_argument_group("grid (values separated by commas)")
    grid.add_argument(
        "--shape",
        action="append",
        dest="shapes",
        metavar="n,d,s",
        help="samples, features, nonzero entries (40,100,5); may be repeated",
    )
    for name, text in _HELP.items():
        grid.add_argument("--" + name.replace("_", "-"), metavar="LIST", help=text)
    return parser


def grid_options(options: argparse.Namespace) -> dict[str, Any]:
    """Return the fields of a grid that were given as options."""
    return {name: getattr(options, name) for name in READERS if getattr(options, name) is not None}


def require_consistent(options: argparse.Namespace) -> None:
    """Raise a `UserError` for options that do not go together."""
    asked = bool(options.grid or grid_options(options))
    for holds, expected, received in (
        (options.out is not None, "--out FILE", "none"),
        (options.workers >= 1, "--workers of 1 or more", str(options.workers)),
        (
            options.dask is None or options.workers == 1,
            "one of --workers and --dask",
            "both",
        ),
        (
            options.rerun is None or not (asked or options.csv),
            "--rerun KEY with --out FILE alone",
            "a grid or --csv as well",
        ),
        (
            not (options.csv == "-" and options.json == "-"),
            "at most one of --csv and --json on standard output",
            "both",
        ),
    ):
        if not holds:
            raise UserError(expected=expected, received=received, remedy=f"see {PROG} sweep --help")

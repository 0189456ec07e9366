"""``python -m proofs_check``: evaluate claims and print the table of verdicts."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from symbolic.console import (
    DONE,
    NOT_ESTABLISHED,
    check_writable,
    command_parser,
    run_command,
    write_json,
)

PROG = "python -m proofs_check"


def main(arguments: Sequence[str]) -> int:
    """Run the command; return 0, or 1 if a claim is undecided or an inequality not proved."""
    # Imported here, so that a Python without the environment is told so in one line.
    from proofs_check.registry import select
    from proofs_check.runner import run_claims
    from proofs_check.tables import Ticker, print_details, print_list, print_table
    from proofs_check.verdict import MEANINGS, Verdict

    meanings = "\n".join(f"  {verdict.value:15} {text}" for verdict, text in MEANINGS.items())
    parser = command_parser(
        PROG,
        "Evaluate the papers' statements and print the verdicts.",
        f"verdicts:\n{meanings}\n\nexit codes: 0 all decided (or proved), "
        "1 a claim is undecided or an inequality not proved, 2 bad input",
    )
    parser.add_argument("ids", nargs="*", metavar="ID", help="claim ids or globs (default: all)")
    parser.add_argument("--list", action="store_true", help="list the claims, run nothing")
    parser.add_argument("--fresh", action="store_true", help="ignore stored evidence")
    parser.add_argument(
        "--certify",
        action="store_true",
        help="prove inequalities of the claims by ball arithmetic instead, one line each",
    )
    parser.add_argument("--details", action="store_true", help="print every finding")
    parser.add_argument("--jobs", type=int, metavar="N", help="processes (default: the cores)")
    options = parser.parse_args(arguments)
    if options.jobs is not None and options.jobs < 1:
        parser.error(f"expected --jobs of at least 1; received {options.jobs}; use 1 or more")
    check_writable(options.json)
    if options.certify:
        return _certify(options.ids, options.json)
    claims = select(options.ids)
    if options.list:
        if options.json:
            write_json(
                options.json,
                {"claims": [{"id": claim.id, "title": claim.title} for claim in claims]},
            )
        if options.json != "-":
            print_list(claims)
        return DONE
    with Ticker() as ticker:
        records = run_claims(
            claims, fresh=options.fresh, jobs=options.jobs, progress=ticker.evidence_done
        )
    if options.json:
        write_json(options.json, {"claims": records})
    if options.json != "-":
        print_table(records)
        undecided = [record for record in records if record["verdict"] == Verdict.UNDECIDED]
        print_details(records if options.details else undecided)
        sys.stdout.flush()
    open_claims = any(record["verdict"] == Verdict.UNDECIDED for record in records)
    return NOT_ESTABLISHED if open_claims else DONE


def _certify(ids: Sequence[str], target: str | None) -> int:
    """Print a line for each inequality; return 0, or 1 if one is not proved."""
    from proofs_check.inequalities import tried
    from proofs_check.tables import print_inequality

    records = []
    for record in tried(ids):
        records.append(record)
        if target != "-":
            print_inequality(record)
            sys.stdout.flush()
    if target:
        write_json(target, {"certificates": records})
    return DONE if all(record["proved"] for record in records) else NOT_ESTABLISHED


if __name__ == "__main__":
    run_command(main, PROG)

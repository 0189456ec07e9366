"""``python -m reports``: check every claim and write the report; or a panel of a printed figure."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import takewhile
from typing import Any

from symbolic.console import (
    DONE,
    NOT_ESTABLISHED,
    UserError,
    check_writable,
    command_parser,
    run_command,
    write_json,
)

PROG = "python -m reports"


def _evaluate(*, fresh: bool) -> dict[str, Any]:
    from proofs_check import inequalities, next_order_effects, one_theorem
    from proofs_check.exhibits import EXHIBITS
    from proofs_check.generalisation_chapter import generalisation_chapter
    from proofs_check.past_the_papers import past_the_papers
    from proofs_check.registry import select
    from proofs_check.runner import run_evidence
    from proofs_check.shown import SHOWN
    from proofs_check.tables import Ticker

    selected = select([])
    with Ticker() as ticker:
        found = run_evidence(selected, list(SHOWN), fresh=fresh, progress=ticker.evidence_done)
    claims = [found[claim.id] for claim in selected]
    proved, effects = found[inequalities.NAME], found[next_order_effects.NAME]
    chapters = [generalisation_chapter(claims), past_the_papers(claims, effects, proved)]
    return {
        "claims": claims,
        "exhibits": [found[name] for name in EXHIBITS],
        "theorems": [found[one_theorem.NAME]],
        "chapters": [chapter for chapter in chapters if chapter is not None],
    }


def main(arguments: Sequence[str]) -> int:
    """Run the command; 0 done, 1 a claim undecided or (``--check``) something differs."""
    from proofs_check.panels import PANELS
    from reports import panels

    words = list(takewhile(lambda each: not each.startswith("-"), arguments))
    for word in words:
        if word not in PANELS:
            raise UserError(
                expected=f"panels, {', '.join(PANELS)}, or options",
                received=repr(word),
                remedy=f"see {PROG} --help",
            )
    if words:
        return panels.main(words, arguments[len(words) :])
    from proofs_check.verdict import MEANINGS, Verdict
    from reports.comparison import report_differences, settled
    from reports.writing import read_report, write_report

    meanings = "\n".join(f"  {verdict.value:15} {text}" for verdict, text in MEANINGS.items())
    parser = command_parser(
        PROG,
        "Check every claim and write the report: HTML, Markdown, JSON and figures. With panels of "
        f"Lyu et al.'s figures first ({', '.join(PANELS)}): those over many data sets, see "
        f"{PROG} fig1a --help.",
        f"verdicts:\n{meanings}\n\nexit codes: 0 done, 1 a claim is undecided or --check found "
        "differences, 2 bad input",
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="compute everything again and compare with the report; write no page",
    )
    parser.add_argument("--fresh", action="store_true", help="ignore stored evidence")
    options = parser.parse_args(arguments)
    check_writable(options.json)
    committed = read_report()
    if options.check and committed is None:
        parser.error("expected a report to compare with; received none; write it without --check")

    report = _evaluate(fresh=options.fresh or options.check)
    if options.json:
        write_json(options.json, report)
    # The page's path must not mix with JSON on standard output.
    say = sys.stderr if options.json == "-" else sys.stdout
    if options.check and committed is not None:
        found = report_differences(committed, report)
        for line in found:
            print(line, file=say)
        total = len(report["claims"])
        print(f"{total} claims compared, {len(found)} differences", file=say)
        return NOT_ESTABLISHED if found else DONE

    page = write_report(settled(committed, report))
    undecided = [r["id"] for r in report["claims"] if r["verdict"] == Verdict.UNDECIDED]
    if undecided:
        print(f"undecided: {', '.join(undecided)}", file=sys.stderr)
    print(page, file=say)
    return NOT_ESTABLISHED if undecided else DONE


if __name__ == "__main__":
    run_command(main, PROG)

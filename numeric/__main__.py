"""``python -m numeric``: ``compare``, ``attribute``, ``sweep`` and ``dataset``."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from numeric.arguments import PROG, compare_parser, flag, require_method, require_one, whole
from numeric.attribute_arguments import attribute_parser
from symbolic.console import (
    DONE,
    NOT_ESTABLISHED,
    UserError,
    check_writable,
    command_parser,
    run_command,
    write_json,
)

if TYPE_CHECKING:
    from numeric.problems import Problem, Start
    from numeric.torch_settings import TorchSettings

USAGE = """\
usage: python -m numeric COMMAND ...

  compare   train one network on one dataset and show its limit beside every prediction
  attribute split the error of its limit into what scale, shape and start of the potential make
  sweep     run a grid of cells into one results file, on processes or a Dask cluster
  dataset   write a real dataset in the format that compare reads

python -m numeric COMMAND --help explains each.
"""


def main(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit code."""
    commands = {
        "compare": run_compare,
        "attribute": run_attribute,
        "sweep": run_sweep,
        "dataset": run_dataset,
    }
    if arguments and arguments[0] in commands:
        return commands[arguments[0]](arguments[1:])
    if arguments and arguments[0] in ("-h", "--help"):
        print(USAGE, end="")
        return DONE
    raise UserError(
        expected=f"a command, {' or '.join(commands)}",
        received=repr(arguments[0]) if arguments else "nothing",
        remedy=f"see {PROG} --help",
    )


def run_compare(arguments: Sequence[str]) -> int:
    """Run ``compare``; returns 0, or 1 if the run did not converge."""
    options = compare_parser().parse_args(arguments)
    problem, start, settings = _setting(options)

    from numeric.compare import compare, compare_torch

    limits = {"seed": options.seed, "tol": options.tol, "max_steps": options.max_steps}
    if settings is not None:
        result = compare_torch(problem, start, settings, batch=options.batch, **limits)
    else:
        result = compare(
            problem,
            start,
            options.method,
            options.lr,
            momentum=options.momentum,
            batch=options.batch,
            **limits,
        )

    from numeric.tables import show

    _deliver(options.json, result, show)
    return DONE if result.trained.converged else NOT_ESTABLISHED


def run_attribute(arguments: Sequence[str]) -> int:
    """Run ``attribute``; returns 0, or 1 if the run or its reference did not converge."""
    options = attribute_parser().parse_args(arguments)
    problem, start, settings = _setting(options)

    from numeric.attributed_run import attributed_run
    from numeric.compare import TORCH, in_words_of_torch, run_of, run_of_torch

    method, batch = options.method, options.batch
    if settings is not None:
        run = run_of_torch(problem, start, settings, batch=batch, seed=options.seed)
        method, words = TORCH, in_words_of_torch(settings, run.eta)
    else:
        run, batch = run_of(method, options.lr, momentum=options.momentum, batch=batch)
        words = nullcontext()
    with words:
        result = attributed_run(
            problem,
            start,
            method,
            run,
            batch=batch,
            seed=options.seed,
            against=options.against,
            tol=options.tol,
            max_steps=options.max_steps,
        )

    from numeric.tables import show_attribution

    _deliver(options.json, result, show_attribution)
    return DONE if result.converged else NOT_ESTABLISHED


def _setting(options: Namespace) -> tuple[Problem, Start, TorchSettings | None]:
    """Check the options of a run and read its data, start and settings of torch.

    The momentum that a method has by default is filled in.
    """
    check_writable(options.json)
    require_one(options, "--data", "--gaussian")
    require_one(options, "--init-scale", "--init")
    for name, owner in (("mean", "gaussian"), ("scale", "gaussian"), ("init_bias", "init_scale")):
        if getattr(options, name) is not None and getattr(options, owner) is None:
            raise UserError(
                expected=f"{flag(name)} only with {flag(owner)}",
                received=f"{flag(name)} without it",
                remedy=f"leave it out or add {flag(owner)}",
            )

    require_method(options)

    from numeric.compare import FULL_BATCH, MINIBATCH
    from numeric.datasets import gaussian
    from numeric.files import read_problem, read_start
    from numeric.problems import Start
    from numeric.torch_settings import TorchSettings

    settings = None if options.torch is None else TorchSettings.parse(options.torch)
    if settings is None and options.method not in (*FULL_BATCH, *MINIBATCH):
        raise UserError(
            expected=f"--method {'|'.join([*FULL_BATCH, *MINIBATCH])}",
            received=repr(options.method),
            remedy="see --help for what they are",
        )
    if options.momentum is None:
        options.momentum = 0.0 if options.method in ("gd", "sgd") else 0.9
    if options.data is not None:
        problem = read_problem(options.data)
    else:
        mean = 0.0 if options.mean is None else options.mean
        scale = 1.0 if options.scale is None else options.scale
        problem = gaussian(*options.gaussian, mean=mean, scale=scale, seed=options.seed)
    if options.init is not None:
        start = read_start(options.init)
    else:
        bias = 1.0 if options.init_bias is None else options.init_bias
        start = Start.scaled(problem.d, options.init_scale, bias)
    start.require_dimension(problem.d)
    return problem, start, settings


def _deliver(target: str | None, result: Any, show: Callable[[Any], None]) -> None:
    """Write a result as JSON if asked, and show it unless that went to standard output."""
    if target is not None:
        write_json(target, result.as_json())
    if target == "-":
        for notice in result.notices:
            print(f"note: {notice}", file=sys.stderr)
    else:
        show(result)


def run_sweep(arguments: Sequence[str]) -> int:
    """Run ``sweep``; returns 0, or 1 if a cell did not converge."""
    from numeric.sweep_command import sweep

    if not sys.stderr.isatty():
        return sweep(arguments)

    import time

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as RichBar

    from numeric.sweep import Tally
    from numeric.sweep_progress import described

    class Bar:
        """A bar on the terminal."""

        def __init__(self, total: int) -> None:
            self.began = time.monotonic()
            self.bar = RichBar(
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                TextColumn("{task.description}"),
                console=Console(stderr=True),
            )
            self.line = self.bar.add_task("starting", total=total)

        def __enter__(self) -> Bar:
            self.bar.start()
            return self

        def __exit__(self, *_: object) -> None:
            self.bar.stop()

        def __call__(self, tally: Tally) -> None:
            text = described(tally, time.monotonic() - self.began)
            self.bar.update(self.line, completed=tally.finished, description=text)

    return sweep(arguments, Bar)


def run_dataset(arguments: Sequence[str]) -> int:
    """Run ``dataset``: write real data to a file."""
    parser = command_parser(
        f"{PROG} dataset",
        "Write a real dataset as X (n, d) and y (n,) to a .npz file that compare reads.",
        "diabetes: patients of the data set shipped with scikit-learn, polynomial features of\n"
        "the 10 measured ones, everything standardised over the rows drawn. Centred rows sum to\n"
        "zero, so one of them is redundant: compare drops it with a notice.",
    )
    parser.add_argument("name", metavar="NAME", help="diabetes")
    parser.add_argument("--rows", type=whole, default=30, metavar="N", help="patients (30)")
    parser.add_argument("--degree", type=whole, default=2, metavar="P", help="of the features (2)")
    parser.add_argument("--seed", type=whole, default=0, metavar="S", help="which rows (0)")
    parser.add_argument("--out", metavar="FILE", help="the .npz file to write")
    options = parser.parse_args(arguments)
    check_writable(options.json)
    if options.name != "diabetes":
        raise UserError(
            expected="the name of a dataset, diabetes",
            received=repr(options.name),
            remedy="or give your own file to compare",
        )
    if options.out is None:
        raise UserError(
            expected="--out FILE.npz", received="none", remedy="say where to write the data"
        )

    from numeric.datasets import diabetes_arrays
    from numeric.files import write_npz

    X, y = diabetes_arrays(options.rows, options.degree, options.seed)
    write_npz(options.out, X=X, y=y)
    if options.json is not None:
        write_json(options.json, {"file": options.out, "n": X.shape[0], "d": X.shape[1]})
    if options.json != "-":
        print(f"{options.out}: X {X.shape[0]} x {X.shape[1]}, y {y.shape[0]}")
    return DONE


if __name__ == "__main__":
    run_command(main, PROG)

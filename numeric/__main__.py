"""``python -m numeric compare`` and ``python -m numeric dataset``."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from numeric.arguments import PROG, compare_parser, flag, require_method, require_one, whole
from symbolic.console import (
    DONE,
    NOT_ESTABLISHED,
    UserError,
    check_writable,
    command_parser,
    run_command,
    write_json,
)

USAGE = """\
usage: python -m numeric COMMAND ...

  compare   train one network on one dataset and show its limit beside every prediction
  dataset   write a real dataset in the format that compare reads

python -m numeric COMMAND --help explains each.
"""


def main(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit code."""
    commands = {"compare": run_compare, "dataset": run_dataset}
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

    from numeric.compare import FULL_BATCH, MINIBATCH, compare, compare_torch
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
    limits = {"seed": options.seed, "tol": options.tol, "max_steps": options.max_steps}
    if settings is not None:
        result = compare_torch(problem, start, settings, batch=options.batch, **limits)
    else:
        momentum = options.momentum
        if momentum is None:
            momentum = 0.0 if options.method in ("gd", "sgd") else 0.9
        result = compare(
            problem,
            start,
            options.method,
            options.lr,
            momentum=momentum,
            batch=options.batch,
            **limits,
        )
    if options.json is not None:
        write_json(options.json, result.as_json())
    if options.json == "-":
        for notice in result.notices:
            print(f"note: {notice}", file=sys.stderr)
    else:
        from numeric.tables import show

        show(result)
    return DONE if result.trained.converged else NOT_ESTABLISHED


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

"""``python -m numeric compare`` and ``python -m numeric dataset``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
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

PROG = "python -m numeric"

USAGE = """\
usage: python -m numeric COMMAND ...

  compare   train one network on one dataset and show its limit beside every prediction
  dataset   write a real dataset in the format that compare reads

python -m numeric COMMAND --help explains each.
"""

COMPARE = """\
Train the network theta = u*u - v*v with the loss L = |X theta - y|^2/(2n) (on a minibatch the mean
over its rows) and show the solution it picks beside what each theory predicts."""

TERMS = """\
Methods: y[k] = x[k] + kappa (x[k] - x[k-1]);  x[k+1] = x[k] + mu (x[k] - x[k-1]) - eta grad L(y[k])
  gd, hb, nag       gradient descent; heavy ball (kappa = 0); Nesterov (kappa = mu); x[-1] = x[0]
  sgd, shb, snag    the same on minibatches of --batch rows
Learning rates of other conventions: --lr is eta for |X theta - y|^2/(2n); multiply yours by
  2                 if your loss is the mean of squares, |X theta - y|^2/n
  2n                if it is the sum of squares, |X theta - y|^2
  n                 if it is half the sum, |X theta - y|^2/2
  1/2               if your network is a*b with rate gamma = 2 eta; start: u = (a+b)/2, v = (a-b)/2
  1 - dampening     for torch.optim.SGD with that dampening (its first step is undamped)
Predictions (each is argmin of sum Q_xi(theta) + R.theta over X theta = y, not the end of an ODE)
  gradient-flow     steps taken as infinitely small (Lyu et al., Prop. 2, corrected sign)
  theorem3          first order in eta: xi exp(-alpha phi), phi summed along this run
  theorem3.forecast the same with phi along gradient flow: known before training
  ....printed       the same with the linear term exactly as it is printed
Terms
  distance          |theta - prediction|_2
  xi                |u v|, the scale of a neuron pair; small xi favours sparse solutions
  alpha             inertia of the method's second-order flow
  phi               8/(1-mu)^2 int (dL/d theta)^2 dt, time t = (step) eta
  small parameter   eta/(1-mu)^2 times the largest Hessian eigenvalue at the limit; above 0.1
                    first-order predictions need not hold
  converged         |X theta - y| and the last 100 moves are all at most --tol
  stalled           rounding keeps the run above --tol
Exit codes: 0 done; 1 the run did not converge (distances are null); 2 bad input or divergence."""


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
    _require_one(options, "--data", "--gaussian")
    _require_one(options, "--init-scale", "--init")
    for name, owner in (("mean", "gaussian"), ("scale", "gaussian"), ("init_bias", "init_scale")):
        if getattr(options, name) is not None and getattr(options, owner) is None:
            raise UserError(
                expected=f"{_flag(name)} only with {_flag(owner)}",
                received=f"{_flag(name)} without it",
                remedy=f"leave it out or add {_flag(owner)}",
            )

    from numeric.compare import FULL_BATCH, MINIBATCH, compare
    from numeric.datasets import gaussian
    from numeric.files import read_problem, read_start
    from numeric.problems import Start

    if options.method not in (*FULL_BATCH, *MINIBATCH):
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
        seed=options.seed,
        tol=options.tol,
        max_steps=options.max_steps,
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
    parser.add_argument("--rows", type=_whole, default=30, metavar="N", help="patients (30)")
    parser.add_argument("--degree", type=_whole, default=2, metavar="P", help="of the features (2)")
    parser.add_argument("--seed", type=_whole, default=0, metavar="S", help="which rows (0)")
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


def compare_parser() -> argparse.ArgumentParser:
    """Return the parser of ``compare``."""
    parser = command_parser(f"{PROG} compare", COMPARE, TERMS)
    data = parser.add_argument_group("data (one of)")
    data.add_argument(
        "--data",
        metavar="FILE",
        help=".npz with X, y and optionally theta_star; or .csv, the target in the last column",
    )
    data.add_argument(
        "--gaussian",
        type=_three_whole,
        metavar="n,d,s",
        help="n samples of d independent normal features, s nonzero entries of theta_star",
    )
    data.add_argument("--mean", type=_real, metavar="M", help="of the Gaussian features (0)")
    data.add_argument("--scale", type=_real, metavar="E", help="multiplies X and y (1)")
    method = parser.add_argument_group("method")
    method.add_argument("--method", required=True, metavar="gd|hb|nag|sgd|shb|snag")
    method.add_argument("--lr", type=_real, required=True, metavar="ETA", help="learning rate")
    method.add_argument(
        "--momentum", type=_real, metavar="MU", help="in [0, 1); 0 for gd and sgd, else 0.9"
    )
    method.add_argument("--batch", type=_whole, metavar="B", help="rows of a minibatch (1)")
    method.add_argument(
        "--seed", type=_whole, default=0, metavar="S", help="of data and minibatches (0)"
    )
    method.add_argument(
        "--max-steps", type=_whole, default=1_000_000, metavar="K", help="give up after (1000000)"
    )
    method.add_argument(
        "--tol", type=_real, metavar="T", help="by default just above what float64 can reach"
    )
    start = parser.add_argument_group("start (one of)")
    start.add_argument(
        "--init-scale", type=_real, metavar="C", help="u = phi C and v = C/phi everywhere"
    )
    start.add_argument("--init", metavar="FILE", help=".npz with u and v, no zero entry")
    start.add_argument(
        "--init-bias", type=_real, metavar="PHI", help="phi of --init-scale (1: unbiased)"
    )
    return parser


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _require_one(options: argparse.Namespace, first: str, second: str) -> None:
    given = [
        flag for flag in (first, second) if getattr(options, flag[2:].replace("-", "_")) is not None
    ]
    if len(given) != 1:
        raise UserError(
            expected=f"one of {first} and {second}",
            received=" and ".join(given) or "neither",
            remedy=f"see {PROG} compare --help",
        )


def _parsed(convert: Callable[[str], Any], text: str, expected: str, remedy: str) -> Any:
    try:
        return convert(text)
    except ValueError:
        raise UserError(expected=expected, received=repr(text), remedy=remedy) from None


def _real(text: str) -> float:
    return _parsed(float, text, "a number", "write it as 0.01 or 1e-2")


def _whole(text: str) -> int:
    value = _parsed(int, text, "a whole number", "write it in digits")
    if value < 0:
        raise UserError(
            expected="a whole number >= 0", received=repr(text), remedy="leave out the sign"
        )
    return value


def _three_whole(text: str) -> tuple[int, int, int]:
    parts = text.split(",")
    if len(parts) != 3:
        raise UserError(
            expected="--gaussian n,d,s", received=repr(text), remedy="for instance 40,100,5"
        )
    n, d, s = (_whole(part) for part in parts)
    return n, d, s


if __name__ == "__main__":
    run_command(main, PROG)

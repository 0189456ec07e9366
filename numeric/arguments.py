"""The arguments of ``python -m numeric compare``, and its help; those of every run are shared."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from symbolic.console import UserError, command_parser

PROG = "python -m numeric"

COMPARE = """\
Train the network theta = u*u - v*v with the loss L = |X theta - y|^2/(2n) (on a minibatch the mean
over its rows) and show the solution it picks beside what each theory predicts."""

TERMS = """\
Methods: y[k] = x[k] + kappa (x[k] - x[k-1]);  x[k+1] = x[k] + mu (x[k] - x[k-1]) - eta grad L(y[k])
  gd, hb, nag       gradient descent; heavy ball (kappa = 0); Nesterov (kappa = mu); x[-1] = x[0]
  sgd, shb, snag    the same on minibatches of --batch rows
  --torch SETTINGS  torch.optim.SGD as you have it, instead of --method, --lr and --momentum, on
                    minibatches with --batch: lr=NUMBER, momentum=, dampening=, nesterov, and
                    loss=half-mean (|r|^2/(2b) for the residuals r of the b rows of a step, the
                    default), mean (|r|^2/b, nn.MSELoss), sum (|r|^2) or half-sum (|r|^2/2)
Learning rates of other conventions: --lr is eta for |X theta - y|^2/(2n); multiply yours by
  2                 if your loss is the mean of squares, |X theta - y|^2/n
  2n                if it is the sum of squares, |X theta - y|^2
  n                 if it is half the sum, |X theta - y|^2/2
  1/2               if your network is a*b with rate gamma = 2 eta; start: u = (a+b)/2, v = (a-b)/2
Predictions (each is argmin of sum Q_xi(theta) + R.theta over X theta = y, not the end of an ODE)
  gradient-flow     steps taken as infinitely small (Lyu et al., Prop. 2, corrected sign)
  theorem3          first order in eta: xi exp(-alpha phi), phi summed along this run; all rows, sgd
  theorem3.forecast the same with phi along gradient flow: known before training; all rows
  theorem3.next-order  second order in eta, sum of squares along this run; all rows, from rest: with
                    a velocity at the start or on minibatches its initial layer is another
  theorem3.next-order.forecast  the same by gradient flow and its first variation
  mgf               momentum gradient flow (Papazov et al.) with lambda = 2 alpha/(1-mu); all rows
  mgf.lambda-printed  hb with lambda as printed, gamma/(1-beta)^2 = 2 eta/(1-mu)^2
  exact             nothing neglected: log-ratios of iterates, summed along this run; every method
  ....printed       the same with the linear term exactly as it is printed
Terms
  distance          |theta - prediction|_2
  uses path         takes sums along the run itself: it explains the run and does not forecast it
  rounding          what float64 may make of the distance of exact, to first order
  xi                |u v|, the scale of a neuron pair; small xi favours sparse solutions
  alpha             inertia of the method's second-order flow; lambda is that of MGF
  phi               8/(1-mu)^2 int (dL/d theta)^2 dt, time t = (step) eta
  small parameter   eta/(1-mu)^2 times the largest Hessian eigenvalue at the limit, by whose powers
                    theorem3 and its next order expand; above 0.1 these predictions need not hold
  converged         |X theta - y| and the last 100 moves are all at most --tol
  stalled           rounding keeps the run above --tol
Exit codes: 0 done; 1 the run did not converge (distances are null); 2 bad input or divergence."""


def compare_parser() -> argparse.ArgumentParser:
    """Return the parser of ``compare``."""
    return run_parser("compare", COMPARE, TERMS)


def run_parser(command: str, description: str, epilog: str) -> argparse.ArgumentParser:
    """Return the parser of a command that trains: options for data, method and start."""
    parser = command_parser(f"{PROG} {command}", description, epilog)
    parser.set_defaults(command=command)
    data = parser.add_argument_group("data (one of)")
    data.add_argument(
        "--data",
        metavar="FILE",
        help=".npz with X, y and optionally theta_star; or .csv, the target in the last column",
    )
    data.add_argument(
        "--gaussian",
        type=_threewhole,
        metavar="n,d,s",
        help="n samples of d independent normal features, s nonzero entries of theta_star",
    )
    data.add_argument("--mean", type=real, metavar="M", help="of the Gaussian features (0)")
    data.add_argument("--scale", type=real, metavar="E", help="multiplies X and y (1)")
    method = parser.add_argument_group("method")
    method.add_argument("--method", metavar="gd|hb|nag|sgd|shb|snag", help="with --lr")
    method.add_argument("--lr", type=real, metavar="ETA", help="learning rate")
    method.add_argument(
        "--momentum", type=real, metavar="MU", help="in [0, 1); 0 for gd and sgd, else 0.9"
    )
    method.add_argument(
        "--torch",
        metavar="SETTINGS",
        help="torch.optim.SGD instead, as lr=0.01,momentum=0.9,dampening=0.1 or "
        "lr=0.01,momentum=0.9,nesterov; see below",
    )
    method.add_argument(
        "--batch", type=whole, metavar="B", help="rows of a minibatch (1; with --torch all rows)"
    )
    method.add_argument(
        "--seed", type=whole, default=0, metavar="S", help="of data and minibatches (0)"
    )
    method.add_argument(
        "--max-steps", type=whole, default=1_000_000, metavar="K", help="give up after (1000000)"
    )
    method.add_argument(
        "--tol", type=real, metavar="T", help="by default just above what float64 can reach"
    )
    start = parser.add_argument_group("start (one of)")
    start.add_argument(
        "--init-scale", type=real, metavar="C", help="u = phi C and v = C/phi everywhere"
    )
    start.add_argument("--init", metavar="FILE", help=".npz with u and v, no zero entry")
    start.add_argument(
        "--init-bias", type=real, metavar="PHI", help="phi of --init-scale (1: unbiased)"
    )
    return parser


def flag(name: str) -> str:
    """Return the option that fills the field ``name``."""
    return "--" + name.replace("_", "-")


def require_one(options: argparse.Namespace, first: str, second: str) -> None:
    """Raise a `UserError` unless exactly one of two options is given."""
    given = [option for option in (first, second) if _given(options, option)]
    if len(given) != 1:
        raise UserError(
            expected=f"one of {first} and {second}",
            received=" and ".join(given) or "neither",
            remedy=f"see {PROG} {options.command} --help",
        )


def require_method(options: argparse.Namespace) -> None:
    """Raise a `UserError` unless there is ``--torch``, or ``--method`` and ``--lr``, never both."""
    own = [option for option in ("--method", "--lr", "--momentum") if _given(options, option)]
    if _given(options, "--torch"):
        if own:
            raise UserError(
                expected="--torch SETTINGS alone, or --method, --lr and --momentum",
                received=f"--torch and {', '.join(own)}",
                remedy="leave one of them out: the settings of torch hold all of these",
            )
    elif not {"--method", "--lr"} <= set(own):
        raise UserError(
            expected="--method and --lr, or --torch SETTINGS",
            received=f"{', '.join(own)} only" if own else "none of them",
            remedy=f"see {PROG} {options.command} --help",
        )


def _given(options: argparse.Namespace, option: str) -> bool:
    return getattr(options, option[2:].replace("-", "_")) is not None


def _parsed(convert: Callable[[str], Any], text: str, expected: str, remedy: str) -> Any:
    try:
        return convert(text)
    except ValueError:
        raise UserError(expected=expected, received=repr(text), remedy=remedy) from None


def real(text: str) -> float:
    """Read a number."""
    return _parsed(float, text, "a number", "write it as 0.01 or 1e-2")


def whole(text: str) -> int:
    """Read a whole number that is not negative."""
    value = _parsed(int, text, "a whole number", "write it in digits")
    if value < 0:
        raise UserError(
            expected="a whole number >= 0", received=repr(text), remedy="leave out the sign"
        )
    return value


def _threewhole(text: str) -> tuple[int, int, int]:
    parts = text.split(",")
    if len(parts) != 3:
        raise UserError(
            expected="--gaussian n,d,s", received=repr(text), remedy="for instance 40,100,5"
        )
    n, d, s = (whole(part) for part in parts)
    return n, d, s

"""The arguments of ``python -m numeric attribute``, and its help."""

from __future__ import annotations

import argparse

from numeric.arguments import PROG, run_parser

ATTRIBUTE = """\
Train the network theta = u*u - v*v as compare does and split the error of its limit,
D(theta, theta_star) = |theta - theta_star|_2^2, against a reference: which part of the difference
is due to the scale, the shape and the start that the method gives to the potential.
The data have to say what generated them: --gaussian does, a .npz file with theta_star as well."""

TERMS = f"""\
The limit is argmin of sum Q_xi(theta) + R.theta over X theta = y, with xi and R exact (`exact` of
compare). The reference has xi_ref and R_ref:
  gradient-flow   from the same start at rest (u_0, v_0): nothing is trained (default)
  gd              gradient descent from there, same learning rate and minibatches, no momentum
Parts, each substituted into the reference by itself and after the others: eight minimisers
  scale           s, the geometric mean of xi/xi_ref over the coordinates; small xi favours sparsity
  shape           the rest, xi/(s xi_ref): coordinates that get a smaller xi cost more
  start           R, which stands for the perturbed start theta~_0: R = -grad Q_xi(theta~_0)
Columns
  D               the part's change of D(theta, theta_star), its mean over the six orders in which
                  the three can be substituted (Shapley value); the parts sum to the total
  least, most     the range over these orders; a part whose sign depends on the order is no effect
                  of its own, only one together with the others
  |theta|_1       the same for the l1 norm
  bar             # from zero (the axis) to D, dots as far as the range goes
last minimiser    how far the minimiser with all three is from the trained theta: they are the same
Data, methods, learning rates and starts: see {PROG} compare --help.
Exit codes: 0 done; 1 the run or its reference did not converge (no parts); 2 bad input, divergence,
or data without theta_star."""


def attribute_parser() -> argparse.ArgumentParser:
    """Return the parser of ``attribute``."""
    parser = run_parser("attribute", ATTRIBUTE, TERMS)
    parser.add_argument(
        "--against",
        metavar="gradient-flow|gd",
        default="gradient-flow",
        help="the reference (gradient-flow)",
    )
    return parser

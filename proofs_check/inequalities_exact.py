"""Both sides of the exact theorem, enclosed: the limit of a run, and the argmin by its sums."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import partial

from numeric.balls import distance, lower_text, upper_text
from numeric.convergence import largest_curvature, linear_limit
from numeric.datasets import RationalProblem, rational_problem
from numeric.enclosed_predictions import exact_prediction, log_scale_of
from proofs_check.inequality import (
    DIGITS,
    Inequality,
    Proof,
    at_most,
    data_of,
    enclosed_run,
    largest_radius_text,
)
from symbolic.discrete_theorem import SUM_U, linear_term
from symbolic.two_step import TwoStepMethod

CLAIM = "papazov.smgd.every-method"
#: Samples, features, seed.
SMALL, LARGE = (3, 6, 0), (10, 30, 0)
#: Share of the linear limit at the start that is taken as step size.
SHARE = Fraction(3, 10)
#: The named methods and one other, with (mu, kappa).
METHODS: Mapping[str, tuple[Fraction, Fraction]] = {
    "gd": (Fraction(0), Fraction(0)),
    "hb": (Fraction(7, 10), Fraction(0)),
    "nag": (Fraction(7, 10), Fraction(7, 10)),
    "other": (Fraction(2, 5), Fraction(4, 5)),
}


def inequalities() -> Iterator[Inequality]:
    """Yield the inequalities; nothing is computed."""
    cases = [(name, SMALL, False) for name in METHODS]
    cases += [("other", SMALL, True), ("hb", LARGE, False)]
    for name, size, moving in cases:
        case = f"{name},n={size[0]},d={size[1]}{',moving' * moving}"
        yield Inequality(CLAIM, case, partial(_exact, name, size, moving))


def _step_size(data: RationalProblem, method: TwoStepMethod) -> Fraction:
    """Return a rational step near `SHARE` of the linear limit at the start."""
    u, v = data.u.astype(float), data.v.astype(float)
    # Where the loss curves down, at the start, the curvature of the squares stands for it.
    curvature = max(largest_curvature(data.problem, u, v), 1.0)
    limit = linear_limit(float(method.mu), float(method.kappa), curvature)
    return Fraction(limit * float(SHARE)).limit_denominator(1000)


def _exact(name: str, size: tuple[int, int, int], moving: bool) -> Proof:
    data = rational_problem(*size[:2], seed=size[2])
    method = TwoStepMethod(name, *METHODS[name])
    eta = _step_size(data, method)
    # A start with velocity: an eighth of the start, u outwards and v inwards.
    before = (data.u * Fraction(7, 8), data.v * Fraction(9, 8)) if moving else None
    run, limit = enclosed_run(data, method, eta, before)
    right = exact_prediction(run, limit)
    wrong = exact_prediction(run, limit, term=linear_term().subs(SUM_U, -SUM_U))
    gap = distance(limit.theta, right.projection.theta, run.kept_bits)
    scale = distance(log_scale_of(limit, run.kept_bits), right.log_scale, run.kept_bits)
    missed = distance(limit.theta, wrong.projection.theta, run.kept_bits)
    bound = Fraction(1, 10**DIGITS)
    known = max(limit.radius_digits, right.projection.radius_digits) <= -DIGITS
    proved = known and all(at_most(size, bound) for size in (gap, scale)) and bool(missed > 0)
    statement = (
        f"|theta_inf - argmin| <= {upper_text(gap)} and |ln xi_inf - its sum| <= "
        f"{upper_text(scale)}; with the sign of S_u turned in R, |theta_inf - argmin| >= "
        f"{lower_text(missed)}"
    )
    numbers = {
        "distance, at most": upper_text(gap),
        "distance of ln xi, at most": upper_text(scale),
        "distance with a wrong sign, at least": lower_text(missed, 12),
        "radius of the limit": largest_radius_text(limit.theta),
        "radius of the projection": largest_radius_text(right.projection.theta),
        "theta_inf": [str(entry.str(DIGITS)) for entry in limit.theta],
        "steps": run.steps,
        "bits": run.bits,
        "rate, at most": upper_text(limit.rate, 6),
    }
    shown = data_of(data, method, eta)
    if before is not None:
        shown |= {
            "u(-1)": [str(entry) for entry in before[0]],
            "v(-1)": [str(entry) for entry in before[1]],
        }
    return statement, proved, shown, numbers

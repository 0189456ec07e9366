"""Lyu et al., remark after Theorem 3: momentum methods pass from the kernel to the rich regime."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import numpy as np
import sympy as sp

from numeric.datasets import small_problem
from numeric.problems import Problem, Start
from proofs_check.claim import (
    Check,
    Claim,
    Counterexample,
    Finding,
    Form,
    Forms,
    Quotation,
    bounded,
    mutant_forms,
)
from proofs_check.l1_departure import Array, Run, run, smallest_l1
from symbolic.derivation import Step
from symbolic.entropy import HyperbolicEntropy
from symbolic.implicit_bias import effective_scale

PRINTED = Quotation(
    "lyu2025.txt",
    142,
    "The transition from kernel regime to rich regime by decreasing ξ from ∞ to 0 also exists for "
    "HB and NAG (see Appendix).",
)
SEEDS = (0, 1, 2)
#: Initial scales, |u| = |v|; xi is the square.
LARGE = (2.0, 4.0, 8.0)
SMALL = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5)
STEP = 0.02
#: Ratios of the least l1 norm to that of the next vertex, tried in this order.
NEAR_TIES = ("9/10", "19/20", "49/50", "99/100")
TIE_SETTINGS = (("hb", 0.8), ("nag", 0.8))


@dataclass(frozen=True)
class Statement:
    """The norms of the two limits, and whether the step size falls with a small scale.

    With ``step_falls`` eta is divided by ln(1/xi); without it eta is fixed while xi falls.
    """

    for_large: str
    for_small: str
    step_falls: bool


def near_tie(ratio: str) -> Problem:
    """Return two samples whose interpolators of least l1 norm are (0, r, r)/2 and then (1, 0, 0).

    Every interpolator is (1 - t, t r/2, t r/2), so the norm is 1 - t (1 - r) for t in [0, 1].
    """
    r = float(Fraction(ratio))
    return Problem(np.array([[0.5, 1 / r, 0.0], [1.0, 0.0, 2 / r]]), np.array([0.5, 1.0]))


@lru_cache(maxsize=256)
def runs(
    data: int | str, method: str, momentum: float, large: bool, falls: bool
) -> tuple[Run, ...]:
    """Return runs from each of the initial scales; for large ones eta xi is constant.

    Raises
    ------
    ArithmeticError
        If one of them does not converge.
    """
    problem = near_tie(data) if isinstance(data, str) else small_problem(2, 4, data)
    found = []
    for scale in LARGE if large else SMALL:
        divisor = scale**2 if large else math.log(scale**-2) if falls else 1.0
        eta = STEP * (1 - momentum) / divisor
        each = run(problem, Start.scaled(problem.d, scale), method, momentum, eta)
        if each is None:
            raise ArithmeticError(f"no convergence: {method}, momentum {momentum}, scale {scale}")
        found.append(each)
    return tuple(found)


def _rises(path: Sequence[Run]) -> bool:
    excess = [_excess(each, "l1") for each in path]
    return all(after > before for before, after in itertools.pairwise(excess))


@lru_cache(maxsize=1)
def _found_tie() -> tuple[str, str, float] | None:
    """Return the first near-tie, method and momentum whose excess rises at every smaller scale."""
    for ratio, (method, momentum) in itertools.product(NEAR_TIES, TIE_SETTINGS):
        if _rises(runs(ratio, method, momentum, False, False)):
            return ratio, method, momentum
    return None


def _settings() -> list[tuple[int | str, str, float]]:
    found = _found_tie()
    settled = itertools.product(SEEDS, ("hb", "nag"), (0.5, 0.8))
    return [*settled, *([found] if found else [])]


def _target(each: Run, norm: str) -> Array:
    if norm == "l1":
        return smallest_l1(each.problem)[1]
    return np.asarray(np.linalg.lstsq(each.problem.X, each.problem.y)[0], dtype=np.float64)


def _excess(each: Run, norm: str) -> float:
    order = 1 if norm == "l1" else 2
    return float(np.linalg.norm(each.theta, order) / np.linalg.norm(_target(each, norm), order) - 1)


def for_large_scales(form: Form) -> Finding:
    """Return the order in 1/xi at which solutions approach the one of least norm.

    The leading term is of order 2, the next of order 4: it falls 16-fold from one local order to
    the next one, so the last is off by a fifteenth of the last change. The whole change is allowed.
    What lies in the row space is the residual at which training stops and is left out.
    """
    statement: Statement = form.content
    deviations, orders = [], []
    for setting in _settings():
        path = runs(*setting, True, False)
        away = [
            np.linalg.norm(e.problem.out_of_row_space(e.theta - _target(e, statement.for_large)))
            for e in path
        ]
        logs = np.log([each.start.xi[0] for each in path])
        before, last = -np.diff(np.log(away)) / np.diff(logs)
        orders.append(float(last))
        deviations.append(float(abs(last - 2) / abs(last - before)))
    return bounded(
        max(deviations),
        1.0,
        r"Largest deviation from 2 of the order in $1/\xi$ at which trained solutions approach "
        f"the interpolator of least {statement.for_large} norm, in units of the change of the "
        "local order before it.",
        rtol=0.5,
        data={"smallest_order": min(orders), "largest_order": max(orders)},
    )


def _weights(path: Sequence[Run]) -> Array:
    """Return d ln(xi_bar_j)/d ln(xi) between the two smallest scales: the weights of |theta_j|."""
    before, after = path[-2:]
    return (np.log(after.xi) - np.log(before.xi)) / np.log(after.start.xi / before.start.xi)


def _own_excess_bound(each: Run) -> float:
    """Return what the scales at the end allow as relative excess of the l1 norm.

    For small scales 4 Q is |theta| ln(1/xi_bar) + h, h = |theta| (ln|theta| - 1) >= -1, up to
    2 xi_bar. The limit has the smaller sum of Q than the interpolator of least l1 norm.
    """
    logs = -np.log(each.xi)
    least, target = smallest_l1(each.problem)

    def rest(theta: Array) -> float:
        size = np.abs(theta[theta != 0])
        return float(np.sum(size * (np.log(size) - 1)))

    spread = float(logs.max() / logs.min() - 1)
    gain = rest(target) - rest(each.theta) + 2 * float(each.xi.sum())
    return spread + gain / (float(logs.min()) * least)


def for_small_scales(form: Form) -> Finding:
    """Return the excess of the norm over the least one, in units of what the scales allow."""
    statement: Statement = form.content
    norm = statement.for_small
    worst, uneven, stuck = 0.0, 0.0, 0
    for setting in _settings():
        path = runs(*setting, False, statement.step_falls)
        excess = [_excess(each, norm) for each in path]
        falls = all(after < before for before, after in itertools.pairwise(excess))
        stuck += not falls
        worst = max(worst, excess[-1] / _own_excess_bound(path[-1]) if falls else math.inf)
        logs = np.log(path[-1].xi)
        uneven = max(uneven, float(logs.min() / logs.max()))
    return bounded(
        worst,
        1.0,
        f"Relative excess of the {norm} norm over the least one at the smallest scale, in units of "
        "what the scales at the end allow (infinite if it does not fall with every smaller scale).",
        rtol=1e-2,
        data={
            "paths_on_which_it_does_not_fall": stuck,
            "largest_ratio_of_log_scales_between_coordinates": uneven,
        },
    )


def _forms() -> Forms:
    limits = (
        r"$\theta(\infty)$ tends to the interpolator of least $\ell_2$ norm for $\xi \to \infty$ "
        r"and of least $\ell_1$ norm for $\xi \to 0$"
    )
    return Forms(
        printed=Form(
            "printed, read with a fixed step size",
            f"{limits} (read as: at any fixed small step size, for every dataset)",
            Statement("l2", "l1", step_falls=False),
        ),
        corrected=Form(
            "step size to zero with the scale",
            rf"{limits}, the latter if $\eta \to 0$ as well, here $\eta \propto 1/\ln(1/\xi)$",
            Statement("l2", "l1", step_falls=True),
        ),
        mutants=mutant_forms(
            [
                ("the other way round", Statement("l1", "l2", step_falls=True)),
                ("kernel regime throughout", Statement("l2", "l2", step_falls=True)),
                ("rich regime throughout", Statement("l1", "l1", step_falls=True)),
            ]
        ),
    )


def _counterexample() -> Counterexample | None:
    found = _found_tie()
    if found is None:
        return None
    ratio, method, momentum = found
    path = runs(*found, False, False)
    problem, weights = path[-1].problem, _weights(path)
    least = smallest_l1(problem)[1]
    other = np.eye(problem.d)[0]
    if weights @ np.abs(least) <= weights @ np.abs(other):
        return None
    return Counterexample(
        "The excess of the l1 norm over the least one rises with every smaller scale: the scales "
        "at the end weight the l1 norm, and so weighted the other vertex is the smaller one.",
        {
            "X": f"1/2, 1/({ratio}), 0; 1, 0, 2/({ratio})",
            "y": "1/2, 1",
            "method": method,
            "momentum": str(momentum),
            "learning_rate": f"{STEP}*(1 - {momentum})",
            "initial_scales": ", ".join(f"{scale:g}" for scale in SMALL),
            "excess_of_l1_norm": [_excess(each, "l1") for each in path],
            "least_l1_interpolator": least.tolist(),
            "other_vertex": other.tolist(),
            "slopes_of_log_scales": weights.tolist(),
            "weighted_norm_of_the_least": float(weights @ np.abs(least)),
            "weighted_norm_of_the_other": float(weights @ np.abs(other)),
        },
        exact=False,
        found_by=f"search over near-ties {', '.join(NEAR_TIES)}, heavy ball before Nesterov",
    )


def _derivation() -> list[Step]:
    q = HyperbolicEntropy()
    at_the_end = HyperbolicEntropy(q.theta, effective_scale())
    return [
        Step("The potential of Theorem 3 for large scales", at_the_end.kernel_limit),
        Step("and for small scales", sp.expand_log(at_the_end.rich_limit, force=True)),
    ]


CLAIMS = (
    Claim(
        id="lyu.thm3.transition",
        title="From the kernel to the rich regime with momentum",
        paper="Lyu et al. 2025",
        equation="remark after Theorem 3",
        printed=PRINTED,
        claimed_over="every dataset; momentum, step size and how it goes with xi are not stated",
        sampled_over="2 x 4 problems, HB and NAG, mu = 0.5 and 0.8, and the first near-tie of the "
        "least l1 norm, mu = 0.8, that a search finds to fail; initial scales "
        f"{LARGE[0]:g} to {LARGE[-1]:g} with eta = {STEP}(1-mu)/xi, and "
        f"{SMALL[0]:g} to {SMALL[-1]:g} with eta = {STEP}(1-mu), printed, or "
        f"{STEP}(1-mu)/ln(1/xi), corrected",
        forms=_forms,
        checks=(
            Check(
                "large scales",
                "To which least-norm solution do runs tend, and at which order?",
                for_large_scales,
            ),
            Check("small scales", "And for small scales?", for_small_scales),
        ),
        depends=("lyu.q.kernel", "lyu.q.rich"),
        derivation=_derivation,
        counterexample=_counterexample,
        remark="The limit for small scales is that of an l1 norm with the weights ln(1/xi_bar_j). "
        "They become equal, relative to each other, if alpha phi/ln(1/xi) tends to zero.",
    ),
)

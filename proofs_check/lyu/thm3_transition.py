"""Lyu et al., remark after Theorem 3: momentum methods pass from the kernel to the rich regime."""

from __future__ import annotations

import itertools
import math
from functools import lru_cache

import numpy as np
import sympy as sp

from numeric.datasets import small_problem
from numeric.problems import Start
from proofs_check.claim import (
    Check,
    Claim,
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
SETTINGS = tuple(itertools.product(SEEDS, ("hb", "nag"), (0.5, 0.8)))
#: Initial scales, |u| = |v|; xi is the square.
LARGE = (4.0, 8.0, 16.0)
SMALL = (1e-1, 1e-2, 1e-3, 1e-4, 1e-6)
STEP = 0.02
#: Allowed deviation of an order in xi: the next term is smaller by 1/xi^2, at most 1/256.
ORDER_WITHIN = 0.05


@lru_cache(maxsize=64)
def runs(seed: int, method: str, momentum: float, large: bool) -> tuple[Run, ...]:
    """Return runs from each of the initial scales; the step size keeps eta xi bounded.

    Raises
    ------
    ArithmeticError
        If one of them does not converge.
    """
    problem = small_problem(2, 4, seed)
    found = []
    for scale in LARGE if large else SMALL:
        eta = STEP * (1 - momentum) / (scale**2 if large else 1.0)
        each = run(problem, Start.scaled(4, scale), method, momentum, eta)
        if each is None:
            raise ArithmeticError(f"no convergence: {method}, momentum {momentum}, scale {scale}")
        found.append(each)
    return tuple(found)


def _target(each: Run, norm: str) -> Array:
    if norm == "l1":
        return smallest_l1(each.problem)[1]
    return np.asarray(np.linalg.lstsq(each.problem.X, each.problem.y)[0], dtype=np.float64)


def _excess(each: Run, norm: str) -> float:
    order = 1 if norm == "l1" else 2
    return float(np.linalg.norm(each.theta, order) / np.linalg.norm(_target(each, norm), order) - 1)


def for_large_scales(form: Form) -> Finding:
    """Return the order in 1/xi at which solutions approach the one of least norm."""
    norm, _ = form.content
    deviations, orders = [], []
    for setting in SETTINGS:
        last = runs(*setting, True)[-2:]
        away = [float(np.linalg.norm(each.theta - _target(each, norm))) for each in last]
        ratio = math.log(float(last[1].start.xi[0] / last[0].start.xi[0]))
        orders.append(math.log(away[0] / away[1]) / ratio)
        # The projection's first correction to the least l2 norm is theta^2/(24 xi^2), relative.
        deviations.append(abs(orders[-1] - 2))
    return bounded(
        max(deviations),
        ORDER_WITHIN,
        r"Largest deviation from 2 of the order in $1/\xi$ at which trained solutions approach "
        f"the interpolator of least {norm} norm.",
        rtol=0.5,
        atol=ORDER_WITHIN / 10,
        data={"smallest_order": min(orders), "largest_order": max(orders)},
    )


def for_small_scales(form: Form) -> Finding:
    """Return the excess of the norm over the least one, in units of 1/ln(1/xi)."""
    _, norm = form.content
    worst, uneven = 0.0, 0.0
    for setting in SETTINGS:
        path = runs(*setting, False)
        excess = [_excess(each, norm) for each in path]
        rate = 1 / math.log(1 / float(path[-1].start.xi[0]))
        falls = all(after < before for before, after in itertools.pairwise(excess))
        worst = max(worst, excess[-1] / rate if falls else math.inf)
        logs = np.log(path[-1].xi) / np.log(path[-1].start.xi)
        uneven = max(uneven, float(logs.max() / logs.min()))
    return bounded(
        worst,
        1.0,
        f"Relative excess of the {norm} norm over the least one at the smallest scale, in units of "
        r"$1/\ln(1/\xi)$, the relative rate of the potential (infinite if it does not fall).",
        rtol=1e-2,
        data={"largest_ratio_of_log_scales_between_coordinates": uneven},
    )


def _forms() -> Forms:
    return Forms(
        printed=Form(
            "printed",
            r"$\theta(\infty)$ tends to the interpolator of least $\ell_2$ norm for "
            r"$\xi \to \infty$ and of least $\ell_1$ norm for $\xi \to 0$",
            ("l2", "l1"),
        ),
        mutants=mutant_forms(
            [
                ("the other way round", ("l1", "l2")),
                ("kernel regime throughout", ("l2", "l2")),
                ("rich regime throughout", ("l1", "l1")),
            ]
        ),
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
        sampled_over="2 x 4 problems, HB and NAG, mu = 0.5 and 0.8; initial scales "
        f"{LARGE[0]:g} to {LARGE[-1]:g} with eta = {STEP}(1-mu)/xi, and "
        f"{SMALL[0]:g} to {SMALL[-1]:g} with eta = {STEP}(1-mu)",
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
        remark="At a fixed step size phi grows like ln(1/xi) while training leaves the saddle, at "
        "another rate in each coordinate: the weights ln(1/xi_bar_j) of the l1 norm do not become "
        "equal. The solution is still the one of least l1 norm unless another one is nearly as "
        "small.",
    ),
)

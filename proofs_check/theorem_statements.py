"""Versions of the exact theorem, right ones and wrong ones, and how a run decides between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import mpmath
import sympy as sp

from proofs_check.claim import Finding, Outcome
from proofs_check.theorem_runs import Gaps
from symbolic import discrete_theorem as theorem
from symbolic.logarithms import logarithms_apart
from symbolic.mutation import mutations
from symbolic.symbols import MU

#: Digits to which identities must hold in 60-digit arithmetic; a stated requirement.
AGREEING = 40


@dataclass(frozen=True)
class Statement:
    """One version of the theorem.

    Parameters
    ----------
    excess
        What the sums S hold a step, by three iterates of a neuron, mu and kappa.
    log_scale
        ln xi_inf (a quarter of Delta_inf) by the start, the iterates before it, the sums and mu.
    linear
        R = -grad Q_{xi_inf}(theta~_0), likewise.
    """

    excess: sp.Expr
    log_scale: sp.Expr
    linear: sp.Expr


def right_statement(excess: sp.Expr | None = None) -> Statement:
    """Return the theorem as derived, with its own excess or another one that sums to the same."""
    own = theorem.excess() if excess is None else excess
    return Statement(own, theorem.log_scale(), theorem.linear_term())


def with_sums(expression: sp.Expr, u: Any, v: Any) -> sp.Expr:
    """Return an expression with u S_u and v S_v for the sums."""
    both = {theorem.SUM_U: u * theorem.SUM_U, theorem.SUM_V: v * theorem.SUM_V}
    return expression.subs(both, simultaneous=True)


def without_logarithms(excess: sp.Expr) -> sp.Expr:
    """Return the rational part of an excess."""
    parts = sp.Add.make_args(logarithms_apart(excess))
    return sp.Add(*(part for part in parts if not part.has(sp.log)))


def wrong_statements(right: Statement) -> dict[str, list[tuple[str, Statement]]]:
    """Return wrong versions of what is made of the sums, by what is wrong: scale, linear, excess.

    Every term of ln xi_inf and of R is flipped, dropped and changed; so are the sums as a whole.
    """
    scale, linear = right.log_scale, right.linear
    half = sp.S.Half
    return {
        "scale": [
            *(
                (rf"$\ln\xi_\infty$: {name}", replace(right, log_scale=wrong))
                for name, wrong in mutations(scale)
            ),
            (
                r"both sums flipped in $\xi_\infty$",
                replace(right, log_scale=with_sums(scale, -1, -1)),
            ),
            ("half the sums", replace(right, log_scale=with_sums(scale, half, half))),
            ("sums twice", replace(right, log_scale=with_sums(scale, 2, 2))),
        ],
        "linear": [
            *((f"$R$: {name}", replace(right, linear=wrong)) for name, wrong in mutations(linear)),
            (
                r"$\theta_0$ for $\tilde\theta_0$",
                replace(right, linear=with_sums(linear, 0, 0)),
            ),
            (
                r"both sums flipped in $\tilde\theta_0$",
                replace(right, linear=with_sums(linear, -1, -1)),
            ),
            (
                r"sums once in $\tilde\theta_0$",
                replace(right, linear=with_sums(linear, half, half)),
            ),
        ],
        "excess": [
            (r"sums not divided by $1 - \mu$", replace(right, excess=(1 - MU) * right.excess)),
            ("without the logarithms", replace(right, excess=without_logarithms(right.excess))),
        ],
    }


def worst_of(found: Iterable[Gaps]) -> Gaps:
    """Return the largest gaps; NaN if one is NaN, so that it cannot pass for a small one."""
    worst = Gaps(mpmath.mpf(0), mpmath.mpf(0))
    for one in found:
        if mpmath.isnan(one.scale) or mpmath.isnan(one.stationarity):
            return Gaps(mpmath.nan, mpmath.nan)
        worst = Gaps(max(worst.scale, one.scale), max(worst.stationarity, one.stationarity))
    return worst


def meets(gaps: Gaps) -> bool:
    """Return whether both gaps meet the requirement; false for NaN."""
    bound = mpmath.mpf(10) ** -AGREEING
    return bool(gaps.scale <= bound and gaps.stationarity <= bound)


def gap_finding(worst: Gaps, statement: str, data: Mapping[str, Any] | None = None) -> Finding:
    """Return whether the worst gaps meet the requirement; unclear if a run has none."""
    bound = float(mpmath.mpf(10) ** -AGREEING)
    if mpmath.isnan(worst.scale):
        outcome = Outcome.UNCLEAR
    else:
        outcome = Outcome.HOLDS if meets(worst) else Outcome.FAILS
    return Finding(
        outcome,
        statement,
        {"scale": float(worst.scale), "out of the row space": float(worst.stationarity)},
        bound,
        "both measured <= predicted",
        # A gap below the requirement is rounding in the last digits: nothing of it repeats. One
        # above it is computed to 60 digits.
        rtol=1e-12,
        atol=bound,
        data=data or {},
    )

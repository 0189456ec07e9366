"""Hypothesis strategies for data sets, starts, methods and step sizes.

Used by counterexample searches and by the tests. Everything promised is constructed, nothing is
filtered for: rows are independent because a block of the columns is, conditioning is bounded
because singular values are chosen, starts are biased because their ratios are. Examples shrink to
one sample, few features, entries 0 and 1 and equal neurons.

Searches run derandomised and without a database, so that they find the same case everywhere:
``find(strategy, condition, settings=SEARCH)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from numeric.convergence import largest_curvature
from numeric.flows import gradient_flow_limit
from numeric.problems import Problem, Start
from proofs_check.data_strategies import (
    COLUMNS,
    CONDITIONING,
    ENTRIES,
    LEAST_SINGULAR_VALUE,
    STARTS,
    Kinds,
    problems,
    rational_problems,
    starts,
)
from symbolic.two_step import TwoStepMethod

__all__ = [
    "COLUMNS",
    "CONDITIONING",
    "ENTRIES",
    "KINDS_OF_METHODS",
    "LARGEST_MOMENTUM",
    "LEAST_SINGULAR_VALUE",
    "SEARCH",
    "STARTS",
    "Run",
    "in_floats",
    "methods",
    "momenta",
    "problems",
    "rational_momenta",
    "rational_problems",
    "stable_runs",
    "starts",
    "step_size",
]

#: Settings of a search for a counterexample.
SEARCH = settings(derandomize=True, database=None, deadline=None, max_examples=500)
#: Kinds of methods; ``other`` is a pair (mu, kappa) off the named ones with positive inertia.
KINDS_OF_METHODS = ("hb", "nag", "other", "gd")
#: Momenta stay at or below this one, where runs to convergence are still short.
LARGEST_MOMENTUM = Fraction(9, 10)

#: Shrinks to 3/10: at momentum 0 and 1/2 coefficients vanish that a wrong formula may have.
rational_momenta: st.SearchStrategy[Fraction] = st.one_of(
    st.sampled_from([Fraction(3, 10), Fraction(3, 5), Fraction(4, 5)]),
    st.fractions(0, LARGEST_MOMENTUM, max_denominator=20),
    st.sampled_from([LARGEST_MOMENTUM, Fraction(1, 2), Fraction(0)]),
)
momenta: st.SearchStrategy[float] = rational_momenta.map(float)


@st.composite
def methods(
    draw: st.DrawFn, kinds: Kinds = KINDS_OF_METHODS, momentum: Any = rational_momenta
) -> TwoStepMethod:
    """Draw a method with rational coefficients; its inertia is positive.

    ``momentum`` is a strategy for mu in [0, 1). For ``other``, kappa is a share from -1/2 to 3/4 of
    (1 + mu)/(2 (1 - mu)), where the inertia would vanish.
    """
    kind = draw(st.sampled_from(kinds))
    if kind == "gd":
        return TwoStepMethod("gd", Fraction(0), Fraction(0))
    mu = draw(momentum)
    if kind == "hb":
        return TwoStepMethod("hb", mu, Fraction(0))
    if kind == "nag":
        return TwoStepMethod("nag", mu, mu)
    share = draw(st.sampled_from([Fraction(k, 8) for k in (2, -2, 4, -4, 6, 1)]))
    return TwoStepMethod("other", mu, share * (1 + mu) / (2 * (1 - mu)))


def in_floats(method: TwoStepMethod) -> TwoStepMethod:
    """Return the method with float64 coefficients."""
    return TwoStepMethod(method.name, float(method.mu), float(method.kappa))


@dataclass(frozen=True)
class Run:
    """What one training needs; ``small`` is eta/(1-mu)^2 times the largest curvature."""

    problem: Problem
    start: Start
    method: TwoStepMethod
    learning_rate: float
    small: float


def step_size(problem: Problem, start: Start, mu: float, small: float) -> float:
    """Return eta with eta/(1-mu)^2 times the curvature equal to ``small``.

    The curvature is the largest eigenvalue of the Hessian at the start or, if larger, where
    gradient flow ends.

    Raises
    ------
    ValueError
        If gradient flow reaches no interpolator.
    """
    limit = gradient_flow_limit(problem, start)
    if not limit.converged:
        raise ValueError("gradient flow reached no interpolator")
    ends = ((start.u, start.v), (limit.u, limit.v))
    return small * (1 - mu) ** 2 / max(largest_curvature(problem, u, v) for u, v in ends)


@st.composite
def stable_runs(
    draw: st.DrawFn,
    data: Any = None,
    kinds: Kinds = ("biased", "unbiased"),
    method: Any = None,
    smallest: float = 0.02,
    largest: float = 0.1,
) -> Run:
    """Draw a run whose step size is constructed from its small parameter, so that it converges.

    ``data`` and ``method`` are strategies for problems and methods, all by default.
    """
    problem = draw(problems() if data is None else data)
    start = draw(starts(problem.d, kinds))
    chosen = in_floats(draw(methods() if method is None else method))
    small = draw(st.floats(smallest, largest))
    return Run(problem, start, chosen, step_size(problem, start, chosen.mu, small), small)

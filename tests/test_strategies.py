"""The strategies keep their promises: valid, of every kind, well conditioned, shrinking."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from numeric.compiled import inertia
from numeric.convergence import linear_limit
from numeric.problems import Problem, Start
from numeric.training import train
from proofs_check.strategies import (
    COLUMNS,
    CONDITIONING,
    ENTRIES,
    KINDS_OF_METHODS,
    LARGEST_MOMENTUM,
    LEAST_SINGULAR_VALUE,
    SEARCH,
    STARTS,
    Run,
    methods,
    momenta,
    problems,
    rational_momenta,
    rational_problems,
    stable_runs,
    starts,
)

#: Any example of a kind will do; `test_problems_shrink` asks for the smallest.
REACH = settings(SEARCH, phases=[Phase.generate])
#: Rounding of a matrix of this size and of its singular values.
ROUNDING = 1e-13


def has_twins(problem: Problem) -> bool:
    """Whether two columns are equal and not zero."""
    columns = [tuple(column) for column in problem.X.T if column.any()]
    return len(set(columns)) < len(columns)


def has_zero_column(problem: Problem) -> bool:
    return not problem.X.any(axis=0).all()


@given(problems())
def test_problems_are_conditioned_as_promised(problem: Problem) -> None:
    values = np.linalg.svd(problem.X, compute_uv=False)
    assert problem.n < problem.d
    assert values[-1] >= LEAST_SINGULAR_VALUE - ROUNDING
    if problem.name.startswith("rotated"):
        twice = np.sqrt(2) if problem.name.endswith("duplicated") else 1
        assert values[-1] >= 1 - ROUNDING
        assert values[0] <= twice * CONDITIONING + ROUNDING
    assert problem.y.any()
    assert problem.theta_star is not None


@given(problems(columns=("duplicated",)))
def test_duplicated_columns_are_equal(problem: Problem) -> None:
    assert has_twins(problem) or has_zero_column(problem)


@given(problems(columns=("zero",)))
def test_zero_columns_are_zero(problem: Problem) -> None:
    assert has_zero_column(problem)


@pytest.mark.parametrize("columns", COLUMNS)
@pytest.mark.parametrize("entries", ENTRIES)
def test_every_kind_of_problem_is_reached(entries: str, columns: str) -> None:
    name = f"{entries}, {columns}"
    assert find(problems(), lambda p: p.name == name and p.n > 1, settings=REACH).n > 1


@pytest.mark.parametrize(
    ("what", "condition"),
    [
        ("three samples", lambda p: p.n == 3),
        ("three features more than samples", lambda p: p.d - p.n == 3),
        ("negative entries", lambda p: (p.X < 0).any()),
        ("quarters", lambda p: (p.X % 1 == 0.25).any()),
        ("entries that are no quarters", lambda p: (4 * p.X % 1 != 0).any()),
        ("a dense star", lambda p: np.count_nonzero(p.theta_star) >= 3),
        ("no twins and no zeros", lambda p: not has_twins(p) and not has_zero_column(p)),
    ],
)
def test_problems_vary(what: str, condition: Callable[[Problem], bool]) -> None:
    assert condition(find(problems(), condition, settings=REACH)), what


def test_problems_shrink() -> None:
    smallest = find(problems(), lambda p: p.n > 1 and has_zero_column(p), settings=SEARCH)
    assert (smallest.n, smallest.d) == (2, 3)
    assert np.abs(smallest.X).max() == 1


@given(rational_problems())
def test_rational_problems_are_exact(exact: Any) -> None:
    assert all(isinstance(entry, Fraction) for entry in exact.X.ravel())
    assert (exact.X @ exact.theta_star == exact.y).all()
    copy = exact.problem
    assert all(Fraction(a) == b for a, b in zip(copy.X.ravel(), exact.X.ravel(), strict=True))
    assert all(Fraction(a) == b for a, b in zip(copy.y, exact.y, strict=True))
    assert (exact.u != 0).all()
    assert (exact.v != 0).all()


@given(rational_problems(balanced=True), rational_problems(balanced=False))
def test_rational_starts_are_balanced_on_demand(balanced: Any, biased: Any) -> None:
    assert (balanced.u == balanced.v).all()
    assert (abs(biased.u) != abs(biased.v)).all()


def _sizes(start: Start) -> np.ndarray:
    return np.abs(np.concatenate([start.u, start.v]))


START_KINDS: dict[str, Callable[[Start], bool]] = {
    "unbiased": lambda s: s.balanced and _sizes(s).min() > 0.1 and _sizes(s).max() < 2,
    "biased": lambda s: bool((np.abs(np.log(np.abs(s.u / s.v))) > 0.1).all()),
    "tiny": lambda s: _sizes(s).max() <= 0.01,
    "large": lambda s: _sizes(s).min() >= 3,
    "mixed": lambda s: _sizes(s).max() > 100 * _sizes(s).min(),
}


@pytest.mark.parametrize("kind", STARTS)
def test_every_kind_of_start_is_reached(kind: str) -> None:
    is_kind = START_KINDS[kind]
    assert is_kind(find(starts(3), is_kind, settings=REACH))


@pytest.mark.parametrize("kind", [kind for kind in STARTS if kind != "mixed"])
def test_starts_are_of_the_kind_asked_for(kind: str) -> None:
    @given(starts(3, (kind,)))
    def check(start: Start) -> None:
        assert START_KINDS[kind](start)

    check()


@pytest.mark.parametrize(
    "condition",
    [
        lambda s: (s.u * s.v < 0).any(),
        lambda s: not s.balanced and _sizes(s).max() <= 0.01,
        lambda s: s.balanced and _sizes(s).min() >= 3,
        lambda s: _sizes(s).min() < 1e-4 and _sizes(s).max() > 3,
    ],
    ids=["signs", "tiny and biased", "large and unbiased", "six orders of magnitude"],
)
def test_starts_vary(condition: Callable[[Start], bool]) -> None:
    assert condition(find(starts(2), condition, settings=REACH))


@given(methods())
def test_methods_have_positive_inertia(method: Any) -> None:
    assert 0 <= method.mu <= LARGEST_MOMENTUM
    assert inertia(float(method.mu), float(method.kappa), 1.0) > 0


@pytest.mark.parametrize("kind", KINDS_OF_METHODS)
def test_every_kind_of_method_is_reached(kind: str) -> None:
    assert find(methods(), lambda m: m.name == kind, settings=REACH).name == kind


def test_methods_reach_backward_and_long_look_ahead() -> None:
    assert find(methods(), lambda m: m.kappa < 0, settings=REACH).kappa < 0
    assert find(methods(), lambda m: m.kappa > 1, settings=REACH).kappa > 1


def test_momenta_are_not_only_the_special_ones() -> None:
    drawn: list[Fraction] = []

    @given(st.lists(rational_momenta, min_size=4, max_size=4))
    def collect(some: list[Fraction]) -> None:
        drawn.extend(some)

    collect()
    special = [mu for mu in drawn if mu in (0, Fraction(1, 2))]
    assert special, "momentum 0 and 1/2 belong to the range"
    assert len(special) < len(drawn) / 2
    assert len(set(drawn)) > 10
    # Where everything is allowed, the simplest example is no special one either.
    assert find(momenta, lambda _: True, settings=SEARCH) == float(Fraction(3, 10))


@given(stable_runs())
def test_step_sizes_are_below_the_linear_limit(run: Run) -> None:
    mu, kappa = run.method.mu, run.method.kappa
    curvature = run.small * (1 - mu) ** 2 / run.learning_rate
    assert 0.02 <= run.small <= 0.1
    assert run.learning_rate < linear_limit(mu, kappa, curvature)


@given(stable_runs(data=problems(most_extra=1), smallest=0.1))
def test_stable_runs_converge(run: Run) -> None:
    assert train(run.problem, run.start, run.method, run.learning_rate).converged

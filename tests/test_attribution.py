"""The parts of a limit: eight minimisers, the last one the trained limit, and Shapley's axioms."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numeric.attribution import PARTS, Attribution, Ingredients, attribute
from numeric.datasets import gaussian, small_problem
from numeric.flows import gradient_flow_limit
from numeric.problems import Array, Problem, Start
from numeric.projection import entropy_projection
from numeric.training import train
from proofs_check.strategies import problems, starts
from symbolic.console import UserError
from symbolic.two_step import METHODS, TwoStepMethod

#: What the last minimiser is required to equal the trained theta to.
REQUIRED = 1e-10
SMALL = small_problem(3, 6, seed=2)
HEAVY = METHODS["hb"].with_momentum(0.9)
NESTEROV = METHODS["nag"].with_momentum(0.9)
ODD = TwoStepMethod("odd", 0.6, -0.3)
SUBSETS = [frozenset(s) for size in range(4) for s in combinations(PARTS, size)]

CASES = {
    "gd": (SMALL, METHODS["gd"], 0.02, None),
    "hb": (SMALL, HEAVY, 0.02, None),
    "nag": (SMALL, NESTEROV, 0.02, None),
    "odd": (SMALL, ODD, 0.02, None),
    "sgd": (SMALL, METHODS["gd"], 0.01, 1),
    "shb": (SMALL, HEAVY, 0.005, 1),
    "odd on minibatches": (SMALL, ODD, 0.01, 2),
    "hb 40x100": (gaussian(40, 100, 5), HEAVY, 0.0108, None),
    "shb 40x100": (gaussian(40, 100, 5), HEAVY, 0.0005, 4),
    "nag 40x100, mean 1": (gaussian(40, 100, 5, mean=1.0), NESTEROV, 0.0012, None),
}


def one_norm(theta: Array) -> float:
    return float(np.abs(theta).sum())


def distance(a: Array, b: Array) -> float:
    return float(np.linalg.norm(a - b))


@pytest.mark.parametrize("bias", [1.0, 0.7], ids=["unbiased", "biased"])
@pytest.mark.parametrize("name", CASES)
def test_the_last_minimiser_is_the_trained_limit(name: str, bias: float) -> None:
    problem, method, eta, batch = CASES[name]
    start = Start.scaled(problem.d, 0.3, bias)
    run = train(problem, start, method, eta, batch=batch, seed=3)
    assert run.converged
    mu = float(method.mu)
    base, own = Ingredients.of_start(start), Ingredients.of_run(start, run.sums, mu)
    parts = attribute(problem, base, own)
    assert distance(parts.limit, run.theta) <= REQUIRED
    star = problem.theta_star
    assert star is not None
    assert parts.final == pytest.approx(distance(run.theta, star) ** 2, abs=1e-8)
    assert sum(parts.parts.values()) == pytest.approx(parts.total, abs=1e-12)
    # Sums that are one per cent off, or exchanged between u and v, are another run's.
    for sums in (1.01 * run.sums, run.sums[::-1]):
        wrong = attribute(problem, base, Ingredients.of_run(start, sums, mu))
        assert distance(wrong.limit, run.theta) > 1e3 * REQUIRED


@pytest.mark.parametrize("name", ["hb", "nag"])
def test_a_start_with_velocity_is_part_of_the_ingredients(name: str) -> None:
    problem, method, eta, _ = CASES[name]
    start = Start.scaled(problem.d, 0.3, 0.8)
    before = Start(1.1 * start.u, 0.95 * start.v)
    run = train(problem, start, method, eta, before=before)
    mu, base = float(method.mu), Ingredients.of_start(start)
    parts = attribute(problem, base, Ingredients.of_run(start, run.sums, mu, before))
    assert distance(parts.limit, run.theta) <= REQUIRED
    at_rest = attribute(problem, base, Ingredients.of_run(start, run.sums, mu))
    assert distance(at_rest.limit, run.theta) > 1e3 * REQUIRED


def test_against_another_run_the_first_minimiser_is_its_limit() -> None:
    start = Start.scaled(SMALL.d, 0.3, 0.8)
    gd, hb = (train(SMALL, start, method, 0.02) for method in (METHODS["gd"], HEAVY))
    base = Ingredients.of_run(start, gd.sums, 0.0)
    parts = attribute(SMALL, base, Ingredients.of_run(start, hb.sums, 0.9))
    assert distance(parts.base, gd.theta) <= REQUIRED
    assert distance(parts.limit, hb.theta) <= REQUIRED
    assert distance(gd.theta, hb.theta) > 1e-3


def test_of_a_start_the_minimiser_is_the_limit_of_gradient_flow() -> None:
    start = Start.scaled(SMALL.d, 0.3, 0.8)
    own = Ingredients.of_start(start)
    np.testing.assert_allclose(np.exp(own.log_xi), start.xi, rtol=1e-15)
    parts = attribute(SMALL, own, own)
    flow = gradient_flow_limit(SMALL, start)
    np.testing.assert_allclose(parts.base, flow.theta, atol=1e-9)
    assert parts.total == pytest.approx(0.0, abs=1e-12)


def drawn_ingredients(draw: st.DrawFn, problem: Problem) -> tuple[Ingredients, Ingredients]:
    base = Ingredients.of_start(draw(starts(problem.d)))
    moves = st.lists(st.floats(-2, 2), min_size=problem.d, max_size=problem.d)
    ratio, term = np.array(draw(moves)), np.array(draw(moves)) / 4
    return base, Ingredients(base.log_xi + ratio, base.linear + term)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Problem, Ingredients, Ingredients]:
    problem = draw(problems())
    return problem, *drawn_ingredients(draw, problem)


def size(*attributions: Attribution) -> float:
    return max(float(np.abs(t).max()) for a in attributions for t in a.thetas.values())


@given(cases())
def test_each_minimiser_has_the_substituted_ingredients(
    case: tuple[Problem, Ingredients, Ingredients],
) -> None:
    problem, base, own = case
    parts = attribute(problem, base, own, one_norm)
    ratio = own.log_xi - base.log_xi
    assert set(parts.thetas) == set(SUBSETS)
    assert parts.log_scale == pytest.approx(ratio.mean(), abs=1e-14)
    for subset in SUBSETS:
        log_xi = base.log_xi.copy()
        log_xi += ratio.mean() if "scale" in subset else 0.0
        log_xi += ratio - ratio.mean() if "shape" in subset else 0.0
        linear = own.linear if "start" in subset else base.linear
        alone = entropy_projection(problem.X, problem.y, np.exp(log_xi), linear).theta
        assert np.abs(alone - parts.thetas[subset]).max() <= 1e-10 * size(parts)


@given(cases())
def test_parts_are_shapley_values(case: tuple[Problem, Ingredients, Ingredients]) -> None:
    problem, base, own = case
    parts = attribute(problem, base, own, one_norm)
    value = {subset: one_norm(theta) for subset, theta in parts.thetas.items()}
    rounding = 1e-13 * problem.d * size(parts)
    assert parts.total == value[frozenset(PARTS)] - value[frozenset()]
    assert abs(sum(parts.parts.values()) - parts.total) <= rounding
    assert tuple(parts.parts) == tuple(parts.spread) == PARTS
    for part in PARTS:
        # phi_i = sum over S without i of |S|! (2 - |S|)!/3! (v(S + i) - v(S))
        others = [subset for subset in SUBSETS if part not in subset]
        changes = {subset: value[subset | {part}] - value[subset] for subset in others}
        weights = {0: 1 / 3, 1: 1 / 6, 2: 1 / 3}
        stated = sum(weights[len(subset)] * change for subset, change in changes.items())
        assert abs(parts.parts[part] - stated) <= rounding
        assert parts.spread[part] == (min(changes.values()), max(changes.values()))


@given(cases())
def test_exchanging_run_and_reference_changes_signs(
    case: tuple[Problem, Ingredients, Ingredients],
) -> None:
    problem, base, own = case
    there, back = (attribute(problem, a, b, one_norm) for a, b in ((base, own), (own, base)))
    rounding = 1e-9 * problem.d * size(there, back)
    assert abs(there.total + back.total) <= rounding
    for part in PARTS:
        assert abs(there.parts[part] + back.parts[part]) <= rounding


@given(cases(), st.sampled_from(PARTS))
def test_what_is_the_same_has_no_part(
    case: tuple[Problem, Ingredients, Ingredients], only: str
) -> None:
    problem, base, own = case
    ratio = own.log_xi - base.log_xi
    # A change of R in the row space of X is constant over the interpolators.
    row = problem.X.T @ np.ones(problem.n) / np.abs(problem.X).sum()
    log_xi, linear = {
        "scale": (base.log_xi + ratio.mean(), base.linear + row),
        "shape": (base.log_xi + ratio - ratio.mean(), base.linear + row),
        "start": (base.log_xi, own.linear),
    }[only]
    parts = attribute(problem, base, Ingredients(log_xi, linear), one_norm)
    rounding = 1e-9 * problem.d * size(parts)
    for part in PARTS:
        expected = parts.total if part == only else 0.0
        assert abs(parts.parts[part] - expected) <= rounding
        assert parts.spread[part][1] - parts.spread[part][0] <= rounding


def test_another_functional_needs_no_other_minimisers() -> None:
    start = Start.scaled(SMALL.d, 0.3)
    run = train(SMALL, start, HEAVY, 0.02)
    own, base = Ingredients.of_run(start, run.sums, 0.9), Ingredients.of_start(start)
    default = attribute(SMALL, base, own)
    again, direct = default.of(one_norm), attribute(SMALL, base, own, one_norm)
    assert again.parts == direct.parts
    assert again.thetas is default.thetas
    assert again.total == pytest.approx(one_norm(default.limit) - one_norm(default.base))


def test_unknown_theta_star_and_wrong_shapes_are_refused() -> None:
    own = Ingredients.of_start(Start.scaled(SMALL.d, 0.3))
    unknown = Problem(SMALL.X, SMALL.y)
    with pytest.raises(UserError, match="save theta_star"):
        attribute(unknown, own, own)
    assert attribute(unknown, own, own, one_norm).total == pytest.approx(0.0, abs=1e-12)
    short = Ingredients.of_start(Start.scaled(SMALL.d - 1, 0.3))
    for pair in ((short, own), (own, short)):
        with pytest.raises(UserError, match="log_xi of the r"):
            attribute(SMALL, *pair)
    with pytest.raises(UserError, match="linear"):
        Ingredients(np.zeros(3), np.zeros(4))
    with pytest.raises(UserError, match="log_xi"):
        Ingredients(np.array([0.0, np.nan]), np.zeros(2))


def test_dependent_looking_rows_do_not_spoil_a_warm_start() -> None:
    # Multipliers of nearly parallel rows are large and cancel: the shift must not be rounded.
    random = np.random.default_rng(0)
    X = random.standard_normal((4, 9))
    X[3] = X[2] + 1e-7 * random.standard_normal(9)
    star = random.standard_normal(9)
    problem = Problem(X, X @ star, star)
    base = Ingredients.of_start(Start.scaled(9, 0.3))
    own = Ingredients(base.log_xi - np.linspace(0, 2, 9), base.linear + np.linspace(0, 0.3, 9))
    parts = attribute(problem, base, own)
    alone = entropy_projection(X, problem.y, np.exp(own.log_xi), own.linear).theta
    assert distance(parts.limit, alone) <= REQUIRED

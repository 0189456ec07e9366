"""What must not change when coordinates, signs, rows or units do.

Paths are compared in exact rationals wherever the symmetry moves sums about, and bit by bit in
float64 where it does not. A projection is compared through the conditions that it has to satisfy.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from numeric.iterates import NeuronGradient, generic_iterates, stacked
from numeric.problems import Problem, Start
from numeric.projection import TOLERANCE, entropy_gradient, entropy_projection
from numeric.training import trajectory
from proofs_check.strategies import (
    Run,
    methods,
    problems,
    rational_momenta,
    rational_problems,
    stable_runs,
    starts,
)
from symbolic.networks import (
    PRODUCT,
    product_from_squared_difference,
    squared_difference_from_product,
)
from symbolic.two_step import METHODS, TwoStepMethod

#: Exact iterates triple their digits at every step; float ones do not mind.
STEPS, FLOAT_STEPS = 4, 50
ETA = Fraction(3, 200)

any_method = methods()
exact_data = rational_problems()


def exact_path(X: Any, y: Any, u: Any, v: Any, method: Any, eta: Any = ETA) -> Any:
    """The path in rationals, shape (STEPS + 1, 2, d)."""
    return np.stack(generic_iterates(NeuronGradient(X, y), stacked(u, v), method, eta, STEPS))


def path_of(data: Any, method: Any) -> Any:
    return exact_path(data.X, data.y, data.u, data.v, method)


def same(a: Any, b: Any) -> bool:
    return bool((a == b).all())


@given(exact_data, any_method, st.randoms(use_true_random=False))
def test_permuted_coordinates_permute_the_path(data: Any, method: Any, random: Any) -> None:
    order = random.sample(range(len(data.u)), len(data.u))
    permuted = exact_path(data.X[:, order], data.y, data.u[order], data.v[order], method)
    assert same(permuted, path_of(data, method)[:, :, order])


@given(exact_data, any_method)
def test_permuted_rows_change_nothing(data: Any, method: Any) -> None:
    assert same(
        exact_path(data.X[::-1], data.y[::-1], data.u, data.v, method), path_of(data, method)
    )


@given(rational_problems(most_samples=3), any_method, st.sampled_from([(3, 4, 5), (5, -12, 13)]))
def test_rotated_rows_change_nothing(data: Any, method: Any, triple: tuple[int, int, int]) -> None:
    # L depends on X^T X, X^T y and y^T y alone: any orthogonal mixing of the samples keeps it.
    cosine, sine = (Fraction(leg, triple[2]) for leg in triple[:2])
    X, y = data.X.copy(), data.y.copy()
    if len(y) == 1:
        X, y = -X, -y
    else:
        X[0], X[1] = cosine * data.X[0] - sine * data.X[1], sine * data.X[0] + cosine * data.X[1]
        y[0], y[1] = cosine * data.y[0] - sine * data.y[1], sine * data.y[0] + cosine * data.y[1]
    assert same(exact_path(X, y, data.u, data.v, method), path_of(data, method))


@given(exact_data, any_method, st.fractions(Fraction(1, 5), 5, max_denominator=5))
def test_scaled_data_are_a_scaled_learning_rate(data: Any, method: Any, factor: Fraction) -> None:
    # Lyu et al., Fig. 1: (eps X, eps y) with eta is (X, y) with eps^2 eta.
    scaled = exact_path(factor * data.X, factor * data.y, data.u, data.v, method)
    again = exact_path(data.X, data.y, data.u, data.v, method, factor**2 * ETA)
    assert same(scaled, again)
    if factor != 1 and _moves(data, method):
        assert not same(scaled, path_of(data, method))


def _moves(data: Any, method: Any) -> bool:
    path = path_of(data, method)
    return not same(path[0], path[-1])


@given(exact_data, any_method, st.randoms(use_true_random=False))
def test_neurons_may_change_sign(data: Any, method: Any, random: Any) -> None:
    signs = np.array([[random.choice([-1, 1]) for _ in data.u] for _ in range(2)])
    flipped = exact_path(data.X, data.y, signs[0] * data.u, signs[1] * data.v, method)
    assert same(flipped, signs * path_of(data, method))


@given(stable_runs())
def test_flipped_column_swaps_its_neurons(run: Run) -> None:
    problem, start = run.problem, run.start
    X = problem.X.copy()
    X[:, 0] *= -1
    swapped = stacked(start.u, start.v)
    swapped[:, 0] = swapped[::-1, 0]
    path = trajectory(problem, start, run.method, run.learning_rate, FLOAT_STEPS)
    other = trajectory(
        Problem(X, problem.y), Start(*swapped), run.method, run.learning_rate, FLOAT_STEPS
    )
    # Exact in float64 too: only signs change.
    other[:, :, 0] = other[:, ::-1, 0]
    assert np.array_equal(other, path)


@given(stable_runs(), st.sampled_from([0.5, 2.0, 0.25]))
def test_scaling_by_powers_of_two_is_exact_in_floats(run: Run, factor: float) -> None:
    problem = run.problem
    scaled = Problem(factor * problem.X, factor * problem.y)
    path = trajectory(scaled, run.start, run.method, run.learning_rate, FLOAT_STEPS)
    again = trajectory(problem, run.start, run.method, factor**2 * run.learning_rate, FLOAT_STEPS)
    assert np.array_equal(path, again)


@given(exact_data)
def test_without_momentum_all_methods_are_gradient_descent(data: Any) -> None:
    descent = path_of(data, TwoStepMethod("gd", Fraction(0), Fraction(0)))
    for name in METHODS:
        at_zero = METHODS[name].with_momentum(Fraction(0))
        assert same(path_of(data, at_zero), descent)


@given(rational_problems(balanced=False), rational_momenta.filter(bool))
def test_with_momentum_the_methods_differ(data: Any, mu: Fraction) -> None:
    zero = Fraction(0)
    paths = [
        path_of(data, TwoStepMethod("any", *pair)) for pair in ((zero, zero), (mu, zero), (mu, mu))
    ]
    if _moves(data, TwoStepMethod("gd", zero, zero)):
        assert not same(paths[0], paths[1])
        assert not same(paths[1], paths[2])


@given(rational_problems(columns=("duplicated",)), any_method)
def test_duplicated_columns_stay_equal(data: Any, method: Any) -> None:
    d = len(data.u)
    i, j = next((i, j) for i in range(d) for j in range(i) if same(data.X[:, i], data.X[:, j]))
    u, v = data.u.copy(), data.v.copy()
    u[i], v[i] = u[j], v[j]
    path = exact_path(data.X, data.y, u, v, method)
    assert same(path[:, :, i], path[:, :, j])


@given(rational_problems(columns=("zero",)), any_method)
def test_zero_columns_never_move(data: Any, method: Any) -> None:
    column = next(j for j in range(len(data.u)) if not data.X[:, j].any())
    path = path_of(data, method)
    assert same(path[:, :, column], path[:1, :, column])


@given(exact_data, any_method)
def test_networks_are_two_writings_of_one(data: Any, method: Any) -> None:
    # theta = a b with a = u + v, b = u - v; in these neurons the step is twice as long: L is the
    # same function, and |d(a, b)|^2 = 2 |d(u, v)|^2.
    a_path = np.stack(
        generic_iterates(
            NeuronGradient(data.X, data.y, PRODUCT),
            stacked(data.u + data.v, data.u - data.v),
            method,
            2 * ETA,
            STEPS,
        )
    )
    path = path_of(data, method)
    assert same(a_path[:, 0], path[:, 0] + path[:, 1])
    assert same(a_path[:, 1], path[:, 0] - path[:, 1])


@given(exact_data)
def test_maps_between_the_networks_undo_each_other(data: Any) -> None:
    a, b = product_from_squared_difference(data.u, data.v)
    u, v = squared_difference_from_product(a, b)
    assert same(u, data.u)
    assert same(v, data.v)
    # Both networks hold the same predictor, and |a^2 - b^2| = 4 |u v|.
    assert same(a * b, data.u**2 - data.v**2)
    assert same(abs(a**2 - b**2), 4 * abs(data.u * data.v))


# --- Projections ----------------------------------------------------------------------------------


def conditions(problem: Problem, xi: Any, linear: Any, theta: Any) -> tuple[float, float]:
    """How far grad Q + R is from the rows of X and X theta from y, both relative."""
    gradient = entropy_gradient(theta, xi)
    off = np.abs(problem.out_of_row_space(gradient + linear)).max()
    missed = np.abs(problem.X @ theta - problem.y) / (np.abs(problem.X) @ np.abs(theta))
    return off / max(np.abs(gradient).max(), np.abs(linear).max()), missed.max()


@settings(max_examples=15)
@given(st.data())
def test_projection_has_the_symmetries_too(data: st.DataObject) -> None:
    problem = data.draw(problems())
    start = data.draw(starts(problem.d, ("biased", "unbiased", "mixed")))
    xi, linear = start.xi, -entropy_gradient(start.theta, start.xi)
    order = data.draw(st.permutations(range(problem.d)))
    signs = np.array(
        data.draw(st.lists(st.sampled_from([1.0, -1.0]), min_size=len(order), max_size=len(order)))
    )
    factor = data.draw(st.floats(0.1, 10))
    moved = entropy_projection(
        factor * (problem.X * signs)[::-1, order],
        factor * problem.y[::-1],
        xi[order],
        (signs * linear)[order],
    ).theta
    theta = np.empty_like(moved)
    theta[order] = moved
    theta *= signs
    # The conditions hold for the moved data to TOLERANCE; evaluating them again rounds once more,
    # and dividing the factor out of the data moves each row by an ulp.
    off, missed = conditions(problem, xi, linear, theta)
    assert off <= 2 * np.sqrt(problem.d) * TOLERANCE
    assert missed <= 2 * TOLERANCE

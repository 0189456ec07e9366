"""The bound of a displaced minimiser against minimisers that are displaced."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numeric.problems import Problem
from numeric.projection import entropy_projection
from numeric.sensitivity import displacement_bound
from proofs_check.strategies import problems, starts

#: Large against the accuracy of a projection, small enough that squares of it do not count.
STEP = 1e-6
KINDS = ("scale", "linear", "residual")


@given(problems(), st.data(), st.sampled_from(KINDS), st.integers(0, 1000))
def test_the_bound_holds(problem: Problem, data: st.DataObject, kind: str, seed: int) -> None:
    start = data.draw(starts(problem.d, ("biased", "unbiased")))
    random = np.random.default_rng(seed)
    R = random.normal(size=problem.d)
    theta = entropy_projection(problem.X, problem.y, start.xi, R).theta
    xi, linear, y = start.xi, R, problem.y
    if kind == "scale":
        xi = xi * (1 + STEP * random.choice([-1, 1], size=problem.d))
    elif kind == "linear":
        linear = R + STEP * random.choice([-1, 1], size=problem.d)
    else:
        y = y + STEP * random.choice([-1, 1], size=problem.n)
    moved = np.linalg.norm(entropy_projection(problem.X, y, xi, linear).theta - theta)
    sizes = dict.fromkeys(KINDS, 0.0) | {kind: STEP}
    bound = displacement_bound(problem, theta, start.xi, **sizes)
    # First order: what is left is of relative size STEP times the curvature of the minimiser.
    assert moved <= bound * (1 + 1e-3) + 1e-11


@pytest.mark.parametrize("kind", KINDS)
def test_the_bound_is_attained_up_to_the_worst_signs(kind: str) -> None:
    # theta_1 + theta_2 = 1 with equal scales: opposite errors of the two are the worst ones.
    problem = Problem(np.array([[1.0, 1.0]]), np.array([1.0]))
    xi = np.array([1.0, 1.0])
    theta = entropy_projection(problem.X, problem.y, xi).theta
    change = np.array([STEP, -STEP])
    shifted = {
        "scale": lambda: entropy_projection(problem.X, problem.y, xi * (1 + change)),
        "linear": lambda: entropy_projection(problem.X, problem.y, xi, change),
        "residual": lambda: entropy_projection(problem.X, problem.y + STEP, xi),
    }[kind]
    moved = float(np.linalg.norm(shifted().theta - theta))
    sizes = dict.fromkeys(KINDS, 0.0) | {kind: STEP}
    bound = displacement_bound(problem, theta, xi, **sizes)
    assert moved == pytest.approx(bound, rel=1e-4)

"""Flows to many digits: conservation, other integrators, other step sizes, other precision."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numeric.bench_flows import HeyokaFlow
from numeric.compiled import mpmath_function
from numeric.datasets import RationalProblem, rational_problem
from numeric.enclosed_run import enclosed_run
from numeric.extrapolation import extrapolated_flow
from numeric.fixed_point import FixedPointTraining
from numeric.flows import momentum_flow_path
from numeric.iterates import NeuronGradient, numbers_of
from numeric.precise_runs import precise_run
from numeric.taylor_flow import FlowPoint, flow_to
from symbolic.console import UserError
from symbolic.momentum_flow import U_DOT, V_DOT, accelerations
from symbolic.symbols import ALPHA, MU, G, U, V
from symbolic.two_step import TwoStepMethod

QUARTER = Fraction(1, 4)


def flows(data: RationalProblem, *times: Any, **options: Any) -> list[FlowPoint]:
    return flow_to(data.X, data.y, data.u, data.v, times, **options)


def gap(one: Any, other: Any) -> Any:
    pairs = zip(np.ravel(one), np.ravel(other), strict=True)
    return max(abs(a - b) for a, b in pairs)


@given(seed=st.integers(0, 20), digits=st.sampled_from([30, 50]))
def test_gradient_flow_keeps_the_scale(seed: int, digits: int) -> None:
    data = rational_problem(2, 3, seed=seed)
    (end,) = flows(data, QUARTER, digits=digits)
    with mpmath.workdps(digits + 10):
        u, v = end.neurons
        assert gap(u * v, numbers_of(data.u * data.v)) < mpmath.mpf(10) ** -digits
        assert gap(u, numbers_of(data.u)) > 0
        gradient = NeuronGradient(numbers_of(data.X), numbers_of(data.y))
        # Its velocity is minus the gradient there.
        assert gap(end.velocity, -gradient(end.neurons)) < mpmath.mpf(10) ** (3 - digits)


@pytest.mark.parametrize("inertia", [Fraction(1, 8), Fraction(1, 100), Fraction(3, 2)])
def test_meets_extrapolated_steps_of_the_derived_equation(inertia: Fraction) -> None:
    data, mu, time = rational_problem(2, 3, seed=3), Fraction(1, 2), Fraction(1, 8)
    velocity = [[Fraction(1, 3)] * 3, [Fraction(-2)] * 3]
    (end,) = flows(data, time, inertia=inertia, drive=1 / (1 - mu), velocity=velocity, digits=30)
    with mpmath.workdps(45):
        alpha, momentum = numbers_of(inertia), numbers_of(mu)
        gradient = NeuronGradient(numbers_of(data.X), numbers_of(data.y))
        by_u, by_v = (
            mpmath_function((U, V, U_DOT, V_DOT, G, MU, ALPHA), part) for part in accelerations()
        )

        def field(state: Any) -> Any:
            u, v, p, q = state.reshape(4, 3)
            gradient(np.stack([u, v]))
            given = (u, v, p, q, gradient.predictor_gradient, momentum, alpha)
            return np.concatenate([p, q, by_u(*given), by_v(*given)])

        start = np.concatenate([numbers_of(part) for part in (data.u, data.v, *velocity)])
        other = extrapolated_flow(field, start, numbers_of(time), mpmath.mpf(10) ** -34, 16)
        assert gap(end.neurons, other[:6]) < mpmath.mpf(10) ** -30
        assert gap(end.velocity, other[6:]) < mpmath.mpf(10) ** -28


@given(seed=st.integers(0, 20), inertia=st.sampled_from([0, Fraction(1, 300), Fraction(1, 8)]))
def test_more_digits_and_a_stop_between_change_nothing(seed: int, inertia: Fraction) -> None:
    data = rational_problem(2, 4, seed=seed)
    *_, end = flows(data, QUARTER / 3, QUARTER, inertia=inertia, digits=30)
    (other,) = flows(data, QUARTER, inertia=inertia, digits=45)
    assert end.time == other.time == QUARTER
    with mpmath.workdps(60):
        assert gap(end.neurons, other.neurons) < mpmath.mpf(10) ** -30
        assert gap(end.theta, other.theta) < mpmath.mpf(10) ** -29


def test_meets_the_flow_in_float64() -> None:
    data, alpha = rational_problem(3, 5, seed=1), Fraction(1, 16)
    points = flows(data, 1, 2, inertia=alpha, drive=2)
    gradient = NeuronGradient(data.X.astype(float), data.y.astype(float))
    x0 = np.concatenate([data.u, data.v]).astype(float)
    path = momentum_flow_path(
        lambda x: gradient(x.reshape(2, -1)).ravel(),
        x0,
        0 * x0,
        float(alpha),
        0.5,
        np.array([1.0, 2.0]),
    )
    for point, row in zip(points, path, strict=True):
        assert np.abs(point.neurons.astype(float).ravel() - row).max() < 1e-9


def test_rest_on_the_data_is_kept() -> None:
    data = rational_problem(2, 3, seed=1)
    y = data.X @ (data.u**2 - data.v**2)
    for inertia in (Fraction(0), Fraction(1, 10)):
        (end,) = flow_to(data.X, y, data.u, data.v, [100], inertia=inertia, digits=30)
        with mpmath.workdps(40):
            assert gap(end.neurons, np.stack([numbers_of(data.u), numbers_of(data.v)])) < 1e-30
        assert end.steps < 20


def test_precision_does_not_leak() -> None:
    before = mpmath.mp.prec
    flows(rational_problem(2, 3, seed=0), QUARTER, digits=80)
    assert mpmath.mp.prec == before


@pytest.mark.parametrize(
    ("times", "options", "words"),
    [
        ([], {}, "increasing"),
        ([0], {}, "increasing"),
        ([1, 1], {}, "increasing"),
        ([1], {"inertia": -1}, "not negative"),
        ([1], {"drive": 0}, "positive drive"),
        ([1], {"velocity": [[1, 1, 1]] * 2}, "first-order"),
        ([1], {"inertia": 1, "velocity": [[2**40, 1, 1]] * 2}, "velocities below"),
    ],
)
def test_wrong_input_is_named(times: list[Any], options: dict[str, Any], words: str) -> None:
    data = rational_problem(2, 3, seed=0)
    with pytest.raises(UserError, match=words):
        flows(data, *times, **options)


NAN = float("nan")


@pytest.mark.parametrize(
    ("place", "wrong", "words"),
    [
        (0, [[1, NAN, 0]], "nan at .1, 2."),
        (0, [[1, 2]], "u of shape"),
        (0, [[0, 0, 0]], "not zero"),
        (0, [1, 2, 3], "X of shape"),
        (1, [1, 2], "y of shape .1"),
        (1, ["one"], "'one'"),
        (2, [1, 1, None], "None"),
        (3, [1, 1], "v of shape"),
    ],
)
def test_wrong_data_are_named(place: int, wrong: Any, words: str) -> None:
    given: list[Any] = [[[1, 2, 0]], [1], [1, 1, 1], [1, 1, 1]]
    given[place] = wrong
    method = TwoStepMethod("gd", Fraction(0), Fraction(0))
    for run in (
        lambda: flow_to(*given, [1], digits=30),
        lambda: FixedPointTraining(*given, method, Fraction(1, 9)),
        lambda: precise_run(*given, method, Fraction(1, 9)),
        lambda: enclosed_run(*given, method, Fraction(1, 9)),
    ):
        with pytest.raises(UserError, match=words):
            run()


@pytest.mark.oracle
@pytest.mark.parametrize("inertia", [Fraction(1, 64), Fraction(1, 2)])
def test_meets_heyoka(inertia: Fraction) -> None:
    heyoka = pytest.importorskip("heyoka")
    data = rational_problem(3, 5, seed=2)
    (end,) = flows(data, 1, inertia=inertia)
    with mpmath.workdps(60):
        other = HeyokaFlow(heyoka, data, inertia).at(1)
        assert gap(end.neurons, other) < mpmath.mpf(10) ** -50

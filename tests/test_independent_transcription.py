"""The printed recursions and formulas once more, from the page alone, and equal to ours.

What is transcribed is plain Python that uses nothing of `symbolic`; it runs on `Fraction` as well
as on floats. It guards against an error that proof and simulation share.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from numeric.compiled import inertia, numpy_function
from numeric.iterates import NeuronGradient, generic_iterates, stacked
from numeric.predictions import path_phi
from numeric.problems import Start
from numeric.projection import entropy_gradient, entropy_value
from numeric.training import train_many, trajectory
from proofs_check.lyu.prop1 import HEAVY_BALL_PRINTED, NESTEROV_PRINTED
from proofs_check.strategies import in_floats, methods, rational_momenta, rational_problems
from symbolic.implicit_bias import (
    CORRELATION,
    gradient_flow_bias_printed,
    momentum_bias_printed,
    momentum_bias_unbiased_printed,
)
from symbolic.modified_equation import inertia_coefficient
from symbolic.symbols import ALPHA, ETA, G_0, KAPPA, MU, SAMPLES, THETA_0, XI

EPS = float(np.finfo(float).eps)
#: Exact iterates triple their digits at every step.
STEPS = 4

# --- The page, transcribed ------------------------------------------------------------------------


def predictor(u: list[Any], v: list[Any]) -> list[Any]:
    """Eq. (6): theta = u o u - v o v."""
    return [a * a - b * b for a, b in zip(u, v, strict=True)]


def gradient_by_predictor(X: Any, y: Any, theta: list[Any]) -> list[Any]:
    """Of Eq. (5), L = sum_i (x_i . theta - y_i)^2 / (2 n)."""
    n, d = len(X), len(theta)
    r = [sum(X[i][j] * theta[j] for j in range(d)) - y[i] for i in range(n)]
    return [sum(2 * r[i] * X[i][j] for i in range(n)) / (2 * n) for j in range(d)]


def gradient(X: Any, y: Any, beta: list[Any]) -> list[Any]:
    """Of L by beta = (u, v): the chain rule through theta."""
    d = len(beta) // 2
    u, v = beta[:d], beta[d:]
    g = gradient_by_predictor(X, y, predictor(u, v))
    return [2 * a * b for a, b in zip(u, g, strict=True)] + [
        -2 * a * b for a, b in zip(v, g, strict=True)
    ]


def heavy_ball(X: Any, y: Any, beta: list[Any], mu: Any, eta: Any, steps: int) -> list[list[Any]]:
    """Eq. (2): p_{k+1} = mu p_k - eta grad L(beta_k), beta_{k+1} = beta_k + p_{k+1}, p_0 = 0."""
    p, path = [0 * b for b in beta], [beta]
    for _ in range(steps):
        slope = gradient(X, y, beta)
        p = [mu * a - eta * s for a, s in zip(p, slope, strict=True)]
        beta = [b + a for b, a in zip(beta, p, strict=True)]
        path.append(beta)
    return path


def nesterov(X: Any, y: Any, beta: list[Any], mu: Any, eta: Any, steps: int) -> list[list[Any]]:
    """Eq. (3): as Eq. (2), the gradient taken at beta_k + mu p_k."""
    p, path = [0 * b for b in beta], [beta]
    for _ in range(steps):
        slope = gradient(X, y, [b + mu * a for b, a in zip(beta, p, strict=True)])
        p = [mu * a - eta * s for a, s in zip(p, slope, strict=True)]
        beta = [b + a for b, a in zip(beta, p, strict=True)]
        path.append(beta)
    return path


RECURSIONS = {"hb": heavy_ball, "nag": nesterov}


def inertia_of(name: str, mu: Any, eta: Any) -> Any:
    """Prop. 1: eta (1 + mu)/(2 (1 - mu)) and eta (1 - mu + 2 mu^2)/(2 (1 - mu))."""
    top = 1 + mu if name == "hb" else 1 - mu + 2 * mu * mu
    return eta * top / (2 * (1 - mu))


def entropy(theta: float, xi: float) -> tuple[float, float]:
    """Q_xi of one coordinate (section 3), and the sum of the sizes of its terms."""
    parts = (theta * math.asinh(theta / (2 * xi)), -math.sqrt(4 * xi**2 + theta**2), 2 * xi)
    return sum(parts) / 4, sum(map(abs, parts)) / 4


def flow_term(theta_0: float, xi: float) -> float:
    """R^GF of Prop. 2."""
    return math.asinh(theta_0 / (2 * xi)) / 4


def momentum_term(theta_0: float, xi: float, alpha: float, g_0: float, mu: float) -> float:
    """R^M of Eq. (9)."""
    shift = 4 * alpha * g_0 / (1 - mu) * math.sqrt(1 + theta_0**2 / (4 * xi**2))
    return math.asinh(theta_0 / (2 * xi) + shift) / 4


def unbiased_term(correlation: float, alpha: float, n: int, mu: float) -> float:
    """R^M of the display after Eq. (10)."""
    return math.asinh(4 * alpha * correlation / (n * (1 - mu)))


# --- Paths ----------------------------------------------------------------------------------------

#: Numbers with few digits: powers of two among the denominators only, where floats are exact.
learning_rates = st.sampled_from([Fraction(1, 64), Fraction(1, 100), Fraction(3, 200)])
named = methods(("hb", "nag", "gd"))


def transcribed(exact: Any, method: Any, eta: Any, number: Any) -> list[list[Any]]:
    """The path by the page; gradient descent is Eq. (2) at mu = 0."""
    recursion = RECURSIONS.get(method.name, heavy_ball)
    X = [[number(entry) for entry in row] for row in exact.X]
    y, beta = map(number, exact.y), map(number, [*exact.u, *exact.v])
    return recursion(X, list(y), list(beta), number(method.mu), number(eta), STEPS)


@settings(max_examples=40)
@given(rational_problems(), named, learning_rates)
def test_paths_are_equal_in_rationals(exact: Any, method: Any, eta: Fraction) -> None:
    ours = generic_iterates(
        NeuronGradient(exact.X, exact.y), stacked(exact.u, exact.v), method, eta, STEPS
    )
    assert [x.ravel().tolist() for x in ours] == transcribed(exact, method, eta, Fraction)


@given(rational_problems(), named, learning_rates)
def test_float_paths_agree_to_rounding(exact: Any, method: Any, eta: Fraction) -> None:
    u, v = exact.u.astype(float), exact.v.astype(float)
    ours = trajectory(exact.problem, Start(u, v), in_floats(method), float(eta), STEPS)
    theirs = transcribed(exact, method, eta, Fraction)
    assert rounding_excess(exact, method, eta, ours, theirs) <= 1


def path_rounding(exact: Any, method: Any, eta: Fraction, path: Any) -> tuple[Any, float, float]:
    """Bounds on what rounding does to a float path: to x_k, to g once, and to g by a unit of x.

    One step makes at most d + n + 12 roundings (sums of d and of n terms and a dozen operations)
    of numbers no larger than 3 s + 2 eta s G, with s the largest neuron, look-ahead included, and
    G = max |X|^T (2 |X| s^2 + |y|)/n. An error that is there grows in one step by at most
    1 + 2 mu + eta H (1 + 2 kappa), H a bound on the row sums of the Hessian.
    """
    X, y = np.abs(exact.X.astype(float)), np.abs(exact.y.astype(float))
    n, d = X.shape
    mu, kappa, rate = float(method.mu), float(method.kappa), float(eta)
    # Twice the exact size leaves room for the errors themselves.
    size = 2 * (1 + 2 * kappa) * max(abs(float(entry)) for x in path for entry in x)
    largest = float((X.T @ (X.sum(axis=1) * 2 * size**2 + y)).max()) / n
    by_neurons = 4 * size * float((X.T @ X).sum(axis=1).max()) / n
    roundings = (d + n + 12) * EPS
    growth = 1 + 2 * mu + rate * (2 * largest + 2 * size * by_neurons) * (1 + 2 * kappa)
    bounds = [0.0]
    for _ in path[1:]:
        bounds.append(growth * bounds[-1] + roundings * (3 * size + 2 * rate * size * largest))
    return np.array(bounds), roundings * largest, by_neurons


def rounding_excess(exact: Any, method: Any, eta: Fraction, ours: Any, theirs: Any) -> float:
    """Largest difference of a path from an exact one, in units of `path_rounding`."""
    bounds, _, _ = path_rounding(exact, method, eta, theirs)
    differences = [
        max(abs(float(a) - float(b)) for a, b in zip(mine.ravel(), exactly, strict=True))
        for mine, exactly in zip(ours, theirs, strict=True)
    ]
    return max(a / b for a, b in zip(differences[1:], bounds[1:], strict=True))


def test_rounding_bound_finds_a_wrong_recursion() -> None:
    found = 0

    @settings(max_examples=10)
    @given(rational_problems(), learning_rates)
    def check(exact: Any, eta: Fraction) -> None:
        nonlocal found
        right, wrong = (
            transcribed(exact, type("M", (), {"name": name, "mu": Fraction(3, 5)}), eta, Fraction)
            for name in RECURSIONS
        )
        method = type("M", (), {"mu": Fraction(3, 5), "kappa": Fraction(3, 5)})
        ours = np.array([[float(entry) for entry in x] for x in wrong])
        found += rounding_excess(exact, method, eta, ours, right) > 1

    check()
    assert found >= 8  # not where the start interpolates


@given(rational_problems(), named, learning_rates)
def test_path_integral_is_the_sum_of_squares(exact: Any, method: Any, eta: Fraction) -> None:
    at = in_floats(method)
    runs = train_many(
        exact.problem,
        exact.u.astype(float),
        exact.v.astype(float),
        mu=at.mu,
        kappa=at.kappa,
        eta=float(eta),
        max_steps=STEPS,
    )
    d = len(exact.u)
    path = transcribed(exact, method, eta, Fraction)
    summed = [Fraction(0)] * d
    for k in range(STEPS):
        before = path[max(k - 1, 0)]
        point = [b + method.kappa * (b - a) for b, a in zip(path[k], before, strict=True)]
        g = gradient_by_predictor(exact.X, exact.y, predictor(point[:d], point[d:]))
        summed = [s + eta * slope * slope for s, slope in zip(summed, g, strict=True)]
    ours, theirs = runs.path_integral[0], np.array([float(s) for s in summed])
    bounds, once, by_neurons = path_rounding(exact, method, eta, path)
    error_g = once + by_neurons * (1 + 2 * float(method.kappa)) * bounds[-1]
    g_max = float(np.sqrt(theirs.max() / float(eta)))
    allowed = STEPS * float(eta) * (2 * g_max * error_g + error_g**2 + STEPS * EPS * g_max**2)
    assert np.abs(ours - theirs).max() <= allowed
    phi = path_phi(ours, at.mu)
    expected = 8 / (1 - at.mu) ** 2 * ours
    assert np.abs(phi - expected).max() <= 8 * EPS * np.abs(expected).max()


# --- Formulas -------------------------------------------------------------------------------------

values = st.floats(-20, 20).filter(lambda x: x == 0 or abs(x) > 1e-6)
scales = st.one_of(st.floats(0.05, 20), st.sampled_from([1e-8, 1e-4, 1e3, 1e6]))
#: Each formula makes fewer than this many roundings, none of them after a cancellation.
ROUNDINGS = 32


def near(ours: Any, theirs: float, condition: float = 1.0) -> bool:
    """Whether two values agree to rounding, relative to ``condition`` times their size."""
    return abs(float(ours) - theirs) <= ROUNDINGS * EPS * condition * max(abs(theirs), 1e-300)


@given(rational_momenta, learning_rates)
def test_inertia_is_equal(mu: Fraction, eta: Fraction) -> None:
    printed = {"hb": HEAVY_BALL_PRINTED, "nag": NESTEROV_PRINTED}
    for name, kappa in (("hb", Fraction(0)), ("nag", mu)):
        theirs = inertia_of(name, mu, eta)
        derived = inertia_coefficient(MU, KAPPA, ETA).subs({MU: mu, KAPPA: kappa, ETA: eta})
        assert Fraction(int(derived.p), int(derived.q)) == theirs
        quoted = printed[name].subs({MU: mu, ETA: eta})
        assert Fraction(int(quoted.p), int(quoted.q)) == theirs
        assert near(inertia(float(mu), float(kappa), float(eta)), float(theirs), 1 / (1 - mu))


@given(values, scales)
def test_entropy_is_equal(theta: float, xi: float) -> None:
    value, terms = entropy(theta, xi)
    assert abs(float(entropy_value(theta, xi)) - value) <= ROUNDINGS * EPS * terms
    assert near(entropy_gradient(theta, xi), flow_term(theta, xi))


@given(values, scales)
def test_entropy_gradient_is_its_derivative(theta: float, xi: float) -> None:
    # Central difference: truncation h^2/6 |Q'''|, |Q'''| = |theta|/(4 (theta^2 + 4 xi^2)^(3/2)) at
    # most 1/(16 xi^2), and rounding of the terms over h.
    h = 1e-4 * max(abs(theta), xi)
    (up, size_up), (down, size_down) = entropy(theta + h, xi), entropy(theta - h, xi)
    allowed = h**2 / (6 * 16 * xi**2) + ROUNDINGS * EPS * (size_up + size_down) / h
    assert abs((up - down) / (2 * h) - float(entropy_gradient(theta, xi))) <= allowed


@given(values, scales)
def test_flow_term_is_equal(theta_0: float, xi: float) -> None:
    ours = numpy_function((THETA_0, XI), gradient_flow_bias_printed())
    assert near(ours(theta_0, xi), flow_term(theta_0, xi))


@given(values, scales, st.floats(0, 0.1), values, st.floats(0, 0.9))
def test_momentum_term_is_equal(
    theta_0: float, xi: float, alpha: float, g_0: float, mu: float
) -> None:
    ours = numpy_function((THETA_0, XI, ALPHA, MU, G_0), momentum_bias_printed())
    theirs = momentum_term(theta_0, xi, alpha, g_0, mu)
    # Two terms under the arcsinh may cancel; its slope is at most 1 and at most 1/|argument|.
    one = abs(theta_0 / (2 * xi))
    two = abs(4 * alpha * g_0 / (1 - mu)) * math.hypot(1, one)
    argument = abs(math.sinh(4 * theirs))
    allowed = ROUNDINGS * EPS * ((one + two) / math.hypot(1, argument) + abs(theirs))
    assert abs(float(ours(theta_0, xi, alpha, mu, g_0)) - theirs) <= allowed


@given(values, st.floats(0, 0.1), st.integers(1, 50), st.floats(0, 0.9))
def test_unbiased_term_is_equal(correlation: float, alpha: float, n: int, mu: float) -> None:
    ours = numpy_function((CORRELATION, ALPHA, SAMPLES, MU), momentum_bias_unbiased_printed())
    theirs = unbiased_term(correlation, alpha, n, mu)
    assert near(ours(correlation, alpha, n, mu), theirs, 10)

"""One recursion, written once: floats, batches, rationals, symbols and mpmath numbers agree."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp

from numeric.compiled import network_functions
from numeric.datasets import rational_problem, small_problem
from numeric.iterates import NeuronGradient, generic_iterates, numbers_of, stacked
from numeric.precise_runs import precise_run
from numeric.problems import Start
from numeric.training import train, train_many, trajectory
from symbolic.two_step import METHODS, TwoStepMethod

METHODS_AT = [("gd", Fraction(0)), ("hb", Fraction(3, 5)), ("nag", Fraction(3, 5))]
ETA = Fraction(1, 50)
STEPS = 4


def independent(X: Any, y: Any, u: Any, v: Any, mu: Any, kappa: Any, eta: Any, steps: int) -> Any:
    """The recursion once more, in nested lists, with nothing from the project."""
    n, d = len(X), len(X[0])
    x, last = [list(u), list(v)], [list(u), list(v)]
    path = [x]
    for _ in range(steps):
        at = [[a + kappa * (a - b) for a, b in zip(x[i], last[i], strict=True)] for i in (0, 1)]
        theta = [at[0][j] * at[0][j] - at[1][j] * at[1][j] for j in range(d)]
        r = [sum(X[i][j] * theta[j] for j in range(d)) - y[i] for i in range(n)]
        g = [sum(X[i][j] * r[i] for i in range(n)) / n for j in range(d)]
        new = [
            [
                x[i][j] + mu * (x[i][j] - last[i][j]) - eta * (2 - 4 * i) * at[i][j] * g[j]
                for j in range(d)
            ]
            for i in (0, 1)
        ]
        x, last = new, x
        path.append(x)
    return path


def _at(name: str, mu: Fraction, number: Any) -> TwoStepMethod:
    method = METHODS[name].with_momentum(sp.Rational(mu.numerator, mu.denominator))
    return TwoStepMethod(name, *(number(Fraction(int(c.p), int(c.q))) for c in _pair(method)))


def _pair(method: TwoStepMethod) -> tuple[Any, Any]:
    return sp.Rational(method.mu), sp.Rational(method.kappa)


@pytest.mark.parametrize(("name", "mu"), METHODS_AT)
@pytest.mark.parametrize("seed", range(3))
def test_fractions_equal_an_independent_transcription(name: str, mu: Fraction, seed: int) -> None:
    data = rational_problem(2, 3, seed)
    method = _at(name, mu, Fraction)
    ours = generic_iterates(
        NeuronGradient(data.X, data.y), stacked(data.u, data.v), method, ETA, STEPS
    )
    kappa = mu if name == "nag" else Fraction(0)
    theirs = independent(
        data.X.tolist(), data.y.tolist(), data.u.tolist(), data.v.tolist(), mu, kappa, ETA, STEPS
    )
    assert [x.tolist() for x in ours] == theirs


@pytest.mark.parametrize(("name", "mu"), METHODS_AT)
def test_sympy_rationals_equal_fractions_exactly(name: str, mu: Fraction) -> None:
    data = rational_problem(2, 3, seed=1)

    def rational(value: Fraction) -> sp.Expr:
        return sp.Rational(value.numerator, value.denominator)

    as_sympy = np.vectorize(rational, otypes=[object])
    gradient = NeuronGradient(as_sympy(data.X), as_sympy(data.y))
    x0 = stacked(as_sympy(data.u), as_sympy(data.v))
    sympy_path = generic_iterates(gradient, x0, _at(name, mu, rational), rational(ETA), STEPS)
    plain = generic_iterates(
        NeuronGradient(data.X, data.y),
        stacked(data.u, data.v),
        _at(name, mu, Fraction),
        ETA,
        STEPS,
    )
    for ours, exact in zip(sympy_path, plain, strict=True):
        assert (as_sympy(exact) == ours).all()
    assert isinstance(sympy_path[-1][0, 0], sp.Rational)


@pytest.mark.parametrize(("name", "mu"), METHODS_AT)
def test_floats_follow_fractions_to_rounding(name: str, mu: Fraction) -> None:
    data = rational_problem(2, 3, seed=2)
    exact = generic_iterates(
        NeuronGradient(data.X, data.y),
        stacked(data.u, data.v),
        _at(name, mu, Fraction),
        ETA,
        STEPS,
    )
    start = Start(data.u.astype(float), data.v.astype(float))
    floats = trajectory(data.problem, start, _at(name, mu, float), float(ETA), STEPS)
    expected = np.stack([x.astype(float) for x in exact])
    # About 40 roundings a step, relative to the largest numbers met, amplified by each step's
    # Lipschitz constant, here below 3 (1 + mu + eta |Hessian|).
    bound = 40 * STEPS * 3.0**STEPS * np.finfo(float).eps * max(1.0, np.abs(expected).max())
    assert np.abs(floats - expected).max() <= bound
    assert np.abs(np.diff(expected, axis=0)).max() > 1e6 * bound


def test_a_batch_contains_its_single_runs() -> None:
    problem = small_problem(3, 5, seed=4)
    random = np.random.default_rng(0)
    B, steps = 9, 60
    u0, v0 = random.uniform(0.2, 0.6, (2, B, 5))
    mu, eta = np.linspace(0.0, 0.9, B), np.geomspace(1e-3, 1e-2, B)
    kappa = np.where(np.arange(B) % 2, mu, 0.0)
    batch = train_many(problem, u0, v0, mu=mu, kappa=kappa, eta=eta, max_steps=steps)
    for b in range(B):
        method = TwoStepMethod("run", mu[b], kappa[b])
        path = trajectory(problem, Start(u0[b], v0[b]), method, eta[b], steps)
        # The order of additions in a product of matrices may differ with the width of the batch.
        np.testing.assert_allclose(batch.u[b], path[-1, 0], rtol=1e-12)
        np.testing.assert_allclose(batch.v[b], path[-1, 1], rtol=1e-12)
        predictor = network_functions()[0]
        look = path[:-1] + kappa[b] * np.diff(path, axis=0, prepend=path[:1])[:-1]
        g = (predictor(look[:, 0], look[:, 1]) @ problem.X.T - problem.y) @ problem.X / problem.n
        np.testing.assert_allclose(
            batch.path_integral[b], eta[b] * (g**2).sum(axis=0), rtol=1e-11, atol=1e-25
        )


@pytest.mark.parametrize(("name", "mu"), METHODS_AT)
def test_mpmath_reaches_the_limit_of_float64(name: str, mu: Fraction) -> None:
    problem, start = small_problem(2, 3, seed=3), Start.scaled(3, 0.5, 0.8)
    eta = 0.05
    method = _at(name, mu, float)
    ours = train(problem, start, method, eta)
    assert ours.converged
    run = precise_run(problem.X, problem.y, start.u, start.v, method, eta, digits=30, goal=20)
    x, path = run.path[-1], eta * sum(g * g for g in run.gradients)
    # Both ends are on the same path; float64 stops tol away from it, seen through the slowest mode.
    weight = 4 * (ours.u**2 + ours.v**2)
    slack = (
        ours.tol
        * np.abs(weight[:, None] * problem.X.T).max()
        / np.linalg.eigvalsh((problem.X * weight) @ problem.X.T).min()
    )
    theta = (x[0] ** 2 - x[1] ** 2).astype(float)
    assert np.abs(theta - ours.theta).max() <= 10 * slack
    np.testing.assert_allclose(path.astype(float), ours.path_integral, rtol=1e-9, atol=1e-12)


def test_numbers_are_exact_where_they_can_be() -> None:
    with mpmath.workdps(40):
        assert numbers_of("0.1") == mpmath.mpf(1) / 10
        assert numbers_of(Fraction(1, 3)) == mpmath.mpf(1) / 3
        assert numbers_of(0.5) == mpmath.mpf("0.5")
        assert numbers_of([1, 2])[1] == 2

"""The entropy projection against other people's solvers, where those converge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from scipy.optimize import minimize

from numeric.polish import precise_projection
from numeric.projection import entropy_projection

#: An oracle whose own certified error is larger than this did not converge.
CONVERGED = 1e-3


def problem(seed: int, xi: float, bias: float) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    n, d = int(rng.integers(1, 6)), int(rng.integers(7, 13))
    X = rng.normal(size=(n, d))
    y = X @ (rng.normal(size=d) * (rng.random(d) < 0.5))
    return X, y, xi * np.exp(rng.normal(size=d)), bias * rng.normal(size=d)


def value(theta: np.ndarray, xi: np.ndarray, linear: np.ndarray) -> float:
    root = np.sqrt(4 * xi**2 + theta**2)
    entropy = (theta * np.arcsinh(theta / (2 * xi)) - root + 2 * xi).sum() / 4
    return float(entropy + linear @ theta)


def gradient(theta: np.ndarray, xi: np.ndarray, linear: np.ndarray) -> np.ndarray:
    return np.arcsinh(theta / (2 * xi)) / 4 + linear


def slsqp(X: np.ndarray, y: np.ndarray, xi: np.ndarray, linear: np.ndarray) -> np.ndarray:
    """Primal, sequential quadratic programming."""
    found = minimize(
        value,
        np.linalg.lstsq(X, y)[0],
        args=(xi, linear),
        jac=gradient,
        method="SLSQP",
        constraints={"type": "eq", "fun": lambda t: X @ t - y, "jac": lambda t: X},
        options={"ftol": 1e-16, "maxiter": 500},
    )
    return found.x


def trust_exact(X: np.ndarray, y: np.ndarray, xi: np.ndarray, linear: np.ndarray) -> np.ndarray:
    """Dual, trust region with exact subproblems."""

    def dual(nu: np.ndarray) -> float:
        return float((xi * np.sinh(2 * (X.T @ nu - linear)) ** 2).sum() - y @ nu)

    def slope(nu: np.ndarray) -> np.ndarray:
        return X @ (2 * xi * np.sinh(4 * (X.T @ nu - linear))) - y

    def curvature(nu: np.ndarray) -> np.ndarray:
        return (X * (8 * xi * np.cosh(4 * (X.T @ nu - linear)))) @ X.T

    found = minimize(
        dual,
        np.zeros(len(y)),
        jac=slope,
        hess=curvature,
        method="trust-exact",
        options={"gtol": 1e-12, "maxiter": 1000},
    )
    return 2 * xi * np.sinh(4 * (X.T @ found.x - linear))


def clarabel(X: np.ndarray, y: np.ndarray, xi: np.ndarray, linear: np.ndarray) -> np.ndarray:
    """Interior point on theta = a - b, 4 Q = min kl(a, xi) + kl(b, xi)."""
    import cvxpy

    a, b = cvxpy.Variable(len(xi)), cvxpy.Variable(len(xi))
    entropy = cvxpy.sum(cvxpy.kl_div(a, xi) + cvxpy.kl_div(b, xi)) / 4
    objective = cvxpy.Minimize(entropy + linear @ (a - b))
    tight = {"tol_gap_abs": 1e-13, "tol_gap_rel": 1e-13, "tol_feas": 1e-13}
    cvxpy.Problem(objective, [X @ (a - b) == y]).solve(solver=cvxpy.CLARABEL, **tight)
    assert a.value is not None
    assert b.value is not None
    return np.asarray(a.value - b.value)


def certified_error(
    data: tuple[np.ndarray, ...], candidate: np.ndarray, reference: np.ndarray
) -> tuple[np.ndarray, float]:
    """Return the candidate moved onto {X theta = y} and a bound on its distance to the minimiser.

    With s the part of grad Q + R outside the row space, strong convexity m along the segment gives
    m |D|^2 <= s . D <= |s| |D|. The segment ends at the minimiser, whose size the reference tells.
    """
    X, y, xi, linear = data
    feasible = candidate - np.linalg.lstsq(X, X @ candidate - y)[0]
    basis, _ = np.linalg.qr(X.T)
    total = gradient(feasible, xi, linear)
    off = total - basis @ (basis.T @ total)
    size = np.maximum(np.abs(feasible), np.abs(reference))
    strong = 1 / (4 * np.sqrt(size**2 + 4 * xi**2)).max()
    noise = 1e-14 * np.linalg.cond(X) * (np.abs(total).max() / strong + np.abs(size).max())
    return feasible, float(np.linalg.norm(off) / strong + noise)


def count_agreements(
    solver: Callable[..., np.ndarray], xis: tuple[float, ...], seeds: range
) -> tuple[int, int]:
    """Compare where the solver converged; return how often it did, and of how many problems."""
    converged = total = 0
    for xi in xis:
        for seed in seeds:
            data = problem(seed, xi, 0.1 * (seed % 2))
            ours = entropy_projection(*data).theta
            candidate = solver(*data)
            total += 1
            if not np.isfinite(candidate).all():
                continue
            theirs, bound = certified_error(data, candidate, ours)
            assert np.linalg.norm(ours - theirs) <= bound
            converged += int(bound <= CONVERGED * np.linalg.norm(ours))
    return converged, total


@pytest.mark.parametrize("solver", [slsqp, trust_exact])
def test_scipy_agrees_where_it_converges(solver: Callable[..., np.ndarray]) -> None:
    converged, total = count_agreements(solver, (10.0, 0.1, 1e-3), range(8))
    assert 2 * converged >= total


@pytest.mark.oracle
def test_clarabel_agrees_where_it_converges() -> None:
    pytest.importorskip("cvxpy")
    converged, total = count_agreements(clarabel, (1.0, 0.1, 1e-2), range(6))
    assert 2 * converged >= total


@pytest.mark.parametrize("seed", range(4))
def test_mpmath_root_finder_agrees_to_many_digits(seed: int) -> None:
    X, y, xi, linear = problem(seed, 0.1, 0.1)
    ours = precise_projection(X, y, xi, linear, digits=60)
    with mpmath.workdps(50):
        rows = [[mpmath.mpf(e) for e in row] for row in X]
        scale = [mpmath.mpf(e) for e in xi]
        shift = [mpmath.mpf(e) for e in linear]

        def theta(*nu: Any) -> list[Any]:
            z = [mpmath.fdot(nu, [row[j] for row in rows]) - shift[j] for j in range(len(scale))]
            return [2 * s * mpmath.sinh(4 * each) for s, each in zip(scale, z, strict=True)]

        def equations(*nu: Any) -> list[Any]:
            return [
                mpmath.fdot(row, theta(*nu)) - mpmath.mpf(target)
                for row, target in zip(rows, y, strict=True)
            ]

        start = [mpmath.mpf(float(each)) for each in ours.dual]
        root = mpmath.findroot(equations, start, tol=mpmath.mpf(10) ** -80)
        theirs = theta(*root)
        size = max(abs(t) for t in theirs)
        assert max(abs(a - b) for a, b in zip(theirs, ours.theta, strict=True)) <= size * (
            mpmath.mpf(10) ** -38
        )

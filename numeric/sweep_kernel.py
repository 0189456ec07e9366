"""Whole windows of steps without bookkeeping, compiled: columns that share X, and one lean run.

Neither sums excesses: the exact theorem's sums follow from the end of a run and the sum of its
gradients (`numeric.engine_ends`), and that sum is X^T of the sum of residuals. Nothing here calls
compiled code of another file, so that Numba's cache, which follows the edits of one file only,
notices every edit. Importing this module imports Numba.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from numeric.kernel import compiled

#: What a window reports: |X theta - y|_inf, |X theta - y|_2^2, the largest move, the largest move
#: relative to its neuron, and the largest neuron.
RESIDUAL, SQUARES, MOVE, PART, SIZE = range(5)


def reordered(function: Callable[..., Any]) -> Any:
    """Compile like `numeric.kernel.compiled`, and let sums be taken in another order."""
    options: dict[str, Any] = {"fastmath": {"contract", "reassoc"}, "nogil": True}
    try:
        return numba.njit(function, cache=True, **options)
    except RuntimeError:  # no folder to write to: compile in every process instead
        return numba.njit(function, **options)


@compiled
def predictors(u: Any, v: Any, p: Any, q: Any, ahead: Any, out: Any) -> None:
    """Put theta at x + ahead p into ``out``; arrays are (d, B), ``ahead`` (B,)."""
    for j in range(out.shape[0]):
        for b in range(out.shape[1]):
            yu = u[j, b] + ahead[b] * p[j, b]
            yv = v[j, b] + ahead[b] * q[j, b]
            out[j, b] = yu * yu - yv * yv


@compiled
def columns(
    data: tuple[Any, Any, Any],
    state: tuple[Any, Any, Any, Any],
    sums: tuple[Any, Any],
    settings: tuple[Any, Any, Any, Any],
    work: tuple[Any, Any],
    steps: int,
    report: Any,
) -> None:
    """Take ``steps`` steps of B runs in place.

    Parameters
    ----------
    data
        X (n, d), its transpose (d, n), and y (n,).
    state
        u_k, v_k and their moves u_k - u_{k-1}, v_k - v_{k-1}, each (d, B).
    sums
        Added to: (2 eta/n) residuals, (n, B), so that X^T of it is the sum of 2 eta g_k; and
        squares of 2 eta g_k, (d, B).
    settings
        mu, kappa, 2 eta/n and zeros, each (B,).
    work
        (d, B) and (n, B).
    report
        (5, B), of the last iterate.
    """
    (X, XT, y), (u, v, p, q), (pushes, squares) = data, state, sums
    (mu, kappa, rate, none), (F, R) = settings, work
    predictors(u, v, p, q, kappa, F)
    for _ in range(steps):
        np.dot(X, F, R)
        for i in range(R.shape[0]):
            for b in range(R.shape[1]):
                r = (R[i, b] - y[i]) * rate[b]
                R[i, b] = r
                pushes[i, b] += r
        np.dot(XT, R, F)
        # x_{k+1} = x_k + p_{k+1}, p_{k+1} = mu p_k -+ 2 eta g_k (x_k + kappa p_k)
        for j in range(F.shape[0]):
            for b in range(F.shape[1]):
                push, m, ahead = F[j, b], mu[b], kappa[b]
                pu = m * p[j, b] - (u[j, b] + ahead * p[j, b]) * push
                qv = m * q[j, b] + (v[j, b] + ahead * q[j, b]) * push
                un, vn = u[j, b] + pu, v[j, b] + qv
                p[j, b], q[j, b], u[j, b], v[j, b] = pu, qv, un, vn
                squares[j, b] += push * push
                yu, yv = un + ahead * pu, vn + ahead * qv
                F[j, b] = yu * yu - yv * yv
    predictors(u, v, p, q, none, F)
    np.dot(X, F, R)
    report[:] = 0.0
    for i in range(R.shape[0]):
        for b in range(R.shape[1]):
            r = abs(R[i, b] - y[i])
            report[RESIDUAL, b] = max(report[RESIDUAL, b], r)
            report[SQUARES, b] += r * r
    for j in range(F.shape[0]):
        for b in range(F.shape[1]):
            pu, qv, au, av = abs(p[j, b]), abs(q[j, b]), abs(u[j, b]), abs(v[j, b])
            report[MOVE, b] = max(report[MOVE, b], pu, qv)
            report[SIZE, b] = max(report[SIZE, b], au, av)
            if pu + qv > 0.0:
                report[PART, b] = max(report[PART, b], pu / au, qv / av)


# --- One run ------------------------------------------------------------------------------------


@reordered
def product(row: Any, theta: Any) -> float:
    """Return row . theta, of vectors (d,)."""
    total = 0.0
    for j in range(theta.size):
        total += row[j] * theta[j]
    return total


@compiled
def add_rows(weights: Any, rows: Any, out: Any) -> None:
    """Add sum_i weights_i rows_i to ``out``, four rows at a time; rows are (m, k), out (k,)."""
    whole = weights.size - weights.size % 4
    for i in range(0, whole, 4):
        a, b, c, e = weights[i], weights[i + 1], weights[i + 2], weights[i + 3]
        for j in range(out.size):
            two = a * rows[i, j] + b * rows[i + 1, j]
            out[j] += two + (c * rows[i + 2, j] + e * rows[i + 3, j])
    for i in range(whole, weights.size):
        a = weights[i]
        for j in range(out.size):
            out[j] += a * rows[i, j]


@compiled
def move(u: Any, v: Any, p: Any, q: Any, squares: Any, push: Any, mu: float, kappa: float) -> None:
    """Take one step with 2 eta g = ``push``, which becomes the next theta ahead; all are (d,)."""
    for j in range(push.size):
        f = push[j]
        pu = mu * p[j] - (u[j] + kappa * p[j]) * f
        qv = mu * q[j] + (v[j] + kappa * q[j]) * f
        un, vn = u[j] + pu, v[j] + qv
        p[j], q[j], u[j], v[j] = pu, qv, un, vn
        squares[j] += f * f
        yu, yv = un + kappa * pu, vn + kappa * qv
        push[j] = yu * yu - yv * yv


@compiled
def move_by_row(
    u: Any, v: Any, p: Any, q: Any, ahead: Any, row: Any, r: float, mu: float, kappa: float
) -> None:
    """Take one step with 2 eta g = r ``row``; ``ahead`` becomes the next theta ahead."""
    for j in range(ahead.size):
        f = r * row[j]
        pu = mu * p[j] - (u[j] + kappa * p[j]) * f
        qv = mu * q[j] + (v[j] + kappa * q[j]) * f
        un, vn = u[j] + pu, v[j] + qv
        p[j], q[j], u[j], v[j] = pu, qv, un, vn
        yu, yv = un + kappa * pu, vn + kappa * qv
        ahead[j] = yu * yu - yv * yv


@compiled
def draw(stream: Any, n: int) -> int:
    """Return a number below n and move the stream on (SplitMix64 of Steele, Lea and Flood, 2014).

    The upper half of the word times n, over 2^32: no number is likelier than another by more than
    n 2^-32.
    """
    stream[0] += np.uint64(0x9E3779B97F4A7C15)
    z = stream[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return int(((z >> np.uint64(32)) * np.uint64(n)) >> np.uint64(32))


@compiled
def draw_rows(stream: Any, order: Any, batch: int) -> None:
    """Put a random minibatch to the front of ``order``, a permutation of the rows (n,)."""
    for place in range(batch):
        other = place + draw(stream, order.size - place)
        order[place], order[other] = order[other], order[place]


@compiled
def one_run(
    data: tuple[Any, Any, Any],
    x: Any,
    moves: Any,
    sums: tuple[Any, Any, Any],
    method: tuple[float, float, float],
    batch: int,
    stream: Any,
    order: Any,
    steps: int,
    most: int,
    limits: tuple[float, float, float],
    report: Any,
) -> int:
    """Take windows of ``steps`` steps of one run in place; return how many steps were taken.

    It returns after ``most`` windows, or as soon as |X theta - y|_2^2 is at most the first limit,
    residual and moves are at most the second, or a neuron is not below the third.

    Parameters
    ----------
    data
        X (n, d), its transpose (d, n), and y (n,).
    x, moves
        (2, d), u first.
    sums
        Added to: 2 eta r_i/b of the rows used, (n,), so that X^T of it is the sum of 2 eta g_k;
        squares of 2 eta g_k, (d,), but for steps on one row their (2 eta r_i)^2, (n,).
    method
        mu, kappa and eta.
    batch, stream, order
        Rows in a minibatch, 0 for all rows; state of the generator (1,) and a permutation (n,).
    report
        (5,), of the last iterate.
    """
    (X, XT, y), (pushes, squares, row_squares), (mu, kappa, eta) = data, sums, method
    (goal, tol, bound), (n, d) = limits, X.shape
    (u, v), (p, q) = (x[0], x[1]), (moves[0], moves[1])
    push, residual = np.empty(d), np.empty(n)
    rate = 2.0 * eta / n if batch == 0 else 2.0 * eta / batch
    taken = 0
    for _ in range(most):
        for j in range(d):
            yu, yv = u[j] + kappa * p[j], v[j] + kappa * q[j]
            push[j] = yu * yu - yv * yv
        for _ in range(steps):
            if batch == 0:
                for i in range(n):
                    residual[i] = -y[i]
                add_rows(push, XT, residual)
                for i in range(n):
                    residual[i] *= rate
                    pushes[i] += residual[i]
                for j in range(d):
                    push[j] = 0.0
                add_rows(residual, X, push)
            elif batch == 1:
                i = draw(stream, n)
                r = (product(X[i], push) - y[i]) * rate
                pushes[i] += r
                row_squares[i] += r * r
                move_by_row(u, v, p, q, push, X[i], r, mu, kappa)
                continue
            else:
                draw_rows(stream, order, batch)
                for place in range(batch):
                    residual[place] = (product(X[order[place]], push) - y[order[place]]) * rate
                for j in range(d):
                    push[j] = 0.0
                for place in range(batch):
                    i, r = order[place], residual[place]
                    pushes[i] += r
                    for j in range(d):
                        push[j] += r * X[i, j]
            move(u, v, p, q, squares, push, mu, kappa)
        taken += steps
        for j in range(d):
            push[j] = u[j] * u[j] - v[j] * v[j]
        for i in range(n):
            residual[i] = -y[i]
        add_rows(push, XT, residual)
        report[:] = 0.0
        for i in range(n):
            report[RESIDUAL] = max(report[RESIDUAL], abs(residual[i]))
            report[SQUARES] += residual[i] * residual[i]
        for s in range(2):
            for j in range(d):
                size, step = abs(x[s, j]), abs(moves[s, j])
                report[MOVE] = max(report[MOVE], step)
                report[SIZE] = max(report[SIZE], size)
                if step > 0.0:
                    report[PART] = max(report[PART], step / size)
        if report[SQUARES] <= goal or not report[SIZE] <= bound or not report[SQUARES] < np.inf:
            break
        if report[RESIDUAL] <= tol and report[MOVE] <= tol:
            break
    return taken

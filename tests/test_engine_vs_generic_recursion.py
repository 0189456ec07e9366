"""The engine's kernels take the steps of the generic recursion, each to a bound of its rounding."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numeric import sweep_kernel
from numeric.datasets import gaussian
from numeric.engine import stream_rows, train_columns, train_rows, train_small
from numeric.engine_columns import Chunk
from numeric.engine_ends import Judge, Run
from numeric.engine_rows import rows_of_seed, stream_of_seed
from numeric.excesses import UNIT, UNITS_A_STEP, step_excesses
from numeric.families import Data
from numeric.iterates import NeuronGradient, numbers_of
from numeric.problems import Problem, Start
from numeric.training import train
from proofs_check.strategies import problems, starts
from symbolic.console import UserError
from symbolic.two_step import TwoStepMethod, two_step_update

COEFFICIENTS = st.one_of(
    st.sampled_from([(0.0, 0.0), (0.9, 0.0), (0.9, 0.9), (0.5, -0.25), (0.25, 0.75), (0.0, 0.5)]),
    st.tuples(st.floats(0.0, 0.95), st.floats(-0.9, 1.5)),
)
STEPS = 8


@st.composite
def cases(draw: st.DrawFn) -> tuple[Problem, list[Run], Any]:
    """A problem, three runs with methods of their own, and their moves (3, 2, d)."""
    problem = draw(problems())
    assert problem.theta_star is not None
    runs, moves = [], []
    for _ in range(3):
        start, (mu, kappa) = draw(starts(problem.d)), draw(COEFFICIENTS)
        size = np.abs([start.u, start.v]).max() ** 2 + np.abs(problem.theta_star).max()
        curvature = 4 * np.linalg.norm(problem.X, 2) ** 2 * size
        eta = draw(st.floats(0.01, 0.5)) * (1 - mu) / (1 + 2 * abs(kappa)) / curvature
        runs.append(Run(start.u, start.v, mu, kappa, eta, draw(st.integers(0, 2**32))))
        moves.append(draw(st.floats(-0.1, 0.1)) * np.stack([start.u, start.v]))
    return problem, runs, np.array(moves)


def bounds(problem: Problem, run: Run, rows: Any, x: Any, p: Any) -> Any:
    """Return bounds of the rounding of x_{k+1} and of p_{k+1}, stacked, from x_k and p_k (2, d).

    With A = |x| + |kappa p| every |y| is below A and wrong by at most 2 units of it, theta by 8 of
    A_u^2 + A_v^2; sums of d and n terms, the rate and the products make d + n + 16 in all.
    """
    X, y = np.abs(problem.X[rows]), np.abs(problem.y[rows])
    size = np.abs(x) + np.abs(run.kappa * p)
    absolute = X @ (size[0] ** 2 + size[1] ** 2) + y
    force = 2 * run.eta * (X.T @ absolute) / len(y) * size
    move = 3 * run.mu * np.abs(p) + (len(y) + problem.d + 24) * force
    return UNIT * np.stack([move + 2 * np.abs(x) + 2 * np.abs(p), move])


def exact_step(problem: Problem, run: Run, rows: Any, x: Any, p: Any) -> Any:
    """Return x_{k+1} and p_{k+1}, stacked, in 40 digits."""
    gradient = NeuronGradient(numbers_of(problem.X[rows]), numbers_of(problem.y[rows]))
    mu, kappa, eta = map(mpmath.mpf, run.method)
    now, move = numbers_of(x), numbers_of(p)
    after = two_step_update(now, now - move, gradient, mu=mu, kappa=kappa, eta=eta)
    return np.stack([after, after - now])


def excess_over_bound(
    problem: Problem, run: Run, rows: Any, before: tuple[Any, Any], after: tuple[Any, Any]
) -> float:
    """Return the largest error of a step over its bound."""
    with mpmath.workdps(40):
        error = np.abs(exact_step(problem, run, rows, *before) - numbers_of(np.stack(after)))
    # The 40 digits are rounded too: that counts where nothing else does.
    allowed = bounds(problem, run, rows, *before) + 1e-35
    return float((error.astype(float) / allowed).max())


class OneRun:
    """The lean kernel, a step at a time."""

    def __init__(self, problem: Problem, run: Run, batch: int, moves: Any) -> None:
        n, d = problem.X.shape
        self.problem, self.run, self.batch = problem, run, batch
        self.data = (np.array(problem.X), np.array(problem.X.T, order="C"), np.array(problem.y))
        self.x, self.p = np.stack([run.u, run.v]), np.array(moves)
        self.sums = (np.zeros(n), np.zeros(d), np.zeros(n))
        self.stream, self.order = stream_of_seed(run.seed), np.arange(n)
        self.report = np.zeros(5)

    def step(self, steps: int = 1) -> tuple[Any, Any]:
        sweep_kernel.one_run(
            self.data,
            self.x,
            self.p,
            self.sums,
            self.run.method,
            self.batch,
            self.stream,
            self.order,
            steps,
            1,
            (-1.0, -1.0, 1e300),
            self.report,
        )
        return self.x.copy(), self.p.copy()


def columns(chunk: Chunk, steps: int = 1) -> None:
    sweep_kernel.columns(
        chunk.data,
        tuple(chunk.state),
        (chunk.pushes, chunk.squares),
        tuple(chunk.settings),
        chunk.work,
        steps,
        chunk.report,
    )


def loaded(problem: Problem, runs: list[Run], moves: Any) -> Chunk:
    chunk = Chunk(Judge(problem, None, 100), len(runs))
    for lane, run in enumerate(runs):
        chunk.load(lane, lane, run)
        chunk.state[2:, :, lane] = moves[lane]
    return chunk


@given(cases())
def test_every_step_of_every_column(case: tuple[Problem, list[Run], Any]) -> None:
    problem, runs, moves = case
    chunk = loaded(problem, runs, moves)
    for _ in range(STEPS):
        before = chunk.state.copy()
        columns(chunk)
        for lane, run in enumerate(runs):
            then, now = before[:, :, lane], chunk.state[:, :, lane]
            halves = (then[:2], then[2:]), (now[:2], now[2:])
            assert excess_over_bound(problem, run, slice(None), *halves) <= 1
    assert not chunk.state[:, :, len(runs) :].any()


@given(cases(), st.integers(0, 3))
def test_every_step_of_one_run(case: tuple[Problem, list[Run], Any], batch: int) -> None:
    problem, runs, moves = case
    batch = min(batch, problem.n)
    one = OneRun(problem, runs[0], batch, moves[0])
    rows: Any = [slice(None)] * STEPS
    if batch:
        rows = rows_of_seed(problem.n, batch, runs[0].seed, STEPS)
    for k in range(STEPS):
        before = one.x.copy(), one.p.copy()
        assert excess_over_bound(problem, runs[0], rows[k], before, one.step()) <= 1


@pytest.mark.parametrize("changed", ["look-ahead", "momentum", "rate", "velocity of v"])
def test_a_changed_kernel_is_noticed(changed: str) -> None:
    problem = Problem([[1.0, 2.0, -1.0], [0.5, 0.0, 1.0]], [1.5, 0.5])
    run = Run(np.array([0.5, 0.6, 0.7]), np.array([0.4, 0.5, 0.3]), 0.5, 0.25, 0.02)
    moves = 0.05 * np.array([[run.u, run.v]])
    chunk = loaded(problem, [run], moves)
    if changed == "look-ahead":
        chunk.settings[1] *= -1
    elif changed == "momentum":
        chunk.settings[0] += 1e-12
    elif changed == "rate":
        chunk.settings[2] *= 1 + 1e-12
    else:
        chunk.state[3] *= -1
    columns(chunk)
    state = chunk.state[:, :, 0]
    start = np.stack([run.u, run.v])
    over = excess_over_bound(problem, run, slice(None), (start, moves[0]), (state[:2], state[2:]))
    assert over > 2


@given(cases(), st.integers(0, 2))
def test_sums_of_the_theorem_follow_from_the_end(
    case: tuple[Problem, list[Run], Any], batch: int
) -> None:
    problem, runs, _ = case
    run, batch = runs[0], min(batch, problem.n)
    one = OneRun(problem, run, batch, np.zeros((2, problem.d)))
    path, pushes = [one.x.copy(), one.x.copy()], np.zeros(problem.d)
    for _ in range(30):
        then = one.sums[0].copy()
        path.append(one.step()[0])
        pushes += np.abs(problem.X).T @ np.abs(one.sums[0] - then)
    X, squares = problem.X, one.sums[1] + (problem.X.T**2) @ one.sums[2]
    judge = Judge(problem, None, 100, batch or None)
    end = judge.end(0, run, "not converged", 30, one.x, one.p, one.sums[0], squares, 0.0)
    points = np.array(path)
    excesses = step_excesses(points[:-2], points[1:-1], points[2:], run.mu, run.kappa)
    near = np.abs(np.diff(points, axis=0) / points[1:]).max() < 1 / 16
    if not near or not np.isfinite(excesses).all():
        return
    moved = np.log(np.abs(points[-1] / points[-2]))
    expected = (excesses.sum(axis=0) + run.mu * moved) / (1 - run.mu)
    # A step is rounded like those of the other kernel, and by two units more as it carries p; the
    # sums of up to 30 + n + d + 24 terms of 2 eta g, by the sizes of their terms; six logarithms.
    logarithms = np.abs(np.log(np.abs([run.u, run.v]))) + np.abs(np.log(np.abs(points[-1]))) + 1
    units = 30 * (UNITS_A_STEP + 2) + (60 + sum(X.shape)) * pushes + 6 * logarithms
    assert (np.abs(end.sums - expected) <= UNIT * units / (1 - run.mu)).all()


@pytest.mark.parametrize("batch", [None, 1, 3])
def test_it_trains_like_the_other_trainer(batch: int | None) -> None:
    problem, steps = gaussian(5, 12, 2, seed=3), 3000
    u, v, mu, kappa, eta = np.full(12, 0.4), np.full(12, 0.3), 0.8, 0.3, 1e-3
    settings: dict[str, Any] = {"mu": mu, "kappa": kappa, "eta": eta, "max_steps": steps}
    rows = None
    if batch is None:
        ends = [
            train_columns(problem, u, v, accuracy=None, **settings),
            train_small([problem], u, v, accuracy=None, **settings),
        ]
    else:
        rows = rows_of_seed(5, batch, 7, steps)
        ends = [train_rows(problem, u, v, batch=batch, seeds=7, accuracy=None, **settings)]
    method = TwoStepMethod("any", mu, kappa)
    run = train(problem, Start(u, v), method, eta, rows=rows, max_steps=steps, tol=1e-300)
    for end in ends:
        # The same steps up to rounding; the run contracts, so what was lost early is forgotten.
        for name in ("theta", "u", "v", "sums"):
            found = getattr(end, name)[0]
            np.testing.assert_allclose(found, getattr(run, name), rtol=1e-10, atol=1e-11)
        np.testing.assert_allclose(end.path[0], run.path_integral, rtol=1e-10)


def test_the_stream_is_splitmix64() -> None:
    mask = 2**64 - 1
    state = int(stream_of_seed(5)[0])
    expected = []
    for _ in range(1000):
        state = (state + 0x9E3779B97F4A7C15) & mask
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        expected.append((((z ^ (z >> 31)) >> 32) * 7) >> 32)
    np.testing.assert_array_equal(rows_of_seed(7, 1, 5, 1000)[:, 0], expected)


@pytest.mark.parametrize("batch", [1, 3, 6])
def test_minibatches_have_no_row_twice_and_all_rows_alike(batch: int) -> None:
    rows = rows_of_seed(6, batch, 11, 6000)
    assert all(len(set(step)) == batch for step in rows.tolist())
    counts = np.array([(rows == row).sum() for row in range(6)])
    # Binomial: six standard deviations.
    share = batch / 6
    assert (np.abs(counts - 6000 * share) <= 6 * np.sqrt(6000 * share * (1 - share) + 1e-9)).all()


@pytest.mark.parametrize(
    "change",
    [
        {"mu": 1.0},
        {"eta": -0.1},
        {"kappa": np.nan},
        {"u0": np.zeros(5)},
        {"u0": np.ones((2, 4))},
        {"mu": [0.1, 0.2], "eta": [0.1, 0.2, 0.3]},
        {"accuracy": 0.0},
        {"max_steps": 0},
    ],
)
def test_bad_input_is_refused(change: dict[str, Any]) -> None:
    settings: dict[str, Any] = {"u0": np.ones(5), "v0": np.ones(5)}
    settings |= {"mu": 0.5, "kappa": 0.0, "eta": 0.01}
    with pytest.raises(UserError):
        train_columns(gaussian(2, 5, 1), **(settings | change))
    with pytest.raises(UserError):
        train_small([gaussian(2, 5, 1)], **(settings | change))
    with pytest.raises(UserError):
        train_rows(gaussian(2, 5, 1), batch=1, seeds=0, **(settings | change))


def test_a_wild_run_may_lose_neurons_and_is_reported() -> None:
    # Chaotic steps that stay bounded: neurons underflow to zero, where the theorem says nothing.
    data = Data("uncentred", "equal-signs", seed=2000)
    size = np.sqrt(4.6e-5)
    (end,) = stream_rows(
        data.problem(),
        [Run(np.full(100, size), np.full(100, size), 0.0, 0.0, 0.1)],
        batch=None,
        max_steps=100_000,
    )
    assert end.status == "not converged"
    assert (end.u * end.v == 0).any()
    assert np.isnan(end.log_xi).all()

"""What a run of the engine returns depends on that run alone, to the last bit."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from numeric.datasets import gaussian
from numeric.engine import Ends, Run, stream_columns, stream_rows, train_columns, train_small
from numeric.problems import Problem

FIELDS = ("status", "steps", "theta", "u", "v", "last", "log_xi", "linear", "sums", "path")
RUNS = 30


def runs_of(problem: Problem) -> list[Run]:
    random = np.random.default_rng(5)
    runs = []
    for k in range(RUNS):
        u, v = random.uniform(0.1, 0.5, size=(2, problem.d))
        mu = (0.0, 0.5, 0.9)[k % 3]
        kappa = (0.0, mu, 0.3 * mu)[k // 3 % 3]
        runs.append(Run(u, v, mu, kappa, (1 - mu) * random.uniform(2e-3, 1e-2), k))
    # One that blows up, beside the others.
    runs[4] = Run(runs[4].u, runs[4].v, 0.9, 0.9, 10.0, 4)
    return runs


def same(one: Ends, other: Ends, order: Any = slice(None)) -> bool:
    return all(
        np.array_equal(
            np.array(getattr(one, name))[order],
            np.array(getattr(other, name)),
            equal_nan=name != "status",
        )
        for name in FIELDS
    )


@pytest.mark.parametrize("shape", [(3, 7), (10, 30), (40, 100)])
def test_neighbours_chunks_and_threads_do_not_matter(shape: tuple[int, int]) -> None:
    problem = gaussian(*shape, 3, seed=2)
    runs = runs_of(problem)
    settings: dict[str, Any] = {"accuracy": 1e-3, "max_steps": 1500}

    def ends(given: list[Run], **how: int) -> Ends:
        return Ends.of(stream_columns(problem, given, **how, **settings))

    reference = ends(runs, chunk=8)
    assert {"diverged", "finished"} <= set(reference.status)
    for width, threads in ((16, 1), (24, 2), (37, 1), (96, 2), (200, 1)):
        assert same(reference, ends(runs, chunk=width, threads=threads)), (width, threads)
    backwards = ends(runs[::-1], chunk=24)
    assert same(reference, backwards, slice(None, None, -1))
    for k in (0, 11, 29):
        assert same(reference, ends([runs[k]]), [k])


def test_minibatch_runs_depend_on_their_seed_only() -> None:
    problem = gaussian(10, 30, 3, seed=2)
    runs = [run for run in runs_of(problem) if run.eta < 1][:8]
    settings: dict[str, Any] = {"batch": 2, "accuracy": 1e-3, "max_steps": 3000}
    reference = Ends.of(stream_rows(problem, runs, **settings))
    assert same(reference, Ends.of(stream_rows(problem, runs, threads=2, **settings)))
    alone = Ends.of(stream_rows(problem, [runs[5]], **settings))
    assert same(reference, alone, [5])
    reseeded = Run(runs[5].u, runs[5].v, *runs[5].method, seed=99)
    assert not same(reference, Ends.of(stream_rows(problem, [reseeded], **settings)), [5])


def test_small_problems_are_trained_like_columns() -> None:
    problems = [gaussian(4, 9, 2, seed=seed) for seed in range(6)]
    u = np.full(9, 0.4)
    settings: dict[str, Any] = {"mu": 0.5, "kappa": 0.5, "eta": 5e-3, "accuracy": None}
    small = train_small(problems, u, u, threads=2, **settings)
    for k, problem in enumerate(problems):
        one = train_columns(problem, u, u, **settings)
        assert small.status[k] == one.status[0] == "converged"
        # Both ends are within their tolerance of the limit, 1e-12 or so at this conditioning.
        np.testing.assert_allclose(small.theta[k], one.theta[0], atol=1e-9)
        np.testing.assert_allclose(small.log_xi[k], one.log_xi[0], atol=1e-9)


def test_runs_are_taken_as_lanes_become_free_and_yielded_as_they_end() -> None:
    problem, taken = gaussian(4, 9, 2, seed=1), []

    def endless() -> Iterator[Run]:
        for k in itertools.count():
            taken.append(k)
            u = np.full(9, 0.2 + 0.01 * (k % 7))
            yield Run(u, u, 0.5, 0.0, 5e-3)

    ends = list(itertools.islice(stream_columns(problem, endless(), chunk=8), 40))
    assert len({end.index for end in ends}) == 40
    assert all(end.arrived for end in ends)
    assert len(taken) <= 40 + 2 * 8 + 1

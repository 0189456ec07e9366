"""How fast the engine of sweeps is, as ratios within one run (`numeric.bench`).

Times are those of one step of one run, heavy ball. They include what the engine does at the end of
a run; runs of 3000 steps or more are short beside real ones. `numeric.bench` sees to it that linear
algebra uses one thread.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from numeric.bench_ratios import ratio, require_agreement, seconds
from numeric.bench_rivals import installed_torch, numpy_loop, torch_loop
from numeric.datasets import gaussian, small_problem
from numeric.engine import Ends, Run, stream_columns, train_columns, train_rows, train_small
from numeric.engine_rows import rows_of_seed
from numeric.problems import Array, Problem, Start

MU, ETA = 0.9, 1e-4
PROBLEM, START = gaussian(40, 100, 5), Start.scaled(100, 0.3)
SMALL = [gaussian(10, 30, 3, seed=seed) for seed in range(64)]
SMALL_START = Start.scaled(30, 0.3)
#: Enough steps to compare after: a wrong step shows at once.
COMPARED = 300
CPU = time.process_time
STATUS = Path("/proc/self/status")


def columns(runs: int, steps: int, threads: int = 1) -> Ends:
    """Train runs on all rows of the 40 x 100 data, none of which arrives."""
    scales = np.linspace(1.0, 1.5, runs)[:, None]
    settings: dict[str, Any] = {"accuracy": None, "max_steps": steps, "threads": threads}
    u, v = scales * START.u, scales * START.v
    return train_columns(PROBLEM, u, v, mu=MU, kappa=0.0, eta=ETA, **settings)


def alone(steps: int) -> Ends:
    """Train one run on all rows through the lean kernel."""
    settings: dict[str, Any] = {"accuracy": None, "max_steps": steps}
    return train_small([PROBLEM], START.u, START.v, mu=MU, kappa=0.0, eta=ETA, **settings)


def minibatches(steps: int) -> Ends:
    """Train one run on minibatches of one row."""
    settings: dict[str, Any] = {"batch": 1, "seeds": 0, "accuracy": None, "max_steps": steps}
    return train_rows(PROBLEM, START.u, START.v, mu=MU, kappa=0.0, eta=ETA, **settings)


def small(steps: int) -> Ends:
    """Train one run on each of the 10 x 30 data sets."""
    u, v, settings = SMALL_START.u, SMALL_START.v, {"accuracy": None, "max_steps": steps}
    return train_small(SMALL, u, v, mu=MU, kappa=0.0, eta=ETA, **settings)


Loop = Callable[[Problem, Start, int, Any], Array]


def against(loop: Loop, name: str, steps: int) -> dict[str, float]:
    """Return time of a step of a loop of one run over that of a run in the engine."""
    rows = rows_of_seed(PROBLEM.n, 1, 0, max(steps, 1000))
    by_row = loop(PROBLEM, START, 1000, rows)
    require_agreement(f"{name}, minibatches", by_row, minibatches(1000).theta[0])
    on_all = loop(PROBLEM, START, COMPARED, None)
    require_agreement(f"{name}, all rows", on_all, columns(256, COMPARED).theta[0])
    require_agreement(f"{name}, one run", on_all, alone(COMPARED).theta[0])
    on_small = loop(SMALL[0], SMALL_START, COMPARED, None)
    require_agreement(f"{name}, small data", on_small, small(COMPARED).theta[0])
    cases: dict[str, tuple[Callable[[], Any], Callable[[], Any], float]] = {
        "256 runs": (
            lambda: loop(PROBLEM, START, steps, None),
            lambda: columns(256, 5000),
            256 * 5000,
        ),
        "one run": (lambda: loop(PROBLEM, START, steps, None), lambda: alone(20000), 20000),
        "minibatches of 1": (
            lambda: loop(PROBLEM, START, steps, rows),
            lambda: minibatches(200_000),
            200_000,
        ),
        "64 data sets 10 x 30": (
            lambda: loop(SMALL[0], SMALL_START, steps, None),
            lambda: small(5000),
            64 * 5000,
        ),
    }
    return {
        f"{name} / engine, {case}": taken / steps * ratio(slow, fast, 5, CPU)
        for case, (slow, fast, taken) in cases.items()
    }


def engine_against_torch() -> dict[str, Any]:
    """One step of one run, PyTorch's autograd and SGD against the engine, Gaussian 40 x 100."""
    torch = installed_torch()
    if torch is None:
        print("PyTorch is not installed: left out is the comparison with it", flush=True)
        return {}
    return against(lambda p, s, k, rows: torch_loop(torch, p, s, MU, ETA, k, rows), "torch", 500)


def engine_against_numpy() -> dict[str, Any]:
    """One step of one run, a NumPy loop against the engine, Gaussian 40 x 100."""
    return against(lambda p, s, k, rows: numpy_loop(p, s, MU, ETA, k, rows), "NumPy", 4000)


def engine_against_dgemm() -> dict[str, Any]:
    """Flops of 256 runs' matrix products on 40 x 100 a second beside those of 1024 x 1024 dgemm."""
    random = np.random.default_rng(0)
    A, B = random.standard_normal((2, 1024, 1024))
    out = np.empty_like(A)
    steps, repeats = 20_000, 80
    ours, theirs = 4 * PROBLEM.n * PROBLEM.d * 256 * steps, 2 * 1024**3 * repeats

    def products() -> None:
        for _ in range(repeats):
            np.matmul(A, B, out=out)

    share = ratio(products, lambda: columns(256, steps), 5, CPU)
    peak = theirs / seconds(products, CPU) / 1e9
    return {"engine / dgemm": share * ours / theirs, "dgemm alone, GFlop/s": peak}


def engine_at_scale() -> dict[str, Any]:
    """One step of one run among many over one among few, one thread over two, Gaussian 40 x 100."""
    many = ratio(lambda: columns(4096, 3000), lambda: columns(256, 3000), 3, CPU)
    found = {"4096 runs / 256 runs": many * 256 / 4096}
    if (os.cpu_count() or 1) > 1:
        one, two = columns(256, 300), columns(256, 300, threads=2)
        require_agreement("threads", one.theta, two.theta)
        # Two full chunks for each thread, so that none waits at the end.
        found["one thread / two threads, 384 runs"] = ratio(
            lambda: columns(384, 4000), lambda: columns(384, 4000, threads=2)
        )
    return found


def stopping_by_theorem() -> dict[str, Any]:
    """Runs to the end over runs finished by the theorem to 1e-6, 40 x 100, scales 0.03 to 0.3."""
    scales = np.geomspace(0.03, 0.3, 32)[:, None] * np.ones(PROBLEM.d)
    found = {}
    for name, mu, eta in (("gradient descent", 0.0, 5e-3), ("heavy ball", MU, 5e-4)):

        def train(accuracy: float | None, mu: float = mu, eta: float = eta) -> Ends:
            settings: dict[str, Any] = {"mu": mu, "kappa": 0.0, "eta": eta}
            return train_columns(PROBLEM, scales, scales, accuracy=accuracy, **settings)

        begin = CPU()
        early = train(1e-6)
        between = CPU()
        whole = train(None)
        end = CPU()
        both = whole.arrived & early.arrived
        error = np.linalg.norm(whole.theta - early.theta, axis=1)
        if not both.all() or not (error <= early.bound).all():
            raise RuntimeError("a run did not arrive, or its bound does not hold")
        found[f"time to the end / finished, {name}"] = (end - between) / (between - begin)
        found[f"steps to the end / finished, {name}"] = whole.steps.sum() / early.steps.sum()
    return found


def peak_of_stream(count: int) -> int:
    """Return the peak memory of this process, in kB, after streaming runs of 100 steps, 5 x 10."""
    problem = small_problem(5, 10)

    def runs() -> Iterator[Run]:
        for k in range(count):
            start = np.full(problem.d, 0.1 + k / count)
            yield Run(start, start, MU, 0.0, ETA)

    ends = stream_columns(problem, runs(), accuracy=None, max_steps=100)
    if sum(1 for _ in ends) != count:
        raise RuntimeError("a run was lost")
    status = STATUS.read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0])


def memory_of_a_stream() -> dict[str, Any]:
    """Peak memory of a process that streams 100 000 runs, over that of one with 1000."""
    if not STATUS.exists():
        print("Peak memory is read from Linux only: left out", flush=True)
        return {}

    def peak(count: int) -> int:
        # A process each: a peak does not go down again.
        code = f"from numeric.bench_engine import peak_of_stream as p; print(p({count}))"
        root = Path(__file__).resolve().parent.parent
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
        return int(done.stdout)

    return {"100 000 runs / 1000 runs": peak(100_000) / peak(1000)}


ENGINE_BENCHMARKS: tuple[Callable[[], dict[str, Any]], ...] = (
    engine_against_torch,
    engine_against_numpy,
    engine_against_dgemm,
    engine_at_scale,
    stopping_by_theorem,
    memory_of_a_stream,
)

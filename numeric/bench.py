"""``make bench``: how fast the solvers are, as ratios within one run.

Machines are noisy, so no time is reported alone: every figure is the ratio of two things that were
measured in turns in the same process, the median over rounds. Both sides are first checked to
agree. Results go to ``reports/bench/`` with the processor's name.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import mpmath
import numpy as np

from numeric.bench_digits import DIGIT_BENCHMARKS
from numeric.bench_engine import ENGINE_BENCHMARKS
from numeric.bench_flows import FLOW_BENCHMARKS
from numeric.bench_ratios import ratio, require_agreement
from numeric.compiled import numpy_function
from numeric.datasets import gaussian, small_problem
from numeric.iterates import NeuronGradient
from numeric.problems import Start
from numeric.projection import entropy_projection
from numeric.training import generic_iterates, numbers_of, one_blas_thread, train, train_many
from symbolic.console import command_parser, run_command, write_json, write_text
from symbolic.entropy import HyperbolicEntropy
from symbolic.symbols import THETA, XI
from symbolic.two_step import HEAVY_BALL

PROG = "python -m numeric.bench"
FOLDER = Path(__file__).resolve().parent.parent / "reports" / "bench"


def projection_against_slsqp() -> dict[str, Any]:
    """Dual Newton against SciPy's SLSQP on the primal, Gaussian 40 x 100, scale 1."""
    from scipy.optimize import minimize

    problem = gaussian(40, 100, 5)
    entropy = HyperbolicEntropy()
    value = numpy_function((THETA, XI), entropy.value)
    gradient = numpy_function((THETA, XI), entropy.gradient)
    xi = np.ones(problem.d)

    def slsqp() -> Any:
        return minimize(
            lambda theta: float(value(theta, xi).sum()),
            np.zeros(problem.d),
            jac=lambda theta: gradient(theta, xi),
            constraints={
                "type": "eq",
                "fun": lambda theta: problem.X @ theta - problem.y,
                "jac": lambda _: problem.X,
            },
            method="SLSQP",
            options={"ftol": 1e-14, "maxiter": 1000},
        ).x

    def ours() -> Any:
        return entropy_projection(problem.X, problem.y, xi).theta

    require_agreement("projection", ours(), slsqp())
    return {"SLSQP / ours": ratio(slsqp, ours, 3)}


def batch_against_single_runs() -> dict[str, Any]:
    """256 starts at once against one after the other, well conditioned 5 x 10."""
    problem, runs = small_problem(5, 10), 256
    scales = np.geomspace(0.3, 1.0, runs)
    u = np.repeat(scales[:, None], problem.d, axis=1)
    method = HEAVY_BALL.with_momentum(0.8)

    def together() -> Any:
        return train_many(problem, u, u, mu=0.8, kappa=0.0, eta=0.01).theta

    def alone() -> Any:
        # Every sixteenth run stands for all: their lengths are alike.
        return [train(problem, Start(u[i], u[i]), method, 0.01).theta for i in range(0, runs, 16)]

    require_agreement("training", together()[::16], alone())
    return {"256 single runs / one batch": 16 * ratio(alone, together, 3)}


def kernel_against_numpy() -> dict[str, Any]:
    """One run through the kernel, sums of excesses included, against NumPy, Gaussian 40 x 100."""
    problem, start = gaussian(40, 100, 5), Start.scaled(100, 0.3)
    method, mu, eta = HEAVY_BALL.with_momentum(0.9), 0.9, 1e-4
    found = {}
    for name, batch in (("minibatches of 1", 1), ("all rows", None)):
        # Too short to arrive: both take every step.
        settings: dict[str, Any] = {"max_steps": 2000, "batch": batch, "tol": 1e-300}

        def numpy_loop(settings: dict[str, Any] = settings) -> Any:
            u, v = start.u, start.v
            return train_many(problem, u, v, mu=mu, kappa=0.0, eta=eta, **settings).theta[0]

        def kernel(settings: dict[str, Any] = settings) -> Any:
            return train(problem, start, method, eta, **settings).theta

        require_agreement(name, numpy_loop(), kernel())
        found[f"NumPy / kernel, {name}"] = ratio(numpy_loop, kernel)
    return found


def float64_against_mpmath() -> dict[str, Any]:
    """The same recursion on 50-digit mpmath numbers and in float64, 200 steps, 3 x 5."""
    problem = small_problem(3, 5)
    start = np.full((2, problem.d), 0.5)
    method = HEAVY_BALL.with_momentum(0.75)
    eta = 1 / 128

    def ordinary() -> Any:
        gradient = NeuronGradient(problem.X, problem.y)
        return generic_iterates(gradient, start, method, eta, 200)[-1]

    def many_digits() -> Any:
        with mpmath.workdps(50):
            gradient = NeuronGradient(numbers_of(problem.X), numbers_of(problem.y))
            return generic_iterates(gradient, numbers_of(start), method, mpmath.mpf(eta), 200)[-1]

    require_agreement("number types", many_digits(), ordinary())
    return {"50 digits / float64": ratio(many_digits, ordinary)}


BENCHMARKS: tuple[Callable[[], dict[str, Any]], ...] = (
    projection_against_slsqp,
    batch_against_single_runs,
    kernel_against_numpy,
    float64_against_mpmath,
    *DIGIT_BENCHMARKS,
    *FLOW_BENCHMARKS,
    *ENGINE_BENCHMARKS,
)


def processor() -> str:
    """Return the name of the processor, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def main(arguments: Sequence[str]) -> int:
    """Run the benchmarks and write their ratios."""
    parser = command_parser(PROG, "Measure ratios of running times within one run.")
    options = parser.parse_args(arguments)
    results = {}
    for benchmark in BENCHMARKS:
        # One thread, whatever the environment says: a second one waits more than it computes.
        with one_blas_thread():
            found = benchmark()
        what = (benchmark.__doc__ or "").strip()
        results[benchmark.__name__] = {"what": what, "ratios": found}
        for name, value in found.items():
            print(f"{what} {name} = {value:.3g}", flush=True)
    record = {"processor": processor(), "benchmarks": results}
    FOLDER.mkdir(exist_ok=True)
    write_json(FOLDER / "ratios.json", record)
    lines = [f"Processor: {record['processor']}", ""]
    lines += [
        f"- {each['what']} {name} = {value:.3g}"
        for each in results.values()
        for name, value in each["ratios"].items()
    ]
    write_text(FOLDER / "ratios.md", "\n".join(lines) + "\n")
    if options.json:
        write_json(options.json, record)
    return 0


if __name__ == "__main__":
    run_command(main, PROG)

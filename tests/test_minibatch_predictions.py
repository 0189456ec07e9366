"""What is predicted for minibatch runs: everything by the exact theorem, little by the others."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numeric.__main__ import main
from numeric.compare import Comparison, compare
from numeric.compiled import inertia
from numeric.datasets import small_problem
from numeric.exact_limit import exact_limit
from numeric.files import write_npz
from numeric.predictions import momentum_prediction, path_phi
from numeric.problems import Problem, Start
from proofs_check.strategies import problems, starts, step_size
from symbolic.console import DONE

PROBLEM = small_problem(3, 5, seed=1)
BIASED = Start.scaled(5, 0.5, 0.8)
FLOWS = {"gradient-flow": False, "gradient-flow.printed": False}
NAMES = {
    "sgd": {**FLOWS, "theorem3": True, "exact": True},
    "shb": {**FLOWS, "exact": True},
    "snag": {**FLOWS, "exact": True},
}


@pytest.mark.parametrize("method", NAMES)
def test_names_and_fields(method: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_npz(tmp_path / "data.npz", X=PROBLEM.X, y=PROBLEM.y)
    target = tmp_path / "result.json"
    run = ["--data", str(tmp_path / "data.npz"), "--method", method, "--lr", "0.02"]
    momentum = "0" if method == "sgd" else "0.5"
    start = ["--momentum", momentum, "--init-scale", "0.4", "--seed", "3"]
    assert main(["compare", *run, *start, "--json", str(target)]) == DONE
    result = json.loads(target.read_text())
    assert {n: p["uses_path"] for n, p in result["predictions"].items()} == NAMES[method]
    assert result["method"]["batch"] == 1
    exact = result["predictions"]["exact"]
    assert exact["distance"] <= exact["rounding_bound"] < 1e-9
    text = capsys.readouterr().out
    assert "no prediction" not in text
    assert "nothing neglected (exact); rounding may make up to" in text
    assert "theorem3.forecast" not in text


@given(
    problems(),
    st.data(),
    st.sampled_from(["sgd", "shb", "snag"]),
    st.floats(0.2, 0.8),
    st.integers(0, 9),
)
def test_exact_holds_for_every_minibatch_run(
    problem: Problem, data: st.DataObject, method: str, momentum: float, seed: int
) -> None:
    start = data.draw(starts(problem.d, ("biased", "unbiased")))
    mu = 0.0 if method == "sgd" else momentum
    # One row may be n <= 3 times as steep as the mean of all: still stable.
    eta = step_size(problem, start, mu, 0.1)
    batch = data.draw(st.integers(1, problem.n))
    found = compare(problem, start, method, eta, momentum=mu, batch=batch, seed=seed)
    assert found.trained.converged
    exact, distance = found.predictions["exact"], found.distances["exact"]
    assert exact.theta is not None
    assert exact.rounding is not None
    assert distance is not None
    assert distance <= exact.rounding
    # 1 % off in the sums is another limit, wherever the sums act by more than rounding.
    wrong = exact_limit(problem, start, 1.01 * found.trained.sums, mu).theta
    moved = float(np.linalg.norm(wrong - exact.theta))
    if moved > 2 * exact.rounding:
        assert np.linalg.norm(wrong - found.trained.theta) > exact.rounding


def test_the_sums_decide() -> None:
    found = compare(PROBLEM, BIASED, "snag", 0.01, momentum=0.5, batch=1)
    exact = found.predictions["exact"]
    assert exact.rounding is not None
    sums = found.trained.sums
    # Steps used in the sums otherwise: none, 1 % more, u and v exchanged, their mean.
    for wrong in (0 * sums, 1.01 * sums, sums[::-1], np.broadcast_to(sums.mean(0), sums.shape)):
        limit = exact_limit(PROBLEM, BIASED, np.array(wrong), found.mu).theta
        assert np.linalg.norm(limit - found.trained.theta) > 10 * exact.rounding


def _runs(method: str, momentum: float, etas: np.ndarray) -> list[Comparison]:
    batch = 1 if method.startswith("s") else None
    return [
        compare(PROBLEM, BIASED, method, float(eta), momentum=momentum, batch=batch, seed=5)
        for eta in etas
    ]


def test_for_sgd_the_scale_of_theorem3_holds_to_first_order() -> None:
    runs = _runs("sgd", 0.0, 8e-3 * np.array([1.0, 0.5, 0.25, 0.125]))

    def error(run: Comparison, factor: float) -> float:
        phi = factor * path_phi(run.trained.path_integral, 0.0)
        limit = momentum_prediction(PROBLEM, BIASED, phi, mu=0, kappa=0, eta=run.learning_rate)
        return float(np.linalg.norm(limit - run.trained.theta))

    def rates(errors: list[float]) -> np.ndarray:
        return np.log2(np.array(errors[:-1]) / np.array(errors[1:]))

    right = [error(run, 1.0) for run in runs]
    assert right == [run.distances["theorem3"] for run in runs]
    # Neglected are S_u + S_v - alpha phi = O(eta^3) and S_u - S_v = (16/3) eta^3 sum g^3, which is
    # O(eta^2) over about 1/eta steps: order 2, and not 3; each sequence has its own sums, which
    # differ at relative order sqrt(eta).
    assert abs(rates(right) - 2).max() < np.sqrt(runs[0].learning_rate) * 2
    flow = [run.predictions["gradient-flow"].distance(run.trained.theta) for run in runs]
    # Gradient flow, a phi that is 5 % off: first order.
    for wrong in (flow, [error(run, 1.05) for run in runs], [error(run, 0.95) for run in runs]):
        assert rates([float(e or 0) for e in wrong])[-1] < 1.5


def test_with_momentum_phi_would_miss_the_noise() -> None:
    # Why theorem3 is absent for shb. Velocities sum gradients with weights mu^j, and squares of
    # noise add where gradients add: of pure noise the sums hold (1-mu)/(1+mu) times alpha phi.
    mu, etas = 0.8, 2e-3 * np.array([1.0, 0.25])

    def missing(run: Comparison) -> float:
        phi = path_phi(run.trained.path_integral, run.mu)
        alpha_phi = float(inertia(run.mu, run.kappa, run.learning_rate)) * phi.sum()
        return 1 - float(run.trained.sums.sum() / alpha_phi)

    full, noisy = ([missing(run) for run in _runs(m, mu, etas)] for m in ("hb", "shb"))
    # On all rows what phi misses is of the next order; on minibatches it stays.
    assert full[1] < 0.5 * full[0]
    assert noisy[1] > 0.5 * noisy[0]
    assert 3 * full[0] < noisy[1] < 1 - (1 - mu) / (1 + mu)

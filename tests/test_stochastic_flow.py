"""Stochastic gradient flow: identities of every path, and SGD with its own draws."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from numeric.datasets import small_problem
from numeric.problems import Start
from numeric.stochastic_flow import brownian_increments, coarser, simulate
from numeric.stochastic_runs import draws, simultaneous_quantile, stochastic_runs
from numeric.training import train
from proofs_check.claim import Outcome
from proofs_check.lyu import sgf, stochastic_losses, stochastic_smaller
from proofs_check.strategies import problems, starts
from symbolic import stochastic_flow as flow
from symbolic.console import UserError
from symbolic.symbols import ETA, SAMPLES, G, U, V
from symbolic.two_step import GRADIENT_DESCENT

SGD = GRADIENT_DESCENT.with_momentum(0)


def test_ito_of_a_square_has_its_correction() -> None:
    # d(u^2) = 2 u du + d[u], d[u] = 4 eta u^2 C dt
    process = flow.stochastic_gradient_flow()
    found = flow.ito(U**2, (U, V), process)
    assert sp.expand(found.drift - (-4 * G * U**2 + 4 * ETA * U**2 * flow.VARIATION)) == 0
    assert sp.expand(found.diffusion - 2 * U * process.diffusion[0]) == 0


def test_noise_cancels_from_the_scale_and_only_there() -> None:
    assert flow.log_scale().diffusion == 0
    assert flow.log_ratio().diffusion != 0
    assert not any(flow.without_ratio(flow.scale_rate()))
    assert any(flow.without_ratio(flow.scale_rate() / 2))


def test_variance_of_minibatches() -> None:
    assert flow.sampling_residual() == 0
    assert flow.decomposition_residual() == 0
    # All rows: no variance, and what is left is the effect of full batches.
    assert flow.sampling_variance(SAMPLES) == 0
    assert sp.expand(flow.expected_loss_rate(SAMPLES) - flow.gradient_descent_rate()) == 0


@given(data=st.data())
def test_simulated_paths_keep_scale_and_row_space(data: st.DataObject) -> None:
    problem = data.draw(problems())
    start = data.draw(starts(problem.d, ("unbiased", "biased")))
    start = Start(np.abs(start.u), np.abs(start.v))
    eta = 1e-3
    noise = brownian_increments(problem.n, eta, 20, 3, 0)
    paths = simulate(problem, start, eta, eta, noise)
    rate = sp.lambdify(
        (flow.LOSS, flow.SQUARED_COLUMN), -flow.scale_rate().subs({ETA: eta, SAMPLES: problem.n})
    )
    columns = (problem.X**2).sum(axis=0)
    if paths.finite:
        predicted = rate(paths.loss_integral[:, None], columns)
        scale = 1 + np.abs(predicted).max() + np.abs(np.log(start.xi)).max()
        assert np.abs(paths.loss_of_log_scale - predicted).max() <= 1e-12 * scale


def test_noise_of_a_finer_path_adds_up() -> None:
    fine = brownian_increments(2, 0.25, 12, 3, 0)
    coarse = coarser(fine, 4)
    assert coarse.shape == (3, 2, 3)
    assert np.allclose(coarse.sum(axis=0), fine.sum(axis=0), rtol=0, atol=1e-12)


def test_without_noise_the_scale_stays() -> None:
    problem = small_problem(2, 4, 0)
    start = Start.scaled(4, 0.5)
    paths = simulate(problem, start, 0.0, 0.01, np.zeros((50, 2, 1)))
    assert np.abs(paths.loss_of_log_scale).max() <= 1e-13


def test_runs_agree_with_training_on_the_same_rows() -> None:
    problem = small_problem(3, 6, 1)
    start = Start.scaled(6, 0.4, 0.8)
    rows = draws(3, 300, 2, 5)
    runs = stochastic_runs(problem, start, 0.01, rows)
    for column in range(2):
        single = train(
            problem,
            start,
            SGD,
            0.01,
            rows=[[int(r)] for r in rows[:, column]],
            max_steps=300,
            tol=1e-300,
        )
        assert np.allclose(single.theta, runs.theta[column], rtol=0, atol=1e-12)
        lost = np.log(start.xi) - np.log(single.xi)
        assert np.allclose(lost, runs.loss_of_log_scale[column], rtol=0, atol=1e-12)


@pytest.mark.parametrize("batch", [2, 4])
def test_larger_minibatches_have_the_stated_rate(batch: int) -> None:
    # Mean over every minibatch of a fixed state, by enumeration, against the formula.
    random = np.random.default_rng(0)
    x, r = random.standard_normal(5), random.standard_normal(5)
    means = [np.mean([x[i] * r[i] for i in rows]) for rows in combinations(range(5), batch)]
    rate = flow.expected_loss_rate(batch).subs({ETA: 1, SAMPLES: 5})
    at = {flow.MEAN_SQUARE: float(np.mean((x * r) ** 2)), G: float(np.mean(x * r))}
    assert float(rate.subs(at)) == pytest.approx(4 * np.mean(np.square(means)), rel=1e-12)


def test_bad_input_is_refused() -> None:
    problem = small_problem(2, 4, 0)
    with pytest.raises(UserError):
        stochastic_runs(problem, Start.scaled(4, 1.0), 10.0, draws(2, 20, 1, 0))
    with pytest.raises(UserError):
        simulate(problem, Start(-np.ones(4), np.ones(4)), 0.1, 0.1, np.zeros((1, 2, 1)))
    with pytest.raises(UserError):
        simulate(problem, Start.scaled(3, 1.0), 0.1, 0.1, np.zeros((1, 2, 1)))


def test_quantile_grows_with_comparisons() -> None:
    assert 3 < simultaneous_quantile(48, 1) < simultaneous_quantile(48, 100)


def test_checks_reject_wrong_rates() -> None:
    half = sgf.identity_forms().mutants[-2]
    assert sgf.path_identity(half).outcome is Outcome.FAILS
    assert sgf.simulated_limits(half).outcome is Outcome.FAILS
    forms = stochastic_losses.forms()
    assert stochastic_losses.expected_step(forms.printed).outcome is Outcome.FAILS
    larger = stochastic_smaller.smaller_forms().mutants[0]
    assert stochastic_smaller.shrinking_scales(larger).outcome is Outcome.FAILS


def test_counterexamples_are_found() -> None:
    for found in (stochastic_losses.uneven_losses(), stochastic_smaller.unchanged_scale()):
        assert found is not None
        assert found.exact

"""torch's settings are a two-step method: derived, read, refused, and used by `compare`."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numeric.__main__ import PROG, main
from numeric.compare import Comparison, compare, compare_torch
from numeric.datasets import small_problem
from numeric.exact_limit import exact_limit
from numeric.problems import Problem, Start
from numeric.torch_settings import TorchSettings
from numeric.training import Diverged
from symbolic.console import BAD_INPUT, DONE, UserError, run_command
from symbolic.symbols import SAMPLES
from symbolic.torch_sgd import (
    DAMPENING,
    LOSS_NAMES,
    POINT,
    RATE,
    before_start,
    damped_residuals,
    loss_factor,
    nesterov_residuals,
    torch_step,
)

PROBLEM = small_problem(3, 5, seed=1)
START = Start.scaled(5, 0.5, 0.8)
RUN = ["compare", "--gaussian", "3,5,2", "--init-scale", "0.4"]


# --- Derivation -----------------------------------------------------------------------------------


@pytest.mark.parametrize("residuals", [damped_residuals, nesterov_residuals])
def test_the_map_is_exact(residuals: type) -> None:
    assert set(residuals()) == {"first", "first buffer", "later", "later buffer"}
    assert all(value == 0 for value in residuals().values())


@pytest.mark.parametrize(
    "wrong",
    [
        {"eta": RATE},
        {"eta": RATE * (1 + DAMPENING)},
        {"before": POINT},
        {"before": 2 * POINT - before_start()},
        {"before": POINT + (before_start() - POINT) * 21 / 20},
    ],
)
def test_another_map_of_dampening_leaves_a_residual(wrong: dict[str, Any]) -> None:
    assert any(value != 0 for value in damped_residuals(**wrong).values())


@pytest.mark.parametrize("wrong", [{"eta": RATE * 21 / 20}, {"before": before_start()}])
def test_another_map_of_nesterov_leaves_a_residual(wrong: dict[str, Any]) -> None:
    assert any(value != 0 for value in nesterov_residuals(**wrong).values())


def test_without_momentum_the_buffer_of_the_recursion_would_be_damped() -> None:
    # torch keeps none then, so dampening acts only with momentum; the recursion would let it act.
    _, buffer = torch_step(0, 1, 5, rate=1, momentum=0, dampening=DAMPENING, nesterov=False)
    assert buffer == 1 - DAMPENING
    settings = TorchSettings(0.01, 0.0, dampening=0.7)
    assert settings.learning_rate(3) == 0.01
    assert settings.before(PROBLEM, START) is None


def test_rates_of_other_losses() -> None:
    factors = {name: loss_factor(name) for name in LOSS_NAMES}
    assert factors == {"half-mean": 1, "mean": 2, "sum": 2 * SAMPLES, "half-sum": SAMPLES}
    for name, factor in {"half-mean": 1, "mean": 2, "sum": 6, "half-sum": 3}.items():
        settings = TorchSettings(0.25, 0.5, dampening=0.5, loss=name)
        assert settings.learning_rate(3) == 0.5 * 0.25 * factor


# --- Reading --------------------------------------------------------------------------------------

_numbers = st.floats(1e-6, 1e3)


@st.composite
def settings_of_torch(draw: st.DrawFn) -> TorchSettings:
    momentum = draw(st.one_of(st.just(0.0), st.floats(0, 1, exclude_max=True)))
    nesterov = draw(st.booleans()) and momentum > 0
    dampening = 0.0 if nesterov else draw(st.floats(-5, 1, exclude_max=True))
    loss = draw(st.sampled_from(LOSS_NAMES))
    return TorchSettings(draw(_numbers), momentum, dampening, nesterov, loss)


@given(settings_of_torch(), st.randoms(use_true_random=False))
def test_settings_survive_text_in_any_order(settings: TorchSettings, random: Random) -> None:
    parts = str(settings).split(",")
    random.shuffle(parts)
    assert TorchSettings.parse(" , ".join(parts)) == settings
    assert settings.learning_rate(3) > 0
    assert 0 <= settings.method.mu < 1


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("lr=0.1", TorchSettings(0.1)),
        ("lr=1e-2,momentum=0.9,nesterov", TorchSettings(0.01, 0.9, nesterov=True)),
        ("lr=1e-2,momentum=0.9,nesterov=True", TorchSettings(0.01, 0.9, nesterov=True)),
        ("lr=.5,nesterov=false,weight_decay=0,maximize=False", TorchSettings(0.5)),
        ("loss=mean,lr=1,momentum=.5", TorchSettings(1, 0.5, loss="mean")),
    ],
)
def test_settings_as_users_write_them(text: str, settings: TorchSettings) -> None:
    assert TorchSettings.parse(text) == settings


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--torch", "momentum=0.9"], "expected --torch with lr=NUMBER"),
        (["--torch", ""], "expected --torch lr, momentum, dampening, nesterov"),
        (["--torch", "lr"], "expected lr=NUMBER; received lr"),
        (["--torch", "lr=fast"], "expected lr=NUMBER; received lr=fast"),
        (["--torch", "lr=0.1,lr=0.2"], "expected lr once; received lr twice"),
        (["--torch", "lr=0"], "a positive finite lr; received lr=0.0"),
        (["--torch", "lr=nan"], "a positive finite lr"),
        (["--torch", "lr=0.1,momentum=1"], "a momentum in [0, 1); received momentum=1.0"),
        (["--torch", "lr=0.1,momentum=-0.1"], "a momentum in [0, 1)"),
        (["--torch", "lr=0.1,nesterov"], "a momentum above 0 and dampening 0, as torch requires"),
        (["--torch", "lr=0.1,momentum=0.9,dampening=0.1,nesterov"], "as torch requires"),
        (["--torch", "lr=0.1,momentum=0.9,dampening=1"], "a dampening below 1"),
        (["--torch", "lr=0.1,momentum=0.9,dampening=inf"], "a finite dampening"),
        (["--torch", "lr=0.1,nesterov=maybe"], "expected nesterov or nesterov=true|false"),
        (["--torch", "lr=0.1,weight_decay=0.01"], "the theorem needs the plain loss"),
        (["--torch", "lr=0.1,maximize"], "the theorem needs descent on the loss"),
        (["--torch", "lr=0.1,loss=l1"], "loss=half-mean|mean|sum|half-sum; received 'l1'"),
        (["--torch", "lr=0.1,foreach=true"], "it changes how torch computes, not what"),
        (["--torch", "lr=0.1,betas=2"], "received 'betas=2'"),
        (["--torch", "lr=0.1", "--method", "hb"], "received --torch and --method"),
        (["--torch", "lr=0.1", "--lr", "1", "--momentum", "0"], "and --lr, --momentum"),
        (["--torch", "lr=0.1,momentum=0.5,dampening=0.5", "--batch", "9"], "1 to 3 rows"),
        (["--torch", "lr=0.1", "--batch", "9"], "1 to 3 rows"),
        (["--method", "hb"], "expected --method and --lr, or --torch SETTINGS; received --method"),
    ],
)
def test_bad_settings_are_one_message(
    arguments: list[str],
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", [PROG, *RUN, *arguments])
    with pytest.raises(SystemExit) as left:
        run_command(main, PROG)
    out, err = capsys.readouterr()
    assert (left.value.code, out, len(err.splitlines())) == (BAD_INPUT, "", 1)
    assert says in err


# --- Runs -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "method"),
    [
        (TorchSettings(0.01), "gd"),
        (TorchSettings(0.01, 0.5), "hb"),
        (TorchSettings(0.005, 0.5, loss="mean"), "hb"),
        (TorchSettings(0.01, 0.5, nesterov=True), "nag"),
    ],
)
@pytest.mark.parametrize("batch", [None, 2])
def test_undamped_settings_are_the_named_methods(
    settings: TorchSettings, method: str, batch: int | None
) -> None:
    name = method if batch is None else f"s{method}"
    ours = compare(PROBLEM, START, name, 0.01, momentum=settings.momentum, batch=batch)
    theirs = compare_torch(PROBLEM, START, settings, batch=batch)
    assert ours.trained.converged
    np.testing.assert_array_equal(theirs.trained.theta, ours.trained.theta)
    assert theirs.distances == ours.distances


DAMPED = TorchSettings(0.02, 0.6, dampening=0.5)


@pytest.mark.parametrize("batch", [None, 1, 2])
def test_the_exact_prediction_knows_the_velocity_of_the_start(batch: int | None) -> None:
    found = compare_torch(PROBLEM, START, DAMPED, batch=batch, seed=3)
    exact = found.predictions["exact"]
    distance = found.distances["exact"]
    assert distance is not None
    assert exact.rounding is not None
    assert distance <= exact.rounding < 1e-9
    # Without the velocity the same sums predict another limit, far outside that bound.
    at_rest = exact_limit(PROBLEM, START, found.trained.sums, found.mu).theta
    assert np.linalg.norm(at_rest - found.trained.theta) > 1e3 * exact.rounding


def test_names_with_a_velocity_at_the_start() -> None:
    flows = {"gradient-flow", "gradient-flow.printed"}
    theorem = {"theorem3", "theorem3.printed", "theorem3.forecast"}
    full = compare_torch(PROBLEM, START, DAMPED)
    assert set(full.predictions) == flows | theorem | {"exact"}
    part = compare_torch(PROBLEM, START, DAMPED, batch=2)
    assert set(part.predictions) == flows | {"exact"}
    rest = compare_torch(PROBLEM, START, replace(DAMPED, dampening=0.0))
    at_rest = {"theorem3.next-order", "theorem3.next-order.forecast", "mgf", "mgf.lambda-printed"}
    assert set(rest.predictions) == flows | theorem | at_rest | {"exact"}


def test_theorem3_keeps_its_order_for_a_velocity_along_the_gradient() -> None:
    rates = 6e-3 * np.array([1.0, 0.5, 0.25])
    rows = []
    for rate in rates:
        found = compare_torch(PROBLEM, START, replace(DAMPED, lr=float(rate)))
        assert found.before is not None
        rows.append([found.distances[n] for n in ("gradient-flow", "theorem3")])
    # r = c1 eta + c2 eta^2 + c3 eta^3; c1 = 0 for an error of second order (see the tests of
    # `compare` for what the fit leaves).
    flow, theorem = np.linalg.solve(rates[:, None] ** np.arange(1, 4), np.array(rows, float))[0]
    assert abs(theorem) <= 0.02 * abs(flow)
    errors = np.array(rows, float)[:, 1]
    assert 3.0 < errors[1] / errors[2] < 5.0


def test_the_output_says_what_was_mapped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "result.json"
    settings = "lr=0.02,momentum=0.6,dampening=0.5,loss=mean"
    assert main([*RUN, "--torch", settings, "--json", str(target)]) == DONE
    text = capsys.readouterr().out
    assert (
        "SGD(lr=0.02, momentum=0.6, dampening=0.5, nesterov=False) on the loss mean is mu=0.6, "
        "kappa=0, eta=0.02, a start with velocity" in text
    )
    method = json.loads(target.read_text())["method"]
    assert method["name"] == "torch.optim.SGD"
    assert (method["mu"], method["kappa"], method["learning_rate"]) == (0.6, 0, 0.02)
    assert method["torch"]["dampening"] == 0.5
    assert len(method["before"]["u"]) == 5
    assert main([*RUN, "--torch", "lr=0.01,momentum=0.6,nesterov", "--batch", "1"]) == DONE
    text = capsys.readouterr().out
    assert "a start at rest, x[-1] = x[0]; torch holds the look-ahead points y[k]" in text
    assert "minibatches of 1" in text


def test_a_run_that_blows_up_is_told_in_words_of_torch() -> None:
    wild = replace(DAMPED, lr=30.0, loss="sum")
    with pytest.raises(Diverged, match="use lr=") as caught:
        compare_torch(PROBLEM, START, wild)
    rate = float(caught.value.remedy.split("use lr=")[1].split(",")[0])
    assert 30 / rate == pytest.approx(2 ** round(np.log2(30 / rate)), rel=1e-5)
    followed = compare_torch(PROBLEM, START, replace(wild, lr=rate))
    assert isinstance(followed, Comparison)


@pytest.mark.parametrize(("momentum", "says"), [(1e-320, "an entry -inf"), (0.25, "an entry 0")])
def test_a_velocity_without_logarithms_is_refused(momentum: float, says: str) -> None:
    # x_{-1} = x_0 (1 +- 2 tau gamma g/mu) with g = -4: zero at tau gamma = mu/8 = 1/32.
    problem = Problem(np.array([[1.0, 1.0]]), np.array([1.0]))
    start = Start(np.array([0.5, 0.25]), np.array([1.75, 0.5]))
    settings = TorchSettings(0.0625, momentum, dampening=0.5)
    with pytest.raises(UserError, match=says):
        settings.before(problem, start)

"""torch.optim.SGD trains the same network along the same iterates, whatever its settings."""

from __future__ import annotations

import numpy as np
import pytest

from numeric.batch import minibatches
from numeric.datasets import small_problem
from numeric.iterates import NeuronGradient, stacked
from numeric.problems import Start
from numeric.torch_settings import TorchSettings
from numeric.training import train, trajectory
from symbolic.two_step import METHODS, two_step_update

pytestmark = pytest.mark.oracle

PROBLEM = small_problem(3, 5, seed=1)
START = Start.scaled(5, 0.3, 0.7)
ETA, MU, STEPS = 0.01, 0.9, 200
SETTINGS = {
    "plain": TorchSettings(ETA),
    "plain, dampening": TorchSettings(ETA, dampening=0.3),
    "momentum": TorchSettings(ETA, MU),
    "dampening": TorchSettings(ETA, MU, dampening=0.2),
    "strong dampening": TorchSettings(0.05, 0.5, dampening=0.9),
    "negative dampening": TorchSettings(ETA, 0.6, dampening=-0.5),
    "nesterov": TorchSettings(ETA, MU, nesterov=True),
    "mean": TorchSettings(ETA / 2, MU, dampening=0.1, loss="mean"),
    "sum": TorchSettings(ETA / 6, MU, dampening=0.1, loss="sum"),
    "half-sum": TorchSettings(ETA / 3, MU, nesterov=True, loss="half-sum"),
}


def _torch_iterates(
    settings: TorchSettings, steps: int, batch: int | None = None, seed: int = 0
) -> np.ndarray:
    """Return what torch holds after 0, ..., steps steps, (steps + 1, 2, d), in double precision."""
    torch = pytest.importorskip("torch")
    X, y = torch.tensor(PROBLEM.X.copy()), torch.tensor(PROBLEM.y.copy())
    assert X.dtype == torch.float64
    u = torch.tensor(START.u.copy(), requires_grad=True)
    v = torch.tensor(START.v.copy(), requires_grad=True)
    mean = torch.nn.MSELoss(reduction="mean")
    total = torch.nn.MSELoss(reduction="sum")
    losses = {
        "half-mean": lambda a, b: mean(a, b) / 2,
        "mean": mean,
        "sum": total,
        "half-sum": lambda a, b: total(a, b) / 2,
    }
    optimiser = torch.optim.SGD(
        [u, v],
        lr=settings.lr,
        momentum=settings.momentum,
        dampening=settings.dampening,
        nesterov=settings.nesterov,
    )
    path = [torch.stack([u, v]).detach().numpy().copy()]
    for rows in _rows(steps, batch, seed):
        optimiser.zero_grad()
        losses[settings.loss](X[rows] @ (u * u - v * v), y[rows]).backward()
        optimiser.step()
        path.append(torch.stack([u, v]).detach().numpy().copy())
    return np.array(path)


def _rows(steps: int, batch: int | None, seed: int) -> list[np.ndarray]:
    if batch is None:
        return [np.arange(PROBLEM.n)] * steps
    windows = minibatches(PROBLEM.n, batch, seed)
    rows = np.concatenate([next(windows) for _ in range(-(-steps // 100))])
    return list(rows[:steps])


def _our_iterates(
    settings: TorchSettings, steps: int, batch: int | None = None, seed: int = 0
) -> np.ndarray:
    """Return x_{-1}, ..., x_steps of the two-step method that the settings are."""
    method = settings.method
    mu, kappa = float(method.mu), float(method.kappa)
    eta = settings.learning_rate(PROBLEM.n if batch is None else batch)
    before = settings.before(PROBLEM, START, batch=batch, seed=seed)
    x = stacked(START.u, START.v)
    path = [x if before is None else stacked(before.u, before.v), x]
    for rows in _rows(steps, batch, seed):
        gradient = NeuronGradient(PROBLEM.X[rows], PROBLEM.y[rows])
        path.append(two_step_update(path[-1], path[-2], gradient, mu=mu, kappa=kappa, eta=eta))
    return np.array(path)


def _bound(path: np.ndarray, steps: int) -> float:
    # Rounding of the steps of a stable recursion; errors add up, they do not grow. A step of a
    # few operations on numbers of this size rounds by less than 100 units.
    return 100 * steps * float(np.finfo(float).eps) * float(np.abs(path).max())


@pytest.mark.parametrize("batch", [None, 1, 2])
@pytest.mark.parametrize("name", SETTINGS)
def test_torch_step_by_step(name: str, batch: int | None) -> None:
    settings = SETTINGS[name]
    path = _our_iterates(settings, STEPS, batch, seed=4)
    ours = path[1:]
    # With Nesterov torch holds y_k = x_k + mu (x_k - x_{k-1}); without, the iterates themselves.
    kappa = float(settings.method.kappa)
    held = ours + kappa * np.diff(path, axis=0)
    bound = _bound(ours, STEPS)
    theirs = _torch_iterates(settings, STEPS, batch, seed=4)
    assert np.abs(theirs - held).max() <= bound
    if settings.nesterov:
        assert np.abs(theirs - ours).max() > 1e6 * bound


def test_without_the_start_velocity_dampening_is_another_method() -> None:
    settings = SETTINGS["dampening"]
    ours = trajectory(PROBLEM, START, settings.method, settings.learning_rate(3), STEPS)
    theirs = _torch_iterates(settings, STEPS)
    assert np.abs(theirs - ours).max() > 1e6 * _bound(ours, STEPS)


@pytest.mark.parametrize(("name", "nesterov"), [("hb", False), ("nag", True)])
def test_named_methods_are_what_the_settings_are(name: str, nesterov: bool) -> None:
    settings = TorchSettings(ETA, MU, nesterov=nesterov)
    assert settings.method == METHODS[name].with_momentum(MU)
    assert settings.learning_rate(PROBLEM.n) == ETA
    assert settings.before(PROBLEM, START) is None


@pytest.mark.parametrize(
    ("name", "batch"),
    [
        ("momentum", None),
        ("nesterov", None),
        ("strong dampening", None),
        ("dampening", 1),
        ("sum", 2),
        ("half-sum", 1),
    ],
)
def test_the_limits_agree(name: str, batch: int | None) -> None:
    settings = SETTINGS[name]
    before = settings.before(PROBLEM, START, batch=batch, seed=4)
    eta = settings.learning_rate(PROBLEM.n if batch is None else batch)
    run = train(PROBLEM, START, settings.method, eta, before=before, batch=batch, seed=4)
    assert run.converged
    end = _torch_iterates(settings, run.steps, batch, seed=4)[-1]
    # Both stand within the tolerance of the same point, seen through the slowest mode.
    weight = 4 * (run.u**2 + run.v**2)
    slowest = np.linalg.eigvalsh((PROBLEM.X * weight) @ PROBLEM.X.T)[0]
    slack = 10 * run.tol * np.abs(weight[:, None] * PROBLEM.X.T).max() / slowest
    assert np.abs(end[0] ** 2 - end[1] ** 2 - run.theta).max() <= slack


@pytest.mark.parametrize(
    "arguments",
    [
        {"momentum": 0.0, "nesterov": True},
        {"momentum": 0.9, "dampening": 0.1, "nesterov": True},
    ],
)
def test_torch_refuses_the_same_settings(arguments: dict[str, float]) -> None:
    torch = pytest.importorskip("torch")
    with pytest.raises(ValueError, match="Nesterov momentum requires a momentum and zero"):
        torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1, **arguments)

"""torch.optim.SGD trains the same network along the same iterates."""

from __future__ import annotations

import numpy as np
import pytest

from numeric.datasets import small_problem
from numeric.problems import Start
from numeric.training import train, trajectory
from symbolic.two_step import METHODS

pytestmark = pytest.mark.oracle

PROBLEM = small_problem(3, 5, seed=1)
START = Start.scaled(5, 0.3, 0.7)
ETA, MU, STEPS = 0.01, 0.9, 200


def _torch_iterates(nesterov: bool, steps: int) -> np.ndarray:
    torch = pytest.importorskip("torch")
    X, y = torch.tensor(PROBLEM.X.copy()), torch.tensor(PROBLEM.y.copy())
    u = torch.tensor(START.u.copy(), requires_grad=True)
    v = torch.tensor(START.v.copy(), requires_grad=True)
    optimiser = torch.optim.SGD([u, v], lr=ETA, momentum=MU, nesterov=nesterov)
    path = [torch.stack([u, v]).detach().numpy().copy()]
    for _ in range(steps):
        optimiser.zero_grad()
        residual = X @ (u * u - v * v) - y
        (residual @ residual / (2 * PROBLEM.n)).backward()
        optimiser.step()
        path.append(torch.stack([u, v]).detach().numpy().copy())
    return np.array(path)


def test_heavy_ball_step_by_step() -> None:
    ours = trajectory(PROBLEM, START, METHODS["hb"].with_momentum(MU), ETA, STEPS)
    # Rounding of STEPS steps of a stable recursion; errors add up, they do not grow.
    bound = 100 * STEPS * np.finfo(float).eps * np.abs(ours).max()
    assert np.abs(_torch_iterates(False, STEPS) - ours).max() <= bound


def test_nesterov_holds_the_look_ahead_point() -> None:
    ours = trajectory(PROBLEM, START, METHODS["nag"].with_momentum(MU), ETA, STEPS)
    look_ahead = ours.copy()
    look_ahead[1:] += MU * np.diff(ours, axis=0)
    bound = 100 * STEPS * np.finfo(float).eps * np.abs(ours).max()
    theirs = _torch_iterates(True, STEPS)
    assert np.abs(theirs - look_ahead).max() <= bound
    assert np.abs(theirs - ours).max() > 1e6 * bound


@pytest.mark.parametrize(("name", "nesterov"), [("hb", False), ("nag", True)])
def test_the_limits_agree(name: str, nesterov: bool) -> None:
    run = train(PROBLEM, START, METHODS[name].with_momentum(MU), ETA)
    assert run.converged
    end = _torch_iterates(nesterov, run.steps)[-1]
    # Both stand within the tolerance of the same point, seen through the slowest mode.
    weight = 4 * (run.u**2 + run.v**2)
    slowest = np.linalg.eigvalsh((PROBLEM.X * weight) @ PROBLEM.X.T)[0]
    slack = 10 * run.tol * np.abs(weight[:, None] * PROBLEM.X.T).max() / slowest
    assert np.abs(end[0] ** 2 - end[1] ** 2 - run.theta).max() <= slack

"""What the engine of sweeps is measured against: the loops that one writes without it.

They are for `numeric.bench_engine` only, which first checks that they agree with the engine.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from numeric.problems import Array, Problem, Start


def installed_torch() -> Any | None:
    """Return PyTorch with one thread, None if it is not installed."""
    try:
        torch: Any = import_module("torch")
    except ImportError:
        return None
    torch.set_num_threads(1)
    return torch


def torch_loop(
    torch: Any, problem: Problem, start: Start, mu: float, eta: float, steps: int, rows: Any = None
) -> Array:
    """Return theta, (d,), after ``steps`` steps of torch.optim.SGD with autograd in float64.

    ``rows`` has the rows of every step's minibatch, (steps, b); all rows by default.
    """
    X, y = torch.tensor(problem.X.copy()), torch.tensor(problem.y.copy())
    u, v = (torch.tensor(x.copy(), requires_grad=True) for x in (start.u, start.v))
    parts = None if rows is None else [torch.tensor(part) for part in rows]
    optimiser = torch.optim.SGD([u, v], lr=eta, momentum=mu)
    for k in range(steps):
        A, b = (X, y) if parts is None else (X[parts[k]], y[parts[k]])
        optimiser.zero_grad()
        loss = ((A @ (u * u - v * v) - b) ** 2).mean() / 2
        loss.backward()
        optimiser.step()
    return (u * u - v * v).detach().numpy()


def numpy_loop(
    problem: Problem, start: Start, mu: float, eta: float, steps: int, rows: Any = None
) -> Array:
    """Return the same by heavy ball written out in NumPy, one run."""
    X, y, u, v = problem.X, problem.y, start.u, start.v
    p, q = 0 * u, 0 * v
    for k in range(steps):
        A, b = (X, y) if rows is None else (X[rows[k]], y[rows[k]])
        push = A.T @ (A @ (u * u - v * v) - b) * (2 * eta / len(b))
        p, q = mu * p - u * push, mu * q + v * push
        u, v = u + p, v + q
    return u * u - v * v

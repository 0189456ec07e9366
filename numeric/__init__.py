"""Data, training, flows, projections and measured orders, in floating point.

What a user needs is importable from here; a name is loaded when it is first used.

>>> from numeric import METHODS, Start, small_problem, train
>>> problem = small_problem(3, 5, seed=1)
>>> run = train(problem, Start.scaled(5, 0.3), METHODS["hb"].with_momentum(0.5), 0.02)
>>> run.status
'converged'
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOME = {
    "Problem": "numeric.problems",
    "Start": "numeric.problems",
    "gaussian": "numeric.datasets",
    "small_problem": "numeric.datasets",
    "diabetes": "numeric.datasets",
    "read_problem": "numeric.files",
    "read_start": "numeric.files",
    "train": "numeric.training",
    "train_many": "numeric.training",
    "trajectory": "numeric.training",
    "Diverged": "numeric.training",
    "Comparison": "numeric.compare",
    "entropy_projection": "numeric.projection",
    "exact_limit": "numeric.exact_limit",
    "gradient_flow_limit": "numeric.flows",
    "momentum_flow_limit": "numeric.flows",
    "mgf_limit": "numeric.momentum_gradient_flow",
    "fixed_point_run": "numeric.fixed_point",
    "flow_to": "numeric.taylor_flow",
    "METHODS": "symbolic.two_step",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])

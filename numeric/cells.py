"""One cell of a sweep - everything that a run is determined by - and what came of it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cached_property

import numpy as np

from numeric.engine_ends import ARRIVED, Ending
from numeric.families import Data
from numeric.problems import Array, Start
from symbolic.console import UserError
from symbolic.two_step import METHODS

#: How the methods are called when they run on minibatches.
STOCHASTIC = {"gd": "sgd", "hb": "shb", "nag": "snag"}


@dataclass(frozen=True)
class Cell:
    """One run of a sweep.

    Parameters
    ----------
    data
        The problem.
    mu, kappa, eta
        Momentum, look-ahead and learning rate, for the loss |X theta - y|^2/(2n).
    init_scale, bias
        Start: u = bias * init_scale, v = init_scale / bias in every coordinate.
    batch, seed
        Rows in a minibatch (None: all), and the seed they are drawn from.
    accuracy
        Relative error of theta_inf at which a run may be finished by the exact theorem; None runs
        to the end.
    max_steps
        A run that needs more has not converged.

    Raises
    ------
    UserError
        For values that no run can have.
    """

    data: Data
    mu: float
    kappa: float
    eta: float
    init_scale: float
    bias: float = 1.0
    batch: int | None = None
    seed: int = 0
    accuracy: float | None = 1e-4
    max_steps: int = 20_000_000

    def __post_init__(self) -> None:
        # Equal cells must have equal keys, whatever kind of number they were given as.
        for name in ("mu", "kappa", "eta", "init_scale", "bias"):
            object.__setattr__(self, name, float(getattr(self, name)))
        for name in ("seed", "max_steps"):
            object.__setattr__(self, name, int(getattr(self, name)))
        if self.batch is not None:
            object.__setattr__(self, "batch", int(self.batch))
        if self.accuracy is not None:
            object.__setattr__(self, "accuracy", float(self.accuracy))
        for name, holds, expected in (
            ("mu", 0 <= self.mu < 1, "momentum in [0, 1)"),
            ("kappa", np.isfinite(self.kappa), "a finite look-ahead"),
            ("eta", np.isfinite(self.eta) and self.eta > 0, "a positive finite learning rate"),
            (
                "init_scale",
                np.isfinite(self.init_scale) and self.init_scale > 0,
                "a positive finite initial scale",
            ),
            ("bias", np.isfinite(self.bias) and self.bias > 0, "a positive finite initial bias"),
            (
                "batch",
                self.batch is None or 1 <= self.batch <= self.data.n,
                f"a batch between 1 and n = {self.data.n}",
            ),
            ("seed", self.seed >= 0, "a seed >= 0"),
            (
                "accuracy",
                self.accuracy is None or 0 < self.accuracy < 1,
                "an accuracy between 0 and 1, or none",
            ),
            ("max_steps", 1 <= self.max_steps < 2**63, "a number of steps >= 1"),
        ):
            if not holds:
                raise UserError(
                    expected=expected,
                    received=f"{name} {getattr(self, name)!r}",
                    remedy="correct this value",
                )

    @classmethod
    def of_method(
        cls,
        data: Data,
        method: str,
        eta: float,
        init_scale: float,
        *,
        momentum: float = 0.0,
        bias: float = 1.0,
        batch: int | None = None,
        seed: int = 0,
        accuracy: float | None = 1e-4,
        max_steps: int = 20_000_000,
    ) -> Cell:
        """Return the cell of a method called gd, hb, nag, sgd, shb or snag.

        gd and sgd ignore ``momentum``; the s-methods take ``batch`` rows, 1 by default; the others
        ignore it, and the seed of minibatches with it.
        """
        plain = next((name for name, other in STOCHASTIC.items() if other == method), method)
        if plain not in METHODS:
            raise UserError(
                expected=f"a method: {', '.join([*METHODS, *STOCHASTIC.values()])}",
                received=repr(method),
                remedy="choose one of them",
            )
        found = METHODS[plain].with_momentum(0.0 if plain == "gd" else momentum)
        stochastic = method != plain
        return cls(
            data,
            float(found.mu),
            float(found.kappa),
            eta,
            init_scale,
            bias,
            (batch or 1) if stochastic else None,
            seed if stochastic else 0,
            accuracy,
            max_steps,
        )

    @property
    def method(self) -> str:
        """Name of the method, ``two-step`` where it has none."""
        if self.kappa == 0:
            plain = "gd" if self.mu == 0 else "hb"
        elif self.kappa == self.mu:
            plain = "nag"
        else:
            return "two-step"
        return plain if self.batch is None else STOCHASTIC[plain]

    @cached_property
    def key(self) -> str:
        """What identifies the cell: a hash of all of its fields."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:32]

    def start(self) -> Start:
        """Return the start of the run."""
        return Start.scaled(self.data.d, self.init_scale, self.bias)


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came of a cell; arrays are (d,).

    Parameters
    ----------
    status
        How the run ended.
    steps
        Steps taken; of a diverged run, when that was seen.
    distance
        |theta_inf - theta_star|_2^2; NaN, like every other number below, for a run without a limit.
    theta, log_xi, linear
        The limit, ln xi_inf and the linear term R of the potential that it minimises.
    bound
        Bound of the error of theta that finishing early left, |.|_2; zero for a run to the end.
    residual
        |X theta_K - y|_inf of the last iterate.
    small_parameter
        eta/(1-mu)^2 times the largest curvature at the limit.
    """

    status: Ending
    steps: int
    distance: float
    theta: Array
    log_xi: Array
    linear: Array
    bound: float
    residual: float
    small_parameter: float

    @property
    def arrived(self) -> bool:
        """Whether the run has a limit that may be compared."""
        return self.status in ARRIVED

    @classmethod
    def without_limit(cls, status: Ending, steps: int, d: int) -> Outcome:
        """Return the outcome of a run that has no limit."""
        none = np.full(d, np.nan)
        return cls(status, steps, np.nan, none, none, none, np.nan, np.nan, np.nan)

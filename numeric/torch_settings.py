"""Settings of torch.optim.SGD as a user has them, and the two-step method that they are.

The map, exact for every minibatch sequence, is derived in `symbolic.torch_sgd`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from numeric.batch import minibatches
from numeric.compiled import numpy_function
from numeric.iterates import NeuronGradient, stacked
from numeric.problems import Problem, Start
from symbolic import torch_sgd
from symbolic.console import UserError
from symbolic.symbols import MU, SAMPLES
from symbolic.torch_sgd import DAMPENING, LOSS_NAMES, POINT, RATE, STEP_GRADIENT
from symbolic.two_step import METHODS, TwoStepMethod

_ETA = numpy_function((RATE, DAMPENING), torch_sgd.learning_rate())
_BEFORE = numpy_function((POINT, STEP_GRADIENT, RATE, DAMPENING, MU), torch_sgd.before_start())
_FACTORS = {name: numpy_function((SAMPLES,), torch_sgd.loss_factor(name)) for name in LOSS_NAMES}

EXAMPLE = "lr=0.01,momentum=0.9,dampening=0.1"
#: Arguments of torch.optim.SGD that change how it computes and not what.
_IRRELEVANT = ("foreach", "fused", "differentiable")


@dataclass(frozen=True)
class TorchSettings:
    """Arguments of torch.optim.SGD, and the loss that it is given.

    Parameters
    ----------
    lr, momentum, dampening, nesterov
        As torch has them.
    loss
        What the loss of a step on b rows with residuals r is: ``half-mean`` |r|^2/(2b), ``mean``
        |r|^2/b (torch.nn.MSELoss), ``sum`` |r|^2 or ``half-sum`` |r|^2/2.

    Raises
    ------
    UserError
        For settings that torch refuses, or that are no two-step method with momentum below 1.
    """

    lr: float
    momentum: float = 0.0
    dampening: float = 0.0
    nesterov: bool = False
    loss: str = LOSS_NAMES[0]

    def __post_init__(self) -> None:
        if not (np.isfinite(self.lr) and self.lr > 0):
            raise _refusal("a positive finite lr", f"lr={self.lr}", "choose for instance lr=0.01")
        if not 0 <= self.momentum < 1:
            raise _refusal(
                "a momentum in [0, 1)", f"momentum={self.momentum}", "choose for instance 0.9"
            )
        if not np.isfinite(self.dampening):
            raise _refusal("a finite dampening", f"dampening={self.dampening}", "leave it out")
        if self.nesterov and not (self.momentum > 0 and self.dampening == 0):
            raise _refusal(
                "nesterov with a momentum above 0 and dampening 0, as torch requires",
                f"momentum={self.momentum:g}, dampening={self.dampening:g}",
                "leave nesterov or dampening out",
            )
        if self.momentum > 0 and self.dampening >= 1:
            raise _refusal(
                "a dampening below 1, for a learning rate (1 - dampening) lr above 0",
                f"dampening={self.dampening:g}",
                "use a smaller dampening",
            )
        if self.loss not in LOSS_NAMES:
            raise _refusal(f"loss={'|'.join(LOSS_NAMES)}", repr(self.loss), "see --help")

    @classmethod
    def parse(cls, text: str) -> TorchSettings:
        """Return the settings written as ``lr=0.01,momentum=0.9,nesterov``.

        Raises
        ------
        UserError
            For unknown, repeated or malformed settings, for weight decay and for maximisation.
        """
        given: dict[str, Any] = {}
        for part in text.split(","):
            key, equals, value = (piece.strip() for piece in part.partition("="))
            if key not in _READERS:
                remedy = (
                    f"leave {key} out: it changes how torch computes, not what"
                    if key in _IRRELEVANT
                    else f"write for instance --torch {EXAMPLE}"
                )
                raise _refusal(f"--torch {', '.join(_READERS)}", repr(part), remedy)
            if key in given:
                raise _refusal(f"{key} once", f"{key} twice in {text!r}", "leave one out")
            given[key] = _READERS[key](key, value if equals else None)
        if "lr" not in given:
            raise _refusal(
                "--torch with lr=NUMBER", repr(text), f"write for instance --torch {EXAMPLE}"
            )
        # Read for the sake of being refused where they are not what torch does by default.
        given.pop("weight_decay", None)
        given.pop("maximize", None)
        return cls(**given)

    def __str__(self) -> str:
        """Return the settings as text that `parse` reads."""
        return (
            f"lr={self.lr!r},momentum={self.momentum!r},dampening={self.dampening!r},"
            f"nesterov={str(self.nesterov).lower()},loss={self.loss}"
        )

    @property
    def family(self) -> str:
        """The method of the two-step family: gd without momentum, hb, or nag."""
        if self.momentum == 0:
            return "gd"
        return "nag" if self.nesterov else "hb"

    @property
    def method(self) -> TwoStepMethod:
        """The member of the two-step family, with numbers for momentum and look-ahead."""
        return METHODS[self.family].with_momentum(self.momentum)

    def rate(self, rows: int) -> float:
        """Return torch's lr for the loss |X theta - y|^2/(2 rows) instead of ``loss``."""
        return self.lr * float(_FACTORS[self.loss](rows))

    def learning_rate(self, rows: int) -> float:
        """Return eta of the two-step method for steps on ``rows`` rows."""
        rate = self.rate(rows)
        # Without momentum torch has no buffer, and dampening does nothing.
        return float(_ETA(rate, self.dampening)) if self.momentum > 0 else rate

    def before(
        self, problem: Problem, start: Start, *, batch: int | None = None, seed: int = 0
    ) -> Start | None:
        """Return x_{-1}, which stands for the undamped first step; None for a start at rest.

        Parameters
        ----------
        problem, start
            Data and u, v of shape (d,).
        batch, seed
            Rows of a minibatch (None: all) and the seed that draws them, as for training: the
            velocity is along the gradient of the first step.

        Raises
        ------
        UserError
            Where a neuron of x_{-1} is exactly zero or out of the range of float64.
        """
        if self.momentum == 0 or self.dampening == 0:
            return None
        start.require_dimension(problem.d)
        _require_rows(problem, batch)
        rows = next(minibatches(problem.n, batch, seed))
        X, y = (problem.X, problem.y) if rows is None else (problem.X[rows[0]], problem.y[rows[0]])
        x = stacked(start.u, start.v)
        slope = NeuronGradient(X, y)(x)
        rate = self.rate(problem.n if batch is None else batch)
        with np.errstate(over="ignore", invalid="ignore"):
            before = _BEFORE(x, slope, rate, self.dampening, self.momentum)
        if not (np.isfinite(before).all() and before.all()):
            raise _refusal(
                "x[-1] = x[0] + dampening lr grad/momentum finite and without a zero entry",
                f"an entry {before[~np.isfinite(before) | (before == 0)][0]:g}",
                "change lr, or use another momentum or none",
            )
        return Start(*before)


def _require_rows(problem: Problem, batch: int | None) -> None:
    if batch is not None and not 1 <= batch <= problem.n:
        raise UserError(
            expected=f"a minibatch of 1 to {problem.n} rows",
            received=f"{batch}",
            remedy="choose 1",
        )


def describe(settings: TorchSettings, mu: float, kappa: float, eta: float, moving: bool) -> str:
    """Return one line that says which two-step method the settings are."""
    shown = f"lr={settings.lr:g}, momentum={settings.momentum:g}, dampening={settings.dampening:g}"
    start = (
        "a start with velocity, x[-1] = x[0] + dampening lr grad/momentum"
        if moving
        else "a start at rest, x[-1] = x[0]"
    )
    held = "; torch holds the look-ahead points y[k]" if settings.nesterov else ""
    return (
        f"SGD({shown}, nesterov={settings.nesterov}) on the loss {settings.loss} is "
        f"mu={mu:g}, kappa={kappa:g}, eta={eta:g}, {start}{held}"
    )


# --- Reading --------------------------------------------------------------------------------------


def _number(key: str, text: str | None) -> float:
    try:
        return float(text or "")
    except ValueError:
        raise _refusal(
            f"{key}=NUMBER", key if text is None else f"{key}={text}", f"write {key}=0.01"
        ) from None


def _flag(key: str, text: str | None) -> bool:
    values = {None: True, "true": True, "false": False, "1": True, "0": False}
    word = None if text is None else text.lower()
    if word not in values:
        raise _refusal(f"{key} or {key}=true|false", f"{key}={text}", f"write {key} alone")
    return values[word]


def _word(key: str, text: str | None) -> str:
    return text or ""


def _only_zero(key: str, text: str | None) -> float:
    if _number(key, text) != 0:
        raise _refusal(
            f"{key}=0", f"{key}={text}", "the theorem needs the plain loss: leave it out"
        )
    return 0.0


def _only_false(key: str, text: str | None) -> bool:
    if _flag(key, text):
        raise _refusal(
            f"{key}=false", f"{key}=true", "the theorem needs descent on the loss: leave it out"
        )
    return False


_READERS: dict[str, Callable[[str, str | None], Any]] = {
    "lr": _number,
    "momentum": _number,
    "dampening": _number,
    "nesterov": _flag,
    "weight_decay": _only_zero,
    "maximize": _only_false,
    "loss": _word,
}


def _refusal(expected: str, received: str, remedy: str) -> UserError:
    return UserError(expected=expected, received=received, remedy=remedy)

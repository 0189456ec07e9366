"""One dataset, one method: the trained limit beside every prediction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from numeric.compiled import numeric_method
from numeric.convergence import small_parameter
from numeric.prediction import Prediction, Run
from numeric.predictions import NEXT_ORDER, predictions
from numeric.problems import Problem, Start
from numeric.torch_settings import TorchSettings, describe
from numeric.training import Diverged, Trained, train
from symbolic.console import UserError
from symbolic.regression import loss
from symbolic.two_step import METHODS, TwoStepMethod

#: Methods of the command; those that train on minibatches name their full-batch relative.
FULL_BATCH = {"gd": "gd", "hb": "hb", "nag": "nag"}
MINIBATCH = {"sgd": "gd", "shb": "hb", "snag": "nag"}
#: Name of a run with torch's settings.
TORCH = "torch.optim.SGD"
#: Above this small parameter, first-order predictions need not hold.
SMALL = 0.1


@dataclass(frozen=True, eq=False)
class Comparison:
    """A trained limit beside its predictions.

    ``small_parameter`` is None for a run that did not arrive; ``mu`` and ``kappa`` are the
    coefficients of the recursion, ``batch`` the rows of a minibatch (None: all rows), ``before``
    the iterate before the start (None: the start itself) and ``torch`` the settings that all these
    come from, if they do.
    """

    problem: Problem
    start: Start
    method: str
    learning_rate: float
    mu: float
    kappa: float
    batch: int | None
    seed: int
    trained: Trained
    predictions: dict[str, Prediction]
    small_parameter: float | None
    before: Start | None = None
    torch: TorchSettings | None = None

    @property
    def mapping(self) -> str:
        """Which two-step method torch's settings are; empty for other runs."""
        if self.torch is None:
            return ""
        moving = self.before is not None
        return describe(self.torch, self.mu, self.kappa, self.learning_rate, moving)

    @property
    def distances(self) -> dict[str, float | None]:
        """|theta - prediction|_2 by name; None throughout for a run that did not converge."""
        theta = self.trained.theta
        return {
            name: prediction.distance(theta) if self.trained.converged else None
            for name, prediction in self.predictions.items()
        }

    @property
    def loss(self) -> float:
        """|X theta - y|^2/(2n) at the end."""
        return float(loss(self.problem.X, self.problem.y, self.trained.theta))

    @property
    def notices(self) -> tuple[str, ...]:
        """What the reader has to know, one sentence each."""
        notes = list(self.problem.notices)
        if self.trained.converged:
            notes += [
                f"{name} could not be computed: {prediction.refused}"
                for name, prediction in self.predictions.items()
                if prediction.theta is None
            ]
        if self.small_parameter is not None and self.small_parameter > SMALL:
            shown = [name for name in ("theorem3", "mgf") if name in self.predictions]
            which = f" ({', '.join(shown)})" if shown else ""
            further = [name for name in NEXT_ORDER if name in self.predictions]
            beyond = f", nor need the next order ({', '.join(further)})" if further else ""
            notes.append(
                f"the small parameter eta/(1-mu)^2 lambda_max is {self.small_parameter:.3g}, above "
                f"{SMALL}: first-order predictions{which} need not hold here{beyond}"
            )
        return (*notes, *arrival(self.trained))

    def as_json(self) -> dict[str, Any]:
        """Return the result with the keys of the command's contract and a few more."""
        star = self.problem.theta_star
        trained, before = self.trained, self.before
        gap = None
        if star is not None and trained.converged:
            gap = float(np.linalg.norm(trained.theta - star))
        return {
            "theta": trained.theta,
            "predictions": self._predictions_as_json(),
            "xi_initial": self.start.xi,
            "xi_final": trained.xi,
            "loss": self.loss,
            "iterations": trained.steps,
            "converged": trained.converged,
            "small_parameter": self.small_parameter,
            "status": trained.status,
            "tol": trained.tol,
            "residual": trained.residual,
            "distance_to_theta_star": gap,
            "data": {"name": self.problem.name, "n": self.problem.n, "d": self.problem.d},
            "method": {
                "name": self.method,
                "learning_rate": self.learning_rate,
                "mu": self.mu,
                "kappa": self.kappa,
                "batch": self.batch,
                "seed": self.seed,
                "before": None if before is None else {"u": before.u, "v": before.v},
                "torch": None if self.torch is None else asdict(self.torch),
            },
            "notices": list(self.notices),
        }

    def _predictions_as_json(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {
            name: {
                "theta": prediction.theta,
                "distance": self.distances[name],
                "uses_path": prediction.uses_path,
                "assumes": prediction.assumes,
            }
            for name, prediction in self.predictions.items()
        }
        # Rounding of the sums, and what it makes of theta: nothing else parts exact from the run.
        found["exact"]["excess_error"] = self.trained.excess_error
        found["exact"]["rounding_bound"] = self.predictions["exact"].rounding
        return found


def compare(
    problem: Problem,
    start: Start,
    method: str,
    learning_rate: float,
    *,
    momentum: float = 0.0,
    batch: int | None = None,
    seed: int = 0,
    tol: float | None = None,
    max_steps: int = 1_000_000,
) -> Comparison:
    """Train once and compute every prediction for that run.

    Parameters
    ----------
    problem, start
        Data and u, v of shape (d,).
    method
        ``gd``, ``hb``, ``nag``, or on minibatches ``sgd``, ``shb``, ``snag``.
    learning_rate, momentum
        eta for the loss |X theta - y|^2/(2n), and mu in [0, 1), 0 for gd and sgd.
    batch
        Rows of a minibatch, by default 1; for the minibatch methods only.
    seed, tol, max_steps
        As for `numeric.training.train`.

    Raises
    ------
    UserError
        For values out of range; `numeric.training.Diverged` if the run blows up.
    """
    run, batch = run_of(method, learning_rate, momentum=momentum, batch=batch)
    return _trained(problem, start, method, run, batch, seed, tol, max_steps)


def run_of(
    method: str, learning_rate: float, *, momentum: float = 0.0, batch: int | None = None
) -> tuple[Run, int | None]:
    """Return what is to be run, and the rows of its minibatches; see `compare`."""
    name, batch = _full_batch_name(method, batch)
    if not 0 <= momentum < 1:
        raise UserError(
            expected="a momentum in [0, 1)",
            received=f"{momentum}",
            remedy="choose for instance 0.9",
        )
    if name == "gd" and momentum != 0:
        raise UserError(
            expected=f"momentum 0 for {method}",
            received=f"{momentum}",
            remedy="use hb or nag (shb or snag on minibatches) for momentum",
        )
    mu, kappa = numeric_method(METHODS[name], momentum)
    return Run(name, mu, kappa, learning_rate, minibatch=batch is not None), batch


def compare_torch(
    problem: Problem,
    start: Start,
    settings: TorchSettings,
    *,
    batch: int | None = None,
    seed: int = 0,
    tol: float | None = None,
    max_steps: int = 1_000_000,
) -> Comparison:
    """Do the same for torch.optim.SGD with its own settings; see `compare`.

    ``batch`` rows make a minibatch; None trains on all rows.
    """
    run = run_of_torch(problem, start, settings, batch=batch, seed=seed)
    with in_words_of_torch(settings, run.eta):
        found = _trained(problem, start, TORCH, run, batch, seed, tol, max_steps)
    return replace(found, torch=settings)


def run_of_torch(
    problem: Problem, start: Start, settings: TorchSettings, *, batch: int | None, seed: int
) -> Run:
    """Return what is to be run with torch's settings; see `compare_torch`."""
    mu, kappa = numeric_method(METHODS[settings.family], settings.momentum)
    eta = settings.learning_rate(problem.n if batch is None else batch)
    before = settings.before(problem, start, batch=batch, seed=seed)
    return Run(settings.family, mu, kappa, eta, minibatch=batch is not None, before=before)


@contextmanager
def in_words_of_torch(settings: TorchSettings, eta: float) -> Iterator[None]:
    """Let a run that blows up say which ``lr`` stays bounded."""
    try:
        yield
    except Diverged as error:
        raise _in_words_of_torch(error, settings, eta) from None


def _in_words_of_torch(error: Diverged, settings: TorchSettings, eta: float) -> Diverged:
    # eta is in proportion to lr. A smaller lr also makes the velocity of the start smaller.
    remedy = "use a much smaller lr"
    if error.bounded is not None:
        rate = settings.lr * error.bounded / eta
        remedy = f"use lr={rate:.6g}, for the first halving of eta that stays bounded"
    words = Diverged(
        expected=error.expected, received=f"{error.received} (both are eta)", remedy=remedy
    )
    words.step, words.limit, words.bounded = error.step, error.limit, error.bounded
    return words


def _trained(
    problem: Problem,
    start: Start,
    method: str,
    run: Run,
    batch: int | None,
    seed: int,
    tol: float | None,
    max_steps: int,
) -> Comparison:
    mu, kappa, eta = run.mu, run.kappa, run.eta
    at = TwoStepMethod(method, mu, kappa)
    trained = train(
        problem,
        start,
        at,
        eta,
        before=run.before,
        tol=tol,
        max_steps=max_steps,
        batch=batch,
        seed=seed,
    )
    size = None
    if trained.converged:
        run = replace(run, trained=trained)
        size = small_parameter(problem, trained.u, trained.v, eta, mu)
    found = predictions(problem, start, run)
    return Comparison(
        *(problem, start, method, eta, mu, kappa, batch, seed, trained, found, size),
        before=run.before,
    )


def arrival(trained: Trained) -> tuple[str, ...]:
    """Return the notice that a run did not arrive; nothing for one that did."""
    if trained.stalled:
        return (
            f"stalled: rounding keeps the residual at {trained.residual:.2g}, above the "
            f"tolerance {trained.tol:.2g}; leave --tol out or raise it",
        )
    if trained.converged:
        return ()
    return (
        f"not converged after {trained.steps} steps, residual {trained.residual:.2g}; raise "
        "--max-steps or the learning rate",
    )


def _full_batch_name(method: str, batch: int | None) -> tuple[str, int | None]:
    if method in MINIBATCH:
        return MINIBATCH[method], 1 if batch is None else batch
    if method not in FULL_BATCH:
        raise UserError(
            expected=f"one of {', '.join([*FULL_BATCH, *MINIBATCH])}",
            received=repr(method),
            remedy="see --help for what they are",
        )
    if batch is not None:
        raise UserError(
            expected=f"--batch only with {', '.join(MINIBATCH)}",
            received=f"--batch {batch} with {method}",
            remedy=f"use s{method} or leave --batch out",
        )
    return FULL_BATCH[method], None

"""One dataset, one method: which part of the trained limit's error is whose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from numeric.attribution import Attribution, Ingredients, attribute, squared_distance
from numeric.checks import Array
from numeric.compare import arrival
from numeric.prediction import Run
from numeric.problems import Problem, Start
from numeric.training import Diverged, Trained, train
from symbolic.console import UserError
from symbolic.two_step import METHODS, TwoStepMethod

#: What a run is held against.
REFERENCES = ("gradient-flow", "gd")


@dataclass(frozen=True, eq=False)
class AttributedRun:
    """A trained run, its reference, and the parts of the difference between their limits.

    ``other`` is the trained reference, None for gradient flow; ``attribution`` of
    D(., theta*) = |. - theta*|_2^2 is None if either run did not arrive.
    """

    problem: Problem
    start: Start
    method: str
    run: Run
    batch: int | None
    seed: int
    against: str
    trained: Trained
    other: Trained | None
    attribution: Attribution | None

    @property
    def converged(self) -> bool:
        """Whether the run, and its reference if that is a run, arrived."""
        return self.attribution is not None

    @property
    def norm(self) -> Attribution | None:
        """The attribution of |theta|_1."""
        return None if self.attribution is None else self.attribution.of(_one_norm)

    @property
    def distances(self) -> dict[str, float]:
        """|theta - minimiser|_2 of the run and of its trained reference: they are the same."""
        if self.attribution is None:
            return {}
        runs = {"run": self.trained, "reference": self.other}
        minimisers = {"run": self.attribution.limit, "reference": self.attribution.base}
        return {
            name: float(np.linalg.norm(trained.theta - minimisers[name]))
            for name, trained in runs.items()
            if trained is not None
        }

    @property
    def notices(self) -> tuple[str, ...]:
        """What the reader has to know, one sentence each."""
        notes = [*self.problem.notices, *arrival(self.trained)]
        if self.other is not None:
            notes += [f"the reference, {self.against}: {note}" for note in arrival(self.other)]
        return tuple(notes)

    def as_json(self) -> dict[str, Any]:
        """Return the result with the keys of the command's contract; no parts without arrival."""
        run, parts, norm = self.run, self.attribution, self.norm
        return {
            "converged": self.converged,
            "against": self.against,
            **(_as_json(parts) if parts is not None else dict.fromkeys(_KEYS)),
            "log_scale": None if parts is None else parts.log_scale,
            "one_norm": None if norm is None else _as_json(norm),
            "distance_to_trained": self.distances.get("run"),
            "reference_distance_to_trained": self.distances.get("reference"),
            "theta": self.trained.theta,
            "status": self.trained.status,
            "iterations": self.trained.steps,
            "tol": self.trained.tol,
            "data": {"name": self.problem.name, "n": self.problem.n, "d": self.problem.d},
            "method": {
                "name": self.method,
                "learning_rate": run.eta,
                "mu": run.mu,
                "kappa": run.kappa,
                "batch": self.batch,
                "seed": self.seed,
            },
            "notices": list(self.notices),
        }


_KEYS = ("total", "parts", "spread", "reference", "final")


def _as_json(attribution: Attribution) -> dict[str, Any]:
    return {key: getattr(attribution, key) for key in _KEYS}


def _one_norm(theta: Array) -> float:
    return float(np.abs(theta).sum())


def attributed_run(
    problem: Problem,
    start: Start,
    method: str,
    run: Run,
    *,
    batch: int | None = None,
    seed: int = 0,
    against: str = "gradient-flow",
    tol: float | None = None,
    max_steps: int = 1_000_000,
) -> AttributedRun:
    """Train a run, and its reference where that is one, and split the difference of their limits.

    Parameters
    ----------
    problem, start
        Data with theta_star, and u, v of shape (d,).
    method, run, batch
        What to call it; `numeric.compare.run_of` makes the others.
    against
        ``gradient-flow`` from the same start at rest, or ``gd``: gradient descent from there at the
        same learning rate and on the same minibatches.
    seed, tol, max_steps
        As for `numeric.training.train`, of both runs.

    Raises
    ------
    UserError
        If theta* is unknown, ``against`` is none of these, or a neuron was zero on the way;
        `numeric.training.Diverged` if the run blows up.
    """
    if against not in REFERENCES:
        raise UserError(
            expected=f"--against {'|'.join(REFERENCES)}",
            received=repr(against),
            remedy="see --help for what they are",
        )
    squared_distance(problem)  # before any training: is theta* known?
    settings = {"batch": batch, "seed": seed, "tol": tol, "max_steps": max_steps}
    at = TwoStepMethod(method, run.mu, run.kappa)
    trained = train(problem, start, at, run.eta, before=run.before, **settings)
    other, attribution = None, None
    if trained.converged and against == "gd":
        try:
            other = train(problem, start, METHODS["gd"].with_momentum(0), run.eta, **settings)
        except Diverged as error:
            raise UserError(
                expected=f"a reference, {against}, that stays bounded",
                received=error.received,
                remedy="use a smaller learning rate or --against gradient-flow",
            ) from None
    if trained.converged and (other is None or other.converged):
        base = Ingredients.of_start(start)
        if other is not None:
            base = Ingredients.of_run(start, other.sums, 0.0)
        own = Ingredients.of_run(start, trained.sums, run.mu, run.before)
        attribution = attribute(problem, base, own)
    return AttributedRun(
        *(problem, start, method, run, batch, seed, against, trained, other, attribution)
    )

"""What a theory predicts of a run, and what it has to know of that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from numeric.problems import Array, Start
from numeric.training import Trained
from symbolic.console import UserError


@dataclass(frozen=True, eq=False)
class Prediction:
    """What a theory predicts.

    Parameters
    ----------
    theta
        The predicted limit, shape (d,); None where it could not be computed.
    uses_path
        Whether it takes a sum along the run itself, so that it explains rather than forecasts.
    assumes
        What it takes for granted, in a few words.
    refused
        Why theta is None.
    rounding
        How far from the trained limit rounding alone may put it (|.|_2, to first order), where
        nothing else can.
    """

    theta: Array | None
    uses_path: bool
    assumes: str
    refused: str = ""
    rounding: float | None = None

    def distance(self, theta: Array) -> float | None:
        """Return |theta - prediction|_2, None where there is no prediction."""
        return None if self.theta is None else float(np.linalg.norm(theta - self.theta))


@dataclass(frozen=True, eq=False)
class Run:
    """What the theories have to know of a run.

    Parameters
    ----------
    family
        gd, hb or nag.
    mu, kappa, eta
        The recursion.
    minibatch
        Whether its gradients are those of minibatches.
    before
        x_{-1}, along the gradient of the first step from the start; None for a start at rest.
    trained
        Its end, or None if it did not arrive: what takes sums along the run is then refused.
    """

    family: str
    mu: float
    kappa: float
    eta: float
    minibatch: bool = False
    before: Start | None = None
    trained: Trained | None = None

    @property
    def arrived(self) -> Trained:
        """The end of the run.

        Raises
        ------
        UserError
            If it did not converge.
        """
        if self.trained is None:
            raise UserError(
                expected="a run that converged", received="its first part", remedy="train longer"
            )
        return self.trained


def attempt(compute: Callable[[], Array], uses_path: bool, assumes: str) -> Prediction:
    """Return what ``compute`` predicts, or why it cannot."""
    try:
        return Prediction(compute(), uses_path, assumes)
    except UserError as error:
        return Prediction(None, uses_path, assumes, refused=str(error))

"""Paired comparisons over data sets, with intervals that hold for many settings at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from numeric.checks import Array
from numeric.stochastic_runs import simultaneous_quantile

#: Confidence of the intervals of all settings together.
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Effect:
    """The mean of paired differences over data sets.

    Parameters
    ----------
    mean
        Mean difference; of logarithms, the logarithm of a mean ratio.
    low, high
        Ends of its interval.
    datasets
        Pairs that were compared.
    positive
        Pairs with a difference above zero.
    """

    mean: float
    low: float
    high: float
    datasets: int
    positive: int

    @property
    def above(self) -> bool:
        """Whether the whole interval is above zero."""
        return self.low > 0

    @property
    def below(self) -> bool:
        """Whether the whole interval is below zero."""
        return self.high < 0


def paired_effect(
    differences: Array, settings: int = 1, confidence: float = CONFIDENCE
) -> Effect | None:
    """Return the mean of paired differences with its interval by Student's t.

    The interval is Bonferroni's: with probability ``confidence`` those of all ``settings`` that are
    tried hold together, so one of them may be picked after looking.

    Parameters
    ----------
    differences
        One a data set, shape (N,).
    settings
        How many intervals are to hold at once.
    confidence
        Of all of them together.

    Returns
    -------
    Effect | None
        None where a difference is not finite (a run without a limit) or fewer than two are given:
        such a setting is not compared.
    """
    differences = np.asarray(differences, dtype=float)
    count = len(differences)
    if count < 2 or not np.isfinite(differences).all():
        return None
    mean = float(differences.mean())
    # t such that |mean - truth| <= t s/sqrt(N) except with probability (1 - confidence)/settings.
    quantile = simultaneous_quantile(count, settings, 1 - confidence)
    half = quantile * float(differences.std(ddof=1)) / np.sqrt(count)
    return Effect(mean, mean - half, mean + half, count, int((differences > 0).sum()))

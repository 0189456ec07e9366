"""Intervals of paired effects: Student's, wider for more settings, silent without a limit."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from numeric.paired_statistics import paired_effect


def test_one_setting_is_student_s_interval() -> None:
    x = np.random.default_rng(0).normal(0.3, 1.0, size=12)
    effect = paired_effect(x)
    assert effect is not None
    low, high = stats.ttest_1samp(x, 0.0).confidence_interval(0.95)
    assert (effect.low, effect.high) == pytest.approx((low, high))
    assert effect.positive == int((x > 0).sum())
    assert effect.datasets == 12


def test_more_settings_make_wider_intervals() -> None:
    x = np.random.default_rng(1).normal(size=8)
    widths = []
    for settings in (1, 10, 100):
        effect = paired_effect(x, settings)
        assert effect is not None
        widths.append(effect.high - effect.low)
    assert widths == sorted(widths)
    assert widths[0] < widths[-1]


def test_intervals_hold_together_as_often_as_they_say() -> None:
    random, settings, rounds = np.random.default_rng(2), 20, 400
    held = 0
    for _ in range(rounds):
        effects = [paired_effect(random.normal(size=6), settings) for _ in range(settings)]
        held += all(e is not None and e.low <= 0 <= e.high for e in effects)
    # Binomial with at least 0.95: four standard deviations below are 0.906.
    assert held / rounds > 0.906


@pytest.mark.parametrize("values", [[0.1, np.nan, 0.2], [0.1, np.inf], [0.5], []])
def test_what_has_no_limit_is_not_compared(values: list[float]) -> None:
    assert paired_effect(np.array(values)) is None

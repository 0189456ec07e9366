"""The excesses in float64 against their formulas to many digits, within the bounds stated."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from numeric import kernel
from numeric.compiled import mpmath_function
from numeric.excesses import UNIT, UNITS_A_STEP, excess_error, step_excesses
from symbolic import discrete_theorem as theorem
from symbolic.symbols import KAPPA, MU

ROOT = Path(__file__).resolve().parent.parent
#: The smallest difference of float64 numbers: what a result loses that underflows.
UNDERFLOW = 2.0**-1074
#: t = z - 1 from 1e-300 to 1e3, of both signs; between -1/8 and 1/8 no logarithm is taken.
SWEEP = [sign * t for t in np.geomspace(1e-300, 1e3, 400) for sign in (1.0, -1.0)]
CLOSE = [0.125, -0.125, 0.12500001, -0.12500001, -1 + 2.0**-53, -1 - 2.0**-52, -1.5, -2.0]
#: Digits at which (1 + t) - 1 - ln(1 + t) is good to twenty for t = 1e-300.
DIGITS = 640


@cache
def exact_divergence() -> Any:
    return mpmath_function((theorem.NEXT,), theorem.itakura_saito(theorem.NEXT))


@cache
def exact_excess() -> Any:
    """Return e_k by x_{k-1}, x_k, y_k, x_{k+1}, mu and kappa, y_k being free."""
    ratios = theorem.ratios()
    now, ahead = theorem.NOW, theorem.LOOK_AHEAD
    by_iterates = {
        theorem.AHEAD: ahead / now,
        theorem.DRIFT: ratios[theorem.DRIFT],
        theorem.BACK: ratios[theorem.BACK],
    }
    stated = theorem.EXCESS.xreplace(by_iterates)
    stated = stated.replace(theorem.DIVERGENCE, theorem.itakura_saito)
    return mpmath_function((theorem.PREVIOUS, now, ahead, theorem.NEXT, MU, KAPPA), stated)


def divergence_error(found: float, t: float) -> tuple[float, float]:
    """Return |found - r(1 + t)| and the bound of it for an exact t."""
    with mpmath.workdps(DIGITS):
        z = 1 + mpmath.mpf(t)
        exact = exact_divergence()(z)
        logarithm = abs(mpmath.log(abs(z)))
        error = abs(mpmath.mpf(found) - exact)
        if abs(t) <= kernel.NEAR:
            # Six units, relative to a result that does not cancel.
            return float(error), float(6 * UNIT * exact) + 2 * UNDERFLOW
        # A logarithm to one ulp, two units, of 1 + t to one unit; and one difference.
        return float(error), float(UNIT * (2 * logarithm + abs(exact) + 1))


@pytest.mark.parametrize("ts", [SWEEP, CLOSE], ids=["sweep", "edges"])
def test_divergence_is_accurate_near_1_and_far_away(ts: list[float]) -> None:
    for t in ts:
        error, bound = divergence_error(kernel.divergence(t), t)
        assert error <= bound, t


def test_without_the_series_the_small_ones_are_lost() -> None:
    naive = {t: t - np.log1p(t) for t in SWEEP if abs(t) < 1e-3}
    lost = [t for t, found in naive.items() if not np.less_equal(*divergence_error(found, t))]
    assert len(lost) > len(naive) / 3


def test_the_series_is_long_enough_and_not_longer_than_needed() -> None:
    with mpmath.workdps(40):
        s = mpmath.mpf(kernel.NEAR) / (2 - mpmath.mpf(kernel.NEAR))
        assert s == mpmath.mpf(1) / 15
        # r = t s - 2 (s^3/3 + ...) and t s > 2 s^2: terms relative to that.
        left_out = [2 * s ** (2 * j + 1) / (2 * j + 1) / (2 * s**2) for j in (6, 7)]
        assert left_out[1] < mpmath.mpf(2) ** -54 < left_out[0] * 1000


SIGNED = st.builds(lambda a, s: a * s, st.floats(0.05, 20.0), st.sampled_from([1.0, -1.0]))
CLOSE_BY = st.builds(
    lambda e, s: 1 + s * 10.0**e, st.floats(-16.0, -0.5), st.sampled_from([1.0, -1.0])
)
RATIOS = st.one_of(CLOSE_BY, SIGNED)


@given(
    now=SIGNED,
    back=RATIOS,
    forth=RATIOS,
    mu=st.one_of(st.just(0.0), st.floats(0.01, 0.99)),
    kappa=st.one_of(st.just(0.0), st.floats(-0.9, 1.9)),
    nesterov=st.booleans(),
)
def test_excess_is_within_its_bound(
    now: float, back: float, forth: float, mu: float, kappa: float, nesterov: bool
) -> None:
    kappa = mu if nesterov else kappa
    before, after = now * back, now * forth
    ahead = now + kappa * (now - before)
    drift = now + mu * (now - before)
    assume(min(abs(ahead), abs(drift)) > 1e-9)
    value, bound, miss = kernel.excess(before, now, ahead, after, mu, kappa)
    with mpmath.workdps(60):
        exact = exact_excess()(*map(mpmath.mpf, (before, now, ahead, after, mu, kappa)))
        error = abs(exact - mpmath.mpf(value))
    assert error <= bound * UNIT
    p = now - before
    ratios = (p / now, now / after, now / ahead, now / drift, ahead / after)
    assert miss == pytest.approx(max(map(abs, ratios)), rel=1e-12)
    if max(abs(after - ahead) / abs(ahead), abs((mu - kappa) * p / ahead), abs(p / now)) < 0.12:
        # A step near 1: the vectorised form, and the flat bound of such a step.
        out = np.empty(1)
        three = [np.array([x]) for x in (before, now, ahead, after)]
        kernel.near_excesses(*three, mu, kappa, out)
        with mpmath.workdps(60):
            assert abs(exact - mpmath.mpf(out[0])) <= UNITS_A_STEP * UNIT
        # Nothing cancels: relative to the terms, the error is a few units as well. What y_k
        # lost in rounding enters by the slope of r.
        assert abs(out[0] - value) <= 2 * bound * UNIT
        assert miss < kernel.NO_NEAR_MISS


def test_the_bound_notices_a_term_too_few() -> None:
    value, bound, _ = kernel.excess(1.0, 1.1, 1.15, 1.3, 0.9, 0.5)
    dropped = value - 0.9 * kernel.divergence(1.0 / 1.1 - 1)
    with mpmath.workdps(40):
        exact = exact_excess()(*map(mpmath.mpf, (1.0, 1.1, 1.15, 1.3, 0.9, 0.5)))
        assert abs(exact - value) <= bound * UNIT < abs(exact - dropped) / 1e6


@pytest.mark.parametrize(
    ("before", "now", "after", "mu", "kappa"),
    [
        (1.0, 0.5, 0.0, 0.5, 0.0),  # x_{k+1} = 0
        (1.0, 0.0, 0.5, 0.5, 0.0),  # x_k = 0
        (2.0, 1.0, 0.5, 0.5, 1.0),  # y_k = 0
        (3.0, 1.0, 0.5, 0.5, 0.0),  # m_k = 0
        (1.0, 1.0, 1e-310, 0.5, 0.0),  # too small for products
    ],
)
def test_zeros_have_no_excess(
    before: float, now: float, after: float, mu: float, kappa: float
) -> None:
    ahead = now + kappa * (now - before)
    value, bound, miss = kernel.excess(before, now, ahead, after, mu, kappa)
    assert np.isnan(value)
    assert bound == miss == np.inf
    assert np.isnan(step_excesses([before], [now], [after], mu, kappa)).all()


def test_the_bound_of_a_run_is_that_of_its_worst_coordinate() -> None:
    bounds = np.array([[1.0, 10.0, 3.0], [2.0, 20.0, 4.0]])
    assert excess_error(bounds, 100, 0.5) == (30 + 8 * 100) * 2.0**-53 / 0.5


def test_functions_that_cannot_be_cached_are_compiled_all_the_same() -> None:
    # No file: Numba refuses to cache, as it does where no folder can be written to.
    space: dict[str, Any] = {}
    exec("def double(x):\n    return 2.0 * x", space)
    with pytest.raises(RuntimeError, match="cannot cache"):
        kernel.numba.njit(space["double"], cache=True)
    assert kernel.compiled(space["double"])(1.5) == 3.0


def test_numba_is_imported_by_the_first_run_only() -> None:
    code = (
        "import sys; import numeric.training, numeric.exact_limit, numeric.excesses\n"
        "assert 'numba' not in sys.modules\n"
        "import numeric\n"
        "m = numeric.METHODS['gd']\n"
        "numeric.train(numeric.small_problem(1, 2), numeric.Start.scaled(2, 0.5), m, 0.01)\n"
        "assert 'numba' in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()

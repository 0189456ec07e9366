"""Settings for the whole suite: Hypothesis profiles, and nothing may leak between tests."""

from __future__ import annotations

import os
from collections.abc import Iterator

# Before NumPy is first imported: one thread, so that numbers repeat and workers do not compete.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import flint
import mpmath
import pytest
from hypothesis import HealthCheck, settings

PROFILE_VARIABLE = "MIRRORCHECK_PROFILE"
PROFILES = ("ci", "dev", "thorough")

# No deadline anywhere: the first example of a test compiles formulas, the later ones do not.
settings.register_profile(
    "ci",
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow],
)
# Said outright: left out, it would depend on whether the variable CI is set.
settings.register_profile("dev", deadline=None, derandomize=False, max_examples=50, print_blob=True)
settings.register_profile(
    "thorough",
    deadline=None,
    derandomize=False,
    max_examples=500,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)


def pytest_configure(config: pytest.Config) -> None:
    """Load the profile that the environment names, `ci` unless told otherwise."""
    if config.getoption("hypothesis_profile", None):
        return
    name = os.environ.get(PROFILE_VARIABLE, "ci")
    if name not in PROFILES:
        raise pytest.UsageError(
            f"expected {PROFILE_VARIABLE} to be one of {', '.join(PROFILES)}; received {name!r}; "
            "unset it for ci"
        )
    settings.load_profile(name)


def _precisions() -> dict[str, int]:
    return {"mpmath.mp": mpmath.mp.prec, "mpmath.iv": mpmath.iv.prec, "flint": flint.ctx.prec}


@pytest.fixture(autouse=True)
def no_leaked_precision() -> Iterator[None]:
    """Fail a test that leaves a working precision changed; the tests after it would be others."""
    before = _precisions()
    yield
    after = _precisions()
    if after != before:
        mpmath.mp.prec = before["mpmath.mp"]
        mpmath.iv.prec = before["mpmath.iv"]
        flint.ctx.prec = before["flint"]
        pytest.fail(f"working precision in bits was {before}, is left as {after}: use workprec")

"""The suite's own settings do what they are there for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

CONFTEST = Path(__file__).with_name("conftest.py").read_text(encoding="utf-8")


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """An empty suite under the same settings."""
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    pytester.makeconftest(CONFTEST)
    return pytester


def test_leaked_precision_fails_only_the_test_that_leaks(suite: pytest.Pytester) -> None:
    leaks = ("mpmath.mp.dps = 50", "mpmath.mp.prec += 1", "mpmath.iv.dps = 30", "flint.ctx.dps = 9")
    tests = [f"def test_leak_{i}(): {leak}" for i, leak in enumerate(leaks)]
    tests.append("def test_after(): assert mpmath.mp.prec == 53")
    tests.append("def test_local():\n    with mpmath.workdps(50): pass")
    suite.makepyfile("\n".join(["import flint, mpmath", *tests]))
    result = suite.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=6, errors=4)


@pytest.mark.parametrize("profile", ["ci", "thorough"])
def test_profiles_have_no_deadline_and_ci_repeats(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, profile: str
) -> None:
    monkeypatch.setenv("MIRRORCHECK_PROFILE", profile)
    suite.makepyfile(
        "from hypothesis import settings\n"
        "def test_profile():\n"
        "    assert settings.default.deadline is None\n"
        f"    assert settings.default.derandomize is {profile == 'ci'}\n"
    )
    suite.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_unknown_profile_is_refused(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIRRORCHECK_PROFILE", "fast")
    result = suite.runpytest_subprocess()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*expected MIRRORCHECK_PROFILE to be one of*received 'fast'*"])


def test_no_test_at_all_is_a_failure(suite: pytest.Pytester) -> None:
    suite.makepyfile("def test_one(): pass")
    result = suite.runpytest_subprocess("-k", "nothing_is_called_so")
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED != 0


def test_this_run_has_no_deadline_and_one_thread() -> None:
    current = settings.default
    assert current is not None
    assert current.deadline is None
    assert os.environ["OPENBLAS_NUM_THREADS"] == "1"

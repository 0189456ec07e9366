"""`python -m symbolic` as a user meets it, and the `symbolic` package as a library."""

from __future__ import annotations

import doctest
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sympy as sp

import symbolic
from symbolic import elementary_differentials as ed
from symbolic.__main__ import as_json, main
from symbolic.console import UserError
from symbolic.derivation import derive
from symbolic.grammar import parse_expression
from symbolic.symbols import MU

ROOT = Path(__file__).resolve().parent.parent


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "symbolic", *arguments]
    settings = {"PATH": "", "PYTHONIOENCODING": "utf-8", **environment}
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, env=settings, check=False, timeout=120
    )


@pytest.mark.parametrize("name", ["gd", "hb", "nag"])
@pytest.mark.parametrize("style", ["text", "latex", "json"])
def test_every_method_in_every_format(
    name: str, style: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([name, "--format", style]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    if style == "json":
        assert json.loads(out)["method"] == name
    elif style == "latex":
        assert out.count(r"\[") == out.count(r"\]") == len(derive(name).steps)
        assert out.isascii()
    else:
        assert f"{len(derive(name).steps)}. " in out
        assert not any(line != line.rstrip() for line in out.splitlines())


def test_json_holds_exact_strings_that_read_back(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--mu", "mu", "--kappa", "mu/2", "--json", "-", "--order", "2"]) == 0
    out = json.loads(capsys.readouterr().out)
    inertia = parse_expression(out["inertia"]["exact"], names=("mu", "eta"))
    eta = sp.Symbol("eta", positive=True)
    assert sp.cancel(inertia - eta * (1 + MU**2) / (2 * (1 - MU))) == 0
    velocity = parse_expression(out["layer_velocity"]["exact"])
    assert sp.cancel(velocity - (MU - 1) / (1 + MU**2)) == 0
    assert [entry["power_of_eta"] for entry in out["slow_flow"]] == [0, 1, 2, 2]
    assert out["second_order_flow"]["exists"] is True


def test_json_file_and_text_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "nag.json"
    assert main(["nag", "--mu", "0.9", "--json", str(target)]) == 0
    assert "Coefficients" in capsys.readouterr().out
    out = json.loads(target.read_text())
    assert (out["mu"], out["kappa"]) == ("9/10", "9/10")
    assert out == as_json(derive(symbolic.NESTEROV.with_momentum(sp.Rational(9, 10)))) | {
        "method": "nag"
    }
    assert list(tmp_path.iterdir()) == [target]


def test_where_no_second_order_flow_exists_only_the_slow_flow_is_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--mu", "1/2", "--kappa", "2"]) == 0
    text = capsys.readouterr().out
    assert "No second-order flow exists" in text
    assert "slow flow" in text
    assert "x'(0)" not in text
    assert main(["--mu", "1/2", "--kappa", "2", "--json", "-"]) == 0
    out = json.loads(capsys.readouterr().out)
    assert out["layer_velocity"] is None
    assert out["second_order_flow"]["exists"] is False
    assert out["slow_flow"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["bogus"],
        [],
        ["--mu", "mu"],
        ["--kappa", "mu"],
        ["hb", "--kappa", "0"],
        ["gd", "--mu", "0.5"],
        ["nag", "--mu", "1"],
        ["nag", "--mu", "-0.1"],
        ["nag", "--mu", "mu/2"],
        ["--mu", "0.5", "--kappa", "9**9**9"],
        ["--mu", "0.5", "--kappa", "nu"],
        ["--mu", "0.5", "--kappa", "1/(mu-1/2)"],
        ["hb", "--order", "0"],
        ["hb", "--order", "99"],
        ["hb", "--json", "/no/such/folder/file.json"],
    ],
)
def test_bad_input_is_refused_with_a_remedy(arguments: list[str]) -> None:
    with pytest.raises(UserError) as caught:
        main(arguments)
    assert caught.value.expected
    assert caught.value.received
    assert caught.value.remedy


def test_exit_codes_and_one_line_messages() -> None:
    good = run("hb")
    assert (good.returncode, good.stderr) == (0, "")
    bad = run("bogus")
    assert (bad.returncode, bad.stdout) == (2, "")
    assert bad.stderr.count("\n") == 1
    assert "expected" in bad.stderr
    usage = run("hb", "--order", "many")
    assert usage.returncode == 2
    assert usage.stderr.count("\n") == 1


def test_help_explains_its_terms() -> None:
    shown = run("--help")
    assert shown.returncode == 0
    for term in ("inertia", "slow flow", "layer-matched", "--json", "Exit codes"):
        assert term in shown.stdout


def test_text_is_plain_ascii_where_the_terminal_is() -> None:
    shown = run("nag", "--order", "2", PYTHONIOENCODING="ascii")
    assert shown.returncode == 0
    assert shown.stdout.isascii()
    assert "grad L" in shown.stdout


def test_started_without_sympy_it_says_one_line() -> None:
    command = [sys.executable, "-S", "-m", "symbolic", "nag"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert shown.returncode == 2
    assert shown.stderr.count("\n") == 1
    assert "make env" in shown.stderr


def test_importing_the_package_imports_nothing_heavy() -> None:
    program = (
        "import symbolic, sys; print([m for m in ('sympy', 'numpy', 'rich') if m in sys.modules])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip() == "[]"


def test_every_public_name_is_there_and_documented() -> None:
    for name in symbolic.__all__:
        value: Any = getattr(symbolic, name)
        assert name in dir(symbolic)
        if callable(value):
            assert value.__doc__
    with pytest.raises(AttributeError, match="no_such_name"):
        symbolic.__getattr__("no_such_name")


@pytest.mark.parametrize("module", ["__init__", "derivation", "grammar"])
def test_examples_in_the_documentation_run(module: str) -> None:
    tested = symbolic if module == "__init__" else __import__(f"symbolic.{module}", fromlist=["x"])
    result = doctest.testmod(tested)
    assert result.attempted > 0
    assert result.failed == 0


def test_elementary_differentials_print_in_three_ways() -> None:
    leaf = ed.LEAF
    tree = ((leaf, leaf),)
    symbol = ed.notation(tree)
    assert str(symbol) == "H D3L[grad L, grad L]"
    assert sp.latex(2 * symbol) == r"2 \nabla^{2}L\,\nabla^{3}L[\nabla L, \nabla L]"
    assert sp.pretty(symbol, use_unicode=True) == "∇²L ∇³L[∇L, ∇L]"

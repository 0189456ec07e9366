"""`python -m numeric attribute`: its contract, what it refuses, and that bars say the numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from numeric.__main__ import main
from numeric.attribution import PARTS
from numeric.attribution_tables import ASCII, UNICODE, WIDTH, bar
from numeric.datasets import small_problem
from numeric.files import write_npz
from numeric.problems import Problem, Start
from numeric.training import train
from symbolic.console import DONE, NOT_ESTABLISHED, UserError
from symbolic.two_step import TwoStepMethod

PROBLEM = small_problem(3, 6, seed=2)
HEAVY = ("--method", "hb", "--lr", "0.02", "--init-scale", "0.3")


def run_json(tmp_path: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    target = tmp_path / "result.json"
    code = main(["attribute", *arguments, "--json", str(target)])
    return code, json.loads(target.read_text())


def saved(tmp_path: Path, **arrays: Any) -> str:
    write_npz(tmp_path / "data.npz", X=PROBLEM.X, y=PROBLEM.y, **arrays)
    return str(tmp_path / "data.npz")


def with_star(tmp_path: Path) -> str:
    return saved(tmp_path, theta_star=PROBLEM.theta_star)


METHODS = {
    "gd": ("--method", "gd", "--lr", "0.02"),
    "hb": ("--method", "hb", "--lr", "0.02"),
    "nag": ("--method", "nag", "--lr", "0.02", "--momentum", "0.8"),
    "shb": ("--method", "shb", "--lr", "0.005", "--batch", "2", "--seed", "4"),
    "torch": ("--torch", "lr=0.02,momentum=0.9,dampening=0.3"),
}


@pytest.mark.parametrize("against", ["gradient-flow", "gd"])
@pytest.mark.parametrize("method", METHODS)
def test_json_has_the_parts_and_says_how_well_they_meet_the_run(
    method: str, against: str, tmp_path: Path
) -> None:
    start = ("--init-scale", "0.3", "--init-bias", "0.8", "--against", against)
    code, result = run_json(tmp_path, "--data", with_star(tmp_path), *METHODS[method], *start)
    assert (code, result["converged"], result["against"]) == (DONE, True, against)
    assert tuple(result["parts"]) == tuple(result["spread"]) == PARTS
    for kind in (result, result["one_norm"]):
        assert sum(kind["parts"].values()) == pytest.approx(kind["total"], abs=1e-12)
        assert kind["total"] == pytest.approx(kind["final"] - kind["reference"], abs=1e-15)
        for part, (least, most) in kind["spread"].items():
            assert least <= kind["parts"][part] <= most
    theta = np.array(result["theta"])
    assert result["distance_to_trained"] <= 1e-10
    error = float(np.sum((theta - PROBLEM.theta_star) ** 2))
    assert result["final"] == pytest.approx(error, abs=1e-8)
    reference = result["reference_distance_to_trained"]
    assert reference is None if against == "gradient-flow" else reference <= 1e-10
    same = method == "gd" and against == "gd"
    assert (abs(result["total"]) <= 1e-12) == same


def test_the_table_is_plain_and_has_a_bar_for_each_part(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["attribute", "--data", with_star(tmp_path), *HEAVY]) == DONE
    text = capsys.readouterr().out
    assert text.isascii()
    assert "\x1b" not in text
    rows = text.splitlines()
    for name in ("scale of xi", "shape of xi", "start theta~_0", "total"):
        (row,) = [row for row in rows if row.startswith(f"{name} ")]
        assert ASCII.axis in row
    assert "last minimiser" in text


def test_a_bar_reaches_from_the_axis_to_its_value() -> None:
    for ink in (ASCII, UNICODE):
        drawn = bar(10.0, (-10.0, 20.0), -20.0, 20.0, ink)
        # A cell is one unit wide and the axis in the middle.
        assert len(drawn) == WIDTH == 41
        assert drawn.index(ink.axis) == 20
        assert drawn[21:31] == 10 * ink.value
        assert drawn[31:] == 10 * ink.range
        assert drawn[10:20] == 10 * ink.range
        assert drawn[:10].isspace()
        assert bar(-5.0, (-5.0, -5.0), -20.0, 20.0, ink).index(ink.value) == 15
        # Nothing to draw: the axis alone.
        assert bar(0.0, (0.0, 0.0), 0.0, 0.0, ink).strip() == ink.axis
    assert "".join(vars(ASCII).values()).isascii()


def test_without_convergence_there_are_no_parts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = with_star(tmp_path)
    code, result = run_json(tmp_path, "--data", data, *HEAVY, "--max-steps", "50")
    assert (code, result["converged"]) == (NOT_ESTABLISHED, False)
    for key in ("total", "parts", "spread", "one_norm", "log_scale", "distance_to_trained"):
        assert result[key] is None
    assert "not converged after 50 steps" in capsys.readouterr().out
    # Heavy ball is ten times faster: here it arrives and its reference does not.
    limits = ("--max-steps", "1000", "--against", "gd", "--init-scale", "0.3")
    code, result = run_json(tmp_path, "--data", data, "--method", "hb", "--lr", "0.01", *limits)
    assert (code, result["status"], result["parts"]) == (NOT_ESTABLISHED, "converged", None)
    assert any("the reference, gd: not converged" in note for note in result["notices"])


def test_a_reference_that_blows_up_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Where heavy ball is stable and gradient descent is not, the latter wanders for long before it
    # blows up or finds a flat place: here it is given a learning rate that leaves no doubt.
    def hasty(
        problem: Problem, start: Start, method: TwoStepMethod, eta: float, **rest: Any
    ) -> Any:
        return train(problem, start, method, 1e3 * eta if method.name == "gd" else eta, **rest)

    monkeypatch.setattr("numeric.attributed_run.train", hasty)
    run = ("--data", with_star(tmp_path), *HEAVY)
    assert main(["attribute", *run]) == DONE
    with pytest.raises(UserError, match="a reference, gd, that stays bounded"):
        run_json(tmp_path, *run, "--against", "gd")
    assert not (tmp_path / "result.json").exists()


def test_torch_runs_that_blow_up_speak_of_lr(tmp_path: Path) -> None:
    run = ("--data", with_star(tmp_path), "--torch", "lr=50,momentum=0.5", "--init-scale", "0.3")
    with pytest.raises(UserError, match="use lr="):
        run_json(tmp_path, *run)


def test_data_without_theta_star_are_refused_before_training(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="save theta_star"):
        run_json(tmp_path, "--data", saved(tmp_path), *HEAVY)
    assert not (tmp_path / "result.json").exists()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (("--against", "sgd"), "--against gradient-flow"),
        (("--momentum", "1"), r"momentum in \[0, 1\)"),
        (("--batch", "2"), "--batch only with"),
        (("--mean", "1"), "--mean only with --gaussian"),
        (("--torch", "lr=1"), "alone"),
    ],
)
def test_bad_options_are_refused(wrong: tuple[str, ...], message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=message):
        run_json(tmp_path, "--data", with_star(tmp_path), *HEAVY, *wrong)


def test_messages_point_to_the_help_of_this_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(UserError, match="attribute --help"):
        main(["attribute", *HEAVY])
    with pytest.raises(SystemExit) as left:
        main(["attribute", "--help"])
    assert left.value.code == 0
    text = capsys.readouterr().out
    for term in ("Shapley", "gradient-flow", "theta~_0", "Exit codes", "--init-bias"):
        assert term in text


def test_json_on_standard_output_is_only_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["attribute", "--gaussian", "3,6,2", *HEAVY, "--json", "-"]) == DONE
    assert json.loads(capsys.readouterr().out)["converged"] is True


def test_start_files_and_scales_mean_the_same(tmp_path: Path) -> None:
    start = Start.scaled(PROBLEM.d, 0.3, 0.5)
    write_npz(tmp_path / "start.npz", u=start.u, v=start.v)
    run = ("--data", with_star(tmp_path), "--method", "nag", "--lr", "0.02")
    _, a = run_json(tmp_path, *run, "--init", str(tmp_path / "start.npz"))
    _, b = run_json(tmp_path, *run, "--init-scale", "0.3", "--init-bias", "0.5")
    assert a == b

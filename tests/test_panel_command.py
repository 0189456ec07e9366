"""``python -m reports fig1a ...``: pages, a table of verdicts, and clear refusals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reports import panels
from reports.__main__ import main
from reports.drawing import Order, draw_all
from symbolic.console import UserError


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("proofs_check.experiments.SHAPE", (5, 10, 2))
    monkeypatch.setattr(panels, "STORE", tmp_path / "store" / "runs.sqlite")


def _call(folder: Path, *more: str) -> int:
    families = ("--families", "gaussian,student", "--datasets", "2", "--workers", "1")
    return main(["fig1a", *families, "--out", str(folder), *more])


def test_page_figures_and_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _call(tmp_path / "out", "--json", str(tmp_path / "panel.json")) == 0
    record = json.loads((tmp_path / "panel.json").read_text())
    assert [each["family"] for each in record["families"]] == ["gaussian", "student"]
    page = (tmp_path / "out" / "fig1a.html").read_text(encoding="utf-8")
    for each in record["families"]:
        assert page.count(f'id="{each["family"]}"') == 1
        assert (tmp_path / "out" / f"fig1a-{each['family']}-1.png").is_file()
    assert page.count("<svg") == 5
    assert "http" not in page.replace("http://www.w3.org", "")
    said = capsys.readouterr().out
    assert "gaussian" in said
    assert said.strip().endswith("fig1a.html")
    # The second time nothing is run, and nothing changes.
    first = json.dumps(record, sort_keys=True)
    assert _call(tmp_path / "out", "--json", str(tmp_path / "again.json")) == 0
    assert json.dumps(json.loads((tmp_path / "again.json").read_text()), sort_keys=True) == first


def test_several_panels_in_one_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--families", "gaussian", "--datasets", "2", "--workers", "1"]
    target = tmp_path / "panels.json"
    assert main(["fig1a", "fig1b", *options, "--out", str(tmp_path), "--json", str(target)]) == 0
    records = json.loads(target.read_text())["panels"]
    assert [record["panel"] for record in records] == ["fig1a", "fig1b"]
    said = capsys.readouterr().out
    for name in ("fig1a", "fig1b"):
        assert f"{name}.html" in said
        assert (tmp_path / f"{name}.html").read_text(encoding="utf-8").count("<svg") == 3


def test_figures_are_the_same_bytes_whatever_the_number_of_processes() -> None:
    series = [{"label": "line", "x": [0.0, 1.0], "y": [1.0, 2.0], "style": ""}]
    spec = {"kind": "curves", "title": "A line", "series": series}
    orders = [Order(f"figure-{k}", spec) for k in range(8)]
    assert draw_all(orders, workers=1) == draw_all(orders, workers=2)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["fig9"], "panels, fig1a"),
        (["fig1a", "fig9"], "panels, fig1a"),
        (["fig1a", "--families", "gaussian,marsian"], "families of data"),
        (["fig1a", "--datasets", "1"], "--datasets of 2 or more"),
        (["fig1a", "--workers", "0"], "--workers of 1 or more"),
        (["fig1a", "--out", "README.md"], "a folder for the page"),
        (["fig1a", "--json", "/no/such/folder/x.json"], "writable folder"),
    ],
)
def test_bad_input_is_refused(arguments: list[str], expected: str) -> None:
    with pytest.raises(UserError, match=expected):
        main(arguments)

"""A grid generates each cell once, whichever way it is written, and refuses what no cell can be."""

from __future__ import annotations

import json
from itertools import islice, pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from numeric.cells import Cell
from numeric.sweep_fields import grid_of, read_grids, reals
from numeric.sweep_tasks import MOST_CELLS, tasks_of
from symbolic.console import UserError

LEAST = {"methods": "gd,hb", "lr": "0.01", "init_scales": "0.1"}
TOML = """
methods = ["gd", "hb"]
lr = 0.01
init_scales = "0.01:1:5"
shapes = [[5, 10, 2], [6, 12, 2]]
seeds = 3
"""


@given(
    methods=st.lists(st.sampled_from(["gd", "hb", "nag", "sgd", "shb", "snag"]), min_size=1),
    momentum=st.lists(st.sampled_from([0.0, 0.5, 0.9]), min_size=1),
    batch=st.lists(st.integers(1, 5), min_size=1, max_size=3),
    batch_seeds=st.integers(1, 3),
    seeds=st.integers(1, 3),
    scales=st.lists(st.sampled_from([0.5, 1.0]), min_size=1),
)
def test_every_cell_comes_once(
    methods: list[str],
    momentum: list[float],
    batch: list[int],
    batch_seeds: int,
    seeds: int,
    scales: list[float],
) -> None:
    grid = grid_of(
        {
            **LEAST,
            "methods": methods,
            "momentum": momentum,
            "batch": batch,
            "batch_seeds": batch_seeds,
            "seeds": seeds,
            "scales": scales,
            "shapes": "5,10,2",
        }
    )
    cells = list(grid.cells())
    assert len(cells) == len({cell.key for cell in cells}) == grid.size
    # Every combination is there, and data come one after the other.
    wanted = {
        Cell.of_method(data, method, 0.01, 0.1, momentum=mu, batch=b, seed=seed)
        for data in grid.data()
        for method in methods
        for mu in momentum
        for b in batch
        for seed in range(batch_seeds)
    }
    assert set(cells) == wanted
    changes = sum(1 for one, next_ in pairwise(cells) if one.data != next_.data)
    assert changes == len(set(grid.data())) - 1
    tasks = list(tasks_of(cells))
    assert [cell for task in tasks for cell in task.cells] == cells
    assert all(len(task.cells) <= MOST_CELLS for task in tasks)


def test_file_and_options_write_the_same_grid(tmp_path: Path) -> None:
    toml = tmp_path / "grid.toml"
    toml.write_text(TOML)
    options = {
        **LEAST,
        "init_scales": "0.01:1:5",
        "shapes": ["5,10,2", "6,12,2"],
        "seeds": "3",
    }
    other = tmp_path / "grid.json"
    other.write_text(json.dumps(options))
    assert read_grids(toml, {}) == read_grids(None, options) == read_grids(other, {})
    assert read_grids(toml, {"seeds": "3,4"})[0].seeds == (3, 4)
    several = tmp_path / "several.json"
    several.write_text(json.dumps({"grids": [options, {**options, "lr": [0.02]}]}))
    assert [grid.lr for grid in read_grids(several, {})] == [(0.01,), (0.02,)]


def test_range_has_equal_ratios_and_the_ends_as_written() -> None:
    assert reals("0.01:1:3", "x") == (0.01, 0.1, 1.0)
    assert reals("1:8:4,10", "x") == (1.0, 2.0, 4.0, 8.0, 10.0)


def test_grid_takes_no_room() -> None:
    grid = grid_of({**LEAST, "seeds": 10**7})
    assert grid.size == 2 * 10**7
    assert len(list(islice(grid.cells(), 5))) == 5


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"lr": "fast"}, "numbers for lr; received 'fast'"),
        ({"lr": "0.1,-1"}, "a positive finite learning rate"),
        ({"lr": []}, "at least one value of lr"),
        ({"methods": "adam"}, "a method"),
        ({"methods": [1]}, "names for methods"),
        ({"momentum": "0.9,1"}, "momentum in"),
        ({"families": "gaussian,cauchy"}, "a family of data"),
        ({"truths": "none"}, "a law of theta_star"),
        ({"shapes": "10,5,2"}, "1 <= n < d"),
        ({"shapes": "10,20"}, "n,d,s for shapes"),
        ({"shapes": [7]}, "n,d,s for shapes"),
        ({"methods": "sgd", "batch": "41"}, "a batch between 1 and n = 40"),
        ({"init_scales": "1:2"}, "low:high:count"),
        ({"init_scales": "0:1:3"}, "positive finite ends"),
        ({"init_scales": "0.1,1e-200"}, "ordinary float64"),
        ({"biases": "1,0"}, "a positive finite initial bias"),
        ({"seeds": "0"}, "10^7 seeds"),
        ({"seeds": "1.5"}, "whole numbers for seeds"),
        ({"seeds": "1,-2"}, "seeds >= 0"),
        ({"accuracy": "2"}, "an accuracy between 0 and 1"),
        ({"max_steps": 0}, "a number of steps"),
        ({"learning_rate": 1}, "fields of a grid"),
    ],
)
def test_impossible_grid_is_refused(change: dict[str, object], says: str) -> None:
    with pytest.raises(UserError) as caught:
        grid_of({**LEAST, **change})
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("grid.json", "{", "expected JSON"),
        ("grid.toml", "methods = ", "expected TOML"),
        ("grid.yaml", "", "in a .json or .toml file"),
        ("grid.json", "[]", "a grid or a list of grids"),
        ("grid.json", "3", "a grid or a list of grids"),
        ("grid.json", '{"grids": [], "lr": 1}', "grids alone at the top"),
        ("grid.json", '{"lr": 1}', "none of its methods and init_scales"),
    ],
)
def test_unreadable_grid_file_is_refused(
    name: str, content: str, says: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(UserError) as caught:
        read_grids(tmp_path / name, {})
    assert says in str(caught.value)
    with pytest.raises(UserError):
        read_grids(tmp_path / "absent.json", {})

"""The command ``python -m proofs_check``: listing, selecting, JSON and refusals."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from proofs_check.registry import all_claims

ROOT = Path(__file__).resolve().parent.parent

RECORD = {
    "type": "object",
    "required": [
        "id",
        "paper",
        "equation",
        "printed",
        "verdict",
        "corrected",
        "quantifiers",
        "evidence",
        "mutants",
        "depends",
        "counterexample",
    ],
    "properties": {
        "verdict": {
            "enum": [
                "proved",
                "supported",
                "corrected",
                "vacuous",
                "reproduced",
                "not reproduced",
                "refuted",
                "undecided",
            ]
        },
        "corrected": {
            "anyOf": [{"type": "null"}, {"type": "object", "required": ["statement", "verdict"]}]
        },
        "mutants": {"type": "object", "required": ["tried", "rejected"]},
        "evidence": {"type": "array", "minItems": 1},
    },
}


def run(*arguments, cwd=ROOT):
    return subprocess.run(
        [sys.executable, "-m", "proofs_check", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


def test_list_is_quick_plain_and_complete():
    # Processor time of the child: what the command takes where it has a core to itself.
    before = os.times()
    done = run("--list")
    after = os.times()
    spent = after.children_user + after.children_system
    assert spent - before.children_user - before.children_system < 5
    assert done.returncode == 0
    ids = [line.split()[0] for line in done.stdout.splitlines()]
    assert ids == list(all_claims())
    assert "\x1b" not in done.stdout


def test_help_explains_every_verdict():
    text = run("--help").stdout
    for verdict in RECORD["properties"]["verdict"]["enum"]:
        assert verdict in text


def test_json_has_the_fields_of_the_contract(tmp_path):
    target = tmp_path / "verdicts.json"
    done = run("lyu.q.*", "--json", str(target))
    assert done.returncode == 0, done.stderr
    claims = json.loads(target.read_text())["claims"]
    assert {claim["id"] for claim in claims} >= {"lyu.q.kernel", "lyu.q.rich"}
    for claim in claims:
        jsonschema.validate(claim, RECORD)


def test_the_id_of_a_split_statement_selects_its_parts():
    parts = run("lyu.thm3.hb", "--list").stdout.split("\n")
    assert len([line for line in parts if line.startswith("lyu.thm3.hb.")]) > 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["lyu.thm4"], ["lyu.thm4", "--list"]),
        (["nothing.*"], ["nothing.*", "--list"]),
        (["--jobs", "0"], ["--jobs"]),
        (["--no-such-option"], ["--no-such-option"]),
        (["lyu.prop2", "--json", "missing-folder/x.json"], ["missing-folder"]),
    ],
)
def test_bad_input_is_one_message_and_exit_code_2(arguments, words):
    done = run(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    for word in words:
        assert word in done.stderr

"""Certificates: all are valid, tampered ones are not, and no verdict is left without a proof."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from proofs_check import certificate_makers, verifier
from proofs_check.verifier.intervals import ONE, enclose, total
from proofs_check.verifier.reading import number, vector
from proofs_check.verifier.trained import trained_limit
from proofs_check.verifier.vectors import predictor

ROOT = Path(__file__).resolve().parent.parent
VERIFIER = ROOT / "proofs_check" / "verifier"
FILES = sorted(certificate_makers.FOLDER.glob("*.json"))
CERTIFICATES: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in FILES
}

# Verdicts "corrected" or "vacuous" without certificate or exact proof, and why.
RESISTED: dict[str, str] = {}


def isolated(*paths: Path, verifier: Path = VERIFIER) -> subprocess.CompletedProcess[str]:
    """Run the verifier without site packages and environment."""
    command = [sys.executable, "-I", "-S", str(verifier), *map(str, paths)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_all_certificates_are_valid_by_themselves() -> None:
    assert FILES
    done = isolated(*FILES)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(": valid\n") == len(FILES)


def test_the_verifier_runs_where_nothing_else_is(tmp_path: Path) -> None:
    alone = tmp_path / "another_name"
    shutil.copytree(VERIFIER, alone, ignore=shutil.ignore_patterns("__pycache__"))
    assert isolated(FILES[0], verifier=alone).stdout.endswith(": valid\n")


def test_the_verifier_runs_as_a_module() -> None:
    command = [sys.executable, "-m", "proofs_check.verifier", str(FILES[0])]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_certificate_is_named_after_its_claim() -> None:
    assert {name: each["claim"] for name, each in CERTIFICATES.items()} == {
        name: name for name in CERTIFICATES
    }


def test_every_recipe_has_its_certificate() -> None:
    recipes = {(claim, kind) for kind, claims in verifier.RECIPES.items() for claim in claims}
    assert recipes == {(name, each["kind"]) for name, each in CERTIFICATES.items()}


def test_certificates_are_made_again() -> None:
    made = certificate_makers.make()
    assert set(made) == set(CERTIFICATES)
    for claim, certificate in made.items():
        if certificate["kind"] in ("rational", "entropy"):
            assert certificate == CERTIFICATES[claim]
        # Hints may differ by machine in their last digits; all else may not.
        same = [unhinted(each) for each in (certificate, CERTIFICATES[claim])]
        assert same[0] == same[1]


def unhinted(certificate: dict[str, Any]) -> dict[str, Any]:
    """Return a certificate without what the verifier checks before it uses it."""

    def strip(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {key: strip(each) for key, each in value.items() if key not in ("P", "q", "steps")}

    return strip(certificate)


# --- Tampering ------------------------------------------------------------------------------------

# Claim, data to replace: each makes the argument fail.
TAMPERED: list[tuple[str, dict[str, Any]]] = [
    # a number changed: no longer the limit, no longer an interpolator, no kernel vector
    ("lyu.prop2", {"u_inf": [2, 3]}),
    ("lyu.prop2", {"y": 7}),
    ("lyu.prop2", {"kernel": [1, 1]}),
    ("lyu.prop2", {"kernel": [0, 0]}),
    ("lyu.prop2", {"v_inf": ["-1/2", 1]}),
    # a start without bias: both signs hold
    ("lyu.prop2", {"v": [1, 1], "v_inf": ["1/2", "1/2"], "y": "15/2"}),
    ("lyu.thm3.hb.discrete", {"u": [2, 1]}),
    ("lyu.thm3.nag.flow", {"x": [1, 2]}),
    # no velocity; one along the path of gradient flow
    ("lyu.thm3.velocity", {"du": [0, 0], "dv": [0, 0]}),
    ("lyu.thm3.velocity", {"du": [2, 1], "dv": [-1, -1]}),
    ("lyu.thm3.velocity", {"y": 1}),
    # the sign of the velocity
    ("lyu.thm3.mitigation.scale", {"du": [-1, -1], "dv": [-1, -1]}),
    ("lyu.thm3.mitigation.scale", {"alpha": "-1/50"}),
    ("lyu.thm3.gradient-init", {"kernel": [2, 1, 1]}),
    # a start without bias: the mutant is in the row space too, the case shows nothing
    ("lyu.thm3.gradient-init", {"u": [1, 1, 1], "v": [1, 1, 1]}),
    ("lyu.gd-start", {"rate": 4}),
    ("lyu.gd-start", {"rate": -6}),
    ("lyu.gd-start", {"mu": "9/10"}),
    ("lyu.gd-start", {"kappa": "1/2"}),
    # the printed inertia is not among them
    ("papazov.error-bound.fixed-beta", {"inertias": [1, 0]}),
    ("papazov.sparser.theory", {"u_inf": [2, 4]}),
    # equal features: the norm stays
    (
        "papazov.sparser.theory",
        {"x": [1, 1], "u_inf": [2, 2], "v_inf": ["1/2", "1/2"], "y": "15/2"},
    ),
    # a start without bias, one that interpolates, a kernel vector that is none
    ("papazov.mgf.start", {"w_plus": [1, 1]}),
    ("papazov.mgf.start", {"y": "3/4"}),
    ("papazov.mgf.start", {"kernel": [1, 1]}),
    # features for which the shift is a row of x: tanh b is 3/5 and 4/5
    ("papazov.mgf.start", {"x": [4, 3], "w_plus": [2, 3], "kernel": [3, -4]}),
    ("lyu.q.rich", {"xi": "1/1000"}),
    ("lyu.q.rich", {"bound": 3}),
    ("lyu.q.rich", {"bound": "1/2"}),
    # the first feature has too far to go; steps too small and too large; no interpolator
    ("lyu.thm3.transition", {"X": [["1/2", "10/9", 0], [1, 0, "20/9"]], "B": [0, "9/20", "9/20"]}),
    ("lyu.thm3.transition", {"eta": "1/2500"}),
    ("lyu.thm3.transition", {"eta": "1/100"}),
    ("lyu.thm3.transition", {"B": [0, "1/2", "1/2"]}),
    ("papazov.negligible.argmin", {"lambda": "1/10"}),
    ("papazov.negligible.argmin", {"x": ["9/10", 1]}),
    ("papazov.negligible.argmin", {"lambda": "26/100"}),
    # a run that is too short, hints that do not hold, no momentum, another network
    ("lyu.saddle.matched", {"steps": 60}),
    ("lyu.saddle.matched", {"mu": 0}),
    ("lyu.saddle.matched", {"q": "1/2"}),
    ("lyu.saddle.matched", {"q": 1}),
    ("lyu.saddle.matched", {"P": [1, 0, 1]}),
    ("lyu.saddle.matched", {"P": [-1, 0, -1]}),
    ("lyu.saddle.matched", {"delta": "1/10"}),
    ("lyu.saddle.matched", {"delta": "1/1000000000000000"}),
    ("lyu.saddle.matched", {"x": [2, 1, 3]}),
    ("lyu.saddle.matched", {"y": -1}),
    ("lyu.saddle.matched", {"eta": 1}),
    ("lyu.thm3.closer-l1", {"vertex": 0}),
    ("lyu.thm3.closer-l1", {"share": 1}),
    ("lyu.thm3.closer-l1", {"steps": 30}),
    ("papazov.centring.mean-target", {"theta_star": [1, 0]}),
    ("papazov.centring.mean-target", {"theta_star": ["1/2", "1/2"]}),
    # paths that end too soon, other data, coarse steps
    ("papazov.small-lambda.bound", {"steps": 32}),
    ("papazov.small-lambda.bound", {"lambda": "51/100"}),
    ("papazov.small-lambda.bound", {"y": 1}),
    ("papazov.mgf.crossings", {"steps": 8}),
    ("papazov.negligible.size", {"steps": 16}),
    ("papazov.negligible.size", {"y": 1}),
    ("papazov.negligible.size", {"step": 1}),
    ("papazov.surrogate.wells", {"start": 2}),
    ("papazov.surrogate.wells", {"iterations": 1000}),
    ("papazov.surrogate.wells", {"steps": 32}),
    ("papazov.surrogate.wells", {"high": "201/100"}),
    ("papazov.surrogate.wells", {"low": "1/2"}),
]


@pytest.mark.parametrize(("claim", "change"), TAMPERED)
def test_tampered_certificates_fail(claim: str, change: dict[str, Any]) -> None:
    certificate = copy.deepcopy(CERTIFICATES[claim])
    assert set(change) <= set(certificate["data"])
    certificate["data"] |= change
    with pytest.raises(verifier.InvalidCertificate):
        verifier.verify(certificate)


def test_every_claim_and_kind_is_tampered_with() -> None:
    assert {claim for claim, _ in TAMPERED} >= {
        claim
        for claim, each in CERTIFICATES.items()
        if each["data"] != CERTIFICATES["lyu.prop2"]["data"]
    }


def test_exit_codes(tmp_path: Path) -> None:
    good = CERTIFICATES["lyu.prop2"]
    wrong = good | {"data": good["data"] | {"y": 7}}
    texts = {
        "wrong": (json.dumps(wrong), 1),
        "no json": ("{", 2),
        "another claim": (json.dumps(good | {"claim": "lyu.gd-start"}), 2),
        "another kind": (json.dumps(good | {"kind": "run"}), 2),
        "a float": (json.dumps(good | {"data": good["data"] | {"y": 6.75}}), 2),
        "a number missing": (json.dumps(good | {"data": good["data"] | {"u": [1]}}), 2),
        "nothing of a list": (json.dumps(good | {"data": good["data"] | {"x": []}}), 2),
        "no mapping": ("[]", 2),
        "a name missing": (json.dumps({"kind": "rational", "claim": "lyu.prop2"}), 2),
    }
    for name, (content, code) in texts.items():
        path = tmp_path / "certificate.json"
        path.write_text(content, encoding="utf-8")
        assert isolated(path).returncode == code, name
    assert isolated(tmp_path / "absent.json").returncode == 2
    assert isolated().returncode == 2


# --- Runs -----------------------------------------------------------------------------------------


def test_the_limit_of_a_run_interpolates() -> None:
    certificate = CERTIFICATES["lyu.thm3.closer-l1"]
    data = certificate["data"]
    limit = trained_limit(data, data, number(data["mu"]))
    theta = predictor(*limit)
    x = vector(data["x"])
    found = total([enclose(a) * b for a, b in zip(x, theta, strict=True)])
    assert found.lo <= ONE <= found.hi


# --- The ledger -----------------------------------------------------------------------------------


def _proved_exactly(claim: dict[str, Any]) -> bool:
    """Return whether the verdict rests on exact arithmetic by the committed record."""
    found = claim["counterexample"]
    if claim["verdict"] == "corrected":
        return found is not None and found["exact"]
    # Vacuous: one proving check by which the printed form and every variant hold.
    judged = [each for each in claim["evidence"] if each["role"] in ("printed", "inert")]
    proving = {each["check"] for each in judged if each["proves"]}
    return any(
        all(each["outcome"] == "holds" for each in judged if each["check"] == name)
        and {each["form"] for each in judged}
        == {each["form"] for each in judged if each["check"] == name}
        for name in proving
    )


def test_every_verdict_against_the_print_is_proved() -> None:
    record = ROOT / "reports" / "pages" / "mirrorcheck.json"
    claims = json.loads(record.read_text(encoding="utf-8"))["claims"]
    against = {each["id"]: each for each in claims if each["verdict"] in ("corrected", "vacuous")}
    assert against
    unproved = {
        name
        for name, claim in against.items()
        if name not in CERTIFICATES and not _proved_exactly(claim)
    }
    assert unproved == set(RESISTED)
    assert set(CERTIFICATES) <= set(against)

"""The rules that turn findings into verdicts, each shown to bite."""

import pytest

from proofs_check.claim import (
    Check,
    Claim,
    Counterexample,
    Finding,
    Form,
    Forms,
    Outcome,
    Quotation,
    bounded,
)
from proofs_check.evaluation import evaluate

HOLDS, FAILS, UNCLEAR = Outcome.HOLDS, Outcome.FAILS, Outcome.UNCLEAR
COUNTEREXAMPLE = Counterexample("fails at 1", {"x": "1"}, exact=True, found_by="search")


def claim_of(
    printed,
    *,
    corrected=None,
    mutants=(FAILS,),
    inert=(),
    exact=False,
    counterexample=COUNTEREXAMPLE,
    empirical=False,
):
    """Build a claim whose forms carry the outcome that the check is to report."""
    forms = Forms(
        printed=Form("printed", "p", printed),
        corrected=None if corrected is None else Form("corrected", "c", corrected),
        mutants=tuple(Form(f"mutant {i}", "m", m) for i, m in enumerate(mutants)),
        inert=tuple(Form(f"inert {i}", "i", m) for i, m in enumerate(inert)),
    )

    def run(form):
        if form.content == "raises":
            raise ZeroDivisionError("no")
        return Finding(form.content, "seen")

    return Claim(
        id="test.claim",
        title="t",
        paper="p",
        equation="(1)",
        printed=Quotation("f", 1, "text"),
        claimed_over="all",
        sampled_over="some",
        forms=lambda: forms,
        checks=(Check("check", "is it?", run, exact=exact, proves=exact),),
        counterexample=lambda: counterexample,
        empirical=empirical,
    )


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (claim_of(HOLDS), "supported"),
        (claim_of(HOLDS, exact=True), "proved"),
        (claim_of(HOLDS, mutants=(FAILS, HOLDS)), "undecided"),
        (claim_of(HOLDS, mutants=(FAILS, UNCLEAR)), "undecided"),
        (claim_of(HOLDS, mutants=()), "undecided"),
        (claim_of(HOLDS, mutants=("raises",)), "undecided"),
        (claim_of("raises"), "undecided"),
        (claim_of(UNCLEAR), "undecided"),
        (claim_of(FAILS), "refuted"),
        (claim_of(FAILS, counterexample=None), "undecided"),
        (claim_of(FAILS, corrected=HOLDS), "corrected"),
        (claim_of(FAILS, corrected=FAILS), "refuted"),
        (claim_of(FAILS, corrected=UNCLEAR), "undecided"),
        (claim_of(FAILS, corrected=HOLDS, mutants=(HOLDS,)), "undecided"),
        (claim_of(HOLDS, inert=(HOLDS, HOLDS)), "vacuous"),
        (claim_of(HOLDS, inert=(HOLDS, FAILS)), "supported"),
        (claim_of(HOLDS, inert=(UNCLEAR,)), "undecided"),
        (claim_of(HOLDS, empirical=True), "reproduced"),
        (claim_of(FAILS, empirical=True), "not reproduced"),
    ],
)
def test_verdict(claim, verdict):
    assert evaluate(claim)["verdict"] == verdict


def test_a_corrected_form_has_a_verdict_of_its_own():
    record = evaluate(claim_of(FAILS, corrected=HOLDS, exact=True))
    assert record["corrected"] == {"statement": "c", "verdict": "proved"}


def test_an_exception_is_named_in_the_evidence():
    record = evaluate(claim_of("raises"))
    assert "ZeroDivisionError" in record["evidence"][0]["statement"]


@pytest.mark.parametrize("broken", ["forms", "derivation"])
def test_an_exception_outside_the_checks_is_undecided_too(broken):
    def fails():
        raise ArithmeticError("no formula")

    claim = claim_of(HOLDS)
    record = evaluate(Claim(**{**claim.__dict__, broken: fails}))
    assert record["verdict"] == "undecided"
    assert "no formula" in record["reason"] + record["evidence"][0]["statement"]


def test_a_check_that_rejects_nothing_decides_nothing():
    claim = claim_of(HOLDS)
    idle = Check("idle", "nothing", lambda form: Finding(HOLDS, "always"))
    record = evaluate(Claim(**{**claim.__dict__, "checks": (*claim.checks, idle)}))
    assert record["verdict"] == "undecided"
    assert "idle" in record["reason"]


def test_not_a_number_is_never_compared():
    assert bounded(float("nan"), 1.0, "x").outcome is UNCLEAR
    assert bounded(1.0, float("nan"), "x").outcome is UNCLEAR
    assert bounded(2.0, 1.0, "x").outcome is FAILS
    assert bounded(2.0, 1.0, "x", at_least=True).outcome is HOLDS


def test_only_an_exact_check_may_prove():
    with pytest.raises(ValueError, match="only an exact check"):
        Check("c", "q", lambda form: None, exact=False, proves=True)

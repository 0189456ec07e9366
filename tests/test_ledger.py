"""Every statement of the papers that is in scope has a claim, and every claim is complete."""

from __future__ import annotations

import re

import pytest

from proofs_check.claim import Claim, Form, Forms
from proofs_check.registry import all_claims, select

#: The statements that are to be decided. A statement may be split into parts.
STATEMENTS: dict[str, str] = {
    "lyu.prop1.hb": "inertia of heavy ball's flow",
    "lyu.prop1.nag": "inertia of the flow of Nesterov's method",
    "lyu.def1.order": "the flow stays within O(eta) of the iterates on every time interval",
    "lyu.rescaled-gf": "momentum perturbs the rescaled gradient flow by O(eta)",
    "lyu.footnote1": "the networks u*v and u*u - v*v are equivalent",
    "lyu.gf.unbiased": "gradient flow minimises the entropy over the interpolators",
    "lyu.q.kernel": "the entropy tends to a multiple of the squared norm at large scale",
    "lyu.q.rich": "the entropy tends to the l1 norm at small scale",
    "lyu.prop2": "a biased start adds a linear term",
    "lyu.thm3.hb": "what heavy ball minimises",
    "lyu.thm3.nag": "what Nesterov's method minimises",
    "lyu.thm3.mitigation": "momentum makes every scale strictly smaller",
    "lyu.thm3.gradient-init": "the bias depends on the gradient at the start",
    "lyu.thm3.transition": "kernel to rich regime with momentum as well",
    "lyu.thm3.closer-l1": "a smaller scale is closer to the l1 norm",
    "lyu.gf-order": "gradient flow is gradient descent up to O(eta): a fair comparison",
    "lyu.gd-start": "gradient descent depends on the parameters at the start alone",
    "lyu.unbiased.r": "the linear term at unbiased starts",
    "lyu.prop4": "a mirror flow with a moving potential",
    "lyu.prop4.second-order": "written as a second-order equation",
    "lyu.prop4.velocity": "the predictor shifted by its velocity follows it",
    "lyu.prop4.decreasing": "the scale along the flow stays below its start",
    "lyu.prop4.rm-term": "the linear term acts in the mirror flow",
    "lyu.eta-limit": "small step sizes give back gradient flow",
    "lyu.mu-limit": "small momenta remove the difference to gradient descent",
    "lyu.linear": "single-layer regression: momentum changes nothing",
    "lyu.saddle": "tiny starts leave the saddle late, which momentum avoids",
    "lyu.sgf": "stochastic gradient flow minimises the entropy of a smaller scale",
    "lyu.fig1.scaling": "scaling the data shrinks the linear term alone",
    "lyu.sec32.criterion": "momentum is better where the linear term is small",
    "lyu.fig1a": "no advantage of momentum at the larger scaling",
    "lyu.fig1b": "an advantage of momentum at the smaller scaling",
    "lyu.fig2a": "an advantage of momentum and noise from biased starts",
    "lyu.fig2b": "an advantage that disappears with the bias",
    "lyu.fig3a": "smaller learning rates bring momentum closer to gradient descent",
    "lyu.fig3b": "smaller momenta bring momentum closer to gradient descent",
    "lyu.sec33.close": "the linear terms are close, and the benefit vanishes at small biases",
    "papazov.discretisation": "momentum gradient descent discretises momentum gradient flow",
    "papazov.error-bound": "the error of the flow is at most exp(CK) epsilon",
    "papazov.surrogate": "the flow is a good surrogate, for large steps too",
    "papazov.acceleration": "step size and momentum may be traded at constant lambda",
    "papazov.regimes": "oscillation at large lambda, gradient flow at small lambda",
    "papazov.lambda-governs": "lambda alone governs the trajectory",
    "papazov.psi": "the hyperbolic entropy is a mirror map with two limits",
    "papazov.balancedness": "what balancedness is, and when it is conserved",
    "papazov.gf": "gradient flow minimises a Bregman divergence",
    "papazov.mgf": "what momentum gradient flow minimises",
    "papazov.gf-equivalent": "gradient flow from a balanced start gives the same",
    "papazov.positive": "the integrals are positive without zero crossings",
    "papazov.order": "balancedness and perturbed start are of the order of the start squared",
    "papazov.small-lambda.bound": "below a bound on lambda balancedness never vanishes",
    "papazov.small-lambda.limit": "balancedness at the end for small lambda",
    "papazov.mirror": "a momentum mirror flow with moving potentials",
    "papazov.smgd": "what stochastic momentum minimises",
    "papazov.negligible": "the perturbed start is negligible",
    "papazov.sparser": "a smaller balancedness makes solutions sparser",
    "papazov.centring": "momentum helps on uncentred data, not on centred",
    "papazov.optimal-lambda": "an inertia that is best for generalisation",
}
CLAIMS = list(all_claims().values())
every_claim = pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)


@pytest.mark.parametrize("name", STATEMENTS)
def test_statement_has_a_claim(name: str) -> None:
    assert select([name])


def test_no_claim_is_called_like_a_part_of_another_that_exists() -> None:
    # `lyu.prop4` is a statement of its own beside its remarks; no other claim hides its parts.
    names = {claim.id for claim in CLAIMS}
    hiding = {name for name in names if any(other.startswith(f"{name}.") for other in names)}
    assert hiding <= set(STATEMENTS)


@every_claim
def test_identifier_is_plain(claim: Claim) -> None:
    assert re.fullmatch(r"[a-z]+(\.[a-z0-9]+(-[a-z0-9]+)*)+", claim.id)


@every_claim
def test_claim_says_what_it_is_about(claim: Claim) -> None:
    sampled = claim.sampled_over if isinstance(claim.sampled_over, str) else claim.sampled_over()
    for text in (claim.title, claim.paper, claim.equation, claim.claimed_over, sampled):
        assert text.strip()
    assert claim.printed.line > 0
    assert all(check.question.strip() for check in claim.checks)


def _distinct(forms: tuple[Form, ...]) -> bool:
    return len({form.name for form in forms}) == len(forms)


def incomplete(forms: Forms) -> str | None:
    """What a set of forms lacks, None if nothing."""
    if not forms.mutants:
        return "no mutant"
    every = (forms.printed, *((forms.corrected,) if forms.corrected else ()))
    if not all(form.statement.strip() for form in (*every, *forms.mutants, *forms.inert)):
        return "a form without a statement"
    if not _distinct((*every, *forms.mutants, *forms.inert)):
        return "two forms of one name"
    return None


@every_claim
def test_claim_has_mutants_with_names(claim: Claim) -> None:
    assert incomplete(claim.forms()) is None


def test_rule_finds_what_is_missing() -> None:
    right, wrong = Form("printed", "it is so"), Form("wrong", "it is not")
    assert incomplete(Forms(right)) == "no mutant"
    assert incomplete(Forms(right, mutants=(wrong, wrong))) == "two forms of one name"
    assert incomplete(Forms(right, mutants=(Form("wrong", " "),))) == "a form without a statement"
    assert incomplete(Forms(right, mutants=(wrong,))) is None

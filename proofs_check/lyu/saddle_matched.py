"""Lyu et al., section 3.1: momentum against gradient descent from a smaller start."""

from __future__ import annotations

from itertools import combinations, product
from typing import NamedTuple

import numpy as np
import sympy as sp

from numeric.problems import Problem, Start
from numeric.projection import entropy_projection
from numeric.saddle_escape import start_with_limit, steps_until
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
    exact_zero,
)
from proofs_check.limit_orders import CONSTANT
from proofs_check.saddle_matches import MOMENTUM, Match, match, matches
from symbolic.derivation import Step
from symbolic.saddle_escape import LINEAR, matched_start, matching_residuals
from symbolic.symbols import XI
from symbolic.two_step import GRADIENT_DESCENT

PAPER = "Lyu et al. 2025"
#: One size for all coordinates.
UNIFORM = sp.Symbol("c'", positive=True)
#: The saddle counts as left when the loss has fallen to this share of that at theta = 0.
SHARE_OF_LOSS = 0.5


class Matched(NamedTuple):
    """The start (u_0, v_0) of gradient flow, one coordinate, by xi and R of momentum's limit."""

    u: sp.Expr
    v: sp.Expr


def _distance(case: Match, content: Matched) -> float:
    """Return how far from momentum's limit gradient flow from the stated start ends."""
    if content.u == UNIFORM:
        return case.distance
    start = start_with_limit(case.limit.xi, _term(content, case))
    linear = -np.log(start.u / start.v) / 4
    there = entropy_projection(case.problem.X, case.problem.y, start.xi, linear).theta
    return float(np.linalg.norm(there - case.theta))


def _term(content: Matched, case: Match) -> np.ndarray:
    """Return the linear term that gradient flow from the stated start has, (d,)."""
    factor = sp.expand(-sp.expand_log(sp.log(content.u / content.v), force=True) / 4)
    return float(factor.coeff(LINEAR, 1)) * case.limit.linear


def same_scale_and_term(form: Form) -> Finding:
    """Decide that gradient flow from the start has the scale and the linear term of the limit."""
    return exact_zero(
        list(matching_residuals(form.content.u, form.content.v)),
        r"$\ln|u_0v_0| - \ln\xi_\infty$ and $-\frac14\ln|u_0/v_0| - R$, $\xi_\infty$ and $R$ those "
        "of the exact theorem for the run with momentum, every coordinate.",
    )


def trained_limits(form: Form) -> Finding:
    """Compare momentum's trained limit with gradient flow from the stated start."""
    if not all(case.converged for case in matches()):
        return Finding(Outcome.UNCLEAR, "A run did not converge.")
    shares = {case.label: _distance(case, form.content) / case.effect for case in matches()}
    sizes = {case.label: case.uniform / case.start.u[0] for case in matches()}
    data = {"smallest share": min(shares.values())}
    if form.content.u == UNIFORM:
        data |= {"best uniform start over that of momentum": sizes}
    return bounded(
        max(shares.values()),
        CONSTANT,
        "Largest distance of heavy ball's trained limit from that of gradient flow from the stated "
        "start - with one size for all coordinates the best one - over the distance that momentum "
        "has moved the limit.",
        rtol=1e-2,
        atol=CONSTANT,
        data=data,
    )


def matched_forms() -> Forms:
    """Return one smaller size for all coordinates, the exact match, and wrong starts."""
    u, v = matched_start()
    root = sp.sqrt(XI)
    return Forms(
        Form(
            "printed",
            r"Gradient flow from one smaller size, $u = v = c' < c$, has the regularisation of "
            "momentum from $u = v = c$",
            Matched(UNIFORM, UNIFORM),
        ),
        Form(
            "coordinate by coordinate",
            r"Gradient flow from $u_j = \sqrt{\xi_{\infty,j}}\,e^{-2R_j}$, $v_j = "
            r"\sqrt{\xi_{\infty,j}}\,e^{2R_j}$ has exactly the limit of the run with momentum "
            r"whose scale and linear term these are: a size and a bias for every coordinate",
            Matched(u, v),
        ),
        (
            Form("opposite bias", r"the start with $-R$", Matched(v, u)),
            Form("without the bias", r"$u = v = \sqrt{\xi_\infty}$", Matched(root, root)),
        ),
    )


def unmatched_limit() -> Counterexample | None:
    """Search small integer data for a limit of momentum that no uniform start has."""
    for entries, size in product(combinations((1, 2, 3, 4), 3), (0.5, 0.25)):
        # One sample, three coordinates: the limits of uniform starts are a curve in a plane.
        problem = Problem(np.array([entries], dtype=float), np.ones(1))
        case = match(problem, Start.scaled(3, size), 0.01, "", 0.0)
        if case.converged and case.distance > CONSTANT * case.effect:
            return Counterexample(
                "No start u = v = c' of gradient flow, c' up to 30 c, has the limit of heavy ball.",
                {
                    "X": [list(entries)],
                    "y": [1],
                    "c": size,
                    "eta": 0.01,
                    "mu": MOMENTUM,
                    "limit of heavy ball": case.theta.tolist(),
                    "best c'": case.uniform,
                    "distance that momentum moved the limit": case.effect,
                    "its distance over that of c": case.distance / case.effect,
                },
                exact=False,
                found_by="search over one sample, three entries from 1 to 4, c 1/2 or 1/4",
                rtol=1e-2,
            )
    return None


# --- What the larger start saves ------------------------------------------------------------------


class Saving(NamedTuple):
    """Steps until the loss is half: momentum from c; GD from c, c' and the exact match."""

    momentum: int
    same: int
    uniform: int
    exact: int

    def share(self) -> float:
        """Return the part of the steps saved that the start accounts for, the more favourable."""
        return max(
            (smaller - self.same) / (smaller - self.momentum)
            for smaller in (self.uniform, self.exact)
        )


def saving(case: Match) -> Saving:
    """Count the steps of a case."""
    X, y = case.problem.X, case.problem.y
    half = SHARE_OF_LOSS * float(y @ y) / (2 * len(X))
    gd = GRADIENT_DESCENT.with_momentum(0)
    exact = start_with_limit(case.limit.xi, case.limit.linear)
    starts = (case.start, Start.scaled(case.problem.d, case.uniform), exact)
    counts = [steps_until(case.problem, s, gd, case.eta, loss=half) for s in starts]
    own = steps_until(case.problem, case.start, case.method, case.eta, loss=half)
    return Saving(own, *counts)


def escape_saved(form: Form) -> Finding:
    """Compare the share of the saved steps that is due to the larger start with the range."""
    low, high = form.content
    savings = {case.label: saving(case) for case in matches()}
    shares = np.array([each.share() for each in savings.values()])
    median = float(np.median(shares))
    return Finding(
        Outcome.HOLDS if low <= median <= high else Outcome.FAILS,
        "Steps until the loss has halved: of those that heavy ball saves against GD at the same "
        r"$\eta$ from the start that matches its limit (one size, or coordinate by coordinate: the "
        "one with the larger share), the share that GD saves too if it keeps the larger start. "
        "Median over problems; then smallest and largest.",
        measured=[median, float(shares.min()), float(shares.max())],
        predicted=[low, high],
        criterion="the median is in the predicted range",
        rtol=5e-2,
        data={
            "steps of heavy ball, GD from c, from one c', from the exact match": {
                label: list(each) for label, each in savings.items()
            },
            "problems on which one c' below c is the best": sum(
                case.uniform < case.start.u[0] for case in matches()
            ),
        },
    )


def benefit_forms() -> Forms:
    """Return ranges of the share."""
    return Forms(
        Form(
            "printed",
            "The larger start is what saves the steps at the saddle: more than half of them",
            (0.5, 1.0),
        ),
        mutants=(
            Form("momentum saves nothing", "the start saves more than momentum does", (1.0, 1e9)),
            Form("the larger start costs", "GD from the larger start is slower", (-1e9, -0.5)),
        ),
    )


def derivation() -> tuple[Step, ...]:
    """Return the matching start."""
    u, v = matched_start()
    return (
        Step(r"Gradient flow with the scale $\xi$ and the linear term $R_j$ starts at $u_j =$", u),
        Step(r"and $v_j =$", v),
        Step(r"as it keeps $|u_jv_j|$ and has the linear term", -sp.log(u / v) / 4),
    )


_SAMPLED = (
    "heavy ball with mu = 0.9 on six problems with N(0, 1) and six with N(1, 1) entries, n = 40, "
    "d = 100, five nonzero entries, u = v = 0.1"
)

CLAIMS = (
    Claim(
        id="lyu.saddle.matched",
        title="A smaller start of gradient descent with momentum's solution",
        paper=PAPER,
        equation="section 3.1",
        printed=Quotation(
            "lyu2025.txt",
            148,
            "GD with a smaller initialization might achieve a similar regularization effect as HB "
            "and NAG",
        ),
        claimed_over="all data; starts of one size",
        sampled_over=f"match: every run of every two-step method; training: {_SAMPLED}",
        forms=matched_forms,
        checks=(
            Check(
                "scale and term",
                "Has gradient flow from there the scale and the linear term?",
                same_scale_and_term,
                exact=True,
                proves=True,
            ),
            Check("trained limits", "Has it the trained limit?", trained_limits),
        ),
        derivation=derivation,
        counterexample=unmatched_limit,
        remark="The scale that momentum ends with differs between coordinates. Where it reweights "
        "them against the support, the single size that comes closest is larger than that of "
        "momentum's own start, not smaller: see the evidence for the kinds of data.",
    ),
    Claim(
        id="lyu.saddle.benefit",
        title="Momentum avoids the saddle by a larger start",
        paper=PAPER,
        equation="section 3.1",
        printed=Quotation(
            "lyu2025.txt",
            148,
            "This reveals the benefit of the extra effects brought by momentum, i.e., avoiding the "
            "saddle point escape problem by using a relatively large initialization to achieve "
            "good generalization.",
        ),
        claimed_over="all data; no measure is stated",
        sampled_over=_SAMPLED,
        forms=benefit_forms,
        checks=(
            Check("escape", "What share of the steps saved is due to the start?", escape_saved),
        ),
        depends=("lyu.saddle.escape", "lyu.saddle.matched"),
        empirical=True,
        remark="A smaller start costs steps by the logarithm of the ratio of the sizes only. What "
        "momentum saves at the saddle it saves from every start, because it is gradient descent "
        "with steps larger by 1/(1 - mu) there.",
    ),
)

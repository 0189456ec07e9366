"""Papazov et al., section 6: where stochastic momentum gradient descent ends, exactly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

import sympy as sp

from numeric.precise_runs import compiled_excess
from proofs_check.claim import Check, Claim, Finding, Form, Forms, Quotation, exact_zero
from proofs_check.papazov.smgd_counterexample import one_step_counterexample
from proofs_check.theorem_runs import METHODS, Gaps, find_run, gaps
from proofs_check.theorem_statements import (
    Statement,
    gap_finding,
    meets,
    right_statement,
    with_sums,
    worst_of,
    wrong_statements,
)
from symbolic import discrete_theorem as theorem
from symbolic.derivation import Step
from symbolic.discrete_theorem import NEXT, NOW, itakura_saito
from symbolic.mutation import mutations
from symbolic.symbols import MU
from symbolic.theorem_corollaries import smgd_summand, telescoped_residual

FILE, PAPER = "papazov2024-poster.txt", "Papazov et al. 2024"
#: Stochastic runs, each with whether neurons change sign: (a method of `METHODS`, crosses).
HEAVY_BALLS = tuple(
    (method, crosses)
    for method in METHODS
    for crosses in (False, True)
    if (method[0], crosses) in {("SHB", False), ("SHB", True), ("SGD", True)}
)


def telescopes(form: Form) -> Finding:
    """Decide that the stated summand is the excess of a step, up to a telescoping sum."""
    return exact_zero(
        telescoped_residual(form.content.excess),
        r"Excess $e_k$ of a heavy-ball step minus the stated summand minus $T_k - T_{k+1}$ with "
        r"$T_k = \mu\,r(x_{k-1}/x_k)$: both sums differ by $T_0$, which is zero from rest.",
    )


def summed(form: Form) -> Finding:
    """Decide that the stated scale and linear term are those of the summed step identity."""
    stated = form.content
    return exact_zero(
        [
            *theorem.theorem_residuals(),
            sp.expand(stated.log_scale - theorem.log_scale()),
            sp.expand(stated.linear - theorem.linear_term()),
        ],
        r"Step identity of $u$ and of $v$ and its summation; stated minus derived "
        r"$\ln\Delta_\infty$ and $\nabla\psi_{\Delta_\infty}(\tilde\theta_0)$; the condition of "
        "the minimiser.",
    )


@lru_cache(maxsize=128)
def _sums(method: tuple[Any, ...], crosses: bool, summand: sp.Expr) -> Any:
    return find_run(*method, crosses, False).run.sums(compiled_excess(summand))


def _gaps(statement: Statement) -> Iterator[Gaps]:
    """Yield the gaps of the runs, up to the first that misses the requirement."""
    for method, crosses in HEAVY_BALLS:
        run = find_run(*method, crosses, False).run
        sums = _sums(method, crosses, statement.excess)
        found = gaps(run, sums, statement.log_scale, statement.linear)
        yield found
        if not meets(found):
            return


def runs_meet(form: Form) -> Finding:
    """Compare with stochastic runs in 60-digit arithmetic."""
    return gap_finding(
        worst_of(_gaps(form.content)),
        r"Largest $|\Delta_\infty/\text{stated} - 1|$ and largest part of "
        r"$\nabla\psi_{\Delta_\infty}(\theta_\infty) - \nabla\psi_{\Delta_\infty}(\tilde\theta_0)$ "
        "out of the row space, over trained runs with minibatches of one sample in 60-digit "
        "arithmetic, with and without sign changes of neurons.",
    )


def _right() -> Statement:
    return right_statement(smgd_summand())


def _wrong_summands(right: Statement) -> list[tuple[str, Statement]]:
    """Return wrong versions of the summand r(w_{k+1}/w_k) + beta r(w_k/w_{k+1})."""
    # The two terms as symbols, for their names.
    forth, back = sp.symbols("r(w_{k+1}/w_{k}) r(w_{k}/w_{k+1})", real=True)
    values = {forth: itakura_saito(NEXT / NOW), back: itakura_saito(NOW / NEXT)}
    wrong = [
        (name, replace(right, excess=summand.subs(values, simultaneous=True)))
        for name, summand in mutations(MU * back + forth)
    ]
    return [
        *wrong,
        (
            "ratio of the second term not inverted",
            replace(right, excess=(1 + MU) * itakura_saito(NEXT / NOW)),
        ),
    ]


def _mutants(part: str, printed: Statement) -> tuple[Form, ...]:
    right = _right()
    wrong = wrong_statements(right)
    chosen = [*wrong[part], *wrong["excess"], *_wrong_summands(right)]
    return tuple(Form(name, name, content) for name, content in chosen if content != printed)


def _scale_forms() -> Forms:
    right = _right()
    printed = replace(right, log_scale=with_sums(right.log_scale, 1, -1))
    return Forms(
        Form("printed", r"$\Delta_\infty = \Delta_0 \odot \exp(-S_+ + S_-)$", printed),
        Form("both signs minus", r"$\Delta_\infty = \Delta_0 \odot \exp(-(S_+ + S_-))$", right),
        _mutants("scale", printed),
    )


def _limit_forms() -> Forms:
    right = _right()
    statement = (
        r"$\theta^{\text{SMGD}} = \operatorname{argmin} D_{\psi_{\Delta_\infty}}(\theta, "
        r"\tilde\theta_0)$ over the interpolators, with $\tilde\theta_0 = \frac14(w_{+,0}^2 "
        r"e^{-2S_+} - w_{-,0}^2 e^{-2S_-})$, the sums as printed and $\Delta_\infty = \Delta_0 "
        r"e^{-(S_+ + S_-)}$"
    )
    return Forms(Form("printed", statement, right), mutants=_mutants("linear", right))


def derivation() -> tuple[Step, ...]:
    """Return the steps from one update to the sums."""
    left, force = theorem.step_identity(+1)
    return (
        Step(
            "With $r(z) = z - 1 - \\ln|z|$ each step of $u$ obeys, exactly, "
            "($+$ on the right for $v$)",
            sp.Eq(left, force, evaluate=False),
        ),
        Step("where for heavy ball the excess $e_k$ is", theorem.heavy_ball_excess()),
        Step(
            "Summed over all steps, with $I = \\eta \\sum g_k$,", theorem.logarithm_at_the_end(+1)
        ),
        Step("The impulse $I$ cancels in $\\ln|u_\\infty v_\\infty|$:", theorem.log_scale()),
        Step(
            "and it is in the row space of $X$ for every minibatch, so the linear term is",
            theorem.linear_term(),
        ),
    )


TELESCOPES = Check("summand", "Is the summand that of the step identity?", telescopes, exact=True)
SUMMED = Check(
    "summed",
    "Do the sums of an exact identity give the statement?",
    summed,
    exact=True,
    proves=True,
)
RUNS = Check("60 digits", "Do trained stochastic runs end there?", runs_meet)
SAMPLED = (
    "symbolically: every momentum, step size and gradient sequence; runs: "
    f"{', '.join(dict.fromkeys(method[0] for method, _ in HEAVY_BALLS))} on rational problems with "
    "minibatches of one sample, with and without sign changes"
)
CLAIMED = "every data set, minibatch sequence and start with $w_0 = w_1$; convergence is assumed"

CLAIMS = (
    Claim(
        id="papazov.smgd.balancedness",
        title="Asymptotic balancedness of stochastic momentum",
        paper=PAPER,
        equation="section 6",
        printed=Quotation(FILE, 119, r"$\Delta_\infty = \Delta_0 \odot \exp(-S_+ + S_-)$"),
        claimed_over=CLAIMED,
        sampled_over=SAMPLED,
        forms=_scale_forms,
        checks=(TELESCOPES, SUMMED, RUNS),
        derivation=derivation,
        counterexample=one_step_counterexample,
    ),
    Claim(
        id="papazov.smgd.limit",
        title="What stochastic momentum minimises",
        paper=PAPER,
        equation="section 6",
        printed=Quotation(
            FILE,
            121,
            r"$\tilde{\theta}_0 = \frac{1}{4} (w_{+,0}^2 \odot \exp(-2S_+) - w_{-,0}^2 \odot "
            r"\exp(-2S_-))$",
        ),
        claimed_over=CLAIMED,
        sampled_over=SAMPLED,
        forms=_limit_forms,
        checks=(TELESCOPES, SUMMED, RUNS),
        derivation=derivation,
        remark="The iterates must not be zero. The sum begins, in the poster, behind a first step "
        "that does not move; with a velocity at the start the theorem needs the starting point "
        "of *One theorem*.",
    ),
)

"""Section 6 of Papazov et al. for every two-step method: any momentum, look-ahead and start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

import sympy as sp

from numeric.precise_runs import compiled_excess
from proofs_check.claim import (
    Check,
    Claim,
    Finding,
    Form,
    Forms,
    Outcome,
    Quotation,
    exact_zero,
)
from proofs_check.papazov.smgd import FILE, PAPER
from proofs_check.theorem_float_runs import REFERENCE_BOUND, float_gaps
from proofs_check.theorem_runs import METHODS, Gaps, TheoremRun, find_run, gaps, theorem_runs
from proofs_check.theorem_statements import (
    Statement,
    gap_finding,
    meets,
    right_statement,
    worst_of,
    wrong_statements,
)
from symbolic import discrete_theorem as theorem
from symbolic.derivation import Step
from symbolic.discrete_theorem import itakura_saito
from symbolic.displays import equation
from symbolic.mutation import mutations
from symbolic.symbols import MU, U, V
from symbolic.theorem_corollaries import smgd_summand


def identity(form: Form) -> Finding:
    """Decide the step identity with the stated excess, its summation and what follows from it."""
    stated: Statement = form.content
    right = right_statement()
    if stated.excess == right.excess:
        steps = theorem.theorem_residuals()
    else:
        steps = (theorem.step_residual(+1, stated.excess),)
    return exact_zero(
        [
            *steps,
            sp.expand(stated.log_scale - right.log_scale),
            sp.expand(stated.linear - right.linear),
        ],
        r"Step identity of $u$ and of $v$ for symbolic $\mu$, $\kappa$, $\eta$ and $g_k$; its "
        r"summation; stated minus derived $\ln\xi_\infty$ and $\nabla Q_{\xi_\infty}"
        r"(\tilde\theta_0)$; the condition of the minimiser.",
    )


@lru_cache(maxsize=128)
def _sums(found: TheoremRun, excess: sp.Expr) -> Any:
    return found.run.sums(compiled_excess(excess))


def _gaps(found: TheoremRun, stated: Statement) -> Gaps:
    sums = _sums(found, stated.excess)
    return gaps(found.run, sums, stated.log_scale, stated.linear)


def _short_runs() -> Iterator[TheoremRun]:
    """Yield runs on which a wrong form is tried: look-ahead, and a start with velocity."""
    for method in METHODS:
        if method[0] in ("SNAG", "kappa > mu"):
            yield find_run(*method, False, True)


def _row(found: TheoremRun, one: Gaps) -> dict[str, Any]:
    run = found.run
    return {
        "run": found.label,
        "mu": float(run.mu),
        "kappa": float(run.kappa),
        "eta": float(run.eta),
        "steps": run.steps,
        "sign changes": run.sign_changes,
        "scale": float(one.scale),
        "out of the row space": float(one.stationarity),
    }


def runs_meet(form: Form) -> Finding:
    """Compare with runs of every method in 60-digit arithmetic; a wrong form stops at the first."""
    stated: Statement = form.content
    right = stated == right_statement()
    met: list[tuple[TheoremRun, Gaps]] = []
    for found in theorem_runs() if right else _short_runs():
        met.append((found, _gaps(found, stated)))
        if not right and not meets(met[-1][1]):
            break
    return gap_finding(
        worst_of(one for _, one in met),
        r"Largest $|\xi_\infty/\text{stated} - 1|$ and largest part of $\nabla Q_{\xi_\infty}"
        r"(\theta_\infty) - \nabla Q_{\xi_\infty}(\tilde\theta_0)$ out of the row space, over "
        f"{len(met)} trained runs in 60-digit arithmetic.",
        {"runs": [_row(found, one) for found, one in met]} if right else {},
    )


def double_precision(form: Form) -> Finding | None:
    """Compare with the same runs in float64, within the rounding bound that each run computes."""
    stated: Statement = form.content
    right = right_statement()
    if stated.excess != right.excess:
        return None  # the stable sums are those of the right excess
    runs = theorem_runs() if stated == right else _short_runs()
    found = [(run, float_gaps(run, stated.log_scale, stated.linear)) for run in runs]
    lost = [run.label for run, gap in found if gap is None or not gap.finite]
    if lost:
        return Finding(Outcome.UNCLEAR, f"No limit or no sums in double precision: {lost[0]}.")
    measured = [gap for _, gap in found if gap is not None]
    worst = max(gap.largest for gap in measured if gap.reference)
    shares = max(gap.largest / gap.allowed for gap in measured)
    holds = worst <= REFERENCE_BOUND and shares <= 1
    return Finding(
        Outcome.HOLDS if holds else Outcome.FAILS,
        f"The same two differences in double precision over {len(measured)} runs, with sums that "
        "do not cancel: the largest on runs of at most 10000 steps that stay clear of zero, and "
        "the largest share of the rounding bound that a run computes from its length and its "
        "near misses of zero.",
        {"largest": worst, "share of the bound": shares},
        {"largest": REFERENCE_BOUND, "share of the bound": 1.0},
        "both measured <= predicted",
        # Rounding itself: nothing of it repeats on another machine.
        rtol=0.0,
        atol=1.0,
    )


def _mutants(right: Statement) -> tuple[Form, ...]:
    wrong = [pair for pairs in wrong_statements(right).values() for pair in pairs]
    for name, expression in mutations(theorem.EXCESS.doit()):
        changed = expression.subs(theorem.ratios(), simultaneous=True)
        changed = changed.replace(theorem.DIVERGENCE, itakura_saito)
        wrong.append((name, replace(right, excess=changed)))
    at_rest = {theorem.U_BEFORE: U, theorem.V_BEFORE: V}
    others = {
        "the poster's sums for every look-ahead": smgd_summand(),
        "heavy ball's excess for every look-ahead": theorem.excess(MU, sp.S.Zero),
        "Nesterov's excess for every look-ahead": theorem.excess(MU, MU),
    }
    wrong += [(name, replace(right, excess=excess)) for name, excess in others.items()]
    wrong += [
        (
            "velocity of the start ignored in the scale",
            replace(right, log_scale=right.log_scale.subs(at_rest)),
        ),
        (
            r"velocity of the start ignored in $\tilde\theta_0$",
            replace(right, linear=right.linear.subs(at_rest)),
        ),
    ]
    return tuple(Form(name, name, statement) for name, statement in wrong)


def forms() -> Forms:
    """Return the theorem for every two-step method, and mutants."""
    right = right_statement()
    statement = (
        r"For every $\mu \in [0, 1)$, real $\kappa$, minibatch sequence and start, with "
        r"$S_x = \frac{1}{1-\mu}\sum_{k \ge 0}\,[r(x_{k+1}/y_k) - r(m_k/\rho_k) + r(m_k) + "
        r"\mu\,r(q_k)]$ for $x = u, v$: $\xi_\infty = \xi_0 e^{-S_u - S_v}$ and $\theta_\infty = "
        r"\operatorname{argmin} D_{Q_{\xi_\infty}}(\theta, \tilde\theta_0)$ over the "
        r"interpolators, $\tilde\theta_0 = u_0^2 e^{-2S_u} - v_0^2 e^{-2S_v}$; for a start with "
        r"velocity $|x_0|$ stands for $|x_0|\,|x_0/x_{-1}|^{\mu/(1-\mu)}$"
    )
    return Forms(Form("printed", statement, right), mutants=_mutants(right))


def derivation() -> tuple[Step, ...]:
    """Return the steps from one update to the sums."""
    left, force = theorem.step_identity(+1)
    y, free = theorem.ratios()[theorem.LOOK_AHEAD], theorem.ratios()[theorem.DRIFT]

    return (
        Step("The look-ahead point", equation(theorem.LOOK_AHEAD, y)),
        Step("The step without its gradient, over $x_k$", equation(theorem.DRIFT, free)),
        Step("The excess of a step", theorem.EXCESS),
        Step("Each step of $u$ obeys, exactly ($+$ for $v$),", equation(left, force)),
        Step("Summed, with $I = \\eta\\sum g_k$,", theorem.logarithm_at_the_end(+1)),
    )


CLAIMS = (
    Claim(
        id="papazov.smgd.every-method",
        title="The exact theorem for every two-step method",
        paper=PAPER,
        equation="section 6, beyond the print",
        printed=Quotation(
            FILE,
            117,
            r"$\theta^{\text{SMGD}} = \arg\min_{\theta^* \in \mathcal{S}} "
            r"D_{\psi_{\Delta_\infty}}(\theta^*, \tilde{\theta}_0)$",
        ),
        claimed_over="printed for heavy ball from rest; put to the test for every momentum, "
        "look-ahead (Nesterov's method, negative ones, some above the momentum), minibatch "
        "sequence and initial velocity. Convergence is assumed, and that no $x_k$, $y_k$ or $m_k$ "
        "is zero",
        sampled_over="symbolically: all of it; runs: "
        f"{', '.join(method[0] for method in METHODS)} on rational problems, minibatches random, "
        "alternating and always the same until late, each from rest and moving, with and without "
        "sign changes of neurons",
        forms=forms,
        checks=(
            Check("identity", "Is it an identity?", identity, exact=True, proves=True),
            Check("60 digits", "Do trained runs of every method end there?", runs_meet),
            Check("float64", "Do they in double precision, up to rounding?", double_precision),
        ),
        derivation=derivation,
        remark="This goes beyond the print; the page *One theorem* derives from it what both "
        "papers say. A zero of $y_k$ or $m_k$ alone is removable, but the form without it contains "
        "$g_k$, so that a check with it would be circular.",
    ),
)

"""Checks of the balancedness that momentum gradient flow ends with, shared by its claims."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import sympy as sp

from proofs_check.claim import Check, Finding, Form, Outcome, bounded, exact_zero
from proofs_check.mgf_runs import MgfRun, all_converged, compiled, within
from symbolic import mgf_limit as theorem
from symbolic.derivation import Step
from symbolic.entropy import DELTA
from symbolic.entropy_identities import psi_residual
from symbolic.implicit_bias import row_space_residual
from symbolic.mgf_limit import RATE_MINUS, RATE_PLUS, SIZE_MINUS, SIZE_PLUS
from symbolic.momentum_gradient_flow import logarithm, logarithm_residual

AT_REST = {RATE_PLUS: 0, RATE_MINUS: 0}


@lru_cache(maxsize=1)
def identities() -> tuple[sp.Expr, ...]:
    """Return the residuals that the exact theorem rests on, for both neurons."""
    return (
        *(logarithm_residual(sign) for sign in (1, -1)),
        *(theorem.end_residual(sign) for sign in (1, -1)),
        *(theorem.residue_at_zero(sign) + 1 for sign in (1, -1)),
        *theorem.perturbed_start_residuals(),
        theorem.minimiser_residual(),
        row_space_residual(),
        psi_residual(),
    )


def derived_balancedness() -> sp.Expr:
    """Return Delta_inf = |w_+ w_-| at the end of a flow from rest, by Delta_0, I_+ and I_-."""
    plus, minus = (each.subs(AT_REST) for each in theorem.effective_logarithms())
    sizes = sp.log(SIZE_PLUS) + sp.log(SIZE_MINUS)
    return DELTA * sp.exp(sp.expand(plus + minus - sizes))


def exact_scale(form: Form) -> Finding:
    """Compare a stated Delta_inf with what the conserved logarithms leave."""
    return exact_zero(
        [form.content - derived_balancedness(), *identities()],
        r"Stated minus derived $\Delta_\infty$, as functions of $\Delta_0$ and the integrals "
        r"$\lambda\int(\dot w_\pm/w_\pm)^2$; and the identities along the flow.",
    )


def _relative_gaps(stated: sp.Expr, runs: tuple[MgfRun, ...]) -> float:
    function = compiled(stated.subs(DELTA, SIZE_PLUS * SIZE_MINUS))
    gaps = [np.abs(run.evaluate(function) / run.limit.delta - 1) for run in runs]
    return float(np.max(gaps))  # keeps a NaN


def scale_along(runs: tuple[MgfRun, ...], what: str, form: Form) -> Finding:
    """Compare a stated Delta_inf with the neurons at the end of integrated flows."""
    if not all_converged(runs):
        return Finding(Outcome.UNCLEAR, "A flow did not converge.")
    return bounded(
        _relative_gaps(form.content, runs),
        within(runs),
        rf"Largest relative difference between the stated $\Delta_\infty$ and $|w_+w_-|$ at the "
        f"end of {len(runs)} integrated flows {what}.",
        rtol=1e-4,
        atol=within(runs),
    )


def derivation() -> list[Step]:
    """Return the steps from the conserved logarithms to the minimiser."""
    plus, minus = (each.subs(AT_REST) for each in theorem.effective_logarithms())
    return [
        Step("Conserved along the flow as long as the neuron is not zero", logarithm(+1)),
        Step("and for the other neuron", logarithm(-1)),
        Step(
            "At the end the velocities are zero: ln|w| of both neurons there, without the integral "
            "of g, a vector of the row space that enters with opposite signs",
            sp.Matrix([plus, minus]),
        ),
        Step("The sum is the logarithm of the balancedness", derived_balancedness()),
        Step("The predictor of the pair without the integral of g", theorem.perturbed_start()),
        Step(
            "Near a zero of a neuron the square has a double pole with this residue, a real number",
            theorem.residue_at_zero(+1),
        ),
    ]


def proving(name: str, question: str, run: Callable[[Form], Finding | None]) -> Check:
    """Return an exact check that settles the whole statement."""
    return Check(name, question, run, exact=True, proves=True)

r"""Papazov et al., section 4: whether the perturbed start theta~_0 is negligible."""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
import sympy as sp

from numeric.problems import Problem, Start
from proofs_check.claim import (
    Check,
    Claim,
    Counterexample,
    Finding,
    Form,
    Forms,
    Outcome,
    Quotation,
    mutant_forms,
)
from proofs_check.mgf_negligible import neglect
from proofs_check.mgf_runs import WITHIN, all_converged, compiled, mgf_runs, sampled_text
from proofs_check.mgf_scales import largest_constant
from symbolic import mgf_limit as theorem

PAPER = "Papazov et al. 2024"
PRINTED = Quotation(
    "papazov2024-poster.txt",
    94,
    r"**Experimentally:**  $\tilde{\theta}_0$ is negligible and  $\theta^{\text{MGF}} \approx "
    r"\arg\min_{\theta^* \in \mathcal{S}} \psi_{\Delta_\infty}(\theta^*)$ .",
)
#: The smallest relative distance that is called more than negligible.
TENTH = 0.1


class Size(NamedTuple):
    """|theta~_0| <= constant alpha^2 and Delta_inf <= Delta_0, in all flows or without zeros."""

    everywhere: bool
    constant: sp.Rational = sp.S.One
    #: Whether the factors e^{-2 I} are said to be at most 1, or at least 1.
    shrinks: bool = True


def size_exactly(form: Form) -> Finding:
    """Decide the constant from the signs of I that the flow allows."""
    stated: Size = form.content
    largest, residue = largest_constant(), theorem.residue_at_zero(+1)
    statement = (
        r"Largest $|\tilde\theta_0|/\alpha^2$ for factors $e^{-2I_\pm}$ in $[0, 1]$, that is, for "
        r"$I_\pm \ge 0$; and the residue of the integrand where a neuron is zero: unless it "
        r"vanishes, $I_\pm$ is a finite part there, and its sign is not that of a square."
    )
    squares = not stated.everywhere or residue == 0
    holds = squares and stated.shrinks and stated.constant >= largest
    return Finding(
        Outcome.HOLDS if holds else Outcome.FAILS,
        statement,
        measured=f"{largest}; residue {residue}",
        predicted=f"at most {stated.constant}{'; residue 0' if stated.everywhere else ''}",
        criterion="only flows whose integrals are not negative, and the constant at least the "
        "largest value",
    )


def size_of_flows(form: Form) -> Finding:
    """Return the largest |theta~_0|/alpha^2 and Delta_inf/Delta_0 of the flows in question."""
    stated: Size = form.content
    runs = tuple(run for run in mgf_runs() if stated.everywhere or not run.limit.crossings)
    if not all_converged(runs):
        return Finding(Outcome.UNCLEAR, "A flow did not converge.")
    function = compiled(theorem.perturbed_start())
    starts, ratios = [], []
    for run in runs:
        # The poster's neurons are u + v and u - v.
        alpha = float(np.max(np.abs(run.start.u) + np.abs(run.start.v)))
        starts.append(float(np.max(np.abs(run.evaluate(function)))) / alpha**2)
        ratio = run.limit.xi / run.start.xi
        ratios.append(float(np.max(ratio)) if stated.shrinks else -float(np.min(ratio)))
    if not np.isfinite([*starts, *ratios]).all():
        return Finding(Outcome.UNCLEAR, "A flow left a number that is not finite.")
    # Where nothing moves the ratio is 1, up to rounding.
    most = (1.0 if stated.shrinks else -1.0) + WITHIN
    holds = max(starts) <= float(stated.constant) and max(ratios) <= most
    return Finding(
        Outcome.HOLDS if holds else Outcome.FAILS,
        rf"Largest $|\tilde\theta_0|/\alpha^2$ and $\Delta_\infty/\Delta_0$ over {len(runs)} "
        "flows.",
        measured=[max(starts), abs(max(ratios))],
        predicted=[float(stated.constant), 1.0],
        criterion="both at most the predicted number"
        if stated.shrinks
        else "the first at most, the second at least the predicted number",
        rtol=1e-6,
    )


def size_forms() -> Forms:
    """Return the size of theta~_0 as claimed, with its hypothesis, and wrong ones."""
    return Forms(
        Form(
            "printed",
            r"$\tilde\theta_0$ is negligible along every flow, read as $|\tilde\theta_0|_\infty "
            r"\le \alpha^2$ with $\Delta_\infty \le \Delta_0$",
            Size(True),
        ),
        Form(
            "without zeros of neurons",
            r"$|\tilde\theta_0|_\infty \le \alpha^2$ and $\Delta_\infty \le \Delta_0$ for flows "
            r"from rest in which no neuron passes through zero, with $\alpha = \max(|u_0|_\infty, "
            r"|v_0|_\infty)$ of the poster's neurons. No neuron does if $\lambda|\nabla "
            r"L(\theta_t)_j| \le 1/4$ for all $t$ and $j$, whatever the scale of the start",
            Size(False),
        ),
        mutant_forms(
            [
                ("a twentieth of the constant", Size(False, sp.Rational(1, 20))),
                ("scales that grow", Size(False, shrinks=False)),
                ("scales that grow, everywhere", Size(True, shrinks=False)),
            ]
        ),
    )


def crossing_start() -> Counterexample | None:
    """Search integer data for a flow past a zero whose theta~_0 exceeds alpha^2."""
    for second, y, inertia in itertools.product((1.0, 0.5), (2.0, 4.0, 8.0), (1.0, 2.0, 4.0)):
        problem = Problem(np.array([[1.0, second]]), np.array([y]))
        found = neglect(problem, Start.scaled(2, 1.0), inertia)
        if found is None or not found.crossings:
            continue
        if found.balancedness_ratio > 1 + TENTH and found.without_start > TENTH:
            return Counterexample(
                r"A neuron passes through zero: the balancedness has grown, and the minimiser of "
                r"$\psi_{\Delta_\infty}$ is not where the flow ends.",
                {
                    "x": f"1, {second:g}",
                    "y": f"{y:g}",
                    "w_+(0) = w_-(0)": "2, 2",
                    "lambda": f"{inertia:g}",
                    "zeros of neurons": found.crossings,
                    "largest Delta_inf/Delta_0": found.balancedness_ratio,
                    "largest |theta~_0|/alpha^2": found.perturbed,
                    "relative distance of argmin psi at Delta_inf": found.without_start,
                },
                exact=False,
                found_by="enumeration of one sample with two features, integer targets",
                rtol=1e-6,
            )
    return None


CLAIMS = (
    Claim(
        id="papazov.negligible.size",
        title="The perturbed start is small unless a neuron passes through zero",
        paper=PAPER,
        equation="section 4",
        printed=PRINTED,
        claimed_over="all flows (an experimental statement of the poster; how small, and for "
        "which data and lambda, is not said)",
        sampled_over=lambda: f"bound: every start; {sampled_text()}",
        forms=size_forms,
        checks=(
            Check(
                "constant",
                "Do the signs of the integrals bound it?",
                size_exactly,
                exact=True,
                proves=True,
            ),
            Check("flows", "Is it below the bound along flows?", size_of_flows),
        ),
        depends=("papazov.order", "papazov.small-lambda.bound"),
        counterexample=crossing_start,
    ),
)

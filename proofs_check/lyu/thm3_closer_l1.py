"""Lyu et al., remark after Theorem 3: a smaller scale brings the entropy closer to the l1 norm.

"Closer" is made precise so that a constant factor of the potential plays no part: the potential is
compared with the l1 norm by its largest over its smallest value on the l1 unit sphere. That
definition is this project's; the paper gives none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from numeric.problems import Problem, Start
from numeric.projection import entropy_projection
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
    mutant_forms,
)
from proofs_check.l1_departure import Run, departure_from_l1, momentum_runs, run
from symbolic.derivation import Step
from symbolic.entropy import LOG_RATIO, HyperbolicEntropy
from symbolic.entropy_identities import (
    DEGREE,
    DEGREE_VERTEX,
    change_of_departure,
    degree_slope_sign,
    elasticity_residual,
    homogeneity_residual,
    scale_derivative_residual,
    tanh_slope_residual,
)
from symbolic.symbols import XI

Array = NDArray[np.float64]

PRINTED = Quotation(
    "lyu2025.txt",
    142,
    r"As a result, $Q_{\bar{\xi}(\infty)}^{\text{M}}$ is closer to an ℓ_1 -norm of θ than "
    r"Q_{ξ}^{GF} .",
)
DEPARTURE = (
    r"departure $D(\xi) = \max Q_\xi / \min Q_\xi$ over $|\theta|_1 = 1$ (this project's "
    r"definition; $D = 1$ for the $\ell_1$ norm and its multiples)"
)
#: Rounding allowed in a ratio of potentials that come from projections.
ROUNDING = 1e-10


@dataclass(frozen=True)
class Shrinkage:
    """How the scales change: factors by coordinate from those of a run, or one common factor.

    Attributes
    ----------
    factors
        The factors, from those of a run, (d,).
    log_common
        d ln c of the common factor, with the sign that it has, or None if factors differ.
    """

    factors: Callable[[Array], Array]
    log_common: sp.Expr | None = None


def _common(power: float) -> Callable[[Array], Array]:
    return lambda factors: np.full_like(factors, np.exp(power * np.log(factors).mean()))


OWN = Shrinkage(lambda factors: factors)
COMMON = Shrinkage(_common(1.0), sp.Symbol("ell", negative=True))
GROWN = Shrinkage(_common(-1.0), sp.Symbol("ell", positive=True))
UNCHANGED = Shrinkage(_common(0.0), sp.S.Zero)
GROWN_UNEVENLY = Shrinkage(lambda factors: 1 / factors)


def exact_degree(form: Form) -> Finding | None:
    """Return whether the stated d ln c lowers the departure from the l1 norm, exactly.

    The change is d ln c times the mean of E(|theta_j|/xi_j) - E(1/xi_min) over the flattest point.
    E falls as |theta|/xi grows, and it is largest at the vertex: every difference is positive.
    """
    shrinkage: Shrinkage = form.content
    if shrinkage.log_common is None:
        return None
    slope_residual, slope = degree_slope_sign()
    statement = (
        r"The local degree $E = \theta Q'/Q$ falls as $|\theta|/\xi$ grows; the change of the "
        r"logarithm of the departure, $d\ln c\,\sum_j p_j [E(|\theta_j|/\xi_j) - "
        r"E(1/\xi_{\min})]$, is negative."
    )
    identities = exact_zero(
        [
            homogeneity_residual(),
            scale_derivative_residual(),
            elasticity_residual(),
            tanh_slope_residual(),
            slope_residual,
        ],
        statement,
    )
    if identities.outcome is not Outcome.HOLDS:
        return identities
    # Mean value theorem: E - E_v is the slope times w - w_v, negative as 0 < |theta_j| < 1.
    nearer = sp.Symbol("delta", negative=True)
    excess = slope * nearer
    change = sp.expand(
        change_of_departure(shrinkage.log_common, shrinkage.log_common).subs(
            DEGREE, DEGREE_VERTEX + excess
        )
    )
    falls = change.is_negative
    outcome = Outcome.UNCLEAR if falls is None else Outcome.HOLDS if falls else Outcome.FAILS
    sign = "negative" if falls else "positive" if change.is_positive else str(change)
    return Finding(outcome, statement, sign, "negative", "every term has the sign predicted")


def _changes(shrinkage: Shrinkage) -> list[float]:
    changes = []
    for each in momentum_runs():
        before, factors = each.start.xi, each.xi / each.start.xi
        after = before * shrinkage.factors(factors)
        changes.append(departure_from_l1(after) / departure_from_l1(before))
    return changes


def on_trained_scales(form: Form) -> Finding:
    """Return by how much the departure changes with the scales of trained networks."""
    changes = _changes(form.content)
    return bounded(
        max(changes) - 1,
        ROUNDING,
        "Largest relative rise of the departure from the l1 norm over trained networks of heavy "
        "ball and Nesterov all of whose scales have shrunk.",
        rtol=1e-3,
        data={"networks": len(changes), "departure_rose_in": sum(c > 1 for c in changes)},
    )


def _norms(each: Run) -> tuple[float, float]:
    flow = entropy_projection(each.problem.X, each.problem.y, each.start.xi).theta
    return float(np.abs(flow).sum()), float(np.abs(each.theta).sum())


def on_trained_norms(form: Form) -> Finding | None:
    """Return by how much the l1 norm of the solution exceeds that of gradient flow.

    Only the printed sense, each coordinate with its own factor, is about trained networks.
    """
    if form.content is not OWN:
        return None
    norms = [_norms(each) for each in momentum_runs()]
    excess = [trained / flow - 1 for flow, trained in norms]
    return bounded(
        max(excess),
        ROUNDING,
        "Largest relative excess of the l1 norm of a trained solution over that of gradient flow "
        "from the same start.",
        rtol=1e-3,
        data={"networks": len(excess), "norm_was_larger_in": sum(e > 0 for e in excess)},
    )


def _forms() -> Forms:
    return Forms(
        printed=Form(
            "printed: any smaller scales",
            r"$\bar\xi_j < \xi_j$ for all $j$ brings $Q$ closer to the $\ell_1$ norm; closer is "
            r"read as a smaller " + DEPARTURE,
            OWN,
        ),
        corrected=Form(
            "one common factor",
            r"$\bar\xi = c\,\xi$ with one factor $c < 1$ and $d \ge 2$ brings $Q$ closer to the "
            r"$\ell_1$ norm: smaller is its " + DEPARTURE,
            COMMON,
        ),
        mutants=mutant_forms(
            [
                ("a larger common factor", GROWN),
                ("scales unchanged", UNCHANGED),
                ("larger scales, unevenly", GROWN_UNEVENLY),
            ]
        ),
    )


def _counterexample() -> Counterexample | None:
    """Return the smallest run found in which both the departure and the l1 norm rise."""
    settings = product((1, 2, 3), (1, 2, 3), (0.5, 0.1), ("hb", "nag"))
    for first, second, scale, method in settings:
        problem = Problem(np.array([[float(first), float(second)]]), np.array([1.0]))
        each = run(problem, Start.scaled(2, scale), method, 0.5, 0.01)
        if each is None or not (each.xi < each.start.xi).all():
            continue
        flow, trained = _norms(each)
        before, after = departure_from_l1(each.start.xi), departure_from_l1(each.xi)
        if trained > flow * (1 + 1e-6) and after > before * (1 + 1e-6):
            return Counterexample(
                "Training shrinks every scale; the potential moves away from the l1 norm and the "
                "solution has a larger l1 norm than that of gradient flow.",
                {
                    "x": f"{first}, {second}",
                    "y": "1",
                    "method": method,
                    "momentum": "1/2",
                    "learning_rate": "1/100",
                    "initial_scale": str(scale),
                    "xi_initial": each.start.xi.tolist(),
                    "xi_final": each.xi.tolist(),
                    "departure_initial": before,
                    "departure_final": after,
                    "l1_gradient_flow": flow,
                    "l1_trained": trained,
                },
                exact=False,
                found_by="enumeration of one sample with two integer features, smallest first",
            )
    return None


def _derivation() -> list[Step]:
    w, ell = LOG_RATIO, sp.Symbol(r"d\ln{c}")
    q = HyperbolicEntropy()
    return [
        Step(
            "Departure: the largest over the smallest value of Q on the l1 unit sphere. Q is "
            "convex and even, so the largest is at a vertex: the one with the smallest "
            "scale, for every common factor, since Q falls with the scale",
            q.scale_derivative,
        ),
        Step("The local degree of the entropy, E", q.elasticity),
        Step(
            "The entropy is homogeneous, so a common factor changes its logarithm by 1 - E",
            sp.Eq(XI * sp.Symbol(r"\partial_{\xi}Q"), (1 - DEGREE) * sp.Symbol("Q")),
        ),
        Step(
            "Q is strictly convex: its smallest value on the sphere has one minimiser up to signs, "
            "no coordinate of it is 0, and by the envelope theorem the derivative of the value is "
            "the partial one at the minimiser. With p the share of a coordinate in that value, "
            "each contributes to the change of ln D",
            change_of_departure(ell, ell),
        ),
        Step("E at theta = 2 xi sinh(w); T = tanh(w/2)/w", 1 / (1 - sp.tanh(w / 2) / w)),
        Step(
            "The slope of T is negative: E falls as |theta|/xi grows, largest at the vertex",
            (w - sp.sinh(w)) / (2 * w**2 * sp.cosh(w / 2) ** 2),
        ),
    ]


CLAIMS = (
    Claim(
        id="lyu.thm3.closer-l1",
        title="A smaller scale is closer to the l1 norm: if it is smaller evenly",
        paper="Lyu et al. 2025",
        equation="remark after Theorem 3",
        printed=PRINTED,
        claimed_over="every dataset, start and method; xi_bar below xi in every coordinate",
        sampled_over="proof: every xi, every common factor, d >= 2; training: 2 x 4 problems, HB "
        "and NAG, mu = 0.8, eta = 0.01, initial scales 0.1 and 0.5",
        forms=_forms,
        checks=(
            Check(
                "local degree",
                "Does a common factor lower the departure for every scale?",
                exact_degree,
                exact=True,
                proves=True,
            ),
            Check(
                "trained scales",
                "Does the departure fall with the scales that training leaves?",
                on_trained_scales,
            ),
            Check(
                "trained norms",
                "Has the trained solution the smaller l1 norm?",
                on_trained_norms,
            ),
        ),
        derivation=_derivation,
        counterexample=_counterexample,
        remark="The paper does not say what closer means; departure is this project's reading.",
    ),
)

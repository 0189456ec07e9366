"""Lyu et al., remark after Theorem 3: a smaller scale brings the entropy closer to the l1 norm.

"Closer" is made precise so that a constant factor of the potential plays no part: the potential is
compared with the l1 norm by its largest over its smallest value on the l1 unit sphere.
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
    elasticity_residual,
    in_log_ratio,
    scale_derivative_residual,
    tanh_slope_residual,
)
from symbolic.symbols import THETA, XI

Array = NDArray[np.float64]

PRINTED = Quotation(
    "lyu2025.txt",
    142,
    r"As a result, $Q_{\bar{\xi}(\infty)}^{\text{M}}$ is closer to an ℓ_1 -norm of θ than "
    r"Q_{ξ}^{GF} .",
)
#: Rounding allowed in a ratio of potentials that come from projections.
ROUNDING = 1e-10


@dataclass(frozen=True)
class Shrinkage:
    """How the scales change: the factors by coordinate, from those of a run; common or not."""

    factors: Callable[[Array], Array]
    common: bool
    shrinks: bool


def _common(power: float) -> Callable[[Array], Array]:
    return lambda factors: np.full_like(factors, np.exp(power * np.log(factors).mean()))


OWN = Shrinkage(lambda factors: factors, common=False, shrinks=True)
COMMON = Shrinkage(_common(1.0), common=True, shrinks=True)
GROWN = Shrinkage(_common(-1.0), common=True, shrinks=False)
GROWN_UNEVENLY = Shrinkage(lambda factors: 1 / factors, common=False, shrinks=False)


def exact_degree(form: Form) -> Finding | None:
    """Return whether a common factor below 1 lowers the departure from the l1 norm, exactly.

    With E = theta Q'/Q the logarithm of the departure changes, by the logarithm of the factor, by
    a mean of E(theta_j/xi_j) over the flattest point minus the E of the vertex with the smallest
    scale. E falls with |theta|/xi, and there |theta|/xi is largest: the change is not negative.
    """
    shrinkage: Shrinkage = form.content
    if not shrinkage.common:
        return None
    q = HyperbolicEntropy()
    homogeneity = in_log_ratio(
        XI * q.scale_derivative + THETA * q.gradient - q.value  # Q_xi(theta) = xi Q_1(theta/xi)
    )
    w = LOG_RATIO
    # w - sinh w, the sign of the slope, has the derivative -2 sinh(w/2)^2 and vanishes at w = 0.
    sign = sp.diff(w - sp.sinh(w), w) + 2 * sp.sinh(w / 2) ** 2
    found = exact_zero(
        [
            homogeneity,
            scale_derivative_residual(),
            elasticity_residual(),
            tanh_slope_residual(),
            sp.expand(sign.rewrite(sp.exp)),
        ],
        r"The local degree $\theta Q'/Q$ falls from 2 to 1 as $|\theta|/\xi$ grows, so the "
        "departure falls with a common factor of the scales.",
    )
    if found.outcome is Outcome.HOLDS and not shrinkage.shrinks:
        return Finding(Outcome.FAILS, "A larger common scale is farther from the l1 norm.")
    return found


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
            r"$\bar\xi_j < \xi_j$ for all $j$ brings $Q$ closer to the $\ell_1$ norm",
            OWN,
        ),
        corrected=Form(
            "one common factor",
            r"$\bar\xi = c\,\xi$ with one factor $c < 1$ brings $Q$ closer to the $\ell_1$ norm; "
            "factors that differ between coordinates weight the norm",
            COMMON,
        ),
        mutants=mutant_forms(
            [("a larger common factor", GROWN), ("larger scales, unevenly", GROWN_UNEVENLY)]
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
                "Training shrinks every scale, most where the gradient is largest; the potential "
                "moves away from the l1 norm and the solution has a larger l1 norm than that of "
                "gradient flow.",
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
    w = LOG_RATIO
    return [
        Step("The local degree of the entropy", HyperbolicEntropy().elasticity),
        Step("at theta = 2 xi sinh(w)", 1 / (1 - sp.tanh(w / 2) / w)),
        Step(
            "The slope of tanh(w/2)/w is not positive for w > 0",
            (w - sp.sinh(w)) / (2 * w**2 * sp.cosh(w / 2) ** 2),
        ),
        Step(
            "Leading term of a coordinate: its weight is ln(1/xi)/4", HyperbolicEntropy().rich_limit
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
        sampled_over="proof: every xi and every common factor; training: 2 x 4 problems, HB and "
        "NAG, mu = 0.8, eta = 0.01, initial scales 0.1 and 0.5",
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
        remark="A coordinate whose scale shrinks more is penalised more. Gradients are largest "
        "where features help most, so training penalises those.",
    ),
)

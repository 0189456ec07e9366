"""How much of the scale |u v| is lost on the way to the limit: by the recursion and by its flow."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import sympy as sp

from numeric.compiled import numpy_function
from numeric.flows import momentum_flow_limit
from numeric.orders import Expansion, fit_error_expansion
from proofs_check.claim import Finding, Outcome
from proofs_check.limit_families import forecast, problem_and_start, runs_from
from symbolic.surrogate import inertia_printed
from symbolic.symbols import ETA, MU

Array = np.ndarray

#: Momenta; gradient descent is 0.
MOMENTA = (0.0, 0.5, 0.9)
#: lambda times the largest curvature at the limit: the largest, the ratio and the number.
LARGEST, RATIO, COUNT = 0.06, float(np.sqrt(2.0)), 6
#: A ratio of leading coefficients is met below this deviation; 5 % would leave fifty times as much.
ALLOWED = 1e-3
#: Rounding and integrator leave less than this in a logarithm of scales (tolerance 1e-12).
FLOOR = 1e-10
_START = "biased"


def inertias() -> Array:
    """Return the sampled lambda, as printed, shape (k,), the largest first; one set for all mu."""
    return LARGEST / forecast(_START)[2] / RATIO ** np.arange(COUNT)


@cache
def losses_of_recursion(mu: float) -> Array:
    """Return ln(xi_0/xi_inf) of heavy ball at every sampled lambda, shape (k, d).

    Raises
    ------
    RuntimeError
        If a run did not converge.
    """
    problem, start = problem_and_start(_START)
    # lambda = eta/(1-mu)^2 is linear in eta.
    etas = inertias() / float(numpy_function((MU, ETA), inertia_printed())(mu, 1.0))
    runs = runs_from(problem, start, f"heavy ball at mu = {mu}", mu=mu, kappa=0.0, eta=etas)
    return np.log(start.xi / runs.xi)


@cache
def losses_of_flow() -> Array:
    """Return ln(xi_0/xi_inf) of the flow from rest, its inertia each sampled lambda, (k, d).

    Raises
    ------
    RuntimeError
        If a flow did not converge.
    """
    problem, start = problem_and_start(_START)
    rest = (np.zeros(problem.d), np.zeros(problem.d))
    limits = [
        momentum_flow_limit(problem, start, inertia=float(a), momentum=0.0, velocity=rest)
        for a in inertias()
    ]
    if not all(limit.converged for limit in limits):
        raise RuntimeError("a flow did not converge")
    return np.log(start.xi / np.array([limit.xi for limit in limits]))


def leading(losses: Array) -> Expansion:
    """Return the coefficients of ln(xi_0/xi_inf) as a series in lambda."""
    return fit_error_expansion(inertias(), losses, floor=FLOOR)


def worst_ratio(
    measured: Array, predicted: float, uncertainty: float, statement: str, **options: Any
) -> Finding:
    """Compare measured ratios of leading coefficients, one a coordinate, with a predicted one."""
    if not (uncertainty <= ALLOWED / 4 and np.isfinite(measured).all()):
        return Finding(
            Outcome.UNCLEAR,
            "The leading coefficients are not known well enough.",
            measured=uncertainty,
            predicted=ALLOWED / 4,
        )
    worst = float(measured[np.argmax(np.abs(measured - predicted))])
    met = abs(worst - predicted) <= ALLOWED * predicted
    return Finding(
        Outcome.HOLDS if met else Outcome.FAILS,
        statement,
        measured=worst,
        predicted=predicted,
        criterion=f"relative deviation at most {ALLOWED}",
        rtol=ALLOWED,
        **options,
    )


def relative_uncertainty(*expansions: Expansion) -> float:
    """Return the sum of the relative uncertainties of the leading coefficients."""
    return float(sum(each.uncertainties[0] / each.sizes[0] for each in expansions))


def at(expression: sp.Expr, mu: float, eta: float) -> float:
    """Return the value of an expression in mu and eta."""
    return float(numpy_function((MU, ETA), expression)(mu, eta))

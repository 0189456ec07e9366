"""How well each order of Theorem 3 forecasts trained limits on sparse data, and by what terms."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from numeric.compiled import numpy_function
from numeric.families import Data
from numeric.next_order import (
    ARGUMENTS,
    GradientFlowIntegrals,
    gradient_flow_integrals,
    initial_gradient,
)
from numeric.orders import small_parameter
from numeric.problems import Array, Problem, Start
from numeric.projection import entropy_projection
from numeric.training import train
from proofs_check.exhibits import Exhibit
from proofs_check.lyu.thm3_next_order import linear_terms, scale_terms
from proofs_check.next_order_families import FLOW
from symbolic.symbols import KAPPA
from symbolic.two_step import METHODS

NAME = "next-order-effects"
FAMILIES = (("gaussian", "random-signs"), ("uncentred", "equal-signs"))
SHAPE, SEEDS, SCALE = (10, 30, 3), range(3000, 3003), 0.1
MOMENTUM = 0.9
#: Tolerance of the integrator and residual at the end: what is shown has three digits.
FLOW_TO = (1e-9, 1e-9)
#: eta/(1-mu)^2 of the runs.
INERTIAS = (0.01, 0.03, 0.1)
#: What each forecast takes of the terms; of none there is gradient flow.
FIRST = ("integral of g^2",)
NEXT = (*FIRST, "layer", "initial gradient", "variation")


class _Case(NamedTuple):
    problem: Problem
    start: Start
    integrals: GradientFlowIntegrals


def _cases(family: str, truth: str) -> list[_Case]:
    found = []
    for seed in SEEDS:
        problem = Data(family, truth, *SHAPE, seed=seed).problem()
        start = Start.scaled(problem.d, SCALE)
        found.append(_Case(problem, start, gradient_flow_integrals(problem, start, *FLOW_TO)))
    return found


def _terms(case: _Case, eta: float) -> dict[str, Array]:
    """Return the terms of ln xi_inf beyond ln xi and that of R, forecast by gradient flow."""
    problem, start, along = case
    given = (
        start.xi,
        start.theta,
        initial_gradient(problem, start),
        (1 - MOMENTUM) * along.squares,
        (1 - MOMENTUM) * along.cubes,
        along.variation,
        MOMENTUM,
        0.0,
        eta,
    )
    of_scale = {name: term for name, term in scale_terms(FLOW).items() if name != "start"}
    named = {**of_scale, "integral of g^3": linear_terms()["integral of g^3"]}
    return {
        name: numpy_function(ARGUMENTS, term.subs({KAPPA: 0}) if term.has(KAPPA) else term)(*given)
        for name, term in named.items()
    }


def _forecast(case: _Case, terms: dict[str, Array], taken: tuple[str, ...], cubic: bool) -> Array:
    log_scale = np.log(case.start.xi) + sum((terms[name] for name in taken), np.zeros(()))
    linear = terms["integral of g^3"] if cubic else np.zeros(case.problem.d)
    # The start is unbiased: theta_0 = 0 leaves no other linear term.
    return entropy_projection(case.problem.X, case.problem.y, np.exp(log_scale), linear).theta


def _row(case: _Case, inertia: float) -> list[float]:
    eta = inertia * (1 - MOMENTUM) ** 2
    run = train(case.problem, case.start, METHODS["hb"].with_momentum(MOMENTUM), eta)
    if not run.converged:
        return [np.nan] * 7
    terms = _terms(case, eta)
    flow = _forecast(case, terms, (), False)
    distances = [
        float(np.linalg.norm(run.theta - each))
        for each in (
            flow,
            _forecast(case, terms, FIRST, False),
            _forecast(case, terms, NEXT, True),
        )
    ]
    of_start = terms["layer"] + terms["initial gradient"]
    sizes = [
        float(np.abs(terms["integral of g^2"]).mean()),
        float(of_start.mean()),
        float(np.abs(terms["integral of g^3"]).max()),
    ]
    return [small_parameter(case.problem, run.u, run.v, eta, MOMENTUM), *distances, *sizes]


def compute() -> Exhibit:
    """Return the table: medians over the data sets."""
    rows = []
    for family, truth in FAMILIES:
        cases = _cases(family, truth)
        for inertia in INERTIAS:
            found = np.array([_row(case, inertia) for case in cases])
            known = found[np.isfinite(found).all(axis=1)]
            middle = np.median(known, axis=0) if len(known) else np.full(7, np.nan)
            rows.append(
                [f"{family}, {truth.replace('-', ' ')}", inertia, *middle.tolist(), len(known)]
            )
    return {"id": NAME, "rows": rows}

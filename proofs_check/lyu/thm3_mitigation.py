"""Lyu et al., remark after Theorem 3: xi_bar(inf) is strictly smaller than xi."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import sympy as sp
from hypothesis import HealthCheck, Phase, find, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from numeric.compiled import numpy_function
from numeric.datasets import small_problem
from numeric.flows import FlowLimit, momentum_flow_limit, start_velocity
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
    exact_zero,
)
from symbolic.console import UserError
from symbolic.derivation import Step
from symbolic.implicit_bias import effective_scale, scale_density
from symbolic.momentum_flow import (
    U_DOT,
    V_DOT,
    energy,
)
from symbolic.symbols import ALPHA, MU, PHI, XI, G

PAPER = "Lyu et al. 2025"
#: alpha and mu of the sampled flows: heavy ball at a moderate step size.
INERTIA, MOMENTUM = 0.02, 0.5
Velocity = tuple[np.ndarray, np.ndarray]


class Scale(NamedTuple):
    """Which relation to xi is claimed, and the rate at which the energy is lost."""

    relation: str
    dissipation: sp.Expr = sp.S.One


def heavy_ball_flow(problem: Problem, start: Start, velocity: Velocity) -> FlowLimit:
    """Return the limit of the flow with `INERTIA` and `MOMENTUM`."""
    return momentum_flow_limit(
        problem, start, inertia=INERTIA, momentum=MOMENTUM, velocity=velocity
    )


def _ratio(limit: FlowLimit) -> np.ndarray:
    """Return xi_bar(inf)/xi of the printed formula, shape (d,)."""
    factor = float(numpy_function((MU,), sp.cancel(scale_density() / G**2))(MOMENTUM))
    function = numpy_function((XI, ALPHA, PHI), effective_scale())
    return function(1.0, INERTIA, factor * limit.path_integral)


@cache
def sampled_flows() -> tuple[tuple[np.ndarray, np.ndarray, bool], ...]:
    """Return (xi_bar(inf)/xi, moves, converged); ``moves`` says whether X_j is not zero."""
    found = []
    for seed in range(6):
        problem = small_problem(2, 5, seed)
        if seed % 2:
            X = problem.X.copy()
            X[:, seed % 5] = 0.0
            problem = Problem(X, problem.y)
        start = Start.scaled(5, 0.3 + 0.2 * seed, 1.0 if seed < 3 else 0.7)
        limit = heavy_ball_flow(problem, start, start_velocity("zero", problem, start))
        found.append((_ratio(limit), np.any(problem.X != 0, axis=0), limit.converged))
    return tuple(found)


def along_flows(form: Form) -> Finding:
    """Compare xi_bar(inf) with xi, coordinate by coordinate."""
    holds, ratios = [], []
    for ratio, moves, converged in sampled_flows():
        if not converged:
            return Finding(Outcome.UNCLEAR, "A flow did not converge.")
        ratios.append(ratio)
        holds.append(
            {
                "<": np.all(ratio < 1),
                "< where g_j moves, = elsewhere": np.all((ratio < 1) == moves)
                and np.all(ratio[~moves] == 1),
                ">": np.all(ratio > 1),
                "=": np.all(ratio == 1),
            }[form.content.relation]
        )
    return Finding(
        Outcome.HOLDS if all(holds) else Outcome.FAILS,
        r"Smallest and largest $\bar\xi_j(\infty)/\xi_j$; some data have a zero column.",
        measured=[float(np.min(ratios)), float(np.max(ratios))],
        predicted=form.content.relation + " 1",
        criterion="for every flow and coordinate",
    )


def finite(form: Form) -> Finding:
    """Decide the energy identity from which the finiteness of phi follows."""
    rate = energy()[1]
    return exact_zero(
        rate + form.content.dissipation * (U_DOT**2 + V_DOT**2),
        r"$\frac{d}{dt}[\alpha|\dot x|^2/2 + L/(1-\mu)] = -|\dot x|^2$: the loss stays bounded and "
        r"$\int|\dot x|^2 dt$ is finite. Near an interpolator with $u_j^2 + v_j^2 > 0$ the loss "
        r"dominates the squared residual, the flow is linear up to second order and decays "
        r"exponentially, so $\phi(\infty) < \infty$.",
    )


@st.composite
def integer_cases(draw: Any) -> tuple[Problem, Start]:
    """Draw one sample, two coordinates and a start, all of small integers."""
    small = st.integers(-3, 3)
    X = [[draw(small), draw(small)]]
    y = [draw(small)]
    neurons = [draw(st.integers(1, 3)) for _ in range(2)]
    try:
        return Problem(np.array(X, float), np.array(y, float)), Start(
            np.array(neurons, float), np.array(neurons, float)
        )
    except UserError:
        # A row of zeros is no data; its place is taken by a fixed one.
        return Problem(np.array([[1.0, 1.0]]), np.array([3.0])), Start(np.ones(2), np.ones(2))


def _some_scale_stays(case: tuple[Problem, Start]) -> bool:
    problem, start = case
    if np.all(problem.y == problem.X @ start.theta):
        # A start that interpolates does not move at all: set aside as too cheap.
        return False
    limit = heavy_ball_flow(problem, start, start_velocity("zero", problem, start))
    return limit.converged and bool(np.any(_ratio(limit) == 1.0))


def staying_scale() -> Counterexample | None:
    """Search integer data for a coordinate whose scale does not shrink, and shrink the data."""
    try:
        problem, start = find(
            integer_cases(),
            _some_scale_stays,
            settings=settings(
                derandomize=True,
                database=None,
                deadline=None,
                max_examples=300,
                phases=(Phase.generate, Phase.shrink),
                suppress_health_check=list(HealthCheck),
            ),
        )
    except NoSuchExample:
        return None
    staying = [j for j in range(2) if np.all(problem.X[:, j] == 0)]
    return Counterexample(
        "A coordinate keeps its scale though training moves: with a zero column g_j = X_j^T r/n "
        "is zero for every residual, so phi_j(inf) = 0.",
        {
            "X": problem.X.astype(int).tolist(),
            "y": problem.y.astype(int).tolist(),
            "u": start.u.astype(int).tolist(),
            "v": start.v.astype(int).tolist(),
            "coordinates with a zero column, counted from 1": [j + 1 for j in staying],
        },
        exact=bool(staying),
        found_by="hypothesis search over one sample and two coordinates of integers, shrunk",
    )


def forms() -> Forms:
    """Return strictness as printed, where it holds, and wrong relations."""
    right = "< where g_j moves, = elsewhere"
    return Forms(
        Form("printed", r"$\bar\xi_j(\infty) < \xi_j$ for every j; $\phi$ is finite", Scale("<")),
        Form(
            "strict where the gradient moves",
            r"$\bar\xi_j(\infty) \le \xi_j$, with equality exactly for the coordinates in which "
            r"$\partial_{\theta_j}L$ is zero along the whole path (zero columns of X, starts that "
            r"interpolate); $\phi$ is finite",
            Scale(right),
        ),
        (
            Form("larger", r"$\bar\xi(\infty) > \xi$", Scale(">")),
            Form("equal", r"$\bar\xi(\infty) = \xi$", Scale("=")),
            Form("energy grows", "dissipation of the wrong sign", Scale(right, sp.S.NegativeOne)),
            Form("energy conserved", "no dissipation", Scale(right, sp.S.Zero)),
            Form(
                "dissipation 5 % larger",
                "dissipation changed by 5 %",
                Scale(right, sp.Rational(21, 20)),
            ),
            Form(
                "dissipation 5 % smaller",
                "dissipation changed by 5 %",
                Scale(right, sp.Rational(19, 20)),
            ),
        ),
    )


CLAIMS = (
    Claim(
        id="lyu.thm3.mitigation",
        title="The effective scale is strictly smaller",
        paper=PAPER,
        equation="Remark after Theorem 3",
        printed=Quotation(
            "lyu2025.txt",
            142,
            r"since $\bar{\xi}(\infty)$ is strictly smaller than ξ due to the fact that "
            r"$\phi(\infty)$ is a positive integral and finite",
        ),
        claimed_over="all data, starts and coordinates, mu in (0, 1)",
        sampled_over=(
            "energy: any loss, exactly; flows: six problems of 2 samples and 5 coordinates, half "
            "of them with a zero column, biased and unbiased starts; search: integer data"
        ),
        forms=forms,
        checks=(
            Check("energy", "Is phi finite?", finite, exact=True),
            Check("flows", "Is xi_bar(inf) strictly smaller, in every coordinate?", along_flows),
        ),
        derivation=lambda: (
            Step(r"$\frac{d}{dt}$ of the energy of one coordinate,", energy()[1]),
            Step(r"The integrand of $\phi$, a square:", scale_density()),
        ),
        counterexample=staying_scale,
    ),
)

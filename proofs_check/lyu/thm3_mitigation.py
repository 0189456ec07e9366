"""Lyu et al., remark after Theorem 3: xi_bar(inf) is strictly smaller than xi."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import sympy as sp
from hypothesis import HealthCheck, Phase, find, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from numeric.compiled import numpy_function, phi_factor
from numeric.datasets import small_problem
from numeric.flow_paths import network_flow_path
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
from symbolic.momentum_flow import U_DOT, V_DOT, energy
from symbolic.networks import SQUARED_DIFFERENCE
from symbolic.symbols import ALPHA, PHI, XI, G

PAPER = "Lyu et al. 2025"
#: alpha and mu of the sampled flows: heavy ball at a moderate step size.
INERTIA, MOMENTUM = 0.02, 0.5
Velocity = tuple[np.ndarray, np.ndarray]
#: The relation that holds: strict for coordinates whose gradient is not zero throughout.
STRICT_WHERE_MOVING = "< where g_j moves, = elsewhere"


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
    function = numpy_function((XI, ALPHA, PHI), effective_scale())
    return function(1.0, INERTIA, phi_factor(MOMENTUM) * limit.path_integral)


class SampledFlow(NamedTuple):
    """A flow: xi_bar(inf)/xi and |u v|(inf)/|u v|(0), where g_j moves, and whether it arrived."""

    ratio: np.ndarray
    neurons: np.ndarray
    moves: np.ndarray
    converged: bool


@cache
def sampled_flows() -> tuple[SampledFlow, ...]:
    """Return flows on drawn data and on data in which one g_j stays zero, from rest."""
    return tuple(_sampled(*case) for case in _cases())


def _cases() -> Iterator[tuple[Problem, Start]]:
    for seed in range(6):
        problem = small_problem(2, 5, seed)
        if seed % 2:
            X = problem.X.copy()
            X[:, seed % 5] = 0.0
            problem = Problem(X, problem.y)
        yield problem, Start.scaled(5, 0.3 + 0.2 * seed, 1.0 if seed < 3 else 0.7)
    # A column that is not zero, with g_1 = 0 throughout: its only sample is fitted by the start.
    problem = Problem(np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]]), np.array([0.0, 1.0]))
    yield problem, Start(np.ones(3), np.ones(3))


def _sampled(problem: Problem, start: Start) -> SampledFlow:
    velocity = start_velocity("zero", problem, start)
    limit = heavy_ball_flow(problem, start, velocity)
    # g itself, sampled along the path: no integral of it and no property of the data.
    path = network_flow_path(
        problem,
        start,
        inertia=INERTIA,
        momentum=MOMENTUM,
        velocity=velocity,
        times=np.linspace(0.0, 1.0, 11),
    )
    moves = np.any(path.gradient != 0, axis=0)
    return SampledFlow(_ratio(limit), limit.xi / start.xi, moves, limit.converged)


def along_flows(form: Form) -> Finding:
    """Compare xi_bar(inf) with xi, coordinate by coordinate, and the neurons' own scale likewise.

    The ratio of the printed formula is an exponential of -alpha phi and cannot exceed 1; the scale
    with which the neurons end, from rest, can, and is put to the same relation.
    """
    holds, ratios, neurons = [], [], []
    for flow in sampled_flows():
        if not flow.converged or not np.all(np.isfinite(flow.ratio)):
            return Finding(Outcome.UNCLEAR, "A flow did not converge.")
        ratios.extend(flow.ratio)
        neurons.extend(flow.neurons)
        for ratio in (flow.ratio, flow.neurons):
            holds.append(
                {
                    "<": np.all(ratio < 1),
                    STRICT_WHERE_MOVING: np.all(ratio[flow.moves] < 1)
                    and np.all(ratio[~flow.moves] == 1),
                    ">": np.all(ratio > 1),
                    "=": np.all(ratio == 1),
                }[form.content.relation]
            )
    return Finding(
        Outcome.HOLDS if all(holds) else Outcome.FAILS,
        r"Smallest and largest $\bar\xi_j(\infty)/\xi_j$ of the printed formula, then of "
        r"$|u_jv_j|$ at the end over its start, flows from rest; in some data a $g_j$ stays zero.",
        measured=[min(ratios), max(ratios), min(neurons), max(neurons)],
        predicted=f"ratio {form.content.relation} 1"
        if form.content.relation != STRICT_WHERE_MOVING
        else "ratio < 1 where g_j is not zero along the path, = 1 elsewhere",
        criterion="for every flow and coordinate",
    )


def finite(form: Form) -> Finding:
    """Decide the energy identity, on which the finiteness of phi rests (see the derivation)."""
    rate = energy()[1]
    return exact_zero(
        rate + form.content.dissipation * (U_DOT**2 + V_DOT**2),
        r"$\frac{d}{dt}[\alpha|\dot x|^2/2 + L/(1-\mu)]$ plus the stated loss rate, a multiple of "
        r"$|\dot x|^2$, along the flow; $x = (u, v)$.",
    )


def squared_slope() -> sp.Expr:
    """Return (dL/du)^2 + (dL/dv)^2 of one coordinate."""
    by_u, by_v = SQUARED_DIFFERENCE.sensitivities
    squares: Any = sp.factor(sp.expand((by_u * G) ** 2 + (by_v * G) ** 2))
    return squares


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
    right = STRICT_WHERE_MOVING
    return Forms(
        Form("printed", r"$\bar\xi_j(\infty) < \xi_j$ for every j; $\phi$ is finite", Scale("<")),
        Form(
            "strict where the gradient moves",
            r"$\bar\xi_j(\infty) \le \xi_j$, with equality exactly for the coordinates in which "
            r"$\partial_{\theta_j}L$ is zero along the whole path, for instance with a zero column "
            "of X, a start that interpolates, or data in separate parts of which the start fits "
            r"one; $\phi$ is finite where the flow converges to an interpolator with neurons that "
            "are not zero",
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
            "energy: any loss, exactly; flows from rest: six problems of 2 samples and 5 "
            "coordinates, half of them with a zero column, biased and unbiased starts, and one of "
            "3 coordinates with a gradient that stays zero in a column that is not; search: "
            "integer data"
        ),
        forms=forms,
        checks=(
            Check(
                "energy", "Is the energy lost at the rate of the squared speed?", finite, exact=True
            ),
            Check("flows", "Is xi_bar(inf) strictly smaller, in every coordinate?", along_flows),
        ),
        derivation=lambda: (
            Step(
                r"$\frac{d}{dt}$ of the energy of one coordinate, so that the loss stays bounded "
                r"and $\int|\dot x|^2dt$ is finite:",
                energy()[1],
            ),
            Step(
                r"One coordinate's part of $|\nabla L|^2$, by the neurons. With $g = X^Tr/n$ the "
                r"sum is $4\,r^TX\,\mathrm{diag}(u^2+v^2)\,X^Tr/n^2 \ge cL$, $c = 8\lambda/n$, "
                r"$\lambda$ the smallest eigenvalue of $X\,\mathrm{diag}(u^2+v^2)\,X^T$. It is "
                "positive for rows that are independent and neurons that are not zero, so that "
                r"near such an interpolator $L$, and with it $|g|^2 \le |X|^2\,2L/n$, decay "
                r"exponentially, and $\phi(\infty) < \infty$.",
                squared_slope(),
            ),
            Step(r"The integrand of $\phi$, a square:", scale_density()),
        ),
        counterexample=staying_scale,
    ),
)

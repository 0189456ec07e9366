"""Integrated second-order flows on which the mirror-flow form of Prop. 4 is measured."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from numeric.compiled import numpy_function, phi_factor
from numeric.datasets import small_problem
from numeric.flow_paths import NetworkPath, network_flow_path
from numeric.flows import start_velocity
from numeric.orders import (
    NotAsymptotic,
    fit_error_expansion,
    geometric_steps,
    measure_order,
)
from numeric.problems import Problem, Start
from proofs_check.claim import Finding, Outcome
from symbolic.implicit_bias import effective_scale
from symbolic.mirror_flow import (
    MEMORY_1,
    MEMORY_2,
    memory,
    mirror_residual,
    residual_on_jet,
)
from symbolic.momentum_flow import G_JET, U_DOT, V_DOT, time_derivative
from symbolic.networks import SQUARED_DIFFERENCE
from symbolic.symbols import ALPHA, G_0, MU, PHI, THETA_0, XI, G, U, V

Array = np.ndarray

#: Momenta sampled; the flow itself knows only alpha/(1-mu).
MOMENTA = (0.3, 0.8)
#: alpha/(1-mu), the inertia in units of the rescaled time t/(1-mu).
RESCALED_INERTIAS = geometric_steps(0.03, 6)
#: Times t/(1-mu) at which the residual is taken: 33 layer widths and more after the start.
RESCALED_TIMES = np.array([1.0, 1.5])
#: A velocity of this kind has u'/u = v'/v at the start: no gradient has that.
NOT_A_GRADIENT = "not a gradient"
#: Momenta and initial velocities, each kind at one momentum at least.
GRADIENT_LIKE = (
    (0.3, "zero"),
    (0.3, "rescaled-gradient"),
    (0.8, "matched"),
    (0.8, "gradient"),
    (0.8, "zero"),
)
#: Bound on the error of the residual that the integrator leaves (its tolerance is 1e-12).
FLOOR = 1e-10


class Statement(NamedTuple):
    """Factors in Eq. (11); all are 1 in print.

    ``weight`` multiplies alpha theta', ``density`` the integrand of phi, ``force`` the right side;
    ``matched`` restricts the initial velocities to those with omega_u + omega_v = O(alpha). The
    residual starts with alpha^``order``: lower powers are absent, this one is present.
    """

    weight: Any = sp.S.One
    density: Any = sp.S.One
    force: Any = sp.S.One
    matched: bool = True
    order: int = 2


@cache
def unbiased_case() -> tuple[Problem, Start]:
    """Return the problem on which Prop. 4 is measured, with its unbiased start u = v."""
    neurons = np.array([0.6, 0.9, 0.5, 0.7])
    return small_problem(2, 4, seed=2), Start(neurons, neurons.copy())


@cache
def path(kind: str, mu: float, rescaled_inertia: float) -> NetworkPath:
    """Return the flow at `RESCALED_TIMES` for a kind of initial velocity."""
    problem, start = unbiased_case()
    if kind == NOT_A_GRADIENT:
        # omega = u'/u = v'/v = 1/(1-mu): of the size of the rescaled gradient, but no multiple.
        velocity = (start.u / (1 - mu), start.v / (1 - mu))
    else:
        velocity = start_velocity(kind, problem, start, mu=mu)
    return network_flow_path(
        problem,
        start,
        inertia=rescaled_inertia * (1 - mu),
        momentum=mu,
        velocity=velocity,
        times=np.concatenate([[0.0], RESCALED_TIMES]) * (1 - mu),
    )


#: K_2 of a start less that of the slow start: a constant of the path.
OFFSET = sp.Symbol("C", real=True)
#: The factors of a `Statement` as symbols: derived and compiled once, then set.
FACTORS = sp.symbols("w_theta w_phi w_g", real=True)


@cache
def _residual_function() -> Any:
    return numpy_function(
        (U, V, U_DOT, V_DOT, G, XI, ALPHA, MU, *FACTORS), residual_on_jet(*FACTORS)
    )


def leading_coefficients(statement: Statement) -> tuple[sp.Expr, sp.Expr]:
    """Return the coefficients of alpha^0 and alpha^1 of the residual on the slow path."""
    values = dict(zip(FACTORS, statement[:3], strict=True))
    if statement.matched:
        values[MEMORY_1] = sp.S.Zero
    zeroth, first = mirror_residual(1, *FACTORS, matched=False)
    return zeroth.subs(values), first.subs(values)


def second_coefficient() -> sp.Expr:
    """Return the coefficient of alpha^2 of the printed factors' residual if K_1 = 0.

    K_2 of any start is that of the slow start plus a constant, `OFFSET`: both have the same rate.
    """
    coefficient: Any = mirror_residual(2)[2].subs(MEMORY_2, memory() + OFFSET)
    return sp.cancel(coefficient)


def residuals(statement: Statement, kind: str, mu: float, bias: sp.Expr | int = 0) -> Array:
    """Return Eq. (11)'s left minus right side in units of t/(1-mu), one row an inertia.

    ``bias`` is a linear term R on the jet, whose time derivative is added.
    """
    start = unbiased_case()[1]
    function, factors = _residual_function(), [float(factor) for factor in statement[:3]]
    scale = numpy_function((XI, ALPHA, PHI), effective_scale())
    arguments = (U, V, U_DOT, V_DOT, G, XI, ALPHA, MU, G_JET[1], THETA_0, G_0)
    bias_rate = numpy_function(arguments, time_derivative(sp.sympify(bias)))
    predictor_rate = numpy_function(
        (U, V, U_DOT, V_DOT), time_derivative(SQUARED_DIFFERENCE.predictor)
    )
    rows = []
    for a in RESCALED_INERTIAS:
        flow, alpha = path(kind, mu, float(a)), a * (1 - mu)
        phi = phi_factor(mu) * flow.path_integral * float(statement.density)
        at = function(
            flow.u,
            flow.v,
            flow.u_dot,
            flow.v_dot,
            flow.gradient,
            scale(start.xi, alpha, phi),
            alpha,
            mu,
            *factors,
        )
        X = unbiased_case()[0].X
        theta_dot = predictor_rate(flow.u, flow.v, flow.u_dot, flow.v_dot)
        extra = bias_rate(
            flow.u,
            flow.v,
            flow.u_dot,
            flow.v_dot,
            flow.gradient,
            start.xi,
            alpha,
            mu,
            theta_dot @ X.T @ X / len(X),
            start.theta,
            flow.gradient[0],
        )
        rows.append((1 - mu) * (at + extra)[1:].ravel())
    return np.array(rows)


def has_constant(errors: Array, null: Array) -> bool:
    """Return whether the errors certainly do not vanish with alpha.

    The constant is fitted as the first coefficient of alpha times the errors and compared with a
    thousandth of the null model's largest error.
    """
    h = RESCALED_INERTIAS
    fitted = fit_error_expansion(h, errors * h[:, None], floor=FLOOR * float(h[0]))
    size, doubt = float(fitted.sizes[0]), float(fitted.uncertainties[0])
    return size - doubt > 1e-3 * float(np.max(np.abs(null)))


def mirror_flow_finding(statement: Statement, bias: sp.Expr | int = 0) -> Finding:
    """Measure the order of Eq. (11)'s residual over initial velocities and momenta.

    It holds if the order is the stated one everywhere: a higher one fails like a lower one.
    """
    cases = GRADIENT_LIKE if statement.matched else (*GRADIENT_LIKE, (0.8, NOT_A_GRADIENT))
    orders, worst = [], 0.0
    for mu, kind in cases:
        errors = residuals(statement, kind, mu, bias)
        # Null model: theta itself instead of theta + alpha theta', an error of order 1.
        null = residuals(Statement(weight=sp.S.Zero), kind, mu)
        if has_constant(errors, null):
            orders.append(0)
            continue
        try:
            found = measure_order(RESCALED_INERTIAS, errors, null, floor=FLOOR)
        except NotAsymptotic as refusal:
            return Finding(Outcome.UNCLEAR, f"Order not measurable ({kind}): {refusal}")
        orders.append(found.order)
        worst = max(worst, float(found.ratios[0]))
    agree = all(order == statement.order for order in orders)
    return Finding(
        Outcome.HOLDS if agree else Outcome.FAILS,
        r"Orders in $\alpha$ of the residual of (11) along integrated flows, over the sampled "
        "initial velocities and momenta, behind the initial layer; 0 if it does not vanish.",
        measured=sorted(set(orders)),
        predicted=[statement.order],
        criterion="every measured order is the predicted one: lower coefficients absent, its own "
        "present",
        rtol=0.0,
        data={"orders": orders, "largest_first_order_ratio": worst},
    )


def factor_mutants() -> tuple[tuple[str, Statement], ...]:
    """Return Eq. (11) with each factor dropped, of the wrong sign, and changed by 5 %."""
    found = []
    for field in ("weight", "density", "force"):
        for name, factor in (
            ("dropped", sp.S.Zero),
            ("with the wrong sign", sp.S.NegativeOne),
            ("5 % larger", sp.Rational(21, 20)),
            ("5 % smaller", sp.Rational(19, 20)),
        ):
            found.append((f"{field} {name}", Statement(**{field: factor})))
    return tuple(found)

r"""The dictionary between the two papers, each entry with the residual that proves it.

Lyu et al. train u*u - v*v with step eta and momentum mu; their flow is
alpha x'' + x' + grad L/(1-mu) = 0 in the time t = k eta. Papazov et al. train a*b with step gamma
and momentum beta; their flow, MGF, is lambda w'' + w' + grad L = 0 in the time
T = k gamma/(1-beta). In the symbols here beta is `MU`, and

==============================  =============================================
neurons                         a = u + v, b = u - v, so w_+ = 2 u, w_- = 2 v
step                            gamma = 2 eta
time                            T = 2 t/(1-mu)
inertia                         lambda = 2 alpha/(1-mu)
balancedness, scale             Delta = \|a^2 - b^2\| = 4 xi
potential                       psi_Delta = 2 Q_{Delta/4}
==============================  =============================================
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy as sp

from symbolic.entropy import DELTA
from symbolic.entropy_identities import psi_residual
from symbolic.modified_equation import inertia_coefficient
from symbolic.networks import (
    PRODUCT,
    SQUARED_DIFFERENCE,
    product_from_squared_difference,
)
from symbolic.notation import exact
from symbolic.symbols import ALPHA, ETA, KAPPA, MU, TIME, XI, G, U, V
from symbolic.theorem_corollaries import matched_mgf_inertia, printed_mgf_inertia
from symbolic.two_step import two_step_update


def _at(expression: sp.Expr, mu: Any, kappa: Any, eta: Any) -> sp.Expr:
    values = {MU: exact(mu), KAPPA: exact(kappa), ETA: exact(eta)}
    result: Any = expression.subs(values, simultaneous=True)
    return result


def product_step(eta: Any = ETA) -> sp.Expr:
    """Return gamma, the step size of a*b that belongs to eta on u*u - v*v: 2 eta.

    It is read off the neurons: one gradient step on u*u - v*v moves a = u + v by -2 eta g b.
    """
    a, b = product_from_squared_difference(U, V)
    moved, _ = product_from_squared_difference(*SQUARED_DIFFERENCE.sensitivities)
    by_a = PRODUCT.sensitivities[0].subs({PRODUCT.first: a, PRODUCT.second: b}, simultaneous=True)
    return exact(eta) * sp.cancel(moved / by_a)


def printed_lambda(mu: Any = MU, eta: Any = ETA) -> sp.Expr:
    """Return the inertia of MGF as printed, gamma/(1-beta)^2 = 2 eta/(1-mu)^2.

    Source: Papazov et al., section 1.
    """
    return _at(printed_mgf_inertia(), mu, 0, eta)


def matched_lambda(mu: Any = MU, kappa: Any = KAPPA, eta: Any = ETA) -> sp.Expr:
    """Return the inertia with which MGF meets the discrete method to first order, 2 alpha/(1-mu).

    For heavy ball it is (1+beta)/2 times the printed one. Not positive where alpha is not: there
    is no such flow then.
    """
    return _at(matched_mgf_inertia(), mu, kappa, eta)


def mgf_time(time: Any = TIME, mu: Any = MU) -> sp.Expr:
    """Return T = 2 t/(1-mu), the time of MGF at the time t = k eta of the second-order flow."""
    return 2 * sp.sympify(time) / (1 - sp.sympify(mu))


def discretisation_step(mu: Any = MU, eta: Any = ETA) -> sp.Expr:
    """Return epsilon = gamma/(1-beta), the time of MGF that one step of the method takes."""
    return sp.sympify(product_step(eta)) / (1 - exact(mu))


# --- Residuals: each is exactly zero --------------------------------------------------------------


def step_residuals() -> tuple[sp.Expr, ...]:
    """Return one heavy-ball step of a*b with gamma minus the image of that of u*u - v*v with eta.

    The first neuron, then the second.
    """
    before = sp.symbols("u_{k-1} v_{k-1}", real=True)

    def gradient(network: Any) -> Callable[[sp.Matrix], sp.Matrix]:
        def by_neurons(x: sp.Matrix) -> sp.Matrix:
            at = {network.first: x[0], network.second: x[1]}
            return sp.Matrix([G * s.subs(at, simultaneous=True) for s in network.sensitivities])

        return by_neurons

    def after(network: Any, here: Any, last: Any, eta: sp.Expr) -> sp.Matrix:
        return two_step_update(
            sp.Matrix(here), sp.Matrix(last), gradient(network), mu=MU, kappa=KAPPA, eta=eta
        )

    original = after(SQUARED_DIFFERENCE, (U, V), before, ETA)
    to = product_from_squared_difference
    image = after(PRODUCT, to(U, V), to(*before), product_step())
    return tuple(sp.expand(e) for e in image - sp.Matrix(to(original[0], original[1])))


def flow_residual(sign: int, inertia: sp.Expr | None = None) -> sp.Expr:
    """Return MGF minus the second-order flow, for u (``sign`` +1) or v (-1), in one time.

    alpha x'' + x' + 2 s g x/(1-mu) = 0 is divided by 2/(1-mu), the rate of T; the result is
    lambda x'' + x' + s g x with x derived by T. ``inertia`` is lambda, by default 2 alpha/(1-mu).
    """
    first, second = sp.symbols("x_T x_TT", real=True)
    neuron = U if sign > 0 else V
    force = SQUARED_DIFFERENCE.sensitivities[0 if sign > 0 else 1] * G
    rate = sp.diff(mgf_time(), TIME)
    flow = (ALPHA * rate**2 * second + rate * first + force / (1 - MU)) / rate
    stated = 2 * ALPHA / (1 - MU) if inertia is None else inertia
    return sp.cancel(stated * second + first + sign * G * neuron - flow)


def inertia_residual() -> sp.Expr:
    """Return `matched_lambda` minus 2 alpha/(1-mu), alpha from the modified equation."""
    return sp.cancel(matched_lambda() - 2 * inertia_coefficient(MU, KAPPA, ETA) / (1 - MU))


def heavy_ball_residual() -> sp.Expr:
    """Return `matched_lambda` at kappa = 0 minus (1+mu)/2 times `printed_lambda`."""
    return sp.cancel(matched_lambda(MU, 0, ETA) - printed_lambda() * (1 + MU) / 2)


def balancedness_residual() -> sp.Expr:
    """Return (a^2 - b^2)^2 - (4 u v)^2, so that Delta = |a^2 - b^2| is 4 xi."""
    a, b = product_from_squared_difference(U, V)
    return sp.expand((a**2 - b**2) ** 2 - (4 * U * V) ** 2)


def clock_residual() -> sp.Expr:
    """Return k epsilon - T at t = k eta."""
    steps = sp.Symbol("k", positive=True)
    return sp.cancel(steps * discretisation_step() - mgf_time(steps * ETA))


def scale_of_balancedness(delta: Any = DELTA) -> sp.Expr:
    """Return xi = Delta/4."""
    return sp.sympify(delta) / 4


#: Name of each entry of the dictionary, with the function that returns its residual.
RESIDUALS: dict[str, Callable[[], sp.Expr]] = {
    "step of the first neuron": lambda: step_residuals()[0],
    "step of the second neuron": lambda: step_residuals()[1],
    "flow of u": lambda: flow_residual(+1),
    "flow of v": lambda: flow_residual(-1),
    "inertia": inertia_residual,
    "inertia of heavy ball": heavy_ball_residual,
    "balancedness": balancedness_residual,
    "time": clock_residual,
    "potential": psi_residual,
    "scale": lambda: sp.expand(scale_of_balancedness(4 * XI) - XI),
}

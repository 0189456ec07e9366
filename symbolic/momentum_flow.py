r"""Exact identities of the flows on the network, neuron by neuron, on jets.

A jet holds the neurons, their velocities and g with its time derivatives as independent symbols;
`time_derivative` moves along the flow by the chain rule, with second derivatives of the neurons
taken from the flow itself. Nothing is expanded here: `symbolic.mirror_flow` does that.
Source: Lyu et al., Eq. (4) on the network of Eq. (6).
"""

from __future__ import annotations

import itertools
from functools import lru_cache

import sympy as sp

from symbolic.networks import SQUARED_DIFFERENCE
from symbolic.symbols import ALPHA, MU, G, U, V

#: Velocities of the neurons.
U_DOT, V_DOT = sp.symbols("u' v'", real=True)
#: g and its time derivatives along the path.
G_JET = (G, *sp.symbols("g' g'' g''' g''''", real=True))
#: int_0^t of (u'/u)^2, of (v'/v)^2 and of g.
SQUARES_U_TO_T, SQUARES_V_TO_T = sp.symbols("P_{u}(t) P_{v}(t)", nonnegative=True)
IMPULSE_TO_T = sp.Symbol("I(t)", real=True)
#: int g dt of one coordinate along gradient flow.
DUAL_TIME = sp.Symbol("s", real=True)


def accelerations() -> tuple[sp.Expr, sp.Expr]:
    """Return u'' and v'' from alpha x'' + x' + grad_x L/(1-mu) = 0 (Lyu et al., Eq. 4)."""
    by_u, by_v = SQUARED_DIFFERENCE.sensitivities
    return (
        -(U_DOT + by_u * G / (1 - MU)) / ALPHA,
        -(V_DOT + by_v * G / (1 - MU)) / ALPHA,
    )


def time_derivative(expression: sp.Expr) -> sp.Expr:
    """Return the derivative of ``expression`` by time along the second-order flow."""
    u_ddot, v_ddot = accelerations()
    velocity = {
        U: U_DOT,
        V: V_DOT,
        U_DOT: u_ddot,
        V_DOT: v_ddot,
        SQUARES_U_TO_T: (U_DOT / U) ** 2,
        SQUARES_V_TO_T: (V_DOT / V) ** 2,
        IMPULSE_TO_T: G,
        **dict(itertools.pairwise(G_JET)),
    }
    return sp.Add(*(sp.diff(expression, x) * dx for x, dx in velocity.items()))


def neuron_logarithms() -> tuple[sp.Expr, sp.Expr]:
    r"""Return the two conserved quantities of the second-order flow, one a neuron.

    ln|x| + alpha x'/x + alpha int (x'/x)^2 +- 2 int g/(1-mu), + for u and - for v, as expressions
    of the jet; their time derivative vanishes identically as long as the neuron is not zero.
    """
    by_u, by_v = SQUARED_DIFFERENCE.sensitivities
    # d theta/du = 2 u, d theta/dv = -2 v: the logarithm is moved by the ratios 2 and -2.
    return (
        sp.log(U**2) / 2
        + ALPHA * U_DOT / U
        + ALPHA * SQUARES_U_TO_T
        + sp.cancel(by_u / U) * IMPULSE_TO_T / (1 - MU),
        sp.log(V**2) / 2
        + ALPHA * V_DOT / V
        + ALPHA * SQUARES_V_TO_T
        + sp.cancel(by_v / V) * IMPULSE_TO_T / (1 - MU),
    )


def scale_logarithm() -> sp.Expr:
    """Return ln|u v| + alpha (u'/u + v'/v) + alpha int ((u'/u)^2 + (v'/v)^2), conserved.

    At the end the velocities are zero: xi_inf = xi_0 exp(alpha (omega_u + omega_v) - alpha P).
    """
    of_u, of_v = neuron_logarithms()
    return sp.expand(of_u + of_v)


def ratio_logarithm() -> sp.Expr:
    """Return ln|u/v| + alpha (u'/u - v'/v) + alpha (P_u - P_v) + 4 int g/(1-mu), conserved."""
    of_u, of_v = neuron_logarithms()
    return sp.expand(of_u - of_v)


def energy() -> tuple[sp.Expr, sp.Expr]:
    """Return the kinetic energy of one coordinate and the rate at which the energy is lost.

    E = sum alpha (u'^2 + v'^2)/2 + L/(1-mu) obeys dE/dt = -sum (u'^2 + v'^2): the first part is
    differentiated along the flow, the loss moves by g d(theta)/dt.
    """
    by_u, by_v = SQUARED_DIFFERENCE.sensitivities
    kinetic = ALPHA * (U_DOT**2 + V_DOT**2) / 2
    loss_rate = G * (by_u * U_DOT + by_v * V_DOT) / (1 - MU)
    return kinetic, sp.expand(time_derivative(kinetic) + loss_rate)


@lru_cache(maxsize=1)
def gradient_flow_neurons() -> tuple[sp.Symbol, sp.Expr, sp.Expr]:
    """Return s = int g dt and the neurons of gradient flow there, u e^{-2s} and v e^{2s}.

    In the result `U` and `V` are the neurons at the start. From du/dt = -(d theta/du) g, where
    (d theta/du)/u is a number; the same for v.
    """
    by_u, by_v = SQUARED_DIFFERENCE.sensitivities
    rate_u, rate_v = sp.cancel(by_u / U), sp.cancel(by_v / V)
    return DUAL_TIME, U * sp.exp(-rate_u * DUAL_TIME), V * sp.exp(-rate_v * DUAL_TIME)

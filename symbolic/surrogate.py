r"""What the momentum gradient flow says about the recursion, and where it departs from it.

Papazov et al. write the flow as :math:`\lambda\ddot w + \dot w + \nabla L(w) = 0`, with iterate k
at the time :math:`k\varepsilon`. For heavy ball with step eta and momentum mu on a loss of w the
print takes :math:`\lambda = \eta/(1-\mu)^2` and :math:`\varepsilon = \eta/(1-\mu)` (there eta is
gamma and mu is beta; on their network gamma is twice the eta of u*u - v*v). Everything else here is
derived. Sources: poster, sections 1 and 4; summary, contribution 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

import sympy as sp

from symbolic.concordance import discretisation_step, printed_lambda
from symbolic.layer import layer_matched_velocity
from symbolic.modified_equation import inertia_coefficient
from symbolic.networks import SQUARED_DIFFERENCE
from symbolic.notation import GRADIENT, X_DDOT, X_DOT, Notation, X
from symbolic.symbols import ETA, KAPPA, MU, TIME, U, V
from symbolic.theorem_corollaries import MGF_INERTIA, inertia_from_theorem
from symbolic.two_step import two_step_update

#: The inertia lambda and the discretisation step epsilon, where they are held as symbols.
INERTIA = MGF_INERTIA
TIME_STEP = sp.Symbol("varepsilon", positive=True)
#: Powers of epsilon through which the recursion is expanded at fixed lambda: 0, 1 and 2.
EXPANDED = 3
#: Third and fourth derivative of the path.
_THIRD, _FOURTH = Notation("x'''", r"\dddot{x}"), Notation("x''''", r"\ddddot{x}")


# --- Parameters -----------------------------------------------------------------------------------


def time_step() -> sp.Expr:
    """Return epsilon = eta/(1-mu), the time that one step takes in the flow.

    In `symbolic.concordance` eta is half of gamma, here it is gamma.
    """
    return discretisation_step(MU, ETA / 2)


@lru_cache(maxsize=1)
def step_size() -> sp.Expr:
    """Return eta by mu and epsilon, epsilon being `TIME_STEP`."""
    (found,) = sp.solve(time_step() - TIME_STEP, ETA)
    return found


def inertia_printed() -> sp.Expr:
    """Return lambda = eta/(1-mu)^2, as printed."""
    return printed_lambda(MU, ETA / 2)


def inertia_rescaled() -> sp.Expr:
    """Return lambda (1+mu)/2, from the inertia alpha of the recursion in the time t = k eta.

    In the time T = t/(1-mu) the equation alpha x'' + x' + grad L/(1-mu) = 0 becomes
    alpha/(1-mu) x'' + x' + grad L = 0.
    """
    return sp.factor(inertia_coefficient(MU, 0 * MU, ETA) / (1 - MU))


@lru_cache(maxsize=1)
def recursion_parameters() -> Mapping[sp.Symbol, sp.Expr]:
    """Return mu and eta by lambda and epsilon: mu = 1 - epsilon/lambda, eta = epsilon^2/lambda."""
    equations = (inertia_printed() - INERTIA, time_step() - TIME_STEP)
    (found,) = sp.solve(equations, (MU, ETA), dict=True)
    return MappingProxyType({symbol: sp.expand(value) for symbol, value in found.items()})


# --- Start ----------------------------------------------------------------------------------------


def matched_gradient() -> sp.Expr:
    """Return c of the initial velocity dw/dT = c grad L(w_1) that follows from w_0 = w_1."""
    return sp.cancel(layer_matched_velocity(MU, 0 * MU) * (1 - MU))


@lru_cache(maxsize=1)
def matched_speed() -> sp.Expr:
    """Return the factor of (w_1 - w_0)/epsilon in the initial velocity of the rescaled flow.

    Without forces the recursion goes on by the sum of mu^k (w_1 - w_0) and the flow by its inertia
    times its velocity; the factor makes the two distances equal.
    """
    factor = sp.Symbol("c", real=True)
    discrete = MU / (1 - MU) * TIME_STEP
    equation = factor * inertia_rescaled() - discrete.subs(TIME_STEP, time_step())
    (found,) = sp.solve(equation, factor)
    return sp.factor(found)


# --- Consistency at fixed lambda ------------------------------------------------------------------


@lru_cache(maxsize=1)
def consistency() -> sp.Expr:
    """Return (recursion along a path)/eta below epsilon^`EXPANDED`, lambda held fixed.

    x(T + eps) - update from x(T) and x(T - eps), by Taylor's formula, with mu = 1 - eps/lambda and
    eta = eps^2/lambda.
    """
    h = TIME_STEP
    terms = ((1, X_DOT), (2, X_DDOT), (3, _THIRD), (4, _FOURTH))
    forward, backward = (
        X + sp.Add(*((sign * h) ** n * value / sp.factorial(n) for n, value in terms))
        for sign in (1, -1)
    )
    update = two_step_update(X, backward, lambda _: GRADIENT, mu=MU, kappa=0, eta=ETA)
    values = dict(recursion_parameters())
    defect = sp.expand(((forward - update) / ETA).subs(values))
    return sp.Add(*(defect.coeff(h, n) * h**n for n in range(EXPANDED)))


def consistency_defect(inertia: sp.Expr, order: int) -> sp.Expr:
    """Return the coefficient of epsilon^order that the recursion leaves along the flow.

    ``inertia`` is by `MU` and `ETA`; the flow is inertia x'' + x' + grad L = 0.
    """
    equation = inertia.subs(dict(recursion_parameters())) * X_DDOT + X_DOT + GRADIENT
    return sp.expand(consistency() - sp.expand(sp.cancel(equation))).coeff(TIME_STEP, order)


# --- Growth of the error --------------------------------------------------------------------------

#: Rate r > 0 at which the flow leaves the top of the hill -h w^2/2: lambda r^2 + r = h.
RATE = sp.Symbol("r", positive=True)


@lru_cache(maxsize=1)
def hill_shift() -> sp.Expr:
    """Return q for which the recursion leaves the hill like exp((r + epsilon q) T) + O(epsilon^2).

    exp(s T) is inserted in the recursion along a path, s = r + epsilon q: each derivative is a
    factor s, and grad L = -h w with h = lambda r^2 + r.
    """
    shift = sp.Symbol("q", real=True)
    s = RATE + TIME_STEP * shift
    derivatives = {GRADIENT: -(INERTIA * RATE**2 + RATE), X: 1}
    derivatives |= {X_DOT: s, X_DDOT: s**2, _THIRD: s**3, _FOURTH: s**4}
    defect = sp.expand(consistency().subs(derivatives))
    if defect.coeff(TIME_STEP, 0) != 0:
        raise ArithmeticError(f"expected the rate of the flow at leading order, received {defect}")
    (found,) = sp.solve(defect.coeff(TIME_STEP, 1), shift)
    return sp.factor(found)


def hill_error() -> sp.Expr:
    """Return the error on the hill after the time T, relative to epsilon, at leading order.

    The difference of exp((r + epsilon q) T) and exp(r T), divided by epsilon, as epsilon to 0;
    times the part of the start that leaves the hill. T is `TIME`.
    """
    whole = sp.exp((RATE + TIME_STEP * hill_shift()) * TIME) - sp.exp(RATE * TIME)
    return sp.diff(whole, TIME_STEP).subs(TIME_STEP, 0)


# --- The scale at the end -------------------------------------------------------------------------

#: int g^2 dT of one coordinate along gradient flow, g the gradient of the loss by theta.
SQUARE_INTEGRAL = sp.Symbol("J", positive=True)


@lru_cache(maxsize=1)
def scale_loss() -> sp.Expr:
    """Return ln(xi_0/xi_inf) of the recursion on u*u - v*v at leading order, by mu, eta and J.

    By the exact theorem it is the sum of the excesses of u and v over 1-mu, at leading order alpha
    int (u'/u)^2 + (v'/v)^2 dt with the alpha that their expansion gives (`symbolic.
    theorem_corollaries`). In T = t/(1-mu) the integral has the factor alpha/(1-mu).
    """
    return scale_loss_of_flow(inertia_from_theorem().subs(KAPPA, 0) / (1 - MU))


def scale_loss_of_flow(inertia: sp.Expr) -> sp.Expr:
    """Return the same for the flow, inertia times int (u'/u)^2 + (v'/v)^2 dT at leading order.

    On gradient flow u'/u and v'/v are -+ 2 g.
    """
    by_u, by_v = SQUARED_DIFFERENCE.sensitivities
    rates = (sp.cancel(by_u / U), sp.cancel(by_v / V))
    return sp.factor(inertia * sp.Add(*(rate**2 for rate in rates)) * SQUARE_INTEGRAL)


# --- Linear stability and regimes on h w^2/2 ------------------------------------------------------

#: Curvature of the loss in one direction.
CURVATURE = sp.Symbol("h", positive=True)


def characteristic(z: sp.Expr) -> sp.Expr:
    """Return z^2 - z (update of z from 1)/z on h w^2/2: its zeros are the factors per step."""
    update = two_step_update(z, sp.S.One, lambda w: CURVATURE * w, mu=MU, kappa=0, eta=ETA)
    return sp.expand(z**2 - update)


@lru_cache(maxsize=1)
def stability_edge() -> sp.Expr:
    """Return the eta at which a factor per step is -1: below it both are inside the unit circle.

    The product of both is mu < 1; at z = 1 the polynomial is eta h > 0, so the edge is at z = -1.
    """
    (found,) = sp.solve(characteristic(-sp.S.One), ETA)
    return sp.factor(found)


# --- Two wells ------------------------------------------------------------------------------------

#: The variable of a loss in one dimension, and a loss with two wells and a barrier at 0.
PLACE = sp.Symbol("w", real=True)
TWO_WELLS = (PLACE**2 - 1) ** 2 / 4

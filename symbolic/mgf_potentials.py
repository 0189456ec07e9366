r"""The potentials of momentum gradient flow: explicit, moving, and exact.

With l = ln|w| of each neuron, MGF is lambda (l'' + l'^2) + l' +- g = 0 (+ for w_+, - for w_-). Let
a_+ and a_- solve

.. math:: \lambda \ddot a_\pm + \dot a_\pm = \lambda \dot l_\pm^2, \qquad
          a_\pm(0) = \dot a_\pm(0) = 0,

so that a(infinity) = I. Then, for a start at rest and as long as no neuron is zero,

.. math:: \Delta_t = \Delta_0 e^{-a_+ - a_-}, \qquad
          \Phi_t(\theta) = \psi_{\Delta_t}(\theta) + \tfrac12 (a_+ - a_-)\,\theta

is the balancedness and a mirror map with lambda (grad Phi_t(theta_t))'' + (grad Phi_t(theta_t))' +
g = 0: the momentum mirror flow of Papazov et al., section 5, in closed form. The jet here holds l,
l', a, a' of both neurons, time and g. Functions called residuals are exactly zero.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sympy as sp

from symbolic import mgf_limit
from symbolic.entropy import DELTA, DUAL, HyperbolicEntropy, psi, split_roots
from symbolic.entropy_identities import in_log_ratio
from symbolic.mgf_limit import RATE_MINUS, RATE_PLUS, SIZE_MINUS, SIZE_PLUS
from symbolic.momentum_gradient_flow import (
    IMPULSE_TO_T,
    LAMBDA,
    W_MINUS,
    W_MINUS_DOT,
    W_PLUS,
    W_PLUS_DOT,
    pair_accelerations,
    predictor,
)
from symbolic.symbols import THETA, THETA_0, TIME, XI, G

#: ln|w| of both neurons; `RATE_PLUS` and `RATE_MINUS` are its time derivative at any time.
LOG_PLUS, LOG_MINUS = sp.symbols("l_+ l_-", real=True)
#: a_+ and a_-, the gains so far, and their time derivatives.
GAIN_PLUS, GAIN_MINUS = sp.symbols("a_+ a_-", real=True)
GAIN_PLUS_DOT, GAIN_MINUS_DOT = sp.symbols("a_+' a_-'", real=True)
#: ln Delta_0, and the derivative of ln|w_+ w_-| at the start.
LOG_DELTA_0, SIGMA_DOT = sp.symbols("sigma_0 sigma_0'", real=True)
#: ln|w_+/w_-| at the start.
LOG_RATIO_0 = sp.Symbol("w_0", real=True)
#: I_+ and I_- of the whole flow.
TOTAL_PLUS, TOTAL_MINUS = mgf_limit.I_PLUS, mgf_limit.I_MINUS


# --- The jet of logarithms ------------------------------------------------------------------------


def log_accelerations() -> tuple[sp.Expr, sp.Expr]:
    """Return l'' = w''/w - l'^2 of both neurons along MGF."""
    plus, minus = pair_accelerations()
    first = plus.subs(W_PLUS_DOT, RATE_PLUS * W_PLUS) / W_PLUS - RATE_PLUS**2
    second = minus.subs(W_MINUS_DOT, RATE_MINUS * W_MINUS) / W_MINUS - RATE_MINUS**2
    return sp.expand(first), sp.expand(second)


def gain_accelerations() -> tuple[sp.Expr, sp.Expr]:
    """Return a'' of both neurons from lambda a'' + a' = lambda l'^2."""
    return (
        RATE_PLUS**2 - GAIN_PLUS_DOT / LAMBDA,
        RATE_MINUS**2 - GAIN_MINUS_DOT / LAMBDA,
    )


def time_derivative(expression: sp.Expr) -> sp.Expr:
    """Return the derivative by time of an expression of the jet along MGF."""
    first, second = log_accelerations()
    gain_first, gain_second = gain_accelerations()
    rates = {
        LOG_PLUS: RATE_PLUS,
        LOG_MINUS: RATE_MINUS,
        RATE_PLUS: first,
        RATE_MINUS: second,
        GAIN_PLUS: GAIN_PLUS_DOT,
        GAIN_MINUS: GAIN_MINUS_DOT,
        GAIN_PLUS_DOT: gain_first,
        GAIN_MINUS_DOT: gain_second,
        IMPULSE_TO_T: G,
        TIME: sp.S.One,
    }
    return sp.Add(*(sp.diff(expression, x) * dx for x, dx in rates.items()))


def momentum_operator(expression: sp.Expr) -> sp.Expr:
    """Return lambda f'' + f' of an expression f of the jet."""
    rate = time_derivative(expression)
    return sp.expand(LAMBDA * time_derivative(rate) + rate)


def at_the_start(expression: sp.Expr) -> sp.Expr:
    """Return an expression at t = 0: a = a' = 0, ln Delta_0 = l_+ + l_-, sigma_0' = p_+ + p_-."""
    values = {
        TIME: 0,
        GAIN_PLUS: 0,
        GAIN_MINUS: 0,
        GAIN_PLUS_DOT: 0,
        GAIN_MINUS_DOT: 0,
        IMPULSE_TO_T: 0,
        LOG_DELTA_0: LOG_PLUS + LOG_MINUS,
        SIGMA_DOT: RATE_PLUS + RATE_MINUS,
    }
    return sp.expand(expression.subs(values, simultaneous=True))


# --- The potential --------------------------------------------------------------------------------


def log_balancedness(*, at_rest: bool = True) -> sp.Expr:
    """Return ln Delta_t by the gains, ln Delta_0 - a_+ - a_-.

    For a start with velocity it has also lambda sigma_0' (1 - exp(-t/lambda)), where sigma is
    ln|w_+ w_-|.
    """
    start = LOG_DELTA_0 - GAIN_PLUS - GAIN_MINUS
    if at_rest:
        return start
    return start + LAMBDA * SIGMA_DOT * (1 - sp.exp(-TIME / LAMBDA))


def shift() -> sp.Expr:
    """Return the linear part of grad Phi_t, (a_+ - a_-)/2."""
    return (GAIN_PLUS - GAIN_MINUS) / 2


def balancedness_residuals(stated: sp.Expr | None = None) -> tuple[sp.Expr, ...]:
    """Return lambda f'' + f', and f and f' at the start, of f = (stated ln Delta_t) - ln|w_+ w_-|.

    All three are zero, so f is. By default for a start with velocity; ``stated`` may be the formula
    for a start at rest, which then needs p_+ + p_- = 0 there.
    """
    formula = log_balancedness(at_rest=False) if stated is None else stated
    gap = formula - LOG_PLUS - LOG_MINUS
    rate = at_the_start(time_derivative(gap))
    if not formula.has(SIGMA_DOT):
        rate = rate.subs({RATE_PLUS: 0, RATE_MINUS: 0})
    return momentum_operator(gap), at_the_start(gap), rate


@lru_cache(maxsize=64)
def psi_gradient(theta: Any = THETA, delta: Any = DELTA) -> sp.Expr:
    """Return grad psi_Delta(theta), asinh(2 theta/Delta)/2 of one coordinate."""
    return 2 * HyperbolicEntropy(theta, sp.sympify(delta) / 4).gradient


@lru_cache(maxsize=1)
def psi_gradient_residuals() -> tuple[sp.Expr, sp.Expr]:
    """Return d psi/d theta - `psi_gradient`, and 2 theta/Delta - sinh(l_+ - l_-) on the network.

    The second with Delta = |w_+ w_-|: so grad psi_Delta(theta) = (l_+ - l_-)/2 = ln|w_+/w_-|/2.
    """
    by_theta = sp.radsimp(sp.together(sp.diff(psi(), THETA) - psi_gradient()))
    argument = 2 * psi_gradient()
    (inside,) = argument.args
    sizes = {W_PLUS: sp.exp(LOG_PLUS), W_MINUS: sp.exp(LOG_MINUS)}
    there = {THETA: predictor().subs(sizes), DELTA: sp.exp(LOG_PLUS + LOG_MINUS)}
    on_network = inside.subs(there, simultaneous=True) - sp.sinh(LOG_PLUS - LOG_MINUS)
    return sp.expand(by_theta), sp.expand(on_network.rewrite(sp.exp), power_exp=True)


def dual(linear: sp.Expr | None = None) -> sp.Expr:
    """Return grad Phi_t(theta_t) on the network, (l_+ - l_-)/2 + (a_+ - a_-)/2.

    ``linear`` is the linear part, by default `shift`.
    """
    return (LOG_PLUS - LOG_MINUS) / 2 + (shift() if linear is None else linear)


def mirror_flow_residual(linear: sp.Expr | None = None) -> sp.Expr:
    """Return lambda (grad Phi_t(theta_t))'' + (grad Phi_t(theta_t))' + g."""
    return sp.expand(momentum_operator(dual(linear)) + G)


def dual_at_the_end() -> tuple[sp.Expr, sp.Expr]:
    """Return the time derivative of lambda h' + h + int g, h = grad Phi_t(theta_t), and h'(0).

    The first is zero: h_inf - h_0 = lambda h'(0) - int g. The second is (p_+ - p_-)/2, zero at
    rest: then the difference is minus a vector of the row space of X.
    """
    kept = LAMBDA * time_derivative(dual()) + dual() + IMPULSE_TO_T
    return sp.expand(time_derivative(kept)), at_the_start(time_derivative(dual()))


# --- The end --------------------------------------------------------------------------------------


def perturbed_start() -> sp.Expr:
    """Return theta~_0 = (w_+^2 exp(-2 I_+) - w_-^2 exp(-2 I_-))/4, w_+ and w_- at the start.

    `symbolic.mgf_limit.perturbed_start` holds sizes of the neurons; squares need none.
    """
    result: Any = mgf_limit.perturbed_start().subs({SIZE_PLUS: W_PLUS, SIZE_MINUS: W_MINUS})
    return result


@lru_cache(maxsize=1)
def perturbed_start_by_inverse() -> sp.Expr:
    """Return the solution of grad Phi_inf(theta~_0) = grad Phi_0(theta_0), by l and I.

    grad Phi_0(theta_0) = (l_+ - l_-)/2, grad Phi_inf = grad psi_{Delta_inf} + (I_+ - I_-)/2, and
    Delta_inf = |w_+ w_-| exp(-I_+ - I_-).
    """
    log_end = LOG_PLUS + LOG_MINUS - TOTAL_PLUS - TOTAL_MINUS
    target = (LOG_PLUS - LOG_MINUS - TOTAL_PLUS + TOTAL_MINUS) / 2
    # grad psi = 2 grad Q_{Delta/4}: its inverse is that of grad Q at half the argument
    entropy = HyperbolicEntropy(THETA, sp.exp(log_end) / 4)
    return sp.expand(entropy.inverse_gradient.subs(DUAL, target / 2).rewrite(sp.exp))


def perturbed_start_residual(stated: sp.Expr | None = None) -> sp.Expr:
    """Return theta~_0, by default `perturbed_start`, minus `perturbed_start_by_inverse`."""
    formula = perturbed_start() if stated is None else stated
    sizes = {W_PLUS: sp.exp(LOG_PLUS), W_MINUS: sp.exp(LOG_MINUS)}
    return sp.expand(formula.subs(sizes) - perturbed_start_by_inverse(), power_exp=True)


# --- Bregman divergences --------------------------------------------------------------------------


#: Values of a potential F at three points and its slopes at two of them: any function has some.
VALUE_A, VALUE_B, VALUE_C = sp.symbols("F(a) F(b) F(c)", real=True)
SLOPE_B, SLOPE_C = sp.symbols("F'(b) F'(c)", real=True)
POINT_A, POINT_B, POINT_C = sp.symbols("a b c", real=True)


def three_point_terms() -> tuple[sp.Expr, sp.Expr, sp.Expr, sp.Expr]:
    """Return D(a, c), D(a, b), D(b, c) and (F'(b) - F'(c)) (a - b) for any potential F.

    D(x, y) = F(x) - F(y) - F'(y) (x - y) of one coordinate; a potential of a vector is met by
    summing over coordinates, or by reading the products as inner products.
    """
    return (
        VALUE_A - VALUE_C - SLOPE_C * (POINT_A - POINT_C),
        VALUE_A - VALUE_B - SLOPE_B * (POINT_A - POINT_B),
        VALUE_B - VALUE_C - SLOPE_C * (POINT_B - POINT_C),
        (SLOPE_B - SLOPE_C) * (POINT_A - POINT_B),
    )


def three_point_residual() -> sp.Expr:
    """Return D(a, c) - D(a, b) - D(b, c) - (F'(b) - F'(c)) (a - b): the Bregman cosine theorem."""
    whole, near, far, angle = three_point_terms()
    return sp.expand(whole - near - far - angle)


def divergence_from_start() -> sp.Expr:
    """Return D_{psi_Delta}(theta, theta_0), one coordinate; Delta is `DELTA`."""
    slope = psi_gradient(THETA_0)
    return psi() - psi(THETA_0) - slope * (THETA - THETA_0)


def in_log_ratios(expression: sp.Expr) -> sp.Expr:
    """Return an expression of theta, theta_0 and Delta in the log-ratios w and w_0.

    theta = (Delta/2) sinh(w), theta_0 = (Delta/2) sinh(w_0), Delta = 4 xi: both maps are one to one
    on the real line.
    """
    e = split_roots(expression.subs(DELTA, 4 * XI))
    e = e.subs(sp.asinh(THETA_0 / (2 * XI)), LOG_RATIO_0)
    e = e.subs(sp.sqrt(THETA_0**2 + 4 * XI**2), 2 * XI * sp.cosh(LOG_RATIO_0))
    return in_log_ratio(e.subs(THETA_0, 2 * XI * sp.sinh(LOG_RATIO_0)))

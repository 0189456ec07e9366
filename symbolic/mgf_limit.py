r"""What momentum gradient flow minimises: balancedness, perturbed start, and bounds on lambda.

The neurons obey lambda w'' + w' +- g w = 0 (`symbolic.momentum_gradient_flow`). With
:math:`I_\pm = \lambda\int(\dot w_\pm/w_\pm)^2` each conserved logarithm ends as

.. math:: \ln|w_{\pm,\infty}/w_{\pm,0}| = \lambda\,\dot w_{\pm,0}/w_{\pm,0} - I_\pm \mp \int g,

and the integral of g is in the row space of X. A neuron that passes through zero has a double pole
in the square, and the integral is then its finite part: the real part of the integral along a path
that goes around the zeros in the complex plane. At a zero w'' = -w'/lambda, so near it
lambda (w'/w)^2 = lambda/s^2 - 1/s + ...; the residue -1 is real, hence the real part does not
depend on the side on which the path passes. It equals the principal value of lambda int w''/w plus
lambda w'(0)/w(0). Source: Papazov et al., section 4.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from symbolic import discrete_theorem
from symbolic.entropy import DELTA, DUAL, RATIO, HyperbolicEntropy
from symbolic.momentum_gradient_flow import (
    GAIN_MINUS,
    GAIN_PLUS,
    IMPULSE_TO_T,
    LAMBDA,
    W_MINUS,
    W_PLUS,
    logarithm,
    pair_accelerations,
    predictor,
)
from symbolic.symbols import SAMPLES, XI, G

#: A neuron and its velocity; at complex times as well.
NEURON, NEURON_DOT = sp.symbols("w w'")
#: I_+ and I_- of the whole flow, as numbers.
I_PLUS, I_MINUS = sp.symbols("I_+ I_-", real=True)
#: lambda int (w'/w)^2 of either neuron: positive numbers unless it never moves.
SQUARES_PLUS, SQUARES_MINUS = sp.symbols("P_+ P_-", nonnegative=True)
#: Log-velocities w'/w at the start.
RATE_PLUS, RATE_MINUS = sp.symbols("p_+ p_-", real=True)
#: Sizes |w_+| and |w_-| at the start.
SIZE_PLUS, SIZE_MINUS = sp.symbols("|w_+| |w_-|", positive=True)
#: The loss at the start and the squared norm of y.
START_LOSS = sp.Symbol("L_0", positive=True)
TARGET_SQUARE = sp.Symbol("y^2", positive=True)


# --- Statements -----------------------------------------------------------------------------------


def square_density() -> sp.Expr:
    """Return lambda (w'/w)^2, the integrand of I."""
    return LAMBDA * (NEURON_DOT / NEURON) ** 2


def balancedness_printed() -> sp.Expr:
    """Return Delta_inf as printed, Delta_0 exp(-I_+ + I_-)."""
    return DELTA * sp.exp(-I_PLUS + I_MINUS)


def balancedness() -> sp.Expr:
    """Return Delta_inf of a start at rest, Delta_0 exp(-(I_+ + I_-))."""
    return DELTA * sp.exp(-I_PLUS - I_MINUS)


def perturbed_start() -> sp.Expr:
    """Return theta~_0 = (w_+^2 exp(-2 I_+) - w_-^2 exp(-2 I_-))/4, by the sizes of the neurons.

    It is the perturbed start of the discrete theorem, whose neurons are w_+/2 and w_-/2, with
    integrals for its sums.
    """
    values = {
        discrete_theorem.U: SIZE_PLUS / 2,
        discrete_theorem.V: SIZE_MINUS / 2,
        discrete_theorem.SUM_U: I_PLUS,
        discrete_theorem.SUM_V: I_MINUS,
    }
    result: Any = discrete_theorem.perturbed_start().subs(values, simultaneous=True)
    return result


def effective_logarithms() -> tuple[sp.Expr, sp.Expr]:
    """Return ln|w_inf| of both neurons without the integral of g, with velocities at the start."""
    return (
        sp.log(SIZE_PLUS) + LAMBDA * RATE_PLUS - I_PLUS,
        sp.log(SIZE_MINUS) + LAMBDA * RATE_MINUS - I_MINUS,
    )


def log_scale() -> sp.Expr:
    """Return ln xi_inf = ln(Delta_inf/4) of any start, with xi = |w_+ w_-|/4."""
    plus, minus = effective_logarithms()
    return plus + minus - sp.log(4)


def linear_term() -> sp.Expr:
    """Return -grad Q at xi_inf of theta~_0, a quarter of minus the log-ratio of the neurons."""
    plus, minus = effective_logarithms()
    return -(plus - minus) / 4


def bound_printed() -> sp.Expr:
    """Return the bound on lambda in print, n Delta_0/|y|^2, for one coordinate."""
    return SAMPLES * DELTA / TARGET_SQUARE


def bound() -> sp.Expr:
    """Return Delta_0/(2 L(theta_0)), for one coordinate; in print at theta_0 = 0."""
    return DELTA / (2 * START_LOSS)


def loss_at_zero() -> sp.Expr:
    """Return L(0) = |y|^2/(2 n)."""
    return TARGET_SQUARE / (2 * SAMPLES)


# --- Derivations ----------------------------------------------------------------------------------


def end_residual(sign: int) -> sp.Expr:
    """Return the conserved logarithm at the start minus that at the end, `effective_logarithms` in.

    Ends: w = w_inf, w' = 0, I(t) = I, the impulse +-int g; start: integrals 0 and w'/w = p.
    """
    conserved = logarithm(sign)
    gain, total, rate, size = (
        (GAIN_PLUS, I_PLUS, RATE_PLUS, SIZE_PLUS)
        if sign > 0
        else (GAIN_MINUS, I_MINUS, RATE_MINUS, SIZE_MINUS)
    )
    neuron = W_PLUS if sign > 0 else W_MINUS
    velocity = next(s for s in conserved.free_symbols if str(s) == f"{neuron}'")
    # |w| as a size: ln(w^2)/2 = ln|w|
    start = conserved.subs({velocity: rate * neuron, gain: 0, IMPULSE_TO_T: 0})
    end = conserved.subs({velocity: 0, gain: total})
    stated = effective_logarithms()[0 if sign > 0 else 1] - sign * IMPULSE_TO_T
    # The logarithm at the end has the coefficient 1: it is what the rest leaves.
    found = start.subs(neuron, size) - (end - sp.log(neuron**2) / 2)
    return sp.expand(sp.expand_log(found) - stated)


def balancedness_residual() -> sp.Expr:
    """Return ln Delta_inf as stated for a start at rest minus `log_scale` + ln 4."""
    stated = sp.expand_log(sp.log(balancedness()), force=True)
    rest = (log_scale() + sp.log(4)).subs({RATE_PLUS: 0, RATE_MINUS: 0})
    return sp.expand(stated.subs(sp.log(DELTA), sp.log(SIZE_PLUS) + sp.log(SIZE_MINUS)) - rest)


def perturbed_start_residuals() -> tuple[sp.Expr, sp.Expr]:
    """Return two residuals: theta~_0 is the predictor, and its dual the log-ratio, of one pair.

    With |w_+| = 2 exp(a), |w_-| = 2 exp(b) after the gains: theta = (w_+^2 - w_-^2)/4, xi = |w_+
    w_-|/4 and grad Q_xi(theta) = (a - b)/4; rho = exp(a - b) is the ratio.
    """
    plus, minus = (
        SIZE_PLUS * sp.exp(-I_PLUS),
        SIZE_MINUS * sp.exp(-I_MINUS),
    )
    pair = predictor().subs({W_PLUS: plus, W_MINUS: minus})
    # grad Q^{-1}(ln(rho)/4) = xi (rho - 1/rho)
    theta = HyperbolicEntropy().in_ratio[0].subs({RATIO: plus / minus, XI: plus * minus / 4})
    return sp.expand(pair - perturbed_start()), sp.expand(sp.powsimp(sp.expand(theta - pair)))


def minimiser_residual() -> sp.Expr:
    """Return theta~_0 minus the point where grad Q at xi_inf is -`linear_term`, from rest."""
    at_rest = {RATE_PLUS: 0, RATE_MINUS: 0}
    scale, linear = sp.exp(log_scale().subs(at_rest)), linear_term().subs(at_rest)
    point = HyperbolicEntropy(xi=scale).inverse_gradient.subs(DUAL, -linear).rewrite(sp.exp)
    return sp.expand(sp.powsimp(sp.expand(perturbed_start() - sp.expand(point, power_exp=True))))


def residue_at_zero(sign: int) -> sp.Expr:
    """Return the residue of lambda (w'/w)^2 where w = 0, from the equation of the flow: -1."""
    s, slope = sp.Symbol("s"), sp.Symbol("w_1", nonzero=True)
    neuron = W_PLUS if sign > 0 else W_MINUS
    at_zero = pair_accelerations()[0 if sign > 0 else 1].subs(neuron, 0)
    (velocity,) = at_zero.free_symbols - {LAMBDA}
    path = slope * s + at_zero.subs(velocity, slope) * s**2 / 2
    density = square_density().subs({NEURON_DOT: sp.diff(path, s), NEURON: path})
    return sp.residue(density, s, 0)


def barrier_rate(sign: int) -> sp.Expr:
    """Return lambda p' where p = w'/w = -1/(2 lambda): 1/(4 lambda) -+ g.

    p' = w''/w - p^2. If lambda |g| <= 1/4 throughout it is never negative, so p stays above
    -1/(2 lambda) once it is, and the neuron does not reach zero.
    """
    index, neuron = (0, W_PLUS) if sign > 0 else (1, W_MINUS)
    acceleration = pair_accelerations()[index]
    (velocity,) = acceleration.free_symbols - {LAMBDA, G, neuron}
    p = -1 / (2 * LAMBDA)
    rate = (acceleration / neuron).subs(velocity, p * neuron) - p**2
    return sp.expand(LAMBDA * rate)


def barrier() -> tuple[sp.Expr, sp.Expr]:
    """Return the log-velocity -1/(2 lambda) and the size of g up to which it is a barrier."""
    gradient = sp.solve(barrier_rate(+1), G)[0]
    return -1 / (2 * LAMBDA), gradient


def crossing_needs_energy() -> sp.Expr:
    """Return the loss at which lambda times 2 L equals |delta_0|: the bound, solved for lambda.

    |delta(t) - delta_0| < 2 lambda L(theta_0) (`momentum_gradient_flow.energy_argument`), so delta
    keeps its sign if 2 lambda L(theta_0) <= Delta_0.
    """
    return sp.solve(2 * LAMBDA * START_LOSS - DELTA, LAMBDA)[0]


# --- Small starts ---------------------------------------------------------------------------------


def slow_rates(gradient: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """Return the rates w'/w of a growing and a shrinking neuron while |g| = ``gradient`` stays.

    Roots of lambda p^2 + p -+ |g| = 0 that tend to +-|g| for lambda -> 0; the second is real for
    lambda |g| <= 1/4.
    """
    p = sp.Symbol("p", real=True)
    rates = []
    for sign in (1, -1):
        roots = sp.solve(LAMBDA * p**2 + p - sign * gradient, p)
        (near,) = (root for root in roots if sp.limit(root, gradient, 0) == 0)
        rates.append(near)
    return rates[0], rates[1]


def escape_exponent() -> sp.Expr:
    """Return e of Delta_inf ~ alpha^(2 + e), |g| = `G` here and `NEURON` at its largest.

    The fastest neuron leaves in the time ln(1/alpha)/p; until then I_+ + I_- grows at the rate
    lambda (p_+^2 + p_-^2) of the coordinate.
    """
    size, largest = sp.symbols("g g_1", positive=True)
    growing, shrinking = slow_rates(size)
    fastest, _ = slow_rates(largest)
    rate = LAMBDA * (growing**2 + shrinking**2)
    return (rate / fastest).subs({size: G, largest: NEURON}, simultaneous=True)

r"""Momentum gradient flow on the product network, neuron by neuron, on jets.

MGF is lambda w'' + w' + grad L(w) = 0. On theta = a b it reads

.. math:: \lambda \ddot a + \dot a + g\,b = 0, \qquad \lambda \ddot b + \dot b + g\,a = 0

(`neuron_accelerations`), and in w_+ = a + b and w_- = a - b the two neurons part,

.. math:: \lambda \ddot w_\pm + \dot w_\pm \pm g\,w_\pm = 0,

with theta = (w_+^2 - w_-^2)/4 and balancedness Delta = \|a^2 - b^2\| = \|w_+ w_-\|. A jet holds the
neurons, their velocities and g with its time derivatives as independent symbols;
`time_derivative` moves along the flow by the chain rule. Every function called a residual is
exactly zero. Source: Papazov et al., section 3, where the neurons are called u and v.
"""

from __future__ import annotations

import itertools

import sympy as sp

from symbolic.momentum_flow import G_JET, U_DOT, V_DOT
from symbolic.networks import PRODUCT, squared_difference_from_product
from symbolic.symbols import G
from symbolic.theorem_corollaries import MGF_INERTIA as LAMBDA

#: w_+ and w_- of one coordinate, and their velocities.
W_PLUS, W_MINUS = sp.symbols("w_+ w_-", real=True, nonzero=True)
W_PLUS_DOT, W_MINUS_DOT = sp.symbols("w_+' w_-'", real=True)
#: lambda int_0^t (w'/w)^2 of either neuron: I_+ and I_- for t -> infinity.
GAIN_PLUS, GAIN_MINUS = sp.symbols("I_+(t) I_-(t)", nonnegative=True)
#: int_0^t g.
IMPULSE_TO_T = sp.Symbol("G(t)", real=True)
#: int_0^t w_+' w_-'.
CROSS_TO_T = sp.Symbol("C(t)", real=True)
#: int_0^t 2 w_+' w_-'(s) exp(-(t-s)/lambda) ds.
MEMORY = sp.Symbol("M(t)", real=True)
#: w_+ w_- at the start.
DELTA_START = sp.Symbol("delta_0", real=True, nonzero=True)

_NEURONS, _VELOCITIES = (PRODUCT.first, PRODUCT.second), (U_DOT, V_DOT)
_PAIR, _PAIR_VELOCITIES = (W_PLUS, W_MINUS), (W_PLUS_DOT, W_MINUS_DOT)


# --- The equations --------------------------------------------------------------------------------


def neuron_accelerations() -> tuple[sp.Expr, sp.Expr]:
    """Return a'' and b'' from lambda x'' + x' + (d theta/dx) g = 0 on theta = a b."""
    first, second = (
        -(velocity + slope * G) / LAMBDA
        for velocity, slope in zip(_VELOCITIES, PRODUCT.sensitivities, strict=True)
    )
    return first, second


def in_pair(expression: sp.Expr) -> sp.Expr:
    """Return an expression of a, b, a', b' in w_+, w_- and their velocities."""
    places = (*_NEURONS, *_VELOCITIES)
    values = (
        *squared_difference_from_product(*_PAIR),
        *squared_difference_from_product(*_PAIR_VELOCITIES),
    )
    return sp.expand(expression.subs(dict(zip(places, values, strict=True)), simultaneous=True))


def pair_accelerations() -> tuple[sp.Expr, sp.Expr]:
    """Return w_+'' = a'' + b'' and w_-'' = a'' - b'', in w_+ and w_-."""
    first, second = neuron_accelerations()
    return in_pair(first + second), in_pair(first - second)


def pair_residual(sign: int) -> sp.Expr:
    """Return lambda w'' + w' + sign g w; ``sign`` +1 for w_+ and -1 for w_-."""
    index = 0 if sign > 0 else 1
    equation = LAMBDA * pair_accelerations()[index] + _PAIR_VELOCITIES[index]
    return sp.expand(equation + sign * G * _PAIR[index])


def time_derivative(expression: sp.Expr) -> sp.Expr:
    """Return the derivative by time of an expression of the jet along MGF."""
    plus, minus = pair_accelerations()
    cross = W_PLUS_DOT * W_MINUS_DOT
    rates = {
        W_PLUS: W_PLUS_DOT,
        W_MINUS: W_MINUS_DOT,
        W_PLUS_DOT: plus,
        W_MINUS_DOT: minus,
        GAIN_PLUS: LAMBDA * (W_PLUS_DOT / W_PLUS) ** 2,
        GAIN_MINUS: LAMBDA * (W_MINUS_DOT / W_MINUS) ** 2,
        IMPULSE_TO_T: G,
        CROSS_TO_T: cross,
        # d/dt of the integral with the kernel exp(-(t-s)/lambda)
        MEMORY: 2 * cross - MEMORY / LAMBDA,
        **dict(itertools.pairwise(G_JET)),
    }
    return sp.Add(*(sp.diff(expression, x) * dx for x, dx in rates.items()))


def gradient_flow_derivative(expression: sp.Expr) -> sp.Expr:
    """Return the derivative of an expression of w_+ and w_- along the flow at lambda = 0.

    lambda w'' + w' is a function of w and g alone; at lambda = 0 it is the velocity.
    """
    velocities = [
        sp.expand(LAMBDA * acceleration + velocity)
        for velocity, acceleration in zip(_PAIR_VELOCITIES, pair_accelerations(), strict=True)
    ]
    return sp.expand(
        sp.Add(*(sp.diff(expression, w) * dw for w, dw in zip(_PAIR, velocities, strict=True)))
    )


# --- Balancedness ---------------------------------------------------------------------------------


def balance() -> sp.Expr:
    """Return a^2 - b^2, whose absolute value is Delta: it is w_+ w_-."""
    first, second = _NEURONS
    return in_pair(first**2 - second**2)


def predictor() -> sp.Expr:
    """Return theta = a b in the pair, (w_+^2 - w_-^2)/4."""
    return in_pair(PRODUCT.predictor)


def balance_at_zero_inertia() -> sp.Expr:
    """Return d(w_+ w_-)/dt along gradient flow: zero, so Delta is conserved at lambda = 0."""
    return gradient_flow_derivative(balance())


def product_equation_residual() -> sp.Expr:
    """Return lambda delta'' + delta' - 2 lambda w_+' w_-' for delta = w_+ w_-."""
    rate = time_derivative(balance())
    return sp.expand(LAMBDA * time_derivative(rate) + rate - 2 * LAMBDA * W_PLUS_DOT * W_MINUS_DOT)


def resting_neuron_accelerations() -> tuple[sp.Expr, sp.Expr]:
    """Return w_+'' where w_+ = w_+' = 0 and w_-'' where w_- = w_-' = 0: both are zero.

    The equation of a neuron is linear in it with a continuous coefficient g, so a neuron that is
    at zero and at rest once stays there, and one that moves is never at zero and at rest.
    """
    plus, minus = pair_accelerations()
    still: tuple[sp.Expr, sp.Expr] = (
        plus.subs({W_PLUS: 0, W_PLUS_DOT: 0}),
        minus.subs({W_MINUS: 0, W_MINUS_DOT: 0}),
    )
    return still


# --- Conserved along the flow ---------------------------------------------------------------------


def logarithm(sign: int) -> sp.Expr:
    """Return ln|w| + lambda w'/w + I(t) + sign int g, conserved where w is not zero.

    I(t) = lambda int_0^t (w'/w)^2; ``sign`` is +1 for w_+ and -1 for w_-. As the velocity vanishes
    at both ends, ln|w_inf/w_0| = -I - sign int g.
    """
    w, velocity, gain = (
        (W_PLUS, W_PLUS_DOT, GAIN_PLUS) if sign > 0 else (W_MINUS, W_MINUS_DOT, GAIN_MINUS)
    )
    return sp.log(w**2) / 2 + LAMBDA * velocity / w + gain + sign * IMPULSE_TO_T


def logarithm_residual(sign: int) -> sp.Expr:
    """Return the time derivative of `logarithm`."""
    return sp.cancel(sp.together(time_derivative(logarithm(sign))))


# --- The energy argument: delta stays near its start ----------------------------------------------


def energy() -> tuple[sp.Expr, sp.Expr]:
    """Return the kinetic energy of one coordinate, and dE/dt plus its share of |a'|^2 + |b'|^2.

    E = L + (lambda/2) sum (a'^2 + b'^2); the loss moves by g d(theta)/dt. The second is zero.
    """
    speed = in_pair(U_DOT**2 + V_DOT**2)
    kinetic = LAMBDA * speed / 2
    loss_rate = G * time_derivative(predictor())
    return kinetic, sp.expand(time_derivative(kinetic) + loss_rate + speed)


def accumulated_residual() -> sp.Expr:
    """Return d/dt [lambda delta' + delta - 2 lambda C], C = int w_+' w_-'.

    So lambda delta' + delta - delta_0 = 2 lambda C for a start at rest.
    """
    kept = LAMBDA * time_derivative(balance()) + balance() - 2 * LAMBDA * CROSS_TO_T
    return sp.expand(time_derivative(kept))


def memory_residual() -> sp.Expr:
    """Return d/dt (delta' - M) + (delta' - M)/lambda, M = int 2 w_+' w_-' exp(-(t-s)/lambda) ds.

    So delta' = M for a start at rest, and with `accumulated_residual`
    delta - delta_0 = 2 lambda int w_+' w_-'(s) (1 - exp(-(t-s)/lambda)) ds, a kernel in [0, 1).
    """
    gap = time_derivative(balance()) - MEMORY
    return sp.expand(time_derivative(gap) + gap / LAMBDA)


def cross_term_gap() -> sp.Expr:
    """Return w_+'^2 + w_-'^2 - 2 w_+' w_-' minus a square; with either sign of the product.

    Hence 2 |w_+' w_-'| <= w_+'^2 + w_-'^2, which is 2 (a'^2 + b'^2) by `speed_residual`.
    """
    squares = W_PLUS_DOT**2 + W_MINUS_DOT**2
    plus, minus = (
        squares + 2 * s * W_PLUS_DOT * W_MINUS_DOT - (W_PLUS_DOT + s * W_MINUS_DOT) ** 2
        for s in (1, -1)
    )
    return sp.expand(plus**2 + minus**2)


def speed_residual() -> sp.Expr:
    """Return w_+'^2 + w_-'^2 - 2 (a'^2 + b'^2)."""
    return sp.expand(W_PLUS_DOT**2 + W_MINUS_DOT**2 - 2 * in_pair(U_DOT**2 + V_DOT**2))


def energy_argument() -> tuple[tuple[str, sp.Expr], ...]:
    """Return the steps from the flow to |delta(t) - delta_0| < 2 lambda L(theta_0), with residuals.

    Start at rest, L >= 0. By the kernel, |delta_j - delta_j(0)| < lambda int 2|w_+' w_-'|; that is
    at most lambda int (w_+'^2 + w_-'^2) = 2 lambda int (a'^2 + b'^2); summed over coordinates the
    integral is what the energy has lost, at most L(theta_0). The first inequality is strict as soon
    as the coordinate has moved.
    """
    return (
        ("product of the neurons", product_equation_residual()),
        ("integrated once", accumulated_residual()),
        ("velocity of the product", memory_residual()),
        ("cross term below the squares", cross_term_gap()),
        ("squares in both pairs of neurons", speed_residual()),
        ("energy", energy()[1]),
    )


# --- Small lambda ---------------------------------------------------------------------------------


def slow_log_velocity(sign: int, order: int) -> list[sp.Expr]:
    """Return w'/w on the slow path of MGF as a series in lambda, up to lambda^order.

    lambda (p' + p^2) + p + sign g = 0 is solved one order at a time, g and its derivatives given;
    ``sign`` is +1 for w_+ and -1 for w_-.
    """
    p: list[sp.Expr] = [-sign * G]
    for k in range(order):
        rate = sp.Add(*(sp.diff(p[k], a) * b for a, b in itertools.pairwise(G_JET)))
        p.append(sp.expand(-rate - sp.Add(*(p[i] * p[k - i] for i in range(k + 1)))))
    return p


def small_lambda_density(order: int = 2) -> list[sp.Expr]:
    """Return the coefficients of lambda^1, ..., lambda^order of d/dt (I_+ + I_-), slow path.

    The first is 2 g^2: Delta_inf = Delta_0 exp(-2 lambda int g^2 + O(lambda^2)). The second is
    -4 g g', a total derivative: behind the initial layer the next term depends on the ends only.
    """
    series = [slow_log_velocity(sign, order - 1) for sign in (1, -1)]
    return [
        sp.expand(sp.Add(*(p[i] * p[k - i] for p in series for i in range(k + 1))))
        for k in range(order)
    ]

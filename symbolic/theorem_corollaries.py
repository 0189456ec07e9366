r"""What the exact discrete theorem contains: each corollary derived from the excess e_k itself.

Nothing here is stated beside the theorem: a corollary is the excess at special (mu, kappa), or its
expansion along a smooth path. The residual functions compare what is derived with what each paper
stops at (`symbolic.implicit_bias`, `symbolic.modified_equation`) and vanish.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sympy as sp

from symbolic import discrete_theorem as theorem
from symbolic.discrete_theorem import (
    NEXT,
    NOW,
    PREVIOUS,
    excess,
    excess_terms,
    itakura_saito,
    next_iterate,
)
from symbolic.entropy import DELTA
from symbolic.implicit_bias import (
    LOG_U,
    LOG_V,
    effective_scale,
    momentum_bias_corrected,
    scale_density,
)
from symbolic.logarithms import collected, logarithms_apart
from symbolic.modified_equation import inertia_coefficient
from symbolic.symbols import ALPHA, ETA, KAPPA, MU, PHI, THETA_0, XI, G

#: Log-velocity p = x'/x of a neuron along a smooth path, and its time derivative.
LOG_VELOCITY, LOG_ACCELERATION = sp.symbols("p p'", real=True)
#: Time between two iterates, and the inertia of MGF (lambda of Papazov et al.).
TIME_STEP = sp.Symbol("epsilon", positive=True)
MGF_INERTIA = sp.Symbol("lambda", positive=True)
#: int g^2 dt of one coordinate along gradient flow, in the time of Papazov et al.
SQUARED_GRADIENTS = sp.Symbol("J", nonnegative=True)


# --- Special methods ------------------------------------------------------------------------------


def pair_gain(mu: Any, kappa: Any) -> sp.Expr:
    """Return e_k of u plus e_k of v with x_{k+1} inserted, logarithms of products taken apart.

    `NOW` and `PREVIOUS` are those of one neuron: at mu = kappa = 0 neither is left.
    """
    total = sp.Add(
        *(
            excess(mu, kappa).subs(NEXT, sp.factor(next_iterate(sign, mu, kappa)))
            for sign in (+1, -1)
        )
    )
    return sp.expand(collected(logarithms_apart(total)))


def gradient_descent_gain() -> sp.Expr:
    """Return what ln xi loses in one step of (S)GD, -ln|1 - (2 eta g_k)^2|."""
    return -sp.log(sp.Abs(1 - (2 * ETA * G) ** 2))


def gradient_descent_residual() -> sp.Expr:
    """Return the gain of u and v at mu = kappa = 0 minus `gradient_descent_gain`: zero."""
    return logarithms_apart(pair_gain(0, 0) - gradient_descent_gain())


def smgd_summand() -> sp.Expr:
    """Return the summand of Papazov et al., section 6: r(w_{k+1}/w_k) + beta r(w_k/w_{k+1})."""
    return itakura_saito(NEXT / NOW) + MU * itakura_saito(NOW / NEXT)


def telescoped_residual(summand: sp.Expr) -> sp.Expr:
    """Return e_k at kappa = 0 minus ``summand`` minus T_k - T_{k+1}, T_k = mu r(x_{k-1}/x_k).

    Where it vanishes both sums differ by T_0 - lim T_K: by nothing where x_{-1} = x_0.
    """
    now, after = (MU * itakura_saito(z) for z in (PREVIOUS / NOW, NOW / NEXT))
    return logarithms_apart(excess(MU, 0) - summand - (now - after))


# --- Along a smooth path --------------------------------------------------------------------------


def _path_ratio(steps: int) -> sp.Expr:
    """Return x(t + steps h)/x(t) through h^2: exp(h p + h^2 p'/2), p = (ln x)'."""
    h = steps * TIME_STEP
    logarithm = h * LOG_VELOCITY + h**2 * LOG_ACCELERATION / 2
    return 1 + logarithm + (h * LOG_VELOCITY) ** 2 / 2


def _coefficient(expression: sp.Expr, power: int) -> sp.Expr:
    """Return the coefficient of h^power of a function analytic at h = 0."""
    derivative = sp.diff(expression, TIME_STEP, power)
    return sp.factor(derivative.subs(TIME_STEP, 0) / sp.factorial(power))


@lru_cache(maxsize=1)
def path_excess() -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """Return the coefficients of h^0, h^1 and h^2 of e_k along x_k = x(k h), by p, mu and kappa.

    Near z = 1 the logarithm of r is that of a positive number.
    """
    x, path = sp.Symbol("x", positive=True), {}
    for symbol, steps in ((PREVIOUS, -1), (NOW, 0), (NEXT, 1)):
        path[symbol] = x * _path_ratio(steps)
    total = sp.S.Zero
    for coefficient, ratio in excess_terms():
        z = sp.cancel(ratio.subs(path, simultaneous=True))
        total += coefficient * (z - 1 - sp.log(z))
    return tuple(_coefficient(total, power) for power in range(3))


@lru_cache(maxsize=1)
def path_velocity() -> sp.Expr:
    """Return p of u at leading order, -2 g/(1-mu), by expanding the step identity at h = eta.

    For v it is the opposite.
    """
    ahead = sp.log(_path_ratio(1)) + MU * sp.log(_path_ratio(-1))
    left = _coefficient(ahead, 1) + path_excess()[1]
    (p,) = sp.solve(left + 2 * G, LOG_VELOCITY)
    return p


def inertia_from_theorem() -> sp.Expr:
    """Return alpha with S = alpha int p^2 dt at leading order, for any (mu, kappa).

    S = sum e_k/(1-mu) is the integral of (coefficient of eta^2) eta dt/(1-mu).
    """
    return sp.factor(ETA * path_excess()[2] / LOG_VELOCITY**2 / (1 - MU))


def inertia_residual() -> sp.Expr:
    """Return alpha of the exact theorem minus alpha of the modified equation: zero."""
    return sp.cancel(inertia_from_theorem() - inertia_coefficient(MU, KAPPA, ETA))


def leading_sums() -> tuple[sp.Expr, sp.Expr]:
    """Return S_u and S_v at leading order, alpha phi/2 each, with phi of Lyu et al., Eq. (9).

    (S' = alpha p^2, and phi' = 8 g^2/(1-mu)^2.)
    """
    share = sp.cancel(ALPHA * path_velocity() ** 2 / scale_density())
    return share * PHI, share * PHI


def theorem3_residuals() -> tuple[sp.Expr, sp.Expr]:
    """Return derived minus stated: ln xi_bar and the linear term of Theorem 3, corrected.

    The exact scale and linear term with the leading sums inserted; both vanish, so Theorem 3 with
    its sign mended is the exact theorem up to O(eta^2).
    """
    sums = dict(zip((theorem.SUM_U, theorem.SUM_V), leading_sums(), strict=True))
    scale = sp.log(theorem.scale()) - sp.log(effective_scale())
    linear = _without_velocity(theorem.linear_term()).subs(sums)
    stated = momentum_bias_corrected().subs(sp.asinh(THETA_0 / (2 * XI)), LOG_U - LOG_V)
    return sp.expand(sp.expand_log(scale.subs(sums), force=True)), sp.expand(linear - stated)


def _without_velocity(expression: sp.Expr) -> sp.Expr:
    """Return an expression of the exact theorem with x_{-1} = x_0 and l = ln|x_0|."""
    at_rest = {theorem.U_BEFORE: theorem.U, theorem.V_BEFORE: theorem.V}
    logarithms = {sp.log(sp.Abs(theorem.U)): LOG_U, sp.log(sp.Abs(theorem.V)): LOG_V}
    return sp.expand(expression.subs(at_rest, simultaneous=True)).subs(logarithms)


# --- The limit of Papazov et al.: mu -> 1 and eta -> 0 at fixed lambda ----------------------------


def mgf_density() -> sp.Expr:
    r"""Return what S becomes for mu = 1 - h/lambda, h -> 0: the integrand lambda p^2 of I.

    Any kappa that stays bounded gives the same: the sum over steps of e_k/(1-mu) is the integral
    of (coefficient of h^2) h/(1-mu) dT.
    """
    momentum = 1 - TIME_STEP / MGF_INERTIA
    per_time = path_excess()[2].subs(MU, momentum) * TIME_STEP / (1 - momentum)
    return sp.factor(sp.limit(sp.cancel(per_time), TIME_STEP, 0))


def mgf_velocity() -> sp.Expr:
    """Return p of w_+ on the slow path of MGF at leading order in lambda, -g.

    lambda w'' + w' + g w = 0 is lambda (p' + p^2) + p + g = 0 for p = w'/w.
    """
    equation = MGF_INERTIA * (LOG_ACCELERATION + LOG_VELOCITY**2) + LOG_VELOCITY + G
    (p,) = sp.solve(equation.subs(MGF_INERTIA, 0), LOG_VELOCITY)
    return p


def small_lambda_balancedness() -> sp.Expr:
    """Return Delta_inf for lambda -> 0, Delta_0 exp(-2 lambda int g^2 dT), from the theorem.

    Delta = 4 xi loses exp(-I_+ - I_-), I = int lambda p^2 dT with p = -g for w_+ and +g for w_-.
    """
    one = mgf_density().subs(LOG_VELOCITY, mgf_velocity()) / G**2 * SQUARED_GRADIENTS
    return theorem.scale().subs({XI: DELTA, theorem.SUM_U: one, theorem.SUM_V: one})


def matched_mgf_inertia() -> sp.Expr:
    """Return the lambda at which MGF has the leading sums of a method, 2 alpha/(1-mu).

    int lambda p_T^2 dT along T = 2 t/(1-mu) is (1-mu)/2 lambda int p_t^2 dt = alpha int p_t^2 dt.
    """
    clock = 2 / (1 - MU)
    (found,) = sp.solve(MGF_INERTIA / clock - inertia_from_theorem(), MGF_INERTIA)
    return sp.factor(found)


def printed_mgf_inertia() -> sp.Expr:
    """Return lambda of Papazov et al., section 1: gamma/(1-beta)^2 with gamma = 2 eta."""
    return 2 * ETA / (1 - MU) ** 2

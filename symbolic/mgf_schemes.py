r"""Finite-difference schemes of momentum gradient flow that are momentum gradient descent, exactly.

lambda w'' + w' + grad F(w) = 0 with the second derivative as a central difference, the gradient at
w_k, and the first derivative as a weighted mean of both one-sided differences,

.. math:: \lambda \frac{w_{k+1} - 2 w_k + w_{k-1}}{\epsilon^2}
          + \frac{\omega (w_{k+1} - w_k) + (1-\omega)(w_k - w_{k-1})}{\epsilon}
          + \nabla F(w_k) = 0,

is w_{k+1} = w_k + beta (w_k - w_{k-1}) - gamma grad F(w_k). omega = 0 is the backward difference,
1/2 the central and 1 the forward one. In the symbols here beta is `MU`. Source: Papazov et al.,
section 1, whose scheme is drawn in a picture.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sympy as sp

from symbolic.notation import tidy
from symbolic.symbols import MU
from symbolic.theorem_corollaries import MGF_INERTIA as LAMBDA
from symbolic.theorem_corollaries import TIME_STEP as EPSILON
from symbolic.two_step import two_step_update

#: The weight of the forward difference.
WEIGHT = sp.Symbol("omega", real=True)
#: Step size of momentum gradient descent (gamma of Papazov et al.).
GAMMA = sp.Symbol("gamma", positive=True)
#: Speed-up of the acceleration rule.
RHO = sp.Symbol("rho", positive=True)
#: 1 - beta, small where the momentum is large.
GAP = sp.Symbol("h", positive=True)
#: Three consecutive iterates and grad F at the middle one.
BEFORE, HERE, AFTER, SLOPE = sp.symbols("w_{k-1} w_k w_{k+1} f", real=True)


def scheme(weight: Any = WEIGHT, lam: Any = LAMBDA, epsilon: Any = EPSILON) -> sp.Expr:
    """Return the left side of the scheme by `BEFORE`, `HERE`, `AFTER` and `SLOPE`."""
    second = (AFTER - 2 * HERE + BEFORE) / epsilon**2
    first = (weight * (AFTER - HERE) + (1 - weight) * (HERE - BEFORE)) / epsilon
    return lam * second + first + SLOPE


def momentum_step(mu: Any = MU, gamma: Any = GAMMA) -> sp.Expr:
    """Return w_{k+1} of MGD(gamma, beta): heavy ball."""
    return two_step_update(HERE, BEFORE, lambda _: SLOPE, mu=mu, kappa=0, eta=gamma)


def scheme_residual(lam: Any, epsilon: Any, weight: Any = 0) -> sp.Expr:
    """Return what MGD(gamma, beta) leaves in the scheme with the given lambda and epsilon."""
    return sp.cancel(sp.together(scheme(weight, lam, epsilon).subs(AFTER, momentum_step())))


@lru_cache(maxsize=8)
def matching(weight: Any = WEIGHT) -> tuple[sp.Expr, sp.Expr]:
    """Return (lambda, epsilon) with which the scheme is MGD(gamma, beta), solved for.

    epsilon = gamma/(1-beta) for every weight, lambda = gamma (1 - omega (1-beta))/(1-beta)^2: as
    printed for the backward difference, (1+beta)/2 times that for the central one and beta times
    that for the forward one.
    """
    # The scheme times epsilon^2 is linear in w_k - w_{k-1} and f once w_{k+1} is inserted.
    left = sp.expand(scheme(weight).subs(AFTER, momentum_step()) * EPSILON**2)
    by_slope, by_move = left.coeff(SLOPE), sp.expand(left.subs(SLOPE, 0)).coeff(HERE)
    (lam,) = sp.solve(by_slope, LAMBDA)
    solutions = sp.solve(sp.numer(sp.together(by_move.subs(LAMBDA, lam))), EPSILON)
    epsilon = next(e for e in solutions if e != 0)
    return tidy(lam.subs(EPSILON, epsilon)), tidy(epsilon)


@lru_cache(maxsize=8)
def momentum_and_step(weight: Any = WEIGHT) -> tuple[sp.Expr, sp.Expr]:
    """Return (beta, gamma) of the scheme with given lambda and epsilon.

    beta = (lambda - (1-omega) epsilon)/(lambda + omega epsilon) and
    gamma = epsilon^2/(lambda + omega epsilon).
    """
    (after,) = sp.solve(scheme(weight), AFTER)
    return sp.factor(-sp.diff(after, BEFORE)), sp.factor(-sp.diff(after, SLOPE))


def truncation(weight: Any = WEIGHT, order: int = 1) -> list[sp.Expr]:
    """Return the coefficients of epsilon^0 ... of the scheme along a solution w(t) of MGF.

    By the derivatives w', w'', ...; the first is the equation itself with grad F in place of
    -lambda w'' - w', hence zero. At order 1 it is (omega - 1/2) w'': only the central
    difference is of second order.
    """
    derivatives = sp.symbols(f"w:{order + 3}", real=True)

    def at(steps: int) -> sp.Expr:
        return sp.Add(
            *(d * (steps * EPSILON) ** k / sp.factorial(k) for k, d in enumerate(derivatives))
        )

    path = {AFTER: at(1), BEFORE: at(-1), HERE: at(0)}
    inserted = scheme(weight).subs(path, simultaneous=True)
    expanded = sp.expand(inserted.subs(SLOPE, -LAMBDA * derivatives[2] - derivatives[1]))
    return [sp.factor(expanded.coeff(EPSILON, k)) for k in range(order + 1)]


# --- The acceleration rule ------------------------------------------------------------------------


def accelerated() -> tuple[sp.Expr, sp.Expr]:
    """Return (gamma, beta) of the acceleration rule: rho^2 gamma and 1 - rho (1-beta).

    Source: Papazov et al., section 2.
    """
    return RHO**2 * GAMMA, 1 - RHO * (1 - MU)


def acceleration_residuals(gamma: sp.Expr, mu: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """Return the changes of lambda and of epsilon/rho from (GAMMA, MU) to (gamma, mu)."""
    lam, epsilon = matching(sp.S.Zero)
    at = {GAMMA: gamma, MU: mu}
    return (
        sp.cancel(lam.subs(at, simultaneous=True) - lam),
        sp.cancel(epsilon.subs(at, simultaneous=True) - RHO * epsilon),
    )


@lru_cache(maxsize=8)
def power_defect(terms: int = 3) -> tuple[sp.Expr, ...]:
    """Return the coefficients of h^0, h^1, ... of beta^rho - (1 - rho h), h = 1 - beta.

    The first two vanish; that of h^2 is rho (rho-1)/2, so the momentum of the rule is beta^rho up
    to rho (rho-1) (1-beta)^2/2 + O((1-beta)^3).
    """
    _, momentum = accelerated()
    difference = (1 - GAP) ** RHO - momentum.subs(MU, 1 - GAP)
    return tuple(
        sp.factor(sp.diff(difference, GAP, k).subs(GAP, 0) / sp.factorial(k)) for k in range(terms)
    )

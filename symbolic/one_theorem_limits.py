r"""What the exact theorem becomes for small steps and in the limit of momentum gradient flow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy as sp

from symbolic import implicit_bias
from symbolic import theorem_corollaries as corollaries
from symbolic.concordance import printed_lambda
from symbolic.displays import (
    Part,
    Proof,
    Scaled,
    equation,
    evaluated,
    linear_in,
    minus,
    product,
    range_residuals,
    total,
    without_orders,
)
from symbolic.entropy import DELTA
from symbolic.modified_equation import inertia_coefficient
from symbolic.notation import Notation
from symbolic.one_theorem import EXCESS_NOW, OVER_ONE_MINUS_MU, QUARTER, SIGN, SUM, XI_0
from symbolic.one_theorem_corollaries import (
    DELTA_0,
    DELTA_INF,
    corollary,
    gradient_descent,
    members,
    nesterov,
    scale_residuals,
    stochastic_momentum,
)
from symbolic.one_theorem_words import INERTIA, MGF, PAPERS_AGREE, SMALL_INERTIA, THEOREM_3
from symbolic.symbols import ALPHA, ETA, KAPPA, MU, PHI, THETA_0, TIME, XI, G
from symbolic.theorem_corollaries import LOG_VELOCITY, MGF_INERTIA, SQUARED_GRADIENTS

#: A neuron of the poster along the flow and its velocity, its integrals, and the flow's time.
W, W_DOT = Notation("w_pm", r"w_\pm"), Notation("w_pm'", r"\dot{w}_\pm")
GAIN_PLUS, GAIN_MINUS = sp.symbols("I_+ I_-", real=True)
GAINS = Notation("I_pm", r"I_\pm")
MGF_TIME = sp.Symbol("T", real=True)
LINEAR = Notation("R", "R")
ALPHA_HB = Notation("alpha_HB", r"\alpha_{\text{HB}}")
ALPHA_NAG = Notation("alpha_NAG", r"\alpha_{\text{NAG}}")
XI_BAR = Notation("xi_bar", r"\bar\xi")
FORCE = Notation("g", "g")


def _along_path(term: Any, time: sp.Symbol = TIME) -> Any:
    return sp.Integral(term, (time, 0, sp.oo))


def _density(expression: Any, time: sp.Symbol = TIME) -> tuple[sp.Expr, tuple[sp.Expr, ...]]:
    """Return coefficient times integrand of an integral, and what is not as it should be."""
    found, coefficient, rest = linear_in(expression, sp.Integral)
    return coefficient * found.function, (rest, *range_residuals(found, time))


# --- Small steps ----------------------------------------------------------------------------------


def _leading_excess(formula: Any) -> tuple[sp.Expr, ...]:
    zeroth, first, second = corollaries.path_excess()
    shown = evaluated(without_orders(formula.rhs))
    return zeroth, first, sp.expand(shown - second * ETA**2)


def _leading_sum(formula: Any) -> tuple[sp.Expr, ...]:
    density, rest = _density(evaluated(without_orders(formula.rhs)))
    inertia = corollaries.inertia_from_theorem()
    return sp.cancel(density.subs(ALPHA, inertia) - inertia * LOG_VELOCITY**2), *rest


def _inertia_of(kappa: Any) -> Proof:
    """Return what compares an inertia with that of the theorem and of the modified equation."""

    def residuals(formula: Any) -> tuple[sp.Expr, ...]:
        stated = evaluated(formula.rhs)
        derived = corollaries.inertia_from_theorem().subs(KAPPA, kappa)
        return sp.cancel(stated - derived), sp.cancel(stated - inertia_coefficient(MU, kappa, ETA))

    return residuals


def inertia() -> Part:
    """Return both inertia coefficients."""
    bracket = total(sp.S.One, MU, -2 * KAPPA * (1 - MU))
    move = sp.Pow(product(ETA, LOG_VELOCITY), 2, evaluate=False)
    leading = product(Scaled(sp.S.Half, bracket), move)
    path = product(ALPHA, _along_path(LOG_VELOCITY**2))
    half = ETA * OVER_ONE_MINUS_MU / 2
    heavy_ball = Scaled(half, total(sp.S.One, MU))
    nag = Scaled(half, total(sp.S.One, -MU, 2 * MU**2))
    return corollary(
        "The inertia of heavy ball and of Nesterov's method",
        INERTIA,
        excess=(equation(EXCESS_NOW, total(leading, sp.O(ETA**3))), _leading_excess),
        sums=(equation(SUM, total(path, sp.O(ETA**2))), _leading_sum),
        alpha=(
            equation(ALPHA, Scaled(half, bracket)),
            _inertia_of(KAPPA),
        ),
        hb=(equation(ALPHA_HB, heavy_ball), _inertia_of(sp.S.Zero)),
        nag=(equation(ALPHA_NAG, nag), _inertia_of(MU)),
    )


def _velocity(formula: Any) -> tuple[sp.Expr, ...]:
    shown = evaluated(formula.rhs).subs(FORCE, G)
    derived = corollaries.path_velocity()
    return tuple(sp.cancel(shown.subs(SIGN, sign) - sign * derived) for sign in (+1, -1))


def _phi(formula: Any) -> tuple[sp.Expr, ...]:
    density, rest = _density(formula.rhs)
    return sp.cancel(density.subs(FORCE, G) - implicit_bias.scale_density()), *rest


def _scale_3(formula: Any) -> tuple[sp.Expr, ...]:
    shown = evaluated(formula.rhs).subs(XI_0, XI)
    return corollaries.theorem3_residuals()[0], sp.expand(shown - implicit_bias.effective_scale())


def _linear_3(formula: Any) -> tuple[sp.Expr, ...]:
    shown = evaluated(formula.rhs).subs(XI_0, XI)
    stated = implicit_bias.momentum_bias_corrected()
    return corollaries.theorem3_residuals()[1], sp.expand(shown - stated)


def theorem_3() -> Part:
    """Return Theorem 3 of Lyu et al. with its sign mended."""
    logarithm = sp.asinh(THETA_0 / (2 * XI_0))
    decay = sp.exp(minus(product(ALPHA, PHI)))
    return corollary(
        "Theorem 3 of Lyu et al., its sign mended",
        THEOREM_3,
        velocity=(
            equation(LOG_VELOCITY, minus(Scaled(2 * SIGN * OVER_ONE_MINUS_MU, FORCE))),
            _velocity,
        ),
        phi=(equation(PHI, Scaled(8 * OVER_ONE_MINUS_MU**2, _along_path(FORCE**2))), _phi),
        scale=(equation(XI_BAR, product(XI_0, decay)), _scale_3),
        linear=(equation(LINEAR, minus(Scaled(QUARTER, logarithm))), _linear_3),
    )


# --- Momentum gradient flow -----------------------------------------------------------------------


def _gain(formula: Any) -> tuple[sp.Expr, ...]:
    density, rest = _density(formula.rhs, MGF_TIME)
    along = density.subs(W_DOT, LOG_VELOCITY * W)
    return sp.cancel(along - corollaries.mgf_density()), *rest


def mgf() -> Part:
    """Return the theorem for the flow of Papazov et al."""
    square = sp.Pow(W_DOT / W, 2, evaluate=False)
    return corollary(
        "Momentum gradient flow",
        MGF,
        gain=(equation(GAINS, Scaled(MGF_INERTIA, _along_path(square, MGF_TIME))), _gain),
        scale=(
            equation(DELTA_INF, DELTA_0 * sp.exp(total(-GAIN_PLUS, -GAIN_MINUS))),
            lambda formula: scale_residuals(formula, GAIN_PLUS, GAIN_MINUS),
        ),
    )


def _small(formula: Any) -> tuple[sp.Expr, ...]:
    """Compare the logarithm with that of the derived Delta_inf, integrals under one name."""
    (exponential,) = formula.rhs.atoms(sp.exp)
    place = sp.Dummy()
    in_front = sp.diff(evaluated(formula.rhs.xreplace({exponential: place})), place)
    density, rest = _density(evaluated(without_orders(exponential.args[0])), MGF_TIME)
    stated = in_front * sp.exp(density / FORCE**2 * SQUARED_GRADIENTS)
    derived = corollaries.small_lambda_balancedness().subs(DELTA, DELTA_0)
    return sp.expand(sp.powsimp(stated / derived) - 1), *rest


def small_inertia() -> Part:
    """Return balancedness for small lambda."""
    exponent = minus(Scaled(2 * MGF_INERTIA, _along_path(FORCE**2, MGF_TIME)))
    decay = sp.exp(total(exponent, sp.O(MGF_INERTIA**2)))
    return corollary(
        "Small inertia",
        SMALL_INERTIA,
        small=(equation(DELTA_INF, product(DELTA_0, decay)), _small),
    )


def _factor(formula: Any) -> tuple[sp.Expr, ...]:
    heavy_ball = corollaries.inertia_from_theorem().subs(KAPPA, 0)
    left = evaluated(formula.lhs).subs(ALPHA_HB, heavy_ball)
    right = evaluated(formula.rhs)
    matched = corollaries.matched_mgf_inertia().subs(KAPPA, 0)
    return (
        sp.cancel(left - matched),
        sp.cancel(right - matched),
        sp.cancel(right - (1 + MU) / 2 * printed_lambda()),
    )


def papers_agree() -> Part:
    """Return the factor between the inertias of both papers."""
    ratio = Scaled(product(sp.S.Half, 1 + MU), 2 * ETA / (1 - MU) ** 2)
    return corollary(
        "One inertia for both papers",
        PAPERS_AGREE,
        factor=(equation(Scaled(2 * OVER_ONE_MINUS_MU, ALPHA_HB), ratio), _factor),
    )


#: The corollaries in the order of the page.
COROLLARIES: tuple[Callable[[], Part], ...] = (
    gradient_descent,
    stochastic_momentum,
    nesterov,
    inertia,
    theorem_3,
    mgf,
    small_inertia,
    papers_agree,
    members,
)

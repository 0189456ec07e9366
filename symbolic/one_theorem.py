r"""The exact theorem, stated and proved as a text whose every displayed formula is checked.

The passages hold words; the formulas are `symbolic.displays.Display` objects, each with the
function that computes from it what must vanish. Corollaries stand in
`symbolic.one_theorem_corollaries`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sympy as sp

from symbolic import discrete_theorem as theorem
from symbolic.discrete_theorem import (
    AHEAD,
    BACK,
    DIVERGENCE,
    DRIFT,
    EXCESS,
    LOOK_AHEAD,
    NEXT,
    NOW,
    PREVIOUS,
)
from symbolic.displays import (
    Display,
    LogSize,
    Part,
    Scaled,
    difference,
    equation,
    evaluated,
    linear_in,
    minus,
    product,
    range_residuals,
    rational,
    total,
)
from symbolic.entropy import HyperbolicEntropy
from symbolic.entropy_identities import neuron_form_residual
from symbolic.logarithms import collected
from symbolic.notation import Notation
from symbolic.one_theorem_words import PROOF, SETTING, THEOREM
from symbolic.symbols import ETA, KAPPA, MU, THETA, XI, G

#: +1 for an entry of u, -1 for one of v.
SIGN = sp.Symbol("sigma", real=True, nonzero=True)
#: The gradient by theta that step k used, and the excess of step k.
GRADIENT, EXCESS_NOW = sp.symbols("g_k e_k", real=True)
#: Index of a step, and the last one, K - 1.
STEP_INDEX, LAST = sp.symbols("k K-1", integer=True, nonnegative=True)
#: An entry at the start, before it, at steps K and K - 1, and at the end.
START, BEFORE, AT_LAST, BEFORE_LAST, END = sp.symbols(
    "x_0 x_{-1} x_K x_{K-1} x_{\\infty}", real=True, nonzero=True
)
SUM = sp.Symbol("S_x", real=True)
EFFECTIVE = sp.Symbol(r"\hat{x}_0", real=True, nonzero=True)
Z = sp.Symbol("z", real=True, nonzero=True)
U_0, V_0, XI_0 = sp.symbols("u_0 v_0 xi_0", positive=True)
U_INF, V_INF = sp.symbols("u_{\\infty} v_{\\infty}", real=True, nonzero=True)
XI_INF = Notation("xi_inf", r"\xi_{\infty}", "ξ_∞")
ENTROPY = Notation("Q_xi(theta)", r"Q_\xi(\theta)")
PERTURBED = Notation("theta~_0", r"\tilde\theta_0", "θ~_0")
LIMIT = Notation("theta_inf", r"\theta_{\infty}", "θ_∞")
MINIMISER = Notation(
    "argmin D_Q(theta, theta~_0) over X theta = y",
    r"\operatorname{argmin}_{X\theta = y}\; D_{Q_{\xi_{\infty}}}(\theta, \tilde\theta_0)",
)
GRADIENT_AT_END = Notation("grad Q(theta_inf)", r"\nabla Q_{\xi_{\infty}}(\theta_{\infty})")
GRADIENT_AT_START = Notation("grad Q(theta~_0)", r"\nabla Q_{\xi_{\infty}}(\tilde\theta_0)")
#: What the gradient adds to a step identity is minus this.
FORCE = (sp.Integer(2), SIGN, ETA, GRADIENT)
OVER_ONE_MINUS_MU, QUARTER = 1 / (1 - MU), sp.Rational(1, 4)
SUM_OF_GRADIENTS = sp.Sum(GRADIENT, (STEP_INDEX, 0, sp.oo))


# --- What the formulas must satisfy ---------------------------------------------------------------


def _by_recursion(formula: Any) -> tuple[sp.Expr, ...]:
    """Return left minus right for both signs, with the recursion and its ratios inserted."""
    found = []
    for sign in (+1, -1):
        after = theorem.next_iterate(sign).subs(G, GRADIENT)
        there = formula.subs(SIGN, sign).subs(EXCESS_NOW, EXCESS)
        found.append(collected(difference(there, {**theorem.ratios(), NEXT: after})))
    return tuple(found)


def _by_definition(formula: Any) -> tuple[sp.Expr, ...]:
    return (rational(difference(formula, theorem.ratios())),)


def excess_residual(formula: Any) -> tuple[sp.Expr, ...]:
    """Return the displayed excess minus the one that runs are summed with."""
    shown = difference(formula, theorem.ratios()).subs(EXCESS_NOW, 0)
    return (collected(difference(equation(-shown, theorem.excess()))),)


@lru_cache(maxsize=1)
def share_of_excesses() -> sp.Expr:
    """Return c with ln|x_inf| = ... - c sum e_k, solved from the summed identity."""
    end = theorem.logarithm_at_the_end(+1)
    per_sum = -sp.diff(end, theorem.SUM_U)  # of S = sum e_k/(1 - mu) by its definition
    return sp.cancel(per_sum / (1 - MU))


def sum_residuals(formula: Any) -> tuple[sp.Expr, ...]:
    """Return what a displayed S differs by from the sum in the theorem."""
    found, coefficient, rest = linear_in(formula.rhs, sp.Sum)
    return (
        sp.cancel(coefficient - share_of_excesses()),
        rest,
        evaluated(found.function) - EXCESS_NOW,
        *range_residuals(found, STEP_INDEX),
    )


def partial_residuals(formula: Any) -> tuple[sp.Expr, ...]:
    """Return what the partial sum is at K = 0, and what a step adds beyond the identity."""
    summed, coefficient, rest = linear_in(formula.lhs - formula.rhs, sp.Sum)
    more = coefficient * evaluated(summed.function)

    def at(x: sp.Expr, last: sp.Expr) -> sp.Expr:
        return rest.subs({AT_LAST: x, BEFORE_LAST: last}, simultaneous=True)

    identity = step_identity()
    change = at(NEXT, NOW) - at(NOW, PREVIOUS) + more
    return (
        difference(equation(at(START, BEFORE), 0)),
        difference(equation(change, identity.lhs - identity.rhs)),
        *range_residuals(summed, STEP_INDEX, LAST),
    )


def _impulse(expression: Any) -> sp.Expr:
    """Insert the impulse for eta times the sum of the gradients over the run."""
    plain = evaluated(expression)
    return plain.subs(SUM_OF_GRADIENTS, theorem.IMPULSE / ETA)


def end_residuals(formula: Any) -> tuple[sp.Expr, ...]:
    """Compare with the logarithm that is solved from the summed identity, for both signs."""
    found = []
    for sign, start, before, sums in (
        (+1, theorem.U, theorem.U_BEFORE, theorem.SUM_U),
        (-1, theorem.V, theorem.V_BEFORE, theorem.SUM_V),
    ):
        values = {
            LogSize(EFFECTIVE): theorem.effective_start(start, before),
            LogSize(END): theorem.logarithm_at_the_end(sign),
            SUM: sums,
            SIGN: sign,
        }
        found.append(sp.expand(_impulse(formula.lhs - formula.rhs).subs(values)))
    return tuple(found)


def effective_residual(formula: Any) -> tuple[sp.Expr, ...]:
    """Compare with the start at which a run without excess and gradient ends."""
    sides = [sp.log(evaluated(side)) for side in (formula.lhs, formula.rhs)]
    derived = sp.expand_log(theorem.effective_start(START, BEFORE), force=True)
    left = sp.expand_log(sides[0], force=True).subs(sp.log(sp.Abs(EFFECTIVE)), derived)
    return (sp.expand(left - sp.expand_log(sides[1], force=True)),)


def _at_rest(expression: sp.Expr) -> sp.Expr:
    same = {theorem.U_BEFORE: U_0, theorem.V_BEFORE: V_0, theorem.U: U_0, theorem.V: V_0}
    return sp.expand(expression.subs(same, simultaneous=True))


def scale_residual(formula: Any) -> tuple[sp.Expr, ...]:
    """Compare with ln xi_inf from rest, as derived."""
    stated = sp.expand_log(sp.log(evaluated(formula.rhs).subs(XI_0, U_0 * V_0)), force=True)
    return (sp.expand(stated - _at_rest(theorem.log_scale())),)


def start_residual(formula: Any) -> tuple[sp.Expr, ...]:
    """Compare with the perturbed start, whose dual is the derived linear term."""
    derived = theorem.perturbed_start().subs({theorem.U: U_0, theorem.V: V_0}, simultaneous=True)
    return sp.expand(evaluated(formula.rhs) - derived), theorem.linear_term_residual()


def log_ratio_residual(formula: Any) -> tuple[sp.Expr, ...]:
    """Compare both sides with the derived logarithms at the end."""
    ratio = theorem.logarithm_at_the_end(+1) - theorem.logarithm_at_the_end(-1)
    ends = {LogSize(U_INF / V_INF): _at_rest(ratio)}
    return (difference(equation(_impulse(formula.lhs - formula.rhs).subs(ends), 0)),)


def gradients_residual(formula: Any) -> tuple[sp.Expr, ...]:
    """Insert a quarter of the log-ratio at the end and the dual of the perturbed start."""
    ratio = theorem.logarithm_at_the_end(+1) - theorem.logarithm_at_the_end(-1)
    duals = {GRADIENT_AT_END: ratio / 4, GRADIENT_AT_START: -theorem.linear_term()}
    inserted = _impulse(formula.lhs - formula.rhs).subs(duals)
    return sp.expand(inserted), neuron_form_residual(), theorem.linear_term_residual()


# --- The formulas ---------------------------------------------------------------------------------


def step_identity() -> Any:
    """Return the identity of a step."""
    left = total(LogSize(NEXT / NOW), -MU * LogSize(NOW / PREVIOUS), EXCESS_NOW)
    return equation(left, minus(product(*FORCE)))


def setting() -> Part:
    """Return what is trained, and the excess of a step."""
    move = total(sp.S.One, -BACK)
    kick = minus(product(*FORCE, LOOK_AHEAD))
    root = sp.sqrt(4 * XI**2 + THETA**2)
    bracket = total(THETA * sp.asinh(THETA / (2 * XI)), -root, 2 * XI)
    shown = {
        "recursion": (equation(NEXT, total(NOW, MU * (NOW - PREVIOUS), kick)), _by_recursion),
        "look-ahead": (equation(LOOK_AHEAD, total(NOW, KAPPA * (NOW - PREVIOUS))), _by_definition),
        "divergence": (
            equation(DIVERGENCE(Z), total(Z, sp.S.NegativeOne, -LogSize(Z))),
            _by_definition,
        ),
        "back": (equation(BACK, PREVIOUS / NOW), _by_definition),
        "drift": (equation(DRIFT, total(sp.S.One, product(MU, move))), _by_definition),
        "ahead": (equation(AHEAD, total(sp.S.One, product(KAPPA, move))), _by_definition),
        "excess": (equation(EXCESS_NOW, EXCESS), excess_residual),
        "sums": (
            equation(SUM, Scaled(OVER_ONE_MINUS_MU, sp.Sum(EXCESS_NOW, (STEP_INDEX, 0, sp.oo)))),
            sum_residuals,
        ),
        "entropy": (
            equation(ENTROPY, Scaled(QUARTER, bracket)),
            lambda formula: (sp.expand(evaluated(formula.rhs) - HyperbolicEntropy().value),),
        ),
    }
    return Part("text", "Setting", SETTING, {name: Display(*one) for name, one in shown.items()})


def statement() -> Part:
    """Return the theorem."""
    u, v, two = theorem.SUM_U, theorem.SUM_V, sp.Integer(2)
    scale = equation(XI_INF, XI_0 * sp.exp(total(-u, -v)))
    start = equation(PERTURBED, total(U_0**2 * sp.exp(-two * u), -(V_0**2) * sp.exp(-two * v)))
    factor = sp.Abs(START / BEFORE) ** (MU / (1 - MU))
    shown = {
        "scale": (scale, scale_residual),
        "start": (start, start_residual),
        "limit": (equation(LIMIT, MINIMISER), lambda _: theorem.theorem_residuals()),
        "moving": (
            equation(sp.Abs(EFFECTIVE), product(sp.Abs(START), factor)),
            effective_residual,
        ),
    }
    return Part("theorem", "Theorem", THEOREM, {name: Display(*one) for name, one in shown.items()})


def proof() -> Part:
    """Return the proof."""
    push = minus(product(*FORCE))
    sums = sp.Sum(total(EXCESS_NOW, product(*FORCE)), (STEP_INDEX, 0, LAST))
    moved = total(LogSize(START / BEFORE), -LogSize(AT_LAST / BEFORE_LAST))
    partial = equation(
        product(1 - MU, LogSize(AT_LAST / START)), total(Scaled(MU, moved), minus(sums))
    )
    impulse = Scaled(2 * SIGN * ETA * OVER_ONE_MINUS_MU, SUM_OF_GRADIENTS)
    end = equation(LogSize(END), total(LogSize(EFFECTIVE), -SUM, minus(impulse)))
    step = Scaled(ETA * OVER_ONE_MINUS_MU, SUM_OF_GRADIENTS)
    shift = Scaled(QUARTER, total(theorem.SUM_U, -theorem.SUM_V))
    ratio = equation(
        Scaled(QUARTER, LogSize(U_INF / V_INF)),
        total(Scaled(QUARTER, LogSize(U_0 / V_0)), minus(shift), minus(step)),
    )
    first = equation(
        total(DIVERGENCE(NEXT / LOOK_AHEAD), -DIVERGENCE(DRIFT / AHEAD)),
        total(push, -LogSize(NEXT / NOW), LogSize(DRIFT)),
    )
    second = equation(
        total(DIVERGENCE(DRIFT), MU * DIVERGENCE(BACK)),
        total(-LogSize(DRIFT), MU * LogSize(NOW / PREVIOUS)),
    )
    shown = {
        "ratio": (equation(NEXT / LOOK_AHEAD, total(DRIFT / AHEAD, push)), _by_recursion),
        "first": (first, _by_recursion),
        "second": (second, _by_recursion),
        "identity": (step_identity(), _by_recursion),
        "partial": (partial, partial_residuals),
        "end": (end, end_residuals),
        "log-ratio": (ratio, log_ratio_residual),
        "gradients": (
            equation(total(GRADIENT_AT_END, -GRADIENT_AT_START), minus(step)),
            gradients_residual,
        ),
    }
    return Part("proof", "Proof", PROOF, {name: Display(*one) for name, one in shown.items()})

r"""The exact theorem, stated and proved as a text whose every displayed formula is checked.

The passages hold words; the formulas are `symbolic.displays.Display` objects with the residuals
that prove them. Corollaries stand in `symbolic.one_theorem_corollaries`.
"""

from __future__ import annotations

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
    minus,
    opened,
    product,
    rational,
    total,
)
from symbolic.notation import Notation
from symbolic.one_theorem_words import PROOF, SETTING, THEOREM
from symbolic.symbols import ETA, KAPPA, MU, G

#: +1 for an entry of u, -1 for one of v.
SIGN = sp.Symbol("sigma", real=True, nonzero=True)
#: The gradient that step k used, and the excess of step k.
GRADIENT, EXCESS_NOW = sp.symbols("g_k e_k", real=True)
STEP_INDEX, LAST = sp.symbols("k K-1", integer=True, nonnegative=True)
#: A neuron at the start, before it, at steps K and K - 1, and at the end.
START, BEFORE, AT_LAST, BEFORE_LAST, END = sp.symbols(
    "x_0 x_{-1} x_K x_{K-1} x_{\\infty}", real=True, nonzero=True
)
SUM = sp.Symbol("S_x", real=True)
EFFECTIVE = sp.Symbol(r"\hat{x}_0", real=True, nonzero=True)
Z = sp.Symbol("z", real=True, nonzero=True)
U_0, V_0, XI_0 = sp.symbols("u_0 v_0 xi_0", positive=True)
XI_INF = Notation("xi_inf", r"\xi_{\infty}", "ξ_∞")
U_INF, V_INF = sp.symbols("u_{\\infty} v_{\\infty}", real=True, nonzero=True)
PERTURBED = Notation("theta~_0", r"\tilde\theta_0", "θ~_0")
LIMIT = Notation("theta_inf", r"\theta_{\infty}", "θ_∞")
MINIMISER = Notation(
    "argmin D_Q(theta, theta~_0) over X theta = y",
    r"\operatorname{argmin}_{X\theta = y}\; D_{Q_{\xi_{\infty}}}(\theta, \tilde\theta_0)",
)
GRADIENT_AT_END = Notation("grad Q(theta_inf)", r"\nabla Q_{\xi_{\infty}}(\theta_{\infty})")
GRADIENT_AT_START = Notation("grad Q(theta~_0)", r"\nabla Q_{\xi_{\infty}}(\tilde\theta_0)")
#: What the gradient adds to a step identity, and the shares of a run.
PUSH = product(sp.Integer(-2), SIGN, ETA, GRADIENT)
SHARE, QUARTER = 1 / (1 - MU), sp.Rational(1, 4)
SUM_OF_GRADIENTS = sp.Sum(GRADIENT, (STEP_INDEX, 0, sp.oo))


def _definitions() -> dict[sp.Symbol, sp.Expr]:
    return theorem.ratios()


def _after(sign: int) -> sp.Expr:
    return theorem.next_iterate(sign).subs(G, GRADIENT)


def _signs(formula: Any) -> tuple[sp.Expr, ...]:
    """Return left minus right for both signs, with the recursion and its ratios inserted."""
    found = []
    for sign in (+1, -1):
        there = formula.subs(SIGN, sign)
        inserted = difference(there, {**_definitions(), NEXT: _after(sign)})
        found.append(_collected(inserted))
    return tuple(found)


def _collected(expression: sp.Expr) -> sp.Expr:
    """Return a rational expression plus multiples of logarithms, zero if it vanishes."""
    names = {logarithm: sp.Dummy() for logarithm in expression.atoms(sp.log)}
    parts = sp.collect(sp.expand(expression.xreplace(names)), list(names.values()), evaluate=False)
    return sp.Add(*(rational(value) * key for key, value in parts.items()))


def recursion() -> Any:
    """Return the recursion of one neuron."""
    return equation(NEXT, total(NOW, MU * (NOW - PREVIOUS), product(*PUSH.args, LOOK_AHEAD)))


def step_identity() -> Any:
    """Return the identity of a step."""
    left = total(LogSize(NEXT / NOW), -MU * LogSize(NOW / PREVIOUS), EXCESS_NOW)
    return equation(left, PUSH)


def partial_sum() -> Any:
    """Return the identity summed over k < K."""
    sums = sp.Sum(total(EXCESS_NOW, product(sp.Integer(2), *PUSH.args[1:])), (STEP_INDEX, 0, LAST))
    moved = total(LogSize(START / BEFORE), -LogSize(AT_LAST / BEFORE_LAST))
    return equation(
        product(1 - MU, LogSize(AT_LAST / START)),
        total(Scaled(MU, moved), minus(sums)),
    )


def _partial_residuals() -> tuple[sp.Expr, ...]:
    """Return what the partial sum is at K = 0, and what a step adds to it beyond the identity."""
    formula = partial_sum()
    (summed,) = formula.rhs.atoms(sp.Sum)
    accumulated = sp.Symbol("A", real=True)
    whole = opened(formula.lhs - formula.rhs.subs(summed, accumulated))

    def at(x: sp.Expr, last: sp.Expr, sums: sp.Expr) -> sp.Expr:
        there = {AT_LAST: x, BEFORE_LAST: last, accumulated: sums}
        return whole.subs(there, simultaneous=True)

    identity = step_identity()
    more = evaluated(summed.args[0])
    change = at(NEXT, NOW, accumulated + more) - at(NOW, PREVIOUS, accumulated)
    return (
        difference(equation(at(START, BEFORE, sp.S.Zero), 0)),
        difference(equation(change, identity.lhs - identity.rhs)),
    )


def at_the_end() -> Any:
    """Return ln|x_inf| of a neuron."""
    push = minus(Scaled(2 * ETA * SHARE, product(SIGN, SUM_OF_GRADIENTS)))
    return equation(LogSize(END), total(LogSize(EFFECTIVE), -SUM, push))


def effective_start() -> Any:
    """Return the start that stands for one with velocity."""
    factor = sp.Abs(START / BEFORE) ** (MU / (1 - MU))
    return equation(sp.Abs(EFFECTIVE), product(sp.Abs(START), factor))


def _end_residuals(formula: Any) -> tuple[sp.Expr, ...]:
    """Compare with the summed identity, neuron by neuron."""
    found = []
    for sign, start, before, sums in (
        (+1, theorem.U, theorem.U_BEFORE, theorem.SUM_U),
        (-1, theorem.V, theorem.V_BEFORE, theorem.SUM_V),
    ):
        stated = evaluated(formula.rhs).subs(
            {
                LogSize(EFFECTIVE): theorem.effective_start(start, before),
                SUM: sums,
                SIGN: sign,
                SUM_OF_GRADIENTS: theorem.IMPULSE / ETA,
            }
        )
        found.append(sp.expand(stated - theorem.logarithm_at_the_end(sign)))
    return tuple(found)


def _effective_residual(formula: Any) -> sp.Expr:
    stated = sp.expand_log(sp.log(evaluated(formula.rhs)), force=True)
    derived = sp.expand_log(theorem.effective_start(START, BEFORE), force=True)
    return sp.expand(stated - derived)


def scale() -> Any:
    """Return the theorem's scale."""
    return equation(XI_INF, XI_0 * sp.exp(total(-theorem.SUM_U, -theorem.SUM_V)))


def perturbed_start() -> Any:
    """Return the theorem's perturbed start."""
    u, v, two = theorem.SUM_U, theorem.SUM_V, sp.Integer(2)
    return equation(PERTURBED, total(U_0**2 * sp.exp(-two * u), -(V_0**2) * sp.exp(-two * v)))


def log_ratio() -> Any:
    """Return a quarter of the log-ratio at the end."""
    shift = minus(Scaled(QUARTER, total(theorem.SUM_U, -theorem.SUM_V)))
    push = minus(Scaled(ETA * SHARE, SUM_OF_GRADIENTS))
    return equation(
        Scaled(QUARTER, LogSize(U_INF / V_INF)),
        total(Scaled(QUARTER, LogSize(U_0 / V_0)), shift, push),
    )


def _log_ratio_residual(formula: Any) -> sp.Expr:
    at_rest = {theorem.U_BEFORE: U_0, theorem.V_BEFORE: V_0, theorem.U: U_0, theorem.V: V_0}
    derived = (theorem.logarithm_at_the_end(+1) - theorem.logarithm_at_the_end(-1)) / 4
    stated = evaluated(formula.rhs).subs(SUM_OF_GRADIENTS, theorem.IMPULSE / ETA)
    return difference(equation(stated, derived.subs(at_rest, simultaneous=True)))


def setting() -> Part:
    """Return what is trained, and the excess of a step."""
    y, move = theorem.ratios()[LOOK_AHEAD], total(sp.S.One, -BACK)
    shown = {
        "recursion": recursion(),
        "look-ahead": equation(LOOK_AHEAD, total(NOW, KAPPA * (NOW - PREVIOUS))),
        "divergence": equation(DIVERGENCE(Z), total(Z, sp.S.NegativeOne, -LogSize(Z))),
        "back": equation(BACK, PREVIOUS / NOW),
        "drift": equation(DRIFT, total(sp.S.One, sp.Mul(MU, move, evaluate=False))),
        "ahead": equation(AHEAD, total(sp.S.One, sp.Mul(KAPPA, move, evaluate=False))),
        "excess": equation(EXCESS_NOW, EXCESS),
        "sums": equation(SUM, Scaled(SHARE, sp.Sum(EXCESS_NOW, (STEP_INDEX, 0, sp.oo)))),
    }
    residuals: dict[str, tuple[sp.Expr, ...]] = {
        "recursion": _signs(shown["recursion"]),
        "look-ahead": (sp.expand(evaluated(shown["look-ahead"].rhs) - y),),
        "divergence": (difference(shown["divergence"]),),
        **{
            name: (rational(difference(shown[name], _definitions())),)
            for name in ("back", "drift", "ahead")
        },
    }
    return Part(
        "text",
        "Setting",
        SETTING,
        {name: Display(formula, residuals.get(name, ())) for name, formula in shown.items()},
    )


def statement() -> Part:
    """Return the theorem."""
    moving = effective_start()
    logs = theorem.scale().subs({theorem.XI: XI_0})
    start = theorem.perturbed_start().subs({theorem.U: U_0, theorem.V: V_0}, simultaneous=True)
    return Part(
        "theorem",
        "Theorem",
        THEOREM,
        {
            "scale": Display(scale(), (sp.expand(evaluated(scale().rhs) - logs),)),
            "start": Display(
                perturbed_start(), (sp.expand(evaluated(perturbed_start().rhs) - start),)
            ),
            "limit": Display(
                equation(LIMIT, MINIMISER),
                (theorem.linear_term_residual(), theorem.stationarity_residual()),
            ),
            "moving": Display(moving, (_effective_residual(moving),)),
        },
    )


def proof() -> Part:
    """Return the proof."""
    before = equation(NEXT / LOOK_AHEAD, total(DRIFT / AHEAD, PUSH))
    first = equation(
        total(DIVERGENCE(NEXT / LOOK_AHEAD), -DIVERGENCE(DRIFT / AHEAD)),
        total(PUSH, -LogSize(NEXT / NOW), LogSize(DRIFT)),
    )
    second = equation(
        total(DIVERGENCE(DRIFT), MU * DIVERGENCE(BACK)),
        total(-LogSize(DRIFT), MU * LogSize(NOW / PREVIOUS)),
    )
    identity = step_identity()
    gradients = equation(
        total(GRADIENT_AT_END, -GRADIENT_AT_START), minus(Scaled(ETA * SHARE, SUM_OF_GRADIENTS))
    )
    return Part(
        "proof",
        "Proof",
        PROOF,
        {
            "ratio": Display(before, _signs(before)),
            "first": Display(first, _signs(first)),
            "second": Display(second, _signs(second)),
            "identity": Display(identity, _signs(identity.subs(EXCESS_NOW, EXCESS))),
            "partial": Display(partial_sum(), _partial_residuals()),
            "end": Display(at_the_end(), _end_residuals(at_the_end())),
            "log-ratio": Display(log_ratio(), (_log_ratio_residual(log_ratio()),)),
            "gradients": Display(gradients, (theorem.stationarity_residual(),)),
        },
    )

r"""What the exact theorem contains, as passages whose displays are checked.

First the special methods, which are the theorem itself; `symbolic.one_theorem_limits` has the
expansions.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from symbolic import discrete_theorem as theorem
from symbolic import quasi_hyperbolic, torch_sgd
from symbolic import theorem_corollaries as corollaries
from symbolic.discrete_theorem import BACK, DIVERGENCE, DRIFT, NEXT, NOW
from symbolic.displays import (
    Display,
    LogSize,
    Part,
    Proof,
    Scaled,
    difference,
    equation,
    evaluated,
    linear_in,
    minus,
    opened,
    product,
    range_residuals,
    total,
)
from symbolic.logarithms import collected, logarithms_apart
from symbolic.notation import Notation
from symbolic.one_theorem import EXCESS_NOW as EXCESS_OF_STEP
from symbolic.one_theorem import (
    FORCE,
    GRADIENT,
    OVER_ONE_MINUS_MU,
    SIGN,
    STEP_INDEX,
    XI_0,
    XI_INF,
    share_of_excesses,
)
from symbolic.one_theorem_words import GRADIENT_DESCENT, MEMBERS, NESTEROV, STOCHASTIC_MOMENTUM
from symbolic.symbols import ETA, KAPPA, MU, G

#: The poster's letters: momentum, neurons, balancedness and its sums.
BETA = sp.Symbol("beta", nonnegative=True)
W_NOW = sp.Symbol(r"w_{\pm,k}", real=True, nonzero=True)
W_NEXT = sp.Symbol(r"w_{\pm,k+1}", real=True, nonzero=True)
DELTA_0 = sp.Symbol("Delta_0", positive=True)
DELTA_INF = Notation("Delta_inf", r"\Delta_{\infty}")
SUM_PLUS, SUM_MINUS = sp.symbols("S_+ S_-", real=True)
SUMS = Notation("S_pm", r"S_\pm")
#: Ratios of both neurons of a pair.
DRIFTS = sp.symbols("m_k^u m_k^v", positive=True)
BACKS = sp.symbols("q_k^u q_k^v", positive=True)
#: A parameter of torch at the start and before it, and the gradient by theta there.
X_0, X_BEFORE, G_0 = sp.symbols("x_0 x_{-1} g_0", real=True, nonzero=True)


def over_run(term: Any) -> Any:
    """Return the sum of ``term`` over all steps."""
    return sp.Sum(term, (STEP_INDEX, 0, sp.oo))


def kick() -> sp.Expr:
    """Return (2 eta g_k)^2, kept like that."""
    return sp.Pow(product(sp.Integer(2), ETA, GRADIENT), 2, evaluate=False)


def corollary(title: str, text: str, **shown: tuple[Any, Proof]) -> Part:
    """Return a corollary; each display is a formula and what decides it."""
    displays = {name.replace("_", "-"): Display(*one) for name, one in shown.items()}
    return Part("corollary", title, text, displays)


def scale_residuals(formula: Any, first: sp.Symbol, second: sp.Symbol) -> tuple[sp.Expr, ...]:
    """Return stated minus exact ln(Delta_inf/Delta_0), the sums under the names given.

    Delta is 4 xi at the start and at the end.
    """
    exact = theorem.log_scale().subs({theorem.SUM_U: first, theorem.SUM_V: second})
    start = sp.log(sp.Abs(theorem.U)) + sp.log(sp.Abs(theorem.V))
    at_rest = {theorem.U_BEFORE: theorem.U, theorem.V_BEFORE: theorem.V}
    lost = sp.expand(exact.subs(at_rest, simultaneous=True) - start)
    stated = sp.expand_log(sp.log(evaluated(formula.rhs)) - sp.log(DELTA_0), force=True)
    return (sp.expand(stated - lost),)


# --- Gradient descent -----------------------------------------------------------------------------


def _product_residuals(formula: Any) -> tuple[sp.Expr, ...]:
    found, coefficient, rest = linear_in(formula.rhs, sp.Product)
    gain = -sp.log(found.function).subs(GRADIENT, G)
    return (
        difference(equation(corollaries.pair_gain(0, 0), gain)),
        coefficient - XI_0,
        rest,
        *range_residuals(found, STEP_INDEX),
    )


def gradient_descent() -> Part:
    """Return the result for (S)GD."""
    factor = sp.Abs(total(sp.S.One, minus(kick())), evaluate=False)
    every = sp.Product(factor, (STEP_INDEX, 0, sp.oo))
    return corollary(
        "Gradient descent, on all samples or on some",
        GRADIENT_DESCENT,
        product=(equation(XI_INF, product(XI_0, every)), _product_residuals),
    )


# --- Stochastic momentum --------------------------------------------------------------------------


def _poster_sum_residuals(formula: Any) -> tuple[sp.Expr, ...]:
    found, coefficient, rest = linear_in(formula.rhs, sp.Sum)
    letters = {W_NEXT: NEXT, W_NOW: NOW, BETA: MU}
    summand = opened(found.function).subs(letters, simultaneous=True)
    return (
        corollaries.telescoped_residual(summand),
        sp.cancel(coefficient.subs(BETA, MU) - share_of_excesses()),
        rest,
        *range_residuals(found, STEP_INDEX),
    )


def stochastic_momentum() -> Part:
    """Return the theorem of Papazov et al., section 6, with its sign mended."""
    summand = total(DIVERGENCE(W_NEXT / W_NOW), BETA * DIVERGENCE(W_NOW / W_NEXT))
    return corollary(
        "Stochastic momentum of Papazov et al.",
        STOCHASTIC_MOMENTUM,
        sums=(equation(SUMS, Scaled(1 / (1 - BETA), over_run(summand))), _poster_sum_residuals),
        scale=(
            equation(DELTA_INF, DELTA_0 * sp.exp(total(-SUM_PLUS, -SUM_MINUS))),
            lambda formula: scale_residuals(formula, SUM_PLUS, SUM_MINUS),
        ),
    )


# --- Nesterov's method ----------------------------------------------------------------------------


def _nesterov_excess() -> sp.Expr:
    """Return the excess of one weight, kept in order."""
    step = total(sp.S.One, minus(product(*FORCE)))
    return total(DIVERGENCE(step), DIVERGENCE(DRIFT), MU * DIVERGENCE(BACK))


def _nesterov_excess_residuals(formula: Any) -> tuple[sp.Expr, ...]:
    """Return the displayed excess minus that of the theorem at kappa = mu, for both signs."""
    found = []
    for sign in (+1, -1):
        after = theorem.next_iterate(sign, MU, MU).subs(G, GRADIENT)
        right = theorem.excess(MU, MU).subs(theorem.NEXT, sp.factor(after))
        shown = opened(formula.rhs.subs(SIGN, sign)).subs(theorem.ratios(MU, MU))
        found.append(collected(logarithms_apart(shown - right)))
    return tuple(found)


def _pair_residuals(formula: Any) -> tuple[sp.Expr, ...]:
    """Return the displayed sum minus the excesses of both weights, and what its ends differ by."""
    found, coefficient, rest = linear_in(formula.rhs, sp.Sum)
    both = sp.S.Zero
    for sign, m, q in zip((+1, -1), DRIFTS, BACKS, strict=True):
        both += _nesterov_excess().subs({SIGN: sign, DRIFT: m, BACK: q})
    start, end = sp.symbols("s t", positive=True)
    ratio = opened(formula.lhs).subs({XI_0: start, XI_INF: end})
    return (
        difference(equation(both, found.function)),
        sp.cancel(coefficient - share_of_excesses()),
        rest,
        sp.expand_log(ratio - sp.log(start) + sp.log(end), force=True),
        *range_residuals(found, STEP_INDEX),
    )


def nesterov() -> Part:
    """Return the theorem for Nesterov's method, which neither paper has."""
    gain = minus(LogSize(total(sp.S.One, minus(kick()))))
    rest = [DIVERGENCE(m) for m in DRIFTS] + [MU * DIVERGENCE(q) for q in BACKS]
    every = Scaled(OVER_ONE_MINUS_MU, over_run(total(gain, *rest)))
    return corollary(
        "Nesterov's method",
        NESTEROV,
        excess=(equation(EXCESS_OF_STEP, _nesterov_excess()), _nesterov_excess_residuals),
        pair=(equation(LogSize(product(XI_0, XI_INF**-1)), every), _pair_residuals),
    )


# --- Optimisers in use ----------------------------------------------------------------------------


def _torch_start_residuals(formula: Any) -> tuple[sp.Expr, ...]:
    """Put the displayed x_{-1} to torch's recursion, g_0 by what it is of the weight's gradient."""
    found: list[sp.Expr] = []
    for sign in (+1, -1):
        # grad_x L = (d theta/dx) g_0, with d theta/dx = 2 sigma x_0.
        by_weight = torch_sgd.STEP_GRADIENT / (2 * sign * torch_sgd.POINT)
        before = evaluated(formula.rhs).subs({SIGN: sign, G_0: by_weight})
        before = sp.expand(before.subs(X_0, torch_sgd.POINT))
        found += torch_sgd.damped_residuals(before=before).values()
    return tuple(sp.cancel(residual) for residual in found)


def members() -> Part:
    """Return torch.optim.SGD and quasi-hyperbolic momentum as members of the family."""
    rate, tau, nu = torch_sgd.RATE, torch_sgd.DAMPENING, quasi_hyperbolic.DISCOUNT
    shift = sp.Mul(2, SIGN, tau, rate, G_0, 1 / MU, evaluate=False)
    return corollary(
        "Optimisers in use",
        MEMBERS,
        torch_rate=(
            equation(ETA, product(rate, 1 - tau)),
            lambda f: tuple(torch_sgd.damped_residuals(eta=evaluated(f.rhs)).values()),
        ),
        torch_start=(
            equation(X_BEFORE, product(X_0, total(sp.S.One, shift))),
            _torch_start_residuals,
        ),
        torch_nesterov=(
            equation(ETA, rate),
            lambda f: tuple(torch_sgd.nesterov_residuals(eta=evaluated(f.rhs)).values()),
        ),
        qhm_ahead=(
            equation(KAPPA, MU * (1 - nu) / (1 - MU)),
            lambda f: quasi_hyperbolic.residuals(kappa=f.rhs),
        ),
        qhm_rate=(
            equation(ETA, product(rate, 1 - MU)),
            lambda f: quasi_hyperbolic.residuals(eta=evaluated(f.rhs)),
        ),
    )

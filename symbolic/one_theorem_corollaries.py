r"""What the exact theorem contains, as passages whose displays are checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy as sp

from symbolic import discrete_theorem as theorem
from symbolic import implicit_bias, quasi_hyperbolic, torch_sgd
from symbolic import theorem_corollaries as corollaries
from symbolic.concordance import matched_lambda, printed_lambda
from symbolic.discrete_theorem import BACK, DIVERGENCE, DRIFT, NEXT, NOW
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
    total,
)
from symbolic.entropy import DELTA
from symbolic.modified_equation import inertia_coefficient
from symbolic.notation import Notation
from symbolic.one_theorem import EXCESS_NOW, GRADIENT, SHARE, SIGN, STEP_INDEX, SUM, XI_0, XI_INF
from symbolic.one_theorem_words import (
    GRADIENT_DESCENT,
    INERTIA,
    MEMBERS,
    MGF,
    NESTEROV,
    PAPERS_AGREE,
    SMALL_INERTIA,
    STOCHASTIC_MOMENTUM,
    THEOREM_3,
)
from symbolic.symbols import ALPHA, ETA, KAPPA, MU, PHI, THETA_0, TIME, XI, G
from symbolic.theorem_corollaries import LOG_VELOCITY, MGF_INERTIA

#: Poster's letters: momentum, neurons, balancedness, its sums and integrals.
BETA = sp.Symbol("beta", nonnegative=True)
W_NOW, W_NEXT = sp.symbols("w_k w_{k+1}", real=True, nonzero=True)
W, W_DOT = sp.Symbol("w", real=True), Notation("w'", r"\dot{w}")
DELTA_0 = sp.Symbol("Delta_0", positive=True)
DELTA_INF = Notation("Delta_inf", r"\Delta_{\infty}")
SUM_PLUS, SUM_MINUS, GAIN_PLUS, GAIN_MINUS = sp.symbols("S_+ S_- I_+ I_-", real=True)
SUMS, GAINS = Notation("S_pm", r"S_\pm"), Notation("I_pm", r"I_\pm")
MGF_TIME = sp.Symbol("T", real=True)
#: Ratios of both neurons of a pair.
DRIFTS = sp.symbols("m_k^u m_k^v", positive=True)
BACKS = sp.symbols("q_k^u q_k^v", positive=True)
LINEAR = Notation("R", "R")
ALPHA_NAMES = (
    Notation("alpha_HB", r"\alpha_{\text{HB}}"),
    Notation("alpha_NAG", r"\alpha_{\text{NAG}}"),
)
XI_BAR = Notation("xi_bar", r"\bar\xi")
FORCE = Notation("g", "g")


def _kick() -> sp.Expr:
    """Return (2 eta g_k)^2, kept like that."""
    return sp.Pow(product(sp.Integer(2), ETA, GRADIENT), 2, evaluate=False)


def _integrand(scaled: Any) -> sp.Expr:
    """Return coefficient times integrand of a scaled integral."""
    coefficient, integral = scaled.args
    return coefficient * integral.args[0]


def _over_run(term: Any) -> Any:
    return sp.Sum(term, (STEP_INDEX, 0, sp.oo))


def _along_path(term: Any, time: sp.Symbol = TIME) -> Any:
    return sp.Integral(term, (time, 0, sp.oo))


def gradient_descent() -> Part:
    """Return the result for (S)GD."""
    factor = sp.Abs(total(sp.S.One, minus(_kick())), evaluate=False)
    formula = equation(XI_INF, product(XI_0, sp.Product(factor, (STEP_INDEX, 0, sp.oo))))
    gain = -sp.log(evaluated(factor)).subs(GRADIENT, G)
    residual = difference(equation(corollaries.pair_gain(0, 0), gain))
    return _part(
        "Gradient descent, on all samples or on some",
        GRADIENT_DESCENT,
        product_=(formula, residual),
    )


def stochastic_momentum() -> Part:
    """Return the theorem of Papazov et al., section 6, with its sign mended."""
    summand = total(DIVERGENCE(W_NEXT / W_NOW), BETA * DIVERGENCE(W_NOW / W_NEXT))
    sums = equation(SUMS, Scaled(1 / (1 - BETA), _over_run(summand)))
    in_x = opened(summand).subs({W_NEXT: NEXT, W_NOW: NOW, BETA: MU}, simultaneous=True)
    scale = equation(DELTA_INF, DELTA_0 * sp.exp(total(-SUM_PLUS, -SUM_MINUS)))
    return _part(
        "Stochastic momentum of Papazov et al.",
        STOCHASTIC_MOMENTUM,
        sums=(sums, corollaries.telescoped_residual(in_x)),
        scale=(scale, _scale_residual(scale, SUM_PLUS, SUM_MINUS)),
    )


def _scale_residual(formula: Any, first: sp.Symbol, second: sp.Symbol) -> sp.Expr:
    """Return stated minus exact ln(Delta_inf/Delta_0), the sums under the names given."""
    exact = sp.log(theorem.scale()).subs({theorem.SUM_U: first, theorem.SUM_V: second})
    stated = sp.log(evaluated(formula.rhs))
    apart = sp.expand_log(stated - sp.log(DELTA_0), force=True)
    return sp.expand(apart - sp.expand_log(exact - sp.log(XI), force=True))


def nesterov() -> Part:
    """Return the theorem for Nesterov's method, which neither paper has."""
    step = total(sp.S.One, minus(product(sp.Integer(2), SIGN, ETA, GRADIENT)))
    single = total(DIVERGENCE(step), DIVERGENCE(DRIFT), MU * DIVERGENCE(BACK))
    excess = equation(EXCESS_NOW, single)
    # The pair: the gradient parts of u and v make the gain of a gradient step.
    gain = minus(LogSize(total(sp.S.One, minus(_kick()))))
    rest = [DIVERGENCE(m) for m in DRIFTS] + [MU * DIVERGENCE(q) for q in BACKS]
    summand = total(gain, *rest)
    pair = equation(LogSize(product(XI_0, XI_INF**-1)), Scaled(SHARE, _over_run(summand)))
    both = sp.S.Zero
    for sign, m, q in zip((+1, -1), DRIFTS, BACKS, strict=True):
        both += single.subs({SIGN: sign, DRIFT: m, BACK: q})
    derived = evaluated(corollaries.nesterov_excess()).subs(corollaries.STEP_GRADIENT, GRADIENT)
    return _part(
        "Nesterov's method",
        NESTEROV,
        excess=(excess, sp.expand(evaluated(single).subs(SIGN, 1) - derived)),
        pair=(pair, difference(equation(both, summand))),
    )


def inertia() -> Part:
    """Return both inertia coefficients."""
    bracket = total(sp.S.One, MU, -2 * KAPPA * (1 - MU))
    share = Scaled(sp.S.Half, bracket)
    move = sp.Pow(product(ETA, LOG_VELOCITY), 2, evaluate=False)
    excess = equation(EXCESS_NOW, total(product(share, move), sp.O(ETA**3)))
    leading = evaluated(share) * evaluated(move)
    path = corollaries.path_excess()
    alpha = equation(ALPHA, Scaled(ETA * SHARE / 2, bracket))
    sums = equation(SUM, total(ALPHA * _along_path(LOG_VELOCITY**2), sp.O(ETA**2)))
    stated = evaluated(alpha.rhs)
    named = [
        equation(name, inertia_coefficient(MU, kappa, ETA))
        for name, kappa in zip(ALPHA_NAMES, (sp.S.Zero, MU), strict=True)
    ]
    at = [stated.subs(KAPPA, kappa) for kappa in (sp.S.Zero, MU)]
    return _part(
        "The inertia of heavy ball and of Nesterov's method",
        INERTIA,
        excess=(excess, path[0], path[1], sp.expand(leading - path[2] * ETA**2)),
        sums=(sums, sp.cancel(corollaries.inertia_from_theorem() - stated)),
        alpha=(alpha, sp.cancel(stated - inertia_coefficient(MU, KAPPA, ETA))),
        hb=(named[0], sp.cancel(named[0].rhs - at[0])),
        nag=(named[1], sp.cancel(named[1].rhs - at[1])),
    )


def theorem_3() -> Part:
    """Return Theorem 3 of Lyu et al. with its sign mended."""
    velocity = equation(LOG_VELOCITY, Scaled(-2 * SIGN * SHARE, FORCE))
    phi = equation(PHI, Scaled(8 * SHARE**2, _along_path(FORCE**2)))
    scale = equation(XI_BAR, product(XI, sp.exp(minus(product(ALPHA, PHI)))))
    linear = equation(LINEAR, Scaled(-sp.Rational(1, 4), sp.asinh(THETA_0 / (2 * XI))))
    in_scale, in_linear = corollaries.theorem3_residuals()
    stated_phi = sp.cancel(_integrand(phi.rhs).subs(FORCE, G) - implicit_bias.scale_density())
    return _part(
        "Theorem 3 of Lyu et al., its sign mended",
        THEOREM_3,
        velocity=(
            velocity,
            sp.cancel(
                evaluated(velocity.rhs).subs({SIGN: 1, FORCE: G}) - corollaries.path_velocity()
            ),
        ),
        phi=(phi, stated_phi),
        scale=(scale, in_scale, sp.expand(evaluated(scale.rhs) - implicit_bias.effective_scale())),
        linear=(
            linear,
            in_linear,
            sp.expand(evaluated(linear.rhs) - implicit_bias.momentum_bias_corrected()),
        ),
    )


def mgf() -> Part:
    """Return the theorem for the flow of Papazov et al."""
    gain = equation(GAINS, Scaled(MGF_INERTIA, _along_path((W_DOT / W) ** 2, MGF_TIME)))
    density = _integrand(gain.rhs).subs(W_DOT, LOG_VELOCITY * W)
    scale = equation(DELTA_INF, DELTA_0 * sp.exp(total(-GAIN_PLUS, -GAIN_MINUS)))
    return _part(
        "Momentum gradient flow",
        MGF,
        gain=(gain, sp.cancel(density - corollaries.mgf_density())),
        scale=(scale, _scale_residual(scale, GAIN_PLUS, GAIN_MINUS)),
    )


def small_inertia() -> Part:
    """Return balancedness for small lambda."""
    exponent = Scaled(-2 * MGF_INERTIA, _along_path(FORCE**2, MGF_TIME))
    formula = equation(DELTA_INF, product(DELTA_0, sp.exp(total(exponent, sp.O(MGF_INERTIA**2)))))
    stated = DELTA * sp.exp(_integrand(exponent) / FORCE**2 * corollaries.SQUARED_GRADIENTS)
    return _part(
        "Small inertia",
        SMALL_INERTIA,
        small=(formula, sp.expand(stated - corollaries.small_lambda_balancedness())),
    )


def papers_agree() -> Part:
    """Return the factor between the inertias of both papers."""
    ratio = Scaled(product(sp.S.Half, 1 + MU), 2 * ETA / (1 - MU) ** 2)
    formula = equation(Scaled(2 * SHARE, ALPHA_NAMES[0]), ratio)
    return _part(
        "One inertia for both papers",
        PAPERS_AGREE,
        factor=(
            formula,
            sp.cancel(evaluated(ratio) - (1 + MU) / 2 * printed_lambda()),
            sp.cancel(evaluated(ratio) - matched_lambda(MU, 0, ETA)),
            corollaries.concordance_residual(),
        ),
    )


def members() -> Part:
    """Return torch.optim.SGD and quasi-hyperbolic momentum as members of the family."""
    rate, before = torch_sgd.learning_rate(), torch_sgd.before_start()
    x_0, x_before, g_0 = sp.symbols("x_0 x_{-1} g_0", real=True)
    at_start = {torch_sgd.POINT: x_0, torch_sgd.STEP_GRADIENT: g_0}
    mu, kappa, eta = quasi_hyperbolic.parameters()
    return _part(
        "Optimisers in use",
        MEMBERS,
        torch_rate=(equation(ETA, rate), *torch_sgd.damped_residuals(eta=rate).values()),
        torch_start=(
            equation(x_before, before.subs(at_start, simultaneous=True)),
            *torch_sgd.damped_residuals(before=before).values(),
        ),
        qhm_ahead=(equation(KAPPA, kappa), *quasi_hyperbolic.residuals(kappa=kappa)),
        qhm_rate=(equation(ETA, eta), *quasi_hyperbolic.residuals(eta=eta), mu - MU),
    )


def _part(title: str, text: str, **displays: tuple[Any, ...]) -> Part:
    """Return a corollary; each display is its formula followed by its residuals."""
    shown = {
        name.rstrip("_").replace("_", "-"): Display(formula, tuple(residuals))
        for name, (formula, *residuals) in displays.items()
    }
    return Part("corollary", title, text, shown)


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

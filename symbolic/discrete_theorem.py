r"""What every two-step method minimises, exactly: one identity a step, and its sum.

One neuron x (u with sign +1, v with sign -1) of the network u*u - v*v moves by

.. math:: x_{k+1} = x_k + \mu (x_k - x_{k-1}) \mp 2\eta\,g_k\,y_k, \qquad
          y_k = x_k + \kappa (x_k - x_{k-1}),

with g_k the gradient by theta that step k used, on all rows or on any minibatch. With
r(z) = z - 1 - ln|z| (`itakura_saito`), q_k = x_{k-1}/x_k, m_k = 1 + \mu (1 - q_k) and
\rho_k = y_k/x_k each step obeys

.. math:: \ln\frac{|x_{k+1}|}{|x_k|} - \mu \ln\frac{|x_k|}{|x_{k-1}|} + e_k = \mp 2\eta\,g_k, \qquad
          e_k = r(x_{k+1}/y_k) - r(m_k/\rho_k) + r(m_k) + \mu\,r(q_k),

without a small parameter, as long as no x_k, y_k or m_k is zero. The *excess* e_k holds ratios of
iterates only. Everything else here follows by summation. Sources: the
poster of Papazov et al., section 6, states the case kappa = 0.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sympy as sp

from symbolic.entropy import DUAL, HyperbolicEntropy
from symbolic.networks import SQUARED_DIFFERENCE
from symbolic.symbols import ETA, KAPPA, MU, THETA, XI, G, U, V
from symbolic.two_step import look_ahead, two_step_update

#: Three consecutive iterates of one neuron.
PREVIOUS, NOW, NEXT = sp.symbols("x_{k-1} x_k x_{k+1}", real=True, nonzero=True)
#: Sums of the excesses of a neuron pair over the run, divided by 1 - mu.
SUM_U, SUM_V = sp.symbols("S_u S_v", real=True)
#: eta times the sum of the gradients g_k over the run: in the row space of X, like every g_k.
IMPULSE = sp.Symbol("I", real=True)
#: The iterates before the start, x_{-1}.
U_BEFORE, V_BEFORE = sp.symbols("u_{-1} v_{-1}", real=True, nonzero=True)


def itakura_saito(z: Any) -> sp.Expr:
    """Return r(z) = z - 1 - ln|z|, the Itakura-Saito divergence of z from 1, for z not zero.

    It is r(z) of Papazov et al., section 6; not negative for z > 0 and zero at z = 1 only.
    """
    return z - 1 - sp.log(sp.Abs(z))


#: The ratios that a step is made of: y_k/x_k, m_k (the step without its gradient, over x_k) and
#: x_{k-1}/x_k; and y_k itself.
AHEAD, DRIFT, BACK = sp.symbols("rho_k m_k q_k", real=True, nonzero=True)
LOOK_AHEAD = sp.Symbol("y_k", real=True, nonzero=True)
#: r(z) of Papazov et al., section 6, unevaluated; see `itakura_saito`.
DIVERGENCE = sp.Function("r")
#: e_k of a step of any two-step method, by its ratios.
EXCESS = sp.Add(
    DIVERGENCE(NEXT / LOOK_AHEAD),
    -DIVERGENCE(DRIFT / AHEAD),
    DIVERGENCE(DRIFT),
    MU * DIVERGENCE(BACK),
    evaluate=False,
)


def ratios(mu: Any = MU, kappa: Any = KAPPA) -> dict[sp.Symbol, sp.Expr]:
    """Return what `LOOK_AHEAD`, `AHEAD`, `DRIFT` and `BACK` are, from the recursion."""
    y = look_ahead(NOW, PREVIOUS, kappa)
    free = two_step_update(NOW, PREVIOUS, lambda _: 0, mu=mu, kappa=kappa, eta=ETA)
    return {
        LOOK_AHEAD: y,
        AHEAD: sp.cancel(y / NOW),
        DRIFT: sp.cancel(free / NOW),
        BACK: PREVIOUS / NOW,
    }


def excess_terms(mu: Any = MU, kappa: Any = KAPPA) -> tuple[tuple[sp.Expr, sp.Expr], ...]:
    """Return (coefficient, ratio) pairs: e_k is the sum of coefficient * r(ratio)."""
    values = {**ratios(mu, kappa), MU: sp.sympify(mu)}
    pairs = []
    for term in sp.Add.make_args(EXCESS):
        (divergence,) = term.atoms(DIVERGENCE)
        coefficient = (term / divergence).subs(values)
        pairs.append((coefficient, sp.cancel(divergence.args[0].subs(values, simultaneous=True))))
    return tuple(pairs)


def excess(mu: Any = MU, kappa: Any = KAPPA) -> sp.Expr:
    """Return e_k of one neuron, by `PREVIOUS`, `NOW` and `NEXT`."""
    return sp.Add(*(c * itakura_saito(z) for c, z in excess_terms(mu, kappa)))


def heavy_ball_excess() -> sp.Expr:
    """Return e_k at kappa = 0, where rho_k = 1 and y_k = x_k, with r unevaluated."""
    return EXCESS.doit().subs({AHEAD: 1, LOOK_AHEAD: NOW}).doit()


def logarithms_apart(expression: sp.Expr) -> sp.Expr:
    """Return ``expression`` with ln|a b/c| as ln|a| + ln|b| - ln|c| for each irreducible factor.

    Every logarithm must be of an absolute value. Two expressions of this kind are equal if
    their difference, expanded, is zero: ln|f| of different factors are independent.
    """

    def apart(logarithm: Any) -> sp.Expr:
        (absolute,) = logarithm.args
        top, bottom = sp.fraction(sp.together(absolute.args[0]))
        total: sp.Expr = sp.S.Zero
        for part, sign in ((top, 1), (bottom, -1)):
            factored: Any = sp.factor_list(part)
            number, factors = factored
            total += sign * sp.log(sp.Abs(number))
            total += sp.Add(*(sign * n * sp.log(sp.Abs(_monic(f))) for f, n in factors))
        return total

    def outer(e: sp.Basic) -> bool:
        return isinstance(e, sp.log) and isinstance(e.args[0], sp.Abs)

    return sp.expand(expression.replace(outer, apart))


def _monic(factor: sp.Expr) -> sp.Expr:
    # f and -f have one absolute value: the sign of the leading term is made positive.
    leading = sp.Poly(factor, *sorted(factor.free_symbols, key=str)).LC()
    return -factor if leading.could_extract_minus_sign() else factor


def next_iterate(sign: int, mu: Any = MU, kappa: Any = KAPPA) -> sp.Expr:
    """Return x_{k+1} by `PREVIOUS`, `NOW` and g; ``sign`` +1 for u and -1 for v."""
    neuron = U if sign > 0 else V
    sensitivity = SQUARED_DIFFERENCE.sensitivities[0 if sign > 0 else 1]

    def gradient(y: sp.Expr) -> sp.Expr:
        return sensitivity.subs(neuron, y) * G

    return two_step_update(NOW, PREVIOUS, gradient, mu=mu, kappa=kappa, eta=ETA)


def step_identity(sign: int) -> tuple[sp.Expr, sp.Expr]:
    """Return both sides of the identity of a step; ``sign`` +1 for u and -1 for v."""
    ahead = sp.log(sp.Abs(NEXT / NOW)) - MU * sp.log(sp.Abs(NOW / PREVIOUS))
    return ahead + sp.Symbol("e_{k}", real=True), -sign * 2 * ETA * G


def step_residual(sign: int, stated: sp.Expr | None = None) -> sp.Expr:
    """Return the difference of both sides of the step identity, x_{k+1} inserted.

    Parameters
    ----------
    sign
        +1 for u and -1 for v.
    stated
        e_k by `PREVIOUS`, `NOW`, `NEXT`, mu and kappa; by default `excess`. The residual of
        the right one is zero identically, for symbolic mu, kappa, eta and g.
    """
    left, right = step_identity(sign)
    (place,) = left.free_symbols - {NEXT, NOW, PREVIOUS, MU}
    inserted = left.subs(place, excess() if stated is None else stated)
    after = sp.expand(next_iterate(sign))
    parted = logarithms_apart((inserted - right).subs(NEXT, after))
    logarithms = sorted(parted.atoms(sp.log), key=sp.default_sort_key)
    names = {logarithm: sp.Dummy() for logarithm in logarithms}
    found = sp.collect(parted.xreplace(names), list(names.values()), evaluate=False)
    back = {name: logarithm for logarithm, name in names.items()}
    return sp.Add(
        *(sp.cancel(sp.together(value)) * back.get(key, key) for key, value in found.items())
    )


def summation_residual() -> sp.Expr:
    r"""Return what one more step changes in F(K), the step identity being zero.

    F(K) = (1-mu) ln|x_K/x_0| + mu (ln|x_K/x_{K-1}| - ln|x_0/x_{-1}|) + sum_{k<K} (e_k +- 2 eta g_k)
    is zero at K = 0, and F(K+1) - F(K) is the step identity: so F(K) = 0 for every K. As x_K tends
    to a limit other than zero, ln|x_K/x_{K-1}| tends to 0, which leaves `logarithm_at_the_end`.
    """
    start, before, e, force = sp.symbols("x_0 x_{-1} e f", real=True, nonzero=True)

    def total(x: sp.Expr, last: sp.Expr) -> sp.Expr:
        moved = sp.log(sp.Abs(x / last)) - sp.log(sp.Abs(start / before))
        return (1 - MU) * sp.log(sp.Abs(x / start)) + MU * moved

    change = total(NEXT, NOW) + e + force - total(NOW, PREVIOUS)
    identity = sp.log(sp.Abs(NEXT / NOW)) - MU * sp.log(sp.Abs(NOW / PREVIOUS)) + e + force
    return logarithms_apart(change - identity)


# --- Summed ---------------------------------------------------------------------------------------


def effective_start(start: sp.Expr, before: sp.Expr) -> sp.Expr:
    """Return ln of the start that stands for a start with velocity, |x_0| |x_0/x_{-1}|^(mu/(1-mu)).

    With x_{-1} = x_0 it is ln|x_0|.
    """
    return sp.log(sp.Abs(start)) + MU / (1 - MU) * sp.log(sp.Abs(start / before))


def logarithm_at_the_end(sign: int) -> sp.Expr:
    """Return ln|x_inf| of a neuron, exactly; ``sign`` +1 for u and -1 for v."""
    start, before, total = (U, U_BEFORE, SUM_U) if sign > 0 else (V, V_BEFORE, SUM_V)
    return effective_start(start, before) - total - sign * 2 * IMPULSE / (1 - MU)


def log_scale() -> sp.Expr:
    """Return ln xi_inf = ln|u_inf v_inf|: the impulse cancels."""
    return sp.expand(logarithm_at_the_end(+1) + logarithm_at_the_end(-1))


def scale() -> sp.Expr:
    """Return xi_inf = xi_0 exp(-S_u - S_v) for a start without velocity; xi_0 is `XI`."""
    return XI * sp.exp(-SUM_U - SUM_V)


def perturbed_start() -> sp.Expr:
    """Return theta~_0 = u_0^2 exp(-2 S_u) - v_0^2 exp(-2 S_v), for a start without velocity.

    It is the predictor of neurons that have lost their excesses and nothing else; with xi_inf it
    has the log-ratio ln|u_0/v_0| - S_u + S_v.
    """
    shrunk = {U: U * sp.exp(-SUM_U), V: V * sp.exp(-SUM_V)}
    return SQUARED_DIFFERENCE.predictor.subs(shrunk, simultaneous=True)


def linear_term() -> sp.Expr:
    """Return R = -grad Q_{xi_inf}(theta~_0), as -(ln|u_0/v_0| - S_u + S_v)/4 of effective starts.

    theta_inf minimises Q_{xi_inf}(theta) + R . theta over the interpolators: up to a constant that
    is the Bregman divergence of Q_{xi_inf} from theta~_0.
    """
    at_the_end = logarithm_at_the_end(+1) - logarithm_at_the_end(-1)
    return sp.expand(-at_the_end.subs(IMPULSE, 0) / 4)


def linear_term_residual() -> sp.Expr:
    """Return R + grad Q_{xi_inf}(theta~_0), which vanishes: u, v > 0 and no velocity at the start.

    With rho = |u_0/v_0| exp(-S_u + S_v) the perturbed start is xi_inf (rho - 1/rho), so that it is
    the inverse gradient at ln(rho)/4; the residual is taken there, by the inverse gradient.
    """
    u, v = sp.symbols("u v", positive=True)
    positive = {U: u, V: v, U_BEFORE: u, V_BEFORE: v}
    dual = -linear_term().subs(positive, simultaneous=True)
    there = HyperbolicEntropy(THETA, scale().subs(XI, u * v)).inverse_gradient.subs(DUAL, dual)
    stated = perturbed_start().subs(positive, simultaneous=True)
    return sp.expand(sp.powsimp(sp.expand((there - stated).rewrite(sp.exp))))


def stationarity_residual() -> sp.Expr:
    """Return grad Q_{xi_inf}(theta_inf) + R + I/(1-mu), which vanishes.

    grad Q is a quarter of ln|u_inf/v_inf|, whatever the signs of the neurons, and I is in the row
    space of X: so theta_inf satisfies the condition for the minimiser, which is sufficient because
    Q is strictly convex.
    """
    gradient = (logarithm_at_the_end(+1) - logarithm_at_the_end(-1)) / 4
    return sp.expand(gradient + linear_term() + IMPULSE / (1 - MU))


@lru_cache(maxsize=1)
def theorem_residuals() -> tuple[sp.Expr, ...]:
    """Return the residuals that make the proof: both step identities, sum, start and minimiser."""
    return (
        step_residual(+1),
        step_residual(-1),
        summation_residual(),
        linear_term_residual(),
        stationarity_residual(),
    )

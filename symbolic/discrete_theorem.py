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
from symbolic.entropy_identities import neuron_form_residual
from symbolic.logarithms import collected, logarithms_apart
from symbolic.networks import SQUARED_DIFFERENCE
from symbolic.notation import tidy
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
    return collected(parted)


def summed_identity(
    x: sp.Expr, last: sp.Expr, start: sp.Expr, before: sp.Expr, excesses: sp.Expr, force: sp.Expr
) -> sp.Expr:
    r"""Return the identity summed over k < K, zero for every run.

    (1-mu) ln|x_K/x_0| + mu (ln|x_K/x_{K-1}| - ln|x_0/x_{-1}|) + sum of e_k + sum of +-2 eta g_k.

    Parameters
    ----------
    x, last, start, before
        x_K, x_{K-1}, x_0 and x_{-1}.
    excesses, force
        Both sums over k < K.
    """
    moved = sp.log(sp.Abs(x / last)) - sp.log(sp.Abs(start / before))
    return (1 - MU) * sp.log(sp.Abs(x / start)) + MU * moved + excesses + force


def summation_residuals() -> tuple[sp.Expr, sp.Expr]:
    """Return `summed_identity` at K = 0, and what step K adds to it beyond the step identity.

    Both vanish, so the sum is zero for every K.
    """
    start, before, sums, total, e, force = sp.symbols("x_0 x_{-1} A B e f", real=True, nonzero=True)
    nothing = summed_identity(start, before, start, before, sp.S.Zero, sp.S.Zero)
    change = summed_identity(NEXT, NOW, start, before, sums + e, total + force)
    change -= summed_identity(NOW, PREVIOUS, start, before, sums, total)
    identity = sp.log(sp.Abs(NEXT / NOW)) - MU * sp.log(sp.Abs(NOW / PREVIOUS)) + e + force
    return logarithms_apart(nothing), logarithms_apart(change - identity)


# --- Summed ---------------------------------------------------------------------------------------


@lru_cache(maxsize=16)
def _end(start: sp.Expr, before: sp.Expr, total: sp.Expr, force: sp.Expr) -> sp.Expr:
    """Solve the summed identity for ln|x_inf|: the last move is no move, sum e_k = (1-mu) S."""
    end, x_0, x_before, sums, push, move = sp.symbols(
        "x_inf x_0 x_b S P l", real=True, nonzero=True
    )
    summed = summed_identity(end, end, x_0, x_before, (1 - MU) * sums, push)
    at_end, at_start, at_before = (sp.log(sp.Abs(x)) for x in (end, x_0, x_before))
    # By ln|x_0| and l = ln|x_0/x_{-1}|, so that nothing cancels at rest.
    linear = sp.expand(logarithms_apart(summed).subs(at_before, at_start - move))
    parts = sp.collect(linear, [at_end, at_start, sums, push, move], evaluate=False)
    slope = parts.pop(at_end)
    solution = sp.Add(*(tidy(-value / slope) * part for part, value in parts.items()))
    values = {at_start: sp.log(sp.Abs(start)), move: sp.log(sp.Abs(start / before))}
    return solution.subs({**values, sums: total, push: force}, simultaneous=True)


def effective_start(start: sp.Expr, before: sp.Expr) -> sp.Expr:
    """Return ln of the start that stands for a start with velocity, |x_0| |x_0/x_{-1}|^(mu/(1-mu)).

    It is where a run without excess and without gradient ends; with x_{-1} = x_0, ln|x_0|.
    """
    return _end(start, before, sp.S.Zero, sp.S.Zero)


def logarithm_at_the_end(sign: int) -> sp.Expr:
    """Return ln|x_inf| of a neuron, exactly; ``sign`` +1 for u and -1 for v."""
    start, before, total = (U, U_BEFORE, SUM_U) if sign > 0 else (V, V_BEFORE, SUM_V)
    return _end(start, before, total, sign * 2 * IMPULSE)


def log_scale() -> sp.Expr:
    """Return ln xi_inf = ln|u_inf v_inf|: the impulse cancels."""
    return sp.expand(logarithm_at_the_end(+1) + logarithm_at_the_end(-1))


def scale() -> sp.Expr:
    """Return xi_inf = xi_0 exp(-S_u - S_v) for a start without velocity; xi_0 is `XI`."""
    return XI * sp.exp(-SUM_U - SUM_V)


def scale_residual() -> sp.Expr:
    """Return ln of `scale` minus `log_scale` from rest: zero."""
    at_rest = {U_BEFORE: U, V_BEFORE: V}
    stated = sp.log(scale().subs(XI, sp.Abs(U) * sp.Abs(V)))
    derived = log_scale().subs(at_rest, simultaneous=True)
    return sp.expand(sp.expand_log(stated, force=True) - derived)


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

    grad Q is a quarter of ln|u_inf/v_inf|, whatever the signs of the neurons
    (`symbolic.entropy_identities.neuron_form_residual`), and I is in the row space of X: so
    theta_inf satisfies the condition for the minimiser, which is sufficient because Q is convex.
    """
    gradient = (logarithm_at_the_end(+1) - logarithm_at_the_end(-1)) / 4
    return sp.expand(gradient + linear_term() + IMPULSE / (1 - MU))


@lru_cache(maxsize=1)
def theorem_residuals() -> tuple[sp.Expr, ...]:
    """Return the residuals that make the proof.

    Both step identities; their sum at K = 0 and from K to K + 1; the scale; grad Q at the end; the
    perturbed start; the condition of the minimiser. The logarithms at the end are solved from
    the sum, so they need none of their own.
    """
    return (
        step_residual(+1),
        step_residual(-1),
        *summation_residuals(),
        scale_residual(),
        neuron_form_residual(),
        linear_term_residual(),
        stationarity_residual(),
    )

r"""What a trained diagonal network minimises: linear terms and scales, as printed and as derived.

A limit theta minimises sum_j Q_{xi_j}(theta_j) + R . theta over {X theta = y} exactly if
grad Q_xi(theta) + R lies in the row space of X (the potential is strictly convex). Everything here
follows from that and from two exact identities for the logarithms of the neurons:

* gradient flow: d/dt ln|u/v| = -4 g and d/dt ln|u v| = 0;
* momentum flow, alpha x'' + x' +- 2 g x/(1-mu) = 0 (+ for u, - for v): with p = x'/x,
  ln|x_inf/x_0| = alpha p(0) - alpha int p^2 dt -+ 2 int g dt/(1-mu)   (- for u, + for v).

g = dL/d theta = X^T (X theta - y)/n is in the row space at every time, and so is its integral.
Sources: Lyu et al., Prop. 2, Eqs. (7) to (9) and the display after Eq. (10).
"""

from __future__ import annotations

import sympy as sp

from symbolic.entropy import HyperbolicEntropy
from symbolic.symbols import ALPHA, G_0, MU, PHI, SAMPLES, THETA_0, TIME, XI, G

#: Log-velocities u'/u and v'/v at the start of a flow.
OMEGA_U, OMEGA_V = sp.symbols("omega_u omega_v", real=True)
#: One coordinate of X^T y.
CORRELATION = sp.Symbol("c", real=True)
#: Integral of g over the flow: in the row space of X, like g.
IMPULSE = sp.Symbol("I", real=True)
#: Integrals of (u'/u)^2 and (v'/v)^2 over the flow.
SQUARES_U, SQUARES_V = sp.symbols("P_u P_v", nonnegative=True)
#: Logarithms of |u| and |v| at the start.
LOG_U, LOG_V = sp.symbols("l_u l_v", real=True)


# --- Linear terms as printed ----------------------------------------------------------------------


def gradient_flow_bias_printed() -> sp.Expr:
    """Return R^GF of Lyu et al., Prop. 2: +asinh(theta_0/(2 xi))/4."""
    return sp.asinh(THETA_0 / (2 * XI)) / 4


def momentum_bias_printed() -> sp.Expr:
    """Return R^M of Lyu et al., Eq. (9); `G_0` is dL/d theta at the start."""
    shift = 4 * ALPHA * G_0 / (1 - MU) * sp.sqrt(1 + THETA_0**2 / (4 * XI**2))
    return sp.asinh(THETA_0 / (2 * XI) + shift) / 4


def momentum_bias_unbiased_printed() -> sp.Expr:
    """Return R^M of the display after Eq. (10), for u = v at the start; `CORRELATION` is X^T y."""
    return sp.asinh(4 * ALPHA * CORRELATION / (SAMPLES * (1 - MU)))


# --- Linear terms as derived ----------------------------------------------------------------------


def gradient_flow_bias_corrected() -> sp.Expr:
    """Return the linear term of gradient flow, -grad Q_xi(theta_0) = -asinh(theta_0/(2 xi))/4.

    grad Q(theta_inf) - grad Q(theta_0) = -int g dt is in the row space, hence R = -grad Q(theta_0).
    """
    return -HyperbolicEntropy(THETA_0, XI).gradient


def momentum_bias_corrected() -> sp.Expr:
    """Return the linear term of the momentum flow up to O(eta^2): that of gradient flow.

    It belongs to initial velocities whose omega_u - omega_v is in the row space, such as zero and
    every multiple of the gradient; otherwise see `momentum_bias_with_velocity`.
    """
    return gradient_flow_bias_corrected()


def momentum_bias_with_velocity() -> sp.Expr:
    """Return the linear term of a flow that starts with log-velocities omega_u and omega_v.

    It is -asinh(theta_0/(2 xi))/4 - alpha (omega_u - omega_v)/4, up to O(eta^2).
    """
    return momentum_bias_corrected() - ALPHA * (OMEGA_U - OMEGA_V) / 4


def momentum_bias_unbiased_from_theorem() -> sp.Expr:
    """Return what Eq. (9) gives at theta_0 = 0, where dL/d theta = -X^T y/n."""
    return momentum_bias_printed().subs({THETA_0: 0, G_0: -CORRELATION / SAMPLES})


def momentum_bias_unbiased_corrected() -> sp.Expr:
    """Return the linear term of Eq. (9) at an unbiased start, written out."""
    return -sp.asinh(4 * ALPHA * CORRELATION / (SAMPLES * (1 - MU))) / 4


# --- Scales ---------------------------------------------------------------------------------------


def scale_density() -> sp.Expr:
    """Return the integrand of phi in Lyu et al., Eq. (9): 8 g^2/(1-mu)^2."""
    return 8 * G**2 / (1 - MU) ** 2


def effective_scale() -> sp.Expr:
    """Return xi_bar of Lyu et al., Theorem 3: xi exp(-alpha phi)."""
    return XI * sp.exp(-ALPHA * PHI)


def effective_scale_with_velocity() -> sp.Expr:
    """Return xi_bar of a flow that starts with log-velocities omega_u and omega_v.

    It gains exp(alpha (omega_u + omega_v)). Theorem 3 is silent on the
    velocity; without a further hypothesis this factor is 1 + O(eta).
    """
    return effective_scale() * sp.exp(ALPHA * (OMEGA_U + OMEGA_V))


# --- Derivations ----------------------------------------------------------------------------------


def logarithm_at_the_end(sign: int) -> sp.Expr:
    """Return ln|x_inf| of a neuron along the momentum flow, exactly; sign +1 for u and -1 for v."""
    start, velocity, squares = (
        (LOG_U, OMEGA_U, SQUARES_U) if sign > 0 else (LOG_V, OMEGA_V, SQUARES_V)
    )
    return start + ALPHA * velocity - ALPHA * squares - sign * 2 * IMPULSE / (1 - MU)


def exact_log_scale() -> sp.Expr:
    """Return ln xi_inf of the momentum flow: the impulse cancels, nothing is neglected."""
    return sp.expand(logarithm_at_the_end(+1) + logarithm_at_the_end(-1))


def exact_linear_term() -> sp.Expr:
    """Return the exact linear term of the momentum flow, -ln|u_inf/v_inf|/4 without the impulse.

    What is left out is -I/(1-mu), a vector of the row space. The other parts of the logarithms
    make -(l_u - l_v)/4 - alpha (omega_u - omega_v)/4 + alpha (P_u - P_v)/4.
    """
    at_the_end = (logarithm_at_the_end(+1) - logarithm_at_the_end(-1)) / 4
    return sp.expand(-at_the_end.subs(IMPULSE, 0))


def _leading_squares() -> dict[sp.Symbol, sp.Expr]:
    # On the slow flow p = -+ 2 g/(1-mu) + O(alpha), so both integrals are phi/2 + O(alpha).
    return {SQUARES_U: PHI / 2, SQUARES_V: PHI / 2}


def logarithm_residual(sign: int) -> sp.Expr:
    """Return (flow equation)/x - [alpha (p' + p^2) + p +- 2 g/(1-mu)] with p = x'/x.

    Integrating the bracket over all times gives `logarithm_at_the_end`, as p vanishes at the end.
    """
    x = sp.Function("x", nonzero=True)(TIME)
    p = sp.diff(x, TIME) / x
    force = sign * 2 * G / (1 - MU)
    equation = ALPHA * sp.diff(x, TIME, 2) + sp.diff(x, TIME) + force * x
    bracket = ALPHA * (sp.diff(p, TIME) + p**2) + p + force
    return sp.expand(equation / x - bracket)


def gradient_flow_residuals() -> tuple[sp.Expr, sp.Expr]:
    """Return d/dt ln|u/v| + 4 g and d/dt ln|u v| along gradient flow, u' = -2 u g, v' = +2 v g."""
    u = sp.Function("u", positive=True)(TIME)
    v = sp.Function("v", positive=True)(TIME)
    flow = {sp.diff(u, TIME): -2 * u * G, sp.diff(v, TIME): 2 * v * G}
    ratio = sp.diff(sp.log(u) - sp.log(v), TIME).subs(flow)
    product = sp.diff(sp.log(u) + sp.log(v), TIME).subs(flow)
    return sp.expand(ratio + 4 * G), sp.expand(product)


def row_space_residual(samples: int = 2, dimension: int = 3) -> sp.Expr:
    """Return g . k - (X theta - y) . (X k)/n for symbolic X, y, theta and k.

    It vanishes identically: where X k = 0 the gradient is orthogonal to k, so it is in the row
    space of X.
    """
    X = sp.Matrix(samples, dimension, sp.symbols(f"X:{samples * dimension}"))
    r = sp.Matrix(sp.symbols(f"r:{samples}"))
    k = sp.Matrix(sp.symbols(f"k:{dimension}"))
    gradient = X.T * r / samples
    return sp.expand((gradient.T * k)[0] - (r.T * (X * k))[0] / samples)


def gradient_term_first_order() -> sp.Expr:
    """Return the coefficient of alpha in R^M of Eq. (9), derived by differentiation at alpha = 0.

    It is g_0/(1-mu) whatever theta_0 and xi are: a multiple of grad L(theta_0), which is in the row
    space, so theta . (that term) is a constant on {X theta = y} and cannot act at O(eta).
    """
    return sp.radsimp(sp.diff(momentum_bias_printed(), ALPHA).subs(ALPHA, 0))


def first_order_in_inertia(expression: sp.Expr) -> sp.Expr:
    """Return the Taylor polynomial of degree 1 in alpha."""
    slope = sp.diff(expression, ALPHA).subs(ALPHA, 0)
    return sp.expand(expression.subs(ALPHA, 0) + ALPHA * sp.radsimp(slope))


def theorem_residuals() -> tuple[sp.Expr, sp.Expr]:
    """Return derived minus stated (scale and linear term) for a start with velocity.

    The leading path integrals are inserted in the exact identities; the differences of ln xi_bar
    and of the linear term vanish, so both statements hold up to O(eta^2).
    """
    leading = _leading_squares()
    stated_scale = sp.expand_log(sp.log(effective_scale_with_velocity()), force=True)
    scale = exact_log_scale().subs(leading) - stated_scale.subs(sp.log(XI), LOG_U + LOG_V)
    start = sp.asinh(THETA_0 / (2 * XI))  # = ln|u_0/v_0|, see symbolic.entropy
    stated = momentum_bias_with_velocity().subs(start, LOG_U - LOG_V)
    return sp.expand(scale), sp.expand(exact_linear_term().subs(leading) - stated)

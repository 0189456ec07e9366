r"""The hyperbolic entropy of one coordinate: the potential that diagonal networks minimise.

.. math::
    Q_\xi(\theta) = \tfrac14\Bigl[\theta\,\operatorname{arcsinh}\frac{\theta}{2\xi}
                    - \sqrt{4\xi^2+\theta^2} + 2\xi\Bigr]

Only the value is stated. Gradient, inverse gradient, Hessian, conjugate, divergence and both limits
are derived from it, and every ``*_residual`` function below returns an expression that is exactly
zero when the named identity holds. Sources: Lyu et al., section 3 and Eq. (9); Papazov et al.,
section 3 (their psi).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy as sp

from symbolic.symbols import THETA, XI

#: Dual variable: one coordinate of grad Q.
DUAL = sp.Symbol("z", real=True)
#: Log-ratio of a neuron pair, ln|u/v|; theta = 2 xi sinh(LOG_RATIO).
LOG_RATIO = sp.Symbol("w", real=True)
#: The scale of Papazov et al., Delta = |w_+ w_-| of their neurons, 4 xi.
DELTA = sp.Symbol("Delta", positive=True)
#: A second point, for the divergence.
THETA_OTHER = sp.Symbol("theta_b", real=True)


def split_roots(expression: sp.Expr) -> sp.Expr:
    """Return ``expression`` with each square root over a common denominator, the scale outside.

    sqrt(1 + theta^2/(4 xi^2)) becomes sqrt(theta^2 + 4 xi^2)/(2 xi), so equal roots look equal.
    """
    result: Any = expression.replace(
        lambda e: isinstance(e, sp.Pow) and e.exp in (sp.Rational(1, 2), sp.Rational(-1, 2)),
        lambda e: sp.expand_power_base(sp.factor(sp.together(e.base)) ** e.exp),
    )
    return result


def in_log_ratio(expression: sp.Expr) -> sp.Expr:
    """Return ``expression`` in theta and xi rewritten by theta = 2 xi sinh(w), in exponentials.

    There asinh(theta/(2 xi)) is w and sqrt(theta^2 + 4 xi^2) is 2 xi cosh(w): on the real line the
    map is one to one, so the result is zero exactly if ``expression`` is.
    """
    e = split_roots(expression).subs(sp.asinh(THETA / (2 * XI)), LOG_RATIO)
    e = e.subs(sp.sqrt(THETA**2 + 4 * XI**2), 2 * XI * sp.cosh(LOG_RATIO))
    e = e.subs(THETA, 2 * XI * sp.sinh(LOG_RATIO)).rewrite(sp.exp)
    return sp.expand(sp.numer(sp.together(e))) / sp.denom(sp.together(e))


@dataclass(frozen=True)
class HyperbolicEntropy:
    """Q_xi of one coordinate, with all that follows from its value.

    Parameters
    ----------
    theta, xi
        The coordinate and its scale, symbols or expressions; xi > 0. The entropy of a vector is the
        sum over its coordinates.
    """

    theta: sp.Expr = THETA
    xi: sp.Expr = XI

    def _at(self, expression: sp.Expr) -> sp.Expr:
        result: Any = expression.subs({THETA: self.theta, XI: self.xi}, simultaneous=True)
        return result

    @cached_property
    def value(self) -> sp.Expr:
        """Q_xi(theta) as printed by Lyu et al., section 3."""
        return self._at(_VALUE)

    @cached_property
    def gradient(self) -> sp.Expr:
        """Gradient asinh(theta/(2 xi))/4, a quarter of ln|u/v| (Lyu et al., Prop. 2)."""
        return self._at(split_roots(sp.diff(_VALUE, THETA)))

    @cached_property
    def hessian(self) -> sp.Expr:
        """Second derivative 1/(4 sqrt(theta^2 + 4 xi^2)), positive: Q is strictly convex."""
        return self._at(split_roots(sp.diff(split_roots(sp.diff(_VALUE, THETA)), THETA)))

    @cached_property
    def inverse_gradient(self) -> sp.Expr:
        """The theta at which the gradient is `DUAL`: 2 xi sinh(4 z)."""
        gradient = split_roots(sp.diff(_VALUE, THETA))
        (solution,) = sp.solve(gradient - DUAL, THETA)
        return solution.subs(XI, self.xi)

    @cached_property
    def inverse_gradient_slope(self) -> sp.Expr:
        """Second derivative of the conjugate, 8 xi cosh(4 z)."""
        return sp.diff(self.inverse_gradient, DUAL)

    @cached_property
    def conjugate(self) -> sp.Expr:
        """Q*(z) = max over theta of z theta - Q(theta), as xi sinh(2 z)^2: free of cancellation."""
        return self.xi * sp.sinh(2 * DUAL) ** 2

    @cached_property
    def divergence(self) -> sp.Expr:
        """Bregman divergence of Q from `THETA_OTHER` to theta."""
        other = {THETA: THETA_OTHER}
        gradient = split_roots(sp.diff(_VALUE, THETA)).subs(other)
        return self._at(_VALUE - _VALUE.subs(other) - gradient * (THETA - THETA_OTHER))

    @cached_property
    def scale_derivative(self) -> sp.Expr:
        """Derivative of Q by xi, (2 - sqrt(theta^2 + 4 xi^2)/xi)/4: never positive."""
        radius = sp.Symbol("r", positive=True)
        root = sp.sqrt(THETA**2 + 4 * XI**2)
        slope = split_roots(sp.diff(_VALUE, XI)).subs(root, radius)
        slope = sp.expand(slope.subs(THETA**2, radius**2 - 4 * XI**2))
        return self._at(slope.subs(radius, root))

    @cached_property
    def kernel_limit(self) -> sp.Expr:
        """The leading term for xi -> infinity, theta^2/(16 xi)."""
        return self._at(kernel_expansion(1))

    @cached_property
    def kernel_remainder(self) -> sp.Expr:
        """The next term, -theta^4/(768 xi^3); it bounds |Q - kernel_limit| for every xi."""
        return self._at(kernel_expansion(2) - kernel_expansion(1))

    @cached_property
    def rich_unit(self) -> sp.Expr:
        """What Q has to be divided by to tend to |theta| for xi -> 0: ln(1/xi)/4."""
        return sp.log(1 / self.xi) / 4

    @cached_property
    def rich_limit(self) -> sp.Expr:
        """The leading term for xi -> 0, |theta| ln(1/xi)/4: it grows without bound."""
        return self.rich_unit * sp.Abs(self.theta)

    @cached_property
    def rich_remainder(self) -> sp.Expr:
        """The next term, |theta| (ln|theta| - 1)/4: the relative rate is only 1/ln(1/xi)."""
        size = sp.Abs(self.theta)
        return size * (sp.log(size) - 1) / 4

    @cached_property
    def elasticity(self) -> sp.Expr:
        """Local degree theta Q'/Q: 2 for a square, 1 for an absolute value."""
        return self._at(THETA * split_roots(sp.diff(_VALUE, THETA)) / _VALUE)

    @cached_property
    def normalised(self) -> sp.Expr:
        """Q_xi(theta)/Q_xi(1): theta^2 for xi -> infinity and |theta| for xi -> 0."""
        return self._at(_VALUE / _VALUE.subs(THETA, 1))

    def _repr_latex_(self) -> str:
        """Show the value in a notebook."""
        return rf"$\displaystyle Q_{{{sp.latex(self.xi)}}} = {sp.latex(self.value)}$"


_VALUE = (THETA * sp.asinh(THETA / (2 * XI)) - sp.sqrt(4 * XI**2 + THETA**2) + 2 * XI) / 4


def binomial_series(terms: int, variable: sp.Expr, power: sp.Expr) -> sp.Expr:
    """Return the first ``terms`` terms of (1 + variable)^power."""
    return sp.Add(*(sp.binomial(power, k) * variable**k for k in range(terms)))


def kernel_expansion(terms: int) -> sp.Expr:
    """Return the first ``terms`` terms of Q in powers of 1/xi.

    The Hessian is (1 + s)^(-1/2)/(8 xi) with s = theta^2/(4 xi^2); its series is integrated twice
    from theta = 0, where Q and its gradient vanish.
    """
    series = binomial_series(terms, THETA**2 / (4 * XI**2), sp.Rational(-1, 2)) / (8 * XI)
    once = sp.integrate(sp.expand(series), THETA)
    return sp.expand(sp.integrate(once, THETA))


def rich_expansion(terms: int) -> sp.Expr:
    """Return the expansion of Q for xi -> 0 at theta > 0 (elsewhere take |theta|).

    d Q/d xi = [2 - (theta/xi) (1 + 4 xi^2/theta^2)^(1/2)]/4 is integrated term by term; the
    constant is the limit of Q + theta ln(xi)/4, theta (ln theta - 1)/4. ``terms`` counts those of
    the binomial series.
    """
    theta = sp.Symbol("theta", positive=True)
    root = binomial_series(terms, 4 * XI**2 / theta**2, sp.Rational(1, 2))
    slope = sp.expand((2 - theta / XI * root) / 4)
    summed = sp.Add(*(sp.integrate(term, XI) for term in sp.Add.make_args(slope)))
    return (summed + theta * (sp.log(theta) - 1) / 4).subs(theta, THETA)


def psi(theta: sp.Expr = THETA, delta: sp.Expr = DELTA) -> sp.Expr:
    """Return the potential of Papazov et al., section 3, one coordinate, as printed there."""
    return (2 * theta * sp.asinh(2 * theta / delta) - sp.sqrt(4 * theta**2 + delta**2) + delta) / 4


def gradient_residual() -> sp.Expr:
    """Return d Q/d theta - asinh(theta/(2 xi))/4."""
    return in_log_ratio(HyperbolicEntropy().gradient - sp.asinh(THETA / (2 * XI)) / 4)


def hessian_residual() -> sp.Expr:
    """Return d^2 Q/d theta^2 - 1/(4 sqrt(theta^2 + 4 xi^2))."""
    return in_log_ratio(HyperbolicEntropy().hessian - 1 / (4 * sp.sqrt(THETA**2 + 4 * XI**2)))


def inverse_gradient_residual() -> sp.Expr:
    """Return grad Q(2 xi sinh(4 z)) - z, with asinh(sinh(x)) = x on the real line."""
    q = HyperbolicEntropy()
    there = q.gradient.subs(THETA, q.inverse_gradient)
    return (
        there.replace(
            lambda e: isinstance(e, sp.asinh) and isinstance(e.args[0], sp.sinh),
            lambda e: e.args[0].args[0],
        )
        - DUAL
    )


def conjugate_residual() -> sp.Expr:
    """Return z theta - Q(theta) - Q*(z) at the maximiser theta = 2 xi sinh(4 z)."""
    q = HyperbolicEntropy()
    legendre = THETA * LOG_RATIO / 4 - q.value - q.conjugate.subs(DUAL, LOG_RATIO / 4)
    return in_log_ratio(legendre)


def scale_derivative_residual() -> sp.Expr:
    """Return d Q/d xi - (2 - sqrt(theta^2 + 4 xi^2)/xi)/4."""
    stated = (2 - sp.sqrt(THETA**2 + 4 * XI**2) / XI) / 4
    return in_log_ratio(sp.diff(_VALUE, XI) - stated)


def psi_residual() -> sp.Expr:
    """Return psi_Delta(theta) - 2 Q_{Delta/4}(theta)."""
    twice = 2 * HyperbolicEntropy(THETA, DELTA / 4).value
    return sp.expand(split_roots(psi() - twice))


def neuron_form_residual() -> sp.Expr:
    """Return exp(asinh(theta/(2 xi))) - |u/v| for theta = u^2 - v^2 and xi = |u v|."""
    u, v = sp.symbols("a b", positive=True)  # |u| and |v|: theta and xi hold no signs
    ratio = (u**2 - v**2) / (2 * u * v)
    root = sp.sqrt(sp.factor(ratio**2 + 1))  # (u^2 + v^2)^2/(2 u v)^2
    return sp.cancel(
        sp.exp(sp.asinh(ratio).rewrite(sp.log)).subs(sp.sqrt(ratio**2 + 1), root) - u / v
    )


def elasticity_residual() -> sp.Expr:
    """Return theta Q'/Q - 1/(1 - tanh(w/2)/w) at theta = 2 xi sinh(w), over one denominator.

    tanh(w/2)/w falls from 1/2 to 0 as w grows from 0, since its derivative is
    (w - sinh w)/(2 w^2 cosh(w/2)^2): so the local degree falls from 2 (square) to 1 (absolute
    value) as |theta|/xi grows. A smaller scale is closer to the l1 norm in that sense.
    """
    q = HyperbolicEntropy()
    stated = 1 / (1 - sp.tanh(LOG_RATIO / 2) / LOG_RATIO)
    slope = THETA * q.gradient
    half = sp.Symbol("h", positive=True)  # exp(w/2)
    crossed = in_log_ratio(slope) / stated - in_log_ratio(q.value)
    return sp.cancel(crossed.rewrite(sp.exp).subs(LOG_RATIO, 2 * sp.log(half)))


def tanh_slope_residual() -> sp.Expr:
    """Return d/dw [tanh(w/2)/w] - (w - sinh w)/(2 w^2 cosh(w/2)^2)."""
    w = LOG_RATIO
    stated = (w - sp.sinh(w)) / (2 * w**2 * sp.cosh(w / 2) ** 2)
    difference = sp.diff(sp.tanh(w / 2) / w, w) - stated
    half = sp.Symbol("h", positive=True)
    exponential = sp.expand_power_exp(difference.rewrite(sp.exp))
    numerator = exponential.subs(sp.exp(w / 2), half).subs(sp.exp(-w / 2), 1 / half)
    numerator = numerator.subs(sp.exp(w), half**2).subs(sp.exp(-w), half**-2)
    return sp.cancel(sp.together(numerator))


#: Name of each identity above, with the function that returns its residual.
IDENTITIES = {
    "gradient": gradient_residual,
    "hessian": hessian_residual,
    "inverse gradient": inverse_gradient_residual,
    "conjugate": conjugate_residual,
    "scale derivative": scale_derivative_residual,
    "psi of Papazov et al.": psi_residual,
    "neuron form": neuron_form_residual,
    "elasticity": elasticity_residual,
    "tanh slope": tanh_slope_residual,
}

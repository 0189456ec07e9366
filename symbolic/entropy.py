r"""The hyperbolic entropy of one coordinate: the potential that diagonal networks minimise.

.. math::
    Q_\xi(\theta) = \tfrac14\Bigl[\theta\,\operatorname{arcsinh}\frac{\theta}{2\xi}
                    - \sqrt{4\xi^2+\theta^2} + 2\xi\Bigr]

Only the value is stated. Gradient, inverse gradient, Hessian, conjugate, divergence and both limits
are derived from it; `symbolic.entropy_identities` proves what they are. Sources: Lyu et al.,
section 3 and Eq. (9); Papazov et al., section 3 (their psi).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import sympy as sp

from symbolic.symbols import THETA, XI

#: Dual variable: one coordinate of grad Q.
DUAL = sp.Symbol("z", real=True)
#: Log-ratio of a neuron pair, ln|u/v|; theta = 2 xi sinh(LOG_RATIO).
LOG_RATIO = sp.Symbol("w", real=True)
#: |u/v| of a neuron pair, exp(4 z); theta = xi (rho - 1/rho).
RATIO = sp.Symbol("rho", positive=True)
#: The scale of Papazov et al., Delta = |w_+ w_-| of their neurons, 4 xi.
DELTA = sp.Symbol("Delta", positive=True)
#: A second point, for the divergence.
THETA_OTHER = sp.Symbol("theta_b", real=True)

#: Q_xi(theta) as printed (Lyu et al., section 3).
VALUE = (THETA * sp.asinh(THETA / (2 * XI)) - sp.sqrt(4 * XI**2 + THETA**2) + 2 * XI) / 4


def split_roots(expression: sp.Expr) -> sp.Expr:
    """Return ``expression`` with each square root over a common denominator, the scale outside.

    sqrt(1 + theta^2/(4 xi^2)) becomes sqrt(theta^2 + 4 xi^2)/(2 xi), so equal roots look equal.
    """
    result: Any = expression.replace(
        lambda e: isinstance(e, sp.Pow) and e.exp in (sp.Rational(1, 2), sp.Rational(-1, 2)),
        lambda e: sp.expand_power_base(sp.factor(sp.together(e.base)) ** e.exp),
    )
    return result


@lru_cache(maxsize=1)
def _inverse_gradient() -> sp.Expr:
    """Solve grad Q = `DUAL` for theta; slow, so once for all."""
    (solution,) = sp.solve(split_roots(sp.diff(VALUE, THETA)) - DUAL, THETA)
    return solution


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
        return self._at(VALUE)

    @cached_property
    def gradient(self) -> sp.Expr:
        """Gradient asinh(theta/(2 xi))/4, a quarter of ln|u/v| (Lyu et al., Prop. 2)."""
        return self._at(split_roots(sp.diff(VALUE, THETA)))

    @cached_property
    def hessian(self) -> sp.Expr:
        """Second derivative 1/(4 sqrt(theta^2 + 4 xi^2)), positive: Q is strictly convex."""
        return self._at(split_roots(sp.diff(split_roots(sp.diff(VALUE, THETA)), THETA)))

    @cached_property
    def inverse_gradient(self) -> sp.Expr:
        """The theta at which the gradient is `DUAL`: 2 xi sinh(4 z)."""
        return _inverse_gradient().subs(XI, self.xi)

    @cached_property
    def inverse_gradient_slope(self) -> sp.Expr:
        """Second derivative of the conjugate, 8 xi cosh(4 z)."""
        return sp.diff(self.inverse_gradient, DUAL)

    @cached_property
    def in_ratio(self) -> tuple[sp.Expr, sp.Expr]:
        """The last two by `RATIO` = exp(4 z): xi (rho - 1/rho) and 4 xi (rho + 1/rho).

        Compiled from these, they are plain arithmetic and run on balls as well.
        """
        by_dual = (self.inverse_gradient, self.inverse_gradient_slope)
        theta, slope = (e.rewrite(sp.exp).subs(DUAL, sp.log(RATIO) / 4) for e in by_dual)
        return sp.expand(theta), sp.expand(slope)

    @cached_property
    def conjugate(self) -> sp.Expr:
        """Q*(z) = max over theta of z theta - Q(theta), as xi sinh(2 z)^2: free of cancellation."""
        return self.xi * sp.sinh(2 * DUAL) ** 2

    @cached_property
    def divergence(self) -> sp.Expr:
        """Bregman divergence of Q from `THETA_OTHER` to theta."""
        other = {THETA: THETA_OTHER}
        gradient = split_roots(sp.diff(VALUE, THETA)).subs(other)
        return self._at(VALUE - VALUE.subs(other) - gradient * (THETA - THETA_OTHER))

    @cached_property
    def scale_derivative(self) -> sp.Expr:
        """Derivative of Q by xi, (2 - sqrt(theta^2 + 4 xi^2)/xi)/4: never positive."""
        radius = sp.Symbol("r", positive=True)
        root = sp.sqrt(THETA**2 + 4 * XI**2)
        slope = split_roots(sp.diff(VALUE, XI)).subs(root, radius)
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
        return self._at(THETA * split_roots(sp.diff(VALUE, THETA)) / VALUE)

    @cached_property
    def normalised(self) -> sp.Expr:
        """Q_xi(theta)/Q_xi(1): theta^2 for xi -> infinity and |theta| for xi -> 0."""
        return self._at(VALUE / VALUE.subs(THETA, 1))

    def _repr_latex_(self) -> str:
        """Show the value in a notebook."""
        return rf"$\displaystyle Q_{{{sp.latex(self.xi)}}} = {sp.latex(self.value)}$"


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
    constant is the value of Q + theta ln(xi)/4 at xi = 0, theta (ln theta - 1)/4. ``terms`` counts
    those of the binomial series.
    """
    theta = sp.Symbol("theta", positive=True)
    root_and_log = split_roots(VALUE.subs(THETA, theta).rewrite(sp.log))
    logarithms = root_and_log.replace(
        lambda e: isinstance(e, sp.log), lambda e: sp.expand_log(sp.log(sp.together(e.args[0])))
    )
    constant = sp.expand_log(sp.expand(logarithms + theta * sp.log(XI) / 4).subs(XI, 0))
    root = binomial_series(terms, 4 * XI**2 / theta**2, sp.Rational(1, 2))
    slope = sp.expand((2 - theta / XI * root) / 4)
    summed = sp.Add(*(sp.integrate(term, XI) for term in sp.Add.make_args(slope)))
    return sp.expand(summed + constant).subs(theta, THETA)


def psi(theta: sp.Expr = THETA, delta: sp.Expr = DELTA) -> sp.Expr:
    """Return the potential of Papazov et al., section 3, one coordinate, as printed there."""
    return (2 * theta * sp.asinh(2 * theta / delta) - sp.sqrt(4 * theta**2 + delta**2) + delta) / 4

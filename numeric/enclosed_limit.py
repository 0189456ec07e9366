r"""The limit of a training run in balls, by a proof that the rest of the run stays near its end.

Let x* be the midpoint of x_K and J = J(x*). For |x_k - x*| <= delta and |z_k| <= Z, z = (r, D), the
recursion is z' = T z + w with `numeric.contraction`'s T and, with a >= |J|, b >= 2 |X|,

.. math::
    |r(y_k) - (r + \kappa J D)| &\le e_r |D|, \qquad
        e_r = |\kappa| b \delta + \kappa^2 \tfrac b2 Z, \\
    |D' - D'_T| &\le e_D |z|, \qquad
        e_D = \tfrac\eta n \bigl[ b (\delta + |\kappa| Z)(1 + |\kappa| a + e_r) + a e_r \bigr], \\
    |r' - r'_T| &\le e_R |z|, \qquad
        e_R = b \delta (t + e_D) + a e_D + \tfrac b2 (t + e_D)^2 Z, \quad
        t = \mu + \tfrac\eta n a (1 + |\kappa| a),

because r(y) = r + kappa J(x) D + kappa^2 X (D_u^2 - D_v^2), r' = r + J(x) D' + X (D'_u^2 - D'_v^2)
and J is linear in x. So sqrt(V) shrinks by Q = q + sqrt(upper/lower) (e_D + e_R) a step. If Q < 1
and Z Q/(1 - Q) plus the radius of x_K is at most delta, induction keeps the run within delta for
ever: it converges, |x_inf - x_K| <= Z Q/(1 - Q), and sums of squares have tails of Z^2/(1 - Q^2).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from flint import arb, ctx

from numeric.balls import (
    Balls,
    balls,
    largest_radius,
    middles,
    norm_bound,
    widened,
)
from numeric.compiled import ball_function
from numeric.contraction import contraction
from numeric.enclosed_run import MOST_STEPS, EnclosedRun, enclosed_run
from numeric.iterates import NeuronGradient
from symbolic.console import UserError
from symbolic.discrete_theorem import NOW
from symbolic.excess_bound import MOVE_AFTER, MOVE_BEFORE, SIZE, SMALL, excess_slopes
from symbolic.networks import SQUARED_DIFFERENCE
from symbolic.symbols import KAPPA, MU
from symbolic.two_step import TwoStepMethod

#: Digits beyond the wanted ones to which a run is trained first: a limit is further away than the
#: last move. How often more are tried.
SPARE_DIGITS, MOST_GOALS = 8, 4


@dataclass(frozen=True, eq=False)
class EnclosedLimit:
    """The limit of a run and of its sums; arrays hold balls.

    Parameters
    ----------
    neurons
        u_inf and v_inf, stacked (2, d).
    theta
        The predictor there, (d,): it interpolates.
    sums
        S_u and S_v of the exact theorem over the whole infinite run, (2, d).
    squares
        The sum of all g_k^2, (d,).
    rate
        Q < 1: the run shrinks at least that fast from x_K on, in the norm of the proof.
    travel
        Upper bound of |x_k - x_K| for every k >= K.
    """

    neurons: Balls
    theta: Balls
    sums: Balls
    squares: Balls
    rate: Any
    travel: Any

    @property
    def radius_digits(self) -> float:
        """Return s where every entry of theta is known to 10^s."""
        return largest_radius(self.theta) * float(np.log10(2))


@dataclass(frozen=True)
class _Tail:
    """|z_k| <= ``size`` ``rate``^(k-K), |x_k - x_K| <= ``travel`` and |x_k - x*| <= ``delta``.

    |r(y_k)| <= ``slope`` |z_k|.
    """

    size: Any
    rate: Any
    travel: Any
    delta: Any
    slope: Any

    @property
    def squares(self) -> Any:
        """Upper bound of the sum of |z_k|^2 over k >= K."""
        return (self.size**2 / (1 - self.rate**2)).abs_upper()


def enclosed_limit(run: EnclosedRun, density: Any = None) -> EnclosedLimit:
    """Return the limit of a run, proved to exist.

    Parameters
    ----------
    run
        The run, trained to about the digits that are wanted.
    density
        The excess that is summed; by default that of the exact theorem (the tail is its own).

    Raises
    ------
    UserError
        If it is not proved that the run stays near its end (run longer, smaller step), or a
        neuron's distance from zero is not known.
    """
    with ctx.workprec(run.kept_bits):
        tail = _tail(run)
        neurons = widened(run.path[-1], tail.travel)
        predictor = NeuronGradient(run.X, run.y).predictor
        # What the first K steps leave out is at most the tail, in either direction.
        sums = run.excess_sums(density)
        squares = run.squares + _gradient_tail(run, tail)
        rest = _excess_tail(run, tail)
        total = (sums + rest) / (1 - run.mu)
        return EnclosedLimit(neurons, predictor(*neurons), total, squares, tail.rate, tail.travel)


def limit_to_digits(
    X: Any,
    y: Any,
    u: Any,
    v: Any,
    method: TwoStepMethod,
    eta: Any,
    *,
    digits: int,
    before: tuple[Any, Any] | None = None,
    max_steps: int = MOST_STEPS,
) -> tuple[EnclosedRun, EnclosedLimit]:
    """Train until every entry of theta_inf is known to a radius of 10^-digits.

    For the arguments see `numeric.enclosed_run.enclosed_run`.

    Raises
    ------
    UserError
        If the run or the proof of its limit is refused, or the radius stays larger.
    """
    goal, missing = digits + SPARE_DIGITS, math.inf
    for _ in range(MOST_GOALS):
        run = enclosed_run(X, y, u, v, method, eta, before=before, goal=goal, max_steps=max_steps)
        limit = enclosed_limit(run)
        missing = limit.radius_digits + digits
        if missing <= 0:
            return run, limit
        goal += math.ceil(missing) + 1
    raise UserError(
        expected=f"a limit that is known to {digits} digits",
        received=f"one whose radius is 10^{missing - digits:.1f}",
        remedy="use a larger learning rate, or fewer digits",
    )


@cache
def _sensitivities() -> tuple[Any, Any]:
    neurons = (SQUARED_DIFFERENCE.first, SQUARED_DIFFERENCE.second)
    du, dv = (ball_function(neurons, s) for s in SQUARED_DIFFERENCE.sensitivities)
    return du, dv


def _tail(run: EnclosedRun) -> _Tail:
    end, n = run.path[-1], len(run.y)
    centre = balls(middles(end))
    jacobian = np.hstack([run.X * s(*centre) for s in _sensitivities()])
    step = run.eta / n
    proved = contraction(jacobian, run.mu, run.kappa, step)
    moves = (end - run.path[-2]).ravel()
    state = np.concatenate([NeuronGradient(run.X, run.y).residual(end), moves])
    off = norm_bound((end - centre).ravel())
    # |z|^2 <= V/lower; every bound below is an exact number, rounded up.
    Z = (proved.size(state) / proved.lower.sqrt()).abs_upper()
    # What the linear map alone would need, four times: the rest of the proof has to fit in.
    delta = (4 * (Z / (1 - proved.rate) + off)).abs_upper()
    a, b = norm_bound(jacobian.ravel()), 2 * norm_bound(run.X.ravel())
    kappa, mu = abs(run.kappa), abs(run.mu)
    e_r = kappa * b * delta + kappa**2 * b / 2 * Z
    slope = 1 + kappa * a + e_r
    e_D = step * (b * (delta + kappa * Z) * slope + a * e_r)
    t = mu + step * a * (1 + kappa * a) + e_D
    e_R = b * delta * t + a * e_D + b / 2 * t**2 * Z
    rate = proved.rate + (proved.upper / proved.lower).sqrt() * (e_D + e_R)
    rate = rate.abs_upper()
    travel = (Z * rate / (1 - rate)).abs_upper()
    if not (rate < 1 and travel + off <= delta):
        raise UserError(
            expected="an end of the run from which the rest is proved to stay near",
            received=f"a rate bound of {float(rate.mid()):.4g} within a distance of "
            f"{float(delta.mid()):.2g}",
            remedy="train to more digits, or use a smaller step",
        )
    return _Tail(Z, rate, travel, delta, slope.abs_upper())


def _gradient_tail(run: EnclosedRun, tail: _Tail) -> Balls:
    """Enclose the sum of g_k^2 over k >= K: |g_k| <= |X_j| |r(y_k)|/n in each coordinate j."""
    out = np.empty(run.X.shape[1], dtype=object)
    for j in range(len(out)):
        size = norm_bound(run.X[:, j]) * tail.slope / len(run.y)
        most = (size**2 * tail.squares).abs_upper()
        out[j] = arb(0).union(most)
    return out


@cache
def _slopes() -> tuple[tuple[Any, Any], ...]:
    arguments = (NOW, SIZE, MOVE_BEFORE, MOVE_AFTER, MU, KAPPA)
    return tuple(
        (ball_function(arguments, c), ball_function(arguments, z)) for c, z in excess_slopes()
    )


def _excess_tail(run: EnclosedRun, tail: _Tail) -> Balls:
    """Enclose the sums of e_k over k >= K, (2, d); see `symbolic.excess_bound`.

    Raises
    ------
    UserError
        If a neuron may come near zero.
    """
    size, unit = arb(0).union(tail.size), arb(0, 1)
    around = widened(run.path[-1], tail.travel)
    out = np.empty(around.shape, dtype=object)
    small = ball_function((), SMALL)()
    for index, x in np.ndenumerate(around):
        total = arb(0)
        for coefficient, slope in _slopes():
            given = (x, size, unit, unit, run.mu, run.kappa)
            c = slope(*given).abs_upper()
            if not c * tail.size <= small:
                raise UserError(
                    expected="neurons whose last moves are small beside them",
                    received=f"a neuron that may be as small as {float(x.abs_lower().mid()):.2g}",
                    remedy="train to more digits, or start elsewhere",
                )
            total += abs(coefficient(*given)) * c**2 * tail.squares
        out[index] = arb(0, total.abs_upper())
    return out

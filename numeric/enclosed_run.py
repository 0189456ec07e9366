"""Whole training runs in ball arithmetic: every iterate with a guaranteed error bound.

The recursion is `symbolic.two_step.two_step_update` on arrays of balls, each step in coordinates
around the present iterate (see `_move`). Balls do not know that the recursion contracts, so their
radius grows by a number of bits with every step; but that number settles, so a run of K steps costs
K times it. The precision is therefore found by running: where a radius gets too large, the run is
begun again with as many bits as the loss measured so far asks for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb, ctx

from numeric.balls import Balls, balls, bits_of, largest, largest_radius
from numeric.checks import exact_data, exact_numbers
from numeric.compiled import ball_function
from numeric.iterates import NeuronGradient, stacked
from symbolic.console import UserError
from symbolic.discrete_theorem import NEXT, NOW, PREVIOUS, excess
from symbolic.symbols import KAPPA, MU
from symbolic.two_step import TwoStepMethod, two_step_update

#: Decimal digits to which a run is trained unless told otherwise.
GOAL = 60
#: Steps after which a run is given up unless told otherwise.
MOST_STEPS = 50_000
#: Bits of the iterates that are kept beyond those of the goal.
SPARE_BITS = 64
#: Bits by which the radius at the end has to be below the goal.
MARGIN_BITS = 10
#: Bits of the working precision below the radius of the iterates: rounding adds nothing there.
GUARD_BITS = 24
#: Steps between two looks at radius and residual.
BLOCK = 16
#: Bits beyond which a run is called too long for balls.
MOST_BITS = 1 << 17


@dataclass(frozen=True, eq=False)
class EnclosedRun:
    """A run whose iterates are enclosed; arrays hold balls of `kept_bits` bits.

    Parameters
    ----------
    X, y
        Data, (n, d) and (n,).
    path
        x_{-1}, x_0, ..., x_K: each stacked neurons (2, d), u first.
    squares
        Sum over k < K of g_k^2, the squared gradients by theta that the steps used, (d,).
    mu, kappa, eta
        The method, balls.
    bits
        Working precision at the start of the run.
    kept_bits
        Precision of what is kept here.
    attempts
        How often the run was begun.
    """

    X: Balls
    y: Balls
    path: Sequence[Balls]
    squares: Balls
    mu: Any
    kappa: Any
    eta: Any
    bits: int
    kept_bits: int
    attempts: int

    @property
    def steps(self) -> int:
        """K."""
        return len(self.path) - 2

    def excess_sums(self, density: Any = None) -> Balls:
        """Return the sums of the excesses e_k over k < K, (2, d), not yet over 1 - mu.

        ``density`` is the excess of a step by (`PREVIOUS`, `NOW`, `NEXT`, mu, kappa); by default
        that of the exact theorem.

        Raises
        ------
        UserError
            If a neuron, look-ahead point or drift is not known to differ from zero on the way.
        """
        step = excess() if density is None else density
        compiled = ball_function((PREVIOUS, NOW, NEXT, MU, KAPPA), step)
        with ctx.workprec(self.kept_bits):
            total = np.full(self.path[0].shape, arb(0), dtype=object)
            for index in np.ndindex(total.shape):
                track = [x[index] for x in self.path]
                for three in zip(track, track[1:], track[2:], strict=False):
                    total[index] += compiled(*three, self.mu, self.kappa)
        if not all(value.is_finite() for value in total.flat):
            raise UserError(
                expected="a run whose neurons, look-ahead points and drifts stay away from zero",
                received="one whose enclosure holds zero",
                remedy="change learning rate or start a little, or train to more digits",
            )
        return total


@dataclass(frozen=True, eq=False)
class _Setting:
    """What a run is given: data, start, x_{-1} or None, method, step; exact numbers."""

    X: Any
    y: Any
    start: tuple[Any, Any]
    before: tuple[Any, Any] | None
    method: TwoStepMethod
    eta: Any


@dataclass(frozen=True)
class _Shortfall:
    """A run that ran out of bits: the steps made, the bits lost, how far it had come in bits."""

    steps: int
    lost: float
    arrived: float


def enclosed_run(
    X: Any,
    y: Any,
    u: Any,
    v: Any,
    method: TwoStepMethod,
    eta: Any,
    *,
    before: tuple[Any, Any] | None = None,
    goal: int = GOAL,
    max_steps: int = MOST_STEPS,
) -> EnclosedRun:
    """Train in balls until |X theta - y| and the last move are below 10^-goal.

    Parameters
    ----------
    X, y, u, v
        Data (n, d), (n,) and start (d,); integers, `Fraction`, decimal text or floats, exactly.
    method, eta
        A member of the family with such coefficients and the learning rate.
    before
        (u_{-1}, v_{-1}); by default the start itself.
    goal
        Decimal digits to which the run is trained; radii end a thousandth of it or smaller.
    max_steps
        Give up after.

    Raises
    ------
    UserError
        If the data are refused by `numeric.checks.exact_data`, or the run blows up, has not arrived
        by then, or needs more than `MOST_BITS` bits.
    """
    wanted = bits_of(goal)
    bits = 4 * wanted
    X, y, u, v = exact_data(X, y, u, v)
    if before is not None:
        before = exact_numbers(before, "the point before the start", (2, X.shape[1]))
    setting = _Setting(X, y, (u, v), before, method, eta)
    for attempt in range(1, 20):
        if bits > MOST_BITS:
            break
        made = _attempt(setting, wanted, max_steps, bits, attempt)
        if isinstance(made, EnclosedRun):
            return made
        # Bits lost a step, times the steps that the decrease so far foretells, and a tenth more.
        foretold = made.steps * max(1.0, wanted / made.arrived) if made.arrived > 1 else 0.0
        needed = 1.1 * made.lost / made.steps * foretold + wanted + SPARE_BITS
        bits = math.ceil(max(1.5 * bits, needed))
    raise UserError(
        expected=f"a run that {MOST_BITS} bits enclose",
        received=f"one that needs more to reach 10^-{goal}",
        remedy="use a larger learning rate, a smaller problem or fewer digits",
    )


def _attempt(
    setting: _Setting, wanted: int, max_steps: int, bits: int, attempt: int
) -> EnclosedRun | _Shortfall:
    kept = wanted + SPARE_BITS
    with ctx.workprec(bits):
        data, targets = balls(setting.X), balls(setting.y)
        method, before = setting.method, setting.before
        mu, kappa, rate = (balls(c)[()] for c in (method.mu, method.kappa, setting.eta))
        x = stacked(*(balls(part) for part in setting.start))
        last = x if before is None else stacked(*(balls(part) for part in before))
        move, origin = x - last, 0 * x
        gradient = NeuronGradient(data, targets)
        blow_up = largest(x.flat) + 20
    with ctx.workprec(kept):
        path, squares = [balls(last), balls(x)], 0 * balls(x[0])
    precision, radius, size = bits, -math.inf, math.inf
    for step in range(1, max_steps + 1):
        with ctx.workprec(precision):
            move = _move(x, move, origin, gradient, mu=mu, kappa=kappa, eta=rate)
            x = x + move
        with ctx.workprec(kept):
            path.append(balls(x))
            slope = balls(gradient.predictor_gradient)
            squares = squares + slope * slope
        if step % BLOCK:
            continue
        if not largest(x.flat) < blow_up:
            break
        with ctx.workprec(precision):
            size = max(largest(move.flat), largest(gradient.residual(x)))
        radius = largest_radius(x.flat)
        if radius > -(wanted + MARGIN_BITS):
            return _Shortfall(step, bits + radius, -size)
        if size <= -wanted:
            with ctx.workprec(kept):
                data, targets = balls(data), balls(targets)
                mu, kappa, rate = (balls(c)[()] for c in (mu, kappa, rate))
            return EnclosedRun(data, targets, path, squares, mu, kappa, rate, bits, kept, attempt)
        # Digits far below the radius carry nothing.
        precision = min(precision, max(kept, math.ceil(GUARD_BITS - radius)))
    raise UserError(
        expected=f"a run that reaches 2^-{wanted} within {max_steps} steps",
        received=f"a residual or move of about 2^{size:g} after {len(path) - 2} steps",
        remedy="use a smaller learning rate, or allow more steps",
    )


def _move(x: Balls, move: Balls, origin: Balls, gradient: NeuronGradient, **method: Any) -> Balls:
    """Return x_{k+1} - x_k: the recursion in coordinates whose origin is x_k, where x_{k-1} = -D.

    The recursion does not care where the origin is, but balls do: in x_k + mu (x_k - x_{k-1}) the
    radius of x_k counts 1 + mu times, which costs bits at every step however small eta is; in mu D
    only the radius of the move counts.
    """

    def shifted(y: Balls) -> Balls:
        return gradient(x + y)

    return two_step_update(origin, -move, shifted, **method)

"""Whole runs to any number of digits, with every iterate kept, for what is to hold exactly.

The recursion is `symbolic.two_step.two_step_update` on mpmath numbers; minibatches, look-ahead and
starts with a velocity included.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np

from numeric.checks import exact_data, exact_numbers
from numeric.compiled import mpmath_function
from numeric.iterates import NeuronGradient, numbers_of, stacked
from symbolic.console import UserError
from symbolic.discrete_theorem import NEXT, NOW, PREVIOUS, excess
from symbolic.symbols import KAPPA, MU
from symbolic.two_step import TwoStepMethod, two_step_update

#: Decimal digits unless told otherwise, and those to which a run is trained.
DIGITS, GOAL = 60, 45

#: Excess of one step by (x_{k-1}, x_k, x_{k+1}, mu, kappa).
Excess = Callable[..., Any]


@dataclass(frozen=True, eq=False)
class PreciseRun:
    """A run to many digits; arrays hold mpmath numbers.

    Parameters
    ----------
    X, y
        Data, (n, d) and (n,).
    path
        x_{-1}, x_0, ..., x_K: each stacked neurons (2, d), u first.
    gradients
        g_0, ..., g_{K-1}, the gradients by theta that the steps used, each (d,).
    mu, kappa, eta
        The method.
    digits
        Working precision.
    """

    X: Any
    y: Any
    path: Sequence[Any]
    gradients: Sequence[Any]
    mu: Any
    kappa: Any
    eta: Any
    digits: int

    @property
    def steps(self) -> int:
        """K."""
        return len(self.gradients)

    @property
    def sign_changes(self) -> int:
        """How often a neuron came out on the other side of zero."""
        signs = np.array([[[mpmath.sign(a) for a in row] for row in x] for x in self.path[1:]])
        return int(np.sum(signs[1:] != signs[:-1]))

    @property
    def moves(self) -> bool:
        """Whether it started with a velocity, x_{-1} other than x_0."""
        return bool(np.any(self.path[0] != self.path[1]))

    def sums(self, density: Excess | None = None) -> Any:
        """Return S_u and S_v, stacked (2, d): the sum of the excesses over 1 - mu.

        ``density`` is the excess of one step; by default that of the exact theorem.
        """
        step = default_excess() if density is None else density
        with mpmath.workdps(self.digits):
            total = 0 * self.path[0]
            for before, now, after in _triples(self.path):
                for index in np.ndindex(total.shape):
                    three = (before[index], now[index], after[index])
                    total[index] += step(*three, self.mu, self.kappa)
            return total / (1 - self.mu)


def default_excess() -> Excess:
    """Return the excess of the exact theorem on mpmath numbers."""
    return compiled_excess(excess())


def compiled_excess(expression: Any) -> Excess:
    """Compile an excess by (`PREVIOUS`, `NOW`, `NEXT`, mu, kappa)."""
    return mpmath_function((PREVIOUS, NOW, NEXT, MU, KAPPA), expression)


def _triples(path: Sequence[Any]) -> Iterator[tuple[Any, Any, Any]]:
    return zip(path, path[1:], path[2:], strict=False)


def precise_run(
    X: Any,
    y: Any,
    u: Any,
    v: Any,
    method: TwoStepMethod,
    eta: Any,
    *,
    before: tuple[Any, Any] | None = None,
    rows: Iterable[Sequence[int]] | None = None,
    digits: int = DIGITS,
    goal: int = GOAL,
    max_steps: int = 20_000,
) -> PreciseRun:
    """Train until |X theta - y| on all rows and the last move are below 10^-goal.

    Parameters
    ----------
    X, y, u, v
        Data (n, d), (n,) and start (d,); integers, `Fraction`, decimal text or floats, exactly.
    method, eta
        A member of the family and the learning rate, of the same number types.
    before
        (u_{-1}, v_{-1}); by default the start itself.
    rows
        Row indices of every step's minibatch; by default all rows. A sequence that ends is
        repeated from its beginning.
    digits, goal
        Working precision and the digits to which the run is trained.
    max_steps
        Give up after.

    Raises
    ------
    UserError
        If the data are refused by `numeric.checks.exact_data`, or the run has not arrived by then,
        or blew up.
    """
    X, y, u, v = exact_data(X, y, u, v)
    if before is not None:
        before = exact_numbers(before, "the point before the start", (2, X.shape[1]))
    with mpmath.workdps(digits):
        X, y = numbers_of(X), numbers_of(y)
        mu, kappa, eta = (numbers_of(c) for c in (method.mu, method.kappa, eta))
        full = NeuronGradient(X, y)
        x = stacked(numbers_of(u), numbers_of(v))
        last = x if before is None else stacked(*(numbers_of(part) for part in before))
        path, gradients = [last, x], []
        batches = itertools.repeat(None) if rows is None else itertools.cycle(rows)
        small = mpmath.mpf(10) ** -goal
        part = NeuronGradient(X, y)
        for batch in itertools.islice(batches, max_steps):
            if batch is not None:
                part.X, part.y = X[list(batch)], y[list(batch)]
            after = two_step_update(x, last, part, mu=mu, kappa=kappa, eta=eta)
            gradients.append(part.predictor_gradient)
            last, x = x, after
            path.append(x)
            if _size(x - last) <= small and _size(full.residual(x)) <= small:
                return PreciseRun(X, y, path, gradients, mu, kappa, eta, digits)
            if not _size(x) < 10**6 * (1 + _size(path[1])):
                break
    raise UserError(
        expected=f"a run that reaches 10^-{goal} within {max_steps} steps",
        received=f"a move of {mpmath.nstr(_size(x - last), 3)} in step {len(gradients)}",
        remedy="use a smaller learning rate, or allow more steps",
    )


def _size(array: Any) -> Any:
    return max(abs(entry) for entry in np.ravel(array))

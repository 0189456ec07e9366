r"""Elementary differentials of a loss, and the slow flow made of them, on any number type.

    F(leaf) = grad L(x),   F([t_1, ..., t_m]) = D^m grad L(x) [F(t_1), ..., F(t_m)]

for every rooted tree, see `symbolic.elementary_differentials`. For a loss that is given as an
expression the derivatives are compiled from it; for the network they are those of a cubic gradient,
made of its own sensitivities.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from numeric.compiled import derivative_function, mpmath_function
from numeric.many_bits import as_fraction
from symbolic import elementary_differentials as ed
from symbolic.elementary_differentials import Series, Tree
from symbolic.modified_equation import slow_field
from symbolic.networks import SQUARED_DIFFERENCE, DiagonalNetwork
from symbolic.regression import predictor_gradient
from symbolic.sample_losses import SampleLoss
from symbolic.slow_start import slow_start

#: Takes a point; returns F of every tree with at most so many nodes there.
Differentials = Callable[[Any, int], dict[Tree, Any]]


class LossDifferentials:
    """Of a loss of a few variables, given as an expression; points are arrays (m,).

    Parameters
    ----------
    variables, value
        The loss.
    """

    def __init__(self, variables: Sequence[Any], value: Any) -> None:
        self._variables = tuple(variables)
        self._value = value

    def _derivatives(self, order: int) -> Callable[..., Any]:
        places = _places(len(self._variables), order)
        return derivative_function(self._variables, self._value, places)

    @classmethod
    def of(cls, loss: SampleLoss) -> LossDifferentials:
        """Return those of a sample loss."""
        return cls(loss.variables, loss.value)

    def __call__(self, x: Any, order: int) -> dict[Tree, Any]:
        """Return F of all trees with at most ``order`` nodes at x."""
        derivatives = self._derivatives(order)(*x)
        flat = np.array(derivatives)
        # D^m grad L as an array of m + 1 axes.
        tensors = [flat[where] for where in _tensor_places(len(self._variables), order)]
        found: dict[Tree, Any] = {}
        for tree in ed.all_trees(order):
            value = tensors[len(tree)]
            for branch in tree:
                value = value @ found[branch]
            found[tree] = value
        return found


@lru_cache(maxsize=16)
def _places(variables: int, order: int) -> tuple[tuple[int, ...], ...]:
    """Return the partial derivatives that trees of ``order`` nodes need, each once, sorted."""
    return tuple(
        place
        for degree in range(1, order + 1)
        for place in itertools.combinations_with_replacement(range(variables), degree)
    )


@lru_cache(maxsize=16)
def _tensor_places(variables: int, order: int) -> tuple[Any, ...]:
    """Return, for each degree, where in `_places` the entries of the derivative stand."""
    number = {place: k for k, place in enumerate(_places(variables, order))}
    return tuple(
        np.array(
            [number[tuple(sorted(at))] for at in itertools.product(range(variables), repeat=degree)]
        ).reshape((variables,) * degree)
        for degree in range(1, order + 1)
    )


class NetworkDifferentials:
    r"""Of L on a diagonal linear network; points are neurons one after the other, arrays (2d,).

    With s(x) the sensitivities d theta/d x, linear in x, B(x, a) = s(x) . a summed over both
    neurons of a coordinate and A w = X^T X w/n the gradient is s(x) g(theta(x)), and

        D[a]       = s(a) g + s(x) A B(x, a)
        D^2[a, b]  = s(a) A B(x, b) + s(b) A B(x, a) + s(x) A B(a, b)
        D^3[a, b, c] = s(a) A B(b, c) + s(b) A B(a, c) + s(c) A B(a, b),

    all further derivatives vanish.

    Parameters
    ----------
    X, y
        Data, (n, d) and (n,).
    network
        Which network; its predictor must be quadratic in the neurons.
    """

    def __init__(self, X: Any, y: Any, network: DiagonalNetwork = SQUARED_DIFFERENCE) -> None:
        neurons = (network.first, network.second)
        self.X, self.y = X, y
        self._predictor = mpmath_function(neurons, network.predictor)
        # s(x) = M x, coordinate by coordinate.
        self._slopes = np.array(network.slopes)

    def __call__(self, x: Any, order: int) -> dict[Tree, Any]:
        """Return F of all trees with at most ``order`` nodes at x."""
        x = np.asarray(x).reshape(2, -1)
        own = self._slopes @ x
        g = predictor_gradient(self.X, self.y, self._predictor(*x))
        values: list[Any] = []
        senses: list[Any] = []
        bent: dict[tuple[int, ...], Any] = {}

        def pair(*places: int) -> Any:
            # A B of one or two values; of one, with x.
            if places not in bent:
                first = own if len(places) == 1 else senses[places[1]]
                change = first * values[places[0]]
                bent[places] = predictor_gradient(self.X, 0, change[0] + change[1])
            return bent[places]

        trees, plan = _plan(order)
        for branches in plan:
            if len(branches) == 0:
                value = own * g
            elif len(branches) == 1:
                (a,) = branches
                value = senses[a] * g + own * pair(a)
            elif len(branches) == 2:
                a, b = branches
                value = senses[a] * pair(b) + senses[b] * pair(a) + own * pair(a, b)
            else:
                a, b, c = branches
                value = senses[a] * pair(b, c) + senses[b] * pair(a, c) + senses[c] * pair(a, b)
            values.append(value)
            senses.append(self._slopes @ value)
        return {tree: value.reshape(-1) for tree, value in zip(trees, values, strict=True)}


@lru_cache(maxsize=16)
def _plan(order: int) -> tuple[tuple[Tree, ...], tuple[tuple[int, ...], ...]]:
    """Return the trees whose nodes have at most three branches, and theirs by place, sorted."""
    places: dict[Tree, int] = {}
    plan = []
    for tree in ed.all_trees(order):
        if len(tree) <= 3 and all(branch in places for branch in tree):
            plan.append(tuple(sorted(places[branch] for branch in tree)))
            places[tree] = len(places)
    return tuple(places), tuple(plan)


class SlowFlow:
    """x' = V(x) through O(eta^order), with the start that makes it follow the iterates.

    Parameters
    ----------
    differentials
        Of the loss.
    mu, kappa
        Exact numbers: integers, `Fraction` or SymPy rationals.
    eta
        Learning rate, of the number type that the flow is to run on.
    order
        From 1 to `symbolic.modified_equation.HIGHEST_ORDER`.
    number
        Turns a numerator and a denominator into that number type; true division by default.
    series
        Field and start; by default those that are derived from the recursion.
    """

    def __init__(
        self,
        differentials: Differentials,
        mu: Any,
        kappa: Any,
        eta: Any,
        order: int,
        number: Callable[[int, int], Any] = lambda top, bottom: top / bottom,
        series: tuple[Series, Series] | None = None,
    ) -> None:
        self._differentials, self.order = differentials, order
        point = (as_fraction(mu), as_fraction(kappa))

        def weights(of: Series, lost: int) -> dict[Tree, Any]:
            return {
                tree: number(c.numerator, c.denominator) * eta ** (ed.nodes(tree) - lost)
                for tree, value in of.coefficients.items()
                if (c := value.at(*point)) != 0
            }

        field, start = (slow_field(order), slow_start(order)) if series is None else series
        self._field, self._start = weights(field, 1), weights(start, 0)

    def __call__(self, x: Any) -> Any:
        """Return V(x)."""
        return self._sum(self._field, x, self.order + 1)

    def start(self, x0: Any) -> Any:
        """Return the point at which the flow starts when the iterates start at rest at x0."""
        return x0 + self._sum(self._start, x0, self.order)

    def _sum(self, weights: Mapping[Tree, Any], x: Any, order: int) -> Any:
        # Trees that are absent have a derivative that vanishes identically.
        return sum(
            weights[tree] * value
            for tree, value in self._differentials(x, order).items()
            if tree in weights
        )

r"""Where the slow flow starts so that it follows the iterates behind the layer, to any order.

Started at rest, x_{-1} = x_0, the iterates are

.. math:: x_k = x_0 + \sum_\tau \eta^{|\tau|} a_\tau(k)\,F(\tau)(x_0),

one coefficient for each rooted tree. Inserted in the recursion each a_tau solves a linear
recurrence with constant coefficients, whose forcing is made of the a of smaller trees; hence every
a_tau is a sum of terms k^p mu^{jk}. Those with j = 0 do not decay: they are the slow path, and its
value at k = 0 is the start from which the slow flow follows the iterates (the point on the slow
manifold whose stable fibre holds the start).
"""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from math import comb, factorial
from typing import Any

from symbolic import elementary_differentials as ed
from symbolic.elementary_differentials import Series, Tree
from symbolic.rational_functions import GENERATORS, RationalFunction
from symbolic.two_step import two_step_update

MU_, KAPPA_ = GENERATORS
ZERO, ONE = RationalFunction.of(0), RationalFunction.of(1)


class StepFunction:
    """A function of the step number k, the sum of c k^p mu^(jk) over ``terms[j, p] = c``."""

    __slots__ = ("terms",)

    def __init__(self, terms: dict[tuple[int, int], Any]) -> None:
        self.terms = {place: value for place, value in terms.items() if value}

    def __bool__(self) -> bool:
        return bool(self.terms)

    def __add__(self, other: Any) -> StepFunction:
        total = dict(self.terms)
        for place, value in _terms(other).items():
            total[place] = total.get(place, 0) + value
        return StepFunction(total)

    __radd__ = __add__

    def __mul__(self, other: Any) -> StepFunction:
        product: dict[tuple[int, int], Any] = {}
        for (j, p), value in self.terms.items():
            for (i, q), factor in _terms(other).items():
                place = j + i, p + q
                product[place] = product.get(place, 0) + value * factor
        return StepFunction(product)

    __rmul__ = __mul__

    def __pow__(self, power: int) -> StepFunction:
        result = self
        for _ in range(power - 1):
            result = result * self
        return result

    def __truediv__(self, divisor: int) -> StepFunction:
        return StepFunction({place: value / divisor for place, value in self.terms.items()})

    def shifted(self, by: int) -> StepFunction:
        """Return the function k -> f(k + by)."""
        moved: dict[tuple[int, int], Any] = defaultdict(lambda: ZERO)
        for (j, p), value in self.terms.items():
            # mu^(j (k + by)) (k + by)^p
            for q in range(p + 1):
                moved[j, q] += value * MU_ ** (j * by) * (comb(p, q) * by ** (p - q))
        return StepFunction(moved)

    @property
    def lasting(self) -> StepFunction:
        """The part that does not decay, a polynomial in k."""
        return StepFunction({place: value for place, value in self.terms.items() if place[0] == 0})

    def at(self, k: int) -> RationalFunction:
        """Return the value at a step number."""
        return sum((c * MU_ ** (j * k) * k**p for (j, p), c in self.terms.items()), ZERO)


def _terms(value: Any) -> dict[tuple[int, int], Any]:
    return value.terms if isinstance(value, StepFunction) else {(0, 0): value}


def _driven(force: StepFunction) -> StepFunction:
    """Return a with a(k+1) - (1 + mu) a(k) + mu a(k-1) = force(k) and a(0) = a(-1) = 0."""
    by_rate: dict[int, dict[int, Any]] = defaultdict(dict)
    for (j, p), value in force.terms.items():
        by_rate[j][p] = value
    found: dict[tuple[int, int], Any] = {}
    for j, left in by_rate.items():
        z = MU_**j
        # On z^k k^p the left side is z^k (c_0 k^p + c_1 p k^(p-1) + ...); c_0 = 0 for z = 1, mu.
        resonant = j in (0, 1)
        pivot = z - MU_ / z if resonant else (z - 1) * (z - MU_) / z
        for p in range(max(left), -1, -1):
            if not left.get(p):
                continue
            degree = p + resonant
            value = left[p] / (pivot * degree if resonant else pivot)
            found[j, degree] = value
            for q in range(p):
                ahead = z + MU_ / z * (-1) ** (degree - q)
                left[q] = left.get(q, ZERO) - value * ahead * comb(degree, q)
    particular = StepFunction(found)
    # A + B mu^k solves the equation without force.
    first, before = -particular.at(0), -particular.at(-1)
    layer = (before - first) * MU_ / (1 - MU_)
    return particular + StepFunction({(0, 0): first - layer, (1, 0): layer})


@lru_cache(maxsize=8)
def iterates_by_tree(order: int) -> dict[Tree, StepFunction]:
    """Return a_tau of the trees with at most ``order`` nodes, mu and kappa symbolic."""
    solved: dict[Tree, StepFunction] = {}
    for n in range(1, order + 1):
        now = Series(solved, n, 1)
        before = Series({tree: a.shifted(-1) for tree, a in solved.items()}, n, 1)
        # With a_tau = 0 for the trees with n nodes the update holds their forcing alone.
        update = two_step_update(now, before, ed.gradient_at, mu=MU_, kappa=KAPPA_, eta=ONE)
        solved |= {tree: _driven(StepFunction(_terms(update[tree]))) for tree in ed.trees(n)}
    return solved


@lru_cache(maxsize=8)
def slow_start(order: int) -> Series:
    """Return the start of the slow flow through O(eta^order), a point with its series about x_0.

    The coefficient of a tree with n nodes multiplies eta^n.
    """
    slow = {tree: a.terms.get((0, 0), ZERO) for tree, a in iterates_by_tree(order).items()}
    return Series(slow, order, 1)


# --- The same without solving ---------------------------------------------------------------------


def left_by_recursion(iterates: dict[Tree, StepFunction], order: int) -> dict[Tree, StepFunction]:
    """Return x_{k+1} - (update from x_k and x_{k-1}) tree by tree, for all k at once.

    No use is made of how the iterates were found: where nothing is left, and they are at rest at
    k = 0 and -1, they are the iterates, by induction on k.
    """

    def shifted(by: int) -> Series:
        return Series({tree: a.shifted(by) for tree, a in iterates.items()}, order, 1)

    update = two_step_update(shifted(0), shifted(-1), ed.gradient_at, mu=MU_, kappa=KAPPA_, eta=ONE)
    left = (shifted(1) - update).coefficients
    return {tree: value for tree, value in left.items() if value}


def path_of_flow(field: Series, start: Series) -> dict[Tree, StepFunction]:
    """Return x(k eta) on x' = field from ``start``, tree by tree, polynomials in k.

    Equation: x(t) = sum over n of t^n/n! x^(n), the derivatives along the field taken at the start.
    """
    at_start = ed.differentials_at(start)
    terms: dict[Tree, dict[tuple[int, int], Any]] = {
        tree: {(0, 0): start[tree]} for tree in ed.all_trees(start.order)
    }
    derivative = Series(field.coefficients, start.order)
    for n in range(1, start.order + 1):
        for tree, weight in derivative.coefficients.items():
            for target, value in at_start[tree].coefficients.items():
                term = weight * value / factorial(n)
                terms[target][0, n] = terms[target].get((0, n), ZERO) + term
        derivative = ed.derivative_along(derivative, field)
    return {tree: StepFunction(each) for tree, each in terms.items()}

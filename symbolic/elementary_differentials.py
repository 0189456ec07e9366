r"""Formal series in elementary differentials: Taylor expansion in d dimensions, exactly.

Every vector that arises when a method with gradient g = grad L is expanded in its step size is a
combination of elementary differentials, one for each rooted tree:

    F(leaf) = g,      F([t_1, ..., t_m]) = g^(m)(F(t_1), ..., F(t_m)).

A tree with n nodes carries the factor eta^n (eta^(n-1) in a vector field), so eta itself need not
appear: the number of nodes *is* the order. Unlike a calculation in one dimension this tells trees
apart whose values coincide there. Source: Hairer, Lubich, Wanner, "Geometric Numerical
Integration", chapters III and IX.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from math import prod
from typing import Any

from sympy import factorial

from symbolic.notation import Notation

#: A rooted tree: the sorted tuple of its subtrees; the leaf is ().
Tree = tuple[Any, ...]
LEAF: Tree = ()


@cache
def nodes(tree: Tree) -> int:
    """Return the number of nodes of a tree, its order."""
    return 1 + sum(nodes(branch) for branch in tree)


def _canonical(branches: tuple[Tree, ...]) -> Tree:
    return tuple(sorted(branches, key=lambda tree: (nodes(tree), tree)))


@cache
def trees(order: int) -> tuple[Tree, ...]:
    """Return the rooted trees with ``order`` nodes: 1, 1, 2, 4, 9, 20, ... of them."""
    return tuple(_canonical(branches) for branches in _forests(order - 1, order - 1))


@cache
def _forests(total: int, largest: int) -> tuple[tuple[Tree, ...], ...]:
    """Return all multisets of trees of at most ``largest`` nodes with ``total`` nodes in all."""
    if total == 0:
        return ((),)
    found: dict[Tree, None] = {}
    for order in range(1, min(total, largest) + 1):
        for tree in trees(order):
            for rest in _forests(total - order, order):
                found[_canonical((tree, *rest))] = None
    return tuple(found)


@cache
def _graftings(tree: Tree, branch: Tree) -> tuple[tuple[Tree, int], ...]:
    """Return the trees made by attaching ``branch`` to each node of ``tree``, with multiplicity."""
    count: Counter[Tree] = Counter({_canonical((*tree, branch)): 1})
    for position, child in enumerate(tree):
        others = tree[:position] + tree[position + 1 :]
        for grown, times in _graftings(child, branch):
            count[_canonical((*others, grown))] += times
    return tuple(count.items())


class Series:
    """``x`` times ``identity`` plus a combination of elementary differentials, truncated.

    Parameters
    ----------
    coefficients
        Tree to coefficient, in any exact field.
    order
        Trees with more nodes are dropped.
    identity
        Coefficient of the point x itself (1 for a point, 0 for a vector).
    """

    def __init__(self, coefficients: dict[Tree, Any], order: int, identity: Any = 0) -> None:
        self.coefficients = {
            tree: value
            for tree, value in coefficients.items()
            if value != 0 and nodes(tree) <= order
        }
        self.order = order
        self.identity = identity

    def __getitem__(self, tree: Tree) -> Any:
        return self.coefficients.get(tree, 0)

    def __add__(self, other: Series) -> Series:
        total = dict(self.coefficients)
        for tree, value in other.coefficients.items():
            total[tree] = total.get(tree, 0) + value
        return Series(total, min(self.order, other.order), self.identity + other.identity)

    def __rmul__(self, factor: Any) -> Series:
        scaled = {tree: factor * value for tree, value in self.coefficients.items()}
        return Series(scaled, self.order, factor * self.identity)

    def __neg__(self) -> Series:
        return -1 * self

    def __sub__(self, other: Series) -> Series:
        return self + (-other)

    def at_order(self, order: int) -> dict[Tree, Any]:
        """Return the non-zero coefficients of the trees with ``order`` nodes."""
        return {tree: value for tree, value in self.coefficients.items() if nodes(tree) == order}


def point(order: int) -> Series:
    """Return the expansion point x."""
    return Series({}, order, 1)


def gradient_at(place: Series) -> Series:
    """Return grad L(x + delta) for a series ``x + delta``.

    Equation: g(x + delta) = sum over m of g^(m)(delta, ..., delta)/m!.
    """
    total: dict[Tree, Any] = {}
    for order in range(1, place.order + 1):
        for tree in trees(order):
            value: Any = 1
            for branch, times in Counter(tree).items():
                weight = place[branch]
                # Integer zero over an integer would be a float; a zero factor ends the product.
                value = value * weight**times / int(factorial(times)) if weight else 0
            total[tree] = value
    return Series(total, place.order)


def differentials_at(place: Series) -> dict[Tree, Series]:
    """Return F(tau) at x + delta for a series ``x + delta``, every tree through its order.

    Equation: F([t_1, ..., t_m]) there is the sum over q of g^(m+q)(delta, ..., delta, F(t_1), ...,
    F(t_m))/q!, the F(t_i) taken at x + delta as well.
    """
    found: dict[Tree, Series] = {}
    for tree in all_trees(place.order):
        # Of g(x + delta + sum of e_i F(t_i)) the part that is linear in every e_i.
        moved = [found[branch] for branch in tree]
        # F(tau) itself once; all other terms hold a coefficient of delta.
        total: dict[Tree, Any] = {tree: 1}
        for larger in range(nodes(tree) + 1, place.order + 1):
            for target in trees(larger):
                value = _multilinear_part(target, place, moved)
                total[target] = value / _symmetry(target) if value else 0
        found[tree] = Series(total, place.order)
    return found


def _multilinear_part(target: Tree, place: Series, moved: list[Series]) -> Any:
    """Return the coefficient of e_1 ... e_m in the product of delta + sum of e_i moved_i."""
    # By the set of the e_i that are in the product so far.
    products: dict[frozenset[int], Any] = {frozenset(): 1}
    for branch in target:
        longer: dict[frozenset[int], Any] = {}
        for used, value in products.items():
            if place[branch]:
                longer[used] = longer.get(used, 0) + value * place[branch]
            for i, series in enumerate(moved):
                if i not in used and series[branch]:
                    both = used | {i}
                    longer[both] = longer.get(both, 0) + value * series[branch]
        products = longer
    return products.get(frozenset(range(len(moved))), 0)


def _symmetry(tree: Tree) -> int:
    """Return the product of m! over the branches, m how often each occurs."""
    return prod(int(factorial(times)) for times in Counter(tree).values())


def derivative_along(vector: Series, field: Series) -> Series:
    """Return the derivative of a vector series along the flow of x' = field."""
    total: dict[Tree, Any] = {}
    for tree, value in vector.coefficients.items():
        for branch, weight in field.coefficients.items():
            if nodes(tree) + nodes(branch) <= vector.order:
                for grown, times in _graftings(tree, branch):
                    total[grown] = total.get(grown, 0) + times * value * weight
    return Series(total, vector.order)


def flow_for_steps(field: Series, steps: int) -> Series:
    """Return x(t + steps eta) for the solution of x' = field through x at time t."""
    moved, power = point(field.order), field
    for n in range(1, field.order + 1):
        # x(t + s) = x + s x' + s^2 x''/2 + ..., with x^(n) = (d/dt)^(n-1) field
        moved = moved + (_rational(field, steps**n) / int(factorial(n))) * power
        power = derivative_along(power, field)
    return moved


def _rational(field: Series, value: int) -> Any:
    """Return ``value`` in the field of the coefficients, so that dividing it stays exact."""
    one = next((c / c for c in field.coefficients.values()), None)
    if one is None:
        raise ValueError("the zero vector field has no flow to expand")
    return value * one


def all_trees(order: int) -> Iterator[Tree]:
    """Yield the trees with at most ``order`` nodes, smallest first."""
    for n in range(1, order + 1):
        yield from trees(n)


def notation(tree: Tree) -> Notation:
    """Return the elementary differential of a tree as a symbol: grad L, H grad L, D3[g, g], ..."""
    return Notation(_ascii(tree), _latex(tree), _pretty(tree))


def _ascii(tree: Tree) -> str:
    if not tree:
        return "grad L"
    if len(tree) == 1:
        return f"H {_ascii(tree[0])}"
    return f"D{len(tree) + 1}L[{', '.join(_ascii(branch) for branch in tree)}]"


def _pretty(tree: Tree) -> str:
    if not tree:
        return "∇L"
    if len(tree) == 1:
        return f"∇²L {_pretty(tree[0])}"
    power = str(len(tree) + 1).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"∇{power}L[{', '.join(_pretty(branch) for branch in tree)}]"


def _latex(tree: Tree) -> str:
    if not tree:
        return r"\nabla L"
    if len(tree) == 1:
        return rf"\nabla^{{2}}L\,{_latex(tree[0])}"
    return rf"\nabla^{{{len(tree) + 1}}}L[{', '.join(_latex(branch) for branch in tree)}]"

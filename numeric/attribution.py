r"""Which part of an implicit bias is whose: scale, shape and theta~_0, by Shapley averages.

A limit is the minimiser of sum_j Q_{xi_j}(theta_j) + R . theta over {X theta = y}, by the exact
theorem (`numeric.exact_limit`). Against a reference with (xi_ref, R_ref) three things differ:

- *scale*: the factor s = (prod_j xi_j/xi_ref,j)^(1/d), one number for all coordinates,
- *shape*: what is left of the ratio, xi_j/(s xi_ref,j),
- *start*: the linear term, which stands for theta~_0: R = -grad Q_xi(theta~_0).

Each may be substituted without the others, which makes eight minimisers. What a substitution
changes depends on those before it; a part is its mean over all six orders (the Shapley value), and
its spread is the range over them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from numeric.checks import Array, finite_numbers, read_only, wrong_shape
from numeric.convergence import EPS
from numeric.exact_limit import exact_scale_and_term
from numeric.problems import Problem, Start
from numeric.projection import entropy_projection
from symbolic.console import UserError

#: What is substituted; "start" is the linear term, hence theta~_0.
PARTS = ("scale", "shape", "start")
#: Relative rounding of a linear term that is allowed: a hundredth of the 1e-10 to which the last
#: minimiser is required to be the trained theta.
SHIFT = 1e-12
#: All subsets of the parts, each one substitution away from the one before it.
_WALK = tuple(
    frozenset(subset)
    for subset in (
        (),
        ("scale",),
        ("scale", "shape"),
        ("shape",),
        ("shape", "start"),
        PARTS,
        ("scale", "start"),
        ("start",),
    )
)


@dataclass(frozen=True, eq=False)
class Ingredients:
    """What a run's limit is the minimiser of, besides the data.

    Parameters
    ----------
    log_xi
        ln xi, shape (d,).
    linear
        Linear term R, shape (d,).

    Raises
    ------
    UserError
        For entries that are not finite, or different shapes.
    """

    log_xi: Array
    linear: Array

    def __post_init__(self) -> None:
        log_xi = finite_numbers(self.log_xi, "log_xi", "(d,)", 1)
        linear = finite_numbers(self.linear, "linear", "(d,)", 1)
        if linear.shape != log_xi.shape:
            raise wrong_shape("linear", str(log_xi.shape), linear.shape)
        object.__setattr__(self, "log_xi", read_only(log_xi))
        object.__setattr__(self, "linear", read_only(linear))

    @classmethod
    def of_start(cls, start: Start) -> Ingredients:
        """Return those of gradient flow from this start: xi_0 = |u_0 v_0| and R_0, no excess."""
        return cls(*exact_scale_and_term(start, np.zeros((2, start.d)), 0.0))

    @classmethod
    def of_run(
        cls, start: Start, sums: Array, mu: float, before: Start | None = None
    ) -> Ingredients:
        """Return those of a trained run; arguments and errors as of `exact_scale_and_term`."""
        return cls(*exact_scale_and_term(start, sums, mu, before))


@dataclass(frozen=True, eq=False)
class Attribution:
    """The difference that a run makes to a functional of the limit, split into parts.

    Parameters
    ----------
    total
        ``final - reference``; the parts sum to it (to rounding).
    parts
        The Shapley value of each of `PARTS`, in this order.
    spread
        Least and largest change that the part makes, over the orders of substitution.
    log_scale
        ln of s, the geometric mean of xi/xi_ref.
    thetas
        The minimiser with each subset of the parts substituted, shape (d,). That of the empty set
        is the reference, that of all parts the limit of the run.
    reference, final
        The functional of these two.
    """

    total: float
    parts: dict[str, float]
    spread: dict[str, tuple[float, float]]
    log_scale: float
    thetas: dict[frozenset[str], Array]
    reference: float
    final: float

    @property
    def base(self) -> Array:
        """The minimiser of the reference, shape (d,)."""
        return self.thetas[frozenset()]

    @property
    def limit(self) -> Array:
        """The minimiser with everything substituted, the limit of the run, shape (d,)."""
        return self.thetas[frozenset(PARTS)]

    def of(self, functional: Callable[[Array], float]) -> Attribution:
        """Return the attribution of another functional; no minimiser is computed again."""
        return _split(self.thetas, self.log_scale, functional)


def attribute(
    problem: Problem,
    reference: Ingredients,
    run: Ingredients,
    functional: Callable[[Array], float] | None = None,
) -> Attribution:
    """Split functional(theta_inf) - functional(theta_ref) into scale, shape and theta~_0.

    Parameters
    ----------
    problem
        Data of both.
    reference, run
        Of gradient flow or another run, and of the run in question.
    functional
        Of theta (d,); by default D(theta, theta*) = |theta - theta*|_2^2 of Lyu et al., 3.2.

    Raises
    ------
    UserError
        If theta* is asked for and unknown, shapes do not match, or a projection is refused.
    """
    if functional is None:
        functional = squared_distance(problem)
    for name, given in (("reference", reference), ("run", run)):
        if given.log_xi.shape != (problem.d,):
            raise wrong_shape(f"log_xi of the {name}", f"({problem.d},)", given.log_xi.shape)
    log_ratio = run.log_xi - reference.log_xi
    log_scale = float(log_ratio.mean())
    # Of both parts it is the ratio itself, not the ratio after two roundings.
    ratios = {
        frozenset(): np.zeros(problem.d),
        frozenset({"scale"}): np.full(problem.d, log_scale),
        frozenset({"shape"}): log_ratio - log_scale,
        frozenset({"scale", "shape"}): log_ratio,
    }
    thetas: dict[frozenset[str], Array] = {}
    dual = np.zeros(problem.n)
    for subset in _WALK:
        moved = ratios[subset & {"scale", "shape"}]
        linear = run.linear if "start" in subset else reference.linear
        # With nu = dual + m, X^T nu - R = X^T m - (R - X^T dual): Newton begins where the subset
        # before ended, one substitution away. Not where rounding the shift could be seen.
        shift = problem.X.T @ dual
        rounding = problem.n * EPS * (np.abs(problem.X).T @ np.abs(dual)).max()
        if rounding > SHIFT * max(np.abs(linear).max(), np.abs(shift).max()):
            dual, shift = np.zeros(problem.n), np.zeros(problem.d)
        xi = np.exp(reference.log_xi + moved)
        found = entropy_projection(problem.X, problem.y, xi, linear - shift)
        dual = dual + found.dual
        thetas[subset] = found.theta
    return _split(thetas, log_scale, functional)


def squared_distance(problem: Problem) -> Callable[[Array], float]:
    """Return D(., theta*) = |. - theta*|_2^2; raises a `UserError` if theta* is unknown."""
    star = problem.theta_star
    if star is None:
        raise UserError(
            expected="data that say what generated them, theta_star",
            received="data without it",
            remedy="save theta_star, shape (d,), beside X and y in the .npz file, or build the "
            "Problem with it, or give a functional of theta",
        )
    return lambda theta: float(np.sum((theta - star) ** 2))


def _split(
    thetas: dict[frozenset[str], Array],
    log_scale: float,
    functional: Callable[[Array], float],
) -> Attribution:
    values = {subset: float(functional(theta)) for subset, theta in thetas.items()}
    changes: dict[str, list[float]] = {part: [] for part in PARTS}
    for order in permutations(PARTS):
        for part, change in _changes(values, order):
            changes[part].append(change)
    reference, final = values[frozenset()], values[frozenset(PARTS)]
    return Attribution(
        total=final - reference,
        parts={part: sum(found) / len(found) for part, found in changes.items()},
        spread={part: (min(found), max(found)) for part, found in changes.items()},
        log_scale=log_scale,
        thetas=thetas,
        reference=reference,
        final=final,
    )


def _changes(
    values: dict[frozenset[str], float], order: tuple[str, ...]
) -> Iterator[tuple[str, float]]:
    done: frozenset[str] = frozenset()
    for part in order:
        yield part, values[done | {part}] - values[done]
        done |= {part}

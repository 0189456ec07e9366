"""The smallest problem on which the printed Theorem 3 misses the trained limit for good.

One sample, two features, entries and starts from a short list of rationals, tried in order of size.
A problem counts if the printed prediction's error stays as the step size is quartered while that of
the corrected one falls at least eightfold (order 2 gives sixteen).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from fractions import Fraction

import numpy as np

from numeric.compiled import inertia, numeric_method, numpy_function, phi_factor
from numeric.flows import momentum_flow_limit
from numeric.problems import Problem, Start
from numeric.projection import entropy_projection
from numeric.training import train_many
from proofs_check.claim import Counterexample
from proofs_check.limit_families import ARGUMENTS
from symbolic.implicit_bias import (
    effective_scale,
    momentum_bias_corrected,
    momentum_bias_printed,
)
from symbolic.regression import predictor_gradient
from symbolic.two_step import METHODS

Array = np.ndarray

_VALUES = (Fraction(1), Fraction(2), Fraction(1, 2))
_MOMENTUM = Fraction(1, 2)
_STEPS = (Fraction(1, 200), Fraction(1, 800))


def _candidates() -> Iterator[tuple[tuple[Fraction, ...], ...]]:
    """Yield (x, u, v, y), those with fewer entries other than 1 first."""
    found = []
    for x in itertools.product((Fraction(1), Fraction(2)), repeat=2):
        for u in itertools.product(_VALUES, repeat=2):
            for v in itertools.product(_VALUES, repeat=2):
                for y in (Fraction(1), Fraction(2)):
                    case = (x, u, v, (y,))
                    found.append((sum(entry != 1 for part in case for entry in part), case))
    yield from (case for _, case in sorted(found, key=lambda item: item[0]))


#: Limits of a method on a problem at `_STEPS`: predictors (k, d), int g^2 dt (k, d).
Limits = Callable[[str, Problem, Start], tuple[Array, Array] | None]


def trained_limits(method: str, problem: Problem, start: Start) -> tuple[Array, Array] | None:
    """Return the limits of the recursion, or None if it did not converge."""
    mu, kappa = numeric_method(METHODS[method], float(_MOMENTUM))
    rows = (len(_STEPS), 1)
    eta = np.array([float(step) for step in _STEPS])
    runs = train_many(
        problem, np.tile(start.u, rows), np.tile(start.v, rows), mu=mu, kappa=kappa, eta=eta
    )
    return (runs.theta, runs.path_integral) if runs.converged.all() else None


def flow_limits(method: str, problem: Problem, start: Start) -> tuple[Array, Array] | None:
    """Return the limits of the second-order flow from rest, or None if it did not converge."""
    mu, kappa = numeric_method(METHODS[method], float(_MOMENTUM))
    rest = np.zeros_like(start.u)
    ends = [
        momentum_flow_limit(
            problem,
            start,
            inertia=float(inertia(mu, kappa, float(step))),
            momentum=mu,
            velocity=(rest, rest),
        )
        for step in _STEPS
    ]
    if not all(end.converged for end in ends):
        return None
    return np.array([end.theta for end in ends]), np.array([end.path_integral for end in ends])


def _distances(
    method: str, limits: Limits, case: tuple[tuple[Fraction, ...], ...]
) -> dict[str, Array] | None:
    x, u, v, y = (np.array([float(entry) for entry in part]) for part in case)
    problem, start = Problem(x[None], y), Start(u, v)
    found = limits(method, problem, start)
    if found is None:
        return None
    mu, kappa = numeric_method(METHODS[method], float(_MOMENTUM))
    scale_of = numpy_function(ARGUMENTS, effective_scale())
    linear_terms = {"printed": momentum_bias_printed(), "corrected": momentum_bias_corrected()}
    distances = {name: np.empty(len(_STEPS)) for name in linear_terms}
    gradient = predictor_gradient(problem.X, problem.y, start.theta)
    for i, (step, theta, integral) in enumerate(zip(_STEPS, *found, strict=True)):
        alpha, phi = inertia(mu, kappa, float(step)), phi_factor(mu) * integral
        at = (start.xi, start.theta, alpha, phi, gradient, mu, 0.0, 0.0, 0.0, 1.0)
        for name, linear in linear_terms.items():
            predicted = entropy_projection(
                problem.X, problem.y, scale_of(*at), numpy_function(ARGUMENTS, linear)(*at)
            )
            distances[name][i] = np.linalg.norm(theta - predicted.theta)
    return distances


def smallest_counterexample(method: str, limits: Limits) -> Counterexample | None:
    """Return the first candidate that refutes the printed form for these limits, or None."""
    tried = 0
    for case in _candidates():
        tried += 1
        distances = _distances(method, limits, case)
        if distances is None:
            continue
        printed, corrected = distances["printed"], distances["corrected"]
        if printed[1] > printed[0] / 2 and corrected[1] * 8 <= corrected[0]:
            x, u, v, y = case
            kind = "flow's" if limits is flow_limits else "trained"
            return Counterexample(
                f"The printed prediction is {printed[1]:.3g} away from the {kind} limit and does "
                f"not come closer as the step size falls ({printed[0]:.3g} at four times the step "
                f"size); the corrected one is {corrected[1]:.2g} away.",
                {
                    "X": [[str(entry) for entry in x]],
                    "y": [str(y[0])],
                    "u(0)": [str(entry) for entry in u],
                    "v(0)": [str(entry) for entry in v],
                    "momentum": str(_MOMENTUM),
                    "step sizes": [str(step) for step in _STEPS],
                    "distance to the printed prediction": list(printed),
                    "distance to the corrected prediction": list(corrected),
                },
                exact=False,
                found_by=f"enumeration of small rationals in order of size, candidate {tried}",
                rtol=1e-4,
            )
    return None

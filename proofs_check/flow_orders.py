"""Orders with which flows approximate the iterates: in the sup norm and at one time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import sympy as sp

from numeric.compiled import numpy_function
from numeric.flow_paths import gradient_flow_path, momentum_flow_path
from numeric.orders import ABSENT, NotAsymptotic, fit_error_expansion, measure_order
from numeric.velocities import velocity_coefficient
from proofs_check.claim import Finding, Outcome
from proofs_check.smooth_runs import Run, iterates, method_at, runs, steps_to
from symbolic.modified_equation import inertia_coefficient
from symbolic.symbols import ETA, KAPPA, MU
from symbolic.two_step import TwoStepMethod

Array = np.ndarray

#: Momenta and methods sampled by claims about orders.
MOMENTA = (0.3, 0.8)
METHODS_WITH_MOMENTUM = ("hb", "nag")
#: The time of comparison in units of 1 - mu, the coarsest number of steps to it in units of
#: 1/(1 - mu), and how often that is doubled. At the coarsest, both transients have decayed to
#: below exp(-40).
TIME, COARSEST, DOUBLINGS = 0.25, 60, 5
#: Steps, in units of 1/(1 - mu), that count as the initial layer.
LAYER = 5
#: A coefficient counts as absent below this fraction of that of the flow without inertia; an
#: inertia that is wrong by five per cent leaves about fifty times as much.
TOLERANCE = 1e-3

#: Factor of the gradient in the flows of Lyu et al., Eq. (4).
DRIVE = 1 / (1 - MU)


@dataclass(frozen=True)
class Flow:
    """alpha x'' + x' + drive grad L(x) = 0 with x'(0) = c grad L(x(0)).

    Parameters
    ----------
    inertia
        alpha as an expression in mu, kappa and eta; zero for a first-order flow, None for the
        one derived from the recursion.
    velocity
        c as an expression in mu and kappa, or a kind of `numeric.velocities`.
    drive
        The factor of the gradient, an expression in mu.
    """

    inertia: sp.Expr | None = None
    velocity: sp.Expr | str = "matched"
    drive: sp.Expr = DRIVE

    def path(self, run: Run, method: TwoStepMethod, eta: float, steps: int) -> Array:
        """Return the flow at the times of x_0, ..., x_steps, shape (steps + 1, m)."""
        mu, kappa = float(method.mu), float(method.kappa)
        inertia = inertia_coefficient(MU, KAPPA, ETA) if self.inertia is None else self.inertia
        alpha = float(numpy_function((MU, KAPPA, ETA), inertia)(mu, kappa, eta))
        factor = float(numpy_function((MU,), self.drive)(mu)) * (1 - mu)
        times = eta * np.arange(steps + 1)

        def gradient(x: Array) -> Array:
            return factor * run.gradient(x)

        if alpha == 0:
            return gradient_flow_path(gradient, run.start, times, mu)
        if isinstance(self.velocity, str):
            c = velocity_coefficient(self.velocity, mu, kappa)
        else:
            c = float(numpy_function((MU, KAPPA), self.velocity)(mu, kappa))
        velocity = c * run.gradient(run.start)
        return momentum_flow_path(gradient, run.start, velocity, alpha, mu, times)


@dataclass(frozen=True)
class Order:
    """The statement that ``flow`` approximates the iterates to O(eta^order).

    Parameters
    ----------
    flow, order
        Which flow, and the order claimed for it.
    everywhere
        In the sup norm over 0 <= k eta <= T (Definition 1), else at the time T alone.
    sharp
        Whether it is claimed that no higher order holds.
    """

    flow: Flow
    order: int
    everywhere: bool
    sharp: bool = False


@lru_cache(maxsize=256)
def _iterates(index: int, name: str, mu: float, eta: float, steps: int) -> Array:
    return iterates(runs()[index], method_at(name, mu), eta, steps)


class _Errors(NamedTuple):
    """Errors of a flow at k step sizes.

    Step sizes (k,); all errors of the first steps, the initial layer, one after the other; those
    at T/2, 3T/4 and T; sup norms over [0, T], shape (k,); the error at T, (k, m); how far x moved.
    """

    steps: Array
    layer: Array
    grid: Array
    whole: Array
    last: Array
    moved: float


@lru_cache(maxsize=512)
def _errors(index: int, name: str, mu: float, flow: Flow) -> _Errors:
    run, method = runs()[index], method_at(name, mu)
    time = TIME * (1 - mu)
    etas, layer, grid, whole, last, moved = [], [], [], [], [], 0.0
    first = int(np.ceil(LAYER / (1 - mu)))
    for steps in steps_to(method, COARSEST, DOUBLINGS):
        eta = time / steps
        discrete = _iterates(index, name, mu, eta, steps)
        error = discrete - flow.path(run, method, eta, steps)
        etas.append(eta)
        layer.append(error[1 : first + 1].ravel())
        grid.append(error[[steps // 2, 3 * steps // 4, steps]].ravel())
        whole.append(np.max(np.linalg.norm(error, axis=1)))
        last.append(error[-1])
        moved = float(np.linalg.norm(discrete[-1] - discrete[0]))
    return _Errors(*map(np.array, (etas, layer, grid, whole, last)), moved)


@lru_cache(maxsize=1024)
def measured_order(index: int, name: str, mu: float, flow: Flow, everywhere: bool) -> int:
    """Return the order of ``flow`` on one run: 0 where the error does not vanish with eta.

    Raises
    ------
    NotAsymptotic
        If the errors decide nothing.
    """
    errors = _errors(index, name, mu, flow)
    # Null model: the flow without inertia, wrong at first order.
    null = _errors(index, name, mu, Flow(inertia=sp.S.Zero))
    steps = errors.steps
    # r(h) = c_0 + c_1 h + ...: fitted as h r(h), which begins with c_0 h.
    at_times = errors.grid if everywhere else errors.last
    constant = fit_error_expansion(steps, steps[:, None] * at_times, terms=4)
    if constant.sizes[0] - constant.uncertainties[0] > ABSENT * errors.moved:
        return 0
    if not everywhere:
        return measure_order(steps, errors.last, null.last, tolerance=TOLERANCE).order
    if errors.whole[-1] * steps[0] > 2 * errors.whole[0] * steps[-1]:
        return 0
    # The error at any one step or time is at most the sup norm; vectors, unlike norms, have an
    # expansion in eta.
    later = measure_order(steps, errors.grid, null.grid, tolerance=TOLERANCE).order
    if later == 1:
        return 1
    return min(later, measure_order(steps, errors.layer, null.layer).order)


def orders_hold(
    statements: Iterable[Order],
    methods: Iterable[str] = METHODS_WITH_MOMENTUM,
    momenta: Iterable[float] = MOMENTA,
) -> Finding:
    """Return whether every statement holds on every run, method and momentum."""
    statements, methods, momenta = tuple(statements), tuple(methods), tuple(momenta)
    measured: list[int] = []
    outcome = Outcome.HOLDS
    trouble = ""
    for statement in statements:
        for index in range(len(runs())):
            for name in methods:
                for mu in momenta:
                    try:
                        found = measured_order(
                            index, name, mu, statement.flow, statement.everywhere
                        )
                    except NotAsymptotic as error:
                        outcome, trouble = Outcome.UNCLEAR, f" {name}, mu = {mu}: {error}."
                        continue
                    measured.append(found)
                    enough = found >= statement.order
                    if not enough or (statement.sharp and found != statement.order):
                        where = f"{runs()[index].name}, {name}, mu = {mu}"
                        return Finding(
                            Outcome.FAILS,
                            f"The order was measured as {found} ({where}).",
                            measured=found,
                            predicted=statement.order,
                            criterion="measured order against the order claimed",
                        )
    return Finding(
        outcome,
        "Orders fitted to the errors at step sizes that are halved repeatedly, for every loss, "
        f"method and momentum.{trouble}",
        measured=sorted(set(measured)),
        predicted=sorted({statement.order for statement in statements}),
        criterion="measured order against the order claimed",
    )

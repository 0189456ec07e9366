r"""How small an inertia lets a neuron pass through zero: searches, and rational cases.

In one dimension with x = 1, neurons scaled by c, y by c^2 and the time by c^-2 are the same flow,
so w_+(0) = 1 is no restriction; a start is w_-(0) = r and a target y.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from numeric.compiled import numpy_function
from numeric.datasets import small_problem
from numeric.flow_paths import network_flow_path
from numeric.mgf_crossings import first_crossing
from numeric.momentum_gradient_flow import Velocity
from numeric.problems import Start
from proofs_check.mgf_runs import SEEDS, biased_start
from symbolic.entropy import DELTA
from symbolic.mgf_limit import START_LOSS, TARGET_SQUARE, bound, loss_at_zero
from symbolic.regression import loss
from symbolic.symbols import SAMPLES

Array = np.ndarray

#: Halvings of the interval in which an inertia is enclosed.
HALVINGS = 9
#: The net of the search, and the first and last of its steps: thousandths of w_-(0) and of -y.
NET = (range(450, 701, 125), range(350, 601, 125))
FIRST_STEP, LAST_STEP = 24, 3
#: The search looks at multiples of the bound from 1 to this.
LARGEST_MULTIPLE = 1.6
#: A second integration keeps relative errors of 1e-12 a step; a zero counts if the neuron goes this
#: far beyond it, relative to its start: a thousand times what errors can add up to.
DEPTH = 1e-6
_BOUND = numpy_function((DELTA, START_LOSS), bound())
_LOSS_AT_ZERO = numpy_function((TARGET_SQUARE, SAMPLES), loss_at_zero())


@dataclass(frozen=True, eq=False)
class Data:
    """Samples X (n, d) and targets y (n,), n <= d; one sample of one feature is allowed."""

    X: Array
    y: Array


class Case(NamedTuple):
    """Data and the neurons of a start."""

    data: Data
    start: Start

    @property
    def delta(self) -> float:
        """The smallest Delta_0 = 4 xi."""
        return 4 * float(np.min(self.start.xi))

    @property
    def start_loss(self) -> float:
        """L(theta_0)."""
        return float(loss(self.data.X, self.data.y, self.start.theta))

    @property
    def zero_loss(self) -> float:
        """L(0)."""
        y = self.data.y
        return float(_LOSS_AT_ZERO(float(y @ y), float(len(y))))

    @property
    def bound(self) -> float:
        """Min Delta_0/(2 L(theta_0))."""
        return float(_BOUND(self.delta, self.start_loss))

    @property
    def printed_bound(self) -> float:
        """Min Delta_0/(2 L(0)), n min Delta_0/|y|^2."""
        return float(_BOUND(self.delta, self.zero_loss))


def one_dimensional(ratio: float, y: float) -> Case:
    """Return x = 1 with the target y and the start w_+ = 1, w_- = ratio."""
    start = Start(np.array([0.5]), np.array([ratio / 2]))
    return Case(Data(np.array([[1.0]]), np.array([y])), start)


def crosses(case: Case, inertia: float, velocity: Velocity | None = None) -> bool:
    """Return whether a neuron passes through zero."""
    return first_crossing(case.data, case.start, inertia, velocity) is not None


def crossing_multiple(case: Case) -> float | None:
    """Return a multiple of the bound at which a neuron passes through zero, found by halving.

    None if none does at `LARGEST_MULTIPLE`. Below it no zero was found where it was halved.
    """
    low, high = 1.0, LARGEST_MULTIPLE
    if not crosses(case, high * case.bound):
        return None
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if crosses(case, middle * case.bound):
            high = middle
        else:
            low = middle
    return high


@lru_cache(maxsize=1)
def least_multiple() -> tuple[float, Case]:
    """Return the least multiple of the bound at which a neuron was seen to pass through zero.

    Searched in integers, thousandths of w_-(0) and of -y, so that every machine takes the same way:
    a coarse net over the starts at which zeros were found at small inertia, then steps from
    the best of it, halved when none of them is better.
    """

    @cache
    def multiple(ratio: int, y: int) -> float:
        found = crossing_multiple(one_dimensional(ratio / 1000, -y / 1000))
        return LARGEST_MULTIPLE if found is None else found

    def value(place: tuple[int, int]) -> tuple[float, tuple[int, int]]:
        return multiple(*place), place

    best = min(map(value, product(*NET)))
    step = FIRST_STEP
    while step >= LAST_STEP:
        ratio, y = best[1]
        around = [(ratio + i * step, y + j * step) for i, j in ((1, 0), (-1, 0), (0, 1), (0, -1))]
        better = min(map(value, around))
        if better[0] < best[0]:
            best = better
        else:
            step //= 2
    ratio, y = best[1]
    return best[0], one_dimensional(ratio / 1000, -y / 1000)


def depth_beyond_zero(case: Case, inertia: float) -> float:
    """Return how far a neuron goes beyond zero relative to its start, by another integrator.

    The flow is that of `numeric.flow_paths`, alpha = lambda/2 at momentum 0 in the time T/2.
    """
    crossing = first_crossing(case.data, case.start, inertia)
    if crossing is None:
        return 0.0
    times = np.linspace(0.0, (crossing.time + 2 * inertia) / 2, 200)
    path = network_flow_path(
        case.data,
        case.start,
        inertia=inertia / 2,
        momentum=0.0,
        velocity=(np.zeros_like(case.start.u), np.zeros_like(case.start.v)),
        times=times,
    )
    neuron = {"u": path.u, "v": path.v}[crossing.neuron][:, crossing.coordinate]
    return float(-np.min(neuron / neuron[0]))


def rational_cases() -> list[tuple[tuple[Fraction, ...], Case]]:
    """Return small rational (w_-(0), y, share of the printed bound) in order of size."""
    halves = [Fraction(k, 2) for k in range(1, 5)]
    found: list[tuple[int, tuple[Fraction, ...], Case]] = []
    for ratio in halves:
        for y in (sign * size for size in halves for sign in (1, -1)):
            for share in (Fraction(1), Fraction(3, 4)):
                size = sum(f.numerator + f.denominator for f in (ratio, abs(y), share))
                case = one_dimensional(float(ratio), float(y))
                found.append((size, (ratio, y, share), case))
    return [(numbers, case) for _, numbers, case in sorted(found, key=lambda item: item[:2])]


def path_figure(case: Case, inertias: dict[str, float]) -> dict[str, Any]:
    """Return the neuron w_+ along flows with several inertias."""
    series = []
    for label, inertia in inertias.items():
        times = np.linspace(0.0, 20.0, 60)
        path = network_flow_path(
            case.data,
            case.start,
            inertia=inertia / 2,
            momentum=0.0,
            velocity=(np.zeros_like(case.start.u), np.zeros_like(case.start.v)),
            times=times / 2,
        )
        balance = 4 * path.u[:, 0] * path.v[:, 0]
        style = "printed" if "printed" in label else "corrected"
        series.append({"label": label, "x": times, "y": balance, "style": style})
    return {
        "kind": "curves",
        "title": "The product of the neurons along momentum gradient flow",
        "xlabel": "time",
        "ylabel": r"$w_+w_-$",
        "caption": r"One sample $x = 1$: the balancedness $|w_+w_-|$ vanishes where the curve "
        "passes through 0.",
        "series": series,
    }


@lru_cache(maxsize=1)
def cases_below() -> tuple[Case, ...]:
    """Return starts at whose bound flows are followed: early zeros, and drawn data."""
    near = [one_dimensional(r, y) for r in (0.4, 0.525, 0.56, 0.7) for y in (-0.3, -0.425, -0.45)]
    drawn = []
    for seed in SEEDS:
        problem = small_problem(2, 4, seed)
        drawn.append(Case(Data(problem.X, problem.y), biased_start(4, seed)))
    return (*near, *drawn)

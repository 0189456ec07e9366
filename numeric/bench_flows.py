"""Flows to 50 digits: power series on packed integers against heyoka's compiled ones.

heyoka compiles the Taylor series of a system of equations for its own numbers of any precision.
What it takes to compile is left out; what it takes here to read the data is not.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from importlib import import_module
from typing import Any

import mpmath
import numpy as np

from numeric.bench_ratios import ratio
from numeric.datasets import RationalProblem, rational_problem
from numeric.taylor_flow import flow_to

_DIGITS = 50
#: Bits of heyoka's numbers; its tolerance is their rounding.
_BITS = 176
#: Samples and features, inertia, time.
_CASES = (
    ((3, 5), Fraction(1, 64), 2),
    ((10, 30), Fraction(1, 64), 2),
    ((10, 30), Fraction(1, 1024), Fraction(1, 4)),
)


def installed_heyoka() -> Any | None:
    """Return heyoka, None if it is not installed."""
    try:
        return import_module("heyoka")
    except ImportError:
        return None


class HeyokaFlow:
    """inertia x'' + x' + grad L(x) = 0 on the network u*u - v*v from rest, by heyoka."""

    def __init__(self, heyoka: Any, data: RationalProblem, inertia: Fraction) -> None:
        self._heyoka = heyoka
        n, d = data.X.shape
        names = [f"{letter}{j}" for letter in "uv" for j in range(d)]
        x = [heyoka.make_vars(name) for name in names]
        p = [heyoka.make_vars(f"{name}'") for name in names]

        def constant(value: Any) -> Any:
            return heyoka.expression(self._real(value))

        theta = [a * a - b * b for a, b in zip(x[:d], x[d:], strict=True)]
        r = [
            heyoka.sum([*(constant(c) * t for c, t in zip(row, theta, strict=True)), constant(-y)])
            for row, y in zip(data.X, data.y, strict=True)
        ]
        # 2 g, the gradient by u over u.
        g = [
            heyoka.sum([constant(2 * c / n) * each for c, each in zip(column, r, strict=True)])
            for column in data.X.T
        ]
        forces = [a * b for a, b in zip(x, g + [-each for each in g], strict=True)]
        rate = constant(-1 / inertia)
        system = list(zip(x, p, strict=True))
        system += [(b, rate * (b + force)) for b, force in zip(p, forces, strict=True)]
        start = [self._real(each) for each in (*data.u, *data.v, *[Fraction(0)] * (2 * d))]
        self._start = np.array(start)
        self._integrator = heyoka.taylor_adaptive(
            system, self._start, fp_type=heyoka.real, prec=_BITS, compact_mode=True
        )

    def _real(self, value: Fraction) -> Any:
        real = self._heyoka.real
        return real(value.numerator, _BITS) / real(value.denominator, _BITS)

    def at(self, time: Fraction | int) -> list[Any]:
        """Return the neurons at a time, u first, (2d,), as mpmath numbers."""
        self._integrator.state[:] = self._start
        self._integrator.time = self._real(Fraction(0))
        self._integrator.propagate_until(self._real(Fraction(time)))
        state = self._integrator.state[: len(self._start) // 2]
        return [mpmath.mpf(str(each)) for each in state]


def taylor_flow_against_heyoka() -> dict[str, Any]:
    """Momentum flow to 50 digits, heyoka's time over that of power series on packed integers."""
    heyoka = installed_heyoka()
    if heyoka is None:
        return {}
    found = {}
    for shape, inertia, time in _CASES:
        data = rational_problem(*shape, seed=1)
        rival = HeyokaFlow(heyoka, data, inertia)

        def ours(
            data: RationalProblem = data, inertia: Fraction = inertia, time: Any = time
        ) -> Any:
            (end,) = flow_to(data.X, data.y, data.u, data.v, [time], inertia=inertia)
            return end.neurons

        def theirs(rival: HeyokaFlow = rival, time: Any = time) -> Any:
            return rival.at(time)

        with mpmath.workdps(_DIGITS + 10):
            gap = max(abs(a - b) for a, b in zip(ours().ravel(), theirs(), strict=True))
            if not gap < mpmath.mpf(10) ** -_DIGITS:
                raise RuntimeError(f"heyoka differs by {gap}, so the times mean nothing")
            found[f"heyoka / ours, {shape[0]} x {shape[1]}, inertia {inertia}"] = ratio(
                theirs, ours
            )
    return found


FLOW_BENCHMARKS: tuple[Callable[[], dict[str, Any]], ...] = (taylor_flow_against_heyoka,)

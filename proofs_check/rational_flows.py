"""Gradient flow with one sample, solved in rational numbers.

For n = 1 the flow is u_j = u_j(0) E^{x_j}, v_j = v_j(0) E^{-x_j} with one number E that moves
monotonically until x . theta = y. With integers x and a rational end value E everything is
rational, also |u/v|, whose logarithm is 4 grad Q: so optimality can be decided exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from hypothesis import find, settings
from hypothesis import strategies as st

#: What `stationary` needs to know of a linear term: R = quarters * ln|u(0)/v(0)|/4.
Quarters = Fraction


@dataclass(frozen=True)
class RationalFlow:
    """One sample x (integers), a start u, v (rationals, not zero), and the end value E > 0."""

    x: tuple[int, ...]
    u: tuple[Fraction, ...]
    v: tuple[Fraction, ...]
    end: Fraction

    @property
    def limit(self) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...]]:
        """The neurons at the end."""
        u = tuple(a * self.end**k for a, k in zip(self.u, self.x, strict=True))
        v = tuple(b / self.end**k for b, k in zip(self.v, self.x, strict=True))
        return u, v

    @property
    def theta(self) -> tuple[Fraction, ...]:
        """The predictor at the end."""
        u, v = self.limit
        return tuple(a * a - b * b for a, b in zip(u, v, strict=True))

    @property
    def target(self) -> Fraction:
        """The y that makes this the end of gradient flow: x . theta."""
        return sum((k * t for k, t in zip(self.x, self.theta, strict=True)), Fraction(0))

    def stationary(self, quarters: Quarters) -> bool:
        """Decide whether grad Q(theta) + quarters ln|u(0)/v(0)|/4 is a multiple of x, exactly.

        With a_j = |u_j/v_j| at the end, b_j at the start and quarters = p/q this is
        (a_i^q b_i^p)^{x_j} = (a_j^q b_j^p)^{x_i} for all pairs: an equation between rationals.
        """
        p, q = quarters.numerator, quarters.denominator
        u, v = self.limit
        weight = [
            abs(a / b) ** q * abs(c / e) ** p
            for a, b, c, e in zip(u, v, self.u, self.v, strict=True)
        ]
        pairs = [(i, j) for i in range(len(self.x)) for j in range(i)]
        return all(weight[i] ** self.x[j] == weight[j] ** self.x[i] for i, j in pairs)

    def as_text(self) -> Mapping[str, str]:
        """Everything needed to repeat it, exact numbers as text."""

        def joined(values: tuple[object, ...]) -> str:
            return ", ".join(map(str, values))

        u, v = self.limit
        return {
            "x": joined(self.x),
            "y": str(self.target),
            "u(0)": joined(self.u),
            "v(0)": joined(self.v),
            "u(inf)": joined(u),
            "v(inf)": joined(v),
            "theta(inf)": joined(self.theta),
        }


def _flows(dimension: int) -> st.SearchStrategy[RationalFlow]:
    entries = st.integers(1, 6).map(Fraction)
    vectors = st.tuples(*[entries] * dimension)
    samples = st.tuples(*[st.integers(1, 3)] * dimension)
    ends = st.sampled_from([Fraction(2), Fraction(3), Fraction(1, 2), Fraction(3, 2)])
    return st.builds(RationalFlow, samples, vectors, vectors, ends)


def smallest_flow_with_bias(quarters: Quarters, dimension: int = 2) -> RationalFlow:
    """Search and shrink: gradient flow whose limit is not stationary with this linear term.

    Raises
    ------
    hypothesis.errors.NoSuchExample
        If none is found.
    """
    return find(
        _flows(dimension),
        lambda flow: not flow.stationary(quarters),
        settings=settings(derandomize=True, database=None, deadline=None, max_examples=500),
    )


def sampled_flows() -> tuple[RationalFlow, ...]:
    """Return flows in two and three dimensions with distinct ratios, signs and a zero entry."""
    half = Fraction(1, 2)
    return (
        RationalFlow((1, 2), (Fraction(3), -half), (Fraction(1), Fraction(2)), Fraction(2)),
        RationalFlow(
            (2, -1, 3), (Fraction(1), half, Fraction(5)), (half, -half, Fraction(2)), half
        ),
        RationalFlow(
            (1, 0, -2), (Fraction(2), half, half), (Fraction(1), Fraction(3), half), 3 * half
        ),
    )

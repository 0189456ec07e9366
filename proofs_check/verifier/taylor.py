"""Solutions of lambda w'' + w' + f(w) = 0, enclosed step by step by Taylor's formula."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from .intervals import ONE, Interval, enclose, total
from .reading import InvalidCertificate, demand

Force = Callable[[list[list[Interval]], int], list[Interval]]


def product(left: list[Interval], right: list[Interval], k: int) -> Interval:
    """Return the k-th Taylor coefficient of a product."""
    return total([left[i] * right[k - i] for i in range(k + 1)])


def sum_of_powers(coefficients: list[Interval], h: Interval) -> Interval:
    """Return the sum of coefficients times powers of h, by Horner's rule."""
    value = enclose(0)
    for coefficient in reversed(coefficients):
        value = value * h + coefficient
    return value


def taylor(
    w: list[Interval], p: list[Interval], force: Force, inertia: Interval, order: int
) -> list[list[Interval]]:
    """Return coefficients 0 to `order`: (k+1)(k+2) lambda w_{k+2} = -(k+1) w_{k+1} - f_k."""
    series = [[a, b] for a, b in zip(w, p, strict=True)]
    for k in range(order - 1):
        for row, f in zip(series, force(series, k), strict=True):
            top = row[k + 1] * enclose(k + 1) + f
            row.append(-top / (inertia * enclose((k + 1) * (k + 2))))
    return series


def advance(
    w: list[Interval],
    p: list[Interval],
    force: Force,
    inertia: Interval,
    step: Fraction,
    order: int,
) -> tuple[list[Interval], list[Interval]]:
    """Enclose one step of lambda w'' + w' + f(w) = 0 by Taylor's formula, p = w'.

    The remainder's coefficient is taken over a box that Picard's operator maps into itself.
    """
    demand(step > 0 and order > 1, "a step forward, an order above one")
    h, wide = enclose(step), Interval(0, enclose(step).hi)
    box_w, box_p = w, p
    for attempt in range(30):
        largest = max(each.size() for each in box_w + box_p)
        demand(largest < 1 << 16, "the enclosure stays bounded")
        rates = taylor(box_w, box_p, force, inertia, 2)
        new_w = [a + wide * b for a, b in zip(w, box_p, strict=True)]
        new_p = [a + wide * (row[2] + row[2]) for a, row in zip(p, rates, strict=True)]
        inside = zip(new_w + new_p, box_w + box_p, strict=True)
        if attempt and all(b.lo <= a.lo and a.hi <= b.hi for a, b in inside):
            break
        margin = Interval(-(ONE >> 8), ONE >> 8)
        box_w, box_p = [a + margin for a in new_w], [a + margin for a in new_p]
    else:
        raise InvalidCertificate("no box holds a step")
    series = taylor(w, p, force, inertia, order - 1)
    for row, rest in zip(series, taylor(box_w, box_p, force, inertia, order), strict=True):
        row.append(rest[order])
    speeds = [[row[k] * enclose(k) for k in range(1, order + 1)] for row in series]
    return [sum_of_powers(row, h) for row in series], [sum_of_powers(row, h) for row in speeds]

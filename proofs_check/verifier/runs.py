"""Recipes that follow runs to their limits."""

from __future__ import annotations

from fractions import Fraction

from .entropies import entropy
from .intervals import Interval, below, enclose, total
from .reading import Data, demand, number, vector
from .trained import trained_limit
from .vectors import dot, predictor


def no_uniform_start(data: Data) -> None:
    """No start u = v = c' of gradient flow has the limit of the run.

    From there theta_j = 2 c'^2 sinh(x_j s): with x_2 = 2 x_1, theta_2/theta_1 = 2 cosh(x_1 s) >= 2.
    """
    x, u = vector(data["x"]), vector(data["u"])
    demand(u == vector(data["v"]) and len(set(u)) == 1, "the run starts from one size")
    demand(x[0] > 0 and x[1] == 2 * x[0] and number(data["mu"]) > 0, "x_2 = 2 x_1 > 0, momentum")
    one, two = predictor(*trained_limit(data, data, number(data["mu"])))[:2]
    demand(one.lo > 0 and below(two, one + one), "theta_2 < 2 theta_1")


def departure_grows(data: Data) -> None:
    """Every scale falls and max Q/min Q over |theta|_1 = 1 grows, two features.

    At the start the scales are equal: Q is convex and symmetric, its largest value at a vertex, its
    least in the middle. At the end two points give a lower bound.
    """
    u, v = vector(data["u"]), vector(data["v"])
    demand(len(u) == 2 and u[0] * v[0] == u[1] * v[1] > 0, "two features of one scale")
    start, ends = enclose(u[0] * v[0]), trained_limit(data, data, number(data["mu"]))
    demand(all(neuron.lo > 0 for side in ends for neuron in side), "no neuron is zero at the end")
    end = [a * b for a, b in zip(*ends, strict=True)]
    demand(below(end[0], start) and below(end[1], start), "every scale falls")
    one, half, share = enclose(1), enclose(Fraction(1, 2)), number(data["share"])
    demand(0 < share < 1, "a point between the vertices")
    middle = entropy(half, start) + entropy(half, start)
    other = entropy(enclose(share), end[0]) + entropy(enclose(1 - share), end[1])
    vertex = int(number(data["vertex"]))
    demand(below(entropy(one, start) / middle, entropy(one, end[vertex]) / other), "it grows")


def momentum_is_worse(data: Data) -> None:
    """On a sample that is not centred the run with momentum ends farther from theta_star."""
    x, theta_star = vector(data["x"]), vector(data["theta_star"])
    demand(sum(x) != 0 and dot(x, theta_star) == number(data["y"]), "uncentred, y = x.theta_star")
    demand(number(data["mu"]) > 0 == number(data["kappa"]), "heavy ball")
    distances: list[Interval] = []
    for hints, mu in ((data, number(data["mu"])), (data["descent"], Fraction(0))):
        run = trained_limit(data, hints, mu)
        gaps = [t - enclose(s) for t, s in zip(predictor(*run), theta_star, strict=True)]
        distances.append(total([gap * gap for gap in gaps]))
    demand(below(distances[1], distances[0]), "momentum ends farther away")


RUNS = {
    "lyu.saddle.matched": no_uniform_start,
    "lyu.thm3.closer-l1": departure_grows,
    "papazov.centring.mean-target": momentum_is_worse,
}

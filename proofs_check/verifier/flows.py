"""Recipes that follow flows with inertia."""

from __future__ import annotations

from fractions import Fraction

from .intervals import ONE, Interval, below, enclose
from .reading import Data, demand, number
from .taylor import Force, advance, product


def neurons(x: Fraction, y: Fraction) -> Force:
    """Return +-g w_+- for one feature, g = x (x theta - y), theta = (w_+^2 - w_-^2)/4."""
    memory: list[Interval] = []
    factor, target = enclose(x * x / 4), enclose(x * y)

    def force(w: list[list[Interval]], k: int) -> list[Interval]:
        del memory[k:]
        g = (product(w[0], w[0], k) - product(w[1], w[1], k)) * factor
        memory.append(g if k else g - target)
        return [product(memory, w[0], k), -product(memory, w[1], k)]

    return force


def two_wells() -> Force:
    """Return the derivative w^3 - w of (w^2 - 1)^2/4."""
    memory: list[Interval] = []

    def force(w: list[list[Interval]], k: int) -> list[Interval]:
        del memory[k:]
        memory.append(product(w[0], w[0], k))
        return [product(memory, w[0], k) - w[0][k]]

    return force


class Flow:
    """The flow of one feature from rest, followed to the last time."""

    def __init__(self, data: Data) -> None:
        """Integrate; raises `InvalidCertificate` if a step cannot be enclosed."""
        self.x, self.y, self.inertia = (number(data[key]) for key in ("x", "y", "lambda"))
        start = [number(data["w_plus"]), number(data["w_minus"])]
        demand(min(*start, self.inertia, number(data["step"])) > 0, "start and lambda > 0")
        self.delta = start[0] * start[1]
        w, p = [enclose(each) for each in start], [enclose(0), enclose(0)]
        force, inertia = neurons(self.x, self.y), enclose(self.inertia)
        self.crossed = False
        for _ in range(int(number(data["steps"]))):
            w, p = advance(w, p, force, inertia, number(data["step"]), int(number(data["order"])))
            self.crossed = self.crossed or any(each.hi < 0 for each in w)
        # lambda d'' + d' = 2 lambda w_+' w_-' for d = w_+ w_-, and E' = -|w'|^2/2 for
        # E = lambda |w'|^2/4 + L: d(inf) is within 2 lambda E of d + lambda d'.
        L = (w[0] * w[0] - w[1] * w[1]) * enclose(self.x / 4) - enclose(self.y)
        E = enclose(self.inertia / 4) * (p[0] * p[0] + p[1] * p[1]) + L * L * enclose(
            Fraction(1, 2)
        )
        slack = 2 * self.inertia * E.size()
        now = w[0] * w[1] + inertia * (w[0] * p[1] + w[1] * p[0])
        self.most = now.size() + slack
        self.least = Fraction(max(now.lo, -now.hi), ONE) - slack


def crosses_within_bound(data: Data) -> None:
    """A neuron passes through zero though lambda is at most Delta_0/y^2, one sample."""
    path = Flow(data)
    demand(path.inertia * path.y**2 <= path.delta, "lambda is within the printed bound")
    demand(path.crossed, "a neuron is below zero")


def mirror_images_differ(data: Data) -> None:
    """A neuron crosses zero, and 0 < Delta_inf < Delta_0, one sample and one feature.

    The mirror image, the flow to -y from (w_-, w_+), has the same Delta_0 and Delta_inf and I_+ and
    I_- exchanged: the printed ratios of both are r and 1/r, which is the same number only at 1.
    """
    path = Flow(data)
    demand(path.crossed and path.x != 0, "a neuron crosses")
    demand(path.least > 0 and path.most < path.delta, "0 < Delta_inf < Delta_0")


def balancedness_grows(data: Data) -> None:
    """A flow from rest ends with Delta_inf > Delta_0."""
    path = Flow(data)
    demand(path.least > path.delta > 0, "Delta_inf > Delta_0")


def well_of_flow(start: Fraction, inertia: Fraction, data: Data) -> int:
    """Return the sign of the well, 1 or -1, in which the flow from rest is caught.

    lambda w'^2/2 + L falls; below 1/4, which is L at the barrier, no sign changes.
    """
    w, p, quarter = [enclose(start)], [enclose(0)], enclose(Fraction(1, 4))
    force = two_wells()
    for _ in range(int(number(data["steps"]))):
        w, p = advance(
            w, p, force, enclose(inertia), number(data["step"]), int(number(data["order"]))
        )
    well = (w[0] * w[0] - enclose(1)) * (w[0] * w[0] - enclose(1)) * quarter
    demand(below(enclose(inertia / 2) * p[0] * p[0] + well, quarter), "the flow is in a well")
    demand(w[0].lo > 0 or w[0].hi < 0, "it is known in which")
    return 1 if w[0].lo > 0 else -1


def different_wells(data: Data) -> None:
    """From one start at rest the iterates and the flow end in different wells; so at every epsilon.

    mu = 1 - eps/lambda, eta = eps^2/lambda. The energy L + mu D^2/(2 eta) of the iterates falls
    where eta L'' <= 2 (1 - mu); below 1/8 it keeps |w| above 1/2 and below 3/2, |D| below 1/8.

    Every small epsilon: the flows from `low` and `high` part, so from some start between, where
    f = L' > 0, the flow reaches the barrier. To first order the iterates are w + eps z,
    lambda z'' + z' + f'(w) z = w''/2 with z = 0, z' = f/(2 lambda) at first, and b = dw/dw_0 has
    lambda b'' + b' + f'(w) b = 0. Times w' e^{t/lambda}, and integrated, with w'(0) = 0:
    lambda (z'w' - z w'') e^{t/lambda} tends to half the integral of w' w'' e^{t/lambda}, which is
    -int w'^2 e^{t/lambda} dt/(4 lambda), and lambda (b'w' - b w'') e^{t/lambda} is f(w_0). Both
    cancel in z + c b, as they must on the way to the barrier, if
    c = int w'^2 e^{t/lambda} dt/(4 lambda f(w_0)) > 0: the starts that divide the wells differ by
    c eps + o(eps).
    """
    start, inertia, eps = (number(data[key]) for key in ("start", "lambda", "epsilon"))
    demand(0 < eps < inertia, "0 < epsilon < lambda")
    low, high = number(data["low"]), number(data["high"])
    demand(1 < low < high, "L' > 0 between both starts")
    ends = [well_of_flow(each, inertia, data) for each in (low, high, start)]
    demand(ends[0] != ends[1], "the flows from both starts part")
    mu, eta = 1 - eps / inertia, eps * eps / inertia
    x, D, decay, rate = enclose(start), enclose(0), enclose(mu), enclose(eta)
    for _ in range(int(number(data["iterations"]))):
        D = decay * D - rate * (x * x * x - x)
        x = x + D
        demand(x.size() < 1 << 16, "the enclosure stays bounded")
    well = (x * x - enclose(1)) * (x * x - enclose(1)) * enclose(Fraction(1, 4))
    energy = well + enclose(mu / (2 * eta)) * D * D
    demand(below(energy, enclose(Fraction(1, 8))), "the iterates are in a well")
    demand(eta * 8 <= 2 * (1 - mu) and eta <= mu / 32, "the energy of the iterates falls")
    demand(x.hi < 0 if ends[2] > 0 else x.lo > 0, "the wells differ")


FLOWS = {
    "papazov.small-lambda.bound": crosses_within_bound,
    "papazov.mgf.crossings": mirror_images_differ,
    "papazov.negligible.size": balancedness_grows,
    "papazov.surrogate.wells": different_wells,
}

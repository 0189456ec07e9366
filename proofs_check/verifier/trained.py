"""The limit of a training run, enclosed."""

from __future__ import annotations

from fractions import Fraction

from .intervals import ONE, Interval, enclose, root_above, total
from .reading import Data, demand, number, vector


def trained_limit(data: Data, hints: Data, mu: Fraction) -> tuple[list[Interval], list[Interval]]:
    """Enclose u_inf and v_inf of a run: `steps` steps in intervals, then a bound of the rest.

    w = (u, v), F(w) = w.Aw - y with A = diag(x, -x), J(w) = 2Aw:
    D' = mu D - eta F(w + kappa D) J(w + kappa D), w' = w + D'. Of the hints only the number of
    steps and what `tail` checks are used.
    """
    x, y = vector(data["x"]), enclose(number(data["y"]))
    eta, kappa = number(data["eta"]), number(data["kappa"])
    demand(eta > 0 and 0 <= mu < 1 and 0 <= kappa <= 1, "eta > 0, momenta from 0 to 1")
    w = [enclose(start) for start in vector(data["u"]) + vector(data["v"])]
    A = [enclose(entry) for entry in x + [-entry for entry in x]]
    demand(len(w) == len(A), "a neuron for every feature")
    D = [enclose(0) for _ in w]
    slope, decay, ahead = enclose(2 * eta), enclose(mu), enclose(kappa)
    for _ in range(int(number(hints["steps"]))):
        at = [a + ahead * d for a, d in zip(w, D, strict=True)]
        pull = [a * b for a, b in zip(A, at, strict=True)]
        F = (total([a * b for a, b in zip(pull, at, strict=True)]) - y) * slope
        D = [decay * d - F * a for d, a in zip(D, pull, strict=True)]
        w = [a + d for a, d in zip(w, D, strict=True)]
        demand(max(each.size() for each in w) < 1 << 32, "the enclosure stays bounded")
    radius = tail(hints, (eta, mu, kappa), A, w, D, y)
    ends = [a + Interval(-radius, radius) for a in w]
    return ends[: len(x)], ends[len(x) :]


def tail(
    hints: Data,
    method: tuple[Fraction, Fraction, Fraction],
    A: list[Interval],
    w: list[Interval],
    D: list[Interval],
    target: Interval,
) -> int:
    """Demand that all later steps together stay within `delta`; return it in units of 2^-BITS.

    z = (F, p), p = J.D, obeys z' = Mz + e, M = [[1 - eta h, mu - eta h kappa], [-eta h, mu -
    eta h kappa]], h = |J|^2, and |D'| <= mu |D| + eta |J| |F(w + kappa D)|. With s^2 = z.Pz and a
    P for which s(Mz) <= q s(z), all terms in e carry a factor of at most delta as long as no point
    leaves the ball of that radius: (s, |D|)' <= N (s, |D|). V = s + omega |D| contracts by Q < 1,
    and the sum of all |D| is at most V/(omega (1 - Q)): below delta, none does, by induction.
    """
    eta, mu, kappa = method
    delta, q = number(hints["delta"]), number(hints["q"])
    p, c, r = vector(hints["P"])
    J = [a * b + a * b for a, b in zip(A, w, strict=True)]
    square = total([a * a for a in J])
    h = Fraction((square.lo + square.hi) // 2, ONE)
    det = p * r - c * c
    demand(p > 0 and det > 0 and 0 < q < 1 and delta > 0, "P is positive definite, q < 1")
    k, m = eta * h, mu - eta * h * kappa
    # q^2 P - M'PM must not be negative.
    first, second = (1 - k, -k), (m, m)

    def form(a: tuple[Fraction, Fraction], b: tuple[Fraction, Fraction]) -> Fraction:
        return p * a[0] * b[0] + c * (a[0] * b[1] + a[1] * b[0]) + r * a[1] * b[1]

    left = [
        q * q * part - form(a, b)
        for part, a, b in ((p, first, first), (c, first, second), (r, second, second))
    ]
    demand(min(left[0], left[2]) >= 0 and left[0] * left[2] >= left[1] ** 2, "M contracts by q")
    a = max(entry.size() for entry in A)
    j = root_above(square.size()) + 4 * a * delta
    spread = (square - enclose(h)).size() + 8 * a * delta * j  # |J(w).J(w + kappa D) - h|
    weight = root_above(p) + root_above(r)  # s(e) <= weight * max |e|
    reach = root_above(r / det) + kappa * root_above(p / det)  # |F + kappa p| <= reach * s
    bend = kappa**2 * a * delta  # |F(w + kappa D) - F - kappa p| <= bend |D|
    n21, n22 = eta * j * reach, mu + eta * j * bend
    n11 = q + weight * (eta * spread * reach + 2 * a * delta * n21)
    n12 = weight * (eta * (spread + h) * bend + 2 * a * delta * n22)
    omega = (1 - q) / (2 * n21)
    Q = max(n11 + omega * n21, (n12 + omega * n22) / omega)
    F = total([x * y * y for x, y in zip(A, w, strict=True)]) - target
    P_D = total([x * y for x, y in zip(J, D, strict=True)])
    z, d = (F.size(), P_D.size()), root_above(sum((x.size() ** 2 for x in D), Fraction(0)))
    V = root_above(p * z[0] ** 2 + 2 * abs(c) * z[0] * z[1] + r * z[1] ** 2) + omega * d
    demand(Q < 1 and V / (omega * (1 - Q)) <= delta, "all that follows stays within delta")
    return enclose(delta).hi

"""Check certificates that printed statements fail, with integers alone.

    python proofs_check/verifier.py FILE...

A certificate is JSON: the id of a claim, the kind of argument, a statement for the reader, data. Of
these only the data are used; every inequality is decided here. This file imports nothing of the
project, so that it can be read and run by itself. Exit code 0: all valid; 1: some are not; 2: some
cannot be read.

``rational`` is arithmetic with fractions; ``entropy`` has roots and logarithms enclosed; ``run``
encloses a training run and its limit; ``flow`` encloses the solution of a differential equation.
Networks are theta = u*u - v*v, for flows with momentum w_+ = u + v and w_- = u - v of
theta = u*v; there is one sample x with target y, L = (x.theta - y)^2/2.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from fractions import Fraction
from math import isqrt, prod
from pathlib import Path
from typing import Any

BITS = 384
ONE = 1 << BITS
Data = dict[str, Any]


class InvalidCertificate(Exception):
    """The data do not show what the certificate is for."""


def demand(condition: bool, what: str) -> None:
    """Raise `InvalidCertificate` unless the condition holds."""
    if not condition:
        raise InvalidCertificate(f"not so: {what}")


# --- Intervals ------------------------------------------------------------------------------------


class Interval:
    """All numbers from lo/2^BITS to hi/2^BITS; every operation rounds outwards."""

    __slots__ = ("hi", "lo")

    def __init__(self, lo: int, hi: int) -> None:
        self.lo, self.hi = lo, hi

    def __add__(self, other: Interval) -> Interval:
        return Interval(self.lo + other.lo, self.hi + other.hi)

    def __sub__(self, other: Interval) -> Interval:
        return Interval(self.lo - other.hi, self.hi - other.lo)

    def __mul__(self, other: Interval) -> Interval:
        a, b, c, d = self.lo, self.hi, other.lo, other.hi
        ends = (a * c, a * d, b * c, b * d)
        return Interval(min(ends) >> BITS, -(-max(ends) >> BITS))

    def __truediv__(self, other: Interval) -> Interval:
        """Divide; raises `InvalidCertificate` unless the divisor is positive."""
        demand(other.lo > 0, "a divisor is positive")
        low = [(ONE << BITS) // other.hi, -(-(ONE << BITS) // other.lo)]
        return self * Interval(low[0], low[1])

    def root(self) -> Interval:
        """Return the square root; raises `InvalidCertificate` below zero."""
        demand(self.lo >= 0, "a root is of a number that is not negative")
        return Interval(isqrt(self.lo << BITS), isqrt(self.hi << BITS) + 1)

    def log(self) -> Interval:
        """Return the logarithm; raises `InvalidCertificate` unless positive."""
        demand(self.lo > 0, "a logarithm is of a positive number")
        ends: list[int] = []
        for end, rounding in ((self.lo, ROUND_FLOOR), (self.hi, ROUND_CEILING)):
            # The quotient is rounded outwards; ln is correctly rounded: its neighbour is beyond.
            context = Context(prec=BITS // 3, rounding=rounding)
            value = context.ln(context.divide(Decimal(end), Decimal(ONE)))
            beyond = context.next_minus if rounding == ROUND_FLOOR else context.next_plus
            exact = Fraction(beyond(value)) * ONE
            down = exact.numerator // exact.denominator
            ends.append(down if rounding == ROUND_FLOOR else down + 1)
        return Interval(ends[0], ends[1])

    def size(self) -> Fraction:
        """Return an upper bound of the absolute value."""
        return Fraction(max(abs(self.lo), abs(self.hi)), ONE)


def enclose(value: Fraction | int) -> Interval:
    """Return the smallest interval that holds a fraction."""
    scaled = Fraction(value) * ONE
    down = scaled.numerator // scaled.denominator
    return Interval(down, down if scaled.denominator == 1 else down + 1)


def total(terms: Sequence[Interval]) -> Interval:
    """Return the sum."""
    return Interval(sum(term.lo for term in terms), sum(term.hi for term in terms))


def below(left: Interval, right: Interval) -> bool:
    """Return whether the left number is certainly less than the right one."""
    return left.hi < right.lo


def root_above(value: Fraction) -> Fraction:
    """Return an upper bound of a square root."""
    return Fraction(enclose(value).root().hi, ONE)


# --- Rational arithmetic --------------------------------------------------------------------------


def number(value: Any) -> Fraction:
    """Read an integer or a text such as "3/2"; raises TypeError for a float."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError(f"expected an integer or a fraction as text, received {value!r}")
    return Fraction(value)


def vector(values: Sequence[Any]) -> list[Fraction]:
    """Read a list of fractions."""
    return [number(value) for value in values]


def dot(left: Sequence[Fraction], right: Sequence[Fraction]) -> Fraction:
    """Return the inner product; raises ValueError if the lengths differ."""
    return sum((a * b for a, b in zip(left, right, strict=True)), Fraction(0))


def predictor(u: Sequence[Fraction], v: Sequence[Fraction]) -> list[Fraction]:
    """Return u*u - v*v."""
    return [a * a - b * b for a, b in zip(u, v, strict=True)]


def outside_rows(x: Sequence[Fraction], kernel: Sequence[Fraction]) -> None:
    """Demand that the kernel vector is one: x.k = 0, k not zero."""
    demand(dot(x, kernel) == 0 and any(kernel), "x.k = 0 and k is not zero")


def powers(bases: Sequence[Fraction], exponents: Sequence[Fraction]) -> Fraction:
    """Return the product of powers with integer exponents, exp(sum k_j ln b_j)."""
    demand(all(k.denominator == 1 for k in exponents), "exponents are integers")
    return prod((b ** int(k) for b, k in zip(bases, exponents, strict=True)), start=Fraction(1))


def flow_limit(data: Data) -> tuple[list[Fraction], ...]:
    """Demand that gradient flow from (u, v) ends at (u_inf, v_inf); return x, u, v and the ends.

    u_j(t) = u_j e^{x_j s}, v_j(t) = v_j e^{-x_j s} with s' a multiple of y - x.theta, and x.theta
    grows with s: the flow ends at the one s with x.theta = y. Powers decide that s is common.
    """
    x, u, v, u_inf, v_inf = (vector(data[key]) for key in ("x", "u", "v", "u_inf", "v_inf"))
    growth = [b / a for a, b in zip(u, u_inf, strict=True)]
    demand(all(ratio > 0 for ratio in growth), "no neuron changes sign")
    demand(all(a * b == c * d for a, b, c, d in zip(u, v, u_inf, v_inf, strict=True)), "uv is kept")
    for i, j in ((0, j) for j in range(1, len(x))):
        demand(powers([growth[i], 1 / growth[j]], [x[j], x[i]]) == 1, "ln(u_inf/u) is s x")
    demand(dot(x, predictor(u_inf, v_inf)) == number(data["y"]), "the limit interpolates")
    return x, u, v, u_inf, v_inf


def opposite_sign(data: Data) -> None:
    """Optimality fails with + asinh(theta_0/2xi)/4 and holds with -, eta -> 0 (Eqs. (7), (9)).

    4 grad Q = asinh(theta/2xi) = ln(u/v): k.(grad Q(theta_inf) + R) is a logarithm of powers. As
    the step vanishes limits of training tend to that of gradient flow, the printed prediction does
    not: its error does not vanish.
    """
    x, u, v, u_inf, v_inf = flow_limit(data)
    kernel = vector(data["kernel"])
    outside_rows(x, kernel)
    start = [a / b for a, b in zip(u, v, strict=True)]
    end = [a / b for a, b in zip(u_inf, v_inf, strict=True)]
    demand(powers([b / a for a, b in zip(start, end, strict=True)], kernel) == 1, "minus holds")
    demand(powers([b * a for a, b in zip(start, end, strict=True)], kernel) != 1, "plus fails")


def velocity_acts(data: Data) -> None:
    """At a start that interpolates, alpha times this out of the row space moves the limit.

    To first order ln u gains alpha u'/u, ln v gains alpha v'/v. grad Q = asinh(theta/2xi)/4 of both
    limits differs by rows of x if they agree; with d asinh = -tau d ln xi, tau = tanh ln(u/v), the
    rest is a quarter of alpha [u'/u (1 + tau) - v'/v (1 - tau)].
    """
    x, u, v, du, dv = (vector(data[key]) for key in ("x", "u", "v", "du", "dv"))
    outside_rows(x, vector(data["kernel"]))
    demand(dot(x, predictor(u, v)) == number(data["y"]), "the start interpolates")
    terms: list[Fraction] = []
    for a, b, da, db in zip(u, v, du, dv, strict=True):
        tau = (a * a - b * b) / (a * a + b * b)
        terms.append(da / a * (1 + tau) - db / b * (1 - tau))
    demand(dot(terms, vector(data["kernel"])) != 0, "the velocity acts outside the row space")


def scale_grows(data: Data) -> None:
    """The scale grows: exactly where x_j = 0, to first order in alpha where x_j is not zero.

    Where x_j = 0, alpha u'' + u' = 0 gives u_inf = u + alpha u'. From a start that interpolates
    ln(xi_inf/xi) = alpha (u'/u + v'/v) + O(alpha^2).
    """
    x, u, v, du, dv = (vector(data[key]) for key in ("x", "u", "v", "du", "dv"))
    alpha = number(data["alpha"])
    demand(alpha > 0 and 0 in x and any(x), "alpha > 0; a feature is zero and one is not")
    demand(dot(x, predictor(u, v)) == number(data["y"]), "the start interpolates")
    for feature, a, b, da, db in zip(x, u, v, du, dv, strict=True):
        if feature == 0:
            demand((a + alpha * da) * (b + alpha * db) > a * b > 0, "the scale grows")
        demand(da / a + db / b > 0, "the first order is positive")


def same_leading_loss(data: Data) -> None:
    """Momentum at eta and gradient descent at c eta lose the same scale to first order in eta.

    By the step identity ln|u| and ln|v| lose 4 a eta/(1-mu)^2 int g^2 dT each, with
    a = (1+mu)/2 - kappa (1-mu): the linear term is the same as well. At equal rates they differ.
    """
    mu, kappa, rate = (number(data[key]) for key in ("mu", "kappa", "rate"))
    demand(0 < mu < 1 and 0 <= kappa < 1, "momentum is between 0 and 1")
    loss = ((1 + mu) / 2 - kappa * (1 - mu)) / (1 - mu) ** 2
    demand(loss == rate / 2, "both lose the same")
    demand(loss != Fraction(1, 2), "at equal rates they do not")


def gradient_in_rows(data: Data) -> None:
    """To first order in alpha R changes by grad L(theta_0)/(1-mu), which is in the row space.

    R = asinh(4 alpha g root/(1-mu) + b)/4, root = sqrt(1 + b^2), b = -+theta_0/2xi; and
    |asinh''| < 2/5: the rest is at most alpha^2/20 (4 g root/(1-mu))^2. Without the root it would
    leave the row space.
    """
    X, y = [vector(row) for row in data["X"]], vector(data["y"])
    u, v, kernel = (vector(data[key]) for key in ("u", "v", "kernel"))
    mu, theta = number(data["mu"]), predictor(u, v)
    residual = [dot(row, theta) - target for row, target in zip(X, y, strict=True)]
    demand(any(residual) and 0 <= mu < 1, "the start does not interpolate; 0 <= mu < 1")
    gradient = [dot(column, residual) / len(y) for column in map(list, zip(*X, strict=True))]
    slopes: list[Fraction] = []
    without: list[Fraction] = []
    for g, a, b, t in zip(gradient, u, v, theta, strict=True):
        scale, root = abs(a * b), (a * a + b * b) / (2 * abs(a * b))
        demand(root**2 == 1 + (t / (2 * scale)) ** 2, "the root")
        slopes.append((4 * g * root / (1 - mu)) / root / 4)
        without.append((4 * g / (1 - mu)) / root / 4)
    for row in X:
        outside_rows(row, kernel)
    weights = [r / (len(y) * (1 - mu)) for r in residual]
    rows = [dot(column, weights) for column in map(list, zip(*X, strict=True))]
    demand(slopes == rows and dot(kernel, slopes) == 0, "the slope is in the row space")
    demand(dot(kernel, without) != 0, "without the root it is not")


def order_one_whatever_inertia(data: Data) -> None:
    """On w^2/2 from w_0 = w_1 = 1 every inertia c epsilon leaves an error of order epsilon.

    Iterates: the root of z^2 - (1 + mu - epsilon(1-mu)) z + mu next to 1 has
    ln z = -epsilon - epsilon^2 (1+mu)/(2(1-mu)) + ..., its amplitude is 1 + epsilon/(1-mu) + ...;
    flow: rate 1 + c epsilon, amplitude 1 + c epsilon. At time T they differ by epsilon e^{-T} times
    (1/(1-mu) - c) - T ((1+mu)/(2(1-mu)) - c) + O(epsilon).
    """
    mu = number(data["mu"])
    demand(0 < mu < 1 and len(data["inertias"]) > 1, "0 < mu < 1; several inertias")
    demand(1 / (1 - mu) in vector(data["inertias"]), "the printed inertia is among them")
    for inertia in vector(data["inertias"]):
        constant, slope = 1 / (1 - mu) - inertia, (1 + mu) / (2 * (1 - mu)) - inertia
        demand((constant, slope) != (0, 0), f"the error at inertia {inertia} epsilon is of order 1")


def norm_grows(data: Data) -> None:
    """With ln xi_j falling by c x_j^2, Delta falls in every coordinate and |theta|_1 grows.

    theta_j = 2 xi_j sinh(x_j t): d theta_j = -x_j^2 theta_j dc + (u^2 + v^2)_j x_j dt, and
    x.theta = y keeps dt. To first order in lambda that is what inertia does: c = 2 lambda J.
    """
    x, u, v, u_inf, v_inf = flow_limit(data)
    theta = predictor(u_inf, v_inf)
    demand(u == v and len(set(u)) == 1 and all(x), "one size for all neurons; no feature is zero")
    weights = [a * a + b * b for a, b in zip(u_inf, v_inf, strict=True)]
    fall = [f * f * t for f, t in zip(x, theta, strict=True)]
    turn = dot(x, fall) / dot([f * f for f in x], weights)
    change = [w * f * turn - d for w, f, d in zip(weights, x, fall, strict=True)]
    signs = [Fraction((t > 0) - (t < 0)) for t in theta]
    demand(dot(x, change) == 0 and dot(signs, change) > 0, "the l1 norm grows")


def start_of_wrong_sign(data: Data) -> None:
    """With the printed sign of I the dual of theta~_0 leaves the row space.

    To first order in lambda I_+ = I_- = I_j > 0, a multiple of x_j^2. sinh of the dual is
    e^{4I} sinh(b) as printed and sinh(b) for the right sign, b = ln(w_+/w_-): the shift is
    4 I_j tanh(b_j).
    """
    x, plus, minus = (vector(data[key]) for key in ("x", "w_plus", "w_minus"))
    outside_rows(x, vector(data["kernel"]))
    demand(all(a * b > 0 for a, b in zip(plus, minus, strict=True)), "Delta_0 > 0")
    theta = [t / 4 for t in predictor(plus, minus)]
    demand(dot(x, theta) != number(data["y"]), "the start does not interpolate")
    tanh = [(a * a - b * b) / (a * a + b * b) for a, b in zip(plus, minus, strict=True)]
    shift = [f * f * t for f, t in zip(x, tanh, strict=True)]
    demand(dot(shift, vector(data["kernel"])) != 0, "the shift is outside the row space")


RATIONAL: dict[str, Callable[[Data], None]] = {
    "lyu.prop2": opposite_sign,
    "lyu.thm3.hb.discrete": opposite_sign,
    "lyu.thm3.hb.flow": opposite_sign,
    "lyu.thm3.nag.discrete": opposite_sign,
    "lyu.thm3.nag.flow": opposite_sign,
    "lyu.thm3.velocity": velocity_acts,
    "lyu.thm3.mitigation.scale": scale_grows,
    "lyu.thm3.gradient-init": gradient_in_rows,
    "lyu.gd-start": same_leading_loss,
    "papazov.error-bound.fixed-beta": order_one_whatever_inertia,
    "papazov.sparser.theory": norm_grows,
    "papazov.mgf.start": start_of_wrong_sign,
}


# --- Entropies and roots --------------------------------------------------------------------------


def entropy(theta: Interval, scale: Interval) -> Interval:
    """Enclose Q_xi(theta) = (theta asinh(theta/2xi) - sqrt(theta^2 + 4xi^2) + 2xi)/4, theta >= 0.

    asinh z = ln(z + sqrt(z^2 + 1)).
    """
    double = scale + scale
    z, root = theta / double, (theta * theta + double * double).root()
    inverse = (z + (z * z + enclose(1)).root()).log()
    return (theta * inverse - root + double) * enclose(Fraction(1, 4))


def entropy_exceeds(data: Data) -> None:
    """Q_xi(theta) > bound > theta; dQ/dxi < 0 keeps it so for every smaller xi: no limit theta."""
    theta, scale, bound = (number(data[key]) for key in ("theta", "xi", "bound"))
    demand(bound > theta > 0 and scale > 0, "the bound is above theta > 0")
    demand(below(enclose(bound), entropy(enclose(theta), enclose(scale))), "Q exceeds the bound")


def other_vertex(data: Data) -> None:
    """As balanced starts shrink the flow ends at one vertex, the minimiser of psi at the other.

    While L is L(0), lambda w'' + w' -+ g w = 0, g_j = x_j y: w_+ grows like e^{p t}, w_- falls like
    e^{-m t}; Delta_inf,j = alpha^{2 + s_j} up to a factor that stays bounded, s_j = lambda
    (p_j^2 + m_j^2)/p_1. The first coordinate is the fastest, it alone ends above zero; psi weighs
    |theta_j| by (2 + s_j) ln(1/alpha) to leading order. No neuron crosses: lambda |g| <= 1/4.
    """
    x, inertia, y = vector(data["x"]), number(data["lambda"]), number(data["y"])
    demand(len(x) == 2 and x[0] > x[1] > 0 and y > 0, "two features, the first one larger")
    demand(0 < 4 * inertia * x[0] * y < 1, "0 < lambda g < 1/4")
    one, half = enclose(1), enclose(Fraction(1, 2))
    grow, fall = [], []
    for feature in x:
        four = enclose(4 * inertia * feature * y)
        grow.append(((one + four).root() - one) * half)
        fall.append((one - (one - four).root()) * half)
    costs = [
        (one + one + (p * p + m * m) / grow[0]) / enclose(feature)
        for feature, p, m in zip(x, grow, fall, strict=True)
    ]
    demand(below(costs[1], costs[0]), "psi prefers the second vertex")


def dearer_vertex(data: Data) -> None:
    """At this step size heavy ball from u = v = c, c -> 0, ends at A, not of least l1 norm.

    While the residual rests, u_j grows by z a step, z^2 - (1 + mu + 2 eta g_j) z + mu = 0. With
    k ln(1/c) steps in a leg to leading order: the third feature is the first to grow up, after
    1/ln z_3, and takes theta_3 = X_3.y/|X_3|^2; then the first does before the second. S_u of the
    exact theorem is 2 eta g/(1-mu) - ln z a step, and the end minimises the sum of
    (1 + S_u,j/ln(1/c)) |theta_j|. The sums of g are in the row space: with G the sum of ln z over
    ln(1/c), A costs less than the other vertex B because (1 - G).A = 0 < (1 - G).B: G_1 = G_3 = 1,
    G_2 < 1. What comes later adds a bounded amount, as the sum of g^2 converges.
    """
    X, y = [vector(row) for row in data["X"]], vector(data["y"])
    A, B = vector(data["A"]), vector(data["B"])
    eta, mu = number(data["eta"]), number(data["mu"])
    demand(len(A) == 3 and len(X) == 2 and 0 < mu < 1 and eta > 0, "two samples, three features")
    demand(X[0][1] * X[1][2] != X[0][2] * X[1][1], "the interpolators are a line")
    demand(all([dot(row, each) for row in X] == y for each in (A, B)), "A and B interpolate")
    demand(A[0] > 0 == A[1] == A[2] and B[0] == 0 < min(B[1:]), "A = (+, 0, 0), B = (0, +, +)")
    demand(sum(B) < sum(A), "A is not of least norm")
    columns = [list(column) for column in zip(*X, strict=True)]
    taken = dot(columns[2], y) / dot(columns[2], columns[2])
    rest = [target - row[2] * taken for target, row in zip(y, X, strict=True)]
    first = [dot(column, y) / len(y) for column in columns]
    second = [dot(column, rest) / len(y) for column in columns]
    demand(first[2] > max(first[:2]) and min(first + second[:2]) > 0, "the third feature is first")
    # Neurons that shrink do so without changing sign: 2 eta g <= (1 - sqrt(mu))^2.
    room = enclose(1) - enclose(mu).root()
    demand(below(enclose(2 * eta * max(first + second)), room * room), "no neuron oscillates")

    def growth(g: Fraction) -> Interval:
        b = 1 + mu + 2 * eta * g
        return ((enclose(b) + enclose(b * b - 4 * mu).root()) * enclose(Fraction(1, 2))).log()

    times = [(enclose(1) - growth(first[j]) / growth(first[2])) / growth(second[j]) for j in (0, 1)]
    demand(below(times[0], times[1]), "the first feature grows up before the second")


# --- Runs -----------------------------------------------------------------------------------------


def trained_limit(data: Data, hints: Data, mu: Fraction) -> list[Interval]:
    """Enclose (u_inf, v_inf) of a run: `steps` steps in intervals, then a bound of all that follow.

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
    return [a + Interval(-radius, radius) for a in w]


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


def no_uniform_start(data: Data) -> None:
    """No start u = v = c' of gradient flow has the limit of the run.

    From there theta_j = 2 c'^2 sinh(x_j s): with x_2 = 2 x_1, theta_2/theta_1 = 2 cosh(x_1 s) >= 2.
    """
    x, u = vector(data["x"]), vector(data["u"])
    demand(u == vector(data["v"]) and len(set(u)) == 1, "the run starts from one size")
    demand(x[0] > 0 and x[1] == 2 * x[0] and number(data["mu"]) > 0, "x_2 = 2 x_1 > 0, momentum")
    one, two = predictors(trained_limit(data, data, number(data["mu"])))[:2]
    demand(one.lo > 0 and below(two, one + one), "theta_2 < 2 theta_1")


def predictors(w: list[Interval]) -> list[Interval]:
    """Return theta = u*u - v*v of w = (u, v)."""
    half = len(w) // 2
    return [a * a - b * b for a, b in zip(w[:half], w[half:], strict=True)]


def departure_grows(data: Data) -> None:
    """Every scale falls and max Q/min Q over |theta|_1 = 1 grows, two features.

    At the start the scales are equal: Q is convex and symmetric, its largest value at a vertex, its
    least in the middle. At the end two points give a lower bound.
    """
    u, v = vector(data["u"]), vector(data["v"])
    demand(len(u) == 2 and u[0] * v[0] == u[1] * v[1] > 0, "two features of one scale")
    start, w = enclose(u[0] * v[0]), trained_limit(data, data, number(data["mu"]))
    demand(all(neuron.lo > 0 for neuron in w), "no neuron is zero at the end")
    end = [w[0] * w[2], w[1] * w[3]]
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
        gaps = [t - enclose(s) for t, s in zip(predictors(run), theta_star, strict=True)]
        distances.append(total([gap * gap for gap in gaps]))
    demand(below(distances[1], distances[0]), "momentum ends farther away")


# --- Flows ----------------------------------------------------------------------------------------

Force = Callable[[list[list[Interval]], int], list[Interval]]


def product(left: list[Interval], right: list[Interval], k: int) -> Interval:
    """Return the k-th Taylor coefficient of a product."""
    return total([left[i] * right[k - i] for i in range(k + 1)])


def neurons(x: Fraction, y: Fraction) -> Force:
    """Return +-g w_+- for one feature, g = x (x theta - y), theta = (w_+^2 - w_-^2)/4."""
    memory: list[Interval] = []
    factor, target = enclose(x * x / 4), enclose(x * y)

    def force(w: list[list[Interval]], k: int) -> list[Interval]:
        del memory[k:]
        g = (product(w[0], w[0], k) - product(w[1], w[1], k)) * factor
        memory.append(g if k else g - target)
        return [product(memory, w[0], k), enclose(0) - product(memory, w[1], k)]

    return force


def two_wells() -> Force:
    """Return the derivative w^3 - w of (w^2 - 1)^2/4."""
    memory: list[Interval] = []

    def force(w: list[list[Interval]], k: int) -> list[Interval]:
        del memory[k:]
        memory.append(product(w[0], w[0], k))
        return [product(memory, w[0], k) - w[0][k]]

    return force


def taylor(
    w: list[Interval], p: list[Interval], force: Force, inertia: Interval, order: int
) -> list[list[Interval]]:
    """Return coefficients 0 to `order`: (k+1)(k+2) lambda w_{k+2} = -(k+1) w_{k+1} - f_k."""
    series = [[a, b] for a, b in zip(w, p, strict=True)]
    for k in range(order - 1):
        for row, f in zip(series, force(series, k), strict=True):
            top = row[k + 1] * enclose(k + 1) + f
            row.append((enclose(0) - top) / (inertia * enclose((k + 1) * (k + 2))))
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
        largest = max(max(abs(each.lo), abs(each.hi)) for each in box_w + box_p)
        demand(largest < ONE << 16, "the enclosure stays bounded")
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
    at = [enclose(0) for _ in w]
    speed = [enclose(0) for _ in w]
    for k in range(order, -1, -1):
        at = [value * h + row[k] for value, row in zip(at, series, strict=True)]
        if k:
            speed = [
                value * h + row[k] * enclose(k) for value, row in zip(speed, series, strict=True)
            ]
    return at, speed


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


RECIPES: dict[str, dict[str, Callable[[Data], None]]] = {
    "rational": RATIONAL,
    "entropy": {
        "lyu.q.rich": entropy_exceeds,
        "lyu.thm3.transition": dearer_vertex,
        "papazov.negligible.argmin": other_vertex,
    },
    "run": {
        "lyu.saddle.matched": no_uniform_start,
        "lyu.thm3.closer-l1": departure_grows,
        "papazov.centring.mean-target": momentum_is_worse,
    },
    "flow": {
        "papazov.small-lambda.bound": crosses_within_bound,
        "papazov.mgf.crossings": mirror_images_differ,
        "papazov.negligible.size": balancedness_grows,
        "papazov.surrogate.wells": different_wells,
    },
}


def verify(certificate: Data) -> None:
    """Raise `InvalidCertificate` if the data do not show that the printed statement fails.

    LookupError, TypeError and ValueError mean that it cannot be read.
    """
    recipe = RECIPES[certificate["kind"]][certificate["claim"]]
    try:
        recipe(certificate["data"])
    except ZeroDivisionError as error:
        raise InvalidCertificate("a division by zero") from error


def main(paths: Sequence[str]) -> int:
    """Check the files; return the exit code."""
    code = 0
    for path in paths:
        try:
            verify(json.loads(Path(path).read_text(encoding="utf-8")))
        except InvalidCertificate as error:
            found, worst = f"invalid: {error}", 1
        except (OSError, LookupError, TypeError, ValueError) as error:
            found, worst = f"cannot be read: {type(error).__name__}: {error}", 2
        else:
            found, worst = "valid", 0
        sys.stdout.write(f"{path}: {found}\n")
        code = max(code, worst)
    return code if paths else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

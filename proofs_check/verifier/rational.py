"""Recipes that are arithmetic with fractions: limits in closed form, and first orders.

What is of first order in a small parameter is taken from the equations by series, not from a
formula that was expanded beforehand.
"""

from __future__ import annotations

from fractions import Fraction

from .reading import Data, demand, number, vector
from .series import EPS, UNIT, Series, asinh_slope, constant, root
from .vectors import dot, outside_rows, powers, predictor, slopes, still_interpolating


def flow_limit(data: Data) -> tuple[list[Fraction], ...]:
    """Demand that gradient flow from (u, v) ends at (u_inf, v_inf); return x, u, v and the ends.

    u_j(t) = u_j e^{x_j s}, v_j(t) = v_j e^{-x_j s} with s' a multiple of y - x.theta, and x.theta
    grows with s: the flow ends at the one s with x.theta = y. Powers decide that s is common.
    """
    x, u, v, u_inf, v_inf = (vector(data[key]) for key in ("x", "u", "v", "u_inf", "v_inf"))
    growth = [b / a for a, b in zip(u, u_inf, strict=True)]
    demand(all(ratio > 0 for ratio in growth), "no neuron changes sign")
    demand(all(a * b == c * d for a, b, c, d in zip(u, v, u_inf, v_inf, strict=True)), "uv is kept")
    for j in range(1, len(x)):
        demand(powers([growth[0], 1 / growth[j]], [x[j], x[0]]) == 1, "ln(u_inf/u) is s x")
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


def moved_by_velocity(data: Data) -> tuple[list[Series], list[Series]]:
    """Return the limit of alpha w'' + w' + grad L = 0 to first order in alpha.

    From a start that interpolates. Integrated once, w_inf = w + alpha w'(0) - int grad L: the start
    moves by alpha w'(0), and what the gradient does keeps x.theta.
    """
    x, u, v, du, dv = (vector(data[key]) for key in ("x", "u", "v", "du", "dv"))
    demand(dot(x, predictor(u, v)) == number(data["y"]), "the start interpolates")
    return still_interpolating(
        x,
        [Series(a, d) for a, d in zip(u, du, strict=True)],
        [Series(b, d) for b, d in zip(v, dv, strict=True)],
    )


def velocity_acts(data: Data) -> None:
    """At a start that interpolates the velocity moves the limit to first order in alpha.

    Without it the limit is the start, and the scale changes by the square of the residual: the
    printed prediction is theta_0 + O(alpha^2).
    """
    demand(any(slopes(predictor(*moved_by_velocity(data)))), "the velocity moves the limit")


def scale_grows(data: Data) -> None:
    """The scale grows: exactly where x_j = 0, to first order in alpha where x_j is not zero.

    Where x_j = 0, alpha u'' + u' = 0 gives u_inf = u + alpha u'.
    """
    x, u, v, du, dv = (vector(data[key]) for key in ("x", "u", "v", "du", "dv"))
    alpha = number(data["alpha"])
    demand(alpha > 0 and 0 in x and any(x), "alpha > 0; a feature is zero and one is not")
    for feature, a, b, da, db in zip(x, u, v, du, dv, strict=True):
        if feature == 0:
            demand((a + alpha * da) * (b + alpha * db) > a * b > 0, "the scale grows")
    scales = [a * b for a, b in zip(*moved_by_velocity(data), strict=True)]
    demand(all(each[0] > 0 and each[1] > 0 for each in scales), "the first order is positive")


def scale_loss(mu: Fraction, kappa: Fraction, rate: Fraction) -> Fraction:
    """Return how fast a method with the learning rate `rate` eta loses scale, to first order.

    While the residual is r, w_{k+1} = w_k + mu D - 2 eta r x (w_k + kappa D), D = w_k - w_{k-1}: a
    neuron is z^k, u with r x and v with -r x. With r x = 1, ln z = l_1 eta + l_2 eta^2: both lose
    l_2 beside what is odd in r, in the time -l_1/2 of gradient flow. Changes of r add only terms
    that are odd in it, rows of x times integrals, which leave the scale alone.
    """
    pull = EPS * constant(2 * rate)
    of_one, of_w = constant(mu) - pull * constant(kappa), pull * constant(1 + kappa)
    step = root([of_one, of_w - constant(1 + mu), UNIT], 1).log()
    return 2 * step[2] / step[1]


def same_leading_loss(data: Data) -> None:
    """Momentum at eta and gradient descent at c eta lose the same scale to first order in eta.

    The linear term is the same as well, both being even in the residual. At equal rates the losses
    differ.
    """
    mu, kappa, rate = (number(data[key]) for key in ("mu", "kappa", "rate"))
    demand(0 < mu < 1 and 0 <= kappa < 1, "momentum is between 0 and 1")
    loss, zero = scale_loss(mu, kappa, Fraction(1)), Fraction(0)
    demand(loss == scale_loss(zero, zero, rate), "both lose the same")
    demand(loss != scale_loss(zero, zero, Fraction(1)), "at equal rates they do not")


def gradient_in_rows(data: Data) -> None:
    """To first order in alpha R changes by a row of X, the gradient at the start over 1 - mu.

    R = asinh(4 alpha g root/(1-mu) + b)/4, root = sqrt(1 + b^2), b = -+theta_0/2xi, of
    which only the root counts to first order; and |asinh''| < 2/5: the rest is at most
    alpha^2/20 (4 g root/(1-mu))^2. Without the root it would leave the row space.
    """
    X, y = [vector(row) for row in data["X"]], vector(data["y"])
    u, v, kernel = (vector(data[key]) for key in ("u", "v", "kernel"))
    mu, theta = number(data["mu"]), predictor(u, v)
    residual = [dot(row, theta) - target for row, target in zip(X, y, strict=True)]
    demand(any(residual) and 0 <= mu < 1, "the start does not interpolate; 0 <= mu < 1")
    for row in X:
        outside_rows(row, kernel)
    weights = [r / (len(y) * (1 - mu)) for r in residual]
    rows = [dot(column, weights) for column in map(list, zip(*X, strict=True))]
    changes: list[Fraction] = []
    without: list[Fraction] = []
    for change, a, b in zip(rows, u, v, strict=True):
        end = abs(b / a)
        offset, side = (end - 1 / end) / 2, (end + 1 / end) / 2
        demand(side**2 == 1 + offset**2, "the root")
        changes.append(asinh_slope(Series(offset, 4 * change * side), end) / 4)
        without.append(asinh_slope(Series(offset, 4 * change), end) / 4)
    demand(changes == rows and dot(kernel, changes) == 0, "the change is in the row space")
    demand(dot(kernel, without) != 0, "without the root it is not")


def order_one_whatever_inertia(data: Data) -> None:
    """On w^2/2 from w_0 = w_1 = 1 every inertia c epsilon leaves an error of order epsilon.

    A step takes the time epsilon, mu is fixed. Iterates: A z^k + (1 - A) (mu/z)^k, with z next to
    1 and the second power negligible. Flow from rest: B e^{rt} up to what is as negligible, r the
    root next to -1 of c epsilon r^2 + r + 1. At a time T, ln z = -eps + l eps^2 and
    r = -1 + m eps: the difference is eps e^{-T} (A' - B' + T (l - m)) + O(eps^2).
    """
    mu = number(data["mu"])
    demand(0 < mu < 1 and len(data["inertias"]) > 1, "0 < mu < 1; several inertias")
    demand(1 / (1 - mu) in vector(data["inertias"]), "the printed inertia is among them")
    decay = constant(mu)
    z = root([decay, EPS * constant(1 - mu) - constant(1 + mu), UNIT], 1)
    A, step = (UNIT - decay / z) / (z - decay / z), z.log()
    for inertia in vector(data["inertias"]):
        lag = EPS * constant(inertia)
        r = root([UNIT, UNIT, lag], -1)
        # With the other root s, r s = 1/(c eps) and B = s/(s - r).
        B = UNIT / (UNIT - lag * r * r)
        demand(A[0] == B[0] and step[1] == r[0], "both agree at order zero")
        orders = (A[1] - B[1], step[2] - r[1])
        demand(any(orders), f"the error at inertia {inertia} epsilon is of order 1")


def inertial_change(feature: Fraction) -> Fraction:
    """Return how fast inertia changes ln w_+ + ln w_-, to first order in lambda.

    While the residual is -1, w_+- grow like e^{pt}, lambda p^2 + p = +-x. Changes of the residual
    add only terms that are odd in it.
    """
    return sum((root([constant(-g), UNIT, EPS], g)[1] for g in (feature, -feature)), Fraction(0))


def norm_grows(data: Data) -> None:
    """To first order in lambda Delta falls in every coordinate and |theta|_1 grows.

    To that order inertia moves u_j and v_j by one factor each, and the gradient keeps x.theta.
    """
    x, u, v, u_inf, v_inf = flow_limit(data)
    demand(u == v and len(set(u)) == 1 and all(x), "one size for all neurons; no feature is zero")
    factors = [Series(1, inertial_change(f) / 2) for f in x]
    ends = still_interpolating(
        x,
        [Series(a, 0) * factor for a, factor in zip(u_inf, factors, strict=True)],
        [Series(b, 0) * factor for b, factor in zip(v_inf, factors, strict=True)],
    )
    scales = [a * b for a, b in zip(*ends, strict=True)]
    demand(all(each[1] < 0 < each[0] for each in scales), "Delta falls")
    theta = predictor(*ends)
    signs = [Fraction((t[0] > 0) - (t[0] < 0)) for t in theta]
    demand(dot(x, slopes(theta)) == 0 and dot(signs, slopes(theta)) > 0, "the l1 norm grows")


def start_of_wrong_sign(data: Data) -> None:
    """With the printed sign of I the dual of theta~_0 leaves the row space.

    To first order in lambda I_+ = I_- = I_j, a common multiple of half the fall of ln Delta_j. sinh
    of the dual is e^{4I} sinh(b) as printed and sinh(b) for the right sign, b = ln(w_+/w_-).
    """
    x, plus, minus = (vector(data[key]) for key in ("x", "w_plus", "w_minus"))
    outside_rows(x, vector(data["kernel"]))
    demand(all(a * b > 0 for a, b in zip(plus, minus, strict=True)), "Delta_0 > 0")
    theta = [t / 4 for t in predictor(plus, minus)]
    demand(dot(x, theta) != number(data["y"]), "the start does not interpolate")
    shift: list[Fraction] = []
    for feature, a, b in zip(x, plus, minus, strict=True):
        sinh, integral = (a / b - b / a) / 2, -inertial_change(feature) / 2
        shift.append(asinh_slope(Series(sinh, sinh * 4 * integral), a / b))
    demand(dot(shift, vector(data["kernel"])) != 0, "the shift is outside the row space")


RATIONAL = {
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

"""Recipes with roots and logarithms, enclosed."""

from __future__ import annotations

from fractions import Fraction

from .intervals import Interval, below, enclose
from .reading import Data, demand, number, vector
from .vectors import dot


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


ENTROPIES = {
    "lyu.q.rich": entropy_exceeds,
    "lyu.thm3.transition": dearer_vertex,
    "papazov.negligible.argmin": other_vertex,
}

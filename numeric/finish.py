r"""When the rest of a run is known well enough to stop: the exact theorem from here, and a bound.

Applied to (x_K, x_{K-1}) with sums zero, the exact theorem gives the limit up to the sums S of the
steps still to come, which are quadratic in the moves still to come. Their effect on theta is

.. math:: \delta\theta = P b, \qquad |b_j| \le \tfrac12 D_j\,(S_{u,j} + S_{v,j}),
          \qquad P = I - D X^T (X D X^T)^{-1} X,

as b = theta delta ln xi - D delta R with |delta ln xi| and 4 |delta R| at most S_u + S_v and
4 |theta| <= D = 1/Q''(theta) = 4 (u^2 + v^2) (`numeric.sensitivity`). Hence

.. math:: |\delta\theta|_2 \le \max_j |P e_j|_2 \; E, \qquad E = \tfrac12\sum_j D_j (S_u + S_v)_j,

and E is the energy of the rest of the run in the inner product of the tangent kernel, in which its
linear theory falls apart into modes. With log-velocities a = p/x of u and -a of v, W = D here,
X W^{1/2}/sqrt(n) = V sigma U^T, gamma = V^T r/sqrt(n) and beta = U^T W^{1/2} a,

.. math:: \beta' = \mu\beta - 2\eta\sigma(\gamma + \tfrac12\kappa\sigma\beta), \qquad
          \gamma' = \gamma + \tfrac12\sigma\beta',

whose sums of squares solve a discrete Lyapunov equation; what of W^{1/2} a is outside, and the
velocity that u and v have in common, decay like mu^k. A slow mode adds 2 alpha gamma^2/(1 - mu)
however slow it is, which is why slow modes do not keep a run from being finished. The sums are
taken with the kernel at K and with that at the predicted limit, the larger counts, a coordinate
whose weight still grows counts as much more, and a stated factor covers what the second order
leaves out. On minibatches the same is an estimate in expectation: the mean follows the modes, and
independent draws add 2 eta^2/(1-mu)^2 times the variance of the gradients.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from numeric.compiled import numpy_function
from numeric.convergence import tangent_weights
from numeric.exact_limit import ExactLimit, exact_scale_and_term
from numeric.problems import Array, Problem, Start
from numeric.projection import entropy_curvature, entropy_projection
from numeric.sensitivity import rounding_bound
from symbolic.console import UserError
from symbolic.excess_quadratic import excess_coefficients
from symbolic.symbols import KAPPA, MU

#: The bound is this many times what the second order gives: third order and drift of the kernel.
SAFETY = 2.0
#: No neuron may still change in one step by more than this share of itself.
LARGEST_VELOCITY = 0.125

_COEFFICIENTS = [
    numpy_function((MU, KAPPA), lambda n=n: excess_coefficients()[n]) for n in range(3)
]


@dataclass(frozen=True, eq=False)
class Finish:
    """The limit of a run by the exact theorem from the state it is in.

    Parameters
    ----------
    theta
        The limit, (d,).
    bound
        Bound of the error of theta, |.|_2; infinite where the theory of the rest does not hold.
    """

    theta: Array
    bound: float


@lru_cache(maxsize=1024)
def _form(mu: float, kappa: float) -> tuple[float, float, float]:
    two, one, zero = (float(c(mu, kappa)) for c in _COEFFICIENTS)
    return two, one, zero


def slow_energy(mu: float, kappa: float, eta: float) -> float:
    """Return E over |X theta - y|_2^2/n for slow modes, 2 alpha/(1-mu).

    Look-ahead can make alpha vanish; E is of higher order then, not zero: a tenth of the order of
    eta is the least that is returned.
    """
    two, one, zero = _form(mu, kappa)
    return 2 * eta * max(abs(two + one + zero) / (1 - mu) ** 2, 0.1 / (1 - mu))


def modal_sums(
    sigma: Array, gamma: Array, beta: Array, mu: float, kappa: float, eta: float
) -> Array:
    """Return sums over the rest of the run by modes, (4, m), NaN for a mode that does not decay.

    They are of beta_{k+1}^2, beta_k beta_{k+1}, beta_k^2 and (gamma_k + kappa sigma beta_k/2)^2.
    """
    # (gamma, beta)' = T (gamma, beta)
    c, e = -2 * eta * sigma, mu - eta * kappa * sigma**2
    a, b = 1 + sigma / 2 * c, sigma / 2 * e
    trace, determinant = a + e, a * e - b * c
    stable = (np.abs(determinant) < 1) & (np.abs(trace) < 1 + determinant)
    # M = z z^T + T M T^T for (M_gg, M_gb, M_bb)
    system = np.empty((sigma.size, 3, 3))
    system[:, 0] = np.stack([1 - a * a, -2 * a * b, -b * b], axis=1)
    system[:, 1] = np.stack([-a * c, 1 - a * e - b * c, -b * e], axis=1)
    system[:, 2] = np.stack([-c * c, -2 * c * e, 1 - e * e], axis=1)
    system[~stable] = np.eye(3)
    start = np.stack([gamma**2, gamma * beta, beta**2], axis=1)[..., None]
    gg, gb, bb = np.linalg.solve(system, start)[..., 0].T
    half = kappa * sigma / 2
    ahead = gg + 2 * half * gb + half**2 * bb
    found = np.stack([bb - beta**2, c * gb + e * bb, bb, ahead])
    found[:, ~stable] = np.nan
    return found


def _excess_sum(after: Array, mixed: Array, before: Array, mu: float, kappa: float) -> float:
    """Return the sum of the quadratic form, with signs at their worst where it is indefinite."""
    two, one, zero = _form(mu, kappa)
    if 4 * two * zero >= one**2:
        return float((two * after + one * mixed + zero * before).sum())
    return float((abs(two) * after + abs(one * mixed) + abs(zero) * before).sum())


def remaining_energy(
    problem: Problem,
    weights: Array,
    residual: Array,
    velocities: Array,
    method: tuple[float, float, float],
    batch: int | None = None,
) -> float:
    """Return E = sum_j W_j (S_u + S_v)_j/2 of the rest of a run by linear theory; inf if it grows.

    Parameters
    ----------
    weights
        W = 4 (u^2 + v^2), (d,).
    residual, velocities
        X theta_K - y, (n,), and log-velocities p/x of u and v, (2, d).
    method
        mu, kappa, eta.
    batch
        Rows in a minibatch; then E is an estimate of the expectation.
    """
    (mu, kappa, eta), n = method, problem.n
    scaled = problem.X * np.sqrt(weights / n)
    squares, V = np.linalg.eigh(scaled @ scaled.T)
    sigma = np.sqrt(np.maximum(squares, np.finfo(float).tiny))
    apart, common = (velocities[0] - velocities[1]) / 2, (velocities[0] + velocities[1]) / 2
    alpha = np.sqrt(weights) * apart
    beta = V.T @ (scaled @ alpha) / sigma
    gamma = V.T @ residual / np.sqrt(n)
    after, mixed, before, ahead = modal_sums(sigma, gamma, beta, mu, kappa, eta)
    if not np.isfinite(before).all():
        return np.inf
    # What is outside the row space and what u and v have in common: a_k = mu^k a_K.
    free = max(0.0, float(alpha @ alpha - beta @ beta)) + float(weights @ common**2)
    free /= 1 - mu**2
    outside = [np.array(factor * free) for factor in (mu**2, mu, 1.0)]
    total = _excess_sum(after, mixed, before, mu, kappa)
    total += _excess_sum(outside[0], outside[1], outside[2], mu, kappa)
    energy = total / (1 - mu)
    if batch is not None and batch < n:
        # Variance of the mean of b rows drawn without replacement, at most its mean square.
        share = (n - batch) / (batch * (n - 1))
        row = float((problem.X**2 @ weights).max())
        energy += 2 * (eta / (1 - mu)) ** 2 * share * row * float(ahead.sum())
    return energy


def finish(
    problem: Problem,
    x: Array,
    moves: Array,
    method: tuple[float, float, float],
    batch: int | None = None,
) -> Finish | None:
    """Return the limit that the exact theorem gives from here, and a bound of its error.

    Parameters
    ----------
    x, moves
        (u_K, v_K) and x_K - x_{K-1}, (2, d).
    method
        mu, kappa, eta.
    batch
        Rows in a minibatch: the bound is then an estimate in expectation.

    Returns
    -------
    Finish or None
        None if a neuron may still change by more than `LARGEST_VELOCITY` in a step, or the
        projection is refused.
    """
    (mu, _, eta), n = method, problem.n
    with np.errstate(all="ignore"):
        velocities = moves / x
    residual = problem.X @ (x[0] ** 2 - x[1] ** 2) - problem.y
    sizes = np.sqrt((problem.X**2).sum(axis=0))
    # |r|^2/n + |W^{1/2} a|^2/(4 eta) bounds what a mode can turn into residual.
    weights = tangent_weights(*x)
    swing = np.sqrt(
        residual @ residual / n + float(weights @ (velocities**2).sum(axis=0)) / (4 * eta)
    )
    push = 2 * eta * float(sizes.max()) * swing / np.sqrt(n)
    if batch is not None and batch < n:
        push *= np.sqrt(n / batch)
    if not np.abs(velocities).max() + push / (1 - mu) <= LARGEST_VELOCITY:
        return None
    sums = np.zeros((2, problem.d))
    before = x - moves
    try:
        log_xi, linear = exact_scale_and_term(Start(*x), sums, mu, Start(*before))
        xi = np.exp(log_xi)
        theta = entropy_projection(problem.X, problem.y, xi, linear).theta
    except UserError:
        return None
    at_end = 1 / entropy_curvature(theta, xi)
    energy = max(
        remaining_energy(problem, w, residual, velocities, method, batch) for w in (weights, at_end)
    )
    lift = np.linalg.solve((problem.X * at_end) @ problem.X.T, problem.X * at_end).T
    oblique = np.eye(problem.d) - lift @ problem.X
    growth = np.maximum(1.0, at_end / weights)
    reach = float((growth * np.sqrt((oblique**2).sum(axis=0))).max())
    # The projection itself is rounded.
    rounding = rounding_bound(
        problem, ExactLimit(xi, linear, theta), excess_error=0.0, residual=0.0
    )
    return Finish(theta, SAFETY * reach * energy + rounding)

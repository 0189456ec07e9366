r"""Stochastic gradient flow and what it does to the scale, by Ito's formula.

One coordinate of the network theta = u*u - v*v follows, in the time t = k eta of gradient descent,

.. math:: du = -2ug\,dt - 2\sqrt\eta\,u\,dM, \qquad dv = 2vg\,dt + 2\sqrt\eta\,v\,dM,

with g the gradient of the loss by theta_j and M the noise of the gradient, a martingale with
d[M] = C dt. Stochastic gradient flow in the sense of Pesme, Pillaud-Vivien and Flammarion (2021),
Eq. (10) of Lyu et al., takes dM = sqrt(2L/n) X^T dB with one Brownian motion a sample, so that
C = 2 L D_j/n, D = diag(X^T X). The noise of minibatch gradients has another C, see
`sampling_variance`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import sympy as sp

from symbolic.networks import SQUARED_DIFFERENCE
from symbolic.symbols import ETA, SAMPLES, G, U, V
from symbolic.theorem_corollaries import gradient_descent_gain

#: C = d[M]/dt, how fast the quadratic variation of the gradient noise of the coordinate grows.
VARIATION = sp.Symbol("C", nonnegative=True)
#: The loss, and D_j = (X^T X)_jj.
LOSS = sp.Symbol("L", nonnegative=True)
SQUARED_COLUMN = sp.Symbol("D_j", nonnegative=True)
#: S_j = (1/n) sum_i x_ij^2 r_i^2: the mean square of the gradients of single samples.
MEAN_SQUARE = sp.Symbol("S_j", nonnegative=True)
#: An increment of M, and of time.
NOISE, TIME_STEP = sp.symbols("dM dt", real=True)
#: Rows in a minibatch.
BATCH = sp.Symbol("b", positive=True, integer=True)


class Ito(NamedTuple):
    """One process driven by M: drift dt + diffusion dM; or several, as tuples of each."""

    drift: Any
    diffusion: Any


def stochastic_gradient_flow() -> Ito:
    """Return the process (u, v): minus the sensitivity times g dt + sqrt(eta) dM."""
    slopes = SQUARED_DIFFERENCE.sensitivities
    drift = tuple(-slope * G for slope in slopes)
    return Ito(drift, tuple(-sp.sqrt(ETA) * slope for slope in slopes))


def ito(function: sp.Expr, variables: Sequence[sp.Symbol], process: Ito) -> Ito:
    """Return drift and diffusion of f(x) by Ito's formula.

    With dx_i = a_i dt + s_i dM and d[M] = C dt, they are sum a_i f_i + C/2 sum s_i s_k f_ik and
    sum s_i f_i.
    """
    first = [sp.diff(function, x) for x in variables]
    drift = sp.Add(*(a * f for a, f in zip(process.drift, first, strict=True)))
    for x, s in zip(variables, process.diffusion, strict=True):
        for f, t in zip(first, process.diffusion, strict=True):
            drift += VARIATION / 2 * s * t * sp.diff(f, x)
    diffusion = sp.Add(*(s * f for s, f in zip(process.diffusion, first, strict=True)))
    return Ito(sp.expand(drift), sp.expand(diffusion))


def logarithms() -> tuple[Ito, Ito]:
    """Return the processes ln u and ln v (ln(-u) has the same: a neuron keeps its sign)."""
    process = stochastic_gradient_flow()
    return ito(sp.log(U), (U, V), process), ito(sp.log(V), (U, V), process)


def log_scale() -> Ito:
    """Return the process ln|u v|; it has no diffusion."""
    return ito(sp.log(U * V), (U, V), stochastic_gradient_flow())


def log_ratio() -> Ito:
    """Return the process ln|u/v| = 4 grad Q: multiples of g and dM, both in the row space of X."""
    return ito(sp.log(U / V), (U, V), stochastic_gradient_flow())


def isotropic_variation() -> sp.Expr:
    """Return C of stochastic gradient flow: d[M_j] for dM = sqrt(2 L/n) X^T dB."""
    return 2 * LOSS / SAMPLES * SQUARED_COLUMN


def scale_rate() -> sp.Expr:
    """Return d ln xi/dt of stochastic gradient flow, -8 eta L D_j/n."""
    return log_scale().drift.subs(VARIATION, isotropic_variation())


def without_ratio(rate: sp.Expr) -> tuple[sp.Expr, ...]:
    """Return what must vanish for xi~ = xi exp(int rate dt) with theta_inf = argmin Q_xi~.

    The drift of ln xi minus ``rate``; the diffusion of ln xi; and what of ln|u/v| is neither a
    multiple of g nor of dM: the factors must not depend on the coordinate.
    """
    scale, ratio = log_scale(), log_ratio()
    drift = scale.drift.subs(VARIATION, isotropic_variation())
    factor = ratio.drift.coeff(G, 1)
    apart = ratio.drift - factor * G
    own = (U, V, G, VARIATION)
    dependence = (sp.diff(factor, s) for s in own)
    return (
        sp.expand(drift - rate),
        scale.diffusion,
        apart,
        *dependence,
        *(sp.diff(ratio.diffusion, s) for s in own),
    )


# --- Minibatches ----------------------------------------------------------------------------------


def sampling_variance(batch: Any = 1, samples: Any = SAMPLES) -> sp.Expr:
    """Return C of the mean gradient of ``batch`` rows drawn without replacement, by S_j and g_j."""
    share = (samples - batch) / (batch * (samples - 1))
    return share * (MEAN_SQUARE - G**2)


def sampling_residual() -> sp.Expr:
    """Return the variance of a minibatch mean minus `sampling_variance`, any n and b: zero.

    A row is drawn with probability b/n, two rows with b (b-1)/(n (n-1)); with z_i the gradient of
    row i, sum z_i = n g, sum z_i^2 = n S and sum_{i != k} z_i z_k = (n g)^2 - n S.
    """
    n, b = SAMPLES, BATCH
    squares, products = n * MEAN_SQUARE, (n * G) ** 2 - n * MEAN_SQUARE
    second = (b / n * squares + b * (b - 1) / (n * (n - 1)) * products) / b**2
    return sp.cancel(sp.together(second - G**2 - sampling_variance(b, n)))


def leading_loss() -> sp.Expr:
    """Return what ln xi loses in a step of (S)GD, to leading order in eta, by the gradient used."""
    gain = gradient_descent_gain().replace(sp.Abs, lambda e: e)
    return sp.diff(gain, ETA, 2).subs(ETA, 0) / 2 * ETA**2


def expected_loss_rate(batch: Any = 1) -> sp.Expr:
    """Return the expected loss of ln xi per unit of time t = k eta, to leading order in eta.

    The mean square of a minibatch gradient is g^2 plus its variance.
    """
    mean_square = sp.expand(G**2 + sampling_variance(batch))
    return sp.expand(sp.cancel(leading_loss().coeff(G, 2) * mean_square / ETA))


def gradient_descent_rate() -> sp.Expr:
    """Return the loss of ln xi per unit of time of full batches, 4 eta g^2."""
    return leading_loss() / ETA


def true_noise_rate(batch: Any = 1) -> sp.Expr:
    """Return the loss of ln xi per unit of time in the flow with the covariance of minibatches."""
    return sp.expand(-log_scale().drift.subs(VARIATION, sampling_variance(batch)))


def decomposition_residual() -> sp.Expr:
    """Return SGD's rate minus that of the flow with true noise minus that of full batches: zero."""
    rest = expected_loss_rate(BATCH) - true_noise_rate(BATCH) - gradient_descent_rate()
    return sp.cancel(sp.together(rest))


def step_average_residual(rate: sp.Expr, rows: int = 3) -> sp.Expr:
    """Return the expected loss of ln xi in a step of SGD, over eta, minus ``rate``; leading order.

    ``rows`` samples with entries x_i of the column and residuals r_i: step i uses the gradient
    x_i r_i and is taken with probability 1/n. ``rate`` may hold eta, n, L, D_j, S_j and g_j.
    """
    x = sp.symbols(f"x_1:{rows + 1}", real=True)
    r = sp.symbols(f"r_1:{rows + 1}", real=True)
    gradients = [a * b for a, b in zip(x, r, strict=True)]
    average = sp.Add(*(leading_loss().subs(G, g) for g in gradients)) / rows / ETA
    here = {
        SAMPLES: rows,
        LOSS: sp.Add(*(b**2 for b in r)) / (2 * rows),
        SQUARED_COLUMN: sp.Add(*(a**2 for a in x)),
        MEAN_SQUARE: sp.Add(*(g**2 for g in gradients)) / rows,
        G: sp.Add(*gradients) / rows,
    }
    return sp.expand(average - rate.subs(here, simultaneous=True))

r"""A proof that a two-step run contracts near a point, from matrices of balls.

With the residual r = X theta - y, the move D = x_k - x_{k-1} and J = d(X theta)/dx at a fixed point
x* the recursion is, up to terms of second order, the linear map T on z = (r, D):

.. math:: D' = \mu D - \frac{\eta}{n} J^T (r + \kappa J D), \qquad r' = r + J D'.

A quadratic form V(z) = z^T P z is computed in double precision and then *verified* in balls: that
P - I/2 and q^2 P - T^T P T are positive definite, so that T shrinks sqrt(V) by q < 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb, arb_mat

from numeric.balls import Balls, balls, matrix, norm_bound, positive_definite
from numeric.polish import EPSILON
from symbolic.console import UserError


@dataclass(frozen=True, eq=False)
class Contraction:
    """What is proved of the linear map T; see `contraction`.

    Parameters
    ----------
    rate
        q, with sqrt(V(T z)) <= q sqrt(V(z)) for every z.
    form
        P, shape (n + 2d, n + 2d).
    lower, upper
        Exact numbers with lower |z|^2 <= V(z) <= upper |z|^2.
    """

    rate: Any
    form: arb_mat
    lower: Any
    upper: Any

    def size(self, z: Balls) -> Any:
        """Return an upper bound of sqrt(V(z))."""
        column = arb_mat(len(z), 1, list(z))
        return (column.transpose() * self.form * column)[0, 0].nonnegative_part().sqrt().abs_upper()


def linear_map(jacobian: Any, mu: Any, kappa: Any, rate: Any) -> Any:
    """Return T, shape (n + 2d, n + 2d), for J of shape (n, 2d); floats or balls.

    ``rate`` is eta/n.
    """
    n, count = jacobian.shape
    one, other = np.eye(n, dtype=int), np.eye(count, dtype=int)
    by_residual = -rate * jacobian.T
    by_move = mu * other - rate * kappa * (jacobian.T @ jacobian)
    return np.block([[one + jacobian @ by_residual, jacobian @ by_move], [by_residual, by_move]])


def contraction(jacobian: Balls, mu: Any, kappa: Any, rate: Any) -> Contraction:
    """Return a verified contraction of the linear map.

    Parameters
    ----------
    jacobian
        J at the fixed point, balls, (n, 2d).
    mu, kappa, rate
        The method and eta/n, balls.

    Raises
    ------
    UserError
        If the linear map does not contract or the verification fails.
    """
    from scipy.linalg import solve_discrete_lyapunov

    approximate = linear_map(
        jacobian.astype(float), *(float(c.mid()) for c in (mu, kappa, rate))
    ).astype(float)
    radius = float(np.abs(np.linalg.eigvals(approximate)).max())
    # Closer to 1 than a rounding for each row, the eigenvalue may be 1, as for dependent rows.
    if not radius < 1 - len(approximate) * EPSILON:
        raise _refusal(f"a spectral radius of {radius:.6g}")
    # Halfway to 1: what is lost in speed is gained in the condition of P.
    q = (1 + radius) / 2
    # P = I + (T/q)^T P (T/q): at least I, and q^2 P - T^T P T = q^2 I.
    solved = solve_discrete_lyapunov(approximate.T / q, np.eye(len(approximate)))
    if not np.isfinite(solved).all():
        raise _refusal(f"a spectral radius of {radius:.6g}")
    form = matrix(balls((solved + solved.T) / 2))
    exact = matrix(linear_map(jacobian, mu, kappa, rate) + arb(0))
    lower = arb(1) / 2
    identity = arb_mat(len(solved), len(solved), 1)
    shrunk = arb(q) ** 2 * form - exact.transpose() * form * exact
    if not (positive_definite(form - lower * identity) and positive_definite(shrunk)):
        raise _refusal(f"a quadratic form that is not verified, at spectral radius {radius:.6g}")
    # The Frobenius norm bounds the largest eigenvalue.
    return Contraction(arb(q), form, lower, norm_bound(form.entries()))


def _refusal(received: str) -> UserError:
    return UserError(
        expected="a limit at which the linearised recursion contracts",
        received=received,
        remedy="use a smaller step, and data whose rows are independent",
    )

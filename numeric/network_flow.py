"""The equations of the flows on the network u*u - v*v, compiled from their formulas.

Neurons are held as one array x = (u, v) of shape (2d,). With J the (n, 2d) matrix of derivatives of
X theta by x, the loss has gradient J^T r / n and, at an interpolator, the Hessian J^T J / n.
"""

from __future__ import annotations

import numpy as np

from numeric.compiled import network_functions, numpy_function
from symbolic.momentum_flow import gradient_flow_neurons
from symbolic.networks import SQUARED_DIFFERENCE
from symbolic.regression import predictor_gradient, residual
from symbolic.symbols import U, V

Array = np.ndarray

_PREDICTOR, _BY_U, _BY_V = network_functions(SQUARED_DIFFERENCE)
_S, _FLOW_U, _FLOW_V = gradient_flow_neurons()
_DUAL_U = numpy_function((U, _S), _FLOW_U)
_DUAL_V = numpy_function((V, _S), _FLOW_V)


def _constant_curvature() -> tuple[float, float]:
    """Return (d^2 theta/du^2, d^2 theta/dv^2), numbers for this network."""
    by_u, by_v = SQUARED_DIFFERENCE.sensitivities
    return float(by_u.diff(U)), float(by_v.diff(V))


_BY_UU, _BY_VV = _constant_curvature()
#: The same as a column, (2, 1): theta is the sum of c x^2/2 over the neurons x of a coordinate.
CURVATURES = np.array([[_BY_UU], [_BY_VV]])
#: Newton steps of a landing; it begins within rounding's square root of the solution.
_LANDING_STEPS = 8


class NetworkEquations:
    """Gradient, curvature and landing of the squared loss on one data set.

    Parameters
    ----------
    X, y
        Data, shapes (n, d) and (n,).
    """

    def __init__(self, X: Array, y: Array) -> None:
        self.X = np.asarray(X, dtype=float)
        self.y = np.asarray(y, dtype=float)
        self.n, self.d = self.X.shape

    def predictor(self, u: Array, v: Array) -> Array:
        """Return theta, shape (d,)."""
        return _PREDICTOR(u, v)

    def jacobian(self, u: Array, v: Array) -> Array:
        """Return J = d(X theta)/d(u, v), shape (n, 2d)."""
        return np.concatenate([self.X * _BY_U(u, v), self.X * _BY_V(u, v)], axis=1)

    def gradient(self, x: Array) -> tuple[Array, Array]:
        """Return the gradient by the neurons, shape (2d,), and by theta, shape (d,)."""
        u, v = x[: self.d], x[self.d :]
        g = predictor_gradient(self.X, self.y, _PREDICTOR(u, v))
        return np.concatenate([_BY_U(u, v) * g, _BY_V(u, v) * g]), g

    def curvature(self, x: Array) -> tuple[Array, Array, Array]:
        """Return the Hessian (2d, 2d), g (d,) and dg/dx (d, 2d)."""
        u, v = x[: self.d], x[self.d :]
        J = self.jacobian(u, v)
        g = predictor_gradient(self.X, self.y, _PREDICTOR(u, v))
        hessian = J.T @ J / self.n
        hessian[np.diag_indices(2 * self.d)] += np.concatenate([_BY_UU * g, _BY_VV * g])
        return hessian, g, self.X.T @ J / self.n

    def residual_size(self, x: Array) -> float:
        """Return ``|X theta - y|_inf`` at the neurons x."""
        theta = _PREDICTOR(x[: self.d], x[self.d :])
        return float(np.max(np.abs(residual(self.X, self.y, theta))))

    def scale(self, u: Array, v: Array) -> float:
        """Return the size against which a residual is small: that of y and of the start's."""
        x = np.concatenate([u, v])
        return max(float(np.max(np.abs(self.y))), self.residual_size(x))

    def rounding(self, u: Array, v: Array) -> float:
        """Return a bound on the rounding error of X theta - y, theta a difference of squares."""
        # |u d theta/du| + |v d theta/dv| is the size of the two squares, twice.
        squares = np.abs(u * _BY_U(u, v)) + np.abs(v * _BY_V(u, v))
        size = np.max(np.abs(self.X) @ squares + np.abs(self.y))
        return float((self.d + 2) * np.finfo(float).eps * size)

    def rates(self, u: Array, v: Array) -> tuple[float, float]:
        """Estimate the largest and smallest rate of decay near the end of gradient flow.

        Only the choice of an integrator rests on it. The neurons of the shortest interpolator
        stand for those of the limit.
        """
        shortest = np.linalg.lstsq(self.X, self.y, rcond=None)[0]
        size = np.sqrt(np.abs(shortest))
        J = self.jacobian(np.maximum(np.abs(u), size), np.abs(v))
        squares = np.linalg.svd(J, compute_uv=False) ** 2 / self.n
        return float(squares[0]), max(float(squares[-1]), float(np.finfo(float).tiny))

    def land(self, u: Array, v: Array) -> tuple[Array, Array]:
        """Return the nearby interpolator that differs from (u, v) within the rows of J."""
        J = self.jacobian(u, v)
        inverse = np.linalg.pinv(J @ J.T)
        for _ in range(_LANDING_STEPS):
            step = J.T @ (inverse @ residual(self.X, self.y, _PREDICTOR(u, v)))
            u, v = u - step[: self.d], v - step[self.d :]
        return u, v

    # In the dual variables w of gradient flow: s = X^T w, u = u0 e^{-2s}, v = v0 e^{2s}.

    def dual_neurons(self, u0: Array, v0: Array, w: Array) -> tuple[Array, Array]:
        """Return (u, v) at w = int (X theta - y)/n dt, shape (n,)."""
        s = self.X.T @ w
        return _DUAL_U(u0, s), _DUAL_V(v0, s)

    def dual_residual(self, u0: Array, v0: Array, w: Array) -> tuple[Array, Array]:
        """Return X theta - y, shape (n,), and g = ds/dt, shape (d,), at w."""
        r = residual(self.X, self.y, _PREDICTOR(*self.dual_neurons(u0, v0, w)))
        return r, self.X.T @ r / self.n

    def dual_slope(self, u0: Array, v0: Array, w: Array) -> Array:
        """Return d(X theta)/dw = -J J^T, shape (n, n)."""
        J = self.jacobian(*self.dual_neurons(u0, v0, w))
        return -(J @ J.T)

    def dual_jacobian(self, u0: Array, v0: Array, w: Array) -> Array:
        """Return the derivative of (w', g^2) by (w, int g^2), shape (n + d, n + d)."""
        slope = self.dual_slope(u0, v0, w) / self.n
        _, g = self.dual_residual(u0, v0, w)
        out = np.zeros((self.n + self.d, self.n + self.d))
        out[: self.n, : self.n] = slope
        out[self.n :, : self.n] = 2 * g[:, None] * (self.X.T @ slope)
        return out

    def land_dual(self, u0: Array, v0: Array, w: Array) -> Array:
        """Return the nearby w with X theta = y, by Newton's method."""
        for _ in range(_LANDING_STEPS):
            r, _ = self.dual_residual(u0, v0, w)
            w = w - np.linalg.solve(self.dual_slope(u0, v0, w), r)
        return w

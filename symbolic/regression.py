"""Least squares, L(theta) = |X theta - y|^2 / (2 n), in plain arithmetic.

The functions use ``@``, ``-`` and ``/`` only, so they run on NumPy arrays of floats, mpmath numbers
or balls and on SymPy matrices. Source: Lyu et al., Eq. (5).
"""

from __future__ import annotations

from typing import Any


def residual(X: Any, y: Any, theta: Any) -> Any:
    """Return X theta - y, shape (n,)."""
    return X @ theta - y


def loss(X: Any, y: Any, theta: Any) -> Any:
    """Return |X theta - y|^2 / (2 n), a scalar (a 1 x 1 matrix for SymPy matrices)."""
    r = residual(X, y, theta)
    return (r.T @ r) / (2 * X.shape[0])


def predictor_gradient(X: Any, y: Any, theta: Any) -> Any:
    """Return the gradient of the loss by the predictor, X^T (X theta - y) / n, shape (d,)."""
    return X.T @ residual(X, y, theta) / X.shape[0]

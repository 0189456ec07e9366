r"""Quasi-hyperbolic momentum as a member of the two-step family.

QHM(beta, nu) with rate ell keeps an average of gradients and a parameter w:

.. math:: b_k = \beta b_{k-1} + (1-\beta) g_k, \qquad
          w_{k+1} = w_k - \ell\,[(1-\nu) g_k + \nu b_k].

Source: Ma and Yarats, "Quasi-hyperbolic momentum and Adam for deep learning", ICLR 2019, Eqs. 3-4.
"""

from __future__ import annotations

import sympy as sp

from symbolic.discrete_theorem import NOW, PREVIOUS
from symbolic.symbols import MU, G
from symbolic.torch_sgd import RATE
from symbolic.two_step import look_ahead, two_step_update

#: Immediate discount nu; beta is `MU`, the rate that of `symbolic.torch_sgd`.
DISCOUNT = sp.Symbol("nu", real=True)


def parameters() -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """Return (mu, kappa, eta): beta, beta (1-nu)/(1-beta) and ell (1-beta)."""
    return MU, MU * (1 - DISCOUNT) / (1 - MU), RATE * (1 - MU)


def residuals(kappa: sp.Expr | None = None, eta: sp.Expr | None = None) -> tuple[sp.Expr, sp.Expr]:
    """Return what QHM and the family differ by: the parameter against y_k, and its average.

    The family's iterates are x_k, the parameter is y_k = x_k + kappa (x_k - x_{k-1}), and the
    average is b_{k-1} = -(x_k - x_{k-1})/ell, which is zero from rest. Both residuals vanish.
    """
    mu, right_kappa, right_eta = parameters()
    kappa = right_kappa if kappa is None else kappa
    eta = right_eta if eta is None else eta
    after = two_step_update(NOW, PREVIOUS, lambda _: G, mu=mu, kappa=kappa, eta=eta)
    average = MU * -(NOW - PREVIOUS) / RATE + (1 - MU) * G
    parameter = look_ahead(NOW, PREVIOUS, kappa) - RATE * ((1 - DISCOUNT) * G + DISCOUNT * average)
    return (
        sp.cancel(look_ahead(after, NOW, kappa) - parameter),
        sp.cancel(-(after - NOW) / RATE - average),
    )

r"""torch.optim.SGD as a two-step method, from the recursion that its documentation states.

With rate :math:`\ell`, momentum :math:`\mu` and dampening :math:`\tau`, torch keeps a buffer b:

.. math:: b_1 = \nabla_0, \quad b_{k+1} = \mu b_k + (1-\tau) \nabla_k \quad (k \ge 1)

and moves its parameter by :math:`-\ell b_{k+1}`, or for Nesterov, which asks for
:math:`\tau = 0`, by :math:`-\ell (\nabla_k + \mu b_{k+1})`; without momentum there is no buffer and
the move is :math:`-\ell \nabla_k`. Only the first step is undamped. So

* with momentum it is heavy ball of step :math:`\eta = (1-\tau)\ell` from a start with velocity,
  :math:`x_{-1} = x_0 + \tau\ell \nabla_0/\mu`;
* with Nesterov it is Nesterov's method of step :math:`\ell` from rest, and torch holds the
  look-ahead points y_k, not the iterates x_k; both have one limit;
* without momentum it is (S)GD of step :math:`\ell`, whatever the dampening.

Gradients may be those of any minibatches. Source: documentation of torch.optim.SGD.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from symbolic.symbols import MU, SAMPLES
from symbolic.two_step import look_ahead, two_step_update

#: torch's learning rate and dampening.
RATE = sp.Symbol("ell", positive=True)
DAMPENING = sp.Symbol("tau", real=True)
#: x_0 or x_k, x_{k-1}, and the gradient by the parameter that the step uses.
POINT, PREVIOUS, STEP_GRADIENT = sp.symbols(r"x_k x_{k-1} \nabla_{k}", real=True)
#: Sum of the squared residuals of the rows of a step.
_SQUARES = sp.Symbol("S", positive=True)
#: Losses of a step on n rows, by what a user may call them; the first one is L of the project.
_LOSSES = {
    "half-mean": _SQUARES / (2 * SAMPLES),
    "mean": _SQUARES / SAMPLES,
    "sum": _SQUARES,
    "half-sum": _SQUARES / 2,
}
LOSS_NAMES = tuple(_LOSSES)


def torch_step(
    point: Any,
    gradient: Any,
    buffer: Any,
    *,
    rate: Any,
    momentum: Any,
    dampening: Any,
    nesterov: bool,
) -> tuple[Any, Any]:
    """Return (parameter, buffer) after one step of torch.optim.SGD, in plain arithmetic.

    ``buffer`` is None before the first step. Minimisation, no weight decay, momentum not zero.
    """
    buffer = gradient if buffer is None else momentum * buffer + (1 - dampening) * gradient
    move = gradient + momentum * buffer if nesterov else buffer
    return point - rate * move, buffer


# --- The map --------------------------------------------------------------------------------------


def learning_rate() -> sp.Expr:
    """Return eta = (1 - tau) ell of a run with momentum."""
    return (1 - DAMPENING) * RATE


def before_start() -> sp.Expr:
    """Return x_{-1} = x_0 + tau ell grad_0/mu, by `POINT` and `STEP_GRADIENT`."""
    return POINT + DAMPENING * RATE * STEP_GRADIENT / MU


def loss_factor(name: str) -> sp.Expr:
    """Return c with (the loss called ``name``) = c |X theta - y|^2/(2n); n is `SAMPLES`, the rows.

    The gradient of the loss is c times that of L, so that the rate for L is c times the user's.
    """
    return sp.cancel(_LOSSES[name] / _LOSSES[LOSS_NAMES[0]])


# --- That it is right -----------------------------------------------------------------------------


def damped_residuals(
    eta: sp.Expr | None = None, before: sp.Expr | None = None
) -> dict[str, sp.Expr]:
    """Return what torch and heavy ball differ by: the first step, a later one, and its buffer.

    Induction: a later step starts from b_k = (x_{k-1} - x_k)/ell, which the first step
    establishes and every step keeps. All are zero for ``eta`` and ``before`` left out.
    """
    eta = learning_rate() if eta is None else eta
    before = before_start() if before is None else before
    return _residuals(eta, before, 0 * MU, DAMPENING, nesterov=False)


def nesterov_residuals(
    eta: sp.Expr | None = None, before: sp.Expr | None = None
) -> dict[str, sp.Expr]:
    """Return the same for Nesterov: torch's parameter against the look-ahead points y_k."""
    eta = RATE if eta is None else eta
    before = POINT if before is None else before
    return _residuals(eta, before, MU, 0 * DAMPENING, nesterov=True)


def _residuals(
    eta: sp.Expr, before: sp.Expr, kappa: sp.Expr, dampening: sp.Expr, *, nesterov: bool
) -> dict[str, sp.Expr]:
    # kappa is also how far ahead of x_k torch's own parameter stands: 0 or, for Nesterov, mu.
    found = {}
    cases = {"first": (before, None), "later": (PREVIOUS, (PREVIOUS - POINT) / RATE)}
    for name, (previous, buffer) in cases.items():
        after = two_step_update(
            POINT, previous, lambda _: STEP_GRADIENT, mu=MU, kappa=kappa, eta=eta
        )
        held = look_ahead(POINT, previous, kappa)
        theirs, new_buffer = torch_step(
            held,
            STEP_GRADIENT,
            buffer,
            rate=RATE,
            momentum=MU,
            dampening=dampening,
            nesterov=nesterov,
        )
        found[name] = sp.expand(theirs - look_ahead(after, POINT, kappa))
        found[f"{name} buffer"] = sp.expand(new_buffer - (POINT - after) / RATE)
    return found

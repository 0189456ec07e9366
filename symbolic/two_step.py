r"""The one recursion that every method here is, and its named members.

.. math::
    y_k     &= x_k + \kappa\,(x_k - x_{k-1}) \\
    x_{k+1} &= x_k + \mu\,(x_k - x_{k-1}) - \eta\,\nabla L(y_k)

Plain arithmetic only: the same two functions run on SymPy expressions, on floats and float arrays,
on mpmath numbers and on balls.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from symbolic.console import UserError


@dataclass(frozen=True)
class TwoStepMethod:
    """A member of the two-step family.

    Parameters
    ----------
    name
        What to call it in tables.
    mu
        Momentum, a number or an expression, in [0, 1).
    kappa
        Look-ahead, a number or an expression; `None` stands for "equal to the momentum".
    """

    name: str
    mu: Any
    kappa: Any

    def with_momentum(self, mu: Any) -> TwoStepMethod:
        """Return the same method at momentum ``mu`` (Nesterov's look-ahead moves with it)."""
        if self.name == "gd" and mu != 0:
            raise UserError(
                expected="momentum 0 for gd",
                received=f"{mu}",
                remedy="use hb or nag for a method with momentum",
            )
        kappa = mu if self.name == "nag" else self.kappa
        return replace(self, mu=mu, kappa=kappa)


def look_ahead(x: Any, previous: Any, kappa: Any) -> Any:
    """Return the point at which the gradient is taken, y = x + kappa (x - previous)."""
    return x + kappa * (x - previous)


def two_step_update(
    x: Any, previous: Any, gradient: Callable[[Any], Any], *, mu: Any, kappa: Any, eta: Any
) -> Any:
    """Return the next iterate, x + mu (x - previous) - eta gradient(look-ahead point)."""
    return x + mu * (x - previous) - eta * gradient(look_ahead(x, previous, kappa))


def _named_methods() -> dict[str, TwoStepMethod]:
    from symbolic.symbols import MU

    return {
        "gd": TwoStepMethod("gd", 0 * MU, 0 * MU),
        "hb": TwoStepMethod("hb", MU, 0 * MU),
        "nag": TwoStepMethod("nag", MU, MU),
    }


METHODS: dict[str, TwoStepMethod] = _named_methods()
GRADIENT_DESCENT = METHODS["gd"]
HEAVY_BALL = METHODS["hb"]
NESTEROV = METHODS["nag"]


def method_named(name: str) -> TwoStepMethod:
    """Return the method called ``name`` with its symbolic momentum.

    Raises
    ------
    UserError
        If there is no such method.
    """
    try:
        return METHODS[name]
    except KeyError:
        raise UserError(
            expected=f"one of {', '.join(METHODS)}",
            received=repr(name),
            remedy="for a method of your own give --mu and --kappa",
        ) from None

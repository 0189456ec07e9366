r"""Exact derivations: momentum methods, their modified equations, and the entropy they minimise.

What a library user needs is importable from here; nothing heavy is imported before it is used.

The modified equation of a method of the family
``x[k+1] = x[k] + mu (x[k] - x[k-1]) - eta grad L(x[k] + kappa (x[k] - x[k-1]))``:

>>> from symbolic import derive, TwoStepMethod, parse_expression
>>> nag = derive("nag")
>>> nag.inertia
eta*(2*mu**2 - mu + 1)/(2*(1 - mu))
>>> nag.layer_velocity
(2*mu - 1)/(2*mu**2 - mu + 1)
>>> len(nag.steps) > 5
True

A method of one's own, its parameters exact:

>>> own = TwoStepMethod("own", parse_expression("mu"), parse_expression("mu/2"))
>>> derive(own).inertia
eta*(mu**2 + 1)/(2*(1 - mu))

The coefficients alone, symbolic or at exact numbers:

>>> from symbolic import inertia_coefficient, layer_matched_velocity
>>> inertia_coefficient(parse_expression("0.9"), 0, parse_expression("0.002"))
19/1000
>>> layer_matched_velocity(parse_expression("0.9"), 0)
-10/19

In a notebook a derivation and each of its steps show themselves as LaTeX.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

#: Public name to the module that defines it.
_HOME = {
    "UserError": "console",
    "TwoStepMethod": "two_step",
    "two_step_update": "two_step",
    "look_ahead": "two_step",
    "method_named": "two_step",
    "METHODS": "two_step",
    "GRADIENT_DESCENT": "two_step",
    "HEAVY_BALL": "two_step",
    "NESTEROV": "two_step",
    "Derivation": "derivation",
    "Step": "derivation",
    "derive": "derivation",
    "inertia_coefficient": "modified_equation",
    "slow_flow": "modified_equation",
    "slow_flow_coefficient": "modified_equation",
    "layer_matched_velocity": "layer",
    "DiagonalNetwork": "networks",
    "SQUARED_DIFFERENCE": "networks",
    "PRODUCT": "networks",
    "product_from_squared_difference": "networks",
    "squared_difference_from_product": "networks",
    "HyperbolicEntropy": "entropy",
    "itakura_saito": "discrete_theorem",
    "excess": "discrete_theorem",
    "printed_lambda": "concordance",
    "matched_lambda": "concordance",
    "parse_expression": "grammar",
}

__all__ = [*_HOME]  # noqa: PLE0604  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'symbolic' has no attribute {name!r}")
    value = getattr(import_module(f"symbolic.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})

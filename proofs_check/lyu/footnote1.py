"""Lyu et al., footnote 1: the networks u*v and u*u - v*v are equivalent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath
import sympy as sp

from numeric.datasets import rational_problem
from numeric.iterates import NeuronGradient, generic_iterates, numbers_of, stacked
from proofs_check.claim import (
    Check,
    Claim,
    Finding,
    Form,
    Forms,
    Quotation,
    bounded,
    exact_zero,
    mutant_forms,
)
from symbolic.derivation import Step
from symbolic.networks import (
    PRODUCT,
    SQUARED_DIFFERENCE,
    DiagonalNetwork,
    product_from_squared_difference,
)
from symbolic.symbols import ETA, KAPPA, MU, G, U, V
from symbolic.two_step import TwoStepMethod, two_step_update

#: Working digits, and the digits to which trained paths must agree: what is left pays for the
#: rounding of all steps, each amplified by less than 10 on a path that converges.
DIGITS, AGREEING = 60, 45
SEEDS = (0, 1)
STEPS = 100
METHODS = {
    "gd": TwoStepMethod("gd", 0, 0),
    "hb": TwoStepMethod("hb", sp.Rational(4, 5), 0),
    "nag": TwoStepMethod("nag", sp.Rational(4, 5), sp.Rational(4, 5)),
    "own": TwoStepMethod("own", sp.Rational(1, 2), sp.Rational(1, 4)),
}


@dataclass(frozen=True)
class Correspondence:
    """Which neurons and which step size of u*v belong to those of u*u - v*v."""

    neurons: Callable[[Any, Any], tuple[Any, Any]]
    step_factor: sp.Rational
    scale_factor: sp.Rational = sp.S.One


def _forms() -> Forms:
    right, two = product_from_squared_difference, sp.Integer(2)
    mutants: list[tuple[str, Correspondence]] = [
        ("equal step sizes", Correspondence(right, sp.S.One)),
        ("step size four times", Correspondence(right, sp.Integer(4))),
        ("step size 5 % larger", Correspondence(right, two * sp.Rational(21, 20))),
        ("step size 5 % smaller", Correspondence(right, two * sp.Rational(19, 20))),
        ("step size with the wrong sign", Correspondence(right, -two)),
        ("neurons unchanged", Correspondence(lambda u, v: (u, v), two)),
        ("neurons halved", Correspondence(lambda u, v: ((u + v) / 2, (u - v) / 2), two)),
        ("sign of v flipped in one neuron", Correspondence(lambda u, v: (u + v, u + v), two)),
        ("v dropped in one neuron", Correspondence(lambda u, v: (u, u - v), two)),
        ("scale four times", Correspondence(right, two, sp.Integer(4))),
    ]
    statement = (
        r"With $w_\pm = u \pm v$ the network $w_+ \odot w_-$ has the same predictor, scale "
        r"$|w_+^2 - w_-^2|/4 = |uv|$ and, trained with step size $2\eta$, the same path"
    )
    return Forms(
        Form("printed", statement, Correspondence(right, two)), mutants=mutant_forms(mutants)
    )


def _gradient(network: DiagonalNetwork) -> Callable[[sp.Matrix], sp.Matrix]:
    """Return the neurons' gradient of one coordinate, for a given gradient by theta at that point.

    Equal predictors see equal gradients by theta, so one symbol stands for it in both networks.
    """

    def gradient(x: sp.Matrix) -> sp.Matrix:
        at = {network.first: x[0], network.second: x[1]}
        return sp.Matrix([G * s.subs(at, simultaneous=True) for s in network.sensitivities])

    return gradient


def _same_step(form: Form) -> Finding:
    """One step of any two-step method, mapped, against one step of the mapped neurons."""
    old_u, old_v = sp.symbols("u_(k-1) v_(k-1)", real=True)
    to = form.content.neurons

    def step(network: DiagonalNetwork, here: Any, last: Any, eta: sp.Expr) -> sp.Matrix:
        return two_step_update(
            sp.Matrix(here), sp.Matrix(last), _gradient(network), mu=MU, kappa=KAPPA, eta=eta
        )

    after = step(SQUARED_DIFFERENCE, (U, V), (old_u, old_v), ETA)
    image = step(PRODUCT, to(U, V), to(old_u, old_v), form.content.step_factor * ETA)
    at = dict(zip((PRODUCT.first, PRODUCT.second), to(U, V), strict=True))
    # |.| apart: the scales agree when their squares do.
    scale = (PRODUCT.scale.args[0] * PRODUCT.scale.args[1].args[0]) ** 2
    residuals = [
        *(image - sp.Matrix(to(after[0], after[1]))),
        PRODUCT.predictor.subs(at, simultaneous=True) - SQUARED_DIFFERENCE.predictor,
        scale.subs(at, simultaneous=True) * form.content.scale_factor**2
        - SQUARED_DIFFERENCE.scale**2,
    ]
    return exact_zero(
        [sp.expand(residual) for residual in residuals],
        "Step, predictor and scale of the mapped neurons are those of the original ones.",
    )


def _largest_gap(form: Form) -> float:
    """Return the largest difference between the predictors of two trained networks."""
    worst = mpmath.mpf(0)
    with mpmath.workdps(DIGITS):
        for seed in SEEDS:
            data = rational_problem(seed=seed)
            X, y = numbers_of(data.X), numbers_of(data.y)
            u, v = numbers_of(data.u), numbers_of(data.v)
            original = NeuronGradient(X, y)
            image = NeuronGradient(X, y, PRODUCT)
            mapped = stacked(*form.content.neurons(u, v))
            # A hundredth of the inverse of |X|^2: well inside the stable range.
            eta = mpmath.mpf(1) / (100 * sum(x**2 for x in X.flat))
            step = numbers_of(form.content.step_factor) * eta
            for method in METHODS.values():
                real = TwoStepMethod(method.name, numbers_of(method.mu), numbers_of(method.kappa))
                paths = [
                    generic_iterates(original, stacked(u, v), real, eta, STEPS),
                    generic_iterates(image, mapped, real, step, STEPS),
                ]
                for here, there in zip(*paths, strict=True):
                    gap = original.predictor(*here) - image.predictor(*there)
                    worst = max(worst, *(abs(entry) for entry in gap))
                    if worst > mpmath.mpf(10) ** -AGREEING:
                        return float(worst)
    return float(worst)


def _same_paths(form: Form) -> Finding | None:
    if form.content.scale_factor != 1:
        return None
    return bounded(
        _largest_gap(form),
        float(f"1e-{AGREEING}"),
        "Largest difference of the predictors of both networks along training, in "
        f"{DIGITS}-digit arithmetic.",
        atol=float(f"1e-{AGREEING}"),
    )


def _derivation() -> list[Step]:
    a, b = product_from_squared_difference(U, V)
    at = dict(zip((PRODUCT.first, PRODUCT.second), (a, b), strict=True))
    product = sp.Symbol("w_+") * sp.Symbol("w_-")
    before, _ = product_from_squared_difference(*SQUARED_DIFFERENCE.sensitivities)
    after = PRODUCT.sensitivities[0].subs(at, simultaneous=True)
    return [
        Step(
            "The sum and the difference of the neurons carry the same predictor",
            sp.Eq(product, sp.expand(a * b), evaluate=False),
        ),
        Step("Their sum moves, in the network u*u - v*v, in proportion to", before),
        Step("In the network u*v it moves in proportion to half of that: the step doubles", after),
    ]


CLAIMS = (
    Claim(
        id="lyu.footnote1",
        title="The networks u*v and u*u - v*v are one",
        paper="Lyu et al. 2025",
        equation="footnote 1",
        printed=Quotation(
            "lyu2025.txt",
            106,
            r"A standard diagonal linear network is $\theta = u \odot v$, which is shown in "
            "(Woodworth et al. 2020) to be equivalent to our parameterization here.",
        ),
        claimed_over="every two-step method, data set and start; no map or step size is stated",
        sampled_over=(
            "map: every method, loss and start, symbolically; paths: "
            f"{', '.join(METHODS)} on {len(SEEDS)} rational problems, {STEPS} steps"
        ),
        forms=_forms,
        checks=(
            Check(
                "step",
                "Does one step of either network give one step of the other?",
                _same_step,
                exact=True,
                proves=True,
            ),
            Check("paths", "Do trained networks stay together?", _same_paths),
        ),
        derivation=_derivation,
        remark="The print leaves open which step sizes correspond: eta on u*u - v*v is 2 eta on "
        "u*v.",
    ),
)

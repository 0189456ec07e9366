"""Lyu et al., section 3.1: tiny starts leave the saddle u = v = 0 late; how late."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from numeric.compiled import numpy_function
from numeric.datasets import gaussian
from numeric.problems import Problem, Start
from numeric.saddle_escape import push_at_the_saddle, steps_until
from proofs_check.claim import (
    Check,
    Claim,
    Finding,
    Form,
    Forms,
    Quotation,
    bounded,
    exact_zero,
)
from symbolic.derivation import Step
from symbolic.saddle_escape import (
    PUSH,
    SIZE,
    characteristic,
    escape_residual,
    escape_steps,
    growth,
    growth_rate,
    push_residuals,
)
from symbolic.symbols import KAPPA, MU
from symbolic.two_step import METHODS, TwoStepMethod

PAPER = "Lyu et al. 2025"
#: Sizes c of the start, and the size of a neuron at which the saddle counts as left: so small that
#: the gradient is still that of the saddle, so much larger than c that the first steps are over.
SIZES, LEFT = (1e-30, 1e-60, 1e-100), 1e-6
#: s = 2 eta |g(0)|_inf.
STRENGTH = 0.02
MOMENTUM = 0.9
SEEDS = (0, 1)


class Escape(NamedTuple):
    """One method on one problem: the steps to leave from every size of the start."""

    label: str
    problem: Problem
    method: TwoStepMethod
    steps: tuple[int, ...]


@cache
def escapes() -> tuple[Escape, ...]:
    """Return the steps that GD, heavy ball and Nesterov's method need from `SIZES`."""
    found = []
    for seed in SEEDS:
        problem = gaussian(20, 50, 3, seed=seed)
        eta = STRENGTH / push_at_the_saddle(problem, 1.0)
        for name in METHODS:
            method = METHODS[name].with_momentum(0 if name == "gd" else MOMENTUM)
            steps = [
                steps_until(problem, Start.scaled(problem.d, size), method, eta, size=LEFT)
                for size in SIZES
            ]
            found.append(Escape(f"{name}, data {seed}", problem, method, tuple(steps)))
    return tuple(found)


def linearised(form: Form) -> Finding:
    """Decide that the stated number of steps is that of the linearised recursion."""
    return exact_zero(
        [*push_residuals(), escape_residual(form.content)],
        r"Push of the neurons at the saddle minus $s|x|$, $s = 2\eta|g(0)|_\infty$; and "
        r"$z^2 - (1+\mu+s(1+\kappa))z + \mu + s\kappa$ at $z = \exp(\ln(1/c)/T(c))$ with the "
        r"stated steps $T(c)$.",
    )


def steps_to_leave(form: Form) -> Finding:
    """Compare the further steps that smaller starts need with the stated ones."""
    function = numpy_function((SIZE, PUSH, MU, KAPPA), form.content)
    worst, counted, allowed = 0.0, {}, 0.0
    for escape in escapes():
        mu, kappa = float(escape.method.mu), float(escape.method.kappa)
        stated = function(np.array(SIZES), STRENGTH, mu, kappa)
        further = np.diff(escape.steps) - np.diff(stated)
        worst = max(worst, float(np.abs(further).max()))
        counted[escape.label] = list(escape.steps)
        # Until then |theta_j| <= LEFT^2, so that g differs from g(0) by this share at most.
        X = escape.problem.X
        share = np.abs(X.T @ X).sum(axis=1).max() * LEFT**2 / np.abs(X.T @ escape.problem.y).max()
        allowed = max(allowed, 2 * float(share) * max(escape.steps))
    return bounded(
        worst,
        1.0 + allowed,
        "Largest deviation, in steps, of the further steps that a start needs which is smaller by "
        r"$10^{30}$ or $10^{40}$; a count is rounded up, which makes one step, and the gradient "
        "moves by a share that is stated.",
        rtol=1e-6,
        atol=1e-3,
        data={"steps from " + ", ".join(f"{c:g}" for c in SIZES): counted, **_figure(form)},
    )


def _figure(form: Form) -> dict[str, Any]:
    if form.name != "printed":
        return {}
    function = numpy_function((SIZE, PUSH, MU, KAPPA), form.content)
    sizes = np.geomspace(SIZES[-1], SIZES[0], 30)
    series = []
    for escape in escapes()[: len(METHODS)]:
        name = escape.method.name
        series.append({"label": name, "x": SIZES, "y": escape.steps, "style": ""})
        mu, kappa = float(escape.method.mu), float(escape.method.kappa)
        stated = function(sizes, STRENGTH, mu, kappa)
        # The law gives differences: it is drawn through the count from the largest start.
        law = stated - stated[-1] + escape.steps[0]
        series.append({"label": f"{name}, law", "x": sizes, "y": law, "style": "reference"})
    return {
        "figure": {
            "kind": "curves",
            "title": "Steps to leave the saddle against the size of the start",
            "xlabel": "size $c$ of the start",
            "ylabel": "steps",
            "xscale": "log",
            "caption": r"Steps until a neuron has grown from $c$ to $10^{-6}$ ($n = 20$, $d = 50$, "
            rf"$2\eta|g(0)|_\infty = {STRENGTH}$, $\mu = {MOMENTUM}$ with momentum) and the law "
            r"$\ln(1/c)/\ln z_+$: seventy orders of magnitude cost some thousand steps.",
            "series": series,
        }
    }


def forms() -> Forms:
    """Return the logarithmic law and wrong ones."""
    right = escape_steps()
    first = sp.log(1 / SIZE) / sp.log(1 + PUSH)
    wrong = (
        ("a power of the scale", r"$c^{-1/10}$ steps", SIZE ** sp.Rational(-1, 10)),
        ("bounded", "a number of steps that does not depend on $c$", sp.S.One),
        ("momentum without effect", r"$\ln(1/c)/\ln(1+s)$ for every method", first),
        ("first order", r"$(1-\mu)\ln(1/c)/s$", sp.log(1 / SIZE) / growth_rate()),
        ("5 % more", "1.05 times the steps", right * sp.Rational(21, 20)),
        ("5 % less", "0.95 times the steps", right * sp.Rational(19, 20)),
    )
    return Forms(
        Form(
            "printed",
            "Starts close to the saddle $u = v = 0$ leave it later, without bound as $c \\to 0$; "
            r"with the rate, which is not printed: $\ln(1/c)/\ln z_+$ steps, $z_+$ the larger root "
            r"of $z^2 - (1+\mu+s(1+\kappa))z + \mu + s\kappa$, $s = 2\eta|g(0)|_\infty$",
            right,
        ),
        mutants=tuple(Form(*entry) for entry in wrong),
    )


def derivation() -> tuple[Step, ...]:
    """Return the linearised recursion, its root, and the root to first order."""
    return (
        Step(r"A solution $x_k = z^k$ near the saddle makes this zero:", characteristic()),
        Step(r"Its larger root is $z_+$, the growth in a step:", growth()),
        Step(r"$\ln z_+$ to first order in $s$, whatever the look-ahead:", growth_rate()),
        Step("Steps from $c$ beyond those from 1:", escape_steps()),
    )


CLAIMS = (
    Claim(
        id="lyu.saddle.escape",
        title="How long a tiny start stays at the saddle",
        paper=PAPER,
        equation="section 3.1",
        printed=Quotation(
            "lyu2025.txt",
            148,
            "very small initialization scales lead to the issue that these scales correspond to "
            "the initialization highly close to a saddle point (here $u = v = 0$) that might be "
            "difficult to escape",
        ),
        claimed_over="all data and methods, starts of a small scale; no rate is stated",
        sampled_over="root: symbolic mu, kappa and s; training: two problems with n = 20, d = 50, "
        "GD, heavy ball and Nesterov's method, starts from 1e-30 to 1e-100",
        forms=forms,
        checks=(
            Check(
                "linearised",
                "Is the law that of the recursion at the saddle?",
                linearised,
                exact=True,
                proves=True,
            ),
            Check("steps to leave", "Do trained networks leave after as many?", steps_to_leave),
        ),
        derivation=derivation,
        remark="The time is logarithmic: a start smaller by a factor costs a fixed number of "
        "steps, and the same law holds with momentum, which is faster by about 1/(1 - mu).",
    ),
)

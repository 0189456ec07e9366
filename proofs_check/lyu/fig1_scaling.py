"""Lyu et al., section 3.2 and Fig. 1: what scaling the data by epsilon does."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from numeric.compiled import numpy_function
from numeric.datasets import rational_problem
from numeric.problems import Start
from numeric.training import trajectory
from proofs_check.claim import (
    Check,
    Claim,
    Counterexample,
    Finding,
    Form,
    Forms,
    Outcome,
    Quotation,
    exact_zero,
)
from proofs_check.limit_orders import Differences, order_finding
from proofs_check.scaled_data import (
    PRINTED_EPSILONS,
    SQUARES,
    distances,
    method_at,
    printed_setting,
    scaled_data,
)
from symbolic.data_scaling import (
    EPSILON,
    iterates_residual,
    linear_term_residual,
    loss_residual,
    mitigation_residual,
)
from symbolic.derivation import Step
from symbolic.symbols import ETA
from symbolic.two_step import METHODS

Array = np.ndarray
PAPER = "Lyu et al. 2025"


class Scaling(NamedTuple):
    """What epsilon does to the run, to R^M and alpha phi (powers), and to the difference in D.

    ``order`` is that of D(momentum) - D(GD) in epsilon^2; 0 is a difference that does not vanish.
    """

    rate: sp.Expr = EPSILON**2
    iterates: sp.Expr = sp.S.One
    linear_power: int = 2
    mitigation_power: int = 2
    order: int = 1


def same_iterates(form: Form) -> Finding:
    """Decide that a step on scaled data is one on the data at the stated rate."""
    content = form.content
    return exact_zero(
        [loss_residual(), *iterates_residual(content.rate, content.iterates)],
        r"A step on $(\varepsilon X, \varepsilon y)$ with $\eta$ minus one on $(X, y)$ with the "
        r"stated learning rate, symbolic data, $\mu$, $\kappa$, $\eta$ and neurons; and "
        r"$L_\varepsilon - \varepsilon^2L$.",
    )


def powers(form: Form) -> Finding:
    """Decide with which powers of epsilon R^M and alpha phi fall."""
    content = form.content
    return exact_zero(
        [
            linear_term_residual(content.linear_power),
            mitigation_residual(content.mitigation_power),
        ],
        r"The argument of $\mathcal R^M$ on scaled data minus $\varepsilon^p$ times that on the "
        r"data, and likewise $\alpha\phi$ along the points of gradient flow.",
    )


def same_bits(form: Form) -> Finding:
    """Compare float64 paths at powers of two, where scaling rounds nothing: bit for bit."""
    factors = (
        numpy_function((EPSILON,), form.content.rate),
        numpy_function((EPSILON,), form.content.iterates),
    )
    different = 0
    for seed, (name, epsilon) in enumerate(product(METHODS, (0.5, 0.25, 2.0))):
        exact = rational_problem(2, 3, seed)
        problem = exact.problem
        start = Start(exact.u.astype(float), exact.v.astype(float))
        rate, size = (float(factor(epsilon)) for factor in factors)
        there = Start(size * start.u, size * start.v)
        scaled = trajectory(scaled_data(problem, epsilon), there, method_at(name), 0.001, 50)
        plain = trajectory(problem, start, method_at(name), 0.001 * rate, 50)
        different += int((scaled != size * plain).sum())
    return Finding(
        Outcome.FAILS if different else Outcome.HOLDS,
        "Number of float64 entries of paths of 50 steps on scaled data that differ in any bit from "
        r"those at the stated rate; $\varepsilon$ = 1/2, 1/4 and 2, GD, heavy ball and Nesterov's "
        "method.",
        measured="some" if different else 0,
        predicted=0,
        criterion="none",
        rtol=0.0,
    )


def order_of_the_difference(form: Form) -> Finding:
    """Measure the order in epsilon^2 of D(momentum) - D(GD)."""
    families = [
        Differences(each.label, np.array(SQUARES), each.differences[:, None], each.floor)
        for each in distances()
    ]
    finding = order_finding(
        families,
        form.content.order,
        r"Order in $\varepsilon^2$ of $D(\text{momentum}) - D(\text{GD})$, networks trained to the "
        r"end on $(\varepsilon X, \varepsilon y)$ at one $\eta$.",
    )
    if form.name != "printed":
        return finding
    return replace(finding, data={**finding.data, **_figure()})


def _figure() -> dict[str, Any]:
    epsilon = np.sqrt(SQUARES)
    series: list[dict[str, Any]] = [
        {"label": each.label, "x": epsilon, "y": np.abs(each.differences), "style": "corrected"}
        for each in distances()[:3]
    ]
    return {
        "figure": {
            "kind": "order",
            "title": r"Difference between momentum and GD as the data are scaled",
            "xlabel": r"$\varepsilon$",
            "ylabel": r"$|D(\mathrm{momentum}) - D(\mathrm{GD})|$",
            "caption": r"Trained limits on $(\varepsilon X, \varepsilon y)$ at a fixed learning "
            r"rate: the difference vanishes like $\varepsilon^2$",
            "series": series,
        }
    }


def setting_of_the_figure(form: Form) -> Finding:
    """Compare the differences at the printed values of epsilon, in the printed setting."""
    table = np.array(list(printed_setting().values()))
    changes = table[:, 1::2]
    largest, smallest = changes[:, 0], changes[:, -1]
    if form.content.order > 0:
        agree = np.abs(smallest) < np.abs(largest)
        predicted = "a smaller difference at 0.2 than at 0.6"
    else:
        # D(HB) below D(GD), and further below at the smaller epsilon.
        agree = (smallest < 0) & (smallest < largest)
        predicted = "a benefit at 0.2, larger than at 0.6"
    return Finding(
        Outcome.HOLDS if agree.mean() > 0.5 else Outcome.FAILS,
        "Heavy ball against GD in the setting of Fig. 1 (as printed, $x_i \\sim N(0, I)$): share "
        "of data and starts with the predicted change; means of $D(HB) - D(GD)$ at "
        rf"$\varepsilon$ = {', '.join(map(str, PRINTED_EPSILONS))}.",
        measured=[float(agree.mean()), *map(float, changes.mean(axis=0))],
        predicted=predicted,
        criterion="in most data and starts",
        rtol=1e-2,
        data={
            "D(GD) and D(HB) - D(GD) at every epsilon": printed_setting(),
            "problems and starts with D(HB) below D(GD) at 0.6": int((largest < 0).sum()),
            "at 0.2": int((smallest < 0).sum()),
        },
    )


def forms() -> Forms:
    """Return the printed reading, the symmetry with its rate, and wrong ones."""
    wrong = (
        ("rate times epsilon", Scaling(rate=EPSILON)),
        ("rate times epsilon^4", Scaling(rate=EPSILON**4)),
        ("rate over epsilon^2", Scaling(rate=EPSILON**-2)),
        ("neurons over epsilon", Scaling(iterates=1 / EPSILON)),
        ("alpha phi falls faster", Scaling(mitigation_power=4)),
        ("R falls more slowly", Scaling(linear_power=1)),
        ("difference of order epsilon^4", Scaling(order=2)),
        ("difference that stays", Scaling(order=0)),
    )
    return Forms(
        Form(
            "printed",
            r"A smaller $\varepsilon$ shrinks $\mathcal R^M$ and leaves the mitigation "
            r"$\alpha\phi$ as it is, so that the benefit of momentum grows",
            Scaling(mitigation_power=0, order=0),
        ),
        Form(
            "a smaller learning rate",
            r"Training on $(\varepsilon X, \varepsilon y)$ with $\eta$ gives exactly the iterates "
            r"of $(X, y)$ with $\varepsilon^2\eta$, for every $\mu$ and $\kappa$: $\mathcal R^M$ "
            r"and $\alpha\phi$ shrink together, like $\varepsilon^2$, and "
            r"$D(\text{momentum}) - D(\text{GD})$ vanishes like $\varepsilon^2$, no faster",
            Scaling(),
        ),
        tuple(Form(name, name, content) for name, content in wrong),
    )


def vanishing_mitigation() -> Counterexample | None:
    """Return the first halving of the data that changes alpha phi: it is the search's first."""
    for epsilon in (sp.Rational(1, 2), sp.Rational(1, 4)):
        left = sp.factor(mitigation_residual(0).subs(EPSILON, epsilon))
        if left != 0:
            return Counterexample(
                "Scaling the data changes alpha phi by the same factor as the argument of R^M.",
                {
                    "epsilon": str(epsilon),
                    "alpha phi over that at epsilon = 1": str(epsilon**2),
                    "argument of R^M over that at epsilon = 1": str(epsilon**2),
                    "change of the integrand of alpha phi": str(left),
                },
                exact=True,
                found_by="evaluation at epsilon = 1/2",
            )
    return None


def derivation() -> tuple[Step, ...]:
    """Return the symmetry and what it does to the printed settings."""
    epsilons = [sp.Rational(str(each)) for each in PRINTED_EPSILONS]
    return (
        Step(r"The learning rate that stands for $\varepsilon$:", EPSILON**2 * ETA),
        Step(
            r"For $\eta = 3/100$ and $\varepsilon$ = 0.6, 0.4 and 0.2:",
            sp.Tuple(*(each**2 * sp.Rational(3, 100) for each in epsilons)),
        ),
    )


CLAIMS = (
    Claim(
        id="lyu.fig1.scaling",
        title="Scaling the data of Fig. 1",
        paper=PAPER,
        equation="section 3.2",
        printed=Quotation(
            "lyu2025.txt",
            172,
            "as we decrease the value of ε which decreases the magnitude of \\mathcal{R}^M , the "
            "generalization benefit of HB and NAG becomes more significant since their "
            "initialization mitigation effects are getting more important",
        ),
        claimed_over="all data of the kind of Fig. 1, starts and epsilon",
        sampled_over="iterates and powers: symbolic; bits: nine runs; order: two problems, heavy "
        "ball and Nesterov's method with mu = 0.5, epsilon from 1 to 0.3; the figure's setting: "
        "five problems with N(0, 1) entries, n = 40, d = 100, u = v = 0.1 and 0.3, heavy ball",
        forms=forms,
        checks=(
            Check("iterates", "Which learning rate stands for epsilon?", same_iterates, exact=True),
            Check("powers", "How do R^M and alpha phi fall?", powers, exact=True),
            Check("bits", "Are float64 paths the same bit for bit?", same_bits),
            Check("order", "How does the difference in D vanish?", order_of_the_difference),
            Check("setting", "What happens in the setting of Fig. 1?", setting_of_the_figure),
        ),
        derivation=derivation,
        counterexample=vanishing_mitigation,
        remark="Fig. 1 is an experiment on the learning rate in disguise. Section 3.5 says of "
        "small learning rates that momentum and GD are then almost the same.",
    ),
)

"""Theorem 3 of Lyu et al. to one order more, for every two-step method started at rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, partial
from typing import Any

import numpy as np
import sympy as sp

from numeric.orders import NotAsymptotic, measure_order
from proofs_check.claim import Check, Claim, Finding, Form, Forms, Outcome, exact_zero
from proofs_check.lyu.thm3 import EQUATION, PAPER, PRINTED
from proofs_check.next_order_families import FAMILIES, FLOW, RUN, Statement, errors, family
from symbolic.derivation import Step
from symbolic.implicit_bias import momentum_bias_corrected
from symbolic.modified_equation import inertia_coefficient
from symbolic.next_order import (
    CUBES,
    SQUARES,
    VARIATION,
    layer_coefficient,
    linear_term_along_the_run,
    log_scale_along_gradient_flow,
    log_scale_along_the_run,
    squares_by_gradient_flow,
    squares_by_inertia,
    steady_velocity,
    step_expansion,
)
from symbolic.symbols import ETA, G_0, KAPPA, MU, XI

Terms = Mapping[str, sp.Expr]
PATHS = (RUN, FLOW)
ALPHA = inertia_coefficient(MU, KAPPA, ETA)
ORDER = 3
#: A coefficient counts as absent below this fraction of that of the theorem in print; a term of
#: the second order that is wrong by five per cent leaves tens of times as much.
TOLERANCE = 1e-3


@cache
def scale_terms(path: str) -> Terms:
    """Return ln xi_inf in terms, by name."""
    per_square = -8 * ALPHA / (1 - MU) ** 2
    terms = {
        "start": sp.log(XI),
        "integral of g^2": per_square * SQUARES,
        "layer": 2 * layer_coefficient() * (2 * ETA * G_0) ** 2,
    }
    if path == FLOW:
        terms["initial gradient"] = per_square * ALPHA * G_0**2
        terms["variation"] = -per_square * ALPHA * VARIATION
    return terms


@cache
def linear_terms() -> Terms:
    """Return R in terms, by name."""
    return {
        "start": momentum_bias_corrected(),
        "integral of g^3": -steady_velocity()[2] * 4 * ETA**2 * CUBES,
    }


def _sum(terms: Terms) -> sp.Expr:
    return sp.Add(*terms.values())


def stated(path: str) -> Statement:
    """Return the theorem with its integrals along a path."""
    return Statement(_sum(scale_terms(path)), _sum(linear_terms()), path)


def first_order() -> Statement:
    """Return the theorem in print, its sign mended, of order 2."""
    scale, linear = scale_terms(RUN), linear_terms()
    return Statement(scale["start"] + scale["integral of g^2"], linear["start"], RUN)


#: Statements by path; a wrong form may say something about one path only.
Statements = Mapping[str, Statement]


def _changed(terms: Terms) -> Mapping[str, sp.Expr]:
    """Return wrong versions: each term flipped, dropped, larger, of heavy ball."""
    found: dict[str, sp.Expr] = {}
    for name, term in terms.items():
        if name == "start":
            continue
        variants = {
            "sign flipped": -term,
            "dropped": sp.S.Zero,
            "5 % larger": sp.Rational(21, 20) * term,
            "heavy ball's coefficient for all": term.subs(KAPPA, 0),
        }
        found |= {f"{name}: {what}": _sum({**terms, name: new}) for what, new in variants.items()}
    return found


def _mutants() -> Iterator[tuple[str, Statements]]:
    right = {path: stated(path) for path in PATHS}
    changed = {path: _changed(scale_terms(path)) for path in PATHS}
    for name in changed[FLOW]:
        yield (
            f"scale, {name}",
            {
                path: right[path]._replace(log_scale=changed[path][name])
                for path in PATHS
                if name in changed[path]
            },
        )
    for name, wrong in _changed(linear_terms()).items():
        yield f"linear term, {name}", {p: right[p]._replace(linear=wrong) for p in PATHS}
    yield "first order only", {RUN: first_order()}


def forms() -> Forms:
    """Return the theorem along both paths, and mutants of every coefficient."""
    layer = r"\frac{4\eta^2(\mu - \kappa(1-\mu))}{(1-\mu)^4}g_0^2"
    cubes = sp.latex(linear_terms()["integral of g^3"])
    statement = (
        r"From rest, up to $O(\eta^3)$, $\theta_\infty = \operatorname{argmin}_{X\theta = y} "
        r"Q_{\xi_\infty}(\theta) + R\cdot\theta$ with $R = -\tfrac14\operatorname{asinh}"
        rf"\frac{{\theta_0}}{{2\xi}} + {cubes}$ and, for $J_p = \sum_k\eta\,g_k^p$ along the run "
        rf"itself, $\ln\xi_\infty = \ln\xi - \frac{{8\alpha}}{{(1-\mu)^2}}J_2 + {layer}$; for "
        r"$J_p = \int g^p\,dt$ along the rescaled gradient flow the same with "
        r"$J_2 + \alpha(g_0^2 - K)$ for $J_2$, $K = \int 2g\,Dg[Q]\,d\tau$ by its first variation "
        r"$Q' = -HQ + H\nabla L$, $\tau = t/(1-\mu)$"
    )
    return Forms(
        Form("printed", statement, {path: stated(path) for path in PATHS}),
        mutants=tuple(Form(name, name, wrong) for name, wrong in _mutants()),
    )


def coefficients(form: Form) -> Finding:
    """Decide the stated terms against those derived from the recursion, exactly."""
    said: Statements = form.content
    scale = {RUN: log_scale_along_the_run, FLOW: log_scale_along_gradient_flow}
    cube = linear_terms()["integral of g^3"].subs(KAPPA, 0)
    inertia = ALPHA.subs(KAPPA, 0)
    expected = 2 * (4 * inertia**2 - ETA**2 / 3) / (1 - MU) ** 3 * CUBES
    return exact_zero(
        [
            *(sp.expand(each.log_scale - scale[path]()) for path, each in said.items()),
            *(sp.expand(each.linear - linear_term_along_the_run()) for each in said.values()),
            squares_by_gradient_flow() - squares_by_inertia(),
            cube - expected,
        ],
        r"Stated minus derived $\ln\xi_\infty$ and $R$; the sum of $\eta g_k^2$ by integrals along "
        r"gradient flow against $J_2 + \alpha(g_0^2 - K)$; the coefficient of $J_3$ for heavy ball "
        r"against $2(4\alpha^2 - \eta^2/3)/(1-\mu)^3$.",
    )


def limits(path: str, form: Form) -> Finding | None:
    """Measure the order of trained minus predicted limits on every family."""
    said: Statements = form.content
    if path not in said:
        return None
    right = said[path]
    orders: dict[str, int] = {}
    for which in FAMILIES:
        of = family(*which)
        try:
            measured = measure_order(
                of.steps,
                errors(of, right),
                errors(of, first_order()),
                tolerance=TOLERANCE,
                floor=of.floor,
                small=of.small,
            )
        except NotAsymptotic as refused:
            return Finding(Outcome.UNCLEAR, f"{of.label}: {refused}.")
        orders[of.label] = measured.order
        if measured.order != ORDER:
            return Finding(
                Outcome.FAILS,
                f"{of.label}: the order is {measured.order}.",
                measured=measured.order,
                predicted=ORDER,
                criterion="measured = predicted",
                rtol=0.0,
                data=_figure(form.name, right),
            )
    return Finding(
        Outcome.HOLDS,
        f"Trained limit minus prediction on {len(orders)} families: the coefficients of $\\eta$ "
        r"and $\eta^2$ are absent, that of $\eta^3$ is present.",
        measured=sorted(set(orders.values())),
        predicted=[ORDER],
        criterion="coefficients 1 and 2 absent against those of the theorem in print, 3 present",
        rtol=0.0,
        data={"orders": orders, **_figure(form.name, right)},
    )


#: Forms whose errors are drawn.
DRAWN = (
    "printed",
    "first order only",
    "linear term, integral of g^3: dropped",
    "scale, layer: dropped",
)


def _figure(name: str, of_path: Statement) -> dict[str, Any]:
    if name not in DRAWN:
        return {}
    of = family(*FAMILIES[0])
    sizes = np.linalg.norm(errors(of, of_path), axis=1)
    label = {"printed": "to one order more", "first order only": "Theorem 3, sign mended"}
    series = {"label": label.get(name, name), "x": list(of.steps), "y": list(sizes)}
    return {
        "figure": {
            "kind": "order",
            "title": f"Error of the predicted limit ({of.label}), integrals along {of_path.path}",
            "xlabel": r"step size $\eta$",
            "ylabel": r"$|\theta_\infty - \mathrm{prediction}|_2$",
            "series": [series],
        }
    }


def derivation() -> tuple[Step, ...]:
    """Return the steps from the recursion to the coefficients."""
    linear, quadratic, cubic = step_expansion()
    c1, c2, c3 = steady_velocity()
    return (
        Step(
            r"With $w_k = \ln|x_k/x_{k-1}|$ and the force $h_k = 2\eta g_k$ ($-$ for $v$) the "
            "recursion of a neuron is $w_{k+1} = $, to third order,",
            linear + quadratic + cubic,
        ),
        Step("A constant force leads to a velocity with the coefficients: of $h$,", c1),
        Step("of $h^2$,", c2),
        Step("and of $h^3$.", c3),
        Step(
            r"The layer, by $\sum_k h_kh_{k+m} = \sum_k h_k^2 - \frac m2h_0^2 + O(\eta^3)$, adds "
            "for each $h_0^2$",
            layer_coefficient(),
        ),
        Step(
            r"The sum over the run by integrals along gradient flow: $\sum_k\eta g_k^2 = $",
            squares_by_inertia(),
        ),
    )


CLAIMS = (
    Claim(
        id="lyu.thm3.next-order",
        title="Theorem 3 to one order more",
        paper=PAPER,
        equation=f"{EQUATION}, and beyond",
        printed=PRINTED,
        claimed_over=r"every $\mu \in [0, 1)$, real $\kappa$, data and start at rest, as "
        r"$\eta \to 0$; the print is the case of two methods and one order less",
        sampled_over="; ".join(
            f"{name}, mu = {mu:g}, kappa = {kappa:g}, {kind} start"
            for name, mu, kappa, kind in FAMILIES
        ),
        forms=forms,
        checks=(
            Check(
                "coefficients",
                "Are these the coefficients of the recursion?",
                coefficients,
                exact=True,
            ),
            *(
                Check(
                    f"limits, integrals along {path}",
                    "Does training end there up to the third power of the step, and not better?",
                    partial(limits, path),
                )
                for path in PATHS
            ),
        ),
        derivation=derivation,
        depends=("papazov.smgd.every-method",),
        remark="The square of the gradient at the start acts, at the second power of the step, on "
        "the scale; the first term of the linear part that is not in the row space of X is the "
        "integral of its cube along the path, not the gradient at the start.",
    ),
)

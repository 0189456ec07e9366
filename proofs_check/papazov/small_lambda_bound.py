"""Papazov et al., section 4: for which lambda the balancedness never vanishes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import sympy as sp

from numeric.compiled import numpy_function
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
    mutant_forms,
)
from proofs_check.mgf_crossing_search import (
    DEPTH,
    cases_below,
    crosses,
    depth_beyond_zero,
    least_multiple,
    one_dimensional,
    path_figure,
    rational_cases,
)
from proofs_check.mgf_runs import SEEDS
from symbolic import mgf_limit as theorem
from symbolic.derivation import Step
from symbolic.entropy import DELTA
from symbolic.mgf_limit import START_LOSS, TARGET_SQUARE
from symbolic.momentum_gradient_flow import LAMBDA, energy_argument
from symbolic.regression import predictor_gradient
from symbolic.symbols import SAMPLES, G

PAPER = "Papazov et al. 2024"
_ARGUMENTS = (DELTA, START_LOSS, TARGET_SQUARE, SAMPLES)


@dataclass(frozen=True)
class Bound:
    """A bound on lambda by Delta_0, L(theta_0), |y|^2 and n, and for which initial velocities.

    ``speed`` is a multiple of -g x for u and +g x for v, x the neuron; zero is a start at rest.
    ``barrier`` is what lambda |g| may be along the path instead, None if nothing is said of it.
    """

    value: sp.Expr
    speed: int = 0
    barrier: sp.Rational | None = None


def energy_decides(form: Form) -> Finding:
    """Decide that the bound makes 2 lambda L(theta_0) at most Delta_0, and the energy argument."""
    stated: Bound = form.content
    if stated.speed != 0:
        return Finding(
            Outcome.FAILS,
            "With velocity the energy at the start is more than the loss.",
            measured="L(theta_0) + kinetic energy",
            predicted="L(theta_0)",
            criterion="the energy at the start is the loss",
        )
    spent = 2 * stated.value * START_LOSS
    residuals = [spent - DELTA, *(residual for _, residual in energy_argument())]
    if stated.barrier is not None:
        largest = stated.barrier / LAMBDA
        # At -1/(2 lambda) the log-velocity of a neuron must not fall, for both signs of g.
        residuals += [
            theorem.barrier_rate(+1).subs(G, largest),
            theorem.barrier_rate(-1).subs(G, -largest),
        ]
    return exact_zero(
        residuals,
        r"$2\lambda L(\theta_0) - \Delta_0$ at the bound, $L(\theta_0)$ and $|y|^2$ independent; "
        r"and the steps to $|w_+w_-(t) - w_+w_-(0)| < 2\lambda L(\theta_0)$; $\lambda$ times the "
        r"rate of $\dot w/w$ at $-1/(2\lambda)$ for the largest $|g|$ that is allowed.",
    )


@lru_cache(maxsize=32)
def _crossed(value: sp.Expr, speed: int) -> int:
    """Return in how many flows with lambda at the bound a neuron reaches zero."""
    function, count = numpy_function(_ARGUMENTS, value), 0
    for case in cases_below():
        y, start = case.data.y, case.start
        inertia = float(function(case.delta, case.start_loss, float(y @ y), float(len(y))))
        velocity = None
        if speed:
            g = predictor_gradient(case.data.X, y, start.theta)
            velocity = (-speed * g * start.u, speed * g * start.v)
        count += crosses(case, inertia, velocity)
    return count


def no_crossing_at_the_bound(form: Form) -> Finding:
    """Follow flows with lambda at the stated bound and count those in which a neuron crosses."""
    crossed = _crossed(form.content.value, form.content.speed)
    multiple, least = least_multiple()
    figure = path_figure(
        one_dimensional(0.525, -0.425),
        {
            r"$\lambda = \Delta_0/(2L(\theta_0))$": one_dimensional(0.525, -0.425).bound,
            r"printed, $\lambda = n\Delta_0/|y|^2$": one_dimensional(0.525, -0.425).printed_bound,
        },
    )
    return Finding(
        Outcome.FAILS if crossed else Outcome.HOLDS,
        "Flows with lambda at the stated bound in which a neuron reaches zero; the search for the "
        "least multiple of $\\min_j\\Delta_{0,j}/(2L(\\theta_0))$ at which one does found "
        f"{multiple:.3f}.",
        measured=crossed,
        predicted=0,
        criterion=f"none of {len(cases_below())}",
        data={
            "least multiple found": multiple,
            "its data": {
                "x": least.data.X[0],
                "y": least.data.y[0],
                "w_+(0)": 2 * least.start.u,
                "w_-(0)": 2 * least.start.v,
            },
            "figure": figure,
        },
        rtol=1e-6,
    )


def forms() -> Forms:
    """Return the printed bound, the one that the energy gives, and wrong ones."""
    right, printed = theorem.bound(), theorem.bound_printed()
    return Forms(
        Form(
            "printed",
            r"For $\lambda \le \frac{n}{|y|_2^2}\min_j\Delta_{0,j}$ and any start at rest "
            r"$\Delta_t > 0$ for all $t$",
            Bound(printed),
        ),
        Form(
            "loss at the start",
            r"From a start at rest with $\Delta_{0,j} > 0$, $\Delta_{t,j} > 0$ for all $t$ if "
            r"$\lambda \le \Delta_{0,j}/(2L(\theta_0))$, for each coordinate $j$ on its own; at "
            r"$\theta_0 = 0$ and for the smallest $\Delta_{0,j}$ this is the printed bound. "
            r"$\lambda|\nabla L(\theta_t)_j| \le 1/4$ for all $t$ suffices as well, whatever the "
            "scale of the start",
            Bound(right, barrier=sp.Rational(1, 4)),
        ),
        mutant_forms(
            [
                ("factor 2 dropped", Bound(2 * right)),
                ("loss of the zero predictor, halved", Bound(printed / 2)),
                ("five halves of it", Bound(sp.Rational(5, 2) * right)),
                ("inverse", Bound(1 / right)),
                ("10 % larger", Bound(sp.Rational(11, 10) * right)),
                ("starts with velocity", Bound(right, 6)),
                ("barrier 5 % higher", Bound(right, barrier=sp.Rational(21, 80))),
                ("barrier twice as high", Bound(right, barrier=sp.Rational(1, 2))),
            ]
        ),
    )


def counterexample() -> Counterexample | None:
    """Return the smallest rational start that crosses at or below the printed bound."""
    for (ratio, y, share), case in rational_cases():
        inertia = float(share) * case.printed_bound
        depth = depth_beyond_zero(case, inertia)
        if depth > DEPTH:
            return Counterexample(
                "A neuron passes through zero at a lambda within the printed bound, seen by two "
                "integrators of different kind.",
                {
                    "x": "1",
                    "y": str(y),
                    "w_+(0)": "1",
                    "w_-(0)": str(ratio),
                    "lambda over the printed bound": str(share),
                    "lambda": inertia,
                    "lambda over the corrected bound": inertia / case.bound,
                    "lowest value of the neuron over its start": -depth,
                },
                exact=False,
                found_by="halves by size, at the printed bound and at three quarters of it",
                rtol=1e-6,
            )
    return None


def derivation() -> list[Step]:
    """Return the steps of the energy argument and of the barrier."""
    steps = [Step(f"Zero along the flow: {name}", value) for name, value in energy_argument()]
    p, gradient = theorem.barrier()
    return [
        *steps,
        Step("The product keeps its sign for lambda up to", theorem.crossing_needs_energy()),
        Step("In print the loss is that of the zero predictor", theorem.loss_at_zero()),
        Step("A second reason: where the log-velocity w'/w has come down to", p),
        Step("lambda times its rate is this, not negative for", theorem.barrier_rate(+1)),
        Step(
            "|g| up to this: then the neuron shrinks at no larger rate and does not reach zero",
            sp.Le(sp.Abs(G), gradient),
        ),
        Step("so lambda |g| has to stay at most", sp.expand(LAMBDA * gradient)),
    ]


CLAIMS = (
    Claim(
        id="papazov.small-lambda.bound",
        title="For which inertia the balancedness never vanishes",
        paper=PAPER,
        equation="section 4, small lambda regime",
        printed=Quotation(
            "papazov2024-poster.txt",
            109,
            r"For  $\lambda \leq \frac{n}{\|y\|_2^2} \cdot (\min_{i \in [d]} \Delta_{0,i})$ , the "
            "balancedness never vanishes!",
        ),
        claimed_over="every data set and start at rest with $\\Delta_0 \\ne 0$",
        sampled_over=lambda: (
            "proof: every loss that is not negative; flows at the bound: "
            f"{len(cases_below())} starts, one-dimensional ones where zeros come early and "
            f"{len(SEEDS)} problems of 2 samples and 4 coordinates; search: one sample of one "
            "feature, thousandths of $w_-(0)$ and $y$, from a net on"
        ),
        forms=forms,
        checks=(
            Check(
                "energy",
                "Is it the largest lambda that the energy argument allows?",
                energy_decides,
                exact=True,
                proves=True,
            ),
            Check("flows", "Does no neuron reach zero at the bound?", no_crossing_at_the_bound),
        ),
        depends=("papazov.balancedness.conserved",),
        derivation=derivation,
        counterexample=counterexample,
    ),
)

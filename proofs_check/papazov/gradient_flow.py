"""Papazov et al., section 3: which interpolator gradient flow picks, from any start."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp

from numeric.compiled import numpy_function
from numeric.projection import entropy_gradient, entropy_projection
from proofs_check.claim import (
    Check,
    Claim,
    Counterexample,
    Finding,
    Form,
    Forms,
    Outcome,
    Quotation,
    bounded,
    exact_zero,
    mutant_forms,
)
from proofs_check.gradient_flows import ALLOWED, SHAPES, flow_cases, out_of_rows
from proofs_check.rational_flows import RationalFlow
from symbolic.derivation import Step
from symbolic.entropy import DELTA, LOG_RATIO, psi
from symbolic.entropy_identities import in_log_ratio
from symbolic.implicit_bias import row_space_residual
from symbolic.mgf_potentials import (
    LOG_RATIO_0,
    divergence_from_start,
    in_log_ratios,
    psi_gradient,
    psi_gradient_residuals,
)
from symbolic.momentum_gradient_flow import W_MINUS, W_PLUS, gradient_flow_derivative
from symbolic.mutation import mutations
from symbolic.symbols import THETA, THETA_0, XI, G

PAPER = "Papazov et al. 2024"
FILE = "papazov2024-poster.txt"
#: The predictor that generated the data, one coordinate.
TRUTH = sp.Symbol("theta_s", real=True)


def stationary(form: Form) -> Finding:
    """Decide whether the gradient of the objective is in the row space at every time of the flow.

    Along the flow ln|w_+/w_-| moves by -2 g: the gradient has to be a constant times w - w_0, the
    same constant in all coordinates and for all starts.
    """
    points = [
        {THETA: theta, THETA_0: start, TRUTH: 1, DELTA: 1}
        for theta, start in ((0, 3), (3, 0), (3, 1))
    ]
    if any(not form.content.subs(point).is_real for point in points):
        return Finding(Outcome.FAILS, r"The objective is not real for every $\theta$.")
    gradient = in_log_ratios(sp.diff(form.content, THETA))
    rate = sp.diff(gradient, LOG_RATIO)
    log_ratio = sp.log(W_PLUS**2) / 2 - sp.log(W_MINUS**2) / 2
    linear = exact_zero(
        sp.diff(rate, LOG_RATIO),
        r"Second derivative of the gradient of the objective by $\ln|w_+/w_-|$.",
    )
    if linear.outcome is not Outcome.HOLDS:
        return linear
    found = exact_zero(
        [
            *(sp.diff(rate, other) for other in (XI, LOG_RATIO_0, TRUTH)),
            gradient.subs(LOG_RATIO, LOG_RATIO_0),
            sp.cancel(gradient_flow_derivative(log_ratio) + 2 * G),
            *psi_gradient_residuals(),
            row_space_residual(),
        ],
        r"The gradient of the objective by $\theta$ along the flow is a constant times $\int g\,dt$"
        ", a vector of the row space.",
    )
    if found.outcome is Outcome.HOLDS and (rate > 0) != sp.true:
        return Finding(Outcome.FAILS, "The objective is not convex: the limit is no minimiser.")
    return found


def on_flows(form: Form) -> Finding:
    """Return how far the gradient of the objective at integrated limits is from the row space."""
    names = (THETA, THETA_0, DELTA, TRUTH)
    gradient = numpy_function(names, sp.diff(form.content, THETA))
    worst = 0.0
    with np.errstate(invalid="ignore", divide="ignore"):  # of mutants that are not real
        for case in flow_cases(biased=True):
            start, star = case.start, case.problem.theta_star
            value = gradient(case.theta, start.theta, 4 * start.xi, star)
            off = out_of_rows(case, value, np.zeros(case.problem.d))
            worst = float(np.maximum(worst, off))  # keeps a NaN
    figure = {"figure": _figure()} if form.name == "from the start" else {}
    return bounded(
        worst,
        ALLOWED,
        r"Largest part of the gradient of the objective outside the row space, relative, where "
        "integrated gradient flows arrive from biased starts.",
        rtol=1.0 if worst <= ALLOWED else 1e-5,
        atol=ALLOWED,
        data=figure,
    )


def _figure() -> dict[str, object]:
    """Return coordinates of integrated limits against both minimisers."""
    predicted, truth, limits = [], [], []
    for case in flow_cases(biased=True):
        linear = -entropy_gradient(case.start.theta, case.start.xi)
        chosen = entropy_projection(case.problem.X, case.problem.y, case.start.xi, linear)
        predicted.extend(chosen.theta)
        truth.extend(np.asarray(case.problem.theta_star))
        limits.extend(case.theta)
    return {
        "kind": "scatter",
        "title": "Where gradient flow arrives against two minimisers",
        "xlabel": r"minimiser, $\theta_j$",
        "ylabel": r"limit of gradient flow, $\theta_j$",
        "caption": r"All coordinates of the limits of gradient flow on "
        f"{len(SHAPES)} problems from biased starts, against the minimiser of "
        r"$D_{\psi_{\Delta_0}}(\cdot, \theta_0)$ over the interpolators, and against that of the "
        r"printed $D_{\psi_{\Delta_0}}(\theta^*, \cdot)$ with the generating predictor for "
        r"$\theta^*$, which is $\theta^*$ itself.",
        "series": [
            {"label": "printed", "x": truth, "y": limits, "style": "printed"},
            {"label": "from the start", "x": predicted, "y": limits, "style": "corrected"},
        ],
    }


def _divergence(potential: sp.Expr, first: sp.Expr, second: sp.Expr) -> sp.Expr:
    """Return the Bregman divergence of a potential in `THETA`, from ``second`` to ``first``."""
    slope = sp.diff(potential, THETA).subs(THETA, second)
    return potential.subs(THETA, first) - potential.subs(THETA, second) - slope * (first - second)


def _same(potential: sp.Expr) -> bool:
    """Return whether a potential differs from psi by a positive factor and a constant only."""
    gradient = in_log_ratio(sp.diff(potential.subs(DELTA, 4 * XI), THETA))
    ratio = sp.cancel(gradient / LOG_RATIO)
    return bool(ratio.is_Rational and ratio > 0)


def _forms() -> Forms:
    right = divergence_from_start()
    wrong = [
        (rf"$\psi$: {name}", _divergence(value, THETA, THETA_0))
        for name, value in mutations(psi())
        if "smaller" not in name and not _same(value)
    ]
    hand_made = [
        (r"without $\theta_0$", psi()),
        (r"$-\theta_0$ for $\theta_0$", right.subs(THETA_0, -THETA_0)),
        (r"$\theta_0$ 5 % larger", right.subs(THETA_0, sp.Rational(21, 20) * THETA_0)),
        (r"$D(\theta_0, \theta)$", _divergence(psi(), THETA_0, THETA)),
        (r"$\Delta$ 5 % larger", right.subs(DELTA, sp.Rational(21, 20) * DELTA)),
        (r"$\Delta$ twice as large", right.subs(DELTA, 2 * DELTA)),
        ("Euclidean distance", (THETA - THETA_0) ** 2),
    ]
    return Forms(
        Form(
            "printed",
            r"$\theta^{GF} = \arg\min_{\theta \in S} D_{\psi_{\Delta_0}}(\theta^*, \theta)$",
            _divergence(psi(), TRUTH, THETA),
        ),
        Form(
            "from the start",
            r"$\theta^{GF} = \arg\min_{\theta^* \in S} D_{\psi_{\Delta_0}}(\theta^*, \theta_0)$",
            right,
        ),
        mutant_forms([*wrong, *hand_made]),
    )


def counterexample() -> Counterexample | None:
    """Return the smallest rational flow that does not arrive at the predictor of its data."""
    one = Fraction(1)
    for end in (Fraction(1), Fraction(2)):
        flow = RationalFlow((1, 1), (one, one), (one, one), end)
        sparse = (flow.target, Fraction(0))
        if flow.theta != sparse:
            return Counterexample(
                r"$D_{\psi}(\theta^*, \theta) \ge 0$ vanishes at $\theta = \theta^*$ alone, so the "
                "printed minimiser is the predictor that generated the data; gradient flow "
                "arrives elsewhere.",
                {**flow.as_text(), "theta_s": f"{sparse[0]}, {sparse[1]}"},
                exact=True,
                found_by="smallest integer end value of the one-sample flow from u = v = 1",
            )
    return None


CLAIMS = (
    Claim(
        id="papazov.gf.limit",
        title="Gradient flow minimises the Bregman divergence from its start",
        paper=PAPER,
        equation="section 3",
        printed=Quotation(
            FILE,
            54,
            r"$\theta^{\text{GF}} = \arg\min_{\theta \in \mathcal{S}} "
            r"D_{\psi_{\Delta_0}}(\theta^*, \theta)$",
        ),
        claimed_over=r"every data set that can be interpolated, every start with $\Delta_0 > 0$ "
        r"from which gradient flow converges to an interpolator; $\theta^*$ is not said to be any "
        r"other than that of $S = \theta_s^* + \mathrm{span}(x)^\perp$",
        sampled_over="proof: all of it; flows: well-conditioned random problems of shapes "
        f"{', '.join(f'{n}x{d}' for n, d in SHAPES)}, biased starts drawn from [0.3, 1.2]",
        forms=_forms,
        checks=(
            Check(
                "optimality",
                "Is the gradient of the objective in the row space at every time, exactly?",
                stationary,
                exact=True,
                proves=True,
            ),
            Check("flows", "Is it so where integrated flows arrive?", on_flows),
        ),
        depends=("papazov.balancedness.conserved", "papazov.psi.mirror-map"),
        derivation=lambda: [
            Step(r"$\nabla\psi_\Delta(\theta)$", psi_gradient()),
            Step(
                r"It is $\frac12\ln|w_+/w_-|$; along gradient flow its rate is",
                sp.cancel(gradient_flow_derivative(sp.log(W_PLUS**2) / 4 - sp.log(W_MINUS**2) / 4)),
            ),
            Step(
                "The minimiser over $S$ of this, whose gradient is the change",
                divergence_from_start(),
            ),
        ],
        counterexample=counterexample,
    ),
)

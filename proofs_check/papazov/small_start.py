"""Papazov et al., section 3: gradient flow from small starts recovers sparse interpolators."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import sympy as sp

from numeric.flows import gradient_flow_limit
from numeric.problems import Problem, Start
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
from symbolic.derivation import Step
from symbolic.entropy import DELTA, psi, rich_expansion
from symbolic.entropy_identities import rich_expansion_residuals
from symbolic.mgf_potentials import psi_gradient_residuals
from symbolic.symbols import THETA, XI

PAPER = "Papazov et al. 2024"
FILE = "papazov2024-poster.txt"
#: Size of the start, and of theta on either side of zero.
ALPHA_0 = sp.Symbol("alpha_0", positive=True)
SIZE = sp.Symbol("theta", positive=True)
#: w_+ and w_- of one coordinate are these constants times powers of the size.
SHAPE_PLUS, SHAPE_MINUS = sp.symbols("c_+ c_-", positive=True)
#: Any exponents of w_+ and w_-.
POWER_PLUS, POWER_MINUS = sp.symbols("k_+ k_-", positive=True)
#: The data of the flows: one sample, target `TARGET`.
SAMPLE, TARGET = (2.0, 1.0), 1.0
SIZES = (1e-1, 1e-2, 1e-4, 1e-6)
Array = np.ndarray
Exponents = tuple[tuple[int, int], ...]


class Smallness(NamedTuple):
    """Which starts are meant, what D over ln(1/size) tends to, and where the flow ends.

    ``exponents`` are those of w_+ and w_- in the size, one pair for each kind of coordinate;
    ``limit`` is an expression in theta; ``ends_at`` gives the interpolator of smallest norm.
    """

    exponents: Exponents
    limit: sp.Expr
    ends_at: Callable[[], Array]


def smallest_l1() -> Array:
    """Return the interpolator of least l1 norm of the one sample: all on its largest entry."""
    x = np.array(SAMPLE)
    theta = np.zeros(2)
    largest = int(np.argmax(np.abs(x)))
    theta[largest] = TARGET / x[largest]
    return theta


def smallest_l2() -> Array:
    """Return the interpolator of least l2 norm."""
    x = np.array(SAMPLE)
    return TARGET * x / (x @ x)


def on_second() -> Array:
    """Return the interpolator on the smaller entry."""
    return np.array([0.0, TARGET / SAMPLE[1]])


def divergence(plus: int | sp.Symbol, minus: int | sp.Symbol, sign: int) -> sp.Expr:
    """Return D_{psi_Delta}(theta, theta_0) up to O(Delta), theta = sign * `SIZE`, small starts.

    psi_Delta(theta) from its expansion, grad psi(theta_0) = ln|w_+/w_-|/2, psi(theta_0) exact.
    """
    w_plus, w_minus = SHAPE_PLUS * ALPHA_0**plus, SHAPE_MINUS * ALPHA_0**minus
    delta, start = w_plus * w_minus, (w_plus**2 - w_minus**2) / 4
    far = (2 * rich_expansion(1).subs(XI, DELTA / 4)).subs({THETA: SIZE, DELTA: delta})
    log_ratio = sp.expand_log(sp.log(w_plus / w_minus))
    # At theta_0: asinh(2 theta_0/Delta) = ln|w_+/w_-| and the root is (w_+^2 + w_-^2)/2.
    root = (w_plus**2 + w_minus**2) / 2
    near = (2 * start * log_ratio - root + delta) / 4
    return sp.expand(sp.expand_log(far)) - near - log_ratio / 2 * (sign * SIZE - start)


def near_start_residual() -> sp.Expr:
    """Return (4 theta_0^2 + Delta^2) - ((w_+^2 + w_-^2)/2)^2, on which `divergence` rests."""
    delta, start = SHAPE_PLUS * SHAPE_MINUS, (SHAPE_PLUS**2 - SHAPE_MINUS**2) / 4
    return sp.expand(4 * start**2 + delta**2 - ((SHAPE_PLUS**2 + SHAPE_MINUS**2) / 2) ** 2)


def weight_residuals() -> tuple[sp.Expr, ...]:
    """Return what D over ln(1/size) tends to minus k_+ theta and k_- theta, for any exponents.

    D is a multiple of ln(size), exactly, and terms that stay finite: where each power of the size
    is 0 no size is left. Two residuals for either sign of theta.
    """
    found = []
    for sign, power in ((1, POWER_PLUS), (-1, POWER_MINUS)):
        whole = sp.expand(sp.expand_log(divergence(POWER_PLUS, POWER_MINUS, sign), force=True))
        weight = whole.coeff(sp.log(ALPHA_0))
        rest = sp.expand(whole - weight * sp.log(ALPHA_0))
        powers = {ALPHA_0 ** (2 * each): 0 for each in (POWER_PLUS, POWER_MINUS)}
        found += [weight + power * SIZE, sp.diff(rest.subs(powers), ALPHA_0)]
    return tuple(found)


def leading(form: Form) -> Finding:
    """Decide the limit of D over ln(1/size), for theta of either sign and every kind of start."""
    stated: Smallness = form.content
    residuals = [near_start_residual(), *psi_gradient_residuals(), *rich_expansion_residuals()]
    residuals += weight_residuals()
    for plus, minus in stated.exponents:
        for sign in (1, -1):
            ratio = sp.expand(divergence(plus, minus, sign)) / -sp.log(ALPHA_0)
            limit = sp.limit(sp.expand(ratio), ALPHA_0, 0, "+")
            residuals.append(sp.expand(limit - stated.limit.subs(THETA, sign * SIZE)))
    return exact_zero(
        residuals,
        r"The limit of $D_{\psi_{\Delta_0}}(\theta, \theta_0)/\ln(1/\alpha)$ in one coordinate, "
        r"$\theta$ of both signs, minus the stated one; for $w_\pm$ of any orders "
        r"$\alpha^{k_\pm}$, minus $k_\pm|\theta|$.",
    )


def reached(form: Form) -> Finding:
    """Compare limits of gradient flow on one sample with the stated interpolator.

    x = (2, 1). With u = v = size/2 in both coordinates the neurons are multiplied by E^x, and
    theta_2 <= (size/4) sqrt(2 y + size^2), theta_1 = (y - theta_2)/2.
    """
    stated: Smallness = form.content
    problem = Problem(np.array([SAMPLE]), np.array([TARGET]))
    ratios = []
    for plus, minus in stated.exponents:
        for size in SIZES:
            u, v = np.array([size**plus, size]) / 2, np.array([size**minus, size]) / 2
            limit = gradient_flow_limit(problem, Start(u, v))
            if not limit.converged:
                return Finding(Outcome.UNCLEAR, "A flow did not converge.")
            bound = np.sqrt(5) / 8 * size * np.sqrt(2 * TARGET + size**2)
            away = np.linalg.norm(limit.theta - stated.ends_at())
            ratios.append(away / bound)
    return bounded(
        float(np.max(ratios)),  # keeps a NaN
        1.0,
        r"Largest distance of the limit of gradient flow from the stated interpolator, in units of "
        r"$\frac{\sqrt5}{8}\alpha\sqrt{2y+\alpha^2}$, one sample $x = (2, 1)$, sizes from "
        f"{SIZES[0]:g} to {SIZES[-1]:g}.",
    )


_FIXED: Exponents = ((1, 1),)
_EVERY: Exponents = ((1, 1), (3, 3), (1, 3))


def _forms() -> Forms:
    size = sp.Abs(THETA)
    factors = (
        ("half the constant", sp.Rational(1, 2)),
        ("twice the constant", sp.Integer(2)),
        ("5 % larger", sp.Rational(21, 20)),
        ("5 % smaller", sp.Rational(19, 20)),
        ("wrong sign", sp.S.NegativeOne),
    )
    return Forms(
        Form(
            "printed",
            r"For every family of starts with $\alpha = \max(\|u_0\|, \|v_0\|) \to 0$, "
            r"$D_{\psi_{\Delta_0}}(\theta^*, \theta_0)$ becomes proportional to "
            r"$\|\theta^*\|_1$, and gradient flow ends near the interpolator of least "
            r"$\ell_1$ norm",
            Smallness(_EVERY, size, smallest_l1),
        ),
        Form(
            "of a fixed shape",
            r"For starts $(u_0, v_0) = \alpha\,(u, v)$ of a fixed shape with $|u| \ne |v|$ in "
            r"every coordinate, $D_{\psi_{\Delta_0}}(\theta^*, \theta_0) / \ln(1/\alpha) \to "
            r"\|\theta^*\|_1$, with an error of $O(1/\ln(1/\alpha))$. (If instead $w_\pm$ are of "
            r"the orders $\alpha^{k_\pm}$, a coordinate contributes $k_+|\theta^*|$ where "
            r"$\theta^* > 0$ and $k_-|\theta^*|$ where $\theta^* < 0$: a weighted norm.) As "
            r"$\alpha \to 0$ the limit of gradient flow tends to the interpolator of least "
            r"$\ell_1$ norm, if there is only one.",
            Smallness(_FIXED, size, smallest_l1),
        ),
        mutant_forms(
            [
                *(
                    (name, Smallness(_FIXED, factor * size, smallest_l1))
                    for name, factor in factors
                ),
                ("the square", Smallness(_FIXED, THETA**2, smallest_l2)),
                ("the signed sum", Smallness(_FIXED, THETA, smallest_l1)),
                ("least l2 norm", Smallness(_FIXED, size, smallest_l2)),
                ("on the smaller entry", Smallness(_FIXED, size, on_second)),
                ("balanced starts of different orders", Smallness(((3, 3),), size, smallest_l1)),
            ]
        ),
    )


def counterexample() -> Counterexample | None:
    """Search exponents of a coordinate, small ones first, for a limit that is not |theta|."""
    for total in range(2, 7):
        for plus in range(1, total):
            minus = total - plus
            limits = [
                sp.limit(
                    sp.expand(sp.expand(divergence(plus, minus, sign)) / -sp.log(ALPHA_0)),
                    ALPHA_0,
                    0,
                    "+",
                )
                for sign in (1, -1)
            ]
            if limits != [SIZE, SIZE]:
                return Counterexample(
                    r"In a coordinate with these neurons $D_{\psi_{\Delta_0}}(\theta, \theta_0)$ "
                    r"over $\ln(1/\alpha)$ does not tend to $|\theta|$, as it does where both are "
                    r"of the order $\alpha$.",
                    {
                        "w_+": f"c_+ alpha^{plus}",
                        "w_-": f"c_- alpha^{minus}",
                        "limit, theta > 0": str(limits[0]).replace("theta", "|theta|"),
                        "limit, theta < 0": str(limits[1]).replace("theta", "|theta|"),
                    },
                    exact=True,
                    found_by="exponents by their sum",
                )
    return None


CLAIMS = (
    Claim(
        id="papazov.gf.small-start",
        title="Small starts of a fixed shape recover the interpolator of least l1 norm",
        paper=PAPER,
        equation="section 3",
        printed=Quotation(
            FILE,
            56,
            r"so  $D_{\psi_{\Delta_0}}(\theta^*, \theta_0) \sim_{\alpha \rightarrow 0} "
            r"\psi_{\Delta_0}(\theta^*) \propto_{\alpha \rightarrow 0} \|\theta^*\|_1$",
        ),
        claimed_over=r"every start with $\alpha = \max(\|u_0\|, \|v_0\|) \to 0$; that its shape is "
        "kept is not printed",
        sampled_over=r"limit: every $\theta \ne 0$, $w_\pm$ of any orders $\alpha^{k_\pm}$ and of "
        f"those with exponents {', '.join(map(str, _EVERY))}; flows: one sample, two coordinates, "
        f"sizes "
        f"{', '.join(f'{size:g}' for size in SIZES)}",
        forms=_forms,
        checks=(
            Check(
                "limit",
                "Is this the leading term of the divergence from the start?",
                leading,
                exact=True,
                proves=True,
            ),
            Check("flows", "Does gradient flow end at the stated interpolator?", reached),
        ),
        depends=("papazov.gf.limit", "papazov.psi.small"),
        derivation=lambda: [
            Step(r"The potential", psi()),
            Step(
                r"$D_{\psi_{\Delta_0}}(\theta, \theta_0)$, $\theta > 0$, up to $O(\Delta_0)$",
                divergence(1, 1, 1),
            ),
        ],
        counterexample=counterexample,
    ),
)

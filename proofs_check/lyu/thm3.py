"""Lyu et al., Theorem 3: what heavy ball and Nesterov's method minimise, up to O(eta^2).

The statement is judged three times: for the limit of the recursion, for the limit of the flow from
gradient-like velocities, and for unbiased starts, where the printed linear term cannot be told from
the right one.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from functools import partial

import sympy as sp

from proofs_check.claim import (
    Check,
    Claim,
    Finding,
    Form,
    Forms,
    Quotation,
    exact_zero,
    mutant_forms,
)
from proofs_check.limit_families import (
    COUNT,
    MOMENTA,
    PATHS,
    RATIO,
    LimitFamily,
    Prediction,
    flow_family,
    trained_family,
)
from proofs_check.lyu.prop1 import HEAVY_BALL_PRINTED, NESTEROV_PRINTED
from proofs_check.lyu.theorem3_counterexample import (
    flow_limits,
    smallest_counterexample,
    trained_limits,
)
from proofs_check.lyu.theorem3_measurement import second_order
from symbolic.derivation import Step
from symbolic.implicit_bias import (
    OMEGA_U,
    OMEGA_V,
    effective_scale,
    effective_scale_with_velocity,
    exact_linear_term,
    exact_log_scale,
    first_order_in_inertia,
    logarithm_residual,
    momentum_bias_corrected,
    momentum_bias_printed,
    momentum_bias_with_velocity,
    scale_density,
    theorem_residuals,
)
from symbolic.mirror_flow import slow_log_velocities
from symbolic.mutation import mutations
from symbolic.symbols import ALPHA, G_0, MU, THETA_0, XI

PAPER = "Lyu et al. 2025"
EQUATION = "Theorem 3, Eqs. (8) and (9)"
PRINTED = Quotation(
    "lyu2025.txt",
    134,
    r"""\theta(\infty) = \arg \min_{\theta} Q_{\bar{\xi}(\infty)}^{\text{M}}(\theta) + """
    r"""\theta^T \mathcal{R}^{\text{M}}, \text{ s.t. } X\theta = y \quad (8)""",
)
INERTIA = {"hb": HEAVY_BALL_PRINTED, "nag": NESTEROV_PRINTED}
NAMES = {"hb": "heavy ball", "nag": "Nesterov's method"}
#: c of an initial velocity c grad L(x_0).
MULTIPLE = sp.Symbol("c", real=True)
#: Families of limits, each computed when it is first asked for.
Families = Sequence[Callable[[], LimitFamily]]
#: Velocities at the start of the flow that are multiples of the gradient.
VELOCITIES = ("matched", "zero", "rescaled-gradient")
STARTS = ("biased", "unbiased")


def _prediction(method: str, linear: sp.Expr, scale: sp.Expr | None = None) -> Prediction:
    return Prediction(INERTIA[method], effective_scale() if scale is None else scale, linear)


def _statement(prediction: Prediction) -> str:
    return (
        r"$\theta(\infty) = \arg\min_{X\theta = y} Q_{\bar\xi}(\theta) + \theta\cdot R$ up to "
        rf"$O(\eta^2)$ with $\bar\xi = {sp.latex(prediction.scale)}$ and "
        rf"$R = {sp.latex(prediction.linear)}$"
    )


def _mutants(method: str, right: Prediction) -> tuple[Form, ...]:
    """Return wrong versions of the inertia, the scale and the linear term."""
    other = INERTIA["nag" if method == "hb" else "hb"]
    named = [("inertia of the other method", right._replace(inertia=other))]
    for field in ("inertia", "scale", "linear"):
        if getattr(right, field) == 0:
            continue
        for name, wrong in mutations(getattr(right, field)):
            if field == "scale" and name == "wrong sign":
                continue  # a negative scale defines no potential
            named.append((f"{field}: {name}", right._replace(**{field: wrong})))
    # Terms of the size of the printed gradient term that are not in the row space.
    for name, factor in (("gradient squared", G_0), ("gradient weighted by coordinate", XI)):
        wrong = right.linear + ALPHA * G_0 * factor / (1 - MU)
        named.append((f"linear: {name} added", right._replace(linear=wrong)))
    return mutant_forms(named)


def _forms(method: str, kind: str) -> Forms:
    printed = _prediction(method, momentum_bias_printed())
    corrected = _prediction(method, momentum_bias_corrected())
    if kind == "unbiased":
        # At theta_0 = 0 the linear term has no part that could be wrong.
        at_zero = printed._replace(linear=printed.linear.subs(THETA_0, 0))
        right = corrected._replace(linear=0 * XI)
        return Forms(Form("printed", _statement(at_zero), at_zero), mutants=_mutants(method, right))
    return Forms(
        Form("printed", _statement(printed), printed),
        Form("corrected", _statement(corrected), corrected),
        mutants=_mutants(method, corrected),
    )


def _discrete(method: str, starts: Sequence[str], path: str) -> Families:
    # Large momenta first: a wrong form is found out early, and gradient descent (mu = 0) last.
    return [
        partial(trained_family, method, mu, kind, path)
        for mu, kind in itertools.product(sorted(MOMENTA, reverse=True), starts)
    ]


def _flow(method: str, velocity: str) -> Families:
    return [
        partial(flow_family, method, mu, kind, velocity)
        for mu, kind in itertools.product(sorted(MOMENTA, reverse=True), STARTS)
    ]


def _limit_check(name: str, question: str, families: Callable[[], Families]) -> Check:
    return Check(name, question, lambda form: second_order(form, families()))


def _path_checks(method: str, starts: Sequence[str]) -> tuple[Check, ...]:
    return tuple(
        _limit_check(
            f"phi along the {path}",
            "Does training end there up to O(eta^2), with phi along "
            + ("its own iterates?" if path == "run" else "gradient flow alone (a forecast)?"),
            partial(_discrete, method, starts, path),
        )
        for path in PATHS
    )


def flow_identity(form: Form) -> Finding:
    """Decide the linear term and scale of the flow exactly, to first order in the inertia.

    The logarithms of the neurons are known exactly; with the leading path integrals they give
    ln xi and the linear term for any velocity, here c grad L(x_0) with a free c.
    """
    prediction: Prediction = form.content
    # x' = c grad L: u' = 2 c u g_0 and v' = -2 c v g_0.
    along = {OMEGA_U: 2 * MULTIPLE * G_0, OMEGA_V: -2 * MULTIPLE * G_0}
    scale = sp.expand_log(sp.log(effective_scale_with_velocity().subs(along)), force=True)
    stated = sp.expand_log(sp.log(prediction.scale), force=True)
    right = momentum_bias_with_velocity().subs(along)
    # The difference may be a multiple of the gradient at the start, one for all coordinates: that
    # is in the row space of X and cannot act.
    difference = sp.expand(first_order_in_inertia(prediction.linear) - right)
    multiple = sp.cancel(difference / (ALPHA * G_0))
    # P_u = P_v = phi/2 to leading order: the squares of the slow log-velocities, summed.
    (slow_u, *_), (slow_v, *_) = slow_log_velocities(0)
    return exact_zero(
        [
            logarithm_residual(+1),
            logarithm_residual(-1),
            slow_u**2 + slow_v**2 - scale_density(),
            slow_u**2 - slow_v**2,
            *theorem_residuals(),
            scale - stated,
            difference.subs(ALPHA, 0),
            *(sp.diff(multiple, each) for each in (G_0, THETA_0, XI)),
        ],
        r"For every velocity along the gradient, the logarithms of the neurons, integrated "
        "exactly, give this scale and this linear term up to the second power of the inertia and "
        "up to a multiple of the gradient, which is in the row space.",
    )


def _derivation() -> tuple[Step, ...]:
    return (
        Step(
            r"With $p = \dot x/x$ each neuron of the flow obeys $\alpha(\dot p + p^2) + p \pm "
            r"2 g/(1-\mu) = 0$. Integrated over all times, as $p$ vanishes at the end, with "
            r"$I = \int g\,dt$ and $P = \int p^2 dt$, the sum over the two neurons is exactly",
            exact_log_scale(),
        ),
        Step(
            r"and minus a quarter of their difference, without the impulse $I/(1-\mu)$ that is in "
            "the row space of $X$, is the linear term",
            exact_linear_term(),
        ),
        Step(
            r"On the slow flow $p = \mp 2g/(1-\mu) + O(\alpha)$, so $P_u = P_v = \phi/2 + "
            r"O(\alpha)$. The scale becomes, for a start with log-velocities $\omega$,",
            effective_scale_with_velocity(),
        ),
        Step("and the linear term", momentum_bias_with_velocity()),
        Step(
            r"A velocity $c\,\nabla L$ has $\omega_u + \omega_v = 0$ and $\omega_u - \omega_v "
            "= 4 c g_0$, in the row space: it drops out. What is left is",
            momentum_bias_corrected(),
        ),
    )


def _sampled(what: str) -> str:
    momenta = ", ".join(f"{mu:g}" for mu in MOMENTA)
    return (
        f"a well-conditioned problem with n = 2, d = 4; mu in {{{momenta}}}; {what}; {COUNT} "
        f"step sizes with ratio {RATIO:.3g}"
    )


def _claims(method: str) -> tuple[Claim, ...]:
    name = NAMES[method]
    discrete = Claim(
        id=f"lyu.thm3.{method}.discrete",
        title=f"The limit of {name}",
        paper=PAPER,
        equation=EQUATION,
        printed=PRINTED,
        claimed_over="every problem and start from which training converges; eta to 0",
        sampled_over=_sampled("a biased and an unbiased start"),
        forms=lambda: _forms(method, "any"),
        checks=_path_checks(method, STARTS),
        depends=(f"lyu.prop1.{method}",),
        derivation=_derivation,
        counterexample=partial(smallest_counterexample, method, trained_limits),
    )
    flow = Claim(
        id=f"lyu.thm3.{method}.flow",
        title=f"The limit of the flow of {name}, from velocities along the gradient",
        paper=PAPER,
        equation=EQUATION,
        printed=PRINTED,
        claimed_over="every problem and start from which the flow converges; velocity not stated",
        sampled_over=_sampled(
            "both starts; velocities 0, matched to the recursion, -grad L/(1-mu)"
        ),
        forms=lambda: _forms(method, "any"),
        checks=(
            Check(
                "integrated logarithms",
                "Do the exact integrals of the neurons give this scale and linear term?",
                flow_identity,
                exact=True,
            ),
            *(
                _limit_check(
                    f"flow from velocity {velocity}",
                    "Does the flow end there up to O(eta^2)?",
                    partial(_flow, method, velocity),
                )
                for velocity in VELOCITIES
            ),
        ),
        depends=(f"lyu.prop1.{method}",),
        derivation=_derivation,
        counterexample=partial(smallest_counterexample, method, flow_limits),
    )
    unbiased = Claim(
        id=f"lyu.thm3.{method}.unbiased",
        title=f"The limit of {name} from an unbiased start",
        paper=PAPER,
        equation=EQUATION,
        printed=PRINTED,
        claimed_over="every problem and every start with u = v; eta to 0",
        sampled_over=_sampled("an unbiased start"),
        forms=lambda: _forms(method, "unbiased"),
        checks=_path_checks(method, ("unbiased",)),
        depends=(f"lyu.prop1.{method}",),
        remark="At u = v the sign that is wrong in print multiplies zero, and the gradient term "
        "lies in the row space, so the printed form holds.",
    )
    return discrete, flow, unbiased


CLAIMS = (*_claims("hb"), *_claims("nag"))

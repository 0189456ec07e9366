"""Papazov et al., section 5: from the mirror flow to the minimiser."""

from __future__ import annotations

from typing import NamedTuple

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
from symbolic.derivation import Step
from symbolic.implicit_bias import row_space_residual
from symbolic.mgf_potentials import (
    TOTAL_MINUS,
    TOTAL_PLUS,
    dual,
    momentum_operator,
    perturbed_start,
    perturbed_start_residual,
    psi_gradient_residuals,
    three_point_terms,
)
from symbolic.mutation import mutations

PAPER = "Papazov et al. 2024"
FILE = "papazov2024-poster.txt"


def solves(form: Form) -> Finding:
    """Decide that the stated theta~_0 solves grad Phi_inf(theta~_0) = grad Phi_0(theta_0)."""
    return exact_zero(
        [perturbed_start_residual(form.content), *psi_gradient_residuals()],
        r"Stated $\tilde\theta_0$ minus the value of the inverse of $\nabla\Phi_\infty$ at "
        r"$\nabla\Phi_0(\theta_0) = \frac12\ln|w_{+,0}/w_{-,0}|$.",
    )


def _start_forms() -> Forms:
    right = perturbed_start()
    swapped = {TOTAL_PLUS: TOTAL_MINUS, TOTAL_MINUS: TOTAL_PLUS}
    wrong = [
        *mutations(right),
        ("integrals exchanged", right.subs(swapped, simultaneous=True)),
        (r"$e^{-I}$ for $e^{-2I}$", right.subs({s: s / 2 for s in swapped}, simultaneous=True)),
        ("without the integrals", right.subs(dict.fromkeys(swapped, 0))),
    ]
    return Forms(
        Form(
            "printed",
            r"$\tilde\theta_0 = \frac14(w_{+,0}^2 e^{-2I_+} - w_{-,0}^2 e^{-2I_-})$ is the one "
            r"solution of $\nabla\Phi_\infty(\tilde\theta_0) = \nabla\Phi_0(\theta_0)$, with "
            r"$\Delta_\infty = \Delta_0 e^{-I_+-I_-}$ and "
            r"$I_\pm = \lambda\int(\dot w_\pm/w_\pm)^2$",
            right,
        ),
        mutants=mutant_forms(wrong),
    )


# --- The cosine theorem ---------------------------------------------------------------------------


class ThreePoints(NamedTuple):
    """Coefficients of D(b, c), D(a, b) and the inner product in D(a, c)."""

    far: sp.Expr = sp.S.One
    near: sp.Expr = sp.S.One
    angle: sp.Expr = sp.S.One


def cosine(form: Form) -> Finding:
    """Decide the identity for any potential, and that its inner product vanishes on S."""
    stated: ThreePoints = form.content
    whole, near, far, angle = three_point_terms()
    residual = whole - stated.near * near - stated.far * far - stated.angle * angle
    return exact_zero(
        [sp.expand(residual), row_space_residual()],
        r"$D(a,c) - D(a,b) - D(b,c) - \langle\nabla F(b) - \nabla F(c), a - b\rangle$ with the "
        r"stated coefficients, any differentiable $F$; the inner product of a vector of the row "
        r"space with $k$, $Xk = 0$.",
    )


def _cosine_forms() -> Forms:
    right = ThreePoints()
    wrong = []
    for field, term in (("near", "D(a,b)"), ("far", "D(b,c)"), ("angle", "the inner product")):
        for name, factor in (
            ("dropped", sp.S.Zero),
            ("with the wrong sign", sp.S.NegativeOne),
            ("5 % larger", sp.Rational(21, 20)),
            ("5 % smaller", sp.Rational(19, 20)),
        ):
            wrong.append((f"{term} {name}", right._replace(**{field: factor})))
    return Forms(
        Form(
            "printed",
            r"$D_{\Phi_\infty}(\theta^*, \tilde\theta_0) = D_{\Phi_\infty}(\theta^*, \theta^{MGF}) "
            r"+ D_{\Phi_\infty}(\theta^{MGF}, \tilde\theta_0)$ for every interpolator $\theta^*$: "
            "the cosine theorem for three points, whose inner product vanishes because the "
            "gradients differ by a vector of the row space and the interpolators by one orthogonal "
            r"to it; as $D \ge 0$, $\theta^{MGF}$ is the minimiser",
            right,
        ),
        mutants=mutant_forms(wrong),
    )


CLAIMS = (
    Claim(
        id="papazov.mirror.start",
        title="The perturbed start solves the equation that defines it",
        paper=PAPER,
        equation="section 5",
        printed=Quotation(
            FILE,
            65,
            r"Find  $\tilde{\theta}_0$  such that  $\nabla \Phi_\infty(\tilde{\theta}_0) = \nabla "
            r"\Phi_0(\theta_0)$ .",
        ),
        claimed_over=r"every $w_{\pm,0} \ne 0$ and all $I_\pm$",
        sampled_over="the same, symbolically",
        forms=_start_forms,
        checks=(
            Check(
                "inverse",
                "Is it the inverse gradient of the last potential?",
                solves,
                exact=True,
                proves=True,
            ),
        ),
        depends=("papazov.mirror.flow",),
        derivation=lambda: [Step(r"$\tilde\theta_0$", perturbed_start())],
    ),
    Claim(
        id="papazov.mirror.cosine",
        title="The Bregman cosine theorem makes the limit the minimiser",
        paper=PAPER,
        equation="section 5",
        printed=Quotation(
            FILE,
            67,
            r"$D_{\Phi_\infty}(\theta^*, \tilde{\theta}_0) = D_{\Phi_\infty}(\theta^*, "
            r"\theta^{\text{MGF}}) + D_{\Phi_\infty}(\theta^{\text{MGF}}, \tilde{\theta}_0)$ .",
        ),
        claimed_over=r"every interpolator $\theta^*$, where the flow converges to one",
        sampled_over="the same, symbolically, for any differentiable potential",
        forms=_cosine_forms,
        checks=(
            Check(
                "identity",
                "Is the three-point identity exact?",
                cosine,
                exact=True,
                proves=True,
            ),
        ),
        depends=("papazov.mirror.span", "papazov.mirror.start"),
        derivation=lambda: [
            Step(r"The inner product, one coordinate", three_point_terms()[3]),
            Step(
                r"$\lambda\ddot h + \dot h$ of $h = \nabla\Phi_t(\theta_t)$, in the row space",
                momentum_operator(dual()),
            ),
        ],
    ),
)

"""Papazov et al., section 4: a smaller balancedness is expected to make solutions sparser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp

from numeric.compiled import numpy_function
from numeric.flows import gradient_flow_limit
from numeric.momentum_gradient_flow import mgf_prediction
from numeric.orders import NotAsymptotic, measure_order
from numeric.predictions import gradient_flow_prediction
from numeric.problems import Array, Problem, Start
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
from symbolic import sparsity
from symbolic.derivation import Step
from symbolic.entropy import DUAL, HyperbolicEntropy
from symbolic.mutation import mutations
from symbolic.symbols import XI
from symbolic.theorem_corollaries import SQUARED_GRADIENTS, small_lambda_balancedness

Case = tuple[tuple[float, ...], float, float]
#: Samples x and targets y of the problems with one sample, and the scale of u = v.
CASES: tuple[Case, ...] = (
    ((1.0, 0.5), 1.0, 0.7),
    ((2.0, -1.0), 1.0, 0.3),
    ((1.0, 0.75, 0.5), -2.0, 0.7),
    ((1.0, 0.25, 0.0), 1.0, 1.0),
)
#: Inertias, as shares of 1/max|g| at the start: for signs below a quarter, so that no neuron can
#: pass through zero (`papazov.small-lambda.bound`); for the order, small ones by halves.
SHARES = (0.2, 0.1, 0.05)
SMALL_SHARES = tuple(0.02 / 2.0**k for k in range(6))
DIMENSION = 2


@dataclass(frozen=True)
class Statement:
    """What becomes of the l1 norm: it falls (-1) or grows (+1), with this slope by c."""

    sign: int
    slope: sp.Expr


def _setting(case: Case) -> tuple[Problem, Start, float]:
    x, y, scale = case
    problem = Problem(np.array([x]), np.array([y]))
    return problem, Start.scaled(problem.d, scale), float(np.abs(np.array(x) * y).max())


def identity(form: Form) -> Finding:
    """Decide slope and sign of the l1 norm to first order."""
    stated: Statement = form.content
    difference, parts = sparsity.growth_of_saturation()
    if not all(part.is_positive for part in parts):
        return Finding(Outcome.UNCLEAR, "The growth of the saturation is not known to be positive.")
    residuals = [
        stated.slope - sparsity.l1_slope(DIMENSION),
        *(sparsity.paired_slope(d) - sparsity.l1_slope(d) for d in (2, 3, 4)),
        difference,
        # Every pair adds a product of two factors of one sign to a growing norm.
        sp.Integer(stated.sign - 1),
    ]
    return exact_zero(
        [sp.cancel(residual) for residual in residuals],
        r"Slope of $|\theta|_1$ by $c$ as stated and as derived, for two coordinates; as a sum "
        r"over pairs for two, three and four; growth of $x\tanh(4x\nu)$ with $x$; and the sign: "
        r"each pair adds $s_i s_j x_i x_j (x_j - x_i)(x_j\tau_j - x_i\tau_i) \ge 0$.",
    )


@lru_cache(maxsize=32)
def l1_changes(case: Case, shares: tuple[float, ...] = SHARES) -> tuple[Array, Array]:
    """Return (inertias, |theta^MGF|_1 - |theta^GF|_1) of a problem with one sample."""
    problem, start, size = _setting(case)
    inertias = np.array(shares) / size
    flow = float(np.abs(gradient_flow_prediction(problem, start)).sum())
    limits = [np.abs(mgf_prediction(problem, start, float(a))).sum() for a in inertias]
    return inertias, np.array(limits, dtype=np.float64) - flow


def flows_agree(form: Form) -> Finding:
    """Compare the sign with that along flows, whatever the inertia."""
    stated: Statement = form.content
    changes = np.concatenate([l1_changes(case)[1] for case in CASES])
    right = int(np.sum(np.sign(changes) == stated.sign))
    return Finding(
        Outcome.HOLDS if right == len(changes) else Outcome.FAILS,
        r"How often $|\theta^{MGF}|_1 - |\theta^{GF}|_1$ has the stated sign, over limits with one "
        "sample.",
        right,
        len(changes),
        "equal",
        rtol=0.0,
    )


def _first_order(stated: sp.Expr, case: Case) -> float:
    """Return d|theta|_1/d lambda at 0 by the stated slope, for two coordinates."""
    problem, start, _ = _setting(case)
    theta = np.abs(gradient_flow_prediction(problem, start))
    x = np.abs(problem.X[0])
    entropy = HyperbolicEntropy()
    dual = numpy_function((entropy.theta, XI), entropy.gradient)(theta, start.xi)
    s = numpy_function((DUAL, XI), entropy.inverse_gradient_slope)(dual, start.xi)
    # theta = 2 xi sinh(w) and s = 8 xi cosh(w): tanh(w) is 4 theta/s.
    tau = 4 * theta / s
    symbols = [
        *sparsity.features(DIMENSION),
        *sparsity.curvatures(DIMENSION),
        *sparsity.saturations(DIMENSION),
    ]
    slope = float(numpy_function(symbols, stated)(*x, *s, *tau))
    # ln(Delta_inf/Delta_0) = -k lambda int g^2 dT with k from the theorem, T = 2 t, g = x r.
    per_integral = sp.diff(sp.log(small_lambda_balancedness()), SQUARED_GRADIENTS)
    per_inertia = -float(sp.diff(per_integral, sp.Symbol("lambda", positive=True)))
    along = gradient_flow_limit(problem, start)
    return slope * per_inertia * 2 * float(along.path_integral[0]) / x[0] ** 2


def slope_is_measured(form: Form) -> Finding:
    """Measure the order of what the stated slope leaves of the change of the l1 norm."""
    stated: Statement = form.content
    orders: list[int] = []
    for case in CASES[:2]:
        inertias, changes = l1_changes(case, SMALL_SHARES)
        rest = changes - inertias * stated.sign * _first_order(stated.slope, case)
        try:
            # Against no slope at all; limits are integrated and projected to about 1e-12.
            orders.append(measure_order(inertias, rest, changes, terms=3, floor=1e-12).order)
        except NotAsymptotic as refusal:
            return Finding(Outcome.UNCLEAR, f"x = {case[0]}: {refusal}", predicted=2)
    return Finding(
        Outcome.HOLDS if set(orders) == {2} else Outcome.FAILS,
        r"Order in $\lambda$ of $|\theta^{MGF}|_1 - |\theta^{GF}|_1$ minus the stated slope times "
        r"$\lambda$, two problems with one sample and two features.",
        orders,
        2,
        "first coefficient absent, second present",
        rtol=0.0,
    )


def counterexample() -> Counterexample | None:
    """Search small problems with one sample for flows whose limit has a larger l1 norm."""
    for case in _small_cases():
        inertias, changes = l1_changes(case)
        if changes[0] > 0:
            (x, y, scale), lam = case, inertias[0]
            return Counterexample(
                r"$\Delta_\infty < \Delta_0$ in both coordinates, and yet the solution of momentum "
                "gradient flow has the larger $\\ell_1$ norm.",
                {
                    "x": ", ".join(f"{entry:g}" for entry in x),
                    "y": f"{y:g}",
                    "u = v at the start": f"{scale:g}",
                    "lambda": float(lam),
                    "l1 norm minus that of gradient flow": float(changes[0]),
                },
                exact=False,
                found_by="small numbers, in order",
                rtol=1e-6,
                atol=1e-10,
            )
    return None


def _small_cases() -> Iterator[Case]:
    for x in ((1.0, 1.0), (1.0, 0.5), (2.0, 1.0)):
        for y in (1.0, 2.0):
            yield x, y, 1.0


def forms() -> Forms:
    """Return the expectation as printed, what holds for one sample, and mutants."""
    slope = sparsity.paired_slope(DIMENSION)
    right = Statement(+1, slope)
    statement = (
        r"With one sample $x$ and an unbiased start of one scale, to first order in $\lambda$: "
        r"$\Delta_\infty < \Delta_0$ wherever $x_j \ne 0$, and yet $|\theta^{MGF}|_1 > "
        r"|\theta^{GF}|_1$, unless all $|x_j|$ that are not zero are equal. The scales shrink "
        r"like $e^{-c x_j^2}$: most where the feature is largest, which is where the sparse "
        r"solution has its weight"
    )
    mutants = [Form(name, name, Statement(+1, wrong)) for name, wrong in mutations(slope)] + [
        Form("the norm does not change", "the norm does not change", Statement(0, 0 * slope))
    ]
    return Forms(
        Form(
            "printed",
            r"As $\Delta_\infty < \Delta_0$, $\theta^{MGF}$ is sparser than $\theta^{GF}$; read as "
            r"$|\theta^{MGF}|_1 \le |\theta^{GF}|_1$",
            replace(right, sign=-1),
        ),
        Form("one sample", statement, right),
        tuple(mutants),
    )


def derivation() -> tuple[Step, ...]:
    """Return the slope as derived and as a sum over pairs."""
    slope: Any = sparsity.paired_slope(3)
    return (
        Step(
            r"Where the scales shrink like $e^{-c x_j^2}$ and $x\cdot\theta = y$ is kept, with "
            r"$s_j = 8\xi\cosh(4x_j\nu)$ and $\tau_j = \tanh(4x_j\nu)$, $d|\theta|_1/dc$ is for "
            "two coordinates",
            sparsity.l1_slope(2),
        ),
        Step("and as a sum over pairs, here for three,", slope),
        Step(
            r"No pair is negative, since $x\tanh(4x\nu)$ grows with $x$: its derivative is",
            sp.Add(*sparsity.growth_of_saturation()[1]),
        ),
    )


CLAIMS = (
    Claim(
        id="papazov.sparser.theory",
        title="A smaller balancedness need not make solutions sparser",
        paper="Papazov et al. 2024",
        equation="section 4",
        printed=Quotation(
            "papazov2024-poster.txt",
            105,
            r"Since $\Delta_\infty < \Delta_0$ , we expect $\theta^{\text{MGF}}$ to be sparser "
            r"than $\theta^{\text{GF}}$ !",
        ),
        claimed_over="every data set and start without zero crossings (an expectation, not a "
        "theorem; sparser is not defined)",
        sampled_over="symbolically: one sample of two, three and four features, every unbiased "
        "start of one scale, to first order in $\\lambda$; limits: "
        f"{len(CASES)} problems with one sample, {len(SHARES)} inertias each",
        forms=forms,
        checks=(
            Check("slope", "Does the norm change as stated?", identity, exact=True, proves=True),
            Check("limits", "Do the limits of the flow agree?", flows_agree),
            Check("order", "Is the stated slope that of the limits?", slope_is_measured),
        ),
        depends=("papazov.small-lambda.limit", "papazov.positive"),
        derivation=derivation,
        counterexample=counterexample,
        remark="What uneven scales do to many samples, and to data that are centred or not, is a "
        "matter of statistics; this shows that no general theorem can be expected. The slope is a "
        "sum over pairs of coordinates, so that more than four bring nothing new.",
    ),
)

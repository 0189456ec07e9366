"""Evidence that decides nothing but shows what the statements speak of.

An exhibit is a record like that of a claim, without a verdict: title, text, a table, figures. It is
computed here, where evidence is, and kept with it; the report only shows it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from numeric.compare import Comparison, compare
from numeric.compiled import inertia, numpy_function
from numeric.datasets import diabetes
from numeric.flow_paths import momentum_flow_path
from numeric.problems import Start
from numeric.velocities import velocity_coefficient
from proofs_check.smooth_runs import iterates, method_at, runs
from symbolic.entropy import HyperbolicEntropy
from symbolic.symbols import THETA, XI

#: The record of an exhibit, as in the report's JSON.
Exhibit = dict[str, Any]

_SCALES = ((1e2, "10^{2}"), (1e-1, "10^{-1}"), (1e-3, "10^{-3}"), (1e-8, "10^{-8}"))


def evidence_with_figure(
    name: str, figure: dict[str, Any], rtol: float, atol: float = 0.0
) -> dict[str, Any]:
    """Return one finding-like entry that carries ``figure``."""
    return {
        "check": name,
        "role": "reference",
        "rtol": rtol,
        "atol": atol,
        "data": {"figure": figure},
    }


def entropy_regimes() -> Exhibit:
    """Q_xi(theta)/Q_xi(1) between the kernel regime, theta^2, and the rich regime, |theta|."""
    normalised = numpy_function((THETA, XI), HyperbolicEntropy().normalised)
    theta = np.linspace(-1.0, 1.0, 81)
    series = [
        {"label": rf"$\xi = {name}$", "x": theta, "y": normalised(theta, scale), "style": ""}
        for scale, name in _SCALES
    ]
    series.append({"label": r"$|\theta|$", "x": theta, "y": np.abs(theta), "style": "reference"})
    figure = {
        "kind": "curves",
        "title": r"Hyperbolic entropy from the kernel to the rich regime",
        "xlabel": r"$\theta$",
        "ylabel": r"$Q_\xi(\theta)\,/\,Q_\xi(1)$",
        "caption": r"$Q_\xi(\theta)/Q_\xi(1)$ for four scales of the start. At a large scale it is "
        r"$\theta^2$; as the scale falls it approaches $|\theta|$, but only like $1/\ln(1/\xi)$.",
        "series": series,
    }
    return {
        "id": "entropy-regimes",
        "title": "The potential, from kernel to rich",
        "text": "Which interpolating solution training picks is decided by a potential, the "
        r"hyperbolic entropy $Q_\xi$, whose single parameter is the scale $\xi = |u \odot v|$ of "
        "the start. Everything that the paper says about momentum is said about this scale and "
        "about a linear term added to the potential.",
        # Q is a difference of terms of size 2 xi, and Q_xi(1) is about 1/(16 xi) at large scales:
        # rounding leaves a few times 32 xi^2 2^-53, below 1e-9 at xi = 100.
        "evidence": [evidence_with_figure("entropy", figure, rtol=1e-9, atol=1e-9)],
    }


_VELOCITIES = {
    "zero": r"$\dot x(0) = 0$",
    "matched": "layer-matched",
    "gradient": r"$-\nabla L$",
    "rescaled-gradient": r"$-\nabla L/(1-\mu)$",
}
_MOMENTUM, _RATE, _STEPS = 0.8, 0.02, 40


def initial_velocities() -> Exhibit:
    """Heavy-ball iterates and the flow from each initial velocity, one coordinate, first steps."""
    run, method = runs()[-1], method_at("hb", _MOMENTUM)
    times = _RATE * np.arange(_STEPS + 1)
    trained = iterates(run, method, _RATE, _STEPS)
    series: list[dict[str, Any]] = [
        {"label": "iterates", "x": times, "y": trained[:, 0], "style": "reference"}
    ]
    alpha = float(inertia(method.mu, method.kappa, _RATE))
    for kind, label in _VELOCITIES.items():
        velocity = velocity_coefficient(kind, method.mu, method.kappa) * run.gradient(run.start)
        path = momentum_flow_path(run.gradient, run.start, velocity, alpha, method.mu, times)
        series.append({"label": label, "x": times, "y": path[:, 0], "style": ""})
    figure = {
        "kind": "trajectory",
        "title": "Heavy ball and its flow from four initial velocities",
        "xlabel": r"time $t = k\eta$",
        "ylabel": r"$u_1$",
        "caption": rf"The first {_STEPS} iterates of heavy ball (dots) on a small diagonal network "
        rf"at $\mu = {_MOMENTUM}$, $\eta = {_RATE}$, and the flow "
        r"$\alpha\ddot x + \dot x + \nabla L/(1-\mu) = 0$ "
        r"from four initial velocities $\dot x(0)$.",
        "series": series,
    }
    return {
        "id": "initial-velocity",
        "title": "The initial velocity that nobody states",
        "text": "The flow is of second order in time, so it needs an initial velocity; the paper "
        "states none. The recursion starts with two equal iterates and gathers speed over the "
        r"first $1/(1-\mu)$ steps. Which velocity makes the flow meet the iterates behind this "
        "layer is derived from the recursion: it is the one called *layer-matched*.",
        # The flow is integrated to a relative 1e-12 a step.
        "evidence": [evidence_with_figure("velocities", figure, rtol=1e-8, atol=1e-9)],
    }


#: (method, learning rate, momentum): the same small parameter eta/(1-mu)^2 for all three.
_RUNS = (("gd", 0.005, 0.0), ("hb", 0.00125, 0.5), ("nag", 0.00125, 0.5))
_SHOWN = {
    "gradient-flow": "gradient flow",
    "gradient-flow.printed": "gradient flow as printed",
    "theorem3": "Theorem 3",
    "theorem3.printed": "Theorem 3 as printed",
    "theorem3.forecast": "Theorem 3, forecast",
}
_PATIENTS, _SCALE, _BIAS = 30, 0.3, 0.5


def reproducible_within(found: Comparison) -> float:
    """Return how far apart two runs may end that both converged to the run's tolerance.

    Their limits are gradients of the conjugate Q* at duals that differ within the row space, so
    theta - theta' = H X^T (X H X^T)^-1 r with residuals r of at most 2 tol in each row and H the
    diagonal Hessian of Q*, proportional to u^2 + v^2. Its norm is at most
    sqrt(max H/min H) |r|_2/sigma_min(X).
    """
    problem, trained = found.problem, found.trained
    least = float(np.linalg.svd(problem.X, compute_uv=False)[-1])
    size = trained.u**2 + trained.v**2
    spread = float(np.sqrt(size.max() / size.min()))
    return spread * 2.0 * trained.tol * float(np.sqrt(problem.n)) / least


def _limits_figure(found: Comparison) -> dict[str, Any]:
    """Return coordinates of the trained limit against those of three predictions."""
    styles = {"gradient-flow": "reference", "theorem3.printed": "printed", "theorem3": "corrected"}
    series = [
        {"label": _SHOWN[name], "x": prediction.theta, "y": found.trained.theta, "style": style}
        for name, style in styles.items()
        if (prediction := found.predictions[name]).theta is not None
    ]
    distances = ", ".join(
        f"{_SHOWN[name]} {distance:.1e}"
        for name in styles
        if (distance := found.predictions[name].distance(found.trained.theta)) is not None
    )
    return {
        "kind": "scatter",
        "title": "Trained limit against predictions, coordinate by coordinate",
        "xlabel": r"predicted $\theta_j$",
        "ylabel": r"trained $\theta_j$",
        "caption": f"Heavy ball on the diabetes data: the {found.problem.d} coordinates of the "
        "trained limit against three predictions. On the line a prediction is right. "
        f"Distances from the trained limit: {distances}.",
        "series": series,
    }


def real_data() -> Exhibit:
    """Trained limits on the diabetes data beside every prediction, for GD, HB and NAG."""
    problem = diabetes(_PATIENTS)
    start = Start.scaled(problem.d, _SCALE, _BIAS)
    rows: list[list[Any]] = []
    evidence: list[dict[str, Any]] = []
    within = 0.0
    for method, rate, momentum in _RUNS:
        found = compare(problem, start, method, rate, momentum=momentum)
        within = max(within, reproducible_within(found))
        distances = [found.distances[name] for name in _SHOWN]
        rows.append(
            [method.upper(), f"${rate}$", f"${momentum:g}$", found.small_parameter, *distances]
        )
        if method == "hb" and found.trained.converged:
            figure = _limits_figure(found)
            evidence.append(evidence_with_figure("limits", figure, 1e-6, atol=1e-6))
    for entry in evidence:
        entry["atol"] = within
    return {
        "id": "real-data",
        "title": "On real data",
        "text": f"{_PATIENTS} patients of the diabetes data (Efron, Hastie, Johnstone and "
        "Tibshirani 2004), polynomial features of degree 2, standardised: "
        f"{problem.n} independent rows, {problem.d} features. The start is biased, "
        rf"$u(0) = {_BIAS * _SCALE:g}$ and $v(0) = {_SCALE / _BIAS:g}$ in every coordinate. Each "
        "method is trained until it interpolates; the table has the distance of its limit from "
        "what each theory predicts for it. The forecast uses nothing of the run, Theorem 3 its "
        "path integral.",
        "table": {
            "columns": ["method", r"$\eta$", r"$\mu$", "small parameter", *_SHOWN.values()],
            "rows": rows,
            # Distances are shown to the digits that matter in comparing them.
            "rtol": 1e-2,
            "atol": within,
        },
        "evidence": evidence,
        "after": "The small parameter is $\\eta/(1-\\mu)^2$ times the largest eigenvalue of the "
        "Hessian at the limit: first-order predictions need it small.",
    }


#: What is shown, in order.
EXHIBITS: dict[str, Callable[[], Exhibit]] = {
    "entropy-regimes": entropy_regimes,
    "initial-velocity": initial_velocities,
    "real-data": real_data,
}

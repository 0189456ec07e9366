"""Make the certificates that `proofs_check.verifier` checks.

    python -m proofs_check.certificate_makers

Data are chosen by hand, small and rational; everything that follows from them - limits, vectors of
the kernel, targets, hints for the tail of a run - is computed here and believed by nobody.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from proofs_check.committed_certificate import FOLDER
from proofs_check.verifier import Data, InvalidCertificate, verify
from proofs_check.verifier.reading import vector
from proofs_check.verifier.vectors import dot, predictor

Certificate = dict[str, Any]
Array = np.ndarray

#: The radius of the ball in which all later steps of a run are shown to stay: far below the gaps
#: that the runs are to show, far above what float64 leaves of the hints.
RADIUS = Fraction(1, 10**8)
#: A run counts as ended for the hints when residual and moves are below this share of the radius;
#: the verifier then multiplies them by the square root of P's condition and by 1/(1 - q).
SHARE = 1e-5
#: Denominators of rational hints.
DENOMINATOR = 1000
#: Steps of flows: their length, the order of Taylor's formula, the longest path that is tried.
FLOW_STEP, FLOW_ORDER, LONGEST = Fraction(1, 16), 16, 512


def _text(value: Any) -> Any:
    """Return fractions as integers or text, inside lists and mappings too."""
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else str(value)
    if isinstance(value, list):
        return [_text(each) for each in value]
    if isinstance(value, dict):
        return {key: _text(each) for key, each in value.items()}
    return value


def _kernel(x: list[Fraction]) -> list[Fraction]:
    """Return a vector with x.k = 0, supported on the first two features."""
    return [x[1], -x[0], *(Fraction(0) for _ in x[2:])]


# --- Fractions ------------------------------------------------------------------------------------


def gradient_flow(x: list[int], u: list[int], v: list[int], growth: int) -> Data:
    """Return data of a gradient flow whose limit is u_j g^{x_j}, v_j g^{-x_j}; y follows."""
    features = vector(x)
    powers = [Fraction(growth) ** each for each in x]
    u_inf = [a * g for a, g in zip(u, powers, strict=True)]
    v_inf = [b / g for b, g in zip(v, powers, strict=True)]
    y = dot(features, predictor(u_inf, v_inf))
    kernel = _kernel(features)
    return {"x": x, "y": y, "u": u, "v": v, "u_inf": u_inf, "v_inf": v_inf, "kernel": kernel}


def resting_on_data(x: list[int], u: list[int], v: list[int], **more: Any) -> Data:
    """Return data with a start that interpolates: y is what it predicts."""
    y = dot(vector(x), predictor(vector(u), vector(v)))
    return {"x": x, "y": y, "u": u, "v": v, **more}


def initial_gradient() -> Data:
    """Return two samples, three features and the vector that both samples are orthogonal to."""
    X = [[1, 2, 0], [0, 1, 1]]
    (a, b, c), (d, e, f) = X
    kernel = [b * f - c * e, c * d - a * f, a * e - b * d]
    return {"X": X, "y": [1, 2], "u": [1, 1, 2], "v": [1, 2, 1], "mu": "1/2", "kernel": kernel}


def near_tie(ratio: str) -> Data:
    """Return two samples whose least interpolator is B = (0, r, r)/2, of norm r, and A = (1, 0, 0).

    As in `proofs_check.lyu.thm3_transition`, with its step size and its momentum.
    """
    r = Fraction(ratio)
    X = [[Fraction(1, 2), 1 / r, Fraction(0)], [Fraction(1), Fraction(0), 2 / r]]
    A, B = [1, 0, 0], [Fraction(0), r / 2, r / 2]
    return {"X": X, "y": ["1/2", 1], "A": A, "B": B, "eta": "1/250", "mu": "4/5"}


# --- Runs -----------------------------------------------------------------------------------------


def _train(data: Data, eta: float, mu: float, kappa: float) -> tuple[int, float]:
    """Return after how many steps a run in float64 has ended, and |J|^2 there.

    Raises
    ------
    RuntimeError
        If it has not ended after many steps.
    """
    x = np.array([float(each) for each in vector(data["x"])])
    w = np.array([float(each) for each in vector(data["u"]) + vector(data["v"])])
    A, D = np.concatenate([x, -x]), np.zeros_like(w)
    enough = SHARE * float(RADIUS)
    for step in range(100_000):
        at = w + kappa * D
        residual = float(A @ (at * at)) - float(Fraction(data["y"]))
        if step and abs(residual) < enough and np.abs(D).max() < enough:
            return step, float(4 * A * w @ (A * w))
        D = mu * D - 2 * eta * residual * A * at
        w = w + D
    raise RuntimeError("the run has not ended")


def _contraction(M: Array) -> tuple[list[Fraction], Fraction]:
    """Return rational P = (a, b, c) and q with q^2 P - M'PM about 1, q between rho(M) and 1."""
    radius = float(np.abs(np.linalg.eigvals(M)).max())
    q = Fraction((1 + radius) / 2).limit_denominator(DENOMINATOR)
    # P = sum of (M/q)^k' (M/q)^k, summed by doubling.
    P, T = np.eye(2), M / float(q)
    while np.abs(T).max() > np.finfo(float).eps:
        P, T = P + T.T @ P @ T, T @ T
    entries = (P[0, 0], P[0, 1], P[1, 1])
    return [Fraction(float(each)).limit_denominator(DENOMINATOR) for each in entries], q


def with_hints(data: Data, eta: str, mu: str = "0", kappa: str = "0") -> Data:
    """Return the number of steps and the hints for the tail of a run."""
    rate, decay, ahead = (float(Fraction(each)) for each in (eta, mu, kappa))
    steps, h = _train(data, rate, decay, ahead)
    last = (decay - rate * h * ahead, -rate * h * ahead + decay)
    P, q = _contraction(np.array([[1 - rate * h, last[0]], [-rate * h, last[1]]]))
    return {"steps": steps, "delta": RADIUS, "P": P, "q": q}


def training(x: list[int], size: str, eta: str, mu: str) -> Data:
    """Return a run of heavy ball on one sample with target 1, u = v = size."""
    data = {"x": x, "y": 1, "u": [size] * len(x), "v": [size] * len(x)}
    return data | {"eta": eta, "mu": mu, "kappa": 0} | with_hints(data, eta, mu)


def against_descent(theta_star: list[str]) -> Data:
    """Return a run of heavy ball and one of gradient descent from the same start."""
    data = training([1, 2], "1/2", "1/100", "1/2")
    return data | {"theta_star": theta_star, "descent": with_hints(data, data["eta"])}


# --- Flows ----------------------------------------------------------------------------------------


def one_feature(y: int, w_plus: str, w_minus: str, inertia: str) -> Data:
    """Return a flow from rest on x = 1."""
    return {"x": 1, "y": y, "w_plus": w_plus, "w_minus": w_minus, "lambda": inertia}


def long_enough(claim: str, data: Data) -> Data:
    """Return flow data with the first number of steps, doubled each time, that decides the claim.

    Raises
    ------
    InvalidCertificate
        If the longest path does not decide it either.
    """
    data = data | {"step": FLOW_STEP, "order": FLOW_ORDER}
    steps = 32
    while True:
        found = _text(data | {"steps": steps})
        try:
            verify({"claim": claim, "kind": "flow", "data": found})
            return found
        except InvalidCertificate:
            steps *= 2
            if steps > LONGEST:
                raise


# --- All ------------------------------------------------------------------------------------------

SIGN = (
    "Gradient flow, the limit as the step size vanishes, satisfies optimality with the minus sign "
    "at the start and not with the printed plus sign"
)


def _made() -> Iterator[tuple[str, str, str, Callable[[], Data]]]:
    """Yield claim, kind, statement and maker of the data."""
    for claim in (
        "lyu.prop2",
        *(f"lyu.thm3.{method}.{kind}" for method in ("hb", "nag") for kind in ("discrete", "flow")),
    ):
        yield claim, "rational", SIGN, lambda: gradient_flow([1, 1], [1, 1], [1, 2], 2)
    yield (
        "lyu.thm3.velocity",
        "rational",
        "The initial velocity moves the limit at first order in alpha, from a start that "
        "interpolates",
        lambda: resting_on_data([1, 1], [2, 1], [1, 1], du=[1, 0], dv=[0, 1]),
    )
    yield (
        "lyu.thm3.mitigation.scale",
        "rational",
        "The scale grows: exactly for a zero feature, to first order in alpha for another",
        lambda: resting_on_data([0, 1], [1, 2], [1, 1], du=[1, 1], dv=[1, 1], alpha="1/50"),
    )
    yield (
        "lyu.thm3.gradient-init",
        "rational",
        "The part of R that is linear in alpha is orthogonal to all that keeps X theta = y",
        initial_gradient,
    )
    yield (
        "lyu.gd-start",
        "rational",
        "At this multiple of the learning rate gradient descent loses as much as heavy ball",
        lambda: {"mu": "1/2", "kappa": 0, "rate": 6},
    )
    yield (
        "papazov.error-bound.fixed-beta",
        "rational",
        "With the printed inertia, with half of it and with none the error is of order epsilon",
        lambda: {"mu": "1/2", "inertias": [2, 1, 0]},
    )
    yield (
        "papazov.sparser.theory",
        "rational",
        "To first order in lambda the balancedness falls everywhere and the l1 norm grows",
        lambda: gradient_flow([2, 1], [1, 1], [1, 1], 2),
    )
    yield (
        "papazov.mgf.start",
        "rational",
        "To first order in lambda the printed sign shifts the dual out of the row space",
        lambda: {
            "x": [1, 1],
            "y": 1,
            "w_plus": [2, 1],
            "w_minus": [1, 1],
            "kernel": _kernel(vector([1, 1])),
        },
    )
    yield (
        "lyu.q.rich",
        "entropy",
        "Q exceeds twice the absolute value, and more so at every smaller scale",
        lambda: {"theta": 1, "xi": "1/10000", "bound": 2},
    )
    yield (
        "lyu.thm3.transition",
        "entropy",
        "As the start shrinks at a fixed step size heavy ball ends at an interpolator that is not "
        "of least l1 norm",
        lambda: near_tie("49/50"),
    )
    yield (
        "papazov.negligible.argmin",
        "entropy",
        "As the start shrinks the flow ends at one vertex, the minimiser of the potential at the "
        "other",
        lambda: {"x": [1, "9/10"], "y": 1, "lambda": "6/25"},
    )
    yield (
        "lyu.saddle.matched",
        "run",
        "No start u = v = c' of gradient flow has the limit of this run of heavy ball",
        lambda: training([1, 2, 3], "1/2", "1/100", "9/10"),
    )
    yield (
        "lyu.thm3.closer-l1",
        "run",
        "Both scales fall and the largest Q over the least on the l1 sphere grows",
        lambda: training([1, 2], "1/2", "1/100", "1/2") | {"vertex": 1, "share": "1/2"},
    )
    yield (
        "papazov.centring.mean-target",
        "run",
        "On an uncentred sample heavy ball ends farther from theta_star than gradient descent",
        lambda: against_descent(["0", "1/2"]),
    )
    flows: dict[str, tuple[str, Data]] = {
        "papazov.small-lambda.bound": (
            "A neuron passes through zero at a lambda within the printed bound",
            one_feature(-1, "1", "1/2", "1/2"),
        ),
        "papazov.mgf.crossings": (
            "A neuron passes through zero, Delta falls, and the printed ratios of mirror images "
            "are inverse",
            one_feature(-1, "1", "1/2", "1/2"),
        ),
        "papazov.negligible.size": ("Delta grows", one_feature(3, "1", "1", "1")),
        "papazov.surrogate.wells": (
            "From this start at rest the iterates and the flow end in different wells; the starts "
            "that divide the wells differ by a multiple of epsilon that is not zero",
            {
                "start": "127/62",
                "lambda": 1,
                "epsilon": "1/256",
                "iterations": 4096,
                "low": 2,
                "high": "21/10",
            },
        ),
    }
    for claim, (statement, data) in flows.items():
        yield (
            claim,
            "flow",
            statement,
            lambda claim=claim, data=data: long_enough(claim, data),
        )


def make(only: str | None = None) -> dict[str, Certificate]:
    """Return the certificates by claim, all of them or those of one kind."""
    return {
        claim: {"claim": claim, "kind": kind, "statement": statement, "data": _text(data())}
        for claim, kind, statement, data in _made()
        if only in (None, kind)
    }


def text(certificate: Certificate) -> str:
    """Return a certificate as it is committed."""
    return json.dumps(certificate, indent=2) + "\n"


def write() -> None:
    """Write all certificates, and remove those that nobody makes."""
    FOLDER.mkdir(exist_ok=True)
    made = make()
    for path in FOLDER.glob("*.json"):
        if path.stem not in made:
            path.unlink()
    for claim, certificate in made.items():
        FOLDER.joinpath(f"{claim}.json").write_text(text(certificate), encoding="utf-8")


if __name__ == "__main__":
    write()

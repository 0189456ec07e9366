"""Evidence that decides nothing but shows what the statements speak of.

An exhibit is a record like that of a claim, without a verdict: title, text, a table, figures. It is
computed here, where evidence is, and kept with it; the report only shows it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from numeric.compiled import numpy_function
from proofs_check.evidence import load, store
from symbolic.console import plain_numbers
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


#: What is shown, in order.
EXHIBITS: dict[str, Callable[[], Exhibit]] = {"entropy-regimes": entropy_regimes}


def run_exhibits(*, fresh: bool = False) -> list[Exhibit]:
    """Return all exhibits, computing what is not stored (see `proofs_check.evidence`)."""
    shown: list[Exhibit] = []
    for name, compute in EXHIBITS.items():
        stored = None if fresh else load(name)
        if stored is None:
            stored = plain_numbers(compute())
            store(name, stored)
        shown.append(stored)
    return shown

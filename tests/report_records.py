"""Made-up claims and a chapter, shaped like the real records, for the tests of the report."""

from __future__ import annotations

from typing import Any


def finding(**changes: Any) -> dict[str, Any]:
    """A finding as in a record."""
    base: dict[str, Any] = {
        "check": "order",
        "question": "Does the error fall like the square of the step?",
        "exact": False,
        "proves": False,
        "role": "printed",
        "form": "printed",
        "form_statement": "",
        "outcome": "fails",
        "statement": r"Limit of training against $\arg\min Q_{\bar\xi}(\theta) + R^T\theta$.",
        "measured": 1.0534218,
        "predicted": 0.0,
        "criterion": "linear coefficient below $10^{-4}$ of the one at $\\alpha = 0$",
        "rtol": 1e-4,
        "atol": 1e-9,
        "data": {},
    }
    return base | changes


def _order_figure(label: str, power: int, factor: float) -> dict[str, Any]:
    steps = [0.04 / 2**k for k in range(6)]
    series = {"label": label, "x": steps, "y": [factor * step**power for step in steps]}
    return {
        "figure": {
            "kind": "order",
            "title": r"Distance of the trained limit from $\theta(\infty)$ against the step size",
            "xlabel": r"learning rate $\eta$",
            "ylabel": r"$\|\theta_{trained} - \theta_{predicted}\|_2$",
            "series": [series],
        }
    }


def record(**changes: Any) -> dict[str, Any]:
    """The record of a corrected claim, with everything that a record can have."""
    base: dict[str, Any] = {
        "id": "lyu.thm3.hb",
        "title": "The bias of heavy ball",
        "paper": "lyu2025",
        "equation": "Theorem 3, Eq. (8)",
        "printed": {
            "text": "*then, neglecting all terms of the order $\\mathcal{O}(\\eta^2)$,* "
            "$$\\theta(\\infty) = \\arg \\min_{\\theta} "
            "Q_{\\bar{\\xi}(\\infty)}^{\\text{M}}(\\theta) "
            "+ \\theta^T \\mathcal{R}^{\\text{M}}, \\text{ s.t. } X\\theta = y \\quad (8)$$ "
            "with Q_{ξ}^{GF} and ℓ_1 -norm",
            "file": "lyu2025.txt",
            "line": 132,
        },
        "statement": r"$\theta_\infty = \operatorname{arg\,min} Q_{\bar\xi}(\theta) + \theta^T R$",
        "verdict": "corrected",
        "reason": "the printed form has a counterexample; the corrected form holds",
        "corrected": {
            "statement": r"The linear term is $-\frac14 \operatorname{asinh}{\left(\frac{\theta_0}"
            r"{2 \xi} \right)}$, not plus.",
            "verdict": "supported",
        },
        "quantifiers": {"claimed": r"all starts, $\mu \in (0, 1)$", "sampled": "40 problems"},
        "evidence": [
            finding(data=_order_figure("printed", 0, 0.9)),
            finding(
                role="corrected",
                form="corrected",
                outcome="holds",
                measured=1.998,
                predicted=2,
                data=_order_figure("corrected", 2, 3.0),
            ),
            finding(
                role="mutant",
                form=r"$\alpha$ five per cent too large",
                measured=0.0523,
                predicted=1e-4,
                data=_order_figure("5 % more inertia", 1, 0.05),
            ),
        ],
        "mutants": {
            "tried": [r"$\alpha$ five per cent too large"],
            "rejected": [r"$\alpha$ five per cent too large"],
        },
        "depends": ["lyu.q.rich"],
        "counterexample": {
            "statement": r"With one row, $\theta_\infty \ne \theta_{printed}$.",
            "data": {"X": [["1", "2"]], "y": ["-3/4"], "u_0": ["3/2", "1/2"], "eta": "1/100"},
            "exact": True,
            "found_by": "search over rationals, shrunk.",
            "rtol": 1e-6,
            "atol": 0.0,
        },
        "derivation": [
            {
                "text": "Expand the recursion at $x_k$.",
                "latex": r"\alpha \ddot{x} + \dot{x} + \frac{\nabla L(x)}{1 - \mu} = 0",
            },
            {"text": "Compare orders.", "latex": ""},
        ],
        "remark": "",
        "certificate": None,
    }
    return base | changes


def records() -> list[dict[str, Any]]:
    """Three records: corrected, proved, undecided."""
    curve = {"label": r"$\xi = 1$", "x": [-1.0, 0.0, 1.0], "y": [1.0, 0.0, 1.0]}
    figure = {"kind": "curves", "title": "Entropy", "series": [curve], "xlabel": r"$\theta$"}
    return [
        record(
            id="lyu.q.rich",
            title=r"$Q_\xi$ tends to $\ell_1$",
            equation="Section 3",
            verdict="proved",
            reason="the printed form holds",
            corrected=None,
            counterexample=None,
            depends=[],
            derivation=[],
            printed={"text": "rich regime", "file": "lyu2025.txt", "line": 114},
            evidence=[finding(outcome="holds", exact=True, measured="0", data={"figure": figure})],
        ),
        record(),
        record(
            id="lyu.prop4",
            title="Mirror flow",
            verdict="undecided",
            corrected=None,
            counterexample=None,
            depends=[],
            printed={"text": "follows a mirror flow", "file": "lyu2025.txt", "line": 214},
        ),
    ]


def chapter() -> dict[str, Any]:
    """A chapter of two sections, one with a table, one with a figure."""
    curve = {"label": r"$\lambda = 1$", "x": [1.0, 2.0], "y": [1.0, 0.5], "style": ""}
    figure = {"kind": "curves", "title": "A curve", "series": [curve], "xlabel": r"$\lambda$"}
    return {
        "id": "a-chapter",
        "title": "When is $x < y$?",
        "summary": "Short & plain: $x < 1$.",
        "text": "A first paragraph.",
        "sections": [
            {
                "title": "With a table",
                "text": "Numbers.",
                "table": {"columns": ["data", r"$D$"], "rows": [["one", 0.12345]], "rtol": 1e-2},
                "evidence": [],
            },
            {
                "title": "With a figure",
                "text": "A picture.",
                "evidence": [finding(data={"figure": figure})],
            },
        ],
        "claims": ["lyu.q.rich"],
    }

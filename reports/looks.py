"""How figures look: colours, markers and dashes of a style, and Matplotlib's settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

INK, MUTED, RULE, PAPER = "#22262b", "#6b7079", "#d9dce1", "#ffffff"

#: Okabe and Ito's palette, told apart with every common colour vision; markers and dashes too.
_STYLES: dict[str, list[dict[str, Any]]] = {
    "printed": [
        {"color": "#d55e00", "marker": "s", "linestyle": "-"},
        {"color": "#e69f00", "marker": "D", "linestyle": "-"},
    ],
    "corrected": [
        {"color": "#009e73", "marker": "o", "linestyle": "-"},
        {"color": "#2f7fc1", "marker": "o", "linestyle": "-"},
        {"color": "#56b4e9", "marker": "o", "linestyle": "-"},
    ],
    "mutant": [
        {"color": "#b5679a", "marker": "^", "linestyle": "--"},
        {"color": "#cc79a7", "marker": "v", "linestyle": ":"},
        {"color": "#8c6bb1", "marker": "<", "linestyle": "-."},
        {"color": "#a08bc4", "marker": ">", "linestyle": (0, (1, 1))},
    ],
    "reference": [
        {"color": MUTED, "marker": ".", "linestyle": "-"},
        {"color": "#2f7fc1", "marker": ".", "linestyle": "--"},
        {"color": "#e69f00", "marker": ".", "linestyle": "-."},
        {"color": "#56b4e9", "marker": ".", "linestyle": ":"},
    ],
    "": [
        {"color": "#2f7fc1", "marker": "o", "linestyle": "-"},
        {"color": "#d55e00", "marker": "s", "linestyle": "--"},
        {"color": "#009e73", "marker": "^", "linestyle": "-."},
        {"color": "#b5679a", "marker": "D", "linestyle": ":"},
        {"color": "#e69f00", "marker": "v", "linestyle": (0, (5, 1))},
        {"color": "#56b4e9", "marker": "<", "linestyle": (0, (3, 1, 1, 1))},
        {"color": MUTED, "marker": ">", "linestyle": "-"},
    ],
}

#: For `matplotlib.rc_context`.
SETTINGS: Any = {
    "svg.hashsalt": "mirrorcheck",
    "svg.fonttype": "path",
    "font.family": "STIXGeneral",
    "mathtext.fontset": "stix",
    "font.size": 11.0,
    "axes.titlesize": 11.0,
    "axes.labelsize": 11.0,
    "legend.fontsize": 9.5,
    "xtick.labelsize": 9.5,
    "ytick.labelsize": 9.5,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.7,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.facecolor": PAPER,
    "axes.facecolor": "none",
    "path.simplify": False,
}


def with_looks(series: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the series, each with the "look" of its style that comes next."""
    counts: dict[str, int] = {}
    looked = []
    for one in series:
        style = one.get("style", "")
        looks = _STYLES.get(style, _STYLES[""])
        number = counts.get(style, 0)
        counts[style] = number + 1
        looked.append({**one, "look": looks[number % len(looks)]})
    return looked

"""Names of the slope guides in order plots, placed where they can be read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

#: Where lines are sampled, as a fraction of their points.
_FINE = np.linspace(0.0, 1.0, 400)


def label_guides(
    axes: Axes, guides: Sequence[tuple[str, np.ndarray, np.ndarray]], color: str
) -> None:
    """Write each guide's name beside it, where no line and no other name runs.

    Parameters
    ----------
    axes
        A plot with everything drawn but the names; its limits are fixed from here on.
    guides
        Name, and the two ends of the guide: x and y, shape (2,) each, in the units of the data.
    color
        Colour of the names.
    """
    # Limits are set when first asked for; places below are fractions of the axes.
    axes.autoscale_view()
    to_axes = axes.transScale + axes.transLimits
    taken = [
        np.stack([np.interp(_FINE, _knots(path), path[:, k]) for k in (0, 1)], axis=1)
        for line in axes.lines
        if len(path := _finite(to_axes.transform(np.asarray(line.get_xydata()))))
    ]
    for name, x, y in guides:
        (start, end) = to_axes.transform(np.stack([x, y], axis=1))
        box = np.array([0.06 + 0.003 * len(name), 0.035])  # half the width and height of a name
        places = [
            start + along * (end - start) + np.array([0.0, side * rise])
            for along in np.linspace(0.1, 0.9, 33)
            for side in (-1, 1)
            for rise in (0.05, 0.065, 0.08)
        ]
        inside = [at for at in places if np.all(at > box) and np.all(at < 1 - box)]

        def room(at: np.ndarray, box: np.ndarray = box) -> float:
            # Distance to the nearest line in boxes: above one, nothing crosses the name.
            return min(float(np.min(np.max(np.abs(path - at) / box, axis=1))) for path in taken)

        best = max(inside or places, key=lambda at: min(room(at), 1.3))
        axes.text(
            best[0],
            best[1],
            name,
            transform=axes.transAxes,
            ha="center",
            va="center",
            color=color,
            fontsize=9,
        )
        taken.append(best + box * np.array([[-1, -1], [-1, 1], [1, -1], [1, 1], [0, 0]]))


def _finite(points: np.ndarray) -> np.ndarray:
    return points[np.all(np.isfinite(points), axis=1)]


def _knots(path: np.ndarray) -> np.ndarray:
    return np.linspace(0.0, 1.0, len(path))

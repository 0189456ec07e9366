r"""Entropy projections in balls: existence, uniqueness and an enclosure of the minimiser.

The minimiser of sum_j Q_{xi_j}(theta_j) + R . theta over {X theta = y} is theta(z), z = X^T nu - R,
with theta(z) the inverse gradient and nu the zero of the dual residual F(nu) = X theta(z) - y. For
an approximate zero nu_0, an approximate inverse C of F'(nu_0) and a box N around nu_0 let

.. math:: K = \nu_0 - C F(\nu_0) + (I - C F'(N)) (N - \nu_0).

If K lies in the interior of N, then for every xi and R of the given balls F has exactly one zero in
N, and it lies in K (Krawczyk). The potential is strictly convex, so it has no other zero. Source:
Rump, "Verification methods: Rigorous results using floating-point arithmetic", Acta Numerica 19
(2010), section 13.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from flint import arb, arb_mat, ctx

from numeric.balls import Balls, balls, bits_of, largest_radius, matrix, middles
from numeric.compiled import ball_function
from numeric.polish import precise_projection
from symbolic.console import UserError
from symbolic.entropy import DUAL, HyperbolicEntropy
from symbolic.symbols import XI

#: Decimal digits unless told otherwise.
DIGITS = 60
#: Bits beyond the wanted digits, for what cancels.
SPARE_BITS = 96
#: How often the box is made larger before the test is given up.
MOST_BOXES = 12


@dataclass(frozen=True, eq=False)
class EnclosedProjection:
    """An entropy projection, proved to exist in the balls.

    Parameters
    ----------
    theta, dual
        The minimiser, (d,), and the multipliers nu, (n,): balls.
    boxes
        How many boxes were tried.
    """

    theta: Balls
    dual: Balls
    boxes: int

    @property
    def radius_digits(self) -> float:
        """Return s where every entry of theta is known to 10^s."""
        return largest_radius(self.theta) * float(np.log10(2))


@cache
def _inverse_gradient() -> tuple[Any, Any]:
    entropy = HyperbolicEntropy()
    theta, slope = (
        ball_function((DUAL, XI), e)
        for e in (entropy.inverse_gradient, entropy.inverse_gradient_slope)
    )
    return theta, slope


def enclosed_projection(
    X: Any, y: Any, xi: Any, linear: Any, *, digits: int = DIGITS
) -> EnclosedProjection:
    """Enclose the minimiser of sum_j Q_{xi_j}(theta_j) + linear . theta over {X theta = y}.

    Parameters
    ----------
    X, y
        Data (n, d), (n,): balls, or anything that `numeric.balls.balls` takes exactly.
    xi, linear
        Positive scale and linear term, (d,) each: balls. The enclosure holds the minimisers of all
        numbers of these balls.
    digits
        Decimal digits of the approximation; wider inputs widen the result.

    Raises
    ------
    UserError
        If the scale is not known to be positive, no approximation is found, or the test fails in
        every box.
    """
    bits = bits_of(digits) + SPARE_BITS
    with ctx.workprec(bits):
        data, targets, scale, shift = (balls(part) for part in (X, y, xi, linear))
        if not all(each > 0 for each in scale):
            raise UserError(
                expected="a scale that is known to be positive",
                received="one whose enclosure holds zero",
                remedy="train to more digits",
            )
        centres = [middles(part) for part in (data, targets, scale, shift)]
    near = precise_projection(*centres, digits=2 * digits)
    with ctx.workprec(bits):
        return _krawczyk(data, targets, scale, shift, balls(near.dual))


def _krawczyk(X: Balls, y: Balls, xi: Balls, shift: Balls, nu: Balls) -> EnclosedProjection:
    theta_of, slope_of = _inverse_gradient()

    def derivative(dual: Balls) -> arb_mat:
        # F' = X diag(theta'(z)) X^T
        return matrix((X * slope_of_all(X.T @ dual - shift)) @ X.T)

    def slope_of_all(z: Balls) -> Balls:
        return np.array([slope_of(*pair) for pair in zip(z, xi, strict=True)], dtype=object)

    def minimiser(dual: Balls) -> Balls:
        z = X.T @ dual - shift
        return np.array([theta_of(*pair) for pair in zip(z, xi, strict=True)], dtype=object)

    centre = middles(nu)
    n = len(centre)
    try:
        inverse = matrix(middles(np.array(derivative(centre).mid().inv().tolist(), dtype=object)))
    except ZeroDivisionError:
        raise _refusal("rows of X that depend on each other", 0) from None
    newton = inverse * arb_mat(n, 1, list(X @ minimiser(centre) - y))
    smallest = arb(2) ** (-ctx.prec)
    # Newton's step is what the box has to hold; twice it leaves room for the rest of K.
    reach = [(2 * step.abs_upper() + smallest).abs_upper() for step in newton.entries()]
    identity = arb_mat(n, n, 1)
    for box in range(1, MOST_BOXES + 1):
        around = [c + arb(0, r) for c, r in zip(centre, reach, strict=True)]
        off = arb_mat(n, 1, [arb(0, r) for r in reach])
        contracted = (identity - inverse * derivative(np.array(around, dtype=object))) * off
        parts = zip(centre, newton.entries(), contracted.entries(), strict=True)
        image = [c - step + rest for c, step, rest in parts]
        if all(N.contains_interior(K) for N, K in zip(around, image, strict=True)):
            dual = np.array(image, dtype=object)
            return EnclosedProjection(minimiser(dual), dual, box)
        reach = [2 * r for r in reach]
    raise _refusal(
        f"a box of {float(max(reach).mid()):.2g} that Newton does not map into", MOST_BOXES
    )


def _refusal(received: str, boxes: int) -> UserError:
    return UserError(
        expected="a box in which the dual has exactly one zero",
        received=f"{received}, after {boxes} boxes",
        remedy="use more digits, or narrower scales and linear terms",
    )

r"""How small the excess of a step is where velocities are small: what bounds the tail of S.

With x_{k-1} = x_k - s a and x_{k+1} = x_k + s b every ratio z of the excess is 1 + s c, where c is
a bounded function of x_k, s, a and b as long as x_k and y_k stay away from zero. And

.. math:: |r(z)| \le (z - 1)^2 \qquad\text{for } |z - 1| \le 1/2,

because r(1 + h) = h^2/2 - h^3/3 + ... is at most (h^2/2) (1 + |h| + h^2 + ...). So |e_k| is at most
s^2 times a sum of squares.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from symbolic.discrete_theorem import NEXT, NOW, PREVIOUS, excess_terms
from symbolic.symbols import KAPPA, MU

#: A bound s of both moves, and the moves x_k - x_{k-1} and x_{k+1} - x_k as multiples of it.
SIZE, MOVE_BEFORE, MOVE_AFTER = sp.symbols("s a b", real=True)
#: |z - 1| up to which r(z) is at most (z - 1)^2.
SMALL = sp.Rational(1, 2)


def excess_slopes(mu: Any = MU, kappa: Any = KAPPA) -> tuple[tuple[sp.Expr, sp.Expr], ...]:
    """Return (coefficient, c) of every term coefficient * r(1 + s c) of the excess.

    c is by `NOW`, `SIZE`, `MOVE_BEFORE`, `MOVE_AFTER`, mu and kappa.
    """
    moves = {PREVIOUS: NOW - SIZE * MOVE_BEFORE, NEXT: NOW + SIZE * MOVE_AFTER}
    return tuple(
        (coefficient, sp.cancel((ratio.subs(moves, simultaneous=True) - 1) / SIZE))
        for coefficient, ratio in excess_terms(mu, kappa)
    )

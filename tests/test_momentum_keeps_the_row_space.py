"""Single-layer regression: the induction and the projection are exact, and can fail."""

from __future__ import annotations

import sympy as sp

from symbolic.linear_model import projection_residual, row_space_residual
from symbolic.regression import predictor_gradient
from symbolic.symbols import ETA, KAPPA, MU
from symbolic.two_step import two_step_update


def is_zero(residual: sp.Expr) -> bool:
    return bool(residual == 0 or getattr(residual, "is_ZeroMatrix", False))


def test_every_step_stays_in_the_row_space_for_any_method_and_minibatch() -> None:
    assert is_zero(row_space_residual())
    assert is_zero(row_space_residual(mu=sp.Symbol("m"), kappa=MU, eta=2 * ETA))


def test_weight_decay_leaves_the_row_space() -> None:
    assert not is_zero(row_space_residual(decay=sp.Symbol("lambda", positive=True)))


def test_interpolator_in_the_row_space_is_the_projection() -> None:
    assert is_zero(projection_residual())
    assert not is_zero(projection_residual(-1))
    assert not is_zero(projection_residual(2))


def test_explicit_small_case_with_symbols() -> None:
    # n = 1, d = 2, written out: two general steps stay on theta_0 + span of the row.
    a, b, y = sp.symbols("a b y", real=True)
    data, target = sp.Matrix([[a, b]]), sp.Matrix([y])
    start = sp.Matrix(sp.symbols("s t", real=True))
    last = here = start
    for _ in range(2):
        step = two_step_update(
            here,
            last,
            lambda theta: predictor_gradient(data, target, theta),
            mu=MU,
            kappa=KAPPA,
            eta=ETA,
        )
        here, last = step, here
    moved = here - start
    assert sp.expand(moved[0] * b - moved[1] * a) == 0
    assert sp.expand(moved[0] * a - moved[1] * b) != 0

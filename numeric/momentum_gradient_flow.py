r"""Momentum gradient flow on u*u - v*v: its limit, its integrals, and what they predict.

MGF is :math:`\lambda\ddot w + \dot w + \nabla L(w) = 0` (Papazov et al., section 1). On their
network w_+ = 2 u and w_- = 2 v, and in their time T both neurons x obey lambda x'' + x' +- g x = 0.

The flow is followed in the neurons themselves, by power series (`numeric.mgf_series`), zeros of a
neuron included. Once no neuron can reach zero any more - lambda |g| is at most 1/4 for good, as the
energy that is left says, and no x'/x is below -1/(2 lambda) - a stiff flow is followed in the
logarithms of the neurons, where an implicit integrator is cheap. The prediction takes the integrals
I of the flow and projects; it never looks at where the flow ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from numeric.compiled import numpy_function
from numeric.flows import HasData, HasNeurons
from numeric.mgf_gains import end_of_step, gain, zeros
from numeric.mgf_logarithms import LANDING_RESIDUAL, LANDING_SPEED, follow_logarithms
from numeric.mgf_series import series_step
from numeric.network_flow import NetworkEquations
from numeric.projection import entropy_projection
from symbolic import mgf_limit as formulas
from symbolic.console import UserError
from symbolic.momentum_gradient_flow import LAMBDA
from symbolic.regression import loss

Array = np.ndarray
Velocity = tuple[Array, Array]

_STATE = (
    formulas.SIZE_PLUS,
    formulas.SIZE_MINUS,
    LAMBDA,
    formulas.RATE_PLUS,
    formulas.RATE_MINUS,
    formulas.I_PLUS,
    formulas.I_MINUS,
)
_LOG_SCALE = numpy_function(_STATE, formulas.log_scale)
_LINEAR = numpy_function(_STATE, formulas.linear_term)
_BARRIER = tuple(numpy_function((LAMBDA,), lambda n=n: formulas.barrier()[n]) for n in range(2))

#: Expected steps by series from which the logarithms are the cheaper way, at least this many; their
#: linear algebra grows with the cube of the n + 4 d unknowns, that of a series hardly.
STIFF_STEPS, STIFF_SHARE = 300, 1 / 40
#: Steps by series before a flow is given up.
MAX_STEPS = 20_000


class Crossing(NamedTuple):
    """A neuron passes through zero; ``neuron`` is "u" or "v", coordinates count from 0."""

    neuron: str
    coordinate: int
    time: float


@dataclass(frozen=True)
class MomentumGradientFlowLimit:
    """Where momentum gradient flow ends, and its integrals; arrays have shape (d,).

    Parameters
    ----------
    theta, u, v, xi
        The limit and its scale |u v| = Delta_inf/4; NaN throughout if the flow did not converge.
    xi_start
        |u v| at the start, Delta_0/4.
    I_plus, I_minus
        lambda int (x'/x)^2 dT of u and of v, the finite part where a neuron passes through zero.
    converged
        Whether the flow reached an interpolator and was landed on it.
    crossings
        Zeros of neurons, in order of time.
    direct
        Whether the limit was reached in the neurons alone, without the identity for their
        logarithms: only such a limit can test that identity.
    end_time
        The time T at which the flow was landed or given up.
    residual
        |X theta - y|_inf there, before landing.
    steps
        Steps taken.
    gain_error
        Estimated error of I from the paths around zeros.
    """

    theta: Array
    u: Array
    v: Array
    xi: Array
    xi_start: Array
    I_plus: Array
    I_minus: Array
    converged: bool
    crossings: tuple[Crossing, ...]
    direct: bool
    end_time: float
    residual: float
    steps: int
    gain_error: float

    @property
    def delta_start(self) -> Array:
        """Delta_0 = |w_+ w_-| of Papazov et al."""
        return 4 * self.xi_start

    @property
    def delta(self) -> Array:
        """Delta_inf."""
        return 4 * self.xi


def mgf_limit(
    problem: HasData,
    start: HasNeurons,
    inertia: float,
    velocity: Velocity | None = None,
    *,
    direct: bool = False,
    max_steps: int = MAX_STEPS,
) -> MomentumGradientFlowLimit:
    """Follow lambda x'' + x' +- g x = 0 from the neurons of ``start`` to its limit.

    Parameters
    ----------
    problem, start
        Data (X of shape (n, d), y of shape (n,)) and the neurons (u, v) at T = 0, each (d,).
    inertia
        lambda > 0, in units of T.
    velocity
        (du/dT, dv/dT) at T = 0, each (d,); at rest by default.
    direct
        Follow the neurons to the end, also where their logarithms would be cheaper.
    max_steps
        Steps by series before the flow is given up (``converged`` is then false).

    Raises
    ------
    UserError
        If lambda is not positive and finite.
    """
    inertia = _checked(inertia)
    equations = NetworkEquations(problem.X, problem.y)
    d = equations.d
    x0 = np.array([start.u, start.v], dtype=float)
    x, speed = x0, np.zeros_like(x0) if velocity is None else np.array(velocity, dtype=float)
    scale = equations.scale(x0[0], x0[1])
    many = max(STIFF_STEPS, STIFF_SHARE * (equations.n + 4 * d) ** 2)
    stiff = not direct and expected_steps(equations, inertia, x0) > many
    total, error, time, steps = np.zeros((2, d)), 0.0, 0.0, 0
    crossings: list[Crossing] = []
    residual = np.inf
    while steps < max_steps:
        if stiff and no_crossing_ahead(equations, inertia, x, speed):
            end = follow_logarithms(equations, inertia, x, speed)
            total, time, steps = total + end.gain, time + end.time, steps + end.steps
            ended = (x0, total, crossings, False, time, end.residual, steps, error)
            return _limit(equations, end.neurons if end.finished else None, *ended)
        z = x + inertia * speed
        residual = max(equations.residual_size(x.ravel()), equations.residual_size(z.ravel()))
        slow = bool(np.all(inertia * np.abs(speed) <= LANDING_SPEED * np.abs(x)))
        if residual <= LANDING_RESIDUAL * scale and slow:
            # What is left of z' lies in the rows of the Jacobian, up to the square of the residual.
            landed = np.array(equations.land(z[0], z[1]))
            ended = (x0, total, crossings, True, time, residual, steps, error)
            return _limit(equations, landed, *ended)
        step = series_step(equations, inertia, x, speed)
        if not step.length > 0:
            break
        length = end_of_step(step)
        part = gain(step, length)
        total, error = total + part.value, error + part.error
        crossings.extend(
            Crossing("uv"[neuron], j, time + at)
            for neuron, j, at in sorted(zeros(step, length), key=lambda zero: zero[2])
        )
        x, speed = step.neurons(length), step.velocity(length)
        time, steps = time + length, steps + 1
    return _limit(equations, None, x0, total, crossings, True, time, residual, steps, error)


def expected_steps(equations: NetworkEquations, inertia: float, x: Array) -> float:
    """Estimate how many steps by series a flow from x, shape (2, d), takes to its end."""
    # In this time x' = -grad L/2 for small lambda, and x' decays at the rate 1/lambda.
    fastest, slowest = (rate / 2 for rate in equations.rates(x[0], x[1]))
    time = -np.log(LANDING_RESIDUAL) / min(slowest, 1 / (2 * inertia))
    # A step covers a few times the shortest time of the flow.
    return float(time * max(fastest, 1 / inertia) / 3)


def energy(equations: NetworkEquations, inertia: float, x: Array, speed: Array) -> float:
    """Return E = L + lambda sum (u'^2 + v'^2), which decays along the flow."""
    value = loss(equations.X, equations.y, equations.predictor(x[0], x[1]))
    return float(value) + inertia * float(np.sum(speed**2))


def no_crossing_ahead(equations: NetworkEquations, inertia: float, x: Array, speed: Array) -> bool:
    """Return whether no neuron can reach zero any more, from x and x' of shape (2, d).

    L is at most the energy E = L + lambda sum x'^2, which decays, and |g_j| <= |X_j| sqrt(2 L/n).
    Where lambda |g| stays at most 1/4, x'/x > -1/(2 lambda) stays so (`symbolic.mgf_limit`).
    """
    slowest, largest = (float(bound(inertia)) for bound in _BARRIER)
    columns = float(np.max(np.linalg.norm(equations.X, axis=0)))
    gradient = columns * np.sqrt(2 * energy(equations, inertia, x, speed) / equations.n)
    return bool(
        gradient <= largest and np.all(x != 0) and np.all(speed * np.sign(x) > slowest * np.abs(x))
    )


def mgf_linear_term(
    start: HasNeurons,
    inertia: float,
    I_plus: Array,
    I_minus: Array,
    velocity: Velocity | None = None,
) -> tuple[Array, Array]:
    """Return xi_inf = Delta_inf/4 and the linear term of the flow's entropy, each (d,).

    The term is minus a quarter of ln|u_0/v_0| + lambda (u'/u - v'/v)(0) - I_+ + I_-, which is
    -grad Q at xi_inf of theta~_0. (Q is half of psi, and R half of theirs.)
    """
    u, v = np.asarray(start.u, float), np.asarray(start.v, float)
    rates = (0.0 * u, 0.0 * v) if velocity is None else (velocity[0] / u, velocity[1] / v)
    # w_+ = 2 u and w_- = 2 v
    state = (2 * np.abs(u), 2 * np.abs(v), inertia, *rates, I_plus, I_minus)
    return np.exp(_LOG_SCALE(*state)), _LINEAR(*state)


def mgf_prediction(
    problem: HasData, start: HasNeurons, inertia: float, velocity: Velocity | None = None
) -> Array:
    """Return the limit that the theorem predicts, shape (d,): an entropy projection.

    Its scale and linear term come from the integrals I of the flow. See `mgf_limit` for the
    parameters.

    Raises
    ------
    UserError
        If lambda is not positive, or the flow reaches no interpolator.
    """
    limit = mgf_limit(problem, start, inertia, velocity)
    if not limit.converged:
        raise UserError(
            expected="a momentum gradient flow that reaches an interpolator",
            received=f"a residual of {limit.residual:.2g} at time {limit.end_time:.3g} for "
            f"lambda = {inertia:.3g}",
            remedy="start at a larger scale or use a smaller inertia",
        )
    xi, linear = mgf_linear_term(start, inertia, limit.I_plus, limit.I_minus, velocity)
    return entropy_projection(problem.X, problem.y, xi, linear).theta


def _checked(inertia: float) -> float:
    if not (np.isfinite(inertia) and inertia > 0):
        raise UserError(
            expected="a positive finite inertia lambda",
            received=f"{inertia}",
            remedy="for lambda = 0 use gradient flow",
        )
    return float(inertia)


def _limit(
    equations: NetworkEquations,
    neurons: Array | None,
    x0: Array,
    total: Array,
    crossings: list[Crossing],
    direct: bool,
    *rest: Any,
) -> MomentumGradientFlowLimit:
    xi_start = np.abs(x0[0] * x0[1])
    end = (tuple(crossings), direct, *rest)
    if neurons is not None:
        u, v = neurons
        theta = equations.predictor(u, v)
        size = equations.residual_size(np.concatenate([u, v]))
        # Landed on an interpolator to rounding, or there is no limit to speak of.
        if size <= 100 * equations.rounding(u, v):
            xi = np.abs(u * v)
            return MomentumGradientFlowLimit(
                theta, u, v, xi, xi_start, total[0], total[1], True, *end
            )
    nothing = np.full(equations.d, np.nan)
    return MomentumGradientFlowLimit(
        nothing, nothing, nothing, nothing, xi_start, nothing, nothing, False, *end
    )

"""What each theory says that a run converges to: one entropy projection each.

Every prediction is argmin sum_j Q_{xi_j}(theta_j) + R . theta over {X theta = y}; the theories
differ in the scale xi and the linear term R, which are compiled from `symbolic.implicit_bias`,
`symbolic.discrete_theorem` and the formulas of momentum gradient flow. `predictions` knows which
theory speaks of which run.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from numeric.compiled import inertia, numpy_function, phi_factor
from numeric.exact_limit import ExactLimit, exact_limit
from numeric.flows import gradient_flow_limit
from numeric.momentum_gradient_flow import mgf_prediction
from numeric.next_order import gradient_flow_integrals, next_order_limit
from numeric.prediction import Prediction, Run, attempt
from numeric.problems import Array, Problem, Start
from numeric.projection import entropy_projection
from numeric.sensitivity import rounding_bound
from symbolic import concordance, implicit_bias
from symbolic.console import UserError
from symbolic.regression import predictor_gradient
from symbolic.symbols import ALPHA, ETA, G_0, KAPPA, MU, PHI, THETA_0, XI

_SCALE = numpy_function((XI, ALPHA, PHI), implicit_bias.effective_scale)
_FLOW_TERM = numpy_function((THETA_0, XI), implicit_bias.gradient_flow_bias_corrected)
_FLOW_TERM_PRINTED = numpy_function((THETA_0, XI), implicit_bias.gradient_flow_bias_printed)
_MOMENTUM_TERM = numpy_function((THETA_0, XI), implicit_bias.momentum_bias_corrected)
_MOMENTUM_TERM_PRINTED = numpy_function(
    (THETA_0, XI, ALPHA, MU, G_0), implicit_bias.momentum_bias_printed
)


#: The next order of Theorem 3: whether it uses the path, and what it assumes.
NEXT_ORDER = {
    "theorem3.next-order": (True, "second order in the step size, phi along the run"),
    "theorem3.next-order.forecast": (
        False,
        "second order in the step size, along gradient flow and its variation",
    ),
}
#: Relative, of the integrals along gradient flow: they enter ln xi times the step size.
FLOW_TOLERANCE = 1e-10


def path_phi(path_integral: Array, mu: float) -> Array:
    """Return phi of Lyu et al., Eq. (9), from int g^2 dt in the time t = k eta of the run."""
    return phi_factor(mu) * path_integral


def forecast_phi(problem: Problem, start: Start, mu: float) -> Array:
    """Return phi along gradient flow, known before any training, shape (d,).

    The rescaled flow x' = -grad L/(1-mu) passes the points of gradient flow at 1/(1-mu) times its
    speed, so int g^2 dt is (1-mu) times the integral in gradient flow's own time.

    Raises
    ------
    UserError
        If the integrator does not reach an interpolator.
    """
    limit = gradient_flow_limit(problem, start)
    if not limit.converged:
        raise UserError(
            expected="a gradient flow that reaches an interpolator",
            received=f"a residual of {limit.residual:.2g} at time {limit.end_time:.3g}",
            remedy="start at a larger scale",
        )
    return path_phi((1 - mu) * limit.path_integral, mu)


def gradient_flow_prediction(problem: Problem, start: Start, *, printed: bool = False) -> Array:
    """Return the limit of gradient flow, shape (d,).

    ``printed`` takes the linear term with the sign of Lyu et al., Prop. 2, Eq. (7).
    """
    term = _FLOW_TERM_PRINTED if printed else _FLOW_TERM
    linear = term(start.theta, start.xi)
    return entropy_projection(problem.X, problem.y, start.xi, linear).theta


def momentum_prediction(
    problem: Problem,
    start: Start,
    phi: Array,
    *,
    mu: float,
    kappa: float,
    eta: float,
    printed: bool = False,
) -> Array:
    """Return the limit by Theorem 3 of Lyu et al. for a given phi, shape (d,).

    ``printed`` takes Eq. (9) as it stands, with its sign and its gradient term.

    Raises
    ------
    UserError
        Where the second-order flow does not exist: its inertia must be positive.
    """
    alpha = float(inertia(mu, kappa, eta))
    if not alpha > 0:
        raise UserError(
            expected="a method whose second-order flow exists, kappa < (1 + mu)/(2 (1 - mu))",
            received=f"kappa = {kappa:g} at momentum {mu:g}, inertia {alpha:.3g}",
            remedy="use a smaller look-ahead",
        )
    xi, theta0 = start.xi, start.theta
    if printed:
        g0 = predictor_gradient(problem.X, problem.y, theta0)
        linear = _MOMENTUM_TERM_PRINTED(theta0, xi, alpha, mu, g0)
    else:
        linear = _MOMENTUM_TERM(theta0, xi)
    return entropy_projection(problem.X, problem.y, _SCALE(xi, alpha, phi), linear).theta


def predictions(problem: Problem, start: Start, run: Run) -> dict[str, Prediction]:
    """Return every prediction that there is a theory for, by name.

    A prediction that fails says why, the others stand. Absent are, by what the theories assume:

    * on minibatches everything that follows the full gradient, except gradient flow, which is what
      vanishing steps lead to. Without momentum (sgd) the scale of Theorem 3 holds to its order all
      the same, with phi summed along the run; with momentum phi knows nothing of the noise of the
      velocity;
    * with a velocity at the start momentum gradient flow and the next order of Theorem 3: both are
      about a start at rest. Theorem 3 stays: a velocity along the gradient of all rows leaves the
      scale and moves the linear term within the row space
      (`symbolic.implicit_bias.momentum_bias_with_velocity`).
    """
    found = {
        "gradient-flow": attempt(
            lambda: gradient_flow_prediction(problem, start), False, "infinitely small steps"
        ),
        "gradient-flow.printed": attempt(
            lambda: gradient_flow_prediction(problem, start, printed=True),
            False,
            "the same, sign as printed in Prop. 2",
        ),
    }
    if not run.minibatch or run.family == "gd":
        found["theorem3"] = _theorem3(problem, start, run, along_run=True)
    if not run.minibatch:
        found["theorem3.printed"] = _theorem3(problem, start, run, along_run=True, printed=True)
        found["theorem3.forecast"] = _theorem3(problem, start, run, along_run=False)
        if run.before is None:
            found.update(_next_order(problem, start, run))
            found.update(_momentum_gradient_flows(problem, start, run))
    found["exact"] = _exact(problem, start, run)
    return found


def _theorem3(
    problem: Problem, start: Start, run: Run, *, along_run: bool, printed: bool = False
) -> Prediction:
    def compute() -> Array:
        if along_run:
            phi = path_phi(run.arrived.path_integral, run.mu)
        else:
            phi = forecast_phi(problem, start, run.mu)
        return momentum_prediction(
            problem, start, phi, mu=run.mu, kappa=run.kappa, eta=run.eta, printed=printed
        )

    which = "along the run" if along_run else "along gradient flow"
    assumes = f"first order in the step size, phi {which}"
    if printed:
        assumes = "the same, linear term as printed in Eq. (9)"
    return attempt(compute, along_run, assumes)


def _next_order(problem: Problem, start: Start, run: Run) -> dict[str, Prediction]:
    method = {"mu": run.mu, "kappa": run.kappa, "eta": run.eta}
    try:
        flow = gradient_flow_integrals(problem, start, FLOW_TOLERANCE)
    except UserError as error:
        return {
            name: Prediction(None, uses_path, assumes, refused=str(error))
            for name, (uses_path, assumes) in NEXT_ORDER.items()
        }

    def compute(uses_path: bool) -> Array:
        squares = run.arrived.path_integral if uses_path else None
        return next_order_limit(problem, start, flow, squares=squares, **method)

    return {
        name: attempt(partial(compute, uses_path), uses_path, assumes)
        for name, (uses_path, assumes) in NEXT_ORDER.items()
    }


def _momentum_gradient_flows(problem: Problem, start: Start, run: Run) -> dict[str, Prediction]:
    found = {}
    # Derived where they are needed: a derivation takes its time.
    compiled = numpy_function((MU, KAPPA, ETA), concordance.matched_lambda())
    matched = float(compiled(run.mu, run.kappa, run.eta))
    if matched > 0:
        found["mgf"] = attempt(
            lambda: mgf_prediction(problem, start, inertia=matched),
            False,
            f"momentum gradient flow, lambda = 2 alpha/(1-mu) = {matched:.3g}",
        )
    if run.family == "hb":
        printed = float(numpy_function((MU, ETA), concordance.printed_lambda())(run.mu, run.eta))
        found["mgf.lambda-printed"] = attempt(
            lambda: mgf_prediction(problem, start, inertia=printed),
            False,
            f"the same, lambda as printed, gamma/(1-beta)^2 = {printed:.3g}",
        )
    return found


def _exact(problem: Problem, start: Start, run: Run) -> Prediction:
    assumes = "nothing; sums log-ratios along the run"
    try:
        limit = exact_prediction(problem, start, run)
    except UserError as error:
        return Prediction(None, True, assumes, refused=str(error))
    rounding = rounding_bound(
        problem, limit, excess_error=run.arrived.excess_error, residual=run.arrived.residual
    )
    return Prediction(limit.theta, True, assumes, rounding=rounding)


def exact_prediction(problem: Problem, start: Start, run: Run) -> ExactLimit:
    """Return the limit by the exact discrete theorem from the sums along the run.

    Raises
    ------
    UserError
        If the run did not converge, or a neuron or look-ahead point was exactly zero on the way.
    """
    sums = run.arrived.sums
    if not np.isfinite(sums).all():
        raise UserError(
            expected="a run on which no neuron and no look-ahead point is exactly zero",
            received="one that is, so that a logarithm along the run is not defined",
            remedy="change the learning rate or the start a little",
        )
    return exact_limit(problem, start, sums, run.mu, before=run.before)

"""What each theory says that a full-batch run converges to: one entropy projection each.

Every prediction is argmin sum_j Q_{xi_j}(theta_j) + R . theta over {X theta = y}; the theories
differ in the scale xi and the linear term R, which are compiled from `symbolic.implicit_bias`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from numeric.compiled import inertia, numpy_function, phi_factor
from numeric.flows import gradient_flow_limit
from numeric.problems import Array, Problem, Start
from numeric.projection import entropy_projection
from symbolic import implicit_bias
from symbolic.console import UserError
from symbolic.regression import predictor_gradient
from symbolic.symbols import ALPHA, G_0, MU, PHI, THETA_0, XI

_SCALE = numpy_function((XI, ALPHA, PHI), implicit_bias.effective_scale())
_FLOW_TERM = numpy_function((THETA_0, XI), implicit_bias.gradient_flow_bias_corrected())
_FLOW_TERM_PRINTED = numpy_function((THETA_0, XI), implicit_bias.gradient_flow_bias_printed())
_MOMENTUM_TERM = numpy_function((THETA_0, XI), implicit_bias.momentum_bias_corrected())
_MOMENTUM_TERM_PRINTED = numpy_function(
    (THETA_0, XI, ALPHA, MU, G_0), implicit_bias.momentum_bias_printed()
)


@dataclass(frozen=True, eq=False)
class Prediction:
    """What a theory predicts.

    Parameters
    ----------
    theta
        The predicted limit, shape (d,); None where it could not be computed.
    uses_path
        Whether it takes a sum along the run itself, so that it explains rather than forecasts.
    assumes
        What it takes for granted, in a few words.
    refused
        Why theta is None.
    """

    theta: Array | None
    uses_path: bool
    assumes: str
    refused: str = ""

    def distance(self, theta: Array) -> float | None:
        """Return |theta - prediction|_2, None where there is no prediction."""
        return None if self.theta is None else float(np.linalg.norm(theta - self.theta))


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


def predictions(
    problem: Problem,
    start: Start,
    *,
    mu: float,
    kappa: float,
    eta: float,
    path_integral: Array | None,
) -> dict[str, Prediction]:
    """Return every prediction for a full-batch run, by name.

    ``path_integral`` is sum eta g_k^2 along the run, shape (d,), or None for a run that did not
    arrive: what takes it is then refused. A prediction that fails says why, the others stand.
    """

    def along_run(printed: bool) -> Array:
        if path_integral is None:
            raise UserError(
                expected="a run that converged", received="its first part", remedy="train longer"
            )
        phi = path_phi(path_integral, mu)
        return momentum_prediction(
            problem, start, phi, mu=mu, kappa=kappa, eta=eta, printed=printed
        )

    def forecast() -> Array:
        phi = forecast_phi(problem, start, mu)
        return momentum_prediction(problem, start, phi, mu=mu, kappa=kappa, eta=eta)

    flow, flow_printed = "infinitely small steps", "the same, sign as printed in Prop. 2"
    return {
        "gradient-flow": _prediction(lambda: gradient_flow_prediction(problem, start), False, flow),
        "gradient-flow.printed": _prediction(
            lambda: gradient_flow_prediction(problem, start, printed=True), False, flow_printed
        ),
        "theorem3": _prediction(
            lambda: along_run(False), True, "first order in the step size, phi along the run"
        ),
        "theorem3.printed": _prediction(
            lambda: along_run(True), True, "the same, linear term as printed in Eq. (9)"
        ),
        "theorem3.forecast": _prediction(
            forecast, False, "first order in the step size, phi along gradient flow"
        ),
    }


def _prediction(compute: Callable[[], Array], uses_path: bool, assumes: str) -> Prediction:
    try:
        return Prediction(compute(), uses_path, assumes)
    except UserError as error:
        return Prediction(None, uses_path, assumes, refused=str(error))

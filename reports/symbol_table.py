"""The symbols of the report beside those of the two papers."""

from __future__ import annotations

#: (symbol, meaning, in Lyu et al., in Papazov et al.), mathematics between dollar signs.
SYMBOLS: tuple[tuple[str, str, str, str], ...] = (
    (r"$\theta = u \odot u - v \odot v$", "the predictor", r"$\theta$", r"$\theta = u \odot v$"),
    (r"$\eta$", "learning rate", r"$\eta$", r"$\gamma = 2\eta$"),
    (r"$\mu$", "momentum", r"$\mu$", r"$\beta$"),
    (r"$\kappa$", "look-ahead: 0 for heavy ball, $\\mu$ for Nesterov", "–", "–"),
    (r"$\xi = |u \odot v|$", "scale of the start", r"$\xi$", r"$\Delta = 4\xi$"),
    (
        r"$Q_\xi$",
        "hyperbolic entropy, the potential that the solution minimises",
        r"$Q_\xi$",
        r"$\psi_\Delta = 2 Q_{\Delta/4}$",
    ),
    (r"$\alpha$", "inertia of the flow, time $t = k\\eta$", r"$\alpha$", r"–"),
    (
        r"$2\alpha/(1-\mu)$",
        "the same for heavy ball in the other paper's time",
        "–",
        r"$\lambda\,(1+\mu)/2$",
    ),
    (
        r"$\lambda$",
        "inertia of momentum gradient flow, $\\lambda\\ddot w + \\dot w + \\nabla L = 0$, in the "
        "time $T = 2t/(1-\\mu)$",
        "–",
        r"$\lambda = \gamma/(1-\beta)^2$",
    ),
    (r"$2u$, $2v$", "the weights, one by one", "–", r"$w_+$, $w_-$"),
    (r"$S_u$, $S_v$", "sums of the excesses of all steps", "–", r"$S_+$, $S_-$"),
    (r"$I_+$, $I_-$", "the same along momentum gradient flow", "–", r"$I_+$, $I_-$"),
    (r"$g = \nabla_\theta L$", "gradient of the loss by the predictor", r"$\nabla_\theta L$", "–"),
    (r"$\phi$", "path integral $8/(1-\\mu)^2 \\int g^2\\,dt$", r"$\phi$", "–"),
    (r"$\bar\xi$", "scale at the end of the run", r"$\bar\xi(\infty)$", r"$\Delta_\infty/4$"),
)

#: (word, meaning): terms that the statements use, mathematics between dollar signs.
WORDS: tuple[tuple[str, str], ...] = (
    (
        "residual",
        "what is left when a statement is inserted in the equation that it should solve; zero "
        "residual in exact arithmetic is a proof",
    ),
    (
        "row space",
        "all combinations $X^T a$ of the samples. The gradient $g$ is always in it. A linear term "
        "$R$ from the row space changes $\\theta \\cdot R$ by a constant on $\\{X\\theta = y\\}$, "
        "so it cannot move the minimiser",
    ),
    (
        "unbiased start",
        "$u(0) = v(0)$, hence $\\theta(0) = 0$; any other start is biased",
    ),
    (
        "inertia",
        "the coefficient $\\alpha$ of the second derivative in the flow of a momentum method",
    ),
    (
        "excess",
        "what a step adds to the loss of scale: a function of ratios of consecutive iterates, "
        "defined on the page *One theorem*",
    ),
    (
        "momentum gradient flow (MGF)",
        "the continuous limit of heavy ball at fixed inertia $\\lambda$",
    ),
    (
        "crossing",
        "a weight passing through zero along a flow, or changing its sign in a step",
    ),
    (
        "balanced start",
        "for the network $u \\odot v$ of Papazov et al.: $\\theta(0) = 0$, an unbiased start in "
        "the letters of Lyu et al.",
    ),
    (
        "initial layer",
        "the first steps, in which the velocity adapts to the gradient: like $\\mu^k$ for the "
        "recursion, like $e^{-t/\\alpha}$ for the flow. Behind it both follow a slow path, on "
        "which the velocity is a function of the place",
    ),
    (
        "matched velocity",
        "the initial velocity with which flow and recursion have the same slow path",
    ),
    (
        "log-velocity",
        "$\\omega_u = \\dot u/u$ and $\\omega_v = \\dot v/v$ at the start of a flow",
    ),
    (
        "small parameter",
        "$\\eta/(1-\\mu)^2$ times the largest curvature of the loss at the limit: what the "
        "expansions are in. First-order predictions need it well below one",
    ),
    (
        "along the run, forecast",
        "$\\phi$ can be summed along the iterates themselves, or along gradient flow, which "
        "needs no run of the method: then the prediction is a forecast",
    ),
    (
        "family",
        "one problem, start, method and momentum, run to the end at several step sizes",
    ),
)

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
    (r"$g = \nabla_\theta L$", "gradient of the loss by the predictor", r"$\nabla_\theta L$", "–"),
    (r"$\phi$", "path integral $8/(1-\\mu)^2 \\int g^2\\,dt$", r"$\phi$", "–"),
    (r"$\bar\xi$", "scale at the end of the run", r"$\bar\xi(\infty)$", r"$\Delta_\infty/4$"),
)

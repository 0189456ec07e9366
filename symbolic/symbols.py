"""The symbols of the project, each made once, with the assumptions that the papers intend."""

from __future__ import annotations

import sympy as sp

#: Learning rate (eta in Lyu et al.; gamma/2 in Papazov et al.).
ETA = sp.Symbol("eta", positive=True)
#: Momentum (mu in Lyu et al., beta in Papazov et al.), in [0, 1).
MU = sp.Symbol("mu", nonnegative=True)
#: Look-ahead: the gradient is taken at x_k + kappa (x_k - x_{k-1}).
KAPPA = sp.Symbol("kappa", real=True)
#: Inertia of the second-order flow (alpha in Lyu et al.).
ALPHA = sp.Symbol("alpha", positive=True)
#: Time of the flows; t = k eta at step k.
TIME = sp.Symbol("t", real=True)
#: Scale of one neuron pair, xi = |u v|.
XI = sp.Symbol("xi", positive=True)
#: One coordinate of the predictor.
THETA = sp.Symbol("theta", real=True)
#: One coordinate of the predictor at the start.
THETA_0 = sp.Symbol("theta_0", real=True)
#: One coordinate of the gradient of the loss by the predictor.
G = sp.Symbol("g", real=True)
#: The same at the start.
G_0 = sp.Symbol("g_0", real=True)
#: One neuron pair.
U = sp.Symbol("u", real=True, nonzero=True)
V = sp.Symbol("v", real=True, nonzero=True)
#: Path integral of the squared gradient, 8/(1-mu)^2 int g^2 dt (phi in Lyu et al.).
PHI = sp.Symbol("phi", nonnegative=True)
#: Number of samples.
SAMPLES = sp.Symbol("n", positive=True, integer=True)

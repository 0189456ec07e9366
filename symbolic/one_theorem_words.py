r"""The words of the page on the exact theorem; ``[[name]]`` is where a formula is displayed."""

SETTING = r"""
A regression problem has $n$ samples, the rows of $X$, and $d > n$ features, so many $\theta$
satisfy $X\theta = y$. The network $\theta = u \odot u - v \odot v$ is trained on the loss
$|X\theta - y|^2/(2n)$ from weights without a zero. Write $x$ for one entry of $u$ (then $\sigma =
+1$) or of $v$ (then $\sigma = -1$). Every method of this page moves it by

[[recursion]]

[[look-ahead]]

where $g_k$ is the entry of the gradient by $\theta$ that step $k$ used: taken at the look-ahead
points $y_k$ of all entries, on all samples or on whatever minibatch the step was given. $\kappa =
0$ is heavy ball, $\kappa = \mu$ is Nesterov's method, $\mu = \kappa = 0$ gradient descent;
minibatches make each of them stochastic. The theorem measures how far a step is from a pure
rescaling with

[[divergence]]

which vanishes at $z = 1$ and is positive at every other $z > 0$ (the Itakura-Saito divergence).
With the ratios

[[back]]

[[drift]]

[[ahead]]

the *excess* of step $k$, and its sum over the run, are

[[excess]]

[[sums]]

They hold ratios of iterates and nothing else: no gradient, no step size. The potential is the
hyperbolic entropy $Q_\xi$ with the scale $\xi = |u \odot v|$, and $D_Q$ its Bregman divergence.
"""

THEOREM = r"""
Let $0 \le \mu < 1$, $\kappa$ real and $\eta > 0$, and let the samples of each step be chosen in
any way, at random or by an adversary. Suppose that the run starts at rest, $x_{-1} = x_0$, that
no $x_k$, $y_k$ or $m_k$ is zero, and that it converges, to weights without a zero and with
$X\theta_\infty = y$, with square-summable moves. Then

[[scale]]

[[start]]

[[limit]]

If it starts with a velocity, the same holds with $x_0$ replaced by $\hat x_0$ of the same sign
and

[[moving]]
"""

PROOF = r"""
**One step.** Divide the recursion by $y_k = \rho_k x_k$:

[[ratio]]

Insert this in $r(x_{k+1}/y_k)$; the look-ahead ratio $\rho_k$ cancels in the logarithms:

[[first]]

As $m_k - 1 = \mu(1 - q_k)$, the linear parts of the two other terms cancel:

[[second]]

Both together are an identity for the step,

[[identity]]

**All steps.** Sum over $k < K$. The sum is right for $K = 0$, and from $K$ to $K + 1$ it grows by
the identity:

[[partial]]

Near $z = 1$ the divergence $r(z)$ is quadratic and all ratios tend to 1, so the excesses are
summable because the moves are square-summable; hence the sum of the $g_k$ converges too. Let $K$
tend to infinity; the last move drops out:

[[end]]

**Two neurons.** Add this for $u$ and for $v$, from rest: the gradients cancel, which is the first
line of the theorem. Subtract, and take a quarter:

[[log-ratio]]

The left side is $\nabla Q_{\xi_\infty}(\theta_\infty)$, because $\nabla Q_\xi(u^2 - v^2) =
\frac14 \ln|u/v|$ at $\xi = |uv|$. For the same reason the first two terms on the right are
$\nabla Q_{\xi_\infty}(\tilde\theta_0)$: the weights $u_0 e^{-S_u}$ and $v_0 e^{-S_v}$ have the
predictor $\tilde\theta_0$ and the scale $\xi_\infty$. So

[[gradients]]

Every $g_k$ is a combination of samples, whichever minibatch it came from; so the right side is in
the row space of $X$. That is the condition for $\theta_\infty$ to minimise
$D_{Q_{\xi_\infty}}(\theta, \tilde\theta_0)$ over $X\theta = y$, and it is sufficient, because $Q$
is strictly convex. Signs of weights never entered: a weight may change its sign as often as it
likes. $\blacksquare$
"""

GRADIENT_DESCENT = r"""
At $\mu = \kappa = 0$ the ratios $m_k$ and $\rho_k$ are 1 and $x_{k+1}/y_k = 1 - 2\sigma\eta g_k$;
the linear parts of $u$ and $v$ cancel, and the scale is

[[product]]

in every coordinate: the known result for gradient descent with and without minibatches. Every
step with $0 < |2\eta g_k| < 1$ makes the scale smaller, without momentum too.
"""

STOCHASTIC_MOMENTUM = r"""
At $\kappa = 0$ the look-ahead ratio is 1 and the two terms with $m_k$ cancel. In the letters of
that paper, $w_\pm = 2u, 2v$, $\beta = \mu$ and $\Delta = 4\xi$, with the last term counted one
step later (from rest that adds nothing),

[[sums]]

[[scale]]

The print has $e^{-S_+ + S_-}$. As long as no weight changes sign no term is negative,
so momentum makes every scale smaller.
"""

NESTEROV = r"""
At $\kappa = \mu$ the look-ahead point is $y_k = m_k x_k$, so the second term of the excess
vanishes, and the step from it is a plain gradient step:

[[excess]]

Both weights of a coordinate together:

[[pair]]

In each step the scale loses what the gradient step from $y_k$ takes, and what the drift takes;
both are positive as long as $0 < |2\eta g_k| < 1$ and no ratio is negative. Neither paper has a
discrete theorem for Nesterov's method.
"""

INERTIA = r"""
Let the iterates follow a smooth path, $x_k = x(k\eta)$, with log-velocity $p = \dot x/x$.
Expanding the four ratios in $\eta$ gives

[[excess]]

[[sums]]

[[alpha]]

which is the coefficient of $\ddot x$ in the second-order flow of the method, found here without a
differential equation. For heavy ball and for Nesterov's method it is

[[hb]]

[[nag]]
"""

THEOREM_3 = r"""
The leading order of the step identity itself is the velocity of the slow path,

[[velocity]]

so both sums are $\frac12\alpha\phi$, up to $O(\eta^2)$, with

[[phi]]

The first steps, in which the velocity builds up, add $O(\eta^2)$. Inserted in the theorem, from
rest:

[[scale]]

[[linear]]

are the scale and the linear term up to $O(\eta^2)$, for biased starts as well. The linear term has
a minus sign; the print has a plus sign, and under it a gradient term that lies in the row space
to this order, so that it does not act.
"""

MGF = r"""
Let $\mu = 1 - \varepsilon/\lambda$ and $2\eta = \varepsilon^2/\lambda$, so that $\lambda =
2\eta/(1-\mu)^2$ stays fixed while $\varepsilon \to 0$ and the time is $T = k\varepsilon$. The
iterates become the flow $\lambda\ddot w + \dot w \pm g w = 0$ for every bounded $\kappa$, and the
sums become

[[gain]]

[[scale]]

with $\tilde\theta_0$ accordingly: the theorem of Papazov et al. for the flow, with the signs that
hold. It holds along the flow itself, exactly, as long as no weight passes zero.
"""

SMALL_INERTIA = r"""
For small $\lambda$ the log-velocities of the flow are $\mp g + O(\lambda)$, hence

[[small]]
"""

PAPERS_AGREE = r"""
The flow with inertia $\lambda$ has the sums of a method at leading order if $\lambda =
2\alpha/(1-\mu)$. For heavy ball

[[factor]]

so the inertia in print, $\gamma/(1-\beta)^2$ with $\gamma = 2\eta$, is too large by the factor
$2/(1+\beta)$ unless $\beta$ is close to 1: at fixed $\beta$ the flow with the printed inertia
predicts the loss of scale too large by that factor however small the step.
"""

MEMBERS = r"""
The optimiser `torch.optim.SGD` with rate $\gamma$, momentum $\mu$ and dampening $\tau$ is heavy
ball with

[[torch-rate]]

[[torch-start]]

as its first step is not dampened: it starts with a velocity. With `nesterov` its parameter is the
look-ahead point $y_k$, from rest, at $\eta = \gamma$. Quasi-hyperbolic momentum with average
$\beta = \mu$, discount $\nu$ and rate $\gamma$ holds $y_k$ too, with

[[qhm-ahead]]

[[qhm-rate]]

So the theorem says where each of them ends, minibatches included.
"""

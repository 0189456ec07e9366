r"""The words of the page on the exact theorem; ``[[name]]`` is where a formula is displayed."""

SETTING = r"""
A regression problem has $n$ samples, the rows of $X$, and $d > n$ features, and $X\theta = y$ can
be solved: then many $\theta$ solve it. The network $\theta = u \odot u - v \odot v$ is trained on
the loss $|X\theta - y|^2/(2n)$ from weights none of which is zero. Write $x$ for one entry of $u$
(then $\sigma = +1$) or of $v$ (then $\sigma = -1$); all formulas hold in every coordinate. Every
method of this page moves it by

[[recursion]]

[[look-ahead]]

where $g_k$ is the entry of the gradient by $\theta$ that step $k$ used: taken at the look-ahead
points $y_k$ of all weights, on all samples or on whatever minibatch the step was given. $\kappa =
0$ is heavy ball, $\kappa = \mu$ is Nesterov's method, $\mu = \kappa = 0$ gradient descent;
minibatches make each of them stochastic. Ratios of iterates are compared with 1 by

[[divergence]]

for $z \ne 0$: it vanishes at $z = 1$ and is positive at every other $z > 0$ (there it is the
Itakura-Saito divergence). With the ratios

[[back]]

[[drift]]

[[ahead]]

the *excess* of step $k$, and its sum over the run, are

[[excess]]

[[sums]]

They are functions of ratios of iterates and of $\mu$ and $\kappa$: neither gradients nor $\eta$
enter. The potential is the hyperbolic entropy, summed over the coordinates,

[[entropy]]

with the scale $\xi = |u \odot v|$ of the weights, and $D_Q(\theta, \theta') = Q(\theta) -
Q(\theta') - \nabla Q(\theta') \cdot (\theta - \theta')$ is its Bregman divergence.
"""

THEOREM = r"""
Let $0 \le \mu < 1$, $\kappa$ real and $\eta > 0$, and let the samples of each step be chosen in
any way, at random or by an adversary. Suppose that the run starts at rest, $x_{-1} = x_0$, that
no $x_k$, $y_k$ or $m_k$ is zero, and that it converges, to weights without a zero and with
$X\theta_\infty = y$, with square-summable moves. Then

[[scale]]

[[start]]

[[limit]]

If it starts with a velocity, from $x_{-1} \ne 0$, the same holds with $u_0$, $v_0$ and $\xi_0$ in
these formulas replaced by $\hat u_0$, $\hat v_0$ and $|\hat u_0 \hat v_0|$, where

[[moving]]

The sums remain those of the run.
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
tend to infinity. The last move drops out, and

[[end]]

**Two weights.** Add this for $u$ and for $v$, from rest: the gradients cancel, which is the first
line of the theorem. Subtract, and take a quarter:

[[log-ratio]]

The left side is $\nabla Q_{\xi_\infty}(\theta_\infty)$, because $\nabla Q_\xi(u^2 - v^2) =
\frac14 \ln|u/v|$ at $\xi = |uv|$. For the same reason the first two terms on the right are
$\nabla Q_{\xi_\infty}(\tilde\theta_0)$: the weights $u_0 e^{-S_u}$ and $v_0 e^{-S_v}$ have the
predictor $\tilde\theta_0$ and the scale $\xi_\infty$. So

[[gradients]]

Every $g_k$ is a combination of samples, whichever minibatch it came from; so the right side is in
the row space of $X$. That is the condition for $\theta_\infty$ to minimise
$D_{Q_{\xi_\infty}}(\theta, \tilde\theta_0)$ over $X\theta = y$; it is sufficient because $Q$ is
convex, and the minimiser is unique because $Q$ is strictly so. Signs of weights never entered: a
weight may change its sign any finite number of times. $\blacksquare$
"""

GRADIENT_DESCENT = r"""
At $\mu = \kappa = 0$ the ratios $m_k$ and $\rho_k$ are 1 and $x_{k+1}/y_k = 1 - 2\sigma\eta g_k$;
the linear parts of $u$ and $v$ cancel, and the scale is

[[product]]

in every coordinate. A step with $0 < |2\eta g_k| < \sqrt 2$, $|2\eta g_k| \ne 1$, makes the scale
smaller: no momentum is needed for that.
"""

STOCHASTIC_MOMENTUM = r"""
At $\kappa = 0$ the look-ahead ratio is 1 and the two terms with $m_k$ cancel. In the letters of
that paper, $w_+ = 2u$, $w_- = 2v$, $\beta = \mu$ and $\Delta = 4\xi$, with the last term counted
one step later (from rest that adds nothing),

[[sums]]

[[scale]]

The print has $e^{-S_+ + S_-}$. As long as no weight changes its sign no term is negative: so
$\Delta_\infty \le \Delta_0$, with equality only in coordinates that never move.
"""

NESTEROV = r"""
At $\kappa = \mu$ the look-ahead point is $y_k = m_k x_k$, so the second term of the excess
vanishes, and the step from it is a plain gradient step:

[[excess]]

Both weights of a coordinate together, from rest:

[[pair]]

Each step adds to $\ln(\xi_0/\xi_\infty)$ what a gradient step from $y_k$ gains and what the drift
gains, both over $1 - \mu$. If $0 < |2\eta g_k| < 1$ and $q_k$ and $m_k$ are positive, the first
is positive and the second is not negative. Neither paper has a discrete theorem for Nesterov's
method.
"""

INERTIA = r"""
Let $\mu$ and $\kappa$ be fixed, all gradients be taken on all samples (the noise of minibatches
enters at first order), and $\eta \to 0$. After a layer of a few steps, which adds $O(\eta^2)$ to
the sums, the iterates from rest follow a smooth path, $x_k = x(k\eta)$; let its log-velocity be
$p = \dot x/x$. Expanding the four ratios in $\eta$ gives

[[excess]]

[[sums]]

[[alpha]]

This $\alpha$ is the coefficient of $\ddot x$ in the second-order flow of the method, $\alpha\ddot
x + \dot x + \nabla L/(1-\mu) = 0$, found here without a differential equation; where $\kappa >
(1+\mu)/(2(1-\mu))$ it is negative and the scale grows. For heavy ball and for Nesterov's method

[[hb]]

[[nag]]
"""

THEOREM_3 = r"""
In the same setting the leading order of the step identity itself is the velocity of the slow
path,

[[velocity]]

so both sums are $\frac12\alpha\phi$, up to $O(\eta^2)$, with the gradient along the iterates or
along their limit, gradient flow, which differ by $O(\eta)$:

[[phi]]

Inserted in the theorem, $\theta_\infty$ minimises $Q_{\bar\xi}(\theta) + R \cdot \theta$ over
$X\theta = y$, up to $O(\eta^2)$, with

[[scale]]

[[linear]]

for biased starts as well. The print has a plus sign there, and inside the arcsinh a gradient term
whose leading part, $\alpha g_0/(1-\mu)$, lies in the row space and so does not act at this order.
"""

MGF = r"""
Let $\mu = 1 - \varepsilon/\lambda$ and $2\eta = \varepsilon^2/\lambda$, so that $\lambda =
2\eta/(1-\mu)^2$ stays fixed, and let $\varepsilon \to 0$ in the time $T = k\varepsilon$. For
every bounded $\kappa$ the iterates tend to the solution from rest of $\lambda\ddot w + \dot w +
\sigma g w = 0$ for $w_+ = 2u$ and $w_- = 2v$, and, as long as no weight reaches zero, the sums to

[[gain]]

[[scale]]

with $\tilde\theta_0$ accordingly: the theorem of Papazov et al. for the flow, with its signs
corrected. Along the flow itself it is exact, and needs no limit.
"""

SMALL_INERTIA = r"""
For small $\lambda$ the log-velocities of the flow from rest are $\mp g + O(\lambda)$ after a
layer of length $O(\lambda)$, which adds $O(\lambda^2)$ to the exponent; hence

[[small]]
"""

PAPERS_AGREE = r"""
The flow with inertia $\lambda$ has the sums of a method at leading order if $\lambda =
2\alpha/(1-\mu)$. For heavy ball

[[factor]]

so the inertia in print, $\gamma/(1-\beta)^2$ with $\gamma = 2\eta$, is too large by the factor
$2/(1+\beta)$, which tends to 1 only as $\beta \to 1$: at fixed $\beta$ the
$\ln(\Delta_0/\Delta_\infty)$ that it predicts exceeds the true one by a factor that tends to
$2/(1+\beta)$ as $\eta \to 0$.
"""

MEMBERS = r"""
The optimiser `torch.optim.SGD` with rate $\ell$, momentum $\mu > 0$ and dampening $\tau < 1$ is
heavy ball; as its first step is not dampened, it starts with a velocity, where $g_0$ is the
gradient by $\theta$ that the first step uses:

[[torch-rate]]

[[torch-start]]

With `nesterov` (which asks for $\tau = 0$) it is Nesterov's method from rest, its parameter being
the look-ahead point $y_k$, with

[[torch-nesterov]]

Quasi-hyperbolic momentum with averaging constant $\beta = \mu$, discount $\nu$ and rate $\ell$
holds $y_k$ too, from rest, with

[[qhm-ahead]]

[[qhm-rate]]

So the theorem says where each of them ends, minibatches included.
"""

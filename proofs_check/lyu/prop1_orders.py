"""Beyond Proposition 1 of Lyu et al.: the flow behind the initial layer, to any order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from numeric.elementary import LossDifferentials, NetworkDifferentials, SlowFlow
from numeric.extrapolation import extrapolated_flow
from numeric.iterates import generic_iterates
from numeric.many_bits import quotient, quotients, working_bits
from numeric.orders import order_by_halving
from proofs_check.claim import Check, Claim, Finding, Form, Forms, Outcome
from proofs_check.lyu.prop1 import PAPER, PRINTED
from proofs_check.lyu.prop1_series import Pair, Statement, residual
from symbolic import elementary_differentials as ed
from symbolic.derivation import Step
from symbolic.elementary_differentials import Series
from symbolic.modified_equation import slow_flow
from symbolic.rational_functions import RationalFunction
from symbolic.sample_losses import SAMPLE_LOSSES
from symbolic.slow_start import slow_start
from symbolic.symbols import KAPPA, MU
from symbolic.two_step import TwoStepMethod

#: The highest orders that are measured: on the double well, the robust loss and the network.
ORDERS, ROBUST_ORDERS, NETWORK_ORDERS = 5, 3, 4
METHODS = {
    "HB": (Fraction(1, 2), Fraction(0)),
    "NAG": (Fraction(1, 2), Fraction(1, 2)),
    "own": (Fraction(1, 2), Fraction(-1, 4)),
}
#: Steps to the time of comparison, which is exact in binary; transients are below 2^-64 there.
TIME, STEPS = Fraction(1, 16), (64, 128, 256, 512)
#: Bits, and the tolerance of the flow: far below the smallest error.
BITS, TOLERANCE = 120, 1e-25
#: The measured order is that of the two finest steps, corrected by the two before.
WITHIN = 0.05


@dataclass(frozen=True, eq=False)
class Place:
    """A loss, where the iterates start on it, and the highest order that is measured there."""

    name: str
    differentials: Any
    start: Any
    highest: int


@lru_cache(maxsize=1)
def places() -> tuple[Place, ...]:
    """Return the losses: a double well, a robust loss, the network; mpfr numbers."""
    with working_bits(BITS):
        return tuple(_places())


def _places() -> Iterator[Place]:
    robust, wells = SAMPLE_LOSSES
    for loss, highest in ((wells, ORDERS), (robust, ROBUST_ORDERS)):
        yield Place(loss.name, LossDifferentials.of(loss), quotients(loss.start), highest)
    quarters = ([[1, -1, 2], [2, 1, 0]], [2, -1], [9, 7, 8, 5, 6, 4])
    X, y, neurons = (quotients(each, 4) for each in quarters)
    network = NetworkDifferentials(X, y)
    yield Place("network, 2 samples, 3 features", network, neurons / 2, NETWORK_ORDERS)


@lru_cache(maxsize=64)
def _end_of_iterates(place: Place, mu: Fraction, kappa: Fraction, steps: int) -> Any:
    def gradient(x: Any) -> Any:
        return place.differentials(x, 1)[ed.LEAF]

    method = TwoStepMethod("own", *(quotient(c.numerator, c.denominator) for c in (mu, kappa)))
    eta = quotient(TIME.numerator, TIME.denominator * steps)
    return generic_iterates(gradient, place.start, method, eta, steps)[-1]


def errors(place: Place, mu: Fraction, kappa: Fraction, pair: Pair) -> list[float]:
    """Return |iterate - flow| at the time of comparison for each number of steps."""
    found = []
    with working_bits(BITS):
        time = quotient(TIME.numerator, TIME.denominator)
        for steps in STEPS:
            flow = SlowFlow(
                place.differentials, mu, kappa, time / steps, pair.order, quotient, pair[:2]
            )
            end = extrapolated_flow(flow, flow.start(place.start), time, TOLERANCE)
            gap = _end_of_iterates(place, mu, kappa, steps) - end
            found.append(float(max(abs(each) for each in gap)))
    return found


def measured(form: Form) -> Finding:
    """Measure the order at every order, method and loss; the first that is off ends it."""
    stated: Statement = form.content
    found: dict[str, list[float]] = {}
    series = []
    for place in places():
        for name, (mu, kappa) in METHODS.items():
            if place is not places()[0] and name != "NAG":
                continue
            for order in stated.orders:
                if order > place.highest:
                    continue
                sizes = errors(place, mu, kappa, stated.at(order))
                q = order_by_halving(sizes)
                found.setdefault(f"{place.name}, {name}", []).append(round(q, 3))
                if place is places()[0] and name == "NAG":
                    x = [float(TIME) / steps for steps in STEPS]
                    series.append({"label": f"flow through order {order}", "x": x, "y": sizes})
                if not abs(q - order - 1) <= WITHIN:
                    return Finding(
                        Outcome.FAILS,
                        f"{place.name}, {name}, flow through $O(\\eta^{order})$.",
                        measured=q,
                        predicted=order + 1,
                        criterion=f"within {WITHIN}",
                        rtol=0.0,
                        atol=0.02,
                    )
    figure = {
        "kind": "order",
        "title": "Slow flows of Nesterov's method against its iterates, behind the layer",
        "xlabel": r"step size $\eta$",
        "ylabel": r"$|x_k - x(k\eta)|$",
        "series": series,
    }
    return Finding(
        Outcome.HOLDS,
        f"Order of $|x_k - x(k\\eta)|$ at $k\\eta = 1/{TIME.denominator}$ for flows through "
        f"$O(\\eta^p)$, p to {max(stated.orders)}, in {BITS}-bit arithmetic.",
        measured=found,
        predicted="p + 1",
        criterion=f"within {WITHIN} at every p",
        rtol=0.0,
        atol=0.02,
        data={"figure": figure} if form.name == "printed" else {},
    )


def _on_tree(which: str, tree: ed.Tree, factor: int) -> Callable[[Pair], Pair]:
    def change(pair: Pair) -> Pair:
        series = getattr(pair, which)
        changed = {**series.coefficients, tree: factor * series[tree]}
        return pair._replace(**{which: Series(changed, series.order, series.identity)})

    return change


def _of_heavy_ball(pair: Pair) -> Pair:
    mu = RationalFunction.of(MU)

    def at_zero(series: Series) -> Series:
        fixed = {t: RationalFunction.of(c.at(mu, 0)) for t, c in series.coefficients.items()}
        return Series(fixed, series.order, series.identity)

    return pair._replace(field=at_zero(pair.field), start=at_zero(pair.start))


def forms() -> Forms:
    """Return the statement and wrong flows and starts."""
    leaf, chain = ed.LEAF, (ed.LEAF,)
    at_three = (3,)
    wrong = {
        "sign of the bushy differential": _on_tree("field", (leaf, leaf), -1),
        "tall differential dropped": _on_tree("field", (chain,), 0),
        "start at the first iterate": lambda p: p._replace(start=Series({}, p.order, 1)),
        "start: second order dropped": _on_tree("start", chain, 0),
        "start: sign of the first order": _on_tree("start", leaf, -1),
        "heavy ball's coefficients for all": _of_heavy_ball,
        "one order less": lambda p: p._replace(
            field=Series(p.field.coefficients, p.order), start=p.start
        ),
    }
    return Forms(
        Form(
            "printed",
            r"For every $\mu$, $\kappa$ and smooth loss there are a flow $\dot x = V(x)$ and a "
            r"start, series in $\eta$ with elementary differentials, whose truncations through "
            r"$O(\eta^p)$ follow the iterates to $O(\eta^{p+1})$ behind the initial layer, and "
            r"not better; $p = 1$ is Proposition 1 on its slow path",
            Statement(tuple(range(1, ORDERS + 1))),
        ),
        mutants=tuple(
            Form(name, name, Statement(at_three, change)) for name, change in wrong.items()
        ),
    )


def derivation() -> tuple[Step, ...]:
    """Return the flow to second order and its start."""
    start = slow_start(2)
    return (
        Step(
            r"The recursion annihilates, order by order, $\dot x = V(x)$ with $V = $",
            slow_flow(MU, KAPPA, 2),
        ),
        Step(
            r"From rest the slow part of the iterates begins at $x_0 + \eta c_1\nabla L + "
            r"\eta^2 c_2\nabla^2L\,\nabla L + \dots$ with $c_1 = $",
            start[ed.LEAF].factored(),
        ),
        Step(r"and $c_2 = $", start[(ed.LEAF,)].factored()),
    )


CLAIMS = (
    Claim(
        id="lyu.prop1.every-order",
        title="The flow behind the initial layer, to any order",
        paper=PAPER,
        equation="Proposition 1, and beyond",
        printed=PRINTED,
        claimed_over="every (mu, kappa), every smooth loss, every fixed time; the print is p = 1",
        sampled_over=f"a double well (HB, NAG and kappa = {METHODS['own'][1]}, mu = "
        f"{METHODS['own'][0]}; p to {ORDERS}), a robust loss (p to {ROBUST_ORDERS}) and the "
        f"network (p to {NETWORK_ORDERS}); in {BITS}-bit arithmetic, {len(STEPS)} step sizes, "
        "each half the one before",
        forms=forms,
        checks=(
            Check(
                "residual",
                "Do the iterates leave the flow by terms that decay, and by no others?",
                residual,
                exact=True,
            ),
            Check("orders", "Do the iterates follow to the order said?", measured),
        ),
        derivation=derivation,
        depends=(),
        remark="Compared with arXiv 2506.14806, which treats heavy ball, this is for every "
        "look-ahead, and with the initial layer matched to the same order.",
    ),
)

"""``python -m symbolic``: the modified equation of a method, derived before the reader's eyes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from symbolic.console import (
    DONE,
    UserError,
    check_writable,
    command_parser,
    json_text,
    run_command,
    write_json,
)

if TYPE_CHECKING:
    from symbolic.derivation import Derivation
    from symbolic.two_step import TwoStepMethod

PROG = "python -m symbolic"
NAMES = ("gd", "hb", "nag")

DESCRIPTION = """\
Derive the modified equation of a momentum method from its recursion

    x[k+1] = x[k] + mu (x[k] - x[k-1]) - eta grad L(x[k] + kappa (x[k] - x[k-1])),   x[-1] = x[0].

METHOD is gd (gradient descent), hb (heavy ball, kappa = 0) or nag (Nesterov, kappa = mu).
Without METHOD give --mu and --kappa for a method of your own."""

EPILOG = """\
Terms
  inertia           alpha in alpha x'' + x' + grad L/(1 - mu) = 0, the O(eta) equation, t = k eta
  slow flow         the first-order equation that the iterates follow once mu^k has died out, and
                    where it starts: behind the layer both then agree to O(eta^(P+1))
  layer-matched     the initial velocity x'(0) with which the second-order flow follows the
  velocity          iterates to O(eta^2) behind the initial layer

Examples
  python -m symbolic nag
  python -m symbolic hb --mu 0.9 --format latex
  python -m symbolic hb --order 6
  python -m symbolic --mu mu --kappa mu/2 --json own.json

Exit codes: 0 done, 2 bad input."""


def main(arguments: Sequence[str]) -> int:
    parser = command_parser(PROG, DESCRIPTION, EPILOG)
    parser.add_argument("method", metavar="METHOD", nargs="?", help="gd, hb or nag")
    parser.add_argument("--mu", metavar="EXPR", help="the momentum: mu or a number in [0, 1)")
    parser.add_argument("--kappa", metavar="EXPR", help="the look-ahead: an expression in mu")
    parser.add_argument(
        "--order",
        metavar="P",
        type=int,
        default=1,
        help="derive the slow flow through O(eta^P), P from 1 to 6 (default 1)",
    )
    parser.add_argument(
        "--format", choices=("text", "latex", "json"), default="text", help="default: text"
    )
    options = parser.parse_args(arguments)
    check_writable(options.json)
    from symbolic.derivation import derive

    derivation = derive(_chosen_method(options.method, options.mu, options.kappa), options.order)
    if options.json is not None:
        write_json(options.json, as_json(derivation))
    if options.json == "-":
        return DONE
    if options.format == "json":
        sys.stdout.write(json_text(as_json(derivation)))
    elif options.format == "latex":
        sys.stdout.write(f"% {_title(derivation)}; needs amsmath\n{derivation.latex}")
    else:
        show(derivation)
    return DONE


def _chosen_method(name: str | None, mu: str | None, kappa: str | None) -> TwoStepMethod:
    from symbolic.grammar import parse_expression
    from symbolic.symbols import MU
    from symbolic.two_step import TwoStepMethod, method_named

    momentum = None if mu is None else _momentum(mu)
    if name is not None:
        method = method_named(name)
        if kappa is not None:
            raise UserError(
                expected="METHOD, or --mu and --kappa",
                received=f"METHOD {name} with --kappa",
                remedy="leave METHOD away for a method of your own",
            )
        return method if momentum is None else method.with_momentum(momentum)
    if momentum is None or kappa is None:
        raise UserError(
            expected="METHOD (gd, hb or nag), or --mu and --kappa together",
            received="neither" if mu is None and kappa is None else "only one of --mu and --kappa",
            remedy=f"try {PROG} nag, or {PROG} --mu mu --kappa mu/2",
        )
    look_ahead = parse_expression(kappa, names=("mu",))
    return TwoStepMethod("own", momentum, _finite(look_ahead.subs(MU, momentum), kappa, mu))


def _momentum(text: str) -> Any:
    from symbolic.grammar import parse_expression
    from symbolic.symbols import MU

    momentum = parse_expression(text, names=("mu",))
    if momentum != MU and (momentum.free_symbols or not 0 <= momentum < 1):
        raise UserError(
            expected="--mu mu (kept symbolic) or a number in [0, 1)",
            received=f"--mu {text}",
            remedy="express the look-ahead by mu, for example --mu mu --kappa mu/2",
        )
    return momentum


def _finite(value: Any, kappa: str, mu: str | None) -> Any:
    if not value.is_finite and not value.free_symbols:
        raise UserError(
            expected="a look-ahead that is finite at the given momentum",
            received=f"--kappa {kappa} at --mu {mu}",
            remedy="choose another momentum",
        )
    return value


def _title(derivation: Derivation) -> str:
    full = {"gd": "gradient descent", "hb": "heavy ball", "nag": "Nesterov's method"}
    name = full.get(derivation.name, "two-step method")
    return f"{name}, mu = {derivation.mu}, kappa = {derivation.kappa}"


def as_json(derivation: Derivation) -> dict[str, Any]:
    """Return the derivation as plain data; every expression is an exact string beside its LaTeX."""
    import sympy as sp

    from symbolic import elementary_differentials as ed

    def both(expression: Any) -> dict[str, str]:
        return {"exact": str(expression), "latex": sp.latex(expression)}

    velocity = derivation.layer_velocity
    return {
        "method": derivation.name,
        "mu": str(derivation.mu),
        "kappa": str(derivation.kappa),
        "order": derivation.order,
        "inertia": both(derivation.inertia),
        "second_order_flow": {
            "exists": velocity is not None,
            "momenta": both(derivation.momenta),
        },
        "layer_velocity": None if velocity is None else both(velocity),
        "slow_flow": [
            {
                "power_of_eta": ed.nodes(tree) - 1,
                "differential": both(ed.notation(tree)),
                "coefficient": both(value),
            }
            for tree, value in derivation.slow_coefficients.items()
        ],
        "slow_start": [
            {
                "power_of_eta": ed.nodes(tree),
                "differential": both(ed.notation(tree)),
                "coefficient": both(value),
            }
            for tree, value in derivation.start_coefficients.items()
        ],
        "steps": [{"text": step.text, **both(step.formula)} for step in derivation.steps],
    }


def show(derivation: Derivation) -> None:
    """Print the derivation for a reader: coloured on a terminal, plain text elsewhere."""
    import sympy as sp
    from rich.console import Console
    from rich.text import Text

    from symbolic.symbols import ALPHA

    unicode = (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)

    def drawn(formula: sp.Basic) -> list[str]:
        text = sp.pretty(formula, use_unicode=unicode, wrap_line=False)
        lines = text.splitlines()
        if max(map(len, lines)) <= 92 or not isinstance(formula, sp.Eq):
            return lines
        # A sum that is too wide for the line: one term below the other.
        terms = sp.Add.make_args(formula.rhs)
        lines = drawn(sp.Eq(formula.lhs, terms[0], evaluate=False)) if len(terms) > 1 else lines
        for term in terms[1:]:
            lines += ["  +", *drawn(term)]
        return lines

    def put(heading: str, formula: sp.Basic) -> None:
        console.print(Text(heading, style="bold"))
        for line in drawn(formula):
            console.print(Text(f"      {line}".rstrip(), style="cyan"))
        console.print()

    console.print(Text(f"Modified equation: {_title(derivation)}", style="bold underline"))
    console.print()
    for number, step in enumerate(derivation.steps, 1):
        put(f"{number:2}. {step.text}", step.formula)
    console.print(Text("Coefficients", style="bold underline"))
    console.print()
    put("inertia", sp.Eq(ALPHA, derivation.inertia, evaluate=False))
    if derivation.order > 1:
        console.print(
            Text(
                "The second-order form is determined through O(eta). Beyond, the equation itself "
                "exchanges its terms\nfor one another, and no number in the place of alpha/eta "
                "meets the recursion: go on with the slow flow.\n"
            )
        )
    if derivation.layer_velocity is None:
        console.print(
            Text(
                "No second-order flow exists here: it would need alpha > 0, that is "
                "kappa < (1 + mu)/(2 (1 - mu)).\nUse the first-order slow flow above."
            )
        )
        return
    put("layer-matched velocity over the gradient at the start", derivation.layer_velocity)
    if derivation.mu.free_symbols:
        put("the second-order flow exists (alpha > 0) for mu in", derivation.momenta)


if __name__ == "__main__":
    run_command(main, PROG)

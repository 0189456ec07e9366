"""A claim as an object: what is printed, how it is tested, and what would be wrong.

A claim holds several *forms* of one statement - as printed, as corrected, and mutants (named wrong
versions) - and *checks*, each a function that takes a form and says whether it holds. The same
checks judge every form, so a check that would accept anything is found out. Nothing in a claim
states its verdict: `proofs_check.verdict` computes it from the findings.

Importing a claim file computes nothing: forms, derivation and counterexample are functions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from symbolic.exact import decide_zero


class Outcome(StrEnum):
    """What a check found about one form."""

    HOLDS = "holds"
    FAILS = "fails"
    UNCLEAR = "unclear"


class Role(StrEnum):
    """What part a form plays in its claim."""

    PRINTED = "printed"
    CORRECTED = "corrected"
    MUTANT = "mutant"
    INERT = "inert"


@dataclass(frozen=True)
class Quotation:
    """The printed text: which transcription, near which line, and the words themselves.

    The text must occur in the file, white space folded; a test looks for it.
    """

    file: str
    line: int
    text: str


@dataclass(frozen=True)
class Form:
    """One version of a statement.

    Parameters
    ----------
    name
        A short name; mutants are named after what is wrong with them.
    statement
        The statement in words, mathematics between ``$`` signs in LaTeX.
    content
        What the checks consume: an expression, a coefficient, a function.
    """

    name: str
    statement: str
    content: Any = None


@dataclass(frozen=True)
class Forms:
    """All versions of a statement that are judged.

    Parameters
    ----------
    printed
        As in the paper.
    corrected
        The version offered where the printed one fails.
    mutants
        Wrong versions of the right one: every check set must reject each of them.
    inert
        Variants that differ in a term which, it is suspected, cannot act at the stated order: if
        all of them hold together with the printed form, the term is vacuous.
    """

    printed: Form
    corrected: Form | None = None
    mutants: tuple[Form, ...] = ()
    inert: tuple[Form, ...] = ()


@dataclass(frozen=True)
class Finding:
    """What a check measured on one form.

    Parameters
    ----------
    outcome
        Whether the form holds.
    statement
        One sentence about what was tested and seen, mathematics between ``$`` signs.
    measured, predicted
        Numbers or text side by side.
    criterion
        The rule that turned them into the outcome.
    rtol, atol
        Within what the numbers of this finding reproduce on another machine.
    data
        More numbers, for tables and figures.
    """

    outcome: Outcome
    statement: str
    measured: Any = None
    predicted: Any = None
    criterion: str = ""
    rtol: float = 1e-6
    atol: float = 0.0
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Check:
    """A test that any form of the statement can be put to.

    Parameters
    ----------
    name
        A short name.
    question
        What it decides, in one sentence.
    run
        Takes a form; returns what was found, or None where the form says nothing about it.
    exact
        True if it works in exact arithmetic only.
    proves
        True if it is exact and settles the whole statement, so that holding means "proved".
    """

    name: str
    question: str
    run: Callable[[Form], Finding | None]
    exact: bool = False
    proves: bool = False

    def __post_init__(self) -> None:
        if self.proves and not self.exact:
            raise ValueError(f"check {self.name!r}: only an exact check can prove")


@dataclass(frozen=True)
class Counterexample:
    """The smallest case found in which the printed form fails.

    Parameters
    ----------
    statement
        What fails, in one sentence.
    data
        Everything needed to repeat it; exact numbers as text such as ``"3/2"``.
    exact
        True if it was verified in exact arithmetic.
    found_by
        How it was found (a search and what it searched).
    """

    statement: str
    data: Mapping[str, Any]
    exact: bool
    found_by: str
    rtol: float = 1e-6
    atol: float = 0.0


class DerivationStep(Protocol):
    """One step of a derivation: words and a formula (see `symbolic.derivation.Step`)."""

    @property
    def text(self) -> str:
        """What is done, in words; mathematics between ``$`` signs."""
        ...

    @property
    def latex(self) -> str:
        """The formula reached, in LaTeX."""
        ...


@dataclass(frozen=True)
class Claim:
    """A statement of a paper together with everything that decides it.

    Parameters
    ----------
    id
        Stable identifier, also on the command line; a split statement has parts ``id.part``.
    title
        A few words for the contents list.
    paper, equation
        Where it stands.
    printed
        The quotation.
    claimed_over
        The quantifiers of the printed statement, unstated ones included.
    sampled_over
        Over what the checks sampled; text or a function that computes it.
    forms
        Function returning the forms that are judged.
    checks
        The tests.
    depends
        Ids of claims that this one rests on.
    derivation
        Function returning the steps of the derivation, or None.
    counterexample
        Function that searches for one; called only if the printed form fails.
    empirical
        True for an experiment: the verdict is then "reproduced" or "not reproduced".
    remark
        A comment for the reader on what the verdict means; never a number or a result.
    """

    id: str
    title: str
    paper: str
    equation: str
    printed: Quotation
    claimed_over: str
    sampled_over: str | Callable[[], str]
    forms: Callable[[], Forms]
    checks: tuple[Check, ...]
    depends: tuple[str, ...] = ()
    derivation: Callable[[], Sequence[DerivationStep]] | None = None
    counterexample: Callable[[], Counterexample | None] | None = None
    empirical: bool = False
    remark: str = ""

    def __post_init__(self) -> None:
        names = [check.name for check in self.checks]
        if not names or len(set(names)) != len(names):
            raise ValueError(f"claim {self.id}: checks need distinct names, at least one")


def mutant_forms(named: Sequence[tuple[str, Any]], statement: str = "") -> tuple[Form, ...]:
    """Return mutant forms from (name, content) pairs, as `symbolic.mutation.mutations` gives."""
    return tuple(Form(name, statement or name, content) for name, content in named)


def exact_zero(residual: Any, statement: str, **data: Any) -> Finding:
    """Return the finding that an exact residual is, or is not, identically zero.

    Parameters
    ----------
    residual
        A SymPy expression, or a sequence of them that must all vanish.
    statement
        What the residual is, one sentence.
    """
    residuals = list(residual) if isinstance(residual, (list, tuple)) else [residual]
    decisions = [decide_zero(each) for each in residuals]
    wrong = next((decision for decision in decisions if decision.zero is False), None)
    criterion = "residual is exactly zero"
    if wrong is not None:
        at = ", ".join(f"{name} = {value}" for name, value in wrong.witness.items())
        return Finding(
            Outcome.FAILS,
            statement,
            measured=f"{wrong.value} at {at}" if at else wrong.value,
            predicted="0",
            criterion=criterion,
            data=data,
        )
    unknown = next((decision for decision in decisions if decision.zero is None), None)
    if unknown is not None:
        return Finding(
            Outcome.UNCLEAR,
            f"{statement} Undecided: {unknown.expression}.",
            predicted="0",
            criterion=criterion,
            data=data,
        )
    return Finding(
        Outcome.HOLDS, statement, measured="0", predicted="0", criterion=criterion, data=data
    )


def bounded(
    measured: float, bound: float, statement: str, *, at_least: bool = False, **options: Any
) -> Finding:
    """Return the finding that a measured number is below (or at least) a bound.

    A NaN is unclear: what did not converge is never compared.
    """
    criterion = "measured >= predicted" if at_least else "measured <= predicted"
    if measured != measured or bound != bound:
        outcome = Outcome.UNCLEAR
    elif (measured >= bound) if at_least else (measured <= bound):
        outcome = Outcome.HOLDS
    else:
        outcome = Outcome.FAILS
    return Finding(outcome, statement, float(measured), float(bound), criterion, **options)

"""What of uncentred data makes momentum better: the mean of the targets, not of the features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from numeric.checks import Array
from numeric.paired_statistics import Effect, paired_effect
from proofs_check.claim import Check, Claim, Counterexample, Finding, Form, Forms, Outcome
from proofs_check.experiment_claims import ratio
from proofs_check.experiments import Setting, Table, settings_of, tables
from proofs_check.generalisation import COUNT, METHODS, PAPER, by_size, places
from proofs_check.papazov.centring import GAIN, PRINTED

#: Laws of theta* with five entries +-1, by the sum of them: the mean target of samples with mean 1.
SUMS = {1: "two-minus", 3: "one-minus", 5: "equal-signs"}
SIZES = (0.05, 0.1)
PANEL = replace(
    METHODS,
    name="mean-target",
    places=places(SIZES),
    ranges=by_size(SIZES),
    settings=settings_of([1.0], families=["uncentred"], truths=list(SUMS.values())),
)


@cache
def found() -> Mapping[Setting, Table]:
    """Return heavy ball and GD on uncentred data, for every sum of theta*."""
    return tables(PANEL)


def gains(total: int, place: int) -> Array:
    """Return ln(D_GD/D_HB) of every data set with this sum of theta*, (N,)."""
    return GAIN.of(found()[Setting("uncentred", SUMS[total])], [place])


def effects(place: int) -> dict[int, Effect | None]:
    """Return the gain at every sum of theta*, intervals for all of them and sizes at once."""
    return {total: paired_effect(gains(total, place), len(SUMS) * len(SIZES)) for total in SUMS}


def follows(form: Form) -> Finding:
    """Compare the gain at each sum of theta* with what the form says."""
    said = form.content
    outcomes, shown = [], []
    for place, size in enumerate(SIZES):
        at = effects(place)
        if None in at.values():
            return Finding(Outcome.UNCLEAR, "A run has no limit.")
        known = {total: effect for total, effect in at.items() if effect is not None}
        # Other data sets at each sum: the difference of means, with the wider of both intervals.
        grows = known[5].low > known[1].high
        signs = all(known[total].above == better for total, better in said.better.items())
        outcomes.append(signs and (grows or not said.grows))
        shown.append(
            f"u = v = {size:g}: "
            + ", ".join(f"sum {total}: {ratio(effect)}" for total, effect in known.items())
        )
    return Finding(
        Outcome.HOLDS if all(outcomes) else Outcome.FAILS,
        "ln(D(GD)/D(HB)) on samples with mean 1, theta* of five entries +1 or -1, by the sum of "
        f"them; {COUNT} data sets at each. {'; '.join(shown)}.",
        measured="; ".join(shown),
        predicted=form.statement,
        criterion="the stated signs at every size of the start: above zero with its whole interval "
        "or not" + (", and the interval at sum 5 above that at sum 1" if said.grows else ""),
        rtol=2e-2,
        atol=2e-2,
        data=_data() if form.name == "printed" else {},
    )


def _data() -> dict[str, Any]:
    series, numbers = [], {}
    for place, size in enumerate(SIZES):
        at = [effect for effect in effects(place).values() if effect is not None]
        series.append(
            {
                "label": f"u = v = {size:g}",
                "x": list(SUMS),
                "y": [each.mean for each in at],
                "low": [each.low for each in at],
                "high": [each.high for each in at],
                "style": "",
            }
        )
        numbers[f"{size:g}"] = [
            [total, each.mean, each.low, each.high, each.positive, each.datasets]
            for total, each in zip(SUMS, at, strict=True)
        ]
    figure = {
        "kind": "curves",
        "title": "Gain of heavy ball over GD against the mean target",
        "xlabel": r"sum of $\theta^*$",
        "ylabel": r"$\ln(D_{GD}/D_{HB})$",
        "caption": "Samples with mean 1 throughout; only the signs of the five entries of theta* "
        f"differ. Means over {COUNT} data sets, bands are simultaneous intervals.",
        "series": series,
    }
    return {"gains": numbers, "figure": figure}


class Statement:
    """Where the gain is above zero, by the sum of theta*, and whether it grows with it."""

    def __init__(self, better: dict[int, bool], *, grows: bool) -> None:
        self.better, self.grows = better, grows


def forms() -> Forms:
    """Return the printed universal statement, what decides instead, and wrong ones."""
    return Forms(
        Form(
            "printed",
            "On uncentred data momentum is better, whatever theta* is",
            Statement({1: True, 3: True, 5: True}, grows=False),
        ),
        Form(
            "the mean target",
            r"At moderate $\lambda$ and small starts the advantage follows the mean target "
            r"$\sum_j \theta^*_j$: it is there where the entries of theta* have one sign, and not "
            "where they nearly cancel, though the features are as uncentred",
            Statement({1: False, 5: True}, grows=True),
        ),
        (
            Form(
                "the reverse",
                "better where the entries cancel",
                Statement({1: True, 5: False}, grows=False),
            ),
            Form(
                "never",
                "no advantage on uncentred data",
                Statement({1: False, 3: False, 5: False}, grows=False),
            ),
        ),
    )


def worse_on_uncentred_data() -> Counterexample | None:
    """Return the first data set with sum 1 on which heavy ball is worse than GD."""
    for place, size in enumerate(SIZES):
        table = found()[Setting("uncentred", SUMS[1])]
        D = {name: values[:, place] for name, values in table.distances.items()}
        for number in range(COUNT):
            if D["HB"][number] > 1.02 * D["GD"][number]:
                data = Setting("uncentred", SUMS[1]).data(number)
                return Counterexample(
                    "Uncentred data on which heavy ball is worse than GD.",
                    {
                        "n, d, nonzero entries": [data.n, data.d, data.s],
                        "mean of the features": 1,
                        "seed of the data": data.seed,
                        "u = v": size,
                        "D of GD": float(D["GD"][number]),
                        "D of heavy ball": float(D["HB"][number]),
                    },
                    exact=False,
                    found_by=f"search over {COUNT} data sets with entries +1, +1, +1, -1, -1",
                    rtol=1e-2,
                )
    return None


def _sampled() -> str:
    sizes = " and ".join(f"{size:g}" for size in SIZES)
    return (
        f"{COUNT} data sets of samples N(1, 1) with n = 40, d = 100 for each law of theta* (five "
        "entries +1 or -1 with sum 1, 3 or 5); heavy ball with beta = 0.9 and GD at one learning "
        f"rate, lambda = 0.1; u = v = {sizes}"
    )


CLAIMS = (
    Claim(
        id="papazov.centring.mean-target",
        title="What of uncentred data decides",
        paper=PAPER,
        equation="summary",
        printed=PRINTED,
        claimed_over="all uncentred data",
        sampled_over=_sampled,
        forms=forms,
        checks=(Check("follows", "What does the gain follow?", follows),),
        counterexample=worse_on_uncentred_data,
        remark="Features with mean 1 give the gradient at the start a part that is the same in all "
        "coordinates: the mean target. Where it is large momentum shrinks the common scale, see "
        "`papazov.centring.parts`.",
    ),
)

"""Papazov et al., section 2: the momentum of the acceleration rule is almost a power."""

from __future__ import annotations

import numpy as np
import sympy as sp

from numeric.compiled import numpy_function
from numeric.convergence import EPS
from proofs_check.claim import (
    Check,
    Claim,
    Finding,
    Form,
    Forms,
    Quotation,
    bounded,
    exact_zero,
    mutant_forms,
)
from symbolic.derivation import Step
from symbolic.mgf_schemes import (
    GAP,
    RHO,
    accelerated,
    power_defect,
)
from symbolic.mutation import mutations
from symbolic.symbols import MU

PAPER = "Papazov et al. 2024"
FILE = "papazov2024-poster.txt"


def power_finding(form: Form) -> Finding:
    """Compare the defect of beta^rho with the stated one, through (1-beta)^2."""
    defect = sum(c * GAP**k for k, c in enumerate(power_defect(3)))
    return exact_zero(
        sp.expand(defect - form.content),
        r"$\beta^\rho - (1 - \rho(1-\beta))$ through $(1-\beta)^2$, minus the stated defect.",
    )


def power_numbers(form: Form) -> Finding:
    """Measure the defect over (1-beta)^2 at falling 1-beta: its error is O(1-beta)."""
    _, momentum = accelerated()
    exact = numpy_function((MU, RHO), MU**RHO - momentum)
    stated = numpy_function((GAP, RHO), form.content)
    third = numpy_function((GAP, RHO), power_defect(4)[3] * GAP**3)
    ratios = []
    for rho in (0.5, 1.5, 2.5, 4.0):
        for gap in (1e-1, 1e-2, 1e-3):
            left = abs(float(exact(1 - gap, rho) - stated(gap, rho)))
            # The next term; each one behind it is at most (1-beta) times its predecessor, since
            # |rho - k|/(k + 1) <= 1 for k >= 3. Then the roundings of the four operations.
            allowed = abs(float(third(gap, rho))) / (1 - gap) + 4 * EPS
            ratios.append(left / allowed)
    return bounded(
        float(np.max(ratios)),  # keeps a NaN
        1.0,
        r"Largest error of the stated defect in units of the next term, $\rho$ from 1/2 to 4 and "
        r"$1-\beta$ from 0.1 to 0.001.",
        rtol=1e-2,
    )


def _power_forms() -> Forms:
    defect = RHO * (RHO - 1) / 2 * GAP**2
    return Forms(
        Form(
            "printed, with its defect",
            r"$\beta^\rho = 1 - \rho(1-\beta) + \frac{\rho(\rho-1)}{2}(1-\beta)^2 + "
            r"O((1-\beta)^3)$: equal at $\rho = 1$, and a good approximation where $\beta$ is "
            "close to 1",
            defect,
        ),
        mutants=mutant_forms(
            [
                *mutations(defect),
                ("no defect", sp.S.Zero),
                ("defect of first order", RHO * (RHO - 1) / 2 * GAP),
                (r"$\rho(\rho+1)/2$", RHO * (RHO + 1) / 2 * GAP**2),
            ]
        ),
    )


CLAIMS = (
    Claim(
        id="papazov.acceleration.power",
        title="The momentum of the rule is almost the power beta^rho",
        paper=PAPER,
        equation="section 2, Corollary",
        printed=Quotation(
            FILE,
            74,
            r"$\hat{\beta} = 1 - \rho(1 - \beta) \approx_{\rho \rightarrow 1} \beta^\rho$",
        ),
        claimed_over=r"$\rho$ near 1, every $\beta$; what the sign means is not printed",
        sampled_over=r"every $\rho > 0$ through the second power of $1-\beta$, symbolically; "
        r"numbers: four $\rho$, three $\beta$",
        forms=_power_forms,
        checks=(
            Check(
                "series",
                "Is this the defect through the second power of 1-beta?",
                power_finding,
                exact=True,
                proves=True,
            ),
            Check("numbers", "Is the rest within the next term?", power_numbers),
        ),
        derivation=lambda: [
            Step(
                r"Coefficient of $h^2$, $h = 1-\beta$, in $\beta^\rho - \hat\beta$; the lower ones "
                "are zero",
                power_defect(3)[2],
            ),
            Step("and of $h^3$", power_defect(4)[3]),
        ],
        remark=r"At fixed $\beta < 1$ the two differ to first order in $\rho - 1$; the "
        r"approximation is good because $\beta$ is close to 1.",
    ),
)

"""What the report shows besides claims: names of records, and the functions that compute them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from proofs_check import inequalities, next_order_effects, one_theorem
from proofs_check.exhibits import EXHIBITS, Exhibit

#: Kept by these names (see `proofs_check.evidence`), beside the claims.
SHOWN: Mapping[str, Callable[[], Exhibit]] = {
    **EXHIBITS,
    **{module.NAME: module.compute for module in (inequalities, next_order_effects, one_theorem)},
}

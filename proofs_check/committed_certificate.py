"""The committed certificate of a claim, and whether the verifier accepts it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from proofs_check.verifier import judged

#: Where the certificates are committed, one file a claim.
FOLDER = Path(__file__).with_name("certificates")


def certificate_of(claim: str, folder: Path = FOLDER) -> dict[str, Any] | None:
    """Return kind, statement and whether the certificate is valid; None if the claim has none.

    One that names another claim shows nothing of this one.
    """
    path = folder / f"{claim}.json"
    if not path.is_file():
        return None
    found, code = judged(path)
    certificate = json.loads(path.read_text(encoding="utf-8")) if code < 2 else {}
    about = certificate.get("claim", claim)
    return {
        "kind": certificate.get("kind", ""),
        "statement": certificate.get("statement", ""),
        "valid": code == 0 and about == claim,
        "reason": found if about == claim else f"invalid: it is about {about}",
    }

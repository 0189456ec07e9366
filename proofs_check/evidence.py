"""Keep the records of evaluated claims in `.cache`, one file a claim.

A record is valid only for the sources that it was computed from: the key is a hash of every source
of `symbolic`, `numeric` and `proofs_check`, of the certificates and of the lock, so any edit
recomputes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from proofs_check.evaluation import Record
from symbolic.console import json_text, write_text

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"
_FORMAT = "1"


def _sources(root: Path) -> Iterator[Path]:
    for room in ("symbolic", "numeric", "proofs_check"):
        yield from sorted((root / room).rglob("*.py"))
    yield from sorted((root / "proofs_check").rglob("*.json"))
    yield from sorted((root / "requirements").glob("*.txt"))


@lru_cache(maxsize=1)
def sources_key(root: Path = ROOT) -> str:
    """Return the hash of everything that evidence is computed from."""
    digest = hashlib.sha256(_FORMAT.encode())
    for path in _sources(root):
        digest.update(str(path.relative_to(root)).encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _file(claim_id: str) -> Path:
    return CACHE / f"{claim_id}.json"


def load(claim_id: str) -> Record | None:
    """Return the stored record if it belongs to the present sources, else None."""
    try:
        stored = json.loads(_file(claim_id).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(stored, dict) or stored.get("key") != sources_key():
        return None
    return stored.get("record")


def store(claim_id: str, record: Record) -> None:
    """Store ``record`` at one stroke; an interrupted run leaves the old file or none."""
    CACHE.mkdir(exist_ok=True)
    write_text(_file(claim_id), json_text({"key": sources_key(), "record": record}))

"""Entries in the sealed log of cases for each note and file, with a digest of its row.

The check finds a row deleted, exchanged or inserted by hand (counselling.cases.verifying). Its digest
covers the ciphertext, so the check opens nothing and the log reveals nothing of the words. Key rotation
appends a new entry for each row that it encrypts with the new key (counselling.rotation).
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from accounts import chain
from accounts.models import User
from counselling.models import Attachment, AttachmentContent, Case, CaseEntry, Note

# In the order in which rotation and the check go through them.
RECORDED = (Note, Attachment, AttachmentContent)
NO_DIGEST = ""  # of a row that was removed
Kind = CaseEntry.Kind


def name_of(row: Any) -> str:
    """Return the name of a row in the log: "Note 6f…"."""
    return f"{row._meta.object_name} {row.pk}"


def digest_of(row: Any) -> str:
    """Return the SHA-256 digest, in hexadecimal, of a row.

    It covers the row's place, key and ciphertext, and its facts that never change.
    """
    facts = []
    match row:
        case Note():
            facts = [_micros(row.at), row.session_id]
        case Attachment():
            removed = _micros(row.removed_at) if row.removed_at else None
            facts = [_micros(row.added_at), row.kind, row.size, row.removed_by_id, removed]
    sealed = hashlib.sha256(bytes(row.sealed)).hexdigest()
    told = [row.place, row.school_id, *facts, row.key_id, sealed]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _micros(at: Any) -> str:
    return at.astimezone(chain.EPOCH.tzinfo).isoformat(timespec="microseconds")


def case_of(row: Any) -> Case:
    return row.attachment.case if isinstance(row, AttachmentContent) else row.case


def entry_of(row: Any, kind: str, by: User | None, at: Any) -> CaseEntry:
    """Return an entry, to be appended after the write that it records."""
    return _entry(case_of(row), kind, by, at, name_of(row), digest_of(row))


def gone_of(row: Any, by: User, at: Any) -> CaseEntry:
    """Return the entry that the row was removed for good."""
    return _entry(case_of(row), Kind.GONE, by, at, name_of(row), NO_DIGEST)


def erased_of(case: Case, at: Any) -> CaseEntry:
    """Return the entry that the case was deleted with its child's file.

    With it, the daily check does not miss the case.
    """
    return _entry(case, Kind.ERASED, None, at, "", NO_DIGEST)


def _entry(case: Case, kind: str, by: User | None, at: Any, name: str, digest: str) -> CaseEntry:
    facts = {"case": case, "school_id": case.school_id, "owner_id": case.owner_id}
    return CaseEntry(**facts, kind=kind, by=by, at=at, row=name, digest=digest)


def append(entries: Sequence[CaseEntry]) -> None:
    """Append entries, as the last write of a transaction.

    Schools always come in the same order, to avoid deadlocks.
    """
    by_school: dict[int, list[CaseEntry]] = defaultdict(list)
    for entry in entries:
        by_school[entry.school_id].append(entry)
    for school_id in sorted(by_school):
        chain.append(by_school[school_id], chain=f"{CaseEntry.CHAIN}:{school_id}")


def digests_of(names: Iterable[str]) -> dict[str, str]:
    """Return name → last digest in the log; leaves out names that the log never recorded as kept."""
    told = CaseEntry.objects.filter(row__in=list(names)).order_by("number")
    rows = told.values_list("row", "kind", "digest")
    kept: dict[str, str] = {}
    for name, kind, digest in rows:
        if kind == Kind.KEPT or name in kept:
            kept[name] = digest
    return kept


def fits(row: Any) -> bool:
    """Return whether the row matches the log."""
    return digests_of([name_of(row)]).get(name_of(row)) == digest_of(row)

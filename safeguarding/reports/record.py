"""Digests for the sealed log: of a report itself and of the people that it names."""

import hashlib
import json
from datetime import datetime
from typing import Any

from accounts.chain import EPOCH
from safeguarding.models import Report, Suspect


def digest_of(report: Report) -> str:
    """Return the SHA-256 (hexadecimal) of the report and the people it names.

    The entry which says that the report was written holds this digest. It covers only what never changes.
    """
    named = [
        [one.pk, one.adult_id, one.user_id, one.somebody, _plain(one.closed_at)]
        for one in report.suspects.order_by("pk")
    ]
    said = [report.situation, report.words, report.child_now, report.sent]
    around = [report.pk, report.school_id, report.student_id, report.reported_by_id]
    return _sha([str(report.key), *around, _plain(report.at), *said, named])


def lifting_of(suspect: Suspect) -> str:
    """Return the digest of what was lifted, by whom and why, for the entry that says so."""
    by, reason = suspect.lifted_by_id, suspect.lift_reason
    return _sha([suspect.pk, _plain(suspect.lifted_at), by, reason])


def _plain(at: datetime | None) -> str | None:
    return at.astimezone(EPOCH.tzinfo).isoformat(timespec="microseconds") if at else None


def _sha(told: list[Any]) -> str:
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()

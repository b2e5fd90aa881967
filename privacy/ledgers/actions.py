"""Receipts of ledgers: written once, with a file that is soon deleted."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.actions import record_access
from accounts.models import User
from privacy.models import LedgerArrival, LedgerChild, LedgerFile, LedgerSent
from schools.models import School

# Hours: enough to copy the file to a USB stick or into the office's own system, on the same or the next day.
FILE_HOURS = 24


@dataclass(frozen=True)
class Addressed:
    """The receiver, the purpose, and the groups of columns."""

    office: str
    receiver: str
    purpose: str
    parts: Collection[str]


class AlreadyMade(Exception):
    """Raised if the same form was sent before; nobody knows the password of that file any more."""


def record_sent(
    *,
    school: School,
    to: Addressed,
    student_ids: Collection[int],
    content: bytes,
    digest: str,
    key: UUID,
    by: User,
    at: datetime,
    ip: str | None,
) -> LedgerSent:
    """Write the receipt, its children, the file, and an access record for each child, or nothing at all.

    Raises AlreadyMade.
    """
    try:
        with transaction.atomic():
            sent = LedgerSent.objects.create(
                school=school,
                made_by=by,
                made_at=at,
                office=to.office,
                receiver=to.receiver,
                purpose=to.purpose,
                parts=list(to.parts),
                children=len(student_ids),
                digest=digest,
                key=key,
            )
            LedgerChild.objects.bulk_create(
                LedgerChild(sent=sent, student_id=pk) for pk in student_ids
            )
            LedgerFile.objects.create(sent=sent, made_at=at, content=content)
            record_access(by=by, school_id=school.pk, student_ids=student_ids, what="ledger", ip=ip)
    except IntegrityError:
        if LedgerSent.objects.filter(key=key).exists():
            raise AlreadyMade from None
        raise
    return sent


def record_download(*, file: LedgerFile, by: User, ip: str | None) -> None:
    """Record every download, for each child in the file: this is where it leaves the screen."""
    children = file.sent.lines.order_by("pk").values_list("student_id", flat=True)
    school_id = file.sent.school_id
    record_access(by=by, school_id=school_id, student_ids=children, what="ledger file", ip=ip)


def note_arrival(*, sent: LedgerSent, said_by: str, by: User, at: datetime) -> bool:
    """Record that the office has the file.

    If that was recorded before, keep the first statement and return False.
    """
    _arrival, is_new = LedgerArrival.objects.get_or_create(
        sent=sent, defaults={"said_by": said_by, "noted_by": by, "noted_at": at}
    )
    return is_new


def drop_files(*, at: datetime) -> int:
    """Delete the encrypted files that are older than FILE_HOURS."""
    over = LedgerFile.objects.filter(made_at__lt=at - timedelta(hours=FILE_HOURS))
    return over.delete()[0]

"""Writes about families; each a single transaction, safe to call twice where it says so."""

from datetime import date, datetime

from django.db import transaction

from accounts.models import User
from guardians.models import Adult, Contact, ContactPoint
from students.models import Student


def record_contact(
    *,
    student: Student,
    adult: Adult,
    happened_on: date,
    reported_by: str,
    at: datetime,
    school_id: int | None = None,
    kind: str = Contact.Kind.TALK,
    minutes: int | None = None,
    source_key: str | None = None,
    by: User | None = None,
) -> Contact:
    """Records that a parent and a child talked. The same `source_key` again changes nothing,
    except that it takes back an earlier retraction of the same word.
    """
    fields = {
        "school_id": school_id or student.school_id,
        "student": student,
        "adult": adult,
        "kind": kind,
        "happened_on": happened_on,
        "reported_by": reported_by,
        "minutes": minutes,
        "recorded_by": by,
        "recorded_at": at,
    }
    if source_key is None:
        return Contact.objects.create(**fields)
    with transaction.atomic():
        contact, is_new = Contact.objects.get_or_create(source_key=source_key, defaults=fields)
        if not is_new and contact.retracted_at is not None:
            contact.retracted_at = None
            contact.save(update_fields=["retracted_at"])
    return contact


def retract_contact(*, source_key: str, at: datetime) -> bool:
    """Takes back what was recorded under `source_key`; True where something was."""
    rows = Contact.objects.filter(source_key=source_key, retracted_at=None)
    return bool(rows.update(retracted_at=at))


def note_delivery(*, contact_point_id: int, worked: bool, at: datetime, cause: str = "") -> None:
    """What a delivery says about a contact point; a first failure keeps its date."""
    point = ContactPoint.objects.filter(pk=contact_point_id)
    if worked:
        point.update(last_delivered_at=at, failing_since=None, failing_cause="")
    else:
        point.filter(failing_since=None).update(failing_since=at)
        point.update(failing_cause=cause[:60])


def note_reply(*, contact_point_id: int, at: datetime) -> None:
    """A reply proves that the address is read by somebody who holds the link."""
    point = ContactPoint.objects.filter(pk=contact_point_id)
    point.update(last_replied_at=at, failing_since=None, failing_cause="")
    point.filter(verified_at=None).update(verified_at=at)


def dispute_address(*, contact_point_id: int, at: datetime) -> None:
    """ "This is not me": nothing more goes to this address until staff have looked."""
    ContactPoint.objects.filter(pk=contact_point_id, disputed_at=None).update(disputed_at=at)


def opt_out(*, adult: Adult, at: datetime) -> None:
    Adult.objects.filter(pk=adult.pk, opted_out_at=None).update(opted_out_at=at)


def opt_in(*, adult: Adult) -> None:
    Adult.objects.filter(pk=adult.pk).update(opted_out_at=None)


def block_adult(*, adult: Adult, reason: str, by: User, at: datetime) -> None:
    """From now on this adult sees and receives nothing, on shared phones too."""
    adult.blocked_at, adult.blocked_by, adult.blocked_reason = at, by, reason
    adult.save(update_fields=["blocked_at", "blocked_by", "blocked_reason"])


def unblock_adult(*, adult: Adult, by: User) -> None:
    adult.blocked_at, adult.blocked_by, adult.blocked_reason = None, None, ""
    adult.save(update_fields=["blocked_at", "blocked_by", "blocked_reason"])

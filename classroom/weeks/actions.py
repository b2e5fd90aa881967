"""Write the week of a class, send it to its families, and take it back."""

from datetime import date, datetime

from django.db import transaction

from accounts.models import User
from classroom.models import ClassWeek
from classroom.weeks import messages
from core.meanwhile import refuse_unseen
from schools.models import SchoolClass


@transaction.atomic
def start_week(*, school_class: SchoolClass, week_on: date, by: User, at: datetime) -> ClassWeek:
    """Return the page of that week, creating it if there is none."""
    week, _is_new = ClassWeek.objects.get_or_create(
        school_class=school_class,
        week_on=week_on,
        defaults={"school_id": school_class.school_id, "written_by": by, "written_at": at},
    )
    return week


@transaction.atomic
def write_week(
    *, week: ClassWeek, words: str, instead_of: str | None = None, by: User, at: datetime
) -> bool:
    """Save the text of a week. Return False if it has been sent: what families have read does not change.

    `instead_of`: the version that the form began with; see core.meanwhile.
    """
    locked = _locked(week)
    if locked.sent_at is not None:
        return False
    refuse_unseen(
        seen=instead_of,
        there=(locked.words,),
        new=(words,),
        writer=locked.written_by,
        words=locked.words,
    )
    locked.words, locked.written_by, locked.written_at = words, by, at
    locked.save(update_fields=["words", "written_by", "written_at"])
    return True


def as_shown(week: ClassWeek) -> str:
    """Return a fingerprint of what a preview shows; only a week that still matches it is sent."""
    pictures = week.pictures.filter(removed_at=None).order_by("pk").values_list("pk", flat=True)
    return f"{week.written_at.isoformat()} {' '.join(map(str, pictures))}"


@transaction.atomic
def send_week(*, week: ClassWeek, seen: str, at: datetime) -> bool:
    """Send one message to each adult.

    Return False if it was already sent, is empty or differs from what was `seen`.
    """
    locked = _locked(week)
    if locked.sent_at is not None or not locked.words or as_shown(locked) != seen:
        return False
    locked.sent_at = at
    locked.save(update_fields=["sent_at"])
    messages.queue_week(locked, at)
    return True


@transaction.atomic
def take_back(*, week: ClassWeek, at: datetime) -> bool:
    """Turn a sent week back into a draft.

    No family sees it, no link opens it, and unsent messages are cancelled. Return False if it is a draft.
    """
    locked = _locked(week)
    if locked.sent_at is None:
        return False
    locked.sent_at = None
    locked.save(update_fields=["sent_at"])
    messages.call_off(locked, at)
    return True


def _locked(week: ClassWeek) -> ClassWeek:
    rows = ClassWeek.objects.select_for_update(of=("self",)).select_related("school")
    return rows.get(pk=week.pk)

"""Write and send letters home. A sent letter never changes."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from classroom import messages
from classroom.models import Letter
from core.meanwhile import refuse_unseen, version_of
from students.models import Student

PARTS = ("good_news", "body", "mood", "learning", "you_can_do")


@transaction.atomic
def draft_letter(
    *, student: Student, by: User, at: datetime, instead_of: str | None = None, **parts: str
) -> Letter:
    """Save the draft of a letter to this family, creating it if needed.

    `instead_of`: the version that the form began with; see core.meanwhile.
    """
    rows = Letter.objects.select_for_update(of=("self",)).filter(student=student, sent_at=None)
    begun = rows.select_related("written_by").first()
    there, new = _parts(begun), tuple(parts.get(name, "") for name in PARTS)
    if begun is not None:
        words = "\n\n".join(filter(None, there))
        refuse_unseen(seen=instead_of, there=there, new=new, writer=begun.written_by, words=words)
    letter = begun or Letter(school_id=student.school_id, student=student)
    for name, text in zip(PARTS, new, strict=True):
        setattr(letter, name, text)
    letter.written_by, letter.written_at = by, at
    letter.save()
    return letter


def as_written(letter: Letter | None) -> str:
    """Return the version (core.meanwhile) of the parts of a letter; that of an empty one for None."""
    return version_of(*_parts(letter))


def _parts(letter: Letter | None) -> tuple[str, ...]:
    return tuple(getattr(letter, name) if letter else "" for name in PARTS)


@transaction.atomic
def send_letter(*, letter: Letter, by: User, seen: str, at: datetime) -> bool:
    """Send the draft; return False if it was already sent, or says something else than `seen`.

    `seen`: what `as_written` said of it in the preview.
    """
    now = Letter.objects.select_for_update().get(pk=letter.pk)
    if now.sent_at is not None or as_written(now) != seen:
        return False
    now.sent_at, now.written_by = at, by
    now.save(update_fields=["sent_at", "written_by"])
    messages.queue_letter(now, at)
    return True

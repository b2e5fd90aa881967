"""Write and send letters home. A sent letter never changes."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from classroom import messages
from classroom.models import Letter
from students.models import Student

PARTS = ("good_news", "body", "mood", "learning", "you_can_do")


@transaction.atomic
def draft_letter(*, student: Student, by: User, at: datetime, **parts: str) -> Letter:
    """Save the draft of a letter to this family, creating it if needed."""
    rows = Letter.objects.select_for_update().filter(student=student, sent_at=None)
    letter = rows.first() or Letter(school_id=student.school_id, student=student)
    for name in PARTS:
        setattr(letter, name, parts.get(name, ""))
    letter.written_by, letter.written_at = by, at
    letter.save()
    return letter


@transaction.atomic
def send_letter(*, letter: Letter, by: User, at: datetime) -> bool:
    """Send the draft; return False if it was already sent."""
    unsent = Letter.objects.filter(pk=letter.pk, sent_at=None)
    if not unsent.update(sent_at=at, written_by=by):
        return False
    messages.queue_letter(letter, at)
    return True

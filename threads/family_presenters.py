"""Build the contexts of a family's pages about conversations."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from classroom.leave.rules import sounds_like_leave
from classroom.messages import leave_path
from core import languages
from core.names import teacher_name
from core.requests import key_of
from guardians.models import Adult
from schools import hotlines
from threads import policies, presenters, queries
from threads.models import Thread, ThreadAdult
from threads.presenters import Reader, relations_of


def listed(adults, adult: Adult, at: datetime) -> dict[str, Any]:
    """List every conversation of this person, the newest message first."""
    pks = [one.pk for one in adults]
    found = queries.family_page(policies.threads_of(adults, timezone.localdate(at)))
    unread = queries.unread_by_family([thread.pk for thread, _last in found], pks)
    rows = [
        {
            "url": f"{reverse('family_threads:thread', args=[thread.pk])}#end",
            "teacher": teacher_words(thread),
            "about": thread.student.given_name if thread.student else "",
            "text": presenters.said_words(last) if last else "",
            "is_mine": bool(last and last.adult_id in pks),
            "when": presenters.when(thread.last_at, at, adult.hours.zone.key),
            "unread": unread.get(thread.pk, 0),
        }
        for thread, last in found
    ]
    return {"rows": rows, "adult": adult}


def teacher_words(thread: Thread) -> str:
    """Return 张老师, or the school if the thread has no owner."""
    if thread.owner is None:
        return thread.school.name if "school" in thread._state.fields_cache else _("The school")
    return teacher_name(thread.owner.surname)


def talk(adults, place: ThreadAdult, at: datetime, before: str) -> dict[str, Any]:
    thread = place.thread
    people: Sequence[Adult] = queries.people_of(thread)
    relations = relations_of(thread, people)
    reader = Reader(
        at,
        str(presenters.zone_name(place.adult)),
        adult_ids=frozenset(one.pk for one in adults),
        space="family_threads",
        owner_id=thread.owner_id,
        language=languages.active(),
    )
    earlier = key_of(before)
    shown = queries.conversation(thread, earlier)
    others = [one for one in people if one.pk not in reader.adult_ids]
    # Offer the page for leave while the reader's own latest message sounds like a request for it.
    # The automatic reply at night does not count as a message.
    last = next((one for one in reversed(shown.messages) if one.adult_id or one.user_id), None)
    is_own = last is not None and last.adult_id in reader.adult_ids
    leave_url = ""
    if thread.student_id and last and is_own and sounds_like_leave(last.text):
        leave_url = leave_path(thread.student_id)
    return {
        "thread": thread,
        "talk": shown,
        "state": "" if earlier else shown.state(is_staff=False),
        "bubbles": presenters.bubbles(shown, reader, people, relations),
        "teacher": teacher_words(thread),
        "surname": thread.owner.surname if thread.owner else "",
        "about": thread.student.given_name if thread.student else "",
        "others": [presenters.relation_of(one, relations) for one in others],
        "hotlines": hotlines.of(thread.school),
        "school_phone": thread.school.phone,
        "calls": queries.open_call_backs(thread, timezone.localdate(at)).filter(
            adult_id__in=reader.adult_ids
        ),
        "leave_url": leave_url,
    }

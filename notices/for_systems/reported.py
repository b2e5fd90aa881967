"""Check a message that another system wants to send."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from notices.for_systems.policies import children_reached
from notices.models import Notice, SystemText
from notices.reach import children_with_family
from schools.models import School
from schools.policies import today_in
from students.models import Student

ID_LENGTH = 80  # characters of the system's own id for a message; a UUID has 36
A_DAY_MOST = 3  # messages of all systems to one family on one day (school time); our own choice
SPACE = UUID("b7f0f2f4-0a4c-4f8a-8f5e-0d1f2f1f7c33")  # namespace of our keys, generated once


@dataclass(frozen=True)
class Problem:
    place: int  # position in the list of children
    words: str


def key_of_message(school_id: int, account: User, given: str) -> UUID:
    """Return the key of a message. It is the same for every token under one name.

    The name is part of it, because two systems of a school may both count from 1.
    """
    return uuid5(uuid5(SPACE, f"{school_id}:{given}"), account.name)


def is_another(known: Notice, text: SystemText, children: Sequence[int]) -> bool:
    """Return whether the message with this id had a different text or different children."""
    return known.text_id != text.pk or sorted(known.picked) != sorted(set(children))


def problems_of(
    text: SystemText,
    children: Sequence[int],
    seen: QuerySet[Student],
    school: School,
    at: datetime,
) -> list[Problem]:
    """Return the problems, by position in the list of children.

    `seen` are the children of whom the system may know. The problems reveal nothing about adults: a
    family to whom nobody may write looks like any other.
    """
    on = today_in(school, at)
    rows = children_reached(text, on).filter(student_id__in=children, student__in=seen.values("pk"))
    reached = set(rows.values_list("student_id", flat=True))
    same, all_texts = _sent_today(text, children, school, at)
    problems = []
    for place, child in enumerate(children):
        if child not in reached:
            words = _("No child of your school has this number, or the text is not for its class.")
            problems.append(Problem(place, words))
        elif child in same:
            words = _("This family has already been sent this text today.")
            problems.append(Problem(place, words))
        elif all_texts[child] >= A_DAY_MOST:
            words = _("Other systems send a family at most %(n)d messages a day.")
            problems.append(Problem(place, words % {"n": A_DAY_MOST}))
    return problems


def _sent_today(
    text: SystemText, children: Sequence[int], school: School, at: datetime
) -> tuple[set[int], Counter[int]]:
    """Return the children whose family got this text today, and how many system messages each family got."""
    zone = ZoneInfo(school.time_zone)
    on = today_in(school, at)
    families = children_with_family(children, on)
    rows = Notice.objects.filter(
        school=school,
        written_at__gte=datetime.combine(on, time.min, zone),
        sent_for__isnull=False,
        picked__overlap=sorted({pk for family in families.values() for pk in family}),
    ).exclude(state=Notice.State.DRAFT)
    same: set[int] = set()
    all_texts: Counter[int] = Counter()
    for text_id, picked in rows.values_list("text_id", "picked"):
        had = [child for child, family in families.items() if not family.isdisjoint(picked)]
        all_texts.update(had)
        if text_id == text.pk:
            same.update(had)
    return same, all_texts

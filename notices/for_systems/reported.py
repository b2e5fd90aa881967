"""A message that another system asks for: what is wrong with it."""

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

ID_LENGTH = 80  # characters of the system's own id of a message; a UUID has 36
A_DAY_MOST = 3  # messages of all systems to one family on one day of the school: our own choice
SPACE = UUID("b7f0f2f4-0a4c-4f8a-8f5e-0d1f2f1f7c33")  # of keys; ours, made once


@dataclass(frozen=True)
class Problem:
    place: int  # in the list of children
    words: str


def key_of_message(school_id: int, account: User, given: str) -> UUID:
    """The same for every token under one name: two systems of a school may both count from 1."""
    return uuid5(uuid5(SPACE, f"{school_id}:{given}"), account.name)


def is_another(known: Notice, text: SystemText, children: Sequence[int]) -> bool:
    """Whether the message of this id was about something else."""
    return known.text_id != text.pk or sorted(known.picked) != sorted(set(children))


def problems_of(
    text: SystemText,
    children: Sequence[int],
    seen: QuerySet[Student],
    school: School,
    at: datetime,
) -> list[Problem]:
    """By place in the list. `seen`: children of whom the system may know. Nothing here tells of adults:
    a family that nobody may write to looks as every other.
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
            words = _("A message in these words has gone to this family today.")
            problems.append(Problem(place, words))
        elif all_texts[child] >= A_DAY_MOST:
            words = _("Other systems send a family at most %(n)d messages a day.")
            problems.append(Problem(place, words % {"n": A_DAY_MOST}))
    return problems


def _sent_today(
    text: SystemText, children: Sequence[int], school: School, at: datetime
) -> tuple[set[int], Counter[int]]:
    """Children to whose family these words went today, and how many messages of systems each family had."""
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

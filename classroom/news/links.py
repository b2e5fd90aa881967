"""Links in messages about school life.

A link opens, for one adult, the good news of one day about one child, or the week of a class. It shows
text only. Fetching it records nothing, because previews fetch links too.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.urls import reverse
from django.utils import timezone

from classroom.models import ClassWeek, Observation
from classroom.news.queries import news_of_day, school_day
from classroom.pictures.policies import weeks_of_family
from classroom.rules import LINK_STANDS_DAYS
from delivery import links
from delivery.policies import is_out_of_hands
from guardians.models import Adult
from guardians.policies import guardianships_of

NEWS, WEEK = "good_news", "class_week"
STANDS = timedelta(days=LINK_STANDS_DAYS)


@dataclass(frozen=True)
class OpenedNews:
    adult: Adult
    notes: list[Observation]  # about one child on one day, never empty


@dataclass(frozen=True)
class OpenedWeek:
    adult: Adult
    week: ClassWeek


def news_path(note_id: int, adult_id: int) -> str:
    return reverse("family_classroom:news_link", args=[links.seal(NEWS, note_id, adult_id)])


def week_path(week_id: int, adult_id: int) -> str:
    return reverse("family_classroom:week_link", args=[links.seal(WEEK, week_id, adult_id)])


def news_key(adult_id: int, on: date) -> str:
    """Return the key of the message: one a day, for any number of notes and children."""
    return f"good-news:{adult_id}:{on:%Y-%m-%d}"


def week_key(week_id: int, adult_id: int) -> str:
    return f"class-week:{week_id}:{adult_id}"


def open_news(token: str, at: datetime) -> OpenedNews | None:
    """Return the good news behind a link, or None whatever is wrong with it.

    It may be forged, expired or taken back; the adult, or somebody else at the same phone, may be
    blocked; the adult may no longer be around the child; or the phone may now belong to somebody else.
    """
    numbers = links.unseal(NEWS, token, 2)
    rows = Observation.objects.select_related("student__school")
    note = rows.filter(pk=numbers[0]).first() if numbers else None
    adult = _adult(numbers)
    if note is None or adult is None or at >= note.recorded_at + STANDS:
        return None
    if is_out_of_hands(adult, f"notice:{news_key(adult.pk, school_day(note))}"):
        return None
    held = guardianships_of([adult.pk], timezone.localdate(at))
    if not held.filter(student=note.student_id).exists():
        return None
    notes = news_of_day(note)
    return OpenedNews(adult, notes) if notes else None


def open_week(token: str, at: datetime) -> OpenedWeek | None:
    """Return the week behind a link. None as in `open_news`, or if no child of this adult is in the class."""
    numbers = links.unseal(WEEK, token, 2)
    adult = _adult(numbers)
    if numbers is None or adult is None:
        return None
    if is_out_of_hands(adult, f"notice:{week_key(numbers[0], adult.pk)}"):
        return None
    rows = weeks_of_family([adult.pk], timezone.localdate(at)).filter(sent_at__gt=at - STANDS)
    week = rows.select_related("school", "school_class", "written_by").filter(pk=numbers[0])
    found = week.first()
    return OpenedWeek(adult, found) if found else None


def _adult(numbers: list[int] | None) -> Adult | None:
    if numbers is None:
        return None
    return Adult.objects.select_related("school", "user").filter(pk=numbers[1]).first()

"""Queries for pulses: which edition is asked, what is due, the answers of some weeks."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.db.models import Max, Q, QuerySet

from core.weeks import monday_of
from guardians.models import Adult
from privacy.models import Purpose
from privacy.policies import (
    adults_refusing,
    pupils_refusing,
    students_allowing,
    students_refusing,
)
from schools.policies import today_in
from students.models import Student
from students.queries import current_enrolments
from surveys import shipped
from surveys.instruments import Item
from surveys.models import Edition, Pulse
from surveys.pulses import rules

Person = Student | Adult  # whom a pulse is about, and who answers it


def key_for(of: Person) -> str:
    """Return the key of the instrument that this person is asked."""
    return rules.MOOD if isinstance(of, Student) else rules.CARER


def owner_of(of: Person) -> dict[str, int]:
    return {"student_id": of.pk} if isinstance(of, Student) else {"adult_id": of.pk}


def edition_for(of: Person) -> Edition:
    """Return the school's edition of one of our own instruments; unsaved if it was never asked there."""
    key = key_for(of)
    definition = shipped.definitions()[key]
    digest = shipped.digest_of(definition)
    found = Edition.objects.filter(school=of.school_id, digest=digest).first()
    version = shipped.instruments()[key].version
    return found or Edition(
        school_id=of.school_id, key=key, version=version, digest=digest, definition=definition
    )


def of_this_week(of: Person, on: date) -> Pulse | None:
    rows = Pulse.objects.filter(**owner_of(of), week_on=monday_of(on))
    return rows.select_related("edition").first()


def is_due(of: Person, on: date) -> bool:
    finished = Pulse.objects.filter(**owner_of(of), finished_at__isnull=False)
    last = finished.aggregate(last=Max("week_on"))["last"]
    return rules.is_due(last, on, rules.EVERY_WEEKS[key_for(of)])


def is_answerable(of: Person, known: Pulse | None, at: datetime) -> bool:
    """Return whether this week's form (`known`) is open, may still be changed, or may be begun."""
    if known is not None:
        return rules.may_change(known.finished_at, at)
    return is_due(of, today_in(of.school, at))


def items_open(pulse: Pulse) -> list[Item]:
    return [one for one in pulse.edition.instrument.items if one.id not in pulse.answers]


def value_of(pulse: Pulse, item_id: str) -> int | None:
    """Return the weight of the answer; None if it was skipped."""
    item = pulse.edition.instrument.item(item_id)
    option = item.option(pulse.answers.get(item_id, "")) if item else None
    return option.value if option else None


def finished_since(rows: QuerySet[Pulse], since: date) -> list[Pulse]:
    """Return finished forms since that day, the earliest first."""
    found = rows.filter(finished_at__isnull=False, week_on__gte=since).select_related("edition")
    return list(found.order_by("week_on"))


def moods_of(student_id: int, on: date) -> list[tuple[date, int | None]]:
    since = monday_of(on) - timedelta(weeks=rules.LOW_WITHIN_WEEKS)
    rows = Pulse.objects.filter(student_id=student_id, edition__key=rules.MOOD)
    found = finished_since(rows, since)
    return [(one.week_on, value_of(one, rules.MOOD_ITEM)) for one in found]


def low_moods(
    school_ids: Collection[int], on: date, student_id: int | None = None
) -> dict[int, date]:
    """Return {child id: week of the last answer} for children whose mood stays low on that day.

    One query if nobody at these schools answers.
    """
    since = monday_of(on) - timedelta(weeks=rules.LOW_WITHIN_WEEKS)
    rows = Pulse.objects.filter(
        school_id__in=school_ids, edition__key=rules.MOOD, week_on__lte=on, student__isnull=False
    )
    if student_id is not None:
        rows = rows.filter(student=student_id)
    moods: dict[int, list[tuple[date, int | None]]] = defaultdict(list)
    for one in finished_since(rows, since):
        if one.student_id is not None:
            moods[one.student_id].append((one.week_on, value_of(one, rules.MOOD_ITEM)))
    low = {pk: said[-1][0] for pk, said in moods.items() if rules.stays_low(said, on)}
    if not low:
        return {}
    allowed = students_allowing(Purpose.WEEKLY, on).filter(pk__in=low)
    return {pk: low[pk] for pk in allowed.values_list("pk", flat=True)}


def to_forget(on: date) -> QuerySet[Pulse]:
    """Return answers to delete: after a no, of children who left, or too old.

    A consent text that has changed only hides answers until the family has answered again.
    """
    here = current_enrolments(on - timedelta(days=rules.LEFT_DAYS)).values("student_id")
    still = current_enrolments(on).values("student_id")
    too_old = Q(week_on__lt=monday_of(on) - timedelta(weeks=rules.KEPT_WEEKS))
    of_child = Q(student__isnull=False) & (
        Q(student__in=students_refusing(Purpose.WEEKLY, on).values("pk"))
        | Q(student__in=pupils_refusing(Purpose.WEEKLY).values("pk"))
        | ~(Q(student__in=here) | Q(student__in=still))
    )
    of_adult = Q(adult__in=adults_refusing(Purpose.CARER).values("pk"))
    return Pulse.objects.filter(too_old | of_child | of_adult)


def children_with_talks(
    students: QuerySet[Student], pulses: QuerySet[Pulse]
) -> Collection[Student]:
    """Return children about whom a class teacher was asked to talk and has not yet, by name."""
    open_ = pulses.filter(asks_for_talk=True, talked_at=None, student__isnull=False)
    return students.filter(pk__in=open_.values("student")).order_by("name_pinyin", "pk")

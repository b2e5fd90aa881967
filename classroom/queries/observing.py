"""Queries for notes: when staff last noted something, praised, and told the family."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Greatest

from accounts.models import User
from classroom.models import Letter, Observation
from classroom.rules import CORRECT_HOURS, WITHHELD_THEMES
from core.prepared import Question, joined, prepared
from core.weeks import monday_of
from students.models import Student


def kept() -> QuerySet[Observation]:
    return Observation.objects.filter(retracted_at=None)


def seen_by_people() -> QuerySet[Observation]:
    """Return kept notes by a person who saw the child; other systems see nobody."""
    return kept().filter(is_reported=False)


def children_sharing(note: Observation) -> list[Student]:
    """Return the other children in a note about several, whether or not the reader may see them."""
    if note.shared_key is None:
        return []
    rows = Observation.objects.filter(shared_key=note.shared_key).exclude(pk=note.pk)
    return list(Student.objects.filter(pk__in=rows.values("student_id")))


def for_families() -> QuerySet[Observation]:
    """Return notes that a family may read: meant for it, not retracted, and not about the home or trouble.

    A note without text and strengths (only a photo) has nothing for the family to read.
    """
    told = kept().filter(tell_family=True).exclude(strengths=[], words="")
    return told.exclude(themes__overlap=sorted(WITHHELD_THEMES))


def _latest(rows: QuerySet, field: str) -> Subquery:
    own = rows.filter(student_id=OuterRef("pk")).order_by(F(field).desc())
    return Subquery(own.values(field)[:1])


def with_attention(students: QuerySet[Student]) -> QuerySet[Any]:
    """Annotate `seen_at`, `praised_at` and `told_at` (good news or a letter to the family)."""
    letters = Letter.objects.filter(sent_at__isnull=False)
    return students.annotate(
        seen_at=_latest(seen_by_people(), "happened_at"),
        praised_at=_latest(seen_by_people().exclude(strengths=[]), "happened_at"),
        told_at=Greatest(_latest(for_families(), "recorded_at"), _latest(letters, "sent_at")),
    )


def attention_of(students: QuerySet[Student]) -> list[Any]:
    """Return rows with pk, name, class_name, seen_at, praised_at and told_at, ordered by pinyin.

    `students` come from students.queries.with_class. One query for any number of children.
    """
    rows = with_attention(students).order_by("name_pinyin", "pk")
    return list(rows.values("pk", "name", "class_name", "seen_at", "praised_at", "told_at"))


def correctable_by(
    observations: QuerySet[Observation], user: User, at: datetime
) -> QuerySet[Observation]:
    """Return the `observations` (from the policy) that `user` may still correct."""
    since = at - timedelta(hours=CORRECT_HOURS)
    own = observations.filter(written_by=user, recorded_at__gt=since, retracted_at=None)
    return own.select_related("student").order_by("-recorded_at", "-pk")


def latest_for(
    observations: QuerySet[Observation], student: Student, limit: int
) -> list[Observation]:
    """Return the latest `observations` (from the policy) about one child."""
    rows = observations.filter(student=student, retracted_at=None).select_related("written_by")
    return list(rows.order_by("-happened_at", "-pk")[:limit])


def latest_about(student: Student, limit: int) -> list[Observation]:
    """Return the latest notes about one child, for staff who may read all of them.

    The caller checks classroom.policies.can_observe.
    """
    return _latest_about(student_id=student.pk, limit=limit)


def latest_question(student: Student, limit: int) -> Question:
    """Return the prepared query that `latest_about` runs, for `ask_together`."""
    return _latest_about.question(student_id=student.pk, limit=limit)


def week_questions(student: Student, since: date) -> list[Question]:
    """Return the prepared queries that `note_weeks` runs, for `ask_together`."""
    zone = ZoneInfo(student.school.time_zone)
    asked = {"student_id": student.pk, "since_at": datetime.combine(since, time.min, zone)}
    return [_seen_since.question(**asked), _letters_since.question(**asked)]


@prepared
def _latest_about(*, student_id, limit: int) -> QuerySet[Observation]:
    rows = kept().filter(student_id=student_id)
    return joined(rows, "written_by__name").order_by("-happened_at", "-pk")[:limit]


def praise_since(
    observations: QuerySet[Observation], students: QuerySet[Student], since_at: datetime
) -> QuerySet[Observation]:
    """Return the praise of these children among `observations` (from the policy), latest first.

    Notes about the home or trouble are left out, because the log is read out and hung up.
    """
    rows = observations.filter(
        student__in=students.order_by().values("pk"), retracted_at=None, is_reported=False
    )
    rows = rows.filter(happened_at__gte=since_at).exclude(strengths=[])
    rows = rows.exclude(themes__overlap=sorted(WITHHELD_THEMES))
    return rows.select_related("student", "written_by").order_by("-happened_at", "-pk")


def note_weeks(student: Student, since: date) -> tuple[list[date], list[date]]:
    """Return the Mondays of weeks with good news sent home, and of weeks with a note, since `since`.

    One entry for each letter or note; two queries.
    """
    zone = ZoneInfo(student.school.time_zone)
    asked = {"student_id": student.pk, "since_at": datetime.combine(since, time.min, zone)}
    rows = _seen_since(**asked)
    told = [at for at, is_good in rows if is_good]
    told += [at for at in _letters_since(**asked) if at]
    return [_monday(at, zone) for at in told], [_monday(at, zone) for at, _is_good in rows]


@prepared
def _seen_since(*, student_id, since_at) -> QuerySet[Any]:
    seen = seen_by_people().filter(student_id=student_id, happened_at__gte=since_at)
    good = for_families().filter(pk=OuterRef("pk"))
    return seen.order_by().values_list("happened_at", Exists(good))


@prepared
def _letters_since(*, student_id, since_at) -> QuerySet[Any]:
    letters = Letter.objects.filter(student_id=student_id, sent_at__gte=since_at)
    return letters.order_by().values_list("sent_at", flat=True)


def _monday(at: datetime, zone: ZoneInfo) -> date:
    return monday_of(at.astimezone(zone).date())

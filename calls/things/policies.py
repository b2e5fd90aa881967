"""Who may see what a child chose: only the child, and the one parent it is for. Checked every time.

Staff never see it. A class teacher only learns that somebody should ask one of their children how the
calls go, and nothing of the reason.
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404

from accounts.models import User
from calls.things import rules
from calls.things.models import ThreeThings
from guardians.models import Adult, Guardianship
from guardians.queries import approachable, informed_guardianships
from schools.policies import school_ids_where
from schools.roles import Permission
from students.models import Student
from students.policies import own_children
from uploads.models import Upload


def parents_of(student: Student, on: date) -> QuerySet[Guardianship]:
    """Return the parents from whom this child may choose: in touch and not blocked."""
    return _parents(on).filter(student=student).select_related("adult").order_by("priority", "pk")


def children_with_parents(student_ids: Collection[int], on: date) -> set[int]:
    """Return which of these children have a parent to choose the three things for. One query."""
    return set(_parents(on).filter(student__in=student_ids).values_list("student_id", flat=True))


def _parents(on: date) -> QuerySet[Guardianship]:
    rows = informed_guardianships(on).filter(kind=Guardianship.Kind.PARENT)
    return rows.filter(approachable())


def things_shown(on: date, at: datetime) -> QuerySet[ThreeThings]:
    """Return what may be shown today: recent things for somebody who is still a parent and not blocked."""
    is_parent = _parents(on).filter(
        adult_id=OuterRef("adult_id"), student_id=OuterRef("student_id")
    )
    since = at - timedelta(days=rules.SHOWN_DAYS)
    return ThreeThings.objects.filter(Exists(is_parent), chosen_at__gte=since)


def things_gone(at: datetime) -> QuerySet[ThreeThings]:
    """Return rows with a photo that is too old for anybody to see."""
    since = at - timedelta(days=rules.SHOWN_DAYS)
    return ThreeThings.objects.filter(answer_photo__isnull=False, chosen_at__lt=since)


def things_for(
    adults: Collection[Adult], student_id: int, on: date, at: datetime
) -> ThreeThings | None:
    """Return the latest things for these adults, who are records of one person."""
    rows = things_shown(on, at).filter(adult__in=adults, student_id=student_id)
    return rows.select_related("student", "adult__user", "answer_photo").first()


def get_things_for(
    adults: Collection[Adult], student_id: int, on: date, at: datetime
) -> ThreeThings:
    things = things_for(adults, student_id, on, at)
    if things is None:
        raise Http404
    return things


def get_photo_for(adults: Collection[Adult], student_id: int, on: date, at: datetime) -> Upload:
    """Return the parent's own photo."""
    photo = get_things_for(adults, student_id, on, at).answer_photo
    if photo is None:
        raise Http404
    return photo


def get_photo_to_child(pupil: Student, pk: int, on: date, at: datetime) -> Upload:
    """Return what a parent sent to this child, while it is shown."""
    rows = things_shown(on, at).filter(student=pupil, pk=pk, over_at=None)
    things = rows.select_related("answer_photo").first()
    if things is None or things.answer_photo is None:
        raise Http404
    return things.answer_photo


def get_things_to_ask_about(user: User, pk: int, on: date) -> ThreeThings:
    """Return the three things for the class teacher, who records that they have asked."""
    rows = ThreeThings.objects.filter(
        school_id__in=school_ids_where(user, Permission.WORK_CHECK_INS, on),
        student_id__in=own_children(user, on),
        felt__isnull=False,
    )
    things = rows.select_related("student").filter(pk=pk).first()
    if things is None:
        raise Http404
    return things

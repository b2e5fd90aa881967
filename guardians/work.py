"""What the file itself asks of staff: nobody can be reached, nobody cares, nobody has asked."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.models import User
from guardians.models import PARENTS, Adult, ContactPoint, Guardianship
from guardians.presenters import called, cause_words
from guardians.queries import (
    askable_parents,
    current_guardianships,
    current_migrations,
    has_usable_way,
)
from guardians.rules import LEFT_BEHIND_UNDER_YEARS
from schools.policies import posts_of
from schools.worklist import Lane, WorkItem
from students.models import Student
from students.policies import students_editable_by
from students.queries import current_enrolments

# Questions a day about where a parent is: a few, so that they get asked at all.
WHEREABOUTS_ASKED_A_DAY = 3
UNREACHABLE_SHOWN = 20  # rows; the longest first, the rest moves up as these are done


def work_for(user: User, at: datetime, student_id: int | None = None) -> list[WorkItem]:
    """For whoever edits files: the class teacher their class, the administrator the school; all of
    it, or what concerns one child.
    """
    on = timezone.localdate(at)
    # The schools are named outright so that the index on them leads, not a walk over a county.
    schools = [pk for pk in posts_of(user, on).values_list("school_id", flat=True) if pk]
    editable = students_editable_by(user, on).filter(
        school_id__in=schools, pk__in=current_enrolments(on).values("student_id")
    )
    if student_id is not None:
        editable = editable.filter(pk=student_id)
    # Read first and given as keys: PostgreSQL then looks up these families, not the whole county's.
    children = list(editable.values_list("pk", flat=True))
    return [
        *_nobody_cares(children, on, at),
        *_unreachable(children, on, at),
        *_whereabouts_unknown(children, on, at),
    ]


def _nobody_cares(children: list[int], on: date, at: datetime) -> list[WorkItem]:
    """Children under 16 for whom neither a carer nor a parent at home is on record."""
    born_after = on.replace(year=on.year - LEFT_BEHIND_UNDER_YEARS, day=min(on.day, 28))
    at_home = current_migrations(on).filter(adult_id=OuterRef("adult_id"), is_away=False)
    caring = (
        current_guardianships(on)
        .filter(student_id=OuterRef("pk"))
        .filter(
            Q(kind__in=[Guardianship.Kind.CARER, Guardianship.Kind.GUARDIAN])
            | (Q(kind=Guardianship.Kind.PARENT) & Exists(at_home))
        )
    )
    away = askable_parents(on).filter(student_id=OuterRef("pk"))
    rows = Student.objects.filter(
        ~Exists(caring),
        Exists(away),
        Q(born_on__isnull=True) | Q(born_on__gt=born_after),
        pk__in=children,
    )
    return [
        WorkItem(
            key=f"carer-{child.pk}",
            lane=Lane.DUE,
            student_id=child.pk,
            student_name=child.name,
            why=_("The parents are away, and nobody is on record who cares for the child."),
            since_at=child.created_at,
            act_label=_("Write down who"),
            act_url=reverse("staff:family_carer", args=[child.pk]),
            act_opens=True,
        )
        for child in rows.order_by("name_pinyin", "pk")
    ]


def _unreachable(children: list[int], on: date, at: datetime) -> list[WorkItem]:
    """Parents away to whom nothing leads any more: one row for each adult, at the eldest child."""
    failing = ContactPoint.objects.filter(
        adult_id=OuterRef("adult_id"), failing_since__isnull=False
    )
    held = (
        askable_parents(on)
        .filter(~has_usable_way("adult_id"), student_id__in=children)
        .select_related("adult", "student")
        .annotate(
            failing_since=Subquery(failing.order_by("failing_since").values("failing_since")[:1])
        )
        .order_by("-student__born_on", "-pk")
    )
    eldest = {row.adult_id: row for row in held}
    rows = sorted(eldest.values(), key=lambda row: row.failing_since or row.adult.created_at)
    causes = _causes(row.adult_id for row in rows)
    return [
        WorkItem(
            key=f"reach-{row.adult_id}",
            lane=Lane.DUE,
            student_id=row.student_id,
            student_name=row.student.name,
            why=_unreachable_words(row, causes.get(row.adult_id)),
            since_at=row.failing_since or row.adult.created_at,
            act_label=_("Put it right") if row.adult_id in causes else _("Add a way"),
            act_url=_way_url(row, causes.get(row.adult_id)),
            act_opens=True,
        )
        for row in rows[:UNREACHABLE_SHOWN]
    ]


def _causes(adult_ids: Iterable[int]) -> dict[int, ContactPoint]:
    points = ContactPoint.objects.filter(adult_id__in=list(adult_ids)).order_by("-priority", "-pk")
    return {point.adult_id: point for point in points}


def _unreachable_words(row: Guardianship, point: ContactPoint | None) -> str:
    who = called(row)
    if point is None:
        return _("There is no way on record to reach %(who)s.") % {"who": who}
    return _("%(who)s cannot be reached: %(cause)s. There is no other way.") % {
        "who": capfirst(who),
        "cause": cause_words(point),
    }


def _way_url(row: Guardianship, point: ContactPoint | None) -> str:
    if point is None:
        return reverse("staff:family_way_add", args=[row.student_id, row.adult_id])
    return reverse("staff:family_way", args=[row.student_id, row.adult_id, point.pk])


def _whereabouts_unknown(children: list[int], on: date, at: datetime) -> list[WorkItem]:
    """Parents of whom nobody has written down whether they live at home: a few a day."""
    known = current_migrations(on).filter(adult_id=OuterRef("adult_id"))
    rows = (
        current_guardianships(on)
        .filter(
            ~Exists(known),
            student_id__in=children,
            kind=Guardianship.Kind.PARENT,
            relation__in=PARENTS,
            adult__condition=Adult.Condition.IN_TOUCH,
            adult__blocked_at=None,
        )
        .select_related("adult", "student")
        .order_by("starts_on", "student__name_pinyin", "pk")
    )
    return [
        WorkItem(
            key=f"where-{row.pk}",
            lane=Lane.DUE,
            student_id=row.student_id,
            student_name=row.student.name,
            why=_("It is not known whether %(who)s lives at home. Please ask.")
            % {"who": called(row)},
            since_at=at,
            act_label=_("Record it"),
            act_url=reverse("staff:family_where", args=[row.student_id, row.adult_id]),
            act_opens=True,
        )
        for row in rows[:WHEREABOUTS_ASKED_A_DAY]
    ]

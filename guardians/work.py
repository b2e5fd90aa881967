"""Rows on Today that come from a child's file: nobody can be reached, nobody cares for the child, a parent's
place is unknown, a plan needs a review.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any, cast

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, When
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.models import User
from core.addresses import address, page_above
from core.days import short_day
from core.prepared import Question, joined, prepared
from guardians.models import (
    Adult,
    ContactPoint,
    DetailsCheck,
    EntrustedCare,
    Guardianship,
)
from guardians.presenters import called, cause_words, mending
from guardians.queries import (
    FamilyMember,
    askable_parents,
    current_guardianships,
    current_migrations,
    has_usable_way,
    parents_of_unknown_place,
)
from guardians.rules import LEFT_BEHIND_UNDER_YEARS
from guardians.ties.presenters import change_lines
from schools.policies import school_ids_of
from schools.worklist import Lane, WorkItem
from students.models import Student
from students.policies import students_editable_by
from students.queries import current_enrolments

# The number of questions a day about where a parent is: few enough that somebody really asks them.
WHEREABOUTS_ASKED_A_DAY = 3
UNREACHABLE_SHOWN = 20  # rows; the longest waiting first, and the others move up as these are done


def work_for(user: User, at: datetime) -> list[WorkItem]:
    """Return the rows for a user who edits files: a class teacher for their class, an administrator for the
    school.
    """
    on = timezone.localdate(at)
    # Read the keys first, so that PostgreSQL looks up these families and not those of the whole county.
    children, schools = _editable(user=user, on=on), school_ids_of(user, on)
    if not children:
        return []
    # Carers whom the law excludes, if nobody has recorded what was done about it.
    unsuitable = [
        WorkItem(
            key=f"unsuitable-{row.pk}",
            lane=Lane.DUE,
            student_id=row.student_id,
            student_name=row.student.name,
            why=_("%(name)s may not be entrusted with the child (Art. 22). Find somebody else.")
            % {"name": row.carer.name},
            since_at=row.recorded_at,
            act_label=_("Record what was done"),
            act_url=reverse("guardians:family_entrusted_settle", args=[row.student_id, row.pk]),
            act_opens=True,
        )
        for row in _unsettled(children=children)
    ]
    # A few rows a day; if there are more, the first also links to the list for a whole class.
    limit = WHEREABOUTS_ASKED_A_DAY
    unknown = list(_of_unknown_place(children=children, on=on, limit=limit + 1))
    to_ask = [_where_item(row.student, row, at) for row in unknown[:limit]]
    if len(unknown) > limit:
        url, label = page_above("whereabouts"), _("The whole class at once")
        to_ask[0] = replace(to_ask[0], also_label=label, also_url=url)
    return [
        *unsuitable,
        *(
            _carer_item(child)
            for child in _without_carer(children=children, on=on, born_after=_born_after(on))
        ),
        *_changed_by_family(children, schools, on, at),
        *_unreachable(children, on),
        *to_ask,
        *(_plan_item(child, at) for child in _plans_due(children=children, on=on)),
    ]


def questions(user: User, at: datetime) -> list[Question]:
    """Return the queries that `work_for` makes once the children are known; their keys are read here."""
    on = timezone.localdate(at)
    children = _editable(user=user, on=on)
    if not children:
        return []
    limit = WHEREABOUTS_ASKED_A_DAY + 1
    return [
        _unsettled.question(children=children),
        _without_carer.question(children=children, on=on, born_after=_born_after(on)),
        _checks.question(schools=school_ids_of(user, on)),
        _without_way.question(children=children, on=on),
        _of_unknown_place.question(children=children, on=on, limit=limit),
        _plans_due.question(children=children, on=on),
    ]


@prepared
def _editable(*, user, on) -> QuerySet[Any]:
    rows = students_editable_by(user, on).filter(
        # Name the schools explicitly so that PostgreSQL uses their index instead of scanning the whole
        # county.
        school_id__in=school_ids_of(user, on),
        pk__in=current_enrolments(on).values("student_id"),
    )
    return rows.values_list("pk", flat=True)


def work_about(student: Student, members: Sequence[FamilyMember], at: datetime) -> list[WorkItem]:
    """Return the rows of `work_for` for one child whose family is already loaded; makes no query.

    Call it only for a child in a class today whose file the viewer may edit (students.policies).
    """
    on = timezone.localdate(at)
    parents = [one for one in members if one.is_parent]
    # Those whom `guardians.queries.askable_parents` would include; here they are loaded already.
    away = [
        one for one in parents if one.migration and one.migration.is_away and one.adult.may_be_asked
    ]
    is_cared_for = any(
        one.guardianship.kind in Guardianship.CARING
        or (one.is_parent and one.migration is not None and not one.migration.is_away)
        for one in members
    )
    items = []
    is_young = student.born_on is None or student.born_on > _born_after(on)
    if is_young and away and not is_cared_for:
        items.append(_carer_item(student))
    for one in away:
        if not one.works:
            failing = [way.failing_since for way in one.ways if way.failing_since]
            since = min(failing) if failing else one.adult.created_at
            items.append(_reach_item(student, one.guardianship, since, one.way_to_correct))
    if student.care_plan_review_on and student.care_plan_review_on <= on:
        items.append(_plan_item(student, at))
    unknown = [
        one.guardianship
        for one in parents
        if one.migration is None
        and one.adult.condition == Adult.Condition.IN_TOUCH
        and one.adult.blocked_at is None
    ]
    unknown.sort(key=lambda held: (held.starts_on, held.pk))
    return items + [_where_item(student, held, at) for held in unknown[:WHEREABOUTS_ASKED_A_DAY]]


@prepared
def _plans_due(*, children, on) -> QuerySet[Student]:
    rows = Student.objects.filter(pk__in=children, care_plan_review_on__lte=on)
    return rows.only("name", "care_plan_review_on", "school_id")


def _plan_item(student: Student, at: datetime) -> WorkItem:
    due_on = cast(date, student.care_plan_review_on)
    return WorkItem(
        key=f"care-plan-{student.pk}",
        lane=Lane.DUE,
        student_id=student.pk,
        student_name=student.name,
        why=_("The child's plan is due for another look: %(day)s.")
        % {"day": short_day(due_on, timezone.localdate(at))},
        since_at=timezone.make_aware(datetime.combine(due_on, time(12))),
        act_label=_("Look at the plan"),
        act_url=reverse("students:file_section", args=[student.pk, "care"]),
        act_opens=True,
    )


def _born_after(on: date) -> date:
    return on.replace(year=on.year - LEFT_BEHIND_UNDER_YEARS, day=min(on.day, 28))


@prepared
def _unsettled(*, children) -> QuerySet[EntrustedCare]:
    rows = EntrustedCare.objects.filter(
        student_id__in=children, state=EntrustedCare.State.UNSUITABLE, settled_at=None
    )
    return joined(rows, "student__name", "carer__name").order_by("recorded_at", "pk")


def _changed_by_family(
    children: list[int], schools: list[int], on: date, at: datetime
) -> list[WorkItem]:
    """Return what adults changed in their own details, for a teacher to read once."""
    checks = {check.adult_id: check for check in _checks(schools=schools)}
    if not checks:
        return []
    held = _of_adults(adults=list(checks), children=children, on=on)
    eldest = {row.adult_id: row for row in held}
    items = []
    for row in eldest.values():
        check = checks[row.adult_id]
        what = _("; ").join(change_lines(check))
        page = [row.student_id, row.adult_id, check.pk]
        items.append(
            WorkItem(
                key=f"changed-{check.pk}",
                lane=Lane.DUE,
                student_id=row.student_id,
                student_name=row.student.name,
                why=_("%(who)s writes: %(what)s") % {"who": capfirst(called(row)), "what": what},
                since_at=at,
                act_label=_("Read it"),
                act_url=reverse("guardians:family_changed", args=page),
                act_opens=True,
            )
        )
    return items


@prepared
def _checks(*, schools) -> QuerySet[DetailsCheck]:
    rows = DetailsCheck.objects.filter(school_id__in=schools, settled_at=None)
    return rows.exclude(asks_teacher="").order_by("pk")


@prepared
def _of_adults(*, adults, children, on) -> QuerySet[Guardianship]:
    held = current_guardianships(on).filter(adult_id__in=adults, student_id__in=children)
    return joined(held, "adult__name", "student__name").order_by("-student__born_on", "-pk")


@prepared
def _without_carer(*, children, on, born_after) -> QuerySet[Student]:
    """Return children under 16, or of unknown age, with an askable parent away and no carer, legal guardian
    or parent at home on record.
    """
    at_home = current_migrations(on).filter(adult_id=OuterRef("adult_id"), is_away=False)
    caring = (
        current_guardianships(on)
        .filter(student_id=OuterRef("pk"))
        .filter(
            Q(kind__in=Guardianship.CARING) | (Q(kind=Guardianship.Kind.PARENT) & Exists(at_home))
        )
    )
    away = askable_parents(on).filter(student_id=OuterRef("pk"))
    # One test after the other: nearly every child has somebody, but PostgreSQL would begin with the parents
    # of all.
    is_left = Case(When(~Exists(caring), then=Exists(away)), default=False)
    rows = Student.objects.filter(
        is_left, Q(born_on__isnull=True) | Q(born_on__gt=born_after), pk__in=children
    )
    return rows.only("name", "created_at").order_by("name_pinyin", "pk")


def _carer_item(child: Student) -> WorkItem:
    return WorkItem(
        key=f"carer-{child.pk}",
        lane=Lane.DUE,
        student_id=child.pk,
        student_name=child.name,
        why=_("The parents are away, and no carer is on record."),
        since_at=child.created_at,
        act_label=_("Record the carer"),
        act_url=address("guardians:family_carer", child.pk),
        act_opens=True,
    )


def _unreachable(children: list[int], on: date) -> list[WorkItem]:
    """Return parents away who have no contact point that works: one row for each adult, at their eldest
    child.
    """
    eldest = {row.adult_id: row for row in _without_way(children=children, on=on)}
    rows = sorted(eldest.values(), key=lambda row: row.failing_since or row.adult.created_at)
    keys = [row.adult_id for row in rows]
    points = {point.adult_id: point for point in _ways(adult_ids=keys)} if keys else {}
    return [
        _reach_item(
            row.student,
            row,
            row.failing_since or row.adult.created_at,
            points.get(row.adult_id),
        )
        for row in rows[:UNREACHABLE_SHOWN]
    ]


@prepared
def _without_way(*, children, on) -> QuerySet[Any]:
    failing = ContactPoint.objects.filter(
        adult_id=OuterRef("adult_id"), failing_since__isnull=False
    )
    first = failing.order_by("failing_since").values("failing_since")[:1]
    rows = askable_parents(on).filter(~has_usable_way("adult_id"), student_id__in=children)
    rows = joined(rows, "adult__name", "adult__created_at", "student__name")
    return rows.annotate(failing_since=Subquery(first)).order_by("-student__born_on", "-pk")


def _reach_item(
    child: Student, row: Guardianship, since_at: datetime, point: ContactPoint | None
) -> WorkItem:
    who = called(row)
    if point is None:
        why = _("No contact details for %(who)s.") % {"who": who}
    else:
        why = _("%(who)s cannot be reached: %(cause)s. No other contact details.") % {
            "who": capfirst(who),
            "cause": cause_words(point),
        }
    mend = mending(row, point)
    return WorkItem(
        key=f"reach-{row.adult_id}",
        lane=Lane.DUE,
        student_id=child.pk,
        student_name=child.name,
        why=why,
        since_at=since_at,
        act_label=mend["label"],
        act_url=mend["url"],
        act_opens=True,
    )


@prepared
def _ways(*, adult_ids) -> QuerySet[ContactPoint]:
    points = ContactPoint.objects.filter(adult_id__in=adult_ids, kind__in=ContactPoint.TYPED)
    return points.order_by("-priority", "-pk")


@prepared
def _of_unknown_place(*, children, on, limit: int) -> QuerySet[Guardianship]:
    """Return at most `limit` parents of unknown place; the preview of the next days names all their
    children (messaging.queries.preview.without_plan).
    """
    rows = parents_of_unknown_place(on).filter(student_id__in=children)
    rows = joined(rows, "adult__name", "student__name")
    return rows.order_by("starts_on", "student__name_pinyin", "pk")[:limit]


def _where_item(child: Student, row: Guardianship, at: datetime) -> WorkItem:
    return WorkItem(
        key=f"where-{row.pk}",
        lane=Lane.DUE,
        student_id=child.pk,
        student_name=child.name,
        why=_("We do not know whether %(who)s lives at home. Please ask.") % {"who": called(row)},
        since_at=at,
        act_label=_("Record it"),
        act_url=reverse("guardians:family_where", args=[child.pk, row.adult_id]),
        act_opens=True,
    )

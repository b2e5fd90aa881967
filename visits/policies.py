"""Who may plan, make and read visits and calls; and the village worker's narrow door.

Staff: whoever records visits at the school, for the children whose file they may see; also, for a
while, for a child who has just left the own class, so that what happened before can still be
written. Village worker: open visits in the own village that were given to the village or that the
law asks for now, of children about whom it is told (privacy.policies.told_to_village); and whoever set out
with a visit open on the phone may still write what came of it, although it has been taken from the list
meanwhile.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import wraps
from typing import Any, TypeVar

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest

from accounts.models import AccessRecord, User
from core import clock
from core.prepared import prepared
from guardians.blocking.policies import is_blocked_in_family, ties
from privacy.policies import told_to_village
from schools.models import SchoolClass, holds_on
from schools.policies import (
    current_posts,
    own_class_ids,
    own_classes,
    post_required,
    school_ids_where,
)
from schools.roles import Permission, roles_with
from students.models import Enrolment, Student
from students.policies import students_visible_to, unbarred
from visits.models import Agreement, CallLog, Duty, Visit
from visits.rules import DUE_SOON_DAYS, WRITTEN_LATE_DAYS

# How a visit that was opened at the village door is noted (accounts.AccessRecord.what).
VISIT_OPENED = "village visit"
SET_OUT = (
    VISIT_OPENED,
    f"{VISIT_OPENED}, kept",
)  # core.offline.read_as: or a phone kept it for the walk
Row = TypeVar("Row", bound=Model)


def students_to_visit(user: User, on: date) -> QuerySet[Student]:
    """Children with a class today whom `user` may visit and phone about."""
    here = school_ids_where(user, Permission.RECORD_VISITS, on)
    enrolled = Enrolment.objects.filter(holds_on(on)).values("student_id")
    return students_visible_to(user, on).filter(school_id__in=here, pk__in=enrolled)


def get_student_to_visit(user: User, pk: int, on: date) -> Student:
    student = students_to_visit(user, on).select_related("school").filter(pk=pk).first()
    if student is None:
        raise Http404
    return student


def _reach(user: User, on: date) -> Q:
    """The one condition for visits, calls and agreements: rows with `student` and `school`."""
    here = school_ids_where(user, Permission.RECORD_VISITS, on)
    # Asked of each row: as a list, PostgreSQL reads all children of the school for one class.
    seen = Q(
        Exists(students_visible_to(user, on).filter(pk=OuterRef("student_id"), school_id__in=here))
    )
    just_left = Enrolment.objects.filter(
        school_class_id__in=own_class_ids(user, on),
        ends_on__lt=on,
        ends_on__gte=on - timedelta(days=WRITTEN_LATE_DAYS),
    )
    left = Q(student_id__in=just_left.values("student_id"))
    return Q(school_id__in=here) & (seen | left) & unbarred(user, "student_id")


def visits_visible_to(user: User, on: date) -> QuerySet[Visit]:
    return Visit.objects.filter(_reach(user, on)).exclude(made_by_village_to_own_child(user))


def made_by_village_to_own_child(user: User) -> Q:
    """Of their own child a member of staff sees no visit that the village worker has made: where the family
    has refused and is not told of an override, it would tell them.
    """
    made = Q(by_village=True, recorded_at__isnull=False)
    return made & Q(Exists(ties(user.pk, "student_id")))


def get_visit_for(user: User, pk: int, on: date) -> Visit:
    rows = visits_visible_to(user, on).select_related(
        "student", "school", "goes", "duty", "recorded_by"
    )
    return _or_404(rows, pk)


def calls_visible_to(user: User, on: date) -> QuerySet[CallLog]:
    return CallLog.objects.filter(_reach(user, on))


def get_call_for(user: User, pk: int, on: date) -> CallLog:
    return _or_404(calls_visible_to(user, on).select_related("student", "school", "adult"), pk)


def agreements_visible_to(user: User, on: date) -> QuerySet[Agreement]:
    return Agreement.objects.filter(_reach(user, on))


def get_agreement_for(user: User, pk: int, on: date) -> Agreement:
    return _or_404(agreements_visible_to(user, on).select_related("student"), pk)


def get_duty_for(user: User, pk: int, on: date) -> Duty:
    return _or_404(Duty.objects.filter(_reach(user, on)).select_related("student", "school"), pk)


def get_own_class(user: User, pk: int, on: date) -> SchoolClass:
    """A class of which `user` is class teacher."""
    return _or_404(own_classes(user, on).select_related("school"), pk)


def _or_404(rows: QuerySet, pk: int):
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


def can_read_words(user: User, school_id: int, on: date) -> bool:
    """Only staff who make visits may read what was seen at a home."""
    return school_id in school_ids_where(user, Permission.RECORD_VISITS, on)


def _villages(user: User, on: date) -> Q:
    """Match children of the villages in which `user` is the village worker; nobody if there is none."""
    roles = roles_with(Permission.VILLAGE_VISITS)
    posts = [post for post in current_posts(user, on) if post.role in roles and post.village]
    places = [(post.school_id, post.village) for post in posts]
    if not places:
        return Q(pk__in=[])
    found = Q()
    for school_id, village in places:
        found |= Q(school_id=school_id, student__village=village)
    return found


def visits_of_village(user: User, at: datetime, on: date) -> QuerySet[Visit]:
    """Return open visits that this village worker may make; see the module docstring."""
    asked = Q(by_village=True) | Q(
        duty__isnull=False, goes=None, due_on__lte=on + timedelta(days=DUE_SOON_DAYS)
    )
    return _in_village(user, on).filter(
        asked, kind=Visit.Kind.HOME, recorded_at=None, called_off_at=None
    )


def _in_village(user: User, on: date) -> QuerySet[Visit]:
    return in_village(Visit.objects.all(), user, on)


def in_village(rows: QuerySet[Row], user: User, on: date) -> QuerySet[Row]:
    """Of rows with `student` and `school`: those about children of the own village who are at the school and
    about whom the village is told.
    """
    enrolled = Enrolment.objects.filter(holds_on(on)).values("student_id")
    allowed = told_to_village(on, user.pk).values("pk")
    near = _not_kept_from(rows, user, on)
    return near.filter(student_id__in=enrolled).filter(student_id__in=allowed)


def _not_kept_from(rows: QuerySet[Row], user: User, on: date) -> QuerySet[Row]:
    """Match rows of the own village, except children whose file is barred to this person."""
    near = rows.filter(_villages(user, on)).filter(unbarred(user, "student_id"))
    return near.exclude(is_blocked_in_family(user.pk))


def get_village_visit_for(user: User, pk: int, at: datetime, on: date) -> Visit:
    """Return the visit or 404; includes one that this worker has just recorded (a repeated send)."""
    rows = visits_of_village(user, at, on) | _in_village(user, on).filter(
        recorded_by=user, visited_on__gte=on - timedelta(days=WRITTEN_LATE_DAYS)
    )
    return _or_404(rows.select_related("student", "school", "recorded_by"), pk)


def get_village_visit_to_write(
    user: User, pk: int, at: datetime, on: date, *, is_worry: bool = False
) -> Visit:
    """What the village worker may send: besides get_village_visit_for, whatever they have opened at this
    door lately. A phone may have been without a network while a teacher wrote the visit down, planned
    it for herself, or the child left; the action then says what still can be taken.

    A worry is taken even where the family has refused since: nobody may silence it so.
    """
    since = at - timedelta(days=WRITTEN_LATE_DAYS)
    opened = AccessRecord.objects.filter(
        user=user, student_id=OuterRef("student_id"), what__in=SET_OUT, at__gte=since
    )
    theirs = Q(pk__in=visits_of_village(user, at, on).values("pk"))
    written = Q(recorded_by=user, recorded_at__gte=since)
    set_out = Q(Exists(opened), kind=Visit.Kind.HOME)
    rows = _not_kept_from(Visit.objects.all(), user, on).filter(theirs | written | set_out)
    if not is_worry:
        rows = rows.filter(student_id__in=told_to_village(on, user.pk).values("pk"))
    return _or_404(rows.select_related("student", "school", "recorded_by"), pk)


def may_go_by_village(student_ids, on: date, reader: User | None = None) -> set[int]:
    """Return the children about whom we may tell the village worker, as far as `reader` may know of it."""
    if not student_ids:
        return set()
    if reader is None:
        rows = _allowing_village(student_ids=student_ids, on=on)
    else:
        rows = _allowing_village_for(reader_id=reader.pk, student_ids=student_ids, on=on)
    return {pk for (pk,) in rows}


@prepared
def _allowing_village(*, student_ids, on) -> QuerySet[Any]:
    return told_to_village(on).filter(pk__in=student_ids).values_list("pk")


@prepared
def _allowing_village_for(*, reader_id, student_ids, on) -> QuerySet[Any]:
    return told_to_village(on, reader_id).filter(pk__in=student_ids).values_list("pk")


def village_required(view: Callable) -> Callable:
    """Entry to the village door; the view receives `request.viewer`."""

    @wraps(view)
    @post_required(sign_in="village_sign_in", held="village_held")
    def guarded(request: HttpRequest, *args, **kwargs):
        roles = roles_with(Permission.VILLAGE_VISITS)
        if not any(post.role in roles for post in request.viewer.posts):
            raise Http404
        request.at = clock.for_request(request)
        return view(request, *args, **kwargs)

    return guarded

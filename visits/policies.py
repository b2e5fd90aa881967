"""Who may plan, make and read visits and calls, and what little the village worker may see.

Staff: those who record visits at the school, for the children whose files they may see. For a while this
includes a child who has just left their own class, so that earlier events can still be recorded.

Village worker: open visits in their own village that were given to the village or that the law requires
now, for children about whom the village is told (privacy.policies.told_to_village). A worker who set out
with a visit open on the phone may still record the outcome, even if the visit has been taken from the
list in the meantime.
"""

from datetime import date, datetime, timedelta
from functools import wraps
from typing import Any, TypeVar

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.http import Http404
from django.http.response import HttpResponseBase

from accounts.models import AccessRecord, User
from core import clock
from core.prepared import prepared
from core.view_types import P, Page, View
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
from visits.requests import VillageRequest
from visits.rules import DUE_SOON_DAYS, WRITTEN_LATE_DAYS

# How the log records a visit that was opened at the village door (accounts.AccessRecord.what).
VISIT_OPENED = "village visit"
SET_OUT = (
    VISIT_OPENED,
    f"{VISIT_OPENED}, kept",
)  # core.offline.read_as: or a phone stored it for the trip
Row = TypeVar("Row", bound=Model)


def students_to_visit(user: User, on: date) -> QuerySet[Student]:
    """Return children with a class today whom `user` may visit or phone about."""
    here = school_ids_where(user, Permission.RECORD_VISITS, on)
    enrolled = Enrolment.objects.filter(holds_on(on)).values("student_id")
    return students_visible_to(user, on).filter(school_id__in=here, pk__in=enrolled)


def get_student_to_visit(user: User, pk: int, on: date) -> Student:
    student = students_to_visit(user, on).select_related("school").filter(pk=pk).first()
    if student is None:
        raise Http404
    return student


def _reach(user: User, on: date) -> Q:
    """Match rows with `student` and `school`: the one condition for visits, calls and agreements."""
    here = school_ids_where(user, Permission.RECORD_VISITS, on)
    # Checked for each row: as a list, PostgreSQL would read all children of the school for one
    # class.
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
    """Match visits that the village worker made to a child of this member of staff.

    Staff do not see these visits to their own child. If the family refused the village and is not told of
    an override, the visit would reveal it.
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
    """Return a class of which `user` is class teacher."""
    return _or_404(own_classes(user, on).select_related("school"), pk)


def _or_404(rows: QuerySet, pk: int):
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


def can_read_words(user: User, school_id: int, on: date) -> bool:
    """Return whether `user` may read what was seen at a home: only staff who make visits may."""
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
    """Filter rows with `student` and `school` to children of the worker's own village.

    The children must be at the school, and the village must be told about them.
    """
    enrolled = Enrolment.objects.filter(holds_on(on)).values("student_id")
    allowed = told_to_village(on, user.pk).values("pk")
    near = _not_kept_from(rows, user, on)
    return near.filter(student_id__in=enrolled).filter(student_id__in=allowed)


def _not_kept_from(rows: QuerySet[Row], user: User, on: date) -> QuerySet[Row]:
    """Filter to rows of the worker's own village, except children whose file is closed to this person."""
    near = rows.filter(_villages(user, on)).filter(unbarred(user, "student_id"))
    return near.exclude(is_blocked_in_family(user.pk))


def get_village_visit_for(user: User, pk: int, at: datetime, on: date) -> Visit:
    """Return the visit, or raise 404. Includes one that this worker has just recorded (sent again)."""
    rows = visits_of_village(user, at, on) | _in_village(user, on).filter(
        recorded_by=user, visited_on__gte=on - timedelta(days=WRITTEN_LATE_DAYS)
    )
    return _or_404(rows.select_related("student", "school", "recorded_by"), pk)


def get_village_visit_to_write(
    user: User, pk: int, at: datetime, on: date, *, is_worry: bool = False
) -> Visit:
    """Return a visit that the village worker may send an outcome or a worry for.

    Besides the visits of get_village_visit_for, this covers visits that they lately opened at this door.
    While a phone had no network, a teacher may have recorded the visit or planned it for herself, or the
    child may have left; the action then decides what can still be saved. A worry is accepted even if the
    family has refused since, so that nobody can silence it that way.
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
    """Return the children about whom we may tell the village worker, as far as `reader` may know it."""
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


def village_required(view: View[VillageRequest, P]) -> Page[P]:
    """Guard a view of the village door. The view receives `request.viewer`."""

    @wraps(view)
    @post_required(sign_in="village_sign_in", held="village_held")
    def guarded(request: VillageRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        roles = roles_with(Permission.VILLAGE_VISITS)
        if not any(post.role in roles for post in request.viewer.posts):
            raise Http404
        request.at = clock.for_request(request)
        return view(request, *args, **kwargs)

    return guarded

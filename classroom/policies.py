"""Who may write about a child and read what was written.

They need a post that observes and access to the child. One condition (`children_observable_by`) serves
observations, letters, requests, homework and attendance. Barred staff see nothing, because
students.policies leaves the child out.
"""

from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.http import Http404

from accounts.models import User
from classroom.models import FamilyRequest, HomeworkHelp, Letter, Observation
from classroom.rules import LATE_DAYS, may_be_corrected
from core.prepared import read_first
from schools.models import SchoolClass
from schools.policies import current_posts, own_class_ids, school_ids_where
from schools.roles import Permission, Role, roles_with
from students.models import Enrolment, Student
from students.policies import can_view_student, students_visible_to, unbarred, within
from students.queries import class_of


@read_first
def _observed_schools(user: User, on: date) -> list[int]:
    """Return schools where `user` may observe through a post other than class teacher."""
    roles = set(roles_with(Permission.OBSERVE)) - {Role.CLASS_TEACHER}
    held = {post.school_id for post in current_posts(user, on) if post.role in roles}
    return sorted(pk for pk in held if pk)


def classes_observable_by(user: User, on: date) -> QuerySet[SchoolClass]:
    """Return the classes that `user` may write about.

    These are their own, and all classes of a school where a post of theirs covers the whole school.
    """
    return SchoolClass.objects.filter(
        Q(pk__in=own_class_ids(user, on)) | Q(school_id__in=_observed_schools(user, on))
    ).select_related("school")


def can_observe_class(user: User, school_class: SchoolClass, on: date) -> bool:
    return school_class.pk in own_class_ids(user, on) or (
        school_class.school_id in _observed_schools(user, on)
    )


def children_observable_by(user: User, on: date, posts_on: date | None = None) -> QuerySet[Student]:
    """Return the children about whom `user` may write: visible to them, through a post that observes."""
    held_on = posts_on or on
    reached = within(_observed_schools(user, held_on), own_class_ids(user, held_on), on)
    return students_visible_to(user, on).filter(reached)


def can_observe(user: User, student: Student, on: date) -> bool:
    """Return whether `user` may write about this one child.

    Costs one look-up by key; none on a page about the child.
    """
    if not can_view_student(user, student, on):
        return False
    if student.school_id in _observed_schools(user, on):
        return True
    own = own_class_ids(user, on)
    enrolment = class_of(student, on) if own else None
    return enrolment is not None and enrolment.school_class_id in own


def get_student_for_class(user: User, pk: int, on: date) -> Student:
    student = children_observable_by(user, on).select_related("school").filter(pk=pk).first()
    if student is None:
        raise Http404
    return student


def get_student_to_observe(user: User, pk: int, on: date) -> Student:
    """Return the child as `get_student_for_class` does, also if it left lately.

    A phone may still hold a note about the child.
    """
    student = children_observable_by(user, on).select_related("school").filter(pk=pk).first()
    if student is not None:
        return student
    left_on = last_day_of(pk)
    if left_on and on - timedelta(days=LATE_DAYS) <= left_on < on:
        seen_then = children_observable_by(user, left_on, posts_on=on)
        student = seen_then.select_related("school").filter(pk=pk).first()
    if student is None:
        raise Http404
    return student


def last_day_of(student_id: int) -> date | None:
    """Return the last day of the child's latest enrolment; None while it has no end."""
    last = Enrolment.objects.filter(student=student_id).order_by("-starts_on").first()
    return last.ends_on if last else None


def get_class_for(user: User, pk: int, on: date) -> SchoolClass:
    found = classes_observable_by(user, on).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def observations_visible_to(user: User, on: date) -> QuerySet[Observation]:
    """Return notes about children whom `user` may write about, and the user's own notes.

    Notes about a barred child are left out.
    """
    own = Q(written_by=user, school_id__in=school_ids_where(user, Permission.OBSERVE, on))
    in_reach = Q(student__in=children_observable_by(user, on).values("pk"))
    return Observation.objects.filter(unbarred(user, "student_id"), in_reach | own)


def get_observation_for(user: User, pk: int, on: date) -> Observation:
    rows = observations_visible_to(user, on).select_related("student__school", "written_by")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def rows_of_note(user: User, observation: Observation, on: date) -> list[Observation]:
    """Return the rows of one note that this reader may see, one for each child, the given row first."""
    if observation.shared_key is None:
        return [observation]
    rows = observations_visible_to(user, on).filter(shared_key=observation.shared_key)
    others = (
        rows.exclude(pk=observation.pk).select_related("student").order_by("student__name_pinyin")
    )
    return [observation, *others]


def can_edit(user: User, observation: Observation, at: datetime) -> bool:
    """Return whether `user` wrote the note and may still correct it (classroom.rules.CORRECT_HOURS).

    Somebody who cannot read it never gets here.
    """
    return observation.written_by_id == user.pk and may_be_corrected(observation.recorded_at, at)


def can_take_back(user: User, observation: Observation) -> bool:
    """Return whether `user` may take the note back.

    The author may, and any reader if another system reported it.
    """
    return observation.is_reported or observation.written_by_id == user.pk


def letters_visible_to(user: User, on: date) -> QuerySet[Letter]:
    return Letter.objects.filter(student__in=children_observable_by(user, on).values("pk"))


def get_letter_for(user: User, pk: int, on: date) -> Letter:
    rows = letters_visible_to(user, on).select_related("student__school", "written_by")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def requests_visible_to(user: User, on: date) -> QuerySet[FamilyRequest]:
    return FamilyRequest.objects.filter(student__in=children_observable_by(user, on).values("pk"))


def get_request_for(user: User, pk: int, on: date) -> FamilyRequest:
    rows = requests_visible_to(user, on).select_related("student__school", "adult", "asked_by")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def help_visible_to(user: User, on: date) -> QuerySet[HomeworkHelp]:
    return HomeworkHelp.objects.filter(student__in=children_observable_by(user, on).values("pk"))


def get_help_for(user: User, pk: int, on: date) -> HomeworkHelp:
    found = help_visible_to(user, on).select_related("student__school").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found

"""Who may write and who may see a report of suspected harm. One condition serves the list and the look-up.

To write: anybody who may see the child, and the counsellor who keeps its case from the shared queue. To see:
the author, and those who look after safeguarding at that school. A person who is barred from the child or
blocked in its family never learns that there is a report.
"""

from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from accounts.models import User
from guardians.blocking.actions import records_everywhere, records_of
from guardians.blocking.policies import is_blocked_in_family, ties, who_may_hear_of
from guardians.models import Adult, Guardianship
from safeguarding.models import ConcernEntry, Report, Suspect
from safeguarding.policies import IsSuspected, counties_of_counsellor
from schools.duty.queries import near_days
from schools.models import Post, holds_on
from schools.policies import current_posts, school_ids_of, school_ids_where
from schools.roles import Permission, Role, roles_with
from students.barriers import barriers_in_force, staff_of
from students.models import Enrolment, Student
from students.policies import get_student_for, unbarred

get_student_to_report = get_student_for
WHOLE_SCHOOL = (Role.PRINCIPAL, Role.COUNSELLOR, Role.SCHOOL_ADMIN)


def reports_visible_to(user: User, on: date) -> QuerySet[Report]:
    safeguarding = school_ids_where(user, Permission.CHECK_SAFEGUARDING, on)
    # A counsellor who accepted the child from the shared queue keeps their own report, even after they gave
    # the child back, because the duty to report is theirs. They lose it once they are suspected or are no
    # longer a counsellor in the county.
    as_guest = Q(
        Exists(_accepted(OuterRef("student")).filter(by=user.pk)),
        ~IsSuspected(user.pk),
        ~Exists(ties(user.pk, "student_id")),
        school__county_id__in=counties_of_counsellor(user, on),
    )
    mine = Q(reported_by=user.pk) & (Q(school_id__in=school_ids_of(user, on)) | as_guest)
    near = Report.objects.filter(unbarred(user, "student_id"))
    near = near.exclude(is_blocked_in_family(user.pk))
    return near.filter(Q(school_id__in=safeguarding) | mine)


def _accepted(student: Student | OuterRef) -> QuerySet[ConcernEntry]:
    """Return entries saying that a counsellor of another school (`by`) accepted a concern about the child."""
    return ConcernEntry.objects.filter(kind=ConcernEntry.Kind.ACCEPTED, concern__student=student)


def is_guest(user: User, report: Report, on: date) -> bool:
    """Return whether `user` has no post at that school; a guest reads nothing that others wrote."""
    return report.school_id not in {post.school_id for post in current_posts(user, on)}


def get_report_for(user: User, pk: int, on: date) -> Report:
    rows = reports_visible_to(user, on).select_related("school__county", "student", "reported_by")
    report = rows.filter(pk=pk).first()
    if report is None:
        raise Http404
    return report


def may_lift(user: User, report: Report, on: date) -> bool:
    """Return whether `user` may lift what the report closed.

    These are people who also decide in other cases who may come near a child, never a class teacher as such.
    """
    return report.school_id in school_ids_where(user, Permission.BLOCK_ADULTS, on)


def who_may_lift(report: Report, on: date) -> QuerySet[User]:
    """Return everybody at the report's school, except its author, who could lift what it closed.

    The author is left out because they must not keep the bureau from deciding. Empty if all others are
    suspected.
    """
    roles = roles_with(Permission.BLOCK_ADULTS)
    posts = Post.objects.filter(holds_on(on), school=report.school_id, role__in=roles)
    people = User.objects.filter(pk__in=posts.values("user_id"), is_active=True)
    return who_may_hear_of(people.exclude(pk=report.reported_by_id), report.student_id)


def adults_to_name(student: Student) -> QuerySet[Adult]:
    """Return all adults of the child's family on record, including those whose tie has ended."""
    around = Guardianship.objects.filter(student=student).values("adult_id")
    return Adult.objects.filter(pk__in=around, merged_into=None).order_by("pk")


def may_lift_at_bureau(user: User, report: Report, on: date) -> bool:
    """Return whether `user` may lift it where nobody at the school can.

    They must be an officer of its county whom nothing keeps from the child and whom no report about it names.
    """
    posts = current_posts(user, on)
    is_officer = any(
        post.role == Role.COUNTY_OFFICER and post.county_id == report.school.county_id
        for post in posts
    )
    child = report.student
    is_barred = barriers_in_force(child).filter(user=user).exists()
    is_blocked = records_of(user, child).exclude(blocked_at=None).exists()
    is_named = (
        Suspect.objects.filter(report__student=child, lifted_at=None)
        .filter(Q(user=user) | Q(adult__in=records_everywhere(user)))
        .exists()
    )
    return is_officer and not (is_barred or is_blocked or is_named)


def adults_around(student: Student, by: User, on: date) -> QuerySet[Adult]:
    """Return adults with a tie that has not ended, and those `by` has named before.

    For users who know the child from visits.
    """
    ties = Guardianship.objects.filter(Q(ends_on=None) | Q(ends_on__gte=on), student=student)
    named = named_before(student, by).values("adult")
    around = Q(pk__in=ties.values("adult_id"), merged_into=None)
    return Adult.objects.filter(around | Q(pk__in=named)).order_by("pk")


def named_before(student: Student, by: User) -> QuerySet[Suspect]:
    """Return suspects whom `by` has named before.

    They are kept away from the child by now, but `by` may name them again: a form sent twice says the same,
    and a second report closes the child's file to them as the first did.
    """
    return Suspect.objects.filter(report__student=student, report__reported_by=by)


def staff_to_name(student: Student, by: User, on: date) -> QuerySet[User]:
    """Return staff of the child's school, and counsellors of other schools who looked after the child."""
    guests = _accepted(student).values("by")
    here = Q(pk__in=staff_of(student, on).values("pk"))
    barred = barriers_in_force(student).values("user_id")
    people = User.objects.filter(here | Q(pk__in=guests)).exclude(pk__in=barred)
    named = named_before(student, by).values("user")
    rows = User.objects.filter(Q(pk__in=people.values("pk")) | Q(pk__in=named))
    return rows.exclude(pk=by.pk).order_by("name", "pk")


def roles_near(student: Student, on: date) -> QuerySet[Post]:
    """Return posts of the school that hear of this child or may open its file.

    A user can name these without seeing a list of the staff. People on the duty roster around today are among
    them, because the ladder calls them.
    """
    classes = Enrolment.objects.filter(holds_on(on), student=student).values("school_class_id")
    teaching = Q(role=Role.CLASS_TEACHER, school_class__in=classes)
    on_duty = near_days(student.school_id, on).values("user_id")
    near = teaching | Q(role__in=WHOLE_SCHOOL) | Q(is_duty=True) | Q(user__in=on_duty)
    posts = Post.objects.filter(near, holds_on(on), school_id=student.school_id)
    return posts.select_related("user").order_by("role", "pk")

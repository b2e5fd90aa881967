"""Who may write and who may see a report of suspected harm. One condition serves list and look-up.

To write: whoever may see the child. To see: who wrote it, and those who look after safeguarding at that
school. Never whoever is barred from the child or blocked in its family: to them there is no report.
"""

from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from accounts.models import User
from counselling.models import Engagement, Report, Suspect
from guardians.models import Adult, Guardianship
from schools.models import Post, holds_on
from schools.policies import current_posts, school_ids_where
from schools.roles import Permission, roles_with
from students.barriers import staff_of
from students.models import Barrier, Student
from students.policies import get_student_for, unbarred

get_student_to_report = get_student_for


def reports_visible_to(user: User, on: date) -> QuerySet[Report]:
    here = [post.school_id for post in current_posts(user, on) if post.school_id]
    safeguarding = school_ids_where(user, Permission.CHECK_SAFEGUARDING, on)
    mine = Q(reported_by=user.pk, school_id__in=here)
    blocked = Guardianship.objects.filter(
        student_id=OuterRef("student_id"), adult__user_id=user.pk, adult__blocked_at__isnull=False
    )
    near = Report.objects.filter(unbarred(user, "student_id")).exclude(Exists(blocked))
    return near.filter(Q(school_id__in=safeguarding) | mine)


def get_report_for(user: User, pk: int, on: date) -> Report:
    rows = reports_visible_to(user, on).select_related("school__county", "student", "reported_by")
    report = rows.filter(pk=pk).first()
    if report is None:
        raise Http404
    return report


def may_lift(user: User, report: Report, on: date) -> bool:
    """Whoever decides otherwise, too, who comes near a child; never the class teacher alone."""
    return report.school_id in school_ids_where(user, Permission.BLOCK_ADULTS, on)


def who_may_lift(report: Report, on: date) -> QuerySet[User]:
    """Everybody at the report's school who could lift what it closed; empty where all are suspected."""
    roles = roles_with(Permission.BLOCK_ADULTS)
    posts = Post.objects.filter(holds_on(on), school=report.school_id, role__in=roles)
    blocked = Guardianship.objects.filter(
        student=report.student_id, adult__blocked_at__isnull=False, adult__user__isnull=False
    )
    return (
        User.objects.filter(pk__in=posts.values("user_id"), is_active=True)
        .exclude(barriers__in=Barrier.objects.filter(student=report.student_id, lifted_at=None))
        .exclude(pk__in=blocked.values("adult__user_id"))
    )


def adults_to_name(student: Student) -> QuerySet[Adult]:
    """Everybody of the child's family on record, also whose tie has ended."""
    around = Guardianship.objects.filter(student=student).values("adult_id")
    return Adult.objects.filter(pk__in=around, merged_into=None).order_by("pk")


def named_before(key: str, by: User) -> QuerySet[Adult]:
    """Whom `by` named in the report that this form wrote already: sent twice it says the same, though they
    are blocked by now.
    """
    try:
        written = Report.objects.filter(key=UUID(key), reported_by=by)
    except ValueError:
        return Adult.objects.none()
    return Adult.objects.filter(pk__in=Suspect.objects.filter(report__in=written).values("adult"))


def staff_to_name(student: Student, by: User, on: date) -> QuerySet[User]:
    """Of the child's school, and counsellors of other schools who looked after the child."""
    guests = Engagement.objects.filter(case__student=student).values("user_id")
    here = Q(pk__in=staff_of(student, on).values("pk"))
    barred = Q(barriers__student=student, barriers__lifted_at=None)
    people = User.objects.filter(here | Q(pk__in=guests)).exclude(barred)
    return people.exclude(pk=by.pk).order_by("name", "pk")

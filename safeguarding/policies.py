"""Who may see and handle a concern. One condition serves the queryset and the predicates.

* A class teacher handles the concerns of their own class, a counsellor those of the whole school.
* A principal sees by name what climbed to them, was handed to them or was raised by them, and the rest as
  counts. Where no counsellor holds a post, the principal handles all concerns as a counsellor would.
* The class teacher does not see what a child addressed to somebody else, unless they were notified by name
  because they were on duty or the concern was handed to them.
* A teacher of another class who was only notified, and never had the concern in hand, sees it while it is
  open, that day and the next.
* A blocked adult of the child's family is treated as a stranger, even one who works at the school. So is
  anybody who is barred from the child's file.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import BooleanField, Exists, ExpressionWrapper, Func, OuterRef, Q, QuerySet
from django.http import Http404
from django.utils import timezone

from accounts.models import User
from core.per_page import once
from core.prepared import read_first
from guardians.blocking.policies import is_blocked_in_family
from guardians.models import Guardianship
from safeguarding.models import Concern, ConcernEntry, Teller
from schools.agreeing.policies import held
from schools.duty.queries import with_duty
from schools.duty.rules import on_duty
from schools.models import Post, holds_on
from schools.policies import current_posts, own_class_ids, school_ids_where
from schools.roles import Permission, Role, roles_with
from students.barriers import barriers_in_force
from students.models import Enrolment, Student
from students.policies import students_visible_to, unbarred

# How long a teacher of another class sees it after we notified them; see
# docs/decisions/0035-who-is-on-duty.md.
TOLD_FOR = timedelta(days=1)


def concerns_visible_to(user: User, on: date) -> QuerySet[Concern]:
    handling = school_ids_where(user, Permission.HANDLE_CONCERNS, on)
    in_own_class = Enrolment.objects.filter(
        holds_on(on), school_class_id__in=own_class_ids(user, on)
    )
    told = ConcernEntry.objects.filter(concern_id=OuterRef("pk"), about_id=user.pk)
    # Named now, handed over to them, or they acted on it; a notification while on duty is not enough.
    entries = ConcernEntry.objects.filter(concern_id=OuterRef("pk"))
    handed = Q(kind=ConcernEntry.Kind.HANDED_OVER, about_id=user.pk)
    theirs = (
        Q(student_id__in=in_own_class.values("student_id"))
        | Q(named_adult=user.pk)
        | Q(acknowledged_by=user.pk)
        | Q(Exists(entries.filter(Q(by_id=user.pk) | handed)))
    )
    lately = Q(closed_at=None) & Exists(told.filter(at__gte=_told_since(on)))
    climbed = Q(Exists(told)) | Q(raised_by=user.pk)
    visible = (
        Q(school_id__in=_whole_schools(user, on))
        | (Q(school_id__in=schools_led(user, on)) & climbed)
        | Q(
            asked_for__in=Concern.WIDE,
            student_id__in=in_own_class.values("student_id"),
        )
        | (Q(school_id__in=handling) & Exists(told) & (theirs | lately))
    )
    return nothing_of_barred(Concern.objects.filter(visible), user)


@read_first
def _whole_schools(user: User, on: date) -> list[int]:
    """Return schools whose concerns `user` handles: as counsellor, or as principal where there is none."""
    posts = current_posts(user, on)
    kept = {post.school_id for post in posts if post.school_id and post.role == Role.COUNSELLOR}
    led = set(schools_led(user, on)) - kept
    if led:  # cached for the page, because several of its queries need it
        rows = (
            held(Role.COUNSELLOR, on).filter(school_id__in=led).values_list("school_id", flat=True)
        )
        led -= once(("schools with a counsellor", *sorted(led), on), lambda: set(rows))
    return sorted(kept | led)


@read_first
def schools_led(user: User, on: date) -> list[int]:
    """Return the schools of which `user` is principal."""
    posts = current_posts(user, on)
    return sorted(
        {post.school_id for post in posts if post.school_id and post.role == Role.PRINCIPAL}
    )


@read_first
def _told_since(on: date) -> datetime:
    """Return since when a notification counts: a turn on duty that began one day ends on the next."""
    return timezone.make_aware(datetime.combine(on - TOLD_FOR, time.min))


def nothing_of_barred(concerns: QuerySet[Concern], user: User) -> QuerySet[Concern]:
    """Leave out children from whom `user` is barred, or in whose family `user` is blocked."""
    return concerns.filter(unbarred(user, "student_id")).exclude(is_blocked_in_family(user.pk))


def get_concern_for(user: User, pk: int, on: date) -> Concern:
    """Return the concern, or 404 for a stranger, who must not learn that it exists."""
    concern = (
        concerns_visible_to(user, on)
        .select_related(
            "school",
            "student",
            "adult",
            "named_adult",
            "acknowledged_by",
            "raised_by",
            "closed_by",
            "level_by",
            "joined_to",
            "school__county",
        )
        .filter(pk=pk)
        .first()
    )
    if concern is None:
        raise Http404
    return concern


def can_handle(user: User, concern: Concern, on: date) -> bool:
    return concerns_visible_to(user, on).filter(pk=concern.pk).exists()


def may_lower_levels(user: User, concern: Concern, on: date) -> bool:
    """Return whether `user` is responsible for safeguarding at that school: a counsellor or principal."""
    return concern.school_id in school_ids_where(user, Permission.CHECK_SAFEGUARDING, on)


def teller_of(user: User, concern: Concern, on: date) -> Student | None:
    """Return the child who told of a concern about another, for users who must know.

    They are the person who has taken the concern and those responsible for safeguarding at that school,
    except anybody who is kept away from the child who told.
    """
    if concern.source != Concern.Source.PEER:
        return None
    has_taken = concern.acknowledged_by_id == user.pk or (
        concern.acknowledged_at is not None and concern.named_adult_id == user.pk
    )
    if not has_taken and not may_lower_levels(user, concern, on):
        return None
    told = Teller.objects.filter(unbarred(user, "student_id"), concern=concern)
    row = told.exclude(is_blocked_in_family(user.pk)).select_related("student").first()
    return row.student if row else None


def students_to_worry_about(user: User, on: date) -> QuerySet[Student]:
    """Return the children about whom `user` may raise a worry."""
    raising = school_ids_where(user, Permission.RAISE_CONCERNS, on)
    return students_visible_to(user, on).filter(school_id__in=raising)


def get_student_to_worry_about(user: User, pk: int, on: date) -> Student:
    student = students_to_worry_about(user, on).select_related("school").filter(pk=pk).first()
    if student is None:
        raise Http404
    return student


def handling_posts(
    school_id: int, student_id: int, on: date, at: datetime | None = None
) -> QuerySet[Any]:
    """Return posts that may take this child's concern: its class teachers, counsellors, principals and duty.

    With `at`, include everybody on the duty roster at that moment. `is_rostered` marks them; `is_near` is
    false only for class teachers of other classes. People who may no longer sign in are left out, because an
    alert must not end with them. So is anybody barred from the child's file, who must not hear of the child.
    """
    classes = Enrolment.objects.filter(holds_on(on), student_id=student_id).values(
        "school_class_id"
    )
    ours = Q(role=Role.CLASS_TEACHER, school_class_id__in=classes) | (
        ~Q(role=Role.CLASS_TEACHER) & Q(school_id=school_id)
    )
    called = Q(is_duty=True, school_id=school_id)
    posts: QuerySet[Any] = Post.objects.annotate(is_near=ExpressionWrapper(ours, BooleanField()))
    if at is not None:
        posts = with_duty(posts, at)
        called |= Q(is_rostered=True, school_id=school_id)
    barred = barriers_in_force(student_id).filter(user_id=OuterRef("user_id"))
    return posts.filter(
        ours | called,
        ~Exists(barred),
        holds_on(on),
        role__in=roles_with(Permission.HANDLE_CONCERNS),
        user__is_active=True,
    ).order_by("starts_on", "pk")


def at_the_top(posts: Iterable[Any]) -> list[Any]:
    """Filter handling_posts (with `at`) to those on duty at that moment, and the principals after them."""
    posts = list(posts)
    return [*on_duty(posts), *(post for post in posts if post.role == Role.PRINCIPAL)]


class IsSuspected(Func):
    """Whether a current report of suspected harm, about any child at any school, names this account.

    We do not send such a person to a child of another school, where nobody knows of the report. A function in
    PostgreSQL looks it up: about schools beyond the reader's reach it reveals this one fact and nothing else
    (homeschool.walls).
    """

    function = "public.is_suspected"
    output_field = BooleanField()


def fit_elsewhere(posts: QuerySet[Post], student: int | OuterRef) -> QuerySet[Post]:
    """Filter posts at another school to holders who may hear of this child.

    They must not be barred from its file, belong to its family or be named in a current report of harm.
    """
    inner = OuterRef(student) if isinstance(student, OuterRef) else student
    user = OuterRef("user")
    return posts.filter(
        ~Exists(barriers_in_force(inner).filter(user=user)),
        ~Exists(Guardianship.objects.filter(student=inner, adult__user=user)),
        ~IsSuspected("user"),
        user__is_active=True,
    )


@read_first
def counties_of_counsellor(user: User, on: date) -> list[int]:
    """Return ids of the counties in which a post of `user` lets them keep cases."""
    roles = roles_with(Permission.KEEP_CASES)
    held = [post.school for post in current_posts(user, on) if post.role in roles]
    return sorted({school.county_id for school in held if school})

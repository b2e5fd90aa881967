"""Open work about children who get another class teacher, because their class does or they change class.

Before a new year begins, its preview announces it. From the first day, Today asks the administrators to hand
the work over (leaving_views): on the page that ends a post or, if the post continues, on a page about just
these children. The new class teacher is proposed.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet
from django.utils.translation import ngettext

from accounts.models import User
from core.days import full_day
from core.prepared import Prepared, Question, joined, prepared
from doors.staff.floors import OPEN_WORK
from rosters.rollover.queries import Plan
from schools.models import Post, holds_on
from schools.open_work import OpenWork
from schools.queries import classes_of_day
from schools.roles import ROLE_PERMISSIONS, Permission, Role
from students.models import Enrolment

# Work that moves with a class: it is about one child, and nobody else sees it as long as it has an owner.
WITH_THE_CLASS = [kind for kind in OPEN_WORK if kind.is_about_child and not kind.goes_by_itself]
FORMER_SHOWN = 20  # colleagues on one Today page


@dataclass(frozen=True)
class Behind:
    """A class teacher with open work left behind.

    `post` is for the class the children were in; if it continues, single children have moved.
    """

    post: Post
    count: int
    is_over: bool


def left_behind(schools: Sequence[int], at: datetime, on: date) -> list[Behind]:
    """Return class teachers, still at work, who own open work about children who used to be theirs.

    Either their class has another teacher or belonged to a past year, or single children went to another
    class. People whose posts have all ended are in `leaving`.
    """
    teachers: list[Any] = _teachers(schools=schools, on=on)
    over = {(post.school_id, post.user_id) for post in teachers if post.is_over}
    counts: Counter[tuple[int, int]] = Counter()
    for school_id in {post.school_id for post in teachers}:
        for kind in WITH_THE_CLASS:
            kept = _reaching_all(kind, school_id, on)
            for user, is_here in _moved(kind)(school_id=school_id, at=at, on=on):
                if user not in kept and (is_here or (school_id, user) in over):
                    counts[school_id, user] += 1
    found = [
        Behind(post, counts[post.school_id, post.user_id], post.is_over)
        for post in sorted(teachers, key=lambda post: not post.is_over)
    ]
    return [one for one in found if one.count][:FORMER_SHOWN]


def questions(schools: Sequence[int], at: datetime, on: date) -> list[Question]:
    """Return the queries of `left_behind` for schools with class teachers."""
    asked = [_teachers.question(schools=schools, on=on)]
    for pk in schools:
        asked.append(_posts_at.question(school_id=pk, on=on))
        asked += [_moved(kind).question(school_id=pk, at=at, on=on) for kind in WITH_THE_CLASS]
    return asked


@prepared
def _teachers(*, schools, on) -> QuerySet[Post]:
    """Return class teachers at work, each with the last post that made children theirs.

    A post is preferred if its class has another teacher or belonged to a past year; otherwise it is one that
    continues.
    """
    of_day = Q(school_class__in=classes_of_day(on).values("pk"))
    # Without this, a post without an end date would be neither over nor not over.
    has_ended = Q(ends_on__isnull=False, ends_on__lt=on)
    is_over = ExpressionWrapper(has_ended | ~of_day, output_field=BooleanField())
    held = Post.objects.filter(
        holds_on(on), user=OuterRef("user"), school=OuterRef("school"), user__is_active=True
    )
    posts = Post.objects.filter(
        Exists(held), role=Role.CLASS_TEACHER, school_id__in=schools, starts_on__lte=on
    )
    posts = posts.annotate(is_over=is_over).distinct("school_id", "user_id")
    return joined(posts, "user__name").order_by(
        "school_id", "user_id", "-is_over", "-starts_on", "-pk"
    )


@cache
def _moved(kind: OpenWork) -> Prepared:
    """Return the query for open rows about a child who was once in a class of the row's owner and no longer
    is.

    It gives the owner, and whether the child is at a school.
    """

    @prepared
    def moved(*, school_id, at, on) -> QuerySet[Any]:
        rows = _no_longer_theirs(kind, kind.rows(school_id, at, on), on).order_by()
        return rows.annotate(is_here=Exists(_at_school(on))).values_list(kind.holder, "is_here")

    return moved


def _at_school(on: date) -> QuerySet[Enrolment]:
    """Return the child's current enrolments.

    A child who has left has no class that could take over the work, so it stays.
    """
    return Enrolment.objects.filter(holds_on(on), student=OuterRef("student"))


def moved_from(post: Post, kind: OpenWork, at: datetime, on: date) -> QuerySet[Any]:
    """Return the rows owned by this class teacher about children who are in somebody else's class today."""
    if kind not in WITH_THE_CLASS or post.school is None:
        return kind.model._default_manager.none()
    rows = _no_longer_theirs(kind, kind.held_by([post.user_id], post.school, at), on)
    if post.user_id in _reaching_all(kind, post.school.pk, on):
        return rows.none()
    return rows.filter(Exists(_at_school(on)))


def teachers_today(student_ids: Collection[int], on: date) -> dict[int, int]:
    """Return child → the teacher of its class."""
    rows = Enrolment.objects.filter(
        holds_on(on),
        holds_on(on, "school_class__posts__"),
        student__in=student_ids,
        school_class__posts__role=Role.CLASS_TEACHER,
        school_class__posts__user__is_active=True,
    )
    return dict(
        rows.order_by("-school_class__posts__pk").values_list(
            "student", "school_class__posts__user"
        )
    )


def _no_longer_theirs(kind: OpenWork, rows: QuerySet[Any], on: date) -> QuerySet[Any]:
    """Return the rows about a child who was once in a class of the row's owner and no longer is."""
    taught = Enrolment.objects.filter(
        student=OuterRef("student"),
        school_class__posts__user=OuterRef(kind.holder),
        school_class__posts__role=Role.CLASS_TEACHER,
    )
    teaches = Enrolment.objects.filter(
        holds_on(on),
        holds_on(on, "school_class__posts__"),
        student=OuterRef("student"),
        school_class__posts__user=OuterRef(kind.holder),
        school_class__posts__role=Role.CLASS_TEACHER,
    )
    return rows.filter(Exists(taught), ~Exists(teaches))


def _reaching_all(kind: OpenWork, school_id: int, on: date) -> set[int]:
    """Return people who keep this kind of work through another post, whatever class the child is in."""
    return {
        user
        for user, role, is_duty in _posts_at(school_id=school_id, on=on)
        if kind.needs in ROLE_PERMISSIONS[Role(role)]
        and (role != Role.CLASS_TEACHER or (is_duty and kind.needs == Permission.HANDLE_CONCERNS))
    }


@prepared
def _posts_at(*, school_id, on) -> QuerySet[Any]:
    rows = Post.objects.filter(holds_on(on), school_id=school_id)
    return rows.values_list("user_id", "role", "is_duty")


def new_teacher(post: Post, on: date) -> User | None:
    """Return the colleague who teaches most of the children of this post's class today, other than its
    holder.
    """
    last_on = min(post.ends_on or on, on)
    here = Enrolment.objects.filter(school_class=post.school_class_id, starts_on__lte=last_on)
    posts = Post.objects.filter(
        holds_on(on),
        holds_on(on, "school_class__enrolments__"),
        role=Role.CLASS_TEACHER,
        school_class__enrolments__student__in=here.values("student"),
        user__is_active=True,
    )
    children = Counter(posts.exclude(user=post.user_id).values_list("user", flat=True))
    first = children.most_common(1)
    return User.objects.get(pk=first[0][0]) if first else None


def still_open(plan: Plan, at: datetime) -> list[str]:
    """Describe, for the preview of a new year, how much work of each teacher is about children who get
    another class teacher, and to whom it will be offered.
    """
    first_on, school = plan.rollover.starts_on, plan.rollover.school
    teachers = plan.teachers
    of: dict[tuple[int, int], str] = {}
    for child in plan.children:
        after = teachers.get(child.goes_to, []) if child.goes_to else []
        for post in child.of.posts:
            if post.user not in after:
                to = "、".join(user.name for user in after)
                of[post.user_id, child.enrolment.student_id] = to
    names = {post.user_id: post.user.name for one in plan.classes for post in one.posts}
    users = {user for user, _student in of}
    counts: Counter[tuple[int, str]] = Counter()
    for kind in WITH_THE_CLASS if users else []:
        bound = users - _reaching_all(kind, school.pk, first_on)
        rows = kind.held_by(bound, school, at).order_by()
        for pair in rows.values_list(kind.holder, "student_id"):
            if pair in of:
                counts[pair[0], of[pair]] += 1
    return [
        _open_words(names[user], to, count, first_on)
        for (user, to), count in sorted(
            counts.items(), key=lambda one: (names[one[0][0]], one[0][1])
        )
    ]


def _open_words(name: str, to: str, count: int, first_on: date) -> str:
    facts = {"name": name, "n": count, "to": to, "day": full_day(first_on)}
    if not to:
        words = ngettext(
            "%(n)d thing is open in the name of %(name)s about children who leave the class. On %(day)s Today"
            " asks you who takes it.",
            "%(n)d things are open in the name of %(name)s about children who leave the class. On %(day)s"
            " Today asks you who takes them.",
            count,
        )
        return words % facts
    words = ngettext(
        "%(n)d thing is open in the name of %(name)s about children who go to %(to)s. On %(day)s Today asks"
        " you to hand it over.",
        "%(n)d things are open in the name of %(name)s about children who go to %(to)s. On %(day)s Today"
        " asks you to hand them over.",
        count,
    )
    return words % facts


def why(behind: Behind) -> str:
    count = behind.count
    if not behind.is_over:
        words = ngettext(
            "%(n)d thing about a child who changed class is still open in this name.",
            "%(n)d things about children who changed class are still open in this name.",
            count,
        )
        return words % {"n": count}
    words = ngettext(
        "%(n)d thing about a child of a former class is still open in this name.",
        "%(n)d things about children of a former class are still open in this name.",
        count,
    )
    return words % {"n": count}

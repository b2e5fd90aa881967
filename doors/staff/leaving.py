"""Open work owned by somebody whose post ends, and handing it over in one act.

Each package lists its kinds of work (`floors.OPEN_WORK`). This module counts them, hands them over and shows
the administrators what was forgotten.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import pghistory
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from core.prepared import Prepared, Question, joined, prepared
from doors.staff import class_leaving
from doors.staff.floors import OPEN_WORK
from schools.appointing.actions import end_post, take_back_post
from schools.models import Post, holds_on
from schools.open_work import OpenWork
from schools.policies import school_ids_where
from schools.roles import ROLE_PERMISSIONS, Permission, Role
from schools.worklist import Lane, WorkItem
from students.models import Enrolment

LINES_SHOWN = 60  # of one kind; the rest is only counted
LINES_IN_SIGHT = 5  # doors/staff/_open_lines.html folds the rest
FORMER_SHOWN = 20  # people who left open work behind, on one Today page
# Work that nobody else would see. Cases and letters, by contrast, are shown to everybody who may take them.
FORGOTTEN = [kind for kind in OPEN_WORK if not kind.goes_by_itself]
# The order in which we offer work to people, if the one who was chosen may not take it.
RANK = [Role.COUNSELLOR, Role.PRINCIPAL, Role.CLASS_TEACHER, Role.SCHOOL_ADMIN]


class NobodyMayTake(Exception):
    """Nobody else at the school may take rows of this kind, and no queue shows them."""

    def __init__(self, kind: OpenWork, count: int):
        super().__init__(kind.key)
        self.kind, self.count = kind, count


@dataclass(frozen=True)
class Open:
    """One kind of open work. `people` are those who may take it, by a post other than this one.

    The leaver is among them if another post of theirs covers the whole school, since the work may then stay.
    `lines` has only what the reader may see.
    """

    kind: OpenWork
    count: int
    people: list[User]
    lines: list[str] = field(default_factory=list)
    more: int = 0

    @property
    def folded(self) -> int:
        return self.count - min(len(self.lines), LINES_IN_SIGHT)

    @property
    def goes_by_itself(self) -> bool:
        return not self.people and bool(self.kind.left_to)


def open_in_name(post: Post, reader: User, at: datetime) -> list[Open]:
    """Return what would be left behind. At most three queries for each kind, however much there is."""
    on = timezone.localdate(at)
    posts = _posts_beside(post, on)
    found = []
    for kind in OPEN_WORK:
        rows = _rows(kind, post, posts, at)
        if count := rows.count():
            lines = _lines(kind, rows, reader, at, on)
            more = count - len(lines) if lines else 0
            found.append(Open(kind, count, _people(kind, posts, post), lines, more))
    return found


def open_about_moved(post: Post, reader: User, at: datetime) -> list[Open]:
    """Return the same for a post that continues, about children who are now in somebody else's class."""
    on = timezone.localdate(at)
    posts = _posts_beside(post, on)
    found = []
    for kind in class_leaving.WITH_THE_CLASS:
        rows = class_leaving.moved_from(post, kind, at, on)
        if count := rows.count():
            lines = _lines(kind, rows, reader, at, on)
            people = [user for user in _people(kind, posts, post) if user.pk != post.user_id]
            found.append(Open(kind, count, people, lines, count - len(lines) if lines else 0))
    return found


def _rows(kind: OpenWork, post: Post, beside: Sequence[Post], at: datetime) -> QuerySet[Any]:
    """Return the rows without those about children of another class that the holder keeps."""
    assert post.school is not None  # noqa: S101 (a post of the school in hand)
    rows = kind.held_by([post.user], post.school, at)
    kept = [one.school_class_id for one in beside if one.user_id == post.user_id]
    if kind.is_about_child and any(kept):
        on = timezone.localdate(at)
        theirs = Enrolment.objects.filter(holds_on(on), school_class__in=[pk for pk in kept if pk])
        rows = rows.exclude(student__in=theirs.values("student"))
    return rows


def _lines(kind: OpenWork, rows, reader: User, at: datetime, on: date) -> list[str]:
    seen = rows.filter(pk__in=kind.seen_by(reader, at).values("pk"))[:LINES_SHOWN]
    return [kind.line(row, on) for row in seen]


def _posts_beside(post: Post, on: date) -> list[Post]:
    """Return the posts of active people that are valid today and on the day after `post` ends."""
    after = max(post.ends_on or on, on) + timedelta(days=1)
    rows = Post.objects.filter(holds_on(on), school=post.school, user__is_active=True)
    rows = rows.filter(holds_on(after)).exclude(pk=post.pk).select_related("user")
    rank = {role.value: place for place, role in enumerate(RANK)}
    return sorted(rows, key=lambda one: (rank.get(one.role, len(RANK)), one.user.name, one.pk))


def _people(kind: OpenWork, posts: Sequence[Post], leaving: Post) -> list[User]:
    if type(kind).takers is OpenWork.takers:
        return []
    able = [one for one in posts if kind.needs in ROLE_PERMISSIONS[Role(one.role)]]
    stays = [one for one in able if one.user_id == leaving.user_id]
    if kind.is_about_child:
        stays = [one for one in stays if one.role != Role.CLASS_TEACHER]
    others = [one for one in able if one.user_id != leaving.user_id]
    return list({one.user_id: one.user for one in [*stays, *others]}.values())


@transaction.atomic
def hand_over_all(
    *,
    post: Post,
    ends_on: date | None,
    choices: Mapping[str, int | None],
    by: User,
    at: datetime,
    ip: str | None = None,
) -> int:
    """Hand over what the holder owns and end the post, in one transaction.

    Return the number of rows handed over.

    `choices` gives for each kind the key of a colleague, or None for its queue. If `ends_on` is None, the
    post is over already. A post that has not begun is taken back, so that it never gives access. Raise
    NobodyMayTake, with nothing changed. Safe to call again.
    """
    post = (
        Post.objects.select_for_update(of=("self",))
        .select_related("user", "school")
        .get(pk=post.pk)
    )
    words = _("%(name)s no longer has this post.") % {"name": post.user.name}
    given = 0
    with pghistory.context(user=by.pk, post=post.pk):
        beside = _posts_beside(post, timezone.localdate(at))
        for kind in OPEN_WORK:
            rows = list(_rows(kind, post, beside, at))
            people = _people(kind, beside, post)
            chosen = choices.get(kind.key)
            if rows and not (chosen == post.user_id and post.user in people):
                others = [user for user in people if user.pk != post.user_id]
                _hand_over(kind, rows, others, chosen, words, by, at)
                given += len(rows)
        if post.starts_on > timezone.localdate(at):
            take_back_post(post=post, by=by)
        elif ends_on is not None:
            end_post(post=post, ends_on=ends_on, by=by, ip=ip)
    return given


@transaction.atomic
def hand_over_moved(*, post: Post, to: int | None, by: User, at: datetime) -> int:
    """Hand over what the holder owns about children who are now in another class. Return the number of rows.

    They go to the colleague `to` or, if None, each to the class teacher of its child. The post continues.
    Raise NobodyMayTake, with nothing changed. Safe to call again.
    """
    rows = Post.objects.select_for_update(of=("self",)).select_related("user", "school")
    post, on = rows.get(pk=post.pk), timezone.localdate(at)
    words = _("The child is in another class now.")
    given = 0
    with pghistory.context(user=by.pk, post=post.pk):
        beside = _posts_beside(post, on)
        for kind in class_leaving.WITH_THE_CLASS:
            moved = list(class_leaving.moved_from(post, kind, at, on))
            teachers = class_leaving.teachers_today([row.student_id for row in moved], on)
            others = [one for one in _people(kind, beside, post) if one.pk != post.user_id]
            for row in moved:
                _hand_over(kind, [row], others, to or teachers.get(row.student_id), words, by, at)
            given += len(moved)
    return given


def _hand_over(
    kind: OpenWork,
    rows: Sequence[Any],
    people: Sequence[User],
    chosen: int | None,
    words: str,
    by: User,
    at: datetime,
) -> None:
    """Hand each row to the chosen person or, if they may not take it, to the first who may.

    If nobody is chosen or may take it, it goes to the queue of its kind. Raise NobodyMayTake if there is no
    queue. Why a colleague may not take a row is not revealed.
    """
    nobody = 0
    for row in rows:
        if chosen is None and kind.left_to:
            to = None
        else:
            may = kind.takers(row, people, at)
            able = sorted(
                (user for user in people if user.pk in may), key=lambda user: user.pk != chosen
            )
            to = able[0] if able else None
        if to is not None:
            kind.give(row=row, to=to, by=by, words=words, at=at)
        elif not kind.left_to:
            nobody += 1
        else:
            kind.let_go(row=row, by=by, at=at)
    if nobody:
        raise NobodyMayTake(kind, nobody)


# --- Forgotten work ---------------------------------------------------------------------------------


def work_for(user: User, at: datetime) -> list[WorkItem]:
    """Return rows for administrators: people who left, may no longer sign in or now teach another class, and
    still own open work.
    """
    on = timezone.localdate(at)
    schools = school_ids_where(user, Permission.EDIT_SCHOOL, on)
    if not schools:
        return []
    left = []
    for post, count in _left_open(schools, at, on):
        words = ngettext(
            "%(n)d thing is still open in the name of somebody who no longer has a post.",
            "%(n)d things are still open in the name of somebody who no longer has a post.",
            count,
        )
        left.append(_row(post, words % {"n": count}, at))
    behind = [
        _row(one.post, class_leaving.why(one), at, "end_post" if one.is_over else "moved_work")
        for one in class_leaving.left_behind(schools, at, on)
    ]
    return left + behind


def questions(user: User, at: datetime) -> list[Question]:
    """Return the queries that `work_for` needs."""
    on = timezone.localdate(at)
    schools = school_ids_where(user, Permission.EDIT_SCHOOL, on)
    if not schools:
        return []
    return [
        _former.question(schools=schools, on=on),
        *class_leaving.questions(schools, at, on),
    ]


def _left_open(schools: Sequence[int], at: datetime, on: date) -> list[tuple[Post, int]]:
    former = _former(schools=schools, on=on)
    by_school: dict[int, dict[int, int]] = {}
    for post in former:
        by_school.setdefault(post.school_id, {})[post.user_id] = 0
    for school_id, counts in by_school.items():
        for kind in FORGOTTEN:
            for holder in _held(kind)(users=list(counts), school_id=school_id, at=at, on=on):
                counts[holder] += 1
    found = [(post, by_school[post.school_id][post.user_id]) for post in former]
    return [(post, count) for post, count in found if count][:FORMER_SHOWN]


@prepared
def _former(*, schools, on) -> QuerySet[Post]:
    """Return the last post of everybody who has none at the school today or may no longer sign in."""
    held = Post.objects.filter(
        holds_on(on), user=OuterRef("user"), school=OuterRef("school"), user__is_active=True
    )
    posts = Post.objects.filter(~Exists(held), school_id__in=schools, starts_on__lte=on)
    latest = posts.order_by("school_id", "user_id", "-starts_on", "-pk")
    return joined(latest.distinct("school_id", "user_id"), "user__name")


@cache
def _held(kind: OpenWork) -> Prepared:
    """Return the query that gives, for each open row of this kind, which of these people owns it."""

    @prepared
    def held(*, users, school_id, at, on) -> QuerySet[Any]:
        rows = kind.rows(school_id, at, on).filter(**{f"{kind.holder}__in": users})
        return rows.order_by().values_list(kind.holder, flat=True)

    return held


def _row(post: Post, why: str, at: datetime, page: str = "end_post") -> WorkItem:
    return WorkItem(
        key=f"left-open-{post.pk}",
        lane=Lane.DUE,
        student_id=0,
        is_person=True,
        student_name=post.user.name,
        why=why,
        since_at=at,
        act_label=_("Hand over"),
        act_url=reverse(f"staff:{page}", args=[post.pk]),
        act_opens=True,
        leads=True,
    )


def is_over(post: Post, on: date) -> bool:
    return post.ends_on is not None and post.ends_on < on

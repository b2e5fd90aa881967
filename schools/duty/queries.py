"""Reads of the roster: who is on duty at a moment, what is written down, and where nobody is."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import (
    BooleanField,
    DateField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
)
from django.utils import timezone

from accounts.models import User
from core.prepared import Question, prepared
from schools.duty import rules
from schools.models import DutyTurn, Post, School, holds_on
from schools.policies import current_posts, school_ids_where, today_in
from schools.roles import Permission, roles_with


def hours_of(school: School) -> rules.Hours:
    return rules.Hours(school.duty_day_from, school.duty_night_from)


def zone_of(school: School) -> ZoneInfo:
    return ZoneInfo(school.time_zone)


def _at_moment(at: datetime) -> QuerySet[DutyTurn]:
    return DutyTurn.objects.filter(
        Q(off_at=None) | Q(off_at__gt=at), starts_at__lte=at, ends_at__gt=at
    )


def with_duty(posts: QuerySet[Any], at: datetime) -> QuerySet[Any]:
    """Annotate each post with `is_rostered` (it is its holder's turn at that school at that moment) and
    `is_reachable` (their phone or e-mail is on record).
    """
    turns = _at_moment(at).filter(user=OuterRef("user_id"), school=OuterRef("school_id"))
    is_reachable = ~Q(user__phone="") | ~Q(user__email="")
    return posts.annotate(
        is_rostered=Exists(turns),
        is_reachable=ExpressionWrapper(is_reachable, BooleanField()),
    )


def stands_now(user: User, school_id: int, at: datetime) -> bool:
    return _at_moment(at).filter(user=user, school=school_id).exists()


def near_days(school_id: int, on: date) -> QuerySet[DutyTurn]:
    """Return who is, was or will be on duty there in these days; a turn removed before it
    began is left out.
    """
    days = timedelta(days=rules.NEAR_DAYS)
    return DutyTurn.objects.filter(
        Q(off_at=None) | Q(off_at__gt=F("starts_at")),
        school=school_id,
        on__gte=on - days,
        on__lte=on + days,
    )


def turns_between(
    school_ids: Collection[int], first: date, last: date | None = None
) -> QuerySet[Any]:
    """Return turns that are or were in force, without those removed before they began.

    `begins_here`: on that day the person holds a post that handles concerns and may sign in. `is_here`: this
    is also true on the next day if the turn continues until the morning.
    """
    next_day = ExpressionWrapper(OuterRef("on") + timedelta(days=1), DateField())
    by_day = Q(part=rules.Part.DAY)
    rows = DutyTurn.objects.filter(
        Q(off_at=None) | Q(off_at__gt=F("starts_at")), school__in=school_ids, on__gte=first
    )
    if last is not None:
        rows = rows.filter(on__lte=last)
    rows = rows.annotate(begins_here=Exists(_held(OuterRef("on"))))
    rows = rows.annotate(is_here=Q(begins_here=True) & (by_day | Exists(_held(next_day))))
    return rows.select_related("user").order_by("starts_at", "pk")


def _held(on: Any) -> QuerySet[Post]:
    return Post.objects.filter(
        holds_on(on),
        school=OuterRef("school_id"),
        user=OuterRef("user_id"),
        role__in=roles_with(Permission.HANDLE_CONCERNS),
        user__is_active=True,
    )


def parts_kept(school_ids: Collection[int], on: date) -> dict[int, frozenset[str]]:
    """Return school → the parts of the day for which it keeps a roster; leaves out schools without one."""
    found: dict[int, set[str]] = {}
    for school_id, part in _parts(school_ids=school_ids, since=_kept_since(on)):
        found.setdefault(school_id, set()).add(part)
    return {school_id: rules.kept(parts) for school_id, parts in found.items()}


def _kept_since(on: date) -> date:
    return on - timedelta(days=rules.KEPT_DAYS)


@prepared
def _parts(*, school_ids, since) -> QuerySet[Any]:
    rows = DutyTurn.objects.filter(school__in=school_ids, on__gte=since, off_at=None)
    return rows.values_list("school_id", "part").distinct()


def colleagues(school: School, on: date) -> QuerySet[User]:
    """Return who can be put on the roster: holders of a current or future post that handles concerns."""
    posts = Post.objects.filter(
        Q(ends_on=None) | Q(ends_on__gte=on),
        school=school,
        role__in=roles_with(Permission.HANDLE_CONCERNS),
    )
    return User.objects.filter(is_active=True, pk__in=posts.values("user_id")).order_by(
        "name", "pk"
    )


def days_without_post(user: User, school: School, first: date, last: date, part: str) -> list[date]:
    """Return the days of these turns on which `user` could not take a child's call there.

    A turn over night also needs a post on the morning after the last day.
    """
    if part != rules.Part.DAY:
        last += timedelta(days=1)
    rows = Post.objects.filter(
        school=school, user=user, role__in=roles_with(Permission.HANDLE_CONCERNS)
    )
    spans = list(rows.values_list("starts_on", "ends_on"))
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [
        on
        for on in days
        if not any(starts <= on and (ends is None or ends >= on) for starts, ends in spans)
    ]


def coming_turns(school: School, at: datetime) -> QuerySet[DutyTurn]:
    """Return turns that are not over yet, within the days that can be planned."""
    today = today_in(school, at)
    rows = turns_between([school.pk], today - timedelta(days=1), today + timedelta(rules.SPAN_DAYS))
    return rows.filter(off_at=None, ends_at__gt=at, is_here=True)


def turns_of(user: User, at: datetime) -> list[DutyTurn]:
    """Return the user's turns that are running or come within a week and for which they still hold a post;
    the next one first.
    """
    return _turns_of(**_next_turns(user, at))


def turn_questions(user: User, at: datetime) -> list[Question]:
    """Return the query that `turns_of` makes."""
    return [_turns_of.question(**_next_turns(user, at))]


def _next_turns(user: User, at: datetime) -> dict[str, Any]:
    today = timezone.localdate(at)
    here = {post.school_id for post in current_posts(user, today) if post.school_id}
    days = {"first": today - timedelta(days=2), "last": today + timedelta(days=8)}
    return {"user_id": user.pk, "school_ids": here, "at": at, **days}


@prepared
def _turns_of(*, user_id, school_ids, first, last, at) -> QuerySet[Any]:
    rows = turns_between(school_ids, first, last).filter(user_id=user_id, off_at=None)
    return rows.filter(ends_at__gt=at, begins_here=True).select_related("school")


def gaps_for(user: User, at: datetime) -> list[tuple[School, list[tuple[date, str]]]]:
    """Return (school, [(day, part), …]) for schools whose roster `user` writes and that have coming gaps."""
    on = timezone.localdate(at)
    ids = school_ids_where(user, Permission.PLAN_DUTY, on)
    parts = parts_kept(ids, on) if ids else {}
    if not parts:
        return []
    turns = _turns_here(school_ids=ids, **_days_of_gaps(on))
    held = {post.school_id: post.school for post in current_posts(user, on) if post.school}
    found = []
    for school_id, of_school in parts.items():
        school = held[school_id]
        here = [one for one in turns if one.school_id == school_id]
        days = gaps_in(school, here, of_school, duty_day_of(school, at), rules.GAP_DAYS + 1, at)
        if days:
            found.append((school, days))
    return found


def gap_questions(user: User, at: datetime) -> list[Question]:
    """Return the queries that `gaps_for` makes."""
    on = timezone.localdate(at)
    ids = school_ids_where(user, Permission.PLAN_DUTY, on)
    if not ids:
        return []
    return [
        _parts.question(school_ids=ids, since=_kept_since(on)),
        _turns_here.question(school_ids=ids, **_days_of_gaps(on)),
    ]


def _days_of_gaps(on: date) -> dict[str, date]:
    return {"first": on - timedelta(days=2), "last": on + timedelta(days=rules.GAP_DAYS + 1)}


@prepared
def _turns_here(*, school_ids, first, last) -> QuerySet[Any]:
    return turns_between(school_ids, first, last).filter(is_here=True)


def duty_day_of(school: School, at: datetime) -> date:
    return rules.duty_day(at, hours_of(school), zone_of(school))


def gaps_in(
    school: School,
    turns: list[DutyTurn],
    parts: Collection[str],
    first: date,
    days: int,
    at: datetime,
) -> list[tuple[date, str]]:
    hours, zone = hours_of(school), zone_of(school)
    each = [first + timedelta(days=n) for n in range(days)]
    gaps = [(on, rules.gap_of(on, turns, parts, hours, zone, at)) for on in each]
    return [(on, part) for on, part in gaps if part]

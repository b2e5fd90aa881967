"""Notices to a county's officers about each other's acts, and to its schools about when they begin.

They are derived from what is recorded.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_noop

from accounts.models import User
from core.clock import local_date
from delivery.actions.outbox import queue_messages
from delivery.actions.staff_accounts import MEANS, TOLD_FOR_DAYS, account_message, school_of
from delivery.models import CountyAccount, LeftOut, OutboxMessage
from schools.agreeing.policies import held, officers
from schools.models import ClassStart, Post, PostOffer, WaveSchool, holds_on
from schools.roles import Role

LEADS = (Role.SCHOOL_ADMIN, Role.PRINCIPAL)
# No names, as in every message about posts; the page shows who and where.
ASKED = gettext_noop("Someone at the county asked for a post. Sign in to see it.")
AGREED = gettext_noop("Someone agreed to a post that the county asked for. Sign in to see it.")
BEGUN = gettext_noop("A post that the county asked for has begun. Sign in to see it.")
CLOSED = gettext_noop("A post that the county asked for will not begin. Sign in to see why.")
BEGINS = gettext_noop(
    "Your county has set when your school's weekly questions to families begin. Sign in to see it."
)
CLASS_BEGINS = gettext_noop(
    "Your school has set when the weekly questions of a class begin. Sign in to see it."
)
ACCOUNT_ASKED = gettext_noop(
    "An account for messages of all schools waits for a second officer. Sign in to see it."
)
ACCOUNT_GIVEN = gettext_noop(
    "The county gives its schools an account for messages, or has changed it. Sign in to see it."
)
ACCOUNT_ENDED = gettext_noop(
    "An account for messages that the county gave to its schools has ended. Sign in to see what sends now."
)
LEFT_OUT = gettext_noop(
    "The county has changed whether your school uses its account for messages. Sign in to see it."
)
ENDED = gettext_noop("The post of an officer of your county ends. Sign in to see whose.")


@transaction.atomic
def queue_county_notices(*, at: datetime) -> int:
    """Queue one message for each step, person and address, and return how many are new. It is safe to run
    twice.

    The officers and those responsible for the school are notified, but not the person who took the step, nor
    the person to whom a post is offered.
    """
    told = [*_told(at), *_told_of_accounts(at)]
    due = {key: (user, words) for key, user, words in told}
    ways = {
        f"{key}:{means}": (user, words, means, getattr(user, means))
        for key, (user, words) in due.items()
        for means in MEANS
        if getattr(user, means)
    }
    known = OutboxMessage.objects.filter(dedupe_key__in=ways).values_list("dedupe_key", flat=True)
    rows = []
    for key in sorted(ways.keys() - set(known)):
        user, words, means, address = ways[key]
        school = school_of(user, at)
        if school is None:  # a county without schools has nothing to send with
            continue
        rows.append(account_message(key, user, school, words, means, address, at))
    queue_messages(rows)
    return len(rows)


def _told(at: datetime) -> Iterator[tuple[str, User, str]]:
    since, on = at - timedelta(days=TOLD_FOR_DAYS), local_date(at)
    recent = Q(asked_at__gte=since) | Q(agreed_at__gte=since) | Q(closed_at__gte=since)
    for offer in PostOffer.objects.filter(recent, county__isnull=False):
        around = {post.user for post in officers(on, offer.county_id).select_related("user")}
        principals = held(Role.PRINCIPAL, on).filter(school=offer.school_id)
        around |= {post.user for post in principals.select_related("user")}
        for step, words, by in _steps(offer):
            for user in around:
                if user.pk not in (by, offer.user_id):
                    yield f"county:{offer.pk}:{step}:{user.pk}", user, words
    # Each change of a school's start day, to those responsible for the school.
    moved = Q(placed_at__gte=since) | Q(wave__set_at__gte=since)
    of_its_county = Q(wave=None) | Q(wave__county=F("school__county"))
    for row in WaveSchool.objects.filter(moved, of_its_county).select_related("wave"):
        changed_at = max(row.placed_at, row.wave.set_at) if row.wave else row.placed_at
        for role in LEADS:
            for post in held(role, on).filter(school=row.school_id).select_related("user"):
                yield (
                    f"wave:{row.school_id}:{changed_at:%Y%m%d%H%M%S%f}:{post.user_id}",
                    post.user,
                    BEGINS,
                )
    yield from _classes_moved(since, on)
    # The officer whose post ends is notified by the events of their own account.
    ended = Post.objects.filter(role=Role.COUNTY_OFFICER, ends_on__gte=local_date(since))
    for post in ended:
        others = officers(on, post.county_id).exclude(user=post.user_id)
        for other in others.select_related("user"):
            yield f"county-end:{post.pk}:{post.ends_on}:{other.user_id}", other.user, ENDED


def _classes_moved(since: datetime, on: date) -> Iterator[tuple[str, User, str]]:
    """Yield each change of a class's start day, to its class teachers and those responsible for the school.

    If several classes move at once, each person gets one message. Two statements.
    """
    rows = list(ClassStart.objects.filter(placed_at__gte=since))
    of_class = Q(role=Role.CLASS_TEACHER, school_class__in=[row.school_class_id for row in rows])
    of_school = Q(role__in=LEADS, school__in={row.school_id for row in rows})
    # For next year's classes, notify their future teachers.
    held = (holds_on(on) & of_school) | ((holds_on(on) | Q(starts_on__gt=on)) & of_class)
    posts = Post.objects.filter(held, user__is_active=True)
    teachers: dict[int | None, list[User]] = defaultdict(list)
    leads: dict[int | None, list[User]] = defaultdict(list)
    for post in posts.select_related("user"):
        if post.role == Role.CLASS_TEACHER:
            teachers[post.school_class_id].append(post.user)
        else:
            leads[post.school_id].append(post.user)
    for row in rows:
        mark = f"class:{row.school_id}:{row.placed_at:%Y%m%d%H%M%S%f}"
        for user in [*teachers[row.school_class_id], *leads[row.school_id]]:
            if user.pk != row.placed_by_id:
                yield f"{mark}:{user.pk}", user, CLASS_BEGINS


def _steps(offer: PostOffer) -> Iterator[tuple[str, str, int | None]]:
    yield "asked", ASKED, offer.asked_by_id
    if offer.agreed_at:
        yield "agreed", AGREED, offer.agreed_by_id
    if offer.outcome == PostOffer.Outcome.GIVEN:
        yield "begun", BEGUN, offer.user_id
    elif offer.outcome:
        yield "closed", CLOSED, None


def _told_of_accounts(at: datetime) -> Iterator[tuple[str, User, str]]:
    """Yield news of the county's accounts, to the other officers and the schools' administrators.

    That is: an account begins, changes or ends, or a school is left out or joins again.
    """
    since, on = at - timedelta(days=TOLD_FOR_DAYS), local_date(at)
    recent = Q(asked_at__gte=since) | Q(agreed_at__gte=since) | Q(ended_at__gte=since)
    for account in CountyAccount.objects.filter(recent):
        others = {post.user for post in officers(on, account.county_id).select_related("user")}
        schools = _administrators(on).filter(school__county=account.county_id)
        everybody = others | {post.user for post in schools}
        for step, when, words, by, people in (
            ("asked", account.asked_at, ACCOUNT_ASKED, account.asked_by_id, others),
            ("given", account.agreed_at, ACCOUNT_GIVEN, account.agreed_by_id, everybody),
            ("ended", account.ended_at, ACCOUNT_ENDED, None, everybody),
        ):
            if when is None or when < since:
                continue
            for user in people:
                if user.pk != by:
                    mark = f"{account.pk}:{step}:{when:%y%m%d%H%M%S}"
                    yield f"county-account:{mark}:{user.pk}", user, words
    for row in LeftOut.objects.filter(at__gte=since, account__in_force=True):
        for post in _administrators(on).filter(school=row.school_id):
            key = f"county-account:{row.account_id}:out:{row.at:%y%m%d%H%M%S}:{post.user_id}"
            yield key, post.user, LEFT_OUT


def _administrators(on: date) -> QuerySet[Post]:
    return held(Role.SCHOOL_ADMIN, on).select_related("user")

"""Who hears of the shared queue by message: counsellors with room what waits, the child's school what nobody
took in time; each of them once of each brief.

No message holds more than that there is something in the queue: neither child nor school.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.models import User
from counselling.actions import alone
from counselling.models import Brief, BriefTold, Concern, ConcernEntry, PoolMember
from counselling.opening import append
from counselling.pool import home, policies, rules
from counselling.rules import ALERT_EXPIRES_HOURS
from messaging import actions as messaging
from messaging.models import OutboxMessage
from schools.models import School
from schools.policies import current_posts
from schools.queries import calendar_of
from schools.roles import Permission, roles_with

URGENT = gettext_noop(
    "A child of the county needs a counsellor within a day or two. Please look into the shared queue."
)
WAITS = gettext_noop(
    "Somebody in the county asks for a counsellor. Please look into the shared queue."
)
NOBODY = gettext_noop(
    "Nobody has taken yet what your school put into the shared queue. Please find another way."
)
UNSENT = (OutboxMessage.State.DUE, OutboxMessage.State.RETRY, OutboxMessage.State.CLAIMED)


def tell(at: datetime) -> int:
    """Returns how many were told. Safe twice and at the same time."""
    _call_off_what_is_closed(at)
    told = sum(alone(_tell_counsellor, pk, at) for pk in _with_something_new(at))
    return told + sum(alone(_tell_school, *keys, at) for keys in _late(at))


def _with_something_new(at: datetime) -> list[int]:
    """Keys of members of whose county something waits of which they were not told; one query."""
    was_told = BriefTold.objects.filter(brief=OuterRef("pk"), user=OuterRef(OuterRef("user")))
    new = policies.waiting(at).filter(~Exists(was_told), school__county=OuterRef("county"))
    rows = PoolMember.objects.filter(Exists(new), ended_at=None, capacity__gt=0)
    return list(rows.order_by("user").values_list("user", flat=True))


@transaction.atomic
def _tell_counsellor(user_id: int, at: datetime) -> bool:
    """Behind their own row and those of the briefs. Whichever is locked just now is told of by the next run:
    nobody waits here while somebody accepts.
    """
    users = User.objects.select_for_update(no_key=True, skip_locked=True)
    user = users.filter(pk=user_id, is_active=True).first()
    if user is None or policies.room_of(user, at) <= 0:
        return False
    rows = policies.briefs_open_to(user, at).exclude(told__user=user).order_by("pk")
    new = list(rows.select_for_update(of=("self",), no_key=True, skip_locked=True))
    school = _own_school(user, at)
    urgent = [one for one in new if one.concern.level in rules.TOLD_AT_ONCE]
    told = bool(urgent) and _say(user, school, urgent, URGENT, f"pool:{urgent[0].pk}:{user.pk}", at)
    return _tell_of_the_rest(user, school, [one for one in new if one not in urgent], at) or told


def _tell_of_the_rest(user: User, school: School, new: list[Brief], at: datetime) -> bool:
    """One message a day, by the day of their own school."""
    if not new:
        return False
    zone, calendar = ZoneInfo(school.time_zone), calendar_of(school)
    told = [one for one in new if rules.may_be_told_now(one.made_at, at, calendar, zone)]
    key = f"pool:{user.pk}:{timezone.localdate(at, zone)}"
    return bool(told) and _say(user, school, told, WAITS, key, at)


def _own_school(user: User, at: datetime) -> School:
    """Whose message it is, and whose name stands in it: never the child's school."""
    roles = roles_with(Permission.KEEP_CASES)
    posts = current_posts(user, timezone.localdate(at))
    return next(post.school for post in posts if post.role in roles and post.school)


def _say(
    user: User, school: School, briefs: Sequence[Brief], words: str, key: str, at: datetime, **more
) -> bool:
    """Whether it is news: of a `key` that was there, nothing is written."""
    is_new = messaging.queue_message(
        kind=OutboxMessage.Kind.CONCERN,
        user=user,
        school=school,
        dedupe_key=key,
        due_at=at,
        expires_at=at + timedelta(hours=ALERT_EXPIRES_HOURS),
        payload={"path": reverse("counselling:pool"), "words": words} | more,
    )
    if is_new:
        BriefTold.objects.bulk_create(
            BriefTold(school=one.school, brief=one, user=user, message_key=key, at=at)
            for one in briefs
        )
    return is_new


def _call_off_what_is_closed(at: datetime) -> None:
    """What has not left yet and is open to the reader no more: their post or place in the queue ended, the
    child was closed to them, it turned red. (What ended calls off its own messages: ends.py.)
    """
    since = at - timedelta(hours=ALERT_EXPIRES_HOURS)
    lately = BriefTold.objects.filter(at__gt=since).values("message_key")
    waiting = OutboxMessage.objects.filter(dedupe_key__in=lately, state__in=UNSENT)
    here = waiting.filter(payload__path=reverse("counselling:pool")).select_related("user")
    for message in here:
        told = BriefTold.objects.filter(message_key=message.dedupe_key).values("brief")
        if message.user and not _may_take_one_of(message.user, told, at):
            keys = [message.dedupe_key]
            messaging.call_off(dedupe_keys=keys, cause="no_longer_due", at=at)


def _may_take_one_of(user: User, briefs, at: datetime) -> bool:
    open_now = policies.briefs_open_to(user, at).filter(pk__in=briefs)
    return policies.room_of(user, at) > 0 and open_now.exists()


def _late(at: datetime) -> list[tuple]:
    """Concern and brief of what nobody took in time and nobody was told of."""
    rows = Brief.objects.filter(state=Brief.State.WAITING, late_at__lte=at, late_told_at=None)
    return list(rows.order_by("late_at").values_list("concern", "pk"))


@transaction.atomic
def _tell_school(concern_id: int, brief_id, at: datetime) -> bool:
    """Whoever put it into the queue, the concern's named adult and the principal; where none of them is left,
    whoever is on duty.
    """
    concern = Concern.objects.select_for_update(skip_locked=True).filter(pk=concern_id).first()
    rows = Brief.objects.select_for_update(skip_locked=True).filter(pk=brief_id, concern=concern)
    brief = rows.filter(state=Brief.State.WAITING, late_told_at=None).first()
    if concern is None or brief is None:
        return False
    brief.late_told_at = at
    brief.save(update_fields=["late_told_at"])
    path = reverse("counselling:detail", args=[concern.pk]) + "#pool"
    about = {"path": path, "concern": concern.pk, "student": concern.student_id}
    for user in _who_asked(brief, concern, at):
        append(concern, ConcernEntry.Kind.TOLD, at, about=user)
        key = f"pool-late:{brief.pk}:{user.pk}"
        _say(user, concern.school, [brief], NOBODY, key, at, **about)
    return True


def _who_asked(brief: Brief, concern: Concern, at: datetime) -> list[User]:
    on = timezone.localdate(at, ZoneInfo(concern.school.time_zone))
    ids = {brief.made_by_id, concern.named_adult_id, *policies.principals_of(concern.school_id, on)}
    known = [pk for pk in ids if pk is not None]
    people = User.objects.filter(pk__in=known, is_active=True).order_by("pk")
    near = [
        one
        for one in people
        if policies.waiting_at_schools_of(one, on).filter(pk=brief.pk).exists()
    ]
    return near or list(User.objects.filter(pk__in=home.who_leads(concern, at)).order_by("pk"))

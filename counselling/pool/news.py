"""Messages about the shared queue, to counsellors and to the child's school.

We tell counsellors with room what waits, and the child's school what nobody took in time. Each person is told
once about each brief, and counsellors once more if it has become urgent. A message says only that there is
something in the queue; it names neither the child nor the school.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.models import User
from core.database import run_step
from counselling import home
from counselling.models import Brief, BriefTold, PoolMember
from counselling.pool import policies, rules
from delivery import actions as messaging
from delivery.models import OutboxMessage
from safeguarding.models import Concern, ConcernEntry
from safeguarding.opening import append
from safeguarding.rules import ALERT_EXPIRES_HOURS
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
    "Nobody has yet taken what your school put into the shared queue. Please find another way."
)
Kind = BriefTold.Kind
WORDS = {Kind.URGENT: URGENT, Kind.WAITS: WAITS, Kind.LATE: NOBODY}
CALLED_OFF = "no_longer_due"
UNSENT = (OutboxMessage.State.DUE, OutboxMessage.State.RETRY, OutboxMessage.State.CLAIMED)


def tell(at: datetime) -> int:
    """Queue the messages. Return how many people were notified. Safe to run twice, even at the same time."""
    # Cancel unsent messages whose reader may no longer open the brief: their post or place in the queue has
    # ended, they were barred from the child, or it turned red. (Briefs that end cancel their own messages:
    # ends.py.)
    since = at - timedelta(hours=ALERT_EXPIRES_HOURS)
    lately = BriefTold.objects.filter(at__gt=since).values("message_key")
    waiting = OutboxMessage.objects.filter(dedupe_key__in=lately, state__in=UNSENT)
    here = waiting.filter(payload__path=reverse("counselling:pool"))
    for pk in list(here.order_by("pk").values_list("pk", flat=True)):
        run_step(_call_off_if_closed, pk, at)
    # Members with a waiting brief in their county that they have not been told about.
    new = policies.waiting(at).filter(
        ~Exists(_told_to(OuterRef(OuterRef("user")))), school__county=OuterRef("county")
    )
    members = PoolMember.objects.filter(Exists(new), ended_at=None, capacity__gt=0)
    users = list(members.order_by("user").values_list("user", flat=True))
    told = sum(bool(run_step(_tell_counsellor, user, at)) for user in users)

    # Briefs that nobody took in time and that nobody was told about; outside school hours only urgent ones.
    rows = Brief.objects.filter(state=Brief.State.WAITING, late_at__lte=at, late_told_at=None)
    rows = rows.select_related("concern", "school").order_by("late_at")
    late = []
    for one in rows:
        zone = ZoneInfo(one.school.time_zone)
        is_urgent = one.concern.level in rules.SCHOOL_TOLD_AT_ONCE
        if is_urgent or rules.may_be_told_now(one.made_at, at, calendar_of(one.school), zone):
            late.append((one.concern_id, one.pk))
    return told + sum(bool(run_step(_tell_school, *keys, at)) for keys in late)


def _told_to(user: int | OuterRef) -> QuerySet[BriefTold]:
    """Return notifications of a counsellor about the outer brief.

    For an urgent brief only an urgent one counts, so that they are told again when it becomes urgent.
    """
    enough = Q(kind=Kind.URGENT) | (
        Q(kind=Kind.WAITS) & ~Q(brief__concern__level__in=rules.TOLD_AT_ONCE)
    )
    return BriefTold.objects.filter(enough, brief=OuterRef("pk"), user=user)


@transaction.atomic
def _tell_counsellor(user_id: int, at: datetime) -> bool:
    """Tell one counsellor.

    Lock the member's row and those of the briefs, but skip rows locked by somebody else and leave them to
    the next run, so that nobody waits here while another accepts.
    """
    users = User.objects.select_for_update(no_key=True, skip_locked=True)
    user = users.filter(pk=user_id, is_active=True).first()
    if user is None or policies.room_of(user, at) <= 0:
        return False
    rows = policies.briefs_open_to(user, at).filter(~Exists(_told_to(user.pk))).order_by("pk")
    new = list(rows.select_for_update(of=("self",), no_key=True, skip_locked=True))
    # The counsellor's own school sends the message, never the child's. Only members have room (see above).
    roles, member = roles_with(Permission.KEEP_CASES), policies.membership_of(user, at)
    county = member.county_id if member else None
    schools = [
        post.school
        for post in current_posts(user, timezone.localdate(at))
        if post.role in roles and post.school
    ]
    school = next(school for school in schools if school.county_id == county)
    urgent = [one for one in new if one.concern.level in rules.TOLD_AT_ONCE]
    key = f"pool:{urgent[0].pk}:{user.pk}" if urgent else ""
    is_told = bool(urgent) and _say(user, school, urgent, Kind.URGENT, key, at)
    rest = [one for one in new if one not in urgent]
    if not rest:
        return is_told
    # For the rest, one message a day, counted by days at their own school.
    zone, calendar = ZoneInfo(school.time_zone), calendar_of(school)
    due = [one for one in rest if rules.may_be_told_now(one.made_at, at, calendar, zone)]
    key = f"pool:{user.pk}:{timezone.localdate(at, zone)}"
    return (bool(due) and _say(user, school, due, Kind.WAITS, key, at)) or is_told


def _say(
    user: User,
    school: School,
    briefs: Sequence[Brief],
    kind: BriefTold.Kind,
    key: str,
    at: datetime,
    **more,
) -> bool:
    """Queue a message. Return False, and write nothing, if one with this `key` was queued before.

    A message that was cancelled reached nobody, so the next one gets a new key.
    """
    same = Q(dedupe_key=key) | Q(dedupe_key__startswith=f"{key}:")
    off = Q(state=OutboxMessage.State.SUPPRESSED, cause=CALLED_OFF) | Q(
        payload__has_key="called_off"
    )
    nth = OutboxMessage.objects.filter(same, off).count()
    key = f"{key}:{nth}" if nth else key
    is_new = messaging.queue_message(
        kind=OutboxMessage.Kind.CONCERN,
        user=user,
        school=school,
        dedupe_key=key,
        due_at=at,
        expires_at=at + timedelta(hours=ALERT_EXPIRES_HOURS),
        payload={"path": reverse("counselling:pool"), "words": WORDS[kind]} | more,
    )
    if is_new:
        BriefTold.objects.bulk_create(
            [
                BriefTold(
                    school=one.school, brief=one, user=user, kind=kind, message_key=key, at=at
                )
                for one in briefs
            ],
            ignore_conflicts=True,
        )
    return is_new


@transaction.atomic
def _call_off_if_closed(message_id: int, at: datetime) -> None:
    """Cancel one message, unless it is being sent right now.

    Its reader is told again if a brief opens to them later.
    """
    message = OutboxMessage.objects.select_related("user").get(pk=message_id)
    told = BriefTold.objects.filter(message_key=message.dedupe_key)
    if message.user is None:
        return
    still_open = policies.briefs_open_to(message.user, at).filter(pk__in=told.values("brief"))
    if policies.room_of(message.user, at) > 0 and still_open.exists():
        return
    messaging.call_off(dedupe_keys=[message.dedupe_key], cause=CALLED_OFF, at=at)
    message.refresh_from_db()
    if message.cause == CALLED_OFF or "called_off" in message.payload:
        told.delete()


@transaction.atomic
def _tell_school(concern_id: int, brief_id, at: datetime) -> bool:
    """Tell the school that nobody has taken a brief.

    We tell the person who put it into the queue, the concern's named adult and the principal; if none of them
    is left, the person on duty. If there is nobody at all, the next run tries again.
    """
    concern = Concern.objects.select_for_update(skip_locked=True).filter(pk=concern_id).first()
    rows = Brief.objects.select_for_update(skip_locked=True).filter(pk=brief_id, concern=concern)
    brief = rows.filter(state=Brief.State.WAITING, late_told_at=None).first()
    people = _who_asked(brief, concern, at) if concern and brief else []
    if concern is None or brief is None or not people:
        return False
    brief.late_told_at = at
    brief.save(update_fields=["late_told_at"])
    path = reverse("counselling:detail", args=[concern.pk]) + "#pool"
    about = {"path": path, "concern": concern.pk, "student": concern.student_id}
    for user in people:
        append(concern, ConcernEntry.Kind.TOLD, at, about=user)
        key = f"pool-late:{brief.pk}:{user.pk}"
        _say(user, concern.school, [brief], Kind.LATE, key, at, **about)
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

"""How a child returns from the shared queue to its school.

It says who there must be told, and what ends in the queue when the school takes the child up itself, or its
case is closed or handed over. This module is below cases and the queue, which both use it. Rows are locked in
the same order everywhere: concerns by key, the child, its brief, its case.
"""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from counselling.models import Brief, BriefTold, Case, Engagement
from delivery import actions as messaging
from safeguarding.models import Concern, ConcernEntry
from safeguarding.opening import alert, append
from safeguarding.policies import at_the_top, handling_posts
from schools.roles import Role
from students.models import Student

NO_WORDS = ""  # instead of a key id


def lock_child(student_id: int, *concern_ids: int) -> None:
    """Lock the child before taking it up, so that nobody hands it on or accepts it at the same moment.

    `concern_ids` are concerns that will be changed afterwards, even if they are closed.
    """
    rows = Concern.objects.filter(Q(closed_at=None) | Q(pk__in=concern_ids), student=student_id)
    list(rows.order_by("pk").select_for_update().values_list("pk", flat=True))
    Student.objects.select_for_update(no_key=True).get(pk=student_id)


def lock_concerns(case: Case) -> None:
    """Lock the concerns of a case, before the case itself, if something will be written at them."""
    rows = case.concerns.order_by("pk").select_for_update()
    list(rows.values_list("pk", flat=True))


def end_waiting_for(student_id: int, by: User, at: datetime) -> None:
    """Take the child's briefs out of the queue, because the school looks after it itself.

    Call after `lock_child`.
    """
    rows = Brief.objects.select_for_update().filter(student=student_id, state=Brief.State.WAITING)
    for brief in rows:
        end_brief(brief, Brief.State.TAKEN_BACK, at)
        append(brief.concern, ConcernEntry.Kind.UNQUEUED, at, by=by)


def end_brief(brief: Brief, state: Brief.State, at: datetime) -> None:
    """End a brief that nobody accepted and delete its text, even if the key is missing.

    Nobody learned who the child is.
    """
    brief.state, brief.ended_at = state, at
    brief.key_id, brief.sealed = NO_WORDS, b""
    brief.save(update_fields=["state", "ended_at", "key_id", "sealed"])
    call_off_news(brief, at)


def call_off_news(brief: Brief, at: datetime) -> None:
    """Cancel messages about a brief that no longer waits.

    A message that is also about other briefs that wait is still sent.
    """
    keys = set(brief.told.values_list("message_key", flat=True))
    if not keys:
        return
    others = BriefTold.objects.filter(message_key__in=keys, brief__state=Brief.State.WAITING)
    keys -= set(others.exclude(brief=brief).values_list("message_key", flat=True))
    messaging.call_off(dedupe_keys=keys, cause="no_longer_due", at=at)


def end_engagement(case: Case, ending: Engagement.Ending, at: datetime) -> Engagement | None:
    """End the running engagement and return it; None if the case had no guest."""
    found = case.engagements.filter(ended_at=None).select_related("user").first()
    if found is not None:
        found.ended_at, found.ending = at, ending
        found.save(update_fields=["ended_at", "ending"])
    return found


def tell_school(ended: Engagement, by: User, at: datetime, words: str = "") -> None:
    """Tell the school that a counsellor of another school no longer looks after the child.

    Every concern of the case gets an entry; `words` are recorded only at the concern they belong to. The
    named adults are told or, if there are none, the principal and the person on duty.
    """
    case, standing = ended.case, ended.brief.concern
    while standing.joined_to is not None:
        standing = standing.joined_to
    rows = list(case.concerns.select_related("school").order_by("pk"))
    for concern in rows if standing in rows else [*rows, standing]:
        said = words if concern == standing else ""
        append(concern, ConcernEntry.Kind.GIVEN_BACK, at, by=by, words=said)
    named = [
        one
        for one in {*rows, standing}
        if one.closed_at is None
        and one.named_adult_id is not None
        and _near(one, at).filter(user=one.named_adult_id).exists()
    ]
    for concern in named:
        alert(concern, filter(None, [concern.named_adult_id]), at)
    if not named:
        alert(standing, who_leads(standing, at), at)


def _near(concern: Concern, at: datetime):
    on = timezone.localdate(at, ZoneInfo(concern.school.time_zone))
    return handling_posts(concern.school_id, concern.student_id, on, at)


def who_leads(concern: Concern, at: datetime) -> Iterable[int]:
    """Return whom to notify.

    A class teacher is not notified of what the child said to another adult, unless nobody else is there.
    """
    near = list(_near(concern, at))
    others = [post for post in near if post.role != Role.CLASS_TEACHER]
    heard = others if concern.is_narrow and others else near
    # Leave class teachers out first: if one of them is on duty, the next in `on_duty` counts.
    return [post.user_id for post in at_the_top(heard) or heard]

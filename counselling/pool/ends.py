"""How briefs and engagements end. On the lowest step of the room, because a concern that is closed, and
a case that is closed or handed over, end them too.
"""

import json
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from core.database import alone
from counselling import secrecy
from counselling.models import Brief, BriefTold, Case, Engagement
from counselling.pool import rules
from delivery import actions as messaging
from safeguarding.actions import lock
from safeguarding.levels.rules import after_school_days
from safeguarding.models import Concern
from schools.queries import calendar_of

NO_WORDS = ""  # in place of the key's id


def seal(brief: Brief, words: dict[str, str]) -> None:
    """Before the row is saved. Raises secrecy.NoKey."""
    box = secrecy.seal(json.dumps(words, ensure_ascii=False), place=brief.place)
    brief.key_id, brief.sealed = box.key_id, box.sealed


def words_in(brief: Brief) -> dict[str, Any]:
    """Raises KeyMissing or Tampered. The caller checks who reads, and writes the access log."""
    return json.loads(secrecy.unseal(brief.key_id, brief.sealed, place=brief.place))


def keep_ground(brief: Brief, at: datetime) -> None:
    """Accepted: why the law allowed to tell who the child is stays sealed, for whoever asks later; the words
    stand in the case. Raises KeyMissing, Tampered, NoKey.
    """
    ground = words_in(brief)["ground"]
    brief.state, brief.ended_at = Brief.State.ACCEPTED, at
    brief.key_id, brief.sealed = NO_WORDS, b""
    if ground:
        seal(brief, {"words": "", "ground": ground})
    brief.save(update_fields=["state", "ended_at", "key_id", "sealed"])
    _call_off(brief, at)


def end_brief(brief: Brief, state: Brief.State, at: datetime) -> None:
    """Delete a brief that nobody accepted, also where the key is missing; nobody learned who the child is."""
    brief.state, brief.ended_at = state, at
    brief.key_id, brief.sealed = NO_WORDS, b""
    brief.save(update_fields=["state", "ended_at", "key_id", "sealed"])
    _call_off(brief, at)


def _call_off(brief: Brief, at: datetime) -> None:
    """Drop notices about briefs that no longer wait; a message that also names others still goes."""
    keys = set(brief.told.values_list("message_key", flat=True))
    if not keys:
        return
    others = BriefTold.objects.filter(message_key__in=keys, brief__state=Brief.State.WAITING)
    keys -= set(others.exclude(brief=brief).values_list("message_key", flat=True))
    messaging.call_off(dedupe_keys=keys, cause="no_longer_due", at=at)


def end_waiting(concern: Concern, at: datetime, state: Brief.State = Brief.State.ENDED) -> bool:
    """Whether a brief of this concern waited until now."""
    rows = Brief.objects.select_for_update().filter(concern=concern, state=Brief.State.WAITING)
    ended = list(rows)
    for brief in ended:
        end_brief(brief, state, at)
    return bool(ended)


def follow_closed(at: datetime) -> int:
    """Whatever closed a concern, nothing of it waits: briefs that still do end, or go on with the concern to
    which it was joined. Returns how many. The acts of a person end them at once (concerns.actions); this is
    safe to run twice.
    """
    rows = Brief.objects.filter(state=Brief.State.WAITING, concern__closed_at__isnull=False)
    return sum(
        bool(alone(_follow, pk, at)) for pk in rows.order_by("pk").values_list("concern", flat=True)
    )


@transaction.atomic
def _follow(concern_id: int, at: datetime) -> bool:
    concern = lock(Concern(pk=concern_id))
    if concern.closed_at is None:
        return False
    if concern.joined_to is not None:
        return move_waiting(concern, concern.joined_to, at)
    return end_waiting(concern, at)


def late_at(concern: Concern, at: datetime) -> datetime:
    """The instant from which we tell the school that nobody has taken it."""
    school, days = concern.school, rules.WAIT_SCHOOL_DAYS[concern.level]
    latest = at + timedelta(days=rules.LONGEST_WAIT_DAYS[concern.level])
    return after_school_days(at, days, calendar_of(school), ZoneInfo(school.time_zone), latest)


def hurry(concern: Concern, at: datetime) -> None:
    """After a new level: what waits is late no later than that level says. Red does not wait (policies)."""
    waiting = concern.briefs.select_for_update().filter(state=Brief.State.WAITING).first()
    if waiting is not None and concern.level in rules.WAIT_SCHOOL_DAYS:
        waiting.late_at = min(waiting.late_at, late_at(concern, at))
        waiting.save(update_fields=["late_at"])


def move_waiting(concern: Concern, into: Concern, at: datetime) -> bool:
    """`concern` goes on in `into`, and so does what waits; whether something did."""
    rows = Brief.objects.filter(concern=concern, state=Brief.State.WAITING)
    for brief in rows.select_for_update():
        brief.concern = into
        brief.save(update_fields=["concern"])
        hurry(into, at)
        return True
    return False


def end_engagement(case: Case, ending: Engagement.Ending, at: datetime) -> Engagement | None:
    """Return the engagement that ran; None if the case had no guest."""
    found = case.engagements.filter(ended_at=None).select_related("user").first()
    if found is not None:
        found.ended_at, found.ending = at, ending
        found.save(update_fields=["ended_at", "ending"])
    return found

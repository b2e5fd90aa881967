"""How briefs end: accepted, or with their concern. `counselling.home` ends one brief, and an engagement."""

import json
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from core.database import run_step
from counselling import secrecy
from counselling.home import NO_WORDS, call_off_news, end_brief
from counselling.models import Brief
from counselling.pool import rules
from safeguarding.actions import lock
from safeguarding.levels.rules import after_school_days
from safeguarding.models import Concern
from schools.queries import calendar_of


def seal(brief: Brief, words: dict[str, str]) -> None:
    """Encrypt the text into the brief, before the row is saved. Raise secrecy.NoKey."""
    box = secrecy.seal(json.dumps(words, ensure_ascii=False), place=brief.place)
    brief.key_id, brief.sealed = box.key_id, box.sealed


def words_in(brief: Brief) -> dict[str, Any]:
    """Return the text of a brief. The caller checks who reads and writes the access log.

    Raise KeyMissing or Tampered.
    """
    return json.loads(secrecy.unseal(brief.key_id, brief.sealed, place=brief.place))


def keep_ground(brief: Brief, at: datetime) -> None:
    """Mark the brief as accepted and keep only the legal ground, encrypted, in case somebody asks later.

    The rest of the text is now in the case.

    Raise KeyMissing, Tampered or NoKey.
    """
    ground = words_in(brief)["ground"]
    brief.state, brief.ended_at = Brief.State.ACCEPTED, at
    brief.key_id, brief.sealed = NO_WORDS, b""
    if ground:
        seal(brief, {"words": "", "ground": ground})
    brief.save(update_fields=["state", "ended_at", "key_id", "sealed"])
    call_off_news(brief, at)


def end_waiting(concern: Concern, at: datetime, state: Brief.State = Brief.State.ENDED) -> bool:
    """End the waiting briefs of this concern. Return whether there was one."""
    rows = Brief.objects.select_for_update().filter(concern=concern, state=Brief.State.WAITING)
    ended = list(rows)
    for brief in ended:
        end_brief(brief, state, at)
    return bool(ended)


def follow_closed(at: datetime) -> int:
    """End briefs whose concern was closed in any way, or move them to the concern it was joined to.

    Return how many.

    When a person closes a concern, its briefs end at once (concerns.actions). Safe to run twice.
    """
    rows = Brief.objects.filter(state=Brief.State.WAITING, concern__closed_at__isnull=False)
    return sum(
        bool(run_step(_follow, pk, at))
        for pk in rows.order_by("pk").values_list("concern", flat=True)
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
    """Return the moment from which we tell the school that nobody has taken it."""
    school, days = concern.school, rules.WAIT_SCHOOL_DAYS[concern.level]
    latest = at + timedelta(days=rules.LONGEST_WAIT_DAYS[concern.level])
    return after_school_days(at, days, calendar_of(school), ZoneInfo(school.time_zone), latest)


def hurry(concern: Concern, at: datetime) -> None:
    """After a new level, make the waiting brief late no later than that level says.

    Red does not wait at all (policies).
    """
    waiting = concern.briefs.select_for_update().filter(state=Brief.State.WAITING).first()
    if waiting is not None and concern.level in rules.WAIT_SCHOOL_DAYS:
        waiting.late_at = min(waiting.late_at, late_at(concern, at))
        waiting.save(update_fields=["late_at"])


def move_waiting(concern: Concern, into: Concern, at: datetime) -> bool:
    """Move the waiting brief of `concern` to `into`, which continues it. Return whether there was one."""
    rows = Brief.objects.filter(concern=concern, state=Brief.State.WAITING)
    for brief in rows.select_for_update():
        brief.concern = into
        brief.save(update_fields=["concern"])
        hurry(into, at)
        return True
    return False

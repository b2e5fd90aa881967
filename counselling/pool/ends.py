"""How briefs and engagements end. On the lowest step of the room, because a concern that is closed, and
a case that is closed or handed over, end them too.
"""

import json
from datetime import datetime
from typing import Any

from counselling import secrecy
from counselling.models import Brief, Case, Concern, Engagement

NO_WORDS = ""  # in place of the key's id


def seal(brief: Brief, words: dict[str, str]) -> None:
    """Before the row is saved. Raises secrecy.NoKey."""
    box = secrecy.seal(json.dumps(words, ensure_ascii=False), place=brief.place)
    brief.key_id, brief.sealed = box.key_id, box.sealed


def words_in(brief: Brief) -> dict[str, Any]:
    """Raises KeyMissing or Tampered. Whoever calls it answers for who reads, and for the access log."""
    return json.loads(secrecy.unseal(brief.key_id, brief.sealed, place=brief.place))


def end_brief(brief: Brief, state: Brief.State, at: datetime) -> None:
    """Its words go, also where the key is missing: nobody needs them once it waits no longer."""
    brief.state, brief.ended_at = state, at
    brief.key_id, brief.sealed = NO_WORDS, b""
    brief.save(update_fields=["state", "ended_at", "key_id", "sealed"])


def end_waiting(concern: Concern, at: datetime, state: Brief.State = Brief.State.ENDED) -> bool:
    """Whether a brief of this concern waited until now."""
    rows = Brief.objects.select_for_update().filter(concern=concern, state=Brief.State.WAITING)
    ended = list(rows)
    for brief in ended:
        end_brief(brief, state, at)
    return bool(ended)


def end_engagement(case: Case, ending: Engagement.Ending, at: datetime) -> Engagement | None:
    """The one that ran; None where the case was nobody's guest."""
    found = case.engagements.filter(ended_at=None).select_related("user").first()
    if found is not None:
        found.ended_at, found.ending = at, ending
        found.save(update_fields=["ended_at", "ending"])
    return found

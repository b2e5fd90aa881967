"""Each school's ladder: its own, or the defaults of messaging/rules.py."""

from collections import defaultdict
from collections.abc import Iterable

from messaging.models import LadderSettings
from messaging.rules import Ladder


def ladders_of(school_ids: Iterable[int]) -> defaultdict[int, Ladder]:
    """Return school id → ladder, also for schools that have not set their own, in one query."""
    own = LadderSettings.objects.filter(school_id__in=school_ids)
    return defaultdict(Ladder, {row.school_id: row.ladder for row in own})


def ladder_of(school_id: int) -> Ladder:
    return ladders_of([school_id])[school_id]


def ladder_words_of(school_id: int) -> dict[str, str]:
    """Return the school's own sentences, "" where it uses the usual text."""
    names = ("ask_words", "again_words")
    own = LadderSettings.objects.filter(school_id=school_id).values(*names).first()
    return own or dict.fromkeys(names, "")


def has_own_ladder(school_id: int) -> bool:
    return LadderSettings.objects.filter(school_id=school_id).exists()

"""Each school's ladder: its own, or the defaults of messaging/rules.py."""

from collections import defaultdict
from collections.abc import Iterable

from messaging.models import LadderSettings
from messaging.rules import Ladder


def ladders_of(school_ids: Iterable[int]) -> defaultdict[int, Ladder]:
    """School → its ladder, also for schools that have set none; one query."""
    own = LadderSettings.objects.filter(school_id__in=school_ids)
    return defaultdict(Ladder, {row.school_id: row.ladder for row in own})


def ladder_of(school_id: int) -> Ladder:
    return ladders_of([school_id])[school_id]


def has_own_ladder(school_id: int) -> bool:
    return LadderSettings.objects.filter(school_id=school_id).exists()

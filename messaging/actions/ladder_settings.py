"""Saves a school's own ladder and resets it to the default."""

from collections.abc import Mapping
from datetime import datetime

from accounts.models import User
from messaging.models import LadderSettings
from messaging.rules import Ladder
from schools.models import School


def set_ladder(
    *,
    school: School,
    ladder: Ladder,
    words: Mapping[str, str] | None = None,
    by: User,
    at: datetime,
) -> None:
    """Save the school's ladder.

    `words` are the school's own sentences (ask_words, again_words): "" = the usual text, None = unchanged.
    The ladder applies from the next step of every question. Waits that have begun are not changed.
    """
    waits = {
        "ask_again": ladder.ask_again,
        "other_way": ladder.other_way,
        "other_adult": ladder.other_adult,
        "tell_teacher": ladder.tell_teacher,
        "village": ladder.village,
    }
    LadderSettings.objects.update_or_create(
        school=school, defaults=waits | dict(words or {}) | {"changed_at": at, "changed_by": by}
    )


def reset_ladder(*, school: School) -> None:
    LadderSettings.objects.filter(school=school).delete()

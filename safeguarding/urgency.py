"""How urgent a concern is: its word and its look, the same on every page that shows it."""

from functools import lru_cache

from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from safeguarding.models import Concern
from schools.worklist import Urgency

NOW, NOT_JUDGED, CLOSED = "now", "", "closed"


def urgencies() -> tuple[Urgency, ...]:
    """Of open concerns, the most urgent first: the groups of the list."""
    return _urgencies(get_language())


@lru_cache(maxsize=8)
def _urgencies(_language: str | None) -> tuple[Urgency, ...]:
    """Made once for each language: every row of a list asks for its own among them."""
    return (
        Urgency(NOW, "now", _("Needs an adult now")),
        Urgency(Concern.Level.ORANGE, "soon", _("Orange"), _("within a day or two")),
        Urgency(NOT_JUDGED, "soon", _("Answer in school hours")),
        Urgency(Concern.Level.YELLOW, "notice", _("Yellow"), _("within a week or two")),
    )


def urgency_of(concern: Concern) -> Urgency:
    """Urgency does not depend on who has taken it; it lasts until somebody closes the concern."""
    if concern.closed_at:
        return Urgency(CLOSED, "over", _("Closed"))
    key = NOW if concern.needs_adult_now else concern.level
    return next(one for one in urgencies() if one.key == key)


def alert_words(concern: Concern) -> str:
    """The sentence of an alert, a msgid; "" for the usual one, which says that an adult is needed now."""
    if concern.needs_adult_now:
        return ""
    return gettext_noop("A child waits for an answer in school hours.")


def adult_now() -> Urgency:
    return urgencies()[0]

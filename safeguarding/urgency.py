"""How urgent a concern is: its label and its look, the same on every page."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.languages import once_per_language
from safeguarding.models import Concern
from schools.worklist import Urgency

NOW, NOT_JUDGED, CLOSED = "now", "", "closed"


@once_per_language(8)
def urgencies() -> tuple[Urgency, ...]:
    """Return the urgencies of open concerns, the most urgent first; they group the list, and every row of it
    looks up its own.
    """
    return (
        Urgency(NOW, "now", _("Needs an adult now")),
        Urgency(Concern.Level.ORANGE, "soon", _("Orange"), _("within a day or two")),
        Urgency(NOT_JUDGED, "soon", _("Answer in school hours")),
        Urgency(Concern.Level.YELLOW, "notice", _("Yellow"), _("within a week or two")),
    )


def urgency_of(concern: Concern) -> Urgency:
    """Return its urgency, which lasts until somebody closes the concern, whoever has taken it."""
    if concern.closed_at:
        return Urgency(CLOSED, "over", _("Closed"))
    key = NOW if concern.needs_adult_now else concern.level
    return next(one for one in urgencies() if one.key == key)


def alert_words(concern: Concern) -> str:
    """Return the msgid for the alert's sentence; "" for the usual one, that an adult is needed now."""
    if concern.needs_adult_now:
        return ""
    return gettext_noop("A child waits for an answer in school hours.")


def adult_now() -> Urgency:
    return urgencies()[0]

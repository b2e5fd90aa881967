"""Entrusted care in words."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.history import in_lines
from guardians.models import EntrustedCare
from guardians.rules import Disqualifier

# Art. 22 section 3 and Art. 21, in short.
DISQUALIFIER_WORDS = {
    Disqualifier.HARMED: gettext_lazy(
        "has committed sexual assault, abuse, abandonment, trafficking or violence"
    ),
    Disqualifier.HABITS: gettext_lazy("takes drugs, drinks heavily or gambles"),
    Disqualifier.NEGLECTED: gettext_lazy("has refused or long neglected to care for a child"),
    Disqualifier.INCAPABLE: gettext_lazy(
        "lacks full legal capacity, or is not strong enough to look after a child"
    ),
    Disqualifier.INFECTIOUS: gettext_lazy("has a serious infectious disease"),
    Disqualifier.OTHER: gettext_lazy("is unsuitable for another reason"),
}


def care_in_lines(row: EntrustedCare) -> str:
    """Return all that is on record, for somebody who has changed an earlier version of it."""
    people = [(_("Entrusted to"), row.carer), *((_("By"), one) for one in row.parents.all())]
    grounds = [str(DISQUALIFIER_WORDS[Disqualifier(key)]) for key in row.disqualifiers]
    lines = [_(": ").join((label, one.name)) for label, one in people]
    return "\n".join([*lines, *grounds, in_lines(row, [*row.FACTS, "settled_words"])])

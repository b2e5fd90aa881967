"""Postcards as text."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core.names import joined
from postcards.models import Postcard
from postcards.policies import may_record, recipients_of
from students.models import Student


def together(names: Sequence[str]) -> str:
    """Join names: 妈妈和爸爸."""
    if len(names) < 2:
        return "".join(names)
    first, last = joined(names[:-1]), names[-1]
    return _("%(first)s and %(last)s") % {"first": first, "last": last}


def title_of(card: Postcard, names: Mapping[int, str], child: str) -> str:
    """Return the title for staff: who sent a postcard to whom."""
    if card.direction == Postcard.Direction.TO_CHILD:
        name = names.get(card.sender_id or 0, str(card.sender))
        return capfirst(
            _("%(name)s sent %(child)s a voice postcard") % {"name": name, "child": child}
        )
    whom = together([names.get(copy.adult_id, copy.adult.name) for copy in card.copies.all()])
    return _("%(child)s sent a voice postcard to %(whom)s") % {"child": child, "whom": whom}


def heard_words(card: Postcard, names: Mapping[int, str], child: str) -> str:
    if card.direction == Postcard.Direction.TO_CHILD:
        name = [child] if card.heard_at else []
    else:
        name = [
            names.get(copy.adult_id, copy.adult.name) for copy in card.copies.all() if copy.heard_at
        ]
    if not name:
        return _("not heard yet")
    return _("%(name)s has heard it") % {"name": together(name)}


def staff_note(student: Student, at: datetime) -> str:
    """Return why a child cannot send voice postcards; empty if they can."""
    if not may_record(student, at):
        return _(
            "No voice postcards: the family has not agreed to recording the child's voice. You "
            "can ask them again."
        )
    if not recipients_of(student, timezone.localdate(at)).exists():
        return _("No voice postcards: no working phone or address of a parent is on record.")
    return ""

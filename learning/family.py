"""The quiet entry on a family's card: what there is to hear."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from core.addresses import address_of
from core.prepared import Question
from guardians.family_lines import FamilyLine
from guardians.models import Adult
from learning import policies
from learning.reach import own_ties

ORDER = 74  # below the notices


def family_lines(
    student_ids: Collection[int], adults: Collection[Adult] | Sequence[Adult], at: datetime
) -> dict[int, list[FamilyLine]]:
    """Return one line on the card of the first child, if there is anything to hear."""
    if not student_ids:
        return {}
    readers = policies.readers_in(list(adults), timezone.localdate(at))
    rows = policies.sent_rows(adult_ids=[one.adult.pk for one in readers])
    sent = [row for row in rows if row.is_out]
    if not sent and not policies.to_choose(readers):
        return {}
    is_new = any(row.opened_at is None for row in sent)
    return {
        next(iter(student_ids)): [
            FamilyLine(
                text=_("Learn: something new, two minutes") if is_new else _("Learn: two minutes"),
                url=address_of("family_learning:list"),
                icon="sun",
                order=ORDER,
            )
        ]
    }


def questions(
    student_ids: Collection[int], adults: Collection[Adult], at: datetime
) -> list[Question]:
    """Return the queries of `family_lines`; a person who is not a reader costs one more."""
    keys = [one.pk for one in adults]
    return [
        own_ties.question(adult_ids=keys, on=timezone.localdate(at)),
        policies.sent_rows.question(adult_ids=keys),
    ]

"""One adult's own rhythm and pause, chosen by the adult or entered by the school."""

from datetime import date

import pghistory
from django.db import transaction

from accounts.history import refuse_unseen_change
from accounts.models import User
from guardians.models import Adult
from messaging.models import AdultRhythm


@transaction.atomic
def set_adult_rhythm(
    *,
    adult: Adult,
    every_days: int | None,
    paused_until: date | None,
    paused_reason: str = "",
    by_family: bool,
    instead_of: str | None = None,
    by: User,
) -> None:
    """Save an adult's own rhythm and pause. `paused_until` is the last day without a question.

    A waiting question is not sent, because dispatch checks again. The ladder of an open question skips this
    adult. `instead_of`: the version (`mark_of` CHOSEN) that the form began with; see core.meanwhile.
    """
    chosen = {
        "every_days": every_days,
        "paused_until": paused_until,
        "paused_reason": paused_reason if paused_until else "",
        "by_family": by_family and paused_until is not None,
    }
    with pghistory.context(user=by.pk):
        row, is_new = AdultRhythm.objects.select_for_update().get_or_create(
            adult=adult, defaults=chosen | {"school_id": adult.school_id}
        )
        if is_new:
            return
        refuse_unseen_change(row, chosen, seen=instead_of)
        for field, value in chosen.items():
            setattr(row, field, value)
        row.save(update_fields=chosen)


def pause_adult(*, adult: Adult, until: date | None, by: User) -> None:
    """Pause questions as the adult asked, up to and including `until`. None = ask again from now on."""
    own = AdultRhythm.objects.filter(adult=adult).first()
    set_adult_rhythm(
        adult=adult,
        every_days=own.every_days if own else None,
        paused_until=until,
        by_family=True,
        by=by,
    )


def choose_rhythm(*, adult: Adult, every_days: int | None, by: User) -> None:
    """Save the adult's choice of at most one question in `every_days` days. A pause stays as it is."""
    own = AdultRhythm.objects.filter(adult=adult).first()
    set_adult_rhythm(
        adult=adult,
        every_days=every_days,
        paused_until=own.paused_until if own else None,
        paused_reason=own.paused_reason if own else "",
        by_family=own.by_family if own else False,
        by=by,
    )

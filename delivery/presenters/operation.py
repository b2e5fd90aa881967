"""The state of sending, in words."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.days import stamp
from delivery import rules
from delivery.models import OutboxMessage, Restore, Settlement
from delivery.queries.operation import SHOWN, Outbox
from delivery.texts import cause_in_words
from schools.models import School


def restored(restore: Restore | None, school: School, at: datetime) -> dict[str, Any] | None:
    if restore is None or school.sending_started_at is None:
        return None
    return {
        "taken": stamp(restore.taken_at, at, school.time_zone),
        "loaded": stamp(restore.loaded_at, at, school.time_zone),
    }


def figures(outbox: Outbox, school: School, at: datetime) -> list[dict[str, Any]]:
    oldest = outbox.oldest_due_at
    minutes = int((at - oldest).total_seconds() // 60) if oldest else 0
    if not oldest:
        waited = ""
    elif minutes < 1:
        waited = _("the oldest for less than a minute")
    elif minutes < 120:
        words = ngettext("the oldest for %(n)d minute", "the oldest for %(n)d minutes", minutes)
        waited = words % {"n": minutes}
    else:
        hours = minutes // 60
        words = ngettext("the oldest for %(n)d hour", "the oldest for %(n)d hours", hours)
        waited = words % {"n": hours}
    late_line = _("for more than %(minutes)d minutes") % {"minutes": rules.LATE_AFTER_MINUTES}
    return [
        {"label": _("due to be sent now"), "count": outbox.due, "line": waited},
        {"label": _("late"), "count": outbox.late, "line": late_line if outbox.late else "",
         "tone": "late" if outbox.late else ""},
        {"label": _("being sent"), "count": outbox.in_flight},
        {"label": _("planned for later"), "count": outbox.planned},
    ]  # fmt: skip


def failed_rows(outbox: Outbox) -> list[dict[str, Any]]:
    return [{"cause": cause_in_words(cause), "count": count} for cause, count in outbox.failed]


def unknown_rows(
    messages: Sequence[OutboxMessage], school: School, at: datetime
) -> list[dict[str, Any]]:
    rows = []
    for one in messages:
        way = one.account.label if one.account else str(one.get_channel_display())
        # When it may have been sent. After a restore we know only the time for which it was planned.
        if one.cause == rules.RESTORED:
            went_at = one.due_at
        else:
            went_at = one.sending_at or one.finished_at or one.due_at
        parts = [
            str(one.get_kind_display()),
            stamp(went_at, at, school.time_zone),
            f"{way[:1].upper()}{way[1:]} {one.address}".strip(),
            cause_in_words(one.cause),
        ]
        row = {
            "pk": one.pk,
            "who": _who(one),
            "parts": [part for part in parts if part],
            "is_too_late": rules.settling_undo_until(at) >= one.expires_at,
        }
        rows.append(row)
    return rows


def more_unknown(outbox: Outbox) -> int:
    return max(outbox.unknown - SHOWN, 0)


def settled_rows(
    settlements: Sequence[Settlement], school: School, at: datetime
) -> list[dict[str, Any]]:
    rows = []
    for one in settlements:
        said = _("It did not arrive; sent again") if one.again_id else _("It did not arrive")
        row = {
            "pk": one.pk,
            "who": _who(one.message),
            "said": _("It arrived") if one.has_arrived else said,
            "by": one.by.name,
            "when": stamp(one.at, at, school.time_zone),
            "may_undo": at < rules.settling_undo_until(one.at),
        }
        rows.append(row)
    return rows


def noted(settlement: Settlement, *, is_dropped: bool) -> str:
    """Return the sentence for the person who has just settled it."""
    if settlement.has_arrived:
        return _("Noted: it arrived.")
    if settlement.again_id:
        return _("Noted. It will be sent again in a minute.")
    if is_dropped:
        return _("Noted: it is not sent again.")
    return _("Noted. It is too late to send it again; the next step follows at once.")


def _who(message: OutboxMessage) -> str:
    person = message.adult or message.user
    return person.name if person else message.address

"""Each channel as a line of the settings, and how a test went."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from messaging.models import ChannelAccount, ChannelKind, OutboxMessage
from messaging.presenters.board import stamp
from messaging.texts import cause_in_words

SLOW_AFTER_SECONDS = 20  # seconds; the outbox is looked at every five, so by then nobody works
State = OutboxMessage.State


def row(kind: str, account: ChannelAccount | None, at: datetime) -> dict[str, Any]:
    is_on = account is not None and account.is_enabled
    return {
        "kind": kind,
        "label": ChannelKind(kind).label,
        "where": _where(kind, account),
        "last": _last(account, at) if account else "",
        "state_label": _("in use") if is_on else _("not in use"),
        "tone": "strength" if is_on else "",
        "url": reverse("messaging:channel", args=[kind]),
        "act": _("Change") if account else _("Set up"),
    }


def demo_phone_row() -> dict[str, Any]:
    """Needs no settings: it stands in where a school for trying out has no channel of its own."""
    return {
        "kind": ChannelKind.DEMO_PHONE,
        "label": ChannelKind.DEMO_PHONE.label,
        "where": _("only for trying out: nothing leaves this server"),
        "state_label": _("in use"),
        "tone": "strength",
        "url": reverse("messaging:demo_phone"),
        "act": _("Have a look"),
    }


def _where(kind: str, account: ChannelAccount | None) -> str:
    config = account.config if account else {}
    if kind == ChannelKind.SMS:
        return urlsplit(config.get("url", "")).hostname or _("no gateway yet")
    return config.get("from") or settings.DEFAULT_FROM_EMAIL


def _last(account: ChannelAccount, at: datetime) -> str:
    rows = OutboxMessage.objects.filter(
        school_id=account.school_id, channel=account.kind, finished_at__isnull=False
    )
    latest = rows.order_by("-finished_at").first()
    if latest is None or latest.finished_at is None:
        return _("nothing sent yet")
    when = stamp(latest.finished_at, at, account.school.time_zone)
    return f"{when} {latest.get_state_display()}"


def own_address(user: User, kind: str) -> dict[str, str]:
    return {"address": user.email if kind == ChannelKind.EMAIL else user.phone}


def test_result(row: OutboxMessage, at: datetime) -> dict[str, Any]:
    """`poll_url` as long as the result may still change."""
    is_over = row.state not in (State.DUE, State.CLAIMED, State.RETRY)
    is_good = row.state in (State.ACCEPTED, State.DELIVERED)
    last = row.attempts.order_by("-at").first()
    cause = cause_in_words(row.cause or (last.cause if last else ""))
    return {
        "row": row,
        "text": _result_text(row, cause, is_good, at),
        "tone": "" if is_good or not is_over else "bad",
        "is_waiting": not is_over,
        "detail": last.detail if last and not is_good else "",
        "poll_url": "" if is_over else reverse("messaging:test_result", args=[row.pk]),
    }


def _result_text(row: OutboxMessage, cause: str, is_good: bool, at: datetime) -> str:
    where = {"address": row.address, "cause": cause}
    if is_good:
        return _("Sent to %(address)s. Look there: did it arrive?") % where
    if row.state == State.RETRY:
        return _("Did not work: %(cause)s. It will be tried again.") % where
    if row.state in (State.DUE, State.CLAIMED):
        if at - row.due_at > timedelta(seconds=SLOW_AFTER_SECONDS):
            return _("Still waiting. Is the worker running? Ask whoever looks after the server.")
        return _("Being sent to %(address)s …") % where
    return _("Not sent: %(cause)s.") % {"cause": cause or row.get_state_display()}

"""A token as a line on the settings page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from api.models import ApiToken, Scope
from api.tokens import rules
from core.days import full_day
from core.names import joined


@dataclass(frozen=True)
class Line:
    token: ApiToken
    scopes: str
    networks: str
    state: str  # why it does not work; "" while it does
    is_ending: bool  # within two weeks

    @property
    def has_webhook(self) -> bool:
        return hasattr(self.token, "webhook")

    @property
    def tone(self) -> str:
        return "" if self.state else "strength"


def groups(tokens: Iterable[ApiToken], on: date) -> dict[str, Any]:
    soon = on + timedelta(days=rules.WARNED_DAYS)
    lines = [
        Line(
            one,
            " · ".join(str(Scope(scope).label) for scope in one.scopes),
            joined(one.networks),
            _why_not(one, on),
            is_ending=one.expires_on <= soon,
        )
        for one in tokens
    ]
    stopped = [
        line
        for line in lines
        if line.state and line.token.revoked_at is None and line.token.expires_on >= on
    ]
    return {
        "open": [line for line in lines if not line.state],
        "stopped": stopped,
        "over": [line for line in lines if line.state and line not in stopped],
    }


def _why_not(token: ApiToken, on: date) -> str:
    if token.revoked_by:
        return _("ended by %(name)s") % {"name": token.revoked_by.name}
    if token.expires_on < on:
        return _("expired on %(day)s") % {"day": full_day(token.expires_on)}
    if not token.has_maker:
        words = _("stopped: %(name)s made it and no longer administers the school")
        return words % {"name": token.made_by.name}
    return ""

"""Decide whether two accounts may belong to one person, by usernames, phones and e-mail addresses, current
and recent.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from accounts.models import User
from core.phones import mobile_in, parse_phone

# Days. Otherwise an office number that two people once shared would make them count as one person for ever.
REMEMBERED_DAYS = 90


def marks(*, username: str = "", phone: str = "", email: str = "") -> set[str]:
    """Return what accounts of one person have in common, no matter how it was typed."""
    found = {parse_phone(phone).address, mobile_in(username), _mailbox(email)}
    found.add(_mailbox(username) if "@" in username else username.strip().casefold())
    return found - {""}


def _mailbox(address: str) -> str:
    """Return the address without what some providers allow after the name: a+school@b and A@b reach one
    person.
    """
    name, _, host = address.strip().casefold().rpartition("@")
    return f"{name.partition('+')[0]}@{host}" if name else ""


def marks_of(user_ids: Collection[int], at: datetime) -> set[str]:
    """Return the marks of these accounts together, now and recently: a number that was replaced only for an
    hour still counts as its owner's.

    Two queries.
    """
    wanted = ("username", "phone", "email")
    rows = list(User.objects.filter(pk__in=user_ids).values(*wanted))
    history = User.pgh_event_model.objects.filter(pgh_obj_id__in=user_ids)  # type: ignore[attr-defined]
    until: dict[int, datetime] = {}  # when the next row of the same account was written
    latest_first = history.order_by("-pgh_id").values("pgh_obj_id", "pgh_created_at", *wanted)
    for row in latest_first:
        pk, written_at = row.pop("pgh_obj_id"), row.pop("pgh_created_at")
        if until.get(pk, at) >= at - timedelta(days=REMEMBERED_DAYS):
            rows.append(row)
        until[pk] = written_at
    return set().union(*(marks(**row) for row in rows))

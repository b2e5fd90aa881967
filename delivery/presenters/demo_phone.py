"""A phone as it would look: bubbles with links that work."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.days import stamp
from delivery.models import DemoPhoneMessage
from guardians.models import Guardianship
from guardians.presenters import relation_word
from schools.models import School

LINK = re.compile(r"(https?://[^\s，。；]+)")
OWNERS_SHOWN = 60  # phones in the list; the search finds the others
OF_TESTS = "tests"
MESSAGES_SHOWN = 30  # bubbles; a phone shows the latest


@dataclass(frozen=True)
class Owner:
    """Somebody whose phone it is: an adult of a family, or a member of staff."""

    key: str
    name: str
    line: str
    count: int


@dataclass(frozen=True)
class Bubble:
    when: str
    parts: list[tuple[str, bool]]  # text, whether it is a link
    pk: int


def owners(school: School, search: str = "") -> list[Owner]:
    """Return everybody who received something, latest first; two queries more for whose family they are."""
    rows = DemoPhoneMessage.objects.filter(school=school)
    families = _owners(rows, "adult", search)
    staff = _owners(rows, "user", search)
    adults = [row["adult_id"] for row in families]
    held = Guardianship.objects.filter(school=school, adult_id__in=adults, ends_on=None)
    held_by = held.order_by("-pk").values_list("adult_id", "student__name", "relation")
    lines = {
        adult: _("%(child)s’s %(relation)s") % {"child": child, "relation": relation_word(relation)}
        for adult, child, relation in held_by
    }
    found = [
        _owner(f"a{row['adult_id']}", row["adult__name"], row, lines.get(row["adult_id"], ""))
        for row in families
    ]
    found += [_owner(f"u{row['user_id']}", row["user__name"], row, "") for row in staff]
    tests = rows.filter(adult=None, user=None).aggregate(latest=Max("received_at"), n=Count("pk"))
    if tests["n"] and not search:
        found.append(_owner(OF_TESTS, _("Tests"), tests, _("to your own number")))
    found.sort(key=lambda pair: pair[0], reverse=True)
    return [owner for _latest, owner in found[:OWNERS_SHOWN]]


def _owner(key: str, name: str, row: dict, line: str) -> tuple[datetime, Owner]:
    return row["latest"], Owner(key, name, line, row["n"])


def _owners(rows: QuerySet[DemoPhoneMessage], of: str, search: str) -> list[dict]:
    known = rows.filter(**{f"{of}__isnull": False})
    if search:
        known = known.filter(**{f"{of}__name__icontains": search})
    values = known.order_by().values(f"{of}_id", f"{of}__name")
    return list(
        values.annotate(latest=Max("received_at"), n=Count("pk")).order_by("-latest")[:OWNERS_SHOWN]
    )


def bubbles(messages: Iterable[DemoPhoneMessage], now: datetime, zone: str) -> list[Bubble]:
    """Oldest first, as on a phone."""
    shown = []
    for one in reversed(list(messages)):
        parts = [(part, bool(LINK.fullmatch(part))) for part in LINK.split(one.text) if part]
        shown.append(Bubble(stamp(one.received_at, now, zone), parts, one.pk))
    return shown


def clock(now: datetime, zone: str) -> str:
    return date_format(timezone.localtime(now, ZoneInfo(zone)), "G:i")

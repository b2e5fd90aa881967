"""The end of storage, in words."""

from collections.abc import Iterable
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from classroom.pictures.rules import GONE_DAYS as PICTURE_DAYS
from doors.staff.retention.queries import Ahead
from doors.staff.retention.rules import YEAR, Rule
from postcards.rules import GONE_DAYS as VOICE_DAYS
from rosters.civil.rules import KEPT_DAYS as CIVIL_LIST_DAYS
from surveys.past.rules import UNDO_HOURS
from surveys.pulses.rules import KEPT_WEEKS

# Rule → what it is about, and what happens to it.
WORDS: dict[str, tuple[Promise, Promise]] = {
    "file": (
        _("files of children who have left"),
        _("deleted whole, with the adults who belong to no other child"),
    ),
    "health": (
        _("health, identity number and special care of children who have left"),
        _("emptied; name, birthday and class stay"),
    ),
    "notes": (_("notes about children"), _("deleted, with photo and recording")),
    "talks": (
        _("messages between families and the school"),
        _("deleted, with photo and recording"),
    ),
    "answers": (_("words beside a family's answer"), _("emptied; the answer stays")),
    "replies": (
        _("words and recordings of each single answer"),
        _("emptied; the answer stays"),
    ),
    "absences": (_("reasons for absence"), _("emptied; the day stays")),
    "leave": (_("requests for leave"), _("words and photo emptied; the days stay")),
    "imports": (_("uploaded rosters"), _("the file is emptied; how many rows came in stays")),
    "import_rows": (_("rows of uploaded rosters"), _("names and values emptied")),
    "reports": (_("what a provider reported of a message"), _("emptied; whether it arrived stays")),
}
AFTER: dict[str, Promise] = {
    "file": _("after the last day at school"),
    "health": _("after the last day at school"),
}


def span(rule: Rule) -> str:
    """Return how long a rule keeps its rows, and from when that counts."""
    if rule.days % YEAR == 0:
        years = rule.days // YEAR
        words = ngettext_lazy("%(n)d year", "%(n)d years", years) % {"n": years}
    else:
        words = ngettext_lazy("%(n)d day", "%(n)d days", rule.days) % {"n": rule.days}
    return f"{words} {AFTER[rule.key]}" if rule.key in AFTER else str(words)


def rows_ahead(ahead: Iterable[Ahead]) -> list[dict[str, Any]]:
    return [
        {
            "what": WORDS[one.rule.key][0],
            "becomes": WORDS[one.rule.key][1],
            "span": span(one.rule),
            "count": one.count,
        }
        for one in ahead
    ]


def by_rooms() -> list[dict[str, Any]]:
    """Return what the packages delete themselves, hourly.

    A hold does not stop it, because it follows a family's no.
    """
    return [
        {
            "what": _("weekly answers of children and carers"),
            "span": _("%(n)d weeks, or within the hour after a no") % {"n": KEPT_WEEKS},
        },
        {
            "what": _("pictures of school life"),
            "span": _("%(n)d days after the last day at school, or at once after a no")
            % {"n": PICTURE_DAYS},
        },
        {
            "what": _("voices of postcards"),
            "span": _("%(n)d days after the last day at school, or within the hour after a no")
            % {"n": VOICE_DAYS},
        },
        {
            "what": _("sheets of earlier results that nobody kept"),
            "span": _("%(n)d hours") % {"n": UNDO_HOURS},
        },
        {
            "what": _("lists of the civil affairs office"),
            "span": _("%(n)d days, or until the next one") % {"n": CIVIL_LIST_DAYS},
        },
    ]


def gone_rows(entries: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"day": one["day"], "what": WORDS[one["rule"]][0], "count": one["n"]} for one in entries
    ]

"""Text about trainings, what is due, and what the school asks of its staff."""

from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.days import full_day, short_day
from learning.training import policies
from learning.training.forms import months_words
from learning.training.models import StaffPlan, Training
from learning.training.queries import DueRow, counts_at
from learning.training.rules import PROTECTION, SUPPORT
from schools.models import School
from schools.policies import Viewer
from schools.queries import year_in_hand


def due_words(rows: Collection[DueRow]) -> list[dict[str, Any]]:
    """Return one entry for each person: first those whose training has run out, then those without one."""
    people: dict[int, list[DueRow]] = {}
    for row in sorted(rows, key=lambda one: one.due.last is None):
        people.setdefault(row.user.pk, []).append(row)
    found = []
    for own in people.values():
        lines = []
        for row in own:
            said = {
                "what": Training.Kind(row.due.kind).label,
                "day": full_day(row.due.since),
                "last": full_day(row.due.last) if row.due.last else "",
            }
            words = _("%(what)s: none recorded; at the school since %(day)s")
            if row.due.last:
                words = _("%(what)s: due since %(day)s; the last one ended on %(last)s")
            lines.append(words % said)
        found.append({"who": own[0].user.name, "lines": lines})
    return found


def of_plan(plan: StaffPlan | None) -> dict[str, Any]:
    counts = counts_at(plan)
    return {
        "protection": months_words(counts[PROTECTION]),
        "support": months_words(counts[SUPPORT]),
        "is_set": plan is not None,
        "room_hours": plan.room_hours if plan else None,
    }


def listed(
    rows: Collection[Training], due: Collection[DueRow], school: School, viewer: Viewer
) -> dict[str, Any]:
    year = year_in_hand(school, viewer.on)
    hours = sum(one.hours for one in rows if year and one.ended_on >= year.starts_on)
    words = ngettext("%(n)d hour this school year", "%(n)d hours this school year", hours)
    return {
        "rows": [
            {
                "training": one,
                "day": short_day(one.ended_on, viewer.on),
                "may_remove": policies.may_remove(viewer, one),
            }
            for one in rows
        ],
        "due": due_words(due),
        "is_all": policies.sees_all(viewer),
        "hours": words % {"n": hours},
        "today": viewer.on.isoformat(),
    }

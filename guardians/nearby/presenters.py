"""A person near by in words: what is on record, and what is missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from core.days import short_day
from guardians.models import NearbyAdult
from guardians.nearby.queries import missing_of
from guardians.nearby.rules import Missing
from guardians.presenters import relation_word
from students.presenters import FileSection

NOT_YET = {
    Missing.PARENT: lambda: _("no parent has agreed yet"),
    Missing.CHILD: lambda: _("the child has not been asked yet"),
    Missing.VILLAGE: lambda: _("the village has not been told yet"),
}


@dataclass(frozen=True)
class NearbyRow:
    """One person as shown on a page. `why_not` is "" if they count."""

    row: NearbyAdult
    nth: str
    relation: str
    near: str
    missing: Sequence[Missing]
    why_not: str
    agreed: str
    child: str
    village: str

    @property
    def counts(self) -> bool:
        return not self.why_not

    @property
    def is_agreed(self) -> bool:
        return Missing.PARENT not in self.missing


def rows_of(people: Sequence[NearbyAdult], on: date) -> list[NearbyRow]:
    """Return the rows for `people`, which come from guardians.nearby.queries.on_record."""
    found = []
    for one in people:
        missing = missing_of(one)
        row = NearbyRow(
            row=one,
            nth=pgettext("of a child", "Second adult") if one.rank == 1 else _("Third adult"),
            relation=relation_word(one.relation) if one.relation else "",  # type: ignore[attr-defined]
            near=on_foot(one.minutes),
            missing=missing,
            why_not=why_not(one, missing),
            agreed=_agreed(one, on) if Missing.PARENT not in missing else "",
            child=_child(one, on),
            village=_("told on %(day)s") % {"day": short_day(one.village_told_on, on)}
            if one.village_told_on
            else "",
        )
        found.append(row)
    return found


def near_section(people: Sequence[NearbyAdult], on: date) -> list[FileSection]:
    """Return a section of the file if anybody is on record: each person with what is still missing."""
    if not people:
        return []
    lines = [
        _(", ").join(filter(None, [one.row.adult.name, one.near, one.why_not]))
        for one in rows_of(people, on)
    ]
    url = reverse("guardians:family_nearby", args=[people[0].student_id])
    return [
        FileSection(
            key="near",
            title=_("People near by"),
            lines=tuple(lines),
            more=((_("See the list"), url),),
        )
    ]


def on_foot(minutes: int) -> str:
    return ngettext("%(n)d minute on foot", "%(n)d minutes on foot", minutes) % {"n": minutes}


def why_not(row: NearbyAdult, missing: Sequence[Missing]) -> str:
    """Return why the person is not asked yet; "" if nothing is missing."""
    if row.child_wants is False:
        return _("the child does not want it")
    return pgettext("between names", ", ").join(NOT_YET[one]() for one in missing)


def _agreed(row: NearbyAdult, on: date) -> str:
    day = short_day(timezone.localdate(row.agreed_at), on) if row.agreed_at else ""
    who = row.agreed_by.name if row.agreed_by else _("a parent")
    words = {"who": who, "day": day, "how": row.get_agreed_how_display()}
    return _("%(who)s agreed on %(day)s, %(how)s") % words


def _child(row: NearbyAdult, on: date) -> str:
    if row.child_asked_on is None:
        return ""
    day = {"day": short_day(row.child_asked_on, on)}
    if row.child_wants:
        return _("asked on %(day)s: wants it") % day
    return _("asked on %(day)s: does not want it") % day

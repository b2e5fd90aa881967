"""An evening as text: its state, what happened, who would be asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from core.days import clock_time
from delivery.channels.costs import FEN
from delivery.models import OutboxMessage
from delivery.queries.calls import expected
from guardians.nearby.presenters import on_foot
from guardians.nearby.queries import counts_of
from nights import rules
from nights.models import Night, NightEntry, Step
from nights.queries import (
    asked_about,
    away_from,
    carer_of,
    entries_of,
    festivals_of,
    reach_of,
    village_workers,
    zone_of,
)
from schools.models import School
from students.models import Student

Kind = NightEntry.Kind
WORDS_MAX = 500  # characters, as for the text of a concern

WHY_NOT = {
    rules.NOBODY: lambda: _("nobody may be asked"),
    rules.ASKED_ALREADY: lambda: _("was asked tonight already"),
    rules.LATE: lambda: _("too late in the evening"),
}


YEAR_AHEAD = timedelta(days=365)


def asked_by_rule(school: School, on: date) -> dict[str, Any]:
    """Return what each rule would do, before it is ticked.

    It lists whom the rule asks about on one evening, by telephone and at what cost, and on which evenings.
    """
    everybody = reach_of(school, None, True, on).students
    away = away_from(school, on)
    evenings = festivals_of(school, on, on + YEAR_AHEAD)
    carers = carer_of([one.pk for one in away], on)
    alone = sum(one.pk not in carers for one in away)
    line = ngettext(
        "%(n)s child has nobody at home we can ask: every evening we call the neighbours at once, "
        "and the person on duty if nobody helps.",
        "%(n)s children have nobody at home we can ask: every evening we call their neighbours at "
        "once, and the person on duty if nobody helps.",
        alone,
    )
    return {
        "evenings": evenings,
        "festival": _asked(school, everybody, on),
        "away": _asked(school, away, on) + ([line % {"n": alone}] if alone else []),
        "student_ids": {one.pk for one in everybody},
    }


def _asked(school: School, students: Sequence[Student], on: date) -> list[str]:
    """Return lines about one evening: whom it asks, how many calls that makes, and what they cost."""
    adults = asked_about(students, on)
    would = expected(school, adults, OutboxMessage.Kind.AT_HOME)
    children = ngettext(
        "%(n)s child, as of today", "%(n)s children, as of today", len(students)
    ) % {"n": len(students)}
    messages = ngettext("%(n)s adult is asked", "%(n)s adults are asked", len(adults)) % {
        "n": len(adults)
    }
    calls = ngettext("%(n)s of them by telephone", "%(n)s of them by telephone", would.calls) % {
        "n": would.calls
    }
    if would.fen is None:
        cost = _("nobody has entered what a call costs")
    else:
        cost = _("about %(yuan)s yuan") % {"yuan": f"{would.fen / FEN:.2f}"}
    near = _(
        "For each child about whom nobody answers: up to two more calls to the people near by."
    )
    comma = _(", ")
    return [comma.join([children, messages]), comma.join([calls, cost]), near]


def state_words(night: Night, *, to_family: bool = False) -> str:
    """Say the state in one sentence. A family reads no name of the staff."""
    if night.called_off_at is not None:
        return _("Called off.")
    if night.settled_at is not None:
        return _settled_words(night, to_family=to_family)
    if night.step == Step.CARER:
        return _("We are asking whether an adult is at home.")
    if night.step in rules.NEARBY:
        return _("We are asking a neighbour to come.")
    if to_family:
        return _("The school is looking after it now.")
    if night.step == Step.DUTY:
        return _("Nobody near by has said yes. We told the person on duty.")
    return _("Nobody has answered. Write down here what you did.")


def _settled_words(night: Night, *, to_family: bool) -> str:
    name = night.settled_adult.name if night.settled_adult else ""
    if night.settled_as == Night.Settled.HOME:
        return _("An adult is at home tonight: %(name)s") % {"name": name}
    if night.settled_as == Night.Settled.NEARBY:
        return _("%(name)s is with the child tonight") % {"name": name}
    if night.settled_as == Night.Settled.VILLAGE:
        return _("The village worker is with the child")
    if to_family or night.settled_by is None:
        return _("The school has looked after it")
    return _("%(name)s has looked after it") % {"name": night.settled_by.name}


def state_class(night: Night) -> str:
    if not night.is_open:
        return "there" if night.settled_at else "off"
    return "open" if night.is_out_of_people else "asking"


def entry_words(entry: NightEntry, asked: dict[str, str]) -> str:
    """Say what happened. `asked`: step → name of the adult who was asked in it."""
    name = entry.asking.adult.name if entry.asking else ""
    if entry.asking is None and entry.user is not None:
        name = entry.user.name
    name = name or asked.get(entry.step, "")
    step = Step(entry.step).label if entry.step else ""
    if entry.kind == Kind.PASSED:
        why = WHY_NOT[entry.why]() if entry.why in WHY_NOT else ""
        return _("%(step)s: not asked, %(why)s") % {"step": step, "why": why}
    words = {
        Kind.STARTED: _("%(name)s started it"),
        Kind.ASKED: _("%(name)s was asked"),
        Kind.SAID_YES: _("%(name)s said yes"),
        Kind.SAID_NO: _("%(name)s said no"),
        Kind.SILENT: _("%(name)s did not answer"),
        Kind.TOLD: _("%(name)s was told"),
        Kind.SETTLED: _("Somebody is there"),
        Kind.REOPENED: _("Open again: they cannot after all"),
        Kind.CALLED_OFF: _("%(name)s called it off"),
    }
    said = words[Kind(entry.kind)]
    if entry.kind == Kind.STARTED and entry.user is None:
        said = _("Begun by the school's rule")
    if entry.kind == Kind.SAID_NO and entry.step == Step.CARER and entry.asking is None:
        said = _("%(name)s knows: nobody is at home")
    return said % {"name": name or step}


@dataclass(frozen=True)
class Line:
    at: datetime
    clock: str
    words: str


def lines_of(night: Night) -> list[Line]:
    entries = entries_of(night)
    zone = zone_of(night.school)
    asked = {
        one.step: one.asking.adult.name
        for one in entries
        if one.kind == Kind.ASKED and one.asking is not None
    }
    return [
        Line(one.at, clock_time(timezone.localtime(one.at, zone)), entry_words(one, asked))
        for one in entries
    ]


def told_so_far(night: Night) -> str:
    """Say what was tried and when, for the person who takes over."""
    told = [f"{line.clock} {line.words}" for line in lines_of(night)]
    return pgettext("between sentences", "; ").join(told)[-WORDS_MAX:]


@dataclass(frozen=True)
class Link:
    """One adult of the chain, as a page shows it before it begins."""

    name: str
    note: str


def chain_of(student: Student, at: datetime, *, with_carer: bool) -> Sequence[Link]:
    """Return who would be asked, in which order."""
    on = timezone.localdate(at)
    links = []
    carer = carer_of([student.pk], on).get(student.pk)
    if with_carer and carer is not None:
        links.append(Link(carer.name, _("is asked whether they are at home")))
    for row in counts_of([student.pk], on).get(student.pk, []):
        links.append(Link(row.adult.name, on_foot(row.minutes)))
    links.append(Link(_("The person on duty at school"), _("by message and by telephone")))
    if village_workers(student, on):
        links.append(Link(_("The village worker"), _("where the family allows it")))
    return links

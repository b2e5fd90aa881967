"""Visits and calls in the reader's words."""

from collections.abc import Iterable, Sequence
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from core.days import short_day
from students.models import Student
from visits.models import Agreement, CallLog, Fact, Outcome, Visit
from visits.rules import afternoons_for, days_overdue


def due_words(visit: Visit, today: date) -> str:
    """Say when a visit is due or how long it is overdue, without blame."""
    over = days_overdue(visit.due_on, today)
    if over > 0:
        return ngettext("%(n)d day overdue", "%(n)d days overdue", over) % {"n": over}
    if over == 0:
        return _("due today")
    return pgettext("deadline", "by %(day)s") % {"day": short_day(visit.due_on, today)}


def still_words(homes: int, due_on: date, today: date) -> str:
    """还有 25 家没走访，到11月30日."""
    words = ngettext(
        "%(n)d home still to visit by %(day)s",
        "%(n)d homes still to visit by %(day)s",
        homes,
    )
    return words % {"n": homes, "day": short_day(due_on, today)}


def afternoon_words(homes: int) -> str:
    """3 家，1 个下午."""
    words = ngettext("%(n)d home", "%(n)d homes", homes) % {"n": homes}
    afternoons = afternoons_for(homes)
    enough = ngettext("%(n)d afternoon", "%(n)d afternoons", afternoons) % {"n": afternoons}
    return _("%(homes)s, %(afternoons)s") % {"homes": words, "afternoons": enough}


def where_words(student: Student) -> str:
    """Return the address, preceded by the village if it does not name it."""
    address, village = student.address.strip(), student.village.strip()
    return address if village and village in address else f"{address} {village}".strip()


def house_words(student: Student) -> str:
    """Where in its village: 古浪县上川村三组12号 → 三组12号; empty if nobody recorded it."""
    address, village = student.address.strip(), student.village.strip()
    return address.rpartition(village)[2].strip() if village and village in address else address


def why_words(visit: Visit) -> str:
    """Give the reason for a visit in a sentence that the village worker may read too."""
    if visit.reason:
        return visit.reason
    if visit.duty_id:
        return _("Every child with a parent away gets this visit once a term.")
    return _("The school would like to know how the child is at home.")


def last_try_words(visit: Visit, today: date) -> str:
    """Describe the outcome of the last visit, for rows of queries.open_visits."""
    if not visit.last_outcome:  # type: ignore[attr-defined]
        return _("no visit yet")
    return _("%(day)s: %(outcome)s") % {
        "day": short_day(visit.last_visited_on, today),  # type: ignore[attr-defined]
        "outcome": Outcome(visit.last_outcome).label,  # type: ignore[attr-defined]
    }


def who_goes(visit: Visit) -> str:
    if visit.by_village:
        return _("the village worker")
    return visit.goes.name if visit.goes else ""


def visit_title(visit: Visit) -> str:
    """家访：见到照护人."""
    return _("%(kind)s: %(outcome)s") % {
        "kind": str(visit.get_kind_display()).capitalize(),
        "outcome": visit.get_outcome_display(),
    }


def call_title(call: CallLog) -> str:
    words = _("Called %(name)s: %(outcome)s") % {
        "name": call.adult.name,
        "outcome": call.get_outcome_display(),
    }
    if call.minutes:
        minutes = ngettext("%(n)d minute", "%(n)d minutes", call.minutes) % {"n": call.minutes}
        return _("%(words)s, %(minutes)s") % {"words": words, "minutes": minutes}
    return words


def fact_words(facts: Sequence[str]) -> str:
    return " ".join(_("%(fact)s.") % {"fact": Fact(one).label} for one in facts if one in Fact)


def agreed_line(row: Agreement, today: date | None = None) -> str:
    """奶奶：每晚看作业，12月1日前."""
    words = _("%(who)s: %(what)s") % {"who": row.get_who_display(), "what": row.what}
    if row.by_on is None:
        return words
    day = short_day(row.by_on, today or row.by_on)
    return _("%(words)s, by %(day)s") % {"words": words, "day": day}


def agreed_words(rows: Iterable[Agreement]) -> str:
    lines = [agreed_line(row) for row in rows]
    return _("Agreed: %(lines)s.") % {"lines": _("; ").join(lines)} if lines else ""


def questions() -> list[str]:
    """Return questions to ask at a visit, shown on paper and on the phone."""
    return [
        _("How is everyone at home? Who is there in the evening and at night?"),
        _("How do the child and the parents talk, and how often? Does the phone work?"),
        _("Sleep, food, health: does the carer find anything hard?"),
        _("What does the child like to do? What has gone well recently?"),
        _("What could the school, the village or the parents do to help?"),
    ]


def questions_on_the_phone() -> list[str]:
    return [
        _("Start with one good thing about the child."),
        _("When did you and the child last talk? What would make it easier?"),
        _("Will anything change: work, address, phone, coming home?"),
        _("Does anything worry you? Is there anything the school should know?"),
    ]

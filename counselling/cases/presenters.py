"""How a case is told: its steps, what is missing, what happened. Facts in, words out."""

from collections.abc import Collection, Iterable
from datetime import date, datetime

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from counselling.cases import rules
from counselling.cases.queries import Load
from counselling.cases.rules import Missing
from counselling.models import Case, CaseEntry, CaseReader, CaseSession, Note

STEPS = (rules.NEW, rules.ASSESSED, rules.PLANNED, rules.IN_PROGRESS, rules.REVIEW, rules.CLOSED)


def steps(case: Case, reached: Collection[str]) -> list[dict]:
    """The way of a case with where it stands; opened again, it begins anew. A step that was left out, as
    where a case is closed early, is not ticked: nobody is told of an assessment that there never was.
    """
    now = rules.NEW if case.state == rules.REOPENED else case.state
    place = STEPS.index(now)
    labels = dict(Case.State.choices)
    return [
        {
            "label": labels[case.state] if number == place else labels[step],
            "is_done": number < place and (step == rules.NEW or step in reached),
            "is_now": number == place,
        }
        for number, step in enumerate(STEPS)
    ]


def next_act(to: str) -> str:
    """The button of the usual next move."""
    return {
        rules.ASSESSED: _("I know enough: on to a plan"),
        rules.PLANNED: _("The plan stands"),
        rules.IN_PROGRESS: _("We have begun"),
        rules.REVIEW: _("Look back now"),
        rules.CLOSED: _("Close the case"),
    }[to]


def other_act(to: str) -> str:
    return {
        rules.CLOSED: _("Close the case"),
        rules.IN_PROGRESS: _("Go on as before"),
        rules.PLANNED: _("Make a new plan"),
    }[to]


def missing_text(missing: Missing) -> str:
    """What is to be done before the case can move."""
    return {
        Missing.NOT_FROM_HERE: _("The case cannot move to that step from here."),
        Missing.ASSESSMENT: _("Write down how the child is: strengths first, then what weighs."),
        Missing.GOALS: _("Write down the goals: what one will be able to see."),
        Missing.REVIEW_DAY: _("Choose a review date."),
        Missing.SESSION: _("Make an appointment with the child."),
        Missing.SESSION_HELD: _("No appointment has been held yet."),
        Missing.SUMMARY: _("Write closing words."),
        Missing.OPEN_TASKS: _("Something is still to be done: finish it or drop it."),
        Missing.OPEN_PLAN: _(
            "What was agreed with the family, the school and the village is still running: end it."
        ),
        Missing.AGREEMENT: _(
            "Let somebody in to read it: at this school a second person agrees before a case is closed. "
            "After a week without an answer it may be closed all the same."
        ),
        Missing.OPEN_LETTERS: _(
            "A letter is still being written, or waits for an answer: say what became of it, or take it back."
        ),
        Missing.SESSIONS_AHEAD: _("An appointment is still open: say how it went, or call it off."),
    }[missing]


# What is missing and can be written at once.
WRITES = {
    Missing.ASSESSMENT: Note.Kind.ASSESSMENT,
    Missing.GOALS: Note.Kind.GOALS,
    Missing.SUMMARY: Note.Kind.SUMMARY,
}


def template_of(kind: str) -> str:
    """Headings to write under; nobody has to keep them."""
    return {
        Note.Kind.ASSESSMENT: _(
            "What the child is good at, who is good to the child:\n\n\nWhat weighs on the child, since "
            "when:\n\n\nHow it shows at school, at home:\n\n\nWhat the child wishes for:\n\n"
        ),
        Note.Kind.GOALS: _(
            "What we shall be able to see when it is better:\n1. \n2. \n\nWhat each of us does for it:\n\n"
        ),
        Note.Kind.SESSION: _(
            "What the child told:\n\n\nWhat I saw:\n\n\nWhat we agreed:\n\n\nNext time:\n\n"
        ),
        Note.Kind.REVIEW: _(
            "What has changed, goal by goal:\n\n\nWhat helped:\n\n\nHow we go on:\n\n"
        ),
        Note.Kind.SUMMARY: _(
            "What we began with:\n\n\nWhat was reached:\n\n\nWho is there for the child from now on:\n\n"
        ),
    }.get(Note.Kind(kind), "")


def entry_text(entry: CaseEntry) -> str:
    names = {
        "by": entry.by.name if entry.by else "",
        "about": entry.about.name if entry.about else "",
    }
    if entry.kind == CaseEntry.Kind.MOVED:
        state = {"state": entry.get_to_state_display()}
        return _("%(by)s: now %(state)s") % (names | state)
    sentences = {
        CaseEntry.Kind.OPENED: _("%(by)s opened the case"),
        CaseEntry.Kind.JOINED: _("%(by)s joined a concern to it"),
        CaseEntry.Kind.HANDED_OVER: _("%(by)s handed it to %(about)s"),
        CaseEntry.Kind.TAKEN_OVER: _("%(by)s took it over from %(about)s, who no longer keeps it"),
        CaseEntry.Kind.LET_IN: _("%(by)s gave access to %(about)s"),
        CaseEntry.Kind.SHUT_OUT: _("%(by)s ended access for %(about)s"),
        CaseEntry.Kind.EMERGENCY: _("%(by)s used emergency access"),
        CaseEntry.Kind.FILE_REMOVED: _("%(by)s took a file away"),
        CaseEntry.Kind.ACCEPTED: _("%(by)s accepted it from the shared queue"),
        CaseEntry.Kind.GIVEN_BACK: _("%(by)s gave it back to the school"),
        CaseEntry.Kind.TAKEN_HOME: _("%(by)s took it back from %(about)s"),
        CaseEntry.Kind.AGREED: _("%(by)s agreed to closing"),
        CaseEntry.Kind.TEACHERS: _("%(by)s changed what teachers may know"),
    }
    return sentences[CaseEntry.Kind(entry.kind)] % names


def reader_text(reader: CaseReader) -> str:
    until = formats.date_format(timezone.localtime(reader.until_at), "SHORT_DATETIME_FORMAT")
    if reader.is_emergency:
        return _("emergency access until %(until)s") % {"until": until}
    return _("reads until %(until)s") % {"until": until}


def own_reading_text(reader: CaseReader, owner: str) -> str:
    """Told to whoever reads a case that somebody else keeps: for how long, and that it is known."""
    facts = {
        "owner": owner,
        "until": formats.date_format(timezone.localtime(reader.until_at), "SHORT_DATETIME_FORMAT"),
    }
    if reader.is_emergency:
        return _("Emergency access until %(until)s. %(owner)s has been told.") % facts
    return _("%(owner)s let you read it until %(until)s.") % facts


def next_text(load: Load, today: date) -> str:
    """What comes first in this case, with its day."""
    if load.case.closed_at:
        return str(load.case.get_outcome_display())
    if load.next_on is None:
        return _("Nothing is arranged")
    if load.session_at and timezone.localdate(load.session_at) <= load.next_on:
        return _session_text(load.session_at, today)
    day = _day(load.next_on, today)
    if load.task_on == load.next_on:
        return _("to be done %(day)s") % {"day": day}
    return _("review on %(day)s") % {"day": day}


def appointment_text(sessions: Iterable[CaseSession], today: date) -> str:
    """The first that is still open; "" without one."""
    planned = [one.starts_at for one in sessions if one.state == CaseSession.State.PLANNED]
    return _session_text(min(planned), today) if planned else ""


def _session_text(starts_at: datetime, today: date) -> str:
    """One of an earlier day asks how it went."""
    there = timezone.localtime(starts_at)
    facts = {"day": _day(there.date(), today), "hour": formats.time_format(there, "G:i")}
    if there.date() < today:
        return _("How did the appointment of %(day)s go?") % facts
    return _("appointment %(day)s %(hour)s") % facts


def _day(on: date, today: date) -> str:
    if on == today:
        return pgettext("within a sentence", "today")
    return formats.date_format(on, "MONTH_DAY_FORMAT")

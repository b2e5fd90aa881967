"""Cases in words: steps, what is missing, what happened."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.days import clock_time, day_and_time, short_day
from counselling.cases import rules
from counselling.cases.queries import Load
from counselling.cases.rules import Missing
from counselling.models import Case, CaseEntry, CaseReader, CaseSession, Note
from counselling.secrecy import KeyMissing, Tampered

STEPS = (rules.NEW, rules.ASSESSED, rules.PLANNED, rules.IN_PROGRESS, rules.REVIEW, rules.CLOSED)
WRITABLE = (
    Note.Kind.ASSESSMENT,
    Note.Kind.GOALS,
    Note.Kind.SESSION,
    Note.Kind.REVIEW,
    Note.Kind.NOTE,
    Note.Kind.SUMMARY,
)


def steps(case: Case, reached: Collection[str]) -> list[dict]:
    """Return the steps of a case and where it is now. A reopened case begins again.

    A step that was left out, for instance in a case closed early, is not ticked, because the page must not
    claim an assessment that never took place.
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
    """Return the button of the usual next move."""
    return {
        rules.ASSESSED: _("Assessment done: make a plan"),
        rules.PLANNED: _("The plan is ready"),
        rules.IN_PROGRESS: _("We have begun"),
        rules.REVIEW: _("Review the plan now"),
        rules.CLOSED: _("Close the case"),
    }[to]


def other_act(to: str) -> str:
    return {
        rules.CLOSED: _("Close the case"),
        rules.IN_PROGRESS: _("Go on as before"),
        rules.PLANNED: _("Make a new plan"),
    }[to]


def missing_text(missing: Missing) -> str:
    """Return what the case needs before it can move."""
    return {
        Missing.NOT_FROM_HERE: _("The case cannot move to that step from here."),
        Missing.ASSESSMENT: _("Write down how the child is: strengths first, then difficulties."),
        Missing.GOALS: _("Write down the goals: what we will be able to see."),
        Missing.REVIEW_DAY: _("Choose a review date."),
        Missing.SESSION: _("Make an appointment with the child."),
        Missing.SESSION_HELD: _("No appointment has been held yet."),
        Missing.SUMMARY: _("Write closing words."),
        Missing.OPEN_TASKS: _("Some tasks are not finished: finish or drop them."),
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


def template_of(kind: str) -> str:
    """Return suggested headings; the writer may delete them."""
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
    if entry.kind == CaseEntry.Kind.TAKEN_OVER and entry.owner_id != entry.by_id:
        to = {"to": entry.owner.name}
        return _("%(by)s handed it from %(about)s, who leaves, to %(to)s") % (names | to)
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
        CaseEntry.Kind.TAKEN_HOME: _("%(by)s withdrew it from %(about)s"),
        CaseEntry.Kind.ERASED: _("deleted with the child's file"),
        CaseEntry.Kind.AGREED: _("%(by)s agreed to closing"),
        CaseEntry.Kind.TEACHERS: _("%(by)s changed what teachers may know"),
    }
    return sentences[CaseEntry.Kind(entry.kind)] % names


def moment(at: datetime) -> str:
    return day_and_time(timezone.localtime(at), timezone.localdate())


def reader_text(reader: CaseReader) -> str:
    until = moment(reader.until_at)
    if reader.is_emergency:
        return _("emergency access until %(until)s") % {"until": until}
    return _("reads until %(until)s") % {"until": until}


def own_reading_text(reader: CaseReader, owner: str, *, is_kept: bool) -> str:
    """Tell a reader of somebody else's case until when they may read, and that we record it.

    `is_kept`: the owner still keeps the case, and so was told of an emergency.
    """
    facts = {
        "owner": owner,
        "until": moment(reader.until_at),
    }
    if reader.is_emergency and not is_kept:
        return _("Emergency access until %(until)s. Each reading is noted.") % facts
    if reader.is_emergency:
        return _("Emergency access until %(until)s. %(owner)s has been told.") % facts
    return _("%(owner)s let you read it until %(until)s.") % facts


def next_text(load: Load, today: date) -> str:
    """Return what comes first in this case, with its day."""
    if load.case.closed_at:
        return str(load.case.get_outcome_display())
    if load.next_on is None:
        return _("Nothing is arranged")
    if load.session_at and timezone.localdate(load.session_at) <= load.next_on:
        return _session_text(load.session_at, today)
    day = _day(load.next_on, today)
    if load.task_on == load.next_on:
        return _("due %(day)s") % {"day": day}
    return _("review on %(day)s") % {"day": day}


def appointment(sessions: Iterable[CaseSession], today: date) -> dict[str, Any] | None:
    """Return the first appointment that is still open, and whether its day has come.

    If so, writing it down is the next act.
    """
    planned = [one for one in sessions if one.state == CaseSession.State.PLANNED]
    if not planned:
        return None
    first = min(planned, key=lambda one: one.starts_at)
    is_due = timezone.localdate(first.starts_at) <= today
    return {"pk": first.pk, "text": _session_text(first.starts_at, today), "is_due": is_due}


def _session_text(starts_at: datetime, today: date) -> str:
    """Return the appointment in words. If its day is over, ask how it went."""
    there = timezone.localtime(starts_at)
    facts = {"day": _day(there.date(), today), "hour": clock_time(there)}
    if there.date() < today:
        return _("How did the appointment of %(day)s go?") % facts
    return _("appointment %(day)s %(hour)s") % facts


def _day(on: date, today: date) -> str:
    if on == today:
        return pgettext("within a sentence", "today")
    return short_day(on, today)


def trouble_text(key_id: str) -> str:
    """Say that the key of a draft or note is missing."""
    return _(
        "This server lacks the key %(key)s with which it was encrypted. Nothing is lost and nothing is "
        "overwritten; please tell your system administrator."
    ) % {"key": key_id}


def unopened_text(error: KeyMissing | Tampered) -> str:
    """Say why a file cannot be opened."""
    if isinstance(error, KeyMissing):
        return trouble_text(error.key_id)
    return _(
        "This file was damaged or moved: it does not open. Please tell your system administrator."
    )


def closed_text() -> str:
    return _("The case was closed in the meantime, so nothing was saved. Open it again to go on.")


def elsewhere_text() -> str:
    return _(
        "You have stored another draft of this note on another page. It stays as it is. What you write here "
        "is stored only when you keep the note."
    )


def no_key_text() -> str:
    return _(
        "This server has no key for notes yet, so nothing was saved. Your words are still here; please "
        "tell your system administrator (NOTE_KEYS)."
    )

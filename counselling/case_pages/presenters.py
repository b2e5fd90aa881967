"""What the pages of a case show: the caseload, and a case with its notes, plan, letters and files."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from accounts import queries as accounts
from accounts.models import User
from core.addresses import address
from counselling.attachments import actions as attachments
from counselling.attachments.forms import AttachmentForm
from counselling.cases import actions, policies, presenters, queries, rules
from counselling.cases.forms import (
    HandCaseForm,
    LetInForm,
    MoveForm,
    ReopenCaseForm,
    SessionForm,
    TaskForm,
)
from counselling.cases.rules import Missing
from counselling.models import Case, CaseSession, Note
from counselling.plans.presenters import plan_line
from counselling.pool.presenters import guest_context
from counselling.referrals import presenters as referrals
from safeguarding import presenters as concerns
from safeguarding.models import Concern
from safeguarding.queries import class_names, relations_of
from schools.policies import today_in

# What is missing and can be written at once.
WRITES = {
    Missing.ASSESSMENT: Note.Kind.ASSESSMENT,
    Missing.GOALS: Note.Kind.GOALS,
    Missing.SUMMARY: Note.Kind.SUMMARY,
}
LET_IN_DAYS = 14  # days suggested by the form
REVIEW_DAYS = 28  # days suggested by the form: four weeks
READS_SHOWN = 20


def caseload_context(user: User, at: datetime) -> dict[str, Any]:
    loads = queries.caseload(user, at)
    classes = class_names({load.case.student_id for load in loads}, at)
    rows: dict[str, list[dict[str, Any]]] = {"open_rows": [], "closed_rows": []}
    # Django would resolve all labels of the field for each row to find one.
    states = dict(Case.State.choices)
    for load in loads:
        case, today = load.case, today_in(load.case.school, at)
        rows["closed_rows" if case.closed_at else "open_rows"].append(
            {
                "case": case,
                "state": states[case.state],
                "url": address("counselling:case", case.pk),
                "class_name": classes.get(case.student_id, ""),
                "school": case.school if policies.is_guest(user, case, today) else None,
                "next": presenters.next_text(load, today),
                "is_due": bool(not case.closed_at and load.next_on and load.next_on <= today),
                "owner": "" if load.is_own else case.owner.name,
            }
        )
    return rows


def case_context(case: Case, user: User, at: datetime, ip: str | None) -> dict[str, Any]:
    """Open the whole case and record the reading in the access log."""
    notes, tasks = actions.read_notes(case=case, by=user, ip=ip)
    today = today_in(case.school, at)
    is_guest = policies.is_guest(user, case, today)
    sessions = list(queries.sessions_of(case))
    is_ready = case.closed_at is None and queries.needs_agreement(case, at)
    has_words = is_ready and queries.closing_words(case) is not None
    waits = has_words and not queries.is_agreed(case)
    context = {
        "case": case,
        "at": at,
        "class_name": class_names([case.student_id], at).get(case.student_id, ""),
        "steps": presenters.steps(case, queries.steps_reached(case)),
        "notes": notes,
        "open_tasks": [one for one in tasks if one.task.done_at is None],
        "done_tasks": [one for one in tasks if one.task.done_at is not None],
        "sessions": sessions,
        "appointment": presenters.appointment(sessions, today),
        "is_kept": policies.can_keep(user, case, at),
        "may_agree": waits and policies.may_agree(user, case, at),
        "closing_words": queries.closing_words(case),
        "concerns": _concerns(case, at, as_guest=is_guest),
        "plan_line": plan_line(case, at),
        "letters": [
            {"referral": one, "state": referrals.state_words(one, today)}
            for one in case.referrals.order_by("-made_at", "pk")
        ],
        "files": attachments.names_of(case),
    }
    if is_guest:  # instead of the file, for a counsellor of another school
        context["guest"] = guest_context(case, at)
    if context["is_kept"]:
        return context | _kept_context(case, user, at)
    own = queries.readers_of(case, at).filter(user=user).first()
    if own is None:
        return context | {"reading": ""}
    is_kept = policies.can_keep(case.owner, case, at)
    reading = presenters.own_reading_text(own, case.owner.name, is_kept=is_kept)
    return context | {"reading": reading}


def _concerns(case: Case, at: datetime, *, as_guest: bool) -> list[dict[str, str]]:
    """Return the concerns of the case.

    A counsellor of another school sees only the days, and nothing about a report: they were asked with a
    brief, and people who raised a concern or wrote a report told it to their own school.
    """
    rows = list(queries.concerns_in(case))
    if as_guest:
        told = [row for row in rows if row.source != Concern.Source.REPORT]
        return [{"at": concerns.day_text(row.opened_at, at, row), "why": ""} for row in told]
    relations = relations_of(rows)
    return [
        {"at": concerns.day_text(row.opened_at, at, row), "why": concerns.why(row, relations)}
        for row in rows
    ]


def _kept_context(case: Case, user: User, at: datetime) -> dict[str, Any]:
    today = today_in(case.school, at)
    drafts = set(queries.draft_kinds(case, user))
    people = policies.colleagues_to_let_in(case, today)
    # What happened to the case and its letters. A guest from the shared queue sees nothing about letters.
    lines = [(one.at, presenters.entry_text(one)) for one in queries.entries_of(case)]
    if not policies.is_guest(user, case, today):
        lines += [(one.at, referrals.entry_text(one)) for one in queries.letter_entries_of(case)]
        lines.sort(key=lambda line: line[0])
    return {
        "next": _next(case, at),
        "writes": [
            {
                "label": kind.label,
                "url": reverse("counselling:case_write", args=[case.pk, kind]),
                "is_begun": kind in drafts,
            }
            for kind in presenters.WRITABLE
        ],
        "entries": [{"at": presenters.moment(at), "text": text} for at, text in lines],
        "readers": [
            {"reader": one, "text": presenters.reader_text(one)}
            for one in queries.readers_of(case, at)
        ],
        **_reads(case, user),
        "session_form": SessionForm(initial={"key": uuid.uuid4()}),
        "task_form": TaskForm(initial={"key": uuid.uuid4()}, auto_id="task_%s"),
        "attachment_form": AttachmentForm(initial={"key": uuid.uuid4()}, auto_id="file_%s"),
        "let_in_form": LetInForm(
            people=people,
            today=today,
            initial={"until_on": today + timedelta(days=LET_IN_DAYS)},
            auto_id="let_in_%s",
        ),
        "hand_form": HandCaseForm(
            people=policies.colleagues_to_hand_to(case, today), auto_id="hand_%s"
        ),
        "reopen_form": ReopenCaseForm(initial={"key": uuid.uuid4()}, auto_id="again_%s"),
        "planned": CaseSession.State.PLANNED,
    }


def _reads(case: Case, user: User) -> dict[str, Any]:
    """Return who else opened the notes or a file, latest first.

    The reader's own readings are summed up in one line. Every visit to the page is one, and they would push
    the others off the list.
    """
    marks = (actions.read_mark(case), attachments.file_marks(case))
    others = accounts.latest_reads(case.student_id, marks, READS_SHOWN, besides=user.pk)
    times, last = accounts.own_reads(case.student_id, marks, user.pk)
    return {
        "reads": [{"read": row, "is_file": row.what.startswith(marks[1])} for row in others],
        "own_reads": times,
        "own_read_at": last,
    }


def _next(case: Case, at: datetime) -> dict[str, Any]:
    """Return the usual move with what it still lacks, and the other moves."""
    to = rules.usual_next(case.state)
    if to == rules.REOPENED:
        return {}
    usual, *others = [to, *(other for other in rules.MOVES[case.state] if other != to)]
    today = today_in(case.school, at)
    return _move(case, usual, at) | {
        "label": presenters.next_act(usual),
        # A review before its day is possible, but the page does not ask for it.
        "is_early": usual == rules.REVIEW and bool(case.review_on and case.review_on > today),
        "others": [
            _move(case, other, at) | {"label": presenters.other_act(other)} for other in others
        ],
    }


def _move(case: Case, to: str, at: datetime) -> dict[str, Any]:
    today = today_in(case.school, at)
    missing = [
        one
        for one in rules.missing(queries.facts_of(case, at), to)
        if one != rules.Missing.REVIEW_DAY  # the form of the move asks for it
    ]
    lines = []
    for one in missing:
        kind, text = WRITES.get(one), presenters.missing_text(one)
        url = reverse("counselling:case_write", args=[case.pk, kind]) if kind else ""
        # On a button, it is not a sentence.
        lines.append({"text": text, "act": text.rstrip(".。"), "url": url})
    suggested = {"to": to, "review_on": case.review_on or today + timedelta(days=REVIEW_DAYS)}
    form = MoveForm(to=to, today=today, initial=suggested, auto_id=f"{to}_%s")
    return {"to": to, "missing": lines, "form": form}

"""Timeline events of notes, praise, absences, leave, homework, letters and requests."""

from collections.abc import Iterable
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import User
from classroom.leave.timeline import leave_events
from classroom.leave.timeline import questions as leave_questions
from classroom.models import FamilyRequest, HomeworkHelp, Letter, MissedHomework
from classroom.policies import can_observe, observations_visible_to
from classroom.presenters import (
    deed_words,
    help_words,
    is_day_only,
    mark_words,
    note_title,
    theme_words,
)
from classroom.queries import absences_of, latest_about, latest_for
from classroom.queries.attendance import absences_question
from classroom.queries.observing import latest_question
from classroom.rules import Mark
from core.prepared import Question, joined, prepared
from privacy.models import Purpose
from privacy.policies import is_allowed
from students.models import Student
from students.timeline import EventKind, TimelineEvent


def timeline(student: Student, user: User, at: datetime, limit: int) -> list[TimelineEvent]:
    """Return the latest `limit` events that `user` may see, newest first."""
    on = timezone.localdate(at)
    sees_all = can_observe(user, student, on)
    if sees_all:
        seen = latest_about(student, limit)
    else:
        seen = latest_for(observations_visible_to(user, on), student, limit)
    # Photo and voice, if the family allows staff to use them, with the word for each.
    purposes = {
        "photo_id": (Purpose.PHOTO, pgettext("of a note", "photo")),
        "voice_id": (Purpose.VOICE, pgettext("of a note", "voice")),
    }
    attached = {
        field: word
        for field, (purpose, word) in purposes.items()
        if any(getattr(row, field) for row in seen) and is_allowed(student, purpose, at)
    }
    events = []
    for row in seen:
        is_praise = bool(row.strengths)
        themes = theme_words(row.themes) if is_praise else []
        kept = [word for field, word in attached.items() if getattr(row, field)]
        events.append(
            TimelineEvent(
                at=row.happened_at,
                kind=EventKind.PRAISE if is_praise else EventKind.OBSERVATION,
                icon="flower" if is_praise else "eye",
                title=note_title(row),
                text=row.words,
                meta=" · ".join(filter(None, [row.written_by.name, row.place, *kept])),
                is_day_only=is_day_only(row, student.school.time_zone),
                tags=(*themes, *deed_words(row.deeds)),
                key=f"note-{row.pk}",
                url=reverse("classroom:note", args=[row.pk]),
            )
        )
    events += _absences(student, on, limit)
    if sees_all:
        events += [
            *_help(student, limit),
            *_letters_and_requests(student, limit),
            *leave_events(student, on, limit),
        ]
    return sorted(events, key=lambda event: event.at, reverse=True)[:limit]


def questions(student: Student, user: User, at: datetime, limit: int) -> list[Question]:
    """Return the prepared queries that `timeline` runs for somebody who may observe the child."""
    on = timezone.localdate(at)
    if not can_observe(user, student, on):
        return []
    asked = (_missed_rows, _help_rows, _letter_rows, _request_rows)
    return [
        latest_question(student, limit),
        absences_question(student, on, limit),
        *(query.question(student_id=student.pk, limit=limit) for query in asked),
        *leave_questions(student, limit),
    ]


def _of_day(
    on: date, student: Student, kind: EventKind, icon: str, title: str, by: User
) -> TimelineEvent:
    return TimelineEvent(
        at=datetime.combine(on, time(0), ZoneInfo(student.school.time_zone)),
        kind=kind,
        icon=icon,
        title=capfirst(title),
        meta=by.name,
        is_day_only=True,
    )


def _absences(student: Student, on: date, limit: int) -> Iterable[TimelineEvent]:
    """Yield days on which the child was absent or its homework missing."""
    for row in absences_of(student, on, limit):
        words = mark_words(Mark(row.kind, row.reason))
        yield _of_day(
            row.marked_on, student, EventKind.ATTENDANCE, "calendar", words, row.written_by
        )
    words = _("homework was missing")
    for missed in _missed_rows(student_id=student.pk, limit=limit):
        day, by = missed.missed_on, missed.noted_by
        yield _of_day(day, student, EventKind.HOMEWORK, "paper", words, by)


@prepared
def _missed_rows(*, student_id, limit: int) -> QuerySet[MissedHomework]:
    rows = MissedHomework.objects.filter(student_id=student_id, retracted_at=None)
    return joined(rows, "noted_by__name").order_by("-missed_on")[:limit]


def _help(student: Student, limit: int) -> Iterable[TimelineEvent]:
    for row in _help_rows(student_id=student.pk, limit=limit):
        url = reverse("classroom:help", args=[student.pk])
        yield TimelineEvent(
            at=row.assigned_at,
            kind=EventKind.HOMEWORK,
            icon="pen",
            title=_("Help with homework"),
            text=help_words(row),
            meta=row.assigned_by.name,
            url=url,
        )
        if row.ended_at:
            yield TimelineEvent(
                at=row.ended_at,
                kind=EventKind.HOMEWORK,
                icon="pen",
                title=_("Help with homework is over"),
                text=_(": ").join(filter(None, [str(row.get_ending_display()), row.ending_words])),
                meta=row.ended_by.name if row.ended_by else "",
                url=url,
            )


@prepared
def _help_rows(*, student_id, limit: int) -> QuerySet[HomeworkHelp]:
    rows = HomeworkHelp.objects.filter(student_id=student_id)
    rows = joined(rows, "staff__name", "adult__name", "assigned_by__name", "ended_by__name")
    return rows.order_by("-assigned_at")[:limit]


def _letters_and_requests(student: Student, limit: int) -> Iterable[TimelineEvent]:
    for letter in _letter_rows(student_id=student.pk, limit=limit):
        if letter.sent_at:
            yield TimelineEvent(
                at=letter.sent_at,
                kind=EventKind.LETTER,
                icon="mail",
                title=_("Letter home"),
                text=letter.good_news,
                meta=letter.written_by.name,
                url=reverse("classroom:letter_page", args=[letter.pk]),
            )
    for row in _request_rows(student_id=student.pk, limit=limit):
        url = reverse("classroom:request", args=[row.pk])
        yield TimelineEvent(
            at=row.asked_at,
            kind=EventKind.LETTER,
            icon="hand",
            title=_("Asked %(who)s") % {"who": row.adult.name},
            text=row.words,
            meta=row.asked_by.name,
            url=url,
        )
        if row.answered_at:
            words = _("%(who)s answered: %(what)s")
            yield TimelineEvent(
                at=row.answered_at,
                kind=EventKind.LETTER,
                icon="hand",
                title=words % {"who": row.adult.name, "what": row.get_answer_display()},
                text=f"“{row.answer_words}”" if row.answer_words else "",
                url=url,
            )


@prepared
def _letter_rows(*, student_id, limit: int) -> QuerySet[Letter]:
    rows = Letter.objects.filter(student_id=student_id, sent_at__isnull=False)
    return joined(rows, "written_by__name").order_by("-sent_at")[:limit]


@prepared
def _request_rows(*, student_id, limit: int) -> QuerySet[FamilyRequest]:
    rows = FamilyRequest.objects.filter(student_id=student_id)
    return joined(rows, "adult__name", "asked_by__name").order_by("-asked_at")[:limit]

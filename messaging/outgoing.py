"""Answers delivery's questions about waiting check-ins: is it still open, its text and link
(delivery.kinds).
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.urls import reverse
from django.utils import timezone

from core import clock
from core.prepared import PreparedSQL
from delivery.kinds import Answer, Asked, MessageKind, Press, Queued
from delivery.links import url_for
from delivery.models import OutboxMessage
from delivery.texts import Text
from delivery.voice.rules import Script
from guardians.hours import Hours, local_day
from guardians.queries import current_guardianship_sql
from messaging import links, telephone, texts
from messaging.models import Answer as Said
from messaging.models import CheckIn
from messaging.plans.rules import OCCASION_TALK_COUNTS_DAYS
from messaging.queries.ladders import ladder_words_of
from messaging.rules import CHECK_IN_LATE_AFTER_HOURS
from students.queries import class_teachers_sql

# Another adult's question stays open as long as the first one does.
OPEN_STATES = ("waiting", "asked_again", "nobody_reached")
# The adult we ask still belongs to one of the children: as a parent, or as a carer at home.
IS_GUARDIAN = current_guardianship_sql(
    "m.adult_id",
    of="""(g.kind = 'parent' OR (check_in.as_carer AND g.kind IN ('guardian', 'carer')))
        AND EXISTS (SELECT FROM messaging_checkinline line
            WHERE line.check_in_id = check_in.id AND line.student_id = g.student_id)""",
)
QUESTIONS = PreparedSQL(f"""
SELECT m.id,
    CASE WHEN m.step = 0 THEN own.ask_words ELSE own.again_words END,
    a.time_zone, own_rhythm.paused_until, check_in.state, asked_first.state,
    check_in.as_carer AND (about.blocked_at IS NOT NULL OR about.condition <> 'in_touch'),
    {IS_GUARDIAN},
    EXISTS (
        SELECT FROM messaging_checkinline line
        LEFT JOIN messaging_checkinplan plan ON plan.student_id = line.student_id
        WHERE line.check_in_id = check_in.id AND plan.ended_on IS NULL
            AND coalesce(plan.paused_until < %(on)s, true)
    ),
    NOT EXISTS (
        SELECT FROM messaging_checkinline line
        LEFT JOIN messaging_checkinplan plan ON plan.student_id = line.student_id
        WHERE line.check_in_id = check_in.id AND line.answer IN ('', 'not_yet')
            AND NOT EXISTS (SELECT FROM guardians_contact contact
                WHERE contact.student_id = line.student_id AND contact.retracted_at IS NULL
                    AND contact.happened_on > check_in.due_on - (CASE WHEN check_in.occasion = ''
                        THEN coalesce(plan.every_days, 7) ELSE %(occasion_days)s END)::int)
    ),
    (SELECT first.name FROM messaging_checkinline line
        JOIN LATERAL (SELECT teacher.name {class_teachers_sql("line.student_id", "m.school_id")} LIMIT 1)
            first ON true
        WHERE line.check_in_id = check_in.id ORDER BY line.id LIMIT 1)
FROM unnest(%(ids)s::bigint[], %(about)s::bigint[], %(schools)s::bigint[], %(adults)s::bigint[],
        %(steps)s::int[])
    AS m (id, about_id, school_id, adult_id, step)
JOIN messaging_checkin check_in ON check_in.id = m.about_id
LEFT JOIN messaging_checkin asked_first ON asked_first.id = check_in.first_id
LEFT JOIN guardians_adult about ON about.id = asked_first.adult_id
LEFT JOIN guardians_adult a ON a.id = m.adult_id
LEFT JOIN messaging_adultrhythm own_rhythm ON own_rhythm.adult_id = m.adult_id
LEFT JOIN messaging_laddersettings own ON own.school_id = m.school_id
""")  # noqa: S608 - parts of ours only


class _Found(NamedTuple):
    """A row of QUESTIONS."""

    message_id: int
    own_words: str | None
    time_zone: str | None
    paused_until: date | None
    state: str
    first_state: str | None
    is_about_nobody: bool
    is_guardian: bool
    is_asked_about: bool  # one of the children is: it has not left, and its plan is not paused
    has_talked: bool
    teacher_name: str | None


class Question(MessageKind):
    """Messages of kind `check_in`. `about_id` is the check-in."""

    def answers(self, asked: Sequence[Asked], at: datetime) -> dict[int, Answer]:
        values: dict[str, Any] = {
            "ids": [one.message_id for one in asked],
            "about": [one.about_id for one in asked],
            "schools": [one.school_id for one in asked],
            "adults": [one.adult_id for one in asked],
            "steps": [one.step for one in asked],
            "on": timezone.localdate(at),
            "occasion_days": OCCASION_TALK_COUNTS_DAYS,
        }
        with connection.cursor() as cursor:
            QUESTIONS.execute(cursor, values)
            rows = [_Found(*row) for row in cursor.fetchall()]
        expires = {one.message_id: one.expires_at for one in asked}
        answers = {}
        for row in rows:
            is_open = all(one in OPEN_STATES for one in (row.state, row.first_state) if one)
            today = local_day(Hours(time_zone=row.time_zone or ""), at)
            against = (
                (row.is_about_nobody, "not_asked_about"),
                (not row.is_guardian, "not_guardian"),
                (not is_open, "answered"),
                (row.has_talked, "talked_already"),
                (not row.is_asked_about, "no_longer_due"),
                (row.paused_until is not None and row.paused_until >= today, "own_pause"),
            )
            answers[row.message_id] = Answer(
                cause=next((cause for holds, cause in against if holds), ""),
                # `due_at` moves with every wait, so the planned time is counted back from when the question
                # expires.
                planned_at=expires[row.message_id] - timedelta(hours=CHECK_IN_LATE_AFTER_HOURS),
                teacher_name=row.teacher_name or "",
                own_words=row.own_words or "",
            )
        return answers

    def url(self, row: Queued, contact_point_id: int | None) -> str:
        if row.about_id is None or row.adult_id is None:
            return super().url(row, contact_point_id)
        return links.check_in_url(
            check_in_id=row.about_id, adult_id=row.adult_id, contact_point_id=contact_point_id
        )

    def text(self, row: Queued, **parts: str) -> Text:
        return texts.question(
            language=row.language,
            url=parts["url"],
            school=parts["school"],
            teacher_surname=parts["teacher_surname"],
            again=bool(row.step),
            own_words=row.own_words,
        )

    def script(self, row: Queued, contact_point_id: int | None, **parts: str) -> Script | None:
        return telephone.question_call(row, contact_point_id, clock.now())

    def pressed(self, message: OutboxMessage, press: Press, at: datetime) -> None:
        telephone.take_key(message, press, at)

    def outweighs(self, press: Press, before: Collection[str]) -> bool:
        return telephone.is_more_careful(press.digit, before)

    def is_help(self, press: Press) -> bool:
        return telephone.answer_of(press) == Said.NEED_HELP

    def failed(self, about_ids: Collection[int], at: datetime) -> None:
        """Make the next step due now: after a failed delivery there is no point in waiting for days."""
        open_steps = CheckIn.objects.filter(pk__in=about_ids, next_step_at__gt=at)
        open_steps.update(next_step_at=at)


class Trial(MessageKind):
    """Messages of kind `test`. If `shown_as` is in the payload, it is worded as the school's question and
    leads to a page that has no child behind it.
    """

    def url(self, row: Queued, contact_point_id: int | None) -> str:
        if "shown_as" not in row.payload:
            return super().url(row, contact_point_id)
        return url_for(path=reverse("check_in:trial"))

    def text(self, row: Queued, **parts: str) -> Text:
        if "shown_as" not in row.payload:
            return super().text(row, **parts)
        return texts.question(
            language=row.language,
            url=parts["url"],
            school=parts["school"],
            teacher_surname="",
            again=False,
            own_words=ladder_words_of(row.school_id)["ask_words"],
        )

    def script(self, row: Queued, contact_point_id: int | None, **parts: str) -> Script | None:
        return texts.trial_call(language=row.language, school=parts["school"])

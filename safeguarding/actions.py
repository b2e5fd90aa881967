"""Change concerns: each action locks the concern, records what happened and queues the alerts.

An alert is an outbox row in the same transaction, so both are saved or neither is.
"""

from datetime import datetime
from typing import Any

import structlog
from django.db import transaction
from django.utils.translation import gettext_noop

from accounts.models import User
from core.database import run_step
from safeguarding import at_questions, queries, rules, texts
from safeguarding.ladder import rungs_of
from safeguarding.models import Concern, ConcernEntry, Teller
from safeguarding.opening import alert, append, due_at, open_concern
from safeguarding.sources import ASSIGNED, REPLY, SOURCES, TAKEN_BACK, WORDS_MAX, HelpSource
from students.models import Student

log = structlog.get_logger(__name__)

Kind = ConcernEntry.Kind
TEXT_TAKEN_BACK = gettext_noop(
    "A call for help had been given to the wrong family and was taken back. Please look."
)


class WordsNeeded(ValueError):
    """A concern is judged or closed only with an explanation: why, and what was done."""


class AdultNeeded(ValueError):
    """A red concern closes only after an adult has been with the child."""


def run_intake(at: datetime) -> int:
    """Open a concern for every call for help, care gap, worrying watch, alarming visit and urgent answer.

    Only for those that have none yet; return how many were opened. Safe to run twice or in parallel: a unique
    key allows one concern each.
    """
    opened = sum(
        run_step(_open_from, source, row, at) or 0
        for source in SOURCES
        for row in source.without_concern()
    )
    opened += sum(
        bool(run_step(at_questions.follow_answer, one, at))
        for one in at_questions.answers_to_follow()
    )
    opened += sum(
        bool(run_step(at_questions.follow_call, one, at)) for one in at_questions.calls_to_follow()
    )
    for concern_id, reply in queries.later_replies(at):
        run_step(_append_reply, concern_id, reply, at)
    for pk in queries.ids_of_texts_taken_back(at):
        run_step(_take_text_back, pk, at)
    for pk in queries.ids_in_barred_hands():
        run_step(_take_from_barred, pk, at)
    texts.tell_of_texts(at)
    return opened


@transaction.atomic
def _open_from(source: HelpSource, row: Any, at: datetime) -> int:
    """Open the concerns for one row and return how many are new."""
    facts = source.facts(row, at)
    if facts is None:
        return 0
    otherwise_at, key = facts.pop("otherwise_at"), facts.pop("key", source.key_of(row.pk))
    about = {key: facts.pop("student")}
    about |= {f"{key}:{child.pk}": child for child in facts.pop("also", ())}
    opened = 0
    for source_key, child in about.items():
        school = queries.school_now(child, otherwise_at, at)
        _concern, is_new = open_concern(
            source_key=source_key, student=child, school=school, at=at, **facts
        )
        opened += is_new
    return opened


@transaction.atomic
def _take_text_back(pk: int, at: datetime) -> None:
    """Say that the text behind this concern had been given to the wrong family.

    A person closes it, since somebody may have acted on it; they are told or, if nobody has taken it,
    everybody who was told of it. Unless a person has judged it, it climbs no further. The text itself waits
    in the tray again, and opens a concern for the right child.
    """
    concern = lock(Concern(pk=pk))
    name, _colon, rest = concern.source_key.partition(":")
    if name != ASSIGNED:  # a run at the same moment was quicker
        return
    entry = append(concern, Kind.TAKEN_BACK, at)
    concern.source_key, concern.adult = f"{TAKEN_BACK}:{rest}:{entry.pk}", None
    if not concern.entries.filter(by__isnull=False).exists():
        concern.clock = rules.SCHOOL_HOURS  # nobody is needed at night
    concern.save(update_fields=["source_key", "adult", "clock"])
    who = [concern.closed_by_id if concern.closed_at else concern.named_adult_id]
    if concern.closed_at is None and concern.acknowledged_at is None:
        told = concern.entries.filter(kind=Kind.TOLD).order_by("pk")
        who += told.values_list("about", flat=True)
    alert(concern, dict.fromkeys(filter(None, who)), at, words=TEXT_TAKEN_BACK)


@transaction.atomic
def _take_from_barred(pk: int, at: datetime) -> bool:
    """Stop notifying a named adult who has since been barred from the child; notify the next one."""
    concern = Concern.objects.select_for_update().filter(pk=pk, closed_at=None).first()
    if concern is None:
        return False
    told = rules.people_on(rungs_of(concern, at), concern.rung)
    concern.named_adult_id = told[0] if told else None
    concern.acknowledged_at = concern.acknowledged_by = None
    concern.due_at = due_at(concern, at)
    concern.save()
    append(concern, Kind.CLIMBED, at)
    alert(concern, told, at)
    return True


@transaction.atomic
def _append_reply(concern_id: int, reply, at: datetime) -> None:
    """Add what the family said after its call for help.

    A reply that is taken back closes nothing. Text that arrives after the closing reaches the person who
    closed the concern.
    """
    is_undo = reply.act == "undo"
    _entry, is_new = ConcernEntry.objects.get_or_create(
        source_key=REPLY.key_of(reply.pk),
        defaults={
            "concern_id": concern_id,
            "school_id": reply.school_id,
            "kind": Kind.TAKEN_BACK if is_undo else Kind.ADDED,
            "words": "" if is_undo else reply.words,
            "at": reply.at,
        },
    )
    if is_new and not is_undo:
        concern = Concern.objects.select_for_update().get(pk=concern_id)
        concern.words = f"{concern.words} {reply.words}".strip()[:WORDS_MAX]
        concern.save(update_fields=["words"])
        if concern.closed_at and concern.closed_by_id:
            alert(concern, [concern.closed_by_id], at)


def raise_worry(
    *, student: Student, by: User, words: str, is_urgent: bool, at: datetime, key: str
) -> Concern:
    """Record that a member of staff is worried. The same person and `key` open only one concern."""
    return open_concern(
        student=student,
        school=queries.school_now(student, student.school, at),
        source=Concern.Source.STAFF,
        source_key=f"staff:{by.pk}:{key}"[:60],
        is_urgent=is_urgent,
        raised_by=by,
        words=words,
        at=at,
    )[0]


def want_to_talk(
    *, student: Student, asked_for: str, wanted_when: str, words: str, at: datetime, key: str
) -> Concern:
    """Record that a child asks for an adult. `asked_for`: a role; `wanted_when`: now, soon or today."""
    return open_concern(
        student=student,
        school=queries.school_now(student, student.school, at),
        source=Concern.Source.PUPIL,
        source_key=f"pupil:{student.pk}:{key}"[:60],
        asked_for=asked_for,
        wanted_when=wanted_when,
        words=words,
        at=at,
    )[0]


def tell_of_hurt(
    *, student: Student, hurt_by: str, whom: str, words: str, at: datetime, key: str
) -> Concern:
    """Record that a child says somebody hurts or bullies it: an adult is needed at once, day or night.

    `hurt_by` is a Concern.HurtBy or ""; `whom` is passed to rules.asked_for_by_child.
    """
    return open_concern(
        student=student,
        school=queries.school_now(student, student.school, at),
        source=Concern.Source.HURT,
        source_key=f"hurt:{student.pk}:{key}"[:60],
        asked_for=rules.asked_for_by_child(whom, hurt_by=hurt_by),
        wanted_when="now",
        hurt_by=hurt_by,
        words=words,
        at=at,
    )[0]


@transaction.atomic
def tell_of_classmate(
    *,
    student: Student,
    classmate: Student | None,
    is_urgent: bool,
    whom: str,
    words: str,
    at: datetime,
    key: str,
) -> Concern:
    """Record that `student` is worried about another child.

    With a `classmate` the concern is about that child, and Teller records who told. Without one it is about
    `student`, so that an adult asks them.
    """
    concern, is_new = open_concern(
        student=classmate or student,
        school=queries.school_now(student, student.school, at),
        source=Concern.Source.PEER if classmate else Concern.Source.FOR_PEER,
        source_key=f"peer:{student.pk}:{key}"[:60],
        asked_for=rules.asked_for_by_child(whom),
        wanted_when="now" if is_urgent else "today",
        words=words,
        at=at,
    )
    if is_new and classmate:
        Teller.objects.create(school_id=concern.school_id, concern=concern, student=student)
    return concern


def open_for_signals(*, student: Student, by: User, words: str, at: datetime, key: str) -> Concern:
    """Open a concern, in school hours, for a person who looked at a hint and wants it followed up."""
    return open_concern(
        student=student,
        school=queries.school_now(student, student.school, at),
        source=Concern.Source.SIGNALS,
        source_key=f"signals:{key}",
        raised_by=by,
        words=words,
        at=at,
    )[0]


def open_for_report(*, student: Student, by: User, at: datetime, key: str) -> Concern:
    """Open a concern for a report of suspected harm: an adult is needed with the child now, day or night.

    It skips the class teacher, who may be close to a suspect; the text stays in the report.
    """
    return open_concern(
        student=student,
        school=queries.school_now(student, student.school, at),
        source=Concern.Source.REPORT,
        source_key=f"report:{key}",
        asked_for=rules.COUNSELLOR,
        raised_by=by,
        at=at,
    )[0]


def climb_unacknowledged(at: datetime) -> int:
    """Escalate every concern that nobody took in time to the next rung; return how many.

    At the top the same people are notified again after each interval, until somebody takes it.
    """
    return sum(bool(run_step(_climb, pk, at)) for pk in queries.ids_past_due(at))


@transaction.atomic
def _climb(pk: int, at: datetime) -> bool:
    concern = queries.lock_past_due(pk, at)
    if concern is None:
        return False
    rungs = rungs_of(concern, at)
    told = rules.people_on(rungs, concern.rung + 1)
    append(concern, Kind.CLIMBED, at, about_id=concern.named_adult_id)
    concern.rung += 1
    concern.named_adult_id = told[0] if told else None
    concern.due_at = due_at(concern, at)
    concern.save(update_fields=["rung", "named_adult", "due_at"])
    alert(concern, told, at)
    return True


@transaction.atomic
def acknowledge(*, concern: Concern, by: User, at: datetime) -> Concern:
    """Record that `by` takes the concern: the clock stops, and the concern stays until it is closed.

    No change if somebody has taken it already, or if it is closed.
    """
    concern = lock(concern)
    if concern.acknowledged_at is None and concern.closed_at is None:
        concern.acknowledged_at, concern.acknowledged_by = at, by
        concern.named_adult = by
        concern.save(update_fields=["acknowledged_at", "acknowledged_by", "named_adult"])
        append(concern, Kind.ACKNOWLEDGED, at, by=by)
    return concern


@transaction.atomic
def ring_again(*, concern: Concern, words: str, at: datetime) -> bool:
    """Notify the named adult once more and start the clock again: what they took it for no longer holds.

    `words` say what has come up. Return False if the concern is closed.
    """
    concern = lock(concern)
    if concern.closed_at is not None:
        return False
    append(concern, Kind.ADDED, at, words=words)
    if concern.acknowledged_at is not None and concern.named_adult_id is not None:
        rungs = rungs_of(concern, at)
        concern.rung = rules.rung_of(rungs, concern.named_adult_id, concern.rung)
        concern.acknowledged_at = concern.acknowledged_by = None
        concern.due_at = due_at(concern, at)
        concern.save(update_fields=["rung", "acknowledged_at", "acknowledged_by", "due_at"])
    alert(concern, [concern.named_adult_id] if concern.named_adult_id else [], at)
    return True


@transaction.atomic
def hand_over(*, concern: Concern, by: User, to: User, words: str, at: datetime) -> Concern:
    """Name `to` and start the clock again. `by` can still see the concern."""
    concern = lock(concern)
    if concern.closed_at is not None:
        return concern
    concern.rung = rules.rung_of(rungs_of(concern, at), to.pk, concern.rung)
    concern.named_adult, concern.due_at = to, due_at(concern, at)
    concern.acknowledged_at = concern.acknowledged_by = None
    concern.save()
    append(concern, Kind.HANDED_OVER, at, by=by, about_id=to.pk, words=words)
    alert(concern, [to.pk], at)
    return concern


@transaction.atomic
def close(*, concern: Concern, by: User, closing: str, words: str, at: datetime) -> Concern:
    """Close the concern: an adult has been with the child, or it is answered and nobody is in danger.

    To end its entry in the shared queue too, call counselling.concerns.actions.close. Raises WordsNeeded
    without an explanation, and AdultNeeded for a red concern that ends in any other way than with an adult at
    the child's side. A concern that is already closed does not change.
    """
    if not words.strip():
        raise WordsNeeded
    concern = lock(concern)
    if concern.closed_at is not None:
        return concern
    if concern.level == Concern.Level.RED and closing != Concern.Closing.WITH_CHILD:
        raise AdultNeeded
    concern.closed_at, concern.closed_by, concern.closing = at, by, Concern.Closing(closing)
    concern.acknowledged_at = concern.acknowledged_at or at
    concern.acknowledged_by = concern.acknowledged_by or by
    concern.save()
    append(concern, Kind.CLOSED, at, by=by, words=words)
    return concern


@transaction.atomic
def reopen(*, concern: Concern, by: User, words: str, at: datetime) -> Concern:
    """Open it again in the hands of `by`."""
    concern = lock(concern)
    if concern.closed_at is None:
        return concern
    concern.closed_at, concern.closed_by, concern.closing = None, None, ""
    concern.joined_to = None
    # The old level has been dealt with; a person sets a new one.
    concern.level, concern.level_by, concern.level_at, concern.look_by = "", None, None, None
    concern.acknowledged_at, concern.acknowledged_by, concern.named_adult = at, by, by
    concern.save()
    append(concern, Kind.REOPENED, at, by=by, words=words)
    return concern


def lock(concern: Concern) -> Concern:
    return Concern.objects.select_for_update().get(pk=concern.pk)

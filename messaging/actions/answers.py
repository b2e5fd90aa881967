"""Records what a family taps. Every act has a key of its own, so the same act twice changes nothing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.core.files import File
from django.db import transaction
from django.db.models import Exists, OuterRef, Value
from django.db.models.functions import Greatest

from delivery.models import OutboxMessage
from guardians import actions as guardians
from guardians.hours import evening_after, local_day
from guardians.models import Contact
from messaging import rules
from messaging.models import (
    Answer,
    CheckIn,
    CheckInLine,
    CheckInPlan,
    FollowUp,
    OccasionSeen,
    Reply,
)
from messaging.queries.ladders import ladder_of
from messaging.queries.sent import sent_for
from uploads.actions import keep_voice

WORDS_AT_MOST = 500  # characters
VOICE_KEYS = UUID("6f0f2f0b-7b8e-4a53-9d63-0c9a5f0e61b4")  # namespace for the keys of voice notes


@transaction.atomic
def answer(
    *,
    check_in: CheckIn,
    key: str,
    answers: dict[int, str],
    at: datetime,
    contact_point_id: int | None = None,
    said_at: datetime | None = None,
) -> bool:
    """Record one answer for each child (`answers`: student id → Answer) and stop the ladder.

    A talk is recorded as a contact between parent and child. `key` is new for every page shown. `said_at`: if
    somebody entered later what the adult wrote, when they wrote it. Return False if nothing changed: the act
    came twice, the link has expired, or the adult is blocked.
    """
    row = _locked(check_in, at)
    if row is None:
        return False
    lines = [line for line in row.lines.all() if line.student_id in answers]
    new = _append(
        lines, key, Reply.Act.ANSWER, at, lambda line: {"answer": answers[line.student_id]}
    )
    if not new:
        return False
    for line in new:
        line.answer = Answer(answers[line.student_id])
        line.save(update_fields=["answer"])
        if line.answer == Answer.TALKED:
            _record_talk(row, line, said_at or at, at)
        else:
            _take_back_talk(row, line, at)
    if any(line.answer == Answer.NOT_YET for line in new):
        row.not_yet_count += 1
    _settle(row, at)
    if contact_point_id:
        guardians.note_reply(contact_point_id=contact_point_id, at=at)
    return True


@transaction.atomic
def add_more(
    *,
    check_in: CheckIn,
    key: str,
    moods: dict[int, int],
    words: str,
    at: datetime,
    voice: File | None = None,
    wants_call: bool = False,
) -> bool:
    """Record how each child seemed (1 to 5), a few words or a voice note, and whether the adult wants a call.

    Return False if nothing changed. A voice note or a wish for a call is later copied into the conversation
    with the school (`threads.actions.land_replies`).
    """
    row = _locked(check_in, at)
    if row is None:
        return False
    words = words.strip()[:WORDS_AT_MOST]
    lines = list(row.lines.all())
    first, upload = lines[0], None
    if voice:
        voice_key = uuid5(VOICE_KEYS, f"{row.pk}:{key}")
        upload = keep_voice(student=first.student, file=voice, key=voice_key, by=None, at=at)

    def said(line: CheckInLine) -> dict[str, Any]:
        own = {"voice": upload, "wants_call": wants_call} if line.pk == first.pk else {}
        return {"words": words, "mood": moods.get(line.student_id), **own}

    new = _append(lines, key, Reply.Act.MORE, at, said)
    for line in new:
        line.mood = moods.get(line.student_id, line.mood)
        line.words = words or line.words
        line.save(update_fields=["mood", "words"])
    return bool(new)


@transaction.atomic
def undo(*, check_in: CheckIn, key: str, at: datetime, given_by: str = "") -> bool:
    """Take all answers back ("I tapped the wrong one"). Return False if nothing changed.

    The record keeps what was said. With `given_by`, only answers whose key starts with it are taken back, and
    no call for help.
    """
    row = _locked(check_in, at)
    if row is None:
        return False
    lines = [line for line in row.lines.all() if line.answer and _is_of(line, given_by)]
    new = _append(lines, key, Reply.Act.UNDO, at, lambda line: {"answer": line.answer})
    # One tap for all children was counted once (`answer`), so it is taken back once.
    if any(line.answer == Answer.NOT_YET for line in new):
        row.not_yet_count = max(0, row.not_yet_count - 1)
    for line in new:
        line.answer, line.mood, line.words = "", None, ""
        line.save(update_fields=["answer", "mood", "words"])
        _take_back_talk(row, line, at)
    if new:
        _settle(row, at)
    return bool(new)


def _is_of(line: CheckInLine, given_by: str) -> bool:
    """Return whether the current answer was given under `given_by` and may be taken back by a stranger."""
    if not given_by:
        return True
    given = line.replies.filter(act=Reply.Act.ANSWER).order_by("-at", "-pk").first()
    is_help = line.answer == Answer.NEED_HELP
    return given is not None and given.key.startswith(given_by) and not is_help


def _locked(check_in: CheckIn, at: datetime) -> CheckIn | None:
    """Return the check-in locked, so that two taps run one after the other; None if it accepts no answer."""
    return (
        CheckIn.objects.select_for_update(of=("self",))
        .select_related("adult", "first__adult")
        .prefetch_related("lines__student")
        .filter(pk=check_in.pk, expires_at__gt=at, adult__blocked_at=None)
        .first()
    )


def _append(
    lines: Sequence[CheckInLine], key: str, act: str, at: datetime, said
) -> list[CheckInLine]:
    """Write the replies and return the lines for which this act is new."""
    done = set(
        Reply.objects.filter(line__in=lines, key=key, act=act).values_list("line_id", flat=True)
    )
    new = [line for line in lines if line.pk not in done]
    Reply.objects.bulk_create(
        Reply(school_id=line.school_id, line=line, key=key, act=act, at=at, **said(line))
        for line in new
    )
    return new


def source_key(check_in: CheckIn, line: CheckInLine) -> str:
    return f"check-in:{check_in.pk}:{line.pk}"


def _record_talk(check_in: CheckIn, line: CheckInLine, said_at: datetime, at: datetime) -> None:
    """Record the contact, move the next question on from it, and close the teacher's task."""
    day = local_day(check_in.adult.hours, said_at)
    about = check_in.first.adult if check_in.as_carer and check_in.first else None
    guardians.record_contact(
        student=line.student,
        adult=about or check_in.adult,
        happened_on=day,
        reported_by=Contact.ReportedBy.CARER if about else Contact.ReportedBy.PARENT,
        at=at,
        school_id=check_in.school_id,
        source_key=source_key(check_in, line),
    )
    for plan in CheckInPlan.objects.filter(student_id=line.student_id):
        following = Value(rules.next_due_on(plan.every_days, day))
        CheckInPlan.objects.filter(pk=plan.pk).update(
            next_due_on=Greatest("next_due_on", following), occasion=""
        )
    FollowUp.objects.filter(student_id=line.student_id, done_at=None).update(
        done_at=at, outcome=FollowUp.Outcome.TALKED
    )


def _take_back_talk(check_in: CheckIn, line: CheckInLine, at: datetime) -> None:
    """Undo a talk: retract the contact, reset the plan's next day and reopen the task that the
    talk closed.
    """
    if not guardians.retract_contact(source_key=source_key(check_in, line), at=at):
        return
    for plan in CheckInPlan.objects.filter(student_id=line.student_id):
        plan.next_due_on = rules.next_due_on(plan.every_days, check_in.due_on)
        plan.occasion = ""
        plan.save(update_fields=["next_due_on", "occasion"])
    # Check dates since the question once more: the talk may have suppressed a question about them, unless the
    # family has been asked since.
    asked = CheckIn.objects.filter(
        lines__student=line.student_id, first=None, asked_at__gte=OuterRef("at")
    )
    since = OccasionSeen.objects.filter(student_id=line.student_id, at__gt=check_in.asked_at)
    since.exclude(Exists(asked)).delete()
    tasks = FollowUp.objects.filter(student_id=line.student_id)
    if tasks.filter(done_at=None).exists():
        return
    closed = tasks.filter(done_by=None, outcome=FollowUp.Outcome.TALKED)
    latest = closed.order_by("-done_at").first()
    talks = line.replies.filter(act=Reply.Act.ANSWER, answer=Answer.TALKED)
    if latest and latest.done_at and talks.filter(at=latest.done_at).exists():
        tasks.filter(pk=latest.pk).update(done_at=None, outcome="")


def _settle(row: CheckIn, at: datetime) -> None:
    """Set state and next step from the answers that count now.

    A question to another adult has no ladder of its own: the first question's ladder goes on, or has ended.
    """
    hours = row.adult.hours
    state = rules.settled_state(line.answer for line in row.lines.all())
    row.state, row.next_step_at, row.answered_at = state, None, at
    if state == CheckIn.State.WAITING:
        row.answered_at = None
    if row.first_id:
        row.state = CheckIn.State.ASKED_AGAIN if state == CheckIn.State.WAITING else state
    elif state == CheckIn.State.NOT_YET:
        row.rung = rules.Rung.ASK
        row.next_step_at = rules.after_not_yet(hours, at, row.not_yet_count)
    elif state == CheckIn.State.WAITING:
        row.rung = rules.Rung.ASK
        wait = ladder_of(row.school_id).first_wait(rules.Rung.ASK)
        row.next_step_at = evening_after(hours, at, wait)
    row.save(update_fields=["state", "rung", "next_step_at", "answered_at", "not_yet_count"])
    if state == CheckIn.State.WAITING:
        return
    # Messages that have not been sent yet are no longer needed, including those to another adult whom the
    # ladder asked. Dispatch checks again for messages that are being sent right now.
    about = [row.pk]
    if row.state == CheckIn.State.ANSWERED:
        about += CheckIn.objects.filter(first=row).values_list("pk", flat=True)
    sent_for(about).filter(state__in=[OutboxMessage.State.DUE, OutboxMessage.State.RETRY]).update(
        state=OutboxMessage.State.SUPPRESSED, cause="answered", finished_at=at
    )

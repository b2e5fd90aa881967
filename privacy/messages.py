"""Messages to a family about consent and its data, queued with the action and checked again when they are
sent.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop

from delivery.actions import queue_notices, room_notice
from delivery.kinds import Asked, RoomNotice
from privacy.models import Consent, ConsentAsk, DataRequest
from privacy.policies import askable
from privacy.texts import version_of

CONSENT = gettext_noop("The school asks for your consent.")
ANSWERED = gettext_noop("The school has answered what you asked.")
# Days during which we send the school's question; after that it is only shown on the page.
ASKED_FOR_DAYS = 14
WORTH_SENDING_DAYS = 7  # days; after that the answer only appears on the child's page

State = DataRequest.State


def queue_ask(ask: ConsentAsk, at: datetime) -> None:
    """Queue the question to adults who may decide and have not answered; no reminders."""
    queue_notices(
        [
            room_notice(
                about="consent_ask",
                about_id=ask.pk,
                key=f"consent:{ask.pk}:{adult_id}",
                school_id=ask.school_id,
                adult_id=adult_id,
                words=CONSENT,
                path="/f/privacy/consents/",
                due_at=at,
                expires_at=at + timedelta(days=ASKED_FOR_DAYS),
                student_id=ask.student_id,
            )
            for adult_id in sorted(_undecided([ask], at)[ask.pk])
        ]
    )


def _undecided(asks: Collection[ConsentAsk], at: datetime) -> dict[int, set[int]]:
    """Return, by ask, the adults whose decision counts and who have answered neither yes nor no to the
    current text; one query for each purpose, and one for the answers.
    """
    on, held = timezone.localdate(at), defaultdict[tuple[int, str], set[int]](set)
    for purpose in {one.purpose for one in asks}:
        children = {one.student_id for one in asks if one.purpose == purpose}
        rows = askable(purpose, on).filter(student_id__in=children)
        for student_id, adult_id in rows.values_list("student_id", "adult_id"):
            held[student_id, purpose].add(adult_id)
    said = Consent.objects.filter(adult_id__in=set().union(*held.values()))
    answers = said.values_list("student_id", "adult_id", "purpose", "text_version")
    answered: set[tuple[int | None, int, str]] = {
        (student, adult, purpose)
        for student, adult, purpose, version in answers
        if version == version_of(purpose)
    }
    return {
        one.pk: {
            adult
            for adult in held[one.student_id, one.purpose]
            if (one.student_id, adult, one.purpose) not in answered
            and (None, adult, one.purpose) not in answered
        }
        for one in asks
    }


def queue_answer(request: DataRequest, at: datetime) -> None:
    """Queue a message that a person has answered; copies and withdrawals are not answers."""
    if request.student_id is None or not _answers().filter(pk=request.pk).exists():
        return
    queue_notices(
        [
            room_notice(
                about="data_request",
                about_id=request.pk,
                key=f"data-request:{request.pk}",
                school_id=request.school_id,
                adult_id=request.adult_id,
                words=ANSWERED,
                path=f"/f/children/{request.student_id}/",
                due_at=at,
                expires_at=at + timedelta(days=WORTH_SENDING_DAYS),
                student_id=request.student_id,
            )
        ]
    )


def _answers() -> QuerySet[DataRequest]:
    """Return requests with an answer to send.

    Somebody who had the whole file deleted gets no message, because no number is left.
    """
    return DataRequest.objects.filter(
        answered_by__isnull=False, student__isnull=False, state__in=[State.DONE, State.REFUSED]
    )


class ConsentNotice(RoomNotice):
    def holding(self, asked: Sequence[Asked], at: datetime) -> Iterator[int]:
        asks = ConsentAsk.objects.filter(pk__in={one.about_id for one in asked})
        undecided = _undecided(list(asks), at)
        for one in asked:
            if one.adult_id in undecided.get(one.about_id, ()):
                yield one.message_id


class DataRequestNotice(RoomNotice):
    def holding(self, asked: Sequence[Asked], at: datetime) -> Iterator[int]:
        rows = _answers().filter(pk__in={one.about_id for one in asked})
        answered = set(rows.values_list("pk", flat=True))
        for one in asked:
            if one.about_id in answered:
                yield one.message_id

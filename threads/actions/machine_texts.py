"""Translations and transcripts. They are queued with the message and made later, so they never delay it.

Services are called outside any transaction. If a process dies between the answer and saving it, the
service is called once more.
"""

import time
from collections.abc import Collection
from datetime import datetime
from types import ModuleType

import structlog
from django.db import transaction

from core.database import lock
from delivery.channels.base import Failure, PermanentFailure
from delivery.services import transcription, translation
from threads import rules
from threads.models import MachineText, ThreadMessage
from threads.queries.machine_texts import machine_texts_due

log = structlog.get_logger(__name__)

Kind = MachineText.Kind
TRANSLATIONS = (Kind.TRANSLATION, Kind.SPOKEN)
AT_ONCE = 20  # texts for one service in one run
TASK_SECONDS = 60.0  # seconds for one service in one run; the rest waits for the next run
OF_ONE_ROW = ("unexpected_answer", "no_sound")  # causes that tell nothing about the next text
LOCK = (0x6A74, 1)  # one run at a time; two would request the same texts


def want_machine_texts(message: ThreadMessage) -> None:
    """Queue what the services should make of a message, in the caller's transaction."""
    rows = []
    if message.text and translation.is_offered():
        source = rules.language_of(message.text, _language_of_author(message))
        others = message.thread.people.exclude(adult=message.adult)
        targets = set(others.values_list("adult__language", flat=True))
        rows = _translations(message, source, targets | _language_of_owner(message))
    if message.voice_id and message.adult_id and transcription.is_offered():
        rows.append(_row(message, Kind.TRANSCRIPT, _language_of_author(message)))
    if rows:
        MachineText.objects.bulk_create(rows)


def _language_of_author(message: ThreadMessage) -> str:
    author = message.adult or message.user
    return author.language if author else ""


def _language_of_owner(message: ThreadMessage) -> set[str]:
    """Return the owner's language; empty if nobody owns the thread or the owner wrote the message."""
    owner = message.thread.owner
    return {owner.language} if owner and owner != message.user else set()


def _translations(
    message: ThreadMessage, source: str, targets: Collection[str], kind: Kind = Kind.TRANSLATION
) -> list[MachineText]:
    if not source:
        return []
    return [_row(message, kind, one) for one in sorted(targets) if one != source]


def _row(message: ThreadMessage, kind: Kind, language: str) -> MachineText:
    return MachineText(
        school_id=message.school_id,
        message=message,
        voice_id=None if kind == Kind.TRANSLATION else message.voice_id,
        kind=kind,
        language=language,
        next_at=message.at,
    )


def make_machine_texts(*, at: datetime) -> int:
    """Make the texts that are waiting, and return how many.

    Safe to run twice; a parallel run does nothing.
    """
    services = ((transcription, (Kind.TRANSCRIPT,)), (translation, TRANSLATIONS))
    offered = [(service, kinds) for service, kinds in services if service.is_offered()]
    if not offered:
        return 0
    with lock(*LOCK) as is_mine:
        return sum(_make(*one, at) for one in offered) if is_mine else 0


def _make(service: ModuleType, kinds: Collection[str], at: datetime) -> int:
    """Make the texts of one service.

    A text that failed waits longer than the others. If the service is unavailable the run ends, so that
    the service can recover.
    """
    until, made = time.monotonic() + TASK_SECONDS, 0
    for row in machine_texts_due(kinds, at)[:AT_ONCE]:
        if time.monotonic() > until:
            break
        try:
            text = _ask(row)
        except Failure as why:
            log.warning(
                "machine_text_failed",
                machine_text_id=row.pk,
                cause=why.cause,
                detail=why.detail,
            )
            is_hopeless = isinstance(why, PermanentFailure)
            next_at = None if is_hopeless else rules.next_attempt_at(row.attempts + 1, at)
            _waiting(row).update(attempts=row.attempts + 1, next_at=next_at)
            if why.cause not in OF_ONE_ROW:
                break
        else:
            _keep(row, text, service.name(), at)
            made += 1
    return made


def _waiting(row: MachineText):
    return MachineText.objects.filter(pk=row.pk, made_at=None)


def _ask(row: MachineText) -> str:
    if row.kind == Kind.TRANSCRIPT and row.voice:
        return transcription.written_down(row.voice, row.language)
    said = row.message.text
    if row.kind == Kind.SPOKEN:
        said = row.message.machine_texts.get(kind=Kind.TRANSCRIPT).text
    source = rules.language_of(said, _language_of_author(row.message))
    return translation.translated([said], source, row.language)[0]


@transaction.atomic
def _keep(row: MachineText, text: str, service: str, at: datetime) -> None:
    kept = {"text": text, "service": service, "made_at": at, "next_at": None}
    is_kept = _waiting(row).update(attempts=row.attempts + 1, **kept)
    if is_kept and row.kind == Kind.TRANSCRIPT and translation.is_offered():
        source = rules.language_of(text, row.language)
        owner = _language_of_owner(row.message)
        MachineText.objects.bulk_create(
            _translations(row.message, source, owner, Kind.SPOKEN), ignore_conflicts=True
        )

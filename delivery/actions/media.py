"""Fetches voice messages and photos that a provider keeps for some days, outside any transaction."""

import time
import uuid
from datetime import datetime, timedelta

import structlog
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from core.database import run_step
from delivery.actions.incoming import take_in
from delivery.channels.base import Failure, PermanentFailure
from delivery.channels.registry import CHANNELS
from delivery.dispatch.ways import opened
from delivery.incoming.rules import is_for_all
from delivery.models import IncomingMedia, IncomingMessage
from uploads.actions import keep_photo, keep_voice
from uploads.models import Upload
from uploads.rules import BadUpload

log = structlog.get_logger(__name__)

AT_ONCE = 50  # in one run; the next run, seconds later, takes the rest
TASK_SECONDS = 60.0  # for one run, if the provider is slow
LEASE_SECONDS = 120  # seconds for which a file belongs to the run that started on it
# What came with the file, such as the transcript of a voice, is seen within a day even without it.
GIVEN_UP_AFTER = timedelta(hours=12)
DOUBLINGS = 5  # of the wait between two tries: at most about an hour
KEYS = uuid.UUID("5c2f3f4e-2f0e-4c55-9a0d-6f1f6a2f1b0e")  # namespace for the keys of uploads


def fetch_media(*, at: datetime) -> int:
    """Fetch what is due and return how many were stored. Parallel runs take different rows."""
    due = IncomingMedia.objects.filter(next_attempt_at__lte=at).select_related("account", "school")
    until = time.monotonic() + TASK_SECONDS
    rows = due.order_by("next_attempt_at")[:AT_ONCE]
    return sum(bool(run_step(_fetch, row, at)) for row in rows if time.monotonic() < until)


def _fetch(row: IncomingMedia, at: datetime) -> bool:
    wait = timedelta(seconds=LEASE_SECONDS * 2 ** min(row.attempts, DOUBLINGS))
    mine = IncomingMedia.objects.filter(pk=row.pk, next_attempt_at=row.next_attempt_at)
    if not mine.update(next_attempt_at=at + wait, attempts=row.attempts + 1):
        return False
    if row.attempts and at - row.received_at > GIVEN_UP_AFTER:
        log.warning("media_given_up", media_id=row.pk)
        return _take(row, None, at)
    try:
        content = CHANNELS[row.account.kind].fetch_media(row.media_id, opened(row.account))
        keep = keep_voice if row.kind == IncomingMedia.Kind.VOICE else keep_photo
        key = uuid.uuid5(KEYS, f"{row.account_id} {row.provider_id}")
        file = ContentFile(content, name=row.kind)
        upload = keep(student=None, file=file, key=key, by=None, at=at, school=row.school)
    except (PermanentFailure, BadUpload) as error:
        log.warning("media_not_kept", media_id=row.pk, why=str(error))
        return _take(row, None, at)
    except Failure as failure:
        log.warning("media_not_fetched", media_id=row.pk, cause=failure.cause)
        return is_for_all(row.text) and _take(row, None, at)
    return _take(row, upload, at)


@transaction.atomic
def _take(row: IncomingMedia, upload: Upload | None, at: datetime) -> bool:
    """Store the message and return whether it is new.

    A voice comes with the provider's transcript; if there is no file, a note says that there was one. Words
    that bind at once stay as they are, so that they are recognised.
    """
    if not IncomingMedia.objects.select_for_update().filter(pk=row.pk).exists():
        # Another run was first, or the sender was erased while we fetched it.
        if upload and not IncomingMessage.objects.filter(upload=upload).exists():
            upload.delete()
        return False
    missing = _("(A voice message or photo that could not be fetched. Please ask for it.)")
    is_whole = upload or is_for_all(row.text)
    text = row.text if is_whole else f"{row.text} {missing}".strip()
    is_new = take_in(
        account=row.account,
        provider_id=row.provider_id,
        address=row.address,
        address_kind=row.address_kind,
        text=text,
        upload=upload,
        sent_at=row.sent_at,
        at=row.received_at,
    )
    row.delete()
    return is_new

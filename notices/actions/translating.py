"""Machine translations of notices (delivery.services.translation).

Requests run outside any transaction. The next run retries what failed, as long as the notice is recent.
"""

import time
from datetime import datetime, timedelta

import structlog

from core.database import lock
from delivery.channels.base import Failure
from delivery.services import translation
from notices.models import Notice, NoticeTranslation, Notified

log = structlog.get_logger(__name__)
FRESH_DAYS = 3  # days after sending during which we request translations
AT_ONCE = 10  # translations in one run
TASK_SECONDS = 60.0  # seconds for one run; the rest follows a minute later
LOCK = (0x6A74, 0)  # one run at a time; two would translate the same notices


def translate_waiting(*, at: datetime) -> int:
    """Translate waiting notices, and return how many.

    A failure ends the run, so that the service can recover.
    """
    if not translation.is_offered():
        return 0
    with lock(*LOCK) as is_mine:
        if not is_mine:
            return 0
        until, made = time.monotonic() + TASK_SECONDS, 0
        for notice, language in _waiting(at)[:AT_ONCE]:
            if time.monotonic() > until:
                break
            try:
                texts = [notice.title, notice.words]
                title, words = translation.translated(texts, notice.language, language)
            except Failure as why:
                log.warning(
                    "notice_not_translated", notice_id=notice.pk, cause=why.cause, detail=why.detail
                )
                return made
            NoticeTranslation.objects.bulk_create(
                [
                    NoticeTranslation(
                        school_id=notice.school_id,
                        notice=notice,
                        language=language,
                        title=title[:300],
                        words=words,
                        made_at=at,
                    )
                ],
                ignore_conflicts=True,
            )
            made += 1
        return made


def _waiting(at: datetime) -> list[tuple[Notice, str]]:
    """Return notices that reached an adult who reads another language, with that language."""
    fresh = Notice.objects.filter(
        state=Notice.State.SENT, sent_at__gte=at - timedelta(days=FRESH_DAYS)
    )
    rows = Notified.objects.filter(notice__in=fresh).order_by()
    wanted = set(rows.values_list("notice_id", "adult__language").distinct())
    known = set(
        NoticeTranslation.objects.filter(notice__in=fresh).values_list("notice_id", "language")
    )
    notices = {notice.pk: notice for notice in fresh}
    return [
        (notices[pk], language)
        for pk, language in sorted(wanted - known)
        if language != notices[pk].language
    ]

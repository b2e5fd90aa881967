"""Machine translations of notices, from a service that speaks LibreTranslate's JSON.

Off if settings.TRANSLATION_URL is empty; list a service in your own network in
OUTGOING_PRIVATE_HOSTS too. Requests run outside any transaction. The next run retries what failed,
as long as the notice is fresh. https://docs.libretranslate.com/api/operations/translate/
"""

import time
from datetime import datetime, timedelta

import structlog
from django.conf import settings

from core.database import lock
from delivery.channels.base import Failure
from delivery.channels.http import parsed, request
from notices.models import Notice, NoticeTranslation, Notified

log = structlog.get_logger(__name__)
# Our codes → LibreTranslate's.
CODES = {"zh-hans": "zh", "en": "en"}
FRESH_DAYS = 3  # days after sending during which we request translations
AT_ONCE = 10  # translations of one run
TIMEOUT_SECONDS = 20.0  # a small server needs this for a long notice
TASK_SECONDS = 60.0  # per run; the rest follows a minute later
LOCK = (0x6A74, 0)  # one run at a time: two would translate the same notices


class NoTranslation(Exception):
    """The service did not answer, or not as documented."""


def translate_waiting(*, at: datetime) -> int:
    """Translate waiting notices and return how many. A failure ends the run, so that the service can rest."""
    if not settings.TRANSLATION_URL:
        return 0
    with lock(*LOCK) as is_mine:
        return _translate(at) if is_mine else 0


def _translate(at: datetime) -> int:
    until, made = time.monotonic() + TASK_SECONDS, 0
    for notice, language in _waiting(at)[:AT_ONCE]:
        if time.monotonic() > until:
            break
        try:
            title, words = translated([notice.title, notice.words], notice.language, language)
        except NoTranslation as why:
            log.warning("notice_not_translated", notice_id=notice.pk, why=str(why))
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


def translated(texts: list[str], source: str, target: str) -> list[str]:
    """POST /translate for each text and return the translations; raises NoTranslation."""
    body = {"source": CODES.get(source, source), "target": CODES.get(target, target)}
    body |= {"format": "text"}
    if settings.TRANSLATION_KEY:
        body["api_key"] = settings.TRANSLATION_KEY
    try:
        return [_asked(body | {"q": text}) for text in texts]
    except Failure as why:
        raise NoTranslation(f"{why.cause} {why.detail}".strip()) from why


def _asked(body: dict[str, str]) -> str:
    said = parsed(
        request("POST", f"{settings.TRANSLATION_URL}/translate", TIMEOUT_SECONDS, json=body)
    )
    text = said.get("translatedText")
    if not isinstance(text, str) or not text.strip():
        raise NoTranslation("no translatedText")
    return text

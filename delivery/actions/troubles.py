"""Tells the administrator of each trouble once when it begins and once when it is over.

It uses the installation's own mail server, not the outbox: if sending is in trouble, it cannot report that.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused, SMTPResponseException

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import translation

from core.clock import local_date
from delivery import rules
from delivery.models import Trouble
from delivery.presenters.troubles import letter
from delivery.queries.troubles import Seen
from schools.models import Post, holds_on
from schools.roles import Role

log = structlog.get_logger(__name__)
LOCK = (0x6A72, 0)  # one watch at a time: two would send each mail twice


def watch(*, seen: Iterable[Seen], at: datetime) -> int:
    """Record what was seen, mail what is new or over, and return how many mails were sent.

    If the mail server is away, the next watch tries again. If the process dies between mail and record, the
    next watch sends that mail once more.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", LOCK)
        if not cursor.fetchone()[0]:
            return 0
    try:
        _note(list(seen), at)
        # A process counts as silent only if a second look finds it silent, too.
        silent = timedelta(seconds=rules.TROUBLE_SILENT_SECONDS)
        processes = [Trouble.Kind.BEAT, Trouble.Kind.SENDER, Trouble.Kind.WORKER]
        begun = Trouble.objects.filter(told_at=None, over_at=None).exclude(
            kind__in=processes, last_seen_at__lt=F("began_at") + silent
        )
        sent = _tell(begun, "told_at", at)
        # If nobody was told that it began, nobody needs to be told that it is over.
        over = Trouble.objects.filter(over_told_at=None).exclude(over_at=None)
        over.filter(told_at=None).update(over_told_at=at)
        return sent + _tell(over, "over_told_at", at)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", LOCK)


@transaction.atomic
def _note(seen: list[Seen], at: datetime) -> None:
    known = {one.subject: one for one in Trouble.objects.filter(over_at=None)}
    Trouble.objects.bulk_create(
        Trouble(
            subject=one.subject, kind=one.kind, school_id=one.school_id, detail=one.detail,
            began_at=one.began_at, last_seen_at=at,
        )
        for one in seen
        if one.subject not in known
    )  # fmt: skip
    subjects = [one.subject for one in seen]
    Trouble.objects.filter(over_at=None, subject__in=subjects).update(last_seen_at=at)
    gone = at - timedelta(minutes=rules.TROUBLE_OVER_MINUTES)
    Trouble.objects.filter(over_at=None, last_seen_at__lte=gone).update(over_at=at)


def _tell(troubles: QuerySet[Trouble], field: str, at: datetime) -> int:
    sent = 0
    for one in troubles.select_related("school").order_by("began_at", "pk"):
        try:
            is_told = _mail(one, at)
        except (
            OSError
        ) as error:  # the server is away: do not wait for it again for each of the others
            log.warning("mail_server_away", error=str(error))
            break
        if is_told:
            setattr(one, field, at)
            one.save(update_fields=[field])
            sent += 1
    return sent


def _mail(trouble: Trouble, at: datetime) -> bool:
    """Mail those who run the installation and the administrators that the school has at `at`.

    Return False if no mail was sent.
    """
    addresses = set(settings.ALERT_EMAILS)
    if trouble.kind != Trouble.Kind.UNATTENDED:  # nobody at any school is told of a report
        posts = Post.objects.filter(holds_on(local_date(at)), role=Role.SCHOOL_ADMIN)
        if trouble.school_id is not None:
            posts = posts.filter(school_id=trouble.school_id)
        elif addresses:
            posts = posts.none()
        users = posts.filter(user__is_active=True).exclude(Q(user__email="") | Q(user__email=None))
        addresses.update(users.values_list("user__email", flat=True))
    to = sorted(addresses)
    if not to:
        log.warning("trouble_without_reader", subject=trouble.subject)
        return False
    with translation.override(settings.LANGUAGE_CODE):
        subject, body = letter(trouble)
    headers = {"Auto-Submitted": "auto-generated"}
    try:
        EmailMessage(subject, body, to=to, headers=headers).send()
    except (SMTPRecipientsRefused, SMTPResponseException) as error:
        log.warning("trouble_not_told", subject=trouble.subject, error=str(error))
        return False
    return True

"""Send waiting deliveries.

Each is claimed under a lease, sent outside any transaction, and recorded under the same lease.

If a process dies while sending, its lease runs out and the delivery is sent again under its own key.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from django.db import connection, transaction
from django.utils import timezone

from api.agreements.policies import agreement_for
from api.models import AGREED_WITH, SCOPE_FOR, ApiToken, Event, Webhook, WebhookDelivery
from api.tokens.policies import is_open, with_maker
from api.webhooks import actions, rules
from delivery.channels.base import Failure
from delivery.channels.http import reply_to, retry_after
from delivery.channels.secrets import SecretUnreadable
from schools.policies import today_in

AT_ONCE = 8  # requests in parallel: a receiver that hangs holds up nobody else for long
SECONDS = 5.0  # for each step of a request
LEASE = timedelta(seconds=90)  # longer than a request can take with all its steps

# Only the oldest of each receiver, so that a receiver that hangs takes up one place, not all.
CLAIM = """
UPDATE api_webhookdelivery SET leased_until = %(until)s, attempts = attempts + 1 WHERE id IN (
    SELECT one.id FROM api_webhookdelivery one WHERE one.id IN (
        SELECT DISTINCT ON (webhook_id) id FROM api_webhookdelivery
        WHERE state = 'waiting' AND due_at <= %(at)s AND (leased_until IS NULL OR leased_until <= %(at)s)
        ORDER BY webhook_id, due_at, id
    ) AND one.state = 'waiting' AND (one.leased_until IS NULL OR one.leased_until <= %(at)s)
    ORDER BY one.due_at LIMIT %(most)s FOR UPDATE SKIP LOCKED
) RETURNING id
"""


@dataclass(frozen=True)
class Letter:
    delivery: WebhookDelivery
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    words: str
    status: int = 0  # 0 if there was none
    pause: float | None = None  # seconds that the receiver asks for


def send_due(now: Callable[[], datetime]) -> int:
    """Send what is due until nothing is left, in at most a few rounds. Return how many were delivered."""
    delivered = 0
    for _round in range(10):
        at = now()
        claimed = _claimed(at)
        if not claimed:
            break
        letters = _letters(claimed, at)
        with ThreadPoolExecutor(AT_ONCE) as threads:
            answers = list(threads.map(_send, letters))
        for letter, answer in zip(letters, answers, strict=True):
            delivered += _record(letter.delivery, answer, now())
    return delivered


def _claimed(at: datetime) -> list[WebhookDelivery]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM, {"until": at + LEASE, "at": at, "most": AT_ONCE})
        keys = [key for (key,) in cursor.fetchall()]
    rows = WebhookDelivery.objects.filter(pk__in=keys).select_related("webhook__token__school")
    return list(rows)


def _letters(claimed: list[WebhookDelivery], at: datetime) -> list[Letter]:
    """Return the deliveries to send. A system whose token no longer works gets no news of a school."""
    rows = ApiToken.objects.filter(pk__in={one.webhook.token_id for one in claimed})
    open_tokens = {row.pk for row in with_maker(rows, timezone.localdate(at)) if is_open(row, at)}
    letters = []
    for delivery in claimed:
        webhook = delivery.webhook
        if webhook.token_id not in open_tokens or webhook.stopped_at:
            actions.give_up(webhooks=[webhook.pk], why="no_token", at=at)
            continue
        if _is_not_agreed(delivery, at):
            own = WebhookDelivery.objects.filter(pk=delivery.pk)
            actions.leave_out(deliveries=own, why="not_agreed", at=at)
            continue
        try:
            secrets = actions.secrets_of(webhook, at)
        except SecretUnreadable:
            _record(delivery, Answer("secret_unreadable"), at)
            continue
        body = rules.body_of(delivery.event, delivery.happened_at, webhook.token.school_id)
        headers = rules.headers_of(str(delivery.key), at, body, secrets)
        letters.append(Letter(delivery, headers, body))
    return letters


def _is_not_agreed(delivery: WebhookDelivery, at: datetime) -> bool:
    """Return whether the event is about something that nobody lets the system read (see AGREED_WITH)."""
    scope = SCOPE_FOR.get(Event(delivery.event))
    if scope not in AGREED_WITH:
        return False
    token = delivery.webhook.token
    return agreement_for(token, scope, today_in(token.school, at)) is None


def _send(letter: Letter) -> Answer:
    """Send in a separate thread, without the database."""
    address = letter.delivery.webhook.address
    try:
        reply = reply_to("POST", address, SECONDS, headers=letter.headers, content=letter.body)
    except Failure as failure:
        return Answer(failure.cause)
    return Answer(str(reply.status_code), reply.status_code, retry_after(reply))


@transaction.atomic
def _record(delivery: WebhookDelivery, answer: Answer, at: datetime) -> bool:
    """Record the answer and return whether it was delivered.

    Write nothing if another process holds the lease by now.
    """
    held = WebhookDelivery.objects.select_for_update().filter(
        pk=delivery.pk, leased_until=delivery.leased_until, state=WebhookDelivery.State.WAITING
    )
    row = held.first()
    if row is None:
        return False
    is_delivered = HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES
    row.leased_until, row.last_answer = None, answer.words[:40]
    again_at = None if is_delivered else rules.next_attempt_at(row.attempts, at, answer.pause)
    if is_delivered:
        row.state, row.ended_at = WebhookDelivery.State.DELIVERED, at
    elif again_at and answer.status != HTTPStatus.GONE:
        row.due_at = again_at
    else:
        row.state, row.ended_at = WebhookDelivery.State.GIVEN_UP, at
    row.save()
    if row.state == WebhookDelivery.State.GIVEN_UP:
        is_gone = answer.status == HTTPStatus.GONE
        because = Webhook.Stopped.GONE if is_gone else Webhook.Stopped.UNREACHABLE
        webhook = delivery.webhook
        on = today_in(webhook.token.school, at)
        actions.stop(webhook=webhook, because=because, by=None, on=on, at=at)
    return is_delivered

"""Set up, change, stop and test a webhook; turn changes into deliveries; send one again."""

import base64
import secrets as chance
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import uuid4

from django.db import transaction
from django.db.models import QuerySet

from accounts.history import refuse_unseen_change
from accounts.models import CredentialEvent, User
from api.models import SCOPE_FOR, ApiToken, Event, Webhook, WebhookChange, WebhookDelivery
from api.tokens.actions import tell_administrators
from api.webhooks import rules
from delivery.channels.secrets import seal, unseal

SET_UP = ("address", "told_of", "stopped_because")  # what the form of a webhook replaces


def events_open_to(token: ApiToken) -> list[Event]:
    return [event for event, scope in SCOPE_FOR.items() if scope in token.scopes]


@transaction.atomic
def set_up(
    *, token: ApiToken, address: str, events: Sequence[str], by: User, on: date, at: datetime,
    ip: str | None, instead_of: str | None = None,
) -> str:  # fmt: skip
    """Send events to `address` from now on. Return the secret of a new webhook.

    Return "" if there was one already: it keeps its secret, even after it was stopped. `instead_of`: the
    version that the form began with; see core.meanwhile.
    """
    ApiToken.objects.select_for_update(no_key=True).get(pk=token.pk)  # one form at a time
    webhook, is_new = Webhook.objects.get_or_create(
        token=token, defaults={"address": address, "told_of": list(events), "made_at": at}
    )
    secret = _new_secret(webhook) if is_new else ""
    new = dict(zip(SET_UP, (address, list(events), ""), strict=True))
    if not is_new:
        refuse_unseen_change(webhook, new, seen=instead_of)
    for field, value in new.items():
        setattr(webhook, field, value)
    webhook.stopped_at = None
    changed = [*SET_UP, "stopped_at"]
    # Its secret may be renewed at the same moment.
    webhook.save(update_fields=[*changed, "secret"] if is_new else changed)
    tell_administrators(token, CredentialEvent.Kind.WEBHOOK_SET, by, on, ip)
    return secret


@transaction.atomic
def renew_secret(*, webhook: Webhook, at: datetime) -> str:
    """Return the new secret, which nobody sees again. The former secret also signs for one more day."""
    webhook = Webhook.objects.select_for_update().get(pk=webhook.pk)
    former = unseal(sealed=webhook.secret, row=_row(webhook, "secret"))
    webhook.former_secret = seal(value=former, row=_row(webhook, "former"))
    webhook.former_until = at + rules.FORMER_SECRET_HOLDS
    secret = _new_secret(webhook)
    webhook.save(update_fields=["secret", "former_secret", "former_until"])
    return secret


def secrets_of(webhook: Webhook, at: datetime) -> list[str]:
    """Return the secrets that sign now, the newest first. Raises SecretUnreadable if one cannot be opened."""
    found = [unseal(sealed=webhook.secret, row=_row(webhook, "secret"))]
    if webhook.former_until and at < webhook.former_until:
        found.append(unseal(sealed=webhook.former_secret, row=_row(webhook, "former")))
    return [one["key"] for one in found]


def _new_secret(webhook: Webhook) -> str:
    raw = chance.token_bytes(rules.SECRET_BYTES)
    secret = rules.SECRET_PREFIX + base64.b64encode(raw).decode()
    webhook.secret = seal(value={"key": secret}, row=_row(webhook, "secret"))
    return secret


def _row(webhook: Webhook, field: str) -> str:
    return f"api.webhook.{webhook.pk}.{field}"


@transaction.atomic
def stop(
    *, webhook: Webhook, because: Webhook.Stopped, by: User | None, on: date, at: datetime,
    ip: str | None = None,
) -> None:  # fmt: skip
    """Stop the webhook and give up on what waits. Safe to call again."""
    active = Webhook.objects.filter(pk=webhook.pk, stopped_at=None)
    if active.update(stopped_at=at, stopped_because=because):
        give_up(webhooks=[webhook.pk], why="stopped", at=at)
        tell_administrators(webhook.token, CredentialEvent.Kind.WEBHOOK_STOPPED, by, on, ip)


def give_up(*, webhooks: Iterable[int], why: str, at: datetime) -> None:
    WebhookChange.objects.filter(webhook__in=webhooks).delete()
    leave_out(deliveries=WebhookDelivery.objects.filter(webhook__in=webhooks), why=why, at=at)


def leave_out(*, deliveries: QuerySet[WebhookDelivery], why: str, at: datetime) -> None:
    """Give up on those deliveries that still wait."""
    deliveries.filter(state=WebhookDelivery.State.WAITING).update(
        state=WebhookDelivery.State.GIVEN_UP, ended_at=at, last_answer=why, leased_until=None
    )


@transaction.atomic
def gather(*, at: datetime) -> int:
    """Combine all changes of one kind for one webhook into one delivery. Return how many are new.

    A delivery that still waits and is not being sent right now covers them too: the receiver fetches the
    data after it has been told.
    """
    changes = WebhookChange.objects.select_for_update(skip_locked=True).order_by("pk")
    news: dict[tuple[int, str], datetime] = {}
    found = list(changes)
    for change in found:
        news[change.webhook_id, change.event] = change.at
    still_to_go = WebhookDelivery.objects.select_for_update().filter(
        webhook__in={webhook for webhook, _event in news},
        state=WebhookDelivery.State.WAITING,
        leased_until=None,
    )
    for delivery in still_to_go:
        news.pop((delivery.webhook_id, delivery.event), None)
    WebhookDelivery.objects.bulk_create(
        _delivery(webhook, event, happened_at, at) for (webhook, event), happened_at in news.items()
    )
    WebhookChange.objects.filter(pk__in=[change.pk for change in found]).delete()
    return len(news)


def try_out(*, webhook: Webhook, at: datetime) -> None:
    _delivery(webhook.pk, Event.TEST, at, at).save()


def _delivery(webhook: int, event: str, happened_at: datetime, at: datetime) -> WebhookDelivery:
    return WebhookDelivery(
        webhook_id=webhook, key=uuid4(), event=event, happened_at=happened_at, due_at=at
    )


def send_again(*, delivery: WebhookDelivery, at: datetime) -> None:
    """Send a delivery again under its own key, so that a receiver that already has it recognises it."""
    ended = WebhookDelivery.objects.filter(pk=delivery.pk, ended_at__isnull=False)
    ended.update(
        state=WebhookDelivery.State.WAITING, ended_at=None, due_at=at, attempts=0, leased_until=None
    )


def forget(at: datetime) -> int:
    return WebhookDelivery.objects.filter(ended_at__lte=at - rules.KEPT).delete()[0]

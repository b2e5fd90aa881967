"""Administrators who may make tokens may also set up webhooks: each belongs to a token."""

from datetime import date

from django.http import Http404

from accounts.models import User
from api.models import Webhook, WebhookDelivery
from api.tokens.policies import tokens_visible_to


def get_webhook_for(user: User, token: int, on: date) -> Webhook:
    """Return the webhook of the token with this key; 404 if there is none that `user` may see."""
    webhooks = Webhook.objects.filter(token__in=tokens_visible_to(user, on), token_id=token)
    found = webhooks.select_related("token__school").first()
    if found is None:
        raise Http404
    return found


def get_delivery_for(user: User, pk: int, on: date) -> WebhookDelivery:
    deliveries = WebhookDelivery.objects.filter(webhook__token__in=tokens_visible_to(user, on))
    found = deliveries.filter(pk=pk).select_related("webhook").first()
    if found is None:
        raise Http404
    return found

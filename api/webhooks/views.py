"""Settings of one token: where its system is told that something changed."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.history import mark_of
from accounts.second_factor.asking import ask_again
from api.models import ApiToken, Webhook
from api.tokens.policies import get_token_for
from api.tokens.views import TAB, edits_school
from api.webhooks import actions, presenters
from api.webhooks.forms import WebhookForm
from api.webhooks.policies import get_delivery_for, get_webhook_for
from core.meanwhile import WrittenMeanwhile
from schools.requests import SchoolRequest


@require_safe
@edits_school
def webhook(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    found = get_webhook_for(viewer.user, pk, viewer.on)
    return render(request, "api/webhook.html", TAB | presenters.page(found, viewer.at))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@edits_school
def edit(request: SchoolRequest, pk: int) -> HttpResponse:
    """Ask for the second step once more. The secret of a new webhook is shown this one time."""
    viewer = request.viewer
    token = get_token_for(viewer.user, pk, viewer.on)
    ask_again(request)
    known: Webhook | None = getattr(token, "webhook", None)
    initial: dict[str, Any] = {"instead_of": mark_of(known or Webhook(), actions.SET_UP)}
    if known:
        initial |= {"address": known.address, "told_of": known.told_of}
    form = WebhookForm(request.POST or None, initial=initial, token=token)
    secret = _set_up(request, form, token) if form.is_valid() else None
    if secret is None:
        status = 422 if form.is_bound else 200
        context = TAB | {"form": form, "token": token, "known": known}
        return render(request, "api/webhook_edit.html", context, status=status)
    if secret:
        return _show_secret(request, token.pk, token.name, secret)
    messages.success(request, _("Saved. We notify this address of changes from now on."))
    return redirect("api:webhook", pk)


def _set_up(request: SchoolRequest, form: WebhookForm, token: ApiToken) -> str | None:
    """Save the form. Return what `actions.set_up` does, or None if the form asks first."""
    viewer, said = request.viewer, form.cleaned_data
    try:
        return actions.set_up(
            token=token,
            address=said["address"],
            events=said["told_of"],
            by=viewer.user,
            on=viewer.on,
            at=viewer.at,
            ip=request.META.get("REMOTE_ADDR"),
            instead_of=said["instead_of"],
        )
    except WrittenMeanwhile as newer:
        form.ask_to_replace(newer, request.user)
        return None


@never_cache
@require_POST
@edits_school
def renew_secret(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    found = get_webhook_for(viewer.user, pk, viewer.on)
    ask_again(request)
    secret = actions.renew_secret(webhook=found, at=viewer.at)
    return _show_secret(request, pk, found.token.name, secret)


def _show_secret(request: SchoolRequest, pk: int, name: str, secret: str) -> HttpResponse:
    context = TAB | {"secret": secret, "pk": pk, "name": name}
    return render(request, "api/webhook_secret.html", context)


@require_POST
@edits_school
def stop(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    found = get_webhook_for(viewer.user, pk, viewer.on)
    ip, because = request.META.get("REMOTE_ADDR"), Webhook.Stopped.BY_PERSON
    actions.stop(webhook=found, because=because, by=viewer.user, on=viewer.on, at=viewer.at, ip=ip)
    messages.success(request, _("%(name)s is no longer notified.") % {"name": found.token.name})
    return redirect("api:webhook", pk)


@require_POST
@edits_school
def try_out(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    found = get_webhook_for(viewer.user, pk, viewer.on)
    if found.stopped_at is None:
        actions.try_out(webhook=found, at=viewer.at)
        words = _(
            "A test is on its way. The other system's response appears below in a few seconds."
        )
        messages.success(request, words)
    return redirect("api:webhook", pk)


@require_POST
@edits_school
def send_again(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    found = get_delivery_for(viewer.user, pk, viewer.on)
    if found.webhook.stopped_at is None:
        actions.send_again(delivery=found, at=viewer.at)
    return redirect("api:webhook", found.webhook.token_id)

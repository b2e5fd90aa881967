"""The channels' settings: which accounts, in which order, and a test that shows its result."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from delivery import actions
from delivery.actions import channels as acts
from delivery.actions.incoming import sends_in_plain_mode
from delivery.channels.base import Failure
from delivery.channels.forms import FORMS, form_for
from delivery.channels.registry import CHANNELS
from delivery.channels.settings_form import ChannelForm
from delivery.forms import TestForm
from delivery.models import ChannelAccount, ChannelKind, OutboxMessage
from delivery.policies import (
    channel_accounts_editable_by,
    channel_accounts_of,
    get_channel_account_for,
    get_copy_for,
)
from delivery.presenters import channels as presenters
from delivery.presenters.county_accounts import app_taken, families
from delivery.queries.sending import refusals
from delivery.shared.actions import AppTaken
from delivery.shared.kinds import SINGLE
from delivery.texts import cause_in_words
from schools.policies import edits_school
from schools.requests import SchoolRequest

TRIED_WITH_QUESTION = ("phone", "email")  # one's own phone or mailbox shows it


@require_safe
@edits_school
def channels(request: SchoolRequest) -> HttpResponse:
    viewer = request.viewer
    accounts = channel_accounts_of(viewer.user, viewer.on).filter(school=viewer.school)
    groups = presenters.groups(
        accounts.select_related("health", "school", "of_county"), viewer.school, viewer.at
    )
    context = {
        "groups": groups,
        "has_rows": any(group["rows"] or group["demo"] for group in groups),
        "trial_url": presenters.trial_url(viewer.school, list(accounts)),
    }
    return render(request, "delivery/channels.html", _frame() | context)


def _frame() -> dict[str, Any]:
    return {"settings_tab": "delivery:channels"}


@require_http_methods(["GET", "POST"])
@edits_school
def new_channel(request: SchoolRequest, kind: str) -> HttpResponse:
    if not presenters.is_offered(kind, request.viewer.school):
        raise Http404
    form = _form(kind, None, request.POST or None)
    if CHANNELS[kind].MEANS in SINGLE:  # a school has one account of this kind
        mine = channel_accounts_editable_by(request.viewer.user, request.viewer.on)
        existing = mine.filter(school=request.viewer.school, kind=kind).first()
        if existing is not None:
            return redirect("delivery:channel", existing.pk)
    if request.method == "POST" and form.is_valid():
        try:
            account = acts.add_channel(
                school=request.viewer.school, kind=kind, by=request.viewer.user, **form.given
            )
        except AppTaken as taken:
            form.add_error("app_id", app_taken(taken.by))
        else:
            messages.success(request, _("Saved."))
            return redirect("delivery:channel", account.pk)
    return _channel_page(request, kind, None, form, 422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@edits_school
def channel(request: SchoolRequest, pk: int) -> HttpResponse:
    copy = get_copy_for(request.viewer.user, pk, request.viewer.on)
    if copy is not None:
        return _copy_page(request, copy, None, 200 if request.method == "GET" else 405)
    account = _account(request, pk)
    form = _form(account.kind, account, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            acts.change_channel(account=account, by=request.viewer.user, **form.given)
        except AppTaken as taken:
            form.add_error("app_id", app_taken(taken.by))
        else:
            messages.success(request, _("Saved."))
            return redirect("delivery:channel", account.pk)
    return _channel_page(request, account.kind, account, form, 422 if form.is_bound else 200)


def _copy_page(
    request: SchoolRequest, copy: ChannelAccount, form: TestForm | None, status: int
) -> HttpResponse:
    """Show what the county gives: its state and a test, but no settings."""
    viewer, means = request.viewer, CHANNELS[copy.kind].MEANS
    mine = presenters.own_address(viewer.user, copy.kind)
    context = _frame() | {
        "account": copy,
        "title": copy.label,
        "state": presenters.copy_words(copy),
        "trouble": presenters.trouble(copy, viewer.at, refusals(viewer.school, viewer.at)),
        "spending": presenters.spending(copy, viewer.at),
        "families": families(copy.kind) if copy.is_enabled else "",
        "test_form": form or TestForm(means=means, initial=mine),
        "may_ask": means in TRIED_WITH_QUESTION,
    }
    return render(request, "delivery/county_channel.html", context, status=status)


def _account(request: SchoolRequest, pk: int) -> ChannelAccount:
    account = get_channel_account_for(request.viewer.user, pk, request.viewer.on)
    if account.kind not in CHANNELS:
        raise Http404
    return account


def _form(kind: str, account: ChannelAccount | None, data) -> ChannelForm:
    if kind not in FORMS:
        raise Http404
    return form_for(kind, account, data)


def _channel_page(
    request: SchoolRequest,
    kind: str,
    account: ChannelAccount | None,
    form: ChannelForm,
    status: int,
) -> HttpResponse:
    viewer = request.viewer
    is_in_plain_mode = account is not None and sends_in_plain_mode(account)
    context = _frame() | {
        "kind": kind,
        "title": account.label if account else ChannelKind(kind).label,
        "account": account,
        "form": form,
        "test_form": TestForm(
            means=CHANNELS[kind].MEANS, initial=presenters.own_address(request.viewer.user, kind)
        ),
        "needs_address": CHANNELS[kind].MEANS != "group",
        "may_test": account is not None and presenters.may_test(kind),
        "may_ask": CHANNELS[kind].MEANS in TRIED_WITH_QUESTION,
        "may_match": account is not None and kind == ChannelKind.WECOM,
        "is_demo_phone": account is not None and kind in presenters.DEMO.values(),
        "note": presenters.note(form),
        "spending": presenters.spending(account, request.viewer.at),
        "hook_url": presenters.hook_url(account),
        "trouble": presenters.trouble(account, viewer.at, refusals(viewer.school, viewer.at)),
        "hook_trouble": presenters.plain_mode_trouble() if is_in_plain_mode else "",
    }
    return render(request, "delivery/channel.html", context, status=status)


@require_POST
@edits_school
def move_channel(request: SchoolRequest, pk: int) -> HttpResponse:
    acts.move_channel_up(account=_account(request, pk), by=request.viewer.user)
    return redirect("delivery:channels")


@require_POST
@edits_school
def switch_channel(request: SchoolRequest, pk: int) -> HttpResponse:
    account = _account(request, pk)
    try:
        acts.switch_channel(account=account, on="on" in request.POST, by=request.viewer.user)
    except AppTaken as taken:
        messages.error(request, app_taken(taken.by))
    return redirect("delivery:channels")


@require_POST
@edits_school
def renew_hook(request: SchoolRequest, pk: int) -> HttpResponse:
    account = _account(request, pk)
    if not hasattr(CHANNELS[account.kind], "read_hook"):
        raise Http404
    acts.renew_hook(account=account, by=request.viewer.user)
    messages.success(request, _("The address has changed. Enter the new one at the provider."))
    return redirect("delivery:channel", account.pk)


@require_POST
@edits_school
def send_test(request: SchoolRequest, pk: int) -> HttpResponse:
    copy = get_copy_for(request.viewer.user, pk, request.viewer.on)
    account = copy or _account(request, pk)
    has_ended = account.of_county is not None and not account.of_county.in_force
    if has_ended or not presenters.may_test(account.kind):
        raise Http404
    form = TestForm(request.POST, means=CHANNELS[account.kind].MEANS)
    if not form.is_valid():
        if not request.htmx:
            if copy is not None:
                return _copy_page(request, copy, form, 422)
            page = _form(account.kind, account, None)
            return _channel_page(request, account.kind, account, page, 422)
        error = form.errors["address"][0]
        return render(request, "delivery/_test_result.html", {"error": error}, status=422)
    viewer = request.viewer
    row = actions.queue_test(
        channel_account=account,
        address=form.cleaned_data["address"],
        as_question="question" in request.POST,
        by=viewer.user,
        at=viewer.at,
    )
    if not request.htmx:
        return redirect("delivery:test_result", row.pk)
    return _result(request, row)


@require_POST
@edits_school
def match_families(request: SchoolRequest, pk: int) -> HttpResponse:
    """Ask WeCom now who is there. A task does the same several times a day."""
    account = _account(request, pk)
    if account.kind != ChannelKind.WECOM:
        return redirect("delivery:channel", account.pk)
    try:
        matched = actions.match_families(account=account, at=request.viewer.at)
    except Failure as failure:
        words = _("We could not read WeCom: %(cause)s.") % {"cause": cause_in_words(failure.cause)}
        messages.error(request, words)
    else:
        messages.success(request, presenters.matched_words(matched))
    return redirect("delivery:channel", account.pk)


@require_safe
@edits_school
def test_result(request: SchoolRequest, pk: int) -> HttpResponse:
    tests = OutboxMessage.objects.filter(kind=OutboxMessage.Kind.TEST, school=request.viewer.school)
    return _result(request, get_object_or_404(tests, pk=pk))


def _result(request: SchoolRequest, row: OutboxMessage) -> HttpResponse:
    page = "delivery:test_result"
    context = presenters.test_result(row, request.viewer.at, page=page)
    if request.htmx:
        return render(request, "delivery/_test_result.html", context)
    return render(request, "delivery/test_result.html", context | _frame() | {"row": row})

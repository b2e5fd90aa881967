"""Settings of the channels: on or off, how a gateway is spoken to, and a test that shows its result."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from messaging import actions
from messaging.actions.channels import save_channel
from messaging.channels.registry import CHANNELS
from messaging.forms import CHANNEL_FORMS, ChannelForm, TestForm
from messaging.models import ChannelAccount, ChannelKind, OutboxMessage
from messaging.presenters import channels as presenters
from schools.policies import staff_required
from schools.roles import Permission
from schools.views import tabs

edits_school = staff_required(Permission.EDIT_SCHOOL)


@require_safe
@edits_school
def channels(request: HttpRequest) -> HttpResponse:
    school = request.viewer.school
    accounts = {account.kind: account for account in ChannelAccount.objects.filter(school=school)}
    rows = [presenters.row(kind, accounts.get(kind), request.viewer.at) for kind in CHANNEL_FORMS]
    if school.is_demo:
        rows.append(presenters.demo_phone_row())
    return render(request, "messaging/channels.html", _frame() | {"rows": rows})


def _frame() -> dict[str, Any]:
    return {"tabs": tabs("messaging:channels")}


@require_http_methods(["GET", "POST"])
@edits_school
def channel(request: HttpRequest, kind: str) -> HttpResponse:
    school = request.viewer.school
    account = _account(school, kind)
    form = _form(kind, account, request.POST or None)
    if request.method == "POST" and form.is_valid():
        save_channel(
            school=school,
            kind=kind,
            config=form.config,
            secret=form.secrets,
            is_enabled=form.cleaned_data["is_enabled"],
            by=request.viewer.user,
        )
        messages.success(request, _("Saved. Now send yourself a test."))
        return redirect("messaging:channel", kind)
    return _channel_page(request, kind, account, form, 422 if form.is_bound else 200)


def _account(school, kind: str) -> ChannelAccount | None:
    if kind not in CHANNEL_FORMS:
        raise Http404
    return ChannelAccount.objects.filter(school=school, kind=kind).first()


def _form(kind: str, account: ChannelAccount | None, data) -> ChannelForm:
    form_class = CHANNEL_FORMS[kind]
    initial = form_class.initial_of(account.config if account else {})
    return form_class(data, initial=initial | {"is_enabled": account is None or account.is_enabled})


def _channel_page(
    request: HttpRequest, kind: str, account: ChannelAccount | None, form: ChannelForm, status: int
) -> HttpResponse:
    context = _frame() | {
        "kind": kind,
        "title": ChannelKind(kind).label,
        "account": account,
        "form": form,
        "test_form": TestForm(
            means=CHANNELS[kind].MEANS, initial=presenters.own_address(request.viewer.user, kind)
        ),
        "has_secret": bool(account and account.secret),
    }
    return render(request, "messaging/channel.html", context, status=status)


@require_POST
@edits_school
def send_test(request: HttpRequest, kind: str) -> HttpResponse:
    account = _account(request.viewer.school, kind)
    if account is None:
        raise Http404
    form = TestForm(request.POST, means=CHANNELS[kind].MEANS)
    if not form.is_valid():
        if not request.htmx:
            page = _form(kind, account, None)
            return _channel_page(request, kind, account, page, 422)
        error = form.errors["address"][0]
        return render(request, "messaging/_test_result.html", {"error": error}, status=422)
    viewer = request.viewer
    row = actions.queue_test(
        channel_account=account, address=form.cleaned_data["address"], by=viewer.user, at=viewer.at
    )
    if not request.htmx:
        return redirect("messaging:test_result", row.pk)
    return _result(request, row)


@require_safe
@edits_school
def test_result(request: HttpRequest, pk: int) -> HttpResponse:
    tests = OutboxMessage.objects.filter(kind=OutboxMessage.Kind.TEST, school=request.viewer.school)
    return _result(request, get_object_or_404(tests, pk=pk))


def _result(request: HttpRequest, row: OutboxMessage) -> HttpResponse:
    context = presenters.test_result(row, request.viewer.at)
    if request.htmx:
        return render(request, "messaging/_test_result.html", context)
    return render(request, "messaging/test_result.html", context | _frame() | {"kind": row.channel})

"""An officer enters an account for all schools of the county; another officer agrees."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from delivery.actions import queue_test
from delivery.actions.incoming import sends_in_plain_mode
from delivery.channels.forms import form_for
from delivery.channels.registry import CHANNELS
from delivery.channels.secrets import SecretUnreadable
from delivery.channels.settings_form import ChannelForm
from delivery.forms import TestForm
from delivery.models import ChannelKind, CountyAccount, OutboxMessage
from delivery.presenters import channels as channel_words
from delivery.presenters import county_accounts as presenters
from delivery.shared import actions, policies, queries
from delivery.shared.kinds import KINDS
from delivery.texts import cause_in_words
from schools.appointing.apart import NotApart
from schools.appointing.presenters import not_apart
from schools.models import County, School
from schools.policies import acts, sets_up
from schools.requests import CountyRequest


@require_safe
@sets_up
def accounts(request: CountyRequest, county: County) -> HttpResponse:
    found = policies.accounts_of(county)
    context = {
        "county": county,
        "rows": [presenters.row(account) for account in found],
        "offers": presenters.offers(),
    }
    return render(request, "delivery/county/accounts.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@acts
def new(request: CountyRequest, county: County, kind: str) -> HttpResponse:
    if kind not in KINDS:
        raise Http404
    if there := policies.only_one_of(county, kind).first():
        return redirect("county_accounts:account", there.pk)
    return _page(request, county, CountyAccount(county=county, kind=kind))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@acts
def account(request: CountyRequest, county: County, pk: int) -> HttpResponse:
    return _page(request, county, policies.get_account(county, pk))


def _page(request: CountyRequest, county: County, found: CountyAccount) -> HttpResponse:
    known = found if found.pk else None
    form = form_for(found.kind, known, request.POST or None)
    if request.method == "POST" and form.is_valid():
        viewer = request.viewer
        try:
            kept = actions.write_account(account=found, by=viewer.user, at=viewer.at, **form.given)
        except actions.OneAlready:
            form.add_error(
                None, _("The county has another account of this kind. End that one first.")
            )
        except actions.AppTaken as taken:
            form.add_error("app_id", presenters.app_taken(taken.by))
        else:
            messages.success(request, _("Saved. Another officer must agree."))
            return redirect("county_accounts:account", kept.pk)
    return _shown(request, county, found, form=form, status=422 if form.is_bound else 200)


def _shown(
    request: CountyRequest,
    county: County,
    found: CountyAccount,
    *,
    form: ChannelForm | None = None,
    test_form: TestForm | None = None,
    status: int = 200,
) -> HttpResponse:
    viewer, means = request.viewer, CHANNELS[found.kind].MEANS
    form = form or form_for(found.kind, found, None)
    mine = channel_words.own_address(viewer.user, found.kind)
    is_in_plain_mode = found.pk is not None and sends_in_plain_mode(found)
    context: dict[str, Any] = {
        "county": county,
        "account": found if found.pk else None,
        "title": found.label if found.pk else ChannelKind(found.kind).label,
        "form": form,
        "note": channel_words.note(form),
        "may_agree": policies.may_agree(viewer.user, found),
        "is_own": found.asked_by_id == viewer.user.pk,
        "hook_url": channel_words.hook_url(found) if found.pk else "",
        "hook_trouble": channel_words.plain_mode_trouble() if is_in_plain_mode else "",
        "families": presenters.families(found.kind),
        "test_form": test_form or TestForm(means=means, initial=mine),
    }
    if found.pk:
        used = queries.use_of(found, viewer.at)
        context |= {
            "row": presenters.row(found),
            "schools": presenters.use_rows(used, viewer.at),
            "total": presenters.this_month(used),
        }
    return render(request, "delivery/county/account.html", context, status=status)


@require_POST
@acts
def agree(request: CountyRequest, county: County, pk: int) -> HttpResponse:
    found = policies.get_account(county, pk)
    if not policies.may_agree(request.viewer.user, found):
        raise Http404
    viewer = request.viewer
    try:
        seen_at = parse_datetime(request.POST.get("seen", ""))
    except ValueError:
        seen_at = None
    try:
        actions.agree(account=found, seen_at=seen_at, by=viewer.user, at=viewer.at)
        messages.success(request, _("Agreed. We will tell the schools' administrators."))
    except actions.Changed:
        messages.warning(request, _("It was changed in the meantime. Please check it again."))
    except SecretUnreadable:
        messages.error(request, cause_in_words("secret_unreadable"))
    except NotApart as why:
        messages.error(request, not_apart(why))
    except actions.AppTaken as taken:
        messages.error(request, presenters.app_taken(taken.by))
    return redirect("county_accounts:account", pk)


@require_POST
@acts
def end(request: CountyRequest, county: County, pk: int) -> HttpResponse:
    found, viewer = policies.get_account(county, pk), request.viewer
    actions.end_account(account=found, by=viewer.user, at=viewer.at)
    messages.success(request, _("Ended. We will tell the schools' administrators."))
    return redirect("county_accounts:account", pk)


@require_POST
@acts
def renew_hook(request: CountyRequest, county: County, pk: int) -> HttpResponse:
    found = policies.get_account(county, pk)
    if not hasattr(CHANNELS[found.kind], "read_hook"):
        raise Http404
    actions.renew_hook(account=found, by=request.viewer.user)
    messages.success(request, _("The address has changed. Enter the new one at the provider."))
    return redirect("county_accounts:account", pk)


@require_POST
@acts
def leave_out(request: CountyRequest, county: County, pk: int, school_pk: int) -> HttpResponse:
    found, viewer = policies.get_account(county, pk), request.viewer
    school = get_object_or_404(School, pk=school_pk, county=county)
    is_out = "out" in request.POST
    actions.leave_out(account=found, school=school, is_out=is_out, by=viewer.user, at=viewer.at)
    words = _("%(school)s is left out.") if is_out else _("%(school)s may use it again.")
    messages.success(request, words % {"school": school.name})
    return redirect("county_accounts:account", pk)


@require_POST
@acts
def send_test(request: CountyRequest, county: County, pk: int) -> HttpResponse:
    """Send a test over the copy of the first school by name: all copies have the same settings."""
    found, viewer = policies.get_account(county, pk), request.viewer
    copy = found.copies.filter(school__county=county).order_by("school__name", "pk").first()
    form = TestForm(request.POST, means=CHANNELS[found.kind].MEANS)
    if copy is None or not found.in_force:
        messages.error(request, _("A test goes out once another officer has agreed."))
        return redirect("county_accounts:account", pk)
    if not form.is_valid():
        return _shown(request, county, found, test_form=form, status=422)
    row = queue_test(
        channel_account=copy, address=form.cleaned_data["address"], by=viewer.user, at=viewer.at
    )
    return redirect("county_accounts:test_result", row.pk)


@require_safe
@sets_up
def test_result(request: CountyRequest, county: County, pk: int) -> HttpResponse:
    """Show the result of a test, only to the officer who sent it."""
    tests = OutboxMessage.objects.filter(
        kind=OutboxMessage.Kind.TEST,
        account__of_county__county=county,
        payload__by=request.viewer.user.pk,
    )
    row = get_object_or_404(tests, pk=pk)
    page = "county_accounts:test_result"
    context = channel_words.test_result(row, request.viewer.at, page=page)
    if request.htmx:
        return render(request, "delivery/_test_result.html", context)
    account_of = CountyAccount.objects.get(copies=row.account_id)
    context |= {"county": county, "account": account_of}
    return render(request, "delivery/county/test_result.html", context)

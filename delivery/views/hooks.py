"""The pages to which providers report: a secret address, plus a signature if the provider has one.

An unsigned report is no proof: it only makes a task ask the provider soon.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid4

import structlog
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from core import clock, walls
from delivery.actions.county_incoming import take_hook_of_county
from delivery.actions.incoming import note_plain_mode, take_hook
from delivery.channels import hooks
from delivery.channels.base import Account, Hook, ReportRefused, Reports
from delivery.channels.registry import CHANNELS
from delivery.dispatch.ways import opened
from delivery.models import ChannelAccount, CountyAccount
from delivery.presenters.county_accounts import no_school_for
from delivery.shared.reports import NotYet, opened_for_reports

PLAIN_MODE = "plain mode"
ABOUT_SENDER = ("signature", "stale", PLAIN_MODE)

log = structlog.get_logger(__name__)


@csrf_exempt
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, pk: int, key: UUID) -> HttpResponse:
    """Answer as the provider expects, so that it does not send the same report for hours."""
    account = _account(pk, key)
    walls.narrow_to(account.school_id)

    def take(found: Reports, at: datetime) -> Reports:
        take_hook(account=account, found=found, at=at)
        return found

    return _taken(request, account, opened(account), take)


@csrf_exempt
@require_http_methods(["GET", "POST"])
@walls.every_school("a county's provider reports for all its schools at one address")
def county_report(request: HttpRequest, pk: int, key: UUID) -> HttpResponse:
    """Handle reports for an account that a county shares with its schools.

    A sender who cannot be matched to one of the schools is told so in the answer.
    """
    account = CountyAccount.objects.filter(pk=pk).first()
    expected = account.hook_key if account else uuid4()
    if not constant_time_compare(str(key), str(expected)) or account is None:
        raise Http404

    known = opened_for_reports(account)

    def take(found: Reports, at: datetime) -> Reports:
        answer_to = getattr(CHANNELS[account.kind], "answer_to", None)
        for told, is_known in take_hook_of_county(account=account, found=found, at=at):
            if answer_to is not None:
                words = no_school_for(is_known=is_known)
                answer = answer_to(told, words, known, at)
                return replace(found, answer=answer, content_type="text/xml; charset=utf-8")
        return found

    return _taken(request, account, known, take)


def _taken(
    request: HttpRequest,
    account: ChannelAccount | CountyAccount,
    known: Account,
    take: Callable[[Reports, datetime], Reports],
) -> HttpResponse:
    read = getattr(CHANNELS.get(account.kind), "read_hook", None)
    if read is None:
        raise Http404
    if int(request.META.get("CONTENT_LENGTH") or 0) > hooks.BYTES_AT_MOST:
        return HttpResponse(status=413)
    at = clock.now()
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        hook = Hook(request.method or "GET", request.body, request.GET.dict(), headers, at)
        found = take(read(hook, known), at)
    except NotYet:
        return HttpResponse(status=503)
    except (ReportRefused, RecursionError) as refused:
        why = str(refused) if isinstance(refused, ReportRefused) else "too deep"
        log.warning("report_refused", account_id=account.pk, why=why)
        if why == PLAIN_MODE:
            note_plain_mode(account)
        return HttpResponse(status=403 if why in ABOUT_SENDER else 400)
    return HttpResponse(found.answer, content_type=found.content_type)


@walls.every_school("an address says the account, and so the school")
def _account(pk: int, key: UUID) -> ChannelAccount:
    """Return the account. The key is compared here, in constant time, and not in the database."""
    account = ChannelAccount.objects.filter(pk=pk).first()
    expected = account.hook_key if account else uuid4()
    if not constant_time_compare(str(key), str(expected)) or account is None:
        raise Http404
    return account

"""Where providers report: a secret address, and a signature where the provider has one.

An unsigned report is no proof: it only makes a task ask the provider soon.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID, uuid4

import structlog
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from core import clock, walls
from delivery.actions.incoming import note_plain_mode, take_hook
from delivery.channels import hooks
from delivery.channels.base import Account, Hook, ReportRefused, Reports
from delivery.channels.registry import CHANNELS
from delivery.dispatch.ways import opened
from delivery.models import ChannelAccount, CountyAccount
from delivery.shared.reports import NotYet, opened_for_reports, take_reports_of_county

PLAIN_MODE = "plain mode"
ABOUT_SENDER = ("signature", "stale", PLAIN_MODE)

log = structlog.get_logger(__name__)


@csrf_exempt
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, pk: int, key: UUID) -> HttpResponse:
    """Answer as the provider expects, so that it does not send the same report for hours."""
    account = _account(pk, key)
    walls.narrow_to(account.school_id)

    def take(found: Reports, at: datetime) -> None:
        take_hook(account=account, found=found, at=at)

    return _taken(request, account, opened(account), take)


@csrf_exempt
@require_http_methods(["GET", "POST"])
@walls.every_school("a county's provider reports for all its schools at one address")
def county_report(request: HttpRequest, pk: int, key: UUID) -> HttpResponse:
    """The same of an account that a county gives to its schools."""
    account = CountyAccount.objects.filter(pk=pk).first()
    expected = account.hook_key if account else uuid4()
    if not constant_time_compare(str(key), str(expected)) or account is None:
        raise Http404

    def take(found: Reports, at: datetime) -> None:
        take_reports_of_county(account=account, found=found, at=at)

    return _taken(request, account, opened_for_reports(account), take)


def _taken(
    request: HttpRequest,
    account: ChannelAccount | CountyAccount,
    known: Account,
    take: Callable[[Reports, datetime], None],
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
        found = read(hook, known)
        take(found, at)
    except NotYet:
        return HttpResponse(status=503)
    except (ReportRefused, RecursionError) as refused:
        why = str(refused) if isinstance(refused, ReportRefused) else "too deep"
        log.warning("report_refused", account_id=account.pk, why=why)
        if why == PLAIN_MODE and isinstance(account, ChannelAccount):
            note_plain_mode(account.pk)
        return HttpResponse(status=403 if why in ABOUT_SENDER else 400)
    return HttpResponse(found.answer, content_type=found.content_type)


@walls.every_school("an address says the account, and so the school")
def _account(pk: int, key: UUID) -> ChannelAccount:
    """Compare the key here, in constant time, and not in the database."""
    account = ChannelAccount.objects.filter(pk=pk).first()
    expected = account.hook_key if account else uuid4()
    if not constant_time_compare(str(key), str(expected)) or account is None:
        raise Http404
    return account

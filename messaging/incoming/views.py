"""Where providers report: the address itself is the secret, with a signature where the provider has one."""

import structlog
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts import clock
from messaging.actions.incoming import take_news
from messaging.channels.base import Hook, ReportRefused
from messaging.channels.registry import CHANNELS
from messaging.dispatch import receipts
from messaging.dispatch.ways import opened
from messaging.models import ChannelAccount

log = structlog.get_logger(__name__)


@csrf_exempt
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, key) -> HttpResponse:
    """Answers as the provider expects it, so that it does not report the same for hours."""
    account = get_object_or_404(ChannelAccount, hook_key=key)
    read = getattr(CHANNELS.get(account.kind), "read_hook", None)
    if read is None:
        raise Http404
    try:
        found = read(_hook(request), opened(account))
    except ReportRefused as refused:
        log.warning("report_refused", account_id=account.pk, why=str(refused))
        return HttpResponse(status=403 if str(refused) == "signature" else 400)
    at = clock.now()
    receipts.take_reports(account=account, reports=found.reports, at=at)
    take_news(account=account, found=found, at=at)
    return HttpResponse(found.answer, content_type=found.content_type)


def _hook(request: HttpRequest) -> Hook:
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Hook(request.method or "GET", request.body, request.GET.dict(), headers)

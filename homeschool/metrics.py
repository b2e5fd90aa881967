"""How sending goes, for Prometheus: `GET /metrics` with METRICS_TOKEN as bearer token. No person in it."""

from collections.abc import Iterator
from datetime import datetime
from secrets import compare_digest

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from redis import RedisError

from core import clock
from delivery import queries
from homeschool import health


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    shown = request.headers.get("Authorization", "")
    wanted = f"Bearer {settings.METRICS_TOKEN}"
    if not settings.METRICS_TOKEN or not compare_digest(shown.encode(), wanted.encode()):
        raise Http404
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(clock.now()))
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Figures:
    """Read afresh for each request: the web server has several processes, the database is one."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def collect(self) -> Iterator[Metric]:
        yield from _outbox(self.at)
        yield from _providers(self.at)
        alive = GaugeMetricFamily("jiaqiao_alive", "1: shows signs of life", labels=["process"])
        for name in health.PROCESSES:
            alive.add_metric([name], float(_is_alive(name)))
        yield alive


def _outbox(at: datetime) -> Iterator[Metric]:
    outbox = queries.outbox_of(None, at)
    rows = GaugeMetricFamily("jiaqiao_outbox_messages", "By where they stand", labels=["stand"])
    for stand in ("due", "late", "in_flight", "planned", "unknown"):
        rows.add_metric([stand], getattr(outbox, stand))
    yield rows
    oldest = outbox.oldest_due_at
    age = (at - oldest).total_seconds() if oldest else 0.0
    yield GaugeMetricFamily("jiaqiao_outbox_oldest_due_seconds", "Age of the oldest due", age)
    failed = GaugeMetricFamily(
        "jiaqiao_outbox_failed_messages", "Not sent in the last 24 hours", labels=["cause"]
    )
    for cause, count in outbox.failed:
        failed.add_metric([cause], count)
    yield failed


def _providers(at: datetime) -> Iterator[Metric]:
    labels = ["account", "kind"]
    rests = GaugeMetricFamily("jiaqiao_provider_rests", "1: nothing is sent over it", labels=labels)
    trips = GaugeMetricFamily("jiaqiao_provider_trips", "Rests since it last worked", labels=labels)
    for one in queries.provider_health():
        names = [str(one.account_id), one.account.kind]
        rests.add_metric(names, float(one.open_until is not None and one.open_until > at))
        trips.add_metric(names, one.trips)
    yield rests
    yield trips


def _is_alive(process: str) -> bool:
    try:
        return health.is_alive(process)
    except RedisError:
        return False

"""The state of all parts, for Prometheus: `GET /metrics` with METRICS_TOKEN as bearer token.

It contains no person. deploy/alerts.yml says when to wake somebody, deploy/dashboard.json how to draw it.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from secrets import compare_digest

from django.conf import settings
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from redis import RedisError

from core import clock, replica, walls
from delivery import queries
from homeschool import counting, health


@require_safe
@never_cache
@walls.every_school("figures of the whole server, without a name")
def metrics(request: HttpRequest) -> HttpResponse:
    shown = request.headers.get("Authorization", "")
    wanted = f"Bearer {settings.METRICS_TOKEN}"
    if not settings.METRICS_TOKEN or not compare_digest(shown.encode(), wanted.encode()):
        raise Http404
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(clock.now()))
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Figures:
    """Figures read again for each request: the web server has several processes, but there is
    one database.
    """

    def __init__(self, at: datetime) -> None:
        self.at = at

    def collect(self) -> Iterator[Metric]:
        yield from _outbox(self.at)
        labels = ["account", "kind"]
        rests = GaugeMetricFamily(
            "jiaqiao_provider_rests", "1: nothing is sent over it", labels=labels
        )
        trips = GaugeMetricFamily(
            "jiaqiao_provider_trips", "Rests since it last worked", labels=labels
        )
        for one in queries.provider_health():
            names = [str(one.account_id), one.account.kind]
            rests.add_metric(names, float(one.open_until is not None and one.open_until > self.at))
            trips.add_metric(names, one.trips)
        yield rests
        yield trips
        alive = GaugeMetricFamily("jiaqiao_alive", "1: shows signs of life", labels=["process"])
        for name in health.PROCESSES:
            try:
                is_alive = health.is_alive(name)
            except RedisError:
                is_alive = False
            alive.add_metric([name], float(is_alive))
        yield alive
        with connection.cursor() as cursor:
            cursor.execute(OF_DATABASE)
            found = cursor.fetchone()
        for (name, words), value in zip(DATABASE_GAUGES, found, strict=True):
            yield GaugeMetricFamily(f"jiaqiao_database_{name}", words, float(value))
        if replica.is_there():
            behind = replica.seconds_behind()
            words = "1: the copy of the database answers and follows"
            yield GaugeMetricFamily("jiaqiao_replica_follows", words, float(behind is not None))
            if behind is not None:
                words = "How far the copy of the database is behind"
                yield GaugeMetricFamily("jiaqiao_replica_behind_seconds", words, behind)
        yield from _queues()
        yield from _counted()


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


OF_DATABASE = """
SELECT open, in_transaction, waiting, oldest_seconds,
    current_setting('max_connections')::int, pg_database_size(current_database())
FROM public.sessions_in_numbers()
"""
DATABASE_GAUGES = (
    ("connections", "Open connections"),
    ("connections_in_open_transaction", "Of these, with a transaction in which nothing happens"),
    ("connections_waiting_for_lock", "Of these, waiting for somebody's lock"),
    ("oldest_transaction_seconds", "Age of the oldest open transaction"),
    ("connections_most", "How many connections PostgreSQL takes"),
    ("bytes", "Size of the database"),
)


def _queues() -> Iterator[Metric]:
    rows = GaugeMetricFamily(
        "jiaqiao_queue_tasks", "Tasks that no worker has taken", labels=["queue"]
    )
    for queue in settings.CELERY_TASK_QUEUES:
        rows.add_metric([queue.name], health.tasks_waiting([queue.name]))
    yield rows
    try:
        drained = health.drained_seconds_ago()
    except RedisError:
        drained = None
    if drained is not None:
        words = "Since a round of sending ended well"
        yield GaugeMetricFamily("jiaqiao_drained_seconds", words, drained)


COUNTED = (
    ("page", "jiaqiao_http", "route", "Pages", "status"),
    ("task", "jiaqiao_task", "task", "Tasks", "state"),
)


def _counted() -> Iterator[Metric]:
    try:
        found = counting.read()
    except RedisError:
        return
    for what, name, label, words, outcome in COUNTED:
        totals = CounterMetricFamily(f"{name}_ended", words, labels=[label, outcome])
        lasted = HistogramMetricFamily(f"{name}_seconds", f"{words}: how long", labels=[label])
        buckets: dict[str, dict[str, float]] = defaultdict(dict)
        for (kind, part, *labels), amount in found.items():
            if kind == what and part == "count":
                totals.add_metric(labels, amount)
            elif kind == what and part == "bucket":
                buckets[labels[0]][labels[1]] = amount
        for one, ends in sorted(buckets.items()):
            # A bound that nothing has reached yet has the same value as the bound below: nothing.
            rows = [(str(end), ends.get(str(end), 0.0)) for end in counting.BUCKETS]
            rows.append((counting.BEYOND, ends[counting.BEYOND]))
            lasted.add_metric([one], rows, sum_value=found.get((what, "seconds", one), 0.0))
        yield totals
        yield lasted

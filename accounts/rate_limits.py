"""Rate limits, counted in PostgreSQL: wrong passwords, codes, slips, requests for them.

All limits are counted here. A limit says how many attempts fit into one window. The window opens with the
first counted attempt and closes after its minutes, so that we can tell people until when they have to wait. A
refused attempt is not counted and does not extend the wait.

    HERE = Limit("slip here", most=60, minutes=60)
    ANYWHERE = Limit("slip", most=5, minutes=60)

    buckets = (HERE.of(client.network(request)), ANYWHERE.of(slip.pk))
    # Before looking, so that a hundred at once cannot slip through.
    free_at = rate_limits.take(*buckets, at=at)
    if free_at is not None:
        ...                                      # refused: say until when
    if is_right:
        rate_limits.give_back(*buckets, at=at)   # only what was wrong stays counted

A request that costs something (a message to a phone) is taken and not given back.

Counts must survive a view that fails, so `take` commits by itself and refuses to run within a transaction. We
store only a digest of what we count, so that the table holds no phone numbers or addresses.
"""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import AttemptCount
from core.days import clock_time

log = structlog.get_logger(__name__)

# One statement decides: if two attempts arrive at the same moment, the second waits for the first one's row.
TAKE = """
    INSERT INTO accounts_attemptcount AS kept (what, key, count, ends_at)
        VALUES (%(what)s, %(key)s, 1, %(ends_at)s)
    ON CONFLICT (what, key) DO UPDATE SET
        count = CASE WHEN kept.ends_at <= %(at)s THEN 1 ELSE kept.count + 1 END,
        ends_at = CASE WHEN kept.ends_at <= %(at)s THEN excluded.ends_at ELSE kept.ends_at END
        WHERE kept.ends_at <= %(at)s OR kept.count < %(most)s
    RETURNING count
"""


@dataclass(frozen=True)
class Limit:
    """A rate limit: `most` attempts (one or more) within `minutes`; `what` names it in the table, in 30
    characters or less.
    """

    what: str
    most: int
    minutes: int

    def of(self, *key: object) -> "Bucket":
        """Return this limit for one address, name, class, …; the parts stay distinct ("ab", "c" is not "a",
        "bc").
        """
        return Bucket(self, "\0".join(str(part) for part in key))


@dataclass(frozen=True)
class Bucket:
    limit: Limit
    key: str

    @property
    def digest(self) -> str:
        key = settings.SECRET_KEY.encode()
        said = f"jiaqiao.rate_limits:{self.limit.what}:{self.key}".encode("utf-8", "surrogatepass")
        return hmac.new(key, said, hashlib.sha256).hexdigest()


class _Full(Exception):
    """Raised if one of several buckets is full, so that none of them counts this attempt."""


def take(*buckets: Bucket, at: datetime) -> datetime | None:
    """Count one attempt in every bucket or, if one of them is full, in none.

    Returns None to continue, or the instant until which to refuse. Raises RuntimeError within a transaction.
    """
    try:
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            for bucket in _in_order(buckets):
                values: dict[str, str | int | datetime] = {
                    "what": bucket.limit.what,
                    "key": bucket.digest,
                    "most": bucket.limit.most,
                    "at": at,
                    "ends_at": at + timedelta(minutes=bucket.limit.minutes),
                }
                cursor.execute(TAKE, values)
                if cursor.fetchone() is None:
                    raise _Full
    except _Full:
        log.warning("limit_reached", limits=[one.limit.what for one in buckets])
        # Another process may have given one back in the meantime; then the wait is already over.
        return free_at(*buckets, at=at) or at
    return None


def give_back(*buckets: Bucket, at: datetime) -> None:
    """Stop counting this attempt, which was correct; earlier wrong ones stay counted."""
    for bucket in _in_order(buckets):
        _kept(bucket, at).filter(count__gt=0).update(count=F("count") - 1)


def free_at(*buckets: Bucket, at: datetime) -> datetime | None:
    """Return when the last full bucket opens again; None if none is full. Counts nothing."""
    full = [
        _kept(bucket, at)
        .filter(count__gte=bucket.limit.most)
        .values_list("ends_at", flat=True)
        .first()
        for bucket in buckets
    ]
    return max((one for one in full if one is not None), default=None)


def full_among(buckets: Iterable[Bucket], at: datetime) -> set[Bucket]:
    """Return the buckets that are full; one query. Counts nothing."""
    by_digest = {bucket.digest: bucket for bucket in buckets}
    kept = AttemptCount.objects.filter(
        what__in={bucket.limit.what for bucket in by_digest.values()},
        key__in=by_digest,
        ends_at__gt=at,
    ).values_list("key", "count")
    return {by_digest[key] for key, count in kept if count >= by_digest[key].limit.most}


def time_of(free_at: datetime) -> str:
    """Return when to try again, as 14:35; never a minute early."""
    return clock_time(timezone.localtime(free_at + timedelta(seconds=59)))


def forget_old(at: datetime) -> int:
    """Delete windows that are over; return how many."""
    return AttemptCount.objects.filter(ends_at__lte=at).delete()[0]


def _kept(bucket: Bucket, at: datetime):
    return AttemptCount.objects.filter(what=bucket.limit.what, key=bucket.digest, ends_at__gt=at)


def _in_order(buckets: tuple[Bucket, ...]) -> list[Bucket]:
    """Return the buckets in a fixed order, so that two requests cannot deadlock."""
    return sorted(buckets, key=lambda one: (one.limit.what, one.digest))

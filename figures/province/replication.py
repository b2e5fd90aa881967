"""What PostgreSQL is told at a window (to publish) and at the hub (to subscribe), by the commands
share_with_province and receive_county alone.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import quote

from django.db import connection, connections, transaction
from django.db.models import Max
from psycopg2 import sql

from core.window import ALIAS
from figures.models import SharedCounty, SharedFigure, SharedWeek
from students.models import Student

PUBLICATION, FOLLOWER = "jiaqiao_published", "jiaqiao_hub"
# All that ever leaves a county: table → columns. A column that is added is not sent until it stands here.
SENT = {
    "figures_sharedcounty": "code name",
    "figures_sharedweek": (
        "id county_id school_code school_name ends_on edition published_at is_late has_counsellor takes_part"
        " access_confirmed is_used sending"
    ),
    "figures_sharedfigure": "id week_id key unit low high gap",
}
CLUSTER = "SELECT system_identifier FROM pg_control_system()"


class Unfit(ValueError):
    """The server is none that may be published from, or none that may receive; says why, in English."""


def open_window(code: str, name: str) -> str:
    """Publish what stands in the window; return the address for the hub, or "" where the hub has one."""
    _check_window()
    there, _new = SharedCounty.objects.using(ALIAS).get_or_create(pk=code, defaults={"name": name})
    if there.name != name:
        raise Unfit(f"This code stands for {there.name} already.")
    with transaction.atomic(using=ALIAS), connections[ALIAS].cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_publication WHERE pubname = %s", [PUBLICATION])
        how = "ALTER PUBLICATION {} SET TABLE {}" if cursor.fetchone() else _CREATE
        cursor.execute(sql.SQL(how).format(sql.Identifier(PUBLICATION), _tables()))
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [FOLLOWER])
        if cursor.fetchone():
            return ""
        password = secrets.token_urlsafe(24)
        cursor.execute(_FOLLOW.format(sql.Identifier(FOLLOWER), sql.Literal(password), _names()))
    return _address(password)


_CREATE = "CREATE PUBLICATION {} FOR TABLE {} WITH (publish = 'insert')"
_FOLLOW = sql.SQL("CREATE ROLE {0} LOGIN REPLICATION PASSWORD {1}; GRANT SELECT ON {2} TO {0}")


def _tables() -> sql.Composable:
    return sql.SQL(", ").join(
        sql.SQL("{} ({})").format(
            sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns.split()))
        )
        for table, columns in SENT.items()
    )


def _names() -> sql.Composable:
    return sql.SQL(", ").join(map(sql.Identifier, SENT))


def _check_window() -> None:
    """Refuse the county's own server, one that holds children, and one that cannot be followed."""
    with connection.cursor() as ours, connections[ALIAS].cursor() as its:
        ours.execute(CLUSTER)
        its.execute(CLUSTER)
        if ours.fetchone() == its.fetchone():
            raise Unfit(
                "The window must be a PostgreSQL server of its own, not a database beside the county's:"
                " whoever may follow a server may copy all of it."
            )
        its.execute("SHOW wal_level")
        if its.fetchone() != ("logical",):
            raise Unfit("The window's server needs wal_level = logical, and a restart.")
    if Student.objects.using(ALIAS).exists():
        raise Unfit(
            "The window's database holds children; it may hold nothing but what is published."
        )


def _address(password: str) -> str:
    told = connections[ALIAS].settings_dict
    host, port = quote(str(told["HOST"]), safe=""), told["PORT"] or 5432
    return f"postgres://{FOLLOWER}:{password}@{host}:{port}/{told['NAME']}"


@dataclass(frozen=True)
class Received:
    """`until`: the last Sunday of which something came; `told_at`: when its window last answered."""

    code: str
    name: str
    until: date | None
    told_at: datetime | None


def subscription_of(code: str) -> str:
    return f"jiaqiao_county_{code}"


def receive(code: str, address: str) -> None:
    """Follow a county's window from now on, and take what it has. The window must answer."""
    if Student.objects.exists():
        raise Unfit(
            "This database holds children; a hub may hold nothing but what counties publish."
        )
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(
                "CREATE SUBSCRIPTION {} CONNECTION {} PUBLICATION {} WITH (slot_name = {})"
            ).format(
                sql.Identifier(subscription_of(code)),
                sql.Literal(address),
                sql.Identifier(PUBLICATION),
                sql.Literal(subscription_of(code)),
            )
        )


def end(code: str, *, without_window: bool = False) -> None:
    """Follow it no more, and forget what it sent. `without_window`: it is gone for good; otherwise it must
    answer, for it keeps what is not fetched until its slot is dropped.
    """
    name = sql.Identifier(subscription_of(code))
    with connection.cursor() as cursor:
        if without_window:
            cursor.execute(sql.SQL("ALTER SUBSCRIPTION {} DISABLE").format(name))
            cursor.execute(sql.SQL("ALTER SUBSCRIPTION {} SET (slot_name = NONE)").format(name))
        cursor.execute(sql.SQL("DROP SUBSCRIPTION {}").format(name))
    with transaction.atomic():
        SharedFigure.objects.filter(week__county=code).delete()
        SharedWeek.objects.filter(county=code).delete()
        SharedCounty.objects.filter(pk=code).delete()


_FOLLOWED = """
SELECT sub.subname, max(stat.latest_end_time)
FROM pg_subscription sub LEFT JOIN pg_stat_subscription stat ON stat.subid = sub.oid
WHERE sub.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
GROUP BY 1 ORDER BY 1
"""


def received() -> Sequence[Received]:
    """Of every county that this hub follows."""
    with connection.cursor() as cursor:
        cursor.execute(_FOLLOWED)
        found = cursor.fetchall()
    names = dict(SharedCounty.objects.values_list("code", "name"))
    weeks = SharedWeek.objects.values_list("county").annotate(until=Max("ends_on"))
    until = dict(weeks.values_list("county", "until"))
    codes = [(name.removeprefix(subscription_of("")), told_at) for name, told_at in found]
    return [
        Received(code, names.get(code, ""), until.get(code), told_at) for code, told_at in codes
    ]
